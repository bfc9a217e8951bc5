//! When a fault is there, how strong, and whom it hits.

use std::time::Duration;

use knockon_core::{CohortMember, Element, Share};

use super::Check;
use crate::clock::{SECOND, nanos};

/// When a fault is there, how strong, and whom it hits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// How long it is there; until it is removed, or the run ends, when it is not said.
    pub lasts: Option<Duration>,
    /// How long it takes to reach its full strength, growing once a second.
    pub ramp: Duration,
    /// It comes and goes.
    pub flap: Option<Flap>,
    /// Only at this share of the replicas, rounded up: those with the lowest numbers.
    pub replicas: Share,
    /// Only for users of this member of a cohort.
    pub member: Option<CohortMember>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { lasts: None, ramp: Duration::ZERO, flap: None, replicas: Share::ALL, member: None }
    }
}

/// How a fault comes and goes: first it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flap {
    /// How long it is there each time.
    pub on: Duration,
    /// How long it is not.
    pub off: Duration,
}

impl Shape {
    /// For so long.
    pub fn lasting(lasts: Duration) -> Self {
        Self { lasts: Some(lasts), ..Self::default() }
    }

    /// How strong it is after so many nanoseconds, from 0 for not at all to 1; nothing when it is
    /// over.
    pub(crate) fn level(&self, elapsed_ns: u64) -> Option<f64> {
        if self.lasts.is_some_and(|lasts| elapsed_ns >= nanos(lasts)) {
            return None;
        }
        if let Some((on, period)) = self.period()
            && elapsed_ns % period >= on
        {
            return Some(0.0);
        }
        let ramp = nanos(self.ramp);
        let grown = elapsed_ns / SECOND * SECOND;
        Some(if grown >= ramp { 1.0 } else { grown as f64 / ramp as f64 })
    }

    /// When that changes next.
    pub(crate) fn next_change(&self, elapsed_ns: u64) -> Option<u64> {
        let end = self.lasts.map(nanos);
        let ramp = nanos(self.ramp);
        let step = (elapsed_ns / SECOND + 1) * SECOND;
        let grows = (elapsed_ns / SECOND * SECOND < ramp).then_some(step);
        let flap = self.period().map(|(on, period)| {
            let begun = elapsed_ns / period * period;
            if elapsed_ns - begun < on { begun + on } else { begun + period }
        });
        [end, grows, flap].into_iter().flatten().filter(|at| *at > elapsed_ns).min()
    }

    fn period(&self) -> Option<(u64, u64)> {
        let flap = self.flap?;
        let (on, off) = (nanos(flap.on), nanos(flap.off));
        (on > 0 && off > 0).then(|| (on, on.saturating_add(off)))
    }

    pub(super) fn check(&self, by_replicas: bool, by_member: bool, check: &mut Check<'_>) {
        let percent = self.replicas.percent;
        if !(percent > 0.0 && percent <= 100.0) {
            let what = format!("{percent} % is no share of replicas");
            check.refuse(Element::System, what, "more than 0 %, and 100 % at most");
        }
        if percent < 100.0 && !by_replicas {
            let help = "leave the share away: it hits the whole";
            check.refuse(Element::System, "it cannot hit a share of replicas", help);
        }
        if self.member.is_some() && !by_member {
            let help = "leave the member away: it hits everybody";
            check.refuse(Element::System, "it cannot hit one member of a cohort", help);
        }
        if let Some(member) = self.member {
            check.member(member);
        }
        if self.flap.is_some_and(|flap| flap.on.is_zero() || flap.off.is_zero()) {
            let help = "give both times a length";
            check.refuse(Element::System, "it flaps without time passing", help);
        }
        if self.lasts.is_some_and(|lasts| lasts.is_zero()) {
            let help = "give it a length of time, or leave that away";
            check.refuse(Element::System, "it lasts no time", help);
        }
    }
}
