//! The top of the page: what it is about, the verdict, and what is asked first.

use super::element::Element;
use super::input::{Fact, IncidentPage};
use super::span::{Span, duration};

pub(super) fn header(page: &IncidentPage<'_>, span: Span, parts: &[(&str, &str)]) -> Element {
    let system = page.system.name();
    let title = if page.title.is_empty() { system } else { &page.title };
    let about = format!("{system} · {} played", duration(span.lasts_s));
    let priority = page.priority.as_ref().map(|it| Element::of("span", "priority").text(it));
    let mut header = Element::of("header", "head")
        .with(Element::of("p", "about").text(&about))
        .with(Element::of("div", "title").with(Element::new("h1").text(title)).all(priority));
    for (class, text) in [("lead", &page.lead), ("summary", &page.summary)] {
        if !text.is_empty() {
            header = header.with(Element::of("p", class).text(text));
        }
    }
    if parts.len() > 1 {
        header = header.with(contents(parts));
    }
    header
}

/// Links to the parts of the page: their ids and their names.
pub(super) fn contents(parts: &[(&str, &str)]) -> Element {
    let link = |(id, name): &(&str, &str)| {
        let link = Element::new("a").attr("href", format!("#{id}")).text(name);
        Element::new("li").with(link)
    };
    Element::of("nav", "contents")
        .attr("aria-label", "Parts of this page")
        .with(Element::new("ul").all(parts.iter().map(link)))
}

/// The answers, each under its question. Those with commands are as wide as the page.
pub(super) fn facts(facts: &[Fact]) -> Element {
    let columns = columns(facts.iter().filter(|fact| fact.command.is_none()).count());
    Element::of("dl", "facts")
        .attr("style", format!("--columns:{columns}"))
        .all(facts.iter().map(fact))
}

/// How many columns leave the least room empty in the last row, and are not too narrow.
fn columns(count: usize) -> usize {
    let empty = |columns: &usize| (columns - count % columns) % columns;
    if count <= 4 { count.max(1) } else { [4, 3, 5].into_iter().min_by_key(empty).unwrap_or(4) }
}

fn fact(fact: &Fact) -> Element {
    let class = if fact.command.is_some() { "fact wide" } else { "fact" };
    let mut element = Element::of("div", class)
        .with(Element::new("dt").text(&fact.label))
        .with(Element::of("dd", "value").text(&fact.value));
    if !fact.note.is_empty() {
        element = element.with(Element::of("dd", "note").text(&fact.note));
    }
    if let Some(command) = &fact.command {
        let code = Element::new("code").text(command);
        let block = Element::of("pre", "command").attr("tabindex", 0).with(code);
        element = element.with(Element::of("dd", "commands").with(block));
    }
    element
}
