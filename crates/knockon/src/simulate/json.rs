//! A simulation as JSON: `docs/reference/simulation.md` is its contract.

use knockon_core::Diagnostic;
use knockon_report::diagnostics_documents;
use knockon_sim::plan::Demand;
use knockon_sim::sealed::{JourneyTruth, Node, PartKind, Place};
use knockon_sim::story::Story;
use knockon_sim::summary::{
    JourneyFigures, MachineFigures, OperationFigures, Quantiles, QueueFigures, SagaFigures,
    ServiceFigures,
};
use knockon_sim::timeline::What;
use knockon_sim::trouble::Harm;
use serde_json::{Map, Value, json};

use super::Simulation;
use super::alerts::Fired;
use super::figures::{Figure, Played};
use super::promises::{Promise, is_kept};

const NS_PER_MS: f64 = 1e6;
const NS_PER_S: f64 = 1e9;

/// The simulation as a JSON document.
pub(super) fn json(simulation: &Simulation<'_>, notes: &[Diagnostic]) -> String {
    let args = simulation.args;
    let system = simulation.system;
    let journeys: Vec<Value> =
        (0..system.journeys().len()).map(|at| journey(simulation, at)).collect();
    let runs: Vec<Value> = (simulation.runs.iter().enumerate())
        .map(|(replication, played)| run(simulation, replication, played))
        .collect();
    let document = json!({
        "schema": "knockon.simulation/v1",
        "system": system.name(),
        "variant": args.variant,
        "lasts_s": simulation.asked.lasts.as_secs_f64(),
        "seed": args.seed,
        "replications": args.replications,
        "demand_factor": simulation.asked.demand_factor,
        "users": users(simulation),
        "faults": faults(simulation),
        "journeys": journeys,
        "runs": runs,
        "diagnostics": diagnostics_documents(notes),
    });
    format!("{document:#}\n")
}

/// The closed populations that were asked for.
fn users(simulation: &Simulation<'_>) -> Vec<Value> {
    let demands = simulation.asked.plan.demand.iter().zip(simulation.system.journeys());
    let closed = demands.filter_map(|(demand, journey)| match demand {
        Some(Demand::Closed { users, think }) => Some(json!({
            "journey": journey.name,
            "users": users,
            "think_s": think.as_secs_f64(),
        })),
        _ => None,
    });
    closed.collect()
}

fn faults(simulation: &Simulation<'_>) -> Vec<Value> {
    let timeline = simulation.asked.plan.timeline.iter().enumerate();
    let faults = timeline.filter_map(|(at, happening)| {
        let What::Fault(fault) = &happening.what else { return None };
        Some(json!({
            "fault": at + 1,
            "kind": fault.kind.word(),
            "what": fault.kind.describe(simulation.system),
            "from_s": happening.at.as_secs_f64(),
            "lasts_s": fault.shape.lasts.map(|lasts| lasts.as_secs_f64()),
        }))
    });
    faults.collect()
}

/// A journey over all runs: its promises, and each figure with its interval.
fn journey(simulation: &Simulation<'_>, at: usize) -> Value {
    let journey = &simulation.system.journeys()[at];
    let mut figures = Map::new();
    for (name, of) in COUNTS {
        let figure = simulation.of_journey(at, |it| Some(of(&it.ends) as f64));
        figures.insert((*name).to_owned(), interval(figure, 1.0));
    }
    figures.insert("success".into(), interval(simulation.of_journey(at, |it| it.success), 1.0));
    for promise in [Promise::P50, Promise::P95, Promise::P99] {
        let word = promise.word();
        let answers = simulation.of_journey(at, |it| promise.quantile(it.answers.as_ref()?));
        figures.insert(format!("answers_{word}_ms"), interval(answers, NS_PER_MS));
        let completion = simulation.of_journey(at, |it| promise.quantile(it.completion.as_ref()?));
        figures.insert(format!("completion_{word}_ms"), interval(completion, NS_PER_MS));
    }
    figures.insert("value".into(), interval(simulation.of_journey(at, |it| Some(it.value)), 1.0));
    let missed = simulation.of_journey(at, |it| Some(it.value_missed));
    figures.insert("value_missed".into(), interval(missed, 1.0));
    let promises = Promise::ALL.into_iter().filter_map(|promise| {
        let bound = promise.bound(journey.slo.as_ref()?)?;
        let is_share = promise == Promise::Success;
        Some(json!({
            "promise": promise.word(),
            "share": is_share.then_some(bound),
            "ms": (!is_share).then_some(bound / NS_PER_MS),
            "kept": is_kept(simulation, at, journey, promise),
        }))
    });
    json!({
        "journey": journey.name,
        "currency": journey.value.map(|value| value.currency.as_str().to_owned()),
        "promises": promises.collect::<Vec<_>>(),
        "figures": figures,
    })
}

