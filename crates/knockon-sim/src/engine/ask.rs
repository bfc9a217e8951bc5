//! Asking somebody: attempts, and what protects them.
//!
//! The order is that of resilience4j's decorators: an attempt asks the breaker, then the rate limit;
//! then its timeout runs, and it needs a place under the bulkhead and a connection of the pool. A retry
//! goes through all of it again.

use knockon_core::RetryOn;

use crate::breaker;
use crate::limiter::Verdict;
use crate::pending::Pending;
use crate::pool::{Acquire, Released};
use crate::program::{Ask, FAILS, NONE, Target};
use crate::random;
use crate::truth::{Effect, NOTHING, Part};

use super::frame::{At, DEGRADED, HOLDS, HOLDS_PLACE, Outcome, TRACED};
use super::steps::Next;
use super::{Run, TIMER};

impl<Q: Pending> Run<Q> {
    /// The frame comes to a step that asks somebody.
    #[inline(always)]
    pub(super) fn ask(&mut self, at: u32, site: u32) -> Next {
        let frame = &mut self.frames[at];
        frame.site = site;
        frame.attempt = 0;
        frame.suspect = NOTHING;
        let ask = self.program.asks[site as usize];
        if ask.is_plain {
            return self.attempt_plain(at, site, ask);
        }
        if self.program.sites[site as usize].budget.is_some() {
            self.count_call(at, site);
        }
        self.attempt(at)
    }

    /// An attempt that only a timeout protects, which is most of them.
    #[inline(always)]
    fn attempt_plain(&mut self, at: u32, site: u32, ask: Ask) -> Next {
        let ticket = self.next_ticket();
        let now = self.now;
        let frame = &mut self.frames[at];
        frame.awaits = ticket;
        frame.asked = now;
        self.sites[site as usize].attempts += 1;
        if ask.lane != NONE {
            self.arm(at, ask.lane);
        }
        self.call(at, ask)
    }

    /// One attempt, from its beginning.
    fn attempt(&mut self, at: u32) -> Next {
        let site = self.frames[at].site;
        let ask = self.program.asks[site as usize];
        if ask.is_plain {
            return self.attempt_plain(at, site, ask);
        }
        let ticket = self.next_ticket();
        let now = self.now;
        let frame = &mut self.frames[at];
        frame.awaits = ticket;
        frame.asked = now;
        self.sites[site as usize].attempts += 1;
        if self.program.sites[site as usize].guard == NONE {
            return self.attempt_in_time(at);
        }
        self.attempt_guarded(at)
    }

    /// Past the breaker and the rate limit.
    fn attempt_guarded(&mut self, at: u32) -> Next {
        let now = self.now;
        let Some(guard) = self.guard(at) else { return self.attempt_in_time(at) };
        let guard = &mut self.replicas[guard.0].guards[guard.1];
        if let Some(breaker) = &mut guard.breaker {
            let permit = match guard.forced {
                Some(true) => None,
                _ => breaker.ask(now),
            };
            if permit.is_none() && guard.forced != Some(false) {
                let blame = self.blame_of_guard(at, Effect::BreakerOpen);
                return self.attempt_ends(at, Outcome::BreakerOpen, blame);
            }
            self.holds[at as usize].permit = permit;
            self.frames[at].flags |= HOLDS;
        }
        match guard.limiter.as_mut().map_or(Verdict::Now, |limiter| limiter.ask(now)) {
            Verdict::Now => self.attempt_in_time(at),
            Verdict::Wait(until) => {
                let frame = &mut self.frames[at];
                frame.at = At::Limited;
                frame.since = now;
                self.wake_after(at, until - now);
                Next::Other(None)
            }
            Verdict::Refused => {
                let blame = self.blame_of_guard(at, Effect::Limited);
                self.attempt_ends(at, Outcome::Limited, blame)
            }
        }
    }

    /// Which guard of which replica the frame is at.
    fn guard(&self, at: u32) -> Option<(usize, usize)> {
        let frame = &self.frames[at];
        let guard = self.program.sites[frame.site as usize].guard;
        (guard != NONE).then_some((frame.replica as usize, guard as usize))
    }

    /// A breaker opens because of what failed before.
    fn blame_of_guard(&mut self, at: u32, effect: Effect) -> u32 {
        let frame = &self.frames[at];
        let service = self.program.sites[frame.site as usize].service;
        let because = match self.guard(at) {
            Some((replica, guard)) if effect == Effect::BreakerOpen => {
                self.replicas[replica].guards[guard].because
            }
            _ => frame.blame,
        };
        self.reasons.because(Part::Service(service), effect, because)
    }

