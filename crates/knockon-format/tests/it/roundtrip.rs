//! What is printed reads back to the same.

use std::path::Path;

use knockon_core::{Runbook, Service, ServiceKind, System, SystemBuilder};
use knockon_format::{load_pack, print};
use proptest::prelude::*;

use crate::language::RICH;
use crate::{read, said};

/// The system file of what is printed.
fn printed(system: &System) -> String {
    let files = print(system);
    files.into_iter().find(|file| file.path == "system.yaml").unwrap().text
}

/// What is read of the files that a system is printed into.
fn again(system: &System) -> knockon_format::Reading {
    let directory = tempfile::tempdir().unwrap();
    for file in print(system) {
        let path = directory.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.text).unwrap();
    }
    load_pack(&directory.path().join("system.yaml")).base
}

#[track_caller]
fn check_same(system: &System, of: &str) {
    let text = printed(system);
    let again = again(system);
    let wrong: Vec<_> =
        again.diagnostics.iter().filter(|d| d.is_error()).map(ToString::to_string).collect();
    assert_eq!(wrong, [""; 0], "{of}\n{text}");
    let again = again.system.unwrap();
    assert_eq!(print(&again), print(system), "{of}");
    assert_eq!(&again, system, "{of}\n{text}");
}

#[test]
fn everything_the_language_says_is_printed() {
    check_same(&read(RICH).system.unwrap(), "the rich system");
}

#[test]
fn packs_and_their_variants_are_printed() {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let mut seen = 0;
    for entry in std::fs::read_dir(packs).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            continue;
        }
        let pack = load_pack(&path);
        let name = path.display().to_string();
        check_same(&pack.base.system.unwrap_or_else(|| panic!("{name} is not read")), &name);
        for (variant, reading) in pack.variants {
            let told = said(&reading);
            let system = reading.system.unwrap_or_else(|| panic!("{}: {told}", variant.path));
            check_same(&system, &variant.path);
        }
        seen += 1;
    }
    assert!(seen >= 5, "{seen}");
}

#[test]
fn rule_groups_are_printed_in_the_order_they_were_written() {
    let rules = "\
groups:
  - name: second first
    interval: 30s
    query_offset: 0d
    limit: 12
    rules:
      - { record: a:b, expr: sum(b) }
      - { alert: Low, expr: a:b < 1 }
      - { record: c:d, expr: a:b * 2 }
  - { name: empty, rules: [] }
";
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("one.yaml", "system: s\nservices: { a: {} }\nmonitors: [rules.yaml]\n");
    write("rules.yaml", rules);
    let system = load_pack(&directory.path().join("one.yaml")).base.system.unwrap();
    check_same(&system, "the groups");
    assert_eq!(print(&system)[1].text, rules);
}

#[test]
fn a_printed_system_reads_well() {
    let source = "\
system: shop
services:
  orders: { kind: service, runs: { replicas: 1, cpu: 1000m }, operations: { take: [{ compute: 4ms }, { call: pay, breaker: { failures: 5, open: 60s } }, { publish: mq / q, confirms: true }] } }
  pay: {}
  mq: { kind: broker, queues: { q: {} } }
runbooks:
  r:
    steps: [look, \"a: b\", \"one\\ntwo\"]
";
    let expected = "\
system: shop

services:
  orders:
    runs: { cpu: 1 }
    operations:
      take:
        - compute: 4ms
        - { call: pay, breaker: 5 }
        - { publish: mq / q, confirms: true }

  pay: {}

  mq:
    kind: broker
    queues: { q: {} }

runbooks:
  r:
    steps:
      - look
      - \"a: b\"
      - |-
        one
        two
";
    assert_eq!(printed(&read(source).system.unwrap()), expected);
}

/// A system that says a text wherever it can.
fn saying(text: &str) -> System {
    let mut builder = SystemBuilder::new("a");
    builder.summary(Some(text.to_owned()));
    let steps = vec![text.to_owned(), "next".to_owned()];
    builder.runbook(Runbook { name: "r".into(), title: Some(text.to_owned()), page: None, steps });
    let mut service = Service::new("s", ServiceKind::Service);
    service.role = Some(text.to_owned());
    builder.service(service).unwrap();
    builder.build()
}

#[test]
fn a_text_survives_whatever_it_is() {
    let texts = [
        "#x",
        "a: b",
        "a:",
        "no",
        "null",
        "~",
        "true",
        "1.0",
        "0x1f",
        "[x]",
        "{x}",
        "a, b",
        "- a",
        "-",
        "? a",
        "a #b",
        "a#b",
        "'a'",
        "\"a\"",
        "it's",
        "a\nb",
        "a\n\n  b\n c",
        "a\tb",
        "\\n",
        "@a",
        "`a`",
        "%a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "<<",
        "---",
        "...",
        "é",
        "🦀",
        "a\u{85}b",
        "a\u{2028}b",
        "\u{feff}a",
        "a\u{fffe}b",
        "a\u{7f}b",
        "~4ms",
        "https://a.b/c#d",
        "a:b",
        "::",
        "key: |-\n  x",
        "a\n# b",
        "2030-01-01",
        "1e3",
        ".inf",
        "=",
        "a]",
        "}",
    ];
    for text in texts {
        check_same(&saying(text), text);
    }
}

#[test]
fn a_name_survives_whatever_it_is() {
    for name in
        ["#x", "a: b", "no", "8080", "a / b", "[x]", "a, b", "~", "<<", "é", "- a", "'", "a to b"]
    {
        let source = format!(
            "system: a\nservices:\n  {0:?}: {{ states: {{ {0:?}: {{ moves: {{ {0:?}: [B] }} }} }}, operations: {{ {0:?}: [{{ move: {1:?} }}, {{ call: {2:?} }}] }} }}\n  x: {{ operations: {{ {0:?}: [{{ call: {2:?} }}] }} }}\njourneys: {{ {0:?}: {{ stages: [{0:?}: {2:?}] }} }}\n",
            name,
            format!("{name} to B"),
            format!("{name} / {name}"),
        );
        let reading = read(&source);
        let told = said(&reading);
        check_same(&reading.system.unwrap_or_else(|| panic!("{source}{told}")), name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_survives(text in "\\PC{0,20}([ :#\\n\\[\\],{}'\"|>-]{0,3}\\PC{0,8}){0,3}") {
        let text = text.trim();
        prop_assume!(!text.is_empty());
        check_same(&saying(text), text);
    }

    #[test]
    fn any_quantity_survives(
        whole in 0_u32..100_000,
        part in 0_u32..1000,
        unit in proptest::sample::select(&["s", "min", "h", "d"][..]),
        time in proptest::sample::select(&["us", "ms", "s", "min", "h"][..]),
    ) {
        let number = format!("{whole}.{part}");
        let (bytes, money) = (part + 1, format!("{number} EUR/{}", unit.replace('s', "min")));
        let source = format!(
            "system: a\nservices:\n  b: {{ runs: {{ cpu: {bytes}m, memory: {bytes}k, start: {number}{time} }}, operations: {{ o: {{ rate_limit: {number}/{unit}, steps: [{{ call: b, retry: {{ attempts: 2, factor: {number} }} }}, {{ wait: 1s, spread: {number}% }}] }} }} }}\njourneys: {{ j: {{ through: [b], demand: {number}/{unit}, value: {number} USD, downtime_cost: {money} }} }}\n"
        );
        let source = source.replace("call: b", "call: c") + "";
        let source = source.replace("journeys:", "  c: {}\njourneys:");
        let reading = read(&source);
        prop_assume!(reading.system.is_some());
        check_same(&reading.system.unwrap(), &source);
    }
}
