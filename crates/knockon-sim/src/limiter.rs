//! Rate limits: a token bucket, kept as the generic cell rate algorithm (GCRA, ITU-T I.371).
//!
//! A token bucket of `burst` tokens that fills at a rate needs no timer and no count of tokens when it
//! remembers only the time at which it will be full again, the theoretical arrival time: each request
//! moves that time on by one interval, and one that would move it further than the bucket is deep has
//! to wait or is refused (<https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm>).

use knockon_core::{Excess, RateLimit};

/// Bits below the nanosecond, so that a rate of millions a second is kept as well.
const FRACTION_BITS: u32 = 32;

/// Nanoseconds in an hour.
const HOUR_NS: f64 = 3600e9;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on at once.
    Now,
    /// It goes on at that time, in nanoseconds; its place is taken.
    Wait(u64),
    /// It is refused.
    Refused,
}

/// A rate limit and how much of it is used.
#[derive(Debug, Clone)]
pub(crate) struct Limiter {
    /// When the bucket is full again, in 2⁻³² ns.
    full_at: u128,
    /// The time of one token; 0 when nothing may pass at all.
    interval: u128,
    /// How far `full_at` may be ahead: the whole bucket but one token.
    depth: u128,
    waits: bool,
}

impl Limiter {
    /// A full bucket. Without a `burst` it holds what comes in a second, and at least one token.
    ///
    /// A rate of nothing lets nothing pass, not even a burst.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and a cast that saturates is what is wanted"
    )]
    pub(crate) fn new(limit: &RateLimit) -> Self {
        let per_hour = limit.rate.per_hour;
        let interval = if per_hour > 0.0 {
            ((HOUR_NS / per_hour * (1_u64 << FRACTION_BITS) as f64).min(1e30) as u128).max(1)
        } else {
            0
        };
        let burst = limit.burst.map_or((per_hour / 3600.0) as u64, u64::from).max(1);
        Self {
            full_at: 0,
            interval,
            depth: interval.saturating_mul(u128::from(burst - 1)),
            waits: limit.excess == Excess::Wait,
        }
    }

    /// Asks for one token. Time must not go backwards.
    pub(crate) fn ask(&mut self, now_ns: u64) -> Verdict {
        self.ask_by(now_ns, u64::MAX)
    }

    /// Asks for one token that is of use only until `latest_ns`: rather than wait longer the request
    /// is refused at once and takes no place, as with the limiter of Go
    /// (<https://pkg.go.dev/golang.org/x/time/rate#Limiter.Wait>).
    pub(crate) fn ask_by(&mut self, now_ns: u64, latest_ns: u64) -> Verdict {
        if self.interval == 0 {
            return Verdict::Refused;
        }
        let now = u128::from(now_ns) << FRACTION_BITS;
        let full_at = self.full_at.max(now);
        let allowed_at = full_at.saturating_sub(self.depth);
        let verdict = if allowed_at <= now {
            Verdict::Now
        } else {
            let fraction = (1 << FRACTION_BITS) - 1;
            match u64::try_from(allowed_at.saturating_add(fraction) >> FRACTION_BITS) {
                Ok(at_ns) if self.waits && at_ns <= latest_ns => Verdict::Wait(at_ns),
                _ => return Verdict::Refused,
            }
        };
        self.full_at = full_at.saturating_add(self.interval);
        verdict
    }
}

#[cfg(test)]
mod tests {
    use knockon_core::Rate;
    use proptest::prelude::*;

    use super::Verdict::{Now, Refused, Wait};
    use super::*;

    const MS: u64 = 1_000_000;

    fn limiter(per_second: f64, burst: Option<u32>, excess: Excess) -> Limiter {
        let rate = Rate { per_hour: per_second * 3600.0 };
        Limiter::new(&RateLimit { rate, burst, excess })
    }

