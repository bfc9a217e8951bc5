//! When it began, and that nothing later than the moment of the triage is looked at.

use knockon_triage::{Options, triage};
use proptest::prelude::*;

use crate::shop::{MINUTES, ONSET, Story, minute};

fn slow_payment(onset: i64) -> Story {
    Story::new()
        .metric_from("front-end", "latency_seconds_mean", 0.2, 1.2, onset)
        .metric_from("orders", "latency_seconds_mean", 0.1, 1.1, onset)
        .metric_from("payment", "latency_seconds_mean", 0.05, 1.05, onset)
        .metric("lonely", "latency_seconds_mean", 0.3, 0.3)
}

#[test]
fn the_onset_is_found_without_any_alert() {
    for onset in [15, 40, 60, 80, 95] {
        let story = slow_payment(onset);
        let incident = triage(&story.system, &story.evidence, Options::default());
        assert_eq!(incident.began, Some(minute(onset)), "onset in minute {onset}");
        assert_eq!(incident.before.basis, "common-change");
    }
}

#[test]
fn the_onset_is_older_than_its_alert() {
    let story = slow_payment(ONSET).alert("front-end", "FrontEndLatency", ONSET + 6);
    let incident = triage(&story.system, &story.evidence, Options::default());
    assert_eq!(incident.began, Some(minute(ONSET)));
    assert_eq!(incident.before.basis, "first-alert");
}

#[test]
fn an_alert_that_is_long_in_coming_does_not_make_trouble_usual() {
    let story = slow_payment(60).alert("front-end", "FrontEndLatency", 95);
    let incident = triage(&story.system, &story.evidence, Options::default());
    assert_eq!(incident.began, Some(minute(60)));
    assert!((minute(55)..=minute(60)).contains(&incident.before.until), "{:?}", incident.before);
}

#[test]
fn an_alert_that_has_fired_for_days_says_nothing_about_the_onset() {
    let story = slow_payment(ONSET).alert("lonely", "CertificateExpiry", -5000);
    let incident = triage(&story.system, &story.evidence, Options::default());
    assert_eq!(incident.began, Some(minute(ONSET)));
    assert_eq!(incident.before.basis, "common-change");
    assert_eq!(incident.alerts[0].role, knockon_triage::Role::Background);
    assert_eq!(incident.causes[0].service, "payment");
}

#[test]
fn a_given_onset_is_taken() {
    let story = slow_payment(ONSET);
    let options = Options { since: Some(minute(70)), at: None };
    let incident = triage(&story.system, &story.evidence, options);
    assert_eq!((incident.before.until, incident.before.basis), (minute(70), "given"));
    assert_eq!(incident.began, Some(minute(ONSET)));
}

#[test]
fn a_baseline_of_another_day_serves_as_the_usual() {
    let mut story = slow_payment(0);
    for series in &mut story.evidence.series {
        let calm = if series.service.index() == 2 { 0.05 } else { 0.15 };
        let pairs = (0..60).map(|m| (minute(m - 90 * 24 * 60).unix_ms, calm)).collect();
        series.baseline = knockon_telemetry::Samples::from_pairs(pairs);
    }
    let incident = triage(&story.system, &story.evidence, Options::default());
    assert_eq!(incident.before.basis, "baseline");
    assert_eq!(incident.causes[0].service, "payment");
    assert_eq!(incident.began, Some(minute(0)));
}

#[test]
fn before_the_onset_there_is_nothing_to_see() {
    let story = slow_payment(ONSET);
    let options = Options { at: Some(minute(ONSET - 1)), since: None };
    let incident = triage(&story.system, &story.evidence, options);
    assert_eq!(incident.causes, []);
}

#[test]
fn evidence_that_lies_wholly_in_the_future_is_as_if_it_were_not_there() {
    let options = Options { at: Some(minute(-60)), since: None };
    let later = slow_payment(ONSET).alert("orders", "OrdersLatency", ONSET);
    let with_future = triage(&later.system, &later.evidence, options);
    let nothing = Story::new();
    let without = triage(&nothing.system, &nothing.evidence, options);
    assert_eq!(with_future.before, without.before);
    assert_eq!((with_future.causes, with_future.alerts), (Vec::new(), Vec::new()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What happens after the moment of the triage cannot change its verdict.
    #[test]
    fn the_future_does_not_leak(at in 60..MINUTES, later in 0.0..5.0_f64) {
        let with_future = slow_payment(ONSET)
            .metric_from("payment", "cpu_utilization", 0.2, later, at + 1)
            .alert("orders", "OrdersLatency", ONSET + 5)
            .alert("lonely", "Late", at + 1)
            .change("payment", knockon_telemetry::ChangeKind::Deploy, "v2", at + 1);
        let mut without = slow_payment(ONSET)
            .metric_from("payment", "cpu_utilization", 0.2, 0.2, at + 1)
            .alert("orders", "OrdersLatency", ONSET + 5);
        without.evidence.alerts.retain(|alert| alert.starts_at <= minute(at));
        let options = Options { at: Some(minute(at)), since: None };
        let left = triage(&with_future.system, &with_future.evidence, options);
        let right = triage(&without.system, &without.evidence, options);
        prop_assert_eq!(left, right);
    }

    /// No evidence, however odd, makes it panic; and the same evidence gives the same verdict.
    #[test]
    fn odd_evidence_is_survived(
        values in prop::collection::vec((0_usize..9, -200_i64..200, prop::num::f64::ANY), 0..200),
        metrics in prop::collection::vec("[a-zA-Z_%é]{0,12}", 9),
        at in prop::option::of(-300_i64..300),
        since in prop::option::of(-300_i64..300),
    ) {
        let mut story = Story::new().alert("orders", "", 3).alert_about("orders", "orders", "x", -9);
        for (index, metric) in metrics.iter().enumerate() {
            let pairs = values.iter().filter(|(series, ..)| *series == index);
            let pairs = pairs.map(|(_, m, value)| (minute(*m).unix_ms, *value)).collect();
            story.evidence.series.push(knockon_telemetry::Series {
                service: knockon_core::ServiceId::from_index(index),
                metric: metric.clone(),
                labels: knockon_telemetry::Labels::new(),
                samples: knockon_telemetry::Samples::from_pairs(pairs),
                baseline: knockon_telemetry::Samples::default(),
            });
        }
        let options = Options { at: at.map(minute), since: since.map(minute) };
        let first = triage(&story.system, &story.evidence, options);
        let second = triage(&story.system, &story.evidence, options);
        prop_assert_eq!(&first, &second);
        prop_assert!(first.causes.iter().all(|cause| (0.0..=1.0 + 1e-9).contains(&cause.score)));
    }
}
