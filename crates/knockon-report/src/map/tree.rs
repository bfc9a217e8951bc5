//! The map as a tree for the terminal.

use std::collections::VecDeque;
use std::fmt::Write as _;

use knockon_core::{Criticality, DependencyKind, ServiceKind};

use super::picture::{Line, Node, Path, Picture};
use crate::paint::{CARE, HEADLINE, LABEL, QUIET, paint};

/// How deep a tree may grow before it goes on in a tree of its own, at the left margin again.
const DEPTH_MAX: usize = 8;

/// Where each service has its place.
struct Forest {
    /// Services at the left margin, in the order to show them.
    roots: Vec<usize>,
    /// Whether a service is one of them.
    is_root: Vec<bool>,
    /// The line below which a service has its place; none for a root.
    parent: Vec<Option<usize>>,
    /// The lines that leave each service, in order.
    leaving: Vec<Vec<usize>>,
}

pub(crate) fn render(picture: &Picture<'_>) -> String {
    let forest = plant(picture);
    let mut text = heading(picture);
    let mut shown = vec![false; picture.nodes.len()];
    for root in &forest.roots {
        text.push('\n');
        // A root with a parent is at the left margin only because its tree grew too deep.
        let is_continued = forest.parent[*root].is_some();
        let suffix = if is_continued { paint(QUIET, "  (continued)") } else { String::new() };
        let _ = writeln!(text, "{}{suffix}", own_line(picture, *root, None, true));
        shown[*root] = true;
        grow(picture, &forest, *root, &mut shown, &mut text);
    }
    text
}

fn heading(picture: &Picture<'_>) -> String {
    let counted = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let uses = picture.lines.iter().map(|line| line.uses.len()).sum();
    let mut text = format!(
        "{}  {}\n",
        paint(HEADLINE, &picture.title),
        paint(
            QUIET,
            format!(
                "{}, {}",
                counted(picture.nodes.len(), "service", "services"),
                counted(uses, "dependency", "dependencies")
            )
        )
    );
    if let Some(summary) = picture.summary {
        let _ = writeln!(text, "{summary}");
    }
    if let Some(tour) = picture.tour.as_ref().filter(|tour| !tour.stages.is_empty()) {
        let _ = writeln!(text, "{}", paint(LABEL, tour.stages.join(" → ")));
    }
    text
}

/// Finds each service its place: below the entries breadth first, so that it is as near to the left
/// as it can be.
fn plant(picture: &Picture<'_>) -> Forest {
    let count = picture.nodes.len();
    let mut leaving = vec![Vec::new(); count];
    let mut entered = vec![false; count];
    for (index, line) in picture.lines.iter().enumerate() {
        leaving[line.from].push(index);
        entered[line.to] |= line.from != line.to;
    }
    let mut forest = Forest {
        roots: Vec::new(),
        is_root: vec![false; count],
        parent: vec![None; count],
        leaving,
    };
    let mut depth = vec![None; count];
    let is_outermost =
        |index: &usize| !entered[*index] || picture.nodes[*index].kind == ServiceKind::Client;
    let outermost: Vec<usize> = (0..count).filter(is_outermost).collect();
    spread(picture, &mut forest, &mut depth, &outermost);
    // Left are cycles that nothing leads to: from where a journey enters them, or anywhere.
    let is_entry = |index: &usize| picture.nodes[*index].is_entry();
    let (entries, rest): (Vec<usize>, Vec<usize>) = (0..count).partition(is_entry);
    for index in entries.into_iter().chain(rest) {
        if depth[index].is_none() {
            spread(picture, &mut forest, &mut depth, &[index]);
        }
    }
    forest
}

