//! Autoscalers, and operations that are done on their own.

use crate::autoscaler::{Observed, PodSample, SYNC_PERIOD_NS, Use};
use crate::observe::{Involved, Kind};
use crate::pending::Pending;
use crate::program::NONE;
use crate::random;

use super::Run;
use super::frame::{Frame, Role};
use super::state::{NOBODY, Phase};
use super::ticks::Tick;

impl<Q: Pending> Run<Q> {
    /// An autoscaler looks at its replicas and decides.
    pub(super) fn autoscale(&mut self, service: u32) {
        self.tick_after(SYNC_PERIOD_NS, Tick::Autoscale { service });
        self.events += 1;
        let samples = self.pod_samples(service);
        let backlog = self.backlog_of(service);
        let state = &mut self.services[service as usize];
        if state.unmanaged > 0 || state.platforms_down > 0 {
            // Nobody tells it anything.
            return;
        }
        let Some(autoscaler) = state.autoscaler.as_mut() else { return };
        let observed = Observed {
            spec_replicas: state.wanted,
            status_replicas: u32::try_from(samples.len()).unwrap_or(0),
            pods: &samples,
            backlog,
        };
        let decision = autoscaler.reconcile(self.now, &observed);
        state.autoscaler_limited = decision.replicas;
        if decision.changed {
            let message = format!("New size: {}", decision.replicas);
            let involved = Involved::Service(service);
            self.record_event(Kind::Normal, "SuccessfulRescale", involved, message);
            self.record_scaling(service, decision.replicas);
            self.scale_to(service, decision.replicas);
        }
    }

    /// What the metrics server says of each replica.
    fn pod_samples(&mut self, service: u32) -> Vec<PodSample> {
        let now = self.now;
        let mut samples = Vec::new();
        for id in self.services[service as usize].replicas.clone() {
            self.bring_up_to_date(id);
            let table = &self.program.services[service as usize];
            let replica = &mut self.replicas[id as usize];
            let used = replica.cpu_usage();
            let window = now - replica.sampled_ns;
            // A process that was started in between counts from zero again.
            let spent = used.saturating_sub(replica.used_before);
            replica.used_before = used;
            replica.sampled_ns = now;
            let millicores = (spent * 1000).checked_div(window);
            let memory = replica.memory_bytes(&self.services[service as usize].memory);
            let is_up = matches!(replica.phase, Phase::Up | Phase::Stopping);
            let requests = replica.arrivals.saturating_sub(replica.arrivals_before);
            replica.arrivals_before = replica.arrivals;
            samples.push(PodSample {
                phase: crate::autoscaler::Phase::Running,
                deleted: replica.phase == Phase::Stopping,
                ready: replica.ready,
                ready_changed_ns: replica.ready_changed_at,
                started_ns: replica.started_at,
                sampled_ns: now,
                window_ns: window,
                cpu: Use { request: table.cpu_request_m, usage: millicores.filter(|_| is_up) },
                memory: Use {
                    request: table.memory.request,
                    usage: Some(memory).filter(|_| is_up),
                },
                requests: (window > 0).then(|| knockon_core::Rate {
                    per_hour: requests as f64 / window as f64 * crate::clock::HOUR as f64,
                }),
            });
        }
        samples
    }

    /// Brings what is kept lazily of a replica's processor up to date.
    pub(crate) fn bring_up_to_date(&mut self, id: u32) {
        let now = self.now;
        if let Some(cpu) = &mut self.replicas[id as usize].cpu {
            cpu.advance(now);
        }
    }

    /// Messages that wait in the queues that a service consumes from.
    fn backlog_of(&self, service: u32) -> Option<u64> {
        let consumers = &self.program.services[service as usize].consumers;
        let queues = consumers.iter().map(|operation| {
            let queue = self.program.operations[*operation as usize].consumes as usize;
            self.queues[queue].queue.ready() as u64
        });
        (!consumers.is_empty()).then(|| queues.sum())
    }

    /// An operation is done that nobody asked for.
    pub(super) fn periodic(&mut self, operation: u32, number: u32) {
        let table = &self.program.operations[operation as usize];
        let (every, service, entry) = (table.every_ns, table.service, table.entry);
        self.tick_after(every, Tick::Periodic { operation, number: number.wrapping_add(1) });
        self.events += 1;
        let luck = random::hash(&[self.seed, u64::from(operation), u64::from(number)]);
        let frame = Frame {
            ip: entry,
            operation,
            replica: NONE,
            user: NOBODY,
            role: Role::Action,
            started: self.now,
            since: self.now,
            luck,
            ..Frame::EMPTY
        };
        // Its own replicas do it; one that has none misses its time.
        if self.services[service as usize].ready.is_empty() {
            return;
        }
        if let Some(next) = self.enter(frame, service) {
            self.follow(next);
        }
    }
}
