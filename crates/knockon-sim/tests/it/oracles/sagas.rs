//! Sagas, state machines and repetitions: what must hold whatever fails.

use std::time::Duration;

use knockon_core::Action::Saga;
use knockon_core::Step;
use knockon_sim::action::Action;
use knockon_sim::engine::{Outcome, Run};
use knockon_sim::plan::{Demand, Plan};
use proptest::prelude::*;

use super::play::{go, per_second, plan_with, run, run_with_kills};

/// An order that charges and reserves, or takes back and refunds.
struct Order {
    /// How often each part fails, in percent: charging, reserving, refunding, releasing, sending.
    fails: [u32; 5],
    saga: &'static str,
    /// How long the parts take.
    times: &'static str,
    patience: &'static str,
}

fn model(order: &Order) -> String {
    let [charge, reserve, refund, release, send] = order.fails;
    let (times, patience) = (order.times, order.patience);
    let part = |name: &str, fail: u32| {
        format!("{name}: [{{ wait: {times} }}, {{ fail: {fail}% }}, {{ wait: 1ms }}]")
    };
    format!(
        "system: order
services:
  orders:
    runs: {{ start: 500ms }}
    operations:
      place:
        - saga: order
          {}
          steps:
            - {{ do: payment / charge, undo: payment / refund{patience} }}
            - {{ do: stock / reserve, undo: stock / release{patience} }}
            - {{ do: carrier / send{patience} }}
        - call: archive / done
  payment: {{ runs: {{ start: 500ms }}, operations: {{ {}, {} }} }}
  stock: {{ runs: {{ start: 500ms }}, operations: {{ {}, {} }} }}
  carrier: {{ runs: {{ start: 500ms }}, operations: {{ {} }} }}
  archive: {{ operations: {{ done: [{{ wait: 1ms }}] }} }}
  broker: {{ kind: broker, queues: {{ people: {{ manual: true }} }} }}
journeys:
  order:
    stages: [placed: orders / place, paid: {{ operation: payment / charge, charges: true }}, archived: archive / done]
",
        order.saga,
        part("charge", charge),
        part("refund", refund),
        part("reserve", reserve),
        part("release", release),
        part("send", send)
    )
}

fn counts(run: &Run, service: &str, operation: &str) -> u64 {
    run.operation(service, operation).expect("it is there").done.count()
}

/// What is done is done, what fails for good is taken back: shares as products of probabilities.
#[test]
fn attempts_do_not_depend_on_each_other() {
    let order = Order {
        fails: [0, 50, 0, 0, 0],
        saga: "attempts: 3\n          backoff: 100ms\n          manual: broker / people",
        times: "2ms",
        patience: "",
    };
    let mut run = run(&model(&order), plan_with(5, per_second(100.0)));
    go(&mut run, 400.0);
    let (saga, users) =
        (run.saga("order").expect("it is there"), run.journey(0).expect("it is there"));
    let n = saga.begun as f64;
    println!("{saga:?} {users:?}");
    assert!((saga.done as f64 / n - 0.875).abs() < 3.0 * (0.875 * 0.125 / n).sqrt(), "{saga:?}");
    // ½ of all try again, and ¼ once more.
    assert!((saga.again as f64 / n - 0.75).abs() < 0.012, "{saga:?}");
    assert_eq!((saga.manual, saga.abandoned), (0, 0));
    // Each attempt charges; each but the last good one is refunded.
    let (charged, refunded) =
        (counts(&run, "payment", "charge"), counts(&run, "payment", "refund"));
    assert!(charged - refunded - saga.done < 200, "{charged} {refunded} {saga:?}");
    assert_eq!(users.charged_unfulfilled, 0);
}

