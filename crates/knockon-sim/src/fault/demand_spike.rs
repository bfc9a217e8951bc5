//! Users in addition.

use knockon_core::{Element, Rate, System};

use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::{NONE, Program};
use crate::truth::Part;

/// More users come than otherwise, beside the usual ones, who stay the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DemandSpike {
    /// On which journey, by its index.
    pub journey: usize,
    /// How many more.
    pub extra: Rate,
}

impl FaultKind for DemandSpike {
    const WORD: &'static str = "demand spike";

    fn describe(&self, system: &System) -> String {
        format!(
            "{} more an hour start `{}`",
            self.extra.per_hour,
            system.journeys()[self.journey].name
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        check.journey(self.journey);
        if !(self.extra.per_hour.is_finite() && self.extra.per_hour > 0.0) {
            let what = format!("{} an hour is no demand", self.extra.per_hour);
            check.refuse(Element::System, what, "more than none");
        }
    }

    fn part(&self, _program: &Program) -> Part {
        Part::Journey(u32::try_from(self.journey).unwrap_or(NONE))
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let journey = u32::try_from(self.journey).unwrap_or(NONE);
        run.add_demand(journey, self.extra, force.level, force.by());
    }
}
