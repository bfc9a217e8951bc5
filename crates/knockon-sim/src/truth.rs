//! What really happened: for every request that failed or was late, the chain of reasons back to a
//! fault, an action, or to nothing but chance and load.
//!
//! A reason is an effect at a place, because of another reason. Reasons are shared: a run has few
//! different ones, however many requests they hit. A chain never names the same effect at the same
//! place twice, so that a storm that feeds itself has a finite story.
//!
//! A request that waited for something inherits the reason of whoever held it. That is how a fault
//! that is long over is found behind a queue that it filled.

use std::collections::BTreeMap;

/// No reason: nothing is wrong.
pub(crate) const NOTHING: u32 = 0;

/// A part of a system that can be to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A service, by its index; read replicas come after the services of the model.
    Service(u32),
    /// A queue, by its index over all brokers.
    Queue(u32),
    /// A journey, by its index: its demand.
    Journey(u32),
}

/// What went wrong at a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// A fault or an action set in here.
    Origin,
    /// It had no replica that was ready.
    Down,
    /// Its replica ended while it worked.
    Died,
    /// Requests waited for a worker, or were refused because too many did.
    Overloaded,
    /// Its processor was used up.
    Throttled,
    /// An answer was late.
    Slow,
    /// It answered with an error, or what it needs did.
    Failed,
    /// It gave up waiting.
    TimedOut,
    /// It had no connection left.
    OutOfConnections,
    /// Its breaker was open.
    BreakerOpen,
    /// A rate limit turned away.
    Limited,
    /// A bulkhead was full.
    Crowded,
    /// A queue refused or dropped a message.
    QueueFull,
    /// A message waited for a consumer.
    Backlog,
    /// A cache did not have it, or could not take it.
    CacheMissed,
    /// A move was refused.
    MoveRefused,
    /// A probe failed, and the replica was restarted.
    Killed,
    /// Its memory was used up, and it was killed.
    OutOfMemory,
}

impl Effect {
    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Down => "down",
            Self::Died => "died",
            Self::Overloaded => "overloaded",
            Self::Throttled => "throttled",
            Self::Slow => "slow",
            Self::Failed => "failed",
            Self::TimedOut => "timed out",
            Self::OutOfConnections => "out of connections",
            Self::BreakerOpen => "breaker open",
            Self::Limited => "rate limited",
            Self::Crowded => "bulkhead full",
            Self::QueueFull => "queue full",
            Self::Backlog => "backlog",
            Self::CacheMissed => "cache missed",
            Self::MoveRefused => "move refused",
            Self::Killed => "killed by its probe",
            Self::OutOfMemory => "out of memory",
        }
    }
}

/// An effect at a part, because of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Where.
    pub part: Part,
    /// What.
    pub effect: Effect,
    /// The index of the reason behind it; 0 when there is none.
    pub because: u32,
    /// The fault or the action that it leads back to, by its number from 1; 0 for chance and load.
    pub origin: u32,
}

/// All reasons of a run, each once.
#[derive(Debug, Clone)]
pub(crate) struct Reasons {
    list: Vec<Reason>,
    index: BTreeMap<Reason, u32>,
    /// What was asked for last, by a part of it: most questions are repeated.
    recent: Vec<(Part, Effect, u32, u32)>,
}

/// How many of the latest questions are kept; a power of two.
const RECENT: usize = 64;

/// A chain is cut after so many links.
const LINKS_MAX: usize = 24;

impl Default for Reasons {
    fn default() -> Self {
        let nothing =
            Reason { part: Part::Journey(u32::MAX), effect: Effect::Origin, because: 0, origin: 0 };
        let unasked = (Part::Journey(u32::MAX), Effect::Origin, u32::MAX, 0);
        Self { list: vec![nothing], index: BTreeMap::new(), recent: vec![unasked; RECENT] }
    }
}

impl Reasons {
    #[inline]
    pub(crate) fn get(&self, reason: u32) -> Reason {
        self.list[reason as usize]
    }

    /// The reason of a fault or an action, numbered from 1.
    pub(crate) fn origin(&mut self, part: Part, origin: u32) -> u32 {
        self.add(Reason { part, effect: Effect::Origin, because: NOTHING, origin })
    }

    /// That effect at that part because of a reason. Where the chain has it already, that link.
    #[inline]
    pub(crate) fn because(&mut self, part: Part, effect: Effect, because: u32) -> u32 {
        let known = self.list[because as usize];
        if because != NOTHING && known.part == part && known.effect == effect {
            return because;
        }
        self.because_of_another(part, effect, because)
    }

    fn because_of_another(&mut self, part: Part, effect: Effect, because: u32) -> u32 {
        let (Part::Service(index) | Part::Queue(index) | Part::Journey(index)) = part;
        let place = (index ^ because << 3) as usize & (RECENT - 1);
        let recent = self.recent[place];
        if (recent.0, recent.1, recent.2) == (part, effect, because) {
            return recent.3;
        }
        let reason = self.find(part, effect, because);
        self.recent[place] = (part, effect, because, reason);
        reason
    }

    fn find(&mut self, part: Part, effect: Effect, because: u32) -> u32 {
        let (mut at, mut links) = (because, 0);
        while at != NOTHING {
            let reason = self.list[at as usize];
            if reason.part == part && reason.effect == effect {
                return at;
            }
            at = reason.because;
            links += 1;
        }
        if links >= LINKS_MAX {
            return because;
        }
        let origin = self.list[because as usize].origin;
        self.add(Reason { part, effect, because, origin })
    }

    fn add(&mut self, reason: Reason) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let list = &mut self.list;
        *self.index.entry(reason).or_insert_with(|| {
            list.push(reason);
            next
        })
    }
}