    /// The time for an answer runs from here.
    fn attempt_in_time(&mut self, at: u32) -> Next {
        let frame = &self.frames[at];
        let site = &self.program.sites[frame.site as usize];
        let (lane, pool, bulkhead) = (site.timeout_lane, site.pool, site.bulkhead);
        if site.in_saga && frame.deadline != 0 {
            if let Some(next) = self.bound_by_saga(at) {
                return next;
            }
        } else if lane != NONE {
            self.arm(at, lane);
        }
        if bulkhead.is_some()
            && let Some(next) = self.need_place(at)
        {
            return next;
        }
        if pool != NONE {
            return self.need_connection(at);
        }
        self.send(at)
    }

    /// The time that its saga has left bounds the attempt too.
    fn bound_by_saga(&mut self, at: u32) -> Option<Next> {
        let frame = &self.frames[at];
        let timeout = self.program.sites[frame.site as usize].timeout_ns;
        let own = if timeout == 0 { u64::MAX } else { self.now.saturating_add(timeout) };
        let due = own.min(frame.deadline);
        if due <= self.now {
            let blame = frame.blame;
            return Some(self.attempt_ends(at, Outcome::Refused, blame));
        }
        let seq = self.schedule(due, TIMER, at);
        self.frames[at].timer = seq;
        None
    }

    /// A place under the bulkhead: now, later, or not at all.
    fn need_place(&mut self, at: u32) -> Option<Next> {
        let now = self.now;
        let waiting = self.program.sites[self.frames[at].site as usize].bulkhead?.waiting as usize;
        let (replica, guard) = self.guard(at)?;
        let guard = &mut self.replicas[replica].guards[guard];
        let frame = &mut self.frames[at];
        if guard.free_places > 0 {
            guard.free_places -= 1;
            frame.flags |= HOLDS_PLACE;
            return None;
        }
        if guard.waiting.len() < waiting {
            guard.waiting.push_back(at);
            frame.at = At::Crowded;
            frame.since = now;
            return Some(Next::Other(None));
        }
        let blame = self.blame_of_guard(at, Effect::Crowded);
        Some(self.attempt_ends(at, Outcome::Crowded, blame))
    }

    /// A connection of the pool: now, later, or not at all.
    fn need_connection(&mut self, at: u32) -> Next {
        let now = self.now;
        let frame = &self.frames[at];
        let (replica, site) = (frame.replica as usize, frame.site as usize);
        let (pool, to) = (self.program.sites[site].pool as usize, self.program.sites[site].to);
        let to = self.who_answers(to);
        match self.replicas[replica].pools[pool].acquire(now) {
            Acquire::Got { connection, opened, closed } => {
                if closed {
                    self.close_connection(to);
                }
                if opened && !self.open_connection(to) {
                    self.replicas[replica].pools[pool].close(connection);
                    let blame = self.blame_of_connections(to);
                    return self.attempt_ends(at, Outcome::NoConnection, blame);
                }
                self.holds[at as usize].connection = Some(connection);
                self.frames[at].flags |= HOLDS;
                self.send(at)
            }
            Acquire::Full => {
                let ticket = self.replicas[replica].pools[pool].wait(at);
                let service = self.replicas[replica].service as usize;
                let frame = &mut self.frames[at];
                frame.flags |= HOLDS;
                self.holds[at as usize].in_line = Some(ticket);
                frame.at = At::Pooled;
                frame.since = now;
                if let Some(wait_ns) = self.program.services[service].pools[pool].wait_ns {
                    self.wake_after(at, wait_ns);
                }
                Next::Other(None)
            }
        }
    }

    /// No connection came free in time.
    pub(super) fn pool_wait_ends(&mut self, at: u32) {
        let frame = &mut self.frames[at];
        let replica = frame.replica as usize;
        let pool = self.program.sites[frame.site as usize].pool as usize;
        if let Some(ticket) = self.holds[at as usize].in_line.take() {
            self.replicas[replica].pools[pool].time_out(ticket);
        }
        let replica = &self.replicas[replica];
        let part = Part::Service(replica.service);
        let because = replica.pool_blame;
        let blame = self.reasons.because(part, Effect::OutOfConnections, because);
        let next = self.attempt_ends(at, Outcome::NoConnection, blame);
        self.go(at, next);
    }

