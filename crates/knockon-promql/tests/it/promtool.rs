//! Rules and templates against the real thing: what ours do is written down as unit tests for
//! `promtool test rules`, which has to agree at every moment. Without promtool on the path that is left
//! out, and said.
//!
//! Ranges of Prometheus 2 have both ends and those of Prometheus 3 only the later one. So that either
//! may be installed, samples come every 15 s, and evaluations every 5 s but never at the same moment.

use std::path::Path;
use std::process::Command;

use knockon_promql::rules::{Alert, AlertState, Rule, RuleSettings, Rules};
use knockon_promql::{METRIC_NAME, Query, Settings, Store, Value};
use serde_json::{Value as Json, json};

use crate::load::{Alerting, expanded, group, load, recording};
use crate::texts::{REFUSED, TEMPLATES};

const SLOT: i64 = 5000;

type Pairs<'t> = &'t [(&'t str, &'t str)];

/// Rules over series, for so many slots.
struct Case<'t> {
    /// Names, and values in every third slot from the second one on.
    series: &'t [(&'t str, &'t str)],
    /// Names, expressions and labels.
    recording: &'t [(&'t str, &'t str, Pairs<'t>)],
    alerting: &'t [Alerting<'t>],
    slots: i64,
}

fn map(pairs: &[(&str, &str)]) -> Json {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

fn seconds(time_ms: i64) -> String {
    format!("{}s", time_ms / 1000)
}

impl Case<'_> {
    fn rules(&self) -> Rules {
        let recording =
            self.recording.iter().map(|(name, expr, labels)| recording(name, expr, labels));
        let alerting = self.alerting.iter().enumerate().map(|(index, it)| it.rule(index));
        let rules: Vec<Rule> = recording.chain(alerting).collect();
        Rules::new([group(SLOT, rules)], RuleSettings::default())
    }

    fn store(&self) -> Store {
        let mut store = Store::new();
        for (name, values) in self.series {
            load(&mut store, SLOT, name, &spread(values));
        }
        store
    }

    fn rule_file(&self) -> Json {
        let recording = self.recording.iter().map(
            |(name, expr, labels)| json!({ "record": name, "expr": expr, "labels": map(labels) }),
        );
        let alerting = self.alerting.iter().map(|it| {
            json!({
                "alert": it.name,
                "expr": it.expr,
                "for": seconds(it.hold_ms),
                "keep_firing_for": seconds(it.keep_firing_ms),
                "labels": map(it.labels),
                "annotations": map(it.annotations),
            })
        });
        let rules: Vec<Json> = recording.chain(alerting).collect();
        json!({ "groups": [{ "name": "g", "rules": rules }] })
    }

    /// Plays it, and writes down what happened as a unit test.
    fn unit_test(&self) -> (Json, usize) {
        let (mut rules, mut store) = (self.rules(), self.store());
        let mut names: Vec<&str> = self.alerting.iter().map(|it| it.name).collect();
        names.sort_unstable();
        names.dedup();
        let mut written: Vec<&str> = self.recording.iter().map(|it| it.0).collect();
        written.extend(["ALERTS", "ALERTS_FOR_STATE"]);
        let (mut alerts, mut series, mut fired) = (Vec::new(), Vec::new(), 0);
        for slot in 0..self.slots {
            let now_ms = slot * SLOT;
            let failures = rules.evaluate(&mut store, now_ms).failures;
            assert_eq!(failures, []);
            for name in &names {
                let found: Vec<Json> = firing(&rules, name).map(expected).collect();
                fired += found.len();
                alerts.push(json!({
                    "eval_time": seconds(now_ms), "alertname": name, "exp_alerts": found,
                }));
            }
            for metric in &written {
                series.push(json!({
                    "expr": metric,
                    "eval_time": seconds(now_ms),
                    "exp_samples": samples(&store, metric, now_ms),
                }));
            }
        }
        let input: Vec<Json> = (self.series.iter())
            .map(|(name, values)| json!({ "series": name, "values": spread(values) }))
            .collect();
        let test = json!({
            "rule_files": ["rules.json"],
            "evaluation_interval": seconds(SLOT),
            "tests": [{
                "interval": seconds(SLOT),
                "input_series": input,
                "alert_rule_test": alerts,
                "promql_expr_test": series,
            }],
        });
        (test, fired)
    }
}

/// One value in every third slot.
fn spread(values: &str) -> String {
    let mut text = String::from("_");
    for value in expanded(values) {
        let value = match value {
            Some(value) if value.is_nan() => "stale".to_owned(),
            Some(value) => value.to_string(),
            None => "_".to_owned(),
        };
        text.push_str(&format!(" {value} _ _"));
    }
    text
}

fn firing<'r>(rules: &'r Rules, name: &'r str) -> impl Iterator<Item = &'r Alert> {
    let alerts = rules.active().map(|(_, alert)| alert);
    alerts.filter(move |alert| alert.state == AlertState::Firing && alert.name() == name)
}

