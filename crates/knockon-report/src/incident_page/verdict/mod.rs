//! The page of a verdict: the answers of triage, how the trouble spreads, when what showed, who is hit,
//! what fired, and the reasons.
//!
//! It has the look of the page of a run and needs no script. Times are those of the evidence.

mod map;
mod tables;
mod timeline;

use knockon_core::System;
use knockon_telemetry::format_time;
use knockon_triage::Incident;

use super::element::Element;
use super::head::{contents, facts};
use super::input::Fact;
use super::{Part, document, story};
use crate::incident_text::{change_words, footer_words, reasons};
use crate::incident_words::{
    folded_words, look_words, matters_words, owner_words, priority_words, risk_words, route_words,
    rule_words, scope_words, stand_down_words, to_the_second, verdict_words, when_words,
};

/// The page of the verdict about a system, as one HTML document.
pub fn verdict_html(incident: &Incident, system: &System) -> String {
    let parts = parts(incident, system);
    let names: Vec<(&str, &str)> = parts.iter().map(|part| (part.id, part.name)).collect();
    let main = Element::new("main")
        .attr("id", "main")
        .with(header(incident, &names))
        .with(facts(&answers(incident)))
        .all(parts.into_iter().map(Part::element))
        .with(Element::new("footer").text(&footer(incident)));
    let title = format!("{} · {}", verdict_words(incident), incident.system);
    document(&title, Element::new("body").with(main))
}

fn header(incident: &Incident, parts: &[(&str, &str)]) -> Element {
    let about = format!(
        "{} · triage of what was known at {}",
        incident.system,
        format_time(to_the_second(incident.at))
    );
    let priority = incident.answers.priority.as_ref();
    let priority = priority.map(|it| Element::of("span", "priority").text(it.priority.as_str()));
    let title = Element::of("div", "title")
        .with(Element::new("h1").text(&verdict_words(incident)))
        .all(priority);
    let mut header =
        Element::of("header", "head").with(Element::of("p", "about").text(&about)).with(title);
    if let Some(words) = priority_words(incident) {
        header = header.with(Element::of("p", "lead").text(&words));
    }
    if let Some(message) = &incident.answers.message {
        let words = format!("To tell: “{message}”");
        header = header.with(Element::of("p", "summary").text(&words));
    }
    if parts.len() > 1 { header.with(contents(parts)) } else { header }
}

/// The answers, in the order in which they are asked. The first line of each is the answer.
fn answers(incident: &Incident) -> Vec<Fact> {
    let fact = |label: &str, lines: Vec<String>| {
        let mut lines = lines.into_iter();
        let value = lines.next().unwrap_or_default();
        let note = lines.collect::<Vec<_>>().join("\n");
        Fact { label: label.to_owned(), value, note, command: None }
    };
    let with = |mut lines: Vec<String>, more: Vec<String>| {
        lines.extend(more);
        lines
    };
    let owner = owner_words(incident).unwrap_or_else(|| "nobody, as far as the model says".into());
    let owner = if incident.causes.is_empty() { Vec::new() } else { vec![owner] };
    let mut facts = vec![
        fact("What fired", with(vec![matters_words(incident)], folded_words(incident))),
        fact("Since", when_words(incident)),
        fact("Scope", with(scope_words(incident), rule_words(incident))),
        fact("Recent change", change_words(incident)),
        fact("Owner", with(owner, stand_down_words(incident))),
        fact("Who acts", route_words(incident).into_iter().collect()),
    ];
    if let Some(action) = &incident.answers.first_action {
        let command = (!action.commands.is_empty()).then(|| action.commands.join("\n"));
        let text = vec![action.text.clone()];
        facts.push(Fact { command, ..fact("First action", with(text, risk_words(action))) });
    }
    facts.push(fact("To decide, look at", look_words(incident)));
    facts.retain(|fact| !fact.value.is_empty());
    facts
}

fn parts(incident: &Incident, system: &System) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |id, name, content: Option<Element>| {
        parts.extend(content.map(|content| Part::new(id, name, vec![content])));
    };
    add("spread", "How it spreads", map::map(incident, system));
    add("timeline", "Timeline", timeline::timeline(incident));
    add("journeys", "Who is hurt", tables::hurt(incident));
    add("alerts", "Alerts", tables::alerts(incident));
    add("changes", "Changes", tables::changes(incident));
    let reasons: Vec<(String, Vec<String>)> =
        reasons(incident).into_iter().map(|(title, lines)| (title.to_owned(), lines)).collect();
    add("evidence", "Evidence", (!reasons.is_empty()).then(|| story::evidence(&reasons)));
    parts
}

fn footer(incident: &Incident) -> String {
    format!(
        "{}\nJudged by knockon {}; the same model and evidence give the same page.",
        footer_words(incident),
        env!("CARGO_PKG_VERSION")
    )
}
