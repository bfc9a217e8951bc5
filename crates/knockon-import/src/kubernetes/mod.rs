//! Kubernetes manifests: workloads, their addresses, what scales them and who may reach them.
//!
//! A workload is a service under its own name. The names of the Services before it are aliases, and
//! the addresses in its variables and commands are its dependencies. What a container may use and how
//! it is probed is that of the main container: a limit is enforced per container, and a sidecar's
//! share is of no use to the program beside it.

mod autoscaler;
mod container;
mod network;
mod policy;
mod probe;
mod selector;
mod workload;

use std::collections::BTreeMap;

use knockon_core::{Criticality, Provenance, ServiceKind};

use crate::document::Doc;
use crate::gathered::{Edge, End, Gathered, Seen, World};
use crate::rules;
use container::Values;
use network::Network;
use policy::Namespaces;
use workload::Workload;

pub(crate) use workload::OWN_NAMES;

/// Lists inside of lists are somebody's joke.
const MAX_LISTS_DEEP: usize = 8;

/// Reads all objects of a cluster.
pub(crate) fn read(docs: &[Doc<'_>], gathered: &mut Gathered) {
    let mut objects = Vec::new();
    for doc in docs {
        flatten(*doc, 0, &mut objects);
    }
    let values = Values::of(&objects);
    for object in objects.iter().filter(|it| kind(**it) == "ConfigMap") {
        rules::read_config_map(*object, gathered);
    }
    let workloads = workloads(&objects, &values, gathered);
    let namespaces = Namespaces::of(&objects);
    let network = Network::of(&objects, &workloads, gathered);
    for workload in &workloads {
        addresses(workload, &network, gathered);
    }
    for object in &objects {
        match kind(*object) {
            "HorizontalPodAutoscaler" => autoscaler::read(*object, &workloads, gathered),
            "NetworkPolicy" => policy::read(*object, &workloads, &namespaces, gathered),
            _ => {}
        }
    }
}

/// The objects of a document, those of a `List` one by one.
fn flatten<'a>(doc: Doc<'a>, depth: usize, objects: &mut Vec<Doc<'a>>) {
    if kind(doc).ends_with("List") && doc.has("items") && depth < MAX_LISTS_DEEP {
        for item in doc.items_of("items") {
            flatten(item, depth + 1, objects);
        }
    } else {
        objects.push(doc);
    }
}

fn kind(doc: Doc<'_>) -> &str {
    doc.text_of("kind").unwrap_or_default()
}

fn name(doc: Doc<'_>) -> Option<&str> {
    doc.text_at(&["metadata", "name"]).or_else(|| doc.text_at(&["metadata", "generateName"]))
}

fn namespace(doc: Doc<'_>) -> Option<&str> {
    doc.text_at(&["metadata", "namespace"])
}

/// The texts of a mapping.
fn map_of(doc: Option<Doc<'_>>) -> BTreeMap<&str, &str> {
    let entries = doc.into_iter().flat_map(Doc::entries);
    entries.filter_map(|(key, _, value)| Some((key, value.text()?))).collect()
}

fn workloads<'a>(
    objects: &[Doc<'a>],
    values: &Values<'a>,
    gathered: &mut Gathered,
) -> Vec<Workload<'a>> {
    let mut workloads: Vec<Workload<'a>> = Vec::new();
    let mut kinds: BTreeMap<(&str, Option<&str>), &str> = BTreeMap::new();
    for object in objects {
        // Made by another object that stands for it.
        if object.at(&["metadata", "ownerReferences"]).is_some() {
            continue;
        }
        let Some(mut workload) = workload::read(*object, values, gathered) else { continue };
        let first = *kinds.entry((workload.name, workload.namespace)).or_insert(workload.kind);
        if first != workload.kind {
            let seen = &mut gathered.services[workload.seen];
            seen.name = format!("{}-{}", workload.name, workload.kind.to_lowercase());
            workload.is_renamed = true;
        }
        workloads.push(workload);
    }
    workloads
}

/// The services that a workload's variables and commands name.
fn addresses(workload: &Workload<'_>, network: &Network<'_>, gathered: &mut Gathered) {
    for mention in &workload.mentions {
        let host = &mention.address.host;
        let targets = network.resolve(host, workload.namespace);
        let named = || End::Named {
            name: host.clone(),
            namespace: workload.namespace.map(str::to_owned),
            for_sure: false,
        };
        let ends = if targets.is_empty() {
            // A bare word is an address only if somebody answers to it.
            vec![named()]
        } else {
            targets.into_iter().map(End::Seen).collect()
        };
        for to in ends {
            let place = mention.place.clone();
            gathered.edges.push(Edge {
                from: End::Seen(workload.seen),
                to,
                kind: None,
                criticality: Criticality::Critical,
                provenance: Provenance::Manifest,
                known_from: format!("{}:{} {}", place.file, place.line, mention.by)
                    .trim()
                    .to_owned(),
                place,
                by: mention.by.clone(),
                evident: mention.address.evident,
            });
        }
    }
}

/// A Service that stands for something outside.
fn external(object: Doc<'_>, name: &str, outside: &str, gathered: &mut Gathered) -> usize {
    let mut seen = Seen::new(World::Kubernetes, name, object.place());
    seen.namespace = namespace(object).map(str::to_owned);
    seen.kind = Some(ServiceKind::External);
    seen.aliases.push(outside.trim_end_matches('.').to_owned());
    gathered.service(seen)
}
