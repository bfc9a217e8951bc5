//! What is seen, and what is true, when something is broken.

use std::path::Path;

use knockon_core::{ServiceKind, System};

use super::{Observation, openmetrics};
use crate::action::Action;
use crate::clock::{MILLISECOND, SECOND};
use crate::engine::Run;
use crate::engine::condition::{Bend, Condition};
use crate::engine::frame::Outcome;
use crate::plan::Plan;
use crate::program::Time;
use crate::sealed::{PartKind, Truth};
use crate::trouble::Harm;
use crate::truth::{Effect, Part};

const SHOP: &str = "
system: shop
services:
  front: { operations: { buy: [{ compute: 1ms }, { call: middle / work, breaker: 5 }] } }
  middle:
    runs: { replicas: 2, start: 5s }
    operations: { work: [{ compute: 1ms }, { call: back / work }] }
  back: { runs: { start: 5s }, operations: { work: [{ compute: 1ms }, { query: db / read }] } }
  db: { kind: database, engine: postgresql, runs: { start: 5s }, queries: { read: { cpu: 1ms, does: read } } }
journeys: { buy: { stages: [bought: front / buy], demand: 10/s } }
";

fn system(text: &str) -> System {
    let reading = knockon_format::read_system("model.yaml", text.as_bytes(), &|_| true);
    reading.system.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

fn run(text: &str) -> Run {
    Run::new(&system(text), Plan::default()).unwrap()
}

fn service(run: &Run, name: &str) -> u32 {
    let at = run.program.services.iter().position(|it| it.name == name).unwrap();
    u32::try_from(at).unwrap()
}

/// A fault: what happens to requests on their way to a service.
fn bend(run: &mut Run, to: &str, origin: u32, effect: Bend) {
    let to = service(run, to);
    let reason = run.reasons.origin(Part::Service(to), origin);
    run.services[to as usize].conditions.push(Condition::new(origin, effect, reason));
}

fn mend(run: &mut Run, to: &str) {
    let to = service(run, to);
    run.services[to as usize].conditions.clear();
}

/// A fault: the process of a service's first replica ends.
fn kill(run: &mut Run, name: &str, origin: u32) {
    let of = service(run, name);
    let reason = run.reasons.origin(Part::Service(of), origin);
    let id = run.services[of as usize].replicas[0];
    run.end_process(id, "Error", true, reason);
}

fn values(seen: &Observation, name: &str, labels: &[(&str, &str)]) -> Vec<Vec<Option<f64>>> {
    let scrapes = 0..seen.times_ms.len();
    let of = |series: &super::Series| scrapes.clone().map(|at| series.at(at)).collect();
    seen.find(name, labels).map(of).collect()
}

#[test]
fn a_killed_pod_leaves_a_gap_and_counts_from_zero() {
    let mut run = run(&SHOP.replace(", breaker: 5", ""));
    run.step_until(40 * SECOND).unwrap();
    // After 40 s: it starts again at once, and takes 5 s. At 45 s it still does.
    kill(&mut run, "back", 1);
    run.step_until(75 * SECOND).unwrap();
    let seen = run.observation();
    let of = |name: &str| values(seen, name, &[("service", "back")]);
    assert_eq!(of("up"), [[1.0, 1.0, 0.0, 1.0, 1.0].map(Some)]);
    let restarts = of("kube_pod_container_status_restarts_total");
    assert_eq!(restarts, [[0.0, 0.0, 1.0, 1.0, 1.0].map(Some)]);
    assert_eq!(of("kube_deployment_status_replicas_available")[0][2], Some(0.0));
    let requests = values(
        seen,
        "http_server_request_duration_seconds_count",
        &[("service", "back"), ("http_response_status_code", "200")],
    );
    let [counts] = requests.as_slice() else { panic!("{requests:?}") };
    let [Some(first), Some(second), None, Some(after), Some(last)] = counts.as_slice() else {
        panic!("{counts:?}")
    };
    assert!(*first > 100.0 && second > first && after < second && last > after, "{counts:?}");
    let cpu = of("container_cpu_usage_seconds_total");
    assert!(cpu[0][3] < cpu[0][1], "{cpu:?}");
    let ended = [("container", "back"), ("reason", "Error")];
    let reasons = values(seen, "kube_pod_container_status_last_terminated_reason", &ended);
    assert_eq!(reasons[0][1..3], [None, Some(1.0)]);
    let logs: Vec<&str> = seen.logs.iter().map(|line| line.message.as_str()).collect();
    assert!(logs.contains(&"connection refused calling back / work"), "{logs:?}");
}

#[test]
fn what_is_asked_of_a_killed_service_fails_because_of_who_killed_it() {
    let mut run = run(&SHOP.replace(", breaker: 5", ""));
    run.step_until(40 * SECOND).unwrap();
    kill(&mut run, "back", 1);
    run.step_until(75 * SECOND).unwrap();
    let truth = run.truth();
    assert_eq!((truth.origins.len(), truth.origins[0].origin), (1, Some(1)));
    let node = |name, effect| truth.node(PartKind::Service, name, effect).unwrap();
    assert!(truth.edge(node("back", Effect::Down), node("back", Effect::Origin)).is_some());
    // It is up again after 45 s, and nothing is blamed on it for ever.
    assert!(truth.origins[0].harm.iter().all(|it| it.toll.last_ns < 46 * SECOND), "{truth:?}");
}

#[test]
fn an_order_that_was_let_go_of_is_lost_because_of_what_was_done_without() {
    let mut run = run("
system: skip
services:
  orders: { operations: { create: [{ publish: rabbitmq / work, fallback: skip }] } }
  worker: { operations: { ship: { consumes: rabbitmq / work, steps: [{ wait: 1ms }] } } }
  rabbitmq: { kind: broker, queues: { work: {} } }
journeys:
  buy: { stages: [taken: orders / create, shipped: worker / ship], demand: 10/s }
");
    run.step_until(20 * SECOND).unwrap();
    bend(&mut run, "rabbitmq", 5, Bend::Answer(Outcome::Refused));
    run.step_until(40 * SECOND).unwrap();
    let truth = run.truth();
    assert!(truth.journeys[0].lost > 100, "{truth:?}");
    let [origin] = truth.origins.as_slice() else { panic!("{truth:?}") };
    assert_eq!((origin.origin, origin.total), (Some(5), truth.journeys[0].lost));
}

#[test]
fn a_frozen_pod_does_not_answer_and_goes_on_counting() {
    let mut run = run(SHOP);
    run.step_until(20 * SECOND).unwrap();
    let id = run.services[service(&run, "middle") as usize].replicas[1] as usize;
    run.replicas[id].frozen = true;
    run.step_until(40 * SECOND).unwrap();
    let seen = run.observation();
    assert_eq!(
        values(seen, "up", &[("service", "middle")]),
        [[Some(1.0), Some(1.0)], [Some(1.0), Some(0.0)]]
    );
    let restarts = values(
        seen,
        "kube_pod_container_status_restarts_total",
        &[("service", "middle"), ("container", "middle")],
    );
    assert_eq!(restarts, [[Some(0.0); 2]; 2]);
}

#[test]
fn an_exporter_outlives_its_database() {
    let mut run = run(SHOP);
    run.step_until(29 * SECOND).unwrap();
    kill(&mut run, "db", 1);
    run.step_until(60 * SECOND).unwrap();
    let seen = run.observation();
    let of = |name: &str| values(seen, name, &[("job", "db")]);
    assert_eq!(of("up"), [[Some(1.0); 4]]);
    assert_eq!(of("pg_up"), [[1.0, 0.0, 1.0, 1.0].map(Some)]);
    let calls = of("pg_stat_statements_calls_total");
    assert!(calls[0][1].is_none() && calls[0][2] > calls[0][0], "{calls:?}");
}

#[test]
fn an_open_breaker_is_seen_and_closes_again() {
    let mut run = run(SHOP);
    run.step_until(20 * SECOND).unwrap();
    bend(&mut run, "middle", 1, Bend::Answer(Outcome::Failed));
    run.step_until(60 * SECOND).unwrap();
    mend(&mut run, "middle");
    run.step_until(180 * SECOND).unwrap();
    let seen = run.observation();
    let open = values(seen, "resilience4j_circuitbreaker_state", &[("state", "open")]);
    assert_eq!((open[0][0], open[0][2], open[0][11]), (Some(0.0), Some(1.0), Some(0.0)));
    let refused = values(seen, "resilience4j_circuitbreaker_not_permitted_calls_total", &[]);
    assert!(refused[0][3] > Some(100.0), "{refused:?}");
    let words = "circuit breaker open: call to middle / work is not permitted";
    assert!(seen.logs.iter().any(|line| line.message == words));
}

/// The chain from what users saw back to an origin: each link with the harm that came along it.
fn harm_along(truth: &Truth, node: (&str, Effect), because: (&str, Effect)) -> Option<u64> {
    let find = |(name, effect)| truth.node(PartKind::Service, name, effect);
    let edge = truth.edge(find(node)?, find(because)?)?;
    edge.harm.iter().find(|it| it.harm == Harm::Failed).map(|it| it.toll.count)
}

#[test]
fn a_fault_two_hops_away_is_found_along_the_chain() {
    let mut run = run(&SHOP.replace(", breaker: 5", ""));
    run.step_until(20 * SECOND).unwrap();
    bend(&mut run, "back", 7, Bend::Answer(Outcome::Failed));
    run.step_until(40 * SECOND).unwrap();
    let truth = run.truth();
    let failed = truth.journeys[0].failed;
    assert!(failed > 100);
    let along = |node, because| harm_along(&truth, node, because);
    let middle = ("middle", Effect::Failed);
    assert_eq!(along(("front", Effect::Failed), middle), Some(failed));
    assert_eq!(along(middle, ("back", Effect::Origin)), Some(failed));
    assert_eq!((truth.origins.len(), truth.origins[0].origin), (1, Some(7)));
    assert_eq!(truth.origins[0].places[0].name, "back");
}

#[test]
fn a_backlog_keeps_its_reason_when_the_cause_is_gone() {
    let mut run = run("
system: queue
services:
  orders: { operations: { create: [{ publish: rabbitmq / work }] } }
  worker: { operations: { ship: { consumes: rabbitmq / work, prefetch: 1, steps: [call: carrier / book] } } }
  carrier: { kind: external, operations: { book: [{ wait: 50ms }] } }
  rabbitmq: { kind: broker, queues: { work: {} } }
journeys:
  buy: { stages: [taken: orders / create, shipped: worker / ship], demand: 10/s, slo: { within: 2s } }
");
    run.step_until(30 * SECOND).unwrap();
    bend(&mut run, "carrier", 3, Bend::Delay(Time::Constant(1000 * MILLISECOND)));
    run.step_until(60 * SECOND).unwrap();
    mend(&mut run, "carrier");
    run.step_until(70 * SECOND).unwrap();
    let truth = run.truth();
    let origin = truth.origins.iter().find(|it| it.origin == Some(3)).unwrap();
    let late = origin.harm.iter().find(|it| it.harm == Harm::Late).unwrap();
    // Hundreds of orders wait then, ten of which are shipped in a second more than come.
    assert!(late.toll.last_ns > 69 * SECOND, "{late:?}");
    let stuck = origin.harm.iter().find(|it| it.harm == Harm::Stuck).unwrap();
    assert!(stuck.toll.count > 100, "{stuck:?}");
    assert_eq!(stuck.toll.count, truth.journeys[0].stuck);
    let seen = run.observation();
    let waiting = values(seen, "rabbitmq_queue_messages_ready", &[]);
    assert!(waiting[0][1] < Some(20.0) && waiting[0][3] > Some(200.0), "{waiting:?}");
}

#[test]
fn memory_that_runs_out_is_seen_as_the_cluster_tells_it() {
    let mut run = run("
system: small
services:
  front:
    runs: { memory: { limit: 64Mi, idle: 32Mi, per_request: 1Mi }, start: 5s }
    operations: { ask: [{ call: slow / work }] }
  slow: { kind: external, operations: { work: [{ wait: 10ms }] } }
journeys: { ask: { stages: [asked: front / ask], demand: 20/s } }
");
    run.step_until(20 * SECOND).unwrap();
    bend(&mut run, "slow", 1, Bend::Delay(Time::Constant(10 * SECOND)));
    run.step_until(40 * SECOND).unwrap();
    let seen = run.observation();
    let reasons: Vec<&str> = seen.events.iter().map(|event| event.reason).collect();
    assert!(reasons.contains(&"OOMKilling") && reasons.contains(&"BackOff"), "{reasons:?}");
    let ooms = values(seen, "container_oom_events_total", &[("container", "front")]);
    let summary = run.summary();
    let figures = summary.service("front").unwrap();
    assert!(figures.oom_kills >= 2);
    assert!(ooms[0][0] == Some(0.0) && ooms[0][1] >= Some(1.0), "{ooms:?}");
    let told: u64 = (seen.events.iter())
        .filter(|event| event.reason == "OOMKilling")
        .map(|event| event.count)
        .sum();
    assert_eq!(told, figures.oom_kills);
}

#[test]
fn changes_are_told_in_the_words_of_who_made_them() {
    let mut run = run(SHOP);
    run.step_until(10 * SECOND).unwrap();
    let service = run.program.services[service(&run, "front") as usize].id;
    run.act(&Action::Deploy { service, version: "2.1".to_owned() }).unwrap();
    let [change] = run.observation().changes.as_slice() else { panic!("one change") };
    assert_eq!((change.at_ms, change.service.as_deref()), (10_000, Some("front")));
    assert_eq!((change.kind.as_str(), change.version.as_deref()), ("deploy", Some("2.1")));
}

/// Words that only who broke it would say.
const SEALED: [&str; 8] =
    ["fault", "inject", "chaos", "origin", "blame", "sealed", "condition::", "because"];

#[test]
fn no_word_of_the_fault_is_seen_in_any_pack() {
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    let entries = std::fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path());
    for path in entries.filter(|path| path.is_dir()) {
        let system = knockon_format::load_system(&path).system.unwrap();
        let mut run: Run = Run::new(&system, Plan::default()).unwrap();
        run.step_until(20 * SECOND).unwrap();
        // Where users come in something is to work, or nobody gets any further.
        let enters: Vec<_> =
            system.journeys().iter().flat_map(|it| it.through.iter().take(2)).collect();
        let ids = system.service_ids().filter(|id| !enters.contains(&id));
        let of = ids.map(|id| system.service(id)).filter(|it| it.kind != ServiceKind::Client);
        let names: Vec<&str> = of.map(|it| it.name.as_str()).collect();
        for (at, name) in names.iter().enumerate() {
            let origin = u32::try_from(at + 1).unwrap();
            let broken = &mut run;
            match at % 4 {
                0 => bend(broken, name, origin, Bend::Delay(Time::Constant(3 * SECOND))),
                1 => bend(broken, name, origin, Bend::Answer(Outcome::NotFound)),
                2 => bend(broken, name, origin, Bend::Swallow),
                _ => kill(broken, name, origin),
            }
            run.step_until((20 + at as u64) * SECOND).unwrap();
        }
        run.step_until(120 * SECOND).unwrap();
        let seen = run.observation();
        let text = format!(
            "{}{:?}{:?}{:?}{:?}",
            openmetrics(seen, 0),
            seen.logs,
            seen.events,
            seen.changes,
            seen.spans
        )
        .to_lowercase();
        let services = system.services().iter();
        let text = services.fold(text, |text, of| text.replace(&of.name.to_lowercase(), ""));
        // Couchbase's first bucket has that name.
        let text = text.replace("default", "");
        for word in SEALED {
            let at = text.find(word).unwrap_or(0);
            assert_eq!(at, 0, "{}: {}", path.display(), &text[at..text.len().min(at + 80)]);
        }
        assert!(!seen.logs.is_empty(), "{}", path.display());
        let truth = run.truth();
        assert!(
            truth.origins.iter().any(|it| it.origin.is_some()),
            "{}: {:#?}",
            path.display(),
            truth.origins
        );
    }
}
