//! An incident on one screen, in the order in which somebody on call needs it: how urgent, what to
//! believe and how firmly, what fired, since when, how wide, what changed, whose it is, what to do
//! first, what to tell; then the reasons.

use std::fmt::Write as _;

use anstyle::Style;
use knockon_telemetry::format_time;
use knockon_triage::{Cause, Certainty, ChangeRole, Finding, Incident, ServiceState, Symptom};

use crate::incident_words::{
    clock, counted, folded_words, look_words, matters_words, owner_words, priority_words,
    risk_words, route_words, rule_words, scope_words, stand_down_words, to_the_second,
    verdict_words, when_words,
};
use crate::number::significant;
use crate::page::{Page, WIDTH, broken, cut, printable};
use crate::paint::{BAD, CARE, HEADLINE, QUIET, paint};

/// No style at all.
const PLAIN: Style = Style::new();

/// So many letters of a name in the headline.
const NAME_MAX: usize = 28;

/// As many commands, and lines of words, as the first action may have on the screen.
const COMMANDS_MAX: usize = 3;

/// So many lines of what it rests on.
const FOOTER_MAX: usize = 3;

/// So many lines of each section at the most.
const SECTION_MAX: usize = 8;

/// Candidates with less of the blame are not worth a line.
const LEAST_SHOWN: f64 = 0.005;

/// How many things that stray are shown for a service in one line.
const FINDINGS_MAX: usize = 2;

/// As many lines as fit on a screen.
const SCREEN: usize = 50;

/// The incident as text with ANSI styles, on one screen whatever it is.
pub fn incident_text(incident: &Incident) -> String {
    let mut page = Page::default();
    headline(&mut page, incident);
    answers(&mut page, incident);
    let sections = reasons(incident);
    let mut footer = broken(&footer_words(incident), WIDTH);
    footer.truncate(FOOTER_MAX);
    let room = SCREEN.saturating_sub(page.height() + footer.len() + 1);
    for ((title, lines), most) in sections.iter().zip(shares(&sections, room)) {
        page.cut_section(title, lines, most);
    }
    page.gap();
    for line in footer {
        page.line(&paint(QUIET, line));
    }
    page.finish()
}

fn headline(page: &mut Page, incident: &Incident) {
    if let Some(urgency) = &incident.answers.priority {
        let words = priority_words(incident).unwrap_or_default();
        for (index, line) in broken(&words, WIDTH - 3).into_iter().take(3).enumerate() {
            let label = if index == 0 { paint(BAD, urgency.priority) } else { "  ".to_owned() };
            page.line(&format!("{label} {line}"));
        }
    }
    let bold = |text: &str| paint(HEADLINE, text);
    let line = match (incident.certainty, incident.causes.as_slice()) {
        (Certainty::Clear, [cause, ..]) if incident.named < 2 => {
            format!("{}{}", paint(BAD, name(cause)), bold(" is the likeliest cause"))
        }
        (Certainty::Close, [first, second, ..]) => format!(
            "{}{}{}{}{}{}",
            paint(BAD, name(first)),
            bold(" or "),
            paint(BAD, name(second)),
            bold(": which of them is "),
            paint(CARE, "not provable"),
            bold(" from this evidence"),
        ),
        _ => {
            let lines = broken(&verdict_words(incident), WIDTH);
            lines.iter().take(2).map(|line| bold(line)).collect::<Vec<_>>().join("\n")
        }
    };
    page.line(&line);
    page.gap();
}

/// The name of a candidate as a headline has room for.
fn name(cause: &Cause) -> String {
    cut(&printable(&cause.service), NAME_MAX)
}

