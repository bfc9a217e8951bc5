//! The entry for one service: rounds over time, with production settings.

use std::time::Duration;

use knockon_core::{Autoscaler, ScalingPolicy, Share};
use proptest::prelude::*;

use super::super::{SECOND_NS, SYNC_PERIOD_NS};
use super::*;

/// Pods older than this were ready long ago.
const START_NS: u64 = 10_000 * SECOND_NS;

fn targets_cpu(percent: f64) -> ScalingTargets {
    ScalingTargets { cpu: Some(Share { percent }), ..ScalingTargets::default() }
}

fn model(targets: ScalingTargets) -> Autoscaler {
    Autoscaler { min: 1, max: 100, targets, up: None, down: None }
}

fn autoscaler(model: &Autoscaler) -> ServiceAutoscaler {
    ServiceAutoscaler::new(model, Settings::default())
}

/// A pod that has been ready for long, requests 1000 millicores and uses this many.
fn pod(now_ns: u64, millicores: u64) -> PodSample {
    PodSample {
        phase: Phase::Running,
        deleted: false,
        ready: true,
        ready_changed_ns: 0,
        started_ns: 0,
        sampled_ns: now_ns,
        window_ns: 30 * SECOND_NS,
        cpu: Use { request: Some(1000), usage: Some(millicores) },
        memory: Use::default(),
        requests: None,
    }
}

fn observed(pods: &[PodSample]) -> Observed<'_> {
    let replicas = u32::try_from(pods.len()).unwrap();
    Observed { spec_replicas: replicas, status_replicas: replicas, pods, backlog: None }
}

/// The first round of an autoscaler for so many pods that all use the same.
fn first(model: &Autoscaler, replicas: usize, millicores: u64) -> (u32, Reason) {
    let pods = vec![pod(START_NS, millicores); replicas];
    let decision = autoscaler(model).reconcile(START_NS, &observed(&pods));
    assert_eq!(decision.changed, decision.replicas as usize != replicas);
    (decision.replicas, decision.reason)
}

/// Rounds every 15 s in which so many millicores are shared by the replicas there are: when the
/// replicas change, in seconds from the first round.
fn changes(
    model: &Autoscaler,
    replicas: u32,
    millicores: impl Fn(u64) -> u64,
    until_s: u64,
) -> Vec<(u64, u32)> {
    let mut autoscaler = autoscaler(model);
    let (mut replicas, mut changes) = (replicas, Vec::new());
    for round in 0..=until_s * SECOND_NS / SYNC_PERIOD_NS {
        let after_s = round * SYNC_PERIOD_NS / SECOND_NS;
        let now_ns = START_NS + round * SYNC_PERIOD_NS;
        let share = millicores(after_s) / u64::from(replicas);
        let pods = vec![pod(now_ns, share); replicas as usize];
        let decision = autoscaler.reconcile(now_ns, &observed(&pods));
        if decision.changed {
            changes.push((after_s, decision.replicas));
        }
        replicas = decision.replicas;
    }
    changes
}

fn scaling(window_s: Option<u64>, policies: &[ScalingPolicy]) -> Scaling {
    Scaling {
        window: window_s.map(Duration::from_secs),
        select: ScalingSelect::Max,
        policies: policies.to_vec(),
    }
}

fn pods_per_minute(pods: u32) -> ScalingPolicy {
    ScalingPolicy { pods: Some(pods), percent: None, period: Duration::from_secs(60) }
}

/// The formula of the documentation: ceil(replicas * usage / target), at most twice as many.
#[test]
fn replicas_follow_usage_over_target() {
    let check = |replicas, millicores, expected| {
        assert_eq!(first(&model(targets_cpu(50.0)), replicas, millicores), expected);
    };
    check(4, 700, (6, Reason::SucceededRescale));
    check(4, 545, (4, Reason::ReadyForNewScale));
    check(4, 1500, (8, Reason::ScaleUpLimit));
    check(1, 5000, (4, Reason::ScaleUpLimit));
    check(80, 900, (100, Reason::TooManyReplicas));
    check(4, 250, (4, Reason::ScaleDownStabilized));
}

