//! How long an operation may take when what it uses does not answer: the sum of the timeouts of its
//! steps, of their retries, and of the waits between them.
//!
//! Where no timeout is written, a call takes as long as its callee may; anything else takes nobody
//! knows how long, counts nothing, and makes the whole an "at least". Branches count with the longest,
//! what goes on in the background does not count. Operations are reckoned callees first, so that a
//! ladder with 2ⁿ paths costs no more than its rungs; in a cycle the call that closes it is unknown.

use std::time::Duration;

use knockon_core::{Action, Fallback, OperationId, Policies, Retry, Saga, Step, StepId, System};

use crate::calls::Calls;
use crate::uses::attempts_after_timeouts;

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Longest {
    /// At most this long, or at least, if something in it is unknown.
    pub(crate) time: Duration,
    /// Whether there is more to it that nobody knows.
    pub(crate) at_least: bool,
    /// The longest part of it that is one step with its retries, in whatever operation.
    pub(crate) part: Option<Part>,
}

/// One step with its retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) step: StepId,
    pub(crate) attempts: u32,
    /// How long one attempt takes.
    pub(crate) each: Duration,
    /// All waits between them.
    pub(crate) waits: Duration,
}

impl Part {
    /// All attempts and the waits between them.
    pub(crate) fn total(&self) -> Duration {
        self.each.saturating_mul(self.attempts).saturating_add(self.waits)
    }
}

impl Longest {
    const UNKNOWN: Self = Self { time: Duration::ZERO, at_least: true, part: None };

    fn then(self, next: Self) -> Self {
        Self {
            time: self.time.saturating_add(next.time),
            at_least: self.at_least || next.at_least,
            part: longer(self.part, next.part),
        }
    }

    fn or(self, other: Self) -> Self {
        let longest = if other.time > self.time { other } else { self };
        Self { at_least: self.at_least || other.at_least, ..longest }
    }
}

/// The part that matters more: one that tries again before one that does not, then the longer.
fn longer(a: Option<Part>, b: Option<Part>) -> Option<Part> {
    let rank = |part: &Part| (part.attempts > 1, part.total());
    match (a, b) {
        (Some(a), Some(b)) if rank(&b) > rank(&a) => Some(b),
        (None, b) => b,
        (a, _) => a,
    }
}

/// How long each operation may take, by its node. Of one without steps nobody knows.
pub(crate) fn patience(system: &System, calls: &Calls) -> Vec<Longest> {
    let operations: Vec<OperationId> = calls.callees_first().collect();
    let mut known = Known { calls, longest: vec![None; operations.len()] };
    for id in operations {
        let steps = &system.operation(id).steps;
        let longest = if steps.is_empty() { Longest::UNKNOWN } else { known.of_steps(steps) };
        known.longest[calls.node(id)] = Some(longest);
    }
    known.longest.into_iter().map(|it| it.unwrap_or(Longest::UNKNOWN)).collect()
}

struct Known<'a> {
    calls: &'a Calls,
    longest: Vec<Option<Longest>>,
}

