//! What the colours, the lines and the shapes mean: of each only what occurs.

use std::fmt::Write as _;

use knockon_core::{Criticality, ServiceKind};

use super::boxes::{flag, two_colours};
use super::lines::{family_class, path_class};
use super::shapes;
use crate::map::layout::{Point, Size};
use crate::map::picture::{Family, Path, Picture};
use crate::words::{cut, escaped, number, width};

const ROW: f64 = 24.0;
const HEADING: f64 = 76.0;
const SAMPLE: f64 = 34.0;
const WORDS_MAX: f64 = 260.0;

/// The legend as elements, and how high it is.
pub(super) fn draw(picture: &Picture<'_>, corner: Point, width_max: f64) -> (String, f64) {
    let mut rows = Rows { text: String::new(), corner, right: corner.x + width_max, at: corner };
    if !picture.teams.is_empty() {
        rows.heading("Teams");
        let size = Size { width: 26.0, height: 14.0 };
        for (team, name) in picture.teams.iter().enumerate() {
            rows.item(name, |at| two_colours(team, Point { x: at.x + 4.0, y: at.y - 7.0 }, size));
        }
    }
    rows.heading("Services");
    for kind in ServiceKind::ALL.iter().copied() {
        if picture.nodes.iter().any(|node| node.kind == kind) {
            rows.item(kind.as_str(), |at| sample_box(kind, at));
        }
    }
    if picture.nodes.iter().any(|node| !node.enters.is_empty()) {
        rows.item("a journey begins", |at| flag(Point { x: at.x + SAMPLE / 2.0, y: at.y }));
    }
    lines(picture, &mut rows);
    let height = if rows.text.is_empty() { 0.0 } else { rows.at.y + ROW - corner.y };
    (rows.text, height)
}

fn lines(picture: &Picture<'_>, rows: &mut Rows) {
    if picture.lines.is_empty() {
        return;
    }
    rows.heading("Lines");
    let plain = if picture.tour.is_some() { Path::Aside } else { Path::Off };
    for (family, words) in [
        (Family::Call, "calls"),
        (Family::Data, "reads, writes"),
        (Family::Message, "messages"),
        (Family::Ground, "runs on"),
    ] {
        if picture.lines.iter().any(|line| line.family == family) {
            rows.item(words, |at| sample_line(family, Path::Off, Criticality::Critical, at));
        }
    }
    for criticality in [Criticality::Degrades, Criticality::Optional] {
        if picture.lines.iter().any(|line| line.criticality() == criticality) {
            rows.item(criticality.as_str(), |at| {
                sample_line(Family::Call, Path::Off, criticality, at)
            });
        }
    }
    let journey = picture.tour.as_ref().map_or("on a journey", |tour| tour.name);
    for (path, words) in [(Path::Some, journey), (Path::Tour, journey), (plain, "beside it")] {
        let shown = path != Path::Off && picture.lines.iter().any(|line| line.path == path);
        if shown {
            rows.item(words, |at| sample_line(Family::Call, path, Criticality::Critical, at));
        }
    }
}

/// Items in rows, each under a heading.
struct Rows {
    text: String,
    corner: Point,
    right: f64,
    /// Where the next item begins, in the middle of its row.
    at: Point,
}

impl Rows {
    fn heading(&mut self, words: &str) {
        let y = if self.text.is_empty() { self.corner.y + ROW / 2.0 } else { self.at.y + ROW };
        self.at = Point { x: self.corner.x + HEADING, y };
        let _ = writeln!(
            self.text,
            "<text class=\"heading\" x=\"{}\" y=\"{}\">{words}</text>",
            number(self.corner.x),
            number(y + 4.0)
        );
    }

    fn item(&mut self, words: &str, sample: impl FnOnce(Point) -> String) {
        let words = cut(words, 12.0, WORDS_MAX);
        let wide = SAMPLE + 8.0 + width(&words, 12.0) + 16.0;
        let begins = self.corner.x + HEADING;
        if self.at.x > begins && self.at.x + wide > self.right {
            self.at = Point { x: begins, y: self.at.y + ROW };
        }
        let _ = writeln!(
            self.text,
            "{}<text class=\"quiet\" x=\"{}\" y=\"{}\">{}</text>",
            sample(self.at),
            number(self.at.x + SAMPLE + 8.0),
            number(self.at.y + 4.0),
            escaped(&words)
        );
        self.at.x += wide;
    }
}

fn sample_box(kind: ServiceKind, at: Point) -> String {
    let (corner, size) =
        (Point { x: at.x + 2.0, y: at.y - 9.0 }, Size { width: 30.0, height: 18.0 });
    let dashes = if kind == ServiceKind::External { " stroke-dasharray=\"4 3\"" } else { "" };
    let mut text =
        format!("<path class=\"sample\" d=\"{}\"{dashes}/>", shapes::outline(kind, corner, size));
    if let Some(detail) = shapes::detail(kind, corner, size) {
        let _ = write!(text, "<path class=\"sample\" d=\"{detail}\"/>");
    }
    text
}

fn sample_line(family: Family, path: Path, criticality: Criticality, at: Point) -> String {
    let head = if family == Family::Ground {
        String::new()
    } else {
        format!(" marker-end=\"url(#knockon-{}-{})\"", family_class(family), path_class(path))
    };
    format!(
        "<g class=\"{} {} {criticality}{}\"><path class=\"way\" d=\"M{} {} H{}\"{head}/></g>",
        family_class(family),
        path_class(path),
        if path == Path::Aside { " line" } else { "" },
        number(at.x),
        number(at.y),
        number(at.x + SAMPLE)
    )
}
