//! Logs, in every form that tools write.

use knockon_telemetry::{BundleReading, EvidenceReader, Level, LogRecord, parse_time};

use crate::shop::{lines, series, shop};

fn read(file: &str, text: impl AsRef<[u8]>) -> BundleReading {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.logs(file, text.as_ref());
    reader.finish()
}

/// Templates as `service level template → peer: time=count …`, times in seconds after noon.
fn templates(reading: &BundleReading) -> Vec<String> {
    let system = shop();
    let name = |id| system.service(id).name.clone();
    let noon = 1_767_268_800_000;
    let show = |it: &knockon_telemetry::LogTemplate| {
        let peer = it.peer.map(|peer| format!(" → {}", name(peer))).unwrap_or_default();
        let lines = it.lines.unix_ms().iter().zip(it.lines.values());
        let lines = lines.map(|(t, n)| format!(" {}={n}", (t - noon) / 1000)).collect::<String>();
        format!("{} {} {}{peer}:{lines}", name(it.service), it.level.as_str(), it.template)
    };
    reading.evidence.logs.templates.iter().map(show).collect()
}

fn check(file: &str, text: &str, expected: &[&str]) {
    let reading = read(file, text);
    assert_eq!(lines(&reading.diagnostics), [""; 0], "{text}");
    assert_eq!(templates(&reading), expected, "{text}");
}

#[test]
fn json_lines_of_loggers() {
    check(
        "logs.json",
        r#"{"time":"2026-01-01T12:00:01Z","level":"error","msg":"order 17: connection refused calling carts","service":"orders"}
{"time":"2026-01-01T12:00:02Z","level":"error","msg":"order 18: connection refused calling carts","service":"orders"}
{"time":"2026-01-01T12:00:20Z","level":"info","msg":"ok","app":"basket"}
"#,
        &[
            "carts info ok: 30=1",
            "orders error order <*>: connection refused calling carts → carts: 15=2",
        ],
    );
}

#[test]
fn a_program_that_is_named_by_the_file() {
    let text = "2026-01-01T12:00:01Z 2026-01-01 ERROR no space left on device\n\
                2026-01-01T12:00:02Z started\n\tat a.b(C.java:5)\n";
    let reading = read("logs.orders.txt", text);
    assert_eq!(
        templates(&reading),
        ["orders error <*> ERROR no space left on device: 15=1", "orders info started: 15=1"]
    );
    let notes = lines(&reading.evidence.notes);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains("[K0255]"), "{notes:?}");
}

#[test]
fn what_otlp_says() {
    let text = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"orders"}}]},
      "scopeLogs":[{"logRecords":[
        {"timeUnixNano":"1767268801000000000","severityNumber":17,"body":{"stringValue":"failed"},
         "attributes":[{"key":"exception.message","value":{"stringValue":"carts-db: too many connections"}}]},
        {"timeUnixNano":"0","observedTimeUnixNano":"1767268802000000000","severityNumber":"SEVERITY_NUMBER_WARN2","body":{"stringValue":"slow"}},
        {"severityText":"Info","body":{"stringValue":"never"}}
      ]}]}]}"#;
    let expected = [
        "orders error failed: carts-db: too many connections → carts-db: 15=1",
        "orders warn slow: 15=1",
    ];
    check("logs.json", text, &expected);
    let one_line: String = text.lines().map(str::trim).collect();
    check(
        "logs.json",
        &format!("{one_line}\n{one_line}\n"),
        &[
            "orders error failed: carts-db: too many connections → carts-db: 15=2",
            "orders warn slow: 15=2",
        ],
    );
}

#[test]
fn what_loki_answers() {
    check(
        "logs.json",
        r#"{"status":"success","data":{"resultType":"streams","result":[
          {"stream":{"app":"orders","level":"error"},"values":[["1767268801000000000","boom 5"],["1767268816000000000","boom 6",{"pod":"orders-0"}]]},
          {"stream":{"container":"carts"},"values":[["1767268801000000000","level=warn msg=\"late by 3s\""]]}
        ],"stats":{"summary":{"bytes":5}}}}"#,
        &["carts warn late by <*>: 15=1", "orders error boom <*>: 15=1 30=1"],
    );
}

#[test]
fn a_table() {
    check(
        "logs.csv",
        "timestamp,service,severity,message\n1767268801,orders,ERROR,\"a, b\"\n1767268802,carts,info,x\n",
        &["carts info x: 15=1", "orders error a, b: 15=1"],
    );
}

