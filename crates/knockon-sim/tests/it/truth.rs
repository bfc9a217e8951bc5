//! The truth about a run, without any fault: what chance and load do.

use crate::model::{play, play_system, system};
use knockon_sim::clock::SECOND;
use knockon_sim::engine::Run;
use knockon_sim::observe::openmetrics;
use knockon_sim::pending::QuadHeap;
use knockon_sim::plan::{Demand, Plan};
use knockon_sim::sealed::PartKind;
use knockon_sim::trouble::Harm;
use knockon_sim::truth::Effect;
use std::time::Duration;

/// A front end over two services, of which the last fails as often as it is told.
fn chain(fail: &str) -> String {
    format!(
        "
system: chain
services:
  front: {{ operations: {{ buy: [{{ compute: 1ms }}, {{ call: middle / work }}] }} }}
  middle: {{ operations: {{ work: [{{ compute: 1ms }}, {{ call: back / work }}] }} }}
  back: {{ operations: {{ work: [{{ compute: 1ms }}, {{ fail: {fail} }}] }} }}
journeys: {{ buy: {{ stages: [bought: front / buy], demand: 10/s }} }}
"
    )
}

#[test]
fn a_failure_two_hops_away_is_told_hop_by_hop() {
    let played = play(&chain("10%"), 100);
    let truth = played.run.truth();
    let failed = truth.journeys[0].failed;
    assert!(failed > 50);
    let node = |name: &str| truth.node(PartKind::Service, name, Effect::Failed).unwrap();
    let edge = truth.edge(node("middle"), node("back")).unwrap();
    assert_eq!(edge.harm.len(), 1);
    assert_eq!((edge.harm[0].harm, edge.harm[0].toll.count), (Harm::Failed, failed));
    assert!(edge.harm[0].toll.first_ns < edge.harm[0].toll.last_ns);
    assert!(truth.edge(node("back"), node("middle")).is_none());
    assert_eq!((truth.origins.len(), truth.origins[0].origin), (1, None));
    assert_eq!(truth.origins[0].total, failed);
    let places: Vec<&str> = truth.origins[0].places.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(places, ["back"]);
}

#[test]
fn without_harm_there_is_no_graph() {
    let played = play(&chain("0%"), 20);
    let truth = played.run.truth();
    assert_eq!((truth.nodes.len(), truth.edges.len(), truth.origins.len()), (0, 0, 0));
    let buy = &truth.journeys[0];
    assert_eq!((buy.failed, buy.lost, buy.stuck, buy.charged_unfulfilled), (0, 0, 0, 0));
    assert_eq!(buy.started, buy.served + (buy.started - buy.served));
}

/// Orders that are charged at once and shipped through a queue, seven of them at given times.
fn shop(shipper: &str, queue: &str) -> String {
    format!(
        "
system: shop
services:
  orders:
    operations: {{ create: [{{ call: payment / charge }}, {{ publish: rabbitmq / shipping }}] }}
  payment: {{ operations: {{ charge: [{{ wait: 10ms }}] }} }}
  shipper: {{ operations: {{ ship: {{ consumes: rabbitmq / shipping, {shipper} }} }} }}
  rabbitmq: {{ kind: broker, queues: {{ shipping: {queue}, failed: {{ manual: true }} }} }}
journeys:
  buy:
    stages: [taken: orders / create, paid: {{ operation: payment / charge, charges: true }}, shipped: shipper / ship]
    demand: 1/h
    slo: {{ within: 10s }}
"
    )
}

fn seven_orders(text: &str) -> knockon_sim::summary::Summary {
    let times = (0..7).map(|at| Duration::from_millis(at * 100)).collect();
    let plan = Plan { demand: vec![Some(Demand::Times(times))], ..Plan::default() };
    play_system(system(text), plan, 60).run.summary()
}

#[test]
fn every_order_is_shipped() {
    let summary = seven_orders(&shop("steps: [{ wait: 100ms }]", "{}"));
    let buy = &summary.journey("buy").unwrap().ends;
    assert_eq!((buy.served, buy.completed, buy.lost, buy.stuck), (7, 7, 0, 0));
    assert_eq!((buy.charged_unfulfilled, buy.under_way), (0, 0));
}