    /// Connections that came free go to those who wait. One that is refused at once gives its
    /// connection back at once: then the next is served after it, not inside of it, however long the
    /// line is.
    pub(super) fn serve_pool(&mut self, replica: u32, pool: usize) {
        if self.pools_due.last() != Some(&(replica, pool)) {
            self.pools_due.push((replica, pool));
        }
        if std::mem::replace(&mut self.serving, true) {
            return;
        }
        while let Some((replica, pool)) = self.pools_due.pop() {
            self.serve_line(replica, pool);
        }
        self.serving = false;
    }

    fn serve_line(&mut self, replica: u32, pool: usize) {
        while let Some((at, acquire)) = self.replicas[replica as usize].pools[pool].serve(self.now)
        {
            let Acquire::Got { connection, opened, closed } = acquire else { return };
            let frame = &mut self.frames[at];
            self.holds[at as usize].in_line = None;
            frame.wake = 0;
            let waited = self.now - frame.since;
            let site = &self.program.sites[frame.site as usize];
            let (service, to) = (site.service, self.who_answers(site.to));
            if closed {
                self.close_connection(to);
            }
            if opened && !self.open_connection(to) {
                self.replicas[replica as usize].pools[pool].close(connection);
                let blame = self.blame_of_connections(to);
                let next = self.attempt_ends(at, Outcome::NoConnection, blame);
                self.go_later(at, next);
                continue;
            }
            let because = self.replicas[replica as usize].pool_blame;
            let blame =
                self.reasons.because(Part::Service(service), Effect::OutOfConnections, because);
            let frame = &mut self.frames[at];
            frame.delayed(waited, blame);
            frame.flags |= HOLDS;
            self.holds[at as usize].connection = Some(connection);
            let next = self.send(at);
            self.go_later(at, next);
        }
    }

    /// What was asked is sent on its way.
    fn send(&mut self, at: u32) -> Next {
        let site = self.frames[at].site as usize;
        match self.program.sites[site].target {
            Target::Operation(_) => self.call_out(at, self.program.asks[site]),
            Target::Entry(entry) => self.use_cache(at, entry),
            Target::Channel { .. } => self.publish(at),
        }
    }

    /// The frame waited for its turn, and has it now.
    pub(super) fn asks_again(&mut self, at: u32) -> Option<u32> {
        let now = self.now;
        let frame = &mut self.frames[at];
        let was = std::mem::replace(&mut frame.at, At::Asking);
        let waited = now - frame.since;
        let next = if was == At::Limited {
            let blame = self.blame_of_guard(at, Effect::Limited);
            self.frames[at].delayed(waited, blame);
            self.attempt_in_time(at)
        } else {
            let suspect = self.frames[at].suspect;
            self.frames[at].delayed(waited, suspect);
            self.attempt(at)
        };
        match next {
            Next::Same => Some(at),
            Next::Other(next) => next,
        }
    }

    /// The patience of a frame ends. What it asked for goes on, and finds nobody when it is done.
    pub(super) fn patience_ends(&mut self, at: u32, seq: u32) {
        if self.frames[at].timer != seq {
            return;
        }
        self.events += 1;
        let suspicion = self.suspicion(at);
        let frame = &mut self.frames[at];
        frame.timer = 0;
        frame.wake = 0;
        let (child, awaits) = (frame.child, frame.awaits);
        let site = frame.site as usize;
        if let Some(ticket) = self.holds[at as usize].in_line.take() {
            let pool = self.program.sites[site].pool as usize;
            self.replicas[frame.replica as usize].pools[pool].cancel(ticket);
        }
        if frame.at == At::Crowded {
            self.leave_crowd(at);
        }
        let part = Part::Service(self.program.sites[site].service);
        let blame = self.reasons.because(part, Effect::TimedOut, suspicion);
        if self.plan.drop_abandoned && child != NONE && self.frames[child].ticket == awaits {
            self.abandon(child);
        }
        let next = self.attempt_ends(at, Outcome::TimedOut, blame);
        self.go(at, next);
    }

