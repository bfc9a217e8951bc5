//! `knockon rules`: the alerts that rules would have raised over metrics in files.

use std::path::PathBuf;

use knockon_core::{Diagnostic, Place};
use knockon_promql::alertmanager;
use knockon_promql::rules::{Alert, AlertState, RuleSettings, Rules};
use knockon_report::Page;
use knockon_report::paint::{BAD, CARE, HEADLINE, paint};
use knockon_scenario::alerts::{self, Groups};

use crate::cli::{Format, RulesArgs};
use crate::exit::{Failure, Outcome, Result};
use crate::metrics;
use crate::moment::{Moments, shown};
use crate::output;
use crate::progress;

/// Reads rules and metrics, evaluates, prints.
pub fn run(args: &RulesArgs) -> Result<Outcome> {
    let fail = |diagnostics| Failure::Input { diagnostics, format: args.format };
    let mut moments = Moments::default();
    let from = moments.time("--from", args.from.as_deref());
    let to = moments.time("--to", args.to.as_deref());
    moments.in_order(("--from", from), ("--to", to));
    let interval_ms = moments.length_ms("--interval", &args.interval);
    let mut notes = moments.diagnostics;
    let groups = read(&args.rules);
    notes.extend(groups.diagnostics);
    let metrics = metrics::read(&args.metrics).map_err(|diagnostics| notes.extend(diagnostics));
    let is_wrong = notes.iter().any(Diagnostic::is_error);
    let (Some(interval_ms), Ok(mut metrics), false) = (interval_ms, metrics, is_wrong) else {
        return Err(fail(notes));
    };
    notes.append(&mut metrics.notes);
    let mut moments = Moments::default();
    let (from_ms, to_ms) = moments.stretch(from, to, &metrics);
    moments.not_too_often(from_ms, to_ms, interval_ms);
    if !moments.diagnostics.is_empty() {
        return Err(fail(moments.diagnostics));
    }
    let settings =
        RuleSettings { query: args.prometheus.settings(), ..alerts::settings(interval_ms) };
    let elapsed = |until_ms: i64| u64::try_from((until_ms - from_ms) / 1000).unwrap_or(0);
    let bar = progress::bar(elapsed(to_ms));
    let store = &mut metrics.store;
    let (rules, failed) =
        alerts::evaluate(store, groups.groups, settings, from_ms, to_ms, |now_ms| {
            bar.set_position(elapsed(now_ms));
        });
    bar.finish_and_clear();
    notes.extend(failed);
    output::notes(&notes)?;
    match args.format {
        Format::Json => output::report(&listed(&rules))?,
        Format::Text => output::report(&text(&rules, from_ms))?,
    }
    Ok(Outcome::Held)
}

/// Reads rule files, all mistakes of all of them.
pub fn read(paths: &[PathBuf]) -> Groups {
    let mut all = Groups::default();
    for path in paths {
        let shown = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => {
                let mut read = alerts::of_file(&shown, &bytes);
                all.groups.append(&mut read.groups);
                all.diagnostics.append(&mut read.diagnostics);
            }
            Err(error) => all.diagnostics.push(
                Diagnostic::error(
                    knockon_scenario::codes::NO_RULES,
                    format!("cannot read: {error}"),
                )
                .at(Place::whole_file(shown)),
            ),
        }
    }
    all
}

/// The alerts that fired, as Alertmanager lists them.
pub fn listed(rules: &Rules) -> String {
    let alerts = rules.history().filter_map(|(_, alert)| {
        let answered = alertmanager::answered(alert, rules.settings(), &[])?;
        serde_json::to_value(answered).ok()
    });
    format!("{:#}\n", serde_json::Value::Array(alerts.collect()))
}

fn text(rules: &Rules, from_ms: i64) -> String {
    let mut page = Page::default();
    let fired: Vec<&Alert> = rules.history().map(|(_, alert)| alert).collect();
    let count = rules.groups().map(|group| group.rules.len()).sum::<usize>();
    let last_ms = rules.status().filter_map(|it| it.evaluated_at_ms).max().unwrap_or(from_ms);
    page.line(&format!(
        "{} fired, of {} from {} to {}",
        paint(HEADLINE, counted(fired.len(), "alert")),
        counted(count, "rule"),
        shown(from_ms),
        shown(last_ms)
    ));
    for alert in fired {
        page.gap();
        of_alert(&mut page, alert);
    }
    page.finish()
}

fn of_alert(page: &mut Page, alert: &Alert) {
    let until = match (alert.state, alert.resolved_at_ms) {
        (AlertState::Resolved, Some(resolved)) => format!("to {}", shown(resolved)),
        (AlertState::Dropped, _) => "until it was dropped".to_owned(),
        _ => paint(BAD, "and still fires"),
    };
    let since = alert.fired_at_ms.map(shown).unwrap_or_default();
    let severity = alert.labels.get("severity").map(|it| format!("{it} ")).unwrap_or_default();
    page.line(&format!(
        "{}{} from {since} {until}",
        paint(CARE, severity),
        paint(HEADLINE, alert.name())
    ));
    let labels = alert.labels.filtered(|name| !matches!(name, "alertname" | "severity"));
    if !labels.is_empty() {
        page.line(&format!("  {labels}"));
    }
    for (name, annotation) in &alert.annotations {
        if matches!(name.as_str(), "summary" | "description" | "message") {
            page.line(&format!("  {}", annotation.trim()));
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
