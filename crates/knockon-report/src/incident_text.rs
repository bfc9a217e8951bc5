//! An incident on one screen, in the order in which somebody on call needs it: what to believe and
//! how firmly, since when, whose it is, what changed, what to do first; then the reasons.

use std::fmt::Write as _;

use knockon_core::Timestamp;
use knockon_telemetry::format_time;
use knockon_triage::{
    AlertRole, Cause, Certainty, ChangeRole, Finding, Incident, JourneyHurt, Role, ServiceState,
    Symptom,
};

use crate::number::{grouped, significant};
use crate::page::Page;
use crate::paint::{BAD, CARE, HEADLINE, QUIET, paint};

/// Candidates with less of the blame are not worth a line.
const LEAST_SHOWN: f64 = 0.005;

/// How many things that stray are shown for a service in one line.
const FINDINGS_MAX: usize = 2;

/// The incident as text with ANSI styles.
pub fn incident_text(incident: &Incident) -> String {
    let mut page = Page::default();
    headline(&mut page, incident);
    if let Some(cause) = incident.causes.first() {
        summary(&mut page, incident, cause);
        page.section("Why", cause_lines(cause));
        page.section("Symptoms of it", incident.symptoms.iter().map(symptom_line).collect());
    } else if !incident.changes.is_empty() {
        page.field("changes", incident.changes.iter().map(change_text));
    }
    let others = incident.causes.iter().skip(1).take(4).filter(|cause| cause.score >= LEAST_SHOWN);
    page.section("Other candidates", others.map(candidate_line).collect());
    page.section("Not explained by it", incident.unexplained.iter().map(state_line).collect());
    page.section("Alerts", alert_lines(&incident.alerts));
    page.gap();
    page.line(&footer(incident));
    page.finish()
}

fn headline(page: &mut Page, incident: &Incident) {
    let bold = |text: &str| paint(HEADLINE, text);
    let line = match (incident.certainty, incident.causes.as_slice()) {
        (Certainty::Clear, [cause, ..]) => {
            format!("{}{}", paint(BAD, &cause.service), bold(" is the likeliest cause"))
        }
        (Certainty::Close, [first, second, ..]) => format!(
            "{}{}{}{}{}{}",
            paint(BAD, &first.service),
            bold(" or "),
            paint(BAD, &second.service),
            bold(": which of them is "),
            paint(CARE, "not provable"),
            bold(" from this evidence"),
        ),
        (Certainty::Weak, [cause, ..]) => format!(
            "{}{}{}",
            bold("Perhaps no incident: no alert fired, and "),
            paint(CARE, &cause.service),
            bold(" strays only a little"),
        ),
        _ => bold("Nothing strays and no alert fired: no incident in this evidence"),
    };
    page.line(&line);
    page.gap();
}

fn summary(page: &mut Page, incident: &Incident, cause: &Cause) {
    page.field("cause", [blame_text(incident, cause)]);
    page.field("since", since_text(incident, cause));
    page.field("owner", [owner_text(cause)]);
    page.field("change", change_lines(incident));
    page.field("do first", do_first(cause));
    page.field("journeys", incident.journeys.iter().map(journey_text));
}

fn blame_text(incident: &Incident, cause: &Cause) -> String {
    let in_trouble = incident.symptoms.len() + incident.unexplained.len() + 1;
    let share = percent(cause.score);
    let next = incident
        .causes
        .get(1)
        .filter(|next| next.score >= LEAST_SHOWN)
        .map(|next| format!(", next is {} with {}", next.service, percent(next.score)))
        .unwrap_or_default();
    format!(
        "{} ({}): {share} of the blame{next}; explains {} of {in_trouble} services in trouble",
        cause.service, cause.kind, cause.explains,
    )
}

fn since_text(incident: &Incident, cause: &Cause) -> Option<String> {
    let began = to_the_second(incident.began?);
    let mut text = format!(
        "{} ({} before the end of the evidence)",
        format_time(began),
        to_the_second(incident.at) - began
    );
    if let Some(since) = cause.since.map(to_the_second).filter(|since| *since != began) {
        let _ = write!(text, "; {} itself since {}", cause.service, clock(since));
    }
    Some(text)
}

