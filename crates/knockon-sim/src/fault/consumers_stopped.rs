//! Consumers that take no messages.

use knockon_core::{ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The consumers of a service take no messages. What they hold they work off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsumersStopped {
    /// Which service.
    pub service: ServiceId,
}

impl FaultKind for ConsumersStopped {
    const WORD: &'static str = "consumers stopped";

    fn describe(&self, system: &System) -> String {
        format!("`{}` takes no messages", system.service(self.service).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.consumer(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        run.pause_consumers(index_of(self.service), force.by());
    }
}
