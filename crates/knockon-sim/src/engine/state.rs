//! What changes while a system is played.

use std::collections::VecDeque;

use crate::autoscaler::ServiceAutoscaler;
use crate::breaker::Breaker;
use crate::broker;
use crate::cache::Cache;
use crate::cpu::Cpu;
use crate::histogram::Histogram;
use crate::limiter::Limiter;
use crate::pool::Pool;
use crate::program::{Memory, NONE};
use crate::restart::Restarts;
use crate::retry::Budget;

use super::condition::Condition;
use super::frame::{Frame, Outcome};

/// One copy of a service.
#[derive(Debug, Clone)]
pub(crate) struct Replica {
    pub(crate) service: u32,
    /// Its number among the replicas that its service ever had.
    pub(crate) ordinal: u32,
    pub(crate) phase: Phase,
    pub(crate) ready: bool,
    pub(crate) frozen: bool,
    /// Counts its processes, so that what was meant for one does not hit the next.
    pub(crate) incarnation: u32,
    pub(crate) version: u32,
    /// Which rollout it came with.
    pub(crate) revision: u32,
    pub(crate) free_workers: u32,
    /// Requests in progress, and how many its memory has room for.
    pub(crate) live: u32,
    pub(crate) live_max: u32,
    /// How many requests may wait for a worker.
    pub(crate) backlog: u32,
    pub(crate) queue: VecDeque<u32>,
    pub(crate) cpu: Option<Cpu>,
    /// The limit of its processor; and the same as far as it can matter.
    pub(crate) cpu_limit_m: Option<u64>,
    pub(crate) cpu_quota_m: Option<u64>,
    /// The event at which its processor is looked at next, and when that is.
    pub(crate) cpu_seq: u32,
    pub(crate) cpu_due: u64,
    /// Processor time used while nothing limited it.
    pub(crate) used_ns: u64,
    /// What had been used, and how many requests had come, when an autoscaler looked last.
    pub(crate) used_before: u64,
    pub(crate) sampled_ns: u64,
    pub(crate) arrivals: u64,
    pub(crate) arrivals_before: u64,
    pub(crate) leaked: u64,
    pub(crate) leak_per_s: u64,
    /// It is not started again before it is let.
    pub(crate) held_down: bool,
    pub(crate) pools: Vec<Pool>,
    pub(crate) guards: Vec<Guard>,
    pub(crate) limiters: Vec<(u32, Limiter)>,
    pub(crate) consumers: Vec<Consumer>,
    /// What was to blame for the last request that gave a connection back, and for a probe that failed.
    pub(crate) pool_blame: u32,
    pub(crate) probe_blame: u32,
    /// What was to blame for the last request that ended here.
    pub(crate) last_blame: u32,
    /// Why it is not up, or not itself.
    pub(crate) trouble: u32,
    pub(crate) started_at: u64,
    pub(crate) ready_changed_at: u64,
    pub(crate) restarts: u32,
    pub(crate) restart: Restarts,
    pub(crate) probes: [ProbeState; 3],
    /// Frames that go on when it is thawed.
    pub(crate) held: Vec<u32>,
    /// Why its last process ended, as Kubernetes says it.
    pub(crate) last_end: &'static str,
}

impl Replica {
    /// The processor time that it has used so far.
    pub(crate) fn cpu_usage(&self) -> u64 {
        self.used_ns + self.cpu.as_ref().map_or(0, Cpu::cpu_usage_ns)
    }

    /// The same as of that moment: a processor is brought up to date only when something happens.
    pub(crate) fn cpu_usage_at(&self, now_ns: u64) -> u64 {
        let mut cpu = self.cpu.clone();
        if let Some(cpu) = &mut cpu {
            cpu.advance(now_ns);
        }
        self.used_ns + cpu.as_ref().map_or(0, Cpu::cpu_usage_ns)
    }

    /// The memory that it uses.
    pub(crate) fn memory_bytes(&self, memory: &Memory) -> u64 {
        if !matches!(self.phase, Phase::Up | Phase::Stopping | Phase::Starting) {
            return 0;
        }
        memory.idle + self.leaked + u64::from(self.live) * memory.per_request
    }
}

