//! The parts of the autoscaler that a case can ask, each with its input and its answer.

use knockon_sim::autoscaler::{
    Behavior, Calculator, Condition, Conditions, Controller, Group, MetricKind, Outcome,
    Recommendations, ScaleEvents, Settings, limits, pods,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::Answer;
use super::input::{
    BoundsInput, Direction, EventInput, LimitInput, MetricInput, MetricsInput, NOW_NS, PodInput,
    RecommendationInput, RulesInput, Seconds, TargetInput, events, recommendations,
};
use super::metrics::{message, outcome, resource, samples};

/// Asks the part of this kind; the error says why the case cannot be played.
pub(super) fn play(kind: &str, input: Value) -> Result<Answer, String> {
    let gives = match kind {
        "replica_calc" => return read(input).and_then(|input| replica_calc(&input)),
        "reconcile" => return read(input).and_then(|input| reconcile(&input)),
        "group_pods" => group_pods(&read(input)?),
        "behavior_rate" => behavior_rate(&read(input)?),
        "stabilize" => stabilize(&read(input)?),
        "stabilize_behavior" => stabilize_behavior(&read(input)?),
        "limits" => limits(&read(input)?),
        "scale_limit" => scale_limit(&read(input)?),
        "store_scale_event" => store_scale_event(&read(input)?),
        _ => return Err(format!("is of kind `{kind}`, which is not known here")),
    };
    Ok(Answer::Gives(gives))
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, String> {
    serde_json::from_value(input).map_err(|error| format!("its input cannot be read: {error}"))
}

#[derive(Deserialize)]
struct ReplicaCalc {
    current_replicas: i32,
    target: TargetInput,
    #[serde(flatten)]
    metrics: MetricsInput,
}

fn replica_calc(input: &ReplicaCalc) -> Result<Answer, String> {
    let settings = input.metrics.settings();
    let pods: Vec<_> = input.metrics.pods.iter().map(PodInput::pod).collect();
    let replicas = input.current_replicas;
    let calculator = Calculator { settings: &settings, now_ns: NOW_NS, replicas, pods: &pods };
    let outcome = outcome(&calculator, &input.target, &input.metrics, replicas)?;
    let proposal = match outcome.result {
        Ok(proposal) => proposal,
        Err(failure) => return Ok(Answer::Fails(message(failure, &input.target))),
    };
    let value =
        if proposal.utilization_percent.is_some() { "average_usage_m" } else { "value_milli" };
    let mut gives = Map::from_iter([("replicas".to_owned(), json!(proposal.replicas))]);
    gives.insert("utilization_percent".to_owned(), json!(proposal.utilization_percent));
    gives.insert(value.to_owned(), json!(proposal.value));
    Ok(Answer::Gives(Value::Object(gives)))
}

#[derive(Deserialize)]
struct Reconcile {
    spec_replicas: i32,
    status_replicas: i32,
    targets: Vec<TargetInput>,
    behavior: Option<BehaviorInput>,
    recommendations: Option<Vec<RecommendationInput>>,
    #[serde(flatten)]
    events: EventsInput,
    downscale_stabilization_s: Seconds,
    #[serde(flatten)]
    bounds: BoundsInput,
    #[serde(flatten)]
    limit: LimitInput,
    #[serde(flatten)]
    metrics: MetricsInput,
}

#[derive(Deserialize)]
struct BehaviorInput {
    scale_up: RulesInput,
    scale_down: RulesInput,
}

/// Earlier changes in both directions.
#[derive(Deserialize)]
struct EventsInput {
    #[serde(default)]
    scale_up_events: Vec<EventInput>,
    #[serde(default)]
    scale_down_events: Vec<EventInput>,
}

fn behavior(input: &BehaviorInput) -> Behavior {
    Behavior { up: input.scale_up.rules(), down: input.scale_down.rules() }
}

fn reconcile(input: &Reconcile) -> Result<Answer, String> {
    let settings = Settings {
        downscale_stabilization_ns: input.downscale_stabilization_s.length_ns(),
        ..input.limit.settings(input.metrics.settings())
    };
    let pods: Vec<_> = input.metrics.pods.iter().map(PodInput::pod).collect();
    let replicas = input.spec_replicas;
    let calculator = Calculator { settings: &settings, now_ns: NOW_NS, replicas, pods: &pods };
    let outcomes = input
        .targets
        .iter()
        .map(|target| outcome(&calculator, target, &input.metrics, input.status_replicas))
        .collect::<Result<Vec<_>, _>>()?;
    let up = events(&input.events.scale_up_events);
    let down = events(&input.events.scale_down_events);
    let controller =
        Controller::new(settings, input.bounds.bounds(), input.behavior.as_ref().map(behavior))
            .with_events(up, down);
    let mut controller = match &input.recommendations {
        Some(log) => controller.with_recommendations(recommendations(log)),
        None => controller,
    };
    let round = controller.round(NOW_NS, replicas, &outcomes);
    // The status of the real one shows the processor time of whole pods, and only of a round in
    // which the metrics decided.
    let shown = |outcome: &&Outcome| outcome.kind == MetricKind::Resource;
    let utilization = match round.proposed {
        Some(_) => outcomes.iter().filter(shown).rev().find_map(|outcome| {
            outcome.result.ok().and_then(|proposal| proposal.utilization_percent)
        }),
        None => None,
    };
    Ok(Answer::Gives(json!({
        "replicas": round.replicas,
        "utilization_percent": utilization,
        "conditions": conditions(round.conditions),
    })))
}

fn conditions(conditions: Conditions) -> Value {
    let Conditions { able_to_scale, scaling_active, scaling_limited } = conditions;
    let named = [
        ("AbleToScale", able_to_scale),
        ("ScalingActive", scaling_active),
        ("ScalingLimited", scaling_limited),
    ];
    let written = |it: &Condition| json!({"status": it.status, "reason": it.reason.as_str()});
    let present = named.iter().filter_map(|(name, it)| {
        it.as_ref().map(|condition| ((*name).to_owned(), written(condition)))
    });
    Value::Object(present.collect())
}

#[derive(Deserialize)]
struct GroupPods {
    resource: String,
    pods: Vec<PodInput>,
    metrics: Vec<MetricInput>,
    cpu_initialization_s: Seconds,
    initial_readiness_delay_s: Seconds,
}

fn group_pods(input: &GroupPods) -> Value {
    let settings = Settings {
        cpu_initialization_ns: input.cpu_initialization_s.length_ns(),
        initial_readiness_delay_ns: input.initial_readiness_delay_s.length_ns(),
        ..Settings::default()
    };
    let of_any = |metric: &MetricInput| {
        Ok(metric.value.or(metric.usage_m).or(metric.value_milli).or(Some(0)))
    };
    let samples = samples(&input.pods, &input.metrics, of_any).unwrap_or_default();
    let pods: Vec<_> = input.pods.iter().map(PodInput::pod).collect();
    let groups = pods::group(&pods, &samples, Some(resource(&input.resource)), NOW_NS, &settings);
    let of = |wanted: Group| {
        let members = input.pods.iter().zip(&groups).filter(move |(_, group)| **group == wanted);
        members.map(|(pod, _)| pod.name.as_str()).collect::<Vec<_>>()
    };
    json!({
        "ready_count": of(Group::Ready).len(),
        "unready": of(Group::Unready),
        "missing": of(Group::Missing),
        "ignored": of(Group::Ignored),
    })
}

#[derive(Deserialize)]
struct BehaviorRate {
    current_replicas: i32,
    desired_replicas: i32,
    #[serde(flatten)]
    bounds: BoundsInput,
    #[serde(flatten)]
    behavior: BehaviorInput,
    #[serde(flatten)]
    events: EventsInput,
}

fn behavior_rate(input: &BehaviorRate) -> Value {
    let up = events(&input.events.scale_up_events);
    let down = events(&input.events.scale_down_events);
    let (replicas, reason) = behavior(&input.behavior).limited(
        NOW_NS,
        input.bounds.bounds(),
        input.current_replicas,
        input.desired_replicas,
        (&up, &down),
    );
    json!({"replicas": replicas, "reason": reason.as_str()})
}

#[derive(Deserialize)]
struct Stabilize {
    desired_replicas: i32,
    downscale_stabilization_s: Seconds,
    recommendations: Vec<RecommendationInput>,
}

fn stabilize(input: &Stabilize) -> Value {
    let mut log = recommendations(&input.recommendations);
    let window_ns = input.downscale_stabilization_s.length_ns();
    let replicas = log.highest(NOW_NS, window_ns, input.desired_replicas);
    stabilized(replicas, &log)
}

#[derive(Deserialize)]
struct StabilizeBehavior {
    current_replicas: i32,
    desired_replicas: i32,
    scale_up_stabilization_window_s: Seconds,
    scale_down_stabilization_window_s: Seconds,
    recommendations: Vec<RecommendationInput>,
}

fn stabilize_behavior(input: &StabilizeBehavior) -> Value {
    let mut log = recommendations(&input.recommendations);
    let (replicas, _) = log.stabilized(
        NOW_NS,
        input.scale_up_stabilization_window_s.length_ns(),
        input.scale_down_stabilization_window_s.length_ns(),
        input.current_replicas,
        input.desired_replicas,
    );
    stabilized(replicas, &log)
}

fn stabilized(replicas: i32, log: &Recommendations) -> Value {
    let after: Vec<i32> = log.entries().iter().map(|entry| entry.replicas).collect();
    json!({
        "replicas": replicas,
        "recommendations_stored": after.len(),
        "recommendations_after": after,
    })
}

#[derive(Deserialize)]
struct Limits {
    current_replicas: i32,
    desired_replicas: i32,
    #[serde(flatten)]
    bounds: BoundsInput,
    #[serde(flatten)]
    limit: LimitInput,
}

fn limits(input: &Limits) -> Value {
    let settings = input.limit.settings(Settings::default());
    let (replicas, reason) = limits::without_behavior(
        input.bounds.bounds(),
        input.current_replicas,
        input.desired_replicas,
        &settings,
    );
    json!({"replicas": replicas, "reason": reason.as_str()})
}

#[derive(Deserialize)]
struct ScaleLimit {
    direction: Direction,
    current_replicas: i32,
    events: Vec<EventInput>,
    rules: RulesInput,
}

fn scale_limit(input: &ScaleLimit) -> Value {
    let (rules, events) = (input.rules.rules(), events(&input.events));
    let limit = match input.direction {
        Direction::Up => rules.highest(NOW_NS, input.current_replicas, &events),
        Direction::Down => rules.lowest(NOW_NS, input.current_replicas, &events),
    };
    json!({"limit": limit})
}

#[derive(Deserialize)]
struct StoreScaleEvent {
    direction: Direction,
    rules: Option<RulesInput>,
    count_period_s: Seconds,
    prior_events: Vec<EventInput>,
    previous_replicas: i32,
    new_replicas: i32,
}

fn store_scale_event(input: &StoreScaleEvent) -> Value {
    let mut events: ScaleEvents = events(&input.prior_events);
    let before = events.change_within(NOW_NS, input.count_period_s.length_ns());
    let change = match input.direction {
        Direction::Up => input.new_replicas - input.previous_replicas,
        Direction::Down => input.previous_replicas - input.new_replicas,
    };
    if let Some(rules) = &input.rules {
        events.store(NOW_NS, &rules.rules(), change);
    }
    let after: Vec<Value> = events
        .entries()
        .iter()
        .map(|event| json!({"change": event.change, "outdated": event.outdated}))
        .collect();
    json!({"change_in_period_before": before, "events_after": after})
}
