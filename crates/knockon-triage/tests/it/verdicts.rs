//! Which service is named, what is a symptom of it, and along which edges.

use std::fmt::Write as _;

use knockon_core::{
    Criticality, Dependency, DependencyKind, Provenance, Service, ServiceKind, SystemBuilder,
};
use knockon_telemetry::ChangeKind;
use knockon_triage::{Certainty, ChangeRelation, Incident, Options, Role, triage};

use crate::shop::Story;

fn judge(story: &Story) -> Incident {
    triage(&story.system, &story.evidence, Options::default())
}

/// The first cause, and each symptom as the path that explains it.
fn check(story: &Story, cause: &str, paths: &[&str]) {
    let incident = judge(story);
    assert_eq!(incident.causes[0].service, cause, "{:#?}", incident.causes);
    let found: Vec<String> = incident
        .symptoms
        .iter()
        .map(|symptom| {
            let mut path = symptom.path[0].from.clone();
            for hop in &symptom.path {
                write!(path, " -{}-> {}", hop.dependency, hop.to).unwrap();
                if hop.silent {
                    path += " (silent)";
                }
            }
            path
        })
        .collect();
    assert_eq!(found, paths);
}

#[test]
fn latency_that_callers_inherit_is_blamed_on_the_callee() {
    check(
        &Story::new()
            .metric("front-end", "latency_seconds_mean", 0.2, 1.2)
            .metric("orders", "latency_seconds_mean", 0.1, 1.1)
            .metric("payment", "latency_seconds_mean", 0.05, 1.05),
        "payment",
        &["payment -call-> orders", "payment -call-> orders -call-> front-end"],
    );
}

#[test]
fn a_caller_with_more_excess_than_its_callees_is_to_blame_itself() {
    check(
        &Story::new()
            .metric("orders", "latency_seconds_mean", 0.1, 3.1)
            .metric("payment", "latency_seconds_mean", 0.05, 0.15)
            .metric("front-end", "latency_seconds_mean", 0.2, 3.2),
        "orders",
        &["orders -call-> front-end"],
    );
}

#[test]
fn a_silent_hop_is_bridged() {
    check(
        &Story::new().metric("orders-db", "cpu_utilization", 0.2, 1.0).metric(
            "front-end",
            "http_5xx_ratio",
            0.001,
            0.3,
        ),
        "orders-db",
        &["orders-db -write-> orders (silent) -call-> front-end"],
    );
}

#[test]
fn a_consumer_that_stops_explains_the_backlog_in_the_broker() {
    check(
        &Story::new().metric("queue-master", "rabbitmq_queue_consumers", 1.0, 0.0).metric(
            "rabbitmq",
            "rabbitmq_queue_messages",
            2.0,
            900.0,
        ),
        "queue-master",
        &["queue-master -consume-> rabbitmq"],
    );
}

#[test]
fn a_node_explains_everything_that_runs_on_it() {
    check(
        &Story::new()
            .metric("node-1", "node_memory_used_ratio", 0.5, 1.0)
            .metric("payment", "http_5xx_ratio", 0.001, 0.5)
            .metric("queue-master", "http_5xx_ratio", 0.001, 0.5),
        "node-1",
        &["node-1 -runs-on-> payment", "node-1 -runs-on-> queue-master"],
    );
}

#[test]
fn a_killed_callee_without_error_metrics_is_blamed_for_its_callers_errors() {
    check(
        &Story::new().metric("payment", "kube_pod_container_status_restarts", 0.0, 2.0).metric(
            "orders",
            "http_5xx_ratio",
            0.001,
            0.4,
        ),
        "payment",
        &["payment -call-> orders"],
    );
}

#[test]
fn an_optional_dependency_explains_nothing() {
    let incident = judge(&Story::new().metric("promo", "http_5xx_ratio", 0.001, 0.9).metric(
        "front-end",
        "cpu_utilization",
        0.2,
        0.3,
    ));
    assert_eq!(incident.symptoms, []);
    assert_eq!(incident.unexplained.len(), 1);
}

