use std::time::Duration;

use knockon_core::Share;
use proptest::prelude::*;

use super::*;

const MS: u64 = 1_000_000;

fn declared() -> Declared {
    Declared {
        failures: None,
        failure_rate: None,
        window: 10,
        min_calls: None,
        slow: Some(Duration::from_millis(100)),
        slow_rate: None,
        open: Duration::from_secs(1),
        probes: 2,
    }
}

/// Plays letters and tells the state after each: `s`uccess, `f`ailure, s`l`ow success, `i`gnored, `.`
/// for a wait of 501 ms. States: `C`losed, `O`pen, `H`alf-open.
#[track_caller]
fn check(declared: &Declared, calls: &str, states: &str) {
    let mut breaker = Breaker::new(Config::of(declared));
    let mut now_ns = 0;
    let mut shown = String::new();
    for call in calls.chars() {
        let (outcome, took_ns) = match call {
            's' => (Outcome::Success, MS),
            'f' => (Outcome::Failure, MS),
            'l' => (Outcome::Success, 101 * MS),
            'i' => (Outcome::Ignored, MS),
            _ => {
                now_ns += 501 * MS;
                shown.push('.');
                continue;
            }
        };
        if let Some(permit) = breaker.ask(now_ns) {
            breaker.report(now_ns, permit, outcome, took_ns);
        }
        shown.push(match breaker.state(now_ns) {
            State::Closed => 'C',
            State::Open => 'O',
            State::HalfOpen => 'H',
        });
    }
    assert_eq!(shown, states, "{calls}");
}

#[test]
fn a_declared_breaker_opens_for_what_it_names() {
    let rate = |percent| Some(Share { percent });
    let failures = Declared { failures: Some(3), ..declared() };
    check(&failures, "ffsffffs..sfs", "CCCCCOOO..HOO");
    check(&failures, "fff..ss", "CCO..HC");
    let failure_rate = Declared { failure_rate: rate(50.0), min_calls: Some(4), ..declared() };
    check(&failure_rate, "fffsss..fsssss", "CCCOOO..HOOOOO");
    check(&failure_rate, "ssfffffff", "CCCOOOOOO");
    check(&failure_rate, "fffs..sssfff", "CCCO..HCCCCO");
    let slow_rate = Declared { slow_rate: rate(50.0), min_calls: Some(2), ..declared() };
    check(&slow_rate, "ffffflllll", "CCCCCCCCCO");
    check(&slow_rate, "ll..ls", "CO..HO");
    // Without `min_calls` the window must be full.
    check(&Declared { failure_rate: rate(50.0), ..declared() }, "ffffffffff", "CCCCCCCCCO");
    check(&declared(), "fffffffffflllllllllllll", &"C".repeat(23));
}

#[test]
fn with_failures_and_a_rate_it_opens_when_either_says_so() {
    let both = Declared {
        failures: Some(3),
        failure_rate: Some(Share { percent: 50.0 }),
        min_calls: Some(6),
        ..declared()
    };
    // Three in a row, long before a rate can be taken.
    check(&both, "sfff", "CCCO");
    // Half of six, never three in a row.
    check(&both, "sfsffs", "CCCCCO");
    // The first probe that fails is enough; two that succeed close it.
    check(&both, "fff..f..ss", "CCO..O..HC");
}

#[test]
fn an_open_breaker_waits_longer_each_time_a_probe_fails() {
    let mut breaker = Rate::new(RateConfig {
        failure_percent: Some(50.0),
        slow_percent: None,
        slow_ns: u64::MAX,
        failures_in_a_row: None,
        window: WindowKind::Count { size: 1 },
        minimum_calls: 1,
        open_ns: 3 * MS,
        open_backoff_multiplier: Some(1.5),
        half_open_permitted_calls: 1,
        half_open_max_wait_ns: 0,
        half_open_by_timer: false,
    });
    let mut now_ns = 0;
    breaker.report(now_ns, Outcome::Failure, 0);
    // 3, 4.5 and 6 ms, each cut to whole milliseconds before the next.
    for wait_ms in [3, 4, 6, 9, 13] {
        assert!(!breaker.ask(now_ns + wait_ms * MS), "{wait_ms}");
        now_ns += wait_ms * MS + 1;
        assert!(breaker.ask(now_ns), "{wait_ms}");
        breaker.report(now_ns, Outcome::Failure, 0);
    }
}

