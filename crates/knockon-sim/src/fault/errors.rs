//! Requests that are answered with an error.

use knockon_core::{Share, System};

use super::force::part_of;
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A part of the requests is answered with an error, at once: the service gets them, and counts
/// them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Errors {
    /// Which requests.
    pub on: Traffic,
    /// Which part.
    pub share: Share,
}

impl FaultKind for Errors {
    const WORD: &'static str = "errors";
    const BY_REPLICAS: bool = true;
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        format!(
            "{} answers {} % of requests with an error",
            self.on.describe(system),
            self.share.percent
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        self.on.check(check);
        check.share(self.share);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.on.to)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let part = self.share.fraction() * force.level;
        force.bend(run, self.on, part, Bend::Answer(Outcome::Failed));
    }
}