#[test]
fn an_optional_callee_does_not_excuse_its_caller() {
    let incident = judge(
        &Story::new()
            .metric("front-end", "http_5xx_ratio", 0.001, 0.5)
            .metric("promo", "http_5xx_ratio", 0.001, 0.5)
            .alert("front-end", "FrontEndErrors", 85),
    );
    assert_eq!(incident.causes[0].service, "front-end", "{:#?}", incident.causes);
}

/// A system file may hold a hundred thousand services, none of which is measured.
#[test]
fn a_long_chain_of_silent_services_is_survived() {
    let mut builder = SystemBuilder::new("chain");
    let ids: Vec<_> = (0..100_000)
        .map(|i| builder.service(Service::new(format!("s{i}"), ServiceKind::Service)).unwrap())
        .collect();
    for pair in ids.windows(2) {
        builder.dependency(Dependency {
            from: pair[0],
            to: pair[1],
            kind: DependencyKind::Call,
            criticality: Criticality::Critical,
            provenance: Provenance::Declared,
        });
    }
    let mut story = Story::new().metric("front-end", "latency_seconds_mean", 0.1, 1.5);
    story.system = builder.build();
    let incident = judge(&story);
    assert_eq!(incident.causes[0].service, "s0");
}

#[test]
fn a_surge_that_hurts_is_traced_to_where_it_enters() {
    let incident = judge(
        &Story::new()
            .metric("front-end", "requests_per_second", 100.0, 700.0)
            .metric("front-end", "cpu_utilization", 0.2, 0.9)
            .metric("orders", "requests_per_second", 50.0, 350.0)
            .metric("orders", "cpu_utilization", 0.2, 0.9),
    );
    assert_eq!(incident.causes[0].service, "front-end");
    assert_eq!(incident.symptoms[0].state.service, "orders");
    assert_eq!(incident.symptoms[0].path[0].travel, "overload");
}

#[test]
fn a_surge_that_hurts_nobody_is_nobodys_fault() {
    let incident = judge(&Story::new().metric("front-end", "requests_per_second", 100.0, 700.0));
    assert_eq!((incident.causes.len(), incident.certainty), (0, Certainty::Nothing));
}

#[test]
fn a_constant_metric_that_trembles_does_not_outshine_the_cause() {
    let mut story = Story::new().metric("payment", "latency_seconds_mean", 0.05, 2.0).metric(
        "lonely",
        "disk_used_bytes",
        0.0,
        0.0,
    );
    let disk = story.evidence.series.last_mut().unwrap();
    let pairs = disk.samples.unix_ms().iter().enumerate();
    let pairs = pairs.map(|(i, t)| (*t, 1_000_000.0 + if i == 90 { 1.0 } else { 0.0 })).collect();
    disk.samples = knockon_telemetry::Samples::from_pairs(pairs);
    let incident = judge(&story);
    assert_eq!(incident.causes[0].service, "payment");
    assert!(incident.causes.iter().all(|cause| cause.service != "lonely"));
}

#[test]
fn two_equal_causes_are_not_provable() {
    let incident = judge(&Story::new().metric("payment", "cpu_utilization", 0.2, 1.0).metric(
        "lonely",
        "cpu_utilization",
        0.2,
        1.0,
    ));
    assert_eq!(incident.certainty, Certainty::Close);
}

#[test]
fn of_two_equal_candidates_the_one_that_explains_the_alert_is_clear() {
    let incident = judge(
        &Story::new()
            .metric("lonely", "cpu_utilization", 0.2, 1.0)
            .metric("payment", "cpu_utilization", 0.2, 1.0)
            .metric("front-end", "latency_seconds_mean", 0.1, 0.1)
            .alert("front-end", "FrontEndLatency", 85),
    );
    assert_eq!(incident.causes[0].service, "payment");
    assert_eq!(incident.certainty, Certainty::Clear, "{:#?}", incident.causes);
}

#[test]
fn a_small_deviation_without_any_alert_may_be_no_incident() {
    let small = || Story::new().metric("payment", "latency_seconds_mean", 0.100, 0.125);
    assert_eq!(judge(&small()).certainty, Certainty::Weak);
    let alerted = small().alert("payment", "PaymentLatency", 85);
    assert_eq!(judge(&alerted).certainty, Certainty::Clear);
}

