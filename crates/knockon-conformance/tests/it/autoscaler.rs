//! The autoscaler against decisions of the real one.

use knockon_conformance::{Disagreement, autoscaler};
use serde_json::{Value, json};

use crate::texts;

const FILE: &str = include_str!("../data/autoscaler.json");

#[test]
fn every_decision_of_kubernetes_is_ours() {
    let report = autoscaler::check(FILE).unwrap();
    assert_eq!(report.disagreements, []);
    assert_eq!(report.left_out, []);
    assert!(report.played >= 157, "{} cases", report.played);
}

/// Whatever a case expects is looked at: any of it, changed alone, disagrees.
#[test]
fn a_wrong_expectation_disagrees_whichever_it_is() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        for (key, expected) in case["expect"].as_object().unwrap() {
            let mut case = case.clone();
            case["name"] = json!(format!("{} {key}", case["name"]));
            case["expect"][key] = changed(expected);
            wrong.push(case);
        }
    }
    let report = autoscaler::check(&json!({ "cases": wrong }).to_string()).unwrap();
    assert_eq!(report.left_out, []);
    assert_eq!(report.played, wrong.len());
    let names = |it: &Disagreement| it.case.clone();
    let found: Vec<String> = report.disagreements.iter().map(names).collect();
    let expected: Vec<&str> = wrong.iter().map(|case| case["name"].as_str().unwrap()).collect();
    assert_eq!(found, expected);
}

#[cfg(test)]
fn changed(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::String(text) => json!(format!("{text}!")),
        Value::Bool(yes) => json!(!yes),
        Value::Array(list) => json!([list.as_slice(), &[json!(7)]].concat()),
        Value::Object(map) => {
            let mut map = map.clone();
            let last = map.iter().next_back().map(|(key, value)| (key.clone(), changed(value)));
            map.extend(last);
            Value::Object(map)
        }
        Value::Null => json!(1),
    }
}

#[cfg(test)]
#[track_caller]
fn check(case: &Value, disagreements: &[&str], left_out: &[&str]) {
    let report = autoscaler::check(&json!({ "cases": [case] }).to_string()).unwrap();
    assert_eq!(texts(&report.disagreements), disagreements);
    assert_eq!(texts(&report.left_out), left_out);
    assert_eq!(report.played, usize::from(left_out.is_empty()));
}

fn limits(expect: &Value) -> Value {
    json!({
        "name": "a", "kind": "limits", "expect": expect,
        "input": {
            "min_replicas": 1, "max_replicas": 10, "current_replicas": 3, "desired_replicas": 9,
            "scale_up_limit_factor": 2, "scale_up_limit_minimum": 4,
        },
    })
}

#[test]
fn a_disagreement_says_what_was_expected_and_what_came() {
    check(&limits(&json!({"replicas": 6, "reason": "ScaleUpLimit"})), &[], &[]);
    check(&limits(&json!({"replicas": 6.0})), &[], &[]);
    check(
        &limits(&json!({"replicas": 9, "reason": "ScaleUpLimit"})),
        &["a: `replicas`: expected 9, got 6"],
        &[],
    );
    check(
        &limits(&json!({"error": {"message_contains": "too many"}})),
        &["a: expected the error {\"message_contains\":\"too many\"}, got \
             {\"reason\":\"ScaleUpLimit\",\"replicas\":6}"],
        &[],
    );
}

#[test]
fn no_answer_where_one_is_expected_disagrees() {
    let input = json!({
        "current_replicas": 2, "pods": [], "values_milli": [9000],
        "target": {"type": "object_value", "metric": "depth", "target_milli": 1000},
    });
    check(
        &json!({"name": "a", "kind": "replica_calc", "input": input, "expect": {"replicas": 9}}),
        &["a: expected {\"replicas\":9}, got the error “unable to calculate ready pods: no pods \
             returned by selector while calculating replica count”"],
        &[],
    );
}

#[test]
fn what_is_not_known_is_left_out_with_the_reason() {
    check(
        &json!({"name": "a", "kind": "magic", "input": {}, "expect": {}}),
        &[],
        &["a: is of kind `magic`, which is not known here"],
    );
    check(
        &limits(&json!({"replicas": 6, "colour": "red"})),
        &[],
        &["a: expects `colour`, which nothing here answers"],
    );
    check(&limits(&json!({})), &[], &["a: expects nothing"]);
    check(
        &json!({"name": "a", "kind": "limits", "input": {}, "expect": {}}),
        &[],
        &["a: its input cannot be read: missing field `current_replicas`"],
    );
    let input = json!({"current_replicas": 2, "target": {"type": "magic"}});
    check(
        &json!({"name": "a", "kind": "replica_calc", "input": input, "expect": {}}),
        &[],
        &["a: has a target of type `magic`, which is not known here"],
    );
}

#[test]
fn a_file_that_is_none_says_where() {
    let check = |text, expected| assert_eq!(autoscaler::check(text).unwrap_err(), expected);
    check("{", "EOF while parsing an object at line 1 column 1");
    check("{}", "missing field `cases` at line 1 column 2");
    check("{\"cases\": [\n{}]}", "missing field `name` at line 2 column 2");
}