#[test]
fn without_a_target_it_is_80_percent_of_processor_time() {
    assert_eq!(first(&model(ScalingTargets::default()), 10, 1000).0, 13);
}

#[test]
fn a_scale_down_waits_for_five_minutes() {
    let load = |after_s| if after_s < 60 { 5000 } else { 1000 };
    let found = changes(&model(targets_cpu(50.0)), 10, load, 600);
    // The last proposal of 10 is of 45 s after the first round, and 300 s old it still counts.
    assert_eq!(found, [(360, 2)]);
}

#[test]
fn pods_that_just_started_do_not_count_and_hold_the_next_step_back() {
    let now_ns = START_NS;
    let mut pods = vec![pod(now_ns, 1000); 8];
    for young in &mut pods[4..] {
        young.started_ns = now_ns - 20 * SECOND_NS;
        young.ready_changed_ns = now_ns - 10 * SECOND_NS;
    }
    // Of the four that count the average is twice the target; the others count as idle.
    let mut model = model(targets_cpu(50.0));
    let decision = autoscaler(&model).reconcile(now_ns, &observed(&pods));
    assert_eq!((decision.replicas, decision.proposed), (8, Some(8)));
    // Above it by more, it goes up by what is left.
    model.targets = targets_cpu(25.0);
    assert_eq!(autoscaler(&model).reconcile(now_ns, &observed(&pods)).replicas, 16);
}

#[test]
fn pods_without_a_sample_hold_a_scale_down_back() {
    let mut pods = vec![pod(START_NS, 100); 4];
    pods[3].cpu.usage = None;
    let mut model = model(targets_cpu(50.0));
    model.down = Some(scaling(Some(0), &[]));
    // (3 * 10 % + 100 %) / 4 = 32 % of 50 %: 3 replicas; without the fourth it were 1.
    assert_eq!(autoscaler(&model).reconcile(START_NS, &observed(&pods)).replicas, 3);
}

/// From 3 replicas the default behaviour allows 7, the limits without behaviour 6.
#[test]
fn a_behavior_of_one_direction_brings_the_default_of_the_other() {
    let mut model = model(targets_cpu(50.0));
    assert_eq!(first(&model, 3, 5000), (6, Reason::ScaleUpLimit));
    model.down = Some(scaling(Some(0), &[]));
    assert_eq!(first(&model, 3, 5000), (7, Reason::ScaleUpLimit));
    assert_eq!(first(&model, 3, 100), (1, Reason::SucceededRescale));
    model.down = None;
    model.up = Some(scaling(None, &[pods_per_minute(1)]));
    assert_eq!(first(&model, 3, 5000), (4, Reason::ScaleUpLimit));
    assert_eq!(first(&model, 3, 100), (3, Reason::ScaleDownStabilized));
    model.up = Some(scaling(Some(60), &[]));
    assert_eq!(first(&model, 3, 5000), (3, Reason::ScaleUpStabilized));
}

#[test]
fn a_policy_meters_change_over_its_period() {
    let mut model = model(targets_cpu(50.0));
    model.up = Some(scaling(None, &[pods_per_minute(2)]));
    let found = changes(&model, 2, |_| 4000, 300);
    assert_eq!(found, [(0, 4), (60, 6), (120, 8)]);

    model.up = None;
    model.down = Some(scaling(Some(0), &[pods_per_minute(3)]));
    assert_eq!(changes(&model, 10, |_| 500, 300), [(0, 7), (60, 4), (120, 1)]);

    let disabled = Scaling { select: ScalingSelect::Disabled, ..scaling(Some(0), &[]) };
    model.down = Some(disabled);
    assert_eq!(changes(&model, 10, |_| 500, 300), []);
}

#[test]
fn a_policy_with_replicas_and_percent_is_two() {
    let mut model = model(targets_cpu(50.0));
    let both = ScalingPolicy { percent: Some(Share { percent: 10.0 }), ..pods_per_minute(3) };
    model.up = Some(scaling(None, &[both]));
    assert_eq!(first(&model, 10, 2000).0, 13);
    // 50 * 1.1 is a little more than 55 in 64-bit floats, and rounded up: so it is in Kubernetes.
    assert_eq!(first(&model, 50, 2000).0, 56);
    model.up = Some(Scaling { select: ScalingSelect::Min, ..scaling(None, &[both]) });
    assert_eq!(first(&model, 10, 2000).0, 11);
}

