//! The autoscaler of one service of a model: made from what the model says, asked every 15 s.

use std::time::Duration;

use knockon_core::{Rate, Scaling, ScalingSelect, ScalingTargets};

use super::{
    Amount, Behavior, Bounds, Calculator, Conditions, Controller, MetricKind, Outcome, Phase, Pod,
    Policy, Readiness, Reason, Resource, Rules, Sample, Select, Settings,
};

/// What an autoscaler without any target keeps processor time at, in percent of the request: the
/// default of Kubernetes' [autoscaling/v2beta2].
///
/// [autoscaling/v2beta2]: https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/apis/autoscaling/v2beta2/defaults.go
const CPU_PERCENT: f64 = 80.0;

/// What one replica requests and uses of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Use {
    /// What it requests; `None` when its model says nothing.
    pub request: Option<u64>,
    /// What it uses, averaged over the window of the sample; `None` without a sample.
    pub usage: Option<u64>,
}

/// One replica as the metrics pipeline shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PodSample {
    /// What it is doing.
    pub phase: Phase,
    /// It is being terminated.
    pub deleted: bool,
    /// Whether it takes requests.
    pub ready: bool,
    /// When that last changed, in nanoseconds.
    pub ready_changed_ns: u64,
    /// When it started, in nanoseconds.
    pub started_ns: u64,
    /// When the samples were taken, in nanoseconds.
    pub sampled_ns: u64,
    /// Over how long they are averages, in nanoseconds.
    pub window_ns: u64,
    /// Processor time in millicores.
    pub cpu: Use,
    /// Memory in bytes.
    pub memory: Use,
    /// Requests it is sent; `None` without a sample.
    pub requests: Option<Rate>,
}

/// What an autoscaler may look at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed<'a> {
    /// Replicas that are asked for now.
    pub spec_replicas: u32,
    /// Replicas that exist; only the backlog is divided by them.
    pub status_replicas: u32,
    /// Every pod of the service, terminating ones too.
    pub pods: &'a [PodSample],
    /// Messages waiting for the service; `None` when nobody counts them.
    pub backlog: Option<u64>,
}

/// What an autoscaler decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The replicas asked for from now on.
    pub replicas: u32,
    /// Whether that is news.
    pub changed: bool,
    /// What the metrics asked for, before stabilisation and limits; `None` when they were not asked
    /// or none gave a proposal.
    pub proposed: Option<u32>,
    /// What says most about it: why there was no proposal, else what limited it, else whether it was
    /// carried out or held by an earlier one.
    pub reason: Reason,
    /// All that is said of it.
    pub conditions: Conditions,
}

/// The autoscaler of one service, with its memory.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceAutoscaler {
    targets: ScalingTargets,
    controller: Controller,
}

impl ServiceAutoscaler {
    /// An autoscaler as the model says, before its first round.
    ///
    /// When it says how to scale in one direction, what it leaves out in either is filled in as
    /// Kubernetes does; when it says so in none, the limits of the settings apply. Without a target
    /// it is 80 % of the requested processor time.
    pub fn new(model: &knockon_core::Autoscaler, settings: Settings) -> Self {
        let bounds = Bounds { min: replicas(model.min), max: replicas(model.max) };
        let is_set = model.up.is_some() || model.down.is_some();
        let behavior = is_set.then(|| Behavior {
            up: rules(model.up.as_ref(), Rules::default_up()),
            down: rules(model.down.as_ref(), Rules::default_down()),
        });
        let mut targets = model.targets;
        if targets == ScalingTargets::default() {
            targets.cpu = Some(knockon_core::Share { percent: CPU_PERCENT });
        }
        Self { targets, controller: Controller::new(settings, bounds, behavior) }
    }

    /// What it tries to keep where.
    pub fn targets(&self) -> ScalingTargets {
        self.targets
    }

    /// Lets it go by something else from its next round on, with the same memory of what it did.
    pub fn set_targets(&mut self, targets: ScalingTargets) {
        self.targets = targets;
    }

