//! What the real Prometheus makes of what is written, and what it writes itself. Needs `prometheus`
//! and `promtool` (Debian's package `prometheus`); where they are not, this says that it was left out.

use std::process::Command;
use std::time::{Duration, Instant};

use knockon_promql::{Answer, Labels, Points, Sample, Store, Value, special};
use knockon_telemetry::remote_write::{
    Batches, CONTENT_ENCODING, Protocol, Request, VERSION_HEADER, decode,
};
use knockon_telemetry::text_writer::{TextFormat, write_text};
use knockon_telemetry::{Families, FamilyType, answer_json};

use crate::server::{PATIENCE, Server, has, listen, receive};
use crate::stored::{bits, right, store};

/// 1 March 2026, in milliseconds.
const START_MS: i64 = 1_772_323_200_000;
/// Everything that is hard to write: values at the edges, labels with signs in them, gaps; and what
/// no text can say, that a series ended.
fn hard(with_stale: bool) -> Store {
    let values = [
        0.0,
        -0.0,
        1e-7,
        1e-6,
        1e21,
        123_456_789_012_345_680_000.0,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        0.1,
        -1.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::from_bits(0x7ff8_0000_0000_0001),
    ];
    let at = |step: i64| START_MS + step * 15_001;
    let edges: Vec<(i64, f64)> = (0..).map(at).zip(values).collect();
    let steps = |factor: f64| (0..20).map(|i| (at(i), i as f64 * factor)).collect::<Vec<_>>();
    let mut ended = vec![(at(0), 1.0), (at(1), 2.0), (at(5), 6.0)];
    if with_stale {
        ended.insert(2, (at(2), special::STALE));
    }
    let signs = "<ü> & \"q\" \\ c\nd\te\u{1}\u{200b}";
    store(&[
        (&[("__name__", "edges"), ("A", "1"), ("b", signs)], &edges),
        (&[("__name__", "requests_total"), ("code", "200")], &steps(3.0)),
        (&[("__name__", "d_seconds_bucket"), ("le", "+Inf")], &steps(4.0)),
        (&[("__name__", "d_seconds_bucket"), ("le", "0.5")], &steps(1.0)),
        (&[("__name__", "d_seconds_count")], &steps(4.0)),
        (&[("__name__", "ended")], &ended),
    ])
}

fn families() -> Families {
    let mut families = Families::new();
    for (name, family_type) in
        [("requests", FamilyType::Counter), ("d_seconds", FamilyType::Histogram)]
    {
        let family = families.entry(name);
        (family.family_type, family.help) = (family_type, "A \"b\" \\ c\nd.".to_owned());
    }
    families.entry("d_seconds").unit = "seconds".into();
    families
}

