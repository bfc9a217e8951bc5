//! Circuit breakers: after too many failures nothing is tried for a while, then a few calls probe.
//!
//! Two styles, because the libraries in use differ in what a user notices: [`Consecutive`] counts
//! since the last change of state, as `sony/gobreaker`
//! (<https://github.com/sony/gobreaker>, MIT; v1.0.0, and `IsExcluded` of v2.4.0), and [`Rate`]
//! takes rates over a sliding [`Window`], as `resilience4j`
//! (<https://github.com/resilience4j/resilience4j>, Apache-2.0; v2.3.0). Rules and defaults are
//! theirs, the code is not.
//!
//! There is one breaker for each replica and step, so it is small and asks for memory only when it is
//! made. Time is the simulation's, in nanoseconds since its start.

mod consecutive;
mod rate;
mod window;

use knockon_core::Breaker as Declared;

pub use consecutive::{Consecutive, ConsecutiveConfig, Counts, Trip};
pub use rate::{Rate, RateConfig};
pub use window::{Call, CountWindow, Tally, TimeWindow, Window, WindowKind};

/// Whether calls are let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All are.
    Closed,
    /// None is.
    Open,
    /// A few are, to try.
    HalfOpen,
}

/// How a call ended, as far as the breaker is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The callee did what it was asked.
    Success,
    /// It did not.
    Failure,
    /// It says nothing about the callee, such as a call given up by its caller.
    Ignored,
}

/// Leave to call. To be handed back with the outcome: a call that is never reported keeps its place
/// among the probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// How often the counts had been cleared when the call was let through (`generation` in
    /// gobreaker); 0 where the breaker does not ask.
    generation: u32,
}

/// What a breaker goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Config {
    /// Counts since the last change.
    Consecutive(ConsecutiveConfig),
    /// Rates over a window, with or without a limit of failures in a row.
    Rate(RateConfig),
}

impl Config {
    /// What a breaker of the model goes by. With `failures` alone it is one of counts; with a rate it
    /// is one of rates, to which `failures` adds that it opens after so many in a row, and again at
    /// the first probe that fails: it opens when either says so.
    ///
    /// Without `min_calls` the whole window must be full, as in resilience4j. Without any of the three
    /// nothing opens it.
    pub fn of(declared: &Declared) -> Self {
        let open_ns = nanoseconds(declared.open);
        if let (Some(failures), None, None) =
            (declared.failures, declared.failure_rate, declared.slow_rate)
        {
            return Self::Consecutive(ConsecutiveConfig {
                trip: Trip::ConsecutiveFailures { more_than: failures.saturating_sub(1) },
                open_ns,
                half_open_max_requests: declared.probes,
                closed_interval_ns: 0,
            });
        }
        Self::Rate(RateConfig {
            failure_percent: declared.failure_rate.map(percent),
            slow_percent: declared.slow_rate.map(percent),
            slow_ns: declared.slow.map_or(u64::MAX, nanoseconds),
            failures_in_a_row: declared.failures,
            window: WindowKind::Count { size: declared.window },
            minimum_calls: declared.min_calls.unwrap_or(declared.window),
            open_ns,
            open_backoff_multiplier: None,
            half_open_permitted_calls: declared.probes,
            half_open_max_wait_ns: 0,
            half_open_by_timer: false,
        })
    }
}

/// A circuit breaker of one caller.
#[derive(Debug, Clone)]
pub enum Breaker {
    /// By counts.
    Consecutive(Consecutive),
    /// By rates.
    Rate(Rate),
}

impl Breaker {
    /// A closed breaker, made at the start of the simulation.
    pub fn new(config: Config) -> Self {
        match config {
            Config::Consecutive(config) => Self::Consecutive(Consecutive::new(config)),
            Config::Rate(config) => Self::Rate(Rate::new(config)),
        }
    }

    /// Asks to call; `None` when the call is refused.
    pub fn ask(&mut self, now_ns: u64) -> Option<Permit> {
        match self {
            Self::Consecutive(breaker) => breaker.ask(now_ns),
            Self::Rate(breaker) => breaker.ask(now_ns).then_some(Permit { generation: 0 }),
        }
    }

    /// Tells how a call that was let through ended, after `duration_ns`.
    pub fn report(&mut self, now_ns: u64, permit: Permit, outcome: Outcome, duration_ns: u64) {
        match self {
            Self::Consecutive(breaker) => breaker.report(now_ns, permit, outcome),
            Self::Rate(breaker) => breaker.report(now_ns, outcome, duration_ns),
        }
    }

    /// Its state. A breaker by counts first brings itself up to date with the clock; one by rates
    /// leaves [`State::Open`] only when a call asks, or by a timer.
    pub fn state(&mut self, now_ns: u64) -> State {
        match self {
            Self::Consecutive(breaker) => breaker.state(now_ns),
            Self::Rate(breaker) => breaker.state(now_ns),
        }
    }
}

/// A share as the 32-bit percentage that resilience4j compares.
#[expect(clippy::cast_possible_truncation, reason = "the rates it is compared with are 32-bit too")]
fn percent(share: knockon_core::Share) -> f32 {
    share.percent as f32
}

fn nanoseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
