//! A database that is gone.

use knockon_core::{ServiceId, ServiceKind, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A database is gone; its read replicas are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseDown {
    /// Which database.
    pub database: ServiceId,
}

impl FaultKind for DatabaseDown {
    const WORD: &'static str = "database down";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("`{}` is down", system.service(self.database).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.is(self.database, ServiceKind::Database);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.database)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        force.hold(run, self.database, Hold::Down);
    }
}
