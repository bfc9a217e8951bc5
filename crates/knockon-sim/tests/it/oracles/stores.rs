//! Pools, caches and copies of databases, by closed forms and by what must be lost.

use std::time::Duration;

use knockon_sim::engine::{Outcome, Run};
use knockon_sim::plan::Demand;

use super::play::{batches, close, go, per_second, plan_with, run, run_with_kills, times};

fn pooled(size: u32, wait: &str) -> String {
    format!(
        "system: pooled
services:
  client: {{ pools: {{ db: {{ size: {size}{wait} }} }}, operations: {{ go: [query: db / ask] }} }}
  db: {{ kind: database, queries: {{ ask: {{ cpu: 0, io: 10ms, spread: exponential }} }} }}
journeys: {{ visit: {{ stages: [done: client / go] }} }}
"
    )
}

/// Whoever waits for one of `c` servers, first come, first served, and leaves after exactly so long: the
/// share that leaves, and the mean wait of those who do not (M/M/c+D; Barrer 1957, "Queuing with
/// impatient customers and ordered service"). The wait that a request would have, were it patient, has
/// the density f(x) = λ p(c−1) exp((λ − cμ) x) up to the patience τ, and from there f(τ) exp(−cμ (x − τ)).
fn impatient(c: u32, rate: f64, service_s: f64, patience_s: f64) -> (f64, f64) {
    let (a, drain) = (rate * service_s, f64::from(c) / service_s);
    let mut weights = vec![1.0];
    for n in 1..c {
        weights.push(weights[n as usize - 1] * a / f64::from(n));
    }
    let last = weights[weights.len() - 1];
    let slope = drain - rate;
    let tail = (-slope * patience_s).exp();
    let within = rate * last * (1.0 - tail) / slope;
    let beyond = rate * last * tail / drain;
    let sum = weights.iter().sum::<f64>() + within + beyond;
    let waited = rate * last / slope * ((1.0 - tail) / slope - patience_s * tail);
    (beyond / sum, waited / (sum - beyond))
}

fn timed_out(run: &Run) -> (f64, f64) {
    let ends = run.calls("client", "db").expect("it is there").ends;
    (ends.of(Outcome::NoConnection) as f64, ends.all() as f64)
}

fn served(run: &Run) -> (f64, f64) {
    times(run.operation("client", "go").expect("it is there").done)
}

#[test]
fn a_pool_is_a_line_for_its_connections() {
    // Without a bound on the wait: M/M/c by the same formula, with a patience of an hour.
    for (size, rate, patience_s) in [
        (1, 70.0, None),
        (10, 850.0, None),
        (1, 90.0, Some(0.03)),
        (4, 380.0, Some(0.01)),
        (10, 1_300.0, Some(0.02)),
    ] {
        let wait = patience_s.map_or(String::new(), |s: f64| format!(", wait: {}ms", s * 1000.0));
        let mut run = run(&pooled(size, &wait), plan_with(2, per_second(rate)));
        let [left, time] = batches(&mut run, 200_000.0 / rate, |run| [timed_out(run), served(run)]);
        let (share, mean) = impatient(size, rate, 0.01, patience_s.unwrap_or(3600.0));
        close(&format!("{size} at {rate}/s, {patience_s:?}: time"), time, 0.01 + mean, 0.01);
        match patience_s {
            Some(_) => {
                close(&format!("{size} at {rate}/s, {patience_s:?}: left"), left, share, 0.01);
            }
            None => assert!(timed_out(&run).0 < 1.0),
        }
    }
}

fn cached(keys: u64, cache: &str, entry: &str) -> String {
    format!(
        "system: cached
services:
  client:
    operations:
      go:
        - get: cache / item
          miss: [query: db / load]
          fallback: [query: db / load]
  cache: {{ kind: cache, runs: {{ start: 1s{cache} }}, eviction: lru, entries: {{ item: {{ keys: {keys}{entry} }} }} }}
  db: {{ kind: database, queries: {{ load: 1ms }} }}
journeys: {{ visit: {{ stages: [done: client / go] }} }}
"
    )
}

fn hits(run: &Run) -> (f64, f64) {
    let counts = run.cache("cache").expect("it is there");
    (counts.hits as f64, (counts.hits + counts.misses) as f64)
}

/// An item that is filled on a miss and kept for T is asked for λ/keys times a second: a miss begins a
/// cycle of 1 + λT/keys lookups, and those in the millisecond of its load miss as well.
#[test]
fn a_time_to_live() {
    for (keys, rate, ttl_s) in [(100, 50.0, 2.0), (1_000, 200.0, 20.0)] {
        let text = cached(keys, "", &format!(", ttl: {ttl_s}s"));
        let mut run = run(&text, plan_with(1, per_second(rate)));
        let [share] = batches(&mut run, 200_000.0 / rate, |run| [hits(run)]);
        let asked = rate / keys as f64 * ttl_s;
        let lost = 1.0 + rate / keys as f64 * 0.001;
        close(&format!("{keys} keys for {ttl_s} s"), share, asked / (lost + asked), 0.01);
        // What is not there is asked of the database.
        let loads = run.operation("db", "load").expect("it is there").done.count();
        let misses = run.cache("cache").expect("it is there").misses;
        assert!(misses - loads < 10, "{loads} loads for {misses} misses");
    }
}

/// A memory for 250 of 1000 keys that are all asked for alike: a quarter is there, whatever is dropped.
#[test]
fn a_memory_that_is_too_small() {
    let text = cached(1_000, ", memory: { limit: 250k }", ", size: 1k");
    let mut run = run(&text, plan_with(4, per_second(500.0)));
    let [share] = batches(&mut run, 400.0, |run| [hits(run)]);
    close("250 of 1000", share, 0.25, 0.01);
    assert_eq!(run.cache("cache").expect("it is there").items, 250);
}

