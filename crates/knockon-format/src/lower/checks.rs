//! What is allowed but odd: declarations that nothing uses, journeys with a gap.
//!
//! Judged only when nothing is wrong: a misspelt team would otherwise also be a team that owns
//! nothing, and one mistake would read as two.

use std::collections::{HashMap, HashSet};

use knockon_core::Dependency;

use super::Context;
use super::journeys::Path;
use crate::codes;
use crate::findings::Finding;
use crate::wording::{quoted, series};

/// Up to so many services are suggested for a gap.
const SUGGESTED: usize = 3;

pub(super) fn unused(context: &mut Context<'_, '_>) {
    for (team, span) in context.teams.unused() {
        let message = format!("team {} owns no service", quoted(team));
        context.findings.push(
            Finding::note(codes::UNUSED_TEAM, span, message).label("not the `team` of any service"),
        );
    }
    for (runbook, span) in context.runbooks.unused() {
        let message = format!("no service uses runbook {}", quoted(runbook));
        context.findings.push(
            Finding::warning(codes::UNUSED_RUNBOOK, span, message)
                .label("never shown to anybody")
                .help("name it as the `runbook` of the service it is for"),
        );
    }
}

/// Warns where a journey reaches a service that no service before it on the path has to do with.
///
/// A path writes a tree of calls as one line: after `orders` come both `payment` and `shipping`,
/// which know nothing of each other. So any earlier service may be the one that leads on.
pub(super) fn gaps(paths: &[Path], dependencies: &[Dependency], context: &mut Context<'_, '_>) {
    let mut neighbours: HashMap<usize, HashSet<usize>> = HashMap::new();
    for dependency in dependencies {
        let (from, to) = (dependency.from.index(), dependency.to.index());
        neighbours.entry(from).or_default().insert(to);
        neighbours.entry(to).or_default().insert(from);
    }
    let none = HashSet::new();
    let of = |service: usize| neighbours.get(&service).unwrap_or(&none);
    for path in paths {
        let mut reached: HashSet<usize> = HashSet::new();
        let mut before: Option<usize> = None;
        for &(at, span) in path {
            let is_gap = !reached.contains(&at) && of(at).is_disjoint(&reached);
            if let Some(before) = before.filter(|_| is_gap) {
                let name = quoted(context.services.name(at));
                let message = format!("no dependency leads to {name} from the services before it");
                let finding =
                    Finding::warning(codes::JOURNEY_GAP, span, message).label("a gap before this");
                let mut between: Vec<_> = of(before).intersection(of(at)).copied().collect();
                between.sort_unstable();
                let names = between.iter().take(SUGGESTED);
                let names: Vec<_> = names.map(|&at| context.services.name(at)).collect();
                context.findings.push(if names.is_empty() {
                    finding.help(format!("declare how {name} is reached, or take it off the path"))
                } else {
                    finding.help(format!("put {} before it", series(names, "or")))
                });
            }
            reached.insert(at);
            before = Some(at);
        }
    }
}
