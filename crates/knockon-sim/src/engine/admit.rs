//! A request on its way to a service, and at its door.

use crate::limiter::Verdict;
use crate::pending::Pending;
use crate::program::{Ask, NONE};
use crate::random;
use crate::truth::{Effect, NOTHING, Part};

use super::condition::{Bend, Bent, CONNECT_GIVES_UP_NS, Condition, OUTSIDE};
use super::frame::{
    At, COUNTED, Frame, HOLDS_CONNECTION, HOLDS_WORKER, Hold, Outcome, Role, TRACED,
};
use super::state::{NOBODY, Phase, SAMPLED};
use super::steps::Next;
use super::stop::Stop;
use super::ticks::Tick;
use super::{Run, TIMER};

/// How a request fares at a service's door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// It has all it needs.
    Runs,
    /// It waits for a worker, or is still on its way.
    Waits,
    /// It is over.
    Ends(Outcome),
}

/// What the path of a request is multiplied with at each step.
const PATH: u64 = 0xff51_afd7_ed55_8ccd;
/// What a step's luck is multiplied with for each attempt.
pub(super) const ATTEMPT: u64 = 0xd6e8_feb8_6659_fd93;

impl<Q: Pending> Run<Q> {
    /// Puts a frame where it is found; stops the run when there are too many.
    #[inline(always)]
    pub(super) fn insert(&mut self, frame: Frame) -> Option<u32> {
        let at = self.claim()?;
        self.frames[at] = frame;
        Some(at)
    }

    /// A place for a frame, which the caller writes.
    #[inline(always)]
    fn claim(&mut self) -> Option<u32> {
        let Some(at) = self.frames.claim() else {
            self.too_much("requests", u64::from(self.frames.limit()));
            return None;
        };
        if at as usize >= self.holds.len() {
            self.holds.push(Hold::default());
        }
        Some(at)
    }

    #[cold]
    pub(super) fn too_much(&mut self, what: &'static str, limit: u64) {
        let place = self.longest_line();
        self.stop(Stop::TooMuch { at_ns: self.now, what, limit, place });
    }

    /// A call is a new request at another service.
    #[inline(always)]
    pub(super) fn call(&mut self, at: u32, ask: Ask) -> Next {
        let Some(child) = self.claim() else { return Next::Other(None) };
        let now = self.now;
        let frame = &mut self.frames[at];
        frame.at = At::Asking;
        frame.child = child;
        // Each attempt of a saga is another request, with luck of its own.
        let tries = if frame.saga == NONE { 0 } else { u64::from(frame.tries) - 1 };
        let attempt = (u64::from(frame.attempt) | tries << 8).wrapping_mul(ATTEMPT);
        let luck = random::mix((frame.luck ^ ask.key).wrapping_add(attempt));
        // The same for every attempt of a call: what is done twice is known by it.
        let identity = u64::from(frame.path) ^ ask.key ^ tries << 32;
        let path = (identity.wrapping_mul(PATH) >> 32) as u32;
        let (user, awaits, traced) = (frame.user, frame.awaits, frame.flags & TRACED);
        let blame = if frame.attempt == 0 { frame.tainted() } else { frame.suspect };
        let (from, pooled, operation) = (ask.service, ask.is_pooled, ask.operation);
        let table = &self.program.operations[operation as usize];
        let (entry, idempotent) = (table.entry, table.idempotent);
        let (to, replica) = self.door(ask.to);
        self.frames[child] = Frame {
            ip: entry,
            operation,
            replica,
            user,
            parent: at,
            ticket: awaits,
            role: Role::Call,
            blame,
            path,
            flags: traced,
            started: now,
            since: now,
            luck,
            ..Frame::EMPTY
        };
        if idempotent && self.is_repetition(&self.frames[child]) {
            // It recognises the repetition, and has nothing to do.
            self.frames[child].ip = self.program.end;
        }
        if traced != 0 {
            self.trace_call(at, child);
        }
        self.carry(user);
        let arrival = self.travel(child, from, to, pooled);
        Next::Other(self.arrived(child, arrival))
    }

    /// The same, where it is not worth a copy of its own.
    pub(super) fn call_out(&mut self, at: u32, ask: Ask) -> Next {
        self.call(at, ask)
    }

    /// A request that comes from outside, or from the service itself.
    pub(super) fn enter(&mut self, frame: Frame, to: u32) -> Option<u32> {
        let at = self.insert(frame)?;
        let (to, replica) = self.door(to);
        self.frames[at].replica = replica;
        let arrival = self.travel(at, NONE, to, true);
        self.arrived(at, arrival)
    }

