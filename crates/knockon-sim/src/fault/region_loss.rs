//! A platform that is gone.

use knockon_core::{ServiceId, ServiceKind, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A platform is gone, with everything that cannot run without it: a node, a zone, a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegionLoss {
    /// Which platform.
    pub platform: ServiceId,
}

impl FaultKind for RegionLoss {
    const WORD: &'static str = "region loss";

    fn describe(&self, system: &System) -> String {
        format!("`{}` is gone", system.service(self.platform).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.is(self.platform, ServiceKind::Platform);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.platform)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        run.hold_platform(index_of(self.platform), force.by());
    }
}
