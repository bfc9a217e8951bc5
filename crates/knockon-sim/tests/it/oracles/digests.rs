//! The same run is the same to the last bit: from every pending set, twice, and in every build.
//!
//! `tests/data/digests.txt` has the events and the digest of ten minutes of every pack and variant.
//! `KNOCKON_UPDATE=1` writes it anew; that is right only where what happens was meant to change.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use knockon_core::System;
use knockon_sim::clock::MINUTE;
use knockon_sim::engine::Run;
use knockon_sim::pending::{BinaryHeapQueue, Pending, QuadHeap, RadixHeap, Tournament};
use knockon_sim::plan::Plan;

/// Every pack and every variant of one, by name, in order.
pub(crate) fn packs() -> Vec<(String, System)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("packs are there")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.is_dir())
        .collect();
    paths.sort();
    let mut systems = Vec::new();
    for path in paths {
        let name = path.file_name().expect("it has one").to_string_lossy().into_owned();
        let pack = knockon_format::load_pack(&path);
        systems.push((name.clone(), pack.base.system.expect("packs are sound")));
        for (variant, reading) in pack.variants {
            let system = reading.system.expect("variants are sound");
            systems.push((format!("{name} / {}", variant.name), system));
        }
    }
    systems
}

/// What ten minutes come to, in one line.
fn ten_minutes<Q: Pending>(system: &System) -> String {
    match Run::<Q>::new(system, Plan::default()) {
        Err(whys) => {
            let whys: Vec<String> = whys.iter().map(ToString::to_string).collect();
            assert!(!whys.is_empty());
            format!("unplayable: {}", whys.join("; "))
        }
        Ok(mut run) => match run.step_until(10 * MINUTE) {
            Ok(()) => format!("{} events, {:016x}", run.events(), run.digest()),
            Err(stop) => format!("stopped: {stop}"),
        },
    }
}

#[test]
fn ten_minutes_of_every_pack_are_as_recorded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/digests.txt");
    let mut found = String::new();
    for (name, system) in packs() {
        let _ = writeln!(found, "{name}: {}", ten_minutes::<QuadHeap>(&system));
    }
    assert!(!found.contains("stopped: "), "{found}");
    if std::env::var_os("KNOCKON_UPDATE").is_some() {
        std::fs::write(&path, &found).expect("it can be written");
    }
    let expected = std::fs::read_to_string(&path).expect("it is there");
    assert_eq!(found, expected);
}

#[test]
fn every_pending_set_gives_the_same_run_and_so_does_the_second_time() {
    for (name, system) in packs() {
        let expected = ten_minutes::<QuadHeap>(&system);
        assert_eq!(ten_minutes::<QuadHeap>(&system), expected, "{name}, again");
        assert_eq!(ten_minutes::<BinaryHeapQueue>(&system), expected, "{name}, binary heap");
        assert_eq!(ten_minutes::<RadixHeap>(&system), expected, "{name}, radix heap");
        assert_eq!(ten_minutes::<Tournament>(&system), expected, "{name}, tournament");
    }
}
