//! The same plan and the same actions give the same run.

use knockon_core::Spread;
use knockon_sim::action::Action;
use knockon_sim::fault::{BadDeploy, Crash, Freeze, Latency, MemoryLeak, Traffic};

use super::*;

const WEB: &str = "
system: web
services:
  web:
    runs: { start: 2s, replicas: 3, workers: 20, memory: { limit: 200Mi, idle: 100Mi } }
    operations: { page: [{ call: back / do, timeout: 100ms, retry: { attempts: 3, jitter: full } }] }
  back: { runs: { replicas: 2, cpu: 1, workers: 8 }, operations: { do: [{ compute: 5ms, spread: exponential }] } }
journeys: { visit: { stages: [done: web / page], demand: 100/s } }
";

fn eventful(seed: u64) -> Play {
    let shape = Shape {
        ramp: s(7),
        flap: Some(knockon_sim::fault::Flap { on: s(5), off: s(1) }),
        replicas: percent(50.0),
        ..Shape::default()
    };
    let mut play = play_seed(WEB, seed, |system| {
        let (web, back) = (service(system, "web"), service(system, "back"));
        let adds = Duration::from_millis(80);
        let spread = Spread::Exponential;
        let per_second = knockon_core::Bytes { count: 7 << 20 };
        vec![
            shaped(5, 50, shape, Latency { on: Traffic::to(back), adds, spread }),
            shaped(12, 31, shape, Freeze { service: back }),
            fault(20, 60, MemoryLeak { service: web, per_second }),
            fault(
                25,
                45,
                BadDeploy {
                    service: back,
                    version: "v2".into(),
                    errors: percent(10.0),
                    adds: Duration::ZERO,
                },
            ),
        ]
    });
    let service = service(&play.system, "web");
    play.until(33.3).run.act(&Action::Restart { service }).unwrap();
    play.until(44.0).run.act(&Action::Scale { service, replicas: 6 }).unwrap();
    play.until(100.0);
    play
}

#[test]
fn the_same_seed_and_actions_give_the_same_digest() {
    let (one, again, other) = (eventful(1), eventful(1), eventful(2));
    assert_eq!(one.run.digest(), again.run.digest());
    assert_eq!(one.journey(), again.journey());
    assert_ne!(one.run.digest(), other.run.digest());
}

#[test]
fn whatever_happens_the_same_users_come_at_the_same_times() {
    let arrivals = |play: &mut Play| -> Vec<u64> {
        (0..500).map(|at| play.until(f64::from(at) / 5.0).journey().started).collect()
    };
    let mut quiet = play(WEB, |_| Vec::new());
    let mut crashed =
        play(WEB, |system| vec![fault(10, 20, Crash { service: service(system, "back") })]);
    let mut scaled = play(WEB, |_| Vec::new());
    let service = service(&scaled.system, "web");
    scaled.run.act(&Action::Scale { service, replicas: 9 }).unwrap();
    let usual = arrivals(&mut quiet);
    assert_eq!(usual, arrivals(&mut crashed));
    assert_eq!(usual, arrivals(&mut scaled));
    assert!(usual.last() > Some(&9_000));
}

#[test]
fn a_copy_of_a_run_goes_on_as_the_run_does() {
    let mut one =
        play(WEB, |system| vec![fault(10, 20, Freeze { service: service(system, "back") })]);
    one.until(15.0);
    let mut copy = Play { system: one.system.clone(), run: one.run.clone() };
    one.until(60.0);
    copy.until(60.0);
    assert_eq!(one.run.digest(), copy.run.digest());
}
