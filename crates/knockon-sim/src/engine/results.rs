//! What can be asked of a run from outside: counts and histograms of its parts, by name.
//!
//! The figures of a journey say what users saw, those of an operation what a service did, those of
//! calls what the service that asks saw. Names are looked up one by one: this is for reading results,
//! not for what happens in between.

use crate::broker::Counters;
use crate::cache::Counts;
use crate::histogram::Histogram;
use crate::pending::Pending;
use crate::program::NONE;

use super::Run;
use super::frame::Outcome;
use super::state::Phase;

/// How often something ended in each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ends {
    counts: [u64; Outcome::ALL.len()],
}

impl Ends {
    /// How often in that way.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.counts[outcome as usize]
    }

    /// How often in all.
    pub fn all(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn add(&mut self, counts: &[u64; Outcome::ALL.len()]) {
        for (sum, count) in self.counts.iter_mut().zip(counts) {
            *sum += count;
        }
    }
}

/// What became of the users of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JourneyCounts {
    /// Users who began.
    pub started: u64,
    /// Users who were told that all is well.
    pub served: u64,
    /// Users who saw an error and left.
    pub gave_up: u64,
    /// Users for whom the last stage was reached.
    pub completed: u64,
    /// Those of them for whom that took longer than promised.
    pub late: u64,
    /// Users who waited for an answer longer than promised.
    pub slow: u64,
    /// Users who were told that all is well, and nothing came of it.
    pub lost: u64,
    /// Users for whom the last stage was done twice.
    pub doubled: u64,
    /// Users who were charged twice.
    pub double_charged: u64,
    /// Users who were charged and for whom the last stage was not reached.
    pub charged_unfulfilled: u64,
}

/// What an operation did.
#[derive(Debug, Clone, Copy)]
pub struct OperationResults<'a> {
    /// How those ended that came past the door.
    pub ends: Ends,
    /// How long those took that were done, from being asked to the answer.
    pub done: &'a Histogram,
    /// How long the others took.
    pub failed: &'a Histogram,
    /// Those that ended when nobody waited any more.
    pub wasted: u64,
    /// Repetitions that were recognised.
    pub repeated: u64,
}

/// What a service saw of another that it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallCounts {
    /// Attempts, the first ones too.
    pub attempts: u64,
    /// Attempts but the first.
    pub retries: u64,
    /// How the attempts ended.
    pub ends: Ends,
    /// Steps that failed in the end, and after which the operation went on otherwise.
    pub fallbacks: u64,
}

/// A queue as it is, and what was counted of it.
#[derive(Debug, Clone)]
pub struct QueueResults<'a> {
    /// Messages that wait.
    pub ready: usize,
    /// Messages that consumers hold.
    pub unacked: usize,
    /// What was counted.
    pub counters: &'a Counters,
    /// How long messages waited from being published to being delivered.
    pub waits: &'a Histogram,
    /// The numbers of the users whose messages wait, the next one first; none for a message that
    /// belongs to no user.
    pub users: Vec<Option<u64>>,
}

/// A service as it is, over all its replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServiceResults {
    /// How many replicas it is to have.
    pub wanted: u32,
    /// How many it has, those included that start, wait for a restart or stop.
    pub replicas: u32,
    /// How many get requests.
    pub ready: u32,
    /// How many are up, ready or not.
    pub up: u32,
    /// How many take nothing new and end when they are done.
    pub stopping: u32,
    /// How often a process was started again, over all replicas that there ever were.
    pub restarts: u32,
    /// Requests in progress, those that wait for a worker included.
    pub in_progress: u64,
    /// Requests that wait for a worker.
    pub waiting: u64,
    /// Workers that have something to do; 0 of a service with any number of workers.
    pub busy_workers: u64,
    /// Processor time used, over all replicas that there ever were.
    pub cpu_used_ns: u64,
    /// Connections from elsewhere that are open.
    pub connections: u32,
    /// Connections that were refused because too many were open.
    pub connections_refused: u64,
    /// Writes that a failover lost.
    pub writes_lost: u64,
    /// Reads of a copy that did not have yet what its user had written.
    pub stale_reads: u64,
}