fn owner_text(cause: &Cause) -> String {
    let Some(owner) = &cause.owner else {
        return paint(CARE, format!("nobody: give {} a `team` in the system file", cause.service));
    };
    let mut text = owner.team.clone();
    for part in [&owner.contact, &owner.escalation].into_iter().flatten() {
        let _ = write!(text, ", {part}");
    }
    text
}

/// A change with less suspicion is not worth a line.
const LEAST_SUSPECTED: f64 = 0.05;

/// The changes that are suspected, each with why.
fn change_lines(incident: &Incident) -> Vec<String> {
    let suspected = incident.changes.iter().filter(|c| c.suspicion >= LEAST_SUSPECTED).take(2);
    let lines: Vec<String> = suspected.flat_map(suspect_lines).collect();
    let others = incident.changes.len() - lines.len() / 2;
    match (lines.is_empty(), others) {
        (false, 0) => lines,
        (false, _) => {
            let verb = if others == 1 { "other does" } else { "others do" };
            let rest = paint(QUIET, format!("{others} {verb} not fit, or less"));
            lines.into_iter().chain([rest]).collect()
        }
        (true, 0) => vec!["none recorded".to_owned()],
        (true, _) => {
            let nearest =
                incident.changes.iter().take(1).map(|change| {
                    paint(QUIET, format!("{}: {}", change_text(change), change.reason))
                });
            [format!("none that fits, of {others} recorded")].into_iter().chain(nearest).collect()
        }
    }
}

fn suspect_lines(change: &ChangeRole) -> [String; 2] {
    let share = percent(change.suspicion);
    let verdict = if change.blamed {
        format!("  the likely culprit ({share}): {}", change.reason)
    } else {
        format!("  suspected ({share}): {}", change.reason)
    };
    [change_text(change), if change.blamed { verdict } else { paint(QUIET, verdict) }]
}

fn change_text(change: &ChangeRole) -> String {
    let mut text = format!("{} {} of {}", clock(change.time), change.kind, change.service);
    for part in [&change.version, &change.summary].into_iter().flatten() {
        let _ = write!(text, " {part}");
    }
    if let Some(by) = &change.by {
        let _ = write!(text, " by {by}");
    }
    if let Some(team) = &change.team {
        let _ = write!(text, " (team {team})");
    }
    text
}

fn do_first(cause: &Cause) -> Vec<String> {
    let Some(runbook) = &cause.runbook else {
        return vec![paint(
            CARE,
            format!("no runbook: give {} one in the system file", cause.service),
        )];
    };
    let page = runbook.page.iter().map(|page| format!("{} ({page})", runbook.name));
    let title = runbook.title.iter().cloned();
    let steps =
        runbook.steps.iter().enumerate().map(|(index, step)| format!("{}. {step}", index + 1));
    let lines: Vec<_> = steps.chain(page).collect();
    if lines.is_empty() { title.chain([runbook.name.clone()]).take(1).collect() } else { lines }
}

fn journey_text(journey: &JourneyHurt) -> String {
    let mut text = journey.name.clone();
    if let Some(demand) = journey.demand_per_hour {
        let _ = write!(text, ", {} an hour", significant(demand));
    }
    if let (Some(amount), Some(currency)) = (journey.at_stake_per_hour, &journey.currency) {
        let _ = write!(text, ", {} {currency} an hour at stake", grouped(amount));
    }
    format!("{text} (crosses {})", journey.crosses.join(", "))
}

fn cause_lines(cause: &Cause) -> Vec<String> {
    let mut lines: Vec<_> = cause
        .families
        .iter()
        .map(|f| {
            format!(
                "{} of the trouble with {} begins here",
                percent(f.share),
                family_text(f.family)
            )
        })
        .collect();
    lines.extend(one_per_signal(&cause.findings).into_iter().take(5).map(finding_text));
    lines
}

fn family_text(family: &str) -> &str {
    match family {
        "resources" => "resources (saturation, backlog, restarts, capacity)",
        "load" => "load (a surge of traffic)",
        "alerts" => "alerts that no metric covers",
        other => other,
    }
}

fn symptom_line(symptom: &Symptom) -> String {
    let mut path = symptom.path.first().map(|hop| hop.from.clone()).unwrap_or_default();
    for hop in &symptom.path {
        let silent = if hop.silent { " (silent)" } else { "" };
        let _ = write!(path, " → {}{silent}", hop.to);
    }
    let kinds: Vec<_> = symptom.path.iter().map(|hop| hop.dependency).collect();
    format!("{path}  {}  {}", paint(QUIET, kinds.join(", ")), findings_text(&symptom.state))
}

