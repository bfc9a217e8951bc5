//! Series read into a store as they are.

use std::fs;

use knockon_core::Timestamp;
use knockon_promql::Store;
use knockon_telemetry::{FamilyType, SeriesReader, read_series};

use crate::shop::{lines, marked};
use crate::stored::{assert_sane, read, right, shown};

#[test]
fn openmetrics_is_kept_as_it_is() {
    let text = r#"# TYPE http_requests counter
# HELP http_requests Requests, \"all\"\nof them.
# UNIT http_requests requests
http_requests_total{code="200",path="C:\\x \"y\"\n"} 10 100 # {trace_id="a b"} 0.67 99.5
http_requests_created{code="200"} 50.5 100
http_requests_total{code="200",path="C:\\x \"y\"\n"} 7 110.001
# TYPE cpu gauge
cpu NaN 100.25
cpu +Inf 101
cpu -Inf 102
cpu{empty=""} 1 103
# EOF
"#;
    let (store, families) = right("m.om", text);
    assert_eq!(
        shown(&store),
        [
            "cpu: 100250=NaN 101000=+Inf 102000=-Inf 103000=1",
            r#"http_requests_created{code="200"}: 100000=50.5"#,
            r#"http_requests_total{code="200", path="C:\\x \"y\"\n"}: 100000=10 110001=7"#,
        ]
    );
    let family = families.get("http_requests").unwrap();
    assert_eq!(family.family_type, FamilyType::Counter);
    assert_eq!(
        (family.help.as_str(), family.unit.as_str()),
        ("Requests, \"all\"\nof them.", "requests")
    );
    // The `NaN` of Prometheus, and no marker.
    let cpu = store.series().find(|it| it.labels().metric() == Some("cpu")).unwrap();
    assert_eq!(cpu.values()[0].to_bits(), 0x7ff8_0000_0000_0001);
}

#[test]
fn a_scrape_is_of_the_moment_it_was_taken() {
    let scrape =
        "# TYPE up untyped\nup{job=\"a\"} 1\nup{job=\"b\"} 0 # {t=\"x\"} 1\nold 3 1700000000000\n";
    let mut store = Store::new();
    let mut reader =
        SeriesReader::new(&mut store).taken_at(Timestamp::from_unix_ms(1_800_000_000_123));
    reader.read("m.prom", scrape.as_bytes());
    assert_eq!(lines(&reader.finish().diagnostics), [""; 0]);
    assert_eq!(
        shown(&store),
        [
            "old: 1700000000000=3",
            r#"up{job="a"}: 1800000000123=1"#,
            r#"up{job="b"}: 1800000000123=0"#,
        ]
    );
    let (store, reading) = read("m.prom", scrape);
    assert_eq!(
        lines(&reading.diagnostics),
        ["m.prom:2:1: error[K0211]: 2 samples have no timestamp"]
    );
    assert_eq!(shown(&store), ["old: 1700000000000=3"]);
}

#[test]
fn answers_of_prometheus_are_kept_as_they_are() {
    let check = |file: &str, text: &str, expected: &[&str]| {
        assert_eq!(shown(&right(file, text).0), expected, "{text}");
    };
    check(
        "m.json",
        r#"{"status":"success","data":{"resultType":"matrix","result":[
{"metric":{"__name__":"up","job":"x"},"values":[[1435781430.781,"1"],[1435781445.781,"NaN"]]},
{"metric":{"__name__":"up"},"values":[[1435781430.781,"+Inf"]]}]}}"#,
        &["up: 1435781430781=+Inf", r#"up{job="x"}: 1435781430781=1 1435781445781=NaN"#],
    );
    check(
        "some/metrics.p99.json",
        r#"{"data":{"result":[{"metric":{"job":"x"},"value":[1,"2e-7"]}]}}"#,
        &[r#"p99{job="x"}: 1000=0.0000002"#],
    );
}

