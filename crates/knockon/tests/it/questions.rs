//! `query` and `rules`: what they answer, and what they say of what is wrong.

use crate::run::{folder, knockon};

const METRICS: &str = "# TYPE jobs counter\n\
    jobs_total{job=\"a\"} 1 1000\njobs_total{job=\"a\"} 61 1060\njobs_total{job=\"a\"} 121 1120\n\
    jobs_total{job=\"b\"} 5 1000\njobs_total{job=\"b\"} 5 1060\njobs_total{job=\"b\"} 5 1120\n# EOF\n";

const RULES: &str = "groups:\n- name: g\n  rules:\n  - alert: Busy\n    expr: rate(jobs_total[2m]) > 0.1\n    \
    labels: { severity: page }\n    annotations: { summary: '{{ $labels.job }} does {{ $value }}' }\n";

/// Runs the command on files `m.om` and `r.yaml`, whose folder is `@/` in arguments and answers.
fn run(metrics: &str, rules: &str, arguments: &[&str]) -> (i32, String) {
    let dir = folder(&[("m.om", metrics.as_bytes()), ("r.yaml", rules.as_bytes())]);
    let path = dir.path().display().to_string();
    let arguments: Vec<String> =
        arguments.iter().map(|it| it.replace("@/", &format!("{path}/"))).collect();
    let ran = knockon(&arguments);
    (ran.code, (ran.stdout + &ran.stderr).replace(&path, "@"))
}

#[track_caller]
fn check(arguments: &[&str], code: i32, expected: &str) {
    assert_eq!(run(METRICS, RULES, arguments), (code, expected.to_owned()), "{arguments:?}");
}