/// The answers, in the order in which they are asked.
fn answers(page: &mut Page, incident: &Incident) {
    let cause = incident.causes.first();
    let is_firm = matches!(incident.certainty, Certainty::Clear | Certainty::Close);
    let label = if is_firm { "cause" } else { "perhaps" };
    page.wrapped(label, (PLAIN, 2), cause.map(|cause| blame_text(incident, cause)));
    if incident.certainty != Certainty::Nothing || !incident.alerts.is_empty() {
        page.wrapped("fired", (PLAIN, 3), [matters_words(incident)]);
        page.wrapped("", (QUIET, 4), folded_words(incident));
    }
    if cause.is_some() || !incident.answers.scope.journeys.is_empty() {
        page.wrapped("since", (PLAIN, 3), when_words(incident));
    }
    page.wrapped("scope", (PLAIN, 6), scope_words(incident));
    page.wrapped("", (QUIET, 2), rule_words(incident));
    if cause.is_some() {
        page.wrapped("change", (PLAIN, 4), change_words(incident));
    } else {
        page.wrapped("changes", (PLAIN, 3), incident.changes.iter().take(3).map(change_text));
    }
    if let Some(cause) = cause {
        owner(page, incident, cause);
        page.wrapped("who acts", (PLAIN, 2), route_words(incident));
        do_first(page, incident, cause);
    }
    page.wrapped("look at", (CARE, 4), look_words(incident));
    let message = incident.answers.message.iter().map(|message| format!("“{message}”"));
    page.wrapped("tell", (PLAIN, 4), message);
}

fn owner(page: &mut Page, incident: &Incident, cause: &Cause) {
    if let Some(words) = owner_words(incident) {
        page.wrapped("owner", (PLAIN, 1), [words]);
    } else {
        let words = format!("nobody: give {} a `team` in the system file", cause.service);
        page.wrapped("owner", (CARE, 1), [words]);
    }
    page.wrapped("", (QUIET, 3), stand_down_words(incident));
}

/// The first action: what, what to type, and what may come of it.
fn do_first(page: &mut Page, incident: &Incident, cause: &Cause) {
    let Some(action) = &incident.answers.first_action else { return };
    let text = action.text.lines().map(str::to_owned);
    let commands =
        action.commands.iter().take(COMMANDS_MAX).map(|line| format!("   {}", printable(line)));
    page.wrapped("do first", (PLAIN, 2), text.take(COMMANDS_MAX));
    // A command is copied, so that it stays one line.
    page.field("", commands);
    page.wrapped("", (QUIET, 2), risk_words(action));
    if action.from == "call" {
        let words = format!("give {} a runbook in the system file", cause.service);
        page.wrapped("", (CARE, 1), [words]);
    }
}

/// The reasons for the verdict, each sort under its title.
pub fn reasons(incident: &Incident) -> Vec<(&'static str, Vec<String>)> {
    let others = incident.causes.iter().skip(1).take(4).filter(|cause| cause.score >= LEAST_SHOWN);
    let why = incident.causes.first().map(cause_lines).unwrap_or_default();
    let doubts = incident.causes.first().map(|cause| cause.against.as_slice());
    let against = doubts.unwrap_or_default().iter().map(|doubt| doubt.text.clone()).collect();
    let sections = [
        ("How it spreads", incident.symptoms.iter().map(symptom_line).collect()),
        ("Why", why),
        ("What speaks against it", against),
        ("Other candidates", others.map(candidate_line).collect()),
        ("Not explained by it", incident.unexplained.iter().map(state_line).collect()),
    ];
    sections.into_iter().filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty()).collect()
}

/// How many lines each section may have so that all fit into the room, their titles and gaps included:
/// the longest give first.
fn shares(sections: &[(&str, Vec<String>)], room: usize) -> Vec<usize> {
    let mut shares: Vec<usize> =
        sections.iter().map(|(_, lines)| lines.len().min(SECTION_MAX)).collect();
    while shares.iter().filter(|lines| **lines > 0).map(|lines| lines + 2).sum::<usize>() > room {
        let longest = shares.iter_mut().max();
        match longest.filter(|lines| **lines > 0) {
            Some(lines) => *lines -= 1,
            None => break,
        }
    }
    shares
}

