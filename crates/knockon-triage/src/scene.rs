//! What all families of evidence look at, with the questions they all ask answered once.

use std::collections::BTreeSet;

use knockon_core::{ServiceId, System};

use crate::alarm::Alarms;
use crate::deviation::Deviation;
use crate::graph::Graph;
use crate::signal::Signal;

/// The system, its graph, and what strays and fired in it.
pub(crate) struct Scene<'a> {
    pub(crate) system: &'a System,
    pub(crate) graph: &'a Graph,
    pub(crate) deviations: &'a [Deviation<'a>],
    pub(crate) alarms: &'a Alarms<'a>,
    by_service: Vec<Vec<usize>>,
    strays: Vec<bool>,
    hurt: Vec<f64>,
    alerted: Vec<bool>,
    surge: Vec<Option<f64>>,
    measured: BTreeSet<(ServiceId, Signal)>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        system: &'a System,
        graph: &'a Graph,
        deviations: &'a [Deviation<'a>],
        alarms: &'a Alarms<'a>,
    ) -> Self {
        let count = system.services().len();
        let mut by_service = vec![Vec::new(); count];
        let mut strays = vec![false; count];
        let mut hurt: Vec<f64> = vec![0.0; count];
        let mut alerted = vec![false; count];
        let mut surge: Vec<Option<f64>> = vec![None; count];
        for (position, deviation) in deviations.iter().enumerate() {
            let index = deviation.series.service.index();
            by_service[index].push(position);
            strays[index] |= deviation.is_adverse();
            let is_bad_in_itself = !matches!(
                deviation.reading.signal,
                Signal::Traffic | Signal::Abandoned | Signal::Other
            );
            if is_bad_in_itself && deviation.is_adverse() {
                hurt[index] = hurt[index].max(deviation.z);
            }
            if deviation.reading.signal == Signal::Traffic
                && deviation.is_far()
                && deviation.z > 0.0
            {
                surge[index] = Some(surge[index].unwrap_or(0.0).max(deviation.z));
            }
        }
        for service in alarms.services() {
            alerted[service.index()] = true;
        }
        let measured = deviations.iter().map(|d| (d.series.service, d.reading.signal)).collect();
        Self {
            system,
            graph,
            deviations,
            alarms,
            by_service,
            strays,
            hurt,
            alerted,
            surge,
            measured,
        }
    }

    /// The deviations of one service.
    pub(crate) fn deviations_of(&self, id: ServiceId) -> impl Iterator<Item = &'a Deviation<'a>> {
        let deviations = self.deviations;
        self.by_service[id.index()].iter().map(move |position| &deviations[*position])
    }

    /// The deviations of one signal.
    pub(crate) fn of_signal(&self, signal: Signal) -> impl Iterator<Item = &'a Deviation<'a>> {
        self.deviations.iter().filter(move |d| d.reading.signal == signal)
    }

    /// Whether a series of the service strays for the worse.
    pub(crate) fn strays(&self, service: ServiceId) -> bool {
        self.strays[service.index()]
    }

    /// Whether a series of the service strays that is bad in itself: not merely more or less traffic.
    pub(crate) fn hurts(&self, service: ServiceId) -> bool {
        self.hurt(service) > 0.0
    }

    /// By how many spreads it does; 0 when it does not.
    pub(crate) fn hurt(&self, service: ServiceId) -> f64 {
        self.hurt[service.index()]
    }

    /// Whether the service strays for the worse or an alert fired on it.
    pub(crate) fn in_trouble(&self, service: ServiceId) -> bool {
        self.strays(service) || self.alerted[service.index()]
    }

    /// By how many spreads the traffic of a service surges, if it does.
    pub(crate) fn surge(&self, service: ServiceId) -> Option<f64> {
        self.surge[service.index()]
    }

    /// Whether any series measures that signal of the service.
    pub(crate) fn measures(&self, service: ServiceId, signal: Signal) -> bool {
        self.measured.contains(&(service, signal))
    }
}
