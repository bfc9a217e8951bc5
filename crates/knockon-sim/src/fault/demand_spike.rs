//! Users in addition.

use knockon_core::{Element, System};

use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::plan::Demand;
use crate::program::{NONE, Program};
use crate::truth::Part;

/// So many an hour are counted by the second.
const MANY: f64 = 36_000.0;

/// More users come than otherwise, beside the usual ones, who stay the same.
#[derive(Debug, Clone, PartialEq)]
pub struct DemandSpike {
    /// On which journey, by its index.
    pub journey: usize,
    /// How many more: a rate, or a closed population that is there as long as the fault.
    pub extra: Demand,
}

impl FaultKind for DemandSpike {
    const WORD: &'static str = "demand spike";

    fn describe(&self, system: &System) -> String {
        let name = &system.journeys()[self.journey].name;
        match &self.extra {
            Demand::Rate(rate) if rate.per_hour >= MANY => {
                format!("{:.1} more a second start `{name}`", rate.per_hour / 3600.0)
            }
            Demand::Rate(rate) => format!("{} more an hour start `{name}`", rate.per_hour),
            Demand::Closed { users, think } => format!(
                "{users} more start `{name}` again and again, thinking {} s in between",
                think.as_secs_f64()
            ),
            Demand::None | Demand::Times(_) => format!("no more start `{name}`"),
        }
    }

    fn check(&self, check: &mut Check<'_>) {
        check.journey(self.journey);
        let what = match &self.extra {
            Demand::Rate(rate) if rate.per_hour.is_finite() && rate.per_hour > 0.0 => return,
            Demand::Closed { users: 1.., .. } => return,
            Demand::Rate(rate) => format!("{} an hour is no demand", rate.per_hour),
            Demand::Closed { .. } => "no users are no demand".to_owned(),
            Demand::None | Demand::Times(_) => {
                let what = "it is neither a rate nor a number of users";
                return check.refuse(Element::System, what, "name one of them");
            }
        };
        check.refuse(Element::System, what, "more than none");
    }

    fn part(&self, _program: &Program) -> Part {
        Part::Journey(u32::try_from(self.journey).unwrap_or(NONE))
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let journey = u32::try_from(self.journey).unwrap_or(NONE);
        run.add_demand(journey, &self.extra, force.level, force.by());
    }
}
