//! Answers of the Prometheus API.

use crate::shop::{assert_sane, evidence, lines, marked, read_metrics, series};

const MATRIX: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[
{"metric":{"__name__":"up","job":"carts","instance":"localhost:9090"},
 "values":[[1435781430.781,"1"],[1435781445.781,"1.5"],[1435781460.781,"NaN"]]},
{"metric":{"__name__":"up","job":"orders"},"values":[[1435781430.781,"0"]]}]}}"#;

#[test]
fn a_matrix_and_a_vector_are_read_wherever_they_lie() {
    let check = |file: &str, text: &str, expected: &[&str]| {
        assert_eq!(series(&evidence(file, text)), expected, "{text}");
    };
    let both = [
        "carts up{instance=\"localhost:9090\"}: 1435781430.781=1 1435781445.781=1.5",
        "orders up: 1435781430.781=0",
    ];
    check("metrics.json", MATRIX, &both);
    check(
        "metrics.json",
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"carts"},"value":[1435781451.781,"1"]}]}}"#,
        &["carts up: 1435781451.781=1"],
    );
    // As `jq -S .data` and `jq .data.result` leave it.
    check(
        "metrics.json",
        r#"{"result":[{"values":[[1,"2"]],"metric":{"job":"carts","__name__":"up"}}],"resultType":"matrix"}"#,
        &["carts up: 1=2"],
    );
    check(
        "metrics.json",
        r#"[{"metric":{"__name__":"up","job":"carts"},"values":[[1,2],["2",null],[3,3.5]]}]"#,
        &["carts up: 1=2 3=3.5"],
    );
    check(
        "some/metrics.p99_latency.json",
        r#"{"data":{"result":[{"metric":{"service":"carts"},"values":[[1,"2"]]}]}}"#,
        &["carts p99_latency: 1=2"],
    );
}

#[test]
fn native_histograms_and_warnings_are_noted() {
    let found = evidence(
        "m.json",
        r#"{"status":"success","warnings":["partial"],"data":{"result":[
{"metric":{"__name__":"d","job":"carts"},"values":[[1,"2"]],"histograms":[[1,{"count":"1"}]]}]}}"#,
    );
    assert_eq!(series(&found), ["carts d: 1=2"]);
    let notes = lines(&found.notes);
    assert_eq!(notes[0], "m.json:1:1: warning[K0244]: Prometheus warned: partial");
    assert!(notes[1].ends_with("note[K0237]: 1 native histogram sample is left out"), "{notes:?}");
    let empty =
        evidence("m.json", r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#);
    assert_eq!(lines(&empty.notes), ["m.json:1:1: warning[K0245]: there is no series in it"]);
}

#[test]
fn what_is_no_series_is_refused() {
    let check = |text: &str, expected: &[&str]| {
        let reading = read_metrics("metrics.json", text);
        assert_eq!(lines(&reading.diagnostics), expected, "{text}");
        assert_sane(&reading);
    };
    check(
        r#"{"status":"error","errorType":"bad_data","error":"1:1: parse error: unexpected end"}"#,
        &[
            "metrics.json:1:1: error[K0213]: Prometheus answered with an error: bad_data: 1:1: parse error: unexpected end",
        ],
    );
    check(
        r#"{"status":"success","data":{"resultType":"scalar","result":[1435781460.781,"1"]}}"#,
        &["metrics.json:1:1: error[K0214]: the result is one value and no series"],
    );
    check("{}", &["metrics.json:1:1: error[K0212]: there is no query result in it"]);
    check(
        r#"{"data":{"result":[{"metric":{"service":"carts"},"values":[[1,"2"]]}]}}"#,
        &["metrics.json:1:1: error[K0215]: 1 series does not say which metric it is"],
    );
    check(
        r#"{"data":{"result":[{"metric":{"__name__":"a","job":"x"},"values":[[1,"2"]]}]}}"#,
        &["metrics.json:1:1: error[K0216]: none of 1 series belongs to a known service: `x`"],
    );
    check(
        "{\"data\":\n{\"result\":[{\"metric\":{\"__name__\":\"a\",\"job\":\"carts\"},\"values\":[[1,\"2\"",
        &["metrics.json:2:68: error[K0212]: EOF while parsing a list"],
    );
    check(r#"{"data":{"result":["#, &["metrics.json:1:19: error[K0212]: EOF while parsing a list"]);
}

#[test]
fn a_wrong_sample_is_told_at_its_place() {
    let samples: String = (0..500).map(|i| format!("[{i},\"1\"],")).collect();
    let text = format!(
        r#"{{"data":{{"result":[{{"metric":{{"__name__":"a","job":"carts"}},"values":[{samples}[500,"many"],["soon","1"],[501,"2"]]}}]}}}}"#
    );
    let reading = read_metrics("m.json", text);
    let found: Vec<_> = reading.diagnostics.iter().map(|d| (d.code.id, marked(d))).collect();
    assert_eq!(found, [("K0209", "\"many\"".to_owned()), ("K0208", "\"soon\"".to_owned())]);
    assert_eq!(reading.evidence.series[0].samples.len(), 501);
    assert_sane(&reading);
}
