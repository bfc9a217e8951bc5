//! What a scenario expects to be observed.

use std::time::Duration;

use knockon_core::Place;
use knockon_promql::Query;
use knockon_sim::summary::{
    JourneyFigures, OperationFigures, Quantiles, QueueFigures, SagaFigures, ServiceFigures,
};

use crate::condition::{Condition, Unit};

/// One thing that must be observed.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What, in words.
    pub text: String,
    /// Where it is written.
    pub place: Place,
    /// What.
    pub what: Expected,
}

/// What is expected.
#[derive(Debug, Clone)]
pub enum Expected {
    /// An alert fires after the first entry of the timeline, at that time at the latest.
    Alert {
        /// Which.
        name: String,
        /// At the latest.
        by: Duration,
    },
    /// An alert does not fire at all.
    NoAlert {
        /// Which.
        name: String,
    },
    /// A query has a value.
    Query {
        /// The question.
        query: Box<Query>,
        /// When.
        when: When,
        /// What.
        condition: Condition,
    },
    /// A figure of a part of the system.
    Figure {
        /// Of which part.
        of: Subject,
        /// Which, by its name.
        figure: String,
        /// Counted over which time.
        over: Over,
        /// What.
        condition: Condition,
    },
}

/// When a query must have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At this moment.
    At(Duration),
    /// At some scrape from the first entry of the timeline to this moment.
    By(Duration),
    /// At every scrape from one moment to another.
    Throughout(Duration, Duration),
    /// At no scrape.
    Never,
}

/// The time over which a figure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// From the beginning of the run to this moment.
    Until(Duration),
    /// From one moment to another.
    Between(Duration, Duration),
}

/// A part of the system that has figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A journey.
    Journey(String),
    /// An operation or a query of a service.
    Operation(String, String),
    /// A service.
    Service(String),
    /// A queue of a broker.
    Queue(String, String),
    /// A state machine of a service.
    State(String, String),
    /// A saga: the operation of a service that it is in.
    Saga(String, String),
    /// The money that is lost.
    Money,
}

/// A figure: its name, its unit, whether it is a count, and how it is read off.
pub struct Figure<T> {
    /// Its name in scenarios.
    pub name: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// Whether it is a count: over a part of the run, by how much it grew.
    pub is_count: bool,
    /// Its value; nothing where there is none.
    pub of: fn(&T) -> Option<f64>,
}

