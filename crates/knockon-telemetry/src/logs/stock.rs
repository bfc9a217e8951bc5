//! Lines while they are read: counted by template, and never kept.
//!
//! Memory is bounded by the number of templates and of the intervals they come in. Where there are too
//! many templates (user names that no mask can know), those that come first in a fixed order stay: the
//! worst levels, and of one level those with the smallest hash. A template that stays was never let
//! go, so its count is whole, and what stays does not depend on the order of lines.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use knockon_core::{Diagnostic, Place, ServiceId, Severity, System, Timestamp};

use super::peer::peer;
use super::{Level, LogRecord, LogTemplate, Logs, template};
use crate::codes;
use crate::file_log::FileLog;
use crate::intervals::{IntervalSpan, Intervals};
use crate::placement::{self, Placement};
use crate::series::{Labels, Samples, Series, texts};

/// How many templates are kept.
const TEMPLATES_MAX: usize = 5_000;

/// How long an example gets, in characters.
const EXAMPLE_CHARS_MAX: usize = 300;

/// What is counted together; the order is the one in which templates are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// 0 for errors, 2 for information.
    mildness: u8,
    hash: u64,
    service: ServiceId,
    peer: Option<ServiceId>,
    template: String,
}

#[derive(Debug, Clone, Default)]
struct Counted {
    example: String,
    /// Lines by the number of their interval.
    lines: BTreeMap<i64, u64>,
}

/// Every template read so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogStock {
    templates: BTreeMap<Key, Counted>,
    /// Lines of errors and warnings of each service, by interval.
    levels: BTreeMap<(ServiceId, Level), BTreeMap<i64, u64>>,
    span: IntervalSpan,
    is_full: bool,
    /// Services by the labels that were placed already.
    placed: HashMap<Labels, Option<ServiceId>>,
}

/// How many sets of labels are remembered.
const PLACED_MAX: usize = 10_000;

impl LogStock {
    /// Counts a line on its service. False if the system knows none that its labels name.
    pub(crate) fn add(&mut self, record: &LogRecord, system: &System, log: &mut FileLog) -> bool {
        let interval = self.span.take(record.time);
        let Some(service) = self.place(&record.labels, system, log) else { return false };
        if record.level != Level::Info {
            let lines = self.levels.entry((service, record.level)).or_default();
            *lines.entry(interval).or_default() += record.count;
        }
        let message = headline(&record.message);
        // Who is named matters where something goes wrong.
        let peer = match record.level {
            Level::Info => None,
            _ => peer(system, service, &record.labels, &message),
        };
        let template = template(&message);
        let mildness = 2 - record.level as u8;
        let hash = hash(service, &template);
        let key = Key { mildness, hash, service, peer, template };
        self.count(key, interval, &message, record.count);
        true
    }

    /// Lines of this time were looked for.
    pub(crate) fn cover(&mut self, from: Timestamp, until: Timestamp) {
        self.span.take(from);
        self.span.take(until);
    }

    fn count(&mut self, key: Key, interval: i64, message: &str, lines: u64) {
        let counted = match self.templates.get_mut(&key) {
            Some(counted) => counted,
            None => self.templates.entry(key).or_default(),
        };
        *counted.lines.entry(interval).or_default() += lines;
        if counted.example.is_empty() || message < counted.example.as_str() {
            counted.example = message.chars().take(EXAMPLE_CHARS_MAX).collect();
        }
        if self.templates.len() > TEMPLATES_MAX {
            self.templates.pop_last();
            self.is_full = true;
        }
    }

    fn place(&mut self, labels: &Labels, system: &System, log: &mut FileLog) -> Option<ServiceId> {
        if let Some(Some(known)) = self.placed.get(labels) {
            return Some(*known);
        }
        let placement = placement::place(system, texts(labels));
        let service = match &placement {
            Placement::Placed { service, .. } => Some(*service),
            Placement::UnknownService(name) => {
                log.unplaced(name);
                None
            }
            Placement::Journey(_) | Placement::Nameless => {
                log.unplaced("lines that name no service");
                None
            }
        };
        if self.placed.len() < PLACED_MAX && service.is_some() {
            self.placed.insert(labels.clone(), service);
        }
        service
    }

