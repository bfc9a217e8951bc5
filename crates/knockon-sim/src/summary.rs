//! The figures of a run: for reports, and for what a scenario expects.

use crate::cache;
use crate::engine::Run;
use crate::engine::frame::Outcome;
use crate::histogram::Histogram;
use crate::observe;
use crate::pending::Pending;
use crate::program::Sort;
use crate::sealed::JourneyTruth;

pub use crate::broker::Counters;
pub use crate::cache::Counts as CacheCounts;
pub use crate::engine::results::SagaCounts;

/// How long something took: the quantiles that reports show, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// How many there were.
    pub count: u64,
    /// Their mean.
    pub mean_ns: f64,
    /// Half of them took no longer.
    pub p50_ns: u64,
    /// 95 of 100 took no longer.
    pub p95_ns: u64,
    /// 99 of 100 took no longer.
    pub p99_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

impl Quantiles {
    /// Those of a histogram; none of an empty one.
    pub fn of(histogram: &Histogram) -> Option<Self> {
        Some(Self {
            count: histogram.count(),
            mean_ns: histogram.mean_ns()?,
            p50_ns: histogram.quantile(0.5)?,
            p95_ns: histogram.quantile(0.95)?,
            p99_ns: histogram.quantile(0.99)?,
            max_ns: histogram.max_ns(),
        })
    }
}

/// The figures of a journey.
#[derive(Debug, Clone, PartialEq)]
pub struct JourneyFigures {
    /// What became of its users.
    pub ends: JourneyTruth,
    /// How many users came to each stage.
    pub stages: Vec<(String, u64)>,
    /// How long users waited for answers.
    pub answers: Option<Quantiles>,
    /// How long it took until journeys were completed.
    pub completion: Option<Quantiles>,
    /// Of the users who are done, the part that saw no error.
    pub success: Option<f64>,
    /// What the completed ones were worth, and those that failed or were lost would have been.
    pub value: f64,
    /// What was missed.
    pub value_missed: f64,
}

/// The figures of an operation or a query.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationFigures {
    /// Whose.
    pub service: String,
    /// Its name.
    pub name: String,
    /// How often it ended in each way; ways that did not occur are left out.
    pub ended: Vec<(Outcome, u64)>,
    /// How long it took when it was done.
    pub done: Option<Quantiles>,
    /// How long it took when it failed.
    pub failed: Option<Quantiles>,
    /// How often nobody waited any more when it ended.
    pub wasted: u64,
    /// How often it recognised a repetition.
    pub repeated: u64,
}

/// The figures of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueFigures {
    /// Whose.
    pub broker: String,
    /// Its name.
    pub name: String,
    /// Messages that wait for a consumer.
    pub ready: u64,
    /// Messages that consumers have.
    pub unacked: u64,
    /// Consumers.
    pub consumers: u64,
    /// What happened to its messages.
    pub counters: Counters,
    /// How long messages waited.
    pub waits: Option<Quantiles>,
    /// Whether people work it off.
    pub manual: bool,
}

/// The figures of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceFigures {
    /// Its name.
    pub name: String,
    /// Replicas that are wanted.
    pub wanted: u32,
    /// Replicas that get requests.
    pub ready: u32,
    /// How often processes of its replicas were started again, also of those that are gone.
    pub restarts: u64,
    /// How often a process was killed for want of memory.
    pub oom_kills: u64,
    /// Processor time used, in nanoseconds.
    pub cpu_ns: u64,
    /// How long processors were throttled.
    pub throttled_ns: u64,
    /// Connections to it, and how many were refused.
    pub connections: u32,
    /// Connections that were refused.
    pub connections_refused: u64,
}

/// The figures of a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheFigures {
    /// Its name.
    pub name: String,
    /// What happened to its items, and what is in it.
    pub counts: cache::Counts,
}

/// The figures of a state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineFigures {
    /// Whose.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Each state: its name, the things in it, and those that have been for too long.
    pub states: Vec<(String, u64, u64)>,
}

/// The figures of a saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaFigures {
    /// Whose.
    pub service: String,
    /// Its name.
    pub name: String,
    /// What became of its attempts.
    pub counts: SagaCounts,
}

/// The figures of a run so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How long it has lasted, in nanoseconds.
    pub lasted_ns: u64,
    /// Every journey.
    pub journeys: Vec<JourneyFigures>,
    /// Every operation and query that was asked for.
    pub operations: Vec<OperationFigures>,
    /// Every queue.
    pub queues: Vec<QueueFigures>,
    /// Every service; read replicas of databases stand by themselves.
    pub services: Vec<ServiceFigures>,
    /// Every cache.
    pub caches: Vec<CacheFigures>,
    /// Every state machine.
    pub machines: Vec<MachineFigures>,
    /// Every saga.
    pub sagas: Vec<SagaFigures>,
}

impl Summary {
    /// The journey of that name.
    pub fn journey(&self, name: &str) -> Option<&JourneyFigures> {
        self.journeys.iter().find(|journey| journey.ends.name == name)
    }

    /// The operation or query of that service and name.
    pub fn operation(&self, service: &str, name: &str) -> Option<&OperationFigures> {
        self.operations.iter().find(|it| it.service == service && it.name == name)
    }

