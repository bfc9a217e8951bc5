//! Memory that is never freed.

use knockon_core::{Bytes, ServiceId, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The memory of each replica grows once a second; above its limit it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLeak {
    /// Which service.
    pub service: ServiceId,
    /// By how much.
    pub per_second: Bytes,
}

impl FaultKind for MemoryLeak {
    const WORD: &'static str = "memory leak";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        let name = &system.service(self.service).name;
        format!("each replica of `{name}` leaks {} a second", super::memory(self.per_second))
    }

    fn check(&self, check: &mut Check<'_>) {
        check.process(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let leak = force.between_whole(0, self.per_second.count);
        force.hold_all(run, self.service, Hold::Leak(leak));
    }
}
