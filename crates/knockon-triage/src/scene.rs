//! What all families of evidence look at, with the questions they all ask answered once.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{DurationMs, ServiceId, System, Timestamp};
use knockon_telemetry::Change;

use crate::alarm::Alarms;
use crate::answers::CohortHit;
use crate::deviation::Deviation;
use crate::graph::{Edge, Graph, Travel};
use crate::logged::LogEvidence;
use crate::signal::{Signal, is_limit};

/// The system, its graph, and what strays and fired in it.
pub(crate) struct Scene<'a> {
    pub(crate) system: &'a System,
    pub(crate) graph: &'a Graph,
    pub(crate) deviations: &'a [Deviation<'a>],
    pub(crate) alarms: &'a Alarms<'a>,
    /// Who is hit along each cohort that can tell.
    pub(crate) hit: &'a [CohortHit],
    /// The changes up to the moment of the triage.
    pub(crate) changed: &'a [&'a Change],
    pub(crate) logs: &'a LogEvidence<'a>,
    by_service: Vec<Vec<usize>>,
    limits: Vec<Vec<usize>>,
    strays: Vec<bool>,
    hurt: Vec<f64>,
    alerted: Vec<bool>,
    surge: Vec<Option<f64>>,
    measured: BTreeSet<(ServiceId, Signal)>,
    complaints: BTreeSet<(ServiceId, ServiceId)>,
    felt: Option<Timestamp>,
}

/// What begins this long after others felt it is half as likely to be what they felt.
const LATE_BY: DurationMs = DurationMs::from_minutes(5);

/// Scrapes are up to a minute apart: what is seen within one may have been in the same moment.
pub(crate) const AT_ONCE: DurationMs = DurationMs::from_minutes(1);

