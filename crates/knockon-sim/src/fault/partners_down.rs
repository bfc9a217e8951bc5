//! External partners that are gone.

use knockon_core::{Element, ServiceId, ServiceKind, System};

use super::force::part_of;
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// External partners refuse every connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnersDown {
    /// Which partners.
    pub partners: Vec<ServiceId>,
}

impl FaultKind for PartnersDown {
    const WORD: &'static str = "partners down";
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        let names: Vec<String> =
            (self.partners.iter()).map(|id| format!("`{}`", system.service(*id).name)).collect();
        format!("every connection to {} is refused", names.join(", "))
    }

    fn check(&self, check: &mut Check<'_>) {
        partners(&self.partners, check);
    }

    fn part(&self, _program: &Program) -> Part {
        self.partners.first().map_or(Part::Journey(0), |id| part_of(*id))
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        for partner in &self.partners {
            let refused = Bend::Answer(Outcome::Refused);
            force.bend(run, Traffic::to(*partner), force.level, refused);
        }
    }
}

/// Whether all of them are there, and external.
pub(super) fn partners(partners: &[ServiceId], check: &mut Check<'_>) {
    if partners.is_empty() {
        check.refuse(Element::System, "it names no partner", "name at least one");
    }
    for partner in partners {
        check.is(*partner, ServiceKind::External);
    }
}
