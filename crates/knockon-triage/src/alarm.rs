//! What the alerts say, beside what the series show.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{ServiceId, System};
use knockon_telemetry::{Alert, Evidence};

use crate::scene::Scene;
use crate::signal::{Signal, read};
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

    /// The alerts about things that no series measures.
    pub(crate) fn unmeasured(&self, scene: &Scene<'_>) -> impl Iterator<Item = &'a Alert> {
        let unmeasured = self.fired.iter().filter(|(a, s)| !scene.measures(a.service, *s));
        unmeasured.map(|(alert, _)| *alert)
    }
}
