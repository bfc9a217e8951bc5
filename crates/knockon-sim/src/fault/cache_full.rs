//! A cache without room.

use knockon_core::{Bytes, ServiceId, ServiceKind, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Dial;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A cache has less memory for what it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheFull {
    /// Which cache.
    pub cache: ServiceId,
    /// How much is left.
    pub to: Bytes,
}

impl FaultKind for CacheFull {
    const WORD: &'static str = "cache full";

    fn describe(&self, system: &System) -> String {
        let name = &system.service(self.cache).name;
        format!("`{name}` has {} for what it keeps", super::memory(self.to))
    }

    fn check(&self, check: &mut Check<'_>) {
        check.is(self.cache, ServiceKind::Cache);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.cache)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let cache = index_of(self.cache);
        let dial = Dial::Cache(cache);
        // What has no limit is full of what is in it.
        let held = run.services[cache as usize].cache.as_ref().map_or(0, |it| it.counts().bytes);
        let base = run.base_of(dial);
        let from = if base == u64::MAX { held.max(self.to.count) } else { base };
        run.set_dial(dial, force.origin, force.between_whole(from, self.to.count));
        run.blame_replicas(cache, force.by());
    }
}
