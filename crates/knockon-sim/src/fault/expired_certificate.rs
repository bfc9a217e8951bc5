//! A certificate that is no longer valid.

use knockon_core::{ServiceId, System};

use super::force::part_of;
use super::{Check, FaultKind, Force, Traffic};
use crate::engine::Run;
use crate::engine::condition::Bend;
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::Program;
use crate::truth::Part;

/// The certificate of a service is no longer valid: every caller ends the handshake, so no request
/// gets through. Connections that are open count as opened anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiredCertificate {
    /// Which service.
    pub service: ServiceId,
}

impl FaultKind for ExpiredCertificate {
    const WORD: &'static str = "expired certificate";
    const BY_REPLICAS: bool = true;

    fn describe(&self, system: &System) -> String {
        format!("the certificate of `{}` has expired", system.service(self.service).name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.service(self.service);
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let refused = Bend::Answer(Outcome::Refused);
        force.bend(run, Traffic::to(self.service), force.level, refused);
    }
}
