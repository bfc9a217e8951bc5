//! What the parts of the engine cost by themselves.

use std::hint::black_box;

use knockon_sim::histogram::Histogram;
use knockon_sim::lanes::{Lane, Timer};
use knockon_sim::pending::{self, Pending};
use knockon_sim::random::{self, LogNormal, Stream, exponential};
use knockon_sim::slab::Slab;

/// A queue with `size` events at exponential times, and the mean of these.
fn filled<P: Pending>(size: u32) -> (P, f64) {
    let mut queue = P::default();
    let mean = f64::from(size) * 1e3;
    for number in 0..size {
        let time = random::whole_ns(exponential(u64::from(number)) * mean);
        queue.push(pending::key(time, number, number));
    }
    (queue, mean)
}

/// The hold model (Vaucher, Duval 1975): `size` events are pending; the first happens and causes
/// another, exponentially later. Gives the time at the end.
pub fn hold<P: Pending>(size: u32, events: u64) -> u64 {
    let (mut queue, mean) = filled::<P>(size);
    let mut now = 0;
    for (number, turn) in (size..).zip(0..events) {
        let Some(top) = queue.pop() else { break };
        now = pending::time_ns(top);
        let later = random::whole_ns(exponential(turn) * mean);
        queue.push(pending::key(now + later, number, 0));
    }
    now
}

/// [`hold`] in one step.
pub fn hold_replacing<P: Pending>(size: u32, events: u64) -> u64 {
    let (mut queue, mean) = filled::<P>(size);
    let mut now = 0;
    for (number, turn) in (size..).zip(0..events) {
        let Some(top) = queue.peek() else { break };
        now = pending::time_ns(top);
        let later = random::whole_ns(exponential(turn) * mean);
        queue.replace_top(pending::key(now + later, number, 0));
    }
    now
}

/// Sums `n` draws of keys that do not wait for each other.
pub fn draws(n: u64, draw: impl Fn(u64) -> f64) -> f64 {
    (0..n).map(draw).sum()
}

/// Sums `n` draws each of which can only begin when the one before is known.
pub fn draws_in_turn(n: u64, draw: impl Fn(u64) -> f64) -> f64 {
    (0..n).fold(0.0, |sum, key| sum + draw(key ^ (sum.to_bits() & 1)))
}

pub fn stream(n: u64) -> f64 {
    let mut stream = Stream::new(1, 2, 3, 4);
    (0..n).map(|_| stream.exponential()).sum()
}

pub fn log_normals(n: u64) -> f64 {
    let of = LogNormal::with_mean_and_cv(5e6, 0.8);
    draws(n, |key| random::log_normal(key, of))
}

/// Records, with the draw that gives the value.
pub fn recording(n: u64) -> f64 {
    let mut histogram = Histogram::new();
    for key in 0..n {
        histogram.record(random::whole_ns(exponential(key) * 5e6));
    }
    black_box(&histogram).max_ns() as f64
}

/// A value comes and another goes, with 1,000 in place.
pub fn slab(n: u64) -> f64 {
    let mut slab = Slab::default();
    let mut handles: Vec<_> = (0..1_024_u64).filter_map(|n| slab.insert(n).ok()).collect();
    let mut sum = 0;
    for turn in 0..n {
        let at = (turn.wrapping_mul(0x9e37_79b9) >> 7 & 1_023) as usize;
        sum += slab.remove(handles[at]).map_or(0, |value| *value);
        if let Ok(handle) = slab.insert(turn) {
            handles[at] = handle;
        }
    }
    sum as f64
}

/// A timer is started and the oldest of 1,000 is dropped.
pub fn lane(n: u64) -> f64 {
    let mut lane = Lane::default();
    let mut sum = 0;
    for turn in 0..n {
        lane.push(Timer { deadline_ns: turn, seq: turn as u32, token: 0 });
        if turn >= 1_000 {
            sum += lane.pop().map_or(0, |timer| timer.deadline_ns);
        }
    }
    sum as f64
}
