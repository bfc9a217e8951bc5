//! Random systems: whatever the model, nothing panics, nobody is lost, and nothing is left over.

use std::fmt::Write as _;
use std::time::Duration;

use knockon_core::System;
use knockon_sim::action::Action;
use knockon_sim::engine::Run;
use knockon_sim::plan::{Demand, Plan};
use knockon_sim::random;
use knockon_sim::timeline::Happening;
use proptest::prelude::*;

use super::play::{go, kill, limit_cpu, plan_with};
use crate::model::{service as find, system};

/// Draws choices one after the other.
struct Dice {
    seed: u64,
    drawn: u64,
}

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.drawn += 1;
        random::below(random::hash(&[self.seed, self.drawn]), n)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }

    fn maybe(&mut self, text: &str) -> String {
        if self.below(2) == 0 { String::new() } else { text.to_owned() }
    }
}

const SERVICES: u64 = 4;

/// What protects a step, each with a chance.
fn policies(dice: &mut Dice, depth: u32, service: u64) -> String {
    let mut text = String::new();
    for (chance, policy) in [
        (2, "timeout: 40ms"),
        (4, "retry: { attempts: 3, backoff: 0 }"),
        (5, "retry: { attempts: 4, backoff: 5ms, jitter: full, budget: 20% }"),
        (5, "breaker: { failures: 3, open: 1s, probes: 2 }"),
        (6, "breaker: { failure_rate: 50%, window: 10, min_calls: 5, open: 500ms }"),
        (5, "rate_limit: { rate: 15/s, burst: 5 }"),
        (6, "rate_limit: { rate: 15/s, burst: 2, excess: wait }"),
        (5, "bulkhead: { concurrent: 2, waiting: 3 }"),
        (4, "fallback: skip"),
    ] {
        let key = &policy[..policy.find(':').expect("it has one")];
        if dice.below(chance) == 0 && !text.contains(key) {
            let _ = write!(text, ", {policy}");
        }
    }
    if depth > 0 && !text.contains("fallback") && dice.below(4) == 0 {
        let _ = write!(text, ", fallback: [{}]", step(dice, depth - 1, service));
    }
    text
}

fn steps(dice: &mut Dice, depth: u32, service: u64) -> String {
    let count = 1 + dice.below(3);
    (0..count).map(|_| step(dice, depth, service)).collect::<Vec<_>>().join(", ")
}

/// A step of a service; calls lead to services with a higher number only, and the last one publishes
/// nothing: consumers do what it does, and messages that make messages would never end.
fn step(dice: &mut Dice, depth: u32, service: u64) -> String {
    let kind = dice.below(if depth > 0 { 16 } else { 11 });
    let action = match kind {
        0 => return format!("{{ compute: {}ms, spread: exponential }}", dice.below(6)),
        1 => return format!("{{ wait: {}ms, spread: 40% }}", dice.below(20)),
        2 => return format!("{{ fail: {}% }}", dice.below(30)),
        3 if service > 0 => return format!("{{ move: thing to {} }}", dice.one(&["A", "B", "C"])),
        4 => format!("get: cache / {}", dice.one(&["item", "mine"])),
        5 => format!("{}: cache / {}", dice.one(&["put", "drop"]), dice.one(&["item", "mine"])),
        6 if service < SERVICES => {
            let outbox = if dice.below(3) == 0 { ", outbox: db" } else { "" };
            let confirms = dice.one(&["true", "false"]);
            format!(
                "publish: broker / {}, confirms: {confirms}{outbox}",
                dice.one(&["jobs", "news", "all"])
            )
        }
        7 | 8 => format!("query: db / {}", dice.one(&["read, from: replica", "read", "write"])),
        11 => return format!("{{ background: [{}] }}", steps(dice, depth - 1, service)),
        12 => {
            let (one, two) = (steps(dice, depth - 1, service), steps(dice, depth - 1, service));
            return format!("{{ parallel: {{ one: [{one}], two: [{two}] }} }}");
        }
        13 => {
            let (one, two) = (steps(dice, depth - 1, service), steps(dice, depth - 1, service));
            return format!(
                "{{ branch: {{ one: {{ share: 30%, steps: [{one}] }}, two: {{ of: region / north, steps: [{two}] }} }} }}"
            );
        }
        14 => {
            let miss = steps(dice, depth - 1, service);
            return format!(
                "{{ get: cache / item, miss: [{miss}]{} }}",
                policies(dice, depth, service)
            );
        }
        15 if service < SERVICES => return saga(dice, service),
        _ if service < SERVICES => {
            let to = service + 1 + dice.below(SERVICES - service);
            format!("call: s{to} / {}", dice.one(&["one", "two"]))
        }
        _ => return "{ compute: 1ms }".to_owned(),
    };
    format!("{{ {action}{} }}", policies(dice, depth, service))
}