    #[test]
    fn what_is_above_the_rate_is_refused_or_waits_its_turn() {
        let check = |burst, excess, asked_ms: &[u64], expected: &[Verdict]| {
            let mut limiter = limiter(10.0, burst, excess);
            let got: Vec<Verdict> = asked_ms.iter().map(|ms| limiter.ask(ms * MS)).collect();
            assert_eq!(got, expected, "{burst:?} {excess:?} {asked_ms:?}");
        };
        check(Some(1), Excess::Reject, &[0, 99, 100, 100], &[Now, Refused, Now, Refused]);
        check(
            Some(1),
            Excess::Wait,
            &[0, 0, 10, 10],
            &[Now, Wait(100 * MS), Wait(200 * MS), Wait(300 * MS)],
        );
        check(
            Some(2),
            Excess::Reject,
            &[500, 500, 500, 600, 600],
            &[Now, Now, Refused, Now, Refused],
        );
        // Full again after an idle time, and never fuller.
        check(Some(2), Excess::Reject, &[0, 0, 900, 900, 900], &[Now, Now, Now, Now, Refused]);
        check(Some(0), Excess::Reject, &[0, 0], &[Now, Refused]);
        check(None, Excess::Reject, &[0; 11], &[[Now; 10].as_slice(), &[Refused]].concat());
    }

    #[test]
    fn rates_from_none_to_very_many_are_kept() {
        assert_eq!(limiter(0.0, Some(5), Excess::Wait).ask(0), Refused);
        let mut rare = limiter(1.0 / 3600.0, None, Excess::Wait);
        assert_eq!(rare.ask(7), Now);
        assert_eq!(rare.ask(8), Wait(3_600_000_000_007));
        let mut rarest = limiter(1e-300, None, Excess::Wait);
        assert_eq!((rarest.ask(0), rarest.ask(1)), (Now, Refused));
        // Three million a second: a third of a microsecond each, a whole number of times.
        let mut many = limiter(3e6, Some(1), Excess::Wait);
        let last = (0..3_000_001).map(|_| many.ask(0)).last();
        let Some(Wait(at_ns)) = last else { panic!("{last:?}") };
        assert!(at_ns.abs_diff(1_000_000_000) < 10, "{at_ns}");
    }

    #[test]
    fn who_would_wait_too_long_takes_no_place() {
        let mut limiter = limiter(10.0, Some(1), Excess::Wait);
        assert_eq!(limiter.ask_by(0, 50 * MS), Now);
        assert_eq!(limiter.ask_by(0, 99 * MS), Refused);
        assert_eq!(limiter.ask_by(0, 100 * MS), Wait(100 * MS));
        assert_eq!(limiter.ask_by(0, 199 * MS), Refused);
    }

    proptest! {
        /// The oracle is a bucket with a count of tokens in it.
        #[test]
        fn it_is_a_token_bucket(
            per_second in 1..1000_u32,
            burst in 1..20_u32,
            waits in any::<bool>(),
            gaps in prop::collection::vec(0..20_000_000_u64, 1..200),
        ) {
            let excess = if waits { Excess::Wait } else { Excess::Reject };
            let mut limiter = limiter(f64::from(per_second), Some(burst), excess);
            let (mut tokens, mut now_ns) = (f64::from(burst), 0);
            for gap_ns in gaps {
                now_ns += gap_ns;
                tokens = (tokens + gap_ns as f64 * f64::from(per_second) / 1e9).min(f64::from(burst));
                if (tokens - 1.0).abs() < 1e-6 && tokens < f64::from(burst) {
                    return Ok(()); // too near to call with f64
                }
                let wait_ns = (1.0 - tokens) / f64::from(per_second) * 1e9;
                match limiter.ask(now_ns) {
                    Now => prop_assert!(tokens >= 1.0),
                    Refused => prop_assert!(tokens < 1.0 && !waits),
                    Wait(at_ns) => {
                        prop_assert!(waits && ((at_ns - now_ns) as f64 - wait_ns).abs() < 100.0);
                    }
                }
                if waits || tokens >= 1.0 {
                    tokens -= 1.0;
                }
            }
        }
    }
}
