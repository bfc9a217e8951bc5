//! Network policies: who may reach whom is who was meant to.

use knockon_core::{Criticality, Provenance};

use super::selector::{matches, names, selects_all};
use super::workload::Workload;
use super::{name, namespace};
use crate::codes;
use crate::document::Doc;
use crate::gathered::{Edge, End, Gathered};

/// Reads a policy into one edge for each pair that it lets through.
///
/// A selector means the workloads whose pods have such labels. Where none has, the value of a naming
/// label (`app`, `name`, …) is taken for the name of a service, since policies outlive renamed
/// workloads: Sock Shop's let `cart` through to the workload `carts`.
pub(super) fn read(object: Doc<'_>, workloads: &[Workload<'_>], gathered: &mut Gathered) {
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
    let subjects = ends(subject, namespace(object), workloads);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for peer in spec.items_of(direction).flat_map(|rule| rule.items_of(peers)) {
            let selector = peer.get("podSelector").filter(|it| !selects_all(*it));
            let Some(selector) = selector else { continue };
            let elsewhere = peer.has("namespaceSelector");
            let space = if elsewhere { None } else { namespace(object) };
            for other in ends(selector, space, workloads) {
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

fn ends(selector: Doc<'_>, space: Option<&str>, workloads: &[Workload<'_>]) -> Vec<End> {
    let is_near =
        |it: &&Workload<'_>| space.is_none() || it.namespace.is_none() || it.namespace == space;
    let found: Vec<End> = workloads
        .iter()
        .filter(is_near)
        .filter(|it| matches(selector, &it.labels))
        .map(|it| End::Seen(it.seen))
        .collect();
    if found.is_empty() { names(selector).into_iter().map(End::named).collect() } else { found }
}