/// A cache that is gone is no error where the database stands in, and comes back empty.
#[test]
fn a_cache_that_is_gone() {
    let text = cached(100, "", "");
    let mut run = run_with_kills(&text, plan_with(4, per_second(100.0)), &[("cache", 60.001)]);
    go(&mut run, 60.0);
    let before = (
        run.cache("cache").expect("it is there"),
        run.operation("db", "load").expect("it is there").done.count(),
    );
    assert_eq!(before.0.items, 100);
    assert!(before.1 < 120, "{before:?}");
    go(&mut run, 0.001);
    assert_eq!(run.cache("cache").expect("it is there").items, 0);
    go(&mut run, 0.9);
    let calls = run.calls("client", "cache").expect("it is there");
    let refused = calls.ends.of(Outcome::Refused);
    assert_eq!((calls.fallbacks, refused > 50), (refused, true));
    assert_eq!(run.operation("db", "load").expect("it is there").done.count() - before.1, refused);
    go(&mut run, 60.0);
    assert_eq!(run.journey(0).expect("it is there").gave_up, 0);
    assert_eq!(run.cache("cache").expect("it is there").items, 100);
}

/// A lookup that fails at its cache leaves nothing to a later write to a cache.
#[test]
fn a_write_after_a_lookup_that_failed_is_a_write() {
    let text = "
system: two caches
services:
  client: { operations: { go: [{ get: one / item, miss: [fail: 100%], fallback: skip }, { put: two / item }, { wait: 1ms }] } }
  one: { kind: cache, runs: { restart: never }, entries: { item: { keys: 10 } } }
  two: { kind: cache, entries: { item: { keys: 1 } } }
journeys: { visit: { stages: [done: client / go] } }
";
    let moments = (1..=10).map(Duration::from_secs).collect();
    let mut run = run_with_kills(text, plan_with(4, Demand::Times(moments)), &[("one", 0.0)]);
    go(&mut run, 20.0);
    assert_eq!(run.journey(0).expect("it is there").served, 10);
    let counts = run.cache("two").expect("it is there");
    assert_eq!((counts.items, counts.hits + counts.misses), (1, 0));
}

/// A copy 500 ms behind takes over: what was written in the last half second is lost, nothing else; and
/// until then who reads a copy within half a second of writing does not find it.
#[test]
fn a_copy_lacks_what_was_written_last() {
    let text = "
system: copies
services:
  client: { operations: { write: [{ query: db / insert }, { wait: WAIT }, { query: db / load, from: replica }] } }
  db:
    kind: database
    runs: { restart: never }
    read_replicas: { count: 2, lag: 500ms }
    failover: { after: 3s }
    queries: { insert: { cpu: 1ms, does: write }, load: { cpu: 1ms, does: read } }
journeys: { visit: { stages: [done: client / write] } }
";
    for (wait, stale) in [("300ms", 100), ("700ms", 0)] {
        let moments = (0..100).map(|n| Duration::from_millis(n * 100)).collect();
        let mut run = run(&text.replace("WAIT", wait), plan_with(4, Demand::Times(moments)));
        go(&mut run, 10.85);
        assert_eq!(run.service("db replica").expect("it is there").stale_reads, stale, "{wait}");
    }
    let moments = (0..200).map(|n| Duration::from_millis(n * 100)).collect();
    let (text, plan) = (text.replace("WAIT", "2s"), plan_with(4, Demand::Times(moments)));
    let mut run = run_with_kills(&text, plan, &[("db", 10.05)]);
    go(&mut run, 10.05 + 2.9);
    // Until the copy takes over every write is refused.
    assert_eq!(run.calls("client", "db").expect("it is there").ends.of(Outcome::Refused), 29);
    go(&mut run, 20.0);
    let refused = run.calls("client", "db").expect("it is there").ends.of(Outcome::Refused);
    assert!((29..=31).contains(&refused), "{refused}");
    // Written at 10.001, 9.901, … 9.601, and 9.501 if the half second is counted from the last of them.
    let lost = run.service("db").expect("it is there").writes_lost;
    assert!((5..=6).contains(&lost), "{lost}");
    let users = run.journey(0).expect("it is there");
    assert_eq!(users.served, 200 - refused);
}

/// A database that takes four connections refuses the fifth.
#[test]
fn a_database_takes_so_many_connections() {
    let text = "
system: connections
services:
  client: { runs: { replicas: 3 }, pools: { db: { size: 2 } }, operations: { go: [query: db / ask] } }
  db: { kind: database, max_connections: 4, queries: { ask: { cpu: 0, io: 10s } } }
journeys: { visit: { stages: [done: client / go] } }
";
    let moments = (0..6).map(|n| Duration::from_millis(n * 100)).collect();
    let mut run = run_with_kills(text, plan_with(4, Demand::Times(moments)), &[("client", 66.0)]);
    go(&mut run, 5.0);
    let db = run.service("db").expect("it is there");
    assert_eq!((db.connections, db.connections_refused, db.in_progress), (4, 2, 4));
    go(&mut run, 60.0);
    let ends = run.calls("client", "db").expect("it is there").ends;
    assert_eq!((ends.of(Outcome::Done), ends.of(Outcome::NoConnection)), (4, 2));
    // They stay open, unused.
    let pool = run.pool("client", "db").expect("it is there");
    assert_eq!(
        (pool.idle, pool.in_use, run.service("db").expect("it is there").connections),
        (4, 0, 4)
    );
    // One that is gone closes its own.
    go(&mut run, 1.0);
    assert_eq!(run.service("db").expect("it is there").connections, 2);
}
