//! The signals to look at, as small drawings of one size with one time axis. They keep about their
//! size on every screen, so that their words stay readable and find room.

mod flags;
mod plot;
mod scale;
mod thin;
mod unit;

use super::element::Element;
use super::input::{Chart, Line, Mark};
use super::span::{Span, clock};
use flags::Flags;
use plot::Plot;
use scale::Scale;
use thin::pieces;

/// A line of a chart as it is drawn: pieces of points.
type Pieces = Vec<Vec<(f64, f64)>>;

/// What a script shows beside a line: moments, each with the value from then on in words.
pub(super) struct Readings {
    pub(super) at_s: Vec<f64>,
    pub(super) words: Vec<String>,
}

/// All charts, and for each line of each its readings.
pub(super) fn charts(
    charts: &[Chart],
    marks: &[Mark],
    span: Span,
    at_s: f64,
) -> (Element, Vec<Vec<Readings>>) {
    let flags = Flags::new(marks, span);
    let mut element = Element::of("div", "charts");
    let mut readings = Vec::new();
    for chart in charts {
        let lines: Vec<Pieces> =
            chart.lines.iter().map(|line| pieces(&line.points, span)).collect();
        let of_chart: Vec<Readings> = lines.iter().map(|it| read_out(chart, it)).collect();
        element = element.with(figure(chart, &lines, &of_chart, &flags, (span, at_s)));
        readings.push(of_chart);
    }
    (element, readings)
}

fn figure(
    chart: &Chart,
    lines: &[Pieces],
    readings: &[Readings],
    flags: &Flags,
    (span, at_s): (Span, f64),
) -> Element {
    let scale = Scale::new(chart);
    let plot = Plot { span, scale: &scale, flags };
    let mut title = Element::new("h3").text(&chart.title);
    if let Some(remark) = chart.unit.remark() {
        title = title.with(Element::of("span", "unit").text(&format!(" {remark}")));
    }
    let svg = plot.draw(chart, lines, at_s).attr("aria-label", in_words(chart, lines));
    let entries = chart.lines.iter().zip(readings).enumerate();
    let legend = Element::of("ul", "legend")
        .all(entries.map(|(index, (line, readings))| entry(index, line, readings, at_s)));
    Element::of("figure", "chart")
        .with(Element::new("figcaption").with(title))
        .with(svg)
        .with(legend)
}

/// A line in the legend, with its value at that time.
fn entry(index: usize, line: &Line, readings: &Readings, at_s: f64) -> Element {
    let sample = Element::new("svg")
        .attr("xmlns", "http://www.w3.org/2000/svg")
        .attr("class", "sample")
        .attr("viewBox", "0 0 26 8")
        .attr("aria-hidden", true)
        .with(Element::of("path", &line_class(index)).attr("d", "M0 4H26"));
    Element::new("li")
        .with(sample)
        .with(Element::of("span", "name").attr("title", &line.name).text(&line.name))
        .with(Element::of("span", "reading").text(readings.at(at_s)))
}

/// The class of a line in the style sheet, which has so many colours with dashes.
fn line_class(index: usize) -> String {
    format!("line line-{}", index % 8)
}

impl Readings {
    /// What is shown at a moment.
    fn at(&self, at_s: f64) -> &str {
        let index = self.at_s.iter().rposition(|it| *it <= at_s);
        index.map_or("–", |index| &self.words[index])
    }
}

fn read_out(chart: &Chart, pieces: &Pieces) -> Readings {
    let mut readings = Readings { at_s: Vec::new(), words: Vec::new() };
    for (index, piece) in pieces.iter().enumerate() {
        for point in piece {
            readings.at_s.push(point.0);
            readings.words.push(chart.unit.words(point.1));
        }
        // A gap has no reading.
        if let Some(last) = piece.last().filter(|_| index + 1 < pieces.len()) {
            readings.at_s.push(last.0 + 1e-3);
            readings.words.push("–".to_owned());
        }
    }
    readings
}

/// A chart for those who cannot see it: how high each line gets, and when.
fn in_words(chart: &Chart, lines: &[Pieces]) -> String {
    let mut parts = Vec::new();
    for (line, pieces) in chart.lines.iter().zip(lines) {
        let points = pieces.iter().flatten().copied();
        let highest = points.reduce(|best, point| if point.1 > best.1 { point } else { best });
        let words = match highest {
            Some((at_s, value)) => {
                format!("{} at most {} at {}", line.name, chart.unit.words(value), clock(at_s))
            }
            None => format!("{} without values", line.name),
        };
        parts.push(words.trim().to_owned());
    }
    if let Some((word, value)) = &chart.limit {
        parts.push(format!("{word} {}", chart.unit.words(*value)));
    }
    format!("{}: {}", chart.title, parts.join("; "))
}
