//! What happened, as lines and bands through a chart, with words above it that do not lie on each
//! other.

use std::cmp::Ordering;

use super::plot::{LEFT, WIDTH, x_of};
use crate::incident_page::element::Element;
use crate::incident_page::input::{Mark, MarkKind};
use crate::incident_page::marks::class;
use crate::incident_page::span::{Span, clock};
use crate::words::{cut, number, width};

/// How high a row of words is, and how many there are at most.
pub(super) const ROW: f64 = 13.0;
const ROWS_MAX: usize = 3;
const FONT_SIZE: f64 = 10.0;
const WORDS_MAX: f64 = 150.0;
const GAP: f64 = 6.0;
/// More of them would hide the chart.
const FLAGS_MAX: usize = 12;

/// The marks that a chart shows.
pub(super) struct Flags {
    flags: Vec<Flag>,
    /// How many rows of words there are.
    pub(super) rows: usize,
}

#[derive(Debug, Clone)]
struct Flag {
    mark: Mark,
    words: String,
    x: f64,
    place: Option<Place>,
}

/// Where the words of a flag stand.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// From the chart up.
    row: usize,
    /// Whether they end at the line, and do not begin there.
    ends: bool,
    left: f64,
    right: f64,
}

impl Flags {
    /// Places the faults, changes and fixes of a run.
    pub(super) fn new(marks: &[Mark], span: Span) -> Self {
        let shown = |mark: &&Mark| {
            span.has(mark.at_s)
                && matches!(mark.kind, MarkKind::Fault | MarkKind::Change | MarkKind::Fix)
        };
        let mut marks: Vec<&Mark> = marks.iter().filter(shown).take(FLAGS_MAX).collect();
        marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let flags: Vec<Flag> = marks
            .into_iter()
            .map(|mark| Flag {
                mark: mark.clone(),
                words: cut(&mark.label, FONT_SIZE, WORDS_MAX),
                x: x_of(mark.at_s, span),
                place: None,
            })
            .collect();
        let from_right = placed(&flags, (0..flags.len()).rev());
        let from_left = placed(&flags, 0..flags.len());
        let flags = if count(&from_left) > count(&from_right) { from_left } else { from_right };
        let rows = flags.iter().filter_map(|flag| flag.place).map(|place| place.row + 1).max();
        Self { flags, rows: rows.unwrap_or(0) }
    }

    /// Bands first, then lines with their words; the chart reaches from the top to the bottom.
    pub(super) fn draw(&self, span: Span, top: f64, bottom: f64) -> Vec<Element> {
        let bands = self.flags.iter().filter_map(|flag| flag.band(span, top, bottom));
        let lines = self.flags.iter().map(|flag| flag.line(top, bottom));
        bands.chain(lines).collect()
    }
}

/// Gives the words of one flag after the other the lowest row in which they cross nothing. Where words
/// stand right of their lines, coming from the right leaves all lines free; from the left, where they
/// stand left of them.
fn placed(flags: &[Flag], order: impl Iterator<Item = usize>) -> Vec<Flag> {
    let mut placed = flags.to_vec();
    for index in order {
        let wide = width(&flags[index].words, FONT_SIZE);
        let x = flags[index].x;
        let choices = (0..ROWS_MAX).flat_map(|row| {
            [(false, x, x + wide), (true, x - wide, x)].map(|(ends, left, right)| Place {
                row,
                ends,
                left,
                right,
            })
        });
        let fits = |place: &Place| {
            LEFT <= place.left && place.right <= WIDTH && is_free(place, x, &placed)
        };
        placed[index].place = choices.into_iter().find(fits);
    }
    placed
}

/// Whether words there lie on no other words, no line of another goes through them, and their own line
/// goes through no other words.
fn is_free(place: &Place, x: f64, flags: &[Flag]) -> bool {
    let covers = |place: &Place, x: f64| place.left < x && x < place.right;
    flags.iter().filter_map(|flag| Some((flag.x, flag.place?))).all(|(other_x, other)| match place
        .row
        .cmp(&other.row)
    {
        Ordering::Equal => place.right + GAP <= other.left || other.right + GAP <= place.left,
        Ordering::Less => !covers(place, other_x),
        Ordering::Greater => !covers(&other, x),
    })
}

fn count(flags: &[Flag]) -> usize {
    flags.iter().filter(|flag| flag.place.is_some()).count()
}

impl Flag {
    fn band(&self, span: Span, top: f64, bottom: f64) -> Option<Element> {
        let until_s = self.mark.until_s.filter(|until_s| *until_s > self.mark.at_s)?;
        let (left, right) = (self.x, x_of(until_s, span));
        let band = Element::of("rect", &format!("band {}", class(self.mark.kind)))
            .attr("x", number(left))
            .attr("y", number(top))
            .attr("width", number(right - left))
            .attr("height", number(bottom - top));
        Some(band)
    }

    fn line(&self, top: f64, bottom: f64) -> Element {
        let x = number(self.x);
        let row = self.place.map_or(0.0, |place| place.row as f64 + 1.0);
        let from = number(top - row * ROW + if row > 0.0 { 4.0 } else { 0.0 });
        let title =
            format!("{} {}: {}", clock(self.mark.at_s), self.mark.kind.as_str(), self.mark.label);
        let mut flag = Element::of("g", &format!("flag {}", class(self.mark.kind)))
            .with(Element::new("title").text(&title))
            .with(Element::new("path").attr("d", format!("M{x} {from}V{}", number(bottom))));
        if let Some(Place { row, ends, .. }) = self.place {
            let (shift, anchor) = if ends { (-3.0, "end") } else { (3.0, "start") };
            let y = top - row as f64 * ROW - 3.0;
            flag = flag.with(
                Element::new("text")
                    .attr("x", number(self.x + shift))
                    .attr("y", number(y))
                    .attr("text-anchor", anchor)
                    .text(&self.words),
            );
        }
        flag
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_above_a_chart_do_not_lie_on_each_other() {
        let span = Span { lasts_s: 100.0 };
        let mark = |at_s: f64| Mark {
            at_s,
            label: "orders-db: slow disk".into(),
            kind: MarkKind::Fault,
            ..Mark::default()
        };
        let places = |moments: &[f64]| {
            let marks: Vec<Mark> = moments.iter().copied().map(mark).collect();
            let places = Flags::new(&marks, span).flags.into_iter().map(|flag| flag.place);
            places.map(|place| place.map(|it| (it.row, it.ends))).collect::<Vec<_>>()
        };
        assert_eq!(places(&[10.0, 90.0]), [Some((0, false)), Some((0, true))]);
        assert_eq!(places(&[10.0, 20.0]), [Some((1, false)), Some((0, false))]);
        assert_eq!(places(&[90.0, 95.0]), [Some((0, true)), Some((1, true))]);
        let crowded = places(&[10.0, 11.0, 12.0, 13.0]);
        assert_eq!(crowded.iter().flatten().count(), ROWS_MAX);
    }
}
