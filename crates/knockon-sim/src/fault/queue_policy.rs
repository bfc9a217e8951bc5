//! A queue that is held to another policy.

use knockon_core::{Element, QueueId, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::action::QueueLimits;
use crate::change::{Change, ChangeKind};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A queue is held to another policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuePolicy {
    /// Which queue.
    pub queue: QueueId,
    /// What it is held to.
    pub limits: QueueLimits,
}

impl FaultKind for QueuePolicy {
    const WORD: &'static str = "queue policy";

    fn describe(&self, system: &System) -> String {
        format!("`{}` is held to {}", system.queue(self.queue).name, self.limits.describe())
    }

    fn check(&self, check: &mut Check<'_>) {
        if check.queue(self.queue) && self.limits == QueueLimits::default() {
            let what =
                format!("nothing is said of `{}`", check.program.system.queue(self.queue).name);
            check.refuse(Element::Queue(self.queue), what, "give it at least one limit");
        }
    }

    fn part(&self, program: &Program) -> Part {
        program.find_queue(self.queue).map_or(part_of(self.queue.service), Part::Queue)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let Some(queue) = run.program.find_queue(self.queue) else { return };
        let policy = self.limits.over(run.policy_of(queue));
        run.set_policy(queue, force.origin, policy);
        run.blame(Part::Queue(queue), force.origin, force.reason);
    }

    fn change(&self, system: &System) -> Option<Change> {
        let text = format!("{}: {}", system.queue(self.queue).name, self.limits.describe());
        Some(Change::new(ChangeKind::Policy, self.queue.service, text))
    }
}
