//! What rules do over time. The state machine is held to the cases of Prometheus
//! (<https://github.com/prometheus/prometheus/blob/main/rules/alerting_test.go>).

use knockon_promql::rules::{
    Alert, AlertState, Rule, RuleGroup, RulePart, RuleSettings, RuleText, Rules,
};
use knockon_promql::rules::{AlertingRule, RecordingRule};
use knockon_promql::{Labels, Store};

use crate::load::{Alerting, answer, group, load, recording, samples};

const MINUTE: i64 = 60_000;

fn rules(groups: impl IntoIterator<Item = RuleGroup>) -> Rules {
    Rules::new(groups, RuleSettings::default())
}

/// Evaluates at every minute and tells what happened, in lines such as `2 Firing A{job="a"}`.
fn play(rules: &mut Rules, store: &mut Store, minutes: i64) -> Vec<String> {
    let mut lines = Vec::new();
    for minute in 0..=minutes {
        let evaluation = rules.evaluate(store, minute * MINUTE);
        for event in evaluation.events {
            let labels = event.labels.with("alertname", "");
            lines.push(format!("{} {:?} {labels}", event.time_ms / MINUTE, event.kind));
        }
        lines.extend(evaluation.failures.iter().map(|it| format!("{minute} error {it}")));
    }
    lines
}

/// Alerts in lines such as `{job="a"} pending 0 firing 2 resolved 5`, in minutes.
fn history(rules: &Rules) -> Vec<String> {
    let line = |alert: &Alert| {
        let mut line = format!(
            "{} pending {}",
            alert.labels.with("alertname", ""),
            alert.active_at_ms / MINUTE
        );
        for (word, time_ms) in [("firing", alert.fired_at_ms), ("resolved", alert.resolved_at_ms)] {
            line.extend(time_ms.map(|time_ms| format!(" {word} {}", time_ms / MINUTE)));
        }
        line
    };
    rules.history().map(|(_, alert)| line(alert)).collect()
}

fn high(hold: i64, keep_firing: i64) -> Rule {
    Alerting {
        name: "HTTPRequestRateHigh",
        expr: "http_requests > 50",
        hold_ms: hold * MINUTE,
        keep_firing_ms: keep_firing * MINUTE,
        ..Alerting::default()
    }
    .rule(0)
}

/// `TestKeepFiringFor`.
#[test]
fn an_alert_keeps_firing_for_a_while() {
    let mut store = Store::new();
    load(
        &mut store,
        MINUTE,
        "http_requests{job=\"app-server\",instance=\"0\"}",
        "75 85 70 70 10x5",
    );
    let mut rules = rules([group(MINUTE, vec![high(1, 1)])]);
    let labels = r#"{instance="0", job="app-server"}"#;
    assert_eq!(
        play(&mut rules, &mut store, 6),
        [
            format!("0 Pending {labels}"),
            format!("1 Firing {labels}"),
            format!("4 KeepsFiring {labels}"),
            format!("5 Resolved {labels}"),
        ]
    );
    assert_eq!(
        samples(&store, "ALERTS"),
        [
            "ALERTS{alertname=\"HTTPRequestRateHigh\", alertstate=\"firing\", instance=\"0\", \
             job=\"app-server\"} 60:1 120:1 180:1 240:1 300:stale",
            "ALERTS{alertname=\"HTTPRequestRateHigh\", alertstate=\"pending\", instance=\"0\", \
             job=\"app-server\"} 0:1 60:stale",
        ]
    );
    assert_eq!(
        samples(&store, "ALERTS_FOR_STATE"),
        [
            "ALERTS_FOR_STATE{alertname=\"HTTPRequestRateHigh\", instance=\"0\", job=\"app-server\"} 0:0 \
          60:0 120:0 180:0 240:0 300:stale"
        ]
    );
}

/// `TestPendingAndKeepFiringFor`.
#[test]
fn an_alert_that_never_fired_does_not_keep_firing() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "http_requests{job=\"app-server\",instance=\"0\"}", "75 10x10");
    let mut rules = rules([group(MINUTE, vec![high(1, 1)])]);
    let labels = r#"{instance="0", job="app-server"}"#;
    assert_eq!(
        play(&mut rules, &mut store, 2),
        [format!("0 Pending {labels}"), format!("1 Withdrawn {labels}")]
    );
    assert_eq!(history(&rules), [] as [&str; 0]);
}

