//! The reckoning that `knockon triage --explain` prints, held against the incident that it explains.

use crate::run::{folder, knockon};

const EXAMPLE: &str = "examples/incidents/inventory-pool-exhaustion";

fn triage(more: &[&str]) -> String {
    let system = format!("{EXAMPLE}/system.yaml");
    let ran = knockon(&[&["triage", "--system", &system, EXAMPLE], more].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout
}

/// The figures of a row of the table: the shares, and blamed, covers, kept and score.
fn row<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let table = text.split_once("The reckoning\n").unwrap().1;
    let line = table.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
    line.split_whitespace().skip(1).collect()
}

#[test]
fn the_columns_of_the_reckoning_give_the_score() {
    let text = triage(&["--explain"]);
    let incident: serde_json::Value = serde_json::from_str(&triage(&["--json"])).unwrap();
    let trust = row(&text, "trust");
    let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    let all: f64 = trust.iter().map(|it| number(it)).sum();
    for cause in incident["causes"].as_array().unwrap() {
        let figures = row(&text, cause["service"].as_str().unwrap());
        let (shares, rest) = figures.split_at(trust.len());
        let [blamed, covers, kept, score] = [0, 1, 2, 3].map(|at| number(rest[at]));
        let said: f64 = shares.iter().zip(&trust).map(|(a, b)| number(a) * number(b)).sum();
        assert!((said / all - blamed).abs() < 0.011, "{figures:?}");
        assert!((blamed * covers * kept - score).abs() < 0.011, "{figures:?}");
        assert!((cause["score"].as_f64().unwrap() - score).abs() < 0.0051, "{figures:?}");
    }
}

#[test]
fn what_speaks_for_and_against_is_told_only_if_asked_for() {
    let (plain, explained) = (triage(&[]), triage(&["--explain"]));
    assert!(explained.starts_with(&plain));
    assert!(!plain.contains("The reckoning"));
    let of_second = explained.split_once("\n2. shippingservice\n").unwrap().1;
    assert!(of_second.contains("  −       it began to stray 7 min after users felt it\n"));
}

#[test]
fn where_there_is_no_candidate_there_is_no_reckoning() {
    let dir =
        folder(&[("system.yaml", b"system: shop\nservices:\n  web:\n"), ("alerts.json", b"[]")]);
    let dir = dir.path().display().to_string();
    let system = format!("{dir}/system.yaml");
    let ran = knockon(&["triage", "--system", &system, &dir, "--explain"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stdout.contains("The reckoning"), "{}", ran.stdout);
}