/// With backoffs of 100 ms and no luck at all, three attempts take 2 × 100 ms and their parts.
#[test]
fn waits_between_attempts() {
    let order = Order {
        fails: [0, 100, 0, 0, 0],
        saga: "attempts: 3\n          backoff: 100ms",
        times: "2ms",
        patience: "",
    };
    let mut run = run(&model(&order), plan_with(5, Demand::Times(vec![Duration::ZERO])));
    go(&mut run, 10.0);
    // Each: charge 3 ms, reserve 2 ms until it fails, refund 3 ms.
    let answers = run.answers(0).expect("it is there");
    assert_eq!(answers.max_ns(), 3 * 8_000_000 + 2 * 100_000_000);
    let saga = run.saga("order").expect("it is there");
    assert_eq!((saga.begun, saga.again, saga.taken_back), (1, 2, 1));
}

/// A saga that runs out of time does not begin another attempt; one that runs out of it in the middle
/// of a part does not know what became of that, and leaves it to people.
#[test]
fn time_runs_out() {
    let between = Order {
        fails: [0, 100, 0, 0, 0],
        saga: "attempts: 100\n          backoff: 100ms\n          timeout: 1s\n          manual: broker / people",
        times: "2ms",
        patience: "",
    };
    let once = || plan_with(5, Demand::Times(vec![Duration::ZERO]));
    let mut late = run(&model(&between), once());
    go(&mut late, 10.0);
    let saga = late.saga("order").expect("it is there");
    assert_eq!((saga.again, saga.taken_back, saga.manual), (9, 1, 0));

    let within = Order {
        fails: [0; 5],
        saga: "timeout: 1s\n          manual: broker / people",
        times: "700ms",
        patience: "",
    };
    let mut unknown = run(&model(&within), once());
    go(&mut unknown, 10.0);
    let saga = unknown.saga("order").expect("it is there");
    assert_eq!((saga.done, saga.taken_back, saga.manual), (0, 0, 1));
    assert_eq!(counts(&unknown, "payment", "refund"), 0, "nothing is taken back by itself");
    assert_eq!(unknown.queue("broker", "people").expect("it is there").ready, 1);
    assert_eq!(unknown.answers(0).expect("it is there").max_ns(), 1_000_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever fails, whoever crashes: who was charged has the order, or the money back, or is on the
    /// manual queue, or was with an orchestrator that ended in the middle. And of what nobody knows
    /// nothing is taken back.
    #[test]
    fn nobody_is_charged_and_lost(
        seed in any::<u64>(),
        fails in prop::array::uniform5(0..60_u32),
        slow in any::<bool>(),
        timeout in any::<bool>(),
        crashes in prop::collection::vec((0..40_u64, 0..4_usize), 0..8),
    ) {
        let order = Order {
            fails,
            saga: if timeout {
                "attempts: 2\n          backoff: 10ms\n          timeout: 60ms\n          manual: broker / people"
            } else {
                "attempts: 3\n          backoff: 10ms\n          manual: broker / people"
            },
            times: if slow { "20ms, spread: exponential" } else { "3ms" },
            patience: ", timeout: 30ms, retry: { attempts: 2, backoff: 5ms, on: [errors] }",
        };
        let moments = (0..400).map(|n| Duration::from_millis(n * 10)).collect();
        let plan = Plan { requests_max: 100_000, ..plan_with(seed, Demand::Times(moments)) };
        let services = ["orders", "payment", "stock", "carrier"];
        let kills: Vec<_> =
            crashes.into_iter().map(|(tenth, who)| (services[who], tenth as f64 / 10.0)).collect();
        let mut run = run_with_kills(&model(&order), plan, &kills);
        go(&mut run, 1_000.0);
        let (saga, users) = (run.saga("order").expect("it is there"), run.journey(0).expect("it is there"));
        let left = run.in_progress();
        prop_assert_eq!((left.requests, left.users, left.messages), (0, saga.manual as u32, saga.manual as u32));
        prop_assert_eq!(users.started, 400);
        prop_assert_eq!(
            saga.begun,
            saga.done + saga.taken_back + saga.manual + saga.abandoned + saga.interrupted,
            "{:?}", saga
        );
        prop_assert_eq!(saga.abandoned, 0);
        prop_assert!(users.charged_unfulfilled <= saga.interrupted + refused_after(&run, &saga), "{:?} {:?}", saga, users);
        // An undo is asked for once for each part that is known to be done: by attempts taken back, and
        // once more by those of which an undo failed and people decide.
        let refunds = run.calls("orders", "payment").expect("it is there");
        prop_assert!(counts(&run, "payment", "refund") <= saga.again + saga.taken_back + saga.manual + saga.interrupted, "{:?}", refunds);
    }
}

/// Sagas that are done and whose archive did not take it: not the saga's fault.
fn refused_after(run: &Run, saga: &knockon_sim::engine::results::SagaCounts) -> u64 {
    let archived = run.calls("orders", "archive").expect("it is there").ends.of(Outcome::Done);
    saga.done - archived
}

const SHOP: &str = "
system: shop
services:
  client: { operations: { buy: [{ call: shop / pay, timeout: 100ms, retry: { attempts: 3, backoff: 0 } }, { call: shop / ship }] } }
  shop:
    states:
      order: { moves: { NEW: [PAID], PAID: [SENT], SENT: [] }, stuck: { PAID: 10s } }
    operations:
      pay: { IDEMPOTENT steps: [{ wait: 150ms }] }
      ship: { steps: [MOVES] }
journeys: { buy: { stages: [bought: client / buy, paid: { operation: shop / pay, charges: true }, sent: shop / ship] } }
";

/// Each of three attempts is given up after 100 ms and charges after 150 ms.
#[test]
fn a_charge_tried_again_after_a_timeout_is_doubled_unless_it_recognises_itself() {
    for (idempotent, doubled, repeated) in [("", 20, 0), ("idempotent: by order,", 0, 20)] {
        let text = SHOP.replace("IDEMPOTENT", idempotent).replace("[MOVES]", "[{ wait: 1ms }]");
        let moments = (0..20).map(Duration::from_secs).collect();
        let mut run = run(&text, plan_with(1, Demand::Times(moments)));
        go(&mut run, 100.0);
        let (users, pay) = (
            run.journey(0).expect("it is there"),
            run.operation("shop", "pay").expect("it is there"),
        );
        println!("{users:?} {} wasted {} repeated", pay.wasted, pay.repeated);
        assert_eq!(users.double_charged, doubled);
        // The first is done after 150 ms, the second began after 100 and is recognised when it is done;
        // the third begins after 200 ms and is recognised at once.
        assert!(
            pay.repeated >= repeated && (repeated > 0) == (pay.repeated > 0),
            "{}",
            pay.repeated
        );
        assert_eq!(users.served, if idempotent.is_empty() { 0 } else { 20 });
    }
}

/// A thing goes the ways that its machine knows; one that stays too long is stuck.
#[test]
fn moves() {
    let check = |moves: &str, served: u64, refused: u64, states: [(u64, u64); 3]| {
        let text = SHOP.replace("IDEMPOTENT", "").replace("150ms", "1ms").replace("MOVES", moves);
        let moments = (0..10).map(Duration::from_secs).collect();
        let mut run = run(&text, plan_with(1, Demand::Times(moments)));
        go(&mut run, 100.0);
        assert_eq!(run.journey(0).expect("it is there").served, served, "{moves}");
        assert_eq!(run.moves_refused(), refused, "{moves}");
        let found = ["NEW", "PAID", "SENT"]
            .map(|state| run.in_state("shop", "order", state).expect("it is there"));
        assert_eq!(found, states, "{moves}");
    };
    check(
        "{ move: order to NEW }, { move: order to PAID }, { move: order to SENT }",
        10,
        0,
        [(0, 0), (0, 0), (10, 0)],
    );
    check("{ move: order to NEW }, { move: order to SENT }", 0, 10, [(10, 0), (0, 0), (0, 0)]);
    // Paid and never sent: all of them are stuck ten seconds later.
    check(
        "{ move: order to NEW }, { move: order to PAID }, { wait: 1ms }",
        10,
        0,
        [(0, 0), (10, 10), (0, 0)],
    );
    check("{ move: order to PAID }, { move: order to PAID }", 0, 10, [(0, 0), (10, 10), (0, 0)]);
    // In time, though each stays for nine seconds.
    let slow = "{ move: order to PAID }, { wait: 9s }, { move: order to SENT }";
    check(slow, 10, 0, [(0, 0), (0, 0), (10, 0)]);
}

/// A timeout that is set for one part is not that of what takes back another.
#[test]
fn what_takes_back_belongs_to_its_own_part() {
    let text = "
system: parts
services:
  orders: { operations: { order: [{ saga: order, attempts: 1, steps: [
    { do: payment / charge, undo: payment / refund }, { do: stock / reserve }] }] } }
  payment: { operations: { charge: [], refund: [{ wait: 5ms }] } }
  stock: { operations: { reserve: [{ fail: 100% }] } }
journeys: { order: { stages: [done: orders / order] } }
";
    let mut run = run(text, plan_with(1, Demand::Times(vec![Duration::from_secs(1)])));
    let Step { action: Saga(saga), .. } = &run.system().services()[0].operations[0].steps[0] else {
        panic!("it is a saga");
    };
    let step = saga.steps[1].id;
    run.act(&Action::Timeout { step, timeout: Some(Duration::from_millis(1)) }).expect("it is");
    go(&mut run, 10.0);
    let ends = run.calls("orders", "payment").expect("it is there").ends;
    assert_eq!((ends.of(Outcome::Done), ends.of(Outcome::TimedOut)), (2, 0));
}

/// A payment that tells the orders while it is still going on, as one behind a payment link does. They cannot
/// be kept, so that all of the money goes back.
const LINK: &str = "
system: link
services:
  bank:
    operations:
      pay: [{ wait: 100ms }, { call: orders / paid, timeout: 1s, fallback: skip }, { wait: 1ms }]
      refund: [{ wait: TAKES }, { fail: FAILS }]
  orders: { operations: { paid: [{ saga: order, steps: [{ do: stock / reserve }], undo: bank / refund }] } }
  stock: { operations: { reserve: [{ fail: 100% }] } }
journeys:
  order:
    stages: [pay: { operation: bank / pay, charges: true }, booked: orders / paid]
    completes: orders / paid
";

/// Users of twenty journeys who were charged in vain, when nothing is going on any more.
#[track_caller]
fn charged_in_vain(text: &str) -> u64 {
    let moments = (0..20).map(Duration::from_secs).collect();
    let mut run = run(text, plan_with(1, Demand::Times(moments)));
    go(&mut run, 100.0);
    let users = run.journey(0).expect("it is there");
    assert_eq!((users.started, users.completed), (20, 0));
    assert_eq!(run.saga("order").expect("it is there").begun, 20);
    users.charged_unfulfilled
}

#[test]
fn a_refund_that_is_ahead_of_its_charge_counts() {
    let check = |takes: &str, fails: &str, expected: u64| {
        let text = LINK.replace("TAKES", takes).replace("FAILS", fails);
        assert_eq!(charged_in_vain(&text), expected, "{takes} {fails}");
    };
    // Before the payment ends, or after.
    check("10ms", "0%", 0);
    check("5s", "0%", 0);
    check("10ms", "100%", 20);
    check("5s", "100%", 20);
}

/// What is charged later was not given back before.
#[test]
fn a_refund_of_nothing_is_no_credit() {
    let text = "
system: later
services:
  shop: { operations: { buy: [{ call: orders / try, fallback: skip }, { call: bank / pay }, { fail: 100% }] } }
  orders: { operations: { try: [{ saga: order, steps: [{ do: stock / reserve }], undo: bank / refund }] } }
  bank: { operations: { pay: [{ wait: 5ms }], refund: [{ wait: 5ms }] } }
  stock: { operations: { reserve: [{ fail: 100% }] } }
journeys:
  order:
    stages: [bought: shop / buy, paid: { operation: bank / pay, charges: true }]
    completes: shop / buy
";
    assert_eq!(charged_in_vain(text), 20);
}