    /// An attempt has its answer, and all is well.
    #[inline(always)]
    pub(super) fn attempt_succeeds(&mut self, at: u32) {
        let frame = &mut self.frames[at];
        frame.awaits = 0;
        frame.timer = 0;
        frame.child = NONE;
        frame.at = At::Running;
        let (site, flags, replica) = (frame.site, frame.flags, frame.replica);
        let took = self.now - frame.asked;
        let stats = &mut self.sites[site as usize];
        stats.ended[Outcome::Done as usize] += 1;
        stats.done_at = self.now;
        self.records.asked(replica, site, Outcome::Done, took);
        if flags & TRACED != 0 {
            self.record_attempt(at, Outcome::Done);
        }
        if flags & (HOLDS | HOLDS_PLACE) != 0 {
            self.let_go_of_hold(at, Outcome::Done, NOTHING);
        }
    }

    /// One attempt is over: what it held is given back, and it is done, tried again, or failed.
    pub(super) fn attempt_ends(&mut self, at: u32, outcome: Outcome, blame: u32) -> Next {
        let frame = &mut self.frames[at];
        frame.awaits = 0;
        frame.timer = 0;
        frame.child = NONE;
        let (site, flags) = (frame.site, frame.flags);
        self.sites[site as usize].ended[outcome as usize] += 1;
        let (replica, took) = (frame.replica, self.now - frame.asked);
        self.records.asked(replica, site, outcome, took);
        if outcome == Outcome::Done {
            self.sites[site as usize].done_at = self.now;
        } else {
            self.log_attempt(at, outcome);
            self.stage_failed(at, site);
        }
        if flags & TRACED != 0 {
            self.record_attempt(at, outcome);
        }
        if flags & (HOLDS | HOLDS_PLACE) != 0 {
            self.let_go_of_hold(at, outcome, blame);
        }
        if outcome == Outcome::Done {
            self.frames[at].at = At::Running;
            return Next::Same;
        }
        let frame = &mut self.frames[at];
        frame.suspect = blame;
        // All the time of an attempt in vain is a delay, if the work goes on after all.
        frame.delayed(took, blame);
        if self.program.sites[site as usize].attempts > 1
            && let Some(next) = self.try_again(at, outcome)
        {
            return next;
        }
        Next::Other(self.step_failed(at, outcome, blame))
    }

    /// What failed was a stage of the journey of whoever it was for.
    #[cold]
    fn stage_failed(&mut self, at: u32, site: u32) {
        let user = self.frames[at].user;
        if let Target::Operation(operation) = self.program.sites[site as usize].target {
            self.count_stage_failure(user, operation);
        }
    }

    /// What the attempt held of pools, breakers and bulkheads is given back.
    pub(super) fn let_go_of_hold(&mut self, at: u32, outcome: Outcome, blame: u32) {
        let hold = std::mem::take(&mut self.holds[at as usize]);
        self.frames[at].flags &= !HOLDS;
        if let Some(connection) = hold.connection {
            self.release_connection(at, connection, blame);
        }
        self.guard_ends(at, outcome, hold.permit, blame);
    }

    fn release_connection(&mut self, at: u32, connection: crate::pool::Connection, blame: u32) {
        let frame = &self.frames[at];
        let (replica, site) = (frame.replica, &self.program.sites[frame.site as usize]);
        let (pool, to) = (site.pool as usize, site.to);
        let of = &mut self.replicas[replica as usize];
        of.pool_blame = if blame == NOTHING { frame.blame } else { blame };
        if of.pools[pool].release(self.now, connection) == Released::Closed {
            self.close_connection(self.who_answers(to));
        }
        if self.replicas[replica as usize].pools[pool].waiting() > 0 {
            self.serve_pool(replica, pool);
        }
    }

    /// The breaker hears of it, and the place under the bulkhead goes to the next.
    pub(super) fn guard_ends(
        &mut self,
        at: u32,
        outcome: Outcome,
        permit: Option<breaker::Permit>,
        blame: u32,
    ) {
        let now = self.now;
        let Some((replica, guard)) = self.guard(at) else { return };
        let frame = &mut self.frames[at];
        let guard = &mut self.replicas[replica].guards[guard];
        if let (Some(breaker), Some(permit)) = (&mut guard.breaker, permit) {
            let heard = match outcome {
                Outcome::Done => breaker::Outcome::Success,
                Outcome::Limited | Outcome::Crowded => breaker::Outcome::Ignored,
                _ => breaker::Outcome::Failure,
            };
            if heard == breaker::Outcome::Failure {
                guard.because = blame;
            }
            breaker.report(now, permit, heard, now - frame.asked);
        }
        if !frame.has(HOLDS_PLACE) {
            return;
        }
        frame.flags &= !HOLDS_PLACE;
        let because = frame.blame;
        match guard.waiting.pop_front() {
            Some(next) => self.take_place(next, because),
            None => guard.free_places += 1,
        }
    }

