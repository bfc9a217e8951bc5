//! Retries: what is tried again, after what wait, and how many retries are too many.
//!
//! Waits grow exponentially and are spread by jitter as described in
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>: the wait is bounded
//! first and spread then.
//!
//! The budget follows the one of Finagle, which linkerd2 and tower took over
//! (<https://finagle.github.io/blog/2016/02/08/retry-budgets>, Apache-2.0;
//! <https://docs.rs/tower/latest/tower/retry/budget/index.html>, MIT): each call pays a part of a
//! token in, each retry takes a whole one out, and what was paid in is gone after ten seconds. A
//! reserve beside it lets a caller retry that calls rarely. Their reserve is 10 retries a second, for
//! one client of a whole process; that of a step of one replica is a tenth of it here, so that the
//! share is what counts already at a few calls a second.

use std::time::Duration;

use knockon_core::{Jitter, Retry, RetryOn, Share};

/// How one step tries again.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    backoff_ns: u64,
    max_ns: u64,
    factor: f64,
    jitter: Jitter,
    errors: bool,
    timeouts: bool,
}

impl Schedule {
    /// The schedule that is written in the model.
    pub(crate) fn of(retry: &Retry) -> Self {
        Self {
            backoff_ns: nanoseconds(retry.backoff),
            max_ns: retry.max.map_or(u64::MAX, nanoseconds),
            factor: retry.factor,
            jitter: retry.jitter,
            errors: retry.on.contains(&RetryOn::Errors),
            timeouts: retry.on.contains(&RetryOn::Timeouts),
        }
    }

    /// Whether it is tried again after that outcome, as long as there are attempts left.
    pub(crate) fn retries(&self, outcome: RetryOn) -> bool {
        match outcome {
            RetryOn::Errors => self.errors,
            RetryOn::Timeouts => self.timeouts,
        }
    }

    /// The wait after attempt number `attempt` (the first is 1), in nanoseconds:
    /// `backoff` × `factor`^(`attempt` − 1), at most `max`, less what the jitter takes.
    ///
    /// `random_bits` are uniformly distributed. Without jitter they do not matter.
    pub(crate) fn delay_ns(&self, attempt: u32, random_bits: u64) -> u64 {
        let whole_ns = self.without_jitter_ns(attempt);
        match self.jitter {
            Jitter::None => whole_ns,
            Jitter::Equal => whole_ns - up_to(whole_ns / 2, random_bits),
            Jitter::Full => up_to(whole_ns, random_bits),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and a cast that saturates is what is wanted"
    )]
    fn without_jitter_ns(&self, attempt: u32) -> u64 {
        let exponent = attempt.saturating_sub(1);
        let grown_ns = if exponent == 0 || self.backoff_ns == 0 {
            self.backoff_ns
        } else {
            (self.backoff_ns as f64 * power(self.factor, exponent)).round() as u64
        };
        grown_ns.min(self.max_ns)
    }
}

/// `base` to that power, by multiplications alone, which give the same on every machine.
fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut product = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            product *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    product
}

/// A whole number from 0 to `most`, uniformly distributed.
fn up_to(most: u64, random_bits: u64) -> u64 {
    ((u128::from(random_bits) * (u128::from(most) + 1)) >> 64) as u64
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Slots into which the life of a deposit is divided.
const SLOTS: usize = 10;

/// The length of a slot in nanoseconds: a deposit lasts from 9 to 10 s.
const SLOT_NS: u64 = 1_000_000_000;

/// One retry in the fixed-point numbers of a [`Budget`].
const TOKEN: i64 = 1_000_000;

/// Retries in ten seconds that need no deposit.
pub(crate) const RESERVE: u32 = 10;

/// Keeps retries to a part of the calls.
///
/// Whenever one is allowed, the retries of the last nine seconds with it are at most that part of the
/// calls of the last ten, and [`RESERVE`] more.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    /// What was paid in less what was taken out, by the second.
    slots: [i64; SLOTS],
    sum: i64,
    deposit: i64,
    /// The number of the current slot since time 0.
    slot: u64,
}

impl Budget {
    /// A budget that lets retries be that part of the calls.
    #[expect(clippy::cast_possible_truncation, reason = "clamped first")]
    pub(crate) fn new(share: Share) -> Self {
        let deposit = (share.fraction() * TOKEN as f64).round().clamp(0.0, 1e12) as i64;
        Self { slots: [0; SLOTS], sum: 0, deposit, slot: 0 }
    }

    /// Counts a call: a first attempt, not a retry. Time must not go backwards.
    pub(crate) fn call(&mut self, now_ns: u64) {
        self.add(now_ns, self.deposit);
    }

    /// Asks for a retry, and counts it if there is one left.
    pub(crate) fn retry(&mut self, now_ns: u64) -> bool {
        self.expire(now_ns);
        let left = self.sum.saturating_add(i64::from(RESERVE) * TOKEN);
        if left < TOKEN {
            return false;
        }
        self.add(now_ns, -TOKEN);
        true
    }

    fn add(&mut self, now_ns: u64, amount: i64) {
        self.expire(now_ns);
        self.slots[place(self.slot)] += amount;
        self.sum += amount;
    }

    fn expire(&mut self, now_ns: u64) {
        let slot = now_ns / SLOT_NS;
        for past in (self.slot + 1..=slot).take(SLOTS) {
            self.sum -= self.slots[place(past)];
            self.slots[place(past)] = 0;
        }
        self.slot = self.slot.max(slot);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "less than `SLOTS`")]
