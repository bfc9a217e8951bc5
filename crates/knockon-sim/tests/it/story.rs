//! Harm is told with the chain that it really came along.

use std::time::Duration;

use knockon_core::{ServiceId, Spread};
use knockon_sim::fault::{BrokerDown, Fault, Freeze, Kind, Latency, MemoryLeak, Shape, Traffic};
use knockon_sim::plan::Plan;
use knockon_sim::sealed::Node;
use knockon_sim::story::Story;
use knockon_sim::timeline::Happening;
use knockon_sim::trouble::Harm;
use knockon_sim::truth::Effect;

use crate::model::{Played, pack_names, play_pack, play_system, system};

/// A model with one fault, given by the service it is at, from the first second for five.
fn play(text: &str, at: &str, fault: fn(ServiceId) -> Kind) -> Played {
    let system = system(text);
    let service = system.names().get(at).unwrap();
    let shape = Shape::lasting(Duration::from_secs(5));
    let fault = Fault { kind: fault(service), shape };
    let timeline = vec![Happening::fault(Duration::from_secs(1), fault)];
    play_system(system, Plan { timeline, ..Plan::default() }, 20)
}

fn shown(links: &[Node]) -> String {
    let link = |node: &Node| match (node.effect, node.origin) {
        (Effect::Origin, Some(origin)) => format!("fault {origin}"),
        _ => format!("{} {}", node.place.name, node.effect.as_str()),
    };
    links.iter().map(link).collect::<Vec<_>>().join(" < ")
}

/// The chains of one sort of harm, the most frequent first.
fn chains(played: &Played, harm: Harm) -> Vec<String> {
    let stories = played.run.truth().stories;
    stories.iter().filter(|story| story.harm == harm).map(|story| shown(&story.links)).collect()
}

#[test]
fn all_harm_of_a_journey_is_told_once() {
    for name in pack_names() {
        let played = play_pack(&name, 300);
        let truth = played.run.truth();
        for journey in &truth.journeys {
            let mine = |story: &&Story| {
                story.whose.as_ref().is_some_and(|place| place.name == journey.name)
            };
            let count = |harm| {
                let stories = truth.stories.iter().filter(mine);
                stories.filter(|it| it.harm == harm).map(|it| it.toll.count).sum::<u64>()
            };
            let told = [count(Harm::Failed), count(Harm::Late), count(Harm::Lost)];
            assert_eq!(told, [journey.failed, journey.late, journey.lost], "{}", journey.name);
            assert_eq!(count(Harm::Stuck), journey.stuck, "{}", journey.name);
        }
        let counts: Vec<_> = truth.stories.iter().map(|story| story.toll.count).collect();
        assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
    }
}

const SHOP: &str = "
system: shop
services:
  web: { operations: { buy: [{ call: orders / place, timeout: 2s }] } }
  orders:
    runs: { workers: 2 }
    operations: { place: [{ compute: 5ms }, { publish: broker / placed, confirms: true, timeout: 1s }] }
  worker: { operations: { ship: { consumes: broker / placed, steps: [compute: 1ms] } } }
  broker: { kind: broker, queues: { placed: {} } }
journeys:
  buy: { stages: [buy: web / buy], demand: 20/s, slo: { p95: 500ms } }
";

#[test]
fn a_service_whose_publish_fails_is_named() {
    let played = play(SHOP, "broker", |broker| BrokerDown { broker }.into());
    assert_eq!(
        chains(&played, Harm::Failed),
        ["web failed < orders failed < broker down < fault 1"]
    );
}

#[test]
fn what_waits_after_a_freeze_waits_because_of_it() {
    let played = play(SHOP, "orders", |service| Freeze { service }.into());
    for chain in [chains(&played, Harm::Failed), chains(&played, Harm::Slow)].concat() {
        assert!(chain.ends_with("orders down < fault 1"), "{chain}");
    }
    assert_eq!(
        chains(&played, Harm::Slow).first().map(String::as_str),
        Some("web slow < orders overloaded < orders down < fault 1")
    );
}

#[test]
fn chance_is_no_fault() {
    let text = "
system: shop
services:
  web: { operations: { pay: [call: bank / charge] } }
  bank: { kind: external, operations: { charge: [{ wait: 10ms }, { fail: 10% }] } }
journeys:
  pay: { stages: [pay: web / pay], demand: 20/s, slo: { p95: 500ms } }
";
    let played = play(text, "bank", |to| {
        let adds = Duration::from_secs(1);
        Latency { on: Traffic::to(to), adds, spread: Spread::None }.into()
    });
    assert_eq!(chains(&played, Harm::Failed), ["web failed < bank failed"]);
    assert_eq!(chains(&played, Harm::Slow), ["web slow < fault 1"]);
}

#[test]
fn an_answer_that_is_slow_because_a_step_was_given_up_says_so() {
    let text = "
system: shop
services:
  web:
    operations:
      show: [{ call: advice / get, timeout: 700ms, fallback: skip }, { compute: 1ms }]
  advice: { operations: { get: [compute: 1ms] } }
journeys:
  show: { stages: [show: web / show], demand: 20/s, slo: { p95: 500ms } }
";
    let played = play(text, "advice", |service| Freeze { service }.into());
    let chains = chains(&played, Harm::Slow);
    assert_eq!(chains.first().map(String::as_str), Some("web timed out < advice down < fault 1"));
}

#[test]
fn a_process_without_memory_says_so() {
    let text = "
system: shop
services:
  web: { operations: { buy: [call: orders / place] } }
  orders:
    runs: { memory: { limit: 100Mi, idle: 50Mi }, start: 2s }
    operations: { place: [compute: 5ms] }
journeys:
  buy: { stages: [buy: web / buy], demand: 20/s }
";
    let played = play(text, "orders", |service| {
        MemoryLeak { service, per_second: knockon_core::Bytes { count: 20 << 20 } }.into()
    });
    let chains = chains(&played, Harm::Failed);
    let down = "web failed < orders down < orders out of memory < fault 1";
    assert_eq!(chains.first().map(String::as_str), Some(down), "{chains:?}");
}

#[test]
fn whoever_waited_in_a_queue_on_the_way_is_late_for_that() {
    let text = "
system: shop
services:
  web: { operations: { buy: [{ publish: broker / paid, confirms: true }] } }
  packer:
    operations:
      pack:
        consumes: broker / paid
        steps: [{ compute: 1ms }, { background: [{ call: shipper / ship }] }]
  shipper: { operations: { ship: [compute: 1ms] } }
  broker: { kind: broker, queues: { paid: {} } }
journeys:
  buy:
    stages: [buy: web / buy, ship: shipper / ship]
    demand: 20/s
    slo: { within: 500ms }
";
    let played =
        play(text, "packer", |service| knockon_sim::fault::ConsumersStopped { service }.into());
    assert_eq!(chains(&played, Harm::Late), ["broker / paid backlog < fault 1"]);
}

#[test]
fn what_was_lost_by_a_step_that_was_skipped_has_its_reason() {
    let text = "
system: shop
services:
  web:
    operations:
      pay: [{ call: orders / paid, timeout: 1s, fallback: skip }]
  orders: { operations: { paid: [compute: 1ms] } }
journeys:
  buy: { stages: [pay: web / pay, paid: orders / paid], demand: 20/s }
";
    let played = play(text, "orders", |service| knockon_sim::fault::Crash { service }.into());
    let chains = chains(&played, Harm::Lost);
    assert_eq!(chains.first().map(String::as_str), Some("web failed < orders down < fault 1"));
}