    /// One round; due every [`SYNC_PERIOD_NS`](super::SYNC_PERIOD_NS).
    pub fn reconcile(&mut self, now_ns: u64, observed: &Observed<'_>) -> Decision {
        let current = replicas(observed.spec_replicas);
        let outcomes = self.outcomes(now_ns, current, observed);
        let round = self.controller.round(now_ns, current, &outcomes);
        let Conditions { able_to_scale, scaling_active, scaling_limited } = round.conditions;
        let telling = [
            scaling_active.filter(|condition| !condition.status),
            scaling_limited.filter(|condition| condition.status),
            able_to_scale,
        ];
        let reason = telling.into_iter().flatten().next();
        Decision {
            replicas: round.replicas.unsigned_abs(),
            changed: round.changed,
            proposed: round.proposed.map(i32::unsigned_abs),
            reason: reason.map_or(Reason::SucceededGetScale, |condition| condition.reason),
            conditions: round.conditions,
        }
    }

    /// What each target asks for.
    fn outcomes(&self, now_ns: u64, replicas: i32, observed: &Observed<'_>) -> Vec<Outcome> {
        let pods: Vec<Pod> = observed.pods.iter().map(pod).collect();
        let settings = self.controller.settings();
        let calculator = Calculator { settings, now_ns, replicas, pods: &pods };
        let resource = |resource, of: fn(&PodSample) -> Use, percent| {
            let requests: Vec<Option<i64>> =
                observed.pods.iter().map(|pod| of(pod).request.map(count)).collect();
            let samples = samples(observed.pods, |pod| of(pod).usage.map(count));
            let result = calculator.utilization(resource, &requests, &samples, percent);
            Outcome { kind: MetricKind::Resource, result }
        };
        let ScalingTargets { cpu, memory, requests, backlog } = self.targets;
        let cpu = cpu.map(|it| resource(Resource::Cpu, |pod| pod.cpu, it.percent));
        let memory = memory.map(|it| resource(Resource::Memory, |pod| pod.memory, it.percent));
        let requests = requests.map(|target| {
            let samples = samples(observed.pods, |pod| pod.requests.map(thousandths));
            let result = calculator.per_pod(&samples, thousandths(target));
            Outcome { kind: MetricKind::Pods, result }
        });
        let backlog = backlog.map(|target| {
            let values: Vec<i64> = observed.backlog.into_iter().map(count).collect();
            let existing = self::replicas(observed.status_replicas);
            let result = calculator.total_per_replica(&values, i64::from(target), existing);
            Outcome { kind: MetricKind::External, result }
        });
        [cpu, memory, requests, backlog].into_iter().flatten().collect()
    }
}

/// The rules of one direction, with what the model leaves out from the default ones.
fn rules(model: Option<&Scaling>, defaults: Rules) -> Rules {
    let Some(model) = model else { return defaults };
    let policies: Vec<Policy> = model
        .policies
        .iter()
        .flat_map(|policy| {
            let pods = policy.pods.map(|pods| Amount::Pods(replicas(pods)));
            let percent = policy.percent.map(|share| Amount::Percent(share.percent));
            let period_ns = nanoseconds(policy.period);
            pods.into_iter().chain(percent).map(move |amount| Policy { amount, period_ns })
        })
        .collect();
    Rules {
        window_ns: model.window.map(nanoseconds).or(defaults.window_ns),
        select: match model.select {
            ScalingSelect::Max => Select::Max,
            ScalingSelect::Min => Select::Min,
            ScalingSelect::Disabled => Select::Disabled,
        },
        policies: if policies.is_empty() { defaults.policies } else { policies },
    }
}

fn pod(sample: &PodSample) -> Pod {
    Pod {
        phase: sample.phase,
        deleted: sample.deleted,
        readiness: Some(Readiness { ready: sample.ready, changed_ns: sample.ready_changed_ns }),
        started_ns: Some(sample.started_ns),
    }
}

fn samples(pods: &[PodSample], value: impl Fn(&PodSample) -> Option<i64>) -> Vec<Sample> {
    let sample = |(place, pod): (usize, &PodSample)| {
        let (taken_ns, window_ns) = (pod.sampled_ns, pod.window_ns);
        value(pod).map(|value| Sample { pod: Some(place), value, taken_ns, window_ns })
    };
    pods.iter().enumerate().filter_map(sample).collect()
}

/// A rate as the whole number that the calculation takes: thousandths per hour, so that even a
/// request an hour is not rounded away.
#[expect(clippy::cast_possible_truncation, reason = "rounded, and saturating")]
fn thousandths(rate: Rate) -> i64 {
    (rate.per_hour * 1000.0).round() as i64
}

fn replicas(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
