//! Reads system files from outside, as a program would.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod codes;
mod cohorts;
mod declared;
mod derived;
mod disk;
mod journeys;
mod language;
mod machines;
mod mistakes;
mod monitors;
mod odd;
mod packs;
mod practice;
mod properties;
mod reference;
mod resources;
mod roundtrip;
mod schema;
mod steps;
mod systems;
mod tables;
mod variants;
mod yaml;

use std::fmt::Write as _;

use knockon_format::{Reading, read_system};

/// Reads a text as `s.yaml`, beside which only `there.md` exists.
fn read(source: impl AsRef<[u8]>) -> Reading {
    read_system("s.yaml", source.as_ref(), &|page| page == "there.md")
}

/// Everything that is said, one line each: diagnostics, what they point at, help.
fn said(reading: &Reading) -> String {
    let mut said = String::new();
    for diagnostic in &reading.diagnostics {
        let _ = writeln!(said, "{diagnostic}");
        for place in &diagnostic.related {
            let _ = writeln!(said, "  see {place}: {}", place.label);
        }
        for help in &diagnostic.help {
            let _ = writeln!(said, "  help: {help}");
        }
    }
    said
}

/// Checks what is said about a text, and that there is a system unless something is an error.
#[track_caller]
fn check(source: impl AsRef<[u8]>, expected: &str) {
    let reading = read(source);
    let found = said(&reading);
    assert_eq!(found.trim_end(), expected.trim(), "\nfound:\n{found}");
    let refused = reading.diagnostics.iter().any(knockon_core::Diagnostic::is_error);
    assert_eq!(reading.system.is_none(), refused);
}

/// Checks what is said about lines put below a small valid system.
#[track_caller]
fn check_below(lines: &str, expected: &str) {
    check(format!("{THREE}{lines}"), expected);
}

/// Checks what is said about services put below a valid system with stores.
#[track_caller]
fn check_in_shop(services: &str, expected: &str) {
    check(format!("{STORES}{services}"), expected);
}

/// A system with something of everything that steps can ask. What follows begins at line 9.
const STORES: &str = "\
system: shop
cohorts: { partner: { members: { doordash: 60%, direct: 40% } } }
services:
  db: { kind: database, queries: { load: 2ms, save: { cpu: 2ms, does: write } } }
  redis: { kind: cache, entries: { cart: 15min } }
  mq: { kind: broker, queues: { orders: {}, failed: {} }, topics: { events: [orders] } }
  payment: { operations: { authorise: [], refund: [] } }
  promo: {}
";

/// The smallest useful file: five lines, three services. What follows begins at line 6.
const THREE: &str = "\
system: shop
services:
  front-end: { calls: [orders] }
  orders: { writes: [orders-db] }
  orders-db: { kind: database }
";
