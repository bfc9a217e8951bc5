//! A chain of three tiers, by hand: front, middle, back, one after the other, each with many workers. A
//! request gives its worker back before it goes on. The tiers are those of `nested`.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use knockon_sim::pending::{self, Pending};

use crate::bare::{Durations, Outcome};

/// 1,120 requests per second.
const BETWEEN_ARRIVALS_NS: f64 = 1e9 / 1_120.0;
const TIERS: usize = 3;
const WORKERS: [u32; TIERS] = [64, 32, 16];
const WORK_NS: [f64; TIERS] = [20e6, 10e6, 10e6];

/// The tiers: free workers, and who waits for one.
struct Tiers {
    free: [u32; TIERS],
    waiting: [VecDeque<u32>; TIERS],
    /// When each request entered, and places that are free.
    entered: Vec<u64>,
    gone: Vec<u32>,
    left: u64,
    responses_ns: u64,
}

impl Tiers {
    fn new() -> Self {
        Self {
            free: WORKERS,
            waiting: std::array::from_fn(|_| VecDeque::new()),
            entered: Vec::new(),
            gone: Vec::new(),
            left: 0,
            responses_ns: 0,
        }
    }

    #[inline]
    fn enter(&mut self, now: u64) -> u32 {
        let Some(place) = self.gone.pop() else {
            self.entered.push(now);
            return self.entered.len() as u32 - 1;
        };
        self.entered[place as usize] = now;
        place
    }

    /// A request comes to a tier; true if a worker takes it on.
    #[inline]
    fn arrive(&mut self, tier: usize, request: u32) -> bool {
        if self.free[tier] == 0 {
            self.waiting[tier].push_back(request);
            return false;
        }
        self.free[tier] -= 1;
        true
    }

    /// A worker is done: the request that it takes on next.
    #[inline]
    fn next(&mut self, tier: usize) -> Option<u32> {
        let next = self.waiting[tier].pop_front();
        self.free[tier] += u32::from(next.is_none());
        next
    }

    #[inline]
    fn leave(&mut self, request: u32, now: u64) {
        self.left += 1;
        self.responses_ns += now - self.entered[request as usize];
        self.gone.push(request);
    }

    fn outcome(&self, events: u64) -> Outcome {
        Outcome { events, mean_response_ns: self.responses_ns as f64 / self.left as f64 }
    }
}

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Done(usize, u32),
}

/// The chain with the standard library's heap.
pub fn naive(events: u64) -> Outcome {
    let mut durations = Durations::new(1);
    let mut tiers = Tiers::new();
    let mut heap = BinaryHeap::new();
    let mut number = 0_u32;
    let mut at = |heap: &mut BinaryHeap<_>, time: u64, event| {
        number += 1;
        heap.push(Reverse((time, number, event)));
    };
    at(&mut heap, 0, Event::Arrival);
    for _ in 0..events {
        let Reverse((now, _, event)) = heap.pop().unwrap();
        match event {
            Event::Arrival => {
                at(&mut heap, now + durations.next(BETWEEN_ARRIVALS_NS), Event::Arrival);
                let request = tiers.enter(now);
                if tiers.arrive(0, request) {
                    at(&mut heap, now + durations.next(WORK_NS[0]), Event::Done(0, request));
                }
            }
            Event::Done(tier, request) => {
                if let Some(next) = tiers.next(tier) {
                    at(&mut heap, now + durations.next(WORK_NS[tier]), Event::Done(tier, next));
                }
                if tier + 1 == TIERS {
                    tiers.leave(request, now);
                } else if tiers.arrive(tier + 1, request) {
                    let done = now + durations.next(WORK_NS[tier + 1]);
                    at(&mut heap, done, Event::Done(tier + 1, request));
                }
            }
        }
    }
    tiers.outcome(events)
}

/// The chain with one of the crate's pending sets.
pub fn with<P: Pending>(events: u64) -> Outcome {
    const ARRIVAL: u32 = u32::MAX;
    let mut durations = Durations::new(1);
    let mut tiers = Tiers::new();
    let mut heap = P::default();
    let mut number = 0;
    let mut key = |time: u64, what: u32| {
        number += 1;
        pending::key(time, number, what)
    };
    heap.push(key(0, ARRIVAL));
    for _ in 0..events {
        let top = heap.pop().unwrap();
        let (now, what) = (pending::time_ns(top), pending::payload(top));
        if what == ARRIVAL {
            heap.push(key(now + durations.next(BETWEEN_ARRIVALS_NS), ARRIVAL));
            let request = tiers.enter(now);
            if tiers.arrive(0, request) {
                heap.push(key(now + durations.next(WORK_NS[0]), request << 2));
            }
            continue;
        }
        let (tier, request) = ((what & 3) as usize, what >> 2);
        if let Some(next) = tiers.next(tier) {
            heap.push(key(now + durations.next(WORK_NS[tier]), next << 2 | tier as u32));
        }
        if tier + 1 == TIERS {
            tiers.leave(request, now);
        } else if tiers.arrive(tier + 1, request) {
            let done = now + durations.next(WORK_NS[tier + 1]);
            heap.push(key(done, request << 2 | (tier as u32 + 1)));
        }
    }
    tiers.outcome(events)
}
