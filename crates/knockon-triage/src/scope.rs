//! Blame by who is hit: what one store, one region or one partner has of its own.
//!
//! What serves those who are hit and those who are spared alike is well. The model's rules of thumb say
//! what to suspect when so many members of a cohort are hit.

use std::collections::BTreeSet;

use knockon_core::{Heuristic, ServiceId};

use crate::cohort::heuristics;
use crate::family::{Blame, Family};
use crate::scene::Scene;
use crate::signal::Signal;

/// How far a rule of thumb is trusted when everybody of some members is hit and nobody of the others.
const TRUSTED: f64 = 0.9;

/// Where less than this of who is hurt lies between the members, there is nothing to hold against each
/// other.
const CONTRAST_MIN: f64 = 0.5;

impl Scene<'_> {
    /// What the rules of thumb suspect that speak of who is hit.
    pub(crate) fn scope(&self) -> Option<Blame> {
        let applying = heuristics(self.system, self.hit, &|id| self.in_trouble(id));
        let rules = applying.into_iter().filter(|rule| rule.cohort.is_some());
        let (suspects, trust) = rules
            .map(|rule| (self.not_cleared(rule), self.trust(rule)))
            .filter(|(suspects, trust)| !suspects.is_empty() && *trust > 0.0)
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let mut amounts = vec![0.0; self.system.services().len()];
        for service in &suspects {
            amounts[service.index()] = 1.0;
        }
        Blame::from_amounts(Family::Scope, trust, amounts)
    }

    /// The suspects of a rule that are in trouble, or if none is those that nothing shows to be well.
    fn not_cleared(&self, rule: &Heuristic) -> BTreeSet<ServiceId> {
        let (hurt, others): (BTreeSet<_>, BTreeSet<_>) =
            rule.suspects.iter().partition(|id| self.hurts(**id));
        let is_well = |id: &ServiceId| {
            [Signal::Errors, Signal::Latency].iter().any(|it| self.measures(*id, *it))
        };
        if hurt.is_empty() { others.into_iter().filter(|id| !is_well(id)).collect() } else { hurt }
    }

    fn trust(&self, rule: &Heuristic) -> f64 {
        let named = |id: knockon_core::CohortId| &self.system.practice().cohorts[id.index()].name;
        let cohorts = [rule.cohort, rule.within];
        let spoken_of = self
            .hit
            .iter()
            .filter(|it| cohorts.iter().flatten().any(|id| *named(*id) == it.cohort));
        let contrast = spoken_of.map(|it| it.explains).fold(0.0, f64::max);
        if contrast >= CONTRAST_MIN { TRUSTED * contrast } else { 0.0 }
    }
}
