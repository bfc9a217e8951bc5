//! OpenMetrics, Prometheus text, and what promtool dumps.

use crate::shop::{assert_sane, evidence, lines, marked, read_metrics, series, unplaced};

#[test]
fn openmetrics_is_read_with_types_exemplars_and_created_times() {
    let found = evidence(
        "metrics.om",
        r#"# TYPE http_requests counter
# HELP http_requests Requests.
http_requests_total{service="carts",code="200"} 10 100 # {trace_id="a b"} 0.67 99.5
http_requests_created{service="carts",code="200"} 50 100
http_requests_total{service="carts",code="200"} 40 110.0
# TYPE cpu gauge
# UNIT cpu seconds
cpu{service="orders",path="C:\\x \"y\"\n"} 0.5 100.25
cpu{service="orders",path="C:\\x \"y\"\n"} NaN 110.25
# EOF
"#,
    );
    assert_eq!(
        series(&found),
        [
            "carts http_requests_total{code=\"200\"}: 110=3",
            "orders cpu{path=\"C:\\\\x \\\"y\\\"\\n\"}: 100.25=0.5",
        ]
    );
    assert_eq!(
        lines(&found.notes),
        ["metrics.om:9:44: note[K0231]: 1 cell has no value; read as a gap"]
    );
}

#[test]
fn the_prometheus_text_format_counts_milliseconds() {
    let found = evidence(
        "metrics.prom",
        "# TYPE up untyped\nup {job=\"carts\", } 1 1395066363000\nup{job=\"carts\"} 0 1395066373000\n",
    );
    assert_eq!(series(&found), ["carts up: 1395066363=1 1395066373=0"]);
}

#[test]
fn both_dumps_of_promtool_are_read() {
    let dump = evidence(
        "metrics.txt",
        "{__name__=\"up\", instance=\"carts:80\", job=\"x\"} 1 1700000000000\n\
         {__name__=\"up\", instance=\"carts:80\", job=\"x\"} 0 1700000015000\n\
         {__name__=\"latency\", job=\"orders\"} {count:3, sum:4, (0.5,1]:3} 1700000000000\n",
    );
    assert_eq!(
        series(&dump),
        ["carts up{instance=\"carts:80\",job=\"x\"}: 1700000000=1 1700000015=0"]
    );
    assert_eq!(
        lines(&dump.notes),
        [
            "metrics.txt:3:36: note[K0237]: 1 native histogram sample is left out",
            "note[K0242]: 1 series without a usable value left out",
        ]
    );
    let openmetrics = evidence(
        "metrics.txt",
        "up{instance=\"carts:80\",job=\"x\"} 1 1700000000.000\n\
         up{instance=\"carts:80\",job=\"x\"} 0 1700000015.000\n# EOF\n",
    );
    assert_eq!(series(&openmetrics), series(&dump));
}

#[test]
fn a_histogram_becomes_a_rate_a_mean_and_a_99th_percentile() {
    let mut text = "# TYPE d histogram\n".to_owned();
    // Between the scrapes: 100 requests of 30 s in all, 90 below 0.1 s, 98 below 0.5 s.
    for (at, n) in [(100, 0), (110, 1)] {
        for (le, count) in [("0.1", 90), ("0.5", 98), ("1.0", 100), ("+Inf", 100)] {
            text += &format!("d_bucket{{service=\"carts\",le=\"{le}\"}} {} {at}\n", 7 + n * count);
        }
        text += &format!("d_sum{{service=\"carts\"}} {} {at}\n", n * 30);
        text += &format!("d_count{{service=\"carts\"}} {} {at}\n", 7 + n * 100);
        text += &format!("d_created{{service=\"carts\"}} 50 {at}\n");
    }
    assert_eq!(
        series(&evidence("metrics.om", &text)),
        ["carts d_count: 110=10", "carts d_mean: 110=0.3", "carts d_p99: 110=0.75"]
    );
    // The same without the type: buckets with `le` are a histogram whatever their shape.
    let untyped = text.replace("# TYPE d histogram\n", "# HELP d\n");
    assert_eq!(
        series(&evidence("metrics.om", &untyped)),
        ["carts d_count: 110=10", "carts d_mean: 110=0.3", "carts d_p99: 110=0.75"]
    );
    let without_inf = text.lines().filter(|line| !line.contains("Inf"));
    let found = evidence("metrics.om", &without_inf.collect::<Vec<_>>().join("\n"));
    assert_eq!(series(&found), ["carts d_count: 110=10", "carts d_mean: 110=0.3"]);
    assert_eq!(
        lines(&found.notes),
        ["warning[K0246]: 1 histogram without a `+Inf` bucket left out"]
    );
}

