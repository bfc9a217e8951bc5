//! What every metrics reader does with what it finds: open a series, take a sample, report.
//!
//! The readers do not know where their samples go. As evidence, series are placed on the services of a
//! system and become levels; in a store they stay as they are, with values that are no numbers.

use knockon_core::{Diagnostic, Place, Resolved, System, Timestamp};
use knockon_promql::{METRIC_NAME, Store, special};

use crate::codes;
use crate::counters::Kind;
use crate::families::{Families, Family};
use crate::file_log::{FileLog, Survived, counted};
use crate::placement::{self, Placement};
use crate::series::{Labels, texts};
use crate::stock::{Identity, Stock, Stretch, Subject};
use crate::value::{Cell, NORMAL_NAN};

/// How many names that belong to no service a message spells out.
const NAMES_SHOWN_MAX: usize = 3;

/// Where the series of a file go.
pub(crate) enum Destination<'a> {
    /// Onto the services of a system, as evidence.
    Evidence { system: &'a System, stock: &'a mut Stock, stretch: Stretch },
    /// Into a store, as they are. Samples without a time are of the moment given, if one is.
    Store { store: &'a mut Store, families: &'a mut Families, taken_at: Option<Timestamp> },
}

/// What one metrics file brings, on its way.
pub(crate) struct Intake<'a> {
    destination: Destination<'a>,
    pub(crate) log: &'a mut FileLog,
    /// The metric of series that do not name theirs, from the name of the file.
    pub(crate) default_metric: Option<String>,
    placed: usize,
    unplaced: usize,
}

/// The samples of one series as they come in.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// The series; `None` when it belongs nowhere, and its samples are passed over.
    target: Option<Target>,
    kind: Kind,
    /// Values that are no numbers are kept.
    is_raw: bool,
    pairs: Vec<(i64, f64)>,
    last_unix_ms: Option<i64>,
}

#[derive(Debug)]
enum Target {
    Evidence(Identity),
    Series(knockon_promql::Labels),
}

impl<'a> Intake<'a> {
    pub(crate) fn new(destination: Destination<'a>, log: &'a mut FileLog) -> Self {
        let default_metric = middle_of_file_name(log.file()).map(str::to_owned);
        Self { destination, log, default_metric, placed: 0, unplaced: 0 }
    }

    /// Opens a series with labels.
    pub(crate) fn open(&mut self, metric: &str, mut labels: Labels, kind: Kind) -> Incoming {
        if let Destination::Evidence { system, .. } = &self.destination {
            let placement = placement::place(system, texts(&labels));
            return self.open_at(placement, metric, || labels, kind);
        }
        labels.insert(METRIC_NAME.to_owned(), metric.to_owned());
        self.admit(Ok(Target::Series(knockon_promql::Labels::of(labels))), kind)
    }

    /// Opens a series of evidence where it belongs. Its labels are asked for only if that is a service.
    pub(crate) fn open_at(
        &mut self,
        placement: Placement,
        metric: &str,
        labels: impl FnOnce() -> Labels,
        kind: Kind,
    ) -> Incoming {
        let target = match placement {
            Placement::Placed { service, redundant_label } => {
                let subject = Subject::Service(service);
                Ok(Target::Evidence(Identity::new(subject, metric, labels(), redundant_label)))
            }
            Placement::UnknownService(name) => Err(name),
            Placement::Nameless => Err(metric.to_owned()),
            // What users tell is of no service.
            Placement::Journey(at) => {
                let subject = Subject::Users(at);
                Ok(Target::Evidence(Identity::new(subject, metric, labels(), Some("journey"))))
            }
        };
        self.admit(target, kind)
    }

    /// Opens a series whose column is called `<service>_<metric>`; in a store that is its name.
    pub(crate) fn open_column(&mut self, column: &str) -> Incoming {
        let Destination::Evidence { system, .. } = &self.destination else {
            return self.open(column, Labels::new(), Kind::Unknown);
        };
        let names = system.names();
        let Some((service, metric)) = names.split(column, '_') else {
            return self.admit(Err(column.to_owned()), Kind::Unknown);
        };
        // Columns of replicas (`carts-0_cpu`, `carts-1_cpu`) stay apart.
        let name = &column[..column.len() - metric.len() - 1];
        let mut labels = Labels::new();
        if let Some(Resolved::Instance(_)) = names.resolve(name) {
            labels.insert("instance".to_owned(), name.to_owned());
        }
        let identity = Identity::new(Subject::Service(service), metric, labels, None);
        self.admit(Ok(Target::Evidence(identity)), Kind::Unknown)
    }

