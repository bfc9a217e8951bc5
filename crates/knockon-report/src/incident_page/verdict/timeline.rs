//! When what showed: changes, first signs, alerts and what users felt, on one line and as a list.

use knockon_core::Timestamp;
use knockon_telemetry::format_time;
use knockon_triage::{ChangeRelation, Incident, Role};

use super::super::element::Element;
use super::super::input::MarkKind;
use super::super::marks::{class, sign};
use crate::incident_text::change_text;
use crate::incident_words::{clock, to_the_second};
use crate::words::number;

/// Longer stories are folded after so many lines, and cut after so many more.
const SHOWN_MAX: usize = 24;
const FOLDED_MAX: usize = 200;

struct Event {
    at: Timestamp,
    kind: MarkKind,
    text: String,
}

/// The line and the list; nothing if nothing happened at a known time.
pub(super) fn timeline(incident: &Incident) -> Option<Element> {
    let mut events = events(incident);
    if events.is_empty() {
        return None;
    }
    events.sort_by(|a, b| (a.at, a.kind, &a.text).cmp(&(b.at, b.kind, &b.text)));
    let list = |part: &[Event]| Element::of("ol", "story").all(part.iter().map(row));
    let (shown, rest) = events.split_at(events.len().min(SHOWN_MAX));
    let mut card = Element::of("div", "card")
        .with(Element::of("div", "scroll").with(strip(&events, incident.at)))
        .with(list(shown));
    if !rest.is_empty() {
        let summary = Element::new("summary").text(&format!("{} more", rest.len()));
        let folded = &rest[..rest.len().min(FOLDED_MAX)];
        card = card.with(Element::new("details").with(summary).with(list(folded)));
    }
    Some(card)
}

fn events(incident: &Incident) -> Vec<Event> {
    let mut events = Vec::new();
    let mut add = |at: Option<Timestamp>, kind, text: String| {
        events.extend(at.map(|at| Event { at, kind, text }));
    };
    for change in incident.changes.iter().filter(|it| it.relation != ChangeRelation::After) {
        // The line of the change begins with its time of day, which stands beside it already.
        let text = change_text(change);
        let text = text.split_once(' ').map_or(text.as_str(), |(_, text)| text).to_owned();
        add(Some(change.time), MarkKind::Change, text);
    }
    if let Some(cause) = incident.causes.first() {
        add(
            cause.since,
            MarkKind::Fault,
            format!("{} begins to stray: the likeliest cause", cause.service),
        );
    }
    for symptom in &incident.symptoms {
        add(symptom.state.since, MarkKind::Fault, format!("{} suffers", symptom.state.service));
    }
    let fired = &incident.answers.fired;
    for group in fired.matters.iter().chain(&fired.folded) {
        if group.role == Role::Background {
            continue;
        }
        let times = if group.count > 1 { format!(" ×{}", group.count) } else { String::new() };
        add(
            Some(group.since),
            MarkKind::Alert,
            format!("{} on {}{times}", group.name, group.service),
        );
    }
    for felt in &incident.answers.scope.journeys {
        add(felt.since, MarkKind::Harm, format!("users of “{}” are hurt", felt.name));
        add(felt.over_since, MarkKind::Fix, format!("“{}” is well again", felt.name));
    }
    events
}

fn row(event: &Event) -> Element {
    let at = Element::of("span", "at").text(&clock(event.at));
    Element::of("li", &class(event.kind))
        .with(at)
        .with(sign(event.kind))
        .with(Element::of("span", "kind").text(event.kind.as_str()))
        .with(Element::of("span", "text").text(&event.text))
}

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 74.0;
/// Each kind has its own height, so that signs of different kinds do not lie on each other.
const STEP: f64 = 10.0;

/// The events on one line from the first to the moment of the triage. The list says the same in words.
fn strip(events: &[Event], until: Timestamp) -> Element {
    let first = events.iter().map(|event| event.at.unix_ms).min().unwrap_or(until.unix_ms);
    let lasts = (until.unix_ms - first).max(1) as f64;
    let x = |at: Timestamp| {
        let share = ((at.unix_ms - first) as f64 / lasts).clamp(0.0, 1.0);
        number(20.0 + share * (WIDTH - 40.0))
    };
    let mut svg = Element::of("svg", "plotted")
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .attr("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
        .attr("style", "min-width:640px")
        .attr("role", "img")
        .attr("aria-label", "When what showed; the list below says the same");
    let base = format!("M20 54H{}", WIDTH - 20.0);
    svg = svg.with(Element::of("path", "base").attr("d", base));
    for event in events.iter().take(SHOWN_MAX + FOLDED_MAX) {
        let row = MarkKind::ALL.iter().position(|kind| *kind == event.kind).unwrap_or(0);
        let y = number(8.0 + row as f64 * STEP);
        let title = Element::new("title").text(&format!("{} {}", clock(event.at), event.text));
        let stem = format!("M{} {y}V54", x(event.at));
        let sign = Element::of("g", &format!("flag {}", class(event.kind)))
            .with(title)
            .with(Element::new("path").attr("d", stem))
            .with(
                Element::new("circle")
                    .attr("cx", x(event.at))
                    .attr("cy", y)
                    .attr("r", 4)
                    .attr("fill", "currentcolor"),
            );
        svg = svg.with(sign);
    }
    let label = |at: i64, anchor: &str, words: String| {
        Element::new("text")
            .attr("x", x(Timestamp::from_unix_ms(at)))
            .attr("y", 70)
            .attr("text-anchor", anchor)
            .text(&words)
    };
    let first_words = format_time(to_the_second(Timestamp::from_unix_ms(first)));
    svg.with(label(first, "start", first_words)).with(label(
        until.unix_ms,
        "end",
        format!("{} triage", clock(until)),
    ))
}