#[test]
fn alerts_pend_for_as_long_as_they_are_told() {
    let check = |hold: i64, keep_firing: i64, values: &str, expected: &[&str]| {
        let mut store = Store::new();
        load(&mut store, MINUTE, "http_requests", values);
        let mut rules = rules([group(MINUTE, vec![high(hold, keep_firing)])]);
        play(&mut rules, &mut store, 40);
        assert_eq!(history(&rules), expected, "{hold} {keep_firing} {values}");
    };
    check(0, 0, "75x1 10x50", &["{} pending 0 firing 0 resolved 2"]);
    check(2, 0, "75x1 10x50", &[]);
    check(2, 0, "75x2 10x50", &["{} pending 0 firing 2 resolved 3"]);
    // Flapping: each time is an alert of its own.
    check(
        0,
        0,
        "75 10 75 10 75 10x50",
        &[
            "{} pending 0 firing 0 resolved 1",
            "{} pending 2 firing 2 resolved 3",
            "{} pending 4 firing 4 resolved 5",
        ],
    );
    check(0, 2, "75 10 75 10 75 10x50", &["{} pending 0 firing 0 resolved 7"]);
    // Waiting begins anew.
    check(2, 0, "75 75 10 75 75 75 10x50", &["{} pending 3 firing 5 resolved 6"]);
    // A series that ends resolves its alert at once, one that is no longer told after five minutes.
    check(0, 0, "75 75 stale", &["{} pending 0 firing 0 resolved 2"]);
    check(0, 0, "75 75", &["{} pending 0 firing 0 resolved 6"]);
    check(0, 0, "75x60", &["{} pending 0 firing 0"]);
}

