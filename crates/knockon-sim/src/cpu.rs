//! The processor of one replica under a limit: Linux' CFS bandwidth control.
//!
//! A limit of `m` millicores is a quota of `m` × 100 µs of processor time in each period of 100 ms.
//! Tasks run in parallel, each on a core of its own, and use up the quota together. When it is gone
//! all of them are throttled until the next period begins. What is left of a quota is lost with its
//! period. So 6 ms of work under a limit of 50m takes 6 ms of quota and, nearly always, a wait of up
//! to 95 ms in between, which is why a small limit shows in the latency long before it shows in the
//! average use
//! (<https://docs.kernel.org/scheduler/sched-bwc.html>; the quota from the limit as in Kubernetes'
//! `MilliCPUToQuota`, <https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/cm/helpers_linux.go>).
//!
//! All running tasks progress alike, so one clock of progress serves them all: a task is only the
//! reading of that clock at which it ends. Starting and ending one costs a push and a pop of a heap,
//! however many run. Quotas are refilled when somebody runs, so an idle replica costs nothing.
//!
//! Time is in whole nanoseconds. When the quota does not divide by the number of running tasks, the
//! rest, less than one nanosecond for each of them, is not used. When there are more tasks than
//! nanoseconds of quota, each gets one nanosecond.
//!
//! What differs from a kernel: it hands out the quota to cores in slices of 5 ms, so a group can be
//! throttled a little early or overrun a little; and it adds up the throttled time of all cores.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// The length of a period in nanoseconds: 100 ms, the default of Linux and of Kubernetes.
pub(crate) const PERIOD_NS: u64 = 100_000_000;

/// The smallest quota in nanoseconds: 1 ms. Linux takes no smaller one, and Kubernetes rounds up to it.
pub(crate) const LEAST_QUOTA_NS: u64 = 1_000_000;

/// Quota that a limit of one millicore gives in each period.
const QUOTA_NS_PER_MILLICORE: u64 = PERIOD_NS / 1000;

/// Stands for the quota where there is no limit.
const UNLIMITED: u64 = u64::MAX;

/// The processor of one replica. See the [module](self).
///
/// Every method that takes `now_ns` first lets time pass until then, so counters and lists are those
/// of that time. Time must not go backwards.
#[derive(Debug, Clone)]
pub(crate) struct Cpu {
    /// The clock's reading at which each task ends, then its number, then its token, in one word.
    tasks: BinaryHeap<Reverse<u128>>,
    finished: VecDeque<u32>,
    now_ns: u64,
    /// The clock: what a task that ran all the time has got done.
    progress_ns: u64,
    quota_ns: u64,
    left_ns: u64,
    /// The end of the period to which `left_ns` belongs; [`u64::MAX`] without a limit.
    period_end_ns: u64,
    usage_ns: u64,
    throttled_ns: u64,
    periods: u64,
    throttled_periods: u64,
    phase_ns: u32,
    next_number: u32,
    frozen: bool,
    /// Whether the current period is among `throttled_periods` already.
    counted: bool,
}

impl Cpu {
    /// An idle processor with a limit in thousandths of a core, or none.
    ///
    /// Periods begin at `phase_ns` past each multiple of [`PERIOD_NS`].
    pub(crate) fn new(limit_millicores: Option<u64>, phase_ns: u64) -> Self {
        let mut cpu = Self {
            tasks: BinaryHeap::new(),
            finished: VecDeque::new(),
            now_ns: 0,
            progress_ns: 0,
            quota_ns: UNLIMITED,
            left_ns: UNLIMITED,
            period_end_ns: u64::MAX,
            usage_ns: 0,
            throttled_ns: 0,
            periods: 0,
            throttled_periods: 0,
            phase_ns: u32::try_from(phase_ns % PERIOD_NS).unwrap_or(0),
            next_number: 0,
            frozen: false,
            counted: false,
        };
        cpu.set_limit(0, limit_millicores);
        cpu
    }

    /// Starts a task that needs `work_ns` of processor time. `token` is given back when it ends.
    ///
    /// Of tasks that end at the same time the one that was started first comes first. Of a few
    /// billion tasks started without a pause, two may change places.
    pub(crate) fn start(&mut self, now_ns: u64, work_ns: u64, token: u32) {
        self.advance(now_ns);
        if self.tasks.is_empty() {
            self.next_number = 0;
        }
        let end = self.progress_ns.saturating_add(work_ns);
        let order = u128::from(end) << 64 | u128::from(self.next_number) << 32;
        self.tasks.push(Reverse(order | u128::from(token)));
        self.next_number = self.next_number.wrapping_add(1);
        self.settle();
    }