/// How far a replica is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its process starts.
    Starting,
    Up,
    /// It takes nothing new and ends when it is done.
    Stopping,
    /// It waits to be started again.
    BackingOff,
    /// It ended and is not started again.
    Ended,
    /// It is no more.
    Gone,
}

/// What a replica remembers of one guarded step.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) site: u32,
    pub(crate) breaker: Option<Breaker>,
    /// Held open or closed by hand.
    pub(crate) forced: Option<bool>,
    pub(crate) limiter: Option<Limiter>,
    pub(crate) free_places: u32,
    pub(crate) waiting: VecDeque<u32>,
    pub(crate) budget: Option<Budget>,
    /// What failed last.
    pub(crate) because: u32,
}

/// The consumers of one operation in one replica.
#[derive(Debug, Clone, Default)]
pub(crate) struct Consumer {
    pub(crate) operation: u32,
    /// Messages that are being worked off.
    pub(crate) busy: u32,
    /// Messages that it holds and has not begun.
    pub(crate) held: VecDeque<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ProbeState {
    pub(crate) failures: u32,
    pub(crate) successes: u32,
    pub(crate) passed: bool,
    /// The number of the question that is out.
    pub(crate) asked: u32,
}

/// A service as it is now.
#[derive(Debug, Clone)]
pub(crate) struct ServiceState {
    /// Its replicas, starting and ending ones included.
    pub(crate) replicas: Vec<u32>,
    /// Those that get requests.
    pub(crate) ready: Vec<u32>,
    pub(crate) cursor: u32,
    /// How many replicas it is to have.
    pub(crate) wanted: u32,
    pub(crate) ordinals: u32,
    pub(crate) version: u32,
    /// The version before, and how many rollouts there were.
    pub(crate) version_before: u32,
    pub(crate) revision: u32,
    /// What happens to requests on the way to it, and to those on the way from it.
    pub(crate) conditions: Vec<Condition>,
    pub(crate) outgoing: Vec<Condition>,
    pub(crate) connections: u32,
    pub(crate) max_connections: u32,
    pub(crate) connections_refused: u64,
    /// Who answers in its place.
    pub(crate) redirect: u32,
    /// Why it is not itself.
    pub(crate) trouble: u32,
    /// How many of the platforms that it cannot do without are down, and of those that manage it.
    pub(crate) platforms_down: u32,
    pub(crate) unmanaged: u32,
    /// Down itself, as a platform.
    pub(crate) is_down: bool,
    pub(crate) failover: FailoverState,
    pub(crate) autoscaler: Option<ServiceAutoscaler>,
    /// What the autoscaler asked for last.
    pub(crate) autoscaler_limited: u32,
    pub(crate) cache: Option<Box<Cache>>,
    /// Users whose writes the read replicas do not have yet.
    pub(crate) writes: VecDeque<(u64, u32, u32)>,
    pub(crate) writes_lost: u64,
    pub(crate) lag_ns: u64,
    pub(crate) stale_reads: u64,
    pub(crate) rollout: Option<RolloutState>,
    pub(crate) cpu_limit_m: Option<u64>,
    pub(crate) memory: Memory,
    pub(crate) start_ns: u64,
    /// Consumers take no messages.
    pub(crate) paused: bool,
    /// Versions it had, by number.
    pub(crate) versions: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailoverState {
    None,
    Pending,
    Done,
}

/// A new version on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RolloutState {
    /// The revision that all replicas are to have.
    pub(crate) to: u32,
    /// It is being carried on at this moment.
    pub(crate) busy: bool,
}

/// A queue as it is now.
#[derive(Debug, Clone)]
pub(crate) struct QueueState {
    pub(crate) queue: broker::Queue,
    /// Whose turn it is.
    pub(crate) cursor: u32,
    /// When its head expires, as far as an event is out for it.
    pub(crate) expires_at: u64,
    /// Why it refuses or does not move.
    pub(crate) trouble: u32,
    /// That is over; what piled up meanwhile is still there.
    pub(crate) lingers: bool,
    pub(crate) waits: Histogram,
    /// The consumers of every replica: the replica, and which of its consumers.
    pub(crate) consumers: Vec<(u32, u32)>,
}

/// A message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    pub(crate) user: u32,
    pub(crate) luck: u64,
    pub(crate) path: u32,
    pub(crate) blame: u32,
    pub(crate) published: u64,
    pub(crate) deliveries: u32,
    /// The queue that it was first dead-lettered from.
    pub(crate) came_from: u32,
    /// Where it is, while a consumer has it.
    pub(crate) delivery: Option<broker::Delivery>,
}

