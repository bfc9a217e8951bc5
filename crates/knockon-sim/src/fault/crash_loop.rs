//! Processes that end again and again.

use std::time::Duration;

use knockon_core::{ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::clock::nanos;
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The processes of a service end, are started again as their policy says, and end again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashLoop {
    /// Which service.
    pub service: ServiceId,
    /// How long each runs; at 0 it ends before it can serve.
    pub after: Duration,
}

impl FaultKind for CrashLoop {
    const WORD: &'static str = "crash loop";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("`{}` crashes again and again", system.service(self.service).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.process(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        force.hold(run, self.service, Hold::Crashing(nanos(self.after)));
        if force.is_new {
            run.kill(index_of(self.service), force.share * force.level, "Error", force.reason);
        }
    }
}
