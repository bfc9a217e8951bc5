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
pub mod names;
pub mod system;
pub mod time;
pub mod units;

pub use diagnostic::{Code, Diagnostic, Place, Severity};
pub use names::{Names, Resolved};
pub use system::{
    Criticality, Dependency, DependencyKind, Journey, Provenance, Runbook, RunbookId, Service,
    ServiceId, ServiceKind, System, SystemBuilder, Team, TeamId, Tier,
};
pub use time::{DurationMs, Timestamp};
pub use units::{Currency, Money, Rate};
