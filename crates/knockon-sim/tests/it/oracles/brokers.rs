//! Queues through publish steps and consumers, by recordings of a real RabbitMQ
//! (`crates/knockon-conformance/tests/data/broker.json`).

use std::time::Duration;

use knockon_sim::action::Action;
use knockon_sim::engine::Run;
use knockon_sim::plan::Demand;

use super::play::{act, go, plan_with, run, run_with_kills};

/// A client that publishes into a queue, and the services that consume.
fn model(queue: &str, confirms: bool, rest: &str) -> String {
    format!(
        "system: queue
services:
  client: {{ operations: {{ go: [{{ publish: broker / q, confirms: {confirms} }}] }} }}
  broker:
    kind: broker
    runs: {{ start: 1s }}
    queues: {{ q: {{ {queue} }}, dead: {{ manual: true }}, later: {{ ttl: 2s, dead_letter: q }} }}
{rest}journeys: {{ visit: {{ stages: [done: client / go] }} }}
"
    )
}

fn every_ms(count: u64, ms: u64) -> Demand {
    Demand::Times((0..count).map(|n| Duration::from_millis(n * ms)).collect())
}

/// The numbers, from 1, of the messages that wait in a queue.
fn left(run: &Run, queue: &str) -> Vec<u64> {
    let queue = run.queue("broker", queue).expect("it is there");
    queue.users.iter().flatten().map(|number| number + 1).collect()
}

/// The field of a recording, as numbers.
fn recorded(name: &str, field: &str) -> Vec<u64> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../knockon-conformance/tests/data/broker.json");
    let text = std::fs::read_to_string(path).expect("it is there");
    let line = text
        .lines()
        .find(|line| line.contains(&format!("{{\"name\": \"{name}\",")))
        .expect("recorded");
    let Some(at) = line.find(&format!("\"{field}\": [")) else { return Vec::new() };
    let list = &line[at + field.len() + 5..];
    let list = &list[..list.find(']').expect("it ends")];
    list.split(',').filter_map(|number| number.trim().parse().ok()).collect()
}

/// Seven messages into a queue for three, with nobody who consumes.
#[test]
fn seven_into_three() {
    for (name, queue, confirms) in [
        ("no policy", "", true),
        ("reject-publish", "max_length: 3, overflow: reject-publish, dead_letter: dead", true),
        (
            "reject-publish-dlx",
            "max_length: 3, overflow: reject-publish-dlx, dead_letter: dead",
            true,
        ),
        ("drop-head", "max_length: 3, overflow: drop-head", true),
        ("reject-publish without confirms", "max_length: 3, overflow: reject-publish", false),
    ] {
        let mut run = run(&model(queue, confirms, ""), plan_with(1, every_ms(7, 10)));
        go(&mut run, 10.0);
        assert_eq!(left(&run, "q"), recorded(name, "left"), "{name}");
        assert_eq!(left(&run, "dead"), recorded(name, "dead_lettered"), "{name}");
        let users = run.journey(0).expect("it is there");
        let (acks, nacks) = if confirms {
            (recorded(name, "acks").len() as u64, recorded(name, "nacks").len() as u64)
        } else {
            // No error, and the channel stays open.
            (7, 0)
        };
        assert_eq!((users.served, users.gave_up), (acks, nacks), "{name}");
    }
}

const SLOW: &str = "  worker:
    runs: { start: 1s }
    operations: { work: { consumes: broker / q, prefetch: 2, consumers: 2, steps: [{ wait: 1h }] } }
";

/// Two that a consumer holds do not count: five of seven are taken on top, and all five are there when
/// the consumer is gone.
#[test]
fn what_a_consumer_holds_does_not_count_and_comes_back_with_its_end() {
    let consumer = SLOW.replace("prefetch: 2, consumers: 2", "prefetch: 1, consumers: 2");
    let queue = "max_length: 3, overflow: reject-publish";
    let (text, plan) = (model(queue, true, &consumer), plan_with(1, every_ms(7, 10)));
    let mut run = run_with_kills(&text, plan, &[("worker", 10.0)]);
    go(&mut run, 9.9);
    let q = run.queue("broker", "q").expect("it is there");
    assert_eq!((q.unacked, q.ready, q.counters.refused), (2, 3, 2));
    go(&mut run, 0.1);
    assert_eq!(left(&run, "q"), [1, 2, 3, 4, 5]);
    // Started again at once and up a second later, it gets the first two again.
    go(&mut run, 2.0);
    let q = run.queue("broker", "q").expect("it is there");
    assert_eq!((q.unacked, q.ready, q.counters.redelivered), (2, 3, 2));
    assert_eq!(left(&run, "q"), [3, 4, 5]);
}

/// A consumer holds `consumers` × `prefetch`, and works on `consumers` of them.
#[test]
fn prefetch() {
    let mut run = run(&model("", true, SLOW), plan_with(1, every_ms(10, 10)));
    go(&mut run, 10.0);
    assert_eq!(run.queue("broker", "q").expect("it is there").unacked, 4);
    assert_eq!(run.service("worker").expect("it is there").in_progress, 2);
    assert_eq!(left(&run, "q"), [5, 6, 7, 8, 9, 10]);
}

