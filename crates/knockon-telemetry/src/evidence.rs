//! All the evidence about one incident, placed on the services of a system.

use knockon_core::{Diagnostic, Timestamp};

use crate::{Alert, Change, Logs, Samples, Series, UserSeries};

/// A name in the evidence that no service of the system has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// The name as the evidence writes it: of a service, or of a whole column or series when no
    /// service could be told from it.
    pub name: String,
    /// The file it is in.
    pub file: String,
    /// How many series, alerts or changes it concerns.
    pub count: usize,
}

/// What monitoring saw. Any part may be empty. Readers hand it over [in order](Self::in_order).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// Metrics, in order of service, metric and labels.
    pub series: Vec<Series>,
    /// What users tell of journeys, and is of no service; in order of journey, metric and labels.
    pub users: Vec<UserSeries>,
    /// Alerts, in order of their start.
    pub alerts: Vec<Alert>,
    /// Changes, in order of time.
    pub changes: Vec<Change>,
    /// What the logs come to.
    pub logs: Logs,
    /// What was found and belongs to no service of the system, in order of file and name.
    pub unplaced: Vec<Unplaced>,
    /// What the readers survived and a person should know: gaps, duplicates, values that are not
    /// numbers. Never errors.
    pub notes: Vec<Diagnostic>,
}

impl Evidence {
    /// The first moment that any part of the evidence but the baseline and the changes speaks of.
    pub fn first_moment(&self) -> Option<Timestamp> {
        let samples = self.samples().filter_map(|samples| Some(samples.span()?.0));
        samples.chain(self.alerts.iter().map(|a| a.starts_at)).min()
    }

    /// The last moment that samples and alerts speak of, or where there are none changes: the "now" of
    /// the incident. Lists of changes are often saved later, with what was deployed since.
    pub fn last_moment(&self) -> Option<Timestamp> {
        let samples = self.samples().filter_map(|samples| Some(samples.span()?.1));
        let alerts =
            self.alerts.iter().map(|a| a.ends_at.map_or(a.starts_at, |end| end.max(a.starts_at)));
        let changes = || self.changes.iter().map(|change| change.time).max();
        samples.chain(alerts).max().or_else(changes)
    }

    /// The samples of services and of users.
    fn samples(&self) -> impl Iterator<Item = &Samples> {
        let of_users = self.users.iter().map(|series| &series.samples);
        self.series.iter().map(|series| &series.samples).chain(of_users)
    }
}
