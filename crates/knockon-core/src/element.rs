//! The parts of a system that something can be said about.

use crate::id::{
    CacheEntryId, OperationId, QueryId, QueueId, RunbookId, ServiceId, StepId, TeamId, TopicId,
};
use crate::system::DependencyKey;

/// A part of a system: where a finding about the model points, before anybody knows in which file
/// and line that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// The whole of it.
    System,
    /// A team.
    Team(TeamId),
    /// A service.
    Service(ServiceId),
    /// What a service says under one of its keys: `autoscaler`, `probes`.
    Key(ServiceId, &'static str),
    /// An operation.
    Operation(OperationId),
    /// A step of an operation, or of a saga.
    Step(StepId),
    /// A query of a database.
    Query(QueryId),
    /// A sort of thing in a cache.
    CacheEntry(CacheEntryId),
    /// A queue.
    Queue(QueueId),
    /// A topic.
    Topic(TopicId),
    /// A dependency.
    Dependency(DependencyKey),
    /// A journey, by its index.
    Journey(usize),
    /// A monitor, by its index.
    Monitor(usize),
    /// A runbook.
    Runbook(RunbookId),
    /// A heuristic, by its index.
    Heuristic(usize),
    /// An accepted weakness, by its index.
    Allowance(usize),
}
