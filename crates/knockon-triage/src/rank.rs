//! From the blame of each family to one ranking.

use std::collections::BTreeSet;

use knockon_core::ServiceId;

use crate::family::Blame;
use crate::graph::{Edge, Spread, Travel};
use crate::scene::Scene;

/// A candidate that explains none of the alerts keeps this part of its blame: the alerts may be
/// about something else.
const UNALERTED: f64 = 0.5;

/// As many candidates as a person will look at.
const CANDIDATES_MAX: usize = 10;

/// A service that may be the cause.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) service: ServiceId,
    /// Its share of all blame, weighed by what it can explain; 0 to 1.
    pub(crate) score: f64,
    /// How trouble there reaches the others.
    pub(crate) spread: Spread,
}

/// The candidates, the likeliest first, and what the ranking rests on.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) blame: Vec<Blame>,
}

pub(crate) fn rank(scene: &Scene<'_>) -> Ranking {
    let mut blame = scene.blame();
    for (service, subject) in scene.alarms.sole_subjects(scene.system) {
        for family in &mut blame {
            family.hand_on(service, subject);
        }
    }
    let trust: f64 = blame.iter().map(|family| family.weight).sum();
    let alerted = scene.alarms.services();
    let passes = |edge: &Edge| edge.travel != Travel::Overload || scene.surge(edge.to).is_some();
    // Ties go to the service that is written first: an order a person can see and change.
    let by_score =
        |a: &(ServiceId, f64), b: &(ServiceId, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    let mut blamed: Vec<(ServiceId, f64)> = Vec::new();
    for service in scene.system.service_ids() {
        let share = |family: &Blame| family.weight * family.shares[service.index()];
        let of_all: f64 = blame.iter().map(share).sum();
        if of_all > 0.0 {
            blamed.push((service, of_all / trust));
        }
    }
    blamed.sort_by(by_score);
    let mut scored: Vec<(ServiceId, f64)> = Vec::new();
    for (service, most) in blamed {
        // What a candidate explains can only lessen its blame, and is what takes time.
        if scored.get(CANDIDATES_MAX - 1).is_some_and(|(_, last)| most < *last) {
            break;
        }
        let reached = scene.graph.reach(service, &passes);
        scored.push((service, most * explained(&alerted, &reached)));
        scored.sort_by(by_score);
        scored.truncate(CANDIDATES_MAX);
    }
    let shows = |id| scene.in_trouble(id);
    let candidate = |(service, score)| Candidate {
        service,
        score,
        spread: scene.graph.spread(service, &shows, &passes),
    };
    Ranking { candidates: scored.into_iter().map(candidate).collect(), blame }
}

/// How far a candidate is believed for the part of the alerts that it can explain.
fn explained(alerted: &BTreeSet<ServiceId>, reached: &[bool]) -> f64 {
    if alerted.is_empty() {
        return 1.0;
    }
    let count = alerted.iter().filter(|service| reached[service.index()]).count();
    UNALERTED + (1.0 - UNALERTED) * count as f64 / alerted.len() as f64
}