#[test]
fn a_query_is_answered_at_a_moment_or_over_a_time() {
    check(
        &["query", "jobs_total", "@/m.om"],
        0,
        "jobs_total{job=\"a\"}  121\njobs_total{job=\"b\"}  5\n",
    );
    check(&["query", "-sum(jobs_total)", "@/m.om", "--at", "1060"], 0, "{}  -66\n");
    check(&["query", "1 + 1", "@/m.om"], 0, "2\n");
    check(
        &["query", "sum(jobs_total)", "@/m.om", "--step", "1m"],
        0,
        "{}\n  1970-01-01T00:16:40Z  6\n  1970-01-01T00:17:40Z  66\n  1970-01-01T00:18:40Z  126\n",
    );
    check(
        &["query", "sum(jobs_total)", "@/m.om", "--format", "json"],
        0,
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[1120,\"126\"]}]}}\n",
    );
    check(
        &["query", "job_total", "@/m.om"],
        0,
        "nothing\nnote[K0317]: no series is called `job_total`; did you mean `jobs_total`?\n",
    );
}

#[test]
fn alerts_are_listed_as_they_fired() {
    check(
        &["rules", "@/r.yaml", "--metrics", "@/m.om"],
        0,
        "1 alert fired, of 1 rule from 1970-01-01T00:16:40Z to 1970-01-01T00:18:40Z\n\npage Busy from \
         1970-01-01T00:17:40Z and still fires\n  {job=\"a\"}\n  a does 1\n",
    );
}

#[test]
fn what_is_wrong_is_told_at_once_and_with_a_remedy() {
    check(
        &["query", "rate(jobs_total)", "@/none.om", "--at", "noon"],
        2,
        "error[K0303]: `--at noon` is not a time\n |\n = help: write RFC 3339 (2026-03-01T03:10:00Z) or Unix \
         seconds (1772334600)\n\nerror[K0316]: expected type range vector in call to function \"rate\", got \
         instant vector\n --> query:1:6\n  |\n1 | rate(jobs_total)\n  |      ^^^^^^^^^^\n\nerror[K0203]: cannot be \
         opened: No such file or directory (os error 2)\n--> @/none.om\n\nknockon: 3 errors\n",
    );
    let beyond = |what: &str| {
        format!(
            "error[K0303]: {what}\n |\n = help: the metrics are from 1970-01-01T00:16:40Z to \
             1970-01-01T00:18:40Z\n\nknockon: 1 error\n"
        )
    };
    let late = beyond("`--from` 2026-01-01T00:00:00Z is after the last sample");
    check(&["query", "up", "@/m.om", "--from", "2026-01-01T00:00:00Z"], 2, &late);
    check(&["rules", "@/r.yaml", "-m", "@/m.om", "--from", "2026-01-01T00:00:00Z"], 2, &late);
    let early = beyond("`--to` 1970-01-01T00:00:01Z is before the first sample");
    check(&["rules", "@/r.yaml", "-m", "@/m.om", "--to", "1"], 2, &early);
    check(
        &["rules", "@/r.yaml", "-m", "@/m.om", "--to", "2026-01-01T00:00:00Z", "--interval", "1ms"],
        2,
        "error[K0303]: from 1970-01-01T00:16:40Z to 2026-01-01T00:00:00Z there would be 1767224600000 \
         evaluations, more than 1000000\n |\n = help: evaluate a shorter time (`--from`, `--to`) or less often \
         (`--interval`)\n\nknockon: 1 error\n",
    );
    check(
        &["query", "up", "@/m.om", "--step", "-1m"],
        2,
        "error[K0303]: `--step -1m` is not a length of time\n |\n = help: write it as Prometheus does: 15s, \
         1m, 1h30m\n\nknockon: 1 error\n",
    );
    check(
        &["rules", "@/m.om", "@/none.yaml", "-m", "@/r.yaml"],
        2,
        "error[K0318]: there are no rules in it\n--> @/m.om\n = help: give a rule file of Prometheus, which has \
         `groups`, a `PrometheusRule` or a `ConfigMap`\n\nerror[K0318]: cannot read: No such file or directory (os error 2)\n--> \
         @/none.yaml\n\nerror[K0204]: the file is in no known format of metrics\n--> @/r.yaml\n = help: known are CSV \
         with a header (time,…), OpenMetrics or Prometheus text with timestamps, and the JSON of query_range\n\n\
         knockon: 3 errors\n",
    );
}

#[test]
fn rules_are_read_from_what_clusters_have() {
    let inside = |before: &str, depth: usize| {
        let indented: Vec<String> =
            RULES.lines().map(|line| format!("{}{line}", " ".repeat(depth))).collect();
        format!("{before}{}\n", indented.join("\n"))
    };
    let config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: r }\ndata:\n  other.conf: x\n  a.rules: |-\n";
    let of_operator = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n";
    for rules in [inside(config_map, 4), inside(of_operator, 2)] {
        let (code, said) = run(METRICS, &rules, &["rules", "@/r.yaml", "-m", "@/m.om"]);
        assert_eq!(code, 0, "{said}");
        assert!(said.starts_with("1 alert fired, of 1 rule "), "{said}");
    }
    let wrong = inside(config_map, 4).replace("rate(jobs_total[2m])", "rate(jobs_total)");
    let (code, said) = run(METRICS, &wrong, &["rules", "@/r.yaml", "-m", "@/m.om"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--> @/r.yaml (a.rules):5:"), "{said}");
}

#[test]
fn a_rule_that_fails_is_told_with_its_group_and_file() {
    let rules = "groups:\n- name: g\n  rules:\n  - { record: twice, expr: jobs_total }\n  - { record: twice, expr: \
                 jobs_total * 2 }\n  - { alert: A, expr: vector(1), annotations: { summary: '{{ humanize \"x\" }}' } }\n";
    let (code, said) = run(METRICS, rules, &["rules", "@/r.yaml", "-m", "@/m.om"]);
    assert_eq!(code, 0);
    for expected in [
        "warning[K0321]: `twice` of the group `g` failed 3 times: duplicate sample for timestamp\n--> @/r.yaml\n",
        "warning[K0321]: `summary` of the alert `A` could not be filled in: <error expanding template: ",
    ] {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn two_outputs_are_two_files() {
    let arguments = ["simulate", "packs/checkout", "--openmetrics", "@/x", "--alerts", "@/x"];
    check(
        &arguments,
        2,
        "error[K0308]: `--openmetrics` and `--alerts` would be written to the same file\n--> @/x\n = help: name \
         two files\n\nknockon: 1 error\n",
    );
}

#[test]
fn a_simulated_run_is_evidence() {
    let dir = folder(&[]);
    let file = |name: &str| dir.path().join(name).display().to_string();
    for (pack, fault) in [("sock-shop", "crash=orders-db@4min"), ("pos", "crash=couchbase@4min")] {
        let pack = format!("packs/{pack}");
        let (metrics, alerts) = (file("metrics.om"), file("alerts.json"));
        let fault = ["--fault", fault];
        let outputs = ["--openmetrics", &metrics, "--alerts", &alerts];
        let ran = knockon(&[&["simulate", &pack][..], &fault, &outputs].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let ran = knockon(&["triage", "--system", &pack, &dir.path().display().to_string()]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        // What users tell of their journeys is no service that is missing.
        assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    }
}

/// The rules with which Sock Shop is deployed (microservices-demo/microservices-demo, Apache-2.0:
/// `deploy/kubernetes/manifests-monitoring/prometheus-alertrules.yaml` and
/// `deploy/docker-compose/alert.rules`) ask for metrics by the names that its services give them.
#[test]
fn rules_of_production_fire_on_a_simulated_incident_unchanged() {
    let rules = "groups:\n- name: Sock Shop\n  rules:\n  - alert: HighErrorRate\n    \
                 expr: rate(request_duration_seconds_count{status_code=\"500\"}[1m]) > .1\n    for: 1m\n    \
                 labels: { severity: email }\n  - alert: VeryHighErrorRate\n    \
                 expr: rate(request_duration_seconds_count{status_code=\"500\"}[5m]) > 1\n    for: 5m\n";
    let play = |fault: &[&str]| {
        let arguments =
            [&["simulate", "packs/sock-shop", "--rules", "@/r.yaml"][..], fault].concat();
        let (code, said) = run(METRICS, rules, &arguments);
        assert_eq!(code, 0, "{said}");
        said.lines().filter(|line| line.contains("HighErrorRate")).map(str::to_owned).collect()
    };
    let lines: Vec<String> = play(&["--fault", "errors=catalogue:60%@3min"]);
    assert_eq!(
        lines,
        [
            "  -- HighErrorRate of front-end (storefront): fires after 4.5 min, 7 times, firing at the end"
        ]
    );
    assert_eq!(play(&[]), [""; 0]);
}
