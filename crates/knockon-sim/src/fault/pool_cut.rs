//! Connections that are closed.

use knockon_core::{ServiceId, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::change::{Change, ChangeKind};
use crate::engine::Run;
use crate::engine::levers::Dial;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// All connections that a service keeps to another are closed once; it may keep fewer from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolCut {
    /// Which service.
    pub service: ServiceId,
    /// To whom.
    pub to: ServiceId,
    /// How many each replica may have from then on; as many as before when it is not said.
    pub size: Option<u32>,
}

impl FaultKind for PoolCut {
    const WORD: &'static str = "pool cut";

    fn describe(&self, system: &System) -> String {
        format!(
            "the connections of `{}` to `{}` are cut",
            system.service(self.service).name,
            system.service(self.to).name
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        check.pool(self.service, self.to);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let (service, to) = (index_of(self.service), index_of(self.to));
        if force.is_new {
            run.cut_pool(service, to);
        }
        if let (Some(size), Some(pool)) = (self.size, run.program.find_pool(service, to)) {
            let dial = Dial::Pool(service, pool);
            let size = force.between_whole(run.base_of(dial), u64::from(size));
            run.set_dial(dial, force.origin, size);
            run.blame_replicas(service, force.by());
        }
    }

    fn change(&self, system: &System) -> Option<Change> {
        let size = self.size?;
        let text = format!("pool to {}: {size} connections", system.service(self.to).name);
        Some(Change::new(ChangeKind::Configuration, self.service, text))
    }
}
