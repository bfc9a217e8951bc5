//! From the blame of each family to one ranking.

use std::collections::BTreeSet;

use knockon_core::ServiceId;

use crate::family::{Blame, Family, PULLED_UPSTREAM};
use crate::graph::{Edge, Spread, Travel};
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
    let covers = |service: ServiceId| explained(&alerted, &scene.graph.reach(service, &passes));
    let shows = |id| scene.in_trouble(id);
    let candidate = |(service, score)| Candidate {
        service,
        score,
        covers: covers(service),
        spread: scene.graph.spread(service, &shows, &passes),
    };
    let named = name(scene, &mut scored, &passes);
    explain_away(scene, &mut scored, named, &blame, &passes);
    let odds = odds(&scored, named, &blame, &covers);
    let doubt = blame.iter().map(|family| 1.0 - family.weight).product::<f64>();
    let confidence = ((1.0 - doubt) * odds).min(CONFIDENCE_MAX);
    Ranking {
        candidates: scored.into_iter().map(candidate).collect(),
        blame,
        odds,
        confidence,
        named,
    }
}

/// The smallest set of causes, found greedily: beside the first candidate, the likeliest of those that
/// explain alerts which no cause before them explains. They are put first; their number is given back.
fn name(
    scene: &Scene<'_>,
    scored: &mut [(ServiceId, f64)],
    passes: &dyn Fn(&Edge) -> bool,
) -> usize {
    let Some((first, score)) = scored.first().copied() else { return 0 };
    let mut open = scene.alarms.services();
    let explain = |cause: ServiceId, open: &mut BTreeSet<ServiceId>| {
        let reached = scene.graph.reach(cause, passes);
        open.retain(|service| !reached[service.index()]);
    };
    explain(first, &mut open);
    let mut named = 1;
    while !open.is_empty() && named < scored.len() {
        let next = scored.iter().enumerate().skip(named).find(|(_, (service, blamed))| {
            let reached = scene.graph.reach(*service, passes);
            *blamed >= NAMED_FROM * score && open.iter().any(|it| reached[it.index()])
        });
        let Some((position, (service, _))) = next.map(|(at, it)| (at, *it)) else { break };
        scored[named..=position].rotate_right(1);
        explain(service, &mut open);
        named += 1;
    }
    named
}

/// What a named cause explains needs no cause of its own, and is blamed less; but a change that was made
/// there is explained by nothing.
fn explain_away(
    scene: &Scene<'_>,
    scored: &mut [(ServiceId, f64)],
    named: usize,
    blame: &[Blame],
    passes: &dyn Fn(&Edge) -> bool,
) {
    let (causes, others) = scored.split_at_mut(named);
    let reached: Vec<_> =
        causes.iter().map(|(cause, _)| scene.graph.reach(*cause, passes)).collect();
    let changes = blame.iter().find(|it| it.family == Family::Changes);
    for (service, score) in &mut *others {
        let is_explained = reached.iter().any(|it| it[service.index()]);
        let is_changed = changes.is_some_and(|it| it.shares[service.index()] > 0.0);
        if is_explained && !is_changed {
            *score *= EXPLAINED_AWAY;
        }
    }
    others.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
}

/// How likely the first candidate is the cause, and not the first of those that are not named.
///
/// Families are independent witnesses. By how much each blames the first more than the second is the
/// likelihood ratio of the two, as far as the family is trusted; the sum of the logarithms are the odds
/// that it is the first and not the second; which alerts they explain counts likewise. (That it is any of them is as likely as that one family at
/// least is right.)
fn odds(
    scored: &[(ServiceId, f64)],
    named: usize,
    blame: &[Blame],
    covers: &dyn Fn(ServiceId) -> f64,
) -> f64 {
    let Some((first, _)) = scored.first() else { return 0.0 };
    let share = |family: &Blame, of: Option<ServiceId>| {
        of.map_or(0.0, |service| family.shares[service.index()]).max(SHARE_MIN)
    };
    let second = scored.get(named).map(|(service, _)| *service);
    let odds = blame
        .iter()
        .map(|family| family.weight * (share(family, Some(*first)) / share(family, second)).ln());
    let by_alerts = second.map_or(0.0, |second| (covers(*first) / covers(second)).ln());
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
