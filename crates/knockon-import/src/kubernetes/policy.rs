//! Network policies: who may reach whom is who was meant to.

use std::collections::BTreeMap;

use knockon_core::{Criticality, Provenance};

use super::selector::{matches, names, selects_all};
use super::workload::Workload;
use super::{kind, map_of, name, namespace};
use crate::codes;
use crate::document::Doc;
use crate::gathered::{Edge, End, Gathered};

/// Reads a policy into one edge for each pair that it lets through.
///
/// A selector means the workloads whose pods have such labels. Where none has, the value of a naming
/// label (`app`, `name`, …) is taken for the name of a service, since policies outlive renamed
/// workloads: Sock Shop's let `cart` through to the workload `carts`.
pub(super) fn read(
    object: Doc<'_>,
    workloads: &[Workload<'_>],
    namespaces: &Namespaces<'_>,
    gathered: &mut Gathered,
) {
    let Some(spec) = object.get("spec") else { return };
    let has_peers = |direction: &str, peers: &str| {
        spec.items_of(direction).any(|rule| rule.items_of(peers).next().is_some())
    };
    if !has_peers("ingress", "from") && !has_peers("egress", "to") {
        return;
    }
    let subject = spec.get("podSelector").filter(|it| !selects_all(*it));
    let Some(subject) = subject else {
        let name = name(object).unwrap_or_default();
        let message = format!("the policy `{name}` is for all pods and shows no dependency");
        gathered.note(codes::VAGUE_POLICY, object.place(), message);
        return;
    };
    let own = |it: Option<&str>| namespace(object).is_none_or(|own| it.is_none_or(|it| it == own));
    let subjects = ends(subject, own, workloads);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for peer in spec.items_of(direction).flat_map(|rule| rule.items_of(peers)) {
            let selector = peer.get("podSelector").filter(|it| !selects_all(*it));
            let Some(selector) = selector else { continue };
            let spaces = peer.get("namespaceSelector");
            let is_near = |it: Option<&str>| match spaces {
                Some(spaces) => namespaces.may_be(spaces, it),
                None => own(it),
            };
            for other in ends(selector, is_near, workloads) {
                for subject in &subjects {
                    let (from, to) = match direction {
                        "ingress" => (other.clone(), subject.clone()),
                        _ => (subject.clone(), other.clone()),
                    };
                    gathered.edges.push(edge(from, to, selector));
                }
            }
        }
    }
}

fn edge(from: End, to: End, selector: Doc<'_>) -> Edge {
    Edge {
        from,
        to,
        kind: None,
        criticality: Criticality::Critical,
        provenance: Provenance::NetworkPolicy,
        known_from: selector.known_from(),
        place: selector.place(),
        by: String::new(),
        evident: true,
    }
}

fn ends(
    selector: Doc<'_>,
    is_near: impl Fn(Option<&str>) -> bool,
    workloads: &[Workload<'_>],
) -> Vec<End> {
    let found: Vec<End> = workloads
        .iter()
        .filter(|it| is_near(it.namespace))
        .filter(|it| matches(selector, &it.labels))
        .map(|it| End::Seen(it.seen))
        .collect();
    if found.is_empty() { names(selector).into_iter().map(End::named).collect() } else { found }
}

/// The label that every namespace has without anybody writing it.
const NAME: &str = "kubernetes.io/metadata.name";

/// The labels of the namespaces that manifests show.
pub(super) struct Namespaces<'a>(BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>);

impl<'a> Namespaces<'a> {
    pub(super) fn of(objects: &[Doc<'a>]) -> Self {
        let namespaces = objects.iter().filter(|it| kind(**it) == "Namespace");
        let labels = |it: &Doc<'a>| map_of(it.at(&["metadata", "labels"]));
        Self(namespaces.filter_map(|it| Some((name(*it)?, labels(it)))).collect())
    }

    /// Whether a selector may mean that namespace: labels that no manifest shows may be anything.
    fn may_be(&self, selector: Doc<'_>, namespace: Option<&str>) -> bool {
        let Some(namespace) = namespace else { return true };
        let known = self.0.get(namespace);
        let mut keys = map_of(selector.get("matchLabels"))
            .into_keys()
            .chain(selector.items_of("matchExpressions").filter_map(|it| it.text_of("key")));
        if known.is_none() && keys.any(|key| key != NAME) {
            return true;
        }
        let shown = known.into_iter().flatten().map(|(key, value)| (*key, *value));
        let labels = shown.chain([(NAME, namespace)]).collect();
        matches(selector, &labels)
    }
}
