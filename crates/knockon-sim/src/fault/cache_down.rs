//! A cache that is gone.

use knockon_core::{ServiceId, ServiceKind, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A cache is gone, and what it kept with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheDown {
    /// Which cache.
    pub cache: ServiceId,
}

impl FaultKind for CacheDown {
    const WORD: &'static str = "cache down";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("`{}` is down", system.service(self.cache).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.is(self.cache, ServiceKind::Cache);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.cache)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        force.hold(run, self.cache, Hold::Down);
    }
}
