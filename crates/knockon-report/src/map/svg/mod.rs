//! The map as a drawing.

mod boxes;
mod legend;
mod lines;
pub(crate) mod palette;
mod shapes;
mod style;

use std::fmt::Write as _;

use knockon_core::ServiceKind;

use self::boxes::Label;
use super::States;
use super::layout::{Graph, Layout, Point, lay_out};
use super::picture::{Path, Picture};
use crate::words::{cut, escaped, number, width};

/// Around everything.
const MARGIN: f64 = 28.0;
/// Narrower sheets have no room for a legend.
const WIDTH_MIN: f64 = 560.0;
/// A title or a summary is cut where the sheet ends, but not before it has this width.
const WORDS_MIN: f64 = 900.0;

/// A finished drawing.
pub(crate) struct Drawing {
    /// An `svg` element.
    pub(crate) text: String,
    /// How wide it is where one unit is one pixel.
    pub(crate) width: f64,
}

/// With states, the drawing is a part of a page and shows them.
pub(crate) fn render(picture: &Picture<'_>, states: Option<&States<'_>>) -> Drawing {
    let labels = labels(picture);
    let layout = lay_out(&graph(picture, &labels));
    let head = match states {
        None => Head::new(picture, layout.width),
        Some(_) => Head::default(),
    };
    let inner = layout.width.max(WIDTH_MIN).max(head.width);
    let shift = Point { x: MARGIN + (inner - layout.width) / 2.0, y: MARGIN + head.height };
    let below = Point { x: MARGIN, y: shift.y + layout.height + 30.0 };
    let (legend, legend_height) = legend::draw(picture, below, inner);
    let (wide, high) = (inner + 2.0 * MARGIN, below.y + legend_height + MARGIN / 2.0);

    let (title, about) = (escaped(&picture.title), escaped(&description(picture)));
    let (width, wide, high) = (wide, number(wide), number(high));
    let signs = states.map(|_| boxes::signs()).unwrap_or_default();
    let sheet = match states {
        None => {
            format!("<rect class=\"sheet\" width=\"{wide}\" height=\"{high}\" fill=\"#ffffff\"/>\n")
        }
        Some(_) => String::new(),
    };
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"knockon-map\" role=\"img\" \
         aria-labelledby=\"knockon-title knockon-about\" width=\"{wide}\" height=\"{high}\" \
         viewBox=\"0 0 {wide} {high}\">\n<title id=\"knockon-title\">{title}</title>\n\
         <desc id=\"knockon-about\">{about}</desc>\n<style>\n{}</style>\n\
         <defs>\n{}{signs}</defs>\n{sheet}{}",
        style::sheet(),
        heads(picture),
        head.text,
    );
    let at = |point: Point| format!("{} {}", number(point.x), number(point.y));
    let _ = writeln!(text, "<g transform=\"translate({})\">", at(shift));
    text += &body(picture, &labels, &layout, states);
    Drawing { text: text + "</g>\n" + &legend + "</svg>\n", width }
}

/// The arrow heads that occur.
fn heads(picture: &Picture<'_>) -> String {
    style::heads(|family, path| {
        path == Path::Off
            || picture.lines.iter().any(|line| line.path == path)
                && (family == super::picture::Family::Call
                    || picture.lines.iter().any(|line| line.family == family))
    })
}

/// Lines first, those of the journey over the others, then boxes.
fn body(
    picture: &Picture<'_>,
    labels: &[Label],
    layout: &Layout,
    states: Option<&States<'_>>,
) -> String {
    let mut order: Vec<usize> = (0..picture.lines.len()).collect();
    order.sort_by_key(|index| picture.lines[*index].path);
    let mut text = String::new();
    for index in order {
        let line = &picture.lines[index];
        let way = if line.from == line.to {
            lines::loop_way(layout.corners[line.from], labels[line.from].size)
        } else {
            lines::way(&layout.routes[index])
        };
        text += &lines::draw(picture, line, &way);
    }
    for (index, (node, label)) in picture.nodes.iter().zip(labels).enumerate() {
        let state = states.and_then(|states| states.get(node.name).copied());
        text += &label.draw(picture, node, layout.corners[index], index, state);
    }
    text
}

fn labels(picture: &Picture<'_>) -> Vec<Label> {
    let mut ends = vec![(0_usize, 0_usize); picture.nodes.len()];
    for line in &picture.lines {
        ends[line.from].0 += 1;
        ends[line.to].1 += 1;
    }
    let busier = ends.into_iter().map(|(leaving, arriving)| leaving.max(arriving));
    picture.nodes.iter().zip(busier).map(|(node, lines)| Label::new(picture, node, lines)).collect()
}

fn graph(picture: &Picture<'_>, labels: &[Label]) -> Graph {
    Graph {
        boxes: labels.iter().map(|label| label.size).collect(),
        lines: picture.lines.iter().map(|line| (line.from, line.to)).collect(),
        first: picture
            .nodes
            .iter()
            .map(|node| node.kind == ServiceKind::Client || node.is_entry())
            .collect(),
        rank: picture.nodes.iter().map(|node| node.rank).collect(),
    }
}

/// Title, summary and stages.
#[derive(Default)]
struct Head {
    text: String,
    width: f64,
    height: f64,
}

impl Head {
    fn new(picture: &Picture<'_>, layout_width: f64) -> Self {
        let width_max = layout_width.max(WORDS_MIN);
        let mut head = Self { text: String::new(), width: 0.0, height: 0.0 };
        head.line(&picture.title, "title", 20.0, width_max);
        if let Some(summary) = picture.summary {
            head.line(summary, "quiet", 12.0, width_max);
        }
        let stages = picture.tour.as_ref().map_or(&[][..], |tour| &tour.stages);
        for line in stage_lines(stages, width_max) {
            head.line(&line, "heading stages", 12.0, width_max);
        }
        head.height += 26.0;
        head
    }

    fn line(&mut self, words: &str, class: &str, size: f64, width_max: f64) {
        let words = cut(words, size, width_max);
        self.height += size + 6.0;
        self.width = self.width.max(width(&words, size));
        let (x, y) = (number(MARGIN), number(MARGIN + self.height - 8.0));
        let words = escaped(&words);
        let _ = writeln!(self.text, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>");
    }
}

/// The stages in a row, in as many lines as they take.
fn stage_lines(stages: &[&str], width_max: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, stage) in stages.iter().enumerate() {
        let arrow = if index + 1 < stages.len() { " ›" } else { "" };
        let piece = format!("{stage}{arrow}");
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {piece}"), 12.0) <= width_max => {
                line.push(' ');
                line.push_str(&piece);
            }
            _ => lines.push(piece),
        }
    }
    lines
}

/// The drawing in words, for those who cannot see it.
fn description(picture: &Picture<'_>) -> String {
    let services = picture.nodes.len();
    let uses: usize = picture.lines.iter().map(|line| line.uses.len()).sum();
    let mut text =
        format!("{services} services and {uses} dependencies, drawn from left to right.");
    if let Some(summary) = picture.summary {
        let _ = write!(text, " {summary}");
    }
    if let Some(tour) = &picture.tour {
        let mut steps: Vec<(usize, &str)> = picture
            .nodes
            .iter()
            .flat_map(|node| node.steps.iter().map(|step| (*step, node.name)))
            .collect();
        steps.sort_unstable();
        let names: Vec<&str> = steps.into_iter().map(|(_, name)| name).collect();
        let _ = write!(text, " The journey {} crosses {}.", tour.name, names.join(", "));
    }
    text
}
