//! Requests that disappear.

use knockon_core::System;

use super::force::part_of;
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// Requests disappear on their way, and no answer comes: whoever has no timeout waits 127 s for a
/// connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blackhole {
    /// Which requests.
    pub on: Traffic,
}

impl FaultKind for Blackhole {
    const WORD: &'static str = "blackhole";
    const BY_REPLICAS: bool = true;
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("requests to {} disappear", self.on.describe(system))
    }

    fn check(&self, check: &mut Check<'_>) {
        self.on.check(check);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.on.to)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        force.bend(run, self.on, force.level, Bend::Swallow);
    }
}