    /// A user asks for the next operation of the journey.
    #[inline(always)]
    pub(super) fn user_acts(&mut self, at: u32) {
        let Some(request) = self.claim() else { return };
        let now = self.now;
        let user = &mut self.users[at];
        user.action_started = now;
        let (number, blame) = (user.action, user.blame);
        let luck = random::mix(user.luck.wrapping_add(u64::from(number)));
        let flags = if user.flags & SAMPLED == 0 { 0 } else { TRACED };
        let operation = self.program.journeys[user.journey as usize].actions[number as usize];
        let table = &self.program.operations[operation as usize];
        let (ip, to) = (table.entry, table.service);
        let (to, replica) = self.door(to);
        self.frames[request] = Frame {
            ip,
            operation,
            replica,
            user: at,
            role: Role::Action,
            blame,
            path: number + 1,
            flags,
            started: now,
            since: now,
            luck,
            ..Frame::EMPTY
        };
        if flags != 0 {
            self.trace_begins(request);
        }
        let arrival = self.travel(request, NONE, to, true);
        if let Some(next) = self.arrived(request, arrival) {
            self.follow_here(next);
        }
    }

    /// Who answers for a service, and the replica whose turn it is: round robin, as a load balancer
    /// or a client that keeps connections does.
    #[inline(always)]
    fn door(&mut self, to: u32) -> (u32, u32) {
        let mut to = to;
        let mut service = &mut self.services[to as usize];
        if service.redirect != NONE {
            to = service.redirect;
            service = &mut self.services[to as usize];
        }
        let mut cursor = service.cursor as usize;
        if cursor >= service.ready.len() {
            cursor = 0;
        }
        let Some(replica) = service.ready.get(cursor).copied() else { return (to, NONE) };
        service.cursor = service.cursor.wrapping_add(1);
        if cursor == 0 {
            service.cursor = 1;
        }
        (to, replica)
    }

    /// What becomes of a frame that arrived so: the frame to go on with.
    #[inline(always)]
    pub(super) fn arrived(&mut self, at: u32, arrival: Arrival) -> Option<u32> {
        match arrival {
            Arrival::Runs => Some(at),
            Arrival::Waits => None,
            Arrival::Ends(outcome) => self.finish(at, outcome),
        }
    }

    /// Who answers in place of a service.
    #[inline(always)]
    pub(super) fn who_answers(&self, service: u32) -> u32 {
        let redirect = self.services[service as usize].redirect;
        if redirect == NONE { service } else { redirect }
    }

    /// From one service to a replica of another.
    #[inline(always)]
    fn travel(&mut self, at: u32, from: u32, to: u32, pooled: bool) -> Arrival {
        let service = &self.services[to as usize];
        let is_plain = service.conditions.is_empty()
            && (pooled || service.max_connections == u32::MAX)
            && (from == NONE || self.services[from as usize].outgoing.is_empty());
        if is_plain { self.arrives(at) } else { self.travel_bent(at, from, to, pooled) }
    }

    /// The same where something may be in the way.
    fn travel_bent(&mut self, at: u32, from: u32, to: u32, pooled: bool) -> Arrival {
        if self.frames[at].replica == NONE {
            return self.nobody_there(at, from, to);
        }
        if let Some(arrival) = self.bend_request(at, from, to) {
            return arrival;
        }
        if !pooled && self.services[to as usize].max_connections != u32::MAX {
            if !self.open_connection(to) {
                let blame = self.blame_of_connections(to);
                self.frames[at].blame = blame;
                return Arrival::Ends(Outcome::NoConnection);
            }
            self.frames[at].flags |= HOLDS_CONNECTION;
        }
        self.arrives(at)
    }

    /// Where nobody is ready a connection is refused, unless what is in the way answers first.
    fn nobody_there(&mut self, at: u32, from: u32, to: u32) -> Arrival {
        match self.bends(at, from, to, self.frames[at].luck).end {
            Some((Bend::Swallow, reason)) => return self.swallow(at, reason),
            Some((Bend::Answer(outcome), reason)) => {
                self.frames[at].blame = reason;
                return Arrival::Ends(outcome);
            }
            _ => {}
        }
        let because = self.why_nobody(to);
        self.frames[at].blame = self.reasons.because(Part::Service(to), Effect::Down, because);
        Arrival::Ends(Outcome::Refused)
    }

