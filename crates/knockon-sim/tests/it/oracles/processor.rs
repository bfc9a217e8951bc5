//! A processor limit through the whole engine: single requests to the microsecond, and a database under
//! load by the law that recordings follow.

use std::time::Duration;

use knockon_sim::clock::MILLISECOND;
use knockon_sim::engine::Outcome;
use knockon_sim::histogram::Histogram;
use knockon_sim::plan::Demand;

use super::play::{act, go, limit_cpu, per_second, plan_with, run};

/// The period of the kernel's quota.
const PERIOD_NS: u64 = 100 * MILLISECOND;

/// What work takes alone under a limit, when it begins `into_ns` after a period began: quota at the
/// beginning of each period, the first one being shorter.
fn alone(work_ns: u64, quota_ns: u64, into_ns: u64) -> u64 {
    let first = work_ns.min(quota_ns).min(PERIOD_NS - into_ns);
    if first == work_ns {
        return work_ns;
    }
    let left = work_ns - first;
    let whole = (left - 1) / quota_ns;
    PERIOD_NS - into_ns + whole * PERIOD_NS + left - whole * quota_ns
}

/// One request every ten seconds and a bit, so that each finds an idle processor at another point of
/// the period: 1000 points, evenly spread.
fn one_by_one(work: &str) -> Histogram {
    let text = format!(
        "system: one
services:
  s: {{ runs: {{ cpu: {{ limit: 50m }}, workers: 10 }}, operations: {{ work: [{{ compute: {work} }}] }} }}
journeys: {{ visit: {{ stages: [done: s / work] }} }}
"
    );
    let moments = (0..1000).map(|n| Duration::from_micros(10_000_000 * n + 100 * n)).collect();
    let mut run = run(&text, plan_with(1, Demand::Times(moments)));
    go(&mut run, 11_000.0);
    run.answers(0).expect("it is there").clone()
}

/// The figures are those that the design names; the exact ones follow from the moments of the requests
/// and from where the periods of that replica begin, which only the first of them is asked for.
#[test]
fn single_requests_at_50m() {
    let exact = |work_ms: u64, offset_ns: u64| {
        let into = |n: u64| (offset_ns + n * 100_000) % PERIOD_NS;
        let all = (0..1000).map(|n| alone(work_ms * 1_000_000, 5_000_000, into(n)));
        all.sum::<u64>() as f64 / 1000.0
    };
    let mut offset = None;
    for (work_ms, mean_ms, p99_ms) in
        [(5, 5.0, 5.0), (6, 52.0, 101.0), (20, 260.0, 305.0), (50, 860.0, 905.0)]
    {
        let found = one_by_one(&format!("{work_ms}ms"));
        assert_eq!(found.count(), 1000);
        let mean = found.mean_ns().expect("there are answers");
        if work_ms == 6 {
            let near = |at: &u64| (exact(6, *at) - mean).abs() < 60.0;
            offset = (0..1000).map(|n| n * 100).find(near);
            assert!(offset.is_some(), "no phase gives {mean}");
        }
        let expected = exact(work_ms, offset.unwrap_or(0));
        let p99 = found.quantile(0.99).expect("there are answers") as f64 / 1e6;
        println!("{work_ms} ms: {mean} ns for {expected} ns; p99 {p99} ms");
        assert!((mean - expected).abs() < 1_000.0, "{work_ms} ms: {mean} ns for {expected} ns");
        assert!((mean / 1e6 / mean_ms - 1.0).abs() < 0.005, "{work_ms} ms: {mean} ns");
        assert!((p99 / p99_ms - 1.0).abs() < 0.01, "{work_ms} ms: p99 {p99} ms for {p99_ms} ms");
    }
}

/// A client with a pool of ten that waits two seconds for a connection, before a database.
fn database(limit: &str, query_ms: f64) -> String {
    format!(
        "system: recording
services:
  client:
    pools: {{ db: {{ size: 10, wait: 2s }} }}
    operations: {{ search: [query: db / search] }}
  db:
    kind: database
    {limit}
    queries: {{ search: {{ cpu: {}us, does: read, spread: 20% }} }}
journeys: {{ visit: {{ stages: [done: client / search] }} }}
",
        query_ms * 1000.0
    )
}

/// One row of the recordings: answers a second, their mean in seconds, and how many of all waits for a
/// connection were too long, as a share.
fn row(limit_m: u64, query_ms: f64, demand: Demand, seconds: f64) -> (f64, f64, f64, Histogram) {
    let text = database(&format!("runs: {{ cpu: {{ limit: {limit_m}m }} }}"), query_ms);
    let mut run = run(&text, plan_with(1, demand));
    go(&mut run, seconds);
    let search = run.operation("client", "search").expect("it is there");
    let timeouts = run.calls("client", "db").expect("it is there").ends.of(Outcome::NoConnection);
    let pool = run.pool("client", "db").expect("it is there");
    assert_eq!(pool.timeouts, timeouts, "each wait that is too long is an answer");
    let all = timeouts + search.done.count();
    let query = run.operation("db", "search").expect("it is there").done;
    let mean = query.mean_ns().unwrap_or(0.0) / 1e9;
    let rate = search.done.count() as f64 / seconds;
    (rate, mean, timeouts as f64 / all as f64, search.done.clone())
}