#[test]
fn both_forms_of_csv_are_kept_as_they_are() {
    let long = "timestamp,metric,value,zone\n1767268800,cpu,0.5,a\n1767268801,cpu,inf,\n";
    assert_eq!(
        shown(&right("m.csv", long).0),
        ["cpu: 1767268801000=+Inf", r#"cpu{zone="a"}: 1767268800000=0.5"#]
    );
    let wide = "time,carts_cpu,other\n1767268800,1,2\n1767268815,3,4\n";
    assert_eq!(
        shown(&right("m.csv", wide).0),
        ["carts_cpu: 1767268800000=1 1767268815000=3", "other: 1767268800000=2 1767268815000=4"]
    );
}

#[test]
fn a_native_histogram_is_marked_and_told() {
    let check = |file: &str, text: &str, expected: &str, place: &str| {
        let (store, reading) = read(file, text);
        assert_eq!(shown(&store), [expected], "{text}");
        let told = format!(
            "{file}:{place}: warning[K0247]: 1 native histogram sample is not read; a query that meets it is refused"
        );
        assert_eq!(lines(&reading.diagnostics), [told]);
        assert_sane(&reading.diagnostics);
    };
    check(
        "m.txt",
        "{__name__=\"d\"} 2 1700000000000\n{__name__=\"d\"} {count:3, sum:4, (0.5,1]:3} 1700000015000\n",
        "d: 1700000000000=2 1700000015000=histogram",
        "2:16",
    );
    check(
        "m.json",
        r#"{"data":{"result":[{"metric":{"__name__":"d"},"values":[[5,"2"]],"histograms":[[3,{"count":"1"}]]}]}}"#,
        "d: 3000=histogram 5000=2",
        "1:95",
    );
    let (_, reading) = read("m.txt", "d {count:3, sum:4} 1\nd {count:3\nd {count:3, sum:4} x\n");
    assert_eq!(
        lines(&reading.diagnostics),
        [
            "m.txt:3:20: error[K0208]: `x` is not a time",
            "m.txt:2:1: error[K0211]: 1 sample has no timestamp",
            "m.txt:1:3: warning[K0247]: 1 native histogram sample is not read; a query that meets it is refused",
        ]
    );
    assert_eq!(marked(&reading.diagnostics[2]), "{count:3, sum:4}");
}

#[test]
fn every_mistake_is_told_and_the_rest_is_read() {
    let (store, reading) = read(
        "m.om",
        "up{job=\"a} 1 100\nup one 100\nup 1 soon\nup 1 100\nup 2 100\nup 3 90\n{job=\"x\"} 1 1\n",
    );
    assert_eq!(
        lines(&reading.diagnostics),
        [
            "m.om:1:3: error[K0210]: the brace is not closed",
            "m.om:2:4: error[K0209]: `one` is not a number",
            "m.om:3:6: error[K0208]: `soon` is not a time",
            "m.om:7:1: error[K0210]: the series has no name",
            "m.om:4:4: note[K0233]: 2 samples have the time of the one before them; one of them counts",
            "m.om:6:4: note[K0234]: 1 sample is earlier than the one before it; put in order",
        ]
    );
    assert_eq!(shown(&store), ["up: 90000=3 100000=2"]);
    assert_sane(&reading.diagnostics);
    let check = |file: &str, bytes: &[u8], expected: &str| {
        assert_eq!(lines(&read(file, bytes).1.diagnostics), [expected]);
    };
    check("m.om", b"", "m.om:1:1: error[K0204]: the file is empty");
    check("m.om", b"# EOF\n", "m.om:1:1: warning[K0245]: there is no series in it");
    check("m.om", b"\x00\x01", "m.om:1:1: error[K0205]: the file is not UTF-8 text");
    check(
        "m.json",
        br#"{"data":{"result":[{"metric":{"job":"x"},"value":[1,"2"]}]}}"#,
        "m.json:1:1: error[K0215]: 1 series does not say which metric it is",
    );
}

#[test]
fn files_are_read_in_order_and_the_last_sample_counts() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("a.om"), "up 1 100\nup 2 110\n# EOF\n").unwrap();
    fs::write(path("b.om"), "up 3 110\nup 4 105\n# EOF\n").unwrap();
    let mut store = Store::new();
    let paths = [path("a.om"), path("none.om"), path("b.om")];
    let reading = read_series(&paths, &mut store, None);
    assert_eq!(shown(&store), ["up: 100000=1 105000=4 110000=3"]);
    let told = lines(&reading.diagnostics);
    assert!(told[0].contains("none.om:1:1: error[K0203]: cannot be opened"), "{told:?}");
    assert!(told[1].contains("b.om:2:4: note[K0234]"), "{told:?}");
    assert_eq!(told.len(), 2);
}
