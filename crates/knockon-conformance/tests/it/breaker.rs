use knockon_conformance::breaker::check;

use crate::{changed, texts};

const FILE: &str = include_str!("../data/breaker.json");

#[test]
fn every_sequence_goes_as_recorded() {
    let report = check(FILE).unwrap();
    assert_eq!(report.disagreements, []);
    assert_eq!(report.left_out, []);
    assert_eq!(report.played, 44);
}

#[test]
fn a_changed_expectation_is_a_disagreement() {
    let check = |from: &str, to: &str, says: &str| {
        let report = check(&changed(FILE, from, to)).unwrap();
        assert_eq!(texts(&report.disagreements), [says], "{from}");
        assert_eq!((report.played, report.left_out.len()), (44, 0), "{from}");
    };
    check(
        r#""expect_state": "half_open""#,
        r#""expect_state": "open""#,
        "default settings: step 8 (AdvanceMs): state: expected Open, got HalfOpen",
    );
    check(
        r#""expect_allowed": false"#,
        r#""expect_allowed": true"#,
        "default settings: step 5 (Success): allowed: expected true, got false",
    );
    check(
        r#""failure_rate": 33.333332"#,
        r#""failure_rate": 33.334"#,
        "count window of 4: step 3 (Success): failure_rate: expected 33.334, got 33.33333206176758",
    );
    check(
        r#""failure_rate": null"#,
        r#""failure_rate": 100"#,
        "failure rate above the threshold: step 1 (Failure): failure_rate: expected 100, got none",
    );
}

#[test]
fn what_is_not_known_is_left_out_with_its_reason() {
    let check = |from: &str, to: &str, played: usize, why: &str| {
        let report = check(&changed(FILE, from, to)).unwrap();
        assert_eq!((report.played, report.left_out.len()), (played, 1), "{from}");
        assert_eq!(report.disagreements, [], "{from}");
        assert!(texts(&report.left_out)[0].contains(why), "{:?}", report.left_out);
    };
    check(r#""op": "ignored""#, r#""op": "cancelled""#, 43, "unknown variant `cancelled`");
    check(r#""min_requests": 3"#, r#""at_least": 3"#, 43, "unknown field `at_least`");
    check(r#""times": 5"#, r#""repeat": 5"#, 43, "unknown field `repeat`");
    check(r#""slow_rate": 60"#, r#""speed": 60"#, 43, "unknown count speed");
    check(r#""sequences":"#, r#""more": 1, "sequences":"#, 44, "more: what this key");
}

#[test]
fn defaults_of_the_library_stand_in_for_missing_settings() {
    let text = r#"{
        "defaults": {"gobreaker": {"trip": {"rule": "consecutive_failures", "more_than": 1},
            "open_ms": 10, "half_open_max_requests": 1, "closed_interval_ms": 0}},
        "sequences": [{"name": "a", "style": "consecutive", "config": {"open_ms": 20}, "steps": [
            {"op": "failure", "times": 2, "expect_state": "open"},
            {"op": "advance_ms", "ms": 20, "expect_state": "open"},
            {"op": "advance_ms", "ms": 1, "expect_state": "half_open"}]}]}"#;
    let report = check(text).unwrap();
    assert_eq!((report.played, report.disagreements, report.left_out), (1, vec![], vec![]));
}

#[test]
fn what_is_no_file_of_sequences_is_an_error() {
    for text in ["", "[]", "{}", r#"{"sequences": 3}"#] {
        assert!(check(text).is_err(), "{text}");
    }
}
