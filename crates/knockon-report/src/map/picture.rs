//! What a map shows, decided once for all forms: which services, which lines between them, and which
//! of both the journey touches.

use std::collections::BTreeMap;

use knockon_core::{Criticality, DependencyKind, Journey, ServiceId, ServiceKind, System, Tier};

use super::MapView;

/// A system, or the part of it around one journey, ready to be drawn.
pub(crate) struct Picture<'a> {
    /// The name of the system, and of the journey if one is followed.
    pub(crate) title: String,
    /// What the system or the journey is, in one sentence.
    pub(crate) summary: Option<&'a str>,
    /// The services, in the order they were written.
    pub(crate) nodes: Vec<Node<'a>>,
    /// The dependencies, in the order they were written, joined as [`Line`] says.
    pub(crate) lines: Vec<Line>,
    /// The teams that own one of the nodes.
    pub(crate) teams: Vec<&'a str>,
    /// The journey that is followed.
    pub(crate) tour: Option<Tour<'a>>,
}

/// The journey that a picture follows.
pub(crate) struct Tour<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its stages as users know them.
    pub(crate) stages: Vec<&'a str>,
}

/// A service in a picture.
pub(crate) struct Node<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: ServiceKind,
    /// Its place in [`Picture::teams`].
    pub(crate) team: Option<usize>,
    pub(crate) tier: Option<Tier>,
    pub(crate) summary: Option<&'a str>,
    /// The journeys that begin here.
    pub(crate) enters: Vec<&'a str>,
    /// Which steps of the journey it is, from 1. A journey may come back to a service.
    pub(crate) steps: Vec<usize>,
    /// How early a journey comes to it; for those that none comes to, after all others.
    pub(crate) rank: usize,
    /// Whether a journey is followed that does not cross it.
    pub(crate) aside: bool,
}

/// All dependencies of one [`Family`] between two services, in one direction: `read` and `write` of
/// one database are one line.
pub(crate) struct Line {
    /// The node where it begins.
    pub(crate) from: usize,
    /// The node where its arrow head is.
    pub(crate) to: usize,
    pub(crate) family: Family,
    /// What it is made of.
    pub(crate) uses: Vec<(DependencyKind, Criticality)>,
    pub(crate) path: Path,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Asks and waits.
    Call,
    /// Reads or writes data.
    Data,
    /// Hands over messages.
    Message,
    /// Runs on the other.
    Ground,
}

/// What a line has to do with journeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Path {
    /// A journey is followed, and this is not on it.
    Aside,
    /// No journey crosses it.
    Off,
    /// A journey crosses it, and none is followed.
    Some,
    /// The journey that is followed crosses it.
    Tour,
}

impl Node<'_> {
    /// Whether a journey begins here.
    pub(crate) fn is_entry(&self) -> bool {
        !self.enters.is_empty() || self.steps.first() == Some(&1)
    }
}

impl Line {
    /// What becomes of the service that depends when the other is gone, at the worst.
    pub(crate) fn criticality(&self) -> Criticality {
        self.uses.iter().map(|(_, criticality)| *criticality).min().unwrap_or(Criticality::Critical)
    }

    /// Its kinds and what is not critical about it: `read, write`, `call, optional`.
    pub(crate) fn words(&self) -> String {
        let mut words: Vec<&str> = self.uses.iter().map(|(kind, _)| kind.as_str()).collect();
        words.dedup();
        if self.criticality() != Criticality::Critical {
            words.push(self.criticality().as_str());
        }
        words.join(", ")
    }

    /// The same, but nothing for a critical call, since most lines are one.
    pub(crate) fn remark(&self) -> String {
        let words = self.words();
        let rest = words.strip_prefix("call").unwrap_or(&words);
        rest.strip_prefix(", ").unwrap_or(rest).to_owned()
    }
}

impl<'a> Picture<'a> {
    pub(crate) fn new(view: &MapView<'a>) -> Self {
        let system = view.system;
        let journey = view.journey.and_then(|index| system.journeys().get(index));
        let (shown, places) = shown(system, journey);
        let mut teams = Vec::new();
        let mut nodes: Vec<Node<'a>> =
            shown.iter().map(|index| node(system, *index, &mut teams)).collect();
        let mut lines = lines(system, &places);
        for one in system.journeys() {
            let touched: Vec<usize> = through(one).filter_map(|index| places[index]).collect();
            if journey.is_none_or(|journey| std::ptr::eq(journey, one)) {
                for (step, node) in touched.iter().enumerate() {
                    nodes[*node].rank = nodes[*node].rank.min(step);
                }
            }
            if let Some(first) = touched.first().filter(|_| journey.is_none()) {
                nodes[*first].enters.push(&one.name);
                mark(&mut lines, &touched, Path::Some);
            }
        }
        if let Some(journey) = journey {
            let touched: Vec<usize> = through(journey).filter_map(|index| places[index]).collect();
            for line in &mut lines {
                line.path = Path::Aside;
            }
            mark(&mut lines, &touched, Path::Tour);
            for (step, node) in touched.iter().enumerate() {
                nodes[*node].steps.push(step + 1);
            }
            for node in &mut nodes {
                node.aside = node.steps.is_empty();
            }
        }
        Self {
            title: journey.map_or_else(
                || system.name().to_owned(),
                |journey| format!("{}: {}", system.name(), journey.name),
            ),
            summary: journey.map_or_else(|| system.summary(), |journey| journey.summary.as_deref()),
            nodes,
            lines,
            teams,
            tour: journey.map(tour),
        }
    }

