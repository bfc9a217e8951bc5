//! One system of everything that the sources show.

mod edges;
mod groups;
mod monitors;
pub(crate) mod sameness;
mod services;

use std::collections::BTreeMap;

use knockon_core::{Diagnostic, Practice, System, SystemBuilder, Team, TeamId};

use crate::codes;
use crate::gathered::{End, Gathered, Seen, SeenId, World};
use crate::limits::{MAX_DIAGNOSTICS_OF_A_CODE, MAX_NAME_CHARS};
use crate::products;
use groups::Groups;

/// The name of a system that no source names.
const UNNAMED: &str = "imported";

/// Makes the system, and says where the sources do not fit together.
pub(crate) fn unite(
    mut gathered: Gathered,
    name: Option<&str>,
) -> (Option<System>, Vec<Diagnostic>) {
    make_plain(&mut gathered);
    mentioned(&mut gathered);
    if gathered.services.is_empty() {
        let mut diagnostics = gathered.diagnostics;
        if !diagnostics.iter().any(Diagnostic::is_error) {
            let message = "none of the files shows a service";
            diagnostics.push(Diagnostic::error(codes::NOTHING_FOUND, message));
        }
        return (None, capped(diagnostics));
    }
    let groups = Groups::of(&gathered.services, &mut gathered.diagnostics);
    let mut builder = builder(&gathered, name);
    let teams = teams(&gathered, &mut builder);
    let edges = edges::find(&mut gathered, &groups);
    let ids = services::add(&mut gathered, &groups, &teams, &mut builder);
    edges::add(edges, &ids, &mut builder);
    monitors::name_files(&mut gathered);
    let monitors = monitors::add(&gathered, &teams, &mut builder);
    builder.practice(Practice {
        monitors,
        recordings: std::mem::take(&mut gathered.recordings),
        rule_groups: std::mem::take(&mut gathered.rule_groups),
        ..Practice::default()
    });
    (Some(builder.build()), capped(gathered.diagnostics))
}

/// Makes every name one that a model can have: traces call a service whatever they like.
fn make_plain(gathered: &mut Gathered) {
    let name = |name: &str| plain(name).unwrap_or_else(|| "unnamed".to_owned());
    for seen in &mut gathered.services {
        seen.name = name(&seen.name);
        for list in [&mut seen.aliases, &mut seen.queues] {
            *list = list.iter().filter_map(|it| plain(it)).collect();
        }
        seen.owner = seen.owner.as_deref().and_then(plain);
        seen.namespace = seen.namespace.as_deref().and_then(plain);
    }
    for edge in &mut gathered.edges {
        for end in [&mut edge.from, &mut edge.to] {
            if let End::Named { name: it, .. } = end {
                *it = name(it);
            }
        }
    }
    let teams = std::mem::take(&mut gathered.teams).into_iter();
    gathered.teams = teams.filter_map(|(name, team)| Some((plain(&name)?, team))).collect();
}

/// The name in one line of at most so many characters, with nothing around it; `None` when none is left.
fn plain(name: &str) -> Option<String> {
    let line = name.replace(knockon_format::is_no_letter, " ");
    let short: String = line.trim().chars().take(MAX_NAME_CHARS).collect();
    let short = short.trim_end();
    (!short.is_empty()).then(|| short.to_owned())
}

/// Turns names that are surely those of services into services that somebody mentioned.
fn mentioned(gathered: &mut Gathered) {
    let mut by_name: BTreeMap<String, SeenId> = BTreeMap::new();
    let services = &mut gathered.services;
    let mut resolve = |end: &mut End, place: &knockon_core::Place| {
        let End::Named { name, for_sure: true, .. } = end else { return };
        let id = *by_name.entry(name.clone()).or_insert_with(|| {
            let mut seen = Seen::new(World::Mentioned, name.clone(), place.clone());
            seen.product = products::named(name);
            services.push(seen);
            services.len() - 1
        });
        *end = End::Seen(id);
    };
    for edge in &mut gathered.edges {
        resolve(&mut edge.from, &edge.place);
        resolve(&mut edge.to, &edge.place);
    }
}

fn builder(gathered: &Gathered, name: Option<&str>) -> SystemBuilder {
    // A catalogue of several systems names none of them.
    let named = match gathered.systems.as_slice() {
        [(name, summary)] => Some((name.as_str(), summary.clone())),
        [(first, _), rest @ ..] if rest.iter().all(|(name, _)| name == first) => {
            Some((first.as_str(), None))
        }
        _ => None,
    };
    let (found, summary) = named.map_or((UNNAMED, None), |(name, summary)| (name, summary));
    let found = plain(found).unwrap_or_else(|| UNNAMED.to_owned());
    let mut builder = SystemBuilder::new(name.and_then(plain).unwrap_or(found));
    builder.summary(summary);
    builder
}

/// The teams that a catalogue or the labels of alerts name.
fn teams(gathered: &Gathered, builder: &mut SystemBuilder) -> BTreeMap<String, TeamId> {
    let mut all = gathered.teams.clone();
    for monitor in &gathered.monitors {
        if let Some(team) = monitor.rule.labels.get("team").filter(|it| is_plain(it)) {
            all.entry(team.clone()).or_default();
        }
    }
    let team = |(name, seen): (String, crate::gathered::TeamSeen)| {
        let team = Team {
            name: name.clone(),
            summary: seen.summary,
            contact: seen.contact,
            escalation: seen.escalation,
        };
        (name, builder.team(team))
    };
    all.into_iter().map(team).collect()
}

/// Whether a label holds a text and not a template.
fn is_plain(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("{{")
}

/// At most so many of one code.
fn capped(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for diagnostic in diagnostics {
        let count = counts.entry(diagnostic.code.id).or_default();
        *count += 1;
        if *count <= MAX_DIAGNOSTICS_OF_A_CODE {
            kept.push(diagnostic);
        }
    }
    let left_out: usize =
        counts.values().map(|count| count.saturating_sub(MAX_DIAGNOSTICS_OF_A_CODE)).sum();
    if left_out > 0 {
        let message = format!("{left_out} more are not shown");
        kept.push(Diagnostic::note(codes::TOO_MUCH, message));
    }
    kept
}
