//! What happens to processes.

use knockon_core::{Bytes, Cpu};
use knockon_sim::action::{Action, Limit};
use knockon_sim::fault::{
    CpuLimit, Crash, CrashLoop, Freeze, Kill, MemoryLeak, OomKill, SlowStart,
};

use super::*;

const SINGLE: &str = "
system: single
services:
  web: { runs: { start: 5s, replicas: 4 }, operations: { page: [{ wait: 10ms }] } }
journeys: { visit: { stages: [done: web / page], demand: 100/s } }
";

#[test]
fn what_is_down_refuses_until_it_is_lifted_and_started() {
    let mut play =
        play(SINGLE, |system| vec![fault(10, 30, Crash { service: service(system, "web") })]);
    play.until(10.1);
    let during = play.during(34.9);
    assert_eq!((during.served, during.gave_up), (0, during.started));
    play.until(35.1);
    assert_eq!(play.ready("web"), 4);
    assert_eq!(play.during(60.0).gave_up, 0);
    let (of, all) = play.harm_of(1);
    assert_eq!(of, all);
    assert!(of > 2_000);
}

#[test]
fn a_share_of_replicas_is_rounded_up_and_takes_the_lowest_numbers() {
    let shape = Shape { replicas: percent(30.0), ..Shape::default() };
    let mut play = play(SINGLE, |system| {
        vec![shaped(10, 30, shape, Crash { service: service(system, "web") })]
    });
    play.until(20.0);
    let ready: Vec<bool> = play.replicas("web").iter().map(|it| it.ready).collect();
    assert_eq!(ready, [false, false, true, true]);
    // Those in progress were lost; all others go to the other two.
    assert!(play.journey().gave_up < 5);
}

#[test]
fn what_is_killed_once_starts_again() {
    let mut play = play(SINGLE, |system| {
        let service = service(system, "web");
        vec![
            Happening::fault(s(10), Fault::new(Kill { service })),
            Happening::fault(s(30), Fault::new(OomKill { service })),
        ]
    });
    play.until(14.9);
    assert_eq!(play.ready("web"), 0);
    play.until(15.1);
    assert_eq!(play.ready("web"), 4);
    assert_eq!(play.replicas("web")[0].last_end, "Error");
    // The second time it is backed off for 10 s, and takes 5 to start.
    play.until(44.9);
    assert_eq!(play.ready("web"), 0);
    play.until(45.1);
    assert_eq!(play.ready("web"), 4);
    assert_eq!(play.replicas("web")[0].last_end, "OOMKilled");
    assert_eq!(play.replicas("web")[0].restarts, 2);
}

#[test]
fn a_kill_by_the_kernel_is_counted_as_one_and_another_is_not() {
    let half = Shape { replicas: percent(50.0), ..Shape::default() };
    let mut play = play(SINGLE, |system| {
        let service = service(system, "web");
        vec![shaped(10, 11, half, OomKill { service }), shaped(30, 31, half, Kill { service })]
    });
    play.until(45.0);
    let summary = play.run.summary();
    let figures = summary.service("web").unwrap();
    assert_eq!((figures.restarts, figures.oom_kills), (4, 2));
    assert_eq!(count_events(&play.run, "OOMKilling"), 2);
    let seen = play.run.observation().sum("container_oom_events_total", &[], 1);
    assert_eq!(seen, Some(2.0));
}

#[test]
fn a_crash_loop_backs_off_10_20_40_s() {
    let text = SINGLE.replace("start: 5s, replicas: 4", "start: 0");
    let mut play = play(&text, |system| {
        vec![fault(100, 250, CrashLoop { service: service(system, "web"), after: s(1) })]
    });
    let mut restarts = Vec::new();
    for tenth in 1000..3200 {
        play.until(f64::from(tenth) / 10.0);
        let count = play.replicas("web")[0].restarts;
        if restarts.len() < count as usize {
            restarts.push((tenth - 1000) / 10);
        }
    }
    // It ends at 0, runs a second each time, and waits 0, 10, 20, 40, 80 s in between.
    assert_eq!(restarts, [0, 11, 32, 73, 154]);
    assert_eq!(play.ready("web"), 1);
}

#[test]
fn a_crash_before_it_serves_leaves_nothing_ready() {
    let text = SINGLE.replace("start: 5s, replicas: 4", "start: 1s");
    let mut play = play(&text, |system| {
        let after = Duration::ZERO;
        vec![fault(10, 100, CrashLoop { service: service(system, "web"), after })]
    });
    play.until(10.1);
    assert_eq!(play.during(99.0).served, 0);
    let (of, all) = play.harm_of(1);
    assert_eq!(of, all);
}

