//! A new version that does not work as it should.

use std::time::Duration;

use knockon_core::{Element, ServiceId, Share, System};

use super::force::{index_of, part_of};
use super::{Check, FaultKind, Force, Traffic};
use crate::change::Change;
use crate::engine::Run;
use crate::engine::condition::{Bend, Condition};
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::{NONE, Program, Time};
use crate::truth::Part;

/// A new version is rolled out that fails or is slow. Lifted, the version before is rolled out; the
/// bad one stays bad.
#[derive(Debug, Clone, PartialEq)]
pub struct BadDeploy {
    /// Which service.
    pub service: ServiceId,
    /// The new version.
    pub version: String,
    /// The part of requests that it answers with an error; 0 for none.
    pub errors: Share,
    /// By how much longer it takes for each; 0 for not at all.
    pub adds: Duration,
}

impl FaultKind for BadDeploy {
    const WORD: &'static str = "bad deploy";

    fn describe(&self, system: &System) -> String {
        format!(
            "version {} of `{}` does not work as it should",
            self.version,
            system.service(self.service).name
        )
    }

    fn check(&self, check: &mut Check<'_>) {
        if !check.process(self.service) {
            return;
        }
        if !(self.errors.percent >= 0.0 && self.errors.percent <= 100.0) {
            check.share(self.errors);
        }
        if self.version == check.program.services[self.service.index()].version {
            let what =
                format!("`{}` has version {} already", check.name(self.service), self.version);
            check.refuse(Element::Service(self.service), what, "name a version of its own");
        }
    }

    fn part(&self, _program: &Program) -> Part {
        part_of(self.service)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let service = index_of(self.service);
        if force.is_new {
            run.deploy(service, &self.version);
        }
        let versions = &run.services[service as usize].versions;
        let version = versions.iter().position(|it| *it == self.version);
        let version = version.and_then(|it| u32::try_from(it).ok()).unwrap_or(NONE);
        let all = Traffic::to(self.service);
        let mut bend = |part: f64, bend: Bend| {
            let condition = Condition { version, ..force.condition(&run.program, all, part, bend) };
            run.bend_incoming(service, condition);
        };
        let mean = self.adds.as_secs_f64() * 1e9 * force.level;
        if mean > 0.0 {
            bend(1.0, Bend::Delay(Time::Exponential(mean)));
        }
        if self.errors.percent > 0.0 {
            bend(self.errors.fraction() * force.level, Bend::Answer(Outcome::Failed));
        }
    }

    fn lift<Q: Pending>(&self, run: &mut Run<Q>, _origin: u32) {
        let service = index_of(self.service);
        let state = &run.services[service as usize];
        if state.versions.get(state.version as usize) == Some(&self.version) {
            run.roll_back(service);
        }
    }

    fn change(&self, _system: &System) -> Option<Change> {
        Some(Change::deploy(self.service, &self.version))
    }
}
