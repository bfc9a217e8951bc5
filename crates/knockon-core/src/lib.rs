//! The vocabulary that every other crate of knockon speaks.
//!
//! A [`System`] names the services, their owners, what they depend on and the journeys that cross
//! them. A [`Diagnostic`] says what a person wrote wrong, where, and how to mend it. Neither knows
//! how it was read or how it will be shown: reading lives in `knockon-format` and
//! `knockon-telemetry`, showing in `knockon-report`.
//!
//! This crate depends on nothing, so that the simulator and the verdict can be built and tested in
//! seconds.

pub mod diagnostic;
mod element;
mod id;
pub mod names;
mod operation;
mod practice;
mod resources;
mod stores;
pub mod system;
pub mod time;
pub mod units;
mod words;

pub use diagnostic::{Code, Diagnostic, Place, Severity};
pub use element::Element;
pub use id::{
    CacheEntryId, CohortId, MachineId, OperationId, QueryId, QueueId, RunbookId, ServiceId, StepId,
    TeamId, TopicId,
};
pub use names::{Names, Resolved};
pub use operation::{
    Acks, Action, Alternative, Branch, Breaker, Bulkhead, Callee, CohortMember, Excess, Fallback,
    Jitter, Operation, Policies, RateLimit, Retry, RetryOn, Saga, SagaStep, Spread, State,
    StateMachine, Step, StoreCopy,
};
pub use practice::{
    AlertSeverity, Allowance, Breadth, Cohort, Heuristic, Member, Monitor, Priority, PriorityRule,
    RecordingRule, Risk, RuleGroup, RuleIndex, Scope,
};
pub use resources::{
    Autoscaler, CpuBounds, Failover, MemoryBounds, Pool, Probe, Probes, RestartPolicy, Rollout,
    Runs, Scaling, ScalingPolicy, ScalingSelect, ScalingTargets,
};
pub use stores::{
    Access, Broker, Cache, CacheEntry, Channel, Database, Eviction, Overflow, Query, Queue,
    ReadReplicas, Scan, Topic,
};
pub use system::{
    Criticality, Dependency, DependencyDetails, DependencyKey, DependencyKind, Journey, Practice,
    Provenance, Rated, Runbook, Service, ServiceKind, Slo, Source, Stage, System, SystemBuilder,
    Team, Tier,
};
pub use time::{DurationMs, Timestamp};
pub use units::{Bytes, Cpu, Currency, DurationRange, Money, MoneyRate, Rate, Share};
