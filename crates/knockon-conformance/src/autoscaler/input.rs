//! The inputs of the cases, by kind, and what they are in the simulator.

use knockon_sim::autoscaler::behavior::ScaleEvent;
use knockon_sim::autoscaler::recommendations::Recommendation;
use knockon_sim::autoscaler::{
    Amount, Bounds, Phase, Pod, Policy, Readiness, Recommendations, Rules, ScaleEvents, Select,
    Settings,
};
use serde::Deserialize;

/// When every case is decided; more than any age before it.
pub(super) const NOW_NS: u64 = 4_000_000 * SECOND_NS;
const SECOND_NS: u64 = 1_000_000_000;

/// A length of time in seconds.
#[derive(Deserialize, Clone, Copy, Default)]
pub(super) struct Seconds(f64);

impl Seconds {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rounded, and saturating: a length is not negative"
    )]
    pub(super) fn length_ns(self) -> u64 {
        (self.0 * SECOND_NS as f64).round() as u64
    }

    /// The moment that lies so long before the decision.
    pub(super) fn before_ns(self) -> u64 {
        NOW_NS.saturating_sub(self.length_ns())
    }
}

#[derive(Deserialize)]
pub(super) struct PodInput {
    pub(super) name: String,
    #[serde(default)]
    phase: PhaseInput,
    #[serde(default)]
    deleted: bool,
    ready: Option<bool>,
    start_age_s: Option<Seconds>,
    ready_changed_age_s: Option<Seconds>,
    #[serde(default)]
    containers: Vec<ContainerRequest>,
    request_m: Option<i64>,
}

#[derive(Deserialize, Clone, Copy, Default)]
enum PhaseInput {
    Pending,
    #[default]
    Running,
    Succeeded,
    Failed,
}

#[derive(Deserialize)]
struct ContainerRequest {
    name: String,
    request_m: Option<i64>,
}

impl PodInput {
    pub(super) fn pod(&self) -> Pod {
        let changed_ns = self.ready_changed_age_s.map_or(0, Seconds::before_ns);
        Pod {
            phase: match self.phase {
                PhaseInput::Pending => Phase::Pending,
                PhaseInput::Running => Phase::Running,
                PhaseInput::Succeeded => Phase::Succeeded,
                PhaseInput::Failed => Phase::Failed,
            },
            deleted: self.deleted,
            readiness: self.ready.map(|ready| Readiness { ready, changed_ns }),
            started_ns: self.start_age_s.map(Seconds::before_ns),
        }
    }

    /// What the containers that count request.
    pub(super) fn request(&self, container: Option<&str>) -> Option<i64> {
        if self.containers.is_empty() {
            return self.request_m;
        }
        let counts = |it: &&ContainerRequest| container.is_none_or(|name| name == it.name);
        self.containers.iter().filter(counts).map(|it| it.request_m).sum()
    }
}

