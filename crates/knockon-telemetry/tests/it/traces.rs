//! Traces: spans as series of requests and calls.

use knockon_telemetry::{BundleReading, EvidenceReader};

use crate::shop::{lines, series, shop};

fn read(text: impl AsRef<[u8]>, metrics: &str) -> BundleReading {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.traces("traces.json", text.as_ref());
    if !metrics.is_empty() {
        reader.metrics("metrics.csv", metrics.as_bytes());
    }
    reader.finish()
}

fn otlp(span: &str) -> String {
    format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\
         \"value\":{{\"stringValue\":\"orders\"}}}}]}},\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}\n"
    )
}

const GOOD: &str = r#"{"kind":2,"startTimeUnixNano":"1767268801000000000","endTimeUnixNano":"1767268801500000000"}"#;
const BAD: &str = r#"{"kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1767268801000000000","endTimeUnixNano":"1767268802000000000","status":{"code":2,"message":"pool exhausted"}}"#;
const CALL: &str = r#"{"kind":3,"startTimeUnixNano":1767268801000000000,"endTimeUnixNano":1767268801250000000,"status":{"code":2},
  "attributes":[{"key":"server.address","value":{"stringValue":"carts.shop.svc"}},{"key":"error.type","value":{"stringValue":"java.net.ConnectException"}}]}"#;

#[test]
fn spans_are_requests_and_calls() {
    let text = otlp(&format!("{GOOD},{GOOD},{BAD},{CALL}"));
    let reading = read(text, "");
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    let at = 1_767_268_815;
    assert_eq!(
        series(&reading.evidence),
        [
            format!(
                "orders http_client_request_duration_seconds_count{{error_type=\"connection_refused\",server_address=\"carts\"}}: {at}=0.066667"
            ),
            format!(
                "orders http_client_request_duration_seconds_mean{{error_type=\"connection_refused\",server_address=\"carts\"}}: {at}=0.25"
            ),
            format!("orders http_server_request_duration_seconds_count: {at}=0.133333"),
            format!(
                "orders http_server_request_duration_seconds_count{{error_type=\"error\"}}: {at}=0.066667"
            ),
            format!("orders http_server_request_duration_seconds_mean: {at}=0.5"),
            format!(
                "orders http_server_request_duration_seconds_mean{{error_type=\"error\"}}: {at}=1"
            ),
            format!("orders log_error_lines_per_minute: {at}=4"),
        ]
    );
    assert_eq!(reading.evidence.logs.templates[0].example, "pool exhausted");
}

#[test]
fn metrics_count_every_request_and_come_first() {
    let reading = read(otlp(GOOD), "time,orders_latency_ms\n1767268800,5\n");
    assert_eq!(series(&reading.evidence), ["orders latency_ms: 1767268800=5"]);
}

#[test]
fn what_jaeger_answers() {
    let text = r#"{"data":[{"traceID":"a","processes":{"p1":{"serviceName":"carts","tags":[]}},"spans":[
      {"processID":"p1","startTime":1767268801000000,"duration":100000,"tags":[{"key":"span.kind","value":"server"},{"key":"http.status_code","value":503}]},
      {"processID":"p1","startTime":1767268801000000,"duration":100000,"tags":[{"key":"span.kind","value":"client"},{"key":"peer.service","value":"carts-db"},{"key":"http.status_code","value":404},{"key":"error","value":true}]},
      {"processID":"p1","duration":5}
    ]}],"errors":null}"#;
    let reading = read(text, "");
    let at = 1_767_268_815;
    assert_eq!(
        series(&reading.evidence),
        [
            format!(
                "carts http_client_request_duration_seconds_count{{server_address=\"carts-db\"}}: {at}=0.066667"
            ),
            format!(
                "carts http_client_request_duration_seconds_mean{{server_address=\"carts-db\"}}: {at}=0.1"
            ),
            format!(
                "carts http_server_request_duration_seconds_count{{error_type=\"error\"}}: {at}=0.066667"
            ),
            format!(
                "carts http_server_request_duration_seconds_mean{{error_type=\"error\"}}: {at}=0.1"
            ),
        ]
    );
    assert!(lines(&reading.evidence.notes)[0].contains("[K0257]"));
}

#[test]
fn what_is_no_trace_is_refused() {
    let refused = |text: &str| lines(&read(text, "").diagnostics);
    assert!(refused("{\"a\":1}")[0].contains("no traces"));
    assert!(refused("{\"resourceSpans\":[{")[0].contains("[K0212]"));
    assert_eq!(refused(""), [""; 0]);
    assert_eq!(refused("{\"data\":[]}"), [""; 0]);
}
