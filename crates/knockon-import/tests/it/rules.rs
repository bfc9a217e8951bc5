//! Alerting and recording rules.

use std::fmt::Write as _;

use knockon_core::RuleIndex;

use crate::import_texts;

const SERVICES: &str = "services: { carts: {}, orders: {} }\n";

#[track_caller]
fn check(path: &str, rules: &str, expected: &str) {
    let imported = import_texts(&[("c.yaml", SERVICES), (path, rules)]);
    let system = imported.system.unwrap();
    let mut text = String::new();
    for monitor in &system.practice().monitors {
        let _ = write!(text, "{} {:?}/{:?}", monitor.name, monitor.file, monitor.group);
        let _ = write!(text, " for {}s", monitor.hold.as_secs());
        let service = monitor.service.map(|id| &system.service(id).name);
        let team = monitor.team.map(|id| &system.teams()[id.index()].name);
        let page = monitor.runbook.and_then(|id| system.runbooks()[id.index()].page.clone());
        let severity = monitor.severity.map(|it| it.to_string());
        let all = [
            service.cloned(),
            team.cloned(),
            severity,
            monitor.id.clone(),
            monitor.title.clone(),
            page,
        ];
        let all: Vec<_> = all.into_iter().map(|it| it.unwrap_or("-".into())).collect();
        let _ = writeln!(text, ": {}", all.join(" "));
    }
    for recording in &system.practice().recordings {
        let _ = writeln!(text, "{} = {}", recording.name, recording.expr);
    }
    for group in &system.practice().rule_groups {
        let kind = |rule: &RuleIndex| match rule {
            RuleIndex::Alerting(at) => format!("alert {at}"),
            RuleIndex::Recording(at) => format!("record {at}"),
        };
        let rules: Vec<_> = group.rules.iter().map(kind).collect();
        let every = group.interval.map_or(0, |it| it.as_secs());
        let _ =
            writeln!(text, "{}/{} every {every}s: {}", group.file, group.name, rules.join(", "));
    }
    for diagnostic in &imported.diagnostics {
        let _ = writeln!(text, "{diagnostic}");
    }
    assert_eq!(text.trim(), expected.trim());
}

const RULES: &str = "groups:
- name: g
  interval: 2m
  rules:
  - { record: 'a:b', expr: sum(x) }
  - alert: A
    expr: up == 0
    for: 5m
    labels: { severity: page, service: cart, team: storefront }
    annotations: { runbook_url: 'https://r/a', monitor_id: 'm-1', title: 'Cart' }
  - alert: B
    expr: rate(x{job=\"orders\"}[5m]) > 1
    labels: { service: '{{ $labels.service }}' }
";

const READ: &str = "
A \"monitors/r.yaml\"/\"g\" for 300s: - storefront P1 m-1 Cart https://r/a
B \"monitors/r.yaml\"/\"g\" for 0s: orders - - - - -
a:b = sum(x)
monitors/r.yaml/g every 120s: record 0, alert 0, alert 1
";

#[test]
fn rules_name_services_teams_and_runbooks() {
    check("r.yaml", RULES, READ);
    let object = RULES.replace('\n', "\n  ");
    let object =
        format!("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  {object}\n");
    check("r.yaml", &object, READ);
    let map = RULES.replace('\n', "\n    ");
    let map = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a.rules: |\n    {map}\n");
    check("r.yaml", &map, READ);
}

#[test]
fn what_prometheus_would_refuse_is_told() {
    check(
        "r.yaml",
        "groups:\n- name: g\n  rules:\n  - { alert: A, expr: x, for: soon, lables: {} }\n  - { alert: B }\n",
        "
A \"monitors/r.yaml\"/\"g\" for 0s: - - - - - -
monitors/r.yaml/g every 0s: alert 0
r.yaml:4:31: warning[K0514]: `for` is `soon`, which is no length of time
r.yaml:4:37: warning[K0514]: unknown key `lables`
r.yaml:5:5: warning[K0514]: a rule without `expr`
",
    );
}

#[test]
fn the_format_before_prometheus_2_is_known() {
    check(
        "alert.rules",
        "# Old.
ALERT HighErrorRate
  IF rate(request_errors_total{job=\"carts\"}[1m])
     > 0.1
  FOR 5m
  LABELS { severity = \"critical\", team=\"a\" }
  ANNOTATIONS {
    title = \"Errors\",
  }
ALERT Broken
  FOR soon
",
        "
HighErrorRate \"monitors/alert.yaml\"/\"alert\" for 300s: carts a P0 - Errors -
monitors/alert.yaml/alert every 0s: alert 0
alert.rules:2:1: warning[K0506]: this is how Prometheus 1 wrote rules
alert.rules:10:1: warning[K0514]: an alert without `IF`
",
    );
}
