//! Evidence from memory is the evidence that the same things in files give.

use FamilyType::{Counter, Gauge, Histogram, Unknown};
use knockon_core::{Diagnostic, Timestamp};
use knockon_promql::alertmanager::answered;
use knockon_promql::rules::{
    AlertState, AlertingRule, Rule, RuleGroup, RuleSettings, RuleText, Rules,
};
use knockon_promql::{Labels, Store, special};
use knockon_telemetry::text_writer::{TextFormat, write_text};
use knockon_telemetry::{
    AlertRecord, BundleReading, ChangeKind, ChangeRecord, Evidence, EvidenceReader, Families,
    FamilyType, Samples,
};
use proptest::prelude::*;

use crate::shop::{alerts, assert_sane, lines, series, shop, unplaced};
use crate::stored::store;

fn taken(store: &Store, families: &Families) -> BundleReading {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.take_metrics("m", store, families);
    reader.finish()
}

/// The same by way of a text, as it is written.
fn read(store: &Store, families: &Families) -> BundleReading {
    let mut text = Vec::new();
    write_text(&mut text, store, families, TextFormat::OpenMetrics).unwrap();
    read_text(&text)
}

/// The same by way of a text that says the type of every family, also of those that it has no series of.
fn read_with_all_types(store: &Store, families: &Families) -> BundleReading {
    let types = families.iter();
    let types = types.map(|(name, it)| format!("# TYPE {name} {}\n", it.family_type.as_str()));
    let mut text = types.collect::<String>().into_bytes();
    write_text(&mut text, store, &Families::new(), TextFormat::OpenMetrics).unwrap();
    read_text(&text)
}

fn read_text(text: &[u8]) -> BundleReading {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.metrics("m", text);
    reader.finish()
}

/// Everything of a reading, values to the bit; what is said without the place, which memory has not.
fn bits(reading: &BundleReading) -> Vec<String> {
    let Evidence { series, users, alerts, changes, unplaced, notes, .. } = &reading.evidence;
    let samples = |samples: &Samples| {
        let values = samples.values().iter().map(|value| value.to_bits());
        format!("{:?}", samples.unix_ms().iter().zip(values).collect::<Vec<_>>())
    };
    let series = series.iter().map(|it| {
        let (own, baseline) = (samples(&it.samples), samples(&it.baseline));
        format!("{:?} {} {:?} {own} {baseline}", it.service, it.metric, it.labels)
    });
    let said = |it: &Diagnostic| format!("{:?} {}: {}", it.severity, it.code.id, it.message);
    series
        .chain(users.iter().map(|it| format!("{it:?}")))
        .chain(alerts.iter().map(|it| format!("{it:?}")))
        .chain(changes.iter().map(|it| format!("{it:?}")))
        .chain(unplaced.iter().map(|it| format!("{it:?}")))
        .chain(notes.iter().map(said))
        .chain(reading.diagnostics.iter().map(said))
        .collect()
}

/// A value as metrics have it: mostly a little more than the one before.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (0..40_u32).prop_map(|it| f64::from(it) / 8.0),
        1 => any::<f64>(),
        1 => prop::sample::select(vec![f64::INFINITY, f64::NEG_INFINITY, -0.0, special::STALE]),
    ]
    .prop_map(|it| if it.is_nan() && !special::is_stale(it) { f64::NAN } else { it })
}