#[test]
fn labels_and_annotations_are_filled_in() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "http_requests{instance=\"0\"}", "75 85 95");
    let rule = Alerting {
        expr: "http_requests > 50",
        labels: &[
            ("severity", "{{ if gt $value 80.0 }}critical{{ else }}warning{{ end }}"),
            ("gone", "{{ $labels.none }}"),
        ],
        annotations: &[
            ("summary", "{{ $labels.instance }} at {{ $value }} of {{ $externalLabels.cluster }}"),
            ("query", "{{ range query \"http_requests * 2\" }}{{ .Value }}{{ end }}"),
            ("broken", "{{ first (query \"none\") }}"),
            ("at", "{{ now }} {{ $externalURL }} {{ pathPrefix }}"),
        ],
        ..Alerting::default()
    };
    let settings = RuleSettings {
        external_labels: Labels::of([("cluster", "c1")]),
        external_url: "http://p/x".to_owned(),
        ..RuleSettings::default()
    };
    let mut rules = Rules::new([group(MINUTE, vec![rule.rule(7)])], settings);
    assert_eq!(
        play(&mut rules, &mut store, 1),
        [
            r#"0 Firing {instance="0", severity="warning"}"#,
            // Other labels make another alert.
            r#"1 Firing {instance="0", severity="critical"}"#,
            r#"1 Resolved {instance="0", severity="warning"}"#,
        ]
    );
    let (_, alert) = rules.active().next().unwrap();
    let broken = "<error expanding template: error executing template __alert_A: template: \
                  __alert_A:1:115: executing \"__alert_A\" at <first (query \"none\")>: error calling \
                  first: first() called on vector with no elements>";
    let annotations: Vec<_> =
        alert.annotations.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(
        annotations,
        [
            ("at", "60 http://p/x /x"),
            ("broken", broken),
            ("query", "170"),
            ("summary", "0 at 85 of c1"),
        ]
    );
    assert_eq!((alert.source, alert.value, alert.name()), (7, 85.0, "A"));
    // Where a label was filled in with nothing, Prometheus leaves its template in the series.
    assert!(samples(&store, "ALERTS")[0].contains(r#"gone="{{ $labels.none }}""#));
}

#[test]
fn a_rule_sees_what_those_before_it_recorded() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "a{x=\"1\",y=\"1\"}", "1 2 stale");
    load(&mut store, MINUTE, "a{x=\"2\",y=\"1\"}", "5x5");
    let alert = Alerting { expr: "twice:a > 9", ..Alerting::default() };
    let mut rules = rules([group(
        MINUTE,
        vec![
            recording("sum:a", "sum by (x) (a)", &[("team", "t")]),
            recording("twice:a", "2 * sum:a", &[]),
            alert.rule(0),
        ],
    )]);
    assert_eq!(play(&mut rules, &mut store, 3), [r#"0 Firing {team="t", x="2"}"#]);
    assert_eq!(
        samples(&store, "sum:a"),
        [
            r#"sum:a{team="t", x="1"} 0:1 60:2 120:stale"#,
            r#"sum:a{team="t", x="2"} 0:5 60:5 120:5 180:5"#,
        ]
    );
    assert_eq!(answer(&store, "twice:a", 3 * MINUTE), [r#"twice:a{team="t", x="2"} 10"#]);
}

#[test]
fn what_goes_wrong_with_a_rule_is_told_and_stops_no_other() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "a{x=\"1\"}", "1x9");
    load(&mut store, MINUTE, "a{x=\"2\"}", "1x9");
    load(&mut store, MINUTE, "b{x=\"1\"}", "1x9");
    let same = [("x", "")];
    let alert = |name, expr, labels| Alerting { name, expr, labels, ..Alerting::default() };
    let mut rules = rules([group(
        MINUTE,
        vec![
            recording("r:same", "a", &same),
            alert("Same", "a", &same).rule(1),
            alert("Many", "b * on () group_right a", &[]).rule(2),
            recording("r:range", "count_over_time(b[1m:1m])", &[]),
            recording("r:one", "1", &[]),
            recording("r:text", "\"x\"", &[]),
        ],
    )]);
    let evaluation = rules.evaluate(&mut store, 0);
    let failures: Vec<_> =
        evaluation.failures.iter().map(|it| (it.rule, it.message.as_str())).collect();
    assert_eq!(
        failures,
        [
            (0, "vector contains metrics with the same labelset after applying rule labels"),
            (1, "vector contains metrics with the same labelset after applying alert labels"),
            (5, "rule result is not a vector or scalar"),
        ]
    );
    assert_eq!(answer(&store, "r:one", 0), ["r:one 1"]);
    let errors: Vec<_> = rules.status().map(|it| (it.name, it.last_error.is_some())).collect();
    assert_eq!(
        errors,
        [
            ("r:same", true),
            ("Same", true),
            ("Many", false),
            ("r:range", false),
            ("r:one", false),
            ("r:text", true)
        ]
    );
    assert_eq!(rules.active().count(), 2);
}

/// `TestAlertingRuleLimit` and `TestRuleEval` with a limit.
#[test]
fn a_rule_with_too_many_alerts_forgets_them() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "a{x=\"1\"}", "1x9");
    load(&mut store, MINUTE, "a{x=\"2\"}", "_ _ 1 1 stale");
    let alert = Alerting { expr: "a", ..Alerting::default() };
    let record = recording("r:a", "a", &[]);
    let limited = RuleGroup { limit: Some(1), ..group(MINUTE, vec![alert.rule(0), record]) };
    let mut rules = rules([limited]);
    assert_eq!(
        play(&mut rules, &mut store, 4),
        [
            r#"0 Firing {x="1"}"#,
            r#"2 Dropped {x="1"}"#,
            "2 error exceeded limit of 1 with 2 alerts",
            "2 error exceeded limit of 1 with 2 series",
            "3 error exceeded limit of 1 with 2 alerts",
            "3 error exceeded limit of 1 with 2 series",
            r#"4 Firing {x="1"}"#,
        ]
    );
    let states: Vec<_> = rules.history().map(|(_, alert)| alert.state).collect();
    assert_eq!(states, [AlertState::Dropped, AlertState::Firing]);
    // Nothing was written while there was an error.
    assert_eq!(samples(&store, "r:a"), [r#"r:a{x="1"} 0:1 60:1 240:1"#]);
}

#[test]
fn queries_look_back_by_the_offset_of_the_group() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "a", "1 2 3 4");
    let alert = Alerting { expr: "a > 2", ..Alerting::default() };
    let shifted = RuleGroup {
        query_offset_ms: MINUTE,
        ..group(MINUTE, vec![recording("r:a", "a", &[]), alert.rule(0)])
    };
    let mut rules = rules([shifted]);
    assert_eq!(play(&mut rules, &mut store, 3), ["3 Firing {}"]);
    assert_eq!(samples(&store, "r:a"), ["r:a 0:1 60:2 120:3"]);
    let written = samples(&store, "ALERTS_FOR_STATE");
    assert_eq!(written, [r#"ALERTS_FOR_STATE{alertname="A"} 120:180"#]);
}

#[test]
fn groups_are_due_at_multiples_of_their_interval() {
    let mut store = Store::new();
    let interval = |interval_ms: Option<i64>| RuleGroup {
        interval_ms,
        ..group(0, vec![recording("r:time", "time()", &[])])
    };
    let mut rules = rules([interval(Some(20_000)), interval(None)]);
    assert_eq!(rules.next_due_ms(), None);
    rules.evaluate(&mut store, 5000);
    assert_eq!(rules.next_due_ms(), Some(25_000));
    rules.evaluate(&mut store, 24_999);
    // Two moments of the first group were missed; the last of them is made up for.
    rules.evaluate(&mut store, 70_000);
    assert_eq!(samples(&store, "r:time"), ["r:time 5:5 65:65"]);
    assert_eq!(rules.next_due_ms(), Some(85_000));
    // None at all is that of the settings.
    let mut rules = self::rules([interval(Some(0))]);
    rules.evaluate(&mut store, 100_000);
    assert_eq!(rules.next_due_ms(), Some(160_000));
}

#[test]
fn an_alert_that_keeps_firing_counts_for_the_limit() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "http_requests{x=\"1\"}", "75 10 10");
    load(&mut store, MINUTE, "http_requests{x=\"2\"}", "10 75 75");
    let mut rules = rules([RuleGroup { limit: Some(1), ..group(MINUTE, vec![high(0, 9)]) }]);
    assert_eq!(
        play(&mut rules, &mut store, 1),
        [
            r#"0 Firing {x="1"}"#,
            r#"1 Dropped {x="1"}"#,
            "1 error exceeded limit of 1 with 2 alerts",
        ]
    );
}

