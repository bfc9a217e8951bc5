//! What an incident leaves behind is found by the checklist, and nothing where there is nothing.

use knockon_scenario::play::{Course, Watching, course};
use knockon_scenario::recovery::{LOOKS_BACK, Section, checklist, moments};

use crate::model::run;
use crate::stall::{RULES, scenario};

/// The stall, with a saga that charges, and people who finish what it cannot.
const SAGA: &str = "
system: stall
services:
  web:
    states: { order: { moves: { NEW: [PAID] }, stuck: { NEW: 1min } } }
    operations:
      buy:
        - move: order to NEW
        - saga: pay
          manual: queue / people
          steps: [{ do: till / pay, undo: till / refund }, { do: clock / tick }]
        - move: order to PAID
        - publish: queue / paid
  till: { operations: { pay: [{ wait: 200ms }], refund: [{ wait: 200ms }] } }
  clock: { operations: { tick: [{ wait: 1ms }] } }
  packer: { operations: { pack: { consumes: queue / paid, steps: [{ wait: 100ms }] } } }
  queue: { kind: broker, engine: rabbitmq, queues: { paid: {}, people: { manual: true } } }
journeys:
  buy:
    stages: [bought: web / buy, paid: { operation: till / pay, charges: true }, packed: packer / pack]
    demand: 1/s
    slo: { p95: 500ms, within: 30s }
";

/// The items of a run that do not hold, as `item: what was seen`.
fn broken(timeline: &str) -> Vec<String> {
    let ran = run(SAGA, RULES, &scenario(timeline, "till", "  - { journey: buy, started: 300 }"));
    let items =
        checklist(&ran.loaded.system, &ran.loaded.scenario, &ran.played.course, &ran.healthy);
    for item in &items {
        let is_of_people = item.section == Section::Communication;
        assert_eq!(item.held.is_none(), is_of_people, "{item:?}");
    }
    assert!(items.len() > 12, "{items:?}");
    let broken = items.iter().filter(|item| item.held == Some(false));
    broken.map(|item| format!("{}: {}", item.text, item.seen)).collect()
}

#[test]
fn nothing_is_left_of_a_short_outage() {
    assert_eq!(broken("[{ at: 1min, restart: clock }]"), [""; 0]);
}

/// Those who came from 60.5 s to 269.5 s wait for longer than promised.
#[test]
fn orders_that_are_stuck_and_paid() {
    assert_eq!(
        broken("[{ at: 1min, consumers stopped: packer }]"),
        [
            "buy: packed: 60 users; 300 without the incident",
            "No order is stuck: 210 accepted and not completed in time",
            "No payment is without its order: 210 charged, and lost, stuck or told that it failed",
        ]
    );
}

/// What fails after the charge, and is not paid back, is left to people: 60 of it in a minute.
#[test]
fn compensations_that_failed() {
    let refused = "[{ at: 1min, errors: clock, share: 100%, for: 1min }, { at: 1min, errors: till / refund, share: 100%, for: 61s }]";
    assert_eq!(
        broken(refused),
        [
            "The error rate is normal: 20.0% of users fail; 0.0% without the incident",
            "No payment is without its order: 60 charged, and lost, stuck or told that it failed",
            "No order of web is in a state for too long: 60 in NEW",
            "No compensation failed: 60 left to people, abandoned or cut off",
            "Nothing waits for people: 60 in queue / people",
        ]
    );
    let paid_back = "[{ at: 1min, errors: clock, share: 100%, for: 1min }]";
    assert_eq!(
        broken(paid_back),
        [
            "The error rate is normal: 20.0% of users fail; 0.0% without the incident",
            // Whoever is paid back waits twice as long.
            "Response times are normal: buy: p95 400 ms instead of 201 ms",
            "No order of web is in a state for too long: 60 in NEW",
        ]
    );
}

/// Rates are those of the last five minutes, not of all the run.
#[test]
fn an_outage_that_is_over_does_not_count() {
    let text = scenario(
        "[{ at: 1min, latency: till, adds: 800ms, for: 1min }, { at: 1min, errors: till, share: 50%, for: 1min }]",
        "till",
        "  - { journey: buy, started: 600 }",
    );
    let text = text.replace("lasts: 5min", "lasts: 10min").replace("count: 300", "count: 600");
    let ran = run(SAGA, RULES, &text);
    let (system, scenario) = (&ran.loaded.system, &ran.loaded.scenario);
    let moments = moments(scenario);
    assert_eq!(moments, [LOOKS_BACK, LOOKS_BACK * 2]);
    let play = |plan| course(system, plan, scenario.lasts, &moments, |_| ()).unwrap();
    let was = play(scenario.watched_plan(1, Watching::Users, |_| true));
    let healthy = play(scenario.watched_plan(1, Watching::Users, |_| false));
    let held = |course: &Course| {
        let items = checklist(system, scenario, course, &healthy);
        let of = |text: &str| items.iter().find(|it| it.text == text).unwrap().held;
        (of("The error rate is normal"), of("Response times are normal"))
    };
    assert_eq!(held(&was), (Some(true), Some(true)));
    // Held against the whole run, which is what there is of a short one, they are not.
    let mut whole = was;
    whole.figures.pop_first();
    assert_eq!(held(&whole), (Some(false), Some(false)));
}
