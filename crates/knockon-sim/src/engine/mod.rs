//! The engine: a run of a system in virtual time.
//!
//! One loop takes the earliest event, and follows what it sets in motion until everything waits again.
//! Calls and answers are not events: a request goes from service to service until it needs time, a
//! worker, or an answer. See DESIGN.md, "The simulator".

#![allow(
    clippy::inline_always,
    reason = "the way of a request through the engine is one loop for the optimiser; each mark was \
              measured"
)]

mod admit;
mod ask;
mod cached;
pub(crate) mod condition;
mod consume;
mod databases;
mod failover;
mod finish;
pub(crate) mod frame;
pub(crate) mod levers;
mod life;
mod messages;
mod moves;
mod platforms;
mod probes;
pub mod results;
mod rollout;
mod sagas;
mod scaling;
pub(crate) mod setup;
pub(crate) mod state;
mod steps;
mod stop;
pub(crate) mod ticks;
mod users;

use std::collections::VecDeque;

use knockon_core::System;

use crate::lanes::{Lane, Timer};
use crate::pending::{self, Pending, QuadHeap};
use crate::plan::Plan;
use crate::program::Program;
use crate::slab::Slab;
use crate::truth::Reasons;

use frame::Frame;
pub use frame::Outcome;
use state::{
    JourneyStats, Message, OperationStats, QueueState, Replica, ServiceState, SiteStats, Thing,
    User,
};
pub use stop::Stop;
use ticks::Tick;
use users::Generator;

/// The sorts of events: the upper four bits of an event's payload; the rest is an index.
const WAKE: u32 = 0;
const TIMER: u32 = 1;
const LANE: u32 = 2;
const CPU: u32 = 3;
const THINK: u32 = 5;
const TICK: u32 = 6;
const SORT_SHIFT: u32 = 28;
/// The highest index that an event can name.
pub(crate) const INDEX_MAX: u32 = (1 << SORT_SHIFT) - 1;

/// So many things may happen at the same instant before a run counts as stuck there.
const AT_ONCE_MAX: u64 = 50_000_000;

/// A system being played. Everything in it follows from the plan: two runs of one plan are the same to
/// the last bit.
#[derive(Debug, Clone)]
pub struct Run<Q: Pending = QuadHeap> {
    pub(crate) program: Program,
    pub(crate) plan: Plan,
    pub(crate) now: u64,
    seq: u32,
    ticket: u32,
    events: u64,
    at_once: u64,
    digest: u64,
    pending: Q,
    lanes: Vec<Lane>,
    pub(crate) frames: Slab<Frame>,
    /// What each frame holds, beside it.
    holds: Vec<frame::Hold>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) services: Vec<ServiceState>,
    pub(crate) queues: Vec<QueueState>,
    pub(crate) messages: Slab<Message>,
    pub(crate) users: Slab<User>,
    /// Of each user: members of cohorts, items in caches, things in state machines, each so many; and
    /// the paths of what was done for the user of which that matters.
    pub(crate) members: Vec<u32>,
    items: Vec<crate::cache::Handle>,
    pub(crate) things_of: Vec<u32>,
    kept: Vec<Vec<u32>>,
    pub(crate) things: Slab<Thing>,
    slots: u32,
    /// Users whose luck is below this are traced.
    traced_below: u64,
    /// Whether some users come back.
    closed: bool,
    /// Whether any replica was ever frozen.
    pub(crate) ever_frozen: bool,
    generators: Vec<Generator>,
    /// The key of the next arrival of each source, and the smallest of them.
    sources: Vec<u128>,
    soonest: u128,
    /// What is played to, and what comes before the next arrival.
    end: u128,
    bound: u128,
    ticks: Slab<Tick>,
    /// Frames that go on at this instant.
    ready: Vec<u32>,
    /// Messages that left a queue otherwise than by an acknowledgement.
    left: Vec<crate::broker::Gone>,
    outboxes: Vec<VecDeque<u32>>,
    /// Pools with connections for those who wait, and whether they are being handed out.
    pools_due: Vec<(u32, usize)>,
    serving: bool,
    pub(crate) reasons: Reasons,
    pub(crate) operations: Vec<OperationStats>,
    pub(crate) sites: Vec<SiteStats>,
    pub(crate) journeys: Vec<JourneyStats>,
    pub(crate) sagas: Vec<results::SagaCounts>,
    /// Things in each state of each machine, and how many of them for too long.
    pub(crate) in_state: Vec<Vec<u64>>,
    pub(crate) stuck: Vec<Vec<u64>>,
    pub(crate) moves_refused: u64,
    pub(crate) seed: u64,
    stopped: Option<Stop>,
    pub(crate) records: crate::observe::Records,
    pub(crate) troubles: crate::trouble::Troubles,
    /// What became of users who are gone, if the plan asks for it.
    pub(crate) fates: Vec<crate::fates::Fate>,
    pub(crate) levers: levers::Levers,
}

impl<Q: Pending> Run<Q> {
    /// The moment it has come to, in nanoseconds since its beginning.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// How many events there were: arrivals, ends of work, timeouts, and what keeps the system running.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// A number that is the same only if every event was the same.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The system that is played.
    pub fn system(&self) -> &System {
        &self.program.system
    }