    /// One that waited for its turn under a bulkhead does so no longer.
    pub(super) fn leave_crowd(&mut self, at: u32) {
        if let Some((replica, guard)) = self.guard(at) {
            self.replicas[replica].guards[guard].waiting.retain(|other| *other != at);
        }
    }

    fn take_place(&mut self, at: u32, because: u32) {
        let frame = &mut self.frames[at];
        frame.flags |= HOLDS_PLACE;
        frame.at = At::Asking;
        let waited = self.now - frame.since;
        let site = &self.program.sites[frame.site as usize];
        let (service, pool) = (site.service, site.pool);
        let blame = self.reasons.because(Part::Service(service), Effect::Crowded, because);
        self.frames[at].delayed(waited, blame);
        let next = if pool == NONE { self.send(at) } else { self.need_connection(at) };
        self.go_later(at, next);
    }

    /// Tries again, at once or later; nothing where that is not wanted.
    fn try_again(&mut self, at: u32, outcome: Outcome) -> Option<Next> {
        let frame = &self.frames[at];
        let site = &self.program.sites[frame.site as usize];
        let schedule = site.retry.as_ref()?;
        let kind = if outcome == Outcome::TimedOut { RetryOn::Timeouts } else { RetryOn::Errors };
        if outcome.is_own_refusal()
            || u32::from(frame.attempt) + 1 >= u32::from(site.attempts)
            || !schedule.retries(kind)
            || (frame.deadline != 0 && site.in_saga && frame.deadline <= self.now)
        {
            return None;
        }
        let bits = random::mix(frame.luck ^ site.key ^ u64::from(frame.attempt) << 56);
        let delay = schedule.delay_ns(u32::from(frame.attempt) + 1, bits);
        if site.budget.is_some() && !self.spend(at) {
            return None;
        }
        let now = self.now;
        let frame = &mut self.frames[at];
        frame.attempt += 1;
        self.sites[frame.site as usize].retries += 1;
        if delay == 0 {
            return Some(self.attempt(at));
        }
        frame.at = At::BackingOff;
        frame.since = now;
        self.wake_after(at, delay);
        Some(Next::Other(None))
    }

    fn count_call(&mut self, at: u32, site: u32) {
        let now = self.now;
        let guard = self.program.sites[site as usize].guard as usize;
        let replica = &mut self.replicas[self.frames[at].replica as usize];
        if let Some(budget) = replica.guards.get_mut(guard).and_then(|guard| guard.budget.as_mut())
        {
            budget.call(now);
        }
    }

    fn spend(&mut self, at: u32) -> bool {
        let now = self.now;
        let Some((replica, guard)) = self.guard(at) else { return true };
        let budget = self.replicas[replica].guards[guard].budget.as_mut();
        budget.is_none_or(|budget| budget.retry(now))
    }

    /// The step has failed in the end.
    fn step_failed(&mut self, at: u32, outcome: Outcome, blame: u32) -> Option<u32> {
        let frame = &mut self.frames[at];
        let site = &self.program.sites[frame.site as usize];
        let unknown = site.on_unknown != NONE && outcome.is_unknown();
        let to = if unknown { site.on_unknown } else { site.on_fail };
        if to == FAILS {
            let own = Part::Service(site.service);
            // A broker or a cache that refuses is no service that failed: the one that asked it is.
            let blame = if self.reasons.get(blame).part == own {
                blame
            } else {
                self.reasons.because(own, Effect::Failed, blame)
            };
            self.frames[at].blame = blame;
            return self.finish(at, outcome);
        }
        self.sites[frame.site as usize].fallbacks += 1;
        frame.ip = to;
        frame.flags |= DEGRADED;
        frame.at = At::Running;
        // What nothing comes of in the end may be what was done without here.
        let user = frame.user;
        self.lose_for(user, blame);
        Some(at)
    }

    /// Goes on with what came of it, now.
    pub(super) fn go(&mut self, at: u32, next: Next) {
        match next {
            Next::Same => self.follow(at),
            Next::Other(Some(next)) => self.follow(next),
            Next::Other(None) => {}
        }
    }

    /// Goes on with what came of it, after what is going on at this instant.
    pub(super) fn go_later(&mut self, at: u32, next: Next) {
        match next {
            Next::Same => self.ready.push(at),
            Next::Other(Some(next)) => self.ready.push(next),
            Next::Other(None) => {}
        }
    }
}
