//! What the run was like with one thing changed: a row each, with bars that can be compared.

use super::alerts::cell;
use super::element::Element;
use super::input::{Interval, Proof, ProofRow};
use super::span::duration;
use crate::number::significant;
use crate::words::number;

/// The drawing of a bar.
const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 20.0;
const MARGIN: f64 = 3.0;

const COLUMNS: [&str; 6] = ["Changed", "Worked", "Well after", "Saved", "Money", "Side effects"];

pub(super) fn proof(proof: &Proof) -> Element {
    let reach = Reach::new(&proof.rows);
    let heads = COLUMNS.iter().map(|head| {
        let of = match *head {
            "Saved" => &proof.counts,
            "Money" => &proof.currency,
            _ => "",
        };
        let unit = if of.is_empty() { String::new() } else { format!(", {of}") };
        Element::new("th").attr("scope", "col").text(head).text(&unit)
    });
    let rows = proof.rows.iter().map(|it| row(it, &reach));
    let table = Element::of("table", "stacked proof")
        .attr("aria-label", "Proof")
        .with(Element::new("thead").with(Element::new("tr").all(heads)))
        .with(Element::new("tbody").all(rows));
    Element::of("div", "card").with(table)
}

fn row(row: &ProofRow, reach: &Reach) -> Element {
    let mut name = cell(COLUMNS[0], "").with(Element::new("b").text(&row.name));
    for (class, text) in [("kind", &row.kind), ("note", &row.note)] {
        if !text.is_empty() {
            name = name.with(Element::of("div", class).text(text));
        }
    }
    let (class, sign, word) = match row.worked {
        Some(true) => ("held", "✓", "yes"),
        Some(false) => ("broken", "✗", "no"),
        None => ("unknown", "", "–"),
    };
    let worked = cell(COLUMNS[1], "").with(
        Element::of("span", &format!("verdict {class}"))
            .with(Element::of("span", "kind-sign").attr("aria-hidden", true).text(sign))
            .text(&format!(" {word}")),
    );
    let well = match row.healthy_after_s {
        Some(after_s) => figure(cell(COLUMNS[2], ""), after_s, &duration),
        None => cell(COLUMNS[2], "never"),
    };
    let saved = cell(COLUMNS[3], "").with(reach.bar(row.saved));
    let effects = row.side_effects.iter().map(|effect| Element::new("li").text(effect));
    let effects = if row.side_effects.is_empty() {
        cell(COLUMNS[5], "none")
    } else {
        cell(COLUMNS[5], "").with(Element::of("ul", "effects").all(effects))
    };
    Element::new("tr")
        .with(name)
        .with(worked)
        .with(well)
        .with(figure(saved, row.saved, &significant))
        .with(figure(cell(COLUMNS[4], ""), row.money, &significant))
        .with(effects)
}

/// Adds a value, and between which limits it lies if they are not the value itself.
fn figure(cell: Element, it: Interval, written: &dyn Fn(f64) -> String) -> Element {
    let say = |value: f64| if value.is_finite() { written(value) } else { "–".to_owned() };
    let (value, low, high) = (say(it.value), say(it.low), say(it.high));
    let exact = low == value && high == value;
    let cell = cell.with(Element::of("b", "figure").text(&value));
    if exact {
        return cell;
    }
    cell.text(" ").with(Element::of("span", "range").text(&format!("{low} to {high}")))
}

/// From where to where all bars reach: zero is always in it.
struct Reach {
    low: f64,
    high: f64,
}

impl Reach {
    fn new(rows: &[ProofRow]) -> Self {
        let values = rows.iter().flat_map(|row| [row.saved.low, row.saved.value, row.saved.high]);
        let values: Vec<f64> = values.filter(|value| value.abs() < 1e15).collect();
        let low = values.iter().copied().fold(0.0, f64::min);
        let high = values.iter().copied().fold(0.0, f64::max);
        Self { low, high: if high - low > 1e-12 { high } else { low + 1.0 } }
    }

    fn x(&self, value: f64) -> f64 {
        let value = if value.is_nan() { 0.0 } else { value };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        MARGIN + share * (WIDTH - 2.0 * MARGIN)
    }

    /// A bar from zero, and over it the line from limit to limit.
    fn bar(&self, it: Interval) -> Element {
        let (zero, end) = (self.x(0.0), self.x(it.value));
        let class = if it.value < 0.0 { "bar worse" } else { "bar" };
        let bar = Element::of("rect", class)
            .attr("x", number(zero.min(end)))
            .attr("y", 5)
            .attr("width", number((end - zero).abs()))
            .attr("height", 10);
        let (low, high) = (number(self.x(it.low)), number(self.x(it.high)));
        let whisker = format!("M{low} 6v8M{low} 10H{high}M{high} 6v8");
        let svg = Element::of("svg", "bars")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .attr("viewBox", format!("0 0 {WIDTH} {HEIGHT}"))
            .attr("aria-hidden", true)
            .with(bar);
        let svg = if it.low < it.high {
            svg.with(Element::of("path", "whisker").attr("d", whisker))
        } else {
            svg
        };
        svg.with(Element::of("path", "zero").attr("d", format!("M{} 1v18", number(zero))))
    }
}