fn spread(
    picture: &Picture<'_>,
    forest: &mut Forest,
    depth: &mut [Option<usize>],
    roots: &[usize],
) {
    let mut open = VecDeque::new();
    for root in roots {
        depth[*root] = Some(0);
        forest.roots.push(*root);
        forest.is_root[*root] = true;
        open.push_back(*root);
    }
    while let Some(node) = open.pop_front() {
        let below = depth[node].unwrap_or_default() + 1;
        for line in &forest.leaving[node] {
            let to = picture.lines[*line].to;
            if depth[to].is_some() {
                continue;
            }
            forest.parent[to] = Some(*line);
            depth[to] = Some(below % DEPTH_MAX);
            if below == DEPTH_MAX && !forest.leaving[to].is_empty() {
                forest.roots.push(to);
                forest.is_root[to] = true;
            }
            open.push_back(to);
        }
    }
}

/// Writes what is below a root, without recursion that an input could make deep.
fn grow(
    picture: &Picture<'_>,
    forest: &Forest,
    root: usize,
    shown: &mut [bool],
    text: &mut String,
) {
    let mut open: Vec<(usize, String, bool)> = Vec::new();
    let push = |open: &mut Vec<_>, node: usize, prefix: &str| {
        let lines = &forest.leaving[node];
        for (place, line) in lines.iter().enumerate().rev() {
            open.push((*line, prefix.to_owned(), place + 1 == lines.len()));
        }
    };
    push(&mut open, root, "");
    while let Some((index, prefix, last)) = open.pop() {
        let line = &picture.lines[index];
        let branch = if last { "└── " } else { "├── " };
        let own_place = forest.parent[line.to] == Some(index);
        let ends = forest.leaving[line.to].is_empty();
        let later = forest.is_root[line.to];
        let _ = write!(text, "{}", paint(QUIET, format!("{prefix}{branch}")));
        text.push_str(&own_line(picture, line.to, Some(line), own_place && !later));
        if !ends && (!own_place || later) {
            let place = if shown[line.to] { "above" } else { "below" };
            let _ = write!(text, " {}", paint(QUIET, format!("(see {place})")));
        }
        text.push('\n');
        if own_place && !later {
            shown[line.to] = true;
            let prefix = prefix + if last { "    " } else { "│   " };
            push(&mut open, line.to, &prefix);
        }
    }
}

/// A service, how the one above it uses it, and what is known of it; without the last where it is
/// shown a second time.
fn own_line(picture: &Picture<'_>, index: usize, line: Option<&Line>, in_full: bool) -> String {
    let node = &picture.nodes[index];
    let mut text = match node.steps.as_slice() {
        [] => String::new(),
        steps => paint(LABEL, format!("{} ", numbers(steps))),
    };
    let style = if node.aside || !in_full { QUIET } else { HEADLINE };
    text += &paint(style, node.name);
    text += &line.map(use_text).unwrap_or_default();
    if in_full {
        let facts = facts(picture, node);
        if !facts.is_empty() {
            text += &paint(QUIET, format!("  {facts}"));
        }
        for journey in &node.enters {
            text += &paint(LABEL, format!("  ▶ {journey}"));
        }
    }
    text
}

fn numbers(steps: &[usize]) -> String {
    let numbers: Vec<String> = steps.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}

fn facts(picture: &Picture<'_>, node: &Node<'_>) -> String {
    let kind = (node.kind != ServiceKind::Service).then(|| node.kind.to_string());
    let tier = node.tier.map(|tier| format!("tier {tier}"));
    let team = picture.team(node).map(ToOwned::to_owned);
    [kind, tier, team].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// How the service is used by the one above it, or takes messages from it.
fn use_text(line: &Line) -> String {
    let mut words: Vec<&str> = line
        .uses
        .iter()
        .map(|(kind, _)| match kind {
            DependencyKind::Consume => "consumes",
            kind => kind.as_str(),
        })
        .collect();
    words.dedup();
    let style = if line.path == Path::Tour { LABEL } else { QUIET };
    let mut text = paint(style, format!("  {}", words.join(", ")));
    if line.criticality() != Criticality::Critical {
        text += &paint(CARE, format!(" {}", line.criticality()));
    }
    text
}
