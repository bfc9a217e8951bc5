//! How strong a fault is, and whom it hits, at one moment.

use knockon_core::ServiceId;

use super::Traffic;
use crate::engine::Run;
use crate::engine::condition::{Bend, Condition};
use crate::engine::levers::{Grip, Hold};
use crate::pending::Pending;
use crate::program::{NONE, Program};
use crate::truth::Part;

/// How strong a fault is, and whom it hits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Force {
    /// The number of the fault.
    pub(crate) origin: u32,
    /// Its reason in the truth.
    pub(crate) reason: u32,
    /// From just above 0 to 1.
    pub(crate) level: f64,
    /// The share of replicas that it hits.
    pub(crate) share: f64,
    /// The member of a cohort whose users it hits.
    pub(crate) member: Option<(u32, u32)>,
    /// It was not there at all before.
    pub(crate) is_new: bool,
}

impl Force {
    /// Who does it, and why.
    pub(crate) fn by(self) -> (u32, u32) {
        (self.origin, self.reason)
    }

    /// From one figure to another, as far as the strength goes.
    pub(crate) fn between(self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.level
    }

    /// The same of whole numbers.
    pub(crate) fn between_whole(self, from: u64, to: u64) -> u64 {
        crate::clock::rounded(self.between(from as f64, to as f64))
    }

    /// Takes hold of as many replicas as it has strength for.
    pub(crate) fn hold<Q: Pending>(self, run: &mut Run<Q>, service: ServiceId, hold: Hold) {
        self.hold_share(run, service, hold, self.share * self.level);
    }

    /// Takes hold of its share of replicas, each with its strength.
    pub(crate) fn hold_all<Q: Pending>(self, run: &mut Run<Q>, service: ServiceId, hold: Hold) {
        self.hold_share(run, service, hold, self.share);
    }

    fn hold_share<Q: Pending>(self, run: &mut Run<Q>, service: ServiceId, hold: Hold, share: f64) {
        let service = index_of(service);
        let on = run.first_replicas(service, share);
        run.grip(Grip { origin: self.origin, service, reason: self.reason, hold, on });
    }

    /// Something that happens to a part of requests.
    pub(crate) fn condition(
        self,
        program: &Program,
        of: Traffic,
        part: f64,
        bend: Bend,
    ) -> Condition {
        let operation = of.operation.and_then(|id| program.find_operation(id));
        Condition {
            other: of.from.map_or(NONE, index_of),
            operation: operation.unwrap_or(NONE),
            member: self.member,
            share: crate::random::threshold(part),
            ..Condition::new(self.origin, bend, self.reason)
        }
    }

    /// Lets something happen to a part of the requests on the way to a service.
    pub(crate) fn bend<Q: Pending>(self, run: &mut Run<Q>, of: Traffic, part: f64, bend: Bend) {
        let to = index_of(of.to);
        let mut condition = self.condition(&run.program, of, part, bend);
        condition.ordinals_below = run.ordinals_below(to, self.share);
        run.bend_incoming(to, condition);
    }
}

/// Where a service is in the tables.
pub(crate) fn index_of(service: ServiceId) -> u32 {
    u32::try_from(service.index()).unwrap_or(NONE)
}

/// A service as a part that can be to blame.
pub(crate) fn part_of(service: ServiceId) -> Part {
    Part::Service(index_of(service))
}
