//! Along which edges failure travels.
//!
//! A dependency says who needs whom; trouble travels mostly the other way. What each kind lets
//! through is the table in [`directions`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use knockon_core::{Criticality, Dependency, DependencyKind, ServiceId, System};

/// What travels along one edge from the service in trouble to the one that suffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Travel {
    /// From the needed to the needing: errors and latency from callee to caller, refusals from
    /// broker to producer, silence from broker to consumer, everything from a platform.
    Upward,
    /// From a consumer that stopped to the broker where the backlog grows.
    Backlog,
    /// From a caller that asks too much to the callee that drowns.
    Overload,
}

impl Travel {
    /// The word for it in reports and JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Upward => "upward",
            Self::Backlog => "backlog",
            Self::Overload => "overload",
        }
    }
}

/// Trouble at `from` reaches `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: ServiceId,
    pub(crate) to: ServiceId,
    pub(crate) travel: Travel,
    pub(crate) dependency: Dependency,
}

/// The edges along which trouble can travel, by where it comes from.
#[derive(Debug)]
pub(crate) struct Graph {
    leaving: Vec<Vec<Edge>>,
    needs: Vec<Vec<ServiceId>>,
    users: Vec<Vec<ServiceId>>,
}

impl Graph {
    pub(crate) fn of(system: &System) -> Self {
        let count = system.services().len();
        let mut graph = Self {
            leaving: vec![Vec::new(); count],
            needs: vec![Vec::new(); count],
            users: vec![Vec::new(); count],
        };
        for dependency in system.dependencies() {
            if dependency.from == dependency.to {
                continue;
            }
            if dependency.criticality != Criticality::Optional {
                graph.needs[dependency.from.index()].push(dependency.to);
            }
            graph.users[dependency.to.index()].push(dependency.from);
            for edge in directions(*dependency) {
                graph.leaving[edge.from.index()].push(edge);
            }
        }
        graph
    }

    /// What a service needs; what is optional to it is not needed.
    pub(crate) fn needs(&self, service: ServiceId) -> &[ServiceId] {
        &self.needs[service.index()]
    }

    /// Who uses a service, needing it or not.
    pub(crate) fn users(&self, service: ServiceId) -> &[ServiceId] {
        &self.users[service.index()]
    }

    /// Which services trouble at a cause can reach along edges for which `passes` holds, by index;
    /// the cause itself included.
    pub(crate) fn reach(&self, cause: ServiceId, passes: &dyn Fn(&Edge) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.leaving.len()];
        let mut open = vec![cause];
        reached[cause.index()] = true;
        while let Some(service) = open.pop() {
            for edge in self.leaving[service.index()].iter().filter(|edge| passes(edge)) {
                if !std::mem::replace(&mut reached[edge.to.index()], true) {
                    open.push(edge.to);
                }
            }
        }
        reached
    }

    /// The cheapest way from a cause to every service it can reach, along edges for which `passes`
    /// holds. A hop onto a service in `shows` costs 1, onto a silent one 3: trouble rarely jumps.
    pub(crate) fn spread(
        &self,
        cause: ServiceId,
        shows: &dyn Fn(ServiceId) -> bool,
        passes: &dyn Fn(&Edge) -> bool,
    ) -> Spread {
        let mut cost = vec![u32::MAX; self.leaving.len()];
        let mut arrived_by: Vec<Option<Edge>> = vec![None; self.leaving.len()];
        let mut queue = BinaryHeap::from([Reverse((0, cause.index()))]);
        cost[cause.index()] = 0;
        while let Some(Reverse((so_far, index))) = queue.pop() {
            if so_far > cost[index] {
                continue;
            }
            for edge in self.leaving[index].iter().filter(|edge| passes(edge)) {
                let next = so_far + if shows(edge.to) { 1 } else { 3 };
                if next < cost[edge.to.index()] {
                    cost[edge.to.index()] = next;
                    arrived_by[edge.to.index()] = Some(*edge);
                    queue.push(Reverse((next, edge.to.index())));
                }
            }
        }
        Spread { cause, arrived_by }
    }
}

/// How trouble at one service reaches the others.
#[derive(Debug)]
pub(crate) struct Spread {
    cause: ServiceId,
    arrived_by: Vec<Option<Edge>>,
}

impl Spread {
    /// Whether trouble at the cause reaches a service (the cause itself included).
    pub(crate) fn reaches(&self, service: ServiceId) -> bool {
        service == self.cause || self.arrived_by[service.index()].is_some()
    }

    /// The edges from the cause to a service, in that order; empty for the cause itself and for
    /// what it does not reach.
    pub(crate) fn path(&self, service: ServiceId) -> Vec<Edge> {
        let mut path = Vec::new();
        let mut here = service;
        while here != self.cause {
            let Some(edge) = self.arrived_by[here.index()] else {
                return Vec::new();
            };
            path.push(edge);
            here = edge.from;
        }
        path.reverse();
        path
    }
}

/// In which directions trouble travels along one dependency.
///
/// | dependency | upward (needed → needing) | downward |
/// |---|---|---|
/// | call, read, write | errors, latency | overload |
/// | publish | refusals to the producer | overload |
/// | consume | silence to the consumer | backlog to the broker |
/// | runs-on | everything | nothing |
fn directions(dependency: Dependency) -> impl Iterator<Item = Edge> {
    let Dependency { from, to, kind, criticality, .. } = dependency;
    // What is optional is not noticed when it is gone; that is what the word promises.
    let upward = (criticality != Criticality::Optional).then_some(Edge {
        from: to,
        to: from,
        travel: Travel::Upward,
        dependency,
    });
    let down = |travel| Some(Edge { from, to, travel, dependency });
    let downward = match kind {
        DependencyKind::Call
        | DependencyKind::Read
        | DependencyKind::Write
        | DependencyKind::Publish => down(Travel::Overload),
        DependencyKind::Consume => down(Travel::Backlog),
        DependencyKind::RunsOn => None,
    };
    upward.into_iter().chain(downward)
}