    /// What all conditions between two services do to a request.
    pub(super) fn bends(&self, at: u32, from: u32, to: u32, luck: u64) -> Bent {
        let mut bent = Bent::default();
        let frame = &self.frames[at];
        let asks = if from == NONE { OUTSIDE } else { from };
        for condition in &self.services[to as usize].conditions {
            if self.is_hit(frame, condition, asks, luck) {
                bent.add(condition, luck);
            }
        }
        if let Some(service) = self.services.get(from as usize) {
            for condition in &service.outgoing {
                if self.is_hit(frame, condition, to, luck) {
                    bent.add(condition, luck);
                }
            }
        }
        bent
    }

    fn is_hit(&self, frame: &Frame, condition: &Condition, other: u32, luck: u64) -> bool {
        (condition.other == NONE || condition.other == other)
            && (condition.operation == NONE || condition.operation == frame.operation)
            && condition
                .member
                .is_none_or(|(cohort, member)| self.member(frame.user, cohort) == member)
            && (condition.journey == NONE
                || (frame.user != NOBODY && self.users[frame.user].journey == condition.journey))
            && self.is_at(condition, frame.replica)
            && condition.hits(luck)
    }

    /// Whether a condition holds at a replica.
    fn is_at(&self, condition: &Condition, replica: u32) -> bool {
        if condition.version == NONE && condition.ordinals_below == NONE {
            return true;
        }
        self.replicas.get(replica as usize).is_some_and(|replica| {
            (condition.version == NONE || condition.version == replica.version)
                && replica.ordinal < condition.ordinals_below
        })
    }

    fn bend_request(&mut self, at: u32, from: u32, to: u32) -> Option<Arrival> {
        let bent = self.bends(at, from, to, self.frames[at].luck);
        if let Some((Bend::Swallow, reason)) = bent.end {
            return Some(self.swallow(at, reason));
        }
        let answer = bent.end.and_then(|(bend, reason)| match bend {
            Bend::Answer(outcome) => Some((outcome, reason)),
            Bend::Delay(_) | Bend::Swallow => None,
        });
        if bent.delay_ns > 0 {
            let frame = &mut self.frames[at];
            frame.at = At::Travelling;
            frame.delayed(bent.delay_ns, bent.late);
            if let Some((outcome, reason)) = answer {
                frame.extra = outcome as u32;
                frame.suspect = reason;
            }
            self.wake_after(at, bent.delay_ns);
            return Some(Arrival::Waits);
        }
        let (outcome, reason) = answer?;
        Some(Arrival::Ends(self.answered_instead(at, outcome, reason)))
    }

    /// A request is answered in place of what would have been done. An error is the service's own: it
    /// has got the request, and counts it.
    fn answered_instead(&mut self, at: u32, outcome: Outcome, reason: u32) -> Outcome {
        let frame = &mut self.frames[at];
        frame.blame = reason;
        let replica = self.replicas.get_mut(frame.replica as usize);
        if let Some(replica) = replica.filter(|_| outcome == Outcome::Failed) {
            frame.flags |= COUNTED;
            replica.live += 1;
            replica.arrivals += 1;
        }
        outcome
    }

    /// Nobody will ever answer: whoever asked waits, at most as long as a connection attempt lasts.
    fn swallow(&mut self, at: u32, reason: u32) -> Arrival {
        let frame = self.frames[at];
        if frame.role != Role::Call {
            // A user, or the service itself: nobody's patience ends but its own.
            let frame = &mut self.frames[at];
            frame.at = At::Travelling;
            frame.replica = NONE;
            frame.extra = Outcome::TimedOut as u32;
            frame.suspect = reason;
            self.wake_after(at, CONNECT_GIVES_UP_NS);
            return Arrival::Waits;
        }
        let parent = &mut self.frames[frame.parent];
        parent.suspect = reason;
        parent.child = NONE;
        if parent.timer == 0 {
            let due = self.now + CONNECT_GIVES_UP_NS;
            let seq = self.schedule(due, TIMER, frame.parent);
            self.frames[frame.parent].timer = seq;
        }
        self.release(at);
        Arrival::Waits
    }

    /// A request that was on its way is there.
    pub(super) fn arrive(&mut self, at: u32) -> bool {
        let frame = &self.frames[at];
        // A message that comes again has its own number there.
        let answer = Outcome::ALL.get(frame.extra as usize);
        let arrival = match answer.filter(|_| frame.role != Role::Consumer) {
            Some(outcome) => Arrival::Ends(self.answered_instead(at, *outcome, frame.suspect)),
            None => self.arrives(at),
        };
        match self.arrived(at, arrival) {
            Some(next) if next == at => true,
            Some(next) => {
                self.ready.push(next);
                false
            }
            None => false,
        }
    }