#[test]
fn promtool_makes_blocks_of_our_openmetrics_and_dumps_the_same_samples() {
    if !has("promtool") {
        return;
    }
    let (dir, original) = (tempfile::tempdir().unwrap(), hard(false));
    let mut text = Vec::new();
    write_text(&mut text, &original, &families(), TextFormat::OpenMetrics).unwrap();
    std::fs::write(dir.path().join("m.om"), text).unwrap();
    let promtool = |arguments: &[&str]| {
        let output =
            Command::new("promtool").args(arguments).current_dir(dir.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    promtool(&["tsdb", "create-blocks-from", "openmetrics", "m.om", "data"]);
    // A server keeps its write-ahead log there, and the dump asks for one.
    std::fs::create_dir(dir.path().join("data/wal")).unwrap();
    let dump = promtool(&["tsdb", "dump", "data"]);
    let (found, _) = right("dump.txt", dump);
    assert_eq!(bits(&found), bits(&original));
}

/// Every series that is sent, as a range of it is answered.
fn matrix(store: &Store, selector: &str) -> String {
    let of_metric = |id: &knockon_promql::SeriesId| {
        store.get(*id).labels().metric().is_some_and(|metric| metric == selector)
    };
    let points = |id| {
        let series = store.get(id);
        let samples = series.times_ms().iter().copied().zip(series.values().iter().copied());
        let samples = samples.filter(|(_, value)| !special::is_stale(*value)).collect();
        Points { labels: series.labels().clone(), samples }
    };
    let ids = store.select(&[]).into_iter().filter(of_metric);
    let value = Value::Matrix(ids.map(points).collect());
    answer_json::success(&Answer { value, warnings: Vec::new(), infos: Vec::new() })
}

#[test]
fn prometheus_takes_our_remote_write_and_answers_in_our_json() {
    if !has("prometheus") {
        return;
    }
    let (dir, original) = (tempfile::tempdir().unwrap(), hard(true));
    let server = Server::start(dir.path(), "global: {scrape_interval: 1h}\n");
    for body in Batches::new(&original, 7) {
        let headers = format!(
            "Content-Type: {}\r\nContent-Encoding: {CONTENT_ENCODING}\r\n{VERSION_HEADER}: {}\r\n",
            Protocol::V1.content_type(),
            Protocol::V1.version()
        );
        let answer = server.request("POST", "/api/v1/write", &headers, &body.bytes).unwrap();
        assert_eq!(answer, (204, String::new()));
    }
    // A range of raw samples is asked for at one moment.
    let time = (START_MS + 400_000) / 1000;
    for metric in ["edges", "requests_total", "d_seconds_bucket", "ended"] {
        let path = format!("/api/v1/query?query={metric}%5B1h%5D&time={time}");
        assert_eq!(server.ask(&path), matrix(&original, metric));
    }
    // At the steps of 15.001 s: what is there when it is asked for, and nothing once it has ended.
    let (start, end) = (START_MS / 1000, (START_MS + 19 * 15_001) as f64 / 1000.0);
    let path =
        format!("/api/v1/query_range?query=requests_total&start={start}&end={end}&step=15.001");
    assert_eq!(server.ask(&path), matrix(&original, "requests_total"));
    // At one moment: a number is of that moment.
    let time_ms = START_MS + 100_500;
    let labels = Labels::of([("__name__", "requests_total"), ("code", "200")]);
    let sample = Sample { labels, time_ms, value: 18.0 };
    let value = Answer { value: Value::Vector(vec![sample]), warnings: vec![], infos: vec![] };
    let path = format!("/api/v1/query?query=requests_total&time={}", time_ms as f64 / 1000.0);
    assert_eq!(server.ask(&path), answer_json::success(&value));
    let path = format!("/api/v1/query?query=ended&time={}", (START_MS + 3 * 15_001) / 1000);
    let nothing = Answer { value: Value::Vector(vec![]), warnings: vec![], infos: vec![] };
    assert_eq!(server.ask(&path), answer_json::success(&nothing));
    // What was answered reads back to the bit, and both spellings of a scalar's time and value.
    let (found, _) =
        right("m.json", server.ask(&format!("/api/v1/query?query=edges%5B1h%5D&time={time}")));
    let edges = bits(&original).into_iter().find(|(labels, _)| labels.starts_with("edges"));
    assert_eq!(bits(&found), [edges.unwrap()]);
    let scalar = Value::Scalar { time_ms: 1_700_000_010_050, value: 1e-7 };
    let scalar = Answer { value: scalar, warnings: vec![], infos: vec![] };
    let path = "/api/v1/query?query=1e-7&time=1700000010.05";
    assert_eq!(server.ask(path), answer_json::success(&scalar));
    let message = r#"invalid parameter "query": 1:5: parse error: unclosed left parenthesis"#;
    let refused = answer_json::failure(answer_json::ErrorType::BadData, message);
    let status = answer_json::ErrorType::BadData.status();
    let answer = server.request("GET", "/api/v1/query?query=sum(&time=1", "", b"").unwrap();
    assert_eq!(answer, (status, refused));
}

#[test]
fn what_prometheus_sends_by_remote_write_is_read() {
    if !has("prometheus") {
        return;
    }
    let (listener, to) = listen();
    let dir = tempfile::tempdir().unwrap();
    let configuration = format!(
        "global: {{scrape_interval: 500ms, scrape_timeout: 400ms}}\n\
         scrape_configs:\n- job_name: own\n  static_configs: [{{targets: ['127.0.0.1:PORT']}}]\n\
         remote_write:\n- url: http://{to}/write\n  queue_config: {{batch_send_deadline: 300ms}}\n  \
         metadata_config: {{send_interval: 1s}}\n"
    );
    let server = Server::start(dir.path(), &configuration);
    let mut store = Store::new();
    let mut families = Families::new();
    let since = Instant::now();
    let up = |store: &Store| {
        store.series().any(|it| it.labels().metric() == Some("up") && it.values().contains(&1.0))
    };
    while !up(&store) || families.get("go_goroutines").is_none() {
        assert!(since.elapsed() < PATIENCE, "{} series, and no up", store.len());
        let (head, body) = receive(&listener, "HTTP/1.1 204 No Content\r\n\r\n");
        assert!(head.contains(&format!("content-encoding: {CONTENT_ENCODING}")), "{head}");
        let version = format!("{}: {}", VERSION_HEADER.to_lowercase(), Protocol::V1.version());
        assert!(head.contains(&version), "{head}");
        let mut types = head.lines().filter_map(|line| line.strip_prefix("content-type: "));
        assert_eq!(types.next().and_then(Protocol::of_content_type), Some(Protocol::V1));
        let request: Request = decode(&body, Protocol::V1).unwrap();
        assert_eq!(request.mistakes, [""; 0]);
        assert_eq!(request.store(&mut store).refused, []);
        for (name, family) in request.families.iter() {
            families.entry(name).clone_from(family);
        }
    }
    let instance = server.address();
    let labels = [("__name__", "up"), ("instance", &instance), ("job", "own")];
    assert!(store.find(&Labels::of(labels)).is_some());
    assert_eq!(families.get("go_goroutines").unwrap().family_type, FamilyType::Gauge);
    assert!(store.len() > 100, "{}", store.len());
}

#[test]
fn prometheus_scrapes_both_forms_of_our_text_and_has_the_same_samples() {
    if !has("prometheus") {
        return;
    }
    let original = hard(false);
    // Both at once: a server waits five seconds before it looks for what to scrape.
    let started = [TextFormat::OpenMetrics, TextFormat::Prometheus].map(|format| {
        let (dir, (listener, at)) = (tempfile::tempdir().unwrap(), listen());
        // The labels of a target would come on top.
        let configuration = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n- job_name: ours\n  \
             static_configs: [{{targets: ['{at}']}}]\n  \
             metric_relabel_configs: [{{action: labeldrop, regex: job|instance}}]\n"
        );
        (Server::start(dir.path(), &configuration), listener, format, dir)
    });
    for (server, listener, format, _dir) in started {
        let mut text = Vec::new();
        write_text(&mut text, &original, &families(), format).unwrap();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n\r\n", format.content_type());
        receive(&listener, &(head + &String::from_utf8(text).unwrap()));
        let time = (START_MS + 400_000) / 1000;
        let path = format!("/api/v1/query?query=%7B__name__%3D~%22.%2B%22%7D%5B1h%5D&time={time}");
        let since = Instant::now();
        let mut answer = server.ask(&path);
        while !answer.contains("edges") {
            assert!(since.elapsed() < PATIENCE, "{answer}");
            std::thread::sleep(Duration::from_millis(50));
            answer = server.ask(&path);
        }
        assert_eq!(bits(&right("m.json", answer).0), bits(&original), "{format:?}");
    }
}

/// Prometheus shows its rules as it writes expressions, and so the addresses of alerts.
#[test]
fn expressions_are_written_as_by_prometheus() {
    if !has("prometheus") {
        return;
    }
    let expressions = [
        "up",
        "up{job='a',instance!=\"b\",x=~\"c|d\",y!~\"e\"}",
        "{__name__=\"up\"}",
        "{__name__=~\"up|down\", job=\"a\"}",
        "rate(a_total[300s])",
        "rate(a_total[90m] offset 5m)",
        "rate(a_total[5m] offset -1h)",
        "max_over_time(a[1d12h:30s] @ 10.5 offset 1w)",
        "sum_over_time(a[8d:])",
        "a @ start() + a @ end()",
        "-a ^ 2 * (b+c)",
        "sum(a)by(job, instance)",
        "sum without(job)(a)",
        "sum by()(a)",
        "topk by (job) (3,a)",
        "quantile(0.90,a)",
        "count_values(\"v\\n\",a)",
        "a + on(job) group_left(x,y) b",
        "a / ignoring(code) group_right b",
        "a and on() b or c unless ignoring(d) e",
        "a >bool 1e3 == bool 0.000001",
        "a atan2 b % 1234567",
        "histogram_quantile(.99, sum(rate(b_bucket[5m])) by (le))",
        "label_replace(a, 'x', '$1-\"q\"', \"y\", `(.*)\\d`)",
        "absent(up{job=\"a\"}) and vector(Inf) > -NaN",
    ];
    let rules: Vec<serde_json::Value> = expressions
        .iter()
        .enumerate()
        .map(|(at, expr)| serde_json::json!({ "record": format!("r{at}"), "expr": expr }))
        .collect();
    let file = serde_json::json!({ "groups": [{ "name": "g", "rules": rules }] });
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("rules.yml"), file.to_string()).unwrap();
    let server = Server::start(dir.path(), "rule_files: [rules.yml]\n");
    let answer: serde_json::Value = serde_json::from_str(&server.ask("/api/v1/rules")).unwrap();
    let shown = answer["data"]["groups"][0]["rules"].as_array().unwrap();
    assert_eq!(shown.len(), expressions.len());
    for (shown, expr) in shown.iter().zip(expressions) {
        assert_eq!(shown["query"], knockon_promql::Query::parse(expr).unwrap().printed(), "{expr}");
    }
}
