//! What callers saw of their callees, what waits, and who is hit together.

use knockon_telemetry::Samples;
use knockon_triage::{Certainty, Incident, Options, triage};

use crate::shop::Story;

fn judge(story: &Story) -> Incident {
    triage(&story.system, &story.evidence, Options::default())
}

fn check(story: &Story, cause: &str) {
    let incident = judge(story);
    assert_eq!(incident.causes[0].service, cause, "{:#?}", incident.causes);
}

const CALLS: &str = "http_client_request_duration_seconds_count";
const WORK: &str = "http_server_request_duration_seconds_count";

/// Calls from one service to another, all good before and half of them bad during.
fn failing(story: Story, from: &str, to: &str, error: &str) -> Story {
    let good = [("server_address", to), ("http_response_status_code", "200")];
    let bad = [("server_address", to), ("error_type", error)];
    story.labelled(from, CALLS, &good, 10.0, 5.0).labelled(from, CALLS, &bad, 0.0, 5.0)
}

/// Requests that a service answers, likewise.
fn passes_on(story: Story, service: &str) -> Story {
    let (good, bad) = ([("code", "200")], [("code", "503")]);
    story.labelled(service, WORK, &good, 10.0, 5.0).labelled(service, WORK, &bad, 0.0, 5.0)
}

#[test]
fn a_callee_without_metrics_is_blamed_for_what_its_caller_saw_of_it() {
    check(&passes_on(failing(Story::new(), "orders", "payment", "500"), "orders"), "payment");
}

#[test]
fn a_caller_whose_calls_go_well_is_to_blame_itself() {
    let good = [("server_address", "payment"), ("http_response_status_code", "200")];
    check(
        &passes_on(Story::new().labelled("orders", CALLS, &good, 10.0, 10.0), "orders"),
        "orders",
    );
}

#[test]
fn an_optional_callee_is_blamed_where_its_failures_are_measured() {
    check(&passes_on(failing(Story::new(), "front-end", "promo", "500"), "front-end"), "promo");
}

#[test]
fn calls_to_several_callees_that_stay_unanswered_are_blamed_on_what_they_share() {
    let story = failing(Story::new(), "orders", "payment", "timeout");
    let story = failing(story, "front-end", "queue-master", "timeout");
    check(&passes_on(passes_on(story, "orders"), "front-end"), "node-1");
}

#[test]
fn calls_to_one_callee_that_stay_unanswered_are_blamed_on_it() {
    check(&passes_on(failing(Story::new(), "orders", "payment", "timeout"), "orders"), "payment");
}

#[test]
fn what_waits_in_a_queue_is_blamed_on_what_its_consumer_fails_at() {
    let queue = [("queue", "shipping")];
    let story = Story::new().labelled("rabbitmq", "rabbitmq_queue_messages", &queue, 1.0, 900.0);
    check(&story, "queue-master");
    check(&failing(story, "queue-master", "payment", "500"), "payment");
}

#[test]
fn a_pool_is_blamed_on_what_it_leads_to_if_that_is_slow() {
    let pool = [("pool", "orders-db")];
    let full = |story: Story| story.labelled("orders", "connections_pending", &pool, 0.0, 9.0);
    check(&full(Story::new()), "orders");
    check(&full(failing(Story::new(), "orders", "orders-db", "500")), "orders-db");
}

#[test]
fn a_resource_that_is_far_from_its_limit_is_not_short() {
    let limit = [("resource", "cpu")];
    let story = |limit_cores: f64| {
        Story::new()
            .metric("front-end", "container_cpu_usage_seconds_total", 0.01, 0.1)
            .labelled(
                "front-end",
                "kube_pod_container_resource_limits",
                &limit,
                limit_cores,
                limit_cores,
            )
            .metric("payment", "node_memory_used_ratio", 0.5, 0.8)
    };
    check(&story(1.0), "payment");
    check(&story(0.1), "front-end");
}

#[test]
fn what_is_stuck_is_blamed_on_what_it_waits_for() {
    let stuck = |story: Story| story.metric("orders", "state_machine_stuck_things", 1.0, 90.0);
    check(&stuck(Story::new()), "orders");
    check(&stuck(failing(Story::new(), "orders", "payment", "500")), "payment");
}

#[test]
fn trouble_with_one_partner_alone_is_blamed_on_it() {
    let told = |partners: &[&str]| {
        let story = Story::new().metric("orders", "http_5xx_ratio", 0.001, 0.4);
        partners.iter().fold(story, |story, partner| {
            let mut story = story.alert("orders", "OrdersRejected", 85);
            let alert = story.evidence.alerts.last_mut().unwrap();
            alert.labels.insert("partner".into(), (*partner).into());
            story
        })
    };
    check(&told(&["promo"]), "promo");
    check(&told(&["promo", "payment"]), "orders");
}

#[test]
fn a_surge_that_nobody_feels_is_no_incident() {
    let surge = Story::new().metric("front-end", "http_requests_total", 10.0, 100.0).metric(
        "front-end",
        "process_cpu_ratio",
        0.1,
        0.9,
    );
    assert_eq!(judge(&surge).certainty, Certainty::Weak);
    let felt = surge.metric("front-end", "latency_seconds_mean", 0.1, 3.0);
    assert_eq!(judge(&felt).certainty, Certainty::Clear);
}

#[test]
fn a_message_that_waits_is_no_backlog() {
    let waiting = |count: f64| {
        let mut story = Story::new().metric("rabbitmq", "rabbitmq_queue_messages_ready", 0.0, 1.0);
        let samples = (0..100).map(|m| {
            let waits = if m < 80 { 0.0 } else { count };
            (crate::shop::minute(m).unix_ms, waits)
        });
        story.evidence.series[0].samples = Samples::from_pairs(samples.collect());
        judge(&story).certainty
    };
    assert_eq!(waiting(1.0), Certainty::Weak);
    assert_eq!(waiting(100.0), Certainty::Clear);
}

#[test]
fn the_way_is_blamed_where_the_callee_answers_others() {
    let well = [("server_address", "payment"), ("http_response_status_code", "200")];
    let lost = |story: Story| {
        failing(story, "orders", "payment", "timeout").metric("payment", "up", 1.0, 1.0)
    };
    check(&lost(Story::new()), "payment");
    check(&lost(Story::new().labelled("front-end", CALLS, &well, 9.0, 9.0)), "node-1");
}

#[test]
fn services_that_lose_capacity_in_one_moment_blame_what_they_run_on() {
    let lose = |onset| {
        let replicas = "kube_deployment_status_replicas_available";
        Story::new().metric_from("payment", replicas, 3.0, 1.0, 80).metric_from(
            "queue-master",
            replicas,
            3.0,
            1.0,
            onset,
        )
    };
    let named = |story: Story| judge(&story).causes[0].service == "node-1";
    assert!(named(lose(80)));
    assert!(!named(lose(90)));
}
