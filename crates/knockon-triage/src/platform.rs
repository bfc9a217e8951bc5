//! Platform causes, told by who is hit together.
//!
//! The network, the name service and the node under a callee have callers of their own nowhere: they
//! are met on the way to something else. When calls to several callees that have nothing to do with
//! each other stay unanswered at once, one cause that all of them share is likelier than that all of
//! them died.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{DependencyKind, ServiceId, Timestamp};

use crate::deviation::Deviation;
use crate::resource::queue_of;
use crate::scene::{AT_ONCE, Scene};
use crate::signal::Signal;

/// From so many callees on that stay silent together they are held to share the cause.
const TOGETHER: usize = 2;

/// A caller and a callee.
type Call = (ServiceId, ServiceId);

impl Scene<'_> {
    /// For each call that stays unanswered the platform service that is likelier to blame than the
    /// callee: because calls to several callees stay so together, or because the callee is well and
    /// answers others.
    pub(crate) fn shared_platforms(&self) -> BTreeMap<Call, ServiceId> {
        let unanswered = self.calls(true);
        // Who waits in vain for somebody else cannot answer either.
        let callers: BTreeSet<ServiceId> = unanswered.iter().map(|(caller, _)| *caller).collect();
        let is_lost = |(_, callee): &&Call| !callers.contains(callee);
        let lost: BTreeSet<Call> = unanswered.iter().filter(is_lost).copied().collect();
        if lost.is_empty() {
            return BTreeMap::new();
        }
        let all = self.calls(false);
        let best = self.platforms().into_iter().filter_map(|(platform, hosted)| {
            let on_it = |call: &&Call| hosted.contains(&call.0) || hosted.contains(&call.1);
            let ends = |calls: &BTreeSet<Call>| -> BTreeSet<ServiceId> {
                calls.iter().filter(on_it).map(|(_, callee)| *callee).collect()
            };
            let (hit, possible) = (self.at_once(&ends(&lost)), ends(&all));
            // A platform that is measured and well is none.
            let is_well = self.measures(platform, Signal::Errors) && !self.hurts(platform);
            let is_shared = hit.len() >= TOGETHER
                || lost.iter().filter(on_it).any(|call| self.answers_others(*call, &all));
            let share = hit.len() as f64 / possible.len() as f64;
            (is_shared && !is_well).then_some((self.hurts(platform), share, platform, hosted))
        });
        let best = best.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(b.2.cmp(&a.2)));
        let Some((.., platform, hosted)) = best else { return BTreeMap::new() };
        let silent: BTreeSet<ServiceId> = unanswered.iter().map(|(_, callee)| *callee).collect();
        let by_it = |call: &Call| {
            silent.contains(&call.1) && (hosted.contains(&call.0) || hosted.contains(&call.1))
        };
        unanswered.into_iter().filter(by_it).map(|call| (call, platform)).collect()
    }

    /// The most of the callees that began to stay silent in one moment.
    fn at_once(&self, callees: &BTreeSet<ServiceId>) -> BTreeSet<ServiceId> {
        let mut since: Vec<(Timestamp, ServiceId)> = Vec::new();
        for callee in callees {
            let silent = self.of_signal(Signal::Unanswered).filter(|it| it.callee == Some(*callee));
            let onset = silent.filter(|it| it.is_adverse()).filter_map(|it| it.onset).min();
            since.extend(onset.map(|onset| (onset, *callee)));
        }
        let with = |first: Timestamp| {
            let together =
                since.iter().filter(move |(at, _)| (0..=AT_ONCE.ms).contains(&(*at - first).ms));
            together.map(|(_, callee)| *callee).collect::<BTreeSet<_>>()
        };
        since.iter().map(|(first, _)| with(*first)).max_by_key(BTreeSet::len).unwrap_or_default()
    }

    /// Whether the callee of an unanswered call is well as far as it shows, and somebody else's calls to
    /// it, or its exporter's, are answered: then it is the way to it that is lost.
    fn answers_others(&self, lost: Call, all: &BTreeSet<Call>) -> bool {
        let (by, callee) = lost;
        let of_others =
            || all.iter().filter(|call| call.1 == callee && call.0 != by && self.goes_on(**call));
        let is_answered = |call: &Call| !self.is_complained_of(call.0, call.1);
        let shows = self.deviations_of(callee).next().is_some();
        let by_calls = of_others().next().is_some() && of_others().all(is_answered);
        shows && ((!self.hurts(callee) && by_calls) || self.answers_its_exporter(callee))
    }

    /// Whether calls are made still: who makes none is not answered.
    fn goes_on(&self, call: Call) -> bool {
        let (by, callee) = call;
        let mut asked = self
            .deviations_of(by)
            .filter(|it| it.callee == Some(callee) && it.reading.signal == Signal::Traffic);
        asked.all(|it| !(it.is_far() && it.z < 0.0))
    }

    /// Whether a database or broker goes on answering the exporter that asks it how it is.
    fn answers_its_exporter(&self, service: ServiceId) -> bool {
        let mut asked =
            self.deviations_of(service).filter(|it| it.series.metric.ends_with("_up")).peekable();
        asked.peek().is_some() && asked.all(|it| !it.is_adverse())
    }

    /// Services that lost capacity (replicas, limits, processor time) in the same moment, with the
    /// platform they share. One that needs another of them may have lost its own by that, and does
    /// not count.
    pub(crate) fn lost_together(&self) -> Vec<(ServiceId, ServiceId)> {
        let mut since: BTreeMap<ServiceId, Timestamp> = BTreeMap::new();
        // Who no longer takes from a queue is not the broker.
        let is_lost = |it: &&Deviation<'_>| {
            it.reading.signal == Signal::Capacity && it.is_adverse() && queue_of(it).is_none()
        };
        let capacity = self.deviations.iter().filter(is_lost);
        for (service, onset) in capacity.filter_map(|it| Some((it.series.service, it.onset?))) {
            let first = since.entry(service).or_insert(onset);
            *first = onset.min(*first);
        }
        let platforms = self.platforms();
        let is_lost = |id: &ServiceId| since.contains_key(id) && !platforms.contains_key(id);
        let needs_none = |id: &ServiceId| !self.graph.needs(*id).iter().any(is_lost);
        let alone: Vec<ServiceId> =
            since.keys().copied().filter(|id| is_lost(id) && needs_none(id)).collect();
        // Of several platforms the one that the fewest use explains best why the others are well.
        let mut platforms: Vec<_> = platforms.iter().collect();
        platforms.sort_by_key(|(platform, hosted)| (hosted.len(), *platform));
        for (platform, hosted) in platforms {
            let mut shared = Vec::new();
            let on_it = || alone.iter().filter(|id| hosted.contains(id));
            for one in on_it() {
                let at_once = |other: &&ServiceId| {
                    **other != *one && (since[*other] - since[one]).ms.abs() <= AT_ONCE.ms
                };
                if on_it().any(|other| at_once(&other)) {
                    shared.push((*one, *platform));
                }
            }
            if !shared.is_empty() {
                return shared;
            }
        }
        Vec::new()
    }

    /// The calls that are measured: all, or those of which more stay unanswered than usual.
    fn calls(&self, unanswered: bool) -> BTreeSet<Call> {
        let of_calls = self.deviations.iter().filter(|it| it.requests.is_some());
        let chosen = of_calls.filter(|it| {
            !unanswered || (it.reading.signal == Signal::Unanswered && it.is_adverse())
        });
        chosen.filter_map(|it| Some((it.series.service, it.callee?))).collect()
    }

    /// What services run on, with who does.
    fn platforms(&self) -> BTreeMap<ServiceId, BTreeSet<ServiceId>> {
        let mut platforms: BTreeMap<ServiceId, BTreeSet<ServiceId>> = BTreeMap::new();
        for it in self.system.dependencies().iter().filter(|it| it.kind == DependencyKind::RunsOn) {
            platforms.entry(it.to).or_default().insert(it.from);
        }
        platforms
    }
}
