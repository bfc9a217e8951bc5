//! A behaviour (`spec.behavior`): how much may change in which time, in each direction.

use super::limits::Bounds;
use super::{Reason, SECOND_NS, whole};

/// How much may change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// So many replicas.
    Pods(i32),
    /// So many percent of the replicas at the start of the period.
    Percent(f64),
}

/// How much may change in which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// How much.
    pub amount: Amount,
    /// In this time, in nanoseconds.
    pub period_ns: u64,
}

/// Which of several policies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Select {
    /// The one that allows most change.
    #[default]
    Max,
    /// The one that allows least change.
    Min,
    /// None: no change in this direction.
    Disabled,
}

/// The rules of one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Over this time the most cautious proposal counts, in nanoseconds; `None` on the way down
    /// leaves it to the setting of the cluster, on the way up there is none.
    pub window_ns: Option<u64>,
    /// Which policy counts.
    pub select: Select,
    /// What may change.
    pub policies: Vec<Policy>,
}

impl Rules {
    /// What Kubernetes fills in on the way up: at once 4 replicas or twice as many, whichever is
    /// more, every 15 s ([default behaviour]).
    ///
    /// [default behaviour]: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
    pub fn default_up() -> Self {
        let period_ns = 15 * SECOND_NS;
        let four = Policy { amount: Amount::Pods(4), period_ns };
        let twice = Policy { amount: Amount::Percent(100.0), period_ns };
        Self { window_ns: Some(0), select: Select::Max, policies: vec![four, twice] }
    }

    /// What Kubernetes fills in on the way down: everything, after the window of the cluster
    /// ([default behaviour]).
    ///
    /// [default behaviour]: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
    pub fn default_down() -> Self {
        let all = Policy { amount: Amount::Percent(100.0), period_ns: 15 * SECOND_NS };
        Self { window_ns: None, select: Select::Max, policies: vec![all] }
    }

    /// The most replicas that these rules allow on the way up, after these earlier changes.
    pub fn highest(&self, now_ns: u64, current: i32, events: &ScaleEvents) -> i32 {
        let limits = self.policies.iter().map(|policy| {
            let start = current.saturating_sub(events.change_within(now_ns, policy.period_ns));
            match policy.amount {
                Amount::Pods(pods) => start.saturating_add(pods),
                // Rounded up, so that one replica can become two.
                Amount::Percent(percent) => {
                    whole((f64::from(start) * (1.0 + percent / 100.0)).ceil())
                }
            }
        });
        match self.select {
            Select::Disabled => current,
            Select::Min => limits.min().unwrap_or(i32::MAX),
            Select::Max => limits.max().unwrap_or(i32::MIN),
        }
    }

    /// The fewest replicas that these rules allow on the way down, after these earlier changes.
    pub fn lowest(&self, now_ns: u64, current: i32, events: &ScaleEvents) -> i32 {
        let limits = self.policies.iter().map(|policy| {
            let start = current.saturating_add(events.change_within(now_ns, policy.period_ns));
            match policy.amount {
                Amount::Pods(pods) => start.saturating_sub(pods),
                // Cut towards zero.
                Amount::Percent(percent) => whole(f64::from(start) * (1.0 - percent / 100.0)),
            }
        });
        match self.select {
            Select::Disabled => current,
            Select::Min => limits.max().unwrap_or(i32::MIN),
            Select::Max => limits.min().unwrap_or(i32::MAX),
        }
    }

    fn longest_period_ns(&self) -> u64 {
        self.policies.iter().map(|policy| policy.period_ns).max().unwrap_or(0)
    }
}

/// The rules of both directions.
#[derive(Debug, Clone, PartialEq)]
pub struct Behavior {
    /// On the way up.
    pub up: Rules,
    /// On the way down.
    pub down: Rules,
}

impl Behavior {
    /// What is left of a proposal: no more change than the rules and the bounds allow.
    pub fn limited(
        &self,
        now_ns: u64,
        bounds: Bounds,
        current: i32,
        desired: i32,
        (up, down): (&ScaleEvents, &ScaleEvents),
    ) -> (i32, Reason) {
        if desired > current {
            // Fewer than there are: until the earlier changes are out of the period, no more.
            let limit = self.up.highest(now_ns, current, up).max(current);
            let reason =
                if bounds.max > limit { Reason::ScaleUpLimit } else { Reason::TooManyReplicas };
            let most = bounds.max.min(limit);
            if desired > most {
                return (most, reason);
            }
        } else if desired < current {
            let limit = self.down.lowest(now_ns, current, down).min(current);
            let reason =
                if bounds.min < limit { Reason::ScaleDownLimit } else { Reason::TooFewReplicas };
            let fewest = bounds.min.max(limit);
            if desired < fewest {
                return (fewest, reason);
            }
        }
        (desired, Reason::DesiredWithinRange)
    }
}

/// A change of the number of replicas in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScaleEvent {
    /// By how much; positive in both directions.
    pub change: i32,
    /// When, in nanoseconds.
    pub at_ns: u64,
    /// Older than the longest period of the rules when it was last looked at: its place is free.
    pub outdated: bool,
}

/// The earlier changes in one direction, as far as the policies still look at them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScaleEvents {
    entries: Vec<ScaleEvent>,
}

impl ScaleEvents {
    /// Changes that were stored before.
    pub fn new(entries: Vec<ScaleEvent>) -> Self {
        Self { entries }
    }

    /// What is stored; a new change takes the place of an outdated one, so it is not in order.
    pub fn entries(&self) -> &[ScaleEvent] {
        &self.entries
    }

    /// The change of the last `period_ns`, added up.
    pub fn change_within(&self, now_ns: u64, period_ns: u64) -> i32 {
        let recent = self.entries.iter().filter(|event| age(now_ns, event) < period_ns);
        recent.fold(0, |sum, event| sum.saturating_add(event.change))
    }

    /// Stores a change, in the place of the last outdated one, or at the end.
    pub fn store(&mut self, now_ns: u64, rules: &Rules, change: i32) {
        let longest_ns = rules.longest_period_ns();
        for event in &mut self.entries {
            event.outdated |= age(now_ns, event) > longest_ns;
        }
        let new = ScaleEvent { change, at_ns: now_ns, outdated: false };
        match self.entries.iter_mut().rfind(|event| event.outdated) {
            Some(outdated) => *outdated = new,
            None => self.entries.push(new),
        }
    }
}

fn age(now_ns: u64, event: &ScaleEvent) -> u64 {
    now_ns.saturating_sub(event.at_ns)
}
