//! What people do while it runs.

use knockon_core::{Bytes, Cpu};
use knockon_sim::action::{Action, ActionError, BreakerTo, Feature, Limit, Load};
use knockon_sim::change::ChangeKind;
use knockon_sim::fault::{BadDeploy, Crash, Errors, Traffic};

use super::*;

const SHOP: &str = "
system: shop
services:
  web:
    operations:
      page:
        - { call: api / list, timeout: 1s, breaker: { failures: 5, open: 10s } }
        - branch:
            new: { share: 20%, steps: [call: extra / offer] }
            old: { share: 50%, steps: [call: extra / plain] }
    pools: { api: { size: 10 } }
  api:
    runs: { start: 1s, replicas: 2, cpu: 1, workers: 8, memory: { limit: 1Gi, idle: 100Mi } }
    operations: { list: [{ compute: 5ms }] }
  extra: { operations: { offer: [{ wait: 1ms }], plain: [{ wait: 1ms }] } }
  redis: { kind: cache, entries: { page: { ttl: 1min } } }
journeys: { visit: { stages: [done: web / page], demand: 100/s, slo: { p95: 100ms } } }
";

#[test]
fn scaling_adds_replicas_and_takes_them_away() {
    let mut play = play(SHOP, |_| Vec::new());
    let service = service(&play.system, "api");
    play.run.act(&Action::Scale { service, replicas: 5 }).unwrap();
    play.until(1.1);
    assert_eq!(play.ready("api"), 5);
    play.run.act(&Action::Scale { service, replicas: 1 }).unwrap();
    play.until(10.0);
    assert_eq!(play.replicas("api").len(), 1);
    assert_eq!(play.journey().gave_up, 0);
    play.run.act(&Action::Scale { service, replicas: 0 }).unwrap();
    play.until(11.0);
    let gone = play.during(20.0);
    assert_eq!(gone.served, 0);
    let (of, all) = play.harm_of(3);
    assert_eq!(of, all);
}

#[test]
fn scaling_by_hand_is_one_change() {
    let mut play = play(SHOP, |system| {
        let service = service(system, "extra");
        vec![Happening::action(s(5), Action::Scale { service, replicas: 0 })]
    });
    play.until(10.0);
    let changes = play.run.observation().changes.iter();
    let told: Vec<_> = changes.map(|it| (it.at_ms, it.kind, it.text.as_str())).collect();
    assert_eq!(told, [(5000, ChangeKind::Scale, "0 replicas")]);
}

#[test]
fn a_breaker_is_held_open_held_closed_and_reset() {
    let mut play = play(SHOP, |system| {
        let on = Traffic::to(service(system, "api"));
        vec![fault(20, 40, Errors { on, share: percent(100.0) })]
    });
    let step = step(&play.system, "web", "page", 0);
    let opened = |play: &mut Play, until: f64| {
        let before = play.calls("web", "api", Outcome::BreakerOpen);
        play.until(until);
        play.calls("web", "api", Outcome::BreakerOpen) - before
    };
    assert_eq!(opened(&mut play, 5.0), 0);
    play.run.act(&Action::Breaker { step, to: BreakerTo::Open }).unwrap();
    assert!(opened(&mut play, 10.0) > 400);
    play.run.act(&Action::Breaker { step, to: BreakerTo::Reset }).unwrap();
    assert_eq!(opened(&mut play, 20.0), 0);
    play.run.act(&Action::Breaker { step, to: BreakerTo::Closed }).unwrap();
    assert_eq!(opened(&mut play, 30.0), 0);
    play.run.act(&Action::Breaker { step, to: BreakerTo::Reset }).unwrap();
    assert!(opened(&mut play, 40.0) > 800);
    let now = play.journey();
    play.until(51.0);
    assert!(play.journey().served > now.served);
}

#[test]
fn load_is_shed_at_the_door() {
    let mut play = play(SHOP, |_| Vec::new());
    let load = Load::Journey(0);
    let origin = play.run.act(&Action::Shed { load, share: percent(30.0) }).unwrap();
    let shed = play.during(100.0);
    assert_share(shed.gave_up, shed.started, 0.3);
    assert_eq!(play.harm_of(origin).0, shed.gave_up);
    play.run.act(&Action::Lift { origin }).unwrap();
    assert_eq!(play.during(200.0).gave_up, 0);
    let load = Load::Operation(operation(&play.system, "extra", "plain"));
    play.run.act(&Action::Shed { load, share: percent(100.0) }).unwrap();
    let shed = play.during(300.0);
    assert_share(shed.gave_up, shed.started, 0.5);
}

