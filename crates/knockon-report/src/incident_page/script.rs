//! What the script of the page needs to know, as JSON in which no markup can be.

use std::fmt::Write as _;

use serde::Serialize;

use super::chart::Readings;
use super::element::Element;
use super::input::IncidentPage;
use super::span::Span;
use crate::state::State;

/// The style sheet and the script: files of their own, so that editors know what they are.
pub(super) const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

#[derive(Serialize)]
struct Data<'a> {
    lasts: f64,
    at: f64,
    times: Vec<f64>,
    states: [&'static str; State::ALL.len()],
    services: Vec<(&'a str, String)>,
    journeys: Vec<(&'a str, String)>,
    /// For each line of each chart: moments, and the words from each of them on.
    readings: Vec<Vec<(&'a [f64], &'a [String])>>,
}

/// The data and the script, as elements.
pub(super) fn script(
    page: &IncidentPage<'_>,
    readings: &[Vec<Readings>],
    span: Span,
    at_s: f64,
) -> [Element; 2] {
    let data = Data {
        lasts: span.lasts_s,
        at: at_s,
        times: page.map.times_s.iter().map(|at_s| finite(*at_s)).collect(),
        states: State::ALL.map(State::as_str),
        services: rows(&page.map.services),
        journeys: rows(&page.map.journeys),
        readings: readings
            .iter()
            .map(|lines| lines.iter().map(|it| (&it.at_s[..], &it.words[..])).collect())
            .collect(),
    };
    // Strings, finite numbers and vectors cannot fail to serialise.
    let json = serde_json::to_string(&data).unwrap_or_default();
    let data = Element::new("script")
        .attr("type", "application/json")
        .attr("id", "played")
        .markup(&without_markup(&json));
    // The comments hide the marks of XML from the script, and those the script from XML.
    let script = format!("/*<![CDATA[*/\n{SCRIPT}/*]]>*/");
    [data, Element::new("script").markup(&script)]
}

/// A moment that is no number never comes.
fn finite(at_s: f64) -> f64 {
    if at_s.is_finite() { at_s } else { f64::MAX }
}

/// Names, each with its states as their places among all states: `1x24 4x3` is 24 times the second,
/// then three times the last.
fn rows(rows: &[(String, Vec<State>)]) -> Vec<(&str, String)> {
    rows.iter().map(|(name, states)| (name.as_str(), repeated(states))).collect()
}

fn repeated(states: &[State]) -> String {
    let runs = states.chunk_by(|a, b| a == b);
    let runs: Vec<String> = runs.map(|run| format!("{}x{}", run[0] as usize, run.len())).collect();
    runs.join(" ")
}

/// JSON has a way to write every letter that markup gives a meaning or does not allow.
fn without_markup(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
    text
}