#[test]
fn alerts_are_sent_when_they_change_and_again_after_a_while() {
    use AlertState::{Firing, Resolved};
    let mut store = Store::new();
    load(&mut store, 15_000, "a", "1x7 0x400");
    let alert = Alerting { expr: "a == 1", hold_ms: 30_000, ..Alerting::default() };
    let mut rules = rules([group(15_000, vec![alert.rule(0)])]);
    let mut sent = Vec::new();
    for step in 0..120 {
        let now_ms = step * 15_000;
        let evaluation = rules.evaluate(&mut store, now_ms);
        for id in evaluation.sent {
            let alert = rules.alert(id).unwrap();
            sent.push((now_ms / 1000, alert.state, alert.valid_until_ms.map(|it| it / 1000)));
        }
    }
    assert_eq!(
        sent[..4],
        [
            (30, Firing, Some(270)),
            (105, Firing, Some(345)),
            (120, Resolved, Some(345)),
            (195, Resolved, Some(345))
        ]
    );
    // Until a quarter of an hour after it was resolved.
    assert_eq!(sent.last().unwrap().0, 1020);
}

#[test]
fn mistakes_of_a_rule_are_told_all_at_once_with_their_places() {
    let text = RuleText {
        name: "A",
        expr: "sum(",
        labels: &[("a", "{{ $x }}")],
        annotations: &[("b", "x {{ humanise $value }}"), ("c", "{{ end }}"), ("d", "{{ $value }}")],
    };
    let errors = AlertingRule::parse(text, 0, 0, 0).unwrap_err();
    let found: Vec<_> = errors[1..]
        .iter()
        .map(|error| (error.part.clone(), error.span.clone(), error.message.as_str()))
        .collect();
    assert_eq!(errors[0].part, RulePart::Expr);
    assert_eq!(
        found,
        [
            (RulePart::Label("a".to_owned()), 3..5, "undefined variable \"$x\""),
            (RulePart::Annotation("b".to_owned()), 5..13, "function \"humanise\" not defined"),
            (RulePart::Annotation("c".to_owned()), 0..2, "unexpected {{end}}"),
        ]
    );
    assert_eq!(RecordingRule::parse(text, 0).unwrap_err().len(), 1);
}

#[test]
fn the_same_evaluations_do_the_same() {
    let run = || {
        let mut store = Store::new();
        for index in 0..20 {
            load(
                &mut store,
                MINUTE,
                &format!("http_requests{{instance=\"{index}\"}}"),
                "75 10 75 75 10 75",
            );
        }
        let mut rules = rules([group(MINUTE, vec![high(0, 0)])]);
        (play(&mut rules, &mut store, 9), samples(&store, "ALERTS"))
    };
    assert_eq!(run(), run());
}
