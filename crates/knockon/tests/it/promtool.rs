//! The rules of every pack against the real thing: the metrics of each incident, the pack's own rule
//! files, and at every evaluation the alerts that ours fires, with their labels, as a unit test for
//! `promtool test rules`. Without promtool on the path that is left out, and said.
//!
//! Releases of Prometheus differ in what they answer; ours are asked to answer like the promtool that is
//! there ([`Release`]).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use knockon_promql::rules::{AlertState, Rule, RuleGroup, Rules};
use knockon_promql::{Matcher, Release, Series, Store};
use knockon_scenario::alerts;
use serde_json::{Value as Json, json};

use crate::alarms_table::{ALARMS, Alarm, simulate};
use crate::run::{left_out, root};

/// How far apart scrapes are, and evaluations.
const EVERY_MS: i64 = 15_000;

/// The release of the promtool that is there.
fn promtool() -> Option<Release> {
    let output = Command::new("promtool").arg("--version").output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let version = said.split_once("version ")?.1.split_whitespace().next()?.to_owned();
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    Some(match (numbers.next()?, numbers.next()?) {
        (2, minor) if minor < 52 => Release::V2,
        (2, _) => Release::V2_52,
        _ => Release::V3,
    })
}

fn rule_files(pack: &str) -> Vec<PathBuf> {
    let folder = root().join("packs").join(pack).join("monitors");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn groups(files: &[PathBuf]) -> Vec<RuleGroup> {
    let read = |file: &PathBuf| {
        let read = alerts::of_file(&file.display().to_string(), &std::fs::read(file).unwrap());
        assert_eq!(read.diagnostics, []);
        read.groups
    };
    files.iter().flat_map(read).collect()
}

/// The groups as a rule file, without annotations.
fn without_annotations(groups: &[RuleGroup]) -> Json {
    let seconds = |ms: i64| format!("{}s", ms / 1000);
    let rule = |rule: &Rule| match rule {
        Rule::Alerting(rule) => {
            let labels = rule.labels.iter().map(|(name, text)| (name.clone(), json!(text.text())));
            json!({
                "alert": rule.name,
                "expr": rule.query.text(),
                "for": seconds(rule.hold_ms),
                "keep_firing_for": seconds(rule.keep_firing_ms),
                "labels": labels.collect::<serde_json::Map<String, Json>>(),
            })
        }
        Rule::Recording(rule) => json!({ "record": rule.name, "expr": rule.query.text() }),
    };
    let group = |group: &RuleGroup| {
        let rules: Vec<Json> = group.rules.iter().map(rule).collect();
        json!({ "name": group.name, "rules": rules })
    };
    json!({ "groups": groups.iter().map(group).collect::<Vec<_>>() })
}

/// The metrics of an incident, as they are exported.
fn metrics(alarm: &Alarm, folder: &Path) -> knockon::metrics::Metrics {
    let file = folder.join("run.om");
    let ran = simulate(alarm, &["--openmetrics", &file.display().to_string()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    knockon::metrics::read(&[file]).unwrap()
}

/// The series that some rule asks for.
fn asked_for<'s>(store: &'s Store, groups: &[RuleGroup]) -> Vec<&'s Series> {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let selectors: Vec<&[Matcher]> = rules.flat_map(|rule| rule.query().selectors()).collect();
    let is_wanted = |series: &&Series| {
        let meets = |it: &Matcher| it.is_match(series.labels().get(&it.name).unwrap_or_default());
        selectors.iter().any(|matchers| matchers.iter().all(meets))
    };
    store.series().filter(is_wanted).collect()
}

/// The values of a series in slots from a moment on, as promtool reads them.
fn slots(series: &Series, zero_ms: i64) -> String {
    // For promtool the world begins at 0.
    let is_moment = series.labels().metric().is_some_and(|it| it.ends_with("_timestamp_seconds"));
    let since = if is_moment { zero_ms as f64 / 1000.0 } else { 0.0 };
    let mut text = String::new();
    let mut slot = 0;
    for (time, value) in series.times_ms().iter().zip(series.values()) {
        let at = (time - zero_ms) / EVERY_MS;
        if at > slot {
            // `_x2` are two gaps.
            write!(text, "_x{} ", at - slot).unwrap();
        }
        write!(text, "{} ", value - since).unwrap();
        slot = at + 1;
    }
    text
}

/// What ours fires at every evaluation, as promtool has to expect it.
fn expected(
    store: &mut Store,
    groups: &[RuleGroup],
    (from_ms, to_ms): (i64, i64),
    release: Release,
) -> (Vec<Json>, usize) {
    let mut names: Vec<&str> =
        groups.iter().flat_map(|group| &group.rules).map(Rule::name).collect();
    names.sort_unstable();
    names.dedup();
    let mut settings = alerts::settings(EVERY_MS);
    settings.query.release = release;
    let mut rules = Rules::new(groups.to_vec(), settings);
    let (mut tests, mut fired) = (Vec::new(), 0);
    let mut now_ms = from_ms;
    while now_ms <= to_ms {
        assert_eq!(rules.evaluate(store, now_ms).failures, []);
        for name in &names {
            let firing = rules.active().map(|(_, alert)| alert);
            let firing = firing.filter(|it| it.state == AlertState::Firing && it.name() == *name);
            let firing: Vec<Json> = firing
                .map(|alert| {
                    let labels = alert.labels.filtered(|label| label != "alertname");
                    let labels: serde_json::Map<String, Json> =
                        labels.iter().map(|(of, value)| (of.to_owned(), json!(value))).collect();
                    json!({ "exp_labels": labels })
                })
                .collect();
            fired += firing.len();
            let seconds = format!("{}s", (now_ms - from_ms) / 1000);
            tests.push(json!({ "eval_time": seconds, "alertname": name, "exp_alerts": firing }));
        }
        now_ms += EVERY_MS;
    }
    (tests, fired)
}

/// Plays the incidents of a pack, and asks promtool about each.
fn agree(pack: &str) {
    let Some(release) = promtool() else {
        left_out(&format!("{pack}'s alerts against promtool, which is not installed"));
        return;
    };
    let files = rule_files(pack);
    let checked = Command::new("promtool").args(["check", "rules"]).args(&files).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let groups = groups(&files);
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("rules.json");
    std::fs::write(&bare, without_annotations(&groups).to_string()).unwrap();
    let mut played = BTreeSet::new();
    let mut fired = 0;
    for (number, alarm) in ALARMS.iter().filter(|it| it.pack == pack).enumerate() {
        if !played.insert((alarm.variant, alarm.faults)) {
            continue;
        }
        let mut metrics = metrics(alarm, folder.path());
        let from_ms = metrics.first_ms;
        let series: Vec<Json> = asked_for(&metrics.store, &groups)
            .into_iter()
            .map(|series| {
                json!({ "series": series.labels().to_string(), "values": slots(series, from_ms) })
            })
            .collect();
        assert!(!series.is_empty());
        let (tests, count) =
            expected(&mut metrics.store, &groups, (from_ms, metrics.last_ms), release);
        fired += count;
        let test = json!({
            "rule_files": [bare],
            "evaluation_interval": "15s",
            "tests": [{ "interval": "15s", "input_series": series, "alert_rule_test": tests }],
        });
        let file = folder.path().join(format!("test-{number}.json"));
        std::fs::write(&file, test.to_string()).unwrap();
        let output = Command::new("promtool").args(["test", "rules"]).arg(&file).output().unwrap();
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        let said: String = said.chars().take(3000).collect();
        assert!(output.status.success(), "{alarm:?}\n{said}");
    }
    assert!(fired > 100, "{pack}: only {fired} firing alerts were compared");
    println!("{pack}: promtool agrees on {fired} firing alerts of {} incidents", played.len());
}

macro_rules! packs {
    ($($test:ident $pack:literal;)*) => {
        $(#[test]
        fn $test() {
            agree($pack);
        })*
    };
}

packs! {
    promtool_agrees_on_checkout "checkout";
    promtool_agrees_on_connect "connect";
    promtool_agrees_on_order_orchestrator "order-orchestrator";
    promtool_agrees_on_pos "pos";
    promtool_agrees_on_sock_shop "sock-shop";
}