    /// Lets time pass until `now_ns`.
    pub(crate) fn advance(&mut self, now_ns: u64) {
        while self.now_ns < now_ns {
            let running = self.running();
            if running == 0 || self.frozen {
                self.now_ns = now_ns;
                break;
            }
            let bound_ns = now_ns.min(self.period_end_ns) - self.now_ns;
            if self.left_ns < running {
                self.throttled_ns += bound_ns;
                self.throttled_periods += u64::from(!self.counted);
                self.counted = true;
                self.now_ns += bound_ns;
            } else {
                self.run(bound_ns, running);
            }
            self.settle();
        }
    }

    /// All tasks run until one ends, the quota is used up, or `bound_ns` have passed.
    fn run(&mut self, bound_ns: u64, running: u64) {
        let mut step_ns = bound_ns.min(self.shortest_ns());
        if step_ns.saturating_mul(running) > self.left_ns {
            step_ns = self.left_ns / running;
        }
        let used_ns = step_ns.saturating_mul(running);
        self.progress_ns += step_ns;
        self.now_ns += step_ns;
        self.left_ns -= used_ns;
        self.usage_ns = self.usage_ns.saturating_add(used_ns);
    }

    /// Sorts out tasks that have ended, and begins a new period if it is time and somebody runs.
    fn settle(&mut self) {
        if self.frozen {
            return;
        }
        while let Some(&Reverse(first)) = self.tasks.peek()
            && end_of(first) <= self.progress_ns
        {
            self.tasks.pop();
            self.finished.push_back(token_of(first));
        }
        if self.now_ns >= self.period_end_ns && !self.tasks.is_empty() {
            let phase_ns = u64::from(self.phase_ns);
            let into_period_ns = (self.now_ns + PERIOD_NS - phase_ns) % PERIOD_NS;
            self.period_end_ns = self.now_ns.saturating_add(PERIOD_NS - into_period_ns);
            self.left_ns = self.full_ns();
            self.periods += 1;
            self.counted = false;
        }
    }

    /// A full quota, and at least a nanosecond for each task.
    fn full_ns(&self) -> u64 {
        self.quota_ns.max(self.running())
    }

    /// How far the next task to end is from its end; 0 if there is none.
    fn shortest_ns(&self) -> u64 {
        self.tasks.peek().map_or(0, |first| end_of(first.0) - self.progress_ns)
    }

    /// The next time at which something happens: a task ends, the quota is used up, or the period
    /// begins that ends a throttle. Nothing happens while the replica is idle or frozen.
    ///
    /// It is `now_ns` when there are finished tasks to be taken. [`Cpu::next_end`] is held to it.
    #[cfg(test)]
    pub(crate) fn next_event(&self, now_ns: u64) -> Option<u64> {
        if !self.finished.is_empty() {
            return Some(now_ns);
        }
        let running = self.running();
        if running == 0 || self.frozen {
            return None;
        }
        if self.left_ns < running {
            return Some(self.period_end_ns.max(now_ns));
        }
        let shortest_ns = self.shortest_ns();
        let end_ns = self.now_ns.saturating_add(shortest_ns);
        let enough = shortest_ns.saturating_mul(running) <= self.left_ns;
        if enough && end_ns <= self.period_end_ns {
            return Some(end_ns.max(now_ns));
        }
        let out_ns = self.now_ns.saturating_add(self.left_ns / running);
        if !enough && out_ns < self.period_end_ns {
            return Some(out_ns.max(now_ns));
        }
        let share_ns = self.full_ns() / running;
        let rest_ns = end_ns - self.period_end_ns;
        let within_ns = if share_ns < PERIOD_NS { rest_ns.min(share_ns) } else { rest_ns };
        Some((self.period_end_ns + within_ns).max(now_ns))
    }

