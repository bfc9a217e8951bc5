//! An autoscaler that goes by the wrong thing.

use knockon_core::{Element, ScalingTargets, ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::change::{Change, ChangeKind};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// An autoscaler goes by something else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrongMetric {
    /// Which service.
    pub service: ServiceId,
    /// By what.
    pub targets: ScalingTargets,
}

impl FaultKind for WrongMetric {
    const WORD: &'static str = "wrong metric";

    fn describe(&self, system: &System) -> String {
        format!("the autoscaler of `{}` goes by the wrong thing", system.service(self.service).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        if check.service(self.service)
            && check.program.services[self.service.index()].autoscaler.is_none()
        {
            let what = format!("`{}` has no autoscaler", check.name(self.service));
            check.refuse(Element::Service(self.service), what, "give it one under `autoscaler`");
        }
        if self.targets == ScalingTargets::default() {
            let what = "it names nothing to go by".to_owned();
            check.refuse(Element::System, what, "name a target");
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let service = index_of(self.service);
        run.set_targets(service, force.origin, self.targets);
        run.blame_replicas(service, force.by());
    }

    fn change(&self, _system: &System) -> Option<Change> {
        let text = "targets of the autoscaler".to_owned();
        Some(Change::new(ChangeKind::Configuration, self.service, text))
    }
}