fn saga(dice: &mut Dice, service: u64) -> String {
    let to = service + 1 + dice.below(SERVICES - service);
    let (part, undo) = (format!("s{to} / one"), format!("s{to} / two"));
    let manual = dice.maybe(", manual: broker / people");
    let timeout = dice.maybe(", timeout: 100ms");
    let attempts = 1 + dice.below(3);
    let number = dice.below(u64::MAX);
    format!(
        "{{ saga: saga {number}, attempts: {attempts}, backoff: {}ms{timeout}{manual}, steps: \
         [{{ do: {part}, undo: {undo}, timeout: 30ms }}, {{ do: {part}, undo: {undo} }}] }}",
        dice.below(3) * 10
    )
}

fn service(dice: &mut Dice, number: u64) -> String {
    let cpu = dice.maybe("cpu: { limit: 300m, request: 200m }, ");
    let memory = dice.maybe("memory: { limit: 100M, idle: 40M, per_request: 4M }, ");
    let backlog = format!("backlog: {}, ", dice.below(8));
    let backlog = dice.maybe(&backlog);
    let probes = dice.maybe(
        "probes: { liveness: { get: /live, every: 2s, timeout: 100ms }, readiness: { get: /ready, every: 1s, checks: [db] } }\n    ",
    );
    let scaler = dice.maybe("autoscaler: { min: 1, max: 4, targets: { cpu: 50% } }\n    ");
    let wait = dice.maybe(", wait: 20ms");
    let mut text = format!(
        "  s{number}:
    runs: {{ replicas: {}, {cpu}{memory}{backlog}workers: {}, start: 2s }}
    {probes}{}pools: {{ db: {{ size: {}{wait} }} }}
    states: {{ thing: {{ moves: {{ A: [B, C], B: [C] }}, stuck: {{ A: 1s, B: 5s }} }} }}
    operations:
",
        1 + dice.below(3),
        1 + dice.below(6),
        if cpu.is_empty() { String::new() } else { scaler },
        1 + dice.below(4)
    );
    for name in ["one", "two"] {
        let idempotent = dice.maybe("idempotent: by user, ");
        let limit = if dice.below(5) == 0 { "rate_limit: { rate: 30/s }, " } else { "" };
        let steps = steps(dice, 2, number);
        let _ = writeln!(text, "      {name}: {{ {idempotent}{limit}steps: [{steps}] }}");
    }
    text
}

fn consumer(dice: &mut Dice, name: &str, queue: &str) -> String {
    let (acks, prefetch) = (dice.one(&["after", "before"]), 1 + dice.below(4));
    let (workers, replicas) = (1 + dice.below(3), 1 + dice.below(2));
    let steps = steps(dice, 1, SERVICES);
    format!(
        "  {name}:
    runs: {{ replicas: {replicas}, workers: {workers}, backlog: {}, start: 1s }}
    states: {{ thing: {{ moves: {{ A: [B, C], B: [C] }} }} }}
    pools: {{ db: {{ size: 2 }} }}
    operations:
      work: {{ consumes: broker / {queue}, prefetch: {prefetch}, consumers: {}, acks: {acks}, steps: [{{ wait: 3ms }}, {steps}] }}
",
        dice.below(3),
        1 + dice.below(3)
    )
}

fn model(seed: u64) -> String {
    let mut dice = Dice { seed, drawn: 0 };
    let mut text =
        "system: random\ncohorts: { region: { members: { north: 60%, south: 40% } } }\nservices:\n"
            .to_owned();
    let _ = writeln!(
        text,
        "  client: {{ kind: client, operations: {{ go: [{}, {{ call: s1 / one }}], pay: [{}] }} }}",
        steps(&mut dice, 1, 0),
        steps(&mut dice, 1, 0)
    );
    for number in 1..=SERVICES {
        text += &service(&mut dice, number);
    }
    text += &consumer(&mut dice, "worker", "jobs");
    text += &consumer(&mut dice, "reader", "news");
    let overflow = dice.one(&["drop-head", "reject-publish", "reject-publish-dlx"]);
    let ttl = dice.maybe(", ttl: 2s");
    let (durable, length) = (dice.one(&["true", "false"]), 3 + dice.below(20));
    let (connections, failover) = (4 + dice.below(30), dice.maybe("\n    failover: { after: 1s }"));
    let eviction = dice.one(&["lru", "lfu", "ttl", "none"]);
    let _ = write!(
        text,
        "  db:
    kind: database
    runs: {{ cpu: {{ limit: 800m }}, start: 2s }}
    max_connections: {connections}
    read_replicas: {{ count: 2, lag: 100ms }}{failover}
    queries:
      read: {{ cpu: 2ms, io: 2ms, does: read, spread: exponential }}
      write: {{ cpu: 3ms, does: write }}
  cache:
    kind: cache
    runs: {{ memory: {{ limit: 30k }}, start: 1s }}
    eviction: {eviction}
    entries: {{ item: {{ ttl: 3s, keys: 100 }}, mine: {{ ttl: 10s }} }}
  broker:
    kind: broker
    runs: {{ start: 1s }}
    queues:
      jobs: {{ max_length: {length}, overflow: {overflow}, durable: {durable}, dead_letter: dead, delivery_limit: 4{ttl} }}
      news: {{ delivery_limit: 5 }}
      dead: {{ ttl: 500ms, dead_letter: people }}
      people: {{ manual: true }}
    topics: {{ all: [jobs, news] }}
journeys:
  visit: {{ stages: [seen: client / go, paid: {{ operation: client / pay, charges: true }}], by: [region], think: 200ms, slo: {{ p95: 50ms }} }}
"
    );
    text
}

