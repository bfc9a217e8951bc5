//! What the language can say: for each mapping one record, with one line for each key.

mod cohort;
mod dependency;
mod journey;
mod machine;
mod operation;
mod policy;
mod practice;
mod resources;
mod saga;
mod service;
mod step;
mod stores;
mod system;
mod variant;

use crate::keys::Table;
use crate::record::table;

pub(crate) use cohort::CohortBody;
use dependency::DependencyBody;
pub(crate) use journey::JourneyBody;
use service::ServiceBody;
pub use step::STEP_TABLES;
pub(crate) use system::SystemBody;
pub(crate) use variant::VariantBody;

/// What is said of a dependency.
pub(crate) const DEPENDENCY: &Table = table::<DependencyBody>();

/// One thing that a saga does.
pub(crate) const SAGA_STEP: &Table = table::<saga::SagaStepBody>();

/// Every table but those of steps, the file's first.
pub const TABLES: &[&Table] = &[
    table::<SystemBody>(),
    table::<knockon_core::Team>(),
    table::<CohortBody>(),
    table::<ServiceBody>(),
    table::<knockon_core::Runs>(),
    table::<knockon_core::CpuBounds>(),
    table::<knockon_core::MemoryBounds>(),
    table::<knockon_core::Rollout>(),
    table::<knockon_core::Probes>(),
    table::<knockon_core::Probe>(),
    table::<knockon_core::Autoscaler>(),
    table::<knockon_core::ScalingTargets>(),
    table::<knockon_core::Scaling>(),
    table::<knockon_core::ScalingPolicy>(),
    table::<resources::PoolBody>(),
    table::<knockon_core::Failover>(),
    table::<machine::MachineBody>(),
    table::<knockon_core::Operation>(),
    DEPENDENCY,
    table::<knockon_core::Query>(),
    table::<knockon_core::ReadReplicas>(),
    table::<knockon_core::CacheEntry>(),
    table::<knockon_core::Queue>(),
    table::<knockon_core::Topic>(),
    table::<knockon_core::Policies>(),
    table::<knockon_core::Retry>(),
    table::<knockon_core::Breaker>(),
    table::<knockon_core::RateLimit>(),
    table::<knockon_core::Bulkhead>(),
    SAGA_STEP,
    table::<step::AlternativeBody>(),
    table::<JourneyBody>(),
    table::<knockon_core::Stage>(),
    table::<knockon_core::Slo>(),
    table::<knockon_core::Runbook>(),
    table::<knockon_core::Heuristic>(),
    table::<practice::PriorityBody>(),
    table::<knockon_core::Allowance>(),
    table::<VariantBody>(),
];
