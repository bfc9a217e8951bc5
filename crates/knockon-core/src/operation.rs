//! What a service does, step by step, and what protects a step.

use std::time::Duration;

use crate::id::{
    CacheEntryId, CohortId, MachineId, OperationId, QueryId, QueueId, ServiceId, StepId,
};
use crate::stores::Channel;
use crate::system::Criticality;
use crate::units::{Rate, Share};
use crate::words::words;

/// Something that a service does when it is asked, gets a message, or the time has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its name, unique in the service.
    pub name: String,
    /// What it is for, in one sentence.
    pub summary: Option<String>,
    /// What requests for it look like: `POST /orders`.
    pub route: Option<String>,
    /// By what a repetition is recognised and does no harm.
    pub idempotent: Option<String>,
    /// How often it may be asked.
    pub rate_limit: Option<RateLimit>,
    /// The queue whose messages it works off.
    pub consumes: Option<QueueId>,
    /// How many messages one consumer holds at once.
    pub prefetch: Option<u32>,
    /// How many consumers one replica has.
    pub consumers: u32,
    /// When a message is taken off the queue.
    pub acks: Acks,
    /// Done on its own, this far apart.
    pub every: Option<Duration>,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

impl Operation {
    /// An operation of that name which does nothing.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            summary: None,
            route: None,
            idempotent: None,
            rate_limit: None,
            consumes: None,
            prefetch: None,
            consumers: 1,
            acks: Acks::After,
            every: None,
            steps: Vec::new(),
        }
    }
}

words!(
    /// When a consumer takes a message off its queue.
    Acks {
        /// When the work is done: a consumer that dies loses nothing.
        After = "after",
        /// Before the work: a consumer that dies loses the message.
        Before = "before",
    }

    /// Which copy of a database is asked.
    StoreCopy {
        /// The one that takes writes.
        Primary = "primary",
        /// A copy for reading.
        Replica = "replica",
    }
);

/// How much a time varies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// Not at all.
    None,
    /// Exponentially distributed.
    Exponential,
    /// Log-normally distributed, with this standard deviation in parts of the mean.
    LogNormal(Share),
}

/// One thing that an operation does.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// What it does.
    pub action: Action,
    /// What protects it.
    pub policies: Policies,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Uses the processor.
    Compute {
        /// For this long on a whole core.
        time: Duration,
        /// How much that varies.
        spread: Spread,
    },
    /// Lets time pass.
    Wait {
        /// How much.
        time: Duration,
        /// How much that varies.
        spread: Spread,
    },
    /// Asks another service and waits for the answer.
    Call(Callee),
    /// Asks a database.
    Query {
        /// What.
        query: QueryId,
        /// Which copy.
        from: StoreCopy,
    },
    /// Looks something up in a cache.
    Get {
        /// What.
        entry: CacheEntryId,
        /// What is done when it is not there; what it finds is put into the cache.
        miss: Vec<Step>,
    },
    /// Puts something into a cache.
    Put(CacheEntryId),
    /// Removes something from a cache.
    Drop(CacheEntryId),
    /// Hands a message to a broker and goes on.
    Publish {
        /// Where.
        channel: Channel,
        /// Whether it waits until the broker has taken it.
        confirms: bool,
        /// The database in which the message is kept with the data until it is handed over.
        outbox: Option<ServiceId>,
    },
    /// Moves a thing to its next state; any other move is refused.
    Move {
        /// Of which machine.
        machine: MachineId,
        /// To which state, an index into [`StateMachine::states`](crate::StateMachine::states).
        to: usize,
    },
    /// Does several things of which all or none shall hold.
    Saga(Saga),
    /// Does several things at once and waits for all.
    Parallel(Vec<Branch>),
    /// Does one of several things.
    Branch(Vec<Alternative>),
    /// Does something without waiting for it.
    Background(Vec<Step>),
    /// Ends with an error, this often.
    Fail(Share),
}

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callee {
    /// The service.
    pub service: ServiceId,
    /// Which of its operations, if they are known.
    pub operation: Option<OperationId>,
}

/// Steps under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// The name.
    pub name: String,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What is done some of the time.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its name.
    pub name: String,
    /// How often.
    pub share: Option<Share>,
    /// For whom.
    pub of: Option<CohortMember>,
    /// What.
    pub steps: Vec<Step>,
}

/// One member of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CohortMember {
    /// The cohort.
    pub cohort: CohortId,
    /// Where the member is in the cohort's list.
    pub member: usize,
}

