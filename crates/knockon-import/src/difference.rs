//! What a model says and no source shows, and what sources show and the model lacks.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{
    Bytes, Cpu, CpuBounds, Dependency, DependencyKind, MemoryBounds, Service, ServiceId,
    ServiceKind, System,
};
use serde::Serialize;

use crate::unite::sameness;

/// How a model and what was imported differ. Every list is in alphabetical order of the model's
/// names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What the model says and no source shows. Edges only between services that the sources show:
    /// of the others they could not tell.
    pub unconfirmed: Claims,
    /// What the sources show and the model lacks.
    pub missing: Claims,
    /// What both say, and differently.
    pub differing: Vec<Differing>,
}

impl Difference {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Services and edges of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Its services.
    pub services: Vec<ServiceClaim>,
    /// Its edges.
    pub edges: Vec<EdgeClaim>,
}

/// A service that one side has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ServiceClaim {
    /// Its name.
    pub name: String,
    /// Its kind, by its word.
    pub kind: String,
}

/// An edge that one side has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct EdgeClaim {
    /// The service that needs, by its name in the model if it has one.
    pub from: String,
    /// The one that is needed.
    pub to: String,
    /// How it is used, by the words for it.
    pub kinds: Vec<String>,
    /// What shows it: `manifest compose.yaml:44 CART_ADDR`.
    pub known_from: Vec<String>,
}

/// Something that both sides say of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Differing {
    /// The service, by its name in the model.
    pub service: String,
    /// What: `kind`, `replicas`, `cpu limit`, …
    pub what: String,
    /// What the model says.
    pub model: String,
    /// What the sources show.
    pub sources: String,
}

type Pair = (String, String);

/// Compares a model with what was imported.
///
/// A service of one side is that of the other by its name, by an alias of either, or by a spelling
/// that only one on each side has. Edges are compared by their ends: how a service is used, most
/// sources cannot tell.
pub fn difference(model: &System, imported: &System) -> Difference {
    let same = pairs_of(model, imported);
    let in_model: BTreeSet<ServiceId> = same.values().copied().collect();
    let name = |id: ServiceId| model.service(id).name.clone();
    let imported_name = |id: ServiceId| {
        same.get(&id).map_or_else(|| imported.service(id).name.clone(), |id| name(*id))
    };
    let ours = edges(model, &name);
    let theirs = edges(imported, &imported_name);
    let covered: BTreeSet<String> = in_model.iter().map(|id| name(*id)).collect();

    let mut difference = Difference::default();
    for id in model.service_ids().filter(|id| !in_model.contains(id)) {
        difference.unconfirmed.services.push(service_claim(model, id));
    }
    for id in imported.service_ids().filter(|id| !same.contains_key(id)) {
        difference.missing.services.push(service_claim(imported, id));
    }
    for ((from, to), found) in &ours {
        let is_covered = covered.contains(from) && covered.contains(to);
        // What a service runs on is not what it is told to connect to.
        let is_used = found.iter().any(|edge| edge.kind != DependencyKind::RunsOn);
        if is_covered && is_used && !theirs.contains_key(&(from.clone(), to.clone())) {
            difference.unconfirmed.edges.push(claim(model, from, to, found));
        }
    }
    for ((from, to), found) in &theirs {
        if !ours.contains_key(&(from.clone(), to.clone())) {
            difference.missing.edges.push(claim(imported, from, to, found));
        }
    }
    for (theirs, ours) in &same {
        differing(model, *ours, imported, *theirs, &mut difference.differing);
    }
    difference.unconfirmed.services.sort();
    difference.missing.services.sort();
    difference.differing.sort();
    difference
}

