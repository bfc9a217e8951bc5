//! The tables themselves.

use std::ops::Range;

use knockon_core::{
    Autoscaler, Eviction, Overflow, RestartPolicy, ServiceId, ServiceKind, StepId, System,
};

use crate::limiter::Limiter;
use crate::random::{self, LogNormal};
use crate::{breaker, retry};

/// No index: what is not there.
pub(crate) const NONE: u32 = u32::MAX;

/// Where a step continues that fails and has nothing to fall back on: the operation fails.
pub(crate) const FAILS: u32 = u32::MAX;

/// A system, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// What it was made from; for names.
    pub(crate) system: System,
    /// The services of the model under the same indexes, then the read replicas of databases.
    pub(crate) services: Vec<Service>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) code: Vec<Instruction>,
    pub(crate) sites: Vec<Site>,
    pub(crate) times: Vec<TimeOf>,
    pub(crate) fails: Vec<FailOf>,
    /// Machines and the states that things are moved to.
    pub(crate) moves: Vec<(u32, u32)>,
    /// What every attempt needs to know of its site.
    pub(crate) asks: Vec<Ask>,
    /// The first instructions of each branch of a `parallel`.
    pub(crate) forks: Vec<Vec<u32>>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) sagas: Vec<Saga>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) machines: Vec<Machine>,
    pub(crate) journeys: Vec<Journey>,
    pub(crate) cohorts: Vec<Cohort>,
    /// An `End` that belongs to nobody.
    pub(crate) end: u32,
    /// Whether anything can be done twice for one user: by retries, queues or sagas.
    pub(crate) repeats: bool,
    /// The constant delays that have a timer lane, in nanoseconds.
    pub(crate) lanes: Vec<u64>,
}

/// A service, or the read replicas of a database.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) id: ServiceId,
    pub(crate) name: String,
    pub(crate) kind: ServiceKind,
    /// The database that these are the read replicas of.
    pub(crate) copy_of: Option<u32>,
    /// The read replicas of this database.
    pub(crate) copies: Option<u32>,
    /// How far the read replicas are behind.
    pub(crate) lag_ns: u64,
    pub(crate) replicas: u32,
    pub(crate) cpu_limit_m: Option<u64>,
    pub(crate) cpu_request_m: Option<u64>,
    pub(crate) memory: Memory,
    pub(crate) workers: u32,
    pub(crate) backlog: u32,
    pub(crate) start_ns: u64,
    pub(crate) restart: RestartPolicy,
    /// How many replicas may be missing, and how many there may be in addition, in a rollout.
    pub(crate) rollout: Rollout,
    pub(crate) liveness: Option<Probe>,
    pub(crate) readiness: Option<Probe>,
    pub(crate) startup: Option<Probe>,
    pub(crate) autoscaler: Option<Autoscaler>,
    pub(crate) pools: Vec<PoolOf>,
    pub(crate) failover: Option<FailoverTo>,
    pub(crate) max_connections: u32,
    pub(crate) eviction: Eviction,
    pub(crate) version: String,
    pub(crate) operations: Range<u32>,
    /// The operations that work off queues.
    pub(crate) consumers: Vec<u32>,
    /// How many of its sites have guards; a guard is kept by each replica.
    pub(crate) guards: u32,
    /// What it needs to run at all.
    pub(crate) runs_on: Vec<Platform>,
    /// The operation that a health check of another service asks.
    pub(crate) ping: u32,
}

/// A platform that a service runs on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Platform {
    pub(crate) service: u32,
    /// Whether it runs on without it, unmanaged: neither restarted nor scaled.
    pub(crate) optional: bool,
}

/// The memory of one replica, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    pub(crate) limit: Option<u64>,
    pub(crate) request: Option<u64>,
    pub(crate) idle: u64,
    pub(crate) per_request: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Rollout {
    pub(crate) max_unavailable: u32,
    pub(crate) max_surge: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct PoolOf {
    pub(crate) to: u32,
    pub(crate) size: u32,
    pub(crate) idle: Option<u32>,
    pub(crate) wait_ns: Option<u64>,
    pub(crate) lifetime_ns: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct FailoverTo {
    pub(crate) after_ns: u64,
    pub(crate) to: u32,
}

/// A probe and the operation it asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe {
    /// The operation it asks of the replica; [`NONE`] for one that only opens a connection.
    pub(crate) operation: u32,
    pub(crate) delay_ns: u64,
    pub(crate) every_ns: u64,
    pub(crate) timeout_ns: u64,
    pub(crate) failures: u32,
    pub(crate) successes: u32,
}

/// An operation.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each says another thing of the model")]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) service: u32,
    pub(crate) sort: Sort,
    pub(crate) entry: u32,
    pub(crate) idempotent: bool,
    pub(crate) limit: Option<Limiter>,
    pub(crate) consumes: u32,
    pub(crate) prefetch: u32,
    pub(crate) consumers: u32,
    pub(crate) acks_before: bool,
    pub(crate) every_ns: u64,
    pub(crate) stages: Vec<StageOf>,
    pub(crate) route: Option<String>,
    /// Rows that one looks at, and whether it looks at all there are.
    pub(crate) rows: u64,
    pub(crate) full_scan: bool,
    /// Whether what it has done for a user is kept: it is idempotent, refunds, or brings to a stage.
    pub(crate) kept: bool,
}

