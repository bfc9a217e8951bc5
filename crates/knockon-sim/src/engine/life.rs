//! The life of replicas: starting, ending, starting again; how many there are.

use std::collections::VecDeque;

use crate::clock::SECOND;
use crate::cpu::Cpu;
use crate::observe::{Involved, Kind};
use crate::pending::Pending;
use crate::pool::Pool;
use crate::program::NONE;
use crate::random;
use crate::restart::Restarts;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::finish::Answer;
use super::frame::{Frame, HOLDS_CONNECTION, Outcome, Role};
use super::state::{Consumer, Guard, Phase, ProbeState, Replica};
use super::ticks::Tick;

/// How long a replica that is to stop may go on with what it has
/// (Kubernetes' `terminationGracePeriodSeconds`).
const GRACE_NS: u64 = 30 * SECOND;

impl<Q: Pending> Run<Q> {
    /// A new replica; its process is yet to start.
    pub(super) fn add_replica(&mut self, service: u32) -> u32 {
        let id = u32::try_from(self.replicas.len()).unwrap_or(NONE);
        let state = &mut self.services[service as usize];
        let (ordinal, version, revision) = (state.ordinals, state.version, state.revision);
        state.ordinals += 1;
        state.replicas.push(id);
        let cpu_limit = state.cpu_limit_m;
        let table = &self.program.services[service as usize];
        let pools =
            table.pools.iter().map(|pool| Pool::new(pool.size, pool.idle, pool.lifetime_ns));
        let limiters = table.operations.clone().filter_map(|operation| {
            let limit = self.program.operations[operation as usize].limit.clone()?;
            Some((operation, limit))
        });
        let consumers = table
            .consumers
            .iter()
            .map(|operation| Consumer { operation: *operation, ..Consumer::default() });
        let luck = random::hash(&[self.seed, u64::from(id), 0xc9]);
        // What can never use up its quota needs none.
        let needs_cpu =
            cpu_limit.is_some_and(|limit| u64::from(table.workers).saturating_mul(1000) > limit);
        let replica = Replica {
            service,
            ordinal,
            phase: Phase::Starting,
            ready: false,
            frozen: false,
            incarnation: 0,
            version,
            revision,
            free_workers: table.workers,
            live: 0,
            live_max: u32::MAX,
            backlog: table.backlog,
            queue: VecDeque::new(),
            cpu: needs_cpu.then(|| Cpu::new(cpu_limit, luck % 100_000_000)),
            cpu_limit_m: cpu_limit,
            cpu_quota_m: cpu_limit.filter(|_| needs_cpu),
            cpu_seq: 0,
            cpu_due: 0,
            used_ns: 0,
            used_before: 0,
            sampled_ns: self.now,
            arrivals: 0,
            arrivals_before: 0,
            held_down: false,
            leaked: 0,
            leak_per_s: 0,
            pools: pools.collect(),
            guards: self.guards_of(service),
            limiters: limiters.collect(),
            consumers: consumers.collect(),
            last_blame: NOTHING,
            pool_blame: NOTHING,
            probe_blame: NOTHING,
            trouble: NOTHING,
            started_at: self.now,
            ready_changed_at: self.now,
            restarts: 0,
            restart: Restarts::new(table.restart),
            probes: [ProbeState::default(); 3],
            held: Vec::new(),
            last_end: "",
        };
        self.replicas.push(replica);
        self.watch_replica(service, version);
        self.set_live_max(id);
        self.join_consumers(id);
        self.settle_replica(id);
        id
    }

    /// The queues that it works off know its consumers.
    fn join_consumers(&mut self, id: u32) {
        let service = self.replicas[id as usize].service;
        for (consumer, operation) in
            self.program.services[service as usize].consumers.iter().enumerate()
        {
            let queue = self.program.operations[*operation as usize].consumes;
            let consumer = u32::try_from(consumer).unwrap_or(NONE);
            self.queues[queue as usize].consumers.push((id, consumer));
        }
    }

    fn guards_of(&self, service: u32) -> Vec<Guard> {
        let guarded = self.program.sites.iter().enumerate();
        let mine = guarded.filter(|(_, site)| site.service == service && site.guard != NONE);
        let mut guards: Vec<Guard> = mine
            .map(|(at, site)| Guard {
                site: u32::try_from(at).unwrap_or(NONE),
                breaker: site.breaker.map(crate::breaker::Breaker::new),
                forced: self.forced(u32::try_from(at).unwrap_or(NONE)),
                limiter: site.limit.clone(),
                free_places: site.bulkhead.map_or(u32::MAX, |it| it.concurrent),
                waiting: VecDeque::new(),
                budget: site.budget.map(|share| {
                    crate::retry::Budget::new(knockon_core::Share { percent: share * 100.0 })
                }),
                because: NOTHING,
            })
            .collect();
        guards.sort_by_key(|guard| self.program.sites[guard.site as usize].guard);
        guards
    }

