//! A request in progress.

use crate::breaker::Permit;
use crate::pool::{Connection, Ticket};
use crate::program::NONE;

/// Something that goes through the instructions of an operation: a request, a branch of one, a message
/// being worked off, a probe.
///
/// A frame outlives its caller's patience: whoever gave up has another ticket by then, and the answer
/// finds nobody.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// The next instruction.
    pub(crate) ip: u32,
    pub(crate) operation: u32,
    pub(crate) replica: u32,
    pub(crate) user: u32,
    /// The frame that waits for it, if it still has that ticket.
    pub(crate) parent: u32,
    pub(crate) ticket: u32,
    /// The ticket of what this frame waits for; 0 when it waits for no answer.
    pub(crate) awaits: u32,
    /// The frame that it waits for.
    pub(crate) child: u32,
    /// The event that wakes it, and the one that ends its patience; 0 when there is none.
    pub(crate) wake: u32,
    pub(crate) timer: u32,
    /// The site that it is at.
    pub(crate) site: u32,
    /// Its message, its replica's probe, or its saga's attempts.
    pub(crate) extra: u32,
    /// Why it is late or has failed.
    pub(crate) blame: u32,
    /// What would be to blame if it gave up now.
    pub(crate) suspect: u32,
    pub(crate) path: u32,
    /// Where a lookup goes on that missed; [`NONE`] when it is at none.
    pub(crate) after_miss: u32,
    /// The saga that it is in.
    pub(crate) saga: u32,
    /// Branches that have not ended.
    pub(crate) branches: u16,
    pub(crate) attempt: u8,
    /// Attempts of its saga.
    pub(crate) tries: u8,
    pub(crate) at: At,
    pub(crate) role: Role,
    pub(crate) flags: u8,
    pub(crate) started: u64,
    /// Since when it is where it is.
    pub(crate) since: u64,
    /// When this attempt began.
    pub(crate) asked: u64,
    /// The longest single delay on its way that nobody planned.
    pub(crate) excess: u64,
    pub(crate) luck: u64,
    /// By when its saga is to be done; 0 when nothing bounds it.
    pub(crate) deadline: u64,
}

/// What a frame holds of its replica's pools and breakers; few frames hold anything.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hold {
    /// The connection that it holds, and its place in the line for one.
    pub(crate) connection: Option<Connection>,
    pub(crate) in_line: Option<Ticket>,
    /// A breaker let it through.
    pub(crate) permit: Option<Permit>,
}

/// What a frame waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// On the way to a service.
    Travelling,
    /// For a worker.
    Queued,
    /// For nothing.
    Running,
    /// For the processor.
    Computing,
    /// For time to pass.
    Waiting,
    /// For an answer.
    Asking,
    /// For a connection of a pool.
    Pooled,
    /// For its turn under a rate limit.
    Limited,
    /// For its turn under a bulkhead.
    Crowded,
    /// For the time before the next attempt.
    BackingOff,
    /// For its branches.
    Joining,
    /// For a broker to confirm.
    Confirming,
    /// For the answer of a cache or a broker that is late.
    Fetching,
    /// For its turn at the door of its own service.
    Admitting,
    /// Nobody waits for it, and nothing more is done for it.
    Dropped,
}

/// Who is told how a frame ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A user.
    Action,
    /// The frame that asked.
    Call,
    /// The frame whose branch it is.
    Branch,
    /// Nobody.
    Detached,
    /// The queue that its message came from.
    Consumer,
    /// The replica whose probe it is.
    Probe,
}

/// It holds a worker of its replica.
pub(crate) const HOLDS_WORKER: u8 = 1;
/// It is counted among the connections of the service that it is at.
pub(crate) const HOLDS_CONNECTION: u8 = 2;
/// It holds a place under a bulkhead.
pub(crate) const HOLDS_PLACE: u8 = 4;
/// It holds something of a pool or a breaker: see [`Hold`].
pub(crate) const HOLDS: u8 = 8;
/// It went on without something.
pub(crate) const DEGRADED: u8 = 16;
/// One of its branches failed.
pub(crate) const BRANCH_FAILED: u8 = 32;
/// Its spans are recorded.
pub(crate) const TRACED: u8 = 64;
/// It is counted among those in progress at its replica.
pub(crate) const COUNTED: u8 = 128;

impl Default for Frame {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Frame {
    pub(crate) const EMPTY: Self = Self {
        ip: 0,
        operation: 0,
        replica: NONE,
        user: NONE,
        parent: NONE,
        ticket: 0,
        awaits: 0,
        child: NONE,
        wake: 0,
        timer: 0,
        site: NONE,
        extra: NONE,
        blame: 0,
        suspect: 0,
        path: 0,
        after_miss: NONE,
        saga: NONE,
        branches: 0,
        attempt: 0,
        tries: 0,
        at: At::Running,
        role: Role::Detached,
        flags: 0,
        started: 0,
        since: 0,
        asked: 0,
        excess: 0,
        luck: 0,
        deadline: 0,
    };

    #[inline]
    pub(crate) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Notes a delay that nobody planned, if it is the longest so far.
    #[inline]
    pub(crate) fn delayed(&mut self, by_ns: u64, blame: u32) {
        if by_ns > self.excess {
            self.excess = by_ns;
            self.blame = blame;
        }
    }
}

/// How a request, or one attempt of it, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was done.
    Done,
    /// The answer was an error.
    Failed,
    /// Nobody took it: no replica was ready, or its queue was full.
    Refused,
    /// No answer came in time.
    TimedOut,
    /// Whoever worked on it ended.
    Reset,
    /// The name of the service was not found.
    NotFound,
    /// A rate limit turned it away.
    Limited,
    /// A circuit breaker let nothing through.
    BreakerOpen,
    /// A bulkhead was full.
    Crowded,
    /// No connection of the pool came free in time.
    NoConnection,
}

impl Outcome {
    /// Every one, in the order of their indexes.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Failed,
        Self::Refused,
        Self::TimedOut,
        Self::Reset,
        Self::NotFound,
        Self::Limited,
        Self::BreakerOpen,
        Self::Crowded,
        Self::NoConnection,
    ];

    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Reset => "reset",
            Self::NotFound => "not_found",
            Self::Limited => "limited",
            Self::BreakerOpen => "breaker_open",
            Self::Crowded => "crowded",
            Self::NoConnection => "no_connection",
        }
    }

    /// The HTTP status that a service answers with whose step ended so.
    pub fn status(self) -> u16 {
        match self {
            Self::Done => 200,
            Self::Failed | Self::Reset => 500,
            Self::Limited => 429,
            Self::TimedOut => 504,
            Self::Refused
            | Self::NotFound
            | Self::BreakerOpen
            | Self::Crowded
            | Self::NoConnection => 503,
        }
    }

    /// Whether nobody knows if the work was done.
    pub(crate) fn is_unknown(self) -> bool {
        matches!(self, Self::TimedOut | Self::Reset)
    }

    /// Whether the callee was asked at all, or something on the caller's own side said no.
    pub(crate) fn is_own_refusal(self) -> bool {
        matches!(self, Self::BreakerOpen | Self::Crowded)
    }
}
