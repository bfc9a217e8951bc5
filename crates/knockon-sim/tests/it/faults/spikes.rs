//! Users in addition: at a rate, and as a closed population.

use std::collections::BTreeSet;

use knockon_sim::fault::{DemandSpike, Errors, Flap, Traffic};

use super::*;

const TILL: &str = "
system: stores
services:
  till: { KIND operations: { sell: [{ call: back / sell, timeout: 1s }] } }
  back: { operations: { sell: [{ wait: 10ms }] } }
journeys: { sell: { stages: [sold: till / sell], demand: 100/s } }
";

fn till(kind: &str) -> String {
    TILL.replace("KIND", kind)
}

#[test]
fn a_spike_brings_more_users_and_leaves_the_usual_ones_the_same() {
    let text = till("runs: { workers: 400 },");
    let extra = per_hour(200.0 * 3600.0);
    let mut spiked = play(&text, |_| vec![fault(50, 150, DemandSpike { journey: 0, extra })]);
    let mut quiet = play(&text, |_| Vec::new());
    assert_eq!(spiked.during(50.0), quiet.during(50.0));
    let (during, usual) = (spiked.during(150.0), quiet.during(150.0));
    let more = during.started - usual.started;
    assert_share(more, 40_000, 0.5);
    assert_eq!(spiked.until(151.0).during(200.0), quiet.until(151.0).during(200.0));
}

#[test]
fn a_spike_is_to_blame_for_who_waits_behind_it() {
    let text = till("runs: { workers: 4 },")
        .replace("demand: 100/s", "demand: 100/s, slo: { p95: 100ms }");
    let extra = per_hour(600.0 * 3600.0);
    let mut play = play(&text, |_| vec![fault(10, 20, DemandSpike { journey: 0, extra })]);
    play.until(100.0);
    let (of, all) = play.harm_of(1);
    assert!(of > 2_000 && of * 10 > all * 9, "{of} of {all}");
}

#[test]
fn demand_of_one_moment_is_not_multiplied() {
    let system = system(&till(""));
    let extra = per_hour(36_000.0);
    let timeline = vec![fault(10, 20, DemandSpike { journey: 0, extra })];
    let demand = vec![Some(Demand::Times(vec![s(1), s(2)]))];
    let plan = Plan { timeline, demand, ..Plan::default() };
    let run = Run::new(&system, plan).unwrap();
    let mut playing = Play { system, run };
    playing.until(9.0);
    assert_eq!(playing.journey().started, 2);
    playing.until(100.0);
    assert_share(playing.journey().started - 2, 200, 0.5);
}

/// Room for everybody at once, and no chance in how long it takes.
const IDEAL: &str = "
system: ideal
services: { desk: { runs: { workers: 1000 }, operations: { ask: [{ wait: WAIT }] } } }
journeys: { ask: { stages: [asked: desk / ask] } }
";

fn crowd(users: u32, think_s: u64) -> DemandSpike {
    DemandSpike { journey: 0, extra: Demand::Closed { users, think: s(think_s) } }
}

/// Each of N users who think Z and are served in S comes N / (Z + S) times a second. What each does is
/// a renewal process: over a time T its count varies by T Z² / (Z + S)³.
#[test]
fn a_closed_spike_comes_as_often_as_its_closed_form_says() {
    let text = IDEAL.replace("WAIT", "2s");
    for (users, think) in [(500, 8), (40, 3), (300, 25)] {
        let mut play = play(&text, |_| vec![fault(100, 1300, crowd(users, think))]);
        play.until(100.0);
        assert_eq!(play.journey().started, 0);
        play.until(300.0);
        let started = play.during(1300.0).started as f64;
        let (n, z) = (f64::from(users), think as f64);
        let (mean, variance) = (n / (z + 2.0) * 1000.0, n * z * z / (z + 2.0).powi(3) * 1000.0);
        let off = (started - mean) / variance.sqrt();
        println!("{users} users, {think} s: {started} for {mean}, {off:+.2} SD");
        assert!(off.abs() < 4.0, "{started} for {mean}");
    }
}