impl<'a> Scene<'a> {
    pub(crate) fn new(
        system: &'a System,
        graph: &'a Graph,
        deviations: &'a [Deviation<'a>],
        alarms: &'a Alarms<'a>,
        hit: &'a [CohortHit],
        logs: &'a LogEvidence<'a>,
        changed: &'a [&'a Change],
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
                Signal::Traffic
                    | Signal::Abandoned
                    | Signal::Defence
                    | Signal::Backlog
                    | Signal::Logged
                    | Signal::Other
            );
            let is_own = deviation.callee.is_none();
            if is_own && is_bad_in_itself && deviation.is_adverse() {
                hurt[index] = hurt[index].max(deviation.z);
            }
        }
        for deviation in busiest(deviations) {
            if deviation.is_far() && deviation.z > 0.0 {
                let index = deviation.series.service.index();
                surge[index] = Some(surge[index].unwrap_or(0.0).max(deviation.z));
            }
        }
        for service in alarms.services() {
            alerted[service.index()] = true;
        }
        let measured = deviations.iter().map(|d| (d.series.service, d.reading.signal)).collect();
        let complaints = deviations.iter().filter(|it| it.requests.is_some() && it.is_adverse());
        let complaints =
            complaints.filter_map(|it| Some((it.series.service, it.callee?))).collect();
        let is_felt = |it: &&Deviation<'_>| {
            let signal = it.reading.signal;
            matches!(signal, Signal::Latency | Signal::Errors | Signal::Unanswered)
                && it.is_adverse()
        };
        let felt = deviations.iter().filter(is_felt).filter_map(|it| it.onset).min();
        Self {
            system,
            graph,
            deviations,
            alarms,
            hit,
            changed,
            logs,
            by_service,
            limits: limits(deviations, count),
            strays,
            hurt,
            alerted,
            surge,
            measured,
            complaints,
            felt,
        }
    }

    /// How far a deviation can be what the first failures and slow answers come from: 1 if it began
    /// with them or before, less with every minute after. A cause comes before its effects.
    pub(crate) fn timeliness(&self, deviation: &Deviation<'_>) -> f64 {
        let late = self.felt.zip(deviation.onset).map_or(0, |(felt, onset)| (onset - felt).ms);
        let late = (late - AT_ONCE.ms).max(0);
        0.5_f64.powf(late as f64 / LATE_BY.ms as f64)
    }

    /// The deviations of one service.
    pub(crate) fn deviations_of(&self, id: ServiceId) -> impl Iterator<Item = &'a Deviation<'a>> {
        let deviations = self.deviations;
        self.by_service[id.index()].iter().map(move |position| &deviations[*position])
    }

    /// Those of them that say how much there is at most of a resource.
    pub(crate) fn limits_of(&self, id: ServiceId) -> impl Iterator<Item = &'a Deviation<'a>> {
        let deviations = self.deviations;
        self.limits[id.index()].iter().map(move |position| &deviations[*position])
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

    /// Whether calls from one service to another fail or are slow, as the caller measured.
    pub(crate) fn is_complained_of(&self, by: ServiceId, callee: ServiceId) -> bool {
        self.complaints.contains(&(by, callee))
    }

    /// The callees of which a service measured that calls to them fail or are slow.
    pub(crate) fn complained_of(&self, caller: ServiceId) -> impl Iterator<Item = ServiceId> + '_ {
        let from = self.complaints.range((caller, ServiceId::from_index(0))..);
        from.take_while(move |(by, _)| *by == caller).map(|(_, callee)| *callee)
    }

    /// By how many spreads the traffic of a service surges, if it does.
    pub(crate) fn surge(&self, service: ServiceId) -> Option<f64> {
        self.surge[service.index()]
    }

    /// Whether trouble passes along an edge: a caller swamps a callee only if that is asked more.
    pub(crate) fn passes(&self, edge: &Edge) -> bool {
        edge.travel != Travel::Overload || self.surge(edge.to).is_some()
    }

    /// How long after users felt trouble a service began to stray, if that is later than clocks and
    /// scrapes can be.
    pub(crate) fn late(&self, id: ServiceId) -> Option<DurationMs> {
        let late = self.since(id)? - self.felt?;
        (late.ms > LATE_BY.ms).then_some(late)
    }

    /// When a service began to stray, or its first alert fired if that was earlier: samples that are
    /// minutes apart can show it late.
    pub(crate) fn since(&self, id: ServiceId) -> Option<Timestamp> {
        let strays = self.deviations_of(id).filter(|d| d.is_adverse()).filter_map(|d| d.onset);
        strays.chain(self.alarms.on(id).map(|alert| alert.starts_at)).min()
    }

    /// Whether any series measures that signal of the service.
    pub(crate) fn measures(&self, service: ServiceId, signal: Signal) -> bool {
        self.measured.contains(&(service, signal))
    }
}

/// By service, which deviations are of limits. Their names are read once each.
fn limits(deviations: &[Deviation<'_>], services: usize) -> Vec<Vec<usize>> {
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    let mut limits = vec![Vec::new(); services];
    for (position, deviation) in deviations.iter().enumerate() {
        let metric = deviation.series.metric.as_str();
        if *known.entry(metric).or_insert_with(|| is_limit(metric)) {
            limits[deviation.series.service.index()].push(position);
        }
    }
    limits
}

/// Of each metric of the traffic that a service takes the series with the most of it: a rare kind of
/// request that comes twice as often is no surge.
fn busiest<'a>(deviations: &'a [Deviation<'a>]) -> impl Iterator<Item = &'a Deviation<'a>> {
    let mut busiest: BTreeMap<(ServiceId, &str), &Deviation<'_>> = BTreeMap::new();
    let taken = |it: &&Deviation<'_>| it.reading.signal == Signal::Traffic && it.callee.is_none();
    for deviation in deviations.iter().filter(taken) {
        let key = (deviation.series.service, deviation.series.metric.as_str());
        let most = busiest.entry(key).or_insert(deviation);
        if deviation.wanted() > most.wanted() {
            *most = deviation;
        }
    }
    busiest.into_values()
}