#[test]
fn nothing_is_wrong_with_a_system_at_rest() {
    let incident =
        judge(&Story::new().metric("payment", "latency_seconds_mean", 0.05, 0.05).metric(
            "orders",
            "http_5xx_ratio",
            0.001,
            0.001,
        ));
    assert_eq!((incident.certainty, incident.began), (Certainty::Nothing, None));
    assert_eq!((incident.causes, incident.symptoms), (Vec::new(), Vec::new()));
}

#[test]
fn no_evidence_at_all_is_no_incident() {
    assert_eq!(judge(&Story::new()).certainty, Certainty::Nothing);
}

#[test]
fn alerts_alone_are_enough() {
    check(
        &Story::new()
            .alert_about("front-end", "orders", "SlowCalls latency", 80)
            .alert_about("orders", "payment", "SlowCalls latency", 80)
            .alert("payment", "HighCpuUsage", 81),
        "payment",
        &["payment -call-> orders", "payment -call-> orders -call-> front-end"],
    );
}

#[test]
fn an_alert_at_the_front_about_what_no_series_measures_is_a_symptom() {
    let incident = judge(
        &Story::new()
            .metric("front-end", "latency_seconds_mean", 0.1, 1.5)
            .metric("orders", "latency_seconds_mean", 0.1, 1.5)
            .metric("payment", "latency_seconds_mean", 0.1, 1.5)
            .alert("front-end", "HighErrors", 90),
    );
    assert_eq!(incident.causes[0].service, "payment");
    assert_eq!(incident.certainty, Certainty::Clear, "{:#?}", incident.causes);
    assert_eq!(incident.alerts[0].role, Role::Symptom);
}

#[test]
fn every_alert_gets_its_part() {
    let incident = judge(
        &Story::new()
            .metric("payment", "latency_seconds_mean", 0.05, 2.0)
            .metric("orders", "latency_seconds_mean", 0.1, 2.05)
            .alert("payment", "PaymentLatency", 82)
            .alert("orders", "OrdersLatency", 83)
            .alert("lonely", "CertificateExpiry", 84),
    );
    let roles: Vec<_> =
        incident.alerts.iter().map(|alert| (alert.service.as_str(), alert.role)).collect();
    assert_eq!(
        roles,
        [("payment", Role::Cause), ("orders", Role::Symptom), ("lonely", Role::Unexplained)]
    );
}

#[test]
fn the_change_on_the_cause_comes_first_and_later_ones_last() {
    let incident = judge(
        &Story::new()
            .metric("payment", "http_5xx_ratio", 0.001, 0.6)
            .change("lonely", ChangeKind::Deploy, "v9", 79)
            .change("payment", ChangeKind::Flag, "off->on", 78)
            .change("payment", ChangeKind::Deploy, "v2.4.0", 76)
            .change("payment", ChangeKind::Deploy, "v2.4.1", 95)
            .change("node-1", ChangeKind::Deploy, "v7", 70),
    );
    let order: Vec<_> = incident
        .changes
        .iter()
        .map(|change| (change.version.as_deref().unwrap(), change.relation))
        .collect();
    assert_eq!(
        order,
        [
            ("v2.4.0", ChangeRelation::OnCause),
            ("off->on", ChangeRelation::OnCause),
            ("v7", ChangeRelation::Upstream),
            ("v9", ChangeRelation::Elsewhere),
            ("v2.4.1", ChangeRelation::After),
        ]
    );
}

#[test]
fn the_order_of_the_evidence_does_not_matter() {
    let story = Story::new()
        .metric("front-end", "latency_seconds_mean", 0.2, 1.2)
        .metric("orders", "latency_seconds_mean", 0.1, 1.1)
        .metric("payment", "latency_seconds_mean", 0.05, 1.05)
        .metric("payment", "cpu_utilization", 0.1, 0.9);
    let forward = judge(&story);
    let mut story = story;
    story.evidence.series.reverse();
    assert_eq!(judge(&story), forward);
}
