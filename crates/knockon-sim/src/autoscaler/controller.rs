//! One round of the controller: proposals in, replicas and conditions out.

pub use super::limits::Bounds;
use super::limits::without_behavior;
use super::recommendations::Recommendation;
use super::{Behavior, Failure, Proposal, Reason, Recommendations, ScaleEvents, Settings};

/// What a metric is of; says which reason is reported when it gives no proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Processor time or memory of the pods.
    Resource,
    /// Processor time or memory of one container of the pods.
    ContainerResource,
    /// Something the pods report themselves.
    Pods,
    /// Something another object of the cluster reports.
    Object,
    /// Something from outside of the cluster.
    External,
    /// No type there is.
    Unknown,
}

impl MetricKind {
    fn failed(self) -> Reason {
        match self {
            Self::Resource => Reason::FailedGetResourceMetric,
            Self::ContainerResource => Reason::FailedGetContainerResourceMetric,
            Self::Pods => Reason::FailedGetPodsMetric,
            Self::Object => Reason::FailedGetObjectMetric,
            Self::External => Reason::FailedGetExternalMetric,
            Self::Unknown => Reason::InvalidMetricSourceType,
        }
    }
}

/// What came of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What it is of.
    pub kind: MetricKind,
    /// What it asks for.
    pub result: Result<Proposal, Failure>,
}

/// Something an autoscaler says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// Whether it holds.
    pub status: bool,
    /// Why.
    pub reason: Reason,
}

/// What an autoscaler says of itself after a round; `None` for what the round did not come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    /// Whether the replicas can be read and set, and whether a recent proposal holds them.
    pub able_to_scale: Option<Condition>,
    /// Whether the metrics give a proposal.
    pub scaling_active: Option<Condition>,
    /// Whether a bound or a limit holds the replicas back.
    pub scaling_limited: Option<Condition>,
}

/// What a round decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// The replicas asked for from now on.
    pub replicas: i32,
    /// Whether that is news.
    pub changed: bool,
    /// What the metrics asked for, before stabilisation and limits; `None` when they were not asked
    /// or none gave a proposal.
    pub proposed: Option<i32>,
    /// What is said of it.
    pub conditions: Conditions,
}

/// One autoscaler: what is set, and what it remembers from round to round.
#[derive(Debug, Clone, PartialEq)]
pub struct Controller {
    settings: Settings,
    bounds: Bounds,
    behavior: Option<Behavior>,
    /// `None` before the first round.
    recommendations: Option<Recommendations>,
    up: ScaleEvents,
    down: ScaleEvents,
}

impl Controller {
    /// An autoscaler that has not had a round. Without behaviour the limits of the settings apply.
    pub fn new(settings: Settings, bounds: Bounds, behavior: Option<Behavior>) -> Self {
        let (up, down) = Default::default();
        Self { settings, bounds, behavior, recommendations: None, up, down }
    }

    /// The same with a log of earlier proposals.
    #[must_use]
    pub fn with_recommendations(mut self, recommendations: Recommendations) -> Self {
        self.recommendations = Some(recommendations);
        self
    }

    /// The same with earlier changes in both directions.
    #[must_use]
    pub fn with_events(mut self, up: ScaleEvents, down: ScaleEvents) -> Self {
        (self.up, self.down) = (up, down);
        self
    }

    /// What is set for the cluster.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// One round: `current` is how many replicas are asked for now, `outcomes` is what each metric
    /// asks for, in the order of the targets.
    pub fn round(&mut self, now_ns: u64, current: i32, outcomes: &[Outcome]) -> Round {
        let able_to_scale = is(true, Reason::SucceededGetScale);
        let mut conditions = Conditions { able_to_scale, ..Conditions::default() };
        let first = Recommendation { replicas: current, at_ns: now_ns };
        self.recommendations.get_or_insert_with(|| Recommendations::new(vec![first]));

        let mut proposed = None;
        let replicas = if current == 0 && self.bounds.min != 0 {
            conditions.scaling_active = is(false, Reason::ScalingDisabled);
            return Round { replicas: 0, changed: false, proposed, conditions };
        } else if current > self.bounds.max {
            self.bounds.max
        } else if current < self.bounds.min {
            self.bounds.min
        } else {
            let desired = match largest(outcomes) {
                Ok(desired) => desired.max(0),
                Err(reason) => {
                    conditions.scaling_active = is(false, reason);
                    return Round { replicas: current, changed: false, proposed, conditions };
                }
            };
            proposed = Some(desired);
            conditions.scaling_active = is(true, Reason::ValidMetricFound);
            self.normalize(now_ns, current, desired, &mut conditions)
        };
        let changed = replicas != current;
        if changed {
            conditions.able_to_scale = is(true, Reason::SucceededRescale);
            self.store_event(now_ns, current, replicas);
        }
        Round { replicas, changed, proposed, conditions }
    }

    /// Stabilises and limits a proposal.
    fn normalize(
        &mut self,
        now_ns: u64,
        current: i32,
        desired: i32,
        conditions: &mut Conditions,
    ) -> i32 {
        let log = self.recommendations.get_or_insert_default();
        let cluster_ns = self.settings.downscale_stabilization_ns;
        let (stable, why, (replicas, reason)) = match &self.behavior {
            None => {
                let stable = log.highest(now_ns, cluster_ns, desired);
                let limited = without_behavior(self.bounds, current, stable, &self.settings);
                (stable, Reason::ScaleDownStabilized, limited)
            }
            Some(behavior) => {
                let up_ns = behavior.up.window_ns.unwrap_or(0);
                let down_ns = behavior.down.window_ns.unwrap_or(cluster_ns);
                let (stable, why) = log.stabilized(now_ns, up_ns, down_ns, current, desired);
                let events = (&self.up, &self.down);
                let limited = behavior.limited(now_ns, self.bounds, current, stable, events);
                (stable, why, limited)
            }
        };
        let why = if stable == desired { Reason::ReadyForNewScale } else { why };
        conditions.able_to_scale = is(true, why);
        conditions.scaling_limited = is(replicas != stable, reason);
        replicas
    }

    /// Remembers a change; without behaviour nobody would ask for it.
    fn store_event(&mut self, now_ns: u64, before: i32, after: i32) {
        let Some(behavior) = &self.behavior else { return };
        let change = after.saturating_sub(before).saturating_abs();
        if after > before {
            self.up.store(now_ns, &behavior.up, change);
        } else {
            self.down.store(now_ns, &behavior.down, change);
        }
    }
}

/// The largest proposal of the metrics that give one; when none does, the reason of the first.
fn largest(outcomes: &[Outcome]) -> Result<i32, Reason> {
    let proposals = outcomes.iter().filter_map(|outcome| outcome.result.ok());
    let first = outcomes.first().map_or(MetricKind::Unknown, |outcome| outcome.kind);
    proposals.map(|proposal| proposal.replicas).max().ok_or(first.failed())
}

#[expect(clippy::unnecessary_wraps, reason = "what it sets is absent until it is said")]
fn is(status: bool, reason: Reason) -> Option<Condition> {
    Some(Condition { status, reason })
}
