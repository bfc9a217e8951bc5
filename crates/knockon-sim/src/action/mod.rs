//! What people do to a running system: to mend it, mostly.

use std::fmt;
use std::time::Duration;

use knockon_core::{Bytes, Cpu, OperationId, Overflow, QueueId, ServiceId, Share, StepId};

use crate::broker::Policy;
use crate::clock::nanos;
use crate::program::Unplayable;

mod carry_out;
mod looks;

pub use crate::engine::levers::Feature;

/// Something that people do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Another number of replicas; an autoscaler may change it again.
    Scale {
        /// Of which service.
        service: ServiceId,
        /// How many.
        replicas: u32,
    },
    /// All replicas are replaced by new ones of the same version, as far as possible without a gap.
    Restart {
        /// Of which service.
        service: ServiceId,
    },
    /// Another version is rolled out.
    Deploy {
        /// Of which service.
        service: ServiceId,
        /// Which version.
        version: String,
    },
    /// The version before is rolled out.
    RollBack {
        /// Of which service.
        service: ServiceId,
    },
    /// Each replica may use more or less, at once.
    Limit {
        /// Of which service.
        service: ServiceId,
        /// What.
        limit: Limit,
    },
    /// A queue is held to another policy.
    SetPolicy {
        /// Which queue.
        queue: QueueId,
        /// To what.
        limits: QueueLimits,
    },
    /// A queue is held to what the model says, whoever changed that.
    ClearPolicy {
        /// Which queue.
        queue: QueueId,
    },
    /// The circuit breakers of a step are held open or closed, or begin anew.
    Breaker {
        /// Which step.
        step: StepId,
        /// What becomes of them.
        to: BreakerTo,
    },
    /// Hands over to who is to take over, or back again.
    FailOver {
        /// For which service.
        service: ServiceId,
    },
    /// A part of the requests is refused at the door.
    Shed {
        /// Of what.
        load: Load,
        /// Which part.
        share: Share,
    },
    /// An arm of a branch is turned on or off.
    Toggle {
        /// The branch.
        step: StepId,
        /// Which of its arms.
        arm: usize,
        /// To what.
        to: Feature,
    },
    /// A step waits for its answers shorter or longer.
    Timeout {
        /// Which step.
        step: StepId,
        /// How long; for ever when it is not said.
        timeout: Option<Duration>,
    },
    /// All messages that are ready are removed.
    Purge {
        /// From which queue.
        queue: QueueId,
    },
    /// Dead letters go back to the queues that they came from.
    Replay {
        /// In which queue they are.
        queue: QueueId,
    },
    /// Consumers take no messages.
    PauseConsumers {
        /// Of which service.
        service: ServiceId,
    },
    /// They take messages again, whoever stopped them.
    ResumeConsumers {
        /// Of which service.
        service: ServiceId,
    },
    /// A cache forgets all it keeps.
    Flush {
        /// Which cache.
        cache: ServiceId,
    },
    /// A fault is removed, or what an earlier action set is undone.
    Lift {
        /// Its number in the timeline, from 1; actions between events count on from there.
        origin: u32,
    },
}

/// What can be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The processor time of each replica; none for as much as it wants.
    Cpu(Option<Cpu>),
    /// The memory of each replica; one that uses more is killed.
    Memory(Option<Bytes>),
    /// How many requests each works on at once. It takes new processes: all replicas are replaced.
    Workers(u32),
    /// How many connections each keeps to another service at most.
    Pool(ServiceId, u32),
    /// How many connections a database accepts.
    Connections(u32),
}

/// What becomes of circuit breakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakerTo {
    /// Held open: nothing gets through.
    Open,
    /// Held closed: everything gets through.
    Closed,
    /// Closed, and on their own again.
    Reset,
}

/// What load is shed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// What users of a journey do, by its index.
    Journey(usize),
    /// Requests for an operation, whoever asks.
    Operation(OperationId),
}

/// What a queue is held to; what is not said stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueLimits {
    /// How many messages may be ready.
    pub max_length: Option<u64>,
    /// How many bytes may be ready.
    pub max_bytes: Option<Bytes>,
    /// What it does when it is full.
    pub overflow: Option<Overflow>,
    /// How long a message may be ready, of those published from then on.
    pub ttl: Option<Duration>,
}

impl QueueLimits {
    pub(crate) fn over(&self, policy: Policy) -> Policy {
        Policy {
            max_length: self.max_length.or(policy.max_length),
            max_bytes: self.max_bytes.map(|it| it.count).or(policy.max_bytes),
            overflow: self.overflow.unwrap_or(policy.overflow),
            ttl_ns: self.ttl.map(nanos).or(policy.ttl_ns),
            ..policy
        }
    }

    pub(crate) fn describe(&self) -> String {
        let parts = [
            self.max_length.map(|it| format!("max_length {it}")),
            self.max_bytes.map(|it| format!("max_bytes {}", it.count)),
            self.overflow.map(|it| format!("overflow {it}")),
            self.ttl.map(|it| format!("ttl {} s", it.as_secs_f64())),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionError {
    /// The system has nothing to do it to.
    Impossible(Vec<Unplayable>),
    /// There is no version before.
    NoVersionBefore(String),
    /// Nobody can take over now.
    NobodyTakesOver(String),
    /// There is no fault or action of that number.
    NoSuchOrigin(u32),
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Impossible(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("\n"))
            }
            Self::NoVersionBefore(name) => write!(f, "`{name}` had no other version before"),
            Self::NobodyTakesOver(name) => write!(f, "nobody can take over for `{name}` now"),
            Self::NoSuchOrigin(origin) => write!(f, "there was no fault or action {origin}"),
        }
    }
}

impl std::error::Error for ActionError {}