    /// At a replica: a worker, or a place in line.
    #[inline(always)]
    pub(super) fn arrives(&mut self, at: u32) -> Arrival {
        let frame = &mut self.frames[at];
        let Some(replica) = self.replicas.get_mut(frame.replica as usize) else {
            let to = self.program.operations[frame.operation as usize].service;
            return self.nobody_there(at, NONE, to);
        };
        let is_plain = replica.phase == Phase::Up
            && !replica.frozen
            && replica.live < replica.live_max
            && replica.limiters.is_empty();
        if !is_plain
            || (replica.free_workers == 0 && replica.queue.len() >= replica.backlog as usize)
        {
            return self.arrives_at_trouble(at);
        }
        replica.live += 1;
        replica.arrivals += 1;
        if replica.free_workers > 0 {
            replica.free_workers -= 1;
            frame.flags |= COUNTED | HOLDS_WORKER;
            frame.at = At::Running;
            return Arrival::Runs;
        }
        frame.flags |= COUNTED;
        frame.at = At::Queued;
        replica.queue.push_back(at);
        Arrival::Waits
    }

    /// The same where the replica is not itself: room in memory, its rate limit, a worker.
    fn arrives_at_trouble(&mut self, at: u32) -> Arrival {
        let now = self.now;
        let frame = &mut self.frames[at];
        let (id, operation) = (frame.replica as usize, frame.operation);
        let replica = &mut self.replicas[id];
        if replica.phase != Phase::Up && replica.phase != Phase::Stopping {
            let part = Part::Service(replica.service);
            let because = replica.trouble;
            self.frames[at].blame = self.reasons.because(part, Effect::Died, because);
            return Arrival::Ends(Outcome::Reset);
        }
        replica.live += 1;
        replica.arrivals += 1;
        frame.flags |= COUNTED;
        if replica.live > replica.live_max {
            // It is killed once this instant is over: others are in the middle of something now.
            frame.at = At::Travelling;
            let (replica, incarnation) = (frame.replica, replica.incarnation);
            self.tick_after(0, Tick::OutOfMemory { replica, incarnation });
            return Arrival::Waits;
        }
        if !replica.limiters.is_empty()
            && let Some(arrival) = self.limit_operation(at, operation)
        {
            return arrival;
        }
        self.need_worker(at, now)
    }

    /// The rate limit of the operation, kept by each replica.
    fn limit_operation(&mut self, at: u32, operation: u32) -> Option<Arrival> {
        let now = self.now;
        let replica = &mut self.replicas[self.frames[at].replica as usize];
        let (_, limiter) = replica.limiters.iter_mut().find(|(of, _)| *of == operation)?;
        match limiter.ask(now) {
            Verdict::Now => None,
            Verdict::Wait(until) => {
                let part = Part::Service(replica.service);
                let because = self.frames[at].blame;
                let blame = self.reasons.because(part, Effect::Limited, because);
                let frame = &mut self.frames[at];
                frame.delayed(until - now, blame);
                frame.at = At::Admitting;
                self.wake_after(at, until - now);
                Some(Arrival::Waits)
            }
            Verdict::Refused => {
                let part = Part::Service(replica.service);
                let because = self.frames[at].blame;
                self.frames[at].blame = self.reasons.because(part, Effect::Limited, because);
                Some(Arrival::Ends(Outcome::Limited))
            }
        }
    }

    pub(super) fn need_worker(&mut self, at: u32, now: u64) -> Arrival {
        let frame = &mut self.frames[at];
        let replica = &mut self.replicas[frame.replica as usize];
        if replica.free_workers > 0 && !replica.frozen {
            replica.free_workers -= 1;
            frame.flags |= HOLDS_WORKER;
            frame.at = At::Running;
            return Arrival::Runs;
        }
        // A consumer fetches its messages itself: nobody turns it away.
        if replica.queue.len() < replica.backlog as usize || frame.role == Role::Consumer {
            replica.queue.push_back(at);
            frame.at = At::Queued;
            frame.since = now;
            return Arrival::Waits;
        }
        // Nobody counts what was refused at the door.
        replica.live -= 1;
        frame.flags &= !COUNTED;
        let part = Part::Service(replica.service);
        let because = if replica.trouble == NOTHING { replica.last_blame } else { replica.trouble };
        self.frames[at].blame = self.reasons.because(part, Effect::Overloaded, because);
        Arrival::Ends(Outcome::Refused)
    }
}
