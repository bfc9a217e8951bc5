//! The reference says what the crate can: every name that one has is in the other.

use std::collections::BTreeSet;

use knockon_scenario::expect::{
    OF_JOURNEY, OF_MONEY, OF_OPERATION, OF_QUEUE, OF_SAGA, OF_SERVICE, STUCK,
};
use knockon_scenario::read::{ACTIONS, FAULTS, Verb};

const REFERENCE: &str = include_str!("../../../../docs/reference/scenarios.md");

/// The rows of the table with that head, cell by cell.
fn rows(head: &str) -> Vec<Vec<&'static str>> {
    let lines = REFERENCE.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What stands in backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Holds a table of verbs, `| verbs | on | figures |`, against those of the crate. Examples and words that a
/// figure may have stand in backquotes as well.
fn check_verbs<T>(head: &str, verbs: &[Verb<T>], of_timeline: &[&str], examples: &[&str]) {
    let mut told = BTreeSet::new();
    let figures: BTreeSet<&str> = verbs.iter().flat_map(|verb| verb.figures).copied().collect();
    for row in rows(head) {
        for word in quoted(row[0]) {
            assert!(told.insert(word), "`{word}` has two rows");
            let Some(verb) = verbs.iter().find(|verb| verb.word == word) else { continue };
            let mine: BTreeSet<&str> = verb.figures.iter().copied().collect();
            // `refused: yes` shows how it is written, `1Mi` what.
            let names = quoted(row[2]).into_iter().filter_map(|name| name.split(':').next());
            let in_row: BTreeSet<&str> = names
                .filter(|name| name.chars().all(|it| it == '_' || it.is_ascii_lowercase()))
                .filter(|name| figures.contains(name) || !examples.contains(name))
                .collect();
            assert_eq!(in_row, mine, "{word}");
        }
    }
    let mine: BTreeSet<&str> =
        verbs.iter().map(|verb| verb.word).chain(of_timeline.iter().copied()).collect();
    assert_eq!(told, mine);
}

#[test]
fn every_fault_is_in_the_reference_with_its_figures() {
    check_verbs("| Fault |", FAULTS, &[], &[]);
}

#[test]
fn every_action_is_in_the_reference_with_its_figures() {
    // `lift` is for fixes only, and has no entry in the table of actions.
    check_verbs("| Action |", ACTIONS, &["lift"], &["none", "open", "closed", "reset"]);
}

#[test]
fn every_figure_is_in_the_reference() {
    let check = |subject: &str, mine: &[&str]| {
        let rows = rows("| Subject |");
        let row = rows.iter().find(|row| row[0].starts_with(&format!("`{subject}: "))).unwrap();
        let told: BTreeSet<&str> = quoted(row[1]).into_iter().collect();
        assert_eq!(told, mine.iter().copied().collect(), "{subject}");
    };
    check("journey", &OF_JOURNEY.iter().map(|it| it.name).collect::<Vec<_>>());
    check("operation", &OF_OPERATION.iter().map(|it| it.name).collect::<Vec<_>>());
    check("service", &OF_SERVICE.iter().map(|it| it.name).collect::<Vec<_>>());
    check("queue", &OF_QUEUE.iter().map(|it| it.name).collect::<Vec<_>>());
    check("saga", &OF_SAGA.iter().map(|it| it.name).collect::<Vec<_>>());
    check("money", OF_MONEY);
    check("state", &[STUCK]);
}