    /// How many requests its memory has room for.
    pub(super) fn set_live_max(&mut self, id: u32) {
        let replica = &mut self.replicas[id as usize];
        let memory = self.services[replica.service as usize].memory;
        let is_cache = self.services[replica.service as usize].cache.is_some();
        let room = memory
            .limit
            .filter(|_| !is_cache)
            .map(|limit| limit.saturating_sub(memory.idle).saturating_sub(replica.leaked));
        replica.live_max = match room {
            None => u32::MAX,
            Some(0) => 0,
            Some(_) if memory.per_request == 0 => u32::MAX,
            Some(room) => u32::try_from(room / memory.per_request).unwrap_or(u32::MAX),
        };
    }

    /// Starts the process of a replica.
    pub(super) fn start_process(&mut self, id: u32) {
        let now = self.now;
        let replica = &mut self.replicas[id as usize];
        if replica.held_down || self.services[replica.service as usize].platforms_down > 0 {
            // It is started when that is over.
            replica.phase = Phase::Ended;
            return;
        }
        replica.incarnation = replica.incarnation.wrapping_add(1);
        replica.phase = Phase::Starting;
        replica.started_at = now;
        replica.leaked = 0;
        let (incarnation, service) = (replica.incarnation, replica.service);
        let start_ns = self.services[service as usize].start_ns;
        self.process_begins(id);
        self.set_live_max(id);
        self.begin_probes(id, false);
        self.tick_after(start_ns, Tick::Started { replica: id, incarnation });
    }

    /// The process of a replica can serve.
    pub(super) fn started(&mut self, id: u32, incarnation: u32) {
        let replica = &mut self.replicas[id as usize];
        if replica.incarnation != incarnation || replica.phase != Phase::Starting {
            return;
        }
        self.events += 1;
        let crash = self.crashes_after(id);
        if let Some((0, reason)) = crash {
            self.end_process(id, "Error", true, reason);
            return;
        }
        let trouble = self.reason_of_grips(id);
        let replica = &mut self.replicas[id as usize];
        replica.phase = Phase::Up;
        // Why the last process ended is over; the first requests may still wait because of it.
        let ended = std::mem::replace(&mut replica.trouble, trouble);
        replica.last_blame = if ended == NOTHING { replica.last_blame } else { ended };
        let service = replica.service;
        if let Some((after_ns, _)) = crash {
            self.tick_after(after_ns, Tick::Crash { replica: id, incarnation });
        }
        self.record_event(
            Kind::Normal,
            "Started",
            Involved::Replica(id),
            "Started container".to_owned(),
        );
        if self.program.services[service as usize].readiness.is_none() {
            self.set_ready(id, true);
        }
        self.begin_leak(id);
        self.feed_consumers(id);
    }

    /// A replica that is up begins to take messages.
    pub(super) fn feed_consumers(&mut self, id: u32) {
        for at in 0..self.replicas[id as usize].consumers.len() {
            let operation = self.replicas[id as usize].consumers[at].operation;
            self.feed(self.program.operations[operation as usize].consumes);
        }
    }

    /// Whether a replica gets requests.
    pub(super) fn set_ready(&mut self, id: u32, ready: bool) {
        let now = self.now;
        let replica = &mut self.replicas[id as usize];
        if replica.ready == ready {
            return;
        }
        replica.ready = ready;
        replica.ready_changed_at = now;
        let service = replica.service;
        let list = &mut self.services[service as usize].ready;
        if ready {
            // In the order of their numbers, so that no history decides who is asked.
            let place = list.partition_point(|other| *other < id);
            list.insert(place, id);
        } else {
            list.retain(|other| *other != id);
        }
        self.look_at_service(service);
        self.watch_over(service);
        if ready {
            self.ready_again(service);
        }
        self.roll_on_later(service);
    }

    /// A service that answers again works off what waited for it.
    pub(super) fn ready_again(&mut self, service: u32) {
        for queue in 0..self.program.queues.len() {
            if self.program.queues[queue].broker == service {
                self.feed(u32::try_from(queue).unwrap_or(NONE));
            }
        }
    }

