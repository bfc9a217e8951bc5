//! Databases and caches.

use knockon_core::Bytes;
use knockon_sim::action::Action;
use knockon_sim::fault::{
    CacheDown, CacheFlush, CacheFull, DatabaseDown, DatabaseFailover, DatabaseSlow, ReplicaLag,
};

use super::*;

const SHOP: &str = "
system: shop
services:
  web: { operations: { buy: [query: db / insert, { query: db / read, from: replica }] } }
  db:
    kind: database
    runs: { cpu: 1, workers: 8, start: 5s }
    FAILOVER
    read_replicas: { count: 1, lag: 1s }
    queries: { insert: { cpu: 10ms, io: 10ms, does: write }, read: { cpu: 1ms } }
journeys: { buy: { stages: [done: web / buy], demand: 20/s, slo: { p95: 100ms } } }
";

fn shop(failover: &str) -> String {
    SHOP.replace("FAILOVER", failover)
}

#[test]
fn a_database_that_is_down_takes_its_writers_with_it() {
    let mut play = play(&shop(""), |system| {
        vec![fault(10, 20, DatabaseDown { database: service(system, "db") })]
    });
    play.until(10.1);
    let during = play.during(24.9);
    assert_eq!(during.served, 0);
    assert_eq!(play.ready("db"), 0);
    play.until(25.1);
    assert_eq!(play.during(60.0).gave_up, 0);
}

#[test]
fn a_read_replica_takes_over_where_the_model_says_so() {
    let mut play = play(&shop("failover: { after: 5s }"), |system| {
        vec![fault(10, 40, DatabaseDown { database: service(system, "db") })]
    });
    play.until(10.1);
    assert_eq!(play.during(14.9).served, 0);
    play.until(15.1);
    let after = play.during(40.0);
    assert_eq!(after.gave_up, 0);
    assert!(after.served > 400);
    assert_eq!(play.events("Failover"), [15.0]);
    // Back by hand, when it is there again.
    play.until(50.0);
    let database = service(&play.system, "db");
    play.run.act(&Action::FailOver { service: database }).unwrap();
    assert_eq!(play.during(60.0).gave_up, 0);
}

#[test]
fn a_failover_loses_what_was_written_last() {
    let mut play = play(&shop(""), |system| {
        vec![fault(10, 20, DatabaseFailover { database: service(system, "db") })]
    });
    play.until(60.0);
    assert_eq!(play.events("Failover"), [10.0]);
    assert_eq!(play.journey().gave_up, 0);
}

#[test]
fn a_slow_database_is_busy_and_everybody_waits() {
    let mut play = play(&shop(""), |system| {
        vec![fault(10, 20, DatabaseSlow { database: service(system, "db"), cpu: 8.0, io: 1.0 })]
    });
    play.until(10.0);
    assert_eq!(play.journey().slow, 0);
    play.until(19.99);
    // 80 ms of one core each are 12.5 a second of 20 that come.
    let used = play.replicas("db")[0].cpu_ns;
    assert!(used > 9_900_000_000, "{used}");
    assert!(play.replicas("db")[0].live > 30);
    play.until(60.0);
    assert!(play.journey().slow > 150);
    let slow = play.journey().slow;
    play.until(100.0);
    assert_eq!(play.journey().slow, slow);
    let (of, all) = play.harm_of(1);
    assert!(of * 100 >= all * 99, "{of} of {all}");
}

#[test]
fn a_lagging_replica_is_further_behind() {
    let mut play = play(&shop(""), |system| {
        vec![fault(10, 20, ReplicaLag { database: service(system, "db"), lag: s(60) })]
    });
    // It can be played; what it shows is stale reads, which are the observation's affair.
    play.until(30.0);
    assert_eq!(play.journey().gave_up, 0);
}

const PAGES: &str = "
system: pages
services:
  web: { operations: { page: [{ get: redis / page, miss: [query: db / read] }] } }
  redis: { kind: cache, runs: { MEMORY }, entries: { page: { ttl: 60s, keys: 50, size: 1Ki } } }
  db: { kind: database, queries: { read: { cpu: 50ms } } }
journeys: { visit: { stages: [done: web / page], demand: 100/s, slo: { p95: 20ms } } }
";

fn pages(memory: &str) -> String {
    PAGES.replace("MEMORY", memory)
}

#[test]
fn a_flushed_cache_misses_each_key_once_more() {
    let mut play = play(&pages("start: 1s"), |system| {
        vec![Happening::fault(s(20), Fault::new(CacheFlush { cache: service(system, "redis") }))]
    });
    play.until(19.9);
    let before = play.journey().slow;
    let during = play.during(40.0);
    assert!((50..70).contains(&during.slow), "{before} {during:?}");
    // Who asked for a key while somebody else was filling it waited as well.
    let (of, _) = play.harm_of(1);
    assert_eq!(of, during.slow);
}

#[test]
fn a_cache_that_is_down_fails_what_has_no_fallback() {
    let mut play = play(&pages("start: 1s"), |system| {
        vec![fault(20, 30, CacheDown { cache: service(system, "redis") })]
    });
    play.until(20.01);
    let during = play.during(30.99);
    assert_eq!(during.served, 0, "{during:?}");
    play.until(31.0);
    let after = play.during(60.0);
    assert_eq!(after.gave_up, 0);
    assert!(after.slow >= 50, "it is empty: {after:?}");
}

#[test]
fn a_full_cache_keeps_less() {
    let mut play = play(
        &pages("memory: { limit: 1Mi }").replace("cache,", "cache, eviction: lru,"),
        |system| {
            let to = Bytes { count: 10 << 10 };
            vec![fault(20, 100, CacheFull { cache: service(system, "redis"), to })]
        },
    );
    play.until(20.0);
    let during = play.during(99.0);
    // Ten keys of fifty at most are there.
    assert!(during.slow > during.started * 7 / 10, "{during:?}");
    play.until(103.0);
    let after = play.during(110.0);
    assert!(after.slow < after.started / 10, "{after:?}");
}

#[test]
fn a_long_line_for_connections_to_what_is_gone_is_refused_one_by_one() {
    let text = "
system: line
services:
  web: { operations: { page: [query: db / read] }, pools: { db: { size: 1 } } }
  db: { kind: database, queries: { read: { cpu: 0, io: 100s } } }
journeys: { visit: { stages: [done: web / page], demand: 10000/s } }
";
    let mut play =
        play(text, |system| vec![fault(10, 20, DatabaseDown { database: service(system, "db") })]);
    play.until(9.99);
    let waiting = play.journey().started;
    assert!(waiting > 90_000);
    play.until(10.01);
    assert!(play.journey().gave_up >= waiting);
    assert!(play.connections("db") <= 1);
}
