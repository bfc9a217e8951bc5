//! Names that are not found.

use knockon_core::{Element, ServiceId, ServiceKind, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A name is not found (`NXDOMAIN`), at once, and also where a connection was open before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameNotFound {
    /// Whose.
    pub of: Names,
}

impl FaultKind for NameNotFound {
    const WORD: &'static str = "name not found";
    const BY_MEMBER: bool = true;

    fn describe(&self, system: &System) -> String {
        match self.of {
            Names::Service(id) => {
                format!("the name of `{}` is not found", system.service(id).name)
            }
            Names::On(id) => {
                format!("nothing on `{}` finds any name", system.service(id).name)
            }
        }
    }

    fn check(&self, check: &mut Check<'_>) {
        match self.of {
            Names::Service(id) => {
                check.service(id);
            }
            Names::On(id) if check.is(id, ServiceKind::Platform) => {
                let on = index_of(id);
                let mut services = check.program.services.iter();
                if !services.any(|it| it.runs_on.iter().any(|on_it| on_it.service == on)) {
                    let what = format!("nothing runs on `{}`", check.name(id));
                    check.refuse(Element::Service(id), what, "name it under `runs_on`");
                }
            }
            Names::On(_) => {}
        }
    }

    fn part(&self, _program: &Program) -> Part {
        match self.of {
            Names::Service(id) | Names::On(id) => part_of(id),
        }
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let answer = Bend::Answer(Outcome::NotFound);
        match self.of {
            Names::Service(id) => force.bend(run, Traffic::to(id), force.level, answer),
            Names::On(id) => {
                let condition = force.condition(&run.program, Traffic::to(id), force.level, answer);
                for (service, _) in run.runs_on(index_of(id)) {
                    run.bend_outgoing(service, condition);
                }
            }
        }
    }
}

/// Whose names are not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Nobody finds this service.
    Service(ServiceId),
    /// What runs on this platform finds nobody.
    On(ServiceId),
}
