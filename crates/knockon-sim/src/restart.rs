//! When a replica that ended is started again: the kubelet's `CrashLoopBackOff`.
//!
//! The first time at once, the next time 10 s after the end, then twice as long each time up to
//! 300 s. After a run of more than ten minutes, twice the longest wait, it begins anew
//! (<https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-restarts>; in the
//! code `doBackOff` of the kubelet, which counts from the end of the container, and
//! <https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/client-go/util/flowcontrol/backoff.go>,
//! Apache-2.0). A success waits like a failure: that a container has ended is all that counts.

use knockon_core::RestartPolicy;

/// The first wait in nanoseconds: 10 s.
pub(crate) const FIRST_WAIT_NS: u64 = 10_000_000_000;

/// The longest wait in nanoseconds: 300 s.
pub(crate) const LONGEST_WAIT_NS: u64 = 300_000_000_000;

/// After a longer run than this in nanoseconds, 10 min, waits begin anew.
pub(crate) const STABLE_AFTER_NS: u64 = 2 * LONGEST_WAIT_NS;

/// What becomes of one replica each time it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Restarts {
    policy: RestartPolicy,
    /// How many times it was started again since it last ran for long.
    in_a_row: u8,
}

impl Restarts {
    /// A replica that never ended.
    pub(crate) fn new(policy: RestartPolicy) -> Self {
        Self { policy, in_a_row: 0 }
    }

    /// The replica, which ran since `ran_since_ns`, has ended, `failed` or not. Says when it is
    /// started again; `None` if it stays ended.
    pub(crate) fn ended(&mut self, now_ns: u64, ran_since_ns: u64, failed: bool) -> Option<u64> {
        let again = match self.policy {
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => failed,
            RestartPolicy::Never => false,
        };
        if !again {
            return None;
        }
        if now_ns.saturating_sub(ran_since_ns) > STABLE_AFTER_NS {
            self.in_a_row = 0;
        }
        let wait_ns = match self.in_a_row {
            0 => 0,
            // 10 s doubled five times is past the longest wait.
            times => (FIRST_WAIT_NS << (times - 1).min(5)).min(LONGEST_WAIT_NS),
        };
        self.in_a_row = self.in_a_row.saturating_add(1);
        Some(now_ns.saturating_add(wait_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn waits_double_up_to_five_minutes_and_begin_anew_after_ten_good_ones() {
        let mut restarts = Restarts::new(RestartPolicy::Always);
        let mut now_ns = 7 * SECOND;
        let mut end_after = |run_s: u64, expected_wait_s: u64| {
            let since_ns = now_ns;
            now_ns += run_s * SECOND;
            let at_ns = restarts.ended(now_ns, since_ns, false).unwrap();
            assert_eq!(at_ns, now_ns + expected_wait_s * SECOND);
            now_ns = at_ns;
        };
        for wait_s in [0, 10, 20, 40, 80, 160, 300, 300] {
            end_after(3, wait_s);
        }
        end_after(600, 300);
        (0..300).for_each(|_| end_after(0, 300));
        for wait_s in [0, 10, 20] {
            end_after(if wait_s == 0 { 601 } else { 599 }, wait_s);
        }
    }

    #[test]
    fn the_policy_says_what_is_started_again() {
        let check = |policy, failed, again: bool| {
            let mut restarts = Restarts::new(policy);
            assert_eq!(restarts.ended(9, 0, failed), again.then_some(9), "{policy} {failed}");
        };
        check(RestartPolicy::Always, true, true);
        check(RestartPolicy::Always, false, true);
        check(RestartPolicy::OnFailure, true, true);
        check(RestartPolicy::OnFailure, false, false);
        check(RestartPolicy::Never, true, false);
    }
}
