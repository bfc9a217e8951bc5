//! What a model says and the simulator cannot play: all of it is told at once.

use knockon_sim::engine::Run;
use knockon_sim::pending::QuadHeap;
use knockon_sim::plan::Plan;

use crate::model::system;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let run = Run::<QuadHeap>::new(&system(text), Plan::default());
    let found: Vec<String> =
        run.err().unwrap_or_default().iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn a_declared_dependency_that_no_operation_shows() {
    let text = "
system: shop
services:
  front-end:
    operations: { buy: [call: orders / place] }
    calls: [orders, users]
    reads: [sessions]
    writes: [sessions]
    publishes: [broker]
    consumes: [broker]
    runs_on: [node]
  orders: { operations: { place: [] } }
  users: { operations: { find: [] } }
  sessions: { kind: database }
  broker: { kind: broker }
  node: { kind: platform }
journeys: { buy: { stages: [bought: front-end / buy] } }
";
    let says = |does: &str| {
        format!(
            "`front-end` is declared to {does}, but no operation of `front-end` does; add the step, \
             or remove the declaration"
        )
    };
    let expected = [
        says("call `users`"),
        says("read from `sessions`"),
        says("write to `sessions`"),
        says("publish to `broker`"),
        says("consume from `broker`"),
    ];
    check(text, &expected.each_ref().map(String::as_str));
}

/// Steps in every corner, a saga's queue for people, an outbox, a copy, a probe; and services without
/// operations, whether anybody asks for them or not.
#[test]
fn every_sort_of_use_shows_a_dependency() {
    let text = "
system: shop
services:
  front-end:
    operations:
      buy:
        - get: cache / item
          miss: [{ query: db / read, from: replica }]
        - background: [{ publish: broker / mails, outbox: own }]
        - { call: orders / place, fallback: [call: other] }
        - saga: order
          manual: people / left
          steps: [{ do: orders / place, undo: stock }]
      mail: { consumes: news / all, steps: [] }
    probes: { readiness: { get: /ready, checks: [users] } }
    calls: [orders, other, stock, users]
    reads: [cache, db]
    writes: [own]
    publishes: [broker, people]
    consumes: [news]
  orders: { operations: { place: [] } }
  other: {}
  stock: {}
  users: {}
  cache: { kind: cache, entries: { item: { keys: 10 } } }
  db: { kind: database, read_replicas: { count: 1 }, queries: { read: { cpu: 1ms, does: read } } }
  own: { kind: database }
  broker: { kind: broker, queues: { mails: {} } }
  people: { kind: broker, queues: { left: { manual: true } } }
  news: { kind: broker, queues: { all: {} } }
  script: { kind: client, calls: [orders] }
journeys: { buy: { stages: [bought: front-end / buy] } }
";
    check(text, &[]);
}

#[test]
fn calls_without_end_and_work_without_a_pause() {
    check(
        "
system: rounds
services:
  one: { operations: { ask: [call: two / ask], tick: { every: 0, steps: [] } } }
  two: { operations: { ask: [call: one / ask] } }
journeys: { go: { stages: [done: one / ask] } }
",
        &[
            "`one / ask` calls itself without end; put the call into a `branch` with a share, or a \
             `background`",
            "`two / ask` calls itself without end; put the call into a `branch` with a share, or a \
             `background`",
            "`every: 0` of tick never lets time pass; give it a length of time",
        ],
    );
}
