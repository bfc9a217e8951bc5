//! The part that each alert plays, by the truth: of the cause, of what it did, or neither.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use knockon_core::System;
use knockon_sim::Truth;
use knockon_sim::sealed::{PartKind, Place};

use crate::alerts::Fired;
use crate::scenario::{Role, Scenario};

/// The part of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// It is on a service that is to blame.
    Cause,
    /// It is on a service that suffers from it.
    Symptom,
    /// Neither.
    Unrelated,
}

impl Part {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Symptom => "symptom",
            Self::Unrelated => "unrelated",
        }
    }
}

/// An alert with its part.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The alert.
    pub fired: Fired,
    /// Its part.
    pub part: Part,
    /// How the trouble came to it, from the cause on; nothing where it is the cause.
    pub why: Vec<String>,
}

pub(super) fn told(
    system: &System,
    scenario: &Scenario,
    truth: &Truth,
    fired: &[Fired],
) -> Vec<Told> {
    let causes: BTreeSet<&str> =
        scenario.cause.services().iter().map(|id| system.service(*id).name.as_str()).collect();
    let harmed = harmed(scenario, truth);
    let reached = reached(system, &causes);
    let mut all: Vec<Told> = fired
        .iter()
        .map(|fired| {
            let service = fired.service.as_deref().unwrap_or_default();
            let (part, why) = if causes.contains(service) {
                (Part::Cause, Vec::new())
            } else if let Some(why) = harmed.get(service).or_else(|| reached.get(service)) {
                (Part::Symptom, why.clone())
            } else {
                (Part::Unrelated, Vec::new())
            };
            Told { fired: fired.clone(), part, why }
        })
        .collect();
    sort(&mut all);
    all
}

/// An alert that has nothing to do with the cause fires without it as well; one that does not is a symptom,
/// though no harm is known to have come to its service. `quiet` plays the run without the cause.
pub(super) fn hold_against(alerts: &mut [Told], quiet: impl FnOnce() -> Vec<Fired>) {
    if alerts.iter().all(|told| told.part != Part::Unrelated) {
        return;
    }
    let quiet = quiet();
    for told in alerts.iter_mut().filter(|told| told.part == Part::Unrelated) {
        let is_same = |it: &Fired| it.name == told.fired.name && it.labels == told.fired.labels;
        if !quiet.iter().any(is_same) {
            told.part = Part::Symptom;
        }
    }
    sort(alerts);
}

fn sort(alerts: &mut [Told]) {
    alerts.sort_by(|one, other| {
        let key = |it: &Told| (it.part, it.fired.firing_ms, it.fired.name.clone());
        key(one).cmp(&key(other)).then_with(|| one.fired.labels.cmp(&other.fired.labels))
    });
}

/// Every service that was harmed by the cause, with the chain from the cause to it.
fn harmed(scenario: &Scenario, truth: &Truth) -> BTreeMap<String, Vec<String>> {
    let mut harmed = BTreeMap::new();
    let is_cause = |origin: u32| {
        let entry = (origin as usize).checked_sub(1).and_then(|at| scenario.timeline.get(at));
        entry.is_some_and(|entry| entry.role == Role::Cause)
    };
    let mut waiting: VecDeque<(usize, Vec<String>)> = VecDeque::new();
    let mut seen = BTreeSet::new();
    for (at, node) in truth.nodes.iter().enumerate() {
        if node.origin.is_some_and(is_cause) {
            seen.insert(at);
            waiting.push_back((at, vec![service_of(&node.place)]));
        }
    }
    while let Some((at, chain)) = waiting.pop_front() {
        let name = service_of(&truth.nodes[at].place);
        harmed.entry(name).or_insert_with(|| chain.clone());
        for edge in truth.edges.iter().filter(|edge| edge.because == at) {
            if seen.insert(edge.node) {
                let next = service_of(&truth.nodes[edge.node].place);
                let mut chain = chain.clone();
                if chain.last() != Some(&next) {
                    chain.push(next);
                }
                waiting.push_back((edge.node, chain));
            }
        }
    }
    harmed
}

/// The service of a part: of a queue its broker.
fn service_of(place: &Place) -> String {
    match place.kind {
        PartKind::Queue => place
            .name
            .split_once(" / ")
            .map_or(place.name.as_str(), |(broker, _)| broker)
            .to_owned(),
        PartKind::Service | PartKind::Journey => place.name.clone(),
    }
}

/// Every service that trouble can come to from a cause, by who needs whom: callers, and for what has a
/// queue in between both its ends.
fn reached(system: &System, causes: &BTreeSet<&str>) -> BTreeMap<String, Vec<String>> {
    use knockon_core::DependencyKind::{Consume, Publish};
    let mut reached: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut waiting: VecDeque<String> = causes.iter().map(|name| (*name).to_owned()).collect();
    for name in &waiting {
        reached.insert(name.clone(), vec![name.clone()]);
    }
    while let Some(name) = waiting.pop_front() {
        let chain = reached.get(&name).cloned().unwrap_or_default();
        for dependency in system.dependencies() {
            let from = &system.service(dependency.from).name;
            let to = &system.service(dependency.to).name;
            let next = match dependency.kind {
                // A consumer that stops is felt in the queue.
                Consume if *from == name => to,
                // A producer that stops starves who takes from the queue.
                Publish if *from == name && causes.contains(name.as_str()) => to,
                _ if *to == name => from,
                _ => continue,
            };
            if !reached.contains_key(next) {
                let mut chain = chain.clone();
                chain.push(next.clone());
                reached.insert(next.clone(), chain);
                waiting.push_back(next.clone());
            }
        }
    }
    reached
}
