//! Consumers that take longer.

use knockon_core::{ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The consumers of a service take longer for each message, for what they do themselves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConsumersSlow {
    /// Which service.
    pub service: ServiceId,
    /// By what factor.
    pub times: f64,
}

impl FaultKind for ConsumersSlow {
    const WORD: &'static str = "consumers slow";

    fn describe(&self, system: &System) -> String {
        format!(
            "consumers of `{}` take {} times as long",
            system.service(self.service).name,
            self.times
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        check.consumer(self.service);
        check.factor(self.times);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let operations = run.program.services[self.service.index()].consumers.clone();
        let times = force.between(1.0, self.times);
        run.set_work(force.origin, &operations, times, times);
        let service = index_of(self.service);
        run.blame_replicas(service, force.by());
        for queue in run.consumes_from(service) {
            run.blame(Part::Queue(queue), force.origin, force.reason);
        }
    }
}