/// Stores as exporters fill them: counters, gauges and histograms, of services and of others.
fn stores() -> impl Strategy<Value = Store> {
    let name = prop::sample::select(vec![
        "up",
        "a_total",
        "a_created",
        "d_bucket",
        "d_bucket",
        "d_count",
        "d_sum",
        "d_created",
        "d",
        "x:y_total",
    ]);
    let service =
        prop::sample::select(vec!["carts", "carts", "carts-0", "basket", "orders", "billing", ""]);
    let bound = prop::sample::select(vec!["0.1", "1", "1.0", "+Inf", "+Inf", "odd", ""]);
    let zone = prop::sample::select(vec!["a", ""]);
    let samples = prop::collection::vec((1..4_i64, value()), 1..8);
    prop::collection::vec((name, service, bound, zone, any::<bool>(), samples), 0..24).prop_map(
        |all| {
            let mut store = Store::new();
            for (name, service, le, zone, is_cumulative, samples) in all {
                let labels = [("__name__", name), ("service", service), ("le", le), ("zone", zone)];
                let id = store.open(&Labels::of(labels));
                let (mut time_ms, mut sum) = (1_767_268_800_000, 0.0);
                store.merge(
                    id,
                    samples.into_iter().map(|(steps, value)| {
                        time_ms += steps * 15_000;
                        sum += if value.is_finite() { value } else { 0.0 };
                        (time_ms, if is_cumulative && value.is_finite() { sum } else { value })
                    }),
                );
            }
            store
        },
    )
}

/// Types of `a`, `d` and `up` out of these, right or wrong, or none.
fn families(of: [&[FamilyType]; 3]) -> impl Strategy<Value = Families> + use<> {
    let one = of.map(|all| prop::option::of(prop::sample::select(all.to_vec())));
    one.prop_map(|types| {
        let mut families = Families::new();
        for (name, family_type) in ["a", "d", "up"].into_iter().zip(types) {
            if let Some(family_type) = family_type {
                families.entry(name).family_type = family_type;
            }
        }
        families
    })
}

proptest! {
    #[test]
    fn a_store_gives_what_its_text_gives(
        store in stores(),
        families in families([&[Unknown, Counter], &[Unknown, Histogram], &[Unknown, Gauge]]),
    ) {
        let taken = taken(&store, &families);
        prop_assert_eq!(bits(&taken), bits(&read(&store, &families)));
        assert_sane(&taken);
    }

    #[test]
    fn whatever_the_types_they_count_as_in_a_text(
        store in stores(),
        families in families([&FamilyType::ALL; 3]),
    ) {
        let taken = taken(&store, &families);
        prop_assert_eq!(bits(&taken), bits(&read_with_all_types(&store, &families)));
    }
}

#[test]
fn counters_become_rates_and_histograms_quantiles_until_they_end() {
    let ends = special::STALE;
    let store = store(&[
        (
            &[("__name__", "a_total"), ("service", "carts")],
            &[(0, 5.0), (10_000, 35.0), (20_000, ends)],
        ),
        (&[("__name__", "a_total"), ("service", "billing")], &[(0, 1.0)]),
        (&[("__name__", "a_total"), ("zone", "z")], &[(0, 1.0)]),
        (&[("__name__", "a_created"), ("service", "carts")], &[(0, 1.0)]),
        (
            &[("__name__", "d_bucket"), ("service", "basket"), ("le", "1")],
            &[(0, 0.0), (10_000, 100.0)],
        ),
        (
            &[("__name__", "d_bucket"), ("service", "basket"), ("le", "+Inf")],
            &[(0, 0.0), (10_000, 100.0)],
        ),
        (&[("__name__", "d_count"), ("service", "basket")], &[(0, 0.0), (10_000, 100.0)]),
        (&[("__name__", "d_sum"), ("service", "basket")], &[(0, 0.0), (10_000, 20.0)]),
        (
            &[("__name__", "up"), ("instance", "orders:80")],
            &[(0, 1.0), (10_000, f64::NAN), (20_000, -0.0)],
        ),
        (&[("__name__", "up"), ("instance", "billing:80")], &[(20_000, ends)]),
        (
            &[("__name__", "n"), ("service", "carts")],
            &[(0, special::NATIVE_HISTOGRAM), (10_000, 2.0)],
        ),
        (&[("service", "carts")], &[(0, 1.0)]),
    ]);
    let mut families = Families::new();
    families.entry("a").family_type = Counter;
    families.entry("d").family_type = Histogram;
    let reading = taken(&store, &families);
    assert_eq!(
        series(&reading.evidence),
        [
            "carts a_total: 10=3",
            "carts d_count: 10=10",
            "carts d_mean: 10=0.2",
            "carts d_p99: 10=0.99",
            "carts n: 10=2",
            r#"orders up{instance="orders:80"}: 0=1 20=-0"#,
        ]
    );
    assert_eq!(unplaced(&reading.evidence), ["a_total×1", "billing×1"]);
    assert!(reading.evidence.unplaced.iter().all(|it| it.file == "m"));
    assert_eq!(
        lines(&reading.evidence.notes),
        [
            "m:1:1: note[K0231]: 1 cell has no value; read as a gap",
            "m:1:1: note[K0237]: 1 native histogram sample is left out",
        ]
    );
    assert_eq!(
        lines(&reading.diagnostics),
        ["m:1:1: error[K0215]: 1 series does not say which metric it is"]
    );
    assert_sane(&reading);
}

