//! What is counted of users by who they are, and when things were last done.

use std::time::Duration;

use knockon_core::{CohortId, CohortMember, Share};
use knockon_sim::engine::Run;
use knockon_sim::fault::{
    ConsumersStopped, Crash, Errors, Fault, Kind, MemberOffline, Shape, Traffic,
};
use knockon_sim::observe::{Observation, openmetrics};
use knockon_sim::plan::Plan;
use knockon_sim::timeline::Happening;

use crate::model::{Played, pack_names, play_pack, play_system, service, system};

const STORES: &str = "
system: stores
cohorts:
  region: { members: { north: 50%, south: 50% } }
  store: { count: 40, within: region }
  price class: { members: { low: 30%, high: 60% } }
services:
  till: { kind: client, operations: { sell: [{ call: back / take sale, timeout: 1s }] } }
  back:
    operations:
      take sale: [{ publish: mq / sales, confirms: true }]
      book: { consumes: mq / sales, steps: [{ call: books / book, timeout: 1s }] }
      clean: { every: 20s, steps: [{ wait: 10ms }] }
  books: { operations: { book: [{ wait: 10ms }] } }
  mq: { kind: broker, engine: mqtt, queues: { sales: { delivery_limit: 2 } } }
journeys:
  sell:
    stages: [rung up: till / sell, taken: back / take sale, carried: back / book, booked: books / book]
    completes: books / book
    demand: 20/s
    by: [store, region, price class]
";

fn at(seconds: u64, kind: impl Into<Kind>) -> Happening {
    let fault = Fault { kind: kind.into(), shape: Shape::default() };
    Happening::fault(Duration::from_secs(seconds), fault)
}

/// Plays the stores with what goes wrong.
fn played(seconds: u64, timeline: impl FnOnce(&knockon_core::System) -> Vec<Happening>) -> Played {
    let system = system(STORES);
    let timeline = timeline(&system);
    play_system(system, Plan { timeline, ..Plan::default() }, seconds)
}

fn last(seen: &Observation, name: &str, labels: &[(&str, &str)]) -> f64 {
    seen.sum(name, labels, seen.times_ms.len() - 1).unwrap_or(0.0)
}

#[test]
fn users_are_told_apart_by_the_named_cohorts_of_their_journey() {
    let played = played(600, |_| Vec::new());
    let (seen, counts) = (played.run.observation(), played.run.journey(0).unwrap());
    let of = |labels: &[(&str, &str)]| last(seen, "journey_attempts_total", labels);
    assert_eq!(of(&[]), counts.started as f64);
    let share = |labels: &[(&str, &str)]| of(labels) / counts.started as f64;
    // Twelve thousand users: three standard deviations are 1.4 percentage points.
    assert!((share(&[("price_class", "high")]) - 0.6).abs() < 0.014);
    let both = [("price_class", "low"), ("region", "north")];
    let north = share(&[("region", "north")]);
    assert!((share(&both) - 0.3 * north).abs() < 0.014 && north > 0.2);
    // A tenth is of no price class, and has no such label.
    let none: f64 = (seen.find("journey_attempts_total", &[]))
        .filter(|series| series.label("price_class").is_none())
        .filter_map(knockon_sim::observe::Series::last)
        .sum();
    assert!((none / counts.started as f64 - 0.1).abs() < 0.014);
    let booked = last(seen, "journey_stages_reached_total", &[("stage", "booked")]);
    assert_eq!(booked, counts.completed as f64);
    // Numbered places are no label of a journey, but each is known by itself with its region.
    assert!(seen.find("journey_attempts_total", &[]).all(|it| it.label("store").is_none()));
    let stores: Vec<_> = seen.find("cohort_member_up", &[("cohort", "store")]).collect();
    assert_eq!(stores.len(), 40);
    assert!(stores.iter().all(|it| it.label("region").is_some() && it.last() == Some(1.0)));
}

#[test]
fn a_place_that_is_offline_is_seen_as_down_and_the_others_are_not() {
    let member = CohortMember { cohort: CohortId::from_index(1), member: 7 };
    let played = played(120, |_| vec![at(60, MemberOffline { member, refused: true })]);
    let seen = played.run.observation();
    let up = |scrape: usize| -> Vec<&str> {
        let stores = seen.find("cohort_member_up", &[]);
        let down = stores.filter(|store| store.at(scrape) == Some(0.0));
        down.filter_map(|store| store.label("store")).collect()
    };
    assert_eq!(up(2), [""; 0]);
    assert_eq!(up(7), ["7"]);
}

#[test]
fn failures_are_counted_at_their_stage_whether_or_not_anybody_answered() {
    let share = Share { percent: 100.0 };
    for crash in [false, true] {
        let played = played(120, |system| {
            let books = service(system, "books");
            vec![if crash {
                at(60, Crash { service: books })
            } else {
                at(60, Errors { on: Traffic::to(books), share })
            }]
        });
        let seen = played.run.observation();
        let failed = |stage: &str| last(seen, "journey_stage_failures_total", &[("stage", stage)]);
        // Each sale is tried twice.
        let sales = last(seen, "journey_stages_reached_total", &[("stage", "taken")])
            - last(seen, "journey_stages_reached_total", &[("stage", "booked")]);
        assert!(sales > 1000.0);
        assert!((failed("booked") - 2.0 * sales).abs() <= 4.0, "{} of {sales}", failed("booked"));
        // So is the message that the call was for; and the user had an answer long before.
        assert!((failed("carried") - failed("booked")).abs() <= 4.0, "{}", failed("carried"));
        assert_eq!((failed("taken"), failed("rung up")), (0.0, 0.0));
        let labels = [("cohort", "store"), ("stage", "booked")];
        assert_eq!(last(seen, "cohort_member_failures_total", &labels), failed("booked"));
    }
}

