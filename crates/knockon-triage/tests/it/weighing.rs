//! What weighs how much: what began first, who was changed, who is cut off, one cause or several, and
//! how sure a verdict is of it.

use knockon_telemetry::ChangeKind;
use knockon_triage::{Certainty, Incident, Options, Role, triage};

use crate::shop::{ONSET, Story, minute};

fn judge(story: &Story) -> Incident {
    triage(&story.system, &story.evidence, Options::default())
}

fn share(incident: &Incident, service: &str, family: &str) -> f64 {
    let cause = incident.causes.iter().find(|cause| cause.service == service);
    let said = cause.and_then(|cause| cause.families.iter().find(|it| it.family == family));
    said.map_or(0.0, |it| it.share)
}

#[test]
fn what_fills_up_long_after_users_felt_it_is_blamed_less() {
    let resources = |onset: i64| {
        let story = Story::new()
            .metric("orders", "http_5xx_ratio", 0.001, 0.4)
            .metric("orders", "container_memory_rss_bytes", 200.0, 900.0)
            .metric_from("orders-db", "container_memory_rss_bytes", 200.0, 900.0, onset);
        share(&judge(&story), "orders-db", "resources")
    };
    assert!((resources(ONSET) - 0.5).abs() < 0.05, "{}", resources(ONSET));
    assert!(resources(ONSET + 12) < 0.25, "{}", resources(ONSET + 12));
}

#[test]
fn a_change_counts_for_a_service_that_strays_right_after_it() {
    let blamed = |at: i64| {
        let story = Story::new().metric("payment", "http_5xx_ratio", 0.001, 0.4).change(
            "payment",
            ChangeKind::Deploy,
            "v2",
            at,
        );
        let incident = judge(&story);
        incident.causes[0].families.iter().find(|it| it.family == "changes").map(|it| it.weight)
    };
    assert!(blamed(ONSET - 1).unwrap() > 0.4);
    assert!(blamed(ONSET - 60).unwrap() < 0.1);
    assert_eq!(blamed(ONSET + 5), None, "what came after it is no cause");
}

#[test]
fn a_change_of_a_service_that_is_well_counts_for_nothing() {
    let story = Story::new()
        .metric("payment", "http_5xx_ratio", 0.001, 0.4)
        .metric("promo", "http_5xx_ratio", 0.001, 0.001)
        .change("promo", ChangeKind::Deploy, "v2", ONSET - 1);
    let incident = judge(&story);
    assert!((share(&incident, "promo", "changes")).abs() < f64::EPSILON);
    assert!(!incident.changes[0].blamed);
}

const CALLS: &str = "http_client_request_duration_seconds_count";

/// orders cannot reach its database, which is its only way to know of it.
fn unanswered(exporter: Option<f64>) -> Story {
    let good = [("server_address", "orders-db"), ("http_response_status_code", "200")];
    let bad = [("server_address", "orders-db"), ("error_type", "timeout")];
    let story = Story::new()
        .labelled("orders", CALLS, &good, 10.0, 2.0)
        .labelled("orders", CALLS, &bad, 0.0, 8.0);
    match exporter {
        Some(during) => story.metric("orders-db", "pg_up", 1.0, during),
        None => story,
    }
}

#[test]
fn a_database_that_answers_its_exporter_is_cut_off_and_not_dead() {
    let mut story = unanswered(Some(1.0));
    let mut builder = knockon_core::SystemBuilder::new("shop");
    for (name, kind) in [
        ("orders", knockon_core::ServiceKind::Service),
        ("orders-db", knockon_core::ServiceKind::Database),
        ("cluster", knockon_core::ServiceKind::Platform),
    ] {
        builder.service(knockon_core::Service::new(name, kind)).unwrap();
    }
    let id = |name: &str| builder.names().get(name).unwrap();
    let ids = [id("orders"), id("orders-db"), id("cluster")];
    for (from, kind, to) in [
        (ids[0], knockon_core::DependencyKind::Write, ids[1]),
        (ids[0], knockon_core::DependencyKind::RunsOn, ids[2]),
        (ids[1], knockon_core::DependencyKind::RunsOn, ids[2]),
    ] {
        let (criticality, provenance) =
            (knockon_core::Criticality::Critical, knockon_core::Provenance::Declared);
        builder.dependency(knockon_core::Dependency { from, to, kind, criticality, provenance });
    }
    let system = builder.build();
    let replace = |story: &mut Story| {
        for series in &mut story.evidence.series {
            let name = story.system.service(series.service).name.clone();
            series.service = system.names().get(&name).unwrap();
        }
    };
    replace(&mut story);
    let first = |story: &Story| {
        triage(&system, &story.evidence, Options::default()).causes[0].service.clone()
    };
    assert_eq!(first(&story), "cluster");
    for other in [Some(0.0), None] {
        let mut story = unanswered(other);
        replace(&mut story);
        assert_eq!(first(&story), "orders-db", "{other:?}");
    }
}

#[test]
fn calls_that_were_never_made_before_and_fail_are_failures() {
    let mut story = Story::new().labelled(
        "orders",
        CALLS,
        &[("server_address", "payment"), ("error_type", "500"), ("operation", "refund")],
        1.0,
        1.0,
    );
    let refunds = &mut story.evidence.series[0].samples;
    let pairs = refunds.unix_ms().iter().copied().zip(refunds.values().iter().copied());
    let later = pairs.filter(|(t, _)| *t >= minute(ONSET).unix_ms).collect();
    *refunds = knockon_telemetry::Samples::from_pairs(later);
    let story = story.metric("lonely", "latency_seconds_mean", 0.3, 0.3);
    let incident =
        triage(&story.system, &story.evidence, Options { since: Some(minute(ONSET)), at: None });
    assert_eq!(incident.causes[0].service, "payment");
    assert!(share(&incident, "payment", "errors") > 0.9);
}

