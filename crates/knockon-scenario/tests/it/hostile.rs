//! Arbitrary and mutated files: nothing panics, a scenario is there or it is told why not, and every place is
//! inside the file.

use std::sync::LazyLock;

use knockon_core::{Diagnostic, System};
use knockon_scenario::read;
use proptest::prelude::*;

use crate::model::{self, Pack};
use crate::packs;

/// A scenario with every sort of part.
const WHOLE: &str = "
scenario: All at once
summary: Everything that can be said.
lasts: 12min
demand:
  buy: { users: 50, think: 10s }
  look: { first: 1min, every: 10s, count: 7 }
timeline:
  - { at: 2min, bad deploy: web, version: v2, errors: 20%, adds: 300ms, ramp: 30s }
  - { at: 3min, latency: orders / place, adds: 2s, spread: 40%, from: web, for: 1min, part: background }
  - { at: 3min, partition: [orders, orders-db], flap: { on: 20s, off: 40s } }
  - { at: 4min, queue policy: rabbitmq / placed, max_length: 3, overflow: reject-publish }
  - { at: 4min, member offline: region / north, refused: yes }
  - { at: 5min, scale: packer, to: 0, part: cause }
  - { at: 5min, set timeout: web / buy, step: call orders / place, timeout: 1s }
cause: [web, orders]
expect:
  - { journey: buy, from: T, to: T+3min, failing: above 5%, p95: below 2s, failed: 3 to 500 }
  - { operation: orders / place, done: at least 1 }
  - { queue: rabbitmq / placed, ready: 10 ± 20% }
  - { state: orders / order, PAID: above 0, stuck: 0 }
  - { saga: orders / pay, begun: above 0 }
  - { service: web, ready: 2 }
  - { money: yes, lost: above 0 }
  - { alert: OrdersDown, by: end }
  - { query: 'sum(rate(shop_orders_total[1m])) or vector(0)', never: above 1000000000 }
responds: T+4min
fixes:
  roll back: [{ roll back: web }]
  consume again:
    summary: Somebody packs.
    risk: None.
    works: no
    do: [{ scale: packer, to: 1 }, { lift: cause }, { limit: web, cpu: none }]
variants: []
";

/// Systems, each with scenarios that can be read on it.
static SEEDS: LazyLock<Vec<(System, Vec<String>)>> = LazyLock::new(|| {
    let mut seeds = vec![(Pack::shop().system(), vec![WHOLE.to_owned()])];
    for pack in packs::packs() {
        let Some(system) = knockon_format::load_system(&pack).system else { continue };
        let scenarios = knockon_scenario::load::list(&pack).into_iter();
        let mut texts: Vec<String> =
            scenarios.map(|it| std::fs::read_to_string(it.path).unwrap()).collect();
        if pack.ends_with("sock-shop") {
            texts.push(example());
        }
        if !texts.is_empty() {
            seeds.push((system, texts));
        }
    }
    seeds
});

/// The scenario in the reference.
fn example() -> String {
    let reference = include_str!("../../../../docs/reference/scenarios.md");
    let (_, begun) = reference.split_once("```yaml\n").unwrap();
    begun.split_once("```").unwrap().0.to_owned()
}

/// Reads bytes as a scenario; whether they are one.
fn survive(system: &System, bytes: &[u8]) -> bool {
    let reading = read::scenario("s", "s.yaml", bytes, system);
    let _ = read::head("s.yaml", bytes);
    let is_wrong = reading.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(reading.scenario.is_none(), is_wrong, "{:?}", reading.diagnostics);
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    for diagnostic in &reading.diagnostics {
        let place = diagnostic.place.as_ref().unwrap_or_else(|| panic!("{diagnostic}"));
        for place in diagnostic.related.iter().chain([place]) {
            assert_eq!(place.file, "s.yaml");
            assert!((1..=lines.len()).contains(&place.line), "{place:?}");
            // One past the end is where something is missing.
            let columns = lines[place.line - 1].chars().count() + 1;
            assert!((1..=columns).contains(&place.column) && place.length >= 1, "{place:?}");
        }
        assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'));
        assert!(diagnostic.help.iter().all(|help| !help.is_empty() && !help.ends_with('.')));
    }
    reading.scenario.is_some()
}