#[test]
fn a_declared_counter_is_one_whatever_its_name() {
    let store = store(&[(&[("__name__", "hits"), ("service", "carts")], &[(0, 5.0), (1000, 8.0)])]);
    let mut families = Families::new();
    families.entry("hits").family_type = Counter;
    assert_eq!(series(&taken(&store, &families).evidence), ["carts hits: 1=3"]);
}

/// A rule for what is slow, evaluated while two services are: one gets well again.
fn rules() -> Rules {
    let slow = |service| [("__name__", "slow"), ("service", service), ("callee", "carts-db")];
    let mut store = store(&[
        (&slow("orders"), &[(0, 7.5), (15_000, 7.5), (30_000, 7.5), (45_000, 1.0)]),
        (&slow("basket"), &[(15_000, 7.5), (30_000, 8.0), (45_000, 9.0)]),
        (&slow("billing"), &[(15_000, 7.5), (30_000, 8.0), (45_000, 9.0)]),
        (&slow("front-end"), &[(45_000, 9.0)]),
    ]);
    let text = RuleText {
        name: "Slow",
        expr: "slow > 5",
        labels: &[("severity", "page")],
        annotations: &[("summary", "{{ $labels.service }} at {{ $value }}")],
    };
    let rules = vec![Rule::Alerting(AlertingRule::parse(text, 15_000, 0, 0).unwrap())];
    let group = RuleGroup {
        name: "g".to_owned(),
        file: "r.yaml".to_owned(),
        interval_ms: Some(15_000),
        limit: None,
        query_offset_ms: 0,
        rules,
    };
    let mut rules = Rules::new([group], RuleSettings::default());
    for now_ms in [0, 15_000, 30_000, 45_000] {
        rules.evaluate(&mut store, now_ms);
    }
    rules
}

#[test]
fn alerts_of_rules_are_those_that_alertmanager_lists() {
    let rules = rules();
    let history = || rules.history().map(|(_, alert)| alert);
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.take_alerts("m", history().filter_map(AlertRecord::of_rule));
    let taken = reader.finish();
    assert_eq!(
        alerts(&taken.evidence),
        [
            "Slow orders->carts-db page 1970-01-01T00:00:15Z..1970-01-01T00:00:45Z",
            "Slow carts->carts-db page 1970-01-01T00:00:30Z..",
        ]
    );
    assert_eq!(unplaced(&taken.evidence), ["billing×1"]);

    let listed: Vec<_> =
        history().filter_map(|alert| answered(alert, rules.settings(), &["x"])).collect();
    let mut reader = EvidenceReader::new(&system);
    reader.alerts("m", serde_json::to_vec(&listed).unwrap().as_slice());
    assert_eq!(bits(&reader.finish()), bits(&taken));
}

#[test]
fn an_alert_that_prometheus_forgot_ends_when_what_it_sent_does() {
    let rules = rules();
    let mut alert = rules.history().map(|(_, alert)| alert.clone()).nth(1).unwrap();
    alert.state = AlertState::Dropped;
    let listed = answered(&alert, rules.settings(), &[]).unwrap();
    let record = AlertRecord::of_rule(&alert).unwrap();
    assert_eq!(record.ends_at, alert.valid_until_ms.map(Timestamp::from_unix_ms));
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.alerts("m", serde_json::to_vec(&[listed]).unwrap().as_slice());
    assert_eq!(reader.finish().evidence.alerts[0].ends_at, record.ends_at);
}

