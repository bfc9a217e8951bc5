//! Events allocate nothing once a run is warm.
//!
//! What a run keeps grows to the most that there ever was at once: places for requests and users, lanes
//! of timers, lines. Doubling makes each new record cost one allocation, ever more seldom. After a
//! million events of warming up, a million more may grow [`GROWTH_MAX`] times in all; one allocation for
//! each thousandth event would be ten times that. What an autoscaler does every 15 s is no such event.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "figures, for those who ask the test for its output")]

use std::path::Path;
use std::time::Duration;

use knockon_core::System;
use knockon_sim::clock::SECOND;
use knockon_sim::engine::Run;
use knockon_sim::plan::{Demand, Plan};

const GROWTH_MAX: u64 = 100;
/// An autoscaler looks at its replicas every 15 s, and makes lists of them.
const LOOK_MAX: u64 = 12;
const EVENTS: u64 = 1_000_000;

/// One of the models of the benchmarks.
const NESTED: &str = include_str!("data/nested.yaml");

fn play(run: &mut Run, events: u64) {
    let end = run.events() + events;
    while run.events() < end {
        run.step_until(run.now() + SECOND).unwrap_or_else(|stop| panic!("{stop}"));
    }
}

#[track_caller]
fn check(what: &str, system: &System, plan: Plan) {
    // What is read every 15 s is kept, and so is what traces and logs say: none of it is an event's.
    let plan = Plan { scrape_every: Duration::ZERO, logs_per_scrape: 0, trace_one_in: 0, ..plan };
    let mut run = Run::new(system, plan).unwrap_or_else(|whys| panic!("{whys:?}"));
    play(&mut run, EVENTS);
    let began = run.now();
    let counts = allocation_counter::measure(|| play(&mut run, EVENTS));
    let scaled = system.services().iter().filter(|service| service.autoscaler.is_some()).count();
    let looks = (run.now() - began) / (15 * SECOND) * scaled as u64;
    println!("{what}: {} allocations, {looks} looks", counts.count_total);
    let most = GROWTH_MAX + LOOK_MAX * looks;
    assert!(counts.count_total <= most, "{what}: {} allocations", counts.count_total);
}

#[test]
fn nested_calls_with_timeouts_and_retries() {
    let reading = knockon_format::read_system("model.yaml", NESTED.as_bytes(), &|_| true);
    let system = reading.system.expect("it is sound");
    check("nested calls", &system, Plan::default());
}

#[test]
fn sock_shop_under_a_load_test() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/sock-shop");
    let system = knockon_format::load_system(&path).system.expect("packs are sound");
    let think = Duration::from_secs(25);
    let demand = [500, 150, 100].map(|users| Some(Demand::Closed { users, think }));
    check("sock shop", &system, Plan { demand: demand.to_vec(), ..Plan::default() });
}

/// Brokers, caches, sagas and state machines: the other packs, at several times their demand.
#[test]
fn the_other_packs() {
    for name in ["checkout", "connect", "order-orchestrator", "pos"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name);
        let system = knockon_format::load_system(&path).system.expect("packs are sound");
        check(name, &system, Plan { demand_factor: 5.0, ..Plan::default() });
    }
}
