//! Front calls middle, middle calls back, by hand: each holds one of its workers until the answer is
//! there. Queues are in order of arrival; every call has a constant timeout and up to three attempts
//! without pause; what nobody waits for any more is worked on all the same.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use knockon_sim::histogram::Histogram;
use knockon_sim::lanes::{Lane, Timer};
use knockon_sim::pending::{self, Pending};

use crate::bare::{Durations, Outcome};

const NS_PER_MS: f64 = 1e6;
/// 1,120 requests per second.
const BETWEEN_ARRIVALS_NS: f64 = 1e9 / 1_120.0;
const ATTEMPTS: u8 = 3;

/// Client, front, middle, back. The client has no workers and no work of its own.
const TIERS: usize = 4;
/// About 70 % of the workers of each tier are held.
const WORKERS: [u32; TIERS] = [0, 64, 32, 16];
const WORK_NS: [f64; TIERS] = [0.0, 20.0 * NS_PER_MS, 10.0 * NS_PER_MS, 10.0 * NS_PER_MS];
/// How long an answer of the tier is waited for.
const TIMEOUT_NS: [u64; TIERS] = [0, 400_000_000, 150_000_000, 60_000_000];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Done(u32),
    Timeout(u32),
}

/// What the model needs of whoever keeps its events.
trait Agenda: Default {
    fn at(&mut self, time_ns: u64, event: Event);

    /// Starts the timer of a call to a tier and gives its number, which is never 0.
    fn timer(&mut self, deadline_ns: u64, tier: usize, call: u32) -> u32;

    /// The next event; timers for which `alive(call, number)` does not hold are passed over.
    fn next(&mut self, alive: impl Fn(u32, u32) -> bool) -> (u64, Event);
}

/// Everything in one heap.
#[derive(Default)]
struct Naive {
    heap: BinaryHeap<Reverse<(u64, u32, Event)>>,
    number: u32,
}

impl Agenda for Naive {
    #[inline]
    fn at(&mut self, time_ns: u64, event: Event) {
        self.number += 1;
        self.heap.push(Reverse((time_ns, self.number, event)));
    }

    #[inline]
    fn timer(&mut self, deadline_ns: u64, _tier: usize, call: u32) -> u32 {
        self.at(deadline_ns, Event::Timeout(call));
        self.number
    }

    #[inline]
    fn next(&mut self, alive: impl Fn(u32, u32) -> bool) -> (u64, Event) {
        loop {
            let Reverse((now, number, event)) = self.heap.pop().unwrap();
            match event {
                Event::Timeout(call) if !alive(call, number) => {}
                _ => return (now, event),
            }
        }
    }
}

/// One of the crate's pending sets, and a lane for the timers of each tier.
#[derive(Default)]
struct Laned<P> {
    queue: P,
    lanes: [Lane; TIERS],
    number: u32,
}

/// The lowest two bits of a key's payload say what it is.
const ARRIVAL: u32 = 0;
const DONE: u32 = 1;
const LANE: u32 = 2;

impl<P: Pending> Agenda for Laned<P> {
    #[inline]
    fn at(&mut self, time_ns: u64, event: Event) {
        self.number += 1;
        let payload = match event {
            Event::Arrival => ARRIVAL,
            Event::Done(call) => call << 2 | DONE,
            Event::Timeout(_) => unreachable!("timers are in lanes"),
        };
        self.queue.push(pending::key(time_ns, self.number, payload));
    }

    #[inline]
    fn timer(&mut self, deadline_ns: u64, tier: usize, call: u32) -> u32 {
        self.number += 1;
        if self.lanes[tier].push(Timer { deadline_ns, seq: self.number, token: call }) {
            self.queue.push(pending::key(deadline_ns, self.number, (tier as u32) << 2 | LANE));
        }
        self.number
    }

    #[inline]
    fn next(&mut self, alive: impl Fn(u32, u32) -> bool) -> (u64, Event) {
        loop {
            let top = self.queue.pop().unwrap();
            let (now, payload) = (pending::time_ns(top), pending::payload(top));
            match payload & 3 {
                ARRIVAL => return (now, Event::Arrival),
                DONE => return (now, Event::Done(payload >> 2)),
                _ => {
                    let lane = &mut self.lanes[(payload >> 2) as usize];
                    let timer = lane.pop().unwrap();
                    if let Some(next) = lane.skip_while(|call, number| !alive(call, number)) {
                        self.queue.push(pending::key(next.deadline_ns, next.seq, payload));
                    }
                    if alive(timer.token, timer.seq) {
                        return (now, Event::Timeout(timer.token));
                    }
                }
            }
        }
    }
}

