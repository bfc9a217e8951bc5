//! What happens to requests on their way.

use knockon_core::Spread;
use knockon_sim::fault::{
    Blackhole, Errors, ExpiredCertificate, Latency, NameNotFound, Names, Partition, PartnersDown,
    PartnersRejecting, PartnersSlow, PoolCut, Traffic,
};

use super::*;

const CHAIN: &str = "
system: chain
services:
  web: { operations: { page: [{ call: api / list, TIMEOUT }] } }
  api: { operations: { list: [{ wait: 10ms }], health: [{ wait: 1ms }] } }
journeys: { visit: { stages: [done: web / page], demand: 100/s, slo: { p95: 100ms } } }
";

fn chain(policies: &str) -> String {
    CHAIN.replace(", TIMEOUT", policies)
}

#[test]
fn errors_hit_their_share_of_requests_and_no_other() {
    let mut play = play(&chain(""), |system| {
        let on = Traffic::to(service(system, "api"));
        vec![fault(100, 200, Errors { on, share: percent(30.0) })]
    });
    assert_eq!(play.during(100.0).gave_up, 0);
    let during = play.during(200.0);
    assert_share(during.gave_up, during.started, 0.3);
    assert!(during.started > 9_000);
    let failed = play.count("api", "list", Outcome::Failed);
    assert_eq!(failed, during.gave_up, "the service counts its own errors");
    assert_eq!(play.during(300.0).gave_up, 0);
    assert_eq!(play.harm_of(1), (failed, failed));
}

#[test]
fn errors_of_one_operation_leave_the_others() {
    let text = chain("").replace("page: [", "page: [{ call: api / health }, ");
    let mut play = play(&text, |system| {
        let on = Traffic::of(operation(system, "api", "health"));
        vec![fault(10, 20, Errors { on, share: percent(100.0) })]
    });
    play.until(30.0);
    assert_eq!(play.count("api", "list", Outcome::Failed), 0);
    let failed = play.count("api", "health", Outcome::Failed);
    assert!((870..1130).contains(&failed), "{failed}");
}

#[test]
fn retries_meet_errors_anew() {
    let mut play = play(&chain(", retry: { attempts: 2, backoff: 0 }"), |system| {
        let on = Traffic::to(service(system, "api"));
        vec![fault(0, 1000, Errors { on, share: percent(30.0) })]
    });
    let during = play.during(500.0);
    assert_share(during.gave_up, during.started, 0.09);
}

#[test]
fn latency_adds_its_mean() {
    let mut play = play(&chain(""), |system| {
        let on = Traffic::to(service(system, "api"));
        let adds = Duration::from_millis(200);
        vec![fault(10, 20, Latency { on, adds, spread: Spread::None })]
    });
    assert_eq!(play.during(10.0).slow, 0);
    let during = play.during(20.0);
    // Those of the last 0.2 s are not there yet.
    assert!(during.slow > during.started * 9 / 10, "{during:?}");
    play.until(21.0);
    assert_eq!(play.during(30.0).slow, 0);
    let (of, all) = play.harm_of(1);
    assert_eq!(of, all);
    assert!(of > 800);
}

#[test]
fn a_blackhole_without_a_timeout_lasts_127_s() {
    let text = chain("").replace("100/s", "1/s");
    let mut play = play(&text, |system| {
        vec![fault(10, 20, Blackhole { on: Traffic::to(service(system, "api")) })]
    });
    play.until(10.0);
    let before = play.journey();
    play.until(136.9);
    assert_eq!(play.journey().gave_up, 0);
    play.until(147.2);
    let gone = play.journey().gave_up;
    let asked = gone;
    assert!((3..25).contains(&asked), "{asked}");
    assert!(before.started > 0);
    play.until(300.0);
    assert_eq!(play.journey().gave_up, gone);
}

#[test]
fn a_blackhole_behind_a_timeout_lasts_that_long() {
    let mut play = play(&chain(", timeout: 2s"), |system| {
        vec![fault(10, 20, Blackhole { on: Traffic::to(service(system, "api")) })]
    });
    play.until(11.999);
    assert_eq!(play.journey().gave_up, 0);
    let during = play.during(22.1);
    assert!(during.gave_up > 800, "{during:?}");
    assert_eq!(play.during(40.0).gave_up, 0);
    assert_eq!(play.calls("web", "api", Outcome::TimedOut), during.gave_up);
}