    /// The team of a node by name.
    pub(crate) fn team(&self, node: &Node<'a>) -> Option<&'a str> {
        node.team.map(|team| self.teams[team])
    }
}

fn tour(journey: &Journey) -> Tour<'_> {
    let stages = journey.stages.iter().map(|stage| stage.name.as_str()).collect();
    Tour { name: &journey.name, stages }
}

/// The services that a journey crosses; its entry, when it says no more.
fn through(journey: &Journey) -> impl Iterator<Item = usize> {
    let entry = (!journey.through.contains(&journey.enters)).then_some(journey.enters);
    entry.into_iter().chain(journey.through.iter().copied()).map(ServiceId::index)
}

/// The services to show, in order, and for each service of the system its place among them: all, or
/// those that the journey crosses with whatever they need.
fn shown(system: &System, journey: Option<&Journey>) -> (Vec<usize>, Vec<Option<usize>>) {
    let count = system.services().len();
    let mut seen = vec![journey.is_none(); count];
    if let Some(journey) = journey {
        let mut needs = vec![Vec::new(); count];
        for dependency in system.dependencies() {
            needs[dependency.from.index()].push(dependency.to.index());
        }
        let mut open: Vec<usize> = through(journey).collect();
        while let Some(index) = open.pop() {
            if !std::mem::replace(&mut seen[index], true) {
                open.extend(&needs[index]);
            }
        }
    }
    let shown: Vec<usize> = (0..count).filter(|index| seen[*index]).collect();
    let mut places = vec![None; count];
    for (place, index) in shown.iter().enumerate() {
        places[*index] = Some(place);
    }
    (shown, places)
}

fn node<'a>(system: &'a System, index: usize, teams: &mut Vec<&'a str>) -> Node<'a> {
    let service = &system.services()[index];
    let owner = system.service_ids().nth(index).and_then(|id| system.owner(id));
    let team = owner.map(|team| {
        teams.iter().position(|name| *name == team.name).unwrap_or_else(|| {
            teams.push(&team.name);
            teams.len() - 1
        })
    });
    Node {
        name: &service.name,
        kind: service.kind,
        team,
        tier: service.tier,
        summary: service.summary.as_deref(),
        enters: Vec::new(),
        steps: Vec::new(),
        rank: usize::MAX,
        aside: false,
    }
}

fn lines(system: &System, places: &[Option<usize>]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut known = BTreeMap::new();
    for dependency in system.dependencies() {
        let ends = (places[dependency.from.index()], places[dependency.to.index()]);
        let (Some(user), Some(needed)) = ends else { continue };
        let (kind, criticality) = (dependency.kind, dependency.criticality);
        let (from, to, family) = match kind {
            DependencyKind::Call => (user, needed, Family::Call),
            DependencyKind::Read | DependencyKind::Write => (user, needed, Family::Data),
            DependencyKind::Publish => (user, needed, Family::Message),
            DependencyKind::Consume => (needed, user, Family::Message),
            DependencyKind::RunsOn => (user, needed, Family::Ground),
        };
        let place = *known.entry((from, to, family)).or_insert(lines.len());
        if place == lines.len() {
            lines.push(Line { from, to, family, uses: Vec::new(), path: Path::Off });
        }
        lines[place].uses.push((kind, criticality));
    }
    lines
}

/// Marks the lines that a journey over these nodes takes. It reaches each node from the latest of
/// its earlier steps that leads there: what `through` lists one after the other may have been called
/// by one service in turn.
fn mark(lines: &mut [Line], touched: &[usize], path: Path) {
    let mut into: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        into.entry(line.to).or_default().push(index);
    }
    for (step, node) in touched.iter().enumerate() {
        let Some(candidates) = into.get(node) else { continue };
        for before in touched[..step].iter().rev().filter(|before| *before != node) {
            let taken: Vec<_> =
                candidates.iter().filter(|at| lines[**at].from == *before).collect();
            if !taken.is_empty() {
                for at in taken {
                    lines[*at].path = path;
                }
                break;
            }
        }
    }
}
