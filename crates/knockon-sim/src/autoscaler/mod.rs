//! Kubernetes' Horizontal Pod Autoscaler as of v1.20: how many replicas a workload is told to have.
//!
//! An autoscaler helps only as fast as it sees and as far as its rules let it go. Whether a surge is
//! over before the first new replica serves depends on details: pods that just started do not count,
//! pods without a sample count against the change, a stabilisation window holds replicas that are no
//! longer needed, a policy meters what may be added in a minute. So the rules are those of the
//! program, in the order in which it applies them, down to the rounding:
//!
//! 1. [`pods`]: which pods count, [`proposal`]: what each metric asks for;
//! 2. [`recommendations`]: the cautious one of the recent proposals;
//! 3. [`behavior`], [`limits`]: how much may change at once, and the bounds;
//! 4. [`controller`]: one round of all this, with the conditions that are reported;
//! 5. [`service`]: the entry for one service of a model.
//!
//! Rules and defaults are those of [kubernetes/kubernetes v1.20.2] (Apache-2.0), where
//! `pkg/controller/podautoscaler/replica_calculator.go` decides the first step and `horizontal.go`
//! the others; the text people read is [Horizontal Pod Autoscaling]. Nothing here looks at a clock:
//! every time is an argument, in nanoseconds.
//!
//! [kubernetes/kubernetes v1.20.2]: https://github.com/kubernetes/kubernetes/tree/v1.20.2/pkg/controller/podautoscaler
//! [Horizontal Pod Autoscaling]: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/

pub mod behavior;
pub mod controller;
pub mod limits;
pub mod pods;
pub mod proposal;
pub mod recommendations;
pub mod service;

pub use behavior::{Amount, Behavior, Policy, Rules, ScaleEvents, Select};
pub use controller::{Bounds, Condition, Conditions, Controller, MetricKind, Outcome, Round};
pub use limits::Reason;
pub use pods::{Group, Phase, Pod, Readiness, Sample};
pub use proposal::{Calculator, Failure, Proposal, Resource};
pub use recommendations::Recommendations;
pub use service::{Decision, Observed, PodSample, ServiceAutoscaler, Use};

/// A second in nanoseconds.
pub(crate) const SECOND_NS: u64 = 1_000_000_000;

/// From one round to the next, in nanoseconds: 15 s, the default of
/// `--horizontal-pod-autoscaler-sync-period` of kube-controller-manager.
pub const SYNC_PERIOD_NS: u64 = 15 * SECOND_NS;

/// What is set for all autoscalers of a cluster.
///
/// The defaults are those of the flags of [kube-controller-manager] v1.20, and of the two constants
/// of `horizontal.go` that limit a scale-up without behaviour.
///
/// [kube-controller-manager]: https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Nothing changes while usage over target differs from 1 by no more than this ratio.
    pub tolerance: f64,
    /// So long after the start of a pod its processor samples count only when it is ready and the
    /// sample was taken since.
    pub cpu_initialization_ns: u64,
    /// A pod that is not ready, and has been so since less than this after its start, was never
    /// ready.
    pub initial_readiness_delay_ns: u64,
    /// Without a window of its own, a scale-down goes to the highest proposal of this time.
    pub downscale_stabilization_ns: u64,
    /// Without behaviour, a scale-up goes at most to this multiple of the replicas there are.
    pub scale_up_limit_factor: f64,
    /// As many replicas are always allowed, whatever the factor says.
    pub scale_up_limit_minimum: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tolerance: 0.1,
            cpu_initialization_ns: 300 * SECOND_NS,
            initial_readiness_delay_ns: 30 * SECOND_NS,
            downscale_stabilization_ns: 300 * SECOND_NS,
            scale_up_limit_factor: 2.0,
            scale_up_limit_minimum: 4.0,
        }
    }
}

/// A number of replicas from a ratio that is whole already: out of range it is the nearest there is.
#[expect(clippy::cast_possible_truncation, reason = "rounded by the caller, and saturating")]
pub(crate) fn whole(replicas: f64) -> i32 {
    replicas as i32
}
