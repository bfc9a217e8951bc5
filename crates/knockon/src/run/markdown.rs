//! The story of a run as Markdown, to paste where people talk about it.

use std::fmt::Write as _;

use knockon_scenario::story::Story;

use super::Ran;
use super::answers::{
    Group, cause, changes, clock, felt, first, groups, head_words, is_command, money, owner, scope,
    since, triage, unstyled,
};
use crate::markdown::{code, plain, table};

/// The story as a document.
pub(super) fn markdown(ran: &Ran) -> String {
    let (scenario, story) = (&ran.ready.loaded.scenario, &ran.story);
    let mut text = format!("# {}\n\n", plain(&scenario.title));
    if let Some(summary) = &scenario.summary {
        let _ = writeln!(text, "{}\n", plain(summary));
    }
    let _ = writeln!(text, "{}\n", plain(&head_words(ran)));
    match &story.priority {
        Some(urgency) => {
            let (means, action) = (plain(&urgency.means), plain(&urgency.action));
            let _ = writeln!(text, "**{} {means}.** {action}.\n", urgency.priority);
        }
        None => text.push_str("**No incident**: nobody was hurt and nothing fired.\n\n"),
    }
    text.push_str(&answers(story));
    let commands: Vec<&str> =
        story.first.iter().map(|it| it.trim()).filter(|it| is_command(it)).collect();
    if !commands.is_empty() {
        let _ = write!(text, "\n{}", code(&commands.join("\n")));
    }
    let moments: Vec<Vec<String>> = (story.moments.iter())
        .map(|it| vec![clock(it.at_ms), it.kind.as_str().to_owned(), it.text.clone()])
        .collect();
    section(&mut text, "What happened", &table(&["Time", "", "What"], &moments));
    let alerts: Vec<Vec<String>> = groups(&story.alerts).iter().map(alert).collect();
    let head = ["", "Alert", "Severity", "Service", "From", "To", "How it got there"];
    section(&mut text, "Alerts", &table(&head, &alerts));
    section(&mut text, "Expected", &expected(ran));
    text
}

fn section(text: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(text, "\n## {title}\n\n{body}");
    }
}

fn answers(story: &Story) -> String {
    let rows = [
        ("Cause", cause(story)),
        ("Since", since(story).into_iter().collect()),
        ("Felt", felt(story)),
        ("Scope", scope(story)),
        ("Recent change", changes(&story.changes)),
        ("Owner", vec![owner(story)]),
        ("Do first", first(story)),
        ("Money", story.money.iter().map(money).collect()),
        ("Triage, from telemetry alone", vec![triage(story)]),
    ];
    let rows: Vec<Vec<String>> = (rows.into_iter())
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(label, lines)| vec![label.to_owned(), unstyled(&lines.join("\n"))])
        .collect();
    table(&["Question", "Answer"], &rows)
}

fn alert(group: &Group<'_>) -> Vec<String> {
    let (told, fired) = (group.first, &group.first.fired);
    vec![
        told.part.as_str().to_owned(),
        format!("{}{}", fired.name, group.times()),
        fired.severity.map(|it| it.to_string()).unwrap_or_default(),
        fired.service.clone().unwrap_or_default(),
        clock(fired.firing_ms),
        group.resolved_ms.map_or_else(|| "still firing".to_owned(), clock),
        group.way(),
    ]
}

fn expected(ran: &Ran) -> String {
    let runs = ran.judged.len();
    let mut text = String::new();
    for (at, (expectation, first)) in ran.story.judged.iter().enumerate() {
        let held = ran.judged.iter().filter(|judged| judged[at].held).count();
        let mark = if held == runs { 'x' } else { ' ' };
        let of = if runs == 1 { String::new() } else { format!(" ({held} of {runs} runs)") };
        let (wanted, seen) = (plain(&expectation.text), plain(&first.observed));
        let _ = writeln!(text, "- [{mark}] {wanted}: {seen}{of}");
    }
    text
}
