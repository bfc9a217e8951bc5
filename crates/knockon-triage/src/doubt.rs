//! What speaks against each candidate, and what to look at next where two are close.

use std::collections::BTreeSet;

use knockon_core::ServiceId;

use crate::incident::{Doubt, Look};
use crate::rank::Candidate;
use crate::scene::Scene;
use crate::signal::Signal;
use crate::steps::is_command;

/// As many things to look at as somebody does at night.
const LOOKS_MAX: usize = 4;

/// So many names in a sentence.
const NAMES_MAX: usize = 3;

/// What is asked of a service when it may be the cause, and what tells it.
const ASKED: [(&str, &[Signal]); 3] = [
    ("whether its requests fail", &[Signal::Errors, Signal::Unanswered]),
    ("how long its requests take", &[Signal::Latency]),
    ("whether it is full or restarts", &[Signal::Saturation, Signal::Restarts, Signal::Capacity]),
];

impl Scene<'_> {
    /// What speaks against a candidate.
    pub(crate) fn against(&self, candidate: &Candidate) -> Vec<Doubt> {
        let id = candidate.service;
        let mut doubts = Vec::new();
        let mut doubt = |kind, text| doubts.push(Doubt { kind, text });
        if self.deviations_of(id).next().is_none() && !self.is_told_of(id) {
            doubt("unmeasured", "nothing in the evidence measures it".to_owned());
        } else if !self.in_trouble(id) {
            doubt("well", "nothing of its own strays and none of its alerts fired".to_owned());
        }
        if let Some(late) = self.late(id) {
            let minutes = (late.ms as f64 / 60_000.0).ceil();
            doubt("late", format!("it began to stray {minutes} min after users felt it"));
        }
        let alerted = self.alarms.services();
        let beyond: Vec<&str> = alerted
            .iter()
            .filter(|other| !candidate.spread.reaches(**other))
            .map(|other| self.name(*other))
            .collect();
        if !beyond.is_empty() {
            let (count, of) = (beyond.len(), alerted.len());
            let text = format!(
                "it does not explain the alerts on {} ({count} of {of} services with alerts)",
                listed(&beyond)
            );
            doubt("unexplained-alerts", text);
        }
        let silent = self.silent_monitors(id);
        if !silent.is_empty() && self.alarms.iter().next().is_some() {
            let text = format!("its own monitors are silent: {}", listed(&silent));
            doubt("silent-monitors", text);
        }
        doubts
    }

    /// What would decide between the first candidates.
    pub(crate) fn look_next(&self, close: &[Candidate]) -> Vec<Look> {
        let mut looks = Vec::new();
        for candidate in close {
            let id = candidate.service;
            let unknown: Vec<&str> = ASKED
                .iter()
                .filter(|(_, signals)| !signals.iter().any(|it| self.tells(id, *it)))
                .map(|(question, _)| *question)
                .collect();
            if !unknown.is_empty() {
                let text = format!("{}: no metric here tells", unknown.join(", or "));
                looks.push(Look { service: self.name(id).to_owned(), kind: "metric", text });
            }
        }
        let with_other = close.iter().zip(close.iter().rev());
        for (candidate, other) in with_other.filter(|(a, b)| a.service != b.service) {
            let users = self.only_users(candidate.service, other.service);
            if !users.is_empty() {
                let text = format!(
                    "whether {} fare badly: they need it and not {}",
                    listed(&users),
                    self.name(other.service)
                );
                let service = self.name(candidate.service).to_owned();
                looks.push(Look { service, kind: "user", text });
            }
        }
        for candidate in close {
            let runbook = self.system.runbook(candidate.service);
            let command = runbook.and_then(|it| it.steps.iter().find(|step| is_command(step)));
            if let Some(line) = command.and_then(|step| step.lines().next()) {
                let service = self.name(candidate.service).to_owned();
                looks.push(Look { service, kind: "command", text: line.to_owned() });
            }
        }
        looks.truncate(LOOKS_MAX);
        looks
    }

    /// Whether callers tell how calls to a service end.
    fn is_told_of(&self, id: ServiceId) -> bool {
        self.deviations.iter().any(|it| it.callee == Some(id))
    }

    /// Whether a series of the service, or of the calls to it, tells the signal.
    fn tells(&self, id: ServiceId, signal: Signal) -> bool {
        let of_calls = |it: &crate::deviation::Deviation<'_>| it.callee == Some(id);
        self.measures(id, signal) || self.of_signal(signal).any(of_calls)
    }

    /// The monitors that watch a service and did not fire.
    fn silent_monitors(&self, id: ServiceId) -> Vec<&str> {
        let fired: BTreeSet<&str> = self.alarms.on(id).map(|alert| alert.name.as_str()).collect();
        let monitors = self.system.practice().monitors.iter();
        let of_it = monitors.filter(|it| it.service == Some(id)).map(|it| it.name.as_str());
        let silent: BTreeSet<&str> = of_it.filter(|name| !fired.contains(name)).collect();
        // One that fired is enough to speak for it.
        if fired.is_empty() { silent.into_iter().collect() } else { Vec::new() }
    }

    /// Services that use one and not the other, and of which nothing tells how they fare.
    fn only_users(&self, one: ServiceId, other: ServiceId) -> Vec<&str> {
        let users: BTreeSet<ServiceId> = self.graph.users(one).iter().copied().collect();
        let of_other: BTreeSet<ServiceId> = self.graph.users(other).iter().copied().collect();
        let is_unknown = |id: &ServiceId| self.deviations_of(*id).next().is_none();
        let only = users.difference(&of_other).filter(|id| **id != other && is_unknown(id));
        only.map(|id| self.name(*id)).collect()
    }

    fn name(&self, id: ServiceId) -> &str {
        &self.system.service(id).name
    }
}

/// The first names, and how many more.
fn listed(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMES_MAX)].join(", ");
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