#[test]
fn orders_that_a_full_queue_drops_are_lost_and_those_in_it_stuck() {
    // Three fit; nobody is quick enough: the oldest make room.
    let summary = seven_orders(&shop("prefetch: 1, steps: [{ wait: 1h }]", "{ max_length: 2 }"));
    let buy = &summary.journey("buy").unwrap().ends;
    assert_eq!((buy.served, buy.completed), (7, 0));
    assert_eq!((buy.lost, buy.stuck, buy.under_way), (4, 3, 0));
    assert_eq!(buy.charged_unfulfilled, 7);
    let queue = summary.queue("rabbitmq", "shipping").unwrap();
    assert_eq!((queue.ready, queue.unacked, queue.counters.dropped), (2, 1, 4));
}

/// A queue for one message that nobody works off, and whether publishers hear of what it refuses.
fn full_queue(confirms: bool) -> String {
    format!(
        "
system: full
services:
  shop: {{ operations: {{ buy: [{{ publish: broker / orders, confirms: {confirms} }}] }} }}
  broker: {{ kind: broker, queues: {{ orders: {{ max_length: 1, overflow: reject-publish }} }} }}
journeys: {{ buy: {{ stages: [bought: shop / buy] }} }}
"
    )
}

#[test]
fn a_refusal_that_the_publisher_hears_of_is_no_lost_message() {
    for (confirms, expected) in [(true, (6, 0)), (false, (0, 6))] {
        let demand = Demand::Times((0..7).map(Duration::from_secs).collect());
        let plan = Plan { demand: vec![Some(demand)], ..Plan::default() };
        let truth = play_system(system(&full_queue(confirms)), plan, 60).run.truth();
        let harm = |wanted| {
            let all = truth.origins.iter().flat_map(|it| &it.harm);
            all.filter(|it| it.harm == wanted).map(|it| it.toll.count).sum::<u64>()
        };
        let found = (harm(Harm::Failed), harm(Harm::MessageLost));
        assert_eq!(found, expected, "confirms: {confirms}");
    }
}

/// Nobody answers at the door, or one step behind it, and whoever is turned away is back at once.
#[test]
fn a_run_without_a_passage_of_time_says_where() {
    for steps in ["[]", "[call: stock / take]"] {
        let (front, behind) = if steps == "[]" { (0, 1) } else { (1, 0) };
        let text = format!(
            "
system: hurry
services:
  shop: {{ operations: {{ buy: {steps} }}, runs: {{ replicas: {front} }} }}
  stock: {{ operations: {{ take: [] }}, runs: {{ replicas: {behind} }} }}
journeys: {{ buy: {{ stages: [bought: shop / buy] }} }}
"
        );
        let demand = Demand::Closed { users: 3, think: Duration::ZERO };
        let plan = Plan { demand: vec![Some(demand)], ..Plan::default() };
        let mut run = Run::<QuadHeap>::new(&system(&text), plan).unwrap();
        let stop = run.step_until(SECOND).unwrap_err();
        assert_eq!(
            stop.to_string(),
            "after 0 s things keep happening without time passing, most of them to users of `buy` \
             at `shop`",
            "{steps}"
        );
    }
}

#[test]
fn orders_that_cannot_be_shipped_wait_for_people() {
    let text = shop("steps: [{ fail: 100% }]", "{ delivery_limit: 1, dead_letter: failed }");
    let summary = seven_orders(&text);
    let buy = &summary.journey("buy").unwrap().ends;
    assert_eq!((buy.served, buy.completed, buy.lost, buy.stuck), (7, 0, 0, 7));
    assert_eq!((buy.with_people, buy.charged_unfulfilled), (7, 7));
    assert_eq!(summary.queue("rabbitmq", "failed").unwrap().ready, 7);
}

#[test]
fn quantiles_are_those_of_the_answers() {
    let summary = play(&chain("0%"), 100).run.summary();
    let journey = summary.journey("buy").unwrap();
    let answers = journey.answers.unwrap();
    assert_eq!(answers.count, journey.ends.served + journey.ends.failed);
    assert!(answers.p50_ns >= 3_000_000 && answers.p50_ns < 3_100_000, "{answers:?}");
    assert!(answers.p50_ns <= answers.p95_ns && answers.p95_ns <= answers.p99_ns);
    assert_eq!(journey.success, Some(1.0));
}

#[test]
fn observation_knows_nothing_of_the_truth() {
    let played = play(&chain("50%"), 60);
    let seen = played.run.observation();
    let text = format!("{seen:?}{}", openmetrics(seen, 0)).to_lowercase();
    for word in ["origin", "blame", "reason::", "effect", "fault"] {
        let at = text.find(word).filter(|at| !text[*at..].starts_with("default"));
        assert!(at.is_none(), "{word}: {}", &text[at.unwrap_or(0)..][..60]);
    }
}
