//! Processes that the kernel kills for their memory.

use knockon_core::{ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The kernel kills the processes of a service once, for the memory they use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OomKill {
    /// Which service.
    pub service: ServiceId,
}

impl FaultKind for OomKill {
    const WORD: &'static str = "oom kill";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!(
            "the processes of `{}` are killed for their memory",
            system.service(self.service).name
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        check.process(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        if force.is_new {
            run.kill(index_of(self.service), force.share, "OOMKilled", force.reason);
        }
    }
}