/// What sort of thing an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// One of the model.
    Operation,
    /// A query that reads.
    Read,
    /// A query that writes.
    Write,
    /// What nobody wrote down: of a service without operations, or of a probe.
    Implicit,
    /// A health check.
    Health,
}

/// A journey's stage that an operation brings its user to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StageOf {
    pub(crate) journey: u32,
    pub(crate) stage: u32,
    pub(crate) completes: bool,
    pub(crate) charges: bool,
    /// It gives back what was charged.
    pub(crate) refunds: bool,
}

/// One instruction of an operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Instruction {
    /// Uses the processor for a time of the table.
    Compute(u32),
    /// Lets a time of the table pass.
    Wait(u32),
    /// Calls an operation or asks a query.
    Ask(u32),
    /// Looks up in a cache; what follows is done on a miss, and on a hit it goes on at `hit`.
    Get(u32),
    /// Puts what a miss found into the cache.
    Fill(u32),
    Put(u32),
    Drop(u32),
    Publish(u32),
    Move(u32),
    /// Starts the branches of a `parallel` and waits for all.
    Fork(u32),
    /// Starts what comes next on its own, and goes on at the index.
    Detach(u32),
    /// Goes on with one of several.
    Choose(u32),
    Jump(u32),
    /// Ends with an error as often as the table says.
    Fail(u32),
    SagaBegin(u32),
    SagaDone,
    SagaAgain(u32),
    SagaManual(u32),
    SagaFailed(u32),
    /// The operation, or the branch, is done.
    End,
}

/// A length of time that an instruction takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TimeOf {
    pub(crate) time: Time,
    /// What tells its luck from that of others, the same in every variant of a system.
    pub(crate) salt: u64,
}

/// How often an instruction fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FailOf {
    /// When a random 64-bit number is below this.
    pub(crate) below: u64,
    pub(crate) salt: u64,
}

/// A length of time that varies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Time {
    Constant(u64),
    /// With this mean in nanoseconds.
    Exponential(f64),
    LogNormal(LogNormal),
}

/// What a site asks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    Operation(u32),
    Entry(u32),
    Channel {
        queues: Vec<u32>,
        confirms: bool,
        /// The database in which messages are kept until they are handed over.
        outbox: Option<u32>,
    },
}

/// What every attempt needs to know of its [`Site`], close together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) key: u64,
    pub(crate) service: u32,
    pub(crate) to: u32,
    /// The operation that it asks; [`NONE`] when it asks a cache or a broker.
    pub(crate) operation: u32,
    pub(crate) lane: u32,
    /// Whether nothing but a timeout and retries protects it, and it needs no pool.
    pub(crate) is_plain: bool,
    pub(crate) is_pooled: bool,
}

/// A step that asks somebody.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The step of the model; none for what nobody wrote down.
    pub(crate) step: Option<StepId>,
    /// Where a lookup goes on that hits.
    pub(crate) hit: u32,
    /// The service whose step it is.
    pub(crate) service: u32,
    pub(crate) operation: u32,
    /// The service it asks.
    pub(crate) to: u32,
    pub(crate) target: Target,
    /// Which of the service's pools it needs a connection of.
    pub(crate) pool: u32,
    /// How long it waits for an answer, and the lane of that delay; 0 for ever.
    pub(crate) timeout_ns: u64,
    pub(crate) timeout_lane: u32,
    pub(crate) attempts: u8,
    pub(crate) retry: Option<retry::Schedule>,
    /// Which of the service's guards it has; [`NONE`] when it needs none.
    pub(crate) guard: u32,
    pub(crate) breaker: Option<breaker::Config>,
    pub(crate) limit: Option<Limiter>,
    pub(crate) bulkhead: Option<knockon_core::Bulkhead>,
    pub(crate) budget: Option<f64>,
    /// Where it goes on when it fails.
    pub(crate) on_fail: u32,
    /// Where it goes on when nobody knows whether it was done; only parts of sagas differ.
    pub(crate) on_unknown: u32,
    /// Whether the time that its saga has left bounds it.
    pub(crate) in_saga: bool,
    /// What tells it from others in identities and luck.
    pub(crate) key: u64,
}

