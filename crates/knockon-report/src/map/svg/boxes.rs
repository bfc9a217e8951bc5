//! A service as a box: a shape by kind, a band in the colour of its team, its name, and what else
//! is known of it.

use std::fmt::Write as _;

use knockon_core::ServiceKind;

use super::{palette, shapes};
use crate::map::layout::{Point, Size};
use crate::map::picture::{Node, Picture};
use crate::state::State;
use crate::words::{cut, escaped, number, width, wrapped};

const NAME_SIZE: f64 = 13.0;
/// How much wider letters are in bold.
const BOLD: f64 = 1.08;
const FACTS_SIZE: f64 = 10.5;
const NAME_LEADING: f64 = 16.0;
const FACTS_LEADING: f64 = 14.0;
const TEXT_WIDTH_MAX: f64 = 190.0;
const TEXT_WIDTH_MIN: f64 = 64.0;
const NAME_LINES_MAX: usize = 2;
/// Boxes come in few widths, so that those of a column look alike.
const WIDTH_STEP: f64 = 24.0;
/// The band on the left.
const BAND: f64 = 6.0;
const PADDING: f64 = 11.0;
/// How much height each line wants at the side of a box, and how high a box gets for that.
const LINE_ROOM: f64 = 7.0;
const HEIGHT_FOR_LINES_MAX: f64 = 150.0;

/// The letters of a sign, how far from the right side of its box it ends, and how far above the upper
/// side its middle is, so that it hides no name.
const SIGN_SIZE: f64 = 10.5;
const SIGN_INSET: f64 = 6.0;
const SIGN_RISE: f64 = 5.0;

/// A box with its words fitted.
pub(super) struct Label {
    name: Vec<String>,
    facts: String,
    pub(super) size: Size,
}

impl Label {
    /// Fits the words of a node; at its busier side there are so many lines.
    pub(super) fn new(picture: &Picture<'_>, node: &Node<'_>, lines: usize) -> Self {
        let name = wrapped(node.name, NAME_SIZE * BOLD, TEXT_WIDTH_MAX, NAME_LINES_MAX);
        let facts = cut(&facts(picture, node), FACTS_SIZE, TEXT_WIDTH_MAX);
        let texts = name.iter().map(|line| width(line, NAME_SIZE * BOLD));
        let widest = texts.chain([width(&facts, FACTS_SIZE)]).fold(TEXT_WIDTH_MIN, f64::max);
        let facts_height = if facts.is_empty() { 0.0 } else { FACTS_LEADING };
        let text_height = name.len() as f64 * NAME_LEADING + facts_height;
        let room = (lines as f64 * LINE_ROOM + 12.0).min(HEIGHT_FOR_LINES_MAX);
        let width = widest + BAND + 2.0 * PADDING + shapes::side_room(node.kind);
        let size = Size {
            width: (width / WIDTH_STEP).ceil() * WIDTH_STEP,
            height: (text_height + 14.0 + shapes::head_room(node.kind)).max(room),
        };
        Self { name, facts, size }
    }

    /// Writes the box; on a page with its row there, and how it is.
    pub(super) fn draw(
        &self,
        picture: &Picture<'_>,
        node: &Node<'_>,
        at: Point,
        index: usize,
        state: Option<(usize, State)>,
    ) -> String {
        let of_page =
            state.map(|(row, state)| format!(" data-row=\"{row}\" data-state=\"{state}\""));
        let mut text = format!(
            "<g class=\"{}\" data-service=\"{}\"{}><title>{}</title>\n",
            classes(node),
            escaped(node.name),
            of_page.unwrap_or_default(),
            escaped(&tooltip(picture, node)),
        );
        let outline = shapes::outline(node.kind, at, self.size);
        let _ = writeln!(text, "<path class=\"shape\" d=\"{outline}\"/>");
        text += &self.band(node, at, index, &outline);
        let _ = writeln!(text, "<path class=\"edge\" d=\"{outline}\"{}/>", stroke(node));
        if let Some(detail) = shapes::detail(node.kind, at, self.size) {
            let _ = writeln!(text, "<path class=\"edge\" d=\"{detail}\"{}/>", stroke(node));
        }
        text += &self.words(node, at);
        text += &badges(node, at);
        if let Some((_, state)) = state {
            let x = number(at.x + self.size.width - SIGN_INSET);
            let y = number(at.y - SIGN_RISE);
            let _ = writeln!(
                text,
                "<use class=\"sign\" href=\"#knockon-sign-{state}\" x=\"{x}\" y=\"{y}\"/>"
            );
        }
        text + "</g>\n"
    }

    /// The band in the colours of the team, cut to the outline.
    fn band(&self, node: &Node<'_>, at: Point, index: usize, outline: &str) -> String {
        let Some(team) = node.team else { return String::new() };
        let width = BAND + if node.kind == ServiceKind::Broker { 4.0 } else { 1.0 };
        let band = two_colours(team, at, Size { width, height: self.size.height });
        format!(
            "<clipPath id=\"knockon-box{index}\"><path d=\"{outline}\"/></clipPath>\
             <g class=\"band\" clip-path=\"url(#knockon-box{index})\">{band}</g>\n"
        )
    }

