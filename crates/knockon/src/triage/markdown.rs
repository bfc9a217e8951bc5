//! The verdict as Markdown, to paste where people talk about it.

use std::fmt::Write as _;

use knockon_report::{
    change_words, folded_words, footer_words, grouped, look_words, matters_words, owner_words,
    priority_words, reasons, risk_words, route_words, rule_words, scope_words, stand_down_words,
    verdict_words, when_words,
};
use knockon_telemetry::format_time;
use knockon_triage::{AlertGroup, Incident};

use crate::markdown::{code, plain, table};

/// So many groups of alerts have a row.
const GROUPS_MAX: usize = 50;

/// The incident as a document.
pub(super) fn markdown(incident: &Incident) -> String {
    let mut text = format!("# {}\n\n", plain(&verdict_words(incident)));
    let at = format_time(incident.at);
    let _ = writeln!(text, "{}, as known at {at}\n", plain(&incident.system));
    if let (Some(urgency), Some(words)) = (&incident.answers.priority, priority_words(incident)) {
        let _ = writeln!(text, "**{}** {}\n", urgency.priority, plain(&words));
    }
    if let Some(message) = &incident.answers.message {
        let _ = writeln!(text, "> {}\n", plain(message));
    }
    text.push_str(&answers(incident));
    let looks: String = look_words(incident).iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "- {}", plain(line));
        text
    });
    section(&mut text, "To decide between them, look at", &looks);
    let commands = incident.answers.first_action.iter().flat_map(|action| &action.commands);
    let commands: Vec<&str> = commands.map(String::as_str).collect();
    if !commands.is_empty() {
        let _ = write!(text, "\n{}", code(&commands.join("\n")));
    }
    section(&mut text, "Alerts", &alerts(incident));
    for (title, lines) in reasons(incident) {
        let lines: String = lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "- {}", plain(line.trim()));
            text
        });
        section(&mut text, title, &lines);
    }
    let _ = writeln!(text, "\n{}", plain(&footer_words(incident)));
    text
}

fn section(text: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(text, "\n## {title}\n\n{body}");
    }
}

fn answers(incident: &Incident) -> String {
    let chained = |mut lines: Vec<String>, more: Vec<String>| {
        lines.extend(more);
        lines
    };
    let action = incident.answers.first_action.as_ref();
    let first = action.map(|action| chained(vec![action.text.clone()], risk_words(action)));
    let owner = owner_words(incident).into_iter().collect();
    let rows = [
        ("What fired", chained(vec![matters_words(incident)], folded_words(incident))),
        ("Since", when_words(incident)),
        ("Scope", chained(scope_words(incident), rule_words(incident))),
        ("Recent change", change_words(incident)),
        ("Owner", chained(owner, stand_down_words(incident))),
        ("Who acts", route_words(incident).into_iter().collect()),
        ("Do first", first.unwrap_or_default()),
    ];
    let rows: Vec<Vec<String>> = (rows.into_iter())
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(label, lines)| vec![label.to_owned(), lines.join("\n")])
        .collect();
    table(&["Question", "Answer"], &rows)
}

fn alerts(incident: &Incident) -> String {
    let fired = &incident.answers.fired;
    let groups = fired.matters.iter().chain(&fired.folded);
    let rows: Vec<Vec<String>> = groups.take(GROUPS_MAX).map(alert).collect();
    let head = ["", "Alert", "Severity", "Service", "How many", "Since", "How it got there"];
    let mut text = table(&head, &rows);
    let left = (fired.folded.len() + 1).saturating_sub(GROUPS_MAX);
    if left > 0 {
        let _ = writeln!(text, "\n… and {left} more kinds of alerts");
    }
    text
}

fn alert(group: &AlertGroup) -> Vec<String> {
    let mut way: Vec<&str> = group.path.first().map(|hop| hop.from.as_str()).into_iter().collect();
    way.extend(group.path.iter().map(|hop| hop.to.as_str()));
    vec![
        group.role.as_str().to_owned(),
        group.name.clone(),
        group.severity.clone().unwrap_or_default(),
        group.service.clone(),
        grouped(group.count as f64),
        format_time(group.since),
        way.join(" → "),
    ]
}