/// A count of what became of the users of a journey.
type CountOf = fn(&JourneyTruth) -> u64;

/// Everything that is counted of the users of a journey, by its key.
const COUNTS: &[(&str, CountOf)] = &[
    ("started", |it| it.started),
    ("served", |it| it.served),
    ("failed", |it| it.failed),
    ("slow", |it| it.slow),
    ("completed", |it| it.completed),
    ("late", |it| it.late),
    ("lost", |it| it.lost),
    ("stuck", |it| it.stuck),
    ("with_people", |it| it.with_people),
    ("doubled", |it| it.doubled),
    ("double_charged", |it| it.double_charged),
    ("charged_unfulfilled", |it| it.charged_unfulfilled),
    ("under_way", |it| it.under_way),
];

/// A mean with half the width of its 95 % interval, which one value does not have.
fn interval(figure: Option<Figure>, unit: f64) -> Value {
    let Some(figure) = figure else { return Value::Null };
    let half_width = figure.interval().map(|interval| interval.half_width / unit);
    json!({ "mean": figure.mean() / unit, "half_width": half_width })
}

/// One run, with everything that was counted.
fn run(simulation: &Simulation<'_>, replication: usize, played: &Played) -> Value {
    let summary = &played.summary;
    json!({
        "replication": replication,
        "journeys": summary.journeys.iter().map(journey_of_run).collect::<Vec<_>>(),
        "why": played.truth.stories.iter().map(|it| story(simulation, it)).collect::<Vec<_>>(),
        "alerts": played.alerts.iter().map(alert).collect::<Vec<_>>(),
        "operations": summary.operations.iter().map(operation).collect::<Vec<_>>(),
        "services": summary.services.iter().map(service).collect::<Vec<_>>(),
        "queues": summary.queues.iter().map(queue).collect::<Vec<_>>(),
        "caches": summary.caches.iter().map(cache).collect::<Vec<_>>(),
        "machines": summary.machines.iter().map(machine).collect::<Vec<_>>(),
        "sagas": summary.sagas.iter().map(saga).collect::<Vec<_>>(),
    })
}

fn alert(fired: &Fired) -> Value {
    let seconds = |ms: i64| ms as f64 / 1000.0;
    json!({
        "alert": fired.name,
        "severity": fired.severity.map(|it| it.to_string()),
        "service": fired.service,
        "team": fired.team,
        "labels": fired.labels,
        "annotations": fired.annotations,
        // A number that JSON has no word for is null.
        "value": fired.value,
        "active_s": seconds(fired.active_ms),
        "fired_s": seconds(fired.firing_ms),
        "resolved_s": fired.resolved_ms.map(seconds),
    })
}

fn quantiles(of: Option<&Quantiles>) -> Value {
    let ms = |ns: u64| ns as f64 / NS_PER_MS;
    of.map_or(Value::Null, |of| {
        json!({
            "count": of.count,
            "mean_ms": of.mean_ns / NS_PER_MS,
            "p50_ms": ms(of.p50_ns),
            "p95_ms": ms(of.p95_ns),
            "p99_ms": ms(of.p99_ns),
            "max_ms": ms(of.max_ns),
        })
    })
}

fn journey_of_run(of: &JourneyFigures) -> Value {
    let mut document = json!({ "journey": of.ends.name });
    for (name, count) in COUNTS {
        document[*name] = count(&of.ends).into();
    }
    let stages = of.stages.iter();
    let stages = stages.map(|(stage, reached)| json!({ "stage": stage, "reached": reached }));
    document["success"] = json!(of.success);
    document["value"] = json!(of.value);
    document["value_missed"] = json!(of.value_missed);
    document["stages"] = stages.collect();
    document["answers"] = quantiles(of.answers.as_ref());
    document["completion"] = quantiles(of.completion.as_ref());
    document
}