    fn admit(&mut self, target: Result<Target, String>, kind: Kind) -> Incoming {
        match &target {
            Ok(_) => self.placed += 1,
            Err(name) => {
                self.unplaced += 1;
                self.log.unplaced(name);
            }
        }
        Incoming { target: target.ok(), kind, ..self.nameless() }
    }

    /// Samples of which is not yet known what they are about.
    pub(crate) fn nameless(&self) -> Incoming {
        Incoming {
            target: None,
            kind: Kind::Unknown,
            is_raw: self.is_raw(),
            pairs: Vec::new(),
            last_unix_ms: None,
        }
    }

    /// Whether everything is kept as it is, also what says nothing of a service.
    pub(crate) fn is_raw(&self) -> bool {
        matches!(self.destination, Destination::Store { .. })
    }

    /// When samples were taken that do not say it, if that is known.
    pub(crate) fn taken_at(&self) -> Option<Timestamp> {
        match self.destination {
            Destination::Evidence { .. } => None,
            Destination::Store { taken_at, .. } => taken_at,
        }
    }

    /// The word that files of this kind begin with.
    pub(crate) fn part(&self) -> &'static str {
        match self.destination {
            Destination::Evidence { stretch: Stretch::Baseline, .. } => "baseline",
            _ => "metrics",
        }
    }

    /// Remembers something of a metric family, if anybody wants to know.
    pub(crate) fn describe(&mut self, family: &str, set: impl FnOnce(&mut Family)) {
        if let Destination::Store { families, .. } = &mut self.destination {
            set(families.entry(family));
        }
    }

    /// Stores what came in.
    pub(crate) fn close(&mut self, incoming: Incoming) {
        match (incoming.target, &mut self.destination) {
            (Some(Target::Evidence(identity)), Destination::Evidence { stock, stretch, .. }) => {
                stock.add(identity, incoming.kind, *stretch, incoming.pairs);
            }
            // A series of which no sample could be read is none.
            (Some(Target::Series(labels)), Destination::Store { store, .. })
                if !incoming.pairs.is_empty() =>
            {
                let id = store.open(&labels);
                store.merge(id, incoming.pairs);
            }
            _ => {}
        }
    }

    /// Reports on the file as a whole: nothing in it, or nothing in it of this system.
    pub(crate) fn finish(self) {
        if self.placed > 0 || self.log.has_errors() {
            return;
        }
        let place = Place::whole_file(self.log.file());
        if self.unplaced == 0 {
            let note = Diagnostic::warning(codes::NO_SERIES, "there is no series in it");
            self.log.note(note.at(place));
            return;
        }
        let error = nothing_placed("series", self.unplaced, self.log).at(place);
        self.log.error(|_| error);
    }
}

/// The error of a file of which nothing belongs to a known service.
pub(crate) fn nothing_placed(noun: &str, count: usize, log: &FileLog) -> Diagnostic {
    let names: Vec<&str> = log.unplaced_names().collect();
    let shown = names.iter().take(NAMES_SHOWN_MAX);
    let mut listed: Vec<String> = shown.map(|name| format!("`{name}`")).collect();
    if names.len() > NAMES_SHOWN_MAX {
        listed.push(format!("{} more", names.len() - NAMES_SHOWN_MAX));
    }
    let subject = if noun == "series" { format!("{count} series") } else { counted(count, noun) };
    Diagnostic::error(
        codes::NOTHING_PLACED,
        format!("none of {subject} belongs to a known service: {}", listed.join(", ")),
    )
    .help(format!(
        "add `aliases: [{}]` to the service it means in the system file",
        names.first().copied().unwrap_or("name")
    ))
    .help("or name the service in the label `service` (in a wide CSV, as in `orders_latency`)")
}

