//! External partners that take long.

use std::time::Duration;

use knockon_core::{ServiceId, System};

use super::force::part_of;
use super::partners_down::partners;
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::pending::Pending;
use crate::program::{Program, Time};
use crate::truth::Part;

/// External partners take longer to answer, exponentially distributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnersSlow {
    /// Which partners.
    pub partners: Vec<ServiceId>,
    /// By how much on average.
    pub adds: Duration,
}

impl FaultKind for PartnersSlow {
    const WORD: &'static str = "partners slow";
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        let names: Vec<String> =
            (self.partners.iter()).map(|id| format!("`{}`", system.service(*id).name)).collect();
        format!("answers of {} take {} s longer", names.join(", "), self.adds.as_secs_f64())
    }

    fn check(&self, check: &mut Check<'_>) {
        partners(&self.partners, check);
        check.time(self.adds);
    }

    fn part(&self, _program: &Program) -> Part {
        self.partners.first().map_or(Part::Journey(0), |id| part_of(*id))
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        for partner in &self.partners {
            let mean = self.adds.as_secs_f64() * 1e9 * force.level;
            let late = Bend::Delay(Time::Exponential(mean));
            force.bend(run, Traffic::to(*partner), 1.0, late);
        }
    }
}