    fn words(&self, node: &Node<'_>, at: Point) -> String {
        let x = number(at.x + BAND + (self.size.width - BAND - shapes::side_room(node.kind)) / 2.0);
        let facts_height = if self.facts.is_empty() { 0.0 } else { FACTS_LEADING };
        let height = self.name.len() as f64 * NAME_LEADING + facts_height;
        let head = shapes::head_room(node.kind);
        let top = at.y + head / 2.0 + (self.size.height - height) / 2.0 + head / 6.0;
        let mut text = String::new();
        let mut y = top + 12.5;
        for line in &self.name {
            let _ = writeln!(
                text,
                "<text class=\"name\" x=\"{x}\" y=\"{}\">{}</text>",
                number(y),
                escaped(line)
            );
            y += NAME_LEADING;
        }
        if !self.facts.is_empty() {
            let (y, facts) = (number(y - 2.0), escaped(&self.facts));
            let _ = writeln!(text, "<text class=\"facts\" x=\"{x}\" y=\"{y}\">{facts}</text>");
        }
        text
    }
}

fn classes(node: &Node<'_>) -> String {
    let tier = node.tier.map(|tier| format!(" tier{tier}")).unwrap_or_default();
    let aside = if node.aside { " aside" } else { "" };
    format!("node {}{tier}{aside}", node.kind)
}

fn stroke(node: &Node<'_>) -> String {
    let colour = node.team.map_or(palette::NO_TEAM, |team| palette::team(team).0);
    format!(" stroke=\"{colour}\"")
}

/// The steps of the journey in the upper left corner; or a flag where journeys begin.
fn badges(node: &Node<'_>, at: Point) -> String {
    let steps: Vec<String> = node.steps.iter().map(ToString::to_string).collect();
    if !steps.is_empty() {
        let text = cut(&steps.join(","), 11.0, 60.0);
        let wide = width(&text, 11.0).max(10.0) + 10.0;
        let (x, y) = (number(at.x - 9.0), number(at.y - 10.0));
        let (mid, base) = (number(at.x - 9.0 + wide / 2.0), number(at.y + 4.0));
        return format!(
            "<rect class=\"badge\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"20\" rx=\"10\"/>\
             <text class=\"step\" x=\"{mid}\" y=\"{base}\">{text}</text>\n",
            number(wide)
        );
    }
    if node.enters.is_empty() {
        return String::new();
    }
    flag(Point { x: at.x + 1.0, y: at.y + 1.0 })
}

/// The sign that journeys begin here, around that point.
pub(super) fn flag(centre: Point) -> String {
    let (x, y) = (number(centre.x), number(centre.y));
    let (left, top) = (number(centre.x - 2.8), number(centre.y - 4.5));
    format!(
        "<circle class=\"flag\" cx=\"{x}\" cy=\"{y}\" r=\"9\"/>\
         <path class=\"flagged\" d=\"M{left} {top} l7.5 4.5 l-7.5 4.5 Z\"/>\n"
    )
}

/// A sign for each state, to be placed by the middle of its right end: the word for trouble, else
/// nothing.
pub(super) fn signs() -> String {
    let mut text = String::new();
    for state in State::ALL {
        let word = state.as_str();
        let _ = write!(text, "<g id=\"knockon-sign-{word}\" class=\"sign-{word}\">");
        if state.is_trouble() {
            let wide = width(word, SIGN_SIZE * BOLD) + 14.0;
            let (left, middle, wide) = (number(-wide), number(-wide / 2.0), number(wide));
            let _ = write!(
                text,
                "<rect x=\"{left}\" y=\"-9\" width=\"{wide}\" height=\"18\" rx=\"9\"/>\
                 <text x=\"{middle}\" y=\"3.8\">{word}</text>"
            );
        }
        text += "</g>\n";
    }
    text
}

/// A rectangle in the colours of a team.
pub(super) fn two_colours(team: usize, at: Point, size: Size) -> String {
    let (upper, lower) = palette::team(team);
    let (x, width) = (number(at.x), number(size.width));
    let part = |y: f64, height: f64, colour: &str| {
        let (y, height) = (number(y), number(height));
        format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\"/>"
        )
    };
    if upper == lower {
        return part(at.y, size.height, upper);
    }
    let half = size.height / 2.0;
    part(at.y, half, upper) + &part(at.y + half, half, lower)
}

/// The line under the name: whose it is, and how much depends on it; else what it is.
fn facts(picture: &Picture<'_>, node: &Node<'_>) -> String {
    let team = picture.team(node).map(ToOwned::to_owned);
    let tier = node.tier.map(|tier| format!("tier {tier}"));
    let parts: Vec<String> = team.into_iter().chain(tier).collect();
    if parts.is_empty() && node.kind != ServiceKind::Service {
        return node.kind.to_string();
    }
    parts.join(" · ")
}

/// All that is known of it.
fn tooltip(picture: &Picture<'_>, node: &Node<'_>) -> String {
    let mut text = format!("{}: {}", node.name, node.kind);
    if let Some(tier) = node.tier {
        let _ = write!(text, ", tier {tier}");
    }
    match picture.team(node) {
        Some(team) => {
            let _ = write!(text, ", team {team}");
        }
        None => text += ", no team",
    }
    if let Some(summary) = node.summary {
        let _ = write!(text, ". {summary}");
    }
    if !node.enters.is_empty() {
        let _ = write!(text, ". Here begins: {}", node.enters.join(", "));
    }
    text
}
