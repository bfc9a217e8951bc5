//! Blame by what is a service's own: full resources, restarts, lost capacity, and what waits.
//!
//! What waits is seen where it waits and begins at what does not take it. A backlog in a broker is its
//! consumers' doing; requests that wait for a connection of a pool are the doing of what the pool
//! leads to, if that is slow.

use std::collections::BTreeSet;

use knockon_core::{DependencyKind, ServiceId};

use crate::deviation::{DEVIATES_Z, Deviation};
use crate::family::{Blame, Family, PULLED_UPSTREAM, TRUSTED_Z};
use crate::robust::strength;
use crate::scene::Scene;
use crate::signal::{Signal, has_word, words_of_limit};

/// Below this part of its limit a resource is not short of anything.
const SHORT_FROM: f64 = 0.5;

/// What a resource counts that strays without being short.
const NOT_SHORT: f64 = 0.2;

/// What a metric counts whose name says nothing known: it may be anything.
const UNKNOWN: f64 = 0.3;

/// Labels that name what waits or where.
const QUEUE: &[&str] = &["queue", "topic", "messaging_destination_name", "destination"];

/// The queue that a series is about.
pub(crate) fn queue_of<'a>(deviation: &Deviation<'a>) -> Option<&'a String> {
    QUEUE.iter().find_map(|label| deviation.series.labels.get(*label))
}

impl Scene<'_> {
    /// What is a service's own: full resources, backlog, restarts, lost capacity.
    pub(crate) fn resources(&self) -> Option<Blame> {
        let mut amounts = vec![0.0; self.system.services().len()];
        let mut worst_z: f64 = 0.0;
        for deviation in self.deviations {
            let trust = match deviation.reading.signal {
                Signal::Restarts | Signal::Capacity => 1.0,
                Signal::Saturation => self.shortage(deviation),
                Signal::Backlog => 0.8,
                Signal::Other => UNKNOWN,
                Signal::Latency
                | Signal::Errors
                | Signal::Traffic
                | Signal::Abandoned
                | Signal::Unanswered
                | Signal::Logged
                | Signal::Defence => continue,
            };
            // A resource that is used less is seldom the trouble, but it does stray.
            let trust = if deviation.is_adverse() { trust } else { trust * NOT_SHORT };
            let z = deviation.z.abs() * trust * self.timeliness(deviation);
            let z = z * strength(z, DEVIATES_Z);
            let owners = self.takers(deviation);
            for (service, part) in owners {
                let slot: &mut f64 = &mut amounts[service.index()];
                *slot = slot.max(z * part);
                worst_z = worst_z.max(z * part);
            }
        }
        Blame::from_amounts(Family::Resources, strength(worst_z, TRUSTED_Z), amounts)
    }

    /// Whose doing it is that a resource strays, and in which part.
    fn takers(&self, deviation: &Deviation<'_>) -> Vec<(ServiceId, f64)> {
        let service = deviation.series.service;
        // A pool of connections is full because what it leads to is slow, if that is.
        if let Some(callee) = deviation.callee {
            return if self.is_complained_of(service, callee) {
                vec![(callee, PULLED_UPSTREAM), (service, 1.0 - PULLED_UPSTREAM)]
            } else {
                vec![(service, 1.0)]
            };
        }
        let consumers = match (deviation.reading.signal, queue_of(deviation)) {
            (Signal::Backlog | Signal::Capacity, Some(queue)) => self.consumers(service, queue),
            // Of a broker as a whole it is said only that somebody does not take: one who shows trouble.
            // What waits anywhere else waits for the service itself, or for whom that waits for.
            (Signal::Backlog, None) => {
                let straying = self.consumers_of_any(service).filter(|it| self.strays(*it));
                Some(straying.collect()).filter(|it: &BTreeSet<_>| !it.is_empty())
            }
            _ => None,
        };
        match consumers {
            Some(consumers) => consumers.into_iter().flat_map(|it| self.passed_on(it)).collect(),
            None if deviation.reading.signal == Signal::Backlog => self.passed_on(service),
            None => vec![(service, 1.0)],
        }
    }

    /// A consumer, or what its calls fail at.
    fn passed_on(&self, consumer: ServiceId) -> Vec<(ServiceId, f64)> {
        let below = self.complained_of(consumer).map(|callee| (callee, PULLED_UPSTREAM));
        let mut takers: Vec<_> = below.collect();
        let kept = if takers.is_empty() { 1.0 } else { 1.0 - PULLED_UPSTREAM };
        takers.push((consumer, kept));
        takers
    }

    /// Who takes messages from a queue: as the model says, and where it says nothing of the queue,
    /// whoever consumes from the broker. Nobody takes what is parked for a person to look at. `None`
    /// where nobody is known to consume anything.
    fn consumers(&self, broker: ServiceId, queue: &str) -> Option<BTreeSet<ServiceId>> {
        let consumes_it = |id: &ServiceId| {
            self.system.service(*id).operations.iter().any(|operation| {
                let consumed = operation.consumes.filter(|consumed| consumed.service == broker);
                consumed.is_some_and(|consumed| self.system.queue(consumed).name == queue)
            })
        };
        let is_known = |it: &knockon_core::Queue| it.name == queue;
        if self.system.service(broker).broker.queues.iter().any(is_known) {
            return Some(self.system.service_ids().filter(consumes_it).collect());
        }
        let any: BTreeSet<ServiceId> = self.consumers_of_any(broker).collect();
        (!any.is_empty()).then_some(any)
    }

    fn consumers_of_any(&self, broker: ServiceId) -> impl Iterator<Item = ServiceId> + '_ {
        let uses = self.system.dependencies().iter();
        let consuming =
            uses.filter(move |it| it.to == broker && it.kind == DependencyKind::Consume);
        consuming.map(|it| it.from)
    }

    /// How far a resource that strays is short: not at all while less than half of its limit is used.
    fn shortage(&self, deviation: &Deviation<'_>) -> f64 {
        // What was throttled had met its limit.
        if has_word(&deviation.series.metric, "throttled") {
            return 1.0;
        }
        let words = words_of_limit(&deviation.series.metric);
        let limits = self.limits_of(deviation.series.service).filter(|limit| {
            match limit.series.labels.get("resource") {
                Some(resource) => words.contains(resource),
                None => words_of_limit(&limit.series.metric).iter().all(|it| words.contains(it)),
            }
        });
        let limit = limits.map(|limit| limit.during).filter(|limit| *limit > 0.0).reduce(f64::min);
        match limit {
            Some(limit) if deviation.during < SHORT_FROM * limit => NOT_SHORT,
            _ => 1.0,
        }
    }
}