fn state_line(state: &ServiceState) -> String {
    format!("{}  {}", state.service, findings_text(state))
}

fn findings_text(state: &ServiceState) -> String {
    let findings = one_per_signal(&state.findings);
    let shown: Vec<_> = findings.iter().take(FINDINGS_MAX).map(|f| finding_text(f)).collect();
    shown.join("; ")
}

fn candidate_line(cause: &Cause) -> String {
    let findings = one_per_signal(&cause.findings);
    let strongest = findings.first().map(|f| finding_text(f)).unwrap_or_default();
    format!("{:>4}  {}  {strongest}", percent(cause.score), cause.service)
}

/// The strongest finding of each signal, so that five percentiles of one latency are one line; all
/// alerts.
fn one_per_signal(findings: &[Finding]) -> Vec<&Finding> {
    let mut signals: Vec<&str> = Vec::new();
    let is_new = |finding: &&Finding| match finding {
        Finding::Metric { signal, .. } => {
            let new = !signals.contains(signal);
            signals.push(signal);
            new
        }
        Finding::Alert { .. } | Finding::Log { .. } => true,
    };
    findings.iter().filter(is_new).collect()
}

fn finding_text(finding: &Finding) -> String {
    match finding {
        Finding::Metric { metric, labels, before, during, since, .. } => {
            let mut text =
                format!("{metric}{labels} {} → {}", significant(*before), significant(*during));
            let factor = during / before;
            if factor.is_finite() && factor >= 1.95 {
                let _ = write!(text, " (×{})", significant(factor));
            }
            if let Some(since) = since {
                let _ = write!(text, " since {}", clock(*since));
            }
            text
        }
        Finding::Alert { name, since, peer } => {
            let peer = peer.as_ref().map(|peer| format!(" on calls to {peer}")).unwrap_or_default();
            format!("alert {name}{peer} since {}", clock(*since))
        }
        Finding::Log { service, template, count, since, .. } => {
            format!("log of {service}: \"{template}\" ×{count} since {}", clock(*since))
        }
    }
}

fn alert_lines(alerts: &[AlertRole]) -> Vec<String> {
    let line = |alert: &AlertRole| {
        let role = match alert.role {
            Role::Cause => paint(BAD, "cause      "),
            Role::Symptom => "symptom    ".to_owned(),
            Role::Unexplained => paint(CARE, "unexplained"),
            Role::Background => paint(QUIET, "background "),
        };
        let severity = alert.severity.as_ref().map(|s| format!(" [{s}]")).unwrap_or_default();
        let over = if alert.firing { "" } else { ", resolved" };
        format!(
            "{role}  {} {}{severity} on {}{over}",
            clock(alert.since),
            alert.name,
            alert.service
        )
    };
    let mut sorted: Vec<_> = alerts.iter().collect();
    sorted.sort_by_key(|alert| (alert.role as u8, alert.since));
    sorted.into_iter().map(line).collect()
}

fn footer(incident: &Incident) -> String {
    let count = &incident.evidence;
    let basis = match incident.before.basis {
        "given" => "as given",
        "first-alert" => "shortly before the first alert",
        "common-change" => "where the metrics change together",
        "baseline" => "the baseline metrics",
        _ => "no samples",
    };
    let counted = |count: usize, word: &str| {
        let ending = if count == 1 { "" } else { "s" };
        format!("{} {word}{ending}", grouped(count as f64))
    };
    let text = format!(
        "{}: {} series, {}, {}, {} up to {}. Usual is what was before {} ({basis}).",
        incident.system,
        count.series,
        counted(count.samples, "sample"),
        counted(count.alerts, "alert"),
        counted(count.changes, "change"),
        format_time(to_the_second(incident.at)),
        format_time(to_the_second(incident.before.until)),
    );
    paint(QUIET, text)
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// The time of day in UTC, to the second; the date stands in the line "since".
fn clock(time: Timestamp) -> String {
    let full = format_time(to_the_second(time));
    match full.split_once('T') {
        Some((_, clock)) => clock.trim_end_matches('Z').to_owned(),
        None => full,
    }
}

/// Nobody reads milliseconds at night; the JSON has them.
fn to_the_second(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_ms(time.unix_ms.div_euclid(1000) * 1000)
}
