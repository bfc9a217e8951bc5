//! Replications: the same results however many threads there are, and common luck between variants.

use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use knockon_core::System;
use knockon_sim::clock::MINUTE;
use knockon_sim::engine::Run;
use knockon_sim::histogram::Histogram;
use knockon_sim::interval::Interval;
use knockon_sim::plan::Plan;
use knockon_sim::replicate::{NotReplicated, Replications};

fn shop(work: &str) -> System {
    let text = format!(
        "
system: shop
services:
  front: {{ runs: {{ workers: 4 }}, operations: {{ buy: [compute: 5ms, call: stock / take] }} }}
  stock: {{ runs: {{ workers: 2 }}, operations: {{ take: [{{ compute: {work}, spread: exponential }}] }} }}
journeys: {{ buy: {{ stages: [done: front / buy], demand: 100/s }} }}
"
    );
    crate::model::system(&text)
}

fn replications(system: &System, threads: usize) -> Replications<'_> {
    Replications {
        system,
        plan: Plan::default(),
        count: 12,
        until_ns: MINUTE,
        threads: NonZero::new(threads),
    }
}

fn mean(run: &Run) -> f64 {
    run.answers(0).and_then(Histogram::mean_ns).unwrap_or_default() / 1e6
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let system = shop("12ms");
    let digests = |threads| replications(&system, threads).play(Run::digest, |_| ()).unwrap();
    let alone = digests(1);
    assert_eq!(alone, digests(2));
    assert_eq!(alone, digests(5));
    let mut different = alone.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), alone.len(), "each replication has luck of its own");
}

#[test]
fn progress_is_told_once_for_each() {
    let (told, last) = (AtomicU64::new(0), AtomicU64::new(0));
    let system = shop("12ms");
    replications(&system, 3)
        .play(mean, |done| {
            told.fetch_add(1, Ordering::Relaxed);
            last.fetch_max(done, Ordering::Relaxed);
        })
        .unwrap();
    assert_eq!((told.into_inner(), last.into_inner()), (12, 12));
}

#[test]
fn a_small_difference_shows_because_both_have_the_same_luck() {
    let (before, after) = (shop("12ms"), shop("12.2ms"));
    let play = |system| replications(system, 2).play(mean, |_| ()).unwrap();
    let (before, after) = (play(&before), play(&after));
    let difference = Interval::of_differences(&before, &after).unwrap();
    assert!(difference.low() > 0.0, "{difference:?} is a slowdown beyond doubt");
    // With luck of its own for each, it would be hidden: either mean alone is known far less well.
    let alone = Interval::of(&before).unwrap();
    assert!(alone.half_width > 2.0 * difference.half_width, "{alone:?} and {difference:?}");
}

#[test]
fn a_run_that_stops_is_told_with_its_number() {
    let system = shop("100ms");
    let mut replications = replications(&system, 2);
    replications.plan.requests_max = 50;
    let stopped = replications.play(mean, |_| ()).unwrap_err();
    let NotReplicated::Stopped { replication: 0, .. } = &stopped else {
        panic!("{stopped:?}");
    };
    assert!(stopped.to_string().contains("a worker of `front`"), "{stopped}");
}
