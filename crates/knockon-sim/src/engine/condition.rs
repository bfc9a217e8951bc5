//! What can happen to a request on its way to a service.

use crate::clock::END_OF_TIME;
use crate::program::{NONE, Time};
use crate::random;

use super::frame::Outcome;

/// Something that happens to requests that match, until it is lifted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Condition {
    /// Who set it; it is lifted by that number.
    pub(crate) origin: u32,
    /// Only requests from or to this service, or [`OUTSIDE`]; [`NONE`] for any.
    pub(crate) other: u32,
    /// Only requests for this operation; [`NONE`] for any.
    pub(crate) operation: u32,
    /// Only for users of this member of a cohort.
    pub(crate) member: Option<(u32, u32)>,
    /// Only at replicas of this version; [`NONE`] for any.
    pub(crate) version: u32,
    /// Only for users of this journey; [`NONE`] for any.
    pub(crate) journey: u32,
    /// Only at replicas with a lower number; [`NONE`] for any.
    pub(crate) ordinals_below: u32,
    /// This part of the requests, as an upper bound in random 64-bit numbers.
    pub(crate) share: u64,
    pub(crate) salt: u64,
    pub(crate) effect: Bend,
    /// The reason in the truth.
    pub(crate) reason: u32,
}

/// Stands for a user, or a service's own clock, where a service could be named.
pub(crate) const OUTSIDE: u32 = NONE - 1;

/// What all conditions together do to one request: delays add up, and one that is not to arrive does
/// not, however late.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Bent {
    pub(crate) delay_ns: u64,
    /// The reason of the longest delay, and that delay.
    pub(crate) late: u32,
    pub(crate) longest_ns: u64,
    /// An answer in its place, or none at all, and why. What never arrives is never answered.
    pub(crate) end: Option<(Bend, u32)>,
}

impl Bent {
    /// One more condition hits a request with that luck.
    pub(crate) fn add(&mut self, condition: &Condition, luck: u64) {
        match condition.effect {
            Bend::Delay(time) => {
                let delay_ns = time.draw(luck ^ condition.salt);
                self.delay_ns = self.delay_ns.saturating_add(delay_ns);
                if delay_ns >= self.longest_ns {
                    (self.longest_ns, self.late) = (delay_ns, condition.reason);
                }
            }
            Bend::Swallow => self.end = Some((Bend::Swallow, condition.reason)),
            Bend::Answer(_) => {
                self.end.get_or_insert((condition.effect, condition.reason));
            }
        }
    }
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bend {
    /// It arrives later.
    Delay(Time),
    /// It is answered at once, with that.
    Answer(Outcome),
    /// It never arrives, and no answer comes.
    Swallow,
}

/// How long a connection attempt lasts that nobody answers: Linux sends six more SYN packets, 1, 2, 4,
/// 8, 16 and 32 s apart, and waits 64 s for the last (`tcp_syn_retries`,
/// <https://docs.kernel.org/networking/ip-sysctl.html>).
pub(crate) const CONNECT_GIVES_UP_NS: u64 = 127 * crate::clock::SECOND;

impl Condition {
    /// One that hits everything.
    pub(crate) fn new(origin: u32, effect: Bend, reason: u32) -> Self {
        Self {
            origin,
            other: NONE,
            operation: NONE,
            member: None,
            version: NONE,
            journey: NONE,
            ordinals_below: NONE,
            share: u64::MAX,
            salt: random::hash(&[0xc0_4d, u64::from(origin)]),
            effect,
            reason,
        }
    }

    /// Whether it hits a request with that luck.
    pub(crate) fn hits(&self, luck: u64) -> bool {
        self.share == u64::MAX || random::mix(luck ^ self.salt) < self.share
    }
}

impl Time {
    /// A length of time for that key.
    #[inline(always)]
    pub(crate) fn draw(self, key: u64) -> u64 {
        match self {
            Self::Constant(ns) => ns,
            Self::Exponential(mean) => random::whole_ns(random::exponential(key) * mean + 0.5),
            Self::LogNormal(of) => {
                random::whole_ns(random::log_normal(key, of) + 0.5).min(END_OF_TIME)
            }
        }
    }

    /// The same time, longer or shorter by a factor.
    pub(crate) fn times(self, factor: f64) -> Self {
        match self {
            Self::Constant(ns) => Self::Constant(crate::clock::rounded(ns as f64 * factor)),
            Self::Exponential(mean) => Self::Exponential(mean * factor),
            Self::LogNormal(of) => Self::LogNormal(random::LogNormal {
                mu: of.mu + random::elementary::ln(factor),
                sigma: of.sigma,
            }),
        }
    }
}
