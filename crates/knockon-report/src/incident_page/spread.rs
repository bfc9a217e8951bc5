//! How it spread: a strip over time for every journey, and for every service that was not always
//! well, in the order in which they fell. The worse, the higher the strip, so that it can be read
//! without colours.

use std::fmt::Write as _;

use super::control::{axis, cursor};
use super::element::Element;
use super::input::IncidentPage;
use super::over_time::{Stretch, stretches};
use super::span::{Span, clock};
use crate::state::State;
use crate::words::number;

/// How many services are shown at once; the others can be unfolded.
const SHOWN_MAX: usize = 24;
/// How many stretches are told to those who cannot see a strip.
const TOLD_MAX: usize = 6;
/// The inside of a strip, which is stretched to the width that there is.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 20.0;

struct Row<'a> {
    name: &'a str,
    stretches: Vec<Stretch>,
}

pub(super) fn spread(page: &IncidentPage<'_>, span: Span, at_s: f64) -> Element {
    let journeys = rows(page, &page.map.journeys, span);
    let mut services = rows(page, &page.map.services, span);
    let quiet: Vec<&str> =
        services.iter().filter(|row| row.falls().is_none()).map(|row| row.name).collect();
    services.retain(|row| row.falls().is_some());
    services.sort_by(|a, b| a.falls().unwrap_or(0.0).total_cmp(&b.falls().unwrap_or(0.0)));

    let (shown, folded) = services.split_at(services.len().min(SHOWN_MAX));
    let lines = |rows: &[Row<'_>]| rows.iter().map(|row| row.line(span, at_s)).collect::<Vec<_>>();
    let mut element = Element::of("div", "spread").attr("id", "spread").with(key());
    for (heading, rows) in [("Journeys", &journeys[..]), ("Services, as they fell", shown)] {
        if !rows.is_empty() {
            element = element.with(Element::of("p", "group-name").text(heading)).all(lines(rows));
        }
    }
    if !folded.is_empty() {
        let summary = Element::new("summary").text(&format!("{} more services", folded.len()));
        element = element.with(Element::new("details").with(summary).all(lines(folded)));
    }
    let ruler = Element::of("div", "by-time").with(Element::new("span")).with(axis(span));
    element = element.with(ruler);
    if !quiet.is_empty() {
        let words = format!("Never in trouble: {}.", quiet.join(", "));
        element = element.with(Element::of("p", "quiet").text(&words));
    }
    element
}

fn rows<'a>(page: &IncidentPage<'_>, all: &'a [(String, Vec<State>)], span: Span) -> Vec<Row<'a>> {
    let row = |(name, states): &'a (String, Vec<State>)| Row {
        name,
        stretches: stretches(&page.map.times_s, states, span),
    };
    all.iter().map(row).collect()
}

/// What the heights mean.
fn key() -> Element {
    let sample = |state: State| {
        let stretch = Stretch { from_s: 0.0, to_s: 1.0, state };
        Element::new("li").with(drawing(&[stretch], Span { lasts_s: 1.0 })).text(state.as_str())
    };
    Element::of("ul", "key").all(State::ALL.into_iter().skip(1).map(sample))
}

impl Row<'_> {
    /// When it is first not well.
    fn falls(&self) -> Option<f64> {
        self.stretches.iter().find(|it| it.state.is_trouble()).map(|it| it.from_s)
    }

    fn line(&self, span: Span, at_s: f64) -> Element {
        let name = Element::of("span", "name").attr("title", self.name).text(self.name);
        let strip = Element::of("div", "strip")
            .attr("role", "img")
            .attr("aria-label", self.words())
            .with(drawing(&self.stretches, span))
            .with(cursor(span, at_s));
        Element::of("div", "row by-time").with(name).with(strip)
    }

    fn words(&self) -> String {
        let mut text = format!("{}: ", self.name);
        for (index, stretch) in self.stretches.iter().take(TOLD_MAX).enumerate() {
            let joint = if index > 0 { ", " } else { "" };
            let _ = write!(text, "{joint}{} from {}", stretch.state, clock(stretch.from_s));
        }
        if self.stretches.len() > TOLD_MAX {
            text += ", and so on";
        }
        text
    }
}

/// One path for each state.
fn drawing(stretches: &[Stretch], span: Span) -> Element {
    let mut svg = Element::new("svg")
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .attr("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
        .attr("preserveAspectRatio", "none")
        .attr("aria-hidden", true);
    for state in State::ALL {
        let mut path = String::new();
        let height = HEIGHT * share_of_height(state);
        for stretch in stretches.iter().filter(|it| it.state == state) {
            let (left, right) = (span.share(stretch.from_s), span.share(stretch.to_s));
            let (x, wide) = (number(left * WIDTH), number((right - left).max(0.002) * WIDTH));
            let _ = write!(path, "M{x} {HEIGHT}v-{0}h{wide}v{0}z", number(height));
        }
        if !path.is_empty() {
            svg = svg.with(Element::new("path").attr("data-state", state).attr("d", path));
        }
    }
    svg
}

fn share_of_height(state: State) -> f64 {
    match state {
        State::Unknown => 0.06,
        State::Well => 0.12,
        State::Degraded => 0.4,
        State::Failing => 0.7,
        State::Down => 1.0,
    }
}
