//! Probes, restarts, memory, rollouts and autoscalers: replicas that come and go.

use std::time::Duration;

use knockon_core::System;
use knockon_sim::action::Action;
use knockon_sim::clock::MINUTE;
use knockon_sim::engine::{Outcome, Run};
use knockon_sim::plan::{Demand, Plan};

use super::play::{act, go, per_second, plan, plan_with, run, run_with_kills};
use crate::model::count_events;

/// A service, and how it runs.
fn service(body: &str, steps: &str) -> String {
    format!(
        "system: replicas
services:
  client: {{ operations: {{ go: [call: app / work] }} }}
  app:
    {body}
    operations: {{ work: [{steps}] }}
journeys: {{ visit: {{ stages: [done: client / go] }} }}
"
    )
}

fn restarts(run: &Run) -> u32 {
    run.service("app").expect("it is there").restarts
}

/// Killed again and again: started again at once, then 10, 20, 40, 80, 160 and from then on 300 s after
/// the end (the kubelet's `CrashLoopBackOff`). Ten good minutes later it begins anew.
#[test]
fn waits_before_restarts() {
    let waits = [0.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0];
    let mut kills = vec![("app", 0.0)];
    for wait_s in waits {
        let (_, last) = kills[kills.len() - 1];
        kills.push(("app", last + wait_s + 2.0));
    }
    let (_, last) = &mut kills[waits.len()];
    *last += 601.0;
    let mut run = run_with_kills(&service("runs: { start: 1s }", "wait: 1ms"), plan(1), &kills);
    for (number, wait_s) in (1..).zip(waits) {
        go(&mut run, 0.0);
        if wait_s > 0.0 {
            go(&mut run, wait_s - 0.5);
            assert_eq!(
                (restarts(&run), run.service("app").expect("it is there").ready),
                (number - 1, 0)
            );
            go(&mut run, 1.0);
        }
        assert_eq!(restarts(&run), number);
        assert_eq!(run.service("app").expect("it is there").up, 0, "it starts");
        go(&mut run, 1.5);
        assert_eq!(run.service("app").expect("it is there").ready, 1);
    }
    go(&mut run, 601.0);
    go(&mut run, 1.5);
    assert_eq!(run.service("app").expect("it is there").ready, 1);
}

#[test]
fn a_restart_policy_may_say_no() {
    let text = service("runs: { start: 1s, restart: never }", "wait: 1ms");
    let mut run = run_with_kills(&text, plan(1), &[("app", 0.0)]);
    go(&mut run, 1_000.0);
    let app = run.service("app").expect("it is there");
    assert_eq!((app.wanted, app.up, app.restarts), (1, 0, 0));
}

/// Room for ten requests beside what it uses idle: the eleventh at once kills it.
#[test]
fn memory() {
    let body = "runs: { start: 1s, memory: { limit: 110M, idle: 10M, per_request: 10M } }";
    for (at_once, killed) in [(10, 0), (11, 1)] {
        let moments = (0..at_once).map(Duration::from_millis).collect();
        let mut run = run(&service(body, "wait: 1s"), plan_with(1, Demand::Times(moments)));
        go(&mut run, 10.0);
        assert_eq!(count_events(&run, "OOMKilling"), killed, "{at_once}");
        let ends = run.calls("client", "app").expect("it is there").ends;
        assert_eq!(ends.of(Outcome::Reset), killed * at_once, "{at_once}");
        assert_eq!(u64::from(restarts(&run)), killed);
        assert_eq!(run.service("app").expect("it is there").in_progress, 0);
    }
}

/// A probe is a request like any other: behind a line of a minute it is not answered in time, and a
/// service that could serve is killed. With a worker to spare it is not.
#[test]
fn a_probe_waits_in_the_same_line() {
    let body = "runs: { workers: 1, start: 1s }
    probes: { liveness: { get: /live, every: 5s, timeout: 1s, failures: 3 } }";
    for (rate, killed) in [(0.5, false), (3.0, true)] {
        let mut run = run(&service(body, "wait: 500ms"), plan_with(1, per_second(rate)));
        go(&mut run, 120.0);
        assert_eq!(restarts(&run) > 0, killed, "{rate}/s");
    }
}

/// One that is not ready is not asked, and is again when its probe holds as often as it must.
#[test]
fn readiness_follows_what_it_checks() {
    let text = service(
        "runs: { replicas: 2, start: 1s }
    probes: { readiness: { get: /ready, every: 2s, timeout: 1s, failures: 2, successes: 2, checks: [db] } }",
        "wait: 1ms",
    );
    let text =
        text.replace("journeys:", "  db: { kind: database, runs: { start: 30s } }\njourneys:");
    let mut run = run_with_kills(&text, plan_with(1, per_second(10.0)), &[("db", 20.0)]);
    go(&mut run, 19.9);
    assert_eq!(run.service("app").expect("it is there").ready, 2);
    go(&mut run, 5.1);
    let app = run.service("app").expect("it is there");
    assert_eq!((app.ready, app.up, app.restarts), (0, 2, 0), "one database takes all of them out");
    // The database is there 30 s after it went, and the second success 2 to 4 s later.
    go(&mut run, 24.9);
    assert_eq!(run.service("app").expect("it is there").ready, 0);
    go(&mut run, 5.0);
    assert_eq!(run.service("app").expect("it is there").ready, 2);
}

