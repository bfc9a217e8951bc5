//! What is allowed but odd: declarations that nothing uses, journeys with a gap.
//!
//! Judged only when nothing is wrong: a misspelt team would otherwise also be a team that owns
//! nothing, and one mistake would read as two.

use std::collections::{HashMap, HashSet};

use knockon_core::{Dependency, DependencyDetails, Runbook};

use super::journeys::Path;
use crate::codes;
use crate::context::Context;
use crate::findings::Finding;
use crate::wording::{quoted, series};

/// Up to so many services are suggested for a gap.
const SUGGESTED: usize = 3;

pub(super) fn unused(cx: &mut Context<'_>) {
    for (team, span) in cx.names.teams.unused().collect::<Vec<_>>() {
        let message = format!("team {} owns no service", quoted(team));
        cx.findings.push(
            Finding::note(codes::UNUSED_TEAM, span, message).label("not the `team` of any service"),
        );
    }
    for (runbook, span) in cx.names.runbooks.unused().collect::<Vec<_>>() {
        let message = format!("no service uses runbook {}", quoted(runbook));
        cx.findings.push(
            Finding::warning(codes::UNUSED_RUNBOOK, span, message)
                .label("never shown to anybody")
                .help("name it as the `runbook` of the service it is for"),
        );
    }
}

/// Warns of runbooks that say nothing to do.
pub(super) fn empty_runbooks(runbooks: &[Runbook], cx: &mut Context<'_>) {
    for (runbook, (_, span)) in runbooks.iter().zip(cx.names.runbooks.with_spans()) {
        if runbook.steps.is_empty() && runbook.page.is_none() {
            let message = format!("runbook {} says nothing to do", quoted(&runbook.name));
            cx.findings.push(
                Finding::warning(codes::EMPTY_RUNBOOK, span, message)
                    .label("neither `steps` nor `page`")
                    .help(
                        "add `steps:` with what to do first, or `page:` with where it is written",
                    ),
            );
        }
    }
}

/// Warns where a journey reaches a service that no service before it on the path has to do with.
///
/// A path writes a tree of calls as one line: after `orders` come both `payment` and `shipping`,
/// which know nothing of each other. So any earlier service may be the one that leads on.
pub(super) fn gaps(
    paths: &[Path],
    dependencies: &[(Dependency, DependencyDetails)],
    cx: &mut Context<'_>,
) {
    let mut neighbours: HashMap<usize, HashSet<usize>> = HashMap::new();
    for (dependency, _) in dependencies {
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
                let name = quoted(cx.names.services.name(at));
                let message = format!("no dependency leads to {name} from the services before it");
                let finding =
                    Finding::warning(codes::JOURNEY_GAP, span, message).label("a gap before this");
                let mut between: Vec<_> = of(before).intersection(of(at)).copied().collect();
                between.sort_unstable();
                let names = between.iter().take(SUGGESTED);
                let names: Vec<_> = names.map(|&at| cx.names.services.name(at)).collect();
                cx.findings.push(if names.is_empty() {
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