/// A request of a client, or one attempt of a call.
#[derive(Clone, Copy)]
struct Call {
    began_ns: u64,
    /// The call in which this one is made.
    caller: u32,
    /// The number of its timer, 0 if nobody waits for it.
    timer: u32,
    tier: u8,
    /// How many attempts of its own call there have been.
    attempts: u8,
}

struct Chain<A> {
    agenda: A,
    durations: Durations,
    now: u64,
    calls: Vec<Call>,
    free: Vec<u32>,
    idle: [u32; TIERS],
    queues: [VecDeque<u32>; TIERS],
    responses: Histogram,
    failed: u64,
    retries: u64,
}

impl<A: Agenda> Chain<A> {
    fn new() -> Self {
        Self {
            agenda: A::default(),
            durations: Durations::new(1),
            now: 0,
            calls: Vec::new(),
            free: Vec::new(),
            idle: WORKERS,
            queues: std::array::from_fn(|_| VecDeque::new()),
            responses: Histogram::new(),
            failed: 0,
            retries: 0,
        }
    }

    fn run(&mut self, events: u64) {
        self.agenda.at(0, Event::Arrival);
        for _ in 0..events {
            let calls = &self.calls;
            let (now, event) = self.agenda.next(|call, timer| calls[call as usize].timer == timer);
            self.now = now;
            match event {
                Event::Arrival => {
                    self.agenda.at(now + self.durations.next(BETWEEN_ARRIVALS_NS), Event::Arrival);
                    let request = self.add(0, 0);
                    self.attempt(request);
                }
                Event::Done(call) if usize::from(self.calls[call as usize].tier) + 1 < TIERS => {
                    self.attempt(call);
                }
                Event::Done(call) => self.finish(call, true),
                Event::Timeout(call) => {
                    let attempt = &mut self.calls[call as usize];
                    attempt.timer = 0;
                    let caller = attempt.caller;
                    self.failed_attempt(caller);
                }
            }
        }
    }

    #[inline]
    fn add(&mut self, tier: u8, caller: u32) -> u32 {
        let call = Call { began_ns: self.now, caller, timer: 0, tier, attempts: 0 };
        if let Some(at) = self.free.pop() {
            self.calls[at as usize] = call;
            return at;
        }
        self.calls.push(call);
        self.calls.len() as u32 - 1
    }

    /// `caller` calls the tier below it.
    #[inline]
    fn attempt(&mut self, caller: u32) {
        let from = &mut self.calls[caller as usize];
        from.attempts += 1;
        let tier = usize::from(from.tier) + 1;
        let call = self.add(tier as u8, caller);
        let number = self.agenda.timer(self.now + TIMEOUT_NS[tier], tier, call);
        self.calls[call as usize].timer = number;
        if self.idle[tier] > 0 {
            self.idle[tier] -= 1;
            self.work(tier, call);
        } else {
            self.queues[tier].push_back(call);
        }
    }

    #[inline]
    fn work(&mut self, tier: usize, call: u32) {
        let done = self.now + self.durations.next(WORK_NS[tier]);
        self.agenda.at(done, Event::Done(call));
    }

    /// A call has its answer; so may have the one in which it was made, and so on.
    #[inline]
    fn finish(&mut self, mut call: u32, ok: bool) {
        loop {
            let Call { began_ns, caller, timer, tier, .. } = self.calls[call as usize];
            self.calls[call as usize].timer = 0;
            self.free.push(call);
            if tier == 0 {
                self.responses.record(self.now - began_ns);
                self.failed += u64::from(!ok);
                return;
            }
            let tier = usize::from(tier);
            if let Some(next) = self.queues[tier].pop_front() {
                self.work(tier, next);
            } else {
                self.idle[tier] += 1;
            }
            if timer == 0 {
                return;
            }
            if !ok && self.calls[caller as usize].attempts < ATTEMPTS {
                self.retries += 1;
                self.attempt(caller);
                return;
            }
            call = caller;
        }
    }

    #[cold]
    fn failed_attempt(&mut self, caller: u32) {
        if self.calls[caller as usize].attempts < ATTEMPTS {
            self.retries += 1;
            self.attempt(caller);
        } else {
            self.finish(caller, false);
        }
    }

    fn outcome(&self, events: u64) -> Outcome {
        Outcome { events, mean_response_ns: self.responses.mean_ns().unwrap_or(0.0) }
    }
}

fn run<A: Agenda>(events: u64) -> Outcome {
    let mut chain = Chain::<A>::new();
    chain.run(events);
    chain.outcome(events)
}

/// Everything in the standard library's heap, cancelled timers too.
pub fn naive(events: u64) -> Outcome {
    run::<Naive>(events)
}

/// One of the crate's pending sets and its lanes.
pub fn laned<P: Pending>(events: u64) -> Outcome {
    run::<Laned<P>>(events)
}
