//! A storm of retries that outlives what set it off: the four runs of the retry experiment in the
//! artefact of Huang et al. 2022, "Metastable Failures in the Wild" (OSDI '22,
//! <https://www.usenix.org/conference/osdi22/presentation/huang-lexiang>; the artefact's
//! `Retry_Metastability`, <https://github.com/lexiangh/Metastability>).
//!
//! There, a client in an open loop inserts into the primary of a Mongo database with two processors, waits 3 s for
//! each answer and resends at once, four times at most. Docker cuts the primary's processors for a
//! while: to 0.45 for 10 s it recovers, to 0.40 for 10 s it stays down, to 0.40 for 9 s it recovers, to
//! 0.40 for 10 s with a longer interval between requests (100 µs instead of 75 µs) it recovers.
//!
//! Taken from there: the limits, their lengths, timeout, resends, and the two loads' ratio. Fitted: one
//! number, the load of the first three runs as a share of what the server can do, [`LOAD`]; the four
//! outcomes come about from 0.37 to 0.385, with two workers (one for each processor) as with 128 (the
//! storage engine's write tickets). Not fitted: one insert takes 0.5 ms here, so that a run is short; only
//! the share matters. Requests beyond the workers wait in a line without end. Arrivals are at random,
//! where the artefact's client sleeps between requests, and the calm before the cut lasts 20 s, not 60 s.

use knockon_sim::engine::{Outcome, Run};

use super::play::{act, go, limit_cpu, per_second, plan_with, run};

/// The load as a share of what two processors can do.
const LOAD: f64 = 0.38;

/// Inserts a second that two processors can do.
const CAPACITY: f64 = 4_000.0;

fn model(workers: u32) -> String {
    format!(
        "system: retry
services:
  client:
    kind: client
    operations:
      insert:
        - call: server / insert
          timeout: 3s
          retry: {{ attempts: 5, backoff: 0, jitter: none }}
  server:
    runs: {{ cpu: {{ limit: 2 }}, workers: {workers} }}
    operations: {{ insert: [{{ compute: 500us }}] }}
journeys: {{ write: {{ stages: [written: client / insert] }} }}
"
    )
}

/// Attempts that timed out, and users who were served.
fn counts(run: &Run) -> (u64, u64) {
    let calls = run.calls("client", "server").expect("it is there");
    (calls.ends.of(Outcome::TimedOut), run.journey(0).expect("it is there").served)
}

/// What part of the users is served from 60 to 70 s after the cut, and how many attempts time out.
fn after_a_cut(
    workers: u32,
    load: f64,
    (to_m, cut_s): (u64, f64),
    seed: u64,
    drop: bool,
) -> (f64, u64) {
    let rate = load * CAPACITY;
    let mut plan = plan_with(seed, per_second(rate));
    plan.drop_abandoned = drop;
    let mut run = run(&model(workers), plan);
    go(&mut run, 20.0);
    assert_eq!(counts(&run).0, 0, "calm before");
    act(&mut run, "server", |server| limit_cpu(server, Some(to_m)));
    go(&mut run, cut_s);
    act(&mut run, "server", |server| limit_cpu(server, Some(2_000)));
    go(&mut run, 60.0);
    let before = counts(&run);
    go(&mut run, 10.0);
    let after = counts(&run);
    ((after.1 - before.1) as f64 / (10.0 * rate), after.0 - before.0)
}

/// The runs, and whether the server stays down.
const RUNS: [(&str, f64, (u64, f64), bool); 5] = [
    ("to 0.45 for 10 s", 1.0, (450, 10.0), false),
    ("to 0.40 for 10 s", 1.0, (400, 10.0), true),
    ("to 0.40 for 9 s", 1.0, (400, 9.0), false),
    ("to 0.40 for 10 s, intervals a third longer", 0.75, (400, 10.0), false),
    ("to 0.40 for 10 s, 30 % less load", 0.7, (400, 10.0), false),
];

#[test]
fn the_four_runs_of_the_artefact() {
    for (what, part, cut, stays_down) in RUNS {
        for seed in 1..=5 {
            for workers in [2, 128] {
                let (served, timeouts) = after_a_cut(workers, LOAD * part, cut, seed, false);
                println!("{what}, seed {seed}, {workers} workers: {served}, {timeouts} timeouts");
                if stays_down {
                    assert!(
                        served < 0.2 && timeouts > 10_000,
                        "{what}, {seed}: {served}, {timeouts}"
                    );
                } else {
                    assert!(served > 0.9 && timeouts == 0, "{what}, {seed}: {served}, {timeouts}");
                }
            }
        }
    }
}

/// Without abandoned work there is nothing that keeps the storm going.
#[test]
fn where_abandoned_work_is_dropped_none_stays_down() {
    for (what, part, cut, _) in RUNS {
        for seed in 1..=5 {
            let (served, timeouts) = after_a_cut(2, LOAD * part, cut, seed, true);
            assert!(served > 0.9 && timeouts == 0, "{what}, {seed}: {served}, {timeouts}");
        }
    }
}
