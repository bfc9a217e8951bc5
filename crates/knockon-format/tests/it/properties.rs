//! Whatever the bytes: an answer, and every place inside the file.

use knockon_core::{Diagnostic, Place};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::{THREE, read};

const LARGER: &str = "\
system: petshop
teams:
  storefront: &t { contact: \"#shop\", escalation: 'pager' }
services:
  front-end:
    kind: service
    team: storefront
    tier: 1
    aliases: [web, petsite]
    runbook: slow
    calls: [orders, {promo: optional}]
  orders: &o
    reads: [db]
    summary: |
      Takes orders.
      Ünïcödé.
  promo: { <<: *o, kind: external }
  db: { kind: database }
journeys:
  buy: { through: [front-end, orders], demand: 1200/h, value: 42.00 USD }
runbooks:
  slow: { title: Slow, page: a.md, steps: [\"look: there\"] }
";

/// What people type by mistake, and what parsers trip over.
const PIECES: &[&str] = &[
    "\t",
    "\n",
    "\r",
    "\r\n",
    " ",
    ":",
    ": ",
    "-",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    " #",
    "&a ",
    "*a",
    "*t",
    "<<: ",
    "!x ",
    "|\n",
    ">\n",
    "\"",
    "'",
    "~",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "?",
    "? ",
    "\u{feff}",
    "é",
    "\u{85}",
    "\u{2028}",
    "\0",
    "@",
    "`",
    "null",
    "1e9",
    "kind",
    "orders",
    "  ",
    "🦀",
];

fn check_sane(source: &[u8]) -> Result<(), TestCaseError> {
    let reading = read(source);
    let refused = reading.diagnostics.iter().any(Diagnostic::is_error);
    prop_assert_eq!(reading.system.is_none(), refused);
    let text = String::from_utf8_lossy(source);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let mut last = 0;
    for diagnostic in &reading.diagnostics {
        let Some(place) = &diagnostic.place else {
            return Err(TestCaseError::fail(format!("no place: {diagnostic}")));
        };
        prop_assert!(last <= place.line, "in order: {}", diagnostic);
        last = place.line;
        for place in std::iter::once(place).chain(&diagnostic.related) {
            check_place(place, &lines)?;
        }
        prop_assert!(!diagnostic.message.ends_with('.'));
        prop_assert!(!diagnostic.message.contains(['\n', '\r']));
    }
    Ok(())
}

fn check_place(place: &Place, lines: &[&str]) -> Result<(), TestCaseError> {
    prop_assert!(place.line <= lines.len(), "{place} of {} lines", lines.len());
    let line = lines[place.line - 1];
    prop_assert!(place.text.is_empty() || place.text == line, "{place}: {:?} {line:?}", place.text);
    let length = line.chars().count();
    prop_assert!(place.column <= length + 1, "{place} beyond {line:?}");
    prop_assert!(place.column + place.length <= length + 2);
    Ok(())
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), 0_usize..12, select(PIECES));
    (select(&[THREE, LARGER][..]), prop::collection::vec(edit, 1..6)).prop_map(|(text, edits)| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, cut, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, piece.bytes());
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_sane(&bytes)?;
    }

    #[test]
    fn pieces_of_yaml_are_answered(pieces in prop::collection::vec(select(PIECES), 0..60)) {
        check_sane(pieces.concat().as_bytes())?;
    }

    #[test]
    fn a_file_with_typing_mistakes_is_answered(bytes in mutated()) {
        check_sane(&bytes)?;
    }
}

#[test]
fn a_file_that_breaks_off_anywhere_is_answered() {
    for end in 0..=LARGER.len() {
        check_sane(&LARGER.as_bytes()[..end]).expect("sane");
    }
}

