//! Plays a system under demand, changes and faults, in virtual time, exactly repeatable.
//!
//! A [`Plan`] says under which demand a system is played, what happens to it and when, and with what
//! luck. A [`Run`] plays it: request by request, through workers, timeouts, retries, pools, caches,
//! queues and sagas, with the replicas, probes and autoscalers that keep it up. Between any two events
//! somebody may act on it. The same system and the same plan give the same run to the last bit.
//!
//! A run can be read in three ways. Its [`Observation`] is what production would show of it: metrics,
//! logs, spans, events of the cluster, changes. Its [`Summary`] has the figures of its parts (one part
//! at a time: [`engine::results`]). Its [`Truth`] says who was hurt and for which reason, back to the
//! fault; that is for grading only. [`Replications`] plays one plan with other luck each time.
//!
//! ```
//! use std::time::Duration;
//!
//! use knockon_core::{
//!     Criticality, Dependency, DependencyKind, Journey, Provenance, Rate, Service, ServiceKind,
//!     SystemBuilder,
//! };
//! use knockon_sim::clock::MINUTE;
//! use knockon_sim::fault::{Crash, Fault, Shape};
//! use knockon_sim::observe::openmetrics;
//! use knockon_sim::{Action, Happening, Plan, Replications, Run};
//!
//! // A front end that asks for orders, as ten users a second do. Of neither it is said what it does,
//! // so each takes a millisecond.
//! let mut builder = SystemBuilder::new("shop");
//! let front_end = builder.service(Service::new("front-end", ServiceKind::Service)).unwrap();
//! let orders = builder.service(Service::new("orders", ServiceKind::Service)).unwrap();
//! builder.dependency(Dependency {
//!     from: front_end,
//!     to: orders,
//!     kind: DependencyKind::Call,
//!     criticality: Criticality::Critical,
//!     provenance: Provenance::Declared,
//! });
//! let demand = Some(Rate { per_hour: 36_000.0 });
//! builder.journey(Journey { demand, ..Journey::new("buy", front_end) });
//! let shop = builder.build();
//!
//! // After a minute the orders are gone for half a minute.
//! let shape = Shape::lasting(Duration::from_secs(30));
//! let crash = Fault { shape, ..Fault::new(Crash { service: orders }) };
//! let timeline = vec![Happening::fault(Duration::from_secs(60), crash)];
//! let plan = Plan { timeline, ..Plan::default() };
//!
//! let mut run: Run = Run::new(&shop, plan.clone()).unwrap();
//! run.step_until(2 * MINUTE)?;
//! run.act(&Action::Scale { service: orders, replicas: 2 })?;
//! run.step_until(3 * MINUTE)?;
//!
//! let seen = openmetrics(run.observation(), 0);
//! assert!(seen.contains("kube_deployment_spec_replicas"));
//! assert_eq!(run.summary().service("orders").unwrap().ready, 2);
//! let truth = run.truth();
//! assert!(truth.journeys[0].failed > 200);
//! assert_eq!(truth.origins[0].origin, Some(1), "the first entry of the timeline is to blame");
//!
//! // Ten times the same, each time with other users.
//! let ten = Replications { system: &shop, plan, count: 10, until_ns: 3 * MINUTE, threads: None };
//! let failed = ten.play(|run| run.truth().journeys[0].failed, |_done| ())?;
//! assert_eq!(failed.len(), 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The modules, from the outside in: what is played ([`plan`], [`timeline`], [`fault`], [`action`]); the
//! run ([`engine`], [`replicate`], [`interval`]); what can be read of it ([`observe`], [`change`];
//! [`summary`], [`histogram`]; [`sealed`], [`story`], [`trouble`], [`truth`]); the parts that behave like
//! known programs and are held to recordings of them ([`autoscaler`], [`breaker`], [`broker`]); what the
//! engine runs on ([`clock`], [`random`], [`pending`], [`lanes`], [`slab`]).

pub mod action;
pub mod autoscaler;
pub mod breaker;
pub mod broker;
mod cache;
pub mod change;
pub mod clock;
mod cpu;
pub mod engine;
pub mod fates;
pub mod fault;
pub mod histogram;
pub mod interval;
pub mod lanes;
mod limiter;
pub mod observe;
pub mod pending;
pub mod plan;
mod pool;
mod program;
pub mod random;
pub mod replicate;
mod restart;
mod retry;
pub mod sealed;
pub mod slab;
pub mod story;
pub mod summary;
pub mod timeline;
pub mod trouble;
pub mod truth;

pub use action::{Action, ActionError};
pub use engine::{Run, Stop};
pub use fates::{Fate, Harms};
pub use fault::Fault;
pub use observe::Observation;
pub use plan::{Demand, Plan};
pub use program::Unplayable;
pub use replicate::Replications;
pub use sealed::Truth;
pub use summary::Summary;
pub use timeline::Happening;
