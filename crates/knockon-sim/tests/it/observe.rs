//! What is seen of a run is what happened in it, and nothing of why.

use std::collections::BTreeSet;

use crate::model::{Played, pack_names, play, play_pack};
use knockon_sim::engine::Outcome;
use knockon_sim::observe::{METRICS, Observation, Span, SpanKind, openmetrics};

pub(crate) const SHOP: &str = "
system: shop
services:
  front-end:
    runs: { replicas: 2, workers: 8, cpu: 500m, memory: { limit: 256Mi, idle: 64Mi, per_request: 1Mi } }
    operations:
      check out:
        route: POST /orders
        steps:
          - { compute: 5ms, spread: exponential }
          - { call: payment / authorise, timeout: 150ms, retry: { attempts: 2, backoff: 10ms }, breaker: 20 }
          - query: orders-db / insert
          - publish: rabbitmq / shipping
    pools: { orders-db: { size: 4, wait: 100ms } }
  payment:
    runs: { workers: 4 }
    operations: { authorise: [{ wait: 50ms, spread: exponential }, { fail: 5% }] }
  shipper:
    operations: { ship: { consumes: rabbitmq / shipping, prefetch: 4, steps: [{ wait: 20ms }] } }
  orders-db:
    kind: database
    engine: postgresql
    runs: { workers: 4 }
    max_connections: 20
    queries: { insert: { cpu: 2ms, io: 3ms, does: write, rows: 3, scan: full } }
  rabbitmq: { kind: broker, engine: rabbitmq, queues: { shipping: { max_length: 1000 } } }
journeys:
  buy: { stages: [paid: front-end / check out, shipped: shipper / ship], demand: 20/s, slo: { p95: 300ms, within: 10s } }
";

fn sum(observation: &Observation, name: &str, labels: &[(&str, &str)]) -> f64 {
    observation.sum(name, labels, observation.times_ms.len() - 1).unwrap_or(0.0)
}

fn ended(played: &Played, service: &str, name: &str, outcome: Outcome) -> f64 {
    let summary = played.run.summary();
    let figures = summary.operation(service, name).expect("it was asked for");
    figures.ended.iter().find(|(of, _)| *of == outcome).map_or(0.0, |(_, count)| *count as f64)
}

#[test]
fn counters_are_the_counts_of_the_engine() {
    let played = play(SHOP, 120);
    let seen = played.run.observation();
    assert_eq!(seen.times_ms, [15_000, 30_000, 45_000, 60_000, 75_000, 90_000, 105_000, 120_000]);
    let requests = "http_server_request_duration_seconds_count";
    for (code, outcome) in [("200", Outcome::Done), ("500", Outcome::Failed)] {
        let labels = [("service", "payment"), ("http_response_status_code", code)];
        let expected = ended(&played, "payment", "authorise", outcome);
        assert!(expected > 10.0);
        assert_eq!(sum(seen, requests, &labels), expected, "{code}");
    }
    let calls = [("service", "front-end"), ("server_address", "payment")];
    let asked = sum(seen, "http_client_request_duration_seconds_count", &calls);
    let answered: f64 =
        Outcome::ALL.iter().map(|it| ended(&played, "payment", "authorise", *it)).sum();
    assert!((asked - answered).abs() <= 8.0, "{asked} asked, {answered} answered");

    let summary = played.run.summary();
    let queue = summary.queue("rabbitmq", "shipping").expect("it is there");
    let labels = [("queue", "shipping"), ("job", "rabbitmq")];
    assert_eq!(
        sum(seen, "rabbitmq_queue_messages_published_total", &labels),
        queue.counters.published as f64
    );
    assert_eq!(
        sum(seen, "rabbitmq_queue_messages_acked_total", &labels),
        queue.counters.acked as f64
    );
    assert_eq!(sum(seen, "rabbitmq_queue_consumers", &labels), 1.0);

    let buy = &summary.journey("buy").expect("it is there").ends;
    assert_eq!(sum(seen, "journey_attempts_total", &[]), buy.started as f64);
    assert_eq!(sum(seen, "journey_failures_total", &[]), buy.failed as f64);

    let inserted = ended(&played, "orders-db", "insert", Outcome::Done);
    assert_eq!(
        sum(seen, "pg_stat_user_tables_seq_tup_read", &[("relname", "insert")]),
        inserted * 3.0
    );
    assert_eq!(sum(seen, "pg_stat_user_tables_idx_scan", &[("relname", "insert")]), 0.0);

    let cpu = summary.service("front-end").expect("it is there").cpu_ns as f64 / 1e9;
    let seen_cpu = sum(seen, "container_cpu_usage_seconds_total", &[("container", "front-end")]);
    assert!((cpu - seen_cpu).abs() < 1e-6 && cpu > 1.0, "{cpu} {seen_cpu}");
}

#[test]
fn buckets_of_histograms_are_cumulative_and_end_with_the_count() {
    let played = play(SHOP, 60);
    let seen = played.run.observation();
    let mut histograms = 0;
    for family in seen.families().iter().filter(|it| it.metric.kind.as_str() == "histogram") {
        for group in family.series.chunks(17) {
            histograms += 1;
            let (buckets, rest) = group.split_at(15);
            assert_eq!(rest.iter().map(|it| it.suffix).collect::<Vec<_>>(), ["_count", "_sum"]);
            for scrape in (0..seen.times_ms.len()).filter(|scrape| rest[0].at(*scrape).is_some()) {
                let at =
                    |series: &&knockon_sim::observe::Series| series.at(scrape).expect("is there");
                let values: Vec<f64> = buckets.iter().map(at).collect();
                assert!(values.is_sorted(), "{} {values:?}", buckets[0].name());
                assert_eq!(values.last().copied(), rest[0].at(scrape));
            }
        }
    }
    assert!(histograms > 8);
    let bounded = [("service", "payment"), ("le", "0.05")];
    let below = sum(seen, "http_server_request_duration_seconds_bucket", &bounded);
    let all = sum(seen, "http_server_request_duration_seconds_count", &bounded[..1]);
    // Of exponential times with a mean of 50 ms, 63 of 100 are below the mean.
    assert!((below / all - 0.632).abs() < 0.05, "{below} of {all}");
}