impl Message {
    /// One that a request publishes now. Its luck and its path are its own.
    pub(super) fn new(of: &Frame, luck: u64, path: u32, now: u64) -> Self {
        Self {
            user: of.user,
            luck,
            path,
            blame: of.tainted(),
            published: now,
            deliveries: 0,
            came_from: NONE,
            delivery: None,
        }
    }
}

/// Somebody on a journey.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct User {
    pub(crate) journey: u32,
    /// The number of the user in the demand; the same in every run of a seed.
    pub(crate) number: u64,
    pub(crate) luck: u64,
    /// The action that comes next, or is being done.
    pub(crate) action: u32,
    /// What carries something for this user: requests, messages, the user's own next step.
    pub(crate) carriers: u32,
    pub(crate) state: UserState,
    /// Stages reached, a bit each.
    pub(crate) stages: u64,
    pub(crate) started: u64,
    pub(crate) action_started: u64,
    pub(crate) blame: u32,
    pub(crate) excess: u64,
    pub(crate) generator: u32,
    /// When something was given back that was not charged yet; 0 if that is nothing.
    pub(crate) refunded_at: u64,
    pub(crate) flags: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum UserState {
    #[default]
    /// Doing something, or thinking.
    Active,
    /// Waits for something that comes by itself before the next action.
    Waits,
    /// Saw an error and left.
    GaveUp,
    /// Was told that all is well.
    Served,
}

pub(crate) const COMPLETED: u8 = 1;
pub(crate) const CHARGED: u8 = 2;
pub(crate) const DOUBLED: u8 = 4;
pub(crate) const DOUBLE_CHARGED: u8 = 8;
pub(crate) const SLOW: u8 = 16;
pub(crate) const LATE: u8 = 32;
pub(crate) const SAMPLED: u8 = 64;
pub(crate) const WRITE_LOST: u8 = 128;

/// A thing that goes through the states of a machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thing {
    pub(crate) machine: u32,
    pub(crate) state: u32,
    /// The number of its stay in that state; no other has it.
    pub(crate) moves: u32,
    pub(crate) stuck: bool,
    /// Its user is gone.
    pub(crate) orphan: bool,
}

/// What is counted of an operation.
#[derive(Debug, Clone)]
pub(crate) struct OperationStats {
    pub(crate) ended: [u64; Outcome::ALL.len()],
    pub(crate) done: Histogram,
    pub(crate) failed: Histogram,
    /// Ended when nobody waited any more.
    pub(crate) wasted: u64,
    /// Repetitions that were recognised.
    pub(crate) repeated: u64,
    /// When it was last done; 0 if it never was.
    pub(crate) done_at: u64,
}

impl Default for OperationStats {
    fn default() -> Self {
        Self {
            ended: [0; Outcome::ALL.len()],
            done: Histogram::new(),
            failed: Histogram::new(),
            wasted: 0,
            repeated: 0,
            done_at: 0,
        }
    }
}

/// What is counted of a step that asks somebody.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SiteStats {
    pub(crate) attempts: u64,
    pub(crate) retries: u64,
    pub(crate) ended: [u64; Outcome::ALL.len()],
    pub(crate) fallbacks: u64,
    /// When it last went well; 0 if it never did.
    pub(crate) done_at: u64,
}

/// What is counted of a journey.
#[derive(Debug, Clone, Default)]
pub(crate) struct JourneyStats {
    pub(crate) started: u64,
    pub(crate) served: u64,
    pub(crate) gave_up: u64,
    pub(crate) completed: u64,
    pub(crate) late: u64,
    pub(crate) slow: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) double_charged: u64,
    pub(crate) charged_unfulfilled: u64,
    /// Answers to what users did, and how long journeys took to complete.
    pub(crate) answers: Histogram,
    pub(crate) completion: Histogram,
    pub(crate) stages: Vec<u64>,
}

/// No user.
pub(crate) const NOBODY: u32 = NONE;