macro_rules! figures {
    ($(#[$doc:meta])* $table:ident: $of:ty { $($name:literal $unit:ident $kind:ident $read:expr;)* }) => {
        $(#[$doc])*
        pub const $table: &[Figure<$of>] = &[$(Figure {
            name: $name,
            unit: Unit::$unit,
            is_count: figures!(@ $kind),
            of: $read,
        },)*];
    };
    (@ count) => { true };
    (@ level) => { false };
}

fn seconds(of: Option<&Quantiles>, read: fn(&Quantiles) -> u64) -> Option<f64> {
    of.map(|quantiles| read(quantiles) as f64 / 1e9)
}

fn ended(of: &OperationFigures, is_wanted: fn(bool) -> bool) -> u64 {
    use knockon_sim::engine::Outcome;
    let ends = of.ended.iter().filter(|(way, _)| is_wanted(*way == Outcome::Done));
    ends.map(|(_, count)| count).sum()
}

figures! {
    /// Of a journey.
    OF_JOURNEY: JourneyFigures {
        "started" Count count |it| Some(it.ends.started as f64);
        "served" Count count |it| Some(it.ends.served as f64);
        "failed" Count count |it| Some(it.ends.failed as f64);
        "slow" Count count |it| Some(it.ends.slow as f64);
        "completed" Count count |it| Some(it.ends.completed as f64);
        "late" Count count |it| Some(it.ends.late as f64);
        "lost" Count count |it| Some(it.ends.lost as f64);
        "stuck" Count count |it| Some(it.ends.stuck as f64);
        "with_people" Count count |it| Some(it.ends.with_people as f64);
        "doubled" Count count |it| Some(it.ends.doubled as f64);
        "double_charged" Count count |it| Some(it.ends.double_charged as f64);
        "charged_unfulfilled" Count count |it| Some(it.ends.charged_unfulfilled as f64);
        "under_way" Count count |it| Some(it.ends.under_way as f64);
        "success" Share level |it| it.success;
        "failing" Share level |it| it.success.map(|success| 1.0 - success);
        "p50" Seconds level |it| seconds(it.answers.as_ref(), |of| of.p50_ns);
        "p95" Seconds level |it| seconds(it.answers.as_ref(), |of| of.p95_ns);
        "p99" Seconds level |it| seconds(it.answers.as_ref(), |of| of.p99_ns);
        "completion_p50" Seconds level |it| seconds(it.completion.as_ref(), |of| of.p50_ns);
        "completion_p95" Seconds level |it| seconds(it.completion.as_ref(), |of| of.p95_ns);
        "missed" Money count |it| Some(it.value_missed);
    }
}

figures! {
    /// Of an operation or a query.
    OF_OPERATION: OperationFigures {
        "done" Count count |it| Some(ended(it, |is_done| is_done) as f64);
        "failed" Count count |it| Some(ended(it, |is_done| !is_done) as f64);
        "wasted" Count count |it| Some(it.wasted as f64);
        "repeated" Count count |it| Some(it.repeated as f64);
        "failing" Share level |it| {
            let (done, failed) = (ended(it, |is_done| is_done), ended(it, |is_done| !is_done));
            (done + failed > 0).then(|| failed as f64 / (done + failed) as f64)
        };
        "p50" Seconds level |it| seconds(it.done.as_ref(), |of| of.p50_ns);
        "p95" Seconds level |it| seconds(it.done.as_ref(), |of| of.p95_ns);
        "p99" Seconds level |it| seconds(it.done.as_ref(), |of| of.p99_ns);
    }
}

figures! {
    /// Of a service.
    OF_SERVICE: ServiceFigures {
        "wanted" Count level |it| Some(f64::from(it.wanted));
        "ready" Count level |it| Some(f64::from(it.ready));
        "restarts" Count count |it| Some(it.restarts as f64);
        "oom_kills" Count count |it| Some(it.oom_kills as f64);
        "connections" Count level |it| Some(f64::from(it.connections));
        "connections_refused" Count count |it| Some(it.connections_refused as f64);
    }
}

figures! {
    /// Of a queue.
    OF_QUEUE: QueueFigures {
        "ready" Count level |it| Some(it.ready as f64);
        "unacked" Count level |it| Some(it.unacked as f64);
        "consumers" Count level |it| Some(it.consumers as f64);
        "published" Count count |it| Some(it.counters.published as f64);
        "refused" Count count |it| Some(it.counters.refused as f64);
        "dropped" Count count |it| Some(it.counters.dropped as f64);
        "delivered" Count count |it| Some(it.counters.delivered as f64);
        "acked" Count count |it| Some(it.counters.acked as f64);
        "dead_lettered" Count count |it| Some(it.counters.dead_lettered as f64);
        "redelivered" Count count |it| Some(it.counters.redelivered as f64);
        "over_delivered" Count count |it| Some(it.counters.over_delivered as f64);
        "expired" Count count |it| Some(it.counters.expired as f64);
        "lost" Count count |it| Some(it.counters.lost as f64);
    }
}

figures! {
    /// Of a saga.
    OF_SAGA: SagaFigures {
        "begun" Count count |it| Some(it.counts.begun as f64);
        "done" Count count |it| Some(it.counts.done as f64);
        "again" Count count |it| Some(it.counts.again as f64);
        "taken_back" Count count |it| Some(it.counts.taken_back as f64);
        "manual" Count count |it| Some(it.counts.manual as f64);
        "abandoned" Count count |it| Some(it.counts.abandoned as f64);
        "interrupted" Count count |it| Some(it.counts.interrupted as f64);
    }
}

/// Of the money that is lost: its name and whether it is for an hour.
pub const OF_MONEY: &[&str] = &["lost", "per_hour"];

/// How many things are in any state of a machine for too long.
pub const STUCK: &str = "stuck";