fn alert(labels: &[(&str, &str)], starts_at: i64, ends_at: Option<i64>) -> AlertRecord {
    let labels = labels.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    AlertRecord {
        labels: labels.collect(),
        annotations: [("summary".to_owned(), "s".to_owned())].into(),
        starts_at: Timestamp::from_unix_ms(starts_at),
        ends_at: ends_at.map(Timestamp::from_unix_ms),
    }
}

#[test]
fn odd_alerts_are_treated_as_those_of_a_file() {
    let system = shop();
    let of = |all: Vec<AlertRecord>| {
        let mut reader = EvidenceReader::new(&system);
        reader.take_alerts("m", all);
        reader.finish()
    };
    let slow: &[_] = &[("alertname", "Slow"), ("service", "carts")];
    let reading = of(vec![
        alert(slow, 5000, Some(1000)),
        alert(slow, 5000, Some(9000)),
        alert(&[("service", "carts")], 0, None),
    ]);
    assert_eq!(
        alerts(&reading.evidence),
        ["Slow carts - 1970-01-01T00:00:05Z..1970-01-01T00:00:09Z"]
    );
    assert_eq!(
        lines(&reading.evidence.notes),
        [
            "m:1:1: note[K0238]: 1 alert repeats another's labels and start; merged",
            "m:1:1: note[K0243]: 1 alert ends before it starts; its end is left out",
        ]
    );
    assert_eq!(
        lines(&reading.diagnostics),
        ["m:1:1: error[K0217]: the alert has no label `alertname`"]
    );
    assert_sane(&reading);
    let reading = of(vec![alert(&[("alertname", "Watchdog")], 0, None)]);
    assert_eq!(unplaced(&reading.evidence), ["Watchdog×1"]);
    assert_eq!(
        lines(&reading.evidence.notes),
        ["m:1:1: warning[K0216]: none of 1 alert belongs to a known service: `Watchdog`"]
    );
}

#[test]
fn changes_are_those_of_a_file() {
    let change = |service: &str, seconds: i64, kind: &str, version: Option<&str>| ChangeRecord {
        time: Timestamp::from_unix_ms(seconds * 1000),
        service: service.to_owned(),
        kind: ChangeKind::parse(kind),
        version: version.map(str::to_owned),
        by: Some("ana".to_owned()),
        summary: version.map(|_| "new tax rules".to_owned()),
    };
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.take_changes(
        "m",
        [
            change("orders", 90, "release", Some("2.14")),
            change("carts-0", 60, "reboot", None),
            change("billing", 90, "scale", None),
        ],
    );
    let taken = reader.finish();
    let mut reader = EvidenceReader::new(&system);
    let text = r#"[
{"time":"1970-01-01T00:01:30Z","service":"orders","kind":"deploy","version":"2.14","by":"ana","summary":"new tax rules"},
{"time":"1970-01-01T00:01:00Z","service":"carts-0","kind":"reboot","by":"ana"},
{"time":"1970-01-01T00:01:30Z","service":"billing","kind":"scale","by":"ana"}]"#;
    reader.changes("m", text.as_bytes());
    assert_eq!(taken, reader.finish());
    assert_eq!(unplaced(&taken.evidence), ["billing×1"]);
    let names: Vec<_> = taken.evidence.changes.iter().map(|it| it.service_name.as_str()).collect();
    assert_eq!(names, ["carts-0", "billing", "orders"]);

    let mut reader = EvidenceReader::new(&system);
    reader.take_changes("m", [change(" ", 0, "deploy", None)]);
    assert_eq!(
        lines(&reader.finish().diagnostics),
        ["m:1:1: error[K0218]: the change has no `service`"]
    );
}