fn expected(alert: &Alert) -> Json {
    let labels = alert.labels.iter().filter(|(name, _)| *name != "alertname");
    let labels: Json = labels.map(|(name, value)| (name.to_owned(), json!(value))).collect();
    let annotations: Json =
        alert.annotations.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
    json!({ "exp_labels": labels, "exp_annotations": annotations })
}

fn samples(store: &Store, metric: &str, time_ms: i64) -> Vec<Json> {
    let answer = Query::parse(metric).unwrap().at(store, time_ms, Settings::default()).unwrap();
    let Value::Vector(samples) = answer.value else { panic!("{metric}") };
    let sample = |it: &knockon_promql::Sample| {
        json!({ "labels": format!("{}{}", it.labels.get(METRIC_NAME).unwrap(), it.labels.nameless()),
                "value": it.value })
    };
    samples.iter().map(sample).collect()
}

fn has_promtool() -> bool {
    let found = Command::new("promtool").arg("--version").output().is_ok();
    if !found {
        eprintln!("left out: there is no promtool on the path");
    }
    found
}

fn run(folder: &Path, rules: &Json, test: &Json) {
    std::fs::write(folder.join("rules.json"), rules.to_string()).unwrap();
    std::fs::write(folder.join("test.json"), test.to_string()).unwrap();
    let output = Command::new("promtool")
        .args(["test", "rules", "test.json"])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// At least so many alerts were compared.
fn check(case: &Case<'_>, fired_min: usize) {
    let (test, fired) = case.unit_test();
    assert!(fired >= fired_min, "{fired}");
    if has_promtool() {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &case.rule_file(), &test);
    }
}

#[test]
fn promtool_agrees_on_when_alerts_fire() {
    let rule = |name, hold_ms, keep_firing_ms| Alerting {
        name,
        expr: "load > 5",
        hold_ms,
        keep_firing_ms,
        labels: &[("severity", "page")],
        annotations: &[("summary", "{{ $labels.host }} at {{ $value }}")],
    };
    check(
        &Case {
            series: &[
                ("load{host=\"a\"}", "1 9 9 1 9 1 9 9 9 9 1x9 7x8"),
                ("load{host=\"b\"}", "9x4 stale _x3 9 9 stale _x9 6"),
                ("load{host=\"c\"}", "_x5 8+1x9 _x9"),
            ],
            recording: &[],
            alerting: &[
                rule("Now", 0, 0),
                rule("Later", 20_000, 0),
                rule("Keeps", 0, 25_000),
                rule("LaterAndKeeps", 10_000, 40_000),
                rule("Never", 900_000, 0),
            ],
            slots: 100,
        },
        300,
    );
}

#[test]
fn promtool_agrees_on_rules_that_use_what_others_recorded() {
    check(
        &Case {
            series: &[
                ("errors{job=\"a\",pod=\"1\"}", "0+3x10 40+9x10"),
                ("errors{job=\"a\",pod=\"2\"}", "0+1x20"),
                ("requests{job=\"a\",pod=\"1\"}", "0+30x30"),
                ("requests{job=\"a\",pod=\"2\"}", "0+30x30"),
                ("errors{job=\"b\",pod=\"1\"}", "5x8 stale"),
                ("requests{job=\"b\",pod=\"1\"}", "0+7x30"),
            ],
            recording: &[
                ("job:errors:rate1m", "sum by (job) (rate(errors[58s]))", &[]),
                ("job:requests:rate1m", "sum by (job) (rate(requests[58s]))", &[("kind", "all")]),
                ("all:errors:rate1m", "sum(job:errors:rate1m)", &[("job", "")]),
            ],
            alerting: &[
                Alerting {
                    name: "Errors",
                    expr: "job:errors:rate1m / ignoring (kind) job:requests:rate1m > 0.05",
                    hold_ms: 15_000,
                    labels: &[
                        ("severity", "{{ if gt $value 0.1 }}critical{{ else }}warning{{ end }}"),
                        ("job", "job-{{ $labels.job }}"),
                    ],
                    annotations: &[
                        ("share", "{{ $value | humanizePercentage }} of {{ $labels.job }}"),
                        (
                            "rates",
                            "{{ range query \"job:requests:rate1m\" | sortByLabel \"job\" }}\
                             {{ .Labels.job }}={{ .Value | printf \"%.3f\" }};{{ end }}",
                        ),
                    ],
                    ..Alerting::default()
                },
                Alerting {
                    name: "Meta",
                    expr: "count(ALERTS{alertname=\"Errors\"}) by (alertstate) > 0",
                    labels: &[("gone", "{{ $labels.none }}")],
                    ..Alerting::default()
                },
                Alerting {
                    name: "Absent",
                    expr: "absent(errors{job=\"b\"})",
                    ..Alerting::default()
                },
                Alerting { name: "Scalar", expr: "1", ..Alerting::default() },
                Alerting {
                    name: "Same",
                    expr: "errors{pod=\"1\"} > 20",
                    labels: &[("n", "1")],
                    ..Alerting::default()
                },
                Alerting {
                    name: "Same",
                    expr: "errors{pod=\"1\"} > 60",
                    labels: &[("n", "2")],
                    ..Alerting::default()
                },
            ],
            slots: 90,
        },
        200,
    );
}