/// One replica of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaState {
    /// Its number among the replicas that its service ever had.
    pub ordinal: u32,
    /// Whether it gets requests.
    pub ready: bool,
    /// Whether its process is stopped where it is.
    pub frozen: bool,
    /// The version it runs.
    pub version: String,
    /// How often its process was started again.
    pub restarts: u32,
    /// Requests in progress.
    pub live: u32,
    /// Processor time that it has used, in nanoseconds.
    pub cpu_ns: u64,
    /// Why its last process ended, as Kubernetes says it; empty when none did.
    pub last_end: &'static str,
}

/// The pools of a service's replicas for one other service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolResults {
    /// Connections in use.
    pub in_use: u32,
    /// Connections that are open and not in use.
    pub idle: u32,
    /// Requests that wait for a connection.
    pub waiting: u32,
    /// Waits that were too long.
    pub timeouts: u64,
}

/// What became of the attempts of a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SagaCounts {
    /// Sagas begun.
    pub begun: u64,
    /// Done to the end.
    pub done: u64,
    /// Further attempts.
    pub again: u64,
    /// Taken back for good.
    pub taken_back: u64,
    /// Left to people.
    pub manual: u64,
    /// Left to nobody: there is no manual queue, or it did not take it.
    pub abandoned: u64,
    /// Cut off in the middle, because the process that ran it ended.
    pub interrupted: u64,
}

/// Everything that is in progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InProgress {
    /// Requests, branches and messages being worked off.
    pub requests: u32,
    /// Users who act or think, or for whom something goes on.
    pub users: u32,
    /// Messages in queues, at consumers, in outboxes.
    pub messages: u32,
    /// Things of users that are still there.
    pub things: u32,
}

impl<Q: Pending> Run<Q> {
    /// The times of all answers to what users of a journey did.
    pub fn answers(&self, journey: usize) -> Option<&Histogram> {
        self.journeys.get(journey).map(|stats| &stats.answers)
    }

    /// The times from the beginning of a journey until its last stage was reached.
    pub fn completions(&self, journey: usize) -> Option<&Histogram> {
        self.journeys.get(journey).map(|stats| &stats.completion)
    }

    /// What became of the users of a journey.
    pub fn journey(&self, journey: usize) -> Option<JourneyCounts> {
        self.journeys.get(journey).map(|stats| JourneyCounts {
            started: stats.started,
            served: stats.served,
            gave_up: stats.gave_up,
            completed: stats.completed,
            late: stats.late,
            slow: stats.slow,
            lost: stats.lost,
            doubled: stats.doubled,
            double_charged: stats.double_charged,
            charged_unfulfilled: stats.charged_unfulfilled,
        })
    }

