//! From the blame of each family to one ranking.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use knockon_core::ServiceId;

use crate::family::{Blame, Family, PULLED_UPSTREAM};
use crate::graph::{Edge, Spread};
use crate::scene::Scene;

/// A candidate that explains none of the alerts keeps this part of its blame: the alerts may be
/// about something else.
const UNALERTED: f64 = 0.5;

/// A further cause has at least this part of the blame of the first.
const NAMED_FROM: f64 = 0.3;

/// What is left of the blame of what a named cause explains.
const EXPLAINED_AWAY: f64 = 1.0 - PULLED_UPSTREAM;

/// Nobody is surer than this of what telemetry tells.
const CONFIDENCE_MAX: f64 = 0.99;

/// A family that blames a candidate by less says as much as one that blames it by this.
const SHARE_MIN: f64 = 0.02;

/// As many candidates as a person will look at.
const CANDIDATES_MAX: usize = 10;

/// A service that may be the cause.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) service: ServiceId,
    /// Its share of all blame, weighed by what it can explain; 0 to 1.
    pub(crate) score: f64,
    /// By how much the blame was lessened for alerts that it cannot explain; 1 if it explains all.
    pub(crate) covers: f64,
    /// How trouble there reaches the others.
    pub(crate) spread: Spread,
}

/// The candidates, the likeliest first, and what the ranking rests on.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) blame: Vec<Blame>,
    /// How likely the first candidate is the cause and not the first of those that are not named, if it
    /// is any of them; 0 to 1.
    pub(crate) odds: f64,
    /// How likely the first candidate is the cause, 0 to 1.
    pub(crate) confidence: f64,
    /// How many of the first candidates are named as causes: each explains alerts that those before it
    /// do not.
    pub(crate) named: usize,
}

pub(crate) fn rank(scene: &Scene<'_>) -> Ranking {
    let mut blame = scene.blame();
    // What shows at a service can be the doing of the one partner that it is about, or of the platform
    // under it.
    let passed_on =
        scene.alarms.sole_subjects(scene.system).into_iter().chain(scene.lost_together());
    for (service, to) in passed_on {
        for family in &mut blame {
            family.hand_on(service, to);
        }
    }
    let trust: f64 = blame.iter().map(|family| family.weight).sum();
    let alerted = scene.alarms.services();
    let passes = |edge: &Edge| scene.passes(edge);
    let mut blamed: Vec<(ServiceId, f64)> = Vec::new();
    for service in scene.system.service_ids() {
        let share = |family: &Blame| family.weight * family.shares[service.index()];
        let of_all: f64 = blame.iter().map(share).sum();
        if of_all > 0.0 {
            blamed.push((service, of_all / trust));
        }
    }
    blamed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut scored: Vec<Scored> = Vec::new();
    for (service, most) in blamed {
        // What a candidate explains can only lessen its blame, and is what takes time.
        if scored.get(CANDIDATES_MAX - 1).is_some_and(|last| most < last.score) {
            break;
        }
        let reached = scene.graph.reach(service, &passes);
        let covers = explained(&alerted, &reached);
        scored.push(Scored { service, score: most * covers, covers, reached });
        scored.sort_by(Scored::order);
        scored.truncate(CANDIDATES_MAX);
    }
    let named = name(alerted, &mut scored);
    explain_away(&mut scored, named, &blame);
    let odds = odds(&scored, named, &blame);
    let doubt = blame.iter().map(|family| 1.0 - family.weight).product::<f64>();
    let confidence = ((1.0 - doubt) * odds).min(CONFIDENCE_MAX);
    let shows = |id| scene.in_trouble(id);
    let candidate = |Scored { service, score, covers, .. }| Candidate {
        service,
        score,
        covers,
        spread: scene.graph.spread(service, &shows, &passes),
    };
    let candidates = scored.into_iter().map(candidate).collect();
    Ranking { candidates, blame, odds, confidence, named }
}

/// A candidate while the ranking is made.
struct Scored {
    service: ServiceId,
    score: f64,
    covers: f64,
    /// The services that trouble at it can reach, by index.
    reached: Vec<bool>,
}

impl Scored {
    /// The likeliest first. Ties go to the service that is written first: an order a person can see and
    /// change.
    fn order(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.service.cmp(&other.service))
    }
}

/// The smallest set of causes, found greedily: beside the first candidate, the likeliest of those that
/// explain alerts which no cause before them explains. They are put first; their number is given back.
fn name(mut open: BTreeSet<ServiceId>, scored: &mut [Scored]) -> usize {
    let Some(first) = scored.first() else { return 0 };
    let least = NAMED_FROM * first.score;
    let mut named = 1;
    loop {
        let cause = &scored[named - 1];
        open.retain(|service| !cause.reached[service.index()]);
        let is_next = |it: &Scored| {
            it.score >= least && open.iter().any(|service| it.reached[service.index()])
        };
        let Some(next) = scored[named..].iter().position(is_next) else { return named };
        scored[named..=named + next].rotate_right(1);
        named += 1;
    }
}

/// What a named cause explains needs no cause of its own, and is blamed less; but a change that was made
/// there is explained by nothing.
fn explain_away(scored: &mut [Scored], named: usize, blame: &[Blame]) {
    let (causes, others) = scored.split_at_mut(named);
    let changes = blame.iter().find(|it| it.family == Family::Changes);
    for it in &mut *others {
        let index = it.service.index();
        let is_explained = causes.iter().any(|cause| cause.reached[index]);
        let is_changed = changes.is_some_and(|changes| changes.shares[index] > 0.0);
        if is_explained && !is_changed {
            it.score *= EXPLAINED_AWAY;
        }
    }
    others.sort_by(Scored::order);
}

/// How likely the first candidate is the cause, and not the first of those that are not named.
///
/// Families are independent witnesses. By how much each blames the first more than the second is the
/// likelihood ratio of the two, as far as the family is trusted; the sum of the logarithms are the odds
/// that it is the first and not the second; which alerts they explain counts likewise. (That it is any
/// of them is as likely as that one family at least is right.)
fn odds(scored: &[Scored], named: usize, blame: &[Blame]) -> f64 {
    let Some(first) = scored.first() else { return 0.0 };
    let second = scored.get(named);
    let share = |family: &Blame, of: Option<&Scored>| {
        of.map_or(0.0, |it| family.shares[it.service.index()]).max(SHARE_MIN)
    };
    let odds = blame
        .iter()
        .map(|family| family.weight * (share(family, Some(first)) / share(family, second)).ln());
    let by_alerts = second.map_or(0.0, |second| (first.covers / second.covers).ln());
    1.0 / (1.0 + (-by_alerts - odds.sum::<f64>()).exp())
}

/// How far a candidate is believed for the part of the alerts that it can explain.
fn explained(alerted: &BTreeSet<ServiceId>, reached: &[bool]) -> f64 {
    if alerted.is_empty() {
        return 1.0;
    }
    let count = alerted.iter().filter(|service| reached[service.index()]).count();
    UNALERTED + (1.0 - UNALERTED) * count as f64 / alerted.len() as f64
}
