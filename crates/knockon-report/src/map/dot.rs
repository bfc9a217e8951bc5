//! The map in the DOT language (<https://graphviz.org/doc/info/lang.html>).

use std::fmt::Write as _;

use knockon_core::{Criticality, ServiceKind, Tier};

use super::picture::{Family, Line, Node, Path, Picture};
use super::svg::palette;

pub(crate) fn render(picture: &Picture<'_>) -> String {
    let title = quoted(&picture.title);
    let mut text = format!(
        "digraph {title} {{\n  graph [rankdir=LR, label={title}, labelloc=t, fontname=\"sans-serif\"]\n  \
         node [fontname=\"sans-serif\", fontsize=11]\n  edge [fontname=\"sans-serif\", fontsize=9]\n"
    );
    for (index, node) in picture.nodes.iter().enumerate() {
        let _ = writeln!(text, "  s{index} [{}]", node_attributes(picture, node));
    }
    for line in &picture.lines {
        let _ = writeln!(text, "  s{} -> s{} [{}]", line.from, line.to, line_attributes(line));
    }
    text + "}\n"
}

fn node_attributes(picture: &Picture<'_>, node: &Node<'_>) -> String {
    let mut label = node.name.to_owned();
    if !node.steps.is_empty() {
        let steps: Vec<String> = node.steps.iter().map(ToString::to_string).collect();
        label = format!("{} · {label}", steps.join(", "));
    }
    let tier = node.tier.map(|tier| format!("tier {tier}"));
    let facts: Vec<String> =
        picture.team(node).map(ToOwned::to_owned).into_iter().chain(tier).collect();
    if !facts.is_empty() {
        label = format!("{label}\n{}", facts.join(" · "));
    }
    let (shape, style) = match node.kind {
        ServiceKind::Service => ("box", "rounded"),
        ServiceKind::Database => ("cylinder", "solid"),
        ServiceKind::Cache => ("box3d", "solid"),
        ServiceKind::Broker => ("cds", "solid"),
        ServiceKind::Client => ("oval", "solid"),
        ServiceKind::External => ("box", "dashed"),
        ServiceKind::Platform => ("hexagon", "solid"),
    };
    let colour = node.team.map_or(palette::NO_TEAM, |team| palette::team(team).0);
    let width = if node.tier == Some(Tier::One) { 3 } else { 2 };
    let font = if node.aside { ", fontcolor=\"#8a8f98\"" } else { "" };
    format!(
        "label={}, shape={shape}, style={style}, color=\"{colour}\", penwidth={width}{font}",
        quoted(&label)
    )
}

fn line_attributes(line: &Line) -> String {
    let (style, head) = match line.family {
        Family::Call => ("solid", "normal"),
        Family::Data => ("bold", "dot"),
        Family::Message => ("dashed", "vee"),
        Family::Ground => ("dotted", "none"),
    };
    let mut text = format!("style={style}, arrowhead={head}");
    let remark = line.remark();
    if !remark.is_empty() {
        let _ = write!(text, ", label={}", quoted(&remark));
    }
    match line.path {
        Path::Tour => {
            let _ = write!(text, ", color=\"{}\", penwidth=3", palette::TOUR);
        }
        Path::Aside => text += ", color=\"#b5bac2\"",
        Path::Off | Path::Some if line.criticality() != Criticality::Critical => {
            text += ", color=\"#8a8f98\"";
        }
        Path::Off | Path::Some => {}
    }
    text
}

/// A double-quoted string. A backslash would begin an escape of Graphviz, so it is doubled, and a
/// line break is written as one.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => quoted.push('\u{fffd}'),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