    /// What an operation or a query did.
    pub fn operation(&self, service: &str, operation: &str) -> Option<OperationResults<'_>> {
        let service = self.service_named(service)?;
        let mut tables = self.program.operations.iter();
        let at = tables.position(|it| it.service == service && it.name == operation)?;
        let stats = &self.operations[at];
        Some(OperationResults {
            ends: Ends { counts: stats.ended },
            done: &stats.done,
            failed: &stats.failed,
            wasted: stats.wasted,
            repeated: stats.repeated,
        })
    }

    /// What a service saw of another, over all steps with which it asks it.
    pub fn calls(&self, from: &str, to: &str) -> Option<CallCounts> {
        let (from, to) = (self.service_named(from)?, self.service_named(to)?);
        let mut counts = CallCounts::default();
        let sites = self.program.sites.iter().zip(&self.sites);
        for (_, stats) in sites.filter(|(site, _)| site.service == from && site.to == to) {
            counts.attempts += stats.attempts;
            counts.retries += stats.retries;
            counts.fallbacks += stats.fallbacks;
            counts.ends.add(&stats.ended);
        }
        Some(counts)
    }

    /// A queue of a broker.
    pub fn queue(&self, broker: &str, queue: &str) -> Option<QueueResults<'_>> {
        let broker = self.service_named(broker)?;
        let mut tables = self.program.queues.iter();
        let at = tables.position(|it| it.broker == broker && it.name == queue)?;
        let state = &self.queues[at];
        let user = |message: u32| {
            let user = self.messages[message].user;
            (user != NONE).then(|| self.users[user].number)
        };
        Some(QueueResults {
            ready: state.queue.ready(),
            unacked: state.queue.unacked(),
            counters: state.queue.counters(),
            waits: &state.waits,
            users: state.queue.entries().map(|entry| user(entry.message)).collect(),
        })
    }

    /// A service, over all its replicas. The read replicas of a database are `name replica`.
    pub fn service(&self, service: &str) -> Option<ServiceResults> {
        let at = self.service_named(service)? as usize;
        let (state, table) = (&self.services[at], &self.program.services[at]);
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut results = ServiceResults {
            wanted: state.wanted,
            replicas: count(state.replicas.len()),
            ready: count(state.ready.len()),
            connections: state.connections,
            connections_refused: state.connections_refused,
            writes_lost: state.writes_lost,
            stale_reads: state.stale_reads,
            ..ServiceResults::default()
        };
        for replica in self.replicas.iter().filter(|it| it.service as usize == at) {
            results.restarts += replica.restarts;
            results.cpu_used_ns += replica.cpu_usage_at(self.now);
        }
        for id in &state.replicas {
            let replica = &self.replicas[*id as usize];
            results.up += u32::from(replica.phase == Phase::Up);
            results.stopping += u32::from(replica.phase == Phase::Stopping);
            results.in_progress += u64::from(replica.live);
            results.waiting += replica.queue.len() as u64;
            if table.workers != u32::MAX {
                results.busy_workers += u64::from(table.workers - replica.free_workers);
            }
        }
        Some(results)
    }

    /// The replicas of a service, those on their way in and out included.
    pub fn replicas(&self, service: &str) -> Option<Vec<ReplicaState>> {
        let state = &self.services[self.service_named(service)? as usize];
        let all = state.replicas.iter().map(|id| &self.replicas[*id as usize]);
        let states = all.map(|it| ReplicaState {
            ordinal: it.ordinal,
            ready: it.ready,
            frozen: it.frozen,
            version: state.versions.get(it.version as usize).cloned().unwrap_or_default(),
            restarts: it.restarts,
            live: it.live,
            cpu_ns: it.cpu_usage_at(self.now),
            last_end: it.last_end,
        });
        Some(states.collect())
    }

    /// The connections that a service keeps to another.
    pub fn pool(&self, service: &str, to: &str) -> Option<PoolResults> {
        let (service, to) = (self.service_named(service)? as usize, self.service_named(to)?);
        let mut tables = self.program.services[service].pools.iter();
        let at = tables.position(|pool| pool.to == to)?;
        let mut results = PoolResults::default();
        for id in &self.services[service].replicas {
            let pool = &self.replicas[*id as usize].pools[at];
            results.in_use += pool.in_use();
            results.idle += pool.idle();
            results.waiting += pool.waiting();
            results.timeouts += pool.timeouts();
        }
        Some(results)
    }

    /// What a cache has and what was counted of it.
    pub fn cache(&self, service: &str) -> Option<Counts> {
        let at = self.service_named(service)? as usize;
        self.services[at].cache.as_ref().map(|cache| cache.counts())
    }

    /// What became of a saga.
    pub fn saga(&self, saga: &str) -> Option<SagaCounts> {
        let at = self.program.sagas.iter().position(|it| it.name == saga)?;
        Some(self.sagas[at])
    }

    /// How many things are in a state of a machine, and how many of them for too long.
    pub fn in_state(&self, service: &str, machine: &str, state: &str) -> Option<(u64, u64)> {
        let service = self.service_named(service)?;
        let mut tables = self.program.machines.iter();
        let at = tables.position(|it| it.service == service && it.name == machine)?;
        let state = self.program.machines[at].states.iter().position(|it| it.name == state)?;
        Some((self.in_state[at][state], self.stuck[at][state]))
    }

    /// Moves that a state machine refused.
    pub fn moves_refused(&self) -> u64 {
        self.moves_refused
    }

    /// Everything that is in progress.
    pub fn in_progress(&self) -> InProgress {
        InProgress {
            requests: self.frames.len(),
            users: self.users.len(),
            messages: self.messages.len(),
            things: self.things.len(),
        }
    }

    fn service_named(&self, name: &str) -> Option<u32> {
        let at = self.program.services.iter().position(|it| it.name == name)?;
        u32::try_from(at).ok()
    }
}