#[test]
fn the_target_that_asks_for_most_wins() {
    let per_second = |it: f64| Rate { per_hour: it * 3600.0 };
    let mut targets = targets_cpu(50.0);
    targets.memory = Some(Share { percent: 80.0 });
    targets.requests = Some(per_second(10.0));
    targets.backlog = Some(100);
    let check = |memory: u64, rate: f64, backlog: u64, expected| {
        let mut pods = vec![pod(START_NS, 500); 10];
        for pod in &mut pods {
            pod.memory = Use { request: Some(64 << 30), usage: Some(memory << 30) };
            pod.requests = Some(per_second(rate));
        }
        let observed = Observed { backlog: Some(backlog), ..observed(&pods) };
        let found = autoscaler(&model(targets)).reconcile(START_NS, &observed);
        assert_eq!(found.replicas, expected, "{memory} GiB, {rate}/s, {backlog} waiting");
    };
    check(51, 10.0, 1000, 10);
    check(64, 10.0, 1000, 13);
    check(51, 12.5, 1000, 13);
    check(51, 10.0, 1401, 15);
    check(64, 15.0, 1401, 15);
}

#[test]
fn without_metrics_nothing_changes_and_the_reason_is_given() {
    let mut pods = vec![pod(START_NS, 500); 3];
    for pod in &mut pods {
        pod.cpu.usage = None;
    }
    let decision = autoscaler(&model(targets_cpu(50.0))).reconcile(START_NS, &observed(&pods));
    assert_eq!((decision.replicas, decision.changed, decision.proposed), (3, false, None));
    assert_eq!(decision.reason, Reason::FailedGetResourceMetric);
}

#[test]
fn zero_replicas_stay_and_bounds_need_no_metrics() {
    let check = |spec_replicas, expected| {
        let model = Autoscaler { min: 2, max: 5, ..model(targets_cpu(50.0)) };
        let observed = Observed { spec_replicas, status_replicas: 0, pods: &[], backlog: None };
        let found = autoscaler(&model).reconcile(START_NS, &observed);
        assert_eq!((found.replicas, found.reason), expected);
    };
    check(0, (0, Reason::ScalingDisabled));
    check(1, (2, Reason::SucceededRescale));
    check(9, (5, Reason::SucceededRescale));
}

proptest! {
    /// Whatever the pods show, a round ends within the bounds and goes up no faster than allowed.
    #[test]
    fn a_round_stays_within_bounds(
        usages in prop::collection::vec(prop::option::of(0_u64..5_000), 1..20),
        ready in prop::collection::vec(any::<bool>(), 20),
        percent in 1.0..200.0,
        min in 1_u32..5,
        above in 0_u32..30,
    ) {
        let mut pods = Vec::new();
        for (usage, ready) in usages.iter().zip(ready) {
            let mut pod = pod(START_NS, 0);
            pod.cpu.usage = *usage;
            pod.ready = ready;
            pods.push(pod);
        }
        let model = Autoscaler { min, max: min + above, ..model(targets_cpu(percent)) };
        let found = autoscaler(&model).reconcile(START_NS, &observed(&pods));
        prop_assert!(found.replicas >= min && found.replicas <= min + above);
        let before = u32::try_from(pods.len()).unwrap();
        prop_assert!(found.replicas <= (2 * before).max(4).max(min));
    }

    /// With every pod counting, more usage never asks for fewer replicas.
    #[test]
    fn more_usage_asks_for_no_fewer_replicas(
        replicas in 1_usize..50,
        less in 0_u64..5_000,
        more in 0_u64..5_000,
    ) {
        let asked = |millicores| {
            let pods = vec![pod(START_NS, millicores); replicas];
            let found = autoscaler(&model(targets_cpu(60.0))).reconcile(START_NS, &observed(&pods));
            found.proposed
        };
        prop_assert!(asked(less) <= asked(less + more));
    }
}