/// A liveness probe that checks a database that is gone kills what could do without.
#[test]
fn liveness_that_checks_others_kills() {
    let text = service(
        "runs: { replicas: 2, start: 1s }
    probes: { liveness: { get: /live, every: 2s, timeout: 1s, failures: 3, checks: [db] } }",
        "wait: 1ms",
    );
    let text =
        text.replace("journeys:", "  db: { kind: database, runs: { start: 60s } }\njourneys:");
    let mut run = run_with_kills(&text, plan_with(1, per_second(10.0)), &[("db", 0.0)]);
    go(&mut run, 59.0);
    assert!(restarts(&run) >= 4, "{}", restarts(&run));
    assert!(run.journey(0).expect("it is there").gave_up > 100);
}

/// Never fewer ready than wanted less what may be missing, never more in all than wanted and what may be
/// there in addition, and in the end all are new.
#[test]
fn rollouts_keep_to_their_bounds() {
    for (replicas, unavailable, surge) in [(4, 1, 1), (4, 0, 1), (5, 2, 0), (3, 0, 3), (10, 3, 2)] {
        let body = format!(
            "runs: {{ replicas: {replicas}, start: 3s, rollout: {{ max_unavailable: {unavailable}, max_surge: {surge} }} }}
    probes: {{ readiness: {{ get: /ready, delay: 1s, every: 1s }} }}"
        );
        let mut run = run(&service(&body, "wait: 200ms"), plan_with(1, per_second(50.0)));
        go(&mut run, 10.0);
        act(&mut run, "app", |service| Action::Deploy { service, version: "2".to_owned() });
        let (mut least, mut most) = (u32::MAX, 0);
        for _ in 0..3_000 {
            go(&mut run, 0.05);
            let app = run.service("app").expect("it is there");
            least = least.min(app.ready);
            // Those that stop are no longer counted, as in Kubernetes.
            most = most.max(app.replicas - app.stopping);
        }
        let app = run.service("app").expect("it is there");
        println!("{replicas} − {unavailable} + {surge}: {least} to {most}");
        assert_eq!((app.ready, app.replicas), (replicas, replicas));
        assert!(least >= replicas - unavailable, "{least} ready of {replicas}");
        assert!(most <= replicas + surge, "{most} up for {replicas}");
        assert_eq!(run.journey(0).expect("it is there").gave_up, 0, "nobody notices");
        assert_eq!(count_events(&run, "Killing"), u64::from(replicas), "each old one goes once");
    }
}

fn sock_shop(variant: Option<&str>) -> System {
    let name = variant.map_or("sock-shop".to_owned(), |variant| format!("sock-shop / {variant}"));
    let found = super::digests::packs().into_iter().find(|(pack, _)| *pack == name);
    found.unwrap_or_else(|| panic!("{name}")).1
}

/// 750 users of a load test, two thirds of whom buy.
fn load_test() -> Plan {
    let think = Duration::from_secs(25);
    let demand = [500, 150, 100].map(|users| Some(Demand::Closed { users, think }));
    Plan { demand: demand.to_vec(), ..plan(1) }
}

/// Sock Shop under 750 users: a front-end of 300m is saturated by them. An autoscaler that looks at
/// memory, which does not move, leaves it alone, and its probe kills it again and again.
#[test]
fn a_front_end_that_nobody_scales_is_killed_again_and_again() {
    let system = sock_shop(Some("autoscaler on memory"));
    let mut run: Run = Run::new(&system, load_test()).expect("it can be played");
    for _ in 0..60 {
        run.step_until(run.now() + MINUTE / 2).expect("it goes on");
        let front = run.service("front-end").expect("it is there");
        assert_eq!(front.wanted, 1);
    }
    let front = run.service("front-end").expect("it is there");
    println!("{front:?} {:?}", run.journey(0));
    assert!(front.restarts >= 4, "{front:?}");
    let users = run.journey(0).expect("it is there");
    assert!(users.gave_up > users.served, "{users:?}");
}

#[test]
fn a_front_end_that_scales_on_its_processor_recovers() {
    let system = sock_shop(None);
    let mut run: Run = Run::new(&system, load_test()).expect("it can be played");
    run.step_until(10 * MINUTE).expect("it goes on");
    let before = run.journey(0).expect("it is there");
    run.step_until(30 * MINUTE).expect("it goes on");
    let (front, after) =
        (run.service("front-end").expect("it is there"), run.journey(0).expect("it is there"));
    println!("{front:?} {before:?} {after:?}");
    assert!((7..=9).contains(&front.wanted), "{front:?}");
    assert_eq!(front.ready, front.wanted);
    let (failed, started) = (after.gave_up - before.gave_up, after.started - before.started);
    assert!(failed * 1000 < started, "{failed} of {started}");
}
