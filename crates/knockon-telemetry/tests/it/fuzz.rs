//! Arbitrary and mutated inputs: nothing panics, and every place can be shown.

use knockon_core::Timestamp;
use knockon_promql::Store;
use knockon_telemetry::{EvidenceReader, SeriesReader};
use proptest::prelude::*;

use crate::shop::{assert_sane, shop};
use crate::stored;

/// Valid inputs of every kind, to be broken.
const SEEDS: [&str; 18] = [
    "time,carts_cpu,orders_lat_50\n100,1,2\n101,1.5,NaN\n",
    "timestamp,service,metric,value,pod\n2026-01-01T00:00:00Z,carts,cpu,1,\"a,b\"\n2026-01-01T00:00:01Z,orders,cpu,2,x\n",
    "# TYPE d histogram\nd_bucket{service=\"carts\",le=\"0.1\"} 1 100\nd_bucket{service=\"carts\",le=\"+Inf\"} 2 100 # {a=\"b\"} 1\nd_bucket{service=\"carts\",le=\"0.1\"} 5 110\nd_bucket{service=\"carts\",le=\"+Inf\"} 9 110\nd_count{service=\"carts\"} 2 100\nd_sum{service=\"carts\"} 2 100\n# EOF\n",
    "{__name__=\"up\", job=\"carts\"} 1 1700000000000\n{__name__=\"h\", job=\"carts\"} {count:1, sum:2} 1700000000000\n",
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"__name__\":\"up\",\"job\":\"carts\"},\"values\":[[1435781430.781,\"1\"],[1435781445,\"x\"]]}]}}",
    "[{\"labels\":{\"alertname\":\"Ä\",\"service\":\"carts\"},\"annotations\":{},\"startsAt\":\"2026-01-01T12:00:00Z\",\"endsAt\":\"2026-01-01T12:05:00Z\",\"status\":{\"state\":\"active\"}}]",
    "[\n  {\"time\": \"2026-01-01T12:00:00Z\", \"service\": \"carts\", \"kind\": \"deploy\", \"x\": [1]},\n  {\"time\": 1767268800, \"service\": \"billing\"}\n]\n",
    include_str!("data/github-deployment-status.json"),
    include_str!("data/argocd-applications.json"),
    include_str!("data/cdevents.jsonl"),
    include_str!("data/git-log.txt"),
    "{\"time\":\"2026-01-01T12:00:01Z\",\"level\":\"error\",\"msg\":\"order 17: refused by http://carts:80\",\"service\":\"orders\",\"k\":{\"pod\":\"a\"}}\n[pod/orders-0/x] 2026-01-01T12:00:01Z level=warn msg=\"a \\\"b\\\"\" é=1\ncarts-1 | 2026-01-01 12:00:00,5 [error] 'x' <*>\n",
    "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"orders\"}}]},\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1767268801000000000\",\"severityNumber\":17,\"body\":{\"stringValue\":\"failed\"}}]}]}]}",
    "{\"data\":{\"result\":[{\"stream\":{\"app\":\"orders\"},\"values\":[[\"1767268801000000000\",\"boom\",{\"a\":1}],[\"-5\",\"\"]]}]}}",
    "time,service,level,message\n1767268801,orders,ERROR,\"a, b\"\n9e15,carts,info,x\n",
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"orders\"}}]},\"scopeSpans\":[{\"spans\":[{\"kind\":2,\"startTimeUnixNano\":\"1767268801000000000\",\"endTimeUnixNano\":\"1767268802000000000\",\"status\":{\"code\":2,\"message\":\"x\"}}]}]}]}",
    "{\"data\":[{\"processes\":{\"p\":{\"serviceName\":\"carts\"}},\"spans\":[{\"processID\":\"p\",\"startTime\":1767268801000000,\"duration\":5,\"tags\":[{\"key\":\"span.kind\",\"value\":\"server\"}]}]}]}",
    "",
];

/// Reads the same bytes as every part of a bundle.
fn survive(bytes: &[u8]) {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.metrics("metrics.x.csv", bytes);
    reader.metrics("metrics.om", bytes);
    // A reader that hands out a few bytes at a time must not change anything.
    reader.baseline("baseline.json", std::io::BufReader::with_capacity(3, bytes));
    reader.alerts("alerts.json", bytes);
    reader.changes("changes.json", std::io::BufReader::with_capacity(1, bytes));
    reader.changes("changes.carts.log", bytes);
    reader.logs("logs.orders.txt", bytes);
    reader.logs("logs.json", std::io::BufReader::with_capacity(3, bytes));
    reader.traces("traces.json", std::io::BufReader::with_capacity(2, bytes));
    let reading = reader.finish();
    assert_sane(&reading);
    assert!(reading.diagnostics.len() <= 9 * 21);
    for series in &reading.evidence.series {
        for samples in [&series.samples, &series.baseline] {
            assert!(samples.unix_ms().is_sorted_by(|a, b| a < b));
            assert!(samples.values().iter().all(|value| value.is_finite()));
        }
        assert!(!series.samples.is_empty() || !series.baseline.is_empty());
    }
    survive_as_series(bytes);
}

/// Reads the same bytes into a store.
fn survive_as_series(bytes: &[u8]) {
    let mut store = Store::new();
    let mut reader = SeriesReader::new(&mut store).taken_at(Timestamp::from_unix_ms(5));
    reader.read("metrics.x.csv", bytes);
    reader.read("m.om", std::io::BufReader::with_capacity(3, bytes));
    reader.read("m.json", bytes);
    let reading = reader.finish();
    stored::assert_sane(&reading.diagnostics);
    for series in store.series() {
        assert!(series.times_ms().is_sorted_by(|a, b| a < b) && !series.times_ms().is_empty());
    }
}

fn mutation() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<prop::sample::Index>(), 0..4_u8, any::<u8>(), 1..12_usize);
    let symbols = prop::sample::select(b"\"'{}[],:;=#\\\n\r\t 0919.eE+-_xN\xff\xc3".to_vec());
    let changes = prop::collection::vec((change, symbols), 1..6);
    (0..SEEDS.len(), changes).prop_map(|(seed, changes)| {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for ((index, action, byte, length), symbol) in changes {
            let at = index.index(bytes.len() + 1);
            let end = (at + length).min(bytes.len());
            match action {
                0 => bytes.insert(at, symbol),
                1 => drop(bytes.drain(at..end)),
                2 => bytes.insert(at, byte),
                _ => {
                    let copy = bytes[at..end].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn mutated_evidence_is_survived(bytes in mutation()) {
        survive(&bytes);
    }

    #[test]
    fn arbitrary_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survive(&bytes);
    }

    #[test]
    fn arbitrary_text_is_survived(text in "[ -~\n\té…]{0,200}") {
        survive(text.as_bytes());
    }
}

#[test]
fn the_seeds_are_survived_as_they_are() {
    for seed in SEEDS {
        survive(seed.as_bytes());
    }
}

#[test]
fn deep_nesting_is_refused_and_not_fatal() {
    survive("[".repeat(100_000).as_bytes());
    survive("{\"data\":".repeat(100_000).as_bytes());
    survive(
        format!("[{{\"time\":1,\"service\":\"carts\",\"x\":{}", "[".repeat(100_000)).as_bytes(),
    );
}