/// The service of the model that each imported one is.
fn pairs_of(model: &System, imported: &System) -> BTreeMap<ServiceId, ServiceId> {
    let mut same = BTreeMap::new();
    for id in imported.service_ids() {
        let name = &imported.service(id).name;
        let ours = model.names().get(name).filter(|ours| model.service(*ours).name == *name);
        same.extend(ours.map(|ours| (id, ours)));
    }
    let named = |id: ServiceId| {
        let service = imported.service(id);
        let mut names = std::iter::once(&service.name).chain(&service.aliases);
        names.find_map(|name| model.names().get(name))
    };
    let rest: Vec<_> = imported.service_ids().filter(|id| !same.contains_key(id)).collect();
    let mut left = Vec::new();
    for id in rest {
        match named(id).filter(|ours| !same.values().any(|it| it == ours)) {
            Some(ours) => _ = same.insert(id, ours),
            None => left.push(id),
        }
    }
    let used: BTreeSet<ServiceId> = same.values().copied().collect();
    let free: Vec<_> = model.service_ids().filter(|id| !used.contains(id)).collect();
    let key = |system: &System, id: ServiceId| sameness::key(&system.service(id).name);
    for id in &left {
        let Some(wanted) = key(imported, *id) else { continue };
        let has = |system: &System, it: &ServiceId| key(system, *it).as_ref() == Some(&wanted);
        let ours: Vec<_> = free.iter().filter(|it| has(model, it)).collect();
        let theirs = left.iter().filter(|it| has(imported, it)).count();
        if let ([only], 1) = (ours.as_slice(), theirs) {
            same.insert(*id, **only);
        }
    }
    same
}

fn edges<'s>(
    system: &'s System,
    name: &dyn Fn(ServiceId) -> String,
) -> BTreeMap<Pair, Vec<&'s Dependency>> {
    let mut edges: BTreeMap<Pair, Vec<&Dependency>> = BTreeMap::new();
    for edge in system.dependencies() {
        edges.entry((name(edge.from), name(edge.to))).or_default().push(edge);
    }
    edges
}

fn service_claim(system: &System, id: ServiceId) -> ServiceClaim {
    let service = system.service(id);
    ServiceClaim { name: service.name.clone(), kind: service.kind.to_string() }
}

fn claim(system: &System, from: &str, to: &str, found: &[&Dependency]) -> EdgeClaim {
    let mut known_from = Vec::new();
    for edge in found {
        for source in system.details(edge.key()).into_iter().flat_map(|it| &it.known_from) {
            let place = source.place.as_deref().unwrap_or_default();
            let text = format!("{} {place}", source.provenance).trim().to_owned();
            if !known_from.contains(&text) {
                known_from.push(text);
            }
        }
    }
    let kinds = found.iter().map(|edge| edge.kind.to_string()).collect();
    EdgeClaim { from: from.to_owned(), to: to.to_owned(), kinds, known_from }
}

fn differing(
    model: &System,
    ours: ServiceId,
    imported: &System,
    theirs: ServiceId,
    found: &mut Vec<Differing>,
) {
    let (ours, theirs) = (model.service(ours), imported.service(theirs));
    let mut compare = |what: &str, model: Option<String>, sources: Option<String>| {
        if let (Some(model), Some(sources)) = (model, sources)
            && model != sources
        {
            let service = ours.name.clone();
            found.push(Differing { service, what: what.to_owned(), model, sources });
        }
    };
    // A source that shows no kind shows a service.
    let kind = (theirs.kind != ServiceKind::Service).then(|| theirs.kind.to_string());
    compare("kind", Some(ours.kind.to_string()), kind);
    let replicas = |it: &Service| it.runs.as_ref().map(|it| it.replicas.to_string());
    compare("replicas", replicas(ours), replicas(theirs));
    let cpu = |it: &Service, which: fn(&CpuBounds) -> Option<Cpu>| {
        let bounds = it.runs.as_ref()?.cpu.as_ref()?;
        which(bounds).map(|cpu| format!("{}m", cpu.millicores))
    };
    compare("cpu limit", cpu(ours, |it| it.limit), cpu(theirs, |it| it.limit));
    compare("cpu request", cpu(ours, |it| it.request), cpu(theirs, |it| it.request));
    let memory = |it: &Service, which: fn(&MemoryBounds) -> Option<Bytes>| {
        let bounds = it.runs.as_ref()?.memory.as_ref()?;
        which(bounds).map(|bytes| shown(bytes.count))
    };
    compare("memory limit", memory(ours, |it| it.limit), memory(theirs, |it| it.limit));
    compare("memory request", memory(ours, |it| it.request), memory(theirs, |it| it.request));
}

/// Bytes in the largest unit that leaves no rest.
fn shown(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki")];
    let unit = UNITS.iter().find(|(size, _)| bytes > 0 && bytes.is_multiple_of(*size));
    unit.map_or_else(|| bytes.to_string(), |(size, unit)| format!("{}{unit}", bytes / size))
}
