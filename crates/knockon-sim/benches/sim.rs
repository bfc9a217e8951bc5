//! How long a simulated event takes: models written by hand, and the parts of the engine.
//! `cargo bench -p knockon-sim`; with arguments, only what has one of them in its name. Nothing is
//! asserted but that the models give what queueing theory says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub,
    reason = "a benchmark prints, and may fail"
)]

mod bare;
mod chain;
mod declared;
mod nested;
mod parts;

use std::hint::black_box;
use std::num::NonZero;
use std::time::Instant;

use bare::Outcome;
use knockon_sim::clock::SECOND;
use knockon_sim::engine::Run;
use knockon_sim::pending::{BinaryHeapQueue, Pending, QuadHeap, RadixHeap, Tournament};
use knockon_sim::plan::Plan;
use knockon_sim::random::{exponential, mix, normal, unit};
use knockon_sim::replicate::Replications;

const ROUNDS: usize = 5;
const EVENTS: u64 = 2_000_000;

struct Table {
    /// Parts of names.
    only: Vec<String>,
}

impl Table {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part))
    }

    /// Best and median time of one of `n`, in ns.
    fn row<T>(&self, name: &str, n: u64, mut run: impl FnMut() -> T) -> Option<T> {
        if !self.wants(name) {
            return None;
        }
        let mut last = None;
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = Instant::now();
                last = Some(black_box(run()));
                start.elapsed().as_secs_f64() * 1e9 / n as f64
            })
            .collect();
        times.sort_unstable_by(f64::total_cmp);
        println!("{name:<44} {:>8.1} {:>8.1}", times[0], times[ROUNDS / 2]);
        last
    }
}

fn main() {
    let only = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let table = Table { only };
    models(&table);
    replications(&table);
    println!("\n{:<44} {:>8} {:>8}", "ns per operation", "best", "median");
    queues(&table);
    draws(&table);
}

/// A model, by hand and declared.
struct Model {
    name: &'static str,
    /// What queueing theory says of its mean response.
    mean_ms: Option<f64>,
    naive: fn(u64) -> Outcome,
    best: fn(u64) -> Outcome,
    declared: &'static str,
}

const MODELS: [Model; 4] = [
    Model {
        name: "M/M/1",
        mean_ms: Some(50.0),
        naive: bare::row_naive::<1>,
        best: bare::row::<1, QuadHeap>,
        declared: declared::SINGLE,
    },
    Model {
        name: "three stations, one worker each",
        mean_ms: Some(150.0),
        naive: bare::row_naive::<3>,
        best: bare::row::<3, QuadHeap>,
        declared: declared::ROW,
    },
    Model {
        name: "chain of three tiers",
        mean_ms: None,
        naive: chain::naive,
        best: chain::with::<QuadHeap>,
        declared: declared::CHAIN,
    },
    Model {
        name: "chain with slots held, timeouts, retries",
        mean_ms: None,
        naive: nested::naive,
        best: nested::laned::<QuadHeap>,
        declared: declared::NESTED,
    },
];

/// Each model by a bare loop with a binary heap, by one with a four-ary heap and timer lanes, and by the
/// engine: alone, and with the metrics of exporters and one trace in a hundred. ns per model event, and
/// the engine's ratio to each loop. All take turns, so that whatever else the machine does hits all.
fn models(table: &Table) {
    println!(
        "{:<41} {:>6} {:>6} {:>9} {:>8} {:>8} {:>9} {:>8} {:>8}",
        "ns per model event, best of 7",
        "naive",
        "lanes",
        "declared",
        "/ naive",
        "/ lanes",
        "observed",
        "/ naive",
        "/ lanes"
    );
    for model in MODELS.iter().filter(|model| table.wants(model.name)) {
        let system = declared::system(model.declared);
        let mut best = [f64::INFINITY; 4];
        for turn in 0..7 * best.len() {
            let turn = turn % best.len();
            let start = Instant::now();
            let outcome = black_box(match turn {
                0 => (model.naive)(black_box(EVENTS)),
                1 => (model.best)(black_box(EVENTS)),
                2 => declared::play(&system, declared::unobserved(), black_box(EVENTS)),
                _ => declared::play(&system, Plan::default(), black_box(EVENTS)),
            });
            let ns = start.elapsed().as_secs_f64() * 1e9 / outcome.events as f64;
            best[turn] = best[turn].min(ns);
            if let Some(expected) = model.mean_ms {
                let found = outcome.mean_response_ns / 1e6;
                assert!((found / expected - 1.0).abs() < 0.05, "{found} ms for {expected}");
            }
        }
        let [naive, lanes, alone, observed] = best;
        println!(
            "{:<41} {naive:>6.1} {lanes:>6.1} {alone:>9.1} {:>8.2} {:>8.2} {observed:>9.1} {:>8.2} {:>8.2}",
            model.name,
            alone / naive,
            alone / lanes,
            observed / naive,
            observed / lanes
        );
    }
}

/// The same replications on one core and on two.
fn replications(table: &Table) {
    if !table.wants("replications") {
        return;
    }
    let system = declared::system(declared::NESTED);
    let play = |threads| {
        let replications = Replications {
            system: &system,
            plan: Plan::default(),
            count: 16,
            until_ns: 30 * SECOND,
            threads: NonZero::new(threads),
        };
        let start = Instant::now();
        black_box(replications.play(Run::digest, |_| ()).unwrap());
        start.elapsed().as_secs_f64()
    };
    let (mut one, mut two) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..5 {
        one = one.min(play(1));
        two = two.min(play(2));
    }
    println!(
        "\n16 replications: {one:.2} s on one thread, {two:.2} s on two: {:.2} times",
        one / two
    );
}

fn queues(table: &Table) {
    for size in [2, 10, 100, 1_000, 10_000, 100_000, 1_000_000] {
        queue::<BinaryHeapQueue>(table, size, "binary heap");
        queue::<QuadHeap>(table, size, "four-ary heap");
        queue::<RadixHeap>(table, size, "radix heap");
        queue::<Tournament>(table, size, "tournament");
    }
}

fn queue<P: Pending>(table: &Table, size: u32, name: &str) {
    let size = black_box(size);
    table.row(&format!("hold {size}: {name}"), EVENTS, || parts::hold::<P>(size, EVENTS));
    table.row(&format!("hold {size}: {name}, replacing"), EVENTS, || {
        parts::hold_replacing::<P>(size, EVENTS)
    });
}

fn draws(table: &Table) {
    let n = black_box(4 * EVENTS);
    table.row("unit of a key", n, || parts::draws(n, |key| unit(mix(key))));
    table.row("exponential of a key", n, || parts::draws(n, exponential));
    table.row("exponential of a key, in turn", n, || parts::draws_in_turn(n, exponential));
    table.row("exponential of a stream", n, || parts::stream(n));
    table.row("normal of a key", n, || parts::draws(n, normal));
    table.row("log-normal of a key", n, || parts::log_normals(n));
    table.row("exponential of a key, recorded", n, || parts::recording(n));
    table.row("slab: remove and insert", n, || parts::slab(n));
    table.row("lane: push and pop", n, || parts::lane(n));
}
