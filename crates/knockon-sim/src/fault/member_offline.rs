//! A part of the users that does not get through.

use knockon_core::{CohortMember, ServiceKind, System};

use super::{Check, FaultKind, Force};
use crate::engine::Run;
use crate::engine::condition::{Bend, Condition, OUTSIDE};
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::{NONE, Program};
use crate::random::threshold;
use crate::truth::Part;

/// The users of one member of a cohort do not get through: one store, one region, one brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberOffline {
    /// Which member.
    pub member: CohortMember,
    /// Whether they are told at once; otherwise they wait in vain.
    pub refused: bool,
}

impl FaultKind for MemberOffline {
    const WORD: &'static str = "member offline";

    fn describe(&self, system: &System) -> String {
        let cohort = &system.practice().cohorts[self.member.cohort.index()];
        let member = cohort.members.get(self.member.member);
        let name = member.map_or_else(|| self.member.member.to_string(), |it| it.name.clone());
        format!("{} `{name}` is offline", cohort.name)
    }

    fn check(&self, check: &mut Check<'_>) {
        check.member(self.member);
    }

    fn part(&self, _program: &Program) -> Part {
        Part::Journey(0)
    }

    fn apply<Q: Pending>(&self, run: &mut Run<Q>, force: Force) {
        let narrow = |index: usize| u32::try_from(index).unwrap_or(NONE);
        let member = (narrow(self.member.cohort.index()), narrow(self.member.member));
        let bend = if self.refused { Bend::Answer(Outcome::Refused) } else { Bend::Swallow };
        let condition = Condition {
            member: Some(member),
            share: threshold(force.level),
            ..Condition::new(force.origin, bend, force.reason)
        };
        for service in run.entered() {
            // Who has a program of their own can use it, but it reaches nobody.
            if run.program.services[service as usize].kind == ServiceKind::Client {
                run.bend_outgoing(service, condition);
            } else {
                run.bend_incoming(service, Condition { other: OUTSIDE, ..condition });
            }
        }
    }
}
