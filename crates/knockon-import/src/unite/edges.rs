//! Edges between the united services.
//!
//! Most sources show that one service needs another, and not how. Then a call is assumed, and for
//! other kinds of services:
//!
//! - databases are written to (and so waited for), unless the variable speaks of reading: `REPLICA`,
//!   `READONLY`;
//! - caches are read from;
//! - brokers are published to or consumed from as the variables tell, the one with the address first;
//!   then as the service's own name tells (`consumer`, `worker`); else they are published to, and a
//!   note says that this is assumed.
//!
//! Where another source shows how a service uses another, those that do not tell go with it.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{
    Criticality, Dependency, DependencyDetails, DependencyKind, Diagnostic, ServiceId, ServiceKind,
    Source, SystemBuilder,
};

use super::groups::{Groups, only};
use crate::codes;
use crate::gathered::{Edge, End, Gathered, SeenId, World, kind_of};
use crate::identifier::words;

/// One dependency of the system, between groups.
#[derive(Debug)]
pub(super) struct United {
    from: usize,
    to: usize,
    kind: DependencyKind,
    criticality: Criticality,
    sources: Vec<Source>,
}

/// Finds the edges; says which addresses lead nowhere and what is assumed.
pub(super) fn find(gathered: &mut Gathered, groups: &Groups) -> Vec<United> {
    let edges = std::mem::take(&mut gathered.edges);
    let mut pairs: BTreeMap<(usize, usize), Vec<&Edge>> = BTreeMap::new();
    let mut order = Vec::new();
    let mut unknown = BTreeSet::new();
    for edge in &edges {
        let from = resolve(&edge.from, None, gathered, groups);
        let ends = resolve(&edge.to, seen_of(&edge.from), gathered, groups);
        if let ([], Some(diagnostic)) = (ends.as_slice(), nobody(edge, &mut unknown)) {
            gathered.diagnostics.push(diagnostic);
        }
        for from in from {
            for to in ends.iter().copied().filter(|to| *to != from) {
                let list = pairs.entry((from, to)).or_default();
                if list.is_empty() {
                    order.push((from, to));
                }
                list.push(edge);
            }
        }
    }
    let mut united = Vec::new();
    for pair in order {
        let shown = &pairs[&pair];
        let kinds = kinds(pair, shown, gathered, groups);
        for kind in kinds {
            let of_kind = shown.iter().filter(|edge| edge.kind.is_none_or(|it| it == kind));
            united.push(one(pair, kind, of_kind.copied(), gathered, groups));
        }
    }
    united
}

fn seen_of(end: &End) -> Option<SeenId> {
    match end {
        End::Seen(id) => Some(*id),
        _ => None,
    }
}

/// The groups that an end means.
fn resolve(end: &End, from: Option<SeenId>, gathered: &Gathered, groups: &Groups) -> Vec<usize> {
    match end {
        End::Seen(id) => vec![groups.group_of(*id)],
        End::Api(name) => {
            let providers = gathered.apis.get(name).into_iter().flatten();
            providers.map(|id| groups.group_of(*id)).collect()
        }
        End::Named { name, namespace, .. } => {
            let host = name.trim_end_matches('.');
            let bare = match host.split_once('.') {
                // A cluster's DNS name.
                Some((first, domain)) if is_cluster(domain, namespace.as_deref()) => first,
                _ => host,
            };
            let world = from.map(|id| gathered.services[id].world);
            let is_near = |group: &usize| world.is_some_and(|world| groups.is_in(*group, world));
            // Names inside of the cluster were looked up there: a workload of that name which was not
            // found is one in another namespace.
            let in_cluster = world == Some(World::Kubernetes);
            let outside = |group: &usize| !in_cluster || !groups.is_in(*group, World::Kubernetes);
            let whole = groups.named(host).filter(|group| host.contains('.') || outside(group));
            let all: BTreeSet<usize> = whole.chain(groups.named(bare).filter(outside)).collect();
            let near = only(all.iter().copied().filter(is_near));
            near.or_else(|| only(all.iter().copied())).into_iter().collect()
        }
    }
}

fn is_cluster(domain: &str, namespace: Option<&str>) -> bool {
    let mut labels = domain.split('.');
    let first = labels.next();
    labels.next() == Some("svc")
        || (namespace.is_some() && first == namespace && !domain.contains('.'))
}

/// A note on an address that nobody answers to, once for each host; none where the word may well be
/// no address.
fn nobody(edge: &Edge, told: &mut BTreeSet<String>) -> Option<Diagnostic> {
    let (name, what) = match &edge.to {
        End::Named { name, .. } => (name, "service"),
        End::Api(name) => (name, "provider of an API"),
        End::Seen(_) => return None,
    };
    // Other domains are somebody else's, and known as such.
    let is_ours = !name.contains('.') || name.contains(".svc");
    if !edge.evident || !is_ours || !told.insert(name.clone()) {
        return None;
    }
    let message = format!("no source shows a {what} `{name}`");
    Some(Diagnostic::note(codes::UNKNOWN_ADDRESS, message).at(edge.place.clone()))
}