#[test]
fn a_feature_is_turned_off_and_on_and_nobody_else_notices() {
    let mut play = play(SHOP, |_| Vec::new());
    let step = step(&play.system, "web", "page", 1);
    let arms = |play: &mut Play, until: f64, to: Option<(usize, Feature)>| {
        if let Some((arm, to)) = to {
            play.run.act(&Action::Toggle { step, arm, to }).unwrap();
        }
        let count = |play: &Play| {
            let of = |name| play.count("extra", name, Outcome::Done);
            (play.journey().started, of("offer"), of("plain"))
        };
        let before = count(play);
        play.until(until);
        let now = count(play);
        (now.0 - before.0, now.1 - before.1, now.2 - before.2)
    };
    let (all, new, old) = arms(&mut play, 100.0, None);
    assert_share(new, all, 0.2);
    assert_share(old, all, 0.5);
    let (all, new, old) = arms(&mut play, 200.0, Some((0, Feature::Off)));
    assert!(new <= 1);
    assert_share(old, all, 0.5);
    let (all, new, old) = arms(&mut play, 300.0, Some((0, Feature::Everyone)));
    assert!(all - new < 5 && old < 5, "{all} {new} {old}");
    let (all, new, _) = arms(&mut play, 400.0, Some((0, Feature::AsDeclared)));
    assert_share(new, all, 0.2);
}

#[test]
fn limits_are_changed() {
    let mut play = play(SHOP, |_| Vec::new());
    let (web, api) = (service(&play.system, "web"), service(&play.system, "api"));
    let limit =
        |play: &mut Play, service, limit| play.run.act(&Action::Limit { service, limit }).unwrap();
    play.until(10.0);
    // Half a core for each of two replicas is enough, a tenth is not.
    limit(&mut play, api, Limit::Cpu(Some(Cpu { millicores: 500 })));
    play.until(20.0);
    assert_eq!(play.journey().gave_up, 0);
    let low = limit(&mut play, api, Limit::Cpu(Some(Cpu { millicores: 100 })));
    play.until(30.0);
    assert!(play.journey().gave_up > 100);
    assert!(play.harm_of(low).0 > 100);
    limit(&mut play, api, Limit::Cpu(None));
    play.until(40.0);
    let before = play.journey().gave_up;
    play.until(50.0);
    assert_eq!(play.journey().gave_up, before);
    limit(&mut play, web, Limit::Pool(api, 1));
    play.until(60.0);
    assert_eq!(play.connections("api"), 1);
    limit(&mut play, web, Limit::Pool(api, 10));
    limit(&mut play, api, Limit::Workers(3));
    play.until(70.0);
    let ordinals: Vec<u32> = play.replicas("api").iter().map(|it| it.ordinal).collect();
    assert_eq!(ordinals, [2, 3]);
    limit(&mut play, api, Limit::Memory(Some(Bytes { count: 1 << 20 })));
    play.until(70.1);
    assert_eq!(play.replicas("api")[0].last_end, "OOMKilled");
}

#[test]
fn what_cannot_be_done_says_so_and_does_nothing() {
    let mut play = play(SHOP, |_| Vec::new());
    let redis = service(&play.system, "redis");
    let error = play.run.act(&Action::FailOver { service: redis }).unwrap_err();
    let ActionError::Impossible(errors) = &error else { panic!("{error:?}") };
    assert_eq!(errors.len(), 1);
    assert_eq!(
        error.to_string(),
        "`fail over`: nobody takes over for `redis`; give it `failover` or `read_replicas`"
    );
    let error = play.run.act(&Action::Lift { origin: 1 }).unwrap_err();
    assert_eq!(error.to_string(), "`lift`: there is no fault or action 1; there are 0");
    assert_eq!(play.run.act(&Action::Flush { cache: redis }), Ok(1));
}

#[test]
fn a_change_log_has_what_people_change_and_nothing_else() {
    let system = system(SHOP);
    let (web, api) = (service(&system, "web"), service(&system, "api"));
    let (first, second) = (step(&system, "web", "page", 0), step(&system, "web", "page", 1));
    let check = |action: Action, wanted: Option<(ChangeKind, ServiceId, &str)>| {
        let change = action.change(&system);
        let found = change.as_ref().map(|it| (it.kind, it.service, it.text.as_str()));
        assert_eq!(found, wanted, "{action:?}");
    };
    let version = "v2".to_owned();
    check(Action::Deploy { service: api, version }, Some((ChangeKind::Deploy, api, "version v2")));
    check(
        Action::Scale { service: api, replicas: 3 },
        Some((ChangeKind::Scale, api, "3 replicas")),
    );
    check(
        Action::Toggle { step: second, arm: 0, to: Feature::Off },
        Some((ChangeKind::Flag, web, "arm 0 off")),
    );
    check(
        Action::Timeout { step: first, timeout: Some(s(3)) },
        Some((ChangeKind::Configuration, web, "timeout 3 s")),
    );
    check(Action::Lift { origin: 1 }, None);
    let service = api;
    let bad =
        BadDeploy { service, version: "v2".into(), errors: percent(1.0), adds: Duration::ZERO };
    let change = Fault::new(bad).kind.change(&system).unwrap();
    assert_eq!((change.kind, change.text.as_str()), (ChangeKind::Deploy, "version v2"));
    assert_eq!(Fault::new(Crash { service }).kind.change(&system), None);
}