#[test]
fn errors_and_warnings_are_series_with_the_silence_between_them() {
    let line = |second: u32, level: &str| format!("2026-01-01T12:00:{second:02}Z [{level}] x\n");
    let text = line(1, "error") + &line(2, "error") + &line(31, "warn") + &line(50, "info");
    let reading = read("logs.orders.txt", text);
    let (a, b, c, d) = (1_767_268_815, 1_767_268_830, 1_767_268_845, 1_767_268_860);
    assert_eq!(
        series(&reading.evidence),
        [
            format!("orders log_error_lines_per_minute: {a}=8 {b}=0 {c}=0 {d}=0"),
            format!("orders log_warn_lines_per_minute: {a}=0 {b}=0 {c}=4 {d}=0"),
        ]
    );
}

#[test]
fn the_order_of_lines_makes_no_difference() {
    let service = |n: usize| ["orders", "carts", "front-end"][n % 3];
    let mut text: Vec<String> = (0..12_000)
        .map(|n| {
            let word: String =
                format!("{n:05}").chars().map(|c| char::from(b'g' + c as u8 - b'0')).collect();
            let level = if n % 5 == 0 { "error" } else { "info" };
            format!(
                "{{\"ts\":{},\"level\":\"{level}\",\"msg\":\"user {word}\",\"service\":\"{}\"}}\n",
                1_767_268_800 + n,
                service(n)
            )
        })
        .collect();
    let forward = read("logs.json", text.concat());
    text.reverse();
    let backward = read("logs.json", text.concat());
    assert!(forward == backward);
    let templates = &forward.evidence.logs.templates;
    assert_eq!(templates.len(), 5_000);
    assert_eq!(templates.iter().filter(|it| it.level == Level::Error).count(), 2_400);
    assert!(lines(&forward.evidence.notes).iter().any(|note| note.contains("[K0256]")));
}

#[test]
fn lines_of_no_service_are_told() {
    let reading = read("logs.json", "{\"ts\":1767268800,\"msg\":\"x\",\"service\":\"billing\"}\n");
    assert_eq!(reading.evidence.unplaced[0].name, "billing");
    assert!(lines(&reading.evidence.notes)[0].contains("[K0216]"), "{:?}", reading.evidence.notes);
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
}

#[test]
fn what_is_broken_is_told_or_survived() {
    let diagnostics = |text: &[u8]| lines(&read("logs.orders.json", text).diagnostics);
    assert_eq!(diagnostics(b""), [""; 0]);
    assert_eq!(diagnostics(b"{\"ts\":1767268800,\"msg\":\"x\"}\n{\"ts\":17672"), [""; 0]);
    assert_eq!(diagnostics(b"2026-01-01T12:00:00Z ERROR \xff\xfe\n"), [""; 0]);
    assert!(diagnostics(b"\x1f\x8b\x08")[0].contains("[K0205]"));
    let cut = diagnostics(b"{\"resourceLogs\":[{\"resource\":");
    assert!(cut.len() == 1 && cut[0].contains("[K0212]"), "{cut:?}");
}

#[test]
fn silence_is_told_where_logs_were_collected() {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.logs("logs.orders.txt", "2026-01-01T12:00:31Z ERROR x\n".as_bytes());
    let at = |text| parse_time(text).unwrap();
    reader.logs_cover(at("2026-01-01T12:00:00Z"), at("2026-01-01T12:00:59Z"));
    let (a, b, c, d) = (1_767_268_815, 1_767_268_830, 1_767_268_845, 1_767_268_860);
    assert_eq!(
        series(&reader.finish().evidence),
        [format!("orders log_error_lines_per_minute: {a}=0 {b}=0 {c}=4 {d}=0")]
    );
}

#[test]
fn what_is_in_memory_is_as_if_read() {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    let record = LogRecord {
        time: parse_time("2026-01-01T12:00:01Z").unwrap(),
        labels: [("service".to_owned(), "orders".to_owned())].into(),
        level: Level::Error,
        message: "x".to_owned(),
        count: 1,
    };
    reader.take_logs("run", [record.clone(), LogRecord { count: 2, ..record }]);
    let taken = reader.finish();
    let line = "{\"time\":\"2026-01-01T12:00:01Z\",\"level\":\"error\",\"msg\":\"x\",\"service\":\"orders\"}\n";
    assert_eq!(taken, read("logs.json", line.repeat(3)));
}
