//! What protects a step, by what is known of it: sums of powers, shares, and what a breaker lets through.

use std::time::Duration;

use knockon_sim::engine::{Outcome, Run};
use knockon_sim::plan::Demand;

use super::play::{go, per_second, plan_with, run, run_with_kills};

/// A client that calls a server; the step's policies, what the server runs on, and what it does.
fn pair(policies: &str, runs: &str, steps: &str) -> String {
    format!(
        "system: pair
services:
  client: {{ operations: {{ go: [{{ call: server / work, {policies} }}] }} }}
  server: {{ runs: {{ {runs} }}, operations: {{ work: [{steps}] }} }}
journeys: {{ visit: {{ stages: [done: client / go] }} }}
"
    )
}

fn ended(run: &Run, outcome: Outcome) -> u64 {
    run.calls("client", "server").expect("it is there").ends.of(outcome)
}

/// Failures of probability p that do not depend on each other: Σ pⁱ attempts, p^(N+1) of the users fail.
#[test]
fn retries_multiply_the_load_and_rarely_fail_together() {
    for (percent, attempts) in [(10, 2), (30, 4), (50, 3), (80, 5)] {
        let policies = format!("retry: {{ attempts: {attempts}, backoff: 10ms }}");
        let text =
            pair(&policies, "workers: 1000", &format!("{{ fail: {percent}% }}, {{ wait: 1ms }}"));
        let mut run = run(&text, plan_with(9, per_second(200.0)));
        go(&mut run, 2_000.0);
        let (calls, users) = (
            run.calls("client", "server").expect("it is there"),
            run.journey(0).expect("it is there"),
        );
        let p = f64::from(percent) / 100.0;
        let load: f64 = (0..attempts).map(|i| p.powi(i)).sum();
        let failed = p.powi(attempts);
        let (n, found) = (users.started as f64, (calls.attempts as f64, users.gave_up as f64));
        // Three standard errors of the number of failures.
        let error = 3.0 * (failed * (1.0 - failed) / n).sqrt();
        println!(
            "{percent} % × {attempts}: {} for {load}, {} for {failed}",
            found.0 / n,
            found.1 / n
        );
        assert!(
            (found.0 / n / load - 1.0).abs() < 0.005,
            "{percent} %: {} for {load}",
            found.0 / n
        );
        assert!((found.1 / n - failed).abs() < error, "{percent} %: {} for {failed}", found.1 / n);
        // A few wait for their next attempt at the end.
        assert!((calls.retries + users.started).abs_diff(calls.attempts) < 20);
    }
}

/// Waits of 100, 200, … ms, at most 350: whole, half random, or random from nothing.
#[test]
fn jitter_spreads_the_waits() {
    for (jitter, mean_ms) in [("none", 650.0), ("equal", 487.5), ("full", 325.0)] {
        let policies =
            format!("retry: {{ attempts: 4, backoff: 100ms, max: 350ms, jitter: {jitter} }}");
        let text = pair(&policies, "workers: 1000", "{ fail: 100% }");
        let mut run = run(&text, plan_with(3, per_second(100.0)));
        go(&mut run, 500.0);
        let answers = run.answers(0).expect("it is there");
        let mean = answers.mean_ns().expect("there are some") / 1e6;
        let waits = [100.0_f64, 200.0, 350.0];
        let whole: f64 = waits.iter().map(|wait| wait * wait).sum();
        // Uniform over the half of a wait, or the whole: its square over twelve.
        let variance = match jitter {
            "none" => 0.0,
            "equal" => whole / 4.0 / 12.0,
            _ => whole / 12.0,
        };
        let error = (variance / answers.count() as f64).sqrt();
        println!(
            "{jitter}: {mean} for {mean_ms}, SE {error}; {} to {}",
            answers.min_ns().unwrap_or(0),
            answers.max_ns()
        );
        assert!((mean - mean_ms).abs() <= 3.0 * error, "{jitter}: {mean} for {mean_ms}");
        let least = match jitter {
            "none" => 650.0,
            "equal" => 325.0,
            _ => 0.0,
        };
        assert!(answers.min_ns().expect("there are some") as f64 / 1e6 >= least, "{jitter}");
        assert!(answers.max_ns() as f64 / 1e6 <= 650.0, "{jitter}");
        // The middle half of a sum of three: near that of a normal distribution of that variance.
        let spread = (answers.quantile(0.75).expect("some") - answers.quantile(0.25).expect("some"))
            as f64
            / 1e6;
        let normal = 1.349 * variance.sqrt();
        assert!(
            (spread - normal).abs() <= 0.15 * normal + 0.02 * mean_ms,
            "{jitter}: {spread} for {normal}"
        );
    }
}

