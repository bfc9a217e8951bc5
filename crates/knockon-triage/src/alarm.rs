//! What the alerts say, beside what the series show.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{ServiceId, System};
use knockon_telemetry::{Alert, Evidence};

use crate::family::{Blame, Family};
use crate::scene::Scene;
use crate::signal::{Signal, read, says_fall, says_log};
use crate::window::Windows;

/// Labels that say where an alert comes from, or who is told; all others say what it is about.
pub(crate) const PLACE: &[&str] = &[
    "alertname",
    "service",
    "job",
    "instance",
    "pod",
    "container",
    "namespace",
    "deployment",
    "node",
    "team",
    "owner",
    "severity",
    "server_address",
];

/// The alerts that fired by the time of the triage.
#[derive(Debug)]
pub(crate) struct Alarms<'a> {
    fired: Vec<(&'a Alert, Signal)>,
    background: Vec<&'a Alert>,
    by_service: BTreeMap<ServiceId, Vec<&'a Alert>>,
}

impl<'a> Alarms<'a> {
    /// Alerts that fired already in the before-window are part of the usual: a certificate that has
    /// been about to expire for a week did not begin with this incident.
    pub(crate) fn new(evidence: &'a Evidence, windows: &Windows) -> Self {
        let (fired, background): (Vec<_>, Vec<_>) = evidence
            .alerts
            .iter()
            .filter(|alert| alert.starts_at <= windows.at)
            .partition(|alert| alert.starts_at >= windows.before_end);
        // Of a rule there may be thousands.
        let mut signals: BTreeMap<&str, Signal> = BTreeMap::new();
        let mut signal = |name: &'a str| *signals.entry(name).or_insert_with(|| read(name).signal);
        let fired: Vec<(&Alert, Signal)> =
            fired.into_iter().map(|alert| (alert, signal(&alert.name))).collect();
        let mut by_service: BTreeMap<ServiceId, Vec<&Alert>> = BTreeMap::new();
        for (alert, _) in &fired {
            by_service.entry(alert.service).or_default().push(alert);
        }
        Self { fired, background, by_service }
    }

    /// The alerts of the incident.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a Alert> + '_ {
        self.fired.iter().map(|(alert, _)| *alert)
    }

    /// The alerts that fired before it.
    pub(crate) fn background(&self) -> &[&'a Alert] {
        &self.background
    }

    /// The alerts on one service.
    pub(crate) fn on(&self, service: ServiceId) -> impl Iterator<Item = &'a Alert> + '_ {
        self.by_service.get(&service).into_iter().flatten().copied()
    }

    /// The services that alerts fired on.
    pub(crate) fn services(&self) -> BTreeSet<ServiceId> {
        self.by_service.keys().copied().collect()
    }

    /// How far a symptom is what people were alerted about: 0.3 when series measure another symptom
    /// that alerts are about, and no alert is about this one; else 1.
    pub(crate) fn focus(&self, signal: Signal, scene: &Scene<'_>) -> f64 {
        let is_symptom = |s: &Signal| matches!(s, Signal::Latency | Signal::Errors);
        let alerted = self.fired.iter().map(|(_, s)| *s).filter(is_symptom);
        let alerted: BTreeSet<Signal> = alerted.collect();
        let is_measured = |s: &Signal| *s != signal && scene.of_signal(*s).next().is_some();
        let elsewhere = alerted.iter().any(is_measured);
        if elsewhere && !alerted.contains(&signal) { 0.3 } else { 1.0 }
    }

    /// The services whose alerts are about somebody alone, and whom: their labels name one partner and
    /// never another. Trouble with one of several is in what is particular to it; an alert for each of
    /// them says that it is in what they share.
    pub(crate) fn sole_subjects(&self, system: &System) -> Vec<(ServiceId, ServiceId)> {
        let about = |service: ServiceId, (name, value): (&String, &String)| {
            let is_about = !PLACE.contains(&name.as_str());
            let subject = is_about.then(|| system.names().get(value)).flatten();
            subject.filter(|subject| *subject != service)
        };
        let sole = self.by_service.iter().filter_map(|(service, alerts)| {
            let labels = alerts.iter().flat_map(|alert| &alert.labels);
            let mut subjects = labels.filter_map(|label| about(*service, label));
            let first = subjects.next()?;
            subjects.all(|other| other == first).then_some((*service, first))
        });
        sole.collect()
    }

    /// Blame by alerts about things that no series measures.
    ///
    /// An alert that fires on many services at once says little about each of them: its weight is
    /// shared, by the root of each service's part. An alert about calls from one service to another
    /// speaks of the callee, and many such say less than as many of different kinds. A service whose
    /// own callees stray, or are complained about, inherits its symptoms.
    pub(crate) fn blame(&self, scene: &Scene<'_>) -> Option<Blame> {
        let unmeasured = || self.fired.iter().filter(|(a, s)| !scene.measures(a.service, *s));
        let complainers: BTreeSet<ServiceId> = unmeasured()
            .filter(|(alert, _)| alert.peer.is_some())
            .map(|(a, _)| a.service)
            .collect();
        let inherits = |service: ServiceId| {
            let strays_below = || scene.graph.needs(service).iter().any(|id| scene.strays(*id));
            if complainers.contains(&service) || strays_below() { 0.3 } else { 1.0 }
        };

        let mut fired: BTreeMap<&str, BTreeMap<ServiceId, BTreeSet<ServiceId>>> = BTreeMap::new();
        for (alert, _) in unmeasured() {
            let blamed = alert.peer.unwrap_or(alert.service);
            fired.entry(&alert.name).or_default().entry(blamed).or_default().insert(alert.service);
        }
        let mut amounts = vec![0.0; scene.system.services().len()];
        let mut symptoms = vec![0.0; amounts.len()];
        for (name, services) in fired {
            let signal = read(name).signal;
            let total: usize = services.values().map(BTreeSet::len).sum();
            for (service, by) in services {
                let part = (by.len() as f64 / total as f64).sqrt();
                match signal {
                    Signal::Latency | Signal::Errors => {
                        let from_others = by.iter().any(|other| *other != service);
                        symptoms[service.index()] += part * if from_others { 1.0 } else { 0.4 };
                    }
                    // What waits can wait for others.
                    Signal::Backlog if !says_fall(name) => {
                        let own = part * own_weight(name, signal);
                        amounts[service.index()] += own * inherits(service);
                    }
                    _ => amounts[service.index()] += part * own_weight(name, signal),
                }
            }
        }
        for service in scene.system.service_ids() {
            let index = service.index();
            amounts[index] += (symptoms[index] * inherits(service)).powf(0.7);
        }
        // One alert about something else is little to go by, a storm of them is much.
        let total: f64 = amounts.iter().sum();
        Blame::from_amounts(Family::Alerts, total / (total + 2.0), amounts)
    }
}

/// What an alert weighs that is not about a symptom. A full or lost resource and a new line in the
/// log are the service's own trouble, an idle resource seldom is, and traffic follows from others as
/// often as not.
fn own_weight(name: &str, signal: Signal) -> f64 {
    match signal {
        Signal::Saturation | Signal::Backlog if says_fall(name) => 0.5,
        Signal::Saturation | Signal::Restarts | Signal::Capacity | Signal::Backlog => 2.0,
        Signal::Other if says_log(name) => 3.0,
        // Who is broken is asked less, or passes on less; who takes over for it is asked more.
        Signal::Traffic if says_fall(name) => 1.5,
        Signal::Traffic => 0.5,
        _ => 1.0,
    }
}