fn story(simulation: &Simulation<'_>, story: &Story) -> Value {
    json!({
        "harm": harm(story.harm),
        "to": story.whose.as_ref().map(place),
        "count": story.toll.count,
        "first_s": story.toll.first_ns as f64 / NS_PER_S,
        "last_s": story.toll.last_ns as f64 / NS_PER_S,
        "chain": story.links.iter().map(|it| link(simulation, it)).collect::<Vec<_>>(),
    })
}

fn link(simulation: &Simulation<'_>, node: &Node) -> Value {
    let timeline = &simulation.asked.plan.timeline;
    let origin = node.origin.and_then(|it| timeline.get((it as usize).checked_sub(1)?));
    let fault = match origin.map(|it| &it.what) {
        Some(What::Fault(fault)) => Some(fault.kind.word()),
        _ => None,
    };
    json!({
        "at": place(&node.place),
        "effect": node.effect.as_str(),
        "fault": node.origin,
        "kind": fault,
    })
}

fn place(place: &Place) -> Value {
    let kind = match place.kind {
        PartKind::Service => "service",
        PartKind::Queue => "queue",
        PartKind::Journey => "journey",
    };
    json!({ "kind": kind, "name": place.name })
}

fn harm(harm: Harm) -> &'static str {
    match harm {
        Harm::Failed => "failed",
        Harm::Slow => "slow",
        Harm::Late => "late",
        Harm::Lost => "lost",
        Harm::Stuck => "stuck",
        Harm::MessageLost => "message_lost",
        Harm::Background => "background",
    }
}

fn operation(of: &OperationFigures) -> Value {
    let ended: Map<String, Value> = (of.ended.iter())
        .map(|(outcome, count)| (outcome.as_str().to_owned(), (*count).into()))
        .collect();
    json!({
        "service": of.service,
        "operation": of.name,
        "ended": ended,
        "done": quantiles(of.done.as_ref()),
        "failed": quantiles(of.failed.as_ref()),
        "wasted": of.wasted,
        "repeated": of.repeated,
    })
}

fn service(of: &ServiceFigures) -> Value {
    json!({
        "service": of.name,
        "replicas_wanted": of.wanted,
        "replicas_ready": of.ready,
        "restarts": of.restarts,
        "oom_kills": of.oom_kills,
        "cpu_s": of.cpu_ns as f64 / NS_PER_S,
        "throttled_s": of.throttled_ns as f64 / NS_PER_S,
        "connections": of.connections,
        "connections_refused": of.connections_refused,
    })
}

fn queue(of: &QueueFigures) -> Value {
    let counters = &of.counters;
    json!({
        "broker": of.broker,
        "queue": of.name,
        "manual": of.manual,
        "ready": of.ready,
        "unacked": of.unacked,
        "consumers": of.consumers,
        "waits": quantiles(of.waits.as_ref()),
        "published": counters.published,
        "confirmed": counters.confirmed,
        "refused": counters.refused,
        "delivered": counters.delivered,
        "redelivered": counters.redelivered,
        "acked": counters.acked,
        "dropped": counters.dropped,
        "expired": counters.expired,
        "rejected": counters.rejected,
        "over_delivered": counters.over_delivered,
        "purged": counters.purged,
        "lost": counters.lost,
        "dead_lettered": counters.dead_lettered,
    })
}

fn cache(of: &knockon_sim::summary::CacheFigures) -> Value {
    let counts = &of.counts;
    json!({
        "cache": of.name,
        "hits": counts.hits,
        "misses": counts.misses,
        "evictions": counts.evictions,
        "expired": counts.expired,
        "refused": counts.refused,
        "items": counts.items,
        "bytes": counts.bytes,
    })
}

fn machine(of: &MachineFigures) -> Value {
    let states = of.states.iter();
    let states = states
        .map(|(state, there, stuck)| json!({ "state": state, "things": there, "stuck": stuck }));
    json!({ "service": of.service, "machine": of.name, "states": states.collect::<Vec<_>>() })
}

fn saga(of: &SagaFigures) -> Value {
    json!({
        "service": of.service,
        "saga": of.name,
        "begun": of.counts.begun,
        "done": of.counts.done,
        "again": of.counts.again,
        "taken_back": of.counts.taken_back,
        "manual": of.counts.manual,
        "abandoned": of.counts.abandoned,
        "interrupted": of.counts.interrupted,
    })
}