/// The rule that has them all as annotations, over series to ask for.
fn check_templates(check: impl Fn(&Case<'_>)) {
    let names: Vec<String> = (0..TEMPLATES.len()).map(|index| format!("t{index:02}")).collect();
    let annotations: Vec<(&str, &str)> =
        names.iter().map(String::as_str).zip(TEMPLATES.iter().copied()).collect();
    let rule = Alerting {
        name: "T",
        expr: "load{host=\"a\"} * 1234567",
        labels: &[("a", "{{ $labels.host }}")],
        annotations: &annotations,
        ..Alerting::default()
    };
    check(&Case {
        series: &[("load{host=\"a\",a=\"b\"}", "2x9"), ("load{host=\"b\"}", "0.5x9")],
        recording: &[],
        alerting: &[rule],
        slots: 4,
    });
}

#[test]
fn promtool_agrees_on_templates() {
    check_templates(|case| check(case, 3));
}

/// The same without promtool: what it agreed to is written down. `KNOCKON_UPDATE=1` writes it anew.
#[test]
fn templates_are_filled_in_as_recorded() {
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/templates.txt");
    check_templates(|case| {
        let (mut rules, mut store) = (case.rules(), case.store());
        rules.evaluate(&mut store, SLOT);
        let (_, alert) = rules.active().next().unwrap();
        let found: String = (TEMPLATES.iter().zip(&alert.annotations))
            .map(|(template, (_, text))| format!("{template:?}\n    {text:?}\n"))
            .collect();
        if std::env::var_os("KNOCKON_UPDATE").is_some() {
            std::fs::write(FILE, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(FILE).unwrap());
    });
}

#[test]
fn promtool_refuses_the_same_templates() {
    let message = |template: &str| match knockon_promql::Template::parse(template) {
        Ok(_) => "it is read".to_owned(),
        Err(error) => {
            assert!(template.get(error.span.clone()).is_some(), "{template} {error:?}");
            error.message
        }
    };
    let found: Vec<_> =
        REFUSED.iter().map(|(template, _)| (*template, message(template))).collect();
    let wanted: Vec<_> =
        REFUSED.iter().map(|(template, it)| (*template, (*it).to_owned())).collect();
    let rules: Vec<Json> = (REFUSED.iter().enumerate())
        .map(|(index, (template, _))| {
            json!({ "alert": format!("R{index:02}_"), "expr": "up", "annotations": { "a": template } })
        })
        .collect();
    if has_promtool() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.json");
        let file = json!({ "groups": [{ "name": "g", "rules": rules }] });
        std::fs::write(&path, file.to_string()).unwrap();
        let output =
            Command::new("promtool").arg("check").arg("rules").arg(&path).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        let said = |(index, (template, message)): (usize, &(&str, &str))| {
            let name = format!("R{index:02}_:1: ");
            let line = text.lines().find(|line| line.contains(&name)).unwrap_or("accepted");
            (!line.contains(message)).then(|| format!("{template}: {line}"))
        };
        let other: Vec<_> = REFUSED.iter().enumerate().filter_map(said).collect();
        assert_eq!(other, [] as [String; 0]);
    }
    assert_eq!(found, wanted);
}

/// Numbers that look random and are the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

#[test]
fn promtool_agrees_on_series_at_random() {
    let mut random = Random(7);
    let series: Vec<(String, String)> = (0..8)
        .map(|host| {
            let values = (0..40).map(|_| match random.below(20) {
                0 => "stale".to_owned(),
                1..4 => "_".to_owned(),
                _ => random.below(10).to_string(),
            });
            (format!("load{{host=\"{host}\"}}"), values.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let series: Vec<(&str, &str)> =
        series.iter().map(|(name, values)| (name.as_str(), values.as_str())).collect();
    let texts: Vec<(String, String)> = (0..24)
        .map(|index| {
            let threshold = random.below(9);
            let expr = match index % 3 {
                0 => format!("load > {threshold}"),
                1 => format!("max_over_time(load[{}s]) > {threshold}", 14 + 15 * random.below(5)),
                _ => format!("sum(load) by (job) > {}", threshold * 6),
            };
            (format!("R{index}"), expr)
        })
        .collect();
    let mut alerting = Vec::new();
    for (name, expr) in &texts {
        let seconds = |count: u64| i64::try_from(count).unwrap() * 5000;
        alerting.push(Alerting {
            name,
            expr,
            hold_ms: seconds(random.below(3) * random.below(10)),
            keep_firing_ms: seconds(random.below(3) * random.below(10)),
            labels: &[("level", "{{ if ge $value 7.0 }}high{{ end }}")],
            annotations: &[("is", "{{ $labels.host }} at {{ $value }}")],
        });
    }
    check(&Case { series: &series, recording: &[], alerting: &alerting, slots: 130 }, 2000);
}