    /// The process of a replica ends. What it worked on is lost; whoever waited is told.
    pub(crate) fn end_process(&mut self, id: u32, how: &'static str, failed: bool, reason: u32) {
        let now = self.now;
        let phase = self.replicas[id as usize].phase;
        if matches!(phase, Phase::Gone | Phase::BackingOff | Phase::Ended) {
            return;
        }
        self.record_end(id, how);
        let replica = &mut self.replicas[id as usize];
        let was_stopping = phase == Phase::Stopping;
        replica.last_end = how;
        replica.trouble = reason;
        let ran_since = replica.started_at;
        let restart = replica.restart.ended(now, ran_since, failed);
        self.tear_down(id, reason);
        let service = self.replicas[id as usize].service;
        if was_stopping {
            self.remove_replica(id);
            return;
        }
        let state = &self.services[service as usize];
        let is_held = self.replicas[id as usize].held_down;
        let is_managed = state.unmanaged == 0 && state.platforms_down == 0 && !is_held;
        match restart.filter(|_| is_managed) {
            Some(at_ns) => {
                let replica = &mut self.replicas[id as usize];
                replica.phase = Phase::BackingOff;
                let incarnation = replica.incarnation;
                if at_ns > now {
                    let message = "Back-off restarting failed container".to_owned();
                    self.record_event(Kind::Warning, "BackOff", Involved::Replica(id), message);
                }
                self.tick_at(at_ns, Tick::Restart { replica: id, incarnation });
            }
            None => self.replicas[id as usize].phase = Phase::Ended,
        }
        self.watch_over(service);
    }

    pub(super) fn restart_due(&mut self, id: u32, incarnation: u32) {
        let replica = &mut self.replicas[id as usize];
        if replica.incarnation != incarnation || replica.phase != Phase::BackingOff {
            return;
        }
        let state = &self.services[replica.service as usize];
        if replica.held_down || state.platforms_down > 0 || state.unmanaged > 0 {
            replica.phase = Phase::Ended;
            return;
        }
        self.events += 1;
        replica.restarts += 1;
        self.start_process(id);
    }

    /// Everything that a process had is gone.
    fn tear_down(&mut self, id: u32, reason: u32) {
        self.set_ready(id, false);
        let service = self.replicas[id as usize].service;
        let table = &self.program.services[service as usize];
        let (workers, part) = (table.workers, Part::Service(service));
        let replica = &mut self.replicas[id as usize];
        replica.phase = Phase::Ended;
        replica.incarnation = replica.incarnation.wrapping_add(1);
        replica.queue.clear();
        replica.held.clear();
        replica.free_workers = workers;
        replica.live = 0;
        replica.frozen = false;
        replica.cpu_seq = 0;
        if let Some(cpu) = &mut replica.cpu {
            cpu.clear(self.now);
            cpu.thaw(self.now);
        }
        let dying: Vec<(u32, Frame)> = (self.frames.iter())
            .filter(|(_, frame)| frame.replica == id)
            .map(|(handle, frame)| (handle.index, *frame))
            .collect();
        // All connections end before anybody hears of it: whoever asks again at once opens another.
        for _ in dying.iter().filter(|(_, frame)| frame.has(HOLDS_CONNECTION)) {
            self.close_connection(service);
        }
        if self.services[service as usize].ready.is_empty() {
            self.cut_pools_to(service);
        }
        let guards = self.guards_of(service);
        self.replicas[id as usize].guards = guards;
        self.close_pools(id);
        let blame = self.reasons.because(part, Effect::Died, reason);
        // What was to go on at this instant does not.
        self.ready.retain(|at| self.frames[*at].replica != id);
        self.take_back_messages(id, &dying);
        for (at, _) in &dying {
            // Nobody hears of an answer from here on, and nothing is taken up again.
            self.frames[*at].awaits = 0;
            self.frames[*at].wake = 0;
            self.frames[*at].timer = 0;
        }
        for (at, frame) in dying {
            self.bereave(at, frame, blame);
        }
        self.forget_data(service);
    }

    /// Connections to others are closed with the process that had them.
    pub(super) fn close_pools(&mut self, id: u32) {
        let service = self.replicas[id as usize].service;
        for pool in 0..self.replicas[id as usize].pools.len() {
            let closed = self.replicas[id as usize].pools[pool].cut();
            let to = self.who_answers(self.program.services[service as usize].pools[pool].to);
            let state = &mut self.services[to as usize];
            state.connections = state.connections.saturating_sub(closed);
            let table = self.program.services[service as usize].pools[pool];
            self.replicas[id as usize].pools[pool] =
                Pool::new(table.size, table.idle, table.lifetime_ns);
        }
    }

