//! A breaker by rates over a sliding window, as resilience4j.

use super::window::{Call, Tally, Window, WindowKind};
use super::{Outcome, State};

/// What a breaker by rates goes by (`CircuitBreakerConfig` in resilience4j, but for
/// `failures_in_a_row`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateConfig {
    /// It opens when so many percent of the calls failed, or more; `None`: never for that.
    pub failure_percent: Option<f32>,
    /// It opens when so many percent of the calls were slow, or more; `None`: never for that.
    pub slow_percent: Option<f32>,
    /// A call is slow when it took longer.
    pub slow_ns: u64,
    /// It also opens after so many failures in a row while closed, and at the first failure while
    /// half-open. Not known to resilience4j: it is what a breaker by counts would say.
    pub failures_in_a_row: Option<u32>,
    /// Which calls the rates are taken of.
    pub window: WindowKind,
    /// There is no rate of fewer calls; never more than the window can hold.
    pub minimum_calls: u32,
    /// How long it is open. Over only when more time has passed, unless a timer ends it.
    pub open_ns: u64,
    /// Each further wait without closing in between is longer by this factor, cut to whole
    /// milliseconds; `None`: all are `open_ns`.
    pub open_backoff_multiplier: Option<f64>,
    /// So many calls are let through while half-open, and their rates decide; 0 stands for 1.
    pub half_open_permitted_calls: u32,
    /// It opens again when it was half-open for so long; 0: never.
    pub half_open_max_wait_ns: u64,
    /// Whether it is half-open as soon as the wait is over, even if no call asks.
    pub half_open_by_timer: bool,
}

impl RateConfig {
    fn probes(&self) -> u32 {
        self.half_open_permitted_calls.max(1)
    }
}

/// A breaker by rates.
#[derive(Debug, Clone)]
pub struct Rate {
    config: RateConfig,
    /// What is judged while it is closed; a window of calls is also the one for probes.
    window: Window,
    /// What is judged while it is half-open, where the other is one of time.
    probes: Option<Window>,
    state: State,
    /// Whether the window that is shown is the one of probes.
    probing: bool,
    /// How many calls may still be let through while half-open.
    permitted: u32,
    not_permitted: u32,
    in_a_row: u32,
    /// How long the present or the last wait is.
    wait_ns: u64,
    /// Since when the state lasts.
    since_ns: u64,
}

impl Rate {
    /// A closed breaker at time 0.
    pub fn new(config: RateConfig) -> Self {
        let (window, probes) = match config.window {
            WindowKind::Count { size } => (Window::last(size, config.probes()), None),
            WindowKind::Time { .. } => {
                let probes = Window::last(config.probes(), config.probes());
                (Window::new(config.window), Some(probes))
            }
        };
        Self {
            config,
            window,
            probes,
            state: State::Closed,
            probing: false,
            permitted: 0,
            not_permitted: 0,
            in_a_row: 0,
            wait_ns: 0,
            since_ns: 0,
        }
    }

    /// Asks to call.
    pub fn ask(&mut self, now_ns: u64) -> bool {
        self.catch_up(now_ns);
        if self.state == State::Open && now_ns > self.since_ns.saturating_add(self.wait_ns) {
            self.half_open(now_ns);
        }
        match self.state {
            State::Closed => return true,
            State::HalfOpen if self.permitted > 0 => {
                self.permitted -= 1;
                return true;
            }
            State::HalfOpen | State::Open => {}
        }
        self.not_permitted = self.not_permitted.saturating_add(1);
        false
    }

    /// Tells how a call ended. It counts in the state that the breaker is in now, whenever it was let
    /// through; an ignored one makes room for another probe.
    pub fn report(&mut self, now_ns: u64, outcome: Outcome, duration_ns: u64) {
        self.catch_up(now_ns);
        if outcome == Outcome::Ignored {
            if self.state == State::HalfOpen {
                self.permitted = self.permitted.saturating_add(1);
            }
            return;
        }
        let failed = outcome == Outcome::Failure;
        self.in_a_row = if failed { self.in_a_row.saturating_add(1) } else { 0 };
        let call = Call { failed, slow: duration_ns > self.config.slow_ns };
        self.shown().record(now_ns, call);
        match self.state {
            State::Open => {}
            State::Closed => {
                let too_many = self.config.failures_in_a_row.is_some_and(|n| self.in_a_row >= n);
                if (failed && too_many) || self.rates_too_high(now_ns) == Some(true) {
                    self.open(now_ns);
                }
            }
            State::HalfOpen => {
                if failed && self.config.failures_in_a_row.is_some() {
                    self.open(now_ns);
                    return;
                }
                match self.rates_too_high(now_ns) {
                    Some(true) => self.open(now_ns),
                    Some(false) => self.close(now_ns),
                    None => {}
                }
            }
        }
    }