const STORE: &str = "
system: store
services:
  web: { operations: { buy: [{ query: db / insert, timeout: 1s }] } }
  db: { kind: database, queries: { insert: { cpu: 20ms, does: write } } }
journeys: { buy: { stages: [done: web / buy], demand: 100/s } }
";

#[test]
fn what_is_frozen_answers_nobody_and_does_the_work_when_it_goes_on() {
    let mut play =
        play(STORE, |system| vec![fault(10, 15, Freeze { service: service(system, "db") })]);
    play.until(10.0);
    let before = play.journey();
    play.until(14.99);
    assert!(play.replicas("db")[0].frozen);
    let live = play.replicas("db")[0].live;
    let came = play.journey().started - before.started;
    assert!(u64::from(live) >= came && u64::from(live) <= came + 5, "{live} of {came}");
    assert_eq!(play.journey().served, before.served);
    let cpu = play.replicas("db")[0].cpu_ns;
    play.until(15.021);
    let did = (play.replicas("db")[0].cpu_ns - cpu) / 20_000_000;
    assert!(did >= u64::from(live) - 5, "each of {live} writes is done: {did}");
    // Four of five seconds' writes had been given up by then, and were done all the same.
    let gave_up = play.journey().gave_up;
    assert_share(gave_up, came, 0.8);
    assert_eq!(play.during(30.0).gave_up, 0);
    let (of, all) = play.harm_of(1);
    assert_eq!((of, all), (gave_up, gave_up));
}

#[test]
fn a_frozen_process_that_fails_its_probe_is_restarted_and_runs() {
    let text = STORE.replace(
        "kind: database,",
        "kind: database, runs: { start: 2s }, probes: { liveness: { exec: ping, every: 5s, \
         timeout: 1s, failures: 2 } },",
    );
    let mut play =
        play(&text, |system| vec![fault(10, 100, Freeze { service: service(system, "db") })]);
    play.until(40.0);
    let db = &play.replicas("db")[0];
    assert_eq!((db.ready, db.frozen, db.restarts), (true, false, 1));
    assert_eq!(play.during(99.0).gave_up, 0);
}

#[test]
fn a_slow_start_shows_when_something_starts() {
    let mut play = play(SINGLE, |system| {
        let service = service(system, "web");
        vec![
            fault(5, 100, SlowStart { service, takes: s(40) }),
            Happening::fault(s(10), Fault::new(Kill { service })),
        ]
    });
    play.until(49.9);
    assert_eq!(play.ready("web"), 0);
    play.until(50.1);
    assert_eq!(play.ready("web"), 4);
}

const BUSY: &str = "
system: busy
services:
  web: { runs: { CPU }, operations: { page: [{ compute: 10ms }] } }
journeys: { visit: { stages: [done: web / page], demand: 20/s, slo: { p95: 50ms } } }
";

#[test]
fn a_cpu_limit_slows_what_runs_and_what_comes_also_where_there_was_none() {
    for runs in ["workers: 8", "cpu: 4, workers: 8"] {
        let mut play = play(&BUSY.replace("CPU", runs), |system| {
            let to = Cpu { millicores: 100 };
            vec![fault(10, 60, CpuLimit { service: service(system, "web"), to })]
        });
        assert_eq!(play.during(10.0).slow, 0);
        // By then there is always something to do.
        play.until(15.0);
        let replica = play.replicas("web").remove(0);
        assert!(replica.live > 10, "{replica:?}");
        let during = play.during(60.0);
        let used = play.replicas("web")[0].cpu_ns - replica.cpu_ns;
        // 10 ms in each 100 ms are ten requests a second of twenty that come; the first and the last
        // period are seen in part.
        assert!((4_490_000_000..=4_510_000_000).contains(&used), "{used}");
        assert!((440..=460).contains(&during.served), "{during:?}");
        play.until(70.0);
        assert!(play.replicas("web")[0].live < 3);
        assert_eq!(play.during(100.0).slow, 0);
        let (of, all) = play.harm_of(1);
        assert!(of * 100 >= all * 99, "{of} of {all}");
    }
}

const LIMITED: &str = "
system: limited
services:
  web: { runs: { replicas: 2, cpu: 500m, memory: { limit: 256Mi } }, operations: { page: [] } }
  free: { runs: { workers: 1 }, operations: { page: [] } }
journeys: { visit: { stages: [done: web / page, more: free / page], demand: 1/s } }
";

