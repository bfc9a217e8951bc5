//! Two services that do not reach each other.

use knockon_core::{Element, ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// Nothing gets from either of two services to the other; messages neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// Which two.
    pub between: [ServiceId; 2],
}

impl FaultKind for Partition {
    const WORD: &'static str = "partition";
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        format!(
            "`{}` and `{}` do not reach each other",
            system.service(self.between[0]).name,
            system.service(self.between[1]).name
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        let [one, other] = self.between;
        if check.service(one) & check.service(other) && one == other {
            let what = format!("`{}` cannot be parted from itself", check.name(one));
            check.refuse(Element::Service(one), what, "name two services");
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.between[1])
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let [one, other] = self.between;
        force.bend(run, Traffic::between(one, other), force.level, Bend::Swallow);
        force.bend(run, Traffic::between(other, one), force.level, Bend::Swallow);
        for queue in run.queues_between(index_of(one), index_of(other)) {
            run.blame(Part::Queue(queue), force.origin, force.reason);
        }
    }
}
