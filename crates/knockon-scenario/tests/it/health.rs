//! When users fared worse than without the cause, in stretches of 15 s.

use knockon_scenario::health::{Fared, fared};

use crate::stall::five_minutes;

const SECOND: u64 = 1_000_000_000;

/// How the users of the stall fared.
fn stall(timeline: &str) -> Fared {
    let ran = five_minutes(timeline, "[till, packer]", "  - { journey: buy, started: 300 }");
    let fared = fared(&ran.played.course, &ran.healthy);
    assert_eq!(fared.len(), 1);
    fared[0].clone()
}

/// Checks in which seconds it was bad, and whether that is over.
#[track_caller]
fn check(timeline: &str, bad: Option<(u64, u64)>, is_over: bool) {
    let fared = stall(timeline);
    let seconds = |ns: Option<u64>| ns.map(|ns| ns / SECOND);
    assert_eq!(seconds(fared.bad_from()).zip(seconds(fared.bad_until())), bad, "{timeline}");
    assert_eq!((fared.is_hurt(), fared.is_over()), (bad.is_some(), is_over), "{timeline}");
    assert_eq!((fared.bad.len(), fared.worse.len()), (20, 20));
}

#[test]
fn an_outage_is_bad_from_its_first_stretch_to_its_last() {
    check("[{ at: 1min, errors: till, share: 100%, for: 1min }]", Some((60, 120)), true);
    // From 61 s to 121 s: of the users of the last stretch one failed, which is chance.
    check("[{ at: 61s, errors: till, share: 100%, for: 1min }]", Some((60, 120)), true);
    check("[{ at: 62s, errors: till, share: 100%, for: 1min }]", Some((60, 135)), true);
    let fared = stall("[{ at: 62s, errors: till, share: 100%, for: 1min }]");
    assert_eq!(fared.worse[3..10], [0, 13, 15, 15, 15, 2, 0]);
}

#[test]
fn slow_answers_are_bad_and_faster_ones_are_not() {
    check("[{ at: 1min, latency: till, adds: 400ms, for: 1min }]", Some((60, 120)), true);
    check("[{ at: 1min, latency: till, adds: 250ms, for: 1min }]", None, false);
}

/// 12 users who wait are a fifth of those who come in a minute.
#[test]
fn a_backlog_is_bad_until_it_is_worked_off() {
    check("[{ at: 1min, consumers stopped: packer, for: 1min }]", Some((60, 120)), true);
    check("[{ at: 1min, consumers stopped: packer, for: 63s }]", Some((60, 120)), true);
    check("[{ at: 62s, consumers stopped: packer, for: 13.5s }]", Some((60, 75)), true);
    check("[{ at: 63s, consumers stopped: packer, for: 12.4s }]", None, false);
}

#[test]
fn what_ends_with_the_run_is_not_over() {
    check("[{ at: 4min, errors: till, share: 100% }]", Some((240, 300)), false);
    check("[{ at: 4min, errors: till, share: 100%, for: 45s }]", Some((240, 285)), false);
    check("[{ at: 4min, errors: till, share: 100%, for: 30s }]", Some((240, 270)), true);
}

#[test]
fn what_comes_without_the_cause_as_well_does_not_count() {
    let background = "{ at: 2min, errors: till, share: 100%, for: 30s, part: background }";
    check(&format!("[{background}]"), None, false);
    let both = format!("[{{ at: 1min, errors: till, share: 100%, for: 30s }}, {background}]");
    check(&both, Some((60, 90)), true);
}
