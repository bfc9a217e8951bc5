//! Several faults at once, in any order.

use knockon_core::{Cpu, Spread};
use knockon_sim::fault::{
    ConsumersStopped, CpuLimit, Crash, Errors, Freeze, Kill, Latency, RegionLoss, SlowStart,
    Traffic,
};

use super::*;

const WEB: &str = "
system: web
services:
  web: { runs: { start: 0, workers: 8 }, operations: { page: [{ compute: 10ms }] }, runs_on: [zone] }
  zone: { kind: platform }
journeys: { visit: { stages: [done: web / page], demand: 100/s, slo: { p95: 250ms } } }
";

#[test]
fn errors_and_latency_together_and_one_lifted_leaves_the_other() {
    let mut play = play(WEB, |system| {
        let on = Traffic::to(service(system, "web"));
        let adds = Duration::from_millis(150);
        vec![
            fault(0, 200, Errors { on, share: percent(20.0) }),
            fault(100, 300, Latency { on, adds, spread: Spread::None }),
            fault(100, 300, Latency { on, adds, spread: Spread::None }),
        ]
    });
    let first = play.during(100.0);
    assert_share(first.gave_up, first.started, 0.2);
    assert_eq!(first.slow, 0);
    play.until(101.0);
    let both = play.during(199.0);
    assert_share(both.gave_up, both.started, 0.2);
    // 150 ms twice are too slow; once would not be.
    assert_share(both.slow, both.started, 0.8);
    play.until(201.0);
    let last = play.during(299.0);
    assert_eq!(last.gave_up, 0);
    assert!(last.slow + 50 > last.started);
    play.until(301.0);
    let after = play.during(400.0);
    assert_eq!((after.gave_up, after.slow), (0, 0));
}

#[test]
fn two_hold_it_down_and_both_have_to_let_go() {
    for (one, other) in [((10, 20), (15, 30)), ((10, 30), (15, 20))] {
        let mut play = play(WEB, |system| {
            let service = service(system, "web");
            vec![fault(one.0, one.1, Crash { service }), fault(other.0, other.1, Crash { service })]
        });
        for (at, ready) in [(9.0, 1), (12.0, 0), (19.9, 0), (29.9, 0), (30.1, 1)] {
            play.until(at);
            assert_eq!(play.ready("web"), ready, "at {at}");
        }
    }
}

#[test]
fn what_a_platform_and_a_crash_took_needs_both_back() {
    for (crash, loss) in [((10, 20), (15, 30)), ((10, 30), (15, 20)), ((15, 20), (10, 30))] {
        let mut play = play(WEB, |system| {
            let (service, platform) = (service(system, "web"), service(system, "zone"));
            vec![
                fault(crash.0, crash.1, Crash { service }),
                fault(loss.0, loss.1, RegionLoss { platform }),
            ]
        });
        for (at, ready) in [(9.0, 1), (12.0, 0), (19.9, 0), (29.9, 0), (30.1, 1)] {
            play.until(at);
            assert_eq!(play.ready("web"), ready, "at {at}: {crash:?} {loss:?}");
        }
    }
}

#[test]
fn two_freeze_it_and_both_have_to_let_go() {
    let mut play = play(WEB, |system| {
        let service = service(system, "web");
        vec![fault(10, 12, Freeze { service }), fault(11, 14, Freeze { service })]
    });
    for (at, frozen) in [(9.0, false), (10.5, true), (12.5, true), (13.9, true), (14.1, false)] {
        play.until(at);
        assert_eq!(play.replicas("web")[0].frozen, frozen, "at {at}");
    }
}

#[test]
fn the_last_limit_counts_and_the_one_before_when_it_is_lifted() {
    let mut play = play(WEB, |system| {
        let service = service(system, "web");
        let limit = |millicores| CpuLimit { service, to: Cpu { millicores } };
        vec![fault(0, 40, limit(500)), fault(10, 20, limit(200)), fault(20, 30, limit(300))]
    });
    let mut used = Vec::new();
    for at in [10.0, 20.0, 30.0, 40.0] {
        let before = play.replicas("web")[0].cpu_ns;
        play.until(at);
        used.push((play.replicas("web")[0].cpu_ns - before + 50_000_000) / 100_000_000);
    }
    // What is left of a quota when a limit changes counts with one or the other.
    for (used, wanted) in used.into_iter().zip([50_u64, 20, 30, 50]) {
        assert!(used.abs_diff(wanted) <= 1, "{used} for {wanted}");
    }
}

#[test]
fn the_last_start_time_counts_and_the_one_before_when_it_is_lifted() {
    let text = WEB.replace("start: 0", "start: 1s, restart: always");
    let mut play = play(&text, |system| {
        let service = service(system, "web");
        vec![
            fault(1, 400, SlowStart { service, takes: s(20) }),
            fault(2, 50, SlowStart { service, takes: s(40) }),
            Happening::fault(s(3), Fault::new(Kill { service })),
            Happening::fault(s(60), Fault::new(Kill { service })),
        ]
    });
    // At once and 40 s; then 10 s of waiting and 20 s.
    for (at, ready) in [(42.9, 0), (43.1, 1), (60.1, 0), (89.9, 0), (90.1, 1)] {
        play.until(at);
        assert_eq!(play.ready("web"), ready, "at {at}");
    }
}

#[test]
fn a_new_process_is_not_frozen_because_somebody_takes_hold_of_it() {
    let mut play = play(WEB, |system| {
        let service = service(system, "web");
        vec![
            fault(10, 100, Freeze { service }),
            Happening::fault(s(20), Fault::new(Kill { service })),
            fault(30, 40, CpuLimit { service, to: Cpu { millicores: 2000 } }),
        ]
    });
    for (at, frozen) in [(15.0, true), (25.0, false), (35.0, false)] {
        play.until(at);
        assert_eq!(play.replicas("web")[0].frozen, frozen, "at {at}");
    }
}

#[test]
fn two_stop_consumers_and_both_have_to_let_go() {
    let text = "
system: mail
services:
  web: { operations: { order: [{ publish: rabbit / mails }] } }
  mailer: { operations: { send: { consumes: rabbit / mails, steps: [{ wait: 10ms }] } } }
  rabbit: { kind: broker, queues: { mails: {} } }
journeys: { order: { stages: [ordered: web / order, sent: mailer / send], demand: 20/s } }
";
    let mut play = play(text, |system| {
        let service = service(system, "mailer");
        vec![
            fault(10, 20, ConsumersStopped { service }),
            fault(15, 30, ConsumersStopped { service }),
        ]
    });
    play.until(29.9);
    assert!(play.waiting("rabbit", "mails") > 300);
    play.until(40.0);
    assert!(play.waiting("rabbit", "mails") < 3);
}