/// Any tree of YAML under keys of the language, in flow style.
fn tree() -> impl Strategy<Value = String> {
    let steps = knockon_format::keys::STEP_TABLES.iter().map(|(_, table)| *table);
    let tables = knockon_format::keys::TABLES.iter().copied().chain(steps);
    let keys: Vec<_> = tables.flat_map(knockon_format::keys::Table::all_keys).collect();
    let mut words: Vec<String> = keys.iter().map(|key| key.name.to_owned()).collect();
    words.sort();
    words.dedup();
    let mut values: Vec<String> = keys.iter().map(|key| key.example.to_owned()).collect();
    values.extend(["", "~", "x", "x / o", "-1", "0", "[]", "{}", "''", "~4ms"].map(str::to_owned));
    let word = select(words);
    let leaf = prop_oneof![select(values), word.clone()];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let entry =
            (word.clone(), inner.clone()).prop_map(|(key, value)| format!("{key}: {value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec(entry, 0..6)
                .prop_map(|entries| format!("{{ {} }}", entries.join(", "))),
        ]
    })
}

/// A system with a tree somewhere in it.
fn planted() -> impl Strategy<Value = String> {
    let steps = "system: a\nservices: { x: { operations: { o: [TREE] } } }\n";
    let step =
        "system: a\nservices: { x: { operations: { o: { steps: [{ call: x }, TREE] } } } }\n";
    let service = "system: a\nservices: { x: TREE, y: {} }\n";
    let key = "system: a\nservices: { x: {} }\njourneys: TREE\ncohorts: TREE\nallow: TREE\n";
    (select(vec![steps, step, service, key, "TREE\n"]), tree())
        .prop_map(|(text, tree)| text.replace("TREE", &tree))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_answered_and_the_same_each_time(source in planted()) {
        check_sane(source.as_bytes())?;
        prop_assert_eq!(read(&source), read(&source));
    }

    #[test]
    fn what_is_read_of_a_tree_is_printed_and_read_again(source in planted()) {
        if let Some(system) = read(&source).system {
            let printed = knockon_format::print(&system);
            let again = read(&printed[0].text);
            prop_assert_eq!(again.system.as_ref(), Some(&system), "{}\n{}", source, printed[0].text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_variant_is_answered(tree in tree(), deep in tree()) {
        let changes = format!(
            "variant: v\nchanges:\n  summary: {tree}\n  services: {{ shop: {{ operations: {{ take: {deep}, ask: {{ steps: {{ call pay: {tree} }} }} }} }}, pay: {deep} }}\n"
        );
        let loaded = crate::packs::Loaded::of(&[
            ("system.yaml", b"system: a\nservices: { shop: { operations: { take: [{ call: pay }], ask: { steps: [{ call: pay, fallback: [{ call: pay }] }] } } }, pay: {} }\n"),
            ("variants/v.yaml", changes.as_bytes()),
        ]);
        loaded.said(&loaded.pack.base);
        for (_, reading) in &loaded.pack.variants {
            loaded.said(reading);
        }
    }
}

#[test]
fn steps_inside_of_steps_end_at_the_limit() {
    for levels in 1..80 {
        let mut step = "{ compute: 1ms }".to_owned();
        for level in 0..levels {
            step = match level % 4 {
                0 => format!("{{ parallel: {{ a: [{step}] }} }}"),
                1 => format!("{{ branch: {{ b: {{ share: 5%, steps: [{step}] }} }} }}"),
                2 => format!("{{ call: y, fallback: [{step}] }}"),
                _ => format!("{{ background: [{step}] }}"),
            };
        }
        let source =
            format!("system: a\nservices: {{ x: {{ operations: {{ o: [{step}] }} }}, y: {{}} }}\n");
        let reading = read(&source);
        if levels <= 20 {
            let system = reading.system.expect("not too deep");
            let printed = knockon_format::print(&system);
            assert_eq!(read(&printed[0].text).system, Some(system), "{levels}");
        } else if levels >= 30 {
            assert!(reading.diagnostics[0].to_string().contains("[K0103]"), "{levels}");
        }
    }
}
