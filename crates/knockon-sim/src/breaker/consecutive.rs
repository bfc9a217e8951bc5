//! A breaker by counts since the last change of state, as gobreaker.

use super::{Outcome, Permit, State};

/// When a closed breaker opens. It is asked only after a failure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trip {
    /// When more than so many failures followed each other.
    ConsecutiveFailures {
        /// The most that is borne; gobreaker's default is 5.
        more_than: u32,
    },
    /// When a part of the requests failed; ignored ones are left out.
    FailureRatio {
        /// Fewer requests are not judged.
        min_requests: u32,
        /// Too much, from 0 to 1.
        ratio_at_least: f64,
    },
}

impl Trip {
    fn says_open(self, counts: &Counts) -> bool {
        match self {
            Self::ConsecutiveFailures { more_than } => counts.consecutive_failures > more_than,
            Self::FailureRatio { min_requests, ratio_at_least } => {
                let requests = counts.that_count();
                requests >= min_requests
                    && f64::from(counts.failures) / f64::from(requests) >= ratio_at_least
            }
        }
    }
}

/// What a breaker by counts goes by (`Settings` in gobreaker).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConsecutiveConfig {
    /// When it opens.
    pub trip: Trip,
    /// How long it is open. Over only when more time has passed.
    pub open_ns: u64,
    /// So many calls are let through while half-open, and as many successes in a row close it; 0
    /// stands for 1.
    pub half_open_max_requests: u32,
    /// The counts are cleared when the breaker was closed for longer than this; 0: never.
    pub closed_interval_ns: u64,
}

/// What was counted since the last change of state, or since the last interval began. Refused calls
/// count nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Calls let through.
    pub requests: u32,
    /// Those that ended well.
    pub successes: u32,
    /// Those that failed.
    pub failures: u32,
    /// Those whose outcome was ignored.
    pub exclusions: u32,
    /// Successes since the last failure.
    pub consecutive_successes: u32,
    /// Failures since the last success.
    pub consecutive_failures: u32,
}

impl Counts {
    /// Requests without the ignored ones: what the limit of probes and the ratio go by.
    fn that_count(&self) -> u32 {
        self.requests.saturating_sub(self.exclusions)
    }
}

/// A breaker by counts.
#[derive(Debug, Clone)]
pub struct Consecutive {
    config: ConsecutiveConfig,
    counts: Counts,
    state: State,
    generation: u32,
    /// When the interval or the open time is over; `u64::MAX`: never.
    expiry_ns: u64,
}

impl Consecutive {
    /// A closed breaker at time 0.
    pub fn new(config: ConsecutiveConfig) -> Self {
        let mut breaker = Self {
            config,
            counts: Counts::default(),
            state: State::Closed,
            generation: 0,
            expiry_ns: u64::MAX,
        };
        breaker.enter(State::Closed, 0);
        breaker
    }

    /// Asks to call.
    pub fn ask(&mut self, now_ns: u64) -> Option<Permit> {
        let allowed = match self.state(now_ns) {
            State::Closed => true,
            State::Open => false,
            State::HalfOpen => self.counts.that_count() < self.probes(),
        };
        allowed.then(|| {
            self.counts.requests = self.counts.requests.saturating_add(1);
            Permit { generation: self.generation }
        })
    }

    /// Tells how a call ended. One from before the last clearing of the counts says nothing any more.
    pub fn report(&mut self, now_ns: u64, permit: Permit, outcome: Outcome) {
        let state = self.state(now_ns);
        if permit.generation != self.generation {
            return;
        }
        let counts = &mut self.counts;
        match outcome {
            Outcome::Success => {
                counts.successes = counts.successes.saturating_add(1);
                counts.consecutive_successes = counts.consecutive_successes.saturating_add(1);
                counts.consecutive_failures = 0;
                if state == State::HalfOpen && counts.consecutive_successes >= self.probes() {
                    self.enter(State::Closed, now_ns);
                }
            }
            Outcome::Failure => {
                counts.failures = counts.failures.saturating_add(1);
                counts.consecutive_failures = counts.consecutive_failures.saturating_add(1);
                counts.consecutive_successes = 0;
                if state == State::HalfOpen || self.config.trip.says_open(counts) {
                    self.enter(State::Open, now_ns);
                }
            }
            Outcome::Ignored => counts.exclusions = counts.exclusions.saturating_add(1),
        }
    }

    /// Its state, brought up to date with the clock: a new interval begins when it is looked at.
    pub fn state(&mut self, now_ns: u64) -> State {
        if now_ns > self.expiry_ns {
            match self.state {
                State::Open => self.enter(State::HalfOpen, now_ns),
                State::Closed | State::HalfOpen => self.enter(self.state, now_ns),
            }
        }
        self.state
    }

    /// What was counted, as of the last time that the breaker was used or asked for its state.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn probes(&self) -> u32 {
        self.config.half_open_max_requests.max(1)
    }

    fn enter(&mut self, state: State, now_ns: u64) {
        self.state = state;
        self.generation = self.generation.wrapping_add(1);
        self.counts = Counts::default();
        self.expiry_ns = match state {
            State::Closed if self.config.closed_interval_ns > 0 => {
                now_ns.saturating_add(self.config.closed_interval_ns)
            }
            State::Open => now_ns.saturating_add(self.config.open_ns),
            State::Closed | State::HalfOpen => u64::MAX,
        };
    }
}
