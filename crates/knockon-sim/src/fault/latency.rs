//! Requests that arrive late.

use std::time::Duration;

use knockon_core::{Spread, System};

use super::force::part_of;
use super::{Check, FaultKind, Force, Traffic};
use crate::clock::rounded;
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::pending::Pending;
use crate::program::{Program, Time};
use crate::random::LogNormal;
use crate::truth::Part;

/// Requests arrive late.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    /// Which requests.
    pub on: Traffic,
    /// By how much on average.
    pub adds: Duration,
    /// How much that varies.
    pub spread: Spread,
}

impl FaultKind for Latency {
    const WORD: &'static str = "latency";
    const BY_REPLICAS: bool = true;
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        format!(
            "requests to {} take {} s longer",
            self.on.describe(system),
            self.adds.as_secs_f64()
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        self.on.check(check);
        check.time(self.adds);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.on.to)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let mean = self.adds.as_secs_f64() * 1e9 * force.level;
        let delay = match self.spread {
            Spread::None => Time::Constant(rounded(mean)),
            Spread::Exponential => Time::Exponential(mean),
            Spread::LogNormal(share) => {
                Time::LogNormal(LogNormal::with_mean_and_cv(mean, share.fraction()))
            }
        };
        force.bend(run, self.on, 1.0, Bend::Delay(delay));
    }
}