/// A budget of 20 %: of calls that all fail, a fifth is tried again, and one of the reserve each second.
#[test]
fn a_budget_bounds_what_is_tried_again() {
    for rate in [5.0, 200.0] {
        let text = pair(
            "retry: { attempts: 4, backoff: 1ms, budget: 20% }",
            "workers: 1000",
            "{ fail: 100% }",
        );
        let mut run = run(&text, plan_with(3, per_second(rate)));
        go(&mut run, 300.0);
        let calls = run.calls("client", "server").expect("it is there");
        let first = calls.attempts - calls.retries;
        let most = 0.2 * first as f64 + 300.0 + 10.0;
        println!("{rate}/s: {} of {first} tried again, {most} allowed", calls.retries);
        assert!(calls.retries as f64 <= most);
        assert!(calls.retries as f64 >= 0.9 * (0.2 * first as f64 + 270.0));
    }
}

/// A caller that gave up leaves its request with the server, which works it off for nobody.
#[test]
fn work_that_was_given_up_is_done_all_the_same() {
    let text = pair("timeout: 100ms", "workers: 1", "{ wait: 300ms }");
    let moments = (0..10).map(|n| Duration::from_millis(n * 100)).collect();
    let mut plan = plan_with(1, Demand::Times(moments));
    let mut abandoned = run(&text, plan.clone());
    go(&mut abandoned, 10.0);
    let work = abandoned.operation("server", "work").expect("it is there");
    assert_eq!(abandoned.journey(0).expect("it is there").gave_up, 10);
    assert_eq!((work.done.count(), work.wasted), (10, 10));
    assert_eq!(work.done.max_ns(), 300_000_000 * 10 - 900_000_000);
    // Dropped, it is not.
    plan.drop_abandoned = true;
    let mut dropped = run(&text, plan);
    go(&mut dropped, 10.0);
    let work = dropped.operation("server", "work").expect("it is there");
    assert_eq!((work.done.count(), work.wasted), (0, 0));
}

/// Five failures in a row open it; 1.95 s later two probes pass, and it closes.
#[test]
fn a_breaker_opens_lets_probes_through_and_closes() {
    let text = pair(
        "breaker: { failures: 5, open: 1950ms, probes: 2 }",
        "workers: 1000, start: 1s",
        "{ wait: 1ms }",
    );
    // One call each tenth of a second; the server is gone from 1.05 s on, and back at 2.05 s.
    let moments = (0..60).map(|n| Duration::from_millis(n * 100)).collect();
    let plan = plan_with(1, Demand::Times(moments));
    let mut run = run_with_kills(&text, plan, &[("server", 1.05)]);
    go(&mut run, 1.05);
    assert_eq!(ended(&run, Outcome::Done), 11);
    go(&mut run, 0.5);
    assert_eq!((ended(&run, Outcome::Refused), ended(&run, Outcome::BreakerOpen)), (5, 0));
    // Opened at 1.5 s: nothing passes until 3.45 s, though the server is back.
    go(&mut run, 1.9);
    let ends = (
        ended(&run, Outcome::Done),
        ended(&run, Outcome::Refused),
        ended(&run, Outcome::BreakerOpen),
    );
    assert_eq!(ends, (11, 5, 19));
    go(&mut run, 10.0);
    assert_eq!((ended(&run, Outcome::Done), ended(&run, Outcome::BreakerOpen)), (11 + 25, 19));
}

#[test]
fn a_probe_that_fails_opens_the_breaker_again() {
    let text =
        pair("breaker: { failures: 3, open: 950ms, probes: 1 }", "workers: 1000", "{ fail: 100% }");
    let moments = (0..100).map(|n| Duration::from_millis(n * 100)).collect();
    let mut run = run(&text, plan_with(1, Demand::Times(moments)));
    go(&mut run, 20.0);
    // Three at first, at 0, 0.1 and 0.2 s; then one each second from 1.2 to 9.2 s.
    assert_eq!((ended(&run, Outcome::Failed), ended(&run, Outcome::BreakerOpen)), (12, 88));
}

