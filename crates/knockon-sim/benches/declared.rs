//! The same models, declared in the model language and played by the engine.

use std::time::Duration;

use knockon_core::System;
use knockon_sim::clock::SECOND;
use knockon_sim::engine::Run;
use knockon_sim::histogram::Histogram;
use knockon_sim::plan::Plan;

use crate::bare::Outcome;

pub const SINGLE: &str = "
system: single
services:
  station: { runs: { workers: 1 }, operations: { work: [{ compute: 10ms, spread: exponential }] } }
journeys: { visit: { stages: [done: station / work], demand: 80/s } }
";

pub const ROW: &str = "
system: row
services:
  line: { kind: client, operations: { go through: [call: a / work, call: b / work, call: c / work] } }
  a: { runs: { workers: 1 }, operations: { work: [{ compute: 10ms, spread: exponential }] } }
  b: { runs: { workers: 1 }, operations: { work: [{ compute: 10ms, spread: exponential }] } }
  c: { runs: { workers: 1 }, operations: { work: [{ compute: 10ms, spread: exponential }] } }
journeys: { visit: { stages: [done: line / go through], demand: 80/s } }
";

pub const CHAIN: &str = "
system: chain
services:
  client:
    kind: client
    operations: { ask: [call: front / work, call: middle / work, call: back / work] }
  front:
    runs: { workers: 64 }
    operations: { work: [{ compute: 20ms, spread: exponential }] }
  middle:
    runs: { workers: 32 }
    operations: { work: [{ compute: 10ms, spread: exponential }] }
  back:
    runs: { workers: 16 }
    operations: { work: [{ compute: 10ms, spread: exponential }] }
journeys: { visit: { stages: [done: client / ask], demand: 1120/s } }
";

pub const NESTED: &str = include_str!("../tests/data/nested.yaml");

pub fn system(text: &str) -> System {
    let reading = knockon_format::read_system("model.yaml", text.as_bytes(), &|_| true);
    reading.system.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

/// Nothing is observed from outside; the run still counts all it has to give in the end.
pub fn unobserved() -> Plan {
    Plan { scrape_every: Duration::ZERO, trace_one_in: 0, ..Plan::default() }
}

/// Plays a model until there were so many events.
pub fn play(system: &System, plan: Plan, events: u64) -> Outcome {
    let mut run: Run = Run::new(system, plan).unwrap();
    let mut until = 0;
    while run.events() < events {
        until += SECOND;
        run.step_until(until).unwrap();
    }
    Outcome {
        events: run.events(),
        mean_response_ns: run.answers(0).and_then(Histogram::mean_ns).unwrap_or(0.0),
    }
}