/// What happens to the system every three seconds while users come.
fn disturb(system: &System, dice: &mut Dice) -> Vec<Happening> {
    let names = ["s1", "s2", "s3", "s4", "worker", "reader", "db", "cache", "broker"];
    let replicated = &names[..6];
    let mut timeline = Vec::new();
    for at_s in (3..=36_u32).step_by(3) {
        let of = |name| find(system, name);
        let name = dice.one(&names);
        let action = match dice.below(6) {
            0 | 1 => {
                let percent = [1.0, 100.0][dice.below(2) as usize];
                timeline.push(kill(system, name, f64::from(at_s), percent));
                continue;
            }
            2 => limit_cpu(of(name), Some(100 + dice.below(300))),
            3 => {
                let version = format!("v{}", dice.below(100));
                Action::Deploy { service: of(dice.one(replicated)), version }
            }
            4 => {
                let service = of(dice.one(replicated));
                Action::Scale { service, replicas: 1 + dice.below(4) as u32 }
            }
            _ => continue,
        };
        timeline.push(Happening::action(Duration::from_secs(at_s.into()), action));
    }
    timeline
}

fn play(seed: u64, drop_abandoned: bool) -> Run {
    let mut dice = Dice { seed: seed ^ 0x5eed, drawn: 0 };
    let text = model(seed);
    let mut at = 0;
    let moments = (0..600).map(|_| {
        at += dice.below(100);
        Duration::from_millis(at)
    });
    let plan = plan_with(seed, Demand::Times(moments.collect()));
    let system = system(&text);
    let timeline = disturb(&system, &mut dice);
    let plan = Plan { drop_abandoned, requests_max: 200_000, timeline, ..plan };
    let mut run = Run::new(&system, plan).unwrap_or_else(|whys| panic!("{whys:?}\n{text}"));
    for _ in 0..12 {
        go(&mut run, 3.0);
        let users = run.journey(0).expect("it is there");
        assert!(users.started >= users.served + users.gave_up, "{users:?}");
    }
    // Long enough for the longest wait before a restart, and for what nobody answers.
    go(&mut run, 3_600.0);
    // Not while a probe is out.
    for _ in 0..100 {
        if run.in_progress().requests == 0 {
            break;
        }
        go(&mut run, 0.0137);
    }
    run
}

/// What is left when everything had time to come to its end.
fn check_drained(run: &Run) {
    let users = run.journey(0).expect("it is there");
    assert_eq!(users.started, 600);
    assert_eq!(users.served + users.gave_up, 600, "{users:?}");
    let left = run.in_progress();
    let queues = ["jobs", "news", "dead", "people"]
        .map(|name| run.queue("broker", name).expect("it is there"));
    let ready: usize = queues.iter().map(|queue| queue.ready).sum();
    let mut waiting: Vec<u64> =
        queues.iter().flat_map(|queue| queue.users.iter().flatten().copied()).collect();
    waiting.sort_unstable();
    waiting.dedup();
    assert_eq!(queues.iter().map(|queue| queue.unacked).sum::<usize>(), 0);
    // Every message is delivered so often at most, and what is refused for good expires there.
    assert_eq!((queues[0].ready, queues[1].ready, queues[2].ready), (0, 0, 0));
    assert_eq!(left.messages as usize, ready, "{left:?}");
    assert_eq!(left.users as usize, waiting.len(), "{left:?}");
    assert_eq!(left.requests, 0, "{left:?}");
    let mut open = 0;
    for name in ["client", "s1", "s2", "s3", "s4", "worker", "reader", "db", "db replica"] {
        let service = run.service(name).expect("it is there");
        let busy = (service.in_progress, service.waiting, service.busy_workers);
        assert_eq!(busy, (0, 0, 0), "{name}: {service:?}");
        for to in ["db", "db replica"] {
            let Some(pool) = run.pool(name, to) else { continue };
            open += pool.idle;
            assert_eq!((pool.in_use, pool.waiting), (0, 0), "{name}: {pool:?}");
        }
    }
    let connections = |name| run.service(name).expect("it is there").connections;
    assert_eq!(connections("db") + connections("db replica"), open);
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_is_left_over(seed in any::<u64>(), drop_abandoned in any::<bool>()) {
        let run = play(seed, drop_abandoned);
        check_drained(&run);
    }
}