#[test]
fn when_a_closed_spike_is_over_nobody_begins_and_who_is_under_way_goes_on() {
    let mut play = play(&IDEAL.replace("WAIT", "2s"), |_| vec![fault(10, 60, crowd(500, 8))]);
    play.until(60.0);
    let end = play.journey();
    let under_way = end.started - end.served;
    // Two of each ten seconds of a user.
    assert_share(under_way, 500, 0.2);
    play.until(300.0);
    assert_eq!(play.journey(), JourneyCounts { served: end.started, ..play.journey() });
    assert_eq!(play.journey().started, end.started);
}

/// Users who never come to an end show how many there are.
#[test]
fn a_closed_spike_never_has_more_users_than_it_says() {
    let text = IDEAL.replace("WAIT", "1h");
    let flap = Some(Flap { on: s(7), off: s(1) });
    for (shape, at, expected) in [
        (Shape { flap, ..Shape::default() }, 100.0, 200..=200),
        (Shape { ramp: s(100), ..Shape::default() }, 60.0, 96..=100),
        (Shape { ramp: s(100), ..Shape::default() }, 115.0, 200..=200),
    ] {
        let mut play = play(&text, |_| vec![shaped(10, 200, shape, crowd(200, 2))]);
        let started = play.until(at).journey().started;
        assert!(expected.contains(&started), "{started} at {at} s");
    }
    // Gone and there again before most of them have thought: they are the same as before.
    let text = IDEAL.replace("WAIT", "0ms");
    let mut play =
        play(&text, |_| vec![shaped(0, 1000, Shape { flap, ..Shape::default() }, crowd(200, 50))]);
    let flapping = play.until(1000.0).journey().started;
    assert!(flapping < 200 * 1000 / 50, "{flapping}");
}

/// The requests of the usual users, each with what came of it.
fn requests(play: &Play) -> BTreeSet<(u128, u64, u64, bool)> {
    let spans = play.run.observation().spans.iter().filter(|it| it.parent_id.is_none());
    spans.map(|it| (it.trace_id.0, it.start_ns, it.duration_ns, it.is_error)).collect()
}

#[test]
fn a_closed_spike_leaves_the_usual_users_the_same_with_the_same_luck() {
    let text =
        IDEAL.replace("WAIT", "2s, spread: exponential").replace("ask] }", "ask], demand: 5/s }");
    let played = |spike: bool| {
        let system = system(&text);
        let on = Traffic::to(service(&system, "desk"));
        let mut timeline = vec![fault(0, 1000, Errors { on, share: percent(20.0) })];
        timeline.extend(spike.then(|| fault(50, 150, crowd(300, 10))));
        let plan = Plan { timeline, trace_one_in: 1, ..Plan::default() };
        let run = Run::new(&system, plan).unwrap();
        let mut playing = Play { system, run };
        playing.until(300.0);
        playing
    };
    let (quiet, spiked) = (played(false), played(true));
    let (usual, all) = (requests(&quiet), requests(&spiked));
    assert!(usual.len() > 1300 && all.len() > usual.len() + 2000, "{} {}", usual.len(), all.len());
    assert!(usual.iter().any(|it| it.3), "some fail");
    let missing: Vec<_> = usual.difference(&all).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_closed_spike_is_to_blame_for_who_waits_behind_it() {
    let text = till("runs: { workers: 4 },")
        .replace("demand: 100/s", "demand: 100/s, slo: { p95: 100ms }");
    let mut play = play(&text, |_| vec![fault(10, 40, crowd(500, 1))]);
    play.until(100.0);
    let (of, all) = play.harm_of(1);
    assert!(of > 2_000 && of * 10 > all * 9, "{of} of {all}");
}