fn blame_text(incident: &Incident, cause: &Cause) -> String {
    let in_trouble = incident.symptoms.len() + incident.unexplained.len() + 1;
    let share = whole_percent(cause.score);
    let next = incident
        .causes
        .get(1)
        .filter(|next| next.score >= LEAST_SHOWN)
        .map(|next| format!(", next is {} with {}", next.service, whole_percent(next.score)))
        .unwrap_or_default();
    let sure = whole_percent(incident.confidence);
    format!(
        "{} ({}): {sure} sure; {share} of the blame{next}; explains {} of {in_trouble} services in trouble",
        cause.service, cause.kind, cause.explains,
    )
}

/// A change with less suspicion is not worth a line.
const LEAST_SUSPECTED: f64 = 0.05;

/// The changes that are suspected, each with why.
pub fn change_words(incident: &Incident) -> Vec<String> {
    let suspected = incident.changes.iter().filter(|c| c.suspicion >= LEAST_SUSPECTED).take(2);
    let lines: Vec<String> = suspected.flat_map(suspect_lines).collect();
    let others = incident.changes.len() - lines.len() / 2;
    match (lines.is_empty(), others) {
        (false, 0) => lines,
        (false, _) => {
            let verb = if others == 1 { "other does" } else { "others do" };
            let rest = format!("{others} {verb} not fit, or less");
            lines.into_iter().chain([rest]).collect()
        }
        (true, 0) => vec!["none recorded".to_owned()],
        (true, _) => {
            let nearest = incident
                .changes
                .iter()
                .take(1)
                .map(|change| format!("{}: {}", change_text(change), change.reason));
            [format!("none that fits, of {others} recorded")].into_iter().chain(nearest).collect()
        }
    }
}

fn suspect_lines(change: &ChangeRole) -> [String; 2] {
    let share = whole_percent(change.suspicion);
    let verdict = if change.blamed {
        format!("  the likely culprit ({share}): {}", change.reason)
    } else {
        format!("  suspected ({share}): {}", change.reason)
    };
    [change_text(change), verdict]
}

pub(crate) fn change_text(change: &ChangeRole) -> String {
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

fn cause_lines(cause: &Cause) -> Vec<String> {
    let mut lines: Vec<_> = cause
        .families
        .iter()
        .map(|f| {
            format!(
                "{} of the trouble with {} begins here",
                whole_percent(f.share),
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
    format!("{path}  {}  {}", kinds.join(", "), findings_text(&symptom.state))
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
    format!("{:>4}  {}  {strongest}", whole_percent(cause.score), cause.service)
}

/// The strongest finding of each signal, so that five percentiles of one latency are one line; each
/// alert once, however often it fired.
fn one_per_signal(findings: &[Finding]) -> Vec<&Finding> {
    let mut known: Vec<(&str, &str)> = Vec::new();
    let mut kept = Vec::new();
    for finding in findings {
        let key = match finding {
            Finding::Metric { signal, .. } => ("metric", *signal),
            Finding::Alert { name, .. } => ("alert", name.as_str()),
            Finding::Log { template, .. } => ("log", template.as_str()),
        };
        if !known.contains(&key) {
            known.push(key);
            kept.push(finding);
        }
    }
    kept
}

pub(crate) fn finding_text(finding: &Finding) -> String {
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

/// What the verdict rests on.
pub fn footer_words(incident: &Incident) -> String {
    let count = &incident.evidence;
    let basis = match incident.before.basis {
        "given" => "as given",
        "first-alert" => "shortly before the first alert",
        "common-change" => "where the metrics change together",
        "baseline" => "the baseline metrics",
        _ => "no samples",
    };
    format!(
        "{}: {} series, {}, {}, {} up to {}. Usual is what was before {} ({basis}).",
        incident.system,
        count.series,
        counted(count.samples, "sample"),
        counted(count.alerts, "alert"),
        counted(count.changes, "change"),
        format_time(to_the_second(incident.at)),
        format_time(to_the_second(incident.before.until)),
    )
}

/// A share of the blame: no finer than it is known.
fn whole_percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