/// The arms of a `branch`.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// The step of the model.
    pub(crate) step: StepId,
    pub(crate) salt: u64,
    pub(crate) arms: Vec<Arm>,
    /// Where the rest goes on.
    pub(crate) otherwise: u32,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Arm {
    /// The part of all requests, as an upper bound in random 64-bit numbers; parts add up.
    pub(crate) share: u64,
    /// Only for users of this member of a cohort.
    pub(crate) of: Option<(u32, u32)>,
    pub(crate) entry: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Saga {
    pub(crate) name: String,
    pub(crate) service: u32,
    pub(crate) timeout_ns: u64,
    pub(crate) attempts: u32,
    pub(crate) backoff_ns: u64,
    /// Where the attempts begin.
    pub(crate) begin: u32,
    /// Where it is taken back for good.
    pub(crate) give_up: u32,
    /// The queue for people.
    pub(crate) manual: u32,
    /// Where the operation goes on when it is done.
    pub(crate) done: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub(crate) broker: u32,
    pub(crate) name: String,
    pub(crate) max_length: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) overflow: Overflow,
    pub(crate) ttl_ns: Option<u64>,
    pub(crate) dead_letter: u32,
    pub(crate) delivery_limit: Option<u32>,
    pub(crate) durable: bool,
    pub(crate) manual: bool,
    /// The operations that consume from it.
    pub(crate) consumers: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) cache: u32,
    pub(crate) name: String,
    /// Its kind in the cache.
    pub(crate) kind: u32,
    pub(crate) ttl_ns: Option<u64>,
    /// How many keys there are; none when each user has one.
    pub(crate) keys: Option<u64>,
    /// Where a user's record has the item; [`NONE`] when it is found by a key.
    pub(crate) slot: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) service: u32,
    pub(crate) name: String,
    pub(crate) states: Vec<State>,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) name: String,
    /// The states that may come next.
    pub(crate) next: Vec<u32>,
    pub(crate) stuck_ns: u64,
}

/// A journey as its users play it.
#[derive(Debug, Clone)]
pub(crate) struct Journey {
    pub(crate) name: String,
    /// The operations that users ask, in order.
    pub(crate) actions: Vec<u32>,
    /// For each action the stages before it that come by themselves, a bit each.
    pub(crate) needs: Vec<u64>,
    pub(crate) stages: Vec<String>,
    pub(crate) completes: u32,
    pub(crate) think_ns: u64,
    /// How often it is started, per nanosecond.
    pub(crate) rate_per_ns: f64,
    /// An answer that takes longer counts as slow.
    pub(crate) slow_ns: u64,
    pub(crate) within_ns: u64,
    pub(crate) cohorts: Vec<u32>,
    pub(crate) value: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct Cohort {
    pub(crate) name: String,
    /// Upper bounds of the members in random 64-bit numbers.
    pub(crate) bounds: Vec<u64>,
    /// How many members without names.
    pub(crate) count: u64,
    pub(crate) within: u32,
}

impl Program {
    /// Draws the member of each cohort that a user is, from its luck alone; one that lies within another
    /// decides that too. There is a place for each cohort of the system, and [`NONE`] in it before.
    #[inline]
    pub(crate) fn choose_members(&self, journey: u32, luck: u64, members: &mut [u32]) {
        members.fill(NONE);
        let cohorts = &self.journeys[journey as usize].cohorts;
        let inner = cohorts.iter().filter(|it| self.cohorts[**it as usize].within != NONE);
        let outer = cohorts.iter().filter(|it| self.cohorts[**it as usize].within == NONE);
        for cohort in inner.chain(outer) {
            let (mut at, mut key) = (*cohort, random::hash(&[luck, u64::from(*cohort)]));
            while at != NONE && members[at as usize] == NONE {
                let of = &self.cohorts[at as usize];
                let member = of.member(key);
                members[at as usize] = member;
                if member == NONE {
                    break;
                }
                key = Cohort::key_within(at as usize, member);
                at = of.within;
            }
        }
    }

    /// A member of a cohort and the members that it lies within, itself first: where it lies follows
    /// from its number.
    pub(crate) fn around(&self, cohort: usize, member: u32) -> Vec<(usize, u32)> {
        let mut found: Vec<(usize, u32)> = Vec::new();
        let (mut at, mut member) = (cohort, member);
        while member != NONE && found.iter().all(|(known, _)| *known != at) {
            found.push((at, member));
            let within = self.cohorts[at].within;
            let Some(outer) = self.cohorts.get(within as usize) else { break };
            member = outer.member(Cohort::key_within(at, member));
            at = within as usize;
        }
        found
    }
}

impl Cohort {
    /// The random number that decides in which member of the outer cohort a member lies.
    pub(crate) fn key_within(cohort: usize, member: u32) -> u64 {
        random::hash(&[cohort as u64, u64::from(member)])
    }

    /// The member that a random number stands for; [`NONE`] beyond the shares of all members.
    pub(crate) fn member(&self, key: u64) -> u32 {
        if self.bounds.is_empty() {
            let member = random::below(key, self.count);
            return u32::try_from(member).unwrap_or(NONE);
        }
        let bits = random::mix(key);
        let at = self.bounds.iter().position(|bound| bits < *bound);
        at.map_or(NONE, |at| u32::try_from(at).unwrap_or(NONE))
    }
}

impl Site {
    /// What every attempt needs to know of it.
    pub(crate) fn ask(&self) -> Ask {
        let operation = match self.target {
            Target::Operation(operation) => operation,
            Target::Entry(_) | Target::Channel { .. } => NONE,
        };
        Ask {
            key: self.key,
            service: self.service,
            to: self.to,
            operation,
            lane: self.timeout_lane,
            is_plain: self.guard == NONE
                && self.pool == NONE
                && self.bulkhead.is_none()
                && !self.in_saga
                && operation != NONE,
            is_pooled: self.pool != NONE,
        }
    }
}
