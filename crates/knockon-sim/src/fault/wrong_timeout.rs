//! A step that waits too short or too long.

use std::time::Duration;

use knockon_core::{Element, ServiceId, StepId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::change::{Change, ChangeKind};
use crate::clock::nanos;
use crate::engine::Run;
use crate::engine::levers::Dial;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A step waits for its answers shorter or longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongTimeout {
    /// Which service.
    pub service: ServiceId,
    /// Which step, one of the service's.
    pub step: StepId,
    /// How long; for ever when it is not said.
    pub timeout: Option<Duration>,
}

impl FaultKind for WrongTimeout {
    const WORD: &'static str = "wrong timeout";

    fn describe(&self, system: &System) -> String {
        format!(
            "a step of `{}` waits {}",
            system.service(self.service).name,
            self.timeout.map_or("for ever".to_owned(), |it| format!("{} s", it.as_secs_f64()))
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        if !(check.service(self.service) & check.asking_step(self.step)) {
            return;
        }
        let service = index_of(self.service);
        let mut sites = check.program.sites.iter();
        if !sites.any(|site| site.step == Some(self.step) && site.service == service) {
            let what =
                format!("step {} is none of `{}`", self.step.index(), check.name(self.service));
            check.refuse(Element::Step(self.step), what, "name the service whose step it is");
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        for site in run.sites_of(self.step) {
            run.set_dial(Dial::Timeout(site), force.origin, self.timeout.map_or(0, nanos));
        }
        run.blame_replicas(index_of(self.service), force.by());
    }

    fn change(&self, system: &System) -> Option<Change> {
        Some(Change::new(ChangeKind::Configuration, self.service, self.describe(system)))
    }
}