#[test]
fn what_users_try_themselves_fails_at_its_stage_too() {
    let share = Share { percent: 40.0 };
    let played = played(120, |system| {
        vec![at(60, Errors { on: Traffic::to(service(system, "back")), share })]
    });
    let (seen, counts) = (played.run.observation(), played.run.journey(0).unwrap());
    assert!(counts.gave_up > 300);
    let failed = |stage: &str| last(seen, "journey_stage_failures_total", &[("stage", stage)]);
    assert_eq!(failed("rung up"), counts.gave_up as f64);
    assert_eq!(failed("taken"), counts.gave_up as f64);
    assert_eq!(last(seen, "journey_failures_total", &[]), counts.gave_up as f64);
}

#[test]
fn messages_have_their_age_when_they_are_taken() {
    let played = played(300, |system| {
        let stopped = ConsumersStopped { service: service(system, "back") };
        let fault = Fault { kind: stopped.into(), shape: Shape::lasting(Duration::from_secs(100)) };
        vec![Happening::fault(Duration::from_secs(60), fault)]
    });
    let seen = played.run.observation();
    let below = |le: &str, scrape: usize| {
        let labels = [("queue", "sales"), ("le", le)];
        seen.sum("queue_message_age_seconds_bucket", &labels, scrape).unwrap()
    };
    // After 60 s nothing is older than a tenth of a second; then 2,000 wait, up to 100 s.
    assert_eq!(below("0.1", 3), below("+Inf", 3));
    let all = below("+Inf", 19);
    let waited = all - below("0.1", 19);
    assert!((waited - 2000.0).abs() < 200.0, "{waited}");
    assert!(below("60.0", 19) < all - 500.0 && below("120.0", 19) == all);
}

#[test]
fn moments_are_those_of_the_last_success() {
    let played = played(120, |system| vec![at(61, Crash { service: service(system, "books") })]);
    let seen = played.run.observation();
    let called = [("server_address", "books"), ("caller", "book")];
    let name = "step_last_success_timestamp_seconds";
    let at = |scrape| seen.sum(name, &called, scrape).unwrap();
    assert!((at(3) - 60.0).abs() < 1.0, "{}", at(3));
    assert!((at(7) - 61.0).abs() < 1.0, "{}", at(7));
    let cleaned = last(seen, "job_last_success_timestamp_seconds", &[("operation", "clean")]);
    assert!(cleaned > 100.0 && cleaned <= 120.0, "{cleaned}");
    // As text they are in the time of the world.
    let text = openmetrics(seen, 1_700_000_000_000);
    let line = text.lines().rfind(|line| line.starts_with("job_last_success"));
    let words: Vec<&str> = line.unwrap().split(' ').collect();
    let value: f64 = words[1].parse().unwrap();
    assert!((value - 1_700_000_000.0 - cleaned).abs() < 1e-3, "{words:?}");
}

#[test]
fn a_service_is_seen_under_the_name_of_its_job() {
    let text = STORES.replace("  books: {", "  books: { job: book-keeping,");
    let played = play_system(system(&text), Plan::default(), 30);
    let seen = played.run.observation();
    let up: Vec<_> = seen.find("up", &[("service", "books")]).collect();
    assert_eq!(up[0].label("job"), Some("book-keeping"));
    assert!(up[0].label("pod").unwrap().starts_with("book-keeping-"));
    let name = "kube_deployment_status_replicas_available";
    assert_eq!(last(seen, name, &[("deployment", "book-keeping")]), 1.0);
    assert_eq!(seen.find(name, &[("deployment", "books")]).count(), 0);
}

#[test]
fn what_applications_count_is_told_by_what_is_seen() {
    for pack in pack_names() {
        let played = play_pack(&pack, 60);
        let metrics = &played.system.practice().application_metrics;
        for rule in metrics {
            let is_seen = |metric: &&knockon_sim::observe::Metric| rule.expr.contains(metric.name);
            let seen: Vec<_> = knockon_sim::observe::METRICS.iter().filter(is_seen).collect();
            assert!(!seen.is_empty(), "{pack}: {} is told by nothing", rule.name);
            let is_taken = |metric: &&&knockon_sim::observe::Metric| metric.name == rule.name;
            assert!(seen.iter().find(is_taken).is_none(), "{pack}: {} is there", rule.name);
        }
    }
}

#[test]
fn a_run_without_scrapes_counts_as_well() {
    let system = system(STORES);
    let plan = Plan { scrape_every: Duration::ZERO, ..Plan::default() };
    let mut run: Run = Run::new(&system, plan).unwrap();
    run.step_until(20_000_000_000).unwrap();
    assert!(run.observation().series.is_empty() && run.journey(0).unwrap().started > 300);
}