/// A scenario of the seeds: which system, and the text.
fn seed() -> impl Strategy<Value = (usize, String)> {
    any::<(prop::sample::Index, prop::sample::Index)>().prop_map(|(system, scenario)| {
        let at = system.index(SEEDS.len());
        (at, scenario.get(&SEEDS[at].1).clone())
    })
}

/// Something that happens to a text while it is edited.
fn edited(text: &str, what: u8, at: prop::sample::Index, other: usize, symbol: char) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = at.index(lines.len().max(1));
    match what {
        _ if lines.is_empty() => return symbol.to_string(),
        0 => drop(lines.remove(line)),
        1 => lines.insert(line, lines[line].clone()),
        2 => {
            let other = other % lines.len();
            lines.swap(line, other);
        }
        _ => {
            let mut chars: Vec<char> = lines[line].chars().collect();
            let column = other % (chars.len() + 1);
            match what {
                3 if column < chars.len() => drop(chars.remove(column)),
                4 if column < chars.len() => chars[column] = symbol,
                _ => chars.insert(column, symbol),
            }
            lines[line] = chars.into_iter().collect();
        }
    }
    lines.join("\n")
}

fn mutation() -> impl Strategy<Value = (usize, String)> {
    let symbol =
        prop::sample::select("\"'{}[],:;=#-/ \t09.%±~Tseé|>&*!aZ".chars().collect::<Vec<_>>());
    let edit = (0..6_u8, any::<prop::sample::Index>(), 0..500_usize, symbol);
    (seed(), prop::collection::vec(edit, 1..5)).prop_map(|((system, text), edits)| {
        let apply =
            |text: String, (what, at, other, symbol)| edited(&text, what, at, other, symbol);
        (system, edits.into_iter().fold(text, apply))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn mutated_scenarios_are_survived((system, text) in mutation()) {
        survive(&SEEDS[system].0, text.as_bytes());
    }

    #[test]
    fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survive(&SEEDS[0].0, &bytes);
    }

    /// What stands where a value belongs may be anything.
    #[test]
    fn arbitrary_values_are_survived(
        (system, text) in seed(),
        at in any::<prop::sample::Index>(),
        value in prop::sample::select(vec![
            "", "''", "~", "[]", "{}", "[a, b]", "{ a: b }", "-1", "0", "1e400", "NaN", "99999999999999999999",
            "T+99999999999999999999d", "T", "T+", "end", "100%", "1e-300%", "± 3", "3 ±", " to ", "above ", "0s",
            "584542046090626d", "a / b / c", " / ", "none", "yes", "*a", "&a b", "|\n  x", "é", "\u{0}",
        ]),
    ) {
        let colons: Vec<usize> = text.match_indices(": ").map(|(at, _)| at + 2).collect();
        let from = *at.get(&colons);
        let to = text[from..].find([',', '}', '\n', ']']).map_or(text.len(), |length| from + length);
        let text = format!("{}{value}{}", &text[..from], &text[to..]);
        survive(&SEEDS[system].0, text.as_bytes());
    }
}

#[test]
fn the_seeds_are_scenarios() {
    for (system, texts) in &*SEEDS {
        for text in texts {
            let reading = model::read(system, text);
            // Those on a variant are read on another system than that of the pack.
            let is_right = reading.scenario.is_some() || text.contains("\nvariant: ");
            assert!(is_right, "{}", model::lines(&reading.diagnostics));
        }
    }
    assert!(SEEDS.len() > 1);
}

#[test]
fn deep_and_long_files_are_refused_and_not_fatal() {
    let system = &SEEDS[0].0;
    assert!(!survive(system, "[".repeat(100_000).as_bytes()));
    assert!(!survive(system, "{ a: ".repeat(100_000).as_bytes()));
    let entries = "  - { at: 1min, crash: orders }\n".repeat(5_000);
    let many = format!(
        "scenario: a\ncause: none\ntimeline:\n{entries}expect: [{{ service: web, ready: 2 }}]\n"
    );
    assert!(survive(system, many.as_bytes()));
}