#[derive(Deserialize)]
pub(super) struct MetricInput {
    pub(super) pod: String,
    pub(super) age_s: Option<Seconds>,
    pub(super) window_s: Option<Seconds>,
    pub(super) containers: Option<Vec<ContainerUsage>>,
    pub(super) usage_m: Option<i64>,
    pub(super) value: Option<i64>,
    pub(super) value_milli: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct ContainerUsage {
    pub(super) name: String,
    pub(super) usage_m: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct TargetInput {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) resource: String,
    pub(super) container: Option<String>,
    pub(super) target_percent: Option<f64>,
    #[serde(default)]
    pub(super) metric: String,
    pub(super) target_milli: Option<i64>,
    #[serde(default)]
    pub(super) fetch_fails: bool,
    pub(super) values_milli: Option<Vec<i64>>,
}

/// What the metrics of a workload are judged by.
#[derive(Deserialize)]
pub(super) struct MetricsInput {
    #[serde(default)]
    pub(super) pods: Vec<PodInput>,
    pub(super) metrics: Option<Vec<MetricInput>>,
    pub(super) values_milli: Option<Vec<i64>>,
    pub(super) pods_metric_values: Option<Vec<MetricInput>>,
    tolerance: Option<f64>,
    cpu_initialization_s: Option<Seconds>,
    initial_readiness_delay_s: Option<Seconds>,
}

impl MetricsInput {
    pub(super) fn settings(&self) -> Settings {
        let default = Settings::default();
        let length_ns = |it: Option<Seconds>, or| it.map_or(or, Seconds::length_ns);
        Settings {
            tolerance: self.tolerance.unwrap_or(default.tolerance),
            cpu_initialization_ns: length_ns(
                self.cpu_initialization_s,
                default.cpu_initialization_ns,
            ),
            initial_readiness_delay_ns: length_ns(
                self.initial_readiness_delay_s,
                default.initial_readiness_delay_ns,
            ),
            ..default
        }
    }
}

#[derive(Deserialize)]
pub(super) struct BoundsInput {
    min_replicas: Option<i32>,
    max_replicas: i32,
}

impl BoundsInput {
    /// The bounds; without a minimum it is 1.
    pub(super) fn bounds(&self) -> Bounds {
        Bounds { min: self.min_replicas.unwrap_or(1), max: self.max_replicas }
    }
}

#[derive(Deserialize)]
pub(super) struct LimitInput {
    scale_up_limit_factor: f64,
    scale_up_limit_minimum: f64,
}

impl LimitInput {
    pub(super) fn settings(&self, rest: Settings) -> Settings {
        Settings {
            scale_up_limit_factor: self.scale_up_limit_factor,
            scale_up_limit_minimum: self.scale_up_limit_minimum,
            ..rest
        }
    }
}

#[derive(Deserialize)]
pub(super) struct RulesInput {
    stabilization_window_s: Option<Seconds>,
    select_policy: Option<SelectInput>,
    policies: Vec<PolicyInput>,
}

#[derive(Deserialize, Clone, Copy)]
enum SelectInput {
    Max,
    Min,
    Disabled,
}

#[derive(Deserialize)]
struct PolicyInput {
    #[serde(rename = "type")]
    kind: PolicyKind,
    value: i32,
    period_s: Seconds,
}

#[derive(Deserialize, Clone, Copy)]
enum PolicyKind {
    Pods,
    Percent,
}

impl RulesInput {
    pub(super) fn rules(&self) -> Rules {
        let policy = |policy: &PolicyInput| Policy {
            amount: match policy.kind {
                PolicyKind::Pods => Amount::Pods(policy.value),
                PolicyKind::Percent => Amount::Percent(f64::from(policy.value)),
            },
            period_ns: policy.period_s.length_ns(),
        };
        Rules {
            window_ns: self.stabilization_window_s.map(Seconds::length_ns),
            select: match self.select_policy {
                None | Some(SelectInput::Max) => Select::Max,
                Some(SelectInput::Min) => Select::Min,
                Some(SelectInput::Disabled) => Select::Disabled,
            },
            policies: self.policies.iter().map(policy).collect(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct EventInput {
    change: i32,
    age_s: Seconds,
    #[serde(default)]
    outdated: bool,
}

pub(super) fn events(inputs: &[EventInput]) -> ScaleEvents {
    let event = |input: &EventInput| ScaleEvent {
        change: input.change,
        at_ns: input.age_s.before_ns(),
        outdated: input.outdated,
    };
    ScaleEvents::new(inputs.iter().map(event).collect())
}

#[derive(Deserialize)]
pub(super) struct RecommendationInput {
    replicas: i32,
    age_s: Seconds,
}

pub(super) fn recommendations(inputs: &[RecommendationInput]) -> Recommendations {
    let recommendation = |input: &RecommendationInput| Recommendation {
        replicas: input.replicas,
        at_ns: input.age_s.before_ns(),
    };
    Recommendations::new(inputs.iter().map(recommendation).collect())
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    Up,
    Down,
}