#[test]
fn timers_run_one_after_the_other_however_late_it_is_asked() {
    let mut breaker = Rate::new(RateConfig {
        failure_percent: Some(50.0),
        slow_percent: None,
        slow_ns: u64::MAX,
        failures_in_a_row: None,
        window: WindowKind::Time { size_s: 3 },
        minimum_calls: 1,
        open_ns: 30 * MS,
        open_backoff_multiplier: None,
        half_open_permitted_calls: 1,
        half_open_max_wait_ns: 10 * MS,
        half_open_by_timer: true,
    });
    breaker.report(0, Outcome::Failure, 0);
    for (at_ms, state) in [
        (29, State::Open),
        (30, State::HalfOpen),
        (40, State::Open),
        (70, State::HalfOpen),
        (4_000_000, State::Open),
        (4_000_030, State::HalfOpen),
        (4_000_039, State::HalfOpen),
    ] {
        assert_eq!(breaker.state(at_ms * MS), state, "{at_ms}");
    }
}

#[test]
fn a_breaker_is_small() {
    assert!(size_of::<Breaker>() <= 320, "{}", size_of::<Breaker>());
    assert!(size_of::<Consecutive>() <= 96, "{}", size_of::<Consecutive>());
    assert_eq!(size_of::<Permit>(), 4);
}

fn tally_of<'a>(calls: impl IntoIterator<Item = &'a (u64, bool, bool)>) -> Tally {
    let mut tally = Tally::default();
    for (_, failed, slow) in calls {
        tally.calls += 1;
        tally.failed += u32::from(*failed);
        tally.slow += u32::from(*slow);
        tally.slow_failed += u32::from(*failed && *slow);
    }
    tally
}

proptest! {
    /// A window counts what a list of all calls says.
    #[test]
    fn a_window_is_the_tail_of_all_calls(
        size in 1_u32..80,
        gaps in prop::collection::vec((0_u64..2_500, any::<bool>(), any::<bool>()), 1..200),
    ) {
        let mut by_count = Window::new(WindowKind::Count { size });
        let mut by_time = Window::new(WindowKind::Time { size_s: size });
        let mut calls: Vec<(u64, bool, bool)> = Vec::new();
        let mut now_ns = 0;
        for (gap_ms, failed, slow) in gaps {
            now_ns += gap_ms * MS;
            by_count.record(now_ns, Call { failed, slow });
            by_time.record(now_ns, Call { failed, slow });
            calls.push((now_ns, failed, slow));
            let tail = calls.len().saturating_sub(size as usize);
            prop_assert_eq!(by_count.tally(now_ns), tally_of(&calls[tail..]));
            let later_ns = now_ns + gap_ms * MS / 2;
            let oldest_s = (later_ns / 1_000_000_000).saturating_sub(u64::from(size) - 1);
            let recent = calls.iter().filter(|(at_ns, ..)| at_ns / 1_000_000_000 >= oldest_s);
            prop_assert_eq!(by_time.tally(later_ns), tally_of(recent));
            now_ns = later_ns;
        }
    }

    /// While open not one call is let through, and half-open never more than the probes.
    #[test]
    fn no_more_than_the_probes_pass(
        probes in 1_u32..5,
        counts in any::<bool>(),
        waits_ms in prop::collection::vec(0_u64..1_500, 1..100),
    ) {
        let failures = counts.then_some(2);
        let failure_rate = (!counts).then_some(Share { percent: 50.0 });
        let declared = Declared { failures, failure_rate, window: 2, probes, ..declared() };
        let mut breaker = Breaker::new(Config::of(&declared));
        for _ in 0..2 {
            let permit = breaker.ask(0).unwrap();
            breaker.report(0, permit, Outcome::Failure, 0);
        }
        let mut now_ns = 0;
        let mut passed = 0;
        for wait_ms in waits_ms {
            now_ns += wait_ms * MS;
            passed += u32::from(breaker.ask(now_ns).is_some());
            let most = if now_ns > 1_000 * MS { probes } else { 0 };
            prop_assert!(passed <= most, "{} of {} at {}", passed, most, now_ns);
        }
    }
}
