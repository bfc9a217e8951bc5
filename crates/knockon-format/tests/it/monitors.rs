//! Monitors: what the rule files of a pack say of its system.

use knockon_core::AlertSeverity;

use crate::packs::check_pack;

const SYSTEM: &str = "\
system: shop
teams: { shop: {}, night: {} }
services:
  orders: { team: shop, aliases: [order-svc] }
  pay: { team: shop }
runbooks:
  written: { page: 'https://wiki/p/77', steps: [look] }
";
const PAGE: &str = "# Orders are slow\n\n1. Look at [the other](other.md).\n";
const OTHER: &str = "# Another\n\n1. Do it.\n";

/// One alerting rule with labels and annotations in flow style, and what is said of it.
fn check(labels: &str, annotations: &str, expr: &str, expected: &str) -> knockon_core::Monitor {
    let rules = format!(
        "groups:\n- name: g\n  rules:\n  - alert: Slow\n    expr: {expr}\n    for: 5m\n    labels: {{ {labels} }}\n    annotations: {{ {annotations} }}\n  - alert: Uses\n    expr: x\n    annotations: {{ runbook_url: runbooks/slow.md }}\n  - alert: Night\n    expr: x\n    labels: {{ team: night }}\n    annotations: {{ runbook_url: 'https://wiki/p/77' }}\n"
    );
    let loaded = check_pack(
        &[
            ("system.yaml", SYSTEM),
            ("monitors/rules.yaml", &rules),
            ("runbooks/slow.md", PAGE),
            ("runbooks/other.md", OTHER),
        ],
        expected,
    );
    let system = loaded.pack.base.system.unwrap();
    let monitors = &system.practice().monitors;
    // The page of a runbook of the system file is that runbook.
    assert_eq!(monitors[2].runbook.map(knockon_core::RunbookId::index), Some(0));
    monitors[0].clone()
}

#[test]
fn labels_and_annotations_name_what_a_rule_watches() {
    let monitor = check(
        "severity: P1, service: pay, team: night",
        "runbook_url: runbooks/slow.md#now, monitor_id: '77', title: Slow pay",
        "up == 0",
        "",
    );
    assert_eq!(
        (&*monitor.name, &*monitor.file, &*monitor.group),
        ("Slow", "monitors/rules.yaml", "g")
    );
    assert_eq!(monitor.expr, "up == 0");
    assert_eq!(monitor.hold.as_secs(), 300);
    assert_eq!(monitor.service.map(knockon_core::ServiceId::index), Some(1));
    assert_eq!(monitor.team.map(knockon_core::TeamId::index), Some(1));
    assert_eq!(monitor.severity, Some(AlertSeverity::P1));
    // The runbook of the system file comes first, then the pages by name.
    assert_eq!(monitor.runbook.map(knockon_core::RunbookId::index), Some(2));
    assert_eq!(monitor.id.as_deref(), Some("77"));
    assert_eq!(monitor.title.as_deref(), Some("Slow pay"));
}

#[test]
fn a_service_is_found_by_what_telemetry_calls_it() {
    let service = |labels: &str, expr: &str| {
        let monitor = check(labels, "", expr, "");
        monitor.service.map(knockon_core::ServiceId::index)
    };
    assert_eq!(service("service: order-svc", "x"), Some(0));
    assert_eq!(service("service: order-svc:8080", "x"), Some(0));
    assert_eq!(service("", "'up{job=\"pay\"}'"), Some(1));
    assert_eq!(service("", "'rate(x{pod=~\"order-svc-.*\"}[5m])'"), Some(0));
    assert_eq!(service("", "'up{job=\"pay\"} + up{job=\"orders\"}'"), None);
    assert_eq!(service("service: '{{ $labels.service }}'", "x"), None);
}

#[test]
fn a_severity_may_be_one_of_the_common_words() {
    let severity = |word: &str| check(&format!("severity: {word}"), "", "x", "").severity;
    assert_eq!(severity("critical"), Some(AlertSeverity::P0));
    assert_eq!(severity("page"), Some(AlertSeverity::P1));
    assert_eq!(severity("warning"), Some(AlertSeverity::P2));
    assert_eq!(severity("info"), Some(AlertSeverity::P3));
}

#[test]
fn what_a_rule_names_and_the_system_lacks_is_told() {
    check(
        "severity: loud, service: order, team: nihgt",
        "runbook_url: runbooks/slwo.md",
        "x",
        "
monitors/rules.yaml:4:12: warning[K0115]: the severity `loud` of `Slow` means nothing
  help: write `P0`, `P1`, `P2` or `P3`, or one of the common words such as `critical`
monitors/rules.yaml:4:12: warning[K0121]: `Slow` names the unknown service `order`
  help: did you mean `orders`?
monitors/rules.yaml:4:12: warning[K0122]: `Slow` names the unknown team `nihgt`
  help: did you mean `night`?
monitors/rules.yaml:4:12: warning[K0123]: `Slow` names the unknown runbook `slwo`
  help: did you mean `slow`?",
    );
    // A page elsewhere is somebody else's.
    check("", "runbook_url: 'https://wiki/elsewhere'", "x", "");
}