    /// The queue of that broker and name.
    pub fn queue(&self, broker: &str, name: &str) -> Option<&QueueFigures> {
        self.queues.iter().find(|queue| queue.broker == broker && queue.name == name)
    }

    /// The service of that name.
    pub fn service(&self, name: &str) -> Option<&ServiceFigures> {
        self.services.iter().find(|service| service.name == name)
    }
}

impl<Q: Pending> Run<Q> {
    /// The figures of the run so far.
    pub fn summary(&self) -> Summary {
        Summary {
            lasted_ns: self.now,
            journeys: self.journey_figures(),
            operations: self.operation_figures(),
            queues: self.queue_figures(),
            services: self.service_figures(),
            caches: self.cache_figures(),
            machines: self.machine_figures(),
            sagas: self.saga_figures(),
        }
    }

    fn journey_figures(&self) -> Vec<JourneyFigures> {
        let truths = self.truth().journeys;
        let all = self.program.journeys.iter().zip(&self.journeys).zip(truths);
        all.map(|((table, stats), ends)| {
            let over = ends.served + ends.failed;
            JourneyFigures {
                stages: table.stages.iter().cloned().zip(stats.stages.iter().copied()).collect(),
                answers: Quantiles::of(&stats.answers),
                completion: Quantiles::of(&stats.completion),
                success: (over > 0).then(|| ends.served as f64 / over as f64),
                value: ends.completed as f64 * table.value,
                value_missed: (ends.failed + ends.lost) as f64 * table.value,
                ends,
            }
        })
        .collect()
    }

    fn operation_figures(&self) -> Vec<OperationFigures> {
        let all = self.program.operations.iter().zip(&self.operations);
        let asked = all.filter(|(table, stats)| {
            table.sort != Sort::Health && stats.ended.iter().any(|count| *count > 0)
        });
        asked
            .map(|(table, stats)| {
                let ways = Outcome::ALL.into_iter().zip(stats.ended);
                OperationFigures {
                    service: self.program.service_name(table.service).to_owned(),
                    name: table.name.clone(),
                    ended: ways.filter(|(_, count)| *count > 0).collect(),
                    done: Quantiles::of(&stats.done),
                    failed: Quantiles::of(&stats.failed),
                    wasted: stats.wasted,
                    repeated: stats.repeated,
                }
            })
            .collect()
    }

    fn queue_figures(&self) -> Vec<QueueFigures> {
        let all = self.program.queues.iter().zip(&self.queues).enumerate();
        all.map(|(at, (table, state))| QueueFigures {
            broker: self.program.service_name(table.broker).to_owned(),
            name: table.name.clone(),
            ready: state.queue.ready() as u64,
            unacked: state.queue.unacked() as u64,
            consumers: observe::consumers(self, at),
            counters: *state.queue.counters(),
            waits: Quantiles::of(&state.waits),
            manual: table.manual,
        })
        .collect()
    }

    fn service_figures(&self) -> Vec<ServiceFigures> {
        let mut figures: Vec<ServiceFigures> = (self.program.services.iter())
            .zip(&self.services)
            .map(|(table, state)| ServiceFigures {
                name: table.name.clone(),
                wanted: state.wanted,
                ready: u32::try_from(state.ready.len()).unwrap_or(u32::MAX),
                restarts: 0,
                oom_kills: 0,
                cpu_ns: 0,
                throttled_ns: 0,
                connections: state.connections,
                connections_refused: state.connections_refused,
            })
            .collect();
        for (at, replica) in self.replicas.iter().enumerate() {
            let figures = &mut figures[replica.service as usize];
            figures.restarts += u64::from(replica.restarts);
            figures.oom_kills += self.records.oom_kills(at);
            figures.cpu_ns += replica.cpu_usage();
            figures.throttled_ns += replica.cpu.as_ref().map_or(0, crate::cpu::Cpu::throttled_ns);
        }
        figures
    }

    fn cache_figures(&self) -> Vec<CacheFigures> {
        let all = self.program.services.iter().zip(&self.services);
        let caches = all.filter_map(|(table, state)| {
            let counts = state.cache.as_ref()?.counts();
            Some(CacheFigures { name: table.name.clone(), counts })
        });
        caches.collect()
    }

    fn machine_figures(&self) -> Vec<MachineFigures> {
        let all = self.program.machines.iter().zip(&self.in_state).zip(&self.stuck);
        all.map(|((table, in_state), stuck)| MachineFigures {
            service: self.program.service_name(table.service).to_owned(),
            name: table.name.clone(),
            states: (table.states.iter().zip(in_state).zip(stuck))
                .map(|((state, there), stuck)| (state.name.clone(), *there, *stuck))
                .collect(),
        })
        .collect()
    }

    fn saga_figures(&self) -> Vec<SagaFigures> {
        let all = self.program.sagas.iter().zip(&self.sagas);
        all.map(|(table, counts)| SagaFigures {
            service: self.program.service_name(table.service).to_owned(),
            name: table.name.clone(),
            counts: *counts,
        })
        .collect()
    }
}