#[test]
fn a_metric_has_the_same_labels_only_once() {
    for pack in pack_names() {
        let played = play_pack(&pack, 60);
        let mut known = BTreeSet::new();
        for series in &played.run.observation().series {
            let name = format!("{} {:?}", series.name(), series.labels);
            assert!(known.insert(name.clone()), "{pack}: {name} twice");
        }
    }
}

#[test]
fn lines_of_logs_are_sampled_and_the_rest_is_counted() {
    let played = play(SHOP, 60);
    let seen = played.run.observation();
    let failed = ended(&played, "payment", "authorise", Outcome::Failed);
    let of = seen.logs.iter().filter(|line| &*line.service == "payment");
    let lines: Vec<_> = of.collect();
    assert!(lines.iter().all(|line| line.message.starts_with("authorise 500 ")), "{lines:?}");
    assert_eq!(lines.len(), 4 * 5);
    let all: u64 = lines.iter().map(|line| 1 + line.left_out).sum();
    assert_eq!(all as f64, failed);
    let of_front_end = |text: &str| {
        let lines = seen.logs.iter().filter(|line| &*line.service == "front-end");
        lines.filter(|line| line.message.contains(text)).count()
    };
    assert!(of_front_end("upstream answered 500 calling payment / authorise") > 0);
    assert!(of_front_end("upstream request timeout after 150ms calling payment / authorise") > 0);
}

#[test]
fn spans_of_a_trace_hang_together() {
    let played = play(SHOP, 120);
    let spans = &played.run.observation().spans;
    let ids: BTreeSet<_> = spans.iter().map(|span| (span.trace_id, span.span_id)).collect();
    assert_eq!(ids.len(), spans.len(), "an id is used twice");
    let begun = |span: &&Span| span.start_ns < 115_000_000_000;
    for span in spans.iter().filter(begun) {
        match span.parent_id {
            // A parent that never ends has no span; everything here ends within 5 s.
            Some(parent) => assert!(ids.contains(&(span.trace_id, parent)), "{span:?}"),
            None => assert_eq!((&*span.service, &*span.operation), ("front-end", "check out")),
        }
    }
    let of = |kind: SpanKind, operation: &str| {
        spans.iter().filter(|span| span.kind == kind && &*span.operation == operation).count()
    };
    let roots = of(SpanKind::Server, "check out");
    assert!(roots > 10, "{roots}");
    assert!(of(SpanKind::Client, "payment / authorise") >= roots);
    assert_eq!(of(SpanKind::Producer, "rabbitmq / shipping"), of(SpanKind::Consumer, "ship"));
    assert_eq!(of(SpanKind::Server, "insert"), 0, "databases record no spans");
    let again =
        |span: &Span| span.attributes.iter().any(|(name, _)| *name == "http.request.resend_count");
    assert!(spans.iter().any(again));
}

#[test]
fn two_runs_are_seen_alike_to_the_last_byte() {
    for pack in pack_names() {
        let [one, two] = [play_pack(&pack, 60), play_pack(&pack, 60)];
        let (one, two) = (one.run.observation(), two.run.observation());
        assert_eq!(openmetrics(one, 0), openmetrics(two, 0), "{pack}");
        assert_eq!(one, two, "{pack}");
    }
}

#[test]
fn rules_of_the_packs_ask_for_metrics_that_there_are() {
    for pack in pack_names() {
        let system = play_pack(&pack, 15).system;
        let practice = system.practice();
        let own: BTreeSet<&str> =
            practice.application_metrics.iter().map(|rule| rule.name.as_str()).collect();
        let monitors = practice.monitors.iter().map(|it| (&it.name, &it.expr));
        let metrics = practice.application_metrics.iter().map(|it| (&it.name, &it.expr));
        for (name, expr) in monitors.chain(metrics) {
            for word in metrics_of(expr) {
                let is_known = METRICS.iter().any(|metric| {
                    word.strip_prefix(metric.name)
                        .is_some_and(|rest| matches!(rest, "" | "_bucket" | "_count" | "_sum"))
                });
                assert!(is_known || own.contains(word), "{pack}: {name} asks for {word}");
            }
        }
    }
}

/// The names in an expression that are metrics: those with `_`, outside of quotes and selectors, that
/// are neither functions nor the labels that something is grouped by.
fn metrics_of(expr: &str) -> Vec<&str> {
    let (mut found, mut depth, mut quoted, mut begin) = (Vec::new(), 0, false, None);
    for (at, letter) in expr.char_indices().chain([(expr.len(), ' ')]) {
        if depth == 0 && !quoted && (letter.is_ascii_alphanumeric() || letter == '_') {
            begin = begin.or(Some(at));
            continue;
        }
        if let Some(word) = begin.take().map(|begin| &expr[begin..at]) {
            let is_called = letter == '(' || expr[at..].trim_start().starts_with(',');
            if (word.contains('_') || word == "up") && !is_called && letter != ')' {
                found.push(word);
            }
        }
        match letter {
            '"' => quoted = !quoted,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}