/// A bucket of five that fills at ten a second, asked twenty times a second.
#[test]
fn a_rate_limit_refuses_the_rest_or_lets_it_wait() {
    let moments: Vec<Duration> = (0..200).map(|n| Duration::from_millis(n * 50)).collect();
    let limit = |excess| format!("rate_limit: {{ rate: 10/s, burst: 5, excess: {excess} }}");
    let text = pair(&limit("reject"), "workers: 1000", "{ wait: 0 }");
    let mut rejecting = run(&text, plan_with(1, Demand::Times(moments.clone())));
    go(&mut rejecting, 100.0);
    // Ten seconds fill a hundred, four more than the one at hand were there, and the last fell due at
    // the end of the last interval.
    let passed = ended(&rejecting, Outcome::Done);
    assert!((103..=105).contains(&passed), "{passed}");
    assert_eq!(ended(&rejecting, Outcome::Limited), 200 - passed);

    let text = pair(&limit("wait"), "workers: 1000", "{ wait: 0 }");
    let mut waiting = run(&text, plan_with(1, Demand::Times(moments)));
    go(&mut waiting, 100.0);
    assert_eq!(ended(&waiting, Outcome::Done), 200);
    // The last comes at 9.95 s, and its token at (200 − 5) / 10 s.
    let longest = waiting.answers(0).expect("it is there").max_ns() as f64 / 1e9;
    assert!((longest - (19.5 - 9.95)).abs() < 0.001, "{longest}");
}

/// Where an operation has the limit itself, callers see it as 429.
#[test]
fn an_operation_may_have_a_limit_of_its_own() {
    let text = "
system: limited
services:
  client: { operations: { go: [call: server / work] } }
  server: { runs: { replicas: 2 }, operations: { work: { rate_limit: { rate: 10/s, burst: 1 }, steps: [{ wait: 1ms }] } } }
journeys: { visit: { stages: [done: client / go] } }
";
    let mut run = run(text, plan_with(1, per_second(100.0)));
    go(&mut run, 100.0);
    // Each replica keeps its own: at most 20 a second, less what the gaps between arrivals cost.
    let passed = ended(&run, Outcome::Done);
    assert!((1_700..=2_002).contains(&passed), "{passed}");
    assert_eq!(
        passed + ended(&run, Outcome::Limited),
        run.journey(0).expect("it is there").started
    );
}

/// Three at once and two in line, of requests that take a second each and come a tenth apart.
#[test]
fn a_bulkhead_takes_so_many_and_lets_so_many_wait() {
    let moments: Vec<Duration> = (0..10).map(|n| Duration::from_millis(n * 100)).collect();
    let text = pair("bulkhead: { concurrent: 3, waiting: 2 }", "workers: 1000", "{ wait: 1s }");
    let mut run = run(&text, plan_with(1, Demand::Times(moments)));
    go(&mut run, 0.95);
    assert_eq!(run.service("server").expect("it is there").in_progress, 3);
    assert_eq!(ended(&run, Outcome::Crowded), 5);
    go(&mut run, 10.0);
    assert_eq!(ended(&run, Outcome::Done), 5);
    // The fourth came at 0.3 s, began at 1.0 s.
    assert_eq!(run.answers(0).expect("it is there").max_ns(), 1_700_000_000);
}

/// Who gives up gives its place under a bulkhead to the next in line, though its work goes on.
#[test]
fn a_place_under_a_bulkhead_is_free_when_its_holder_gives_up() {
    let moments: Vec<Duration> = (0..10).map(|n| Duration::from_millis(n * 100)).collect();
    let policies = "timeout: 150ms, bulkhead: { concurrent: 1, waiting: 2 }";
    let text = pair(policies, "workers: 1000", "{ wait: 10s }");
    let mut run = run(&text, plan_with(1, Demand::Times(moments)));
    go(&mut run, 5.0);
    assert_eq!((ended(&run, Outcome::Crowded), ended(&run, Outcome::TimedOut)), (0, 10));
    assert_eq!(run.service("server").expect("it is there").in_progress, 10);
}

/// A caller that asks again at once finds the worker free that answered it.
#[test]
fn a_retry_without_a_wait_does_not_meet_its_own_predecessor() {
    let text = pair(
        "retry: { attempts: 3, backoff: 0 }",
        "workers: 1, backlog: 0",
        "{ wait: 1ms }, { fail: 100% }",
    );
    let mut run = run(&text, plan_with(1, Demand::Times(vec![Duration::ZERO])));
    go(&mut run, 1.0);
    assert_eq!((ended(&run, Outcome::Failed), ended(&run, Outcome::Refused)), (3, 0));
}
