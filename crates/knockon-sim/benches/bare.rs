//! Models written by hand, each as a loop for that one model: how fast it could be.
//!
//! The naive ones keep every event, timeouts that will be cancelled included, in the standard library's
//! heap of (time, number, enum), as most simulators written in an afternoon do. The others have one of
//! the crate's pending sets and its lanes of timers. All draw from the crate's own sampler, so that the
//! ratio to the engine shows what the engine costs.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use knockon_sim::pending::{self, Pending};
use knockon_sim::random::{exponential, whole_ns};

/// What a model gives, for the clock and for the closed form.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Arrivals, completed services and fired timeouts.
    pub events: u64,
    pub mean_response_ns: f64,
}

/// Arrivals at 80 per second, services at 100 per second.
pub const BETWEEN_ARRIVALS_NS: f64 = 1e9 / 80.0;
pub const SERVICE_NS: f64 = 1e9 / 100.0;

/// Exponential durations, one after the other.
pub struct Durations(u64);

impl Durations {
    pub fn new(seed: u64) -> Self {
        Self(knockon_sim::random::mix(seed))
    }

    #[inline]
    pub fn next(&mut self, mean_ns: f64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        whole_ns(exponential(self.0) * mean_ns)
    }
}

/// Stations in a row, each with one server and a queue in order of arrival. With one station it is
/// the M/M/1 queue, whose mean response is 1/(μ − λ); each further one adds the same (Burke 1956).
struct Stations<const N: usize> {
    /// When the requests at each station entered the first, the one in service in front.
    entered: [VecDeque<u64>; N],
    left: u64,
    responses_ns: u64,
}

impl<const N: usize> Stations<N> {
    fn new() -> Self {
        Self { entered: std::array::from_fn(|_| VecDeque::new()), left: 0, responses_ns: 0 }
    }

    /// A request comes to a station; true if its service begins.
    #[inline]
    fn arrive(&mut self, station: usize, entered: u64) -> bool {
        self.entered[station].push_back(entered);
        self.entered[station].len() == 1
    }

    /// A service ends: whether the next begins, and whether that of the request at the next station.
    #[inline]
    fn leave(&mut self, station: usize, now: u64) -> (bool, bool) {
        let entered = self.entered[station].pop_front().unwrap();
        let onward = if station + 1 < N {
            self.arrive(station + 1, entered)
        } else {
            self.left += 1;
            self.responses_ns += now - entered;
            false
        };
        (!self.entered[station].is_empty(), onward)
    }

    fn outcome(&self, events: u64) -> Outcome {
        Outcome { events, mean_response_ns: self.responses_ns as f64 / self.left as f64 }
    }
}

/// What happens in the naive rows of stations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Naive {
    Arrival,
    Done(usize),
}

/// A row of `N` stations, naive.
pub fn row_naive<const N: usize>(events: u64) -> Outcome {
    let mut durations = Durations::new(1);
    let mut stations = Stations::<N>::new();
    let mut heap = BinaryHeap::new();
    let mut number = 0_u32;
    let mut at = |heap: &mut BinaryHeap<_>, time: u64, event| {
        number += 1;
        heap.push(Reverse((time, number, event)));
    };
    at(&mut heap, 0, Naive::Arrival);
    for _ in 0..events {
        let Reverse((now, _, event)) = heap.pop().unwrap();
        match event {
            Naive::Arrival => {
                at(&mut heap, now + durations.next(BETWEEN_ARRIVALS_NS), Naive::Arrival);
                if stations.arrive(0, now) {
                    at(&mut heap, now + durations.next(SERVICE_NS), Naive::Done(0));
                }
            }
            Naive::Done(station) => {
                let (next, onward) = stations.leave(station, now);
                if next {
                    at(&mut heap, now + durations.next(SERVICE_NS), Naive::Done(station));
                }
                if onward {
                    at(&mut heap, now + durations.next(SERVICE_NS), Naive::Done(station + 1));
                }
            }
        }
    }
    stations.outcome(events)
}

/// A row of `N` stations with one of the crate's pending sets.
pub fn row<const N: usize, P: Pending>(events: u64) -> Outcome {
    const ARRIVAL: u32 = u32::MAX;
    let mut durations = Durations::new(1);
    let mut stations = Stations::<N>::new();
    let mut heap = P::default();
    let mut number = 0;
    let mut key = |time: u64, what: u32| {
        number += 1;
        pending::key(time, number, what)
    };
    heap.push(key(0, ARRIVAL));
    for _ in 0..events {
        let top = heap.peek().unwrap();
        let (now, what) = (pending::time_ns(top), pending::payload(top));
        if what == ARRIVAL {
            heap.replace_top(key(now + durations.next(BETWEEN_ARRIVALS_NS), ARRIVAL));
            if stations.arrive(0, now) {
                heap.push(key(now + durations.next(SERVICE_NS), 0));
            }
            continue;
        }
        let (next, onward) = stations.leave(what as usize, now);
        if next {
            heap.replace_top(key(now + durations.next(SERVICE_NS), what));
        } else {
            heap.pop();
        }
        if onward {
            heap.push(key(now + durations.next(SERVICE_NS), what + 1));
        }
    }
    stations.outcome(events)
}