    /// Messages that the replica had are ready again.
    fn take_back_messages(&mut self, id: u32, dying: &[(u32, Frame)]) {
        let mut messages: Vec<(u32, u32, bool)> = Vec::new();
        for consumer in &mut self.replicas[id as usize].consumers {
            let operation = &self.program.operations[consumer.operation as usize];
            let (queue, acked) = (operation.consumes, operation.acks_before);
            messages.extend(consumer.held.drain(..).map(|message| (queue, message, acked)));
            consumer.busy = 0;
        }
        for (_, frame) in dying.iter().filter(|(_, frame)| frame.role == Role::Consumer) {
            let operation = &self.program.operations[frame.operation as usize];
            messages.push((operation.consumes, frame.extra, operation.acks_before));
        }
        for (queue, message, acked) in messages {
            if acked {
                // It was taken off before the work, and dies with it.
                let message_blame = self.replicas[id as usize].trouble;
                let user = self.messages[message].user;
                self.lose_for(user, message_blame);
                self.troubles.message_lost(queue, message_blame, self.now);
                self.end_message(message);
            } else {
                self.give_back_message(queue, message);
                self.feed(queue);
            }
        }
    }

    /// Whoever waited for a frame that dies is told that the connection is gone.
    fn bereave(&mut self, at: u32, mut frame: Frame, blame: u32) {
        frame.blame = blame;
        if let Some(saga) = self.sagas.get_mut(frame.saga as usize) {
            saga.interrupted += 1;
        }
        match frame.role {
            Role::Call => {
                if let Some(next) = self.answer(&Answer::of(&frame, Outcome::Reset)) {
                    self.ready.push(next);
                }
            }
            Role::Action => self.action_ends(frame.user, Outcome::Reset, blame),
            Role::Detached => self.note_failure(&frame, Outcome::Reset),
            Role::Branch | Role::Consumer | Role::Probe => {}
        }
        self.release(at);
    }

    /// What a store without a disk loses with its process.
    fn forget_data(&mut self, service: u32) {
        let state = &mut self.services[service as usize];
        let has_others = !state.ready.is_empty();
        if let Some(cache) = state.cache.as_mut().filter(|_| !has_others) {
            cache.flush();
        }
        if has_others {
            return;
        }
        for queue in 0..self.queues.len() {
            if self.program.queues[queue].broker != service {
                continue;
            }
            self.restart_queue(queue);
        }
    }

    /// A broker that ends loses what is not durable; what consumers hold is ready again.
    fn restart_queue(&mut self, queue: usize) {
        let mut left = std::mem::take(&mut self.left);
        let before = left.len();
        self.queues[queue].queue.restart(&mut left);
        self.left = left;
        let trouble = self.services[self.program.queues[queue].broker as usize].trouble;
        self.queues[queue].trouble = trouble;
        self.settle_left(before);
        let number = u32::try_from(queue).unwrap_or(NONE);
        for (replica, consumer) in self.queues[queue].consumers.clone() {
            let consumer = &mut self.replicas[replica as usize].consumers[consumer as usize];
            if self.program.operations[consumer.operation as usize].acks_before {
                // What it has taken off is its own.
                continue;
            }
            consumer.held.clear();
            consumer.busy = 0;
        }
        self.detach_consumers(number);
    }

    /// What consumers are working on goes on, but nobody hears how it ends: the message has gone back.
    fn detach_consumers(&mut self, queue: u32) {
        let of_queue = |frame: &Frame| {
            frame.role == Role::Consumer
                && self.program.operations[frame.operation as usize].consumes == queue
                && !self.program.operations[frame.operation as usize].acks_before
        };
        let working: Vec<u32> = (self.frames.iter())
            .filter(|(_, frame)| of_queue(frame))
            .map(|(handle, _)| handle.index)
            .collect();
        for at in working {
            self.frames[at].role = Role::Detached;
        }
    }

    /// The memory of a replica is used up, and it is killed.
    pub(super) fn out_of_memory(&mut self, id: u32, incarnation: u32) {
        let replica = &self.replicas[id as usize];
        if replica.incarnation != incarnation {
            return;
        }
        let because = if replica.trouble == NOTHING { replica.last_blame } else { replica.trouble };
        let part = Part::Service(replica.service);
        let reason = self.reasons.because(part, Effect::OutOfMemory, because);
        self.end_process(id, "OOMKilled", true, reason);
    }

