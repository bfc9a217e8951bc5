//! Faults that hit a part of the users.

use knockon_sim::fault::{Blackhole, Errors, MemberOffline, Partition, Traffic};

use super::*;

const STORES: &str = "
system: stores
cohorts:
  store: { members: { north: 25%, south: 75% } }
services:
  till: { KIND operations: { sell: [{ call: back / sell, timeout: 1s }] } }
  back: { operations: { sell: [{ wait: 10ms }] } }
journeys: { sell: { stages: [sold: till / sell], demand: 100/s, by: [store] } }
";

fn stores(kind: &str) -> String {
    STORES.replace("KIND", kind)
}

fn only_north() -> Shape {
    Shape { member: Some(member(0, 0)), ..Shape::default() }
}

#[test]
fn a_partition_for_one_store_leaves_the_others() {
    let mut play = play(&stores(""), |system| {
        let between = [service(system, "till"), service(system, "back")];
        vec![shaped(10, 110, only_north(), Partition { between })]
    });
    play.until(10.0);
    let during = play.during(110.0);
    assert_share(during.gave_up, during.started - 100, 0.25);
    play.until(112.0);
    assert_eq!(play.during(130.0).gave_up, 0);
}

#[test]
fn errors_and_blackholes_for_one_store_hit_their_share_of_its_users() {
    let mut play = play(&stores(""), |system| {
        let on = Traffic::to(service(system, "back"));
        vec![
            shaped(0, 100, only_north(), Errors { on, share: percent(40.0) }),
            shaped(200, 300, only_north(), Blackhole { on }),
        ]
    });
    let during = play.during(100.0);
    assert_share(during.gave_up, during.started, 0.1);
    play.until(200.0);
    let during = play.during(301.1);
    assert_share(during.gave_up, during.started - 110, 0.25);
}

#[test]
fn a_store_that_is_offline_gets_nothing_through_and_the_rest_does() {
    for (kind, refused) in
        [("", true), ("", false), ("kind: client,", true), ("kind: client,", false)]
    {
        let mut play = play(&stores(kind), |_| {
            vec![fault(10, 110, MemberOffline { member: member(0, 0), refused })]
        });
        play.until(10.0);
        play.until(250.0);
        let gave_up = play.journey().gave_up;
        assert_share(gave_up, 10_000, 0.25);
        assert_eq!(play.during(300.0).gave_up, 0);
        let (of, all) = play.harm_of(1);
        assert_eq!((of, all), (gave_up, gave_up), "{kind} {refused}");
        // Only who has a program of their own gets as far as that.
        let outcomes = [Outcome::Refused, Outcome::TimedOut];
        let began: u64 = outcomes.iter().map(|it| play.count("till", "sell", *it)).sum();
        assert_eq!(began, if kind.is_empty() { 0 } else { gave_up }, "{kind} {refused}");
    }
}
