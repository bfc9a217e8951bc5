//! Processes that take long to start.

use std::time::Duration;

use knockon_core::{ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::clock::nanos;
use crate::engine::Run;
use crate::engine::levers::Dial;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The processes of a service that start meanwhile take longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowStart {
    /// Which service.
    pub service: ServiceId,
    /// How long.
    pub takes: Duration,
}

impl FaultKind for SlowStart {
    const WORD: &'static str = "slow start";

    fn describe(&self, system: &System) -> String {
        format!(
            "`{}` takes {} s to start",
            system.service(self.service).name,
            self.takes.as_secs_f64()
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        if check.process(self.service) {
            check.time(self.takes);
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let dial = Dial::Start(index_of(self.service));
        let takes_ns = force.between_whole(run.base_of(dial), nanos(self.takes));
        run.set_dial(dial, force.origin, takes_ns);
        run.blame_replicas(index_of(self.service), force.by());
    }
}
