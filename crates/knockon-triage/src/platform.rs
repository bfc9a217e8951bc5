//! Platform causes, told by who is hit together.
//!
//! The network, the name service and the node under a callee have callers of their own nowhere: they
//! are met on the way to something else. When calls to several callees that have nothing to do with
//! each other stay unanswered at once, one cause that all of them share is likelier than that all of
//! them died.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{DependencyKind, ServiceId};

use crate::scene::Scene;
use crate::signal::Signal;

/// From so many callees on that stay silent together they are held to share the cause.
const TOGETHER: usize = 2;

/// A caller and a callee.
type Call = (ServiceId, ServiceId);

impl Scene<'_> {
    /// For each call that stays unanswered together with calls to other callees the platform service
    /// that is likelier to blame than the callee.
    pub(crate) fn shared_platforms(&self) -> BTreeMap<Call, ServiceId> {
        let unanswered = self.calls(true);
        let silent: BTreeSet<ServiceId> = unanswered.iter().map(|(_, callee)| *callee).collect();
        // Who waits in vain for somebody else cannot answer either.
        let callers: BTreeSet<ServiceId> = unanswered.iter().map(|(caller, _)| *caller).collect();
        let is_lost = |(_, callee): &&Call| !callers.contains(callee);
        let lost: BTreeSet<Call> = unanswered.iter().filter(is_lost).copied().collect();
        let all = self.calls(false);

        let mut suspects: Vec<(bool, f64, usize, ServiceId)> = Vec::new();
        for platform in self.platforms() {
            let on_it = |call: &&Call| self.meets(**call, platform);
            let hit: BTreeSet<ServiceId> = lost.iter().filter(on_it).map(|it| it.1).collect();
            // A platform that is measured and well is none.
            let is_well = self.measures(platform, Signal::Errors) && !self.hurts(platform);
            if hit.len() >= TOGETHER && !is_well {
                let possible = all.iter().filter(on_it).map(|it| it.1);
                let possible: BTreeSet<ServiceId> = possible.collect();
                let share = hit.len() as f64 / possible.len() as f64;
                suspects.push((self.hurts(platform), share, hit.len(), platform));
            }
        }
        let best = suspects.into_iter().max_by(|a, b| {
            let by_hit = a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2));
            by_hit.then(b.3.cmp(&a.3))
        });
        let Some((.., platform)) = best else { return BTreeMap::new() };
        let by_it = |call: &Call| silent.contains(&call.1) && self.meets(*call, platform);
        unanswered.into_iter().filter(by_it).map(|call| (call, platform)).collect()
    }

    /// The calls that are measured: all, or those of which more stay unanswered than usual.
    fn calls(&self, unanswered: bool) -> BTreeSet<Call> {
        let of_calls = self.deviations.iter().filter(|it| it.requests.is_some());
        let chosen = of_calls.filter(|it| {
            !unanswered || (it.reading.signal == Signal::Unanswered && it.is_adverse())
        });
        chosen.filter_map(|it| Some((it.series.service, it.callee?))).collect()
    }

    /// What services run on.
    fn platforms(&self) -> BTreeSet<ServiceId> {
        let uses = self.system.dependencies().iter();
        uses.filter(|it| it.kind == DependencyKind::RunsOn).map(|it| it.to).collect()
    }

    /// Whether a call needs a platform service: at its start or at its end.
    fn meets(&self, call: Call, platform: ServiceId) -> bool {
        self.system.dependencies().iter().any(|it| {
            let is_end = it.from == call.0 || it.from == call.1;
            it.kind == DependencyKind::RunsOn && it.to == platform && is_end
        })
    }
}
