//! The drawing of a chart.

use std::fmt::Write as _;

use super::flags::{Flags, ROW};
use super::scale::Scale;
use super::{Pieces, line_class};
use crate::incident_page::element::Element;
use crate::incident_page::input::Chart;
use crate::incident_page::span::{Span, clock};
use crate::words::{cut, number};

/// The measures of the drawing, in pixels where a chart is as wide as on a telephone.
pub(super) const WIDTH: f64 = 400.0;
pub(super) const LEFT: f64 = 50.0;
const RIGHT: f64 = 18.0;
const HEIGHT: f64 = 132.0;
const BELOW: f64 = 20.0;
const ABOVE: f64 = 8.0;
const TICKS_MAX: f64 = 6.0;
const FONT_SIZE: f64 = 10.5;

/// Where a moment lies on the drawing.
pub(super) fn x_of(at_s: f64, span: Span) -> f64 {
    LEFT + span.share(at_s) * (WIDTH - LEFT - RIGHT)
}

/// What places things on a drawing.
pub(super) struct Plot<'a> {
    pub(super) span: Span,
    pub(super) scale: &'a Scale,
    pub(super) flags: &'a Flags,
}

impl Plot<'_> {
    fn top(&self) -> f64 {
        ABOVE + self.flags.rows as f64 * ROW
    }

    fn bottom(&self) -> f64 {
        self.top() + HEIGHT
    }

    fn y_of(&self, value: f64) -> f64 {
        self.bottom() - self.scale.share(value) * HEIGHT
    }

    /// Axes, what happened, the limit, the lines, and the cursor at that time.
    pub(super) fn draw(&self, chart: &Chart, lines: &[Pieces], at_s: f64) -> Element {
        let area = Element::of("rect", "plot")
            .attr("x", number(LEFT))
            .attr("y", number(self.top()))
            .attr("width", number(WIDTH - LEFT - RIGHT))
            .attr("height", number(HEIGHT));
        let x = number(x_of(at_s, self.span));
        let cursor = Element::of("path", "cursor-line")
            .attr("d", format!("M0 {}V{}", number(self.top()), number(self.bottom())))
            .attr("transform", format!("translate({x} 0)"));
        Element::of("svg", "plotted")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .attr("role", "img")
            .attr("viewBox", format!("0 0 {WIDTH} {}", number(self.bottom() + BELOW)))
            .with(area)
            .all(self.value_axis())
            .all(self.time_axis())
            .all(self.flags.draw(self.span, self.top(), self.bottom()))
            .all(self.limit(chart))
            .all(lines.iter().enumerate().map(|(index, pieces)| self.line(index, pieces)))
            .with(cursor)
    }

    fn value_axis(&self) -> Vec<Element> {
        let mut axis = Vec::new();
        for (value, label) in &self.scale.ticks {
            let y = self.y_of(*value);
            let way = format!("M{} {}H{}", number(LEFT), number(y), number(WIDTH - RIGHT));
            let class = if *value == 0.0 { "base" } else { "grid" };
            axis.push(Element::of("path", class).attr("d", way));
            axis.push(tick(LEFT - 6.0, y + 3.6, "end", label));
        }
        axis
    }

    fn time_axis(&self) -> Vec<Element> {
        let label =
            |at_s: f64| tick(x_of(at_s, self.span), self.bottom() + 14.0, "middle", &clock(at_s));
        self.span.ticks(TICKS_MAX).into_iter().map(label).collect()
    }

    fn limit(&self, chart: &Chart) -> Vec<Element> {
        let Some((word, value)) = chart.limit.as_ref().filter(|limit| limit.1.is_finite()) else {
            return Vec::new();
        };
        let (y, right) = (self.y_of(*value), WIDTH - RIGHT);
        let words = format!("{word} {}", chart.unit.words(*value));
        let words = cut(words.trim(), FONT_SIZE, right - LEFT);
        // Above the line if there is room.
        let base = if y - 14.0 < self.top() { y + 12.0 } else { y - 4.0 };
        let line = Element::of("path", "limit")
            .attr("d", format!("M{} {}H{}", number(LEFT), number(y), number(right)));
        let words = tick(right - 2.0, base, "end", &words).attr("class", "limit-words");
        vec![line, words]
    }

    fn line(&self, index: usize, pieces: &Pieces) -> Element {
        let mut way = String::new();
        for piece in pieces {
            for (index, (at_s, value)) in piece.iter().enumerate() {
                let letter = if index == 0 { 'M' } else { 'L' };
                let (x, y) = (number(x_of(*at_s, self.span)), number(self.y_of(*value)));
                let _ = write!(way, "{letter}{x} {y}");
            }
            // A lone point is a dot, which a line without length with round ends is.
            if piece.len() == 1 {
                way += "h0.1";
            }
        }
        Element::of("path", &line_class(index)).attr("d", way)
    }
}

fn tick(x: f64, y: f64, anchor: &str, label: &str) -> Element {
    Element::new("text")
        .attr("x", number(x))
        .attr("y", number(y))
        .attr("text-anchor", anchor)
        .text(label)
}
