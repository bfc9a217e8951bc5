//! Who waits for whom: the calls of a system as a graph.
//!
//! A node is an operation; or a service, where nobody knows which of its operations is meant. Only
//! calls that are waited for are edges: what is done in the background, or by way of a queue, holds
//! nobody up.

use std::collections::BTreeSet;

use knockon_core::{DependencyKind, OperationId, Provenance, ServiceId, StepId, System};

use crate::uses::{Target, Use, uses};

/// A node: an index, operations first, then services.
pub(crate) type Node = usize;

/// One call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) to: Node,
    /// The step that calls, if it is known.
    pub(crate) step: Option<StepId>,
}

/// The calls of a system.
#[derive(Debug, Clone)]
pub struct Calls {
    operations: Vec<OperationId>,
    /// Of each service, the node of its first operation.
    first: Vec<Node>,
    edges: Vec<Vec<Edge>>,
    /// Of each node, its strongly connected component; a component has a higher number than every
    /// one that it calls.
    component: Vec<usize>,
    components: usize,
}

impl Calls {
    /// The calls of that system.
    pub fn of(system: &System) -> Self {
        Self::from_uses(system, &uses(system))
    }

    pub(crate) fn from_uses(system: &System, uses: &[Use<'_>]) -> Self {
        let operations: Vec<_> = system.operation_ids().collect();
        let mut first = Vec::with_capacity(system.services().len());
        let mut count = 0;
        for service in system.services() {
            first.push(count);
            count += service.operations.len();
        }
        let nodes = count + first.len();
        let edges = vec![Vec::new(); nodes];
        let mut calls = Self { operations, first, edges, component: Vec::new(), components: 0 };
        calls.add_uses(uses);
        calls.add_declared(system);
        (calls.component, calls.components) = components(&calls.edges);
        calls
    }

    fn add_uses(&mut self, uses: &[Use<'_>]) {
        for used in uses.iter().filter(|used| used.place.waits) {
            let Target::Callee(callee) = used.target else { continue };
            let to = match callee.operation {
                Some(operation) => self.node(operation),
                None => self.service_node(callee.service),
            };
            let from = self.node(used.by);
            self.edges[from].push(Edge { to, step: Some(used.step) });
        }
    }

    /// What no step shows is known of services only. Who calls a service, and nobody knows for what,
    /// may wait for any of its operations.
    fn add_declared(&mut self, system: &System) {
        for id in system.service_ids() {
            let from = self.service_node(id);
            let count = system.service(id).operations.len();
            let own = (0..count).map(|index| self.node(OperationId::new(id, index)));
            self.edges[from] = own.map(|to| Edge { to, step: None }).collect();
        }
        let calls = system.dependencies().iter().filter(|dependency| {
            dependency.kind == DependencyKind::Call && dependency.provenance != Provenance::Steps
        });
        for dependency in calls {
            let (from, to) = (self.service_node(dependency.from), self.service_node(dependency.to));
            self.edges[from].push(Edge { to, step: None });
        }
    }

    /// The operations that are waited for, directly or not, when one of these is asked; they
    /// themselves included.
    pub fn reach(&self, from: &[OperationId]) -> BTreeSet<OperationId> {
        let mut seen = vec![false; self.edges.len()];
        let mut open: Vec<Node> = from.iter().map(|id| self.node(*id)).collect();
        for node in &open {
            seen[*node] = true;
        }
        while let Some(node) = open.pop() {
            for edge in &self.edges[node] {
                if !std::mem::replace(&mut seen[edge.to], true) {
                    open.push(edge.to);
                }
            }
        }
        (0..seen.len()).filter(|node| seen[*node]).filter_map(|node| self.operation(node)).collect()
    }

    pub(crate) fn node(&self, operation: OperationId) -> Node {
        self.first[operation.service.index()] + operation.index()
    }

    pub(crate) fn service_node(&self, service: ServiceId) -> Node {
        self.operations.len() + service.index()
    }

    /// How many nodes there are.
    pub(crate) fn count(&self) -> usize {
        self.edges.len()
    }

    /// The operation at a node, unless it is a service.
    pub(crate) fn operation(&self, node: Node) -> Option<OperationId> {
        self.operations.get(node).copied()
    }

    /// The service at a node, or of its operation.
    pub(crate) fn service(&self, node: Node) -> ServiceId {
        let at_service = || ServiceId::from_index(node - self.operations.len());
        self.operation(node).map_or_else(at_service, |operation| operation.service)
    }

    pub(crate) fn edges(&self, node: Node) -> &[Edge] {
        &self.edges[node]
    }

    pub(crate) fn component(&self, node: Node) -> usize {
        self.component[node]
    }

    /// The nodes of each component, callees before their callers.
    pub(crate) fn components(&self) -> Vec<Vec<Node>> {
        let mut members = vec![Vec::new(); self.components];
        for (node, component) in self.component.iter().enumerate() {
            members[*component].push(node);
        }
        members
    }

    /// The operations, callees before their callers; in a cycle in the order of the model.
    pub(crate) fn callees_first(&self) -> impl DoubleEndedIterator<Item = OperationId> + '_ {
        self.components().into_iter().flatten().filter_map(|node| self.operation(node))
    }
}

const UNSEEN: usize = usize::MAX;

/// Tarjan's strongly connected components (Depth-first search and linear graph algorithms, SIAM J.
/// Comput. 1(2), 1972), with a stack of its own: of each node its component, and how many there are.
/// A component is numbered when all that it reaches have been.
fn components(edges: &[Vec<Edge>]) -> (Vec<usize>, usize) {
    let mut component = vec![UNSEEN; edges.len()];
    let mut index = vec![UNSEEN; edges.len()];
    let mut low = vec![UNSEEN; edges.len()];
    let (mut open, mut path) = (Vec::new(), Vec::new());
    let (mut next, mut count) = (0, 0);
    for root in 0..edges.len() {
        if index[root] == UNSEEN {
            path.push((root, 0));
        }
        while let Some((node, at)) = path.pop() {
            if at == 0 {
                (index[node], low[node]) = (next, next);
                next += 1;
                open.push(node);
            } else {
                low[node] = low[node].min(low[edges[node][at - 1].to]);
            }
            let unseen = (at..edges[node].len()).find(|at| {
                let to = edges[node][*at].to;
                if index[to] != UNSEEN && component[to] == UNSEEN {
                    low[node] = low[node].min(index[to]);
                }
                index[to] == UNSEEN
            });
            if let Some(at) = unseen {
                path.push((node, at + 1));
                path.push((edges[node][at].to, 0));
            } else if low[node] == index[node] {
                while let Some(member) = open.pop() {
                    component[member] = count;
                    if member == node {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    (component, count)
}