/// payment fails with all above it, and, apart from that, lonely.
fn two_at_once() -> Story {
    Story::new()
        .metric("front-end", "http_5xx_ratio", 0.001, 0.4)
        .metric("orders", "http_5xx_ratio", 0.001, 0.4)
        .metric("payment", "http_5xx_ratio", 0.001, 0.4)
        .metric("lonely", "http_5xx_ratio", 0.001, 0.3)
        .alert("front-end", "FrontEndErrors", ONSET + 3)
        .alert("lonely", "LonelyErrors", ONSET + 4)
}

#[test]
fn two_causes_at_once_are_both_named() {
    let incident = judge(&two_at_once());
    let named: Vec<_> =
        incident.causes[..incident.named].iter().map(|it| it.service.as_str()).collect();
    assert_eq!(named, ["payment", "lonely"]);
    assert_eq!(incident.unexplained, []);
    let role = |name: &str| incident.alerts.iter().find(|it| it.name == name).unwrap().role;
    assert_eq!((role("FrontEndErrors"), role("LonelyErrors")), (Role::Symptom, Role::Cause));
}

#[test]
fn what_strays_beside_the_cause_without_an_alert_is_not_named() {
    let mut story = two_at_once();
    story.evidence.alerts.pop();
    let incident = judge(&story);
    assert_eq!((incident.named, incident.causes[0].service.as_str()), (1, "payment"));
    assert_eq!(incident.unexplained[0].service, "lonely");
}

#[test]
fn of_two_that_look_alike_none_is_provable_and_it_says_what_to_look_at() {
    let story = Story::new().metric("payment", "http_5xx_ratio", 0.001, 0.4).metric(
        "lonely",
        "http_5xx_ratio",
        0.001,
        0.4,
    );
    let incident = judge(&story);
    assert_eq!(incident.certainty, Certainty::Close);
    assert!((0.4..0.6).contains(&incident.confidence), "{}", incident.confidence);
    let looks: Vec<_> =
        incident.look_next.iter().map(|it| (it.service.as_str(), it.text.as_str())).collect();
    let unknown =
        "how long its requests take, or whether it is full or restarts: no metric here tells";
    assert!(looks.contains(&("payment", unknown)), "{looks:?}");
    assert!(looks.contains(&("lonely", unknown)), "{looks:?}");
}

#[test]
fn the_more_kinds_of_evidence_agree_the_surer_a_verdict_is() {
    let one = Story::new().metric("payment", "http_5xx_ratio", 0.001, 0.4).metric(
        "lonely",
        "http_5xx_ratio",
        0.001,
        0.2,
    );
    let sure = judge(&one).confidence;
    let two = one.metric("payment", "container_memory_rss_bytes", 200.0, 900.0);
    let surer = judge(&two).confidence;
    assert!(sure > 0.55 && surer > sure + 0.1, "{sure} {surer}");
    assert!(surer <= 0.99);
}

#[test]
fn what_speaks_against_a_candidate_is_told() {
    let memory = "container_memory_rss_bytes";
    let story = two_at_once().metric_from("orders-db", memory, 200.0, 900.0, ONSET + 8);
    let incident = judge(&story);
    let kinds = |service: &str| -> Vec<&str> {
        let cause = incident.causes.iter().find(|it| it.service == service).unwrap();
        cause.against.iter().map(|doubt| doubt.kind).collect()
    };
    assert_eq!(kinds("payment"), ["unexplained-alerts"]);
    assert_eq!(kinds("orders-db"), ["late", "unexplained-alerts"]);
}

#[test]
fn three_causes_at_once_are_all_named() {
    let story = two_at_once().metric("promo", "http_5xx_ratio", 0.001, 0.3).alert(
        "promo",
        "PromoErrors",
        ONSET + 4,
    );
    let incident = judge(&story);
    let causes: Vec<_> = incident.causes.iter().map(|it| (&it.service, it.score)).collect();
    assert_eq!((incident.named, incident.unexplained.len()), (3, 0), "{causes:?}");
}

#[test]
fn what_the_cause_explains_is_blamed_less_unless_it_was_changed() {
    let memory = "container_memory_rss_bytes";
    let story = || {
        Story::new()
            .metric("payment", "http_5xx_ratio", 0.001, 0.4)
            .metric("payment", memory, 200.0, 900.0)
            .metric("orders", memory, 200.0, 900.0)
            .metric("lonely", memory, 200.0, 600.0)
    };
    let place = |story: &Story, service: &str| {
        judge(story).causes.iter().find(|it| it.service == service).unwrap().rank
    };
    assert_eq!((place(&story(), "lonely"), place(&story(), "orders")), (2, 3));
    let changed = story().change("orders", ChangeKind::Scale, "3", ONSET - 60);
    assert_eq!((place(&changed, "orders"), place(&changed, "lonely")), (2, 3));
}

#[test]
fn memory_that_doubled_is_told_before_the_processor_that_allocates_it() {
    let first = |memory: f64| {
        let story = Story::new()
            .metric("payment", "cpu", 1.0, 99.0)
            .metric("payment", "mem", 300.0, memory);
        match &judge(&story).causes[0].findings[0] {
            knockon_triage::Finding::Metric { metric, .. } => metric.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((first(700.0).as_str(), first(450.0).as_str()), ("mem", "cpu"));
}
