//! Less processor time.

use knockon_core::{Cpu, Element, ServiceId, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// Each replica of a service gets less processor time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuLimit {
    /// Which service.
    pub service: ServiceId,
    /// How much each still gets.
    pub to: Cpu,
}

impl FaultKind for CpuLimit {
    const WORD: &'static str = "cpu limit";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!(
            "each replica of `{}` gets {}m of a core",
            system.service(self.service).name,
            self.to.millicores
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        if check.process(self.service) && self.to.millicores == 0 {
            let what = "no processor time at all is no limit".to_owned();
            check.refuse(Element::Service(self.service), what, "use `freeze`");
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let table = &run.program.services[self.service.index()];
        let from = table.cpu_limit_m.unwrap_or(self.to.millicores);
        let to = force.between_whole(from, self.to.millicores);
        force.hold_all(run, self.service, Hold::Cpu(Some(to)));
    }
}