fn place(slot: u64) -> usize {
    (slot % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: u64 = 1_000_000;
    const SECOND: u64 = 1000 * MS;

    fn schedule(factor: f64, max_ms: Option<u64>, jitter: Jitter) -> Schedule {
        Schedule::of(&Retry {
            attempts: 4,
            backoff: Duration::from_millis(100),
            factor,
            max: max_ms.map(Duration::from_millis),
            jitter,
            budget: None,
            on: vec![RetryOn::Timeouts],
        })
    }

    #[test]
    fn the_wait_grows_by_the_factor_up_to_the_most() {
        let check = |factor, max_ms, attempt, expected_ms| {
            let schedule = schedule(factor, max_ms, Jitter::None);
            assert_eq!(schedule.delay_ns(attempt, 1 << 63), expected_ms * MS, "{factor} {attempt}");
        };
        check(2.0, None, 1, 100);
        check(2.0, None, 2, 200);
        check(2.0, None, 3, 400);
        check(2.0, None, 6, 3200);
        check(2.0, Some(1000), 5, 1000);
        check(2.0, Some(50), 1, 50);
        check(1.5, None, 3, 225);
        check(1.0, None, 1_000_000, 100);
        check(0.5, None, 3, 25);
        assert_eq!(schedule(2.0, None, Jitter::None).delay_ns(u32::MAX, 0), u64::MAX);
        assert_eq!(schedule(3.0, Some(9), Jitter::None).delay_ns(u32::MAX, 0), 9 * MS);
    }

    #[test]
    fn jitter_spreads_the_half_or_the_whole() {
        let check = |jitter, bits, expected_ns| {
            assert_eq!(schedule(2.0, None, jitter).delay_ns(2, bits), expected_ns, "{jitter:?}");
        };
        check(Jitter::Full, 0, 0);
        check(Jitter::Full, 1 << 63, 100 * MS);
        check(Jitter::Full, u64::MAX, 200 * MS);
        check(Jitter::Equal, 0, 200 * MS);
        check(Jitter::Equal, 1 << 63, 150 * MS);
        check(Jitter::Equal, u64::MAX, 100 * MS);
    }

    #[test]
    fn only_what_the_model_names_is_tried_again() {
        let schedule = schedule(2.0, None, Jitter::None);
        assert!(!schedule.retries(RetryOn::Errors));
        assert!(schedule.retries(RetryOn::Timeouts));
    }

    /// Retries allowed over 100 s when all calls fail and are tried again as often as allowed.
    fn allowed(percent: f64, calls_per_second: u64) -> u64 {
        let mut budget = Budget::new(Share { percent });
        let calls = 100 * calls_per_second;
        let retry = |at: u64| {
            let now_ns = at * SECOND / calls_per_second;
            budget.call(now_ns);
            (0..3).filter(|_| budget.retry(now_ns)).count() as u64
        };
        (0..calls).map(retry).sum()
    }

    #[test]
    fn an_outage_of_all_calls_is_retried_within_the_budget() {
        let check = |percent, per_second, least: u64, most: u64| {
            let got = allowed(percent, per_second);
            assert!((least..=most).contains(&got), "{percent}% of {per_second}/s: {got}");
        };
        // The share of 10,000 calls, and the reserve once for each ten seconds.
        check(20.0, 100, 2000, 2100);
        check(10.0, 1000, 10_000, 10_100);
        check(0.0, 100, 100, 100);
        check(200.0, 10, 2000, 2100);
        check(20.0, 1, 20, 120);
    }

    #[test]
    fn the_reserve_comes_back_and_deposits_do_not_last() {
        let mut budget = Budget::new(Share { percent: 50.0 });
        let count =
            |budget: &mut Budget, now_ns| (0..1000).filter(|_| budget.retry(now_ns)).count();
        assert_eq!(count(&mut budget, 0), 10);
        assert_eq!(count(&mut budget, 9 * SECOND), 0);
        assert_eq!(count(&mut budget, 10 * SECOND), 10);
        (0..100).for_each(|_| budget.call(30 * SECOND));
        assert_eq!(count(&mut budget.clone(), 39 * SECOND), 60);
        assert_eq!(count(&mut budget.clone(), 40 * SECOND), 10);
        assert_eq!(count(&mut budget, u64::MAX), 10);
    }

    proptest! {
        #[test]
        fn retries_of_nine_seconds_keep_to_the_share_of_ten(
            percent in 0..150_u32,
            asks in prop::collection::vec((0..2000_u64, 0..4_u32, 0..20_u32), 1..120),
        ) {
            let mut budget = Budget::new(Share { percent: f64::from(percent) });
            let (mut now_ms, mut log) = (0, Vec::new());
            for (gap_ms, calls, retries) in asks {
                now_ms += gap_ms;
                (0..calls).for_each(|_| budget.call(now_ms * MS));
                let granted = (0..retries).filter(|_| budget.retry(now_ms * MS)).count();
                log.push((now_ms, f64::from(calls), granted as f64));
                let within = |ms: u64| log.iter().filter(move |it| it.0 + ms > now_ms);
                let calls: f64 = within(10_000).map(|it| it.1).sum();
                let retries: f64 = within(9_000).map(|it| it.2).sum();
                let most = calls * f64::from(percent) / 100.0 + f64::from(RESERVE);
                prop_assert!(granted == 0 || retries <= most + 1e-6, "{retries} retries, {most} allowed");
            }
        }
    }
}
