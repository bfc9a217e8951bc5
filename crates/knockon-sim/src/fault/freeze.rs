//! Processes that are stopped where they are.

use knockon_core::{ServiceId, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The processes of a service are stopped where they are (`SIGSTOP`): connections stay open, nobody
/// answers, and what was begun is finished when they go on. A process that is restarted meanwhile
/// runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// Which service.
    pub service: ServiceId,
}

impl FaultKind for Freeze {
    const WORD: &'static str = "freeze";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("`{}` is frozen", system.service(self.service).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.process(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        force.hold(run, self.service, Hold::Frozen);
    }
}