#[test]
fn a_partition_parts_two_and_leaves_a_third() {
    let text = "
system: fork
services:
  one: { operations: { ask: [{ call: back / do, timeout: 1s }] } }
  two: { operations: { ask: [{ call: back / do, timeout: 1s }] } }
  back: { operations: { do: [{ wait: 10ms }] } }
journeys:
  first: { stages: [done: one / ask], demand: 50/s }
  second: { stages: [done: two / ask], demand: 50/s }
";
    let mut play = play(text, |system| {
        let between = [service(system, "back"), service(system, "one")];
        vec![fault(10, 20, Partition { between })]
    });
    play.until(30.0);
    let (first, second) = (play.journey(), play.journey_at(1));
    assert!((350..650).contains(&first.gave_up), "{first:?}");
    assert_eq!(second.gave_up, 0);
}

#[test]
fn a_name_that_is_not_found_fails_at_once() {
    let mut play = play(&chain(", timeout: 2s"), |system| {
        let of = Names::Service(service(system, "api"));
        vec![fault(10, 20, NameNotFound { of })]
    });
    play.until(10.0);
    let during = play.during(11.0);
    assert!(during.gave_up + 3 >= during.started, "{during:?}");
    play.until(30.0);
    let not_found = play.calls("web", "api", Outcome::NotFound);
    assert_eq!(not_found, play.journey().gave_up);
    assert!(not_found > 800);
}

#[test]
fn names_are_not_found_by_what_runs_on_a_platform_only() {
    let text = "
system: nodes
services:
  one: { operations: { ask: [call: back / do] }, runs_on: [node-1] }
  two: { operations: { ask: [call: back / do] } }
  back: { operations: { do: [{ wait: 10ms }] } }
  node-1: { kind: platform }
journeys:
  first: { stages: [done: one / ask], demand: 50/s }
  second: { stages: [done: two / ask], demand: 50/s }
";
    let mut play = play(text, |system| {
        vec![fault(10, 20, NameNotFound { of: Names::On(service(system, "node-1")) })]
    });
    play.until(30.0);
    assert!(play.journey().gave_up > 350);
    assert_eq!(play.journey_at(1).gave_up, 0);
}

#[test]
fn an_expired_certificate_lets_nobody_through() {
    let mut play = play(&chain(""), |system| {
        vec![fault(10, 20, ExpiredCertificate { service: service(system, "api") })]
    });
    play.until(10.1);
    let during = play.during(19.9);
    assert_eq!(during.served, 0);
    assert!(during.gave_up > 800);
    play.until(20.1);
    assert_eq!(play.during(30.0).gave_up, 0);
}

#[test]
fn partners_are_down_slow_or_reject() {
    let text = "
system: partners
services:
  web: { operations: { pay: [call: visa / pay, call: mail / send] } }
  visa: { kind: external, operations: { pay: [{ wait: 10ms }] } }
  mail: { kind: external, operations: { send: [{ wait: 10ms }] } }
journeys: { buy: { stages: [done: web / pay], demand: 100/s, slo: { p95: 100ms } } }
";
    let mut play = play(text, |system| {
        let visa = service(system, "visa");
        let both = vec![visa, service(system, "mail")];
        let share = percent(20.0);
        vec![
            fault(10, 20, PartnersDown { partners: vec![visa] }),
            fault(30, 40, PartnersSlow { partners: vec![visa], adds: s(1) }),
            fault(60, 160, PartnersRejecting { partners: both, share }),
        ]
    });
    play.until(10.1);
    assert_eq!(play.during(19.9).served, 0);
    play.until(25.0);
    assert_eq!(play.journey().slow, 0);
    play.until(29.99);
    let before = play.journey();
    let started = play.during(40.0).started;
    play.until(59.0);
    let slow = play.journey().slow - before.slow;
    // An exponential time of mean 1 s is above 80 ms in e^-0.08 of cases.
    assert_share(slow, started, (-0.08_f64).exp());
    assert_eq!(play.journey().gave_up, before.gave_up);
    play.until(60.0);
    let rejecting = play.during(160.0);
    assert_share(rejecting.gave_up, rejecting.started, 1.0 - 0.8 * 0.8);
}

#[test]
fn cut_connections_are_opened_again() {
    let text = "
system: pooled
services:
  web: { operations: { page: [query: db / read] }, pools: { db: { size: 20 } } }
  db: { kind: database, queries: { read: { cpu: 0, io: 100ms } } }
journeys: { visit: { stages: [done: web / page], demand: 100/s } }
";
    let mut play = play(text, |system| {
        let (service, to) = (service(system, "web"), service(system, "db"));
        vec![fault(10, 20, PoolCut { service, to, size: Some(5) })]
    });
    play.until(9.9);
    let before = play.connections("db");
    assert!((10..=20).contains(&before), "{before}");
    let during = play.during(19.9);
    assert!(play.connections("db") <= 5);
    // Five connections serve fifty a second.
    assert!((485..=515).contains(&during.served), "{during:?}");
    play.until(60.0);
    assert!(play.connections("db") > 5);
    assert_eq!(play.journey().gave_up, 0);
}
