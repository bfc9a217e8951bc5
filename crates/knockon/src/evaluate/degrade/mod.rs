//! Evidence made worse before triage sees it, as that of production is: `alerts dropped=1/3`.
//!
//! A degradation is `KIND[=FIGURE]`; several joined by commas are applied one after the other. What
//! each does is a row in [`KINDS`] and a function over the [`Case`]. All draws follow from the name of
//! the case, the kind and nothing else: the same case is degraded in the same way whatever else is
//! measured.

mod alerts;
mod changes;
mod clocks;
mod edges;
mod samples;

use knockon_core::{Code, Diagnostic, ServiceId, Share, Timestamp};
use knockon_format::closest;
use knockon_format::quantities;
use knockon_sim::random::{Stream, hash};

use super::case::Case;
use crate::codes;

/// What makes evidence worse.
#[derive(Debug)]
pub struct Kind {
    /// Its name.
    pub word: &'static str,
    /// Its figure if none is said.
    pub usual: &'static str,
    /// What the figure is.
    pub means: &'static str,
    read: fn(&str) -> Result<f64, Bad>,
    apply: fn(&mut Case, f64, &mut Stream),
}

/// Every kind, in the order of the reference.
pub const KINDS: &[Kind] = &[
    Kind {
        word: "alerts dropped",
        usual: "1/3",
        means: "the share of the alerts that nobody receives",
        read: share,
        apply: alerts::drop,
    },
    Kind {
        word: "noise alerts",
        usual: "5",
        means: "how many alerts fire around the onset on services without trouble",
        read: count,
        apply: alerts::add_noise,
    },
    Kind {
        word: "samples lost",
        usual: "1/3",
        means: "the share of the scrapes of each service that are lost",
        read: share,
        apply: samples::lose,
    },
    Kind {
        word: "clocks skewed",
        usual: "30s",
        means: "how far the clocks of half of the services may be ahead or behind",
        read: seconds,
        apply: clocks::skew,
    },
    Kind {
        word: "red herrings",
        usual: "3",
        means: "how many services without trouble are deployed shortly before the onset",
        read: count,
        apply: changes::add_red_herrings,
    },
    Kind {
        word: "edges missing",
        usual: "20%",
        means: "the share of the dependencies that the model lacks",
        read: share,
        apply: edges::forget,
    },
    Kind {
        word: "edges wrong",
        usual: "20%",
        means: "the share of the dependencies that the model has on another service",
        read: share,
        apply: edges::mistake,
    },
];

/// The word for every kind, one after the other.
const ALL: &str = "all";

/// The word for evidence as it is.
const NONE: &str = "none";

/// What is done to the evidence of each case; nothing when it has no steps.
#[derive(Debug, Default)]
pub struct Degradation {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    kind: usize,
    /// The figure as it is written.
    written: String,
    figure: f64,
}

