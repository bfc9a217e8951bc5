//! Processes that have ended and are not started.

use knockon_core::{ServiceId, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The processes of a service have ended, and are not started before it is lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// Which service.
    pub service: ServiceId,
}

impl FaultKind for Crash {
    const WORD: &'static str = "crash";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("`{}` is down", system.service(self.service).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.process(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        force.hold(run, self.service, Hold::Down);
    }
}