    /// When the next task ends if nothing is started, killed or changed until then.
    ///
    /// The same as following [`Cpu::next_event`] to the first end, at the cost of one step: an engine
    /// to which throttling as such is no event needs only this.
    pub(crate) fn next_end(&self, now_ns: u64) -> Option<u64> {
        if !self.finished.is_empty() {
            return Some(now_ns);
        }
        let running = self.running();
        if running == 0 || self.frozen {
            return None;
        }
        let shortest_ns = self.shortest_ns();
        let end_ns = self.now_ns.saturating_add(shortest_ns);
        if end_ns <= self.period_end_ns && shortest_ns.saturating_mul(running) <= self.left_ns {
            return Some(end_ns.max(now_ns));
        }
        let first_ns = (self.left_ns / running).min(self.period_end_ns - self.now_ns);
        let rest_ns = shortest_ns - first_ns;
        let share_ns = (self.full_ns() / running).min(PERIOD_NS);
        let whole = (rest_ns - 1) / share_ns;
        let end_ns = self.period_end_ns.saturating_add(whole.saturating_mul(PERIOD_NS));
        Some(end_ns.saturating_add(rest_ns - whole * share_ns).max(now_ns))
    }

    /// Takes one of the tasks that have ended, in the order in which they did.
    pub(crate) fn pop_finished(&mut self) -> Option<u32> {
        self.finished.pop_front()
    }

    /// Kills the task with that token, ended or not. Says whether there was one.
    ///
    /// It looks at all tasks: meant for what happens rarely.
    pub(crate) fn remove(&mut self, now_ns: u64, token: u32) -> bool {
        self.advance(now_ns);
        let before = self.tasks.len() + self.finished.len();
        self.tasks.retain(|task| token_of(task.0) != token);
        self.finished.retain(|&finished| finished != token);
        before > self.tasks.len() + self.finished.len()
    }

    /// Kills all tasks, also those that have ended and were not taken.
    pub(crate) fn clear(&mut self, now_ns: u64) {
        self.advance(now_ns);
        self.tasks.clear();
        self.finished.clear();
    }

    /// Changes the limit, in thousandths of a core.
    ///
    /// As in Linux, the new quota is there at once and in full, and ends a throttle; the periods go on
    /// as they were.
    pub(crate) fn set_limit(&mut self, now_ns: u64, limit_millicores: Option<u64>) {
        self.advance(now_ns);
        let was_unlimited = self.quota_ns == UNLIMITED;
        self.quota_ns = limit_millicores.map_or(UNLIMITED, |millicores| {
            millicores.saturating_mul(QUOTA_NS_PER_MILLICORE).clamp(LEAST_QUOTA_NS, UNLIMITED - 1)
        });
        self.left_ns = self.full_ns();
        if self.quota_ns == UNLIMITED {
            self.period_end_ns = u64::MAX;
        } else if was_unlimited {
            self.period_end_ns = 0;
        }
        self.settle();
    }

    /// Stops all tasks where they are (`SIGSTOP`). Stopped tasks use no quota and are not throttled.
    pub(crate) fn freeze(&mut self, now_ns: u64) {
        self.advance(now_ns);
        self.frozen = true;
    }

    /// Lets the tasks go on (`SIGCONT`).
    pub(crate) fn thaw(&mut self, now_ns: u64) {
        self.advance(now_ns);
        self.frozen = false;
        self.settle();
    }

    /// How many tasks have not ended, whether they run, are throttled or are frozen.
    pub(crate) fn running(&self) -> u64 {
        self.tasks.len() as u64
    }

    /// Whether there are tasks that wait for the next period.
    #[cfg(test)]
    pub(crate) fn is_throttled(&self) -> bool {
        !self.frozen && self.left_ns < self.running()
    }

    /// Processor time used so far, of all tasks together, to the nanosecond (cAdvisor's
    /// `container_cpu_usage_seconds_total`).
    pub(crate) fn cpu_usage_ns(&self) -> u64 {
        self.usage_ns
    }

    /// Periods under a limit in which there was a task (cAdvisor's `container_cpu_cfs_periods_total`).
    pub(crate) fn periods(&self) -> u64 {
        self.periods
    }

    /// Those of them in which tasks were throttled (cAdvisor's
    /// `container_cpu_cfs_throttled_periods_total`).
    pub(crate) fn throttled_periods(&self) -> u64 {
        self.throttled_periods
    }

    /// How long tasks were throttled (cAdvisor's `container_cpu_cfs_throttled_seconds_total`, but
    /// counted once for the replica, not once for each core).
    pub(crate) fn throttled_ns(&self) -> u64 {
        self.throttled_ns
    }
}

/// The reading of the clock at which a task ends.
fn end_of(task: u128) -> u64 {
    (task >> 64) as u64
}

#[expect(clippy::cast_possible_truncation, reason = "the token is the lowest 32 bits")]
fn token_of(task: u128) -> u32 {
    task as u32
}

#[cfg(test)]
mod tests;