impl Known<'_> {
    fn of_steps(&self, steps: &[Step]) -> Longest {
        steps.iter().fold(Longest::default(), |sum, step| sum.then(self.of_step(step)))
    }

    fn of_step(&self, step: &Step) -> Longest {
        let policies = &step.policies;
        let exactly = |time| Longest { time, ..Longest::default() };
        match &step.action {
            Action::Compute { time, .. } | Action::Wait { time, .. } => exactly(*time),
            Action::Call(callee) => {
                let inner = callee.operation.map(|id| self.of_operation(id));
                asking(step, inner.unwrap_or(Longest::UNKNOWN))
            }
            Action::Query { .. } | Action::Put(_) | Action::Drop(_) => {
                asking(step, Longest::UNKNOWN)
            }
            Action::Get { miss, .. } => asking(step, Longest::UNKNOWN).then(self.of_steps(miss)),
            Action::Publish { confirms, outbox, .. } if *confirms && outbox.is_none() => {
                asking(step, Longest::UNKNOWN)
            }
            Action::Saga(saga) => self.of_saga(saga),
            Action::Parallel(branches) => {
                let each = branches.iter().map(|branch| self.of_steps(&branch.steps));
                each.fold(Longest::default(), Longest::or)
            }
            Action::Branch(ways) => {
                let each = ways.iter().map(|way| self.of_steps(&way.steps));
                each.fold(Longest::default(), Longest::or)
            }
            Action::Publish { .. } | Action::Move { .. } | Action::Background(_) => {
                Longest::default()
            }
            Action::Fail(_) => Longest::default(),
        }
        .then(self.of_fallback(policies))
    }

    fn of_fallback(&self, policies: &Policies) -> Longest {
        match &policies.fallback {
            Some(Fallback::Steps(steps)) => self.of_steps(steps),
            _ => Longest::default(),
        }
    }

    fn of_operation(&self, id: OperationId) -> Longest {
        self.longest[self.calls.node(id)].unwrap_or(Longest::UNKNOWN)
    }

    /// Until the first time it is given up; what taking it back takes is not counted.
    fn of_saga(&self, saga: &Saga) -> Longest {
        let parts = saga.steps.iter().fold(Longest::default(), |sum, part| {
            let inner = part.action.operation.map(|id| self.of_operation(id));
            let inner = inner.unwrap_or(Longest::UNKNOWN);
            sum.then(tried(part.id, part.timeout, part.retry.as_ref(), inner))
        });
        match saga.timeout {
            Some(timeout) => Longest { time: timeout, at_least: true, part: parts.part },
            None => parts,
        }
    }
}

/// A step with its timeout and its retries, whose callee may take that long by itself.
fn asking(step: &Step, inner: Longest) -> Longest {
    let policies = &step.policies;
    tried(step.id, policies.timeout, policies.retry.as_ref(), inner)
}

fn tried(
    step: StepId,
    timeout: Option<Duration>,
    retry: Option<&Retry>,
    inner: Longest,
) -> Longest {
    let attempts = attempts_after_timeouts(retry);
    let waits = retry.map_or(Duration::ZERO, |retry| waits(retry, attempts));
    let Some(each) = timeout else {
        let part = Part { step, attempts, each: inner.time, waits };
        let own = (attempts > 1 && !inner.time.is_zero()).then_some(part);
        return Longest { time: part.total(), part: longer(inner.part, own), ..inner };
    };
    let part = Part { step, attempts, each, waits };
    Longest { time: part.total(), at_least: false, part: Some(part) }
}

/// The longest that the waits between so many attempts may be, all together. Jitter only makes a wait
/// shorter.
fn waits(retry: &Retry, attempts: u32) -> Duration {
    // After so many doublings any wait is longer than anybody lives; the rest is as long as the last.
    const GROWING: u32 = 64;
    let most = retry.max.unwrap_or(Duration::MAX);
    let (mut sum, mut wait) = (Duration::ZERO, retry.backoff.min(most));
    let count = attempts.saturating_sub(1);
    for _ in 0..count.min(GROWING) {
        sum = sum.saturating_add(wait);
        let longer = Duration::try_from_secs_f64(wait.as_secs_f64() * retry.factor.max(0.0));
        wait = longer.unwrap_or(Duration::MAX).min(most);
    }
    sum.saturating_add(wait.saturating_mul(count.saturating_sub(GROWING)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use knockon_core::Jitter;

    #[test]
    fn waits_grow_up_to_the_longest_and_never_overflow() {
        let check = |backoff_ms, factor, max_ms: Option<u64>, attempts, expected_ms: u64| {
            let retry = Retry {
                attempts,
                backoff: Duration::from_millis(backoff_ms),
                factor,
                max: max_ms.map(Duration::from_millis),
                jitter: Jitter::Full,
                budget: None,
                on: Vec::new(),
            };
            assert_eq!(waits(&retry, attempts), Duration::from_millis(expected_ms));
        };
        check(100, 2.0, None, 1, 0);
        check(100, 2.0, None, 3, 300);
        check(100, 2.0, Some(250), 5, 100 + 200 + 250 + 250);
        check(500, 2.0, Some(250), 3, 500);
        check(100, 1.0, None, 1_000, 99_900);
        check(0, 2.0, None, u32::MAX, 0);
        let endless = Retry {
            attempts: u32::MAX,
            backoff: Duration::MAX,
            factor: f64::NAN,
            max: None,
            jitter: Jitter::None,
            budget: None,
            on: Vec::new(),
        };
        assert_eq!(waits(&endless, u32::MAX), Duration::MAX);
    }
}