    /// Which of several runs under the same seed it is.
    pub fn replication(&self) -> u64 {
        self.plan.replication
    }

    /// Plays on until that moment.
    pub fn step_until(&mut self, until_ns: u64) -> Result<(), Stop> {
        if let Some(stop) = &self.stopped {
            return Err(stop.clone());
        }
        self.end = pending::key(until_ns.saturating_add(1), 0, 0);
        self.bound = self.soonest.min(self.end);
        loop {
            if let Some(key) = self.pending.pop_below(self.bound) {
                self.happen(key);
            } else if self.bound < self.end {
                self.arrive_soonest();
            } else {
                break;
            }
            if !self.ready.is_empty() {
                self.drain();
            }
        }
        if let Some(stop) = &self.stopped {
            return Err(stop.clone());
        }
        self.now = self.now.max(until_ns);
        Ok(())
    }

    /// The next user comes. Arrivals are no pending events: of each source only the next one is known,
    /// and one comparison tells whether it is first.
    #[inline(always)]
    fn arrive_soonest(&mut self) {
        let key = self.soonest;
        self.pass(key);
        self.arrival(pending::payload(key));
    }

    /// Time goes on to an event.
    #[inline(always)]
    fn pass(&mut self, key: u128) {
        let time = pending::time_ns(key);
        if time > self.now {
            self.now = time;
            self.at_once = 0;
        }
        let (seq, payload) = (pending::seq(key), pending::payload(key));
        self.digest = fold(fold(self.digest, time), u64::from(seq) << 32 | u64::from(payload));
    }

    #[inline(always)]
    fn happen(&mut self, key: u128) {
        self.pass(key);
        let (seq, payload) = (pending::seq(key), pending::payload(key));
        let index = payload & INDEX_MAX;
        match payload >> SORT_SHIFT {
            WAKE => self.wake(index, seq),
            TIMER => self.patience_ends(index, seq),
            LANE => self.lane_fires(index),
            CPU => self.cpu_event(index, seq),
            THINK => self.act_next(index),
            _ => self.tick(index),
        }
    }

    /// Follows every frame that can go on.
    #[inline]
    fn drain(&mut self) {
        while let Some(frame) = self.ready.pop() {
            self.follow(frame);
        }
    }

    /// Follows one frame, and those that it hands over to, until it waits.
    fn follow(&mut self, frame: u32) {
        self.follow_here(frame);
    }

    /// The same, where it happens for every request.
    #[inline(always)]
    fn follow_here(&mut self, frame: u32) {
        let mut next = Some(frame);
        while let Some(frame) = next {
            next = self.go_on(frame);
            if next.is_none() {
                next = self.ready.pop();
            }
        }
        self.at_once += 1;
        if self.at_once > AT_ONCE_MAX {
            self.stuck_here();
        }
    }

    #[cold]
    fn stuck_here(&mut self) {
        self.stuck(self.busiest_place());
    }

    /// A number for an event; never 0.
    #[inline(always)]
    fn next_seq(&mut self) -> u32 {
        self.seq = self.seq.wrapping_add(1);
        if self.seq == 0 {
            self.seq = 1;
        }
        self.seq
    }

    #[inline(always)]
    fn next_ticket(&mut self) -> u32 {
        self.ticket = self.ticket.wrapping_add(1);
        if self.ticket == 0 {
            self.ticket = 1;
        }
        self.ticket
    }

    #[inline(always)]
    fn schedule(&mut self, at_ns: u64, sort: u32, index: u32) -> u32 {
        let seq = self.next_seq();
        self.pending.push(pending::key(at_ns, seq, sort << SORT_SHIFT | index));
        seq
    }

    /// The frame goes on after that time.
    #[inline(always)]
    fn wake_after(&mut self, frame: u32, delay_ns: u64) {
        let seq = self.schedule(self.now.saturating_add(delay_ns), WAKE, frame);
        self.frames[frame].wake = seq;
    }

    /// The patience of the frame ends after the constant delay of a lane.
    #[inline(always)]
    fn arm(&mut self, frame: u32, lane: u32) {
        let seq = self.next_seq();
        self.frames[frame].timer = seq;
        let deadline_ns = self.now + self.program.lanes[lane as usize];
        let is_first = self.lanes[lane as usize].push(Timer { deadline_ns, seq, token: frame });
        if is_first {
            self.pending.push(pending::key(deadline_ns, seq, LANE << SORT_SHIFT | lane));
        }
    }

    /// The head of a lane is due: timers that nobody waits for are dropped without an event of their own.
    fn lane_fires(&mut self, lane: u32) {
        let at = lane as usize;
        let Some(due) = self.lanes[at].pop() else { return };
        let frames = &self.frames;
        let next = self.lanes[at].skip_while(|token, seq| frames[token].timer != seq);
        if let Some(timer) = next {
            let payload = LANE << SORT_SHIFT | lane;
            self.pending.push(pending::key(timer.deadline_ns, timer.seq, payload));
        }
        self.patience_ends(due.token, due.seq);
    }

    fn stop(&mut self, stop: Stop) {
        self.stopped.get_or_insert(stop);
        (self.end, self.bound) = (0, 0);
    }
}

#[inline]
fn fold(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