impl Degradation {
    /// What it is called: as it can be written.
    pub fn name(&self) -> String {
        if self.steps.is_empty() {
            return NONE.to_owned();
        }
        let name = |step: &Step| format!("{}={}", KINDS[step.kind].word, step.written);
        self.steps.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// Makes a case worse.
    pub fn apply(&self, name: &str, case: &mut Case) {
        let letters: Vec<u64> = name.bytes().map(u64::from).collect();
        for step in &self.steps {
            let mut stream = Stream::new(hash(&letters), 0, step.kind as u64, 0);
            (KINDS[step.kind].apply)(case, step.figure, &mut stream);
        }
    }
}

/// Reads what flags ask for, or says all that is wrong with it. Without a flag evidence stays as it
/// is.
pub fn read(flags: &[String]) -> Result<Vec<Degradation>, Vec<Diagnostic>> {
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    for flag in flags {
        match flag.trim() {
            NONE => asked.push(Degradation::default()),
            ALL => {
                asked.push(Degradation::default());
                let each = KINDS.iter().map(|kind| step(kind.word));
                asked.extend(each.flatten().map(|step| Degradation { steps: vec![step] }));
            }
            parts => {
                let mut steps = Vec::new();
                for part in parts.split(',').map(str::trim) {
                    match step(part) {
                        Ok(step) => steps.push(step),
                        Err(bad) => wrong.push(bad.at(part)),
                    }
                }
                asked.push(Degradation { steps });
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if asked.is_empty() {
        asked.push(Degradation::default());
    }
    Ok(asked)
}

/// Words may be joined by `-`, so that a shell needs no quotes.
fn step(part: &str) -> Result<Step, Bad> {
    let (word, figure) = match part.split_once('=') {
        Some((word, figure)) => (word, Some(figure.trim())),
        None => (part, None),
    };
    let word = word.trim().replace(['-', '_'], " ");
    let kind = KINDS.iter().position(|kind| kind.word == word).ok_or_else(|| unknown(&word))?;
    let of = &KINDS[kind];
    let written = figure.unwrap_or(of.usual).to_owned();
    Ok(Step { kind, figure: (of.read)(&written)?, written })
}

/// What is wrong with a part of a flag, and how a right one looks.
#[derive(Debug)]
struct Bad {
    code: Code,
    message: String,
    help: String,
}

impl Bad {
    fn figure(message: String, help: &str) -> Self {
        Self { code: codes::BAD_FIGURE, message, help: help.to_owned() }
    }

    fn at(self, part: &str) -> Diagnostic {
        let message = format!("`--degrade {part}`: {}", self.message);
        Diagnostic::error(self.code, message).help(self.help)
    }
}

impl From<quantities::Bad> for Bad {
    fn from(bad: quantities::Bad) -> Self {
        Self::figure(bad.message, &bad.help)
    }
}

fn unknown(word: &str) -> Bad {
    let words = || KINDS.iter().map(|kind| kind.word).chain([ALL, NONE]);
    let near = closest(word, words()).map(|near| format!("did you mean `{near}`?"));
    let help = near.unwrap_or_else(|| {
        let words: Vec<_> = words().map(|word| format!("`{word}`")).collect();
        format!("there is {}", words.join(", "))
    });
    let message = "there is no such degradation".to_owned();
    Bad { code: codes::UNKNOWN_DEGRADATION, message, help }
}

/// From 0 to 1, as `1/3` or `30%`.
fn share(text: &str) -> Result<f64, Bad> {
    let bad = |message| Bad::figure(message, "write it as `1/3` or `30%`");
    let share = match text.split_once('/') {
        Some((part, of)) => Some((part.trim().parse::<f64>(), of.trim().parse::<f64>()))
            .and_then(|(part, of)| Some(part.ok()? / of.ok()?)),
        None => quantities::share(text).ok().map(Share::fraction),
    };
    match share {
        Some(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Some(_) => Err(bad(format!("`{text}` is not from none to all"))),
        None => Err(bad(format!("`{text}` is no share"))),
    }
}

fn seconds(text: &str) -> Result<f64, Bad> {
    Ok(quantities::duration(text)?.as_secs_f64())
}

/// Most alerts or deploys that are added to a case.
const COUNT_MAX: u64 = 10_000;

fn count(text: &str) -> Result<f64, Bad> {
    match quantities::count(text)? {
        count if count <= COUNT_MAX => Ok(count as f64),
        _ => {
            Err(Bad::figure(format!("`{text}` is more than {COUNT_MAX}"), "write a smaller number"))
        }
    }
}

/// As many numbers as a count says, which is a whole number that is not too big.
fn times(count: f64) -> impl Iterator<Item = u64> {
    (0..COUNT_MAX).take_while(move |at| (*at as f64) < count)
}

/// When the trouble set in, as far as that can be known.
fn onset(case: &Case) -> Option<Timestamp> {
    let known = case.truth.began.or(case.options.since);
    let alerts = case.evidence.alerts.iter().map(|alert| alert.starts_at);
    known.or_else(|| alerts.min()).or_else(|| case.evidence.first_moment())
}

/// The services that are not to blame and on which no alert fires.
fn calm(case: &Case) -> Vec<ServiceId> {
    let is_blamed = |id: ServiceId| {
        let truth = case.truth.services.iter();
        truth.filter_map(|name| case.system.names().get(name)).any(|blamed| blamed == id)
    };
    let fires = |id: ServiceId| case.evidence.alerts.iter().any(|alert| alert.service == id);
    case.system.service_ids().filter(|id| !is_blamed(*id) && !fires(*id)).collect()
}

/// One of some things.
fn pick<T: Copy>(from: &[T], stream: &mut Stream) -> Option<T> {
    let at = stream.below(from.len() as u64);
    from.get(usize::try_from(at).ok()?).copied()
}

/// A length of time from one number of seconds up to another, in whole milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "a cast of what is too big saturates")]
fn between(from_s: f64, to_s: f64, stream: &mut Stream) -> knockon_core::DurationMs {
    let seconds = from_s + (to_s - from_s) * stream.unit();
    knockon_core::DurationMs { ms: (seconds * 1000.0) as i64 }
}

#[cfg(test)]
mod tests;
