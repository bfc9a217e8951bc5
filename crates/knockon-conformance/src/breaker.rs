//! Sequences of operations on circuit breakers, recorded from gobreaker and resilience4j.
//!
//! A file has `sequences`; each has a `style`, a `config` of that style and `steps`, which are played
//! on a fresh breaker. What a key means is written in the file itself, under `fields`.

use std::collections::BTreeMap;

use knockon_sim::breaker::{
    Breaker, Call, Config, ConsecutiveConfig, Outcome, Permit, RateConfig, State, Tally, Trip,
    Window, WindowKind,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{Disagreement, Report};

/// Plays every sequence of a file. `Err`: it is not such a file.
pub fn check(text: &str) -> Result<Report, String> {
    let file: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| format!("not a file of sequences: {error}"))?;
    let Some(sequences) = file.get("sequences").and_then(Value::as_array) else {
        return Err("no list of sequences".to_owned());
    };
    let mut report = Report::default();
    let known = ["title", "origin", "how_to_read", "fields", "defaults", "sequences"];
    for key in file.keys().filter(|key| !known.contains(&key.as_str())) {
        let what = "what this key of the file means is not known".to_owned();
        report.left_out.push(Disagreement { case: key.clone(), what });
    }
    for (index, value) in sequences.iter().enumerate() {
        let name = value.get("name").and_then(Value::as_str);
        let case = name.map_or_else(|| format!("sequence {}", index + 1), str::to_owned);
        match play(value, file.get("defaults")) {
            Ok(differs) => {
                report.played += 1;
                report.disagreements.extend(differs.map(|what| Disagreement { case, what }));
            }
            Err(what) => report.left_out.push(Disagreement { case, what }),
        }
    }
    Ok(report)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sequence {
    #[serde(rename = "name")]
    _name: String,
    style: Style,
    #[serde(rename = "source")]
    _source: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
    #[serde(default)]
    config: Map<String, Value>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Style {
    Consecutive,
    Rate,
    Window,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    Success,
    Failure,
    Slow,
    Ignored,
    Try,
    AdvanceMs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    op: Op,
    ms: Option<u64>,
    call: Option<String>,
    duration_ms: Option<u64>,
    #[serde(default = "once")]
    times: u32,
    expect_allowed: Option<bool>,
    expect_state: Option<Expected>,
    #[serde(default)]
    expect_counts: BTreeMap<String, Option<f64>>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

fn once() -> u32 {
    1
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Closed,
    Open,
    HalfOpen,
}

impl From<State> for Expected {
    fn from(state: State) -> Self {
        match state {
            State::Closed => Self::Closed,
            State::Open => Self::Open,
            State::HalfOpen => Self::HalfOpen,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByCounts {
    trip: Rule,
    open_ms: u64,
    half_open_max_requests: u32,
    closed_interval_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
enum Rule {
    ConsecutiveFailures { more_than: u32 },
    FailureRatio { min_requests: u32, ratio_at_least: f64 },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByRate {
    failure_rate_threshold: f32,
    slow_call_rate_threshold: f32,
    slow_call_duration_ms: u64,
    window: Calls,
    minimum_calls: u32,
    open_ms: u64,
    open_backoff_multiplier: Option<f64>,
    half_open_permitted_calls: u32,
    half_open_max_wait_ms: u64,
    half_open_by_timer: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowAlone {
    window: Calls,
    minimum_calls: u32,
    slow_call_duration_ms: u64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Calls {
    Count { size: u32 },
    Time { size_s: u32 },
}

impl From<Calls> for WindowKind {
    fn from(calls: Calls) -> Self {
        match calls {
            Calls::Count { size } => Self::Count { size },
            Calls::Time { size_s } => Self::Time { size_s },
        }
    }
}

/// What a sequence is played on.
enum Subject {
    Breaker(Breaker),
    Window { window: Window, minimum_calls: u32 },
}

struct Player {
    subject: Subject,
    now_ns: u64,
    /// A call is slow above this.
    slow_ms: u64,
    in_flight: BTreeMap<String, Vec<Permit>>,
}

/// The first step that differs, if one does. `Err`: it cannot be played.
fn play(value: &Value, defaults: Option<&Value>) -> Result<Option<String>, String> {
    let mut sequence: Sequence =
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let of_library = match sequence.style {
        Style::Consecutive => Some("gobreaker"),
        Style::Rate => Some("resilience4j"),
        Style::Window => None,
    };
    let defaults = of_library.and_then(|library| defaults?.get(library)?.as_object());
    for (key, value) in defaults.into_iter().flatten() {
        sequence.config.entry(key.clone()).or_insert_with(|| value.clone());
    }
    let mut player = Player::new(sequence.style, Value::Object(sequence.config))?;
    for (index, step) in sequence.steps.iter().enumerate() {
        let differs = player.step(step).map_err(|why| format!("step {}: {why}", index + 1))?;
        if !differs.is_empty() {
            let place = format!("step {} ({:?})", index + 1, step.op);
            return Ok(Some(format!("{place}: {}", differs.join("; "))));
        }
    }
    Ok(None)
}

impl Player {
    fn new(style: Style, config: Value) -> Result<Self, String> {
        let why = |error: serde_json::Error| format!("config: {error}");
        let (subject, slow_ms) = match style {
            Style::Consecutive => {
                let config: ByCounts = serde_json::from_value(config).map_err(why)?;
                (Subject::Breaker(Breaker::new(by_counts(&config))), 0)
            }
            Style::Rate => {
                let config: ByRate = serde_json::from_value(config).map_err(why)?;
                (Subject::Breaker(Breaker::new(by_rate(&config))), config.slow_call_duration_ms)
            }
            Style::Window => {
                let config: WindowAlone = serde_json::from_value(config).map_err(why)?;
                // More than a window can hold would never give a rate.
                let minimum_calls = match config.window {
                    Calls::Count { size } => config.minimum_calls.min(size),
                    Calls::Time { .. } => config.minimum_calls,
                };
                let window = Window::new(config.window.into());
                (Subject::Window { window, minimum_calls }, config.slow_call_duration_ms)
            }
        };
        Ok(Self { subject, now_ns: 0, slow_ms, in_flight: BTreeMap::new() })
    }

    /// Does a step; what came otherwise than expected.
    fn step(&mut self, step: &Step) -> Result<Vec<String>, String> {
        let mut differs = Vec::new();
        if step.ms.is_some() != (step.op == Op::AdvanceMs) {
            return Err("ms belongs to advance_ms, and only there".to_owned());
        }
        for _ in 0..step.times {
            let allowed = self.act(step)?;
            match (step.expect_allowed, allowed) {
                (Some(_), None) => return Err("nothing that could be allowed".to_owned()),
                (Some(expected), Some(allowed)) if expected != allowed => {
                    differs.push(format!("allowed: expected {expected}, got {allowed}"));
                }
                _ => {}
            }
        }
        if let Some(expected) = step.expect_state {
            let Subject::Breaker(breaker) = &mut self.subject else {
                return Err("a window has no state".to_owned());
            };
            let state = Expected::from(breaker.state(self.now_ns));
            if state != expected {
                differs.push(format!("state: expected {expected:?}, got {state:?}"));
            }
        }
        for (key, expected) in &step.expect_counts {
            let count = self.count(key)?;
            let same = match (*expected, count) {
                (Some(expected), Some(count)) => (expected - count).abs() <= 1e-4,
                (expected, count) => expected.is_none() && count.is_none(),
            };
            if !same {
                differs.push(format!("{key}: expected {}, got {}", shown(*expected), shown(count)));
            }
        }
        Ok(differs)
    }

    /// Does it once. `None`: nothing was asked.
    fn act(&mut self, step: &Step) -> Result<Option<bool>, String> {
        let outcome = match step.op {
            Op::AdvanceMs => {
                self.now_ns = self.now_ns.saturating_add(ns(step.ms.unwrap_or_default()));
                return Ok(None);
            }
            Op::Try => {
                let permit = self.ask()?;
                let call = step.call.clone().ok_or("a try without a call")?;
                if let Some(permit) = permit {
                    self.in_flight.entry(call).or_default().push(permit);
                }
                return Ok(Some(permit.is_some()));
            }
            Op::Success | Op::Slow => Outcome::Success,
            Op::Failure => Outcome::Failure,
            Op::Ignored => Outcome::Ignored,
        };
        let least_ms = if step.op == Op::Slow { self.slow_ms.saturating_add(1) } else { 0 };
        let duration_ns = ns(step.duration_ms.unwrap_or(least_ms));
        if let Subject::Window { window, .. } = &mut self.subject {
            let slow = duration_ns > ns(self.slow_ms);
            let call = Call { failed: outcome == Outcome::Failure, slow };
            if outcome != Outcome::Ignored {
                window.record(self.now_ns, call);
            }
            return Ok(None);
        }
        let (permit, asked) = match &step.call {
            None => (self.ask()?, true),
            Some(call) => {
                let permit = self.in_flight.get_mut(call).and_then(Vec::pop);
                (Some(permit.ok_or_else(|| format!("call {call} is not in flight"))?), false)
            }
        };
        if let (Some(permit), Subject::Breaker(breaker)) = (permit, &mut self.subject) {
            breaker.report(self.now_ns, permit, outcome, duration_ns);
        }
        Ok(asked.then_some(permit.is_some()))
    }

    fn ask(&mut self) -> Result<Option<Permit>, String> {
        match &mut self.subject {
            Subject::Breaker(breaker) => Ok(breaker.ask(self.now_ns)),
            Subject::Window { .. } => Err("a window cannot be asked".to_owned()),
        }
    }

    /// A count by its name in the file; `None`: there are too few calls for a rate.
    fn count(&mut self, key: &str) -> Result<Option<f64>, String> {
        let unknown = || Err(format!("unknown count {key}"));
        let (tally, minimum_calls, not_permitted) = match &mut self.subject {
            Subject::Window { window, minimum_calls } => {
                (window.tally(self.now_ns), *minimum_calls, 0)
            }
            Subject::Breaker(Breaker::Rate(rate)) => {
                (rate.tally(self.now_ns), rate.minimum_calls(), rate.not_permitted())
            }
            Subject::Breaker(Breaker::Consecutive(breaker)) => {
                let counts = breaker.counts();
                let count = match key {
                    "requests" => counts.requests,
                    "successes" => counts.successes,
                    "failures" => counts.failures,
                    "exclusions" => counts.exclusions,
                    "consecutive_successes" => counts.consecutive_successes,
                    "consecutive_failures" => counts.consecutive_failures,
                    _ => return unknown(),
                };
                return Ok(Some(f64::from(count)));
            }
        };
        let rate = |percent: fn(&Tally) -> f32| {
            (tally.calls >= minimum_calls).then(|| f64::from(percent(&tally)))
        };
        let count = match key {
            "failure_rate" => return Ok(rate(Tally::failure_percent)),
            "slow_rate" => return Ok(rate(Tally::slow_percent)),
            "calls" => tally.calls,
            "successful" => tally.successful(),
            "failed" => tally.failed,
            "slow" => tally.slow,
            "slow_failed" => tally.slow_failed,
            "not_permitted" => not_permitted,
            _ => return unknown(),
        };
        Ok(Some(f64::from(count)))
    }
}

fn by_counts(config: &ByCounts) -> Config {
    let trip = match config.trip {
        Rule::ConsecutiveFailures { more_than } => Trip::ConsecutiveFailures { more_than },
        Rule::FailureRatio { min_requests, ratio_at_least } => {
            Trip::FailureRatio { min_requests, ratio_at_least }
        }
    };
    // gobreaker takes no timeout for its default.
    let open_ms = if config.open_ms == 0 { 60_000 } else { config.open_ms };
    Config::Consecutive(ConsecutiveConfig {
        trip,
        open_ns: ns(open_ms),
        half_open_max_requests: config.half_open_max_requests,
        closed_interval_ns: ns(config.closed_interval_ms),
    })
}

fn by_rate(config: &ByRate) -> Config {
    Config::Rate(RateConfig {
        failure_percent: Some(config.failure_rate_threshold),
        slow_percent: Some(config.slow_call_rate_threshold),
        slow_ns: ns(config.slow_call_duration_ms),
        failures_in_a_row: None,
        window: config.window.into(),
        minimum_calls: config.minimum_calls,
        open_ns: ns(config.open_ms),
        open_backoff_multiplier: config.open_backoff_multiplier,
        half_open_permitted_calls: config.half_open_permitted_calls,
        half_open_max_wait_ns: ns(config.half_open_max_wait_ms),
        half_open_by_timer: config.half_open_by_timer,
    })
}

fn ns(ms: u64) -> u64 {
    ms.saturating_mul(1_000_000)
}

fn shown(count: Option<f64>) -> String {
    count.map_or_else(|| "none".to_owned(), |count| count.to_string())
}
