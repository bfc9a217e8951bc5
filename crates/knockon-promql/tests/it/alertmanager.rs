//! Alerts as Prometheus posts them and Alertmanager answers them, and as evidence is read.

use knockon_core::{Service, ServiceKind, System, SystemBuilder};
use knockon_promql::alertmanager::{answered, posted};
use knockon_promql::rules::{RuleSettings, Rules};
use knockon_promql::{Labels, Store};
use knockon_telemetry::{EvidenceReader, format_time};
use serde_json::json;

use crate::load::{Alerting, group, load};

/// 2026-01-01T00:00:00Z.
const START_MS: i64 = 1_767_225_600_000;

fn play() -> Rules {
    let mut store = Store::new();
    load(&mut store, START_MS, "zero", "0");
    let id = store.open(&Labels::of([("__name__", "slow"), ("service", "orders")]));
    let other = store.open(&Labels::of([("__name__", "slow"), ("service", "carts")]));
    for step in 0..60 {
        let time_ms = START_MS + step * 15_000;
        store.append(id, time_ms, if step < 20 { 9.0 } else { 1.0 }).unwrap();
        store.append(other, time_ms, 7.0).unwrap();
    }
    let rule = Alerting {
        name: "Slow",
        expr: "slow > 5",
        hold_ms: 30_000,
        labels: &[("severity", "page")],
        annotations: &[("summary", "{{ $labels.service }} at {{ $value }}")],
        ..Alerting::default()
    };
    let settings = RuleSettings {
        external_labels: Labels::of([("cluster", "c"), ("severity", "none")]),
        external_url: "http://prometheus:9090".to_owned(),
        ..RuleSettings::default()
    };
    let mut rules = Rules::new([group(15_000, vec![rule.rule(0)])], settings);
    for step in 0..60 {
        rules.evaluate(&mut store, START_MS + 345 + step * 15_000);
    }
    rules
}

#[test]
fn alerts_are_posted_and_answered() {
    let rules = play();
    let orders = rules.history().map(|(_, alert)| alert).find(|it| it.resolved_at_ms.is_some());
    let (orders, settings) = (orders.unwrap(), rules.settings());
    let labels = json!({
        "alertname": "Slow", "cluster": "c", "service": "orders", "severity": "page",
    });
    assert_eq!(
        serde_json::to_value(posted(orders, settings)).unwrap(),
        json!({
            "annotations": { "summary": "orders at 9" },
            "endsAt": "2026-01-01T00:05:00.345Z",
            "startsAt": "2026-01-01T00:00:30.345Z",
            "generatorURL": "http://prometheus:9090/graph?g0.expr=slow+%3E+5&g0.tab=1",
            "labels": labels,
        })
    );
    let answer = serde_json::to_value(answered(orders, settings, &["team"])).unwrap();
    assert_eq!(answer["status"]["state"], "active");
    assert_eq!(answer["receivers"], json!([{ "name": "team" }]));
    assert_eq!(answer["fingerprint"].as_str().unwrap().len(), 16);
    assert_eq!(answer["labels"], labels);
}

#[test]
fn evidence_is_read_from_them() {
    let rules = play();
    let history = rules.history().map(|(_, alert)| alert);
    let list: Vec<_> = history.filter_map(|it| answered(it, rules.settings(), &["team"])).collect();
    let text = serde_json::to_string(&list).unwrap();
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.alerts("alerts.json", text.as_bytes());
    let reading = reader.finish();
    assert_eq!(reading.diagnostics.len(), 0);
    let line = |alert: &knockon_telemetry::Alert| {
        let end = alert.ends_at.map_or("firing".to_owned(), format_time);
        let service = &system.service(alert.service).name;
        format!("{} {service} {} {end}", alert.name, format_time(alert.starts_at))
    };
    let mut found: Vec<_> = reading.evidence.alerts.iter().map(line).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "Slow carts 2026-01-01T00:00:30.345Z firing",
            "Slow orders 2026-01-01T00:00:30.345Z 2026-01-01T00:05:00.345Z",
        ]
    );
}

fn shop() -> System {
    let mut builder = SystemBuilder::new("shop");
    for name in ["carts", "orders"] {
        builder.service(Service::new(name, ServiceKind::Service)).unwrap();
    }
    builder.build()
}