#[test]
fn a_summary_keeps_its_quantiles() {
    let found = evidence(
        "metrics.om",
        "# TYPE d summary\n\
         d{service=\"carts\",quantile=\"0.99\"} 0.5 100\n\
         d_sum{service=\"carts\"} 1 100\nd_sum{service=\"carts\"} 2 110\n\
         d_count{service=\"carts\"} 5 100\nd_count{service=\"carts\"} 15 110\n",
    );
    assert_eq!(
        series(&found),
        ["carts d{quantile=\"0.99\"}: 100=0.5", "carts d_count: 110=1", "carts d_mean: 110=0.1"]
    );
}

#[test]
fn two_names_of_one_service_are_two_counters_and_one_series() {
    let found = evidence(
        "metrics.om",
        "# TYPE r counter\n\
         r_total{service=\"carts\"} 0 100\nr_total{service=\"carts\"} 10 110\n\
         r_total{service=\"basket\"} 500 115\nr_total{service=\"basket\"} 550 125\n",
    );
    assert_eq!(series(&found), ["carts r_total: 110=1 125=5"]);
    assert_eq!(
        lines(&found.notes),
        ["note[K0241]: 1 series merged into others of the same service, metric and labels"]
    );
}

#[test]
fn exporters_do_not_take_the_place_of_what_they_export() {
    let found = evidence(
        "metrics.prom",
        "kube_deployment_status_replicas{service=\"kube-state-metrics\",deployment=\"orders\"} 3 1700000000000\n\
         rabbitmq_queue_messages{queue=\"orders\",job=\"rabbitmq\"} 7 1700000000000\n\
         node_load1{job=\"node-exporter\",instance=\"10.0.0.9:9100\"} 7 1700000000000\n",
    );
    assert_eq!(
        series(&found),
        [
            "orders kube_deployment_status_replicas{service=\"kube-state-metrics\"}: 1700000000=3",
            "rabbitmq rabbitmq_queue_messages{queue=\"orders\"}: 1700000000=7",
        ]
    );
    assert_eq!(unplaced(&found), ["node-exporter×1"]);
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let check = |text: &str, expected: &[&str], marks: &[&str]| {
        let reading = read_metrics("m.om", text);
        assert_eq!(lines(&reading.diagnostics), expected, "{text}");
        let found: Vec<_> = reading.diagnostics.iter().map(marked).collect();
        assert_eq!(found, marks, "{text}");
        assert_sane(&reading);
    };
    check(
        "# TYPE up gauge\nup{job=\"carts} 1 100\nup{job=carts} 1 100\nup{job=\"carts\"} one 100\n\
         up{job=\"carts\"} 1 soon\nup{job=\"carts\"}\nup{job=\"carts\"} 1 100 x\nu-p 1 1\n",
        &[
            "m.om:2:3: error[K0210]: the brace is not closed",
            "m.om:3:8: error[K0210]: the value of a label is expected, in quotes",
            "m.om:4:17: error[K0209]: `one` is not a number",
            "m.om:5:19: error[K0208]: `soon` is not a time",
            "m.om:6:16: error[K0210]: the value is missing",
            "m.om:7:23: error[K0210]: only a value and a timestamp may follow the labels",
            "m.om:8:2: error[K0210]: a metric name has only letters, digits, `_`, `:` and `.`",
        ],
        &["{", "c", "one", "soon", "", "x", "-"],
    );
    check(
        "up{job=\"carts\"} 1\nup{job=\"orders\"} 1 # {a=\"b\"} 1\n",
        &["m.om:1:1: error[K0211]: 2 samples have no timestamp"],
        &["up{job=\"carts\"} 1"],
    );
    check(
        "# EOF\n{job=\"carts\"} 1 100\n",
        &["m.om:2:1: error[K0210]: the series has no name"],
        &["{"],
    );
    check(
        "up{job=\"a\"} 1 1\nup{job=\"b\"} 1 1\nup{job=\"c\"} 1 1\nup{job=\"d\"} 1 1\n",
        &[
            "m.om:1:1: error[K0216]: none of 4 series belongs to a known service: `a`, `b`, `c`, 1 more",
        ],
        &[""],
    );
}
