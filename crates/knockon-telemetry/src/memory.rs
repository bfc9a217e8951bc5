//! Evidence that is in memory already, and never was a file.

use knockon_core::{Diagnostic, Place, System};
use knockon_promql::{METRIC_NAME, Store, special};

use crate::alert::{Alert, AlertRecord};
use crate::alert_list::AlertList;
use crate::change::{Change, ChangeRecord};
use crate::codes;
use crate::counters::Kind;
use crate::families::{Families, FamilyType};
use crate::file_log::FileLog;
use crate::intake::Intake;
use crate::placement;
use crate::query_range::unnamed;
use crate::value::Cell;

/// Takes the series of a store. A marker that a series ended is no sample of it, and a series that has
/// nothing else is none, as in a text, which cannot say that a series ended.
pub(crate) fn metrics(
    store: &Store,
    families: &Families,
    system: &System,
    intake: &mut Intake<'_>,
) {
    let type_of = |family: &str| {
        let family_type = families.get(family).map(|it| it.family_type);
        family_type.filter(|it| *it != FamilyType::Unknown)
    };
    let mut unnamed_count = 0;
    for series in store.series() {
        if series.values().iter().all(|value| special::is_stale(*value)) {
            continue;
        }
        let Some(metric) = series.labels().metric() else {
            unnamed_count += 1;
            continue;
        };
        let Some(kind) = Kind::declared(metric, type_of) else { continue };
        let labels = series.labels().iter().filter(|(name, _)| *name != METRIC_NAME);
        let placement = placement::place(system, labels.clone());
        let owned = || labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let place = |file: &str| Place::whole_file(file);
        let mut incoming = intake.open_at(placement, metric, owned, kind);
        if incoming.is_placed() {
            incoming.reserve(series.values().len());
            for (time_ms, value) in series.times_ms().iter().zip(series.values()) {
                let cell = match *value {
                    it if special::is_stale(it) => continue,
                    it if special::is_native_histogram(it) => Cell::NativeHistogram,
                    it => Cell::from_number(it),
                };
                incoming.take_unordered(*time_ms, cell, intake.log, place);
            }
        }
        intake.close(incoming);
    }
    if unnamed_count > 0 {
        intake.log.error(|file| unnamed(unnamed_count).at(Place::whole_file(file)));
    }
}

/// Places alerts on the services of a system.
pub(crate) fn alerts(
    records: impl IntoIterator<Item = AlertRecord>,
    system: &System,
    log: &mut FileLog,
) -> Vec<Alert> {
    let mut alerts = AlertList::new(system);
    let place = Place::whole_file(log.file());
    for record in records {
        let Some(name) = record.labels.get("alertname").cloned() else {
            let error = Diagnostic::error(codes::BAD_ALERT, "the alert has no label `alertname`");
            log.error(|_| error.at(place.clone()));
            continue;
        };
        if let Some(service) = alerts.place(&record.labels, &name, log) {
            alerts.add(name, service, record, place.clone(), log);
        }
    }
    alerts.check(log);
    alerts.into_alerts()
}

/// Places changes on the services of a system.
pub(crate) fn changes(
    records: impl IntoIterator<Item = ChangeRecord>,
    system: &System,
    log: &mut FileLog,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for record in records {
        if record.service.trim().is_empty() {
            let error = Diagnostic::error(codes::BAD_CHANGE, "the change has no `service`");
            log.error(|file| error.at(Place::whole_file(file)));
            continue;
        }
        changes.push(record.placed(system, log));
    }
    changes
}
