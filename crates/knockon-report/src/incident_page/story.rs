//! What happened in order, what was expected, and what speaks for the verdict.

use super::element::Element;
use super::input::{Check, Moment};
use super::marks::{class, moment, sign};

/// Longer stories are folded after so many lines.
const SHOWN_MAX: usize = 40;

/// The timeline. Each moment can be gone to.
pub(super) fn timeline(moments: &[Moment]) -> Element {
    let mut moments: Vec<&Moment> = moments.iter().collect();
    moments.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    let list = |part: &[&Moment]| Element::of("ol", "story").all(part.iter().map(|it| line(it)));
    let (shown, folded) = moments.split_at(moments.len().min(SHOWN_MAX));
    let element = Element::of("div", "card").with(list(shown));
    if folded.is_empty() {
        return element;
    }
    let summary = Element::new("summary").text(&format!("{} more", folded.len()));
    element.with(Element::new("details").with(summary).with(list(folded)))
}

fn line(it: &Moment) -> Element {
    Element::of("li", &class(it.kind))
        .with(moment(it.at_s))
        .with(sign(it.kind))
        .with(Element::of("span", "kind").text(it.kind.as_str()))
        .with(Element::of("span", "text").text(&it.text))
}

/// What had to be observed, and what was.
pub(super) fn expectations(checks: &[Check]) -> Element {
    let check = |check: &Check| {
        let (class, sign, word) =
            if check.held { ("held", "✓", "held") } else { ("broken", "✗", "did not hold") };
        let mut line = Element::of("li", class)
            .with(Element::of("span", "kind-sign").attr("aria-hidden", true).text(sign))
            .with(Element::of("span", "kind").text(word))
            .with(Element::of("span", "text").text(&check.text));
        if !check.got.is_empty() {
            line = line.with(Element::of("span", "got").text(&check.got));
        }
        line
    };
    Element::of("ul", "checks card").all(checks.iter().map(check))
}

/// How many held, for the heading.
pub(super) fn held(checks: &[Check]) -> String {
    let held = checks.iter().filter(|check| check.held).count();
    if held == checks.len() {
        format!("all {held} held")
    } else {
        format!("{held} of {} held", checks.len())
    }
}

/// Evidence under its headings, each to be folded.
pub(super) fn evidence(parts: &[(String, Vec<String>)]) -> Element {
    let part = |(heading, lines): &(String, Vec<String>)| {
        let summary = Element::new("summary")
            .text(heading)
            .text(" ")
            .with(Element::of("span", "count").text(&lines.len().to_string()));
        let lines = lines.iter().map(|line| Element::new("li").text(line));
        Element::new("details")
            .attr("open", "open")
            .with(summary)
            .with(Element::new("ul").all(lines))
    };
    Element::of("div", "evidence card").all(parts.iter().map(part))
}
