//! Operations that wait for each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use knockon_core::{Element, ServiceId};

use super::Weakness;
use crate::calls::{Edge, Node};
use crate::codes::SYNCHRONOUS_CYCLE;
use crate::view::View;
use crate::wording;

/// Operations (services, where their operations are not known) each of which waits, over one call or
/// many, for each of the others. Told once, with the shortest way round from the first of them.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let mut groups: Vec<Vec<Node>> = view.calls.components();
    groups.retain(|group| match group.as_slice() {
        [only] => view.calls.edges(*only).iter().any(|edge| edge.to == *only),
        _ => true,
    });
    groups.sort();
    groups.iter().filter_map(|group| weakness(view, group)).collect()
}

/// The shortest way from a node back to it: the nodes with the edge by which each is left.
fn way_round(view: &View<'_>, start: Node) -> Vec<(Node, Edge)> {
    let calls = &view.calls;
    let mut from: BTreeMap<Node, (Node, Edge)> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        let inside = calls
            .edges(node)
            .iter()
            .filter(|edge| calls.component(edge.to) == calls.component(start));
        for edge in inside {
            from.entry(edge.to).or_insert_with(|| {
                open.push_back(edge.to);
                (node, *edge)
            });
        }
        if from.contains_key(&start) {
            break;
        }
    }
    let mut way = Vec::new();
    let mut at = start;
    while let Some((node, edge)) = from.get(&at) {
        way.push((*node, *edge));
        at = *node;
        if at == start {
            break;
        }
    }
    way.reverse();
    way
}

fn weakness(view: &View<'_>, group: &[Node]) -> Option<Weakness> {
    const RELATED: usize = 5;
    let way = way_round(view, *group.first()?);
    let name = |node: Node| match view.calls.operation(node) {
        Some(operation) => wording::operation(view.system, operation),
        None => wording::service(view.system, view.calls.service(node)),
    };
    // A service that stands for one of its own operations is not a stop of its own.
    let stops: Vec<&(Node, Edge)> = way
        .iter()
        .filter(|(node, edge)| {
            let (here, next) = (view.calls.service(*node), view.calls.service(edge.to));
            view.calls.operation(*node).is_some() || here != next
        })
        .collect();
    let (first, _) = stops.first()?;
    let more = more(view, group, stops.len());
    let first = name(*first);
    let shown = if stops.len() > 4 { 3 } else { stops.len() };
    let names: Vec<_> = stops[1..shown].iter().map(|(node, _)| name(*node)).collect();
    let names = names.join(", which waits for ");
    let message = match stops.len() {
        1 => format!("{first} waits for itself"),
        2..=4 => format!("{first} waits for {names}, which waits for {first}{more}"),
        count => {
            let rest = count - shown;
            format!("{first} waits for {names}, and so on over {rest} more back to {first}{more}")
        }
    };
    let calls = || stops.iter().filter_map(|(_, edge)| edge.step);
    let element =
        calls().next().map_or(Element::Service(view.calls.service(way.first()?.0)), Element::Step);
    let mut weakness = Weakness::new(SYNCHRONOUS_CYCLE, element, message, "waits for itself");
    for step in calls().skip(1).take(RELATED) {
        weakness = weakness.related(Element::Step(step), "and this waits on");
    }
    let help = "let one of them not wait: `publish` to a queue instead of the `call`, or \
                `background` if nobody needs the answer";
    Some(weakness.help(help).help("or move what both need into a service below them"))
}

/// How many wait for each other, when they are more than those on the way. A service that stands for
/// one of its own operations is not one of its own.
fn more(view: &View<'_>, group: &[Node], stops: usize) -> String {
    let operations = group.iter().filter_map(|node| view.calls.operation(*node));
    let shown: BTreeSet<ServiceId> = operations.map(|id| id.service).collect();
    let is_own = |node: &&Node| {
        view.calls.operation(**node).is_some() || !shown.contains(&view.calls.service(**node))
    };
    match group.iter().filter(is_own).count() {
        count if count <= stops => String::new(),
        count => format!(" ({} in all wait for each other)", wording::count(count as u64)),
    }
}