/// The law in `tests/data/database.json`: throughput = quota / CPU of a query, response of the N in
/// service = N × CPU / quota. The CPU of a query is the recorded one of PostgreSQL.
#[test]
fn a_database_under_a_quota_follows_the_recorded_law() {
    let query_ms = 12.4;
    for (limit_m, clients) in [(200, 10), (50, 1), (50, 10), (50, 20)] {
        let demand = Demand::Closed { users: clients, think: Duration::ZERO };
        let (rate, time, timeouts, _) = row(limit_m, query_ms, demand, 1_200.0);
        let quota = limit_m as f64 / 1000.0;
        let law =
            (quota / (query_ms / 1000.0), f64::from(clients.min(10)) * query_ms / 1000.0 / quota);
        println!(
            "{limit_m}m, {clients}: {rate}/s for {}, {time} s for {}; {timeouts}",
            law.0, law.1
        );
        assert!((rate / law.0 - 1.0).abs() < 0.05, "{limit_m}m, {clients}: {rate}/s");
        assert!((time / law.1 - 1.0).abs() < 0.05, "{limit_m}m, {clients}: {time} s");
        // Waits were too long in the recordings only where 20 clients share 10 connections at 50m.
        assert_eq!(timeouts > 0.0, clients == 20, "{limit_m}m, {clients}: {timeouts}");
    }
}

/// MariaDB's recordings with arrivals at random: where more come than 50m can serve, the rest waits for a
/// connection in vain, and the share of those is what the recordings show.
#[test]
fn arrivals_beyond_the_quota_wait_for_a_connection_in_vain() {
    // 3.4 queries a second at 50m.
    let query_ms = 50.0 / 3.4;
    let mut last = 0;
    for (rate, p50_ms, timed_out) in [
        (1.0, Some(273.0), Some(0.0)),
        (2.0, Some(517.0), Some(0.0)),
        // Nearly all of the quota: a query that takes 5 % more makes it half as long again.
        (3.0, Some(3390.0), None),
        (5.0, None, Some(36.0 / 113.0)),
        (10.0, None, Some(135.0 / 210.0)),
    ] {
        let (_, _, share, times) = row(50, query_ms, per_second(rate), 3_600.0);
        let p50 = times.quantile(0.5).expect("there are answers");
        println!("{rate}/s: p50 {} ms, {share} for {timed_out:?}", p50 as f64 / 1e6);
        assert!(timed_out.is_none_or(|it| (share - it).abs() < 0.05), "{rate}/s: {share}");
        assert!(p50 > last, "{rate}/s: {p50}");
        last = p50;
        if let Some(p50_ms) = p50_ms {
            let ratio = p50 as f64 / 1e6 / p50_ms;
            assert!((0.4..2.5).contains(&ratio), "{rate}/s: p50 {p50} ns for {p50_ms} ms");
        }
    }
}

/// The recorded incident: five arrivals a second, the quota of 50m from the 10th to the 30th second.
#[test]
fn a_quota_for_twenty_seconds_is_felt_at_once_and_over_at_once() {
    let text = database("runs: {}", 18.0);
    let mut run = run(&text, plan_with(4, per_second(5.0)));
    let (mut before, mut buckets) = (run.journey(0).expect("it is there"), Vec::new());
    let mut sums = (0, 0);
    for bucket in 0..20 {
        match bucket {
            5 => act(&mut run, "db", |db| limit_cpu(db, Some(50))),
            15 => act(&mut run, "db", |db| limit_cpu(db, None)),
            _ => {}
        }
        go(&mut run, 2.0);
        let now = run.journey(0).expect("it is there");
        let done = run.operation("client", "search").expect("it is there").done;
        let served = now.served - before.served;
        let mean_ms = (done.sum_ns() - sums.0) as f64 / served.max(1) as f64 / 1e6;
        buckets.push((served, now.gave_up - before.gave_up, mean_ms));
        sums = (done.sum_ns(), done.count());
        before = now;
    }
    println!("{buckets:?}");
    let quiet = |of: &(u64, u64, f64)| of.1 == 0 && of.2 < 25.0;
    assert!(buckets[..5].iter().all(quiet), "{buckets:?}");
    assert!((200.0..1_500.0).contains(&buckets[5].2), "{buckets:?}");
    let worst =
        buckets[5..15].iter().map(|it| it.1 as f64 / (it.0 + it.1) as f64).fold(0.0, f64::max);
    assert!(worst > 0.5, "{worst}");
    assert!(buckets[16..].iter().all(quiet), "{buckets:?}");
}
