//! A broker that is gone.

use knockon_core::{ServiceId, ServiceKind, System};

use super::force::part_of;
use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::levers::Hold;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// A broker is gone, and with it what its queues do not keep on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokerDown {
    /// Which broker.
    pub broker: ServiceId,
}

impl FaultKind for BrokerDown {
    const WORD: &'static str = "broker down";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("`{}` is down", system.service(self.broker).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.is(self.broker, ServiceKind::Broker);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.broker)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        force.hold(run, self.broker, Hold::Down);
    }
}
