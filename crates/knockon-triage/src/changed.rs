//! Blame by recent changes: of a service that is in trouble since.
//!
//! Most incidents follow a change, and one that breaks something mostly shows within minutes. A change
//! alone proves nothing: most harm nobody. Of a service that strays since, it is one reason more to look
//! there.

use knockon_core::ServiceId;
use knockon_telemetry::Change;

use crate::family::{Blame, Family};
use crate::scene::Scene;
use crate::suspects::{CLOCK_SLACK, HALF_LIFE, LOOK_BACK, kind_weight};

/// How far a change is trusted that something strays right after.
const TRUSTED: f64 = 0.5;

impl Scene<'_> {
    /// The services that were changed shortly before they began to stray.
    pub(crate) fn changes(&self) -> Option<Blame> {
        let mut amounts: Vec<f64> = vec![0.0; self.system.services().len()];
        for change in self.changed {
            let Some(service) = change.service else { continue };
            let slot = &mut amounts[service.index()];
            *slot = slot.max(self.follows(change, service));
        }
        let most = amounts.iter().copied().fold(0.0, f64::max);
        Blame::from_amounts(Family::Changes, TRUSTED * most, amounts)
    }

    /// How likely a change of a service is what it strays of, by how long after it began, 0 to 1.
    fn follows(&self, change: &Change, service: ServiceId) -> f64 {
        let Some(since) = self.since(service) else { return 0.0 };
        let lead = (since - change.time).ms;
        if !(-CLOCK_SLACK.ms..=LOOK_BACK.ms).contains(&lead) {
            return 0.0;
        }
        let kind = kind_weight(&change.kind);
        kind * 0.5_f64.powf(lead.max(0) as f64 / HALF_LIFE.ms as f64)
    }
}
