//! External partners that answer with errors.

use knockon_core::{ServiceId, Share, System};

use super::force::part_of;
use super::partners_down::partners;
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// External partners answer a part of the requests with an error.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnersRejecting {
    /// Which partners.
    pub partners: Vec<ServiceId>,
    /// Which part.
    pub share: Share,
}

impl FaultKind for PartnersRejecting {
    const WORD: &'static str = "partners rejecting";
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        let names: Vec<String> =
            (self.partners.iter()).map(|id| format!("`{}`", system.service(*id).name)).collect();
        format!("{} % of requests to {} are rejected", self.share.percent, names.join(", "))
    }

    fn check(&self, check: &mut Check<'_>) {
        partners(&self.partners, check);
        check.share(self.share);
    }

    fn part(&self, _program: &Program) -> Part {
        self.partners.first().map_or(Part::Journey(0), |id| part_of(*id))
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        for partner in &self.partners {
            let part = self.share.fraction() * force.level;
            let answer = Bend::Answer(Outcome::Failed);
            force.bend(run, Traffic::to(*partner), part, answer);
        }
    }
}