/// The cluster knows a limit also where it can never matter: one worker needs no second core.
#[test]
fn limits_are_seen_as_they_are_at_the_scrape() {
    let mut play = play(LIMITED, |system| {
        let (web, free) = (service(system, "web"), service(system, "free"));
        let cpu = |cores: u64| Limit::Cpu(Some(Cpu { millicores: cores }));
        let limit = |at, service, limit| Happening::action(s(at), Action::Limit { service, limit });
        let half = Shape { replicas: percent(50.0), ..Shape::default() };
        vec![
            shaped(20, 50, half, CpuLimit { service: web, to: Cpu { millicores: 50 } }),
            limit(65, web, cpu(300)),
            limit(65, web, Limit::Memory(Some(Bytes { count: 128 << 20 }))),
            limit(65, free, cpu(2000)),
            Happening::action(s(65), Action::Scale { service: web, replicas: 3 }),
            limit(95, web, Limit::Cpu(None)),
        ]
    });
    play.until(105.0);
    let limits = |of: &str, resource: &str| -> Vec<String> {
        let seen = play.run.observation();
        let labels = [("container", of), ("resource", resource)];
        let at = |series: &knockon_sim::observe::Series, scrape| {
            series.at(scrape).map_or_else(|| "-".to_owned(), |value| value.to_string())
        };
        let all = seen.find("kube_pod_container_resource_limits", &labels);
        all.map(|it| (0..7).map(|scrape| at(it, scrape)).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(
        limits("web", "cpu"),
        ["0.5 0.05 0.05 0.5 0.3 0.3 -", "0.5 0.5 0.5 0.5 0.3 0.3 -", "- - - - 0.3 0.3 -"]
    );
    let (before, after) = (256 << 20, 128 << 20);
    let both = format!("{before} {before} {before} {before} {after} {after} {after}");
    let new = format!("- - - - {after} {after} {after}");
    assert_eq!(limits("web", "memory"), [both.clone(), both, new]);
    assert_eq!(limits("free", "cpu"), ["- - - - 2 2 2"]);
}

#[test]
fn a_limit_does_not_lose_or_double_work_that_runs() {
    let text = "
system: long
services:
  web: { runs: { workers: 4 }, operations: { page: [{ compute: 10s }] } }
journeys: { visit: { stages: [done: web / page] } }
";
    let system = system(text);
    let to = Cpu { millicores: 500 };
    let happening = fault(4, 8, CpuLimit { service: service(&system, "web"), to });
    let demand = vec![Some(Demand::Times(vec![Duration::ZERO]))];
    let plan = Plan { timeline: vec![happening], demand, ..Plan::default() };
    let run = Run::new(&system, plan).unwrap();
    let mut playing = Play { system, run };
    // Four seconds at full speed, four at half, and the rest at full again.
    playing.until(11.9);
    assert_eq!(playing.journey().served, 0);
    playing.until(12.1);
    assert_eq!(playing.journey().served, 1);
    let used = playing.replicas("web")[0].cpu_ns;
    assert_eq!(used, 10_000_000_000);
}

#[test]
fn a_leak_ends_in_a_kill_at_the_computed_second() {
    let text = SINGLE
        .replace("start: 5s, replicas: 4", "start: 5s, memory: { limit: 512Mi, idle: 100Mi }");
    let mut play = play(&text, |system| {
        let per_second = Bytes { count: 10 << 20 };
        vec![fault(10, 200, MemoryLeak { service: service(system, "web"), per_second })]
    });
    // 412 MiB are full after 41.2 s: the 42nd second's leak is too much. It is restarted at once, then
    // after 10 s, each time up after 5 s.
    for (kills, at) in [(0, 52.0), (1, 99.0), (2, 156.0)] {
        play.until(at - 0.1);
        assert_eq!(count_events(&play.run, "OOMKilling"), kills, "before {at} s");
        play.until(at + 0.1);
        assert_eq!(count_events(&play.run, "OOMKilling"), kills + 1, "after {at} s");
    }
    play.until(300.0);
    assert_eq!(play.replicas("web")[0].last_end, "OOMKilled");
    let (of, all) = play.harm_of(1);
    assert_eq!(of, all);
    assert!(of > 1_000);
}

#[test]
fn time_that_passes_for_a_frozen_process_is_noticed_when_it_goes_on() {
    let text = SINGLE.replace("start: 5s, replicas: 4", "").replace("10ms", "3s");
    let mut play =
        play(&text, |system| vec![fault(10, 20, Freeze { service: service(system, "web") })]);
    play.until(10.0);
    assert_eq!(play.during(19.9).served, 0);
    // The waits of those that had begun were over long ago; what came since begins now.
    assert_share(play.during(20.1).served, 600, 0.5);
    assert!(play.during(22.9).served < 5);
    assert!(play.during(23.1).served > 900);
}
