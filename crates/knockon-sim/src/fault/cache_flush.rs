//! A cache that loses all it keeps.

use knockon_core::{ServiceId, ServiceKind, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A cache loses all it keeps, once. What is missing is put down to that for as long as anything
/// lost would have been kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheFlush {
    /// Which cache.
    pub cache: ServiceId,
}

impl FaultKind for CacheFlush {
    const WORD: &'static str = "cache flush";

    fn describe(&self, system: &System) -> String {
        format!("`{}` is flushed", system.service(self.cache).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.is(self.cache, ServiceKind::Cache);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.cache)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        if force.is_new {
            run.flush(index_of(self.cache), force.by());
        }
    }
}
