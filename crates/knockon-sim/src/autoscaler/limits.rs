//! How far one round may go when no behaviour is set, and the words for what held a change back.

use super::{Settings, whole};

/// Why a condition of an autoscaler is as it is: the reasons of Kubernetes, under its own names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The replicas of the workload were read.
    SucceededGetScale,
    /// The workload was told to have another number of replicas.
    SucceededRescale,
    /// Nothing was held back by a recent proposal.
    ReadyForNewScale,
    /// A recent proposal was lower: there are no more replicas than it asked for.
    ScaleUpStabilized,
    /// A recent proposal was higher: there are as many replicas as it asked for.
    ScaleDownStabilized,
    /// At least one metric gave a proposal.
    ValidMetricFound,
    /// The workload has no replica, and is to be left so.
    ScalingDisabled,
    /// Processor time or memory of the pods gave no proposal.
    FailedGetResourceMetric,
    /// Processor time or memory of one container gave no proposal.
    FailedGetContainerResourceMetric,
    /// A metric of the pods gave no proposal.
    FailedGetPodsMetric,
    /// A metric of another object gave no proposal.
    FailedGetObjectMetric,
    /// A metric from outside of the cluster gave no proposal.
    FailedGetExternalMetric,
    /// There is no such type of metric.
    InvalidMetricSourceType,
    /// The proposal was allowed.
    DesiredWithinRange,
    /// It was below the fewest replicas.
    TooFewReplicas,
    /// It was above the most replicas.
    TooManyReplicas,
    /// It was more than may be added at once.
    ScaleUpLimit,
    /// It was more than may be taken away at once.
    ScaleDownLimit,
}

impl Reason {
    /// Its name in the conditions of a `HorizontalPodAutoscaler`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SucceededGetScale => "SucceededGetScale",
            Self::SucceededRescale => "SucceededRescale",
            Self::ReadyForNewScale => "ReadyForNewScale",
            Self::ScaleUpStabilized => "ScaleUpStabilized",
            Self::ScaleDownStabilized => "ScaleDownStabilized",
            Self::ValidMetricFound => "ValidMetricFound",
            Self::ScalingDisabled => "ScalingDisabled",
            Self::FailedGetResourceMetric => "FailedGetResourceMetric",
            Self::FailedGetContainerResourceMetric => "FailedGetContainerResourceMetric",
            Self::FailedGetPodsMetric => "FailedGetPodsMetric",
            Self::FailedGetObjectMetric => "FailedGetObjectMetric",
            Self::FailedGetExternalMetric => "FailedGetExternalMetric",
            Self::InvalidMetricSourceType => "InvalidMetricSourceType",
            Self::DesiredWithinRange => "DesiredWithinRange",
            Self::TooFewReplicas => "TooFewReplicas",
            Self::TooManyReplicas => "TooManyReplicas",
            Self::ScaleUpLimit => "ScaleUpLimit",
            Self::ScaleDownLimit => "ScaleDownLimit",
        }
    }
}

/// The fewest and the most replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The fewest.
    pub min: i32,
    /// The most.
    pub max: i32,
}

/// What is left of a proposal when no behaviour is set: within the bounds, and not above the factor
/// (or the minimum) of the settings.
pub fn without_behavior(
    bounds: Bounds,
    current: i32,
    desired: i32,
    settings: &Settings,
) -> (i32, Reason) {
    let factor = settings.scale_up_limit_factor;
    let limit = whole((factor * f64::from(current)).max(settings.scale_up_limit_minimum));
    let (most, reason) = if bounds.max > limit {
        (limit, Reason::ScaleUpLimit)
    } else {
        (bounds.max, Reason::TooManyReplicas)
    };
    if desired < bounds.min {
        (bounds.min, Reason::TooFewReplicas)
    } else if desired > most {
        (most, reason)
    } else {
        (desired, Reason::DesiredWithinRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_behavior_replicas_double_at_most_and_four_are_always_allowed() {
        let check = |current, desired, expected| {
            let bounds = Bounds { min: 2, max: 20 };
            let found = without_behavior(bounds, current, desired, &Settings::default());
            assert_eq!(found, expected, "from {current} to {desired}");
        };
        check(1, 9, (4, Reason::ScaleUpLimit));
        check(3, 9, (6, Reason::ScaleUpLimit));
        check(10, 30, (20, Reason::TooManyReplicas));
        check(5, 1, (2, Reason::TooFewReplicas));
        check(5, 7, (7, Reason::DesiredWithinRange));
        check(20, 2, (2, Reason::DesiredWithinRange));
    }
}