/// How the first of a pair uses the second: as the sources tell, or else as is assumed.
fn kinds(
    (from, to): (usize, usize),
    shown: &[&Edge],
    gathered: &mut Gathered,
    groups: &Groups,
) -> BTreeSet<DependencyKind> {
    let told: BTreeSet<DependencyKind> = shown.iter().filter_map(|edge| edge.kind).collect();
    if !told.is_empty() {
        return told;
    }
    let members =
        |group: usize| groups.list[group].members.iter().map(|id| &gathered.services[*id]);
    let kind = kind_of(members(to));
    let by: Vec<String> = shown.iter().flat_map(|edge| words(&edge.by)).collect();
    match kind {
        ServiceKind::Database => {
            let reads = ["read", "reader", "readonly", "replica", "ro", "slave", "secondary"];
            let only_reads = shown
                .iter()
                .all(|edge| words(&edge.by).iter().any(|word| reads.contains(&word.as_str())));
            BTreeSet::from([if only_reads { DependencyKind::Read } else { DependencyKind::Write }])
        }
        ServiceKind::Cache => BTreeSet::from([DependencyKind::Read]),
        ServiceKind::Broker => {
            let variables: Vec<String> =
                members(from).flat_map(|seen| &seen.variables).flat_map(|it| words(it)).collect();
            let name = words(&groups.list[from].name);
            let found = [by, variables].iter().map(|it| messages(it)).find(|it| !it.is_empty());
            let found = found.or_else(|| Some(by_name(&name)).filter(|it| !it.is_empty()));
            found.unwrap_or_else(|| {
                let (one, other) = (&groups.list[from].name, &groups.list[to].name);
                let message = format!("`{one}` is taken to publish to `{other}`: no source tells");
                let place = shown.first().map(|edge| edge.place.clone());
                let mut note = Diagnostic::note(codes::ASSUMED, message);
                note.place = place;
                gathered.diagnostics.push(note);
                BTreeSet::from([DependencyKind::Publish])
            })
        }
        _ => BTreeSet::from([DependencyKind::Call]),
    }
}

/// Which way messages go, by the words of variables.
fn messages(words: &[String]) -> BTreeSet<DependencyKind> {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let mut kinds = BTreeSet::new();
    if has(&["producer", "publish", "publisher", "producers"]) {
        kinds.insert(DependencyKind::Publish);
    }
    if has(&["consumer", "consume", "subscriber", "subscribe", "subscription", "consumers"]) {
        kinds.insert(DependencyKind::Consume);
    }
    kinds
}

/// Which way messages go, by the words of a service's name.
fn by_name(words: &[String]) -> BTreeSet<DependencyKind> {
    let works_off = ["consumer", "subscriber", "listener", "worker", "processor", "queue", "sink"];
    let kinds = messages(words);
    let consumes = words.iter().any(|word| works_off.contains(&word.as_str()));
    if kinds.is_empty() && consumes { BTreeSet::from([DependencyKind::Consume]) } else { kinds }
}

fn one<'e>(
    (from, to): (usize, usize),
    kind: DependencyKind,
    shown: impl Iterator<Item = &'e Edge>,
    gathered: &Gathered,
    groups: &Groups,
) -> United {
    let mut sources: Vec<Source> = Vec::new();
    let mut criticality = Criticality::Optional;
    for edge in shown {
        let place = Some(edge.known_from.clone()).filter(|it| !it.is_empty());
        let source = Source { provenance: edge.provenance, place };
        if !sources.contains(&source) {
            sources.push(source);
        }
        criticality = criticality.min(edge.criticality);
    }
    // Nobody fails because nobody measures, and what measures does not fail with what it measures.
    let mut members = [from, to]
        .into_iter()
        .flat_map(|group| &groups.list[group].members)
        .map(|id| &gathered.services[*id]);
    if members.any(|seen| seen.product.is_some_and(|product| product.is_telemetry)) {
        criticality = Criticality::Optional;
    }
    United { from, to, kind, criticality, sources }
}

/// Adds the edges with their sources.
pub(super) fn add(edges: Vec<United>, ids: &[Option<ServiceId>], builder: &mut SystemBuilder) {
    for edge in edges {
        let (Some(from), Some(to)) = (ids[edge.from], ids[edge.to]) else { continue };
        let Some(first) = edge.sources.first() else { continue };
        let dependency = Dependency {
            from,
            to,
            kind: edge.kind,
            criticality: edge.criticality,
            provenance: first.provenance,
        };
        builder.dependency(dependency);
        let details =
            DependencyDetails { known_from: edge.sources, ..DependencyDetails::default() };
        builder.details(dependency.key(), details);
    }
}
