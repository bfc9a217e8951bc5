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
