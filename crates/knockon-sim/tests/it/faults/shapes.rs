//! How faults grow, come and go.

use knockon_core::Spread;
use knockon_sim::action::Action;
use knockon_sim::fault::{Crash, Errors, Flap, Latency, Traffic};

use super::*;

const WEB: &str = "
system: web
services:
  web: { runs: { start: 0, replicas: 10 }, operations: { page: [{ wait: 10ms }] } }
journeys: { visit: { stages: [done: web / page], demand: 1000/s } }
";

#[test]
fn a_ramp_grows_once_a_second() {
    let shape = Shape { ramp: s(10), ..Shape::default() };
    let mut play = play(WEB, |system| {
        let on = Traffic::to(service(system, "web"));
        vec![shaped(10, 30, shape, Errors { on, share: percent(80.0) })]
    });
    for at in 0..40_u32 {
        let during = play.during(f64::from(at + 1));
        let level = match at {
            0..=9 | 30.. => 0.0,
            20..=29 => 1.0,
            _ => f64::from(at - 10) / 10.0,
        };
        assert_share(during.gave_up, during.started, 0.8 * level);
    }
}

#[test]
fn a_ramp_of_what_holds_replicas_takes_more_and_more() {
    let shape = Shape { ramp: s(10), ..Shape::default() };
    let mut play =
        play(WEB, |system| vec![shaped(10, 30, shape, Crash { service: service(system, "web") })]);
    for (at, ready) in [(10.5, 10), (11.5, 9), (15.5, 5), (19.5, 1), (20.5, 0), (30.5, 10)] {
        play.until(at);
        assert_eq!(play.ready("web"), ready, "at {at}");
    }
}

#[test]
fn what_flaps_is_there_and_not() {
    let shape = Shape { flap: Some(Flap { on: s(3), off: s(2) }), ..Shape::default() };
    let mut play = play(WEB, |system| {
        let on = Traffic::to(service(system, "web"));
        vec![shaped(10, 24, shape, Errors { on, share: percent(100.0) })]
    });
    let mut there = String::new();
    for at in 0..30_u32 {
        let during = play.during(f64::from(at) + 0.999);
        there.push(if during.gave_up * 2 > during.started { '#' } else { '.' });
    }
    assert_eq!(there, "..........###..###..####......".replace("####", "###."));
}

#[test]
fn a_fault_without_an_end_is_there_until_it_is_lifted() {
    let mut play = play(WEB, |system| {
        vec![Happening::fault(s(10), Fault::new(Crash { service: service(system, "web") }))]
    });
    play.until(1_000.0);
    assert_eq!(play.ready("web"), 0);
    play.run.act(&Action::Lift { origin: 1 }).unwrap();
    play.until(1_001.0);
    assert_eq!(play.ready("web"), 10);
}

#[test]
fn a_fault_that_is_lifted_early_does_not_come_back() {
    let shape = Shape { flap: Some(Flap { on: s(3), off: s(2) }), ramp: s(20), ..Shape::default() };
    let mut play = play(WEB, |system| {
        let service = service(system, "web");
        vec![
            shaped(10, 100, shape, Crash { service }),
            Happening::action(s(12), Action::Lift { origin: 1 }),
        ]
    });
    play.until(11.5);
    assert_eq!(play.ready("web"), 9);
    play.until(12.5);
    let events = play.during(200.0);
    assert_eq!((events.gave_up, play.ready("web")), (0, 10));
}

#[test]
fn a_ramp_of_latency_replaces_what_it_added_before() {
    let text = WEB.replace("1000/s", "100/s, slo: { p95: 150ms }");
    let shape = Shape { ramp: s(10), ..Shape::default() };
    let mut play = play(&text, |system| {
        let (on, adds) = (Traffic::to(service(system, "web")), Duration::from_millis(100));
        vec![shaped(10, 30, shape, Latency { on, adds, spread: Spread::None })]
    });
    play.until(60.0);
    assert_eq!(play.journey().slow, 0);
}