    /// A replica takes nothing new, and goes when it is done.
    pub(super) fn stop_replica(&mut self, id: u32) {
        let replica = &mut self.replicas[id as usize];
        match replica.phase {
            Phase::Stopping | Phase::Gone => return,
            Phase::Up => replica.phase = Phase::Stopping,
            Phase::Starting | Phase::BackingOff | Phase::Ended => {
                self.tear_down(id, NOTHING);
                self.remove_replica(id);
                return;
            }
        }
        // Only now, so that a rollout that goes on at this knows that it is on its way out.
        self.set_ready(id, false);
        let replica = &self.replicas[id as usize];
        let (live, incarnation) = (replica.live, replica.incarnation);
        self.record_event(
            Kind::Normal,
            "Killing",
            Involved::Replica(id),
            "Stopping container".to_owned(),
        );
        self.return_held(id);
        if live == 0 {
            self.stopped_gracefully(id);
        } else {
            self.tick_after(GRACE_NS, Tick::Grace { replica: id, incarnation });
        }
    }

    /// Messages that a stopping replica holds and has not begun go back, unless it has taken them off.
    fn return_held(&mut self, id: u32) {
        for at in 0..self.replicas[id as usize].consumers.len() {
            let consumer = &mut self.replicas[id as usize].consumers[at];
            let operation = &self.program.operations[consumer.operation as usize];
            if operation.acks_before {
                continue;
            }
            let queue = operation.consumes;
            let held: Vec<u32> = consumer.held.drain(..).collect();
            for message in held {
                self.give_back_message(queue, message);
            }
            self.feed(queue);
        }
    }

    /// Nobody waits for it any more: it ends once this instant is over. What it does in the background
    /// ends with it.
    pub(super) fn stopped_gracefully(&mut self, id: u32) {
        let incarnation = self.replicas[id as usize].incarnation;
        self.tick_after(0, Tick::Idle { replica: id, incarnation });
    }

    pub(super) fn idle(&mut self, id: u32, incarnation: u32) {
        if self.replicas[id as usize].live == 0 {
            self.grace_over(id, incarnation);
        }
    }

    pub(super) fn grace_over(&mut self, id: u32, incarnation: u32) {
        let replica = &self.replicas[id as usize];
        if replica.incarnation == incarnation && replica.phase == Phase::Stopping {
            self.tear_down(id, NOTHING);
            self.remove_replica(id);
        }
    }

    fn remove_replica(&mut self, id: u32) {
        let replica = &mut self.replicas[id as usize];
        replica.phase = Phase::Gone;
        replica.incarnation = replica.incarnation.wrapping_add(1);
        let service = replica.service as usize;
        self.services[service].replicas.retain(|other| *other != id);
        for queue in &mut self.queues {
            queue.consumers.retain(|(replica, _)| *replica != id);
        }
        self.roll_on_later(u32::try_from(service).unwrap_or(NONE));
    }

    /// Sees to it that a service has so many replicas.
    pub(crate) fn scale_to(&mut self, service: u32, wanted: u32) {
        let state = &mut self.services[service as usize];
        state.wanted = wanted;
        if state.platforms_down > 0 || state.unmanaged > 0 || state.rollout.is_some() {
            return;
        }
        let current: Vec<u32> = self.current_replicas(service);
        for _ in current.len()..wanted as usize {
            let id = self.add_replica(service);
            self.start_process(id);
        }
        // Those that are not ready go first, then the youngest.
        let mut order = current;
        order.sort_by_key(|id| (self.replicas[*id as usize].ready, std::cmp::Reverse(*id)));
        let too_many = order.len().saturating_sub(wanted as usize);
        for id in order.into_iter().take(too_many) {
            self.stop_replica(id);
        }
        self.watch_over(service);
    }

    /// The replicas of a service that are not on their way out.
    pub(crate) fn current_replicas(&self, service: u32) -> Vec<u32> {
        let all = self.services[service as usize].replicas.iter().copied();
        all.filter(|id| !matches!(self.replicas[*id as usize].phase, Phase::Stopping | Phase::Gone))
            .collect()
    }

    /// Starts again whatever of a service does not run.
    pub(crate) fn revive(&mut self, service: u32) {
        for id in self.current_replicas(service) {
            if matches!(self.replicas[id as usize].phase, Phase::Ended | Phase::BackingOff) {
                self.start_process(id);
            }
        }
        self.roll_on(service);
        let wanted = self.services[service as usize].wanted;
        self.scale_to(service, wanted);
    }
}