    /// What the lines come to, and series of how many errors and warnings each service wrote.
    pub(crate) fn finish(self, notes: &mut Vec<Diagnostic>) -> (Logs, Vec<Series>) {
        let Some(intervals) = self.span.intervals() else {
            return (Logs::default(), Vec::new());
        };
        if self.is_full {
            notes.push(
                Diagnostic::note(
                    codes::TOO_MANY_TEMPLATES,
                    format!("more than {TEMPLATES_MAX} templates of lines; the mildest left out"),
                )
                .help("how many lines of each level there were is counted all the same"),
            );
        }
        let mut templates: Vec<(u8, LogTemplate)> = Vec::with_capacity(self.templates.len());
        for (key, counted) in self.templates {
            let level = match key.mildness {
                0 => Level::Error,
                1 => Level::Warn,
                _ => Level::Info,
            };
            templates.push((
                key.mildness,
                LogTemplate {
                    service: key.service,
                    level,
                    template: key.template,
                    peer: key.peer,
                    example: counted.example,
                    lines: counts(&intervals, &counted.lines),
                },
            ));
        }
        templates.sort_by(|(a_mildness, a), (b_mildness, b)| {
            (a.service, a_mildness, &a.template, a.peer).cmp(&(
                b.service,
                b_mildness,
                &b.template,
                b.peer,
            ))
        });
        let logs = Logs {
            templates: templates.into_iter().map(|(_, template)| template).collect(),
            span: Some(intervals.ends()),
            interval_ms: intervals.length_ms(),
        };
        let series = self.levels.into_iter().map(|((service, level), lines)| Series {
            service,
            metric: format!("log_{}_lines_per_minute", level.as_str()),
            labels: Labels::new(),
            samples: per_minute(&intervals, &lines),
            baseline: Samples::default(),
        });
        (logs, series.collect())
    }
}

fn counts(intervals: &Intervals, lines: &BTreeMap<i64, u64>) -> Samples {
    let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
    for (interval, count) in lines {
        *counts.entry(intervals.end(*interval).unix_ms).or_default() += count;
    }
    Samples::from_pairs(counts.into_iter().map(|(end, count)| (end, count as f64)).collect())
}

/// Lines a minute in every interval, those without any included.
fn per_minute(intervals: &Intervals, lines: &BTreeMap<i64, u64>) -> Samples {
    let mut counts: BTreeMap<i64, u64> = intervals.all().map(|end| (end, 0)).collect();
    for (interval, count) in lines {
        *counts.entry(intervals.end(*interval).unix_ms).or_default() += count;
    }
    let minutes = intervals.length_ms() as f64 / 60_000.0;
    let pairs = counts.into_iter().map(|(end, count)| (end, count as f64 / minutes));
    Samples::from_pairs(pairs.collect())
}

/// What a message says before its stack trace, and what it all began with.
fn headline(message: &str) -> Cow<'_, str> {
    let message = message.trim();
    let Some((first, rest)) = message.split_once('\n') else { return message.into() };
    let first = first.trim_end();
    match rest.lines().rev().find_map(|line| line.trim_start().strip_prefix("Caused by: ")) {
        Some(cause) => format!("{first}: caused by {}", cause.trim_end()).into(),
        None => first.into(),
    }
}

/// FNV-1a: the same on every machine.
fn hash(service: ServiceId, template: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ service.index() as u64;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    template.bytes().fold(start, step)
}

/// Warns that lines were read and none belongs to a service.
pub(crate) fn nothing_placed(count: usize, log: &mut FileLog) {
    let mut warning = crate::intake::nothing_placed("line", count, log);
    warning = warning.at(Place::whole_file(log.file()));
    warning.severity = Severity::Warning;
    log.note(warning);
}