#[test]
fn what_prometheus_would_refuse_is_an_error() {
    check_pack(
        &[
            ("system.yaml", "system: s\nservices: { a: {} }\n"),
            (
                "monitors/rules.yml",
                "groups:\n- name: g\n  rules:\n  - { alert: A, expr: x, for: soon }\n  - { alert: B }\n",
            ),
        ],
        "
monitors/rules.yml:4:31: error[K0148]: `for` is `soon`, which is no length of time
  help: write it as Prometheus does, as in `5m` or `1h30m`
monitors/rules.yml:5:5: error[K0148]: a rule without `expr`",
    );
}

const COUNTERS: &str = "groups:\n- name: g\n  rules:\n  - { record: orders_total, expr: 'sum by (instance) (x)' }\n  - { record: errors_total, expr: y, labels: { job: a } }\n";

#[test]
fn what_applications_count_is_kept_apart_from_the_monitors() {
    let rules = "groups:\n- name: g\n  rules: [{ record: 'a:b', expr: sum(x) }]\n";
    let system = "system: s\nservices: { a: {} }\n";
    let loaded = check_pack(
        &[("system.yaml", system), ("monitors/m.yaml", rules), ("metrics/counters.yaml", COUNTERS)],
        "",
    );
    let system = loaded.pack.base.system.unwrap();
    let practice = system.practice();
    assert_eq!((practice.recordings.len(), practice.rule_groups.len()), (1, 1));
    let of = |at: usize| &practice.application_metrics[at];
    assert_eq!((&*of(0).name, &*of(0).file), ("orders_total", "metrics/counters.yaml"));
    assert_eq!((&*of(1).expr, of(1).labels["job"].as_str()), ("y", "a"));
    let files = knockon_format::print(&system);
    let text = |path: &str| &files.iter().find(|file| file.path == path).unwrap().text;
    assert!(text("system.yaml").contains("metrics: [metrics/counters.yaml]"), "{files:?}");
    assert!(text("metrics/counters.yaml").contains("record: errors_total"), "{files:?}");
    assert!(!text("monitors/m.yaml").contains("orders_total"), "{files:?}");
}

#[test]
fn application_metrics_only_record_and_at_every_scrape() {
    check_pack(
        &[
            ("system.yaml", "system: s\nservices: { a: {} }\nmetrics: [one.rules, gone.yaml]\n"),
            (
                "one.rules",
                "groups:\n- name: g\n  interval: 30s\n  limit: 3\n  rules:\n  - { alert: A, expr: x }\n",
            ),
        ],
        "
system.yaml:3:22: warning[K0132]: there is no page `gone.yaml`
  help: write a path relative to the system file, or a URL with `https://`
one.rules:2:9: error[K0148]: a group of application metrics has no `interval`
  help: they are recorded whenever they are read: take it out
one.rules:2:9: error[K0148]: a group of application metrics has no `limit`
  help: they are recorded whenever they are read: take it out
one.rules:6:14: error[K0148]: the alert `A` is no application metric
  help: put it into a file under `monitors`",
    );
}

#[test]
fn a_job_is_a_name_of_its_service() {
    let rules = "groups:\n- name: g\n  rules:\n  - { alert: A, expr: 'up{job=\"b\"} == 0' }\n";
    let read = |services: &str, expected: &str| {
        let system = format!("system: s\nservices: {{ {services} }}\n");
        check_pack(&[("system.yaml", &system), ("monitors/m.yaml", rules)], expected)
    };
    let loaded = read("a: { job: b }, c: {}", "");
    let system = loaded.pack.base.system.unwrap();
    assert_eq!(system.practice().monitors[0].service, system.names().get("a"));
    assert_eq!(system.services()[0].job.as_deref(), Some("b"));
    read(
        "a: { job: c }, c: {}",
        "
system.yaml:2:23: error[K0124]: `c` already names `c`
  see system.yaml:2:28: first written here
  help: a name or alias leads to one service: remove it from one of the two",
    );
}

#[test]
fn a_system_of_one_file_names_its_rule_files() {
    let rules = "groups:\n- name: g\n  rules: [{ alert: Down, expr: 'up{job=\"a\"} == 0' }]\n";
    let loaded = check_pack(
        &[
            (
                "system.yaml",
                "system: s\nservices: { a: {} }\nmonitors: [alerts.rules, gone.yaml]\n",
            ),
            ("alerts.rules", rules),
        ],
        "
system.yaml:3:26: warning[K0132]: there is no page `gone.yaml`
  help: write a path relative to the system file, or a URL with `https://`",
    );
    let system = loaded.pack.base.system.unwrap();
    assert_eq!(system.practice().monitors[0].file, "alerts.rules");
}

#[test]
fn a_file_beside_a_folder_of_rules_reads_those_it_names() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    std::fs::create_dir(directory.path().join("monitors")).unwrap();
    let rule =
        |name: &str| format!("groups:\n- name: g\n  rules: [{{ alert: {name}, expr: x }}]\n");
    write("monitors/named.yaml", &rule("Named"));
    write("monitors/other.yaml", &rule("Other"));
    write("shop.yaml", "system: s\nservices: { a: {} }\nmonitors: [monitors/named.yaml]\n");
    let names = |path: &str| -> Vec<String> {
        let reading = knockon_format::load_system(&directory.path().join(path));
        reading.system.unwrap().practice().monitors.iter().map(|m| m.name.clone()).collect()
    };
    assert_eq!(names("shop.yaml"), ["Named"]);
    std::fs::rename(directory.path().join("shop.yaml"), directory.path().join("system.yaml"))
        .unwrap();
    assert_eq!(names("system.yaml"), ["Named", "Other"]);
    assert_eq!(names(""), ["Named", "Other"]);
}