/// The restore trace: ten a second with confirms into a queue for three, of which 3 are taken; then a
/// consumer of 20 ms a message keeps up.
#[test]
fn a_consumer_that_comes_back_drains_the_queue() {
    let consumer = "  worker:
    runs: { start: 7s, restart: never }
    operations: { work: { consumes: broker / q, prefetch: 1, steps: [{ wait: 20ms }] } }
";
    let queue = "max_length: 3, overflow: reject-publish";
    let (text, plan) = (model(queue, true, consumer), plan_with(1, every_ms(120, 100)));
    let mut run = run_with_kills(&text, plan, &[("worker", 0.0)]);
    go(&mut run, 4.55);
    let users = run.journey(0).expect("it is there");
    assert_eq!((users.served, users.gave_up), (3, 43));
    act(&mut run, "worker", |service| Action::Scale { service, replicas: 2 });
    go(&mut run, 7.1);
    assert_eq!(run.queue("broker", "q").expect("it is there").ready, 0);
    let refused = run.journey(0).expect("it is there").gave_up;
    go(&mut run, 10.0);
    assert_eq!(
        run.journey(0).expect("it is there").gave_up,
        refused,
        "nothing is refused any more"
    );
}

/// What fails is delivered again, and after as often as the limit says it is a dead letter.
#[test]
fn deliveries_are_counted() {
    let consumer = "  worker:
    operations: { work: { consumes: broker / q, steps: [{ wait: 5ms }, { fail: 100% }] } }
";
    let queue = "delivery_limit: 3, dead_letter: dead";
    let mut run = run(&model(queue, true, consumer), plan_with(1, every_ms(4, 10)));
    go(&mut run, 10.0);
    let q = run.queue("broker", "q").expect("it is there");
    assert_eq!(
        (q.counters.delivered, q.counters.redelivered, q.counters.over_delivered),
        (12, 8, 4)
    );
    assert_eq!(left(&run, "dead").len(), 4);
    assert_eq!(run.operation("worker", "work").expect("it is there").ends.all(), 12);
}

/// A queue with a time to live whose dead letters go back: the way to try again later.
#[test]
fn a_queue_to_wait_in() {
    let text = model(
        "",
        true,
        "  worker:
    operations: { work: { consumes: broker / q, steps: [{ wait: 5ms }] } }
",
    )
    .replace("publish: broker / q", "publish: broker / later");
    let mut run = run(&text, plan_with(1, every_ms(10, 100)));
    go(&mut run, 1.95);
    assert_eq!(run.queue("broker", "later").expect("it is there").ready, 10);
    go(&mut run, 0.5);
    assert_eq!(run.queue("broker", "later").expect("it is there").ready, 5);
    assert_eq!(run.operation("worker", "work").expect("it is there").done.count(), 5);
    go(&mut run, 10.0);
    assert_eq!(run.operation("worker", "work").expect("it is there").done.count(), 10);
    assert_eq!(run.queue("broker", "later").expect("it is there").counters.dead_lettered, 10);
}

/// 50 of 50 kept, or lost, when the broker is killed.
#[test]
fn a_broker_that_is_killed_keeps_what_is_durable() {
    for (durable, kept) in [(true, 50), (false, 0)] {
        let text = model(&format!("durable: {durable}"), true, SLOW);
        let mut run = run_with_kills(&text, plan_with(1, every_ms(50, 10)), &[("broker", 5.0)]);
        go(&mut run, 5.5);
        let q = run.queue("broker", "q").expect("it is there");
        assert_eq!((q.ready, q.unacked, q.counters.lost), (kept, 0, 50 - kept as u64), "{durable}");
        go(&mut run, 5.0);
        let q = run.queue("broker", "q").expect("it is there");
        assert_eq!(q.ready + q.unacked, kept, "{durable}");
        assert_eq!(q.unacked, kept.min(4), "{durable}: the consumer is there again");
    }
}

/// One at a time comes in the order of publishing; what is given back comes before what is younger.
#[test]
fn order() {
    let consumer = "  worker:
    runs: { start: 1s }
    operations: { work: { consumes: broker / q, prefetch: 1, steps: [{ wait: 100ms }] } }
";
    let (text, plan) = (model("", true, consumer), plan_with(1, every_ms(10, 1)));
    let mut run = run_with_kills(&text, plan, &[("worker", 0.36)]);
    for done in 0..3 {
        go(&mut run, if done == 0 { 0.15 } else { 0.1 });
        let expected: Vec<u64> = (done + 3..=10).collect();
        assert_eq!(left(&run, "q"), expected);
    }
    // The fourth is being worked on.
    go(&mut run, 0.01);
    assert_eq!(left(&run, "q"), [4, 5, 6, 7, 8, 9, 10]);
}

/// A consumer whose database is gone gets the same message again and again, each time a moment later,
/// and goes on when the database is back.
#[test]
fn a_consumer_whose_database_is_gone_does_not_stop_the_clock() {
    let rest = "  worker:
    operations: { work: { consumes: broker / q, steps: [query: db / write] } }
  db:
    kind: database
    runs: { start: 5s }
    queries: { write: { cpu: 1ms, does: write } }
";
    let (text, plan) = (model("", true, rest), plan_with(1, every_ms(3, 1)));
    let mut run = run_with_kills(&text, plan, &[("db", 0.0)]);
    go(&mut run, 4.0);
    let q = run.queue("broker", "q").expect("it is there").counters.redelivered;
    assert!((3_000..20_000).contains(&q), "{q}");
    go(&mut run, 4.0);
    assert_eq!(run.operation("worker", "work").expect("it is there").done.count(), 3);
    assert_eq!(run.in_progress().messages, 0);
}
