//! Alerts on their way into the evidence: placed on services.

use std::collections::HashSet;

use knockon_core::{Place, ServiceId, Severity, System, Timestamp};

use crate::alert::{Alert, AlertRecord};
use crate::file_log::{FileLog, Survived};
use crate::intake::nothing_placed;
use crate::placement::{self, Placement};
use crate::series::{Labels, texts};

/// The alerts of one source.
pub(crate) struct AlertList<'a> {
    system: &'a System,
    alerts: Vec<Alert>,
    seen: HashSet<(Labels, Timestamp)>,
    unplaced: usize,
}

impl<'a> AlertList<'a> {
    pub(crate) fn new(system: &'a System) -> Self {
        Self { system, alerts: Vec::new(), seen: HashSet::new(), unplaced: 0 }
    }

    /// The service that an alert of this name fired on.
    pub(crate) fn place(
        &mut self,
        labels: &Labels,
        alert: &str,
        log: &mut FileLog,
    ) -> Option<ServiceId> {
        let unknown = match placement::place(self.system, texts(labels)) {
            Placement::Placed { service, .. } => return Some(service),
            Placement::UnknownService(name) => name,
            Placement::Journey(_) | Placement::Nameless => alert.to_owned(),
        };
        self.unplaced += 1;
        log.unplaced(&unknown);
        None
    }

    /// Adds an alert. One that was delivered before is told; `order` merges the two.
    pub(crate) fn add(
        &mut self,
        name: String,
        service: ServiceId,
        record: AlertRecord,
        place: Place,
        log: &mut FileLog,
    ) {
        let AlertRecord { labels, annotations, starts_at, mut ends_at } = record;
        if ends_at.is_some_and(|end| end < starts_at) {
            log.survived(Survived::AlertEndsEarly, |_| place.clone());
            ends_at = None;
        }
        if !self.seen.insert((labels.clone(), starts_at)) {
            log.survived(Survived::DuplicateAlert, |_| place);
        }
        self.alerts.push(Alert {
            name,
            service,
            peer: placement::peer(self.system, &labels, service),
            severity: labels.get("severity").cloned(),
            starts_at,
            ends_at,
            labels,
            annotations,
        });
    }

    /// Warns if there were alerts and none could be placed.
    pub(crate) fn check(&self, log: &mut FileLog) {
        if self.alerts.is_empty() && self.unplaced > 0 {
            let place = Place::whole_file(log.file());
            let mut warning = nothing_placed("alert", self.unplaced, log).at(place);
            warning.severity = Severity::Warning;
            log.note(warning);
        }
    }

    pub(crate) fn into_alerts(self) -> Vec<Alert> {
        self.alerts
    }
}
