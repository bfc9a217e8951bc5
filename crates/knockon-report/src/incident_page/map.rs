//! The map of the system at one moment, and in words what is not well then.

use super::element::Element;
use super::input::IncidentPage;
use super::over_time::{index_at, state_of};
use super::span::clock;
use crate::map::{MapView, States, map_in_page};
use crate::state::State;

/// Smaller than this the words in a drawing are no longer read.
const SHRINK_MAX: f64 = 0.72;

/// How many names are told of each state.
const NAMES_MAX: usize = 12;

/// The map in a box in which it scrolls where it does not fit.
pub(super) fn map(page: &IncidentPage<'_>, at_s: f64) -> Element {
    let index = index_at(&page.map.times_s, at_s);
    let mut states = States::new();
    for (row, (name, over_time)) in page.map.services.iter().enumerate() {
        states.entry(name.as_str()).or_insert((row, state_of(over_time, index)));
    }
    let view = MapView { system: page.system, journey: page.map.along };
    let drawing = map_in_page(&view, &states);
    let style =
        format!("min-width:{:.0}px;max-width:{:.0}px", drawing.width * SHRINK_MAX, drawing.width);
    let sheet = Element::of("div", "sheet").attr("style", style).markup(&drawing.text);
    Element::of("div", "scroll map")
        .attr("role", "region")
        .attr("tabindex", 0)
        .attr("aria-label", format!("Map of {}", page.system.name()))
        .with(sheet)
}

/// Which journeys and services are not well, worst first.
pub(super) fn status(page: &IncidentPage<'_>, at_s: f64) -> Element {
    let index = index_at(&page.map.times_s, at_s);
    let at = Element::of("p", "when")
        .text("At ")
        .with(Element::new("b").attr("class", "clock").text(&clock(at_s)));
    let mut list = Element::new("dl");
    for (label, rows) in [("Journeys", &page.map.journeys), ("Services", &page.map.services)] {
        if !rows.is_empty() {
            let answer = Element::new("dd").attr("data-rows", label.to_lowercase());
            list = list.with(Element::new("dt").text(label)).with(answer.all(groups(rows, index)));
        }
    }
    Element::of("div", "status").attr("id", "status").with(at).with(list)
}

/// The names with each state that is trouble; else that there is none. The script writes the same.
fn groups(rows: &[(String, Vec<State>)], index: Option<usize>) -> Vec<Element> {
    let group = |state: State| {
        let in_it = rows.iter().filter(|(_, states)| state_of(states, index) == state);
        let names: Vec<&str> = in_it.map(|(name, _)| name.as_str()).collect();
        let word = Element::of("b", "word").text(state.as_str());
        let shown = names.len().min(NAMES_MAX);
        let more = match names.len() - shown {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let list = format!(" {}{more}", names[..shown].join(", "));
        let group = Element::of("div", "group").attr("data-state", state);
        (!names.is_empty()).then(|| group.with(word).text(&list))
    };
    let troubles = State::ALL.into_iter().rev().filter(|state| state.is_trouble());
    let groups: Vec<Element> = troubles.filter_map(group).collect();
    if !groups.is_empty() {
        return groups;
    }
    let known = rows.iter().any(|(_, states)| state_of(states, index) == State::Well);
    let (state, words) =
        if known { (State::Well, "all well") } else { (State::Unknown, "nothing known") };
    let word = Element::of("b", "word").text(words);
    vec![Element::of("div", "group").attr("data-state", state).with(word)]
}
