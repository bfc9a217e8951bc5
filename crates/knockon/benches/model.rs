//! How long a model of 1,000 services takes to be read, judged and drawn, beside the least that any
//! reader would need: making a tree of the same YAML. `cargo bench -p knockon --bench model`; nothing
//! is asserted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use knockon_format::{YamlFile, read_system};
use knockon_report::{MapView, map_svg, map_tree};

const ROUNDS: usize = 9;

/// A system of services with two operations each, every tenth a database.
fn model(services: usize) -> String {
    let mut text = String::from("system: big\nteams:\n");
    for team in 0..40 {
        writeln!(text, "  team-{team}: {{ contact: \"#team-{team}\" }}").unwrap();
    }
    text.push_str("services:\n");
    let mut state = 88_172_645_463_325_252_u64;
    for at in 0..services {
        let team = at % 40;
        if at % 10 == 9 {
            writeln!(text, "  s{at}: {{ kind: database, team: team-{team}, runs: {{ replicas: 2, cpu: 1 }}, queries: {{ read: 2ms, write: {{ cpu: 3ms, does: write }} }}, failover: 30s }}").unwrap();
            continue;
        }
        writeln!(text, "  s{at}:\n    team: team-{team}\n    tier: {}\n    runs: {{ replicas: 3, cpu: {{ limit: 1, request: 500m }}, memory: 1Gi, workers: 64, start: 20s }}\n    probes: {{ liveness: {{ get: /live }}, readiness: {{ get: /ready }} }}\n    operations:", 1 + at % 4).unwrap();
        for operation in ["read", "write"] {
            writeln!(text, "      {operation}:\n        - compute: 4ms").unwrap();
            for _ in 0..2 {
                // xorshift64, Marsaglia 2003.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let ahead = at + 1 + usize::try_from(state % 60).unwrap();
                let to = if ahead % 10 == 9 { ahead - 1 } else { ahead };
                if to > at && to < services {
                    writeln!(text, "        - call: s{to} / {operation}\n          timeout: 2s")
                        .unwrap();
                }
            }
            let database = at / 10 * 10 + 9;
            if database < services {
                writeln!(text, "        - query: s{database} / {operation}\n          timeout: 1s")
                    .unwrap();
            }
        }
    }
    text.push_str("journeys:\n");
    for journey in 0..9 {
        writeln!(text, "  journey {journey}: {{ stages: [look: s{journey} / read, buy: s{journey} / write], demand: 100/h }}").unwrap();
    }
    text
}

/// The shortest of several runs.
fn shortest(mut run: impl FnMut()) -> Duration {
    let one = |()| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..ROUNDS).map(|_| ()).map(one).min().unwrap()
}

fn main() {
    let text = model(1_000);
    let bytes = text.as_bytes();
    let reading = read_system("big.yaml", bytes, &|_| true);
    let system = reading.system.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    println!(
        "{} services, {} operations, {} dependencies in {} kB of YAML; shortest of {ROUNDS}",
        system.services().len(),
        system.operation_ids().count(),
        system.dependencies().len(),
        text.len() / 1000
    );
    let bare = shortest(|| {
        black_box(YamlFile::read("big.yaml", black_box(bytes)));
    });
    let print = |what: &str, took: Duration| {
        let ratio = took.as_secs_f64() / bare.as_secs_f64();
        println!("{what:<34} {:>7.1} ms  {ratio:>5.2} ×", took.as_secs_f64() * 1e3);
    };
    print("the tree of the YAML alone", bare);
    print(
        "the model, with every check",
        shortest(|| {
            black_box(read_system("big.yaml", black_box(bytes), &|_| true));
        }),
    );
    print(
        "its weaknesses",
        shortest(|| {
            black_box(knockon_audit::judge(black_box(&system)));
        }),
    );
    let view = MapView::whole(&system);
    print(
        "its map as a tree",
        shortest(|| {
            black_box(map_tree(black_box(&view)));
        }),
    );
    print(
        "its map as SVG",
        shortest(|| {
            black_box(map_svg(black_box(&view)));
        }),
    );
}
