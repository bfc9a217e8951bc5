//! Read replicas that are far behind.

use std::time::Duration;

use knockon_core::{Element, ServiceId, ServiceKind, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::clock::nanos;
use crate::engine::Run;
use crate::engine::levers::Dial;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The read replicas of a database are further behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplicaLag {
    /// Which database.
    pub database: ServiceId,
    /// How far.
    pub lag: Duration,
}

impl FaultKind for ReplicaLag {
    const WORD: &'static str = "replica lag";

    fn describe(&self, system: &System) -> String {
        format!(
            "the read replicas of `{}` are {} s behind",
            system.service(self.database).name,
            self.lag.as_secs_f64()
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        if !check.is(self.database, ServiceKind::Database) {
            return;
        }
        if check.program.services[self.database.index()].copies.is_none() {
            let what = format!("`{}` has no read replicas", check.name(self.database));
            check.refuse(Element::Service(self.database), what, "give it `read_replicas`");
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.database)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let dial = Dial::Lag(index_of(self.database));
        let lag_ns = force.between_whole(run.base_of(dial), nanos(self.lag));
        run.set_dial(dial, force.origin, lag_ns);
        run.blame_replicas(index_of(self.database), force.by());
    }
}
