//! Timers of one constant delay, in a ring.
//!
//! A timeout that is the same for every call ends for the calls in the order in which they began. A
//! [`Lane`] keeps such timers as they come, at no cost but a copy, and only its first one needs to be
//! among the pending events: thousands of timers, nearly all of which are cancelled, do not make
//! every other event dearer.

use std::collections::VecDeque;

/// A timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When it goes off.
    pub deadline_ns: u64,
    /// Its place among the events of the same time.
    pub seq: u32,
    /// Whose it is.
    pub token: u32,
}

/// Timers in the order in which they go off.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    timers: VecDeque<Timer>,
}

impl Lane {
    /// Adds a timer, which must not go off before one that is in the lane. True if it is the first,
    /// so that it has to become a pending event.
    #[inline]
    pub fn push(&mut self, timer: Timer) -> bool {
        debug_assert!(
            self.timers.back().is_none_or(|last| {
                (last.deadline_ns, last.seq) <= (timer.deadline_ns, timer.seq)
            }),
            "a lane has one delay"
        );
        self.timers.push_back(timer);
        self.timers.len() == 1
    }

    /// The timer that goes off first.
    #[inline]
    pub fn head(&self) -> Option<Timer> {
        self.timers.front().copied()
    }

    /// Takes the timer that goes off first.
    #[inline]
    pub fn pop(&mut self) -> Option<Timer> {
        self.timers.pop_front()
    }

    /// Drops timers from the front for as long as `cancelled` says so of their token and `seq`, and
    /// gives the first that is left.
    #[inline]
    pub fn skip_while(&mut self, mut cancelled: impl FnMut(u32, u32) -> bool) -> Option<Timer> {
        while let Some(&timer) = self.timers.front() {
            if !cancelled(timer.token, timer.seq) {
                return Some(timer);
            }
            self.timers.pop_front();
        }
        None
    }

    /// How many timers there are, cancelled ones included.
    #[inline]
    pub fn len(&self) -> usize {
        self.timers.len()
    }

    /// Whether there is no timer.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.timers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pending::{self, Pending, QuadHeap};

    /// What goes off, and when, of timers of one delay that begin at `starts` and of which some are
    /// cancelled before: all of them pending, and only the first.
    fn with_all_pending(starts: &[(u64, bool)], delay: u64) -> Vec<u128> {
        let mut queue = QuadHeap::default();
        for (token, &(start, _)) in (0..).zip(starts) {
            queue.push(pending::key(start + delay, token, token));
        }
        std::iter::from_fn(|| queue.pop())
            .filter(|&key| !starts[pending::payload(key) as usize].1)
            .collect()
    }

    fn with_a_lane(starts: &[(u64, bool)], delay: u64) -> Vec<u128> {
        let (mut lane, mut queue, mut fired) = (Lane::default(), QuadHeap::default(), Vec::new());
        let key = |timer: Timer| pending::key(timer.deadline_ns, timer.seq, 0);
        for (token, &(start, _)) in (0..).zip(starts) {
            let timer = Timer { deadline_ns: start + delay, seq: token, token };
            if lane.push(timer) {
                queue.push(key(timer));
            }
            assert!(queue.len() <= 1);
        }
        while queue.pop().is_some() {
            let timer = lane.pop().expect("what is pending is in the lane");
            if !starts[timer.token as usize].1 {
                fired.push(pending::key(timer.deadline_ns, timer.seq, timer.token));
            }
            if let Some(next) = lane.skip_while(|token, _| starts[token as usize].1) {
                queue.push(key(next));
            }
        }
        assert!(lane.is_empty());
        fired
    }

    proptest! {
        #[test]
        fn a_lane_fires_what_a_queue_of_all_timers_fires(
            steps in prop::collection::vec((0..3_u64, any::<bool>()), 0..100),
            delay in 0..20_u64,
        ) {
            let mut now = 0;
            let starts: Vec<(u64, bool)> =
                steps.into_iter().map(|(step, cancelled)| { now += step; (now, cancelled) }).collect();
            prop_assert_eq!(with_a_lane(&starts, delay), with_all_pending(&starts, delay));
        }
    }

    #[test]
    fn heads_and_lengths() {
        let mut lane = Lane::default();
        assert_eq!(lane.skip_while(|_, _| true), None);
        let timer = |n: u32| Timer { deadline_ns: 10, seq: n, token: n };
        assert!(lane.push(timer(1)));
        assert!(!lane.push(timer(2)));
        assert_eq!((lane.head(), lane.len()), (Some(timer(1)), 2));
        assert_eq!(lane.skip_while(|token, seq| token == 1 && seq == 1), Some(timer(2)));
        assert_eq!((lane.pop(), lane.pop()), (Some(timer(2)), None));
    }
}
