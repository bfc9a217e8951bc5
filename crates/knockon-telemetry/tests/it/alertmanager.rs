//! Alerts against the real Alertmanager (Debian's package `prometheus-alertmanager`): it takes what is
//! posted, and answers what ours says it would. Without it that is left out, and said.

use std::time::SystemTime;

use knockon_promql::alertmanager::{answered, posted};
use knockon_promql::rules::{AlertingRule, Rule, RuleGroup, RuleSettings, RuleText, Rules};
use knockon_promql::{Labels, Store};
use serde_json::Value;

use crate::server::{Server, has};

/// Alerts that fire now, of a rule that began to hold a while ago.
fn firing() -> Rules {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now_ms = i64::try_from(now.as_millis()).unwrap();
    let mut store = Store::new();
    for (service, zone) in [("orders", "Zürich \"1\""), ("carts", "a\\b")] {
        let labels = [("__name__", "slow"), ("service", service), ("zone", zone)];
        let id = store.open(&Labels::of(labels));
        for step in (0..10).rev() {
            store.append(id, now_ms - step * 15_000, 7.5).unwrap();
        }
    }
    let text = RuleText {
        name: "Slow",
        expr: "slow > 5",
        labels: &[("severity", "page")],
        annotations: &[("summary", "{{ $labels.service }} at {{ $value }}")],
    };
    let rules = vec![Rule::Alerting(AlertingRule::parse(text, 30_000, 0, 0).unwrap())];
    let group = RuleGroup {
        name: "g".to_owned(),
        file: "r.yaml".to_owned(),
        interval_ms: Some(15_000),
        limit: None,
        query_offset_ms: 0,
        rules,
    };
    let settings = RuleSettings {
        external_labels: Labels::of([("cluster", "c")]),
        external_url: "http://prometheus:9090".to_owned(),
        ..RuleSettings::default()
    };
    let mut rules = Rules::new([group], settings);
    for step in (0..10).rev() {
        rules.evaluate(&mut store, now_ms - step * 15_000);
    }
    rules
}

#[test]
fn alertmanager_takes_and_answers_them() {
    if !has("prometheus-alertmanager") {
        return;
    }
    let rules = firing();
    let dir = tempfile::tempdir().unwrap();
    let server = Server::alertmanager(dir.path());
    let alerts = || rules.history().map(|(_, alert)| alert);
    let list: Vec<_> = alerts().filter_map(|alert| posted(alert, rules.settings())).collect();
    assert_eq!(list.len(), 2);
    let body = serde_json::to_vec(&list).unwrap();
    let headers = "Content-Type: application/json\r\n";
    let answer = server.request("POST", "/api/v2/alerts", headers, &body).unwrap();
    assert_eq!(answer.0, 200, "{}", answer.1);
    let theirs: Value = serde_json::from_str(&server.ask("/api/v2/alerts")).unwrap();
    let mut ours: Vec<Value> = alerts()
        .filter_map(|alert| answered(alert, rules.settings(), &["nobody"]))
        .map(|alert| serde_json::to_value(alert).unwrap())
        .collect();
    let mut theirs: Vec<Value> = theirs.as_array().unwrap().clone();
    for alert in ours.iter_mut().chain(&mut theirs) {
        let fields = alert.as_object_mut().unwrap();
        // When it heard of it last, its own clock says; whether it has looked at silences yet, luck does,
        // and only newer releases say who muted an alert.
        assert!(fields.remove("updatedAt").is_some_and(|it| it.is_string()));
        assert!(fields.remove("status").is_some_and(|it| it["silencedBy"].is_array()));
    }
    let key = |alert: &Value| alert["fingerprint"].as_str().unwrap().to_owned();
    ours.sort_by_key(key);
    theirs.sort_by_key(key);
    assert_eq!(ours, theirs);
}
