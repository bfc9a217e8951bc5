//! Faults and actions: what is seen before, during and after each.

mod actions;
mod cohorts;
mod composition;
mod deploys;
mod messages;
mod network;
mod platforms;
mod processes;
mod refusals;
mod repeatable;
mod shapes;
mod spikes;
mod stores;

use std::time::Duration;

use knockon_core::{
    CohortId, CohortMember, OperationId, QueueId, Rate, ServiceId, Share, StepId, System,
};
use knockon_sim::clock::SECOND;
use knockon_sim::engine::results::{JourneyCounts, ReplicaState};
use knockon_sim::engine::{Outcome, Run};
use knockon_sim::fault::{Fault, Kind, Shape};
use knockon_sim::plan::{Demand, Plan};
use knockon_sim::timeline::Happening;

use crate::model::{count_events, service, system};

/// A system being played, with its names.
struct Play {
    system: System,
    run: Run,
}

fn play(text: &str, timeline: impl FnOnce(&System) -> Vec<Happening>) -> Play {
    play_seed(text, 1, timeline)
}

fn play_seed(text: &str, seed: u64, timeline: impl FnOnce(&System) -> Vec<Happening>) -> Play {
    let system = system(text);
    let timeline = timeline(&system);
    let plan = Plan { seed, timeline, ..Plan::default() };
    let run = Run::new(&system, plan).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Play { system, run }
}

impl Play {
    fn until(&mut self, seconds: f64) -> &mut Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        self.run.step_until((seconds * SECOND as f64) as u64).unwrap();
        self
    }

    fn journey(&self) -> JourneyCounts {
        self.journey_at(0)
    }

    fn journey_at(&self, journey: usize) -> JourneyCounts {
        self.run.journey(journey).unwrap()
    }

    /// What was counted of the first journey from here until then.
    fn during(&mut self, seconds: f64) -> JourneyCounts {
        let before = self.journey();
        self.until(seconds);
        let now = self.journey();
        JourneyCounts {
            started: now.started - before.started,
            served: now.served - before.served,
            gave_up: now.gave_up - before.gave_up,
            completed: now.completed - before.completed,
            slow: now.slow - before.slow,
            lost: now.lost - before.lost,
            ..JourneyCounts::default()
        }
    }

    fn replicas(&self, name: &str) -> Vec<ReplicaState> {
        self.run.replicas(name).unwrap()
    }

    fn ready(&self, name: &str) -> usize {
        self.replicas(name).iter().filter(|it| it.ready).count()
    }

    fn waiting(&self, broker: &str, name: &str) -> usize {
        self.run.queue(broker, name).unwrap().ready
    }

    fn count(&self, of: &str, name: &str, outcome: Outcome) -> u64 {
        self.run.operation(of, name).unwrap().ends.of(outcome)
    }

    /// How many attempts of one service to ask another ended so.
    fn calls(&self, from: &str, to: &str, outcome: Outcome) -> u64 {
        self.run.calls(from, to).unwrap().ends.of(outcome)
    }

    fn connections(&self, name: &str) -> u32 {
        self.run.service(name).unwrap().connections
    }

    /// When events of the cluster with that reason were, in seconds.
    fn events(&self, wanted: &str) -> Vec<f64> {
        let of = self.run.observation().events.iter().filter(|it| it.reason == wanted);
        of.map(|it| it.first_ms as f64 / 1e3).collect()
    }

    /// How much harm leads back to a fault or an action, and how much in all.
    fn harm_of(&self, origin: u32) -> (u64, u64) {
        let origins = self.run.truth().origins;
        let of = origins.iter().find(|it| it.origin == Some(origin)).map_or(0, |it| it.total);
        (of, origins.iter().map(|it| it.total).sum())
    }
}

fn operation(system: &System, of: &str, name: &str) -> OperationId {
    let id = service(system, of);
    let at = system.service(id).operations.iter().position(|it| it.name == name).unwrap();
    OperationId::new(id, at)
}

fn queue(system: &System, broker: &str, name: &str) -> QueueId {
    let id = service(system, broker);
    let at = system.service(id).broker.queues.iter().position(|it| it.name == name).unwrap();
    QueueId::new(id, at)
}

/// A step of an operation, by its place among its steps.
fn step(system: &System, of: &str, name: &str, at: usize) -> StepId {
    system.operation(operation(system, of, name)).steps[at].id
}

fn member(cohort: usize, member: usize) -> CohortMember {
    CohortMember { cohort: CohortId::from_index(cohort), member }
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn per_hour(per_hour: f64) -> Demand {
    Demand::Rate(Rate { per_hour })
}

fn percent(percent: f64) -> Share {
    Share { percent }
}

/// A fault from one second to another.
fn fault(from: u64, to: u64, kind: impl Into<Kind>) -> Happening {
    Happening::fault(s(from), Fault { shape: Shape::lasting(s(to - from)), ..Fault::new(kind) })
}

/// A fault from one second to another, of another shape.
fn shaped(from: u64, to: u64, shape: Shape, kind: impl Into<Kind>) -> Happening {
    let shape = Shape { lasts: Some(s(to - from)), ..shape };
    Happening::fault(s(from), Fault { shape, ..Fault::new(kind) })
}

/// Whether a count out of so many is a share, within four standard deviations.
fn assert_share(count: u64, of: u64, share: f64) {
    let mean = of as f64 * share;
    let deviation = (mean * (1.0 - share)).sqrt();
    let off = (count as f64 - mean).abs();
    assert!(off <= 4.0 * deviation + 1.0, "{count} of {of} is not {share}");
}
