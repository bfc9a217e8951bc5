//! A database that hands over.

use knockon_core::{Element, ServiceId, ServiceKind, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A database hands over at once to who takes over for it, and what was written last is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseFailover {
    /// Which database.
    pub database: ServiceId,
}

impl FaultKind for DatabaseFailover {
    const WORD: &'static str = "database failover";

    fn describe(&self, system: &System) -> String {
        format!("`{}` fails over", system.service(self.database).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        if !check.is(self.database, ServiceKind::Database) {
            return;
        }
        let table = &check.program.services[self.database.index()];
        if table.failover.is_none() && table.copies.is_none() {
            let what = format!("nobody takes over for `{}`", check.name(self.database));
            check.refuse(
                Element::Service(self.database),
                what,
                "give it `failover` or `read_replicas`",
            );
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.database)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        if force.is_new {
            run.blame_replicas(index_of(self.database), force.by());
            run.fail_over_now(index_of(self.database));
        }
    }
}
