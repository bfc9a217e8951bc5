//! Processes that end once.

use knockon_core::{ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The processes of a service end once, with an error; what becomes of them is their policy's
/// affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kill {
    /// Which service.
    pub service: ServiceId,
}

impl FaultKind for Kill {
    const WORD: &'static str = "kill";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("the processes of `{}` are killed", system.service(self.service).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.process(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        if force.is_new {
            run.kill(index_of(self.service), force.share, "Error", force.reason);
        }
    }
}
