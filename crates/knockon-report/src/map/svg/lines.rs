//! A dependency as a line with an arrow head.

use std::fmt::Write as _;

use knockon_core::Criticality;

use crate::map::layout::{Point, Route, Size};
use crate::map::picture::{Family, Line, Path, Picture};
use crate::words::{escaped, number};

/// How far the way stops before a box, so that the arrow head touches it.
const HEAD: f64 = 1.5;

/// Writes a line.
pub(super) fn draw(picture: &Picture<'_>, line: &Line, way: &str) -> String {
    let (from, to) = (picture.nodes[line.from].name, picture.nodes[line.to].name);
    let head = match line.family {
        Family::Ground => String::new(),
        family => {
            format!(
                " marker-end=\"url(#knockon-{}-{})\"",
                family_class(family),
                path_class(line.path)
            )
        }
    };
    format!(
        "<g class=\"line {} {} {}\" data-from=\"{}\" data-to=\"{}\"><title>{}</title>\
         <path class=\"touch\" d=\"{way}\"/><path class=\"way\" d=\"{way}\"{head}/></g>\n",
        family_class(line.family),
        path_class(line.path),
        line.criticality(),
        escaped(from),
        escaped(to),
        escaped(&tooltip(line, from, to)),
    )
}

fn tooltip(line: &Line, from: &str, to: &str) -> String {
    let uses: Vec<String> = line
        .uses
        .iter()
        .map(|(kind, criticality)| match criticality {
            Criticality::Critical => kind.to_string(),
            criticality => format!("{kind} ({criticality})"),
        })
        .collect();
    format!("{from} → {to}: {}", uses.join(", "))
}

/// How a family is called in the style sheet.
pub(super) fn family_class(family: Family) -> &'static str {
    match family {
        Family::Call => "call",
        Family::Data => "data",
        Family::Message => "message",
        Family::Ground => "ground",
    }
}

/// How the part of a line in journeys is called in the style sheet.
pub(super) fn path_class(path: Path) -> &'static str {
    match path {
        Path::Aside => "aside",
        Path::Off => "off",
        Path::Some => "some",
        Path::Tour => "tour",
    }
}

/// A route as the data of a path.
pub(super) fn way(route: &Route) -> String {
    let mut text = String::new();
    let Some(first) = route.points.first() else { return text };
    let _ = write!(text, "M{} {}", number(first.x), number(first.y));
    let last = route.bends.len().saturating_sub(1);
    let mut from = *first;
    for (index, (to, bends)) in route.points[1..].iter().zip(&route.bends).enumerate() {
        let mut to = *to;
        if index == last {
            to.x -= HEAD.copysign(to.x - from.x);
        }
        let level = (from.y - to.y).abs() < 0.05;
        if *bends && !level {
            let mid = number(f64::midpoint(from.x, to.x));
            let (y1, y2) = (number(from.y), number(to.y));
            let _ = write!(text, " C{mid} {y1} {mid} {y2} {} {y2}", number(to.x));
        } else {
            let _ = write!(text, " H{}", number(to.x));
        }
        from = to;
    }
    text
}

/// The way of a line from a box to itself: a loop over its upper right corner.
pub(super) fn loop_way(corner: Point, size: Size) -> String {
    let (x, y) = (corner.x + size.width, corner.y);
    format!(
        "M{} {} C{} {} {} {} {} {}",
        number(x - 30.0),
        number(y),
        number(x - 30.0),
        number(y - 18.0),
        number(x - 10.0),
        number(y - 18.0),
        number(x - 10.0),
        number(y - HEAD),
    )
}
