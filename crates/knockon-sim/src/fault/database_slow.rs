//! A database whose queries take longer.

use knockon_core::{ServiceId, ServiceKind, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// Each query of a database and of its read replicas takes longer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DatabaseSlow {
    /// Which database.
    pub database: ServiceId,
    /// What its processor time is multiplied with.
    pub cpu: f64,
    /// What its wait for disks is multiplied with.
    pub io: f64,
}

impl FaultKind for DatabaseSlow {
    const WORD: &'static str = "database slow";

    fn describe(&self, system: &System) -> String {
        format!(
            "queries of `{}` take {} times the processor time and {} times the wait for disks",
            system.service(self.database).name,
            self.cpu,
            self.io
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        check.is(self.database, ServiceKind::Database);
        check.factor(self.cpu);
        check.factor(self.io);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.database)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let database = index_of(self.database);
        let operations: Vec<u32> =
            run.program.services[self.database.index()].operations.clone().collect();
        let (cpu, io) = (force.between(1.0, self.cpu), force.between(1.0, self.io));
        run.set_work(force.origin, &operations, cpu, io);
        run.blame_replicas(database, force.by());
        if let Some(copies) = run.program.services[self.database.index()].copies {
            run.blame_replicas(copies, force.by());
        }
    }
}
