//! Parts of a system that are worth a word after a run: one line each, nothing for what is well.

use knockon_sim::summary::{QueueFigures, SagaCounts, ServiceFigures};

use super::Simulation;
use super::figures::{Figure, Played, number, percent, span};

/// So many messages in a queue may be on their way.
const WAITING_MIN: f64 = 10.0;

/// A processor that is throttled for a smaller part of the time is not worth a word.
const THROTTLED_MIN: f64 = 0.01;

impl Simulation<'_> {
    /// Services that were restarted, killed, throttled, scaled, or have no replica.
    pub(super) fn services(&self) -> Vec<String> {
        let count = self.runs.first().map_or(0, |run| run.summary.services.len());
        (0..count).filter_map(|at| self.service(at)).collect()
    }

    fn service(&self, at: usize) -> Option<String> {
        let of = |figure: &dyn Fn(&ServiceFigures) -> f64| {
            self.figure(|run| run.summary.services.get(at).map_or(0.0, figure))
        };
        let name = &self.runs.first()?.summary.services.get(at)?.name;
        let mut words = Vec::new();
        let model = self.system.services().iter().find(|service| service.name == *name);
        let (before, wanted) =
            (model.map(|it| f64::from(it.replicas())), of(&|it| it.wanted.into()));
        if let Some(before) = before.filter(|before| (before - wanted.mean()).abs() > 0.0) {
            words.push(format!("{before} → {} replicas", number(wanted)));
        }
        let ready = of(&|it| it.ready.into());
        if wanted.mean() > 0.0 && ready.mean() == 0.0 {
            words.push("no replica is ready at the end".to_owned());
        }
        let mut count = |figure: Figure, one: &str, many: &str| {
            words.extend(counted(figure, one, many));
        };
        count(of(&|it| it.restarts as f64), "restart", "restarts");
        count(of(&|it| it.oom_kills as f64), "kill for want of memory", "kills for want of memory");
        let refused = of(&|it| it.connections_refused as f64);
        count(refused, "connection refused", "connections refused");
        let throttled = self.figure(|run| throttled(run, at));
        if throttled.mean() >= THROTTLED_MIN {
            words.push(format!("throttled {} of the time", percent(throttled)));
        }
        line(name, &words)
    }

    /// Queues that hold or lost something.
    pub(super) fn queues(&self) -> Vec<String> {
        let count = self.runs.first().map_or(0, |run| run.summary.queues.len());
        (0..count).filter_map(|at| self.queue(at)).collect()
    }

    fn queue(&self, at: usize) -> Option<String> {
        let of = |figure: fn(&QueueFigures) -> u64| {
            self.figure(|run| run.summary.queues.get(at).map_or(0.0, |it| figure(it) as f64))
        };
        let queue = self.runs.first()?.summary.queues.get(at)?;
        let mut words = Vec::new();
        let ready = of(|it| it.ready);
        let is_for_nobody = queue.manual || of(|it| it.consumers).mean() == 0.0;
        if ready.mean() >= WAITING_MIN || (is_for_nobody && ready.mean() > 0.0) {
            let whom = if queue.manual { " for people" } else { "" };
            words.push(format!("{} waiting{whom} at the end", number(ready)));
            if let (false, Some(waited)) = (is_for_nobody, &queue.waits)
                && self.runs.len() == 1
            {
                words.push(format!("95 of 100 waited {} at most", span(waited.p95_ns as f64)));
            }
        }
        let mut lost = |figure: Figure, how: &str| {
            if figure.mean() > 0.0 {
                words.push(format!("{} {how}", number(figure)));
            }
        };
        lost(of(|it| it.counters.refused), "refused");
        lost(of(|it| it.counters.dropped), "dropped for want of room");
        lost(of(|it| it.counters.expired), "expired");
        lost(of(|it| it.counters.rejected), "rejected by a consumer");
        lost(of(|it| it.counters.over_delivered), "delivered too often");
        lost(of(|it| it.counters.lost), "lost in a restart");
        lost(of(|it| it.counters.purged), "purged");
        lost(of(|it| it.counters.dead_lettered), "dead-lettered");
        lost(of(|it| it.counters.redelivered), "delivered again");
        line(&format!("{} / {}", queue.broker, queue.name), &words)
    }

    /// Caches that had no room.
    pub(super) fn caches(&self) -> Vec<String> {
        let Some(first) = self.runs.first() else { return Vec::new() };
        let caches = first.summary.caches.iter().enumerate();
        let lines = caches.filter_map(|(at, cache)| {
            let refused = self.figure(|run| {
                run.summary.caches.get(at).map_or(0.0, |it| it.counts.refused as f64)
            });
            let words = (refused.mean() > 0.0)
                .then(|| format!("{} items refused for want of room", number(refused)));
            line(&cache.name, words.as_slice())
        });
        lines.collect()
    }

    /// Sagas that were not settled, or not well.
    pub(super) fn sagas(&self) -> Vec<String> {
        let Some(first) = self.runs.first() else { return Vec::new() };
        let sagas = first.summary.sagas.iter().enumerate();
        let lines = sagas.filter_map(|(at, saga)| {
            let of = |figure: fn(&SagaCounts) -> u64| {
                self.figure(|run| {
                    run.summary.sagas.get(at).map_or(0.0, |it| figure(&it.counts) as f64)
                })
            };
            let ends = [
                (of(|it| it.taken_back), "taken back"),
                (of(|it| it.manual), "left to people"),
                (of(|it| it.abandoned), "given up and nobody told"),
                (of(|it| it.interrupted), "cut off in the middle"),
            ];
            let ends = ends.into_iter().filter(|(figure, _)| figure.mean() > 0.0);
            let words: Vec<_> =
                ends.map(|(figure, how)| format!("{} {how}", number(figure))).collect();
            line(&format!("{} / {}", saga.service, saga.name), &words)
        });
        lines.collect()
    }

    /// Things that are in a state for too long.
    pub(super) fn stuck(&self) -> Vec<String> {
        let Some(first) = self.runs.first() else { return Vec::new() };
        let machines = first.summary.machines.iter().enumerate();
        let lines = machines.flat_map(|(at, machine)| {
            machine.states.iter().enumerate().filter_map(move |(number_of, (state, ..))| {
                let stuck = self.figure(|run| {
                    let machine = run.summary.machines.get(at);
                    let state = machine.and_then(|it| it.states.get(number_of));
                    state.map_or(0.0, |(_, _, stuck)| *stuck as f64)
                });
                let words = (stuck.mean() > 0.0)
                    .then(|| format!("{} in {state} for too long", number(stuck)));
                line(&format!("{} / {}", machine.service, machine.name), words.as_slice())
            })
        });
        lines.collect()
    }
}

/// The part of the time for which the processors of a service's replicas were throttled.
fn throttled(run: &Played, at: usize) -> f64 {
    let Some(service) = run.summary.services.get(at) else { return 0.0 };
    let time = run.summary.lasted_ns as f64 * f64::from(service.wanted.max(1));
    if time > 0.0 { service.throttled_ns as f64 / time } else { 0.0 }
}

fn counted(figure: Figure, one: &str, many: &str) -> Option<String> {
    if figure.mean() <= 0.0 {
        return None;
    }
    let text = number(figure);
    Some(format!("{text} {}", if text == "1" { one } else { many }))
}

fn line(name: &str, words: &[String]) -> Option<String> {
    (!words.is_empty()).then(|| format!("{name}  {}", words.join(", ")))
}
