//! K0608: a query for what no run can have is a mistake; one for what a run can have is none.

use crate::model::{Pack, lines, read};

/// What is told of an expectation, without its place.
fn told(query: &str) -> String {
    let system = Pack::shop().system();
    let text = format!(
        "scenario: a\ntimeline: []\ncause: none\nexpect: [{{ query: '{query}', is: 1 }}]\n"
    );
    let reading = read(&system, &text);
    assert_eq!(reading.scenario.is_some(), reading.diagnostics.is_empty());
    lines(&reading.diagnostics).trim().replace("s.yaml:4:19: error[K0608]: ", "")
}

#[test]
fn what_no_run_can_have_is_told() {
    let check = |query: &str, expected: &str| assert_eq!(told(query), expected.trim(), "{query}");
    check(
        "sum(rate(http_server_requests_duration_seconds_count[1m]))",
        "
no run has a metric `http_server_requests_duration_seconds_count`
  help: did you mean `http_server_request_duration_seconds_count`?",
    );
    check(
        "rate(http_server_request_duration_seconds[1m])",
        "
no run has a metric `http_server_request_duration_seconds`
  help: it is a histogram: ask for `http_server_request_duration_seconds_count`, \
         `http_server_request_duration_seconds_sum` or `http_server_request_duration_seconds_bucket`",
    );
    check(
        "shop:errors:rate2m",
        "
no run has a metric `shop:errors:rate2m`
  help: did you mean `shop:errors:rate1m`?",
    );
    check(
        "shop_order_total",
        "
no run has a metric `shop_order_total`
  help: did you mean `shop_orders_total`?",
    );
    check(
        "node_load1 / on () node_load1",
        "
no run has a metric `node_load1`
  help: a query asks for what exporters give, for what rules of the pack record, or for `ALERTS`; \
         docs/reference/metrics.md lists all of it",
    );
    // A name that a gauge or a counter never has, and two at once, by name.
    assert_eq!(told("up_total + up_count").matches("no run has a metric").count(), 2);
}

#[test]
fn what_a_run_can_have_is_not() {
    for query in [
        "up",
        "http_server_request_duration_seconds_bucket",
        "http_server_request_duration_seconds_sum / http_server_request_duration_seconds_count",
        "rabbitmq_queue_messages_published_total",
        "kube_pod_container_status_restarts_total",
        "shop:errors:rate1m",
        "shop_orders_total",
        "ALERTS{alertname=\"QueueLong\"}",
        "ALERTS_FOR_STATE",
        "{__name__=~\"no_such_.*\"}",
        "{job=\"orders\"}",
        "vector(1)",
    ] {
        assert_eq!(told(query), "", "{query}");
    }
}
