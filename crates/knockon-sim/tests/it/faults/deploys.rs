//! New versions, and what autoscalers and steps are told.

use knockon_core::ScalingTargets;
use knockon_sim::action::Action;
use knockon_sim::fault::{BadDeploy, WrongMetric, WrongTimeout};

use super::*;

const WEB: &str = "
system: web
services:
  web:
    version: v1
    runs: { start: 5s, replicas: 4 }
    operations: { page: [{ wait: 100ms }] }
journeys: { visit: { stages: [done: web / page], demand: 200/s } }
";

fn versions(play: &Play) -> Vec<String> {
    play.replicas("web").into_iter().map(|it| it.version).collect()
}

fn bad(system: &System) -> BadDeploy {
    let service = service(system, "web");
    BadDeploy { service, version: "v2".into(), errors: percent(50.0), adds: Duration::ZERO }
}

#[test]
fn a_rollout_loses_nothing_and_replaces_all() {
    let mut play = play(WEB, |_| Vec::new());
    let service = service(&play.system, "web");
    play.until(10.0);
    play.run.act(&Action::Deploy { service, version: "v2".into() }).unwrap();
    for tenth in 100..400 {
        play.until(f64::from(tenth) / 10.0);
        assert!((3..=5).contains(&play.ready("web")), "one may be missing, or there in addition");
        let there = play.replicas("web").len();
        // One may be there in addition, and one be on its way out.
        assert!(there <= 7, "{there}");
    }
    assert_eq!(versions(&play), ["v2"; 4]);
    assert_eq!(play.journey().gave_up, 0);
    play.run.act(&Action::RollBack { service }).unwrap();
    play.until(80.0);
    assert_eq!(versions(&play), ["v1"; 4]);
    assert_eq!(play.journey().gave_up, 0);
    play.run.act(&Action::Restart { service }).unwrap();
    play.until(120.0);
    assert_eq!(versions(&play), ["v1"; 4]);
    let ordinals: Vec<u32> = play.replicas("web").iter().map(|it| it.ordinal).collect();
    assert_eq!(ordinals, [12, 13, 14, 15]);
    assert_eq!(play.journey().gave_up, 0);
}

#[test]
fn a_bad_version_fails_where_it_runs_and_is_rolled_back_when_lifted() {
    let mut play = play(WEB, |system| vec![fault(10, 110, bad(system))]);
    assert_eq!(play.during(10.0).gave_up, 0);
    play.until(40.0);
    assert_eq!(versions(&play), ["v2"; 4]);
    let all = play.during(100.0);
    assert_share(all.gave_up, all.started, 0.5);
    play.until(140.0);
    assert_eq!(versions(&play), ["v1"; 4]);
    assert_eq!(play.during(200.0).gave_up, 0);
}

#[test]
fn rolling_back_by_hand_ends_a_bad_deploy() {
    let mut play = play(WEB, |system| vec![fault(10, 300, bad(system))]);
    play.until(40.0);
    let service = service(&play.system, "web");
    play.run.act(&Action::RollBack { service }).unwrap();
    play.until(70.0);
    assert_eq!(play.during(299.0).gave_up, 0);
    // It is not rolled back once more when the fault's time is over.
    play.until(330.0);
    assert_eq!(versions(&play), ["v1"; 4]);
}

#[test]
fn without_a_version_before_there_is_no_way_back() {
    let mut play = play(WEB, |_| Vec::new());
    let service = service(&play.system, "web");
    let error = play.run.act(&Action::RollBack { service }).unwrap_err();
    assert_eq!(error.to_string(), "`web` had no other version before");
}

#[test]
fn an_autoscaler_that_goes_by_the_wrong_thing_does_not_scale() {
    let text = "
system: scaled
services:
  web:
    runs: { start: 5s, replicas: 2, cpu: 500m, workers: 20 }
    autoscaler: { min: 2, max: 10, targets: { cpu: 50% } }
    operations: { page: [{ compute: 10ms }] }
journeys: { visit: { stages: [done: web / page], demand: 80/s } }
";
    let memory = ScalingTargets { backlog: Some(1_000_000), ..ScalingTargets::default() };
    let mut right = play(text, |_| Vec::new());
    let mut wrong = play(text, |system| {
        let service = service(system, "web");
        vec![Happening::fault(s(1), Fault::new(WrongMetric { service, targets: memory }))]
    });
    right.until(200.0);
    wrong.until(200.0);
    assert!(right.ready("web") >= 3, "{}", right.ready("web"));
    assert_eq!(wrong.ready("web"), 2);
    wrong.run.act(&Action::Lift { origin: 1 }).unwrap();
    wrong.until(400.0);
    assert!(wrong.ready("web") >= 3);
}

#[test]
fn a_wrong_timeout_gives_up_too_early() {
    let text = WEB
        .replace(
            "journeys:",
            "  front: { operations: { page: [{ call: web / page, timeout: 1s }] } }\njourneys:",
        )
        .replace("done: web", "done: front");
    let mut play = play(&text, |system| {
        let (service, step) = (service(system, "front"), step(system, "front", "page", 0));
        vec![fault(
            10,
            20,
            WrongTimeout { service, step, timeout: Some(Duration::from_millis(50)) },
        )]
    });
    assert_eq!(play.during(10.0).gave_up, 0);
    let during = play.during(20.0);
    assert!(during.gave_up > 1_800 && during.served < 50, "{during:?}");
    play.until(20.1);
    assert_eq!(play.during(40.0).gave_up, 0);
}
