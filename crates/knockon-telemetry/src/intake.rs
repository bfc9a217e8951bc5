//! What every metrics reader does with what it finds: place a series, take a sample, report.

use knockon_core::{Diagnostic, Place, Resolved, System};

use crate::codes;
use crate::counters::Kind;
use crate::file_log::{FileLog, Survived, counted};
use crate::placement::{self, Placement};
use crate::series::Labels;
use crate::stock::{Identity, Stock, Stretch};
use crate::value::Cell;

/// How many names that belong to no service a message spells out.
const NAMES_SHOWN_MAX: usize = 3;

/// Where one metrics file goes.
pub(crate) struct Intake<'a> {
    pub(crate) system: &'a System,
    pub(crate) stock: &'a mut Stock,
    pub(crate) stretch: Stretch,
    pub(crate) log: &'a mut FileLog,
    /// The metric of series that do not name theirs, from the name of the file.
    pub(crate) default_metric: Option<String>,
    placed: usize,
    unplaced: usize,
}

/// The samples of one series as they come in.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// The series; `None` when it belongs to no service, and its samples are passed over.
    identity: Option<Identity>,
    kind: Kind,
    pairs: Vec<(i64, f64)>,
    last_unix_ms: Option<i64>,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(
        system: &'a System,
        stock: &'a mut Stock,
        stretch: Stretch,
        log: &'a mut FileLog,
    ) -> Self {
        let default_metric = metric_in_file_name(log.file()).map(str::to_owned);
        Self { system, stock, stretch, log, default_metric, placed: 0, unplaced: 0 }
    }

    /// Opens a series with labels.
    pub(crate) fn open(&mut self, metric: &str, labels: Labels, kind: Kind) -> Incoming {
        let identity = match placement::place(self.system, &labels) {
            Placement::Placed { service, redundant_label } => {
                Ok(Identity { service, metric: metric.to_owned(), labels, redundant_label })
            }
            Placement::UnknownService(name) => Err(name),
            Placement::Nameless => Err(metric.to_owned()),
        };
        self.admit(identity, kind)
    }

    /// Opens a series whose column is called `<service>_<metric>`.
    pub(crate) fn open_column(&mut self, column: &str) -> Incoming {
        let names = self.system.names();
        let Some((service, metric)) = names.split(column, '_') else {
            return self.admit(Err(column.to_owned()), Kind::Unknown);
        };
        // Columns of replicas (`carts-0_cpu`, `carts-1_cpu`) stay apart.
        let name = &column[..column.len() - metric.len() - 1];
        let mut labels = Labels::new();
        if let Some(Resolved::Instance(_)) = names.resolve(name) {
            labels.insert("instance".to_owned(), name.to_owned());
        }
        let identity =
            Identity { service, metric: metric.to_owned(), labels, redundant_label: None };
        self.admit(Ok(identity), Kind::Unknown)
    }

    fn admit(&mut self, identity: Result<Identity, String>, kind: Kind) -> Incoming {
        match &identity {
            Ok(_) => self.placed += 1,
            Err(name) => {
                self.unplaced += 1;
                self.log.unplaced(name);
            }
        }
        Incoming { identity: identity.ok(), kind, pairs: Vec::new(), last_unix_ms: None }
    }

    /// Stores what came in.
    pub(crate) fn close(&mut self, incoming: Incoming) {
        if let Some(identity) = incoming.identity {
            self.stock.add(identity, incoming.kind, self.stretch, incoming.pairs);
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
    /// Whether it belongs to a service; if not, its samples need not be looked at.
    pub(crate) fn is_placed(&self) -> bool {
        self.identity.is_some()
    }

    /// Samples of which is not yet known what they are about.
    pub(crate) fn nameless() -> Self {
        Self { identity: None, kind: Kind::Unknown, pairs: Vec::new(), last_unix_ms: None }
    }

    /// The same series with the samples that came in before it was known.
    pub(crate) fn with_samples_of(self, nameless: Self) -> Self {
        Self { pairs: nameless.pairs, ..self }
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
            Cell::Gap => log.survived(Survived::Gap, place),
            Cell::Infinite => log.survived(Survived::Infinite, place),
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
fn metric_in_file_name(file: &str) -> Option<&str> {
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
            assert_eq!(metric_in_file_name(file), expected, "{file}");
        };
        check("metrics.p99_latency.json", Some("p99_latency"));
        check("some.dir/baseline.p99.latency.json", Some("p99.latency"));
        check("some.dir/metrics.json", None);
        check("metrics", None);
        check("metrics..json", None);
    }
}