/// Several things of which all or none shall hold, each with what takes it back.
#[derive(Debug, Clone, PartialEq)]
pub struct Saga {
    /// Its name.
    pub name: String,
    /// After this time it is given up and taken back.
    pub timeout: Option<Duration>,
    /// How often it is tried in all.
    pub attempts: u32,
    /// How long it waits before the next attempt.
    pub backoff: Option<Duration>,
    /// Where it goes when it can neither be finished nor taken back.
    pub manual: Option<QueueId>,
    /// The things, in order.
    pub steps: Vec<SagaStep>,
    /// What is done last when it is taken back: the refund.
    pub undo: Option<Callee>,
}

/// One thing of a saga.
#[derive(Debug, Clone, PartialEq)]
pub struct SagaStep {
    /// Its id.
    pub id: StepId,
    /// What is done.
    pub action: Callee,
    /// What takes it back.
    pub undo: Option<Callee>,
    /// How long an answer is waited for.
    pub timeout: Option<Duration>,
    /// How it is tried again.
    pub retry: Option<Retry>,
}

/// What protects a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policies {
    /// How long an answer is waited for.
    pub timeout: Option<Duration>,
    /// How it is tried again.
    pub retry: Option<Retry>,
    /// When it is not even tried.
    pub breaker: Option<Breaker>,
    /// How often it may be done.
    pub rate_limit: Option<RateLimit>,
    /// How often it may be done at once.
    pub bulkhead: Option<Bulkhead>,
    /// What is done when it fails.
    pub fallback: Option<Fallback>,
    /// What becomes of the operation when it fails, if that is said.
    pub criticality: Option<Criticality>,
}

impl Policies {
    /// What becomes of the operation when the step fails: as said, or what the fallback makes of it.
    pub fn criticality(&self) -> Criticality {
        self.criticality.unwrap_or(match self.fallback {
            Some(_) => Criticality::Degrades,
            None => Criticality::Critical,
        })
    }
}

/// Tries again what failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// How often it is tried in all.
    pub attempts: u32,
    /// The wait before the second attempt.
    pub backoff: Duration,
    /// By what each further wait is longer.
    pub factor: f64,
    /// The longest wait.
    pub max: Option<Duration>,
    /// How the waits of different callers are spread.
    pub jitter: Jitter,
    /// Retries are at most this part of the calls.
    pub budget: Option<Share>,
    /// What is tried again.
    pub on: Vec<RetryOn>,
}

words!(
    /// How the waits before retries are spread
    /// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
    Jitter {
        /// Not at all.
        None = "none",
        /// Half of the wait is fixed, half random.
        Equal = "equal",
        /// Anything from nothing to the whole wait.
        Full = "full",
    }

    /// What is tried again.
    RetryOn {
        /// An answer that is an error, or a refused connection.
        Errors = "errors",
        /// No answer in time.
        Timeouts = "timeouts",
    }

    /// What becomes of a request above a rate limit.
    Excess {
        /// It is refused.
        Reject = "reject",
        /// It waits its turn.
        Wait = "wait",
    }
);

/// A circuit breaker: after failures nothing is tried for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Breaker {
    /// It opens after so many failures in a row.
    pub failures: Option<u32>,
    /// It opens when this part of the calls failed.
    pub failure_rate: Option<Share>,
    /// The part is taken of so many of the latest calls.
    pub window: u32,
    /// Fewer calls than this are not judged.
    pub min_calls: Option<u32>,
    /// A call that takes longer counts as slow.
    pub slow: Option<Duration>,
    /// It opens when this part of the calls was slow.
    pub slow_rate: Option<Share>,
    /// How long nothing is tried.
    pub open: Duration,
    /// How many calls are let through to try after that.
    pub probes: u32,
}

/// How often something may be done: a token bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    /// On average.
    pub rate: Rate,
    /// At once.
    pub burst: Option<u32>,
    /// What becomes of the rest.
    pub excess: Excess,
}

/// How often something may be done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bulkhead {
    /// So often.
    pub concurrent: u32,
    /// So many may wait; more are refused.
    pub waiting: u32,
}

/// What is done when a step fails.
#[derive(Debug, Clone, PartialEq)]
pub enum Fallback {
    /// Nothing: the operation goes on without it.
    Skip,
    /// Something else.
    Steps(Vec<Step>),
}

/// The states a thing can be in, and the only ways from one to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMachine {
    /// Its name, unique in the service.
    pub name: String,
    /// The states; the first is where a thing starts.
    pub states: Vec<State>,
}

/// A state of a [`StateMachine`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its name, unique in the machine.
    pub name: String,
    /// The states that may come next, by index; an end has none.
    pub next: Vec<usize>,
    /// A thing that stays in it longer is stuck.
    pub stuck: Option<Duration>,
}