impl Incoming {
    /// Whether it belongs somewhere; if not, its samples need not be looked at.
    pub(crate) fn is_placed(&self) -> bool {
        self.target.is_some()
    }

    /// Makes room for so many samples.
    pub(crate) fn reserve(&mut self, samples: usize) {
        self.pairs.reserve_exact(samples);
    }

    /// The same series with the samples that came in before it was known.
    pub(crate) fn with_samples_of(self, nameless: Self) -> Self {
        Self { pairs: nameless.pairs, ..self }
    }

    /// The same series with samples that are taken as they are, to the bit.
    pub(crate) fn with_pairs(
        self,
        pairs: Vec<(i64, f64)>,
        log: &mut FileLog,
        place: impl Fn(&str) -> Place,
    ) -> Self {
        let mut last_unix_ms = None;
        for (unix_ms, _) in &pairs {
            check_order(&mut last_unix_ms, *unix_ms, log, &place);
        }
        Self { pairs, ..self }
    }

    /// Takes a sample and checks its order in time. `place` says where it is, if that is asked for.
    pub(crate) fn take(
        &mut self,
        unix_ms: i64,
        cell: Cell,
        log: &mut FileLog,
        place: impl Fn(&str) -> Place,
    ) {
        check_order(&mut self.last_unix_ms, unix_ms, log, &place);
        self.take_unordered(unix_ms, cell, log, place);
    }

    /// Takes a sample whose order in time is checked elsewhere.
    pub(crate) fn take_unordered(
        &mut self,
        unix_ms: i64,
        cell: Cell,
        log: &mut FileLog,
        place: impl Fn(&str) -> Place,
    ) {
        match cell {
            Cell::Number(value) => self.pairs.push((unix_ms, value)),
            Cell::NotANumber if self.is_raw => self.pairs.push((unix_ms, NORMAL_NAN)),
            Cell::Infinite(value) if self.is_raw => self.pairs.push((unix_ms, value)),
            Cell::NativeHistogram if self.is_raw => {
                self.pairs.push((unix_ms, special::NATIVE_HISTOGRAM));
                log.survived(Survived::MarkedHistogram, place);
            }
            Cell::NotANumber | Cell::Gap => log.survived(Survived::Gap, place),
            Cell::Infinite(_) => log.survived(Survived::Infinite, place),
            Cell::NativeHistogram => log.survived(Survived::NativeHistogram, place),
            Cell::Wrong => log.error(|file| {
                let place = place(file);
                let text = place.marked();
                Diagnostic::error(codes::BAD_VALUE, format!("`{}` is not a number", text.trim()))
                    .at(place)
                    .help("write a plain number such as 1.5; leave the value empty for a gap")
            }),
        }
    }
}
/// Counts a time that repeats the one before it or lies earlier, and remembers it.
pub(crate) fn check_order(
    last_unix_ms: &mut Option<i64>,
    unix_ms: i64,
    log: &mut FileLog,
    place: impl Fn(&str) -> Place,
) {
    match last_unix_ms.replace(unix_ms) {
        Some(last) if unix_ms == last => log.survived(Survived::DuplicateTime, place),
        Some(last) if unix_ms < last => log.survived(Survived::UnorderedTime, place),
        _ => {}
    }
}

/// `p99_latency` of `metrics.p99_latency.json`.
pub(crate) fn middle_of_file_name(file: &str) -> Option<&str> {
    let name = file.rsplit(['/', '\\']).next()?;
    let (stem, _extension) = name.rsplit_once('.')?;
    let (_part, metric) = stem.split_once('.')?;
    (!metric.is_empty()).then_some(metric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_file_name_is_a_metric() {
        let check = |file: &str, expected: Option<&str>| {
            assert_eq!(middle_of_file_name(file), expected, "{file}");
        };
        check("metrics.p99_latency.json", Some("p99_latency"));
        check("some.dir/baseline.p99.latency.json", Some("p99.latency"));
        check("some.dir/metrics.json", None);
        check("metrics", None);
        check("metrics..json", None);
    }
}