    /// Its state: timers have run, but an open breaker waits for a call to become half-open.
    pub fn state(&mut self, now_ns: u64) -> State {
        self.catch_up(now_ns);
        self.state
    }

    /// The calls in the window of the present state. An open breaker keeps the one that opened it.
    pub fn tally(&mut self, now_ns: u64) -> Tally {
        self.catch_up(now_ns);
        self.shown().tally(now_ns)
    }

    /// How many calls were refused since that window was begun.
    pub fn not_permitted(&self) -> u32 {
        self.not_permitted
    }

    /// There is no rate of fewer calls than this in the window of the present state.
    pub fn minimum_calls(&self) -> u32 {
        let most = match self.config.window {
            _ if self.probing => self.config.probes(),
            WindowKind::Count { size } => size.max(1),
            WindowKind::Time { .. } => u32::MAX,
        };
        self.config.minimum_calls.min(most)
    }

    fn shown(&mut self) -> &mut Window {
        match &mut self.probes {
            Some(probes) if self.probing => probes,
            _ => &mut self.window,
        }
    }

    /// Whether a rate reaches its threshold; `None` when there are too few calls for one.
    fn rates_too_high(&mut self, now_ns: u64) -> Option<bool> {
        let tally = self.shown().tally(now_ns);
        let enough = tally.calls > 0 && tally.calls >= self.minimum_calls();
        enough.then(|| {
            let config = &self.config;
            config.failure_percent.is_some_and(|most| tally.failure_percent() >= most)
                || config.slow_percent.is_some_and(|most| tally.slow_percent() >= most)
        })
    }

    /// Runs the timers that went off up to now.
    fn catch_up(&mut self, now_ns: u64) {
        loop {
            let (wait_ns, timed) = match self.state {
                State::Closed => return,
                State::Open => (self.wait_ns, self.config.half_open_by_timer),
                State::HalfOpen => {
                    let most_ns = self.config.half_open_max_wait_ns;
                    (most_ns, most_ns > 0)
                }
            };
            let at_ns = self.since_ns.checked_add(wait_ns);
            let Some(at_ns) = at_ns.filter(|at_ns| timed && *at_ns <= now_ns) else { return };
            match self.state {
                State::Open => self.half_open(at_ns),
                State::Closed | State::HalfOpen => self.open(at_ns),
            }
        }
    }

    fn open(&mut self, now_ns: u64) {
        self.wait_ns = match self.config.open_backoff_multiplier {
            Some(factor) if self.state == State::HalfOpen => longer(self.wait_ns, factor),
            _ => self.config.open_ns,
        };
        self.state = State::Open;
        self.since_ns = now_ns;
    }

    fn half_open(&mut self, now_ns: u64) {
        self.permitted = self.config.probes();
        self.begin(State::HalfOpen, now_ns);
    }

    fn close(&mut self, now_ns: u64) {
        self.begin(State::Closed, now_ns);
    }

    /// Changes the state and begins a new window for it.
    fn begin(&mut self, state: State, now_ns: u64) {
        self.state = state;
        self.since_ns = now_ns;
        self.probing = state == State::HalfOpen;
        self.not_permitted = 0;
        self.in_a_row = 0;
        let kind = match state {
            State::HalfOpen => WindowKind::Count { size: self.config.probes() },
            State::Closed | State::Open => self.config.window,
        };
        self.shown().restart(kind, now_ns);
    }
}

/// A wait as `IntervalFunction.ofExponentialBackoff` lengthens it: in whole milliseconds, cut off.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole milliseconds are meant, and a float above the range becomes the largest number"
)]
fn longer(wait_ns: u64, factor: f64) -> u64 {
    const MS_NS: f64 = 1e6;
    let longer_ms = (wait_ns as f64 / MS_NS * factor) as u64;
    longer_ms.saturating_mul(1_000_000)
}
