//! What others run on.

use knockon_sim::fault::RegionLoss;

use super::*;

const ZONES: &str = "
system: zones
services:
  one: { runs: { start: 5s }, operations: { page: [{ wait: 10ms }] }, runs_on: [node] }
  two: { runs: { start: 5s }, operations: { page: [{ wait: 10ms }] } }
  node: { kind: platform, runs_on: [zone] }
  zone: { kind: platform FAILOVER }
  zone-2: { kind: platform }
journeys:
  first: { stages: [done: one / page], demand: 50/s }
  second: { stages: [done: two / page], demand: 50/s }
";

#[test]
fn a_region_goes_with_everything_on_it_and_comes_back() {
    let mut play = play(&ZONES.replace(" FAILOVER", ""), |system| {
        vec![fault(10, 20, RegionLoss { platform: service(system, "zone") })]
    });
    play.until(10.1);
    assert_eq!((play.ready("one"), play.ready("two")), (0, 1));
    assert_eq!(play.during(24.9).served, 0);
    play.until(25.1);
    assert_eq!(play.during(60.0).gave_up, 0);
    assert_eq!(play.journey_at(1).gave_up, 0);
    let (of, all) = play.harm_of(1);
    assert!(of > 600 && of == all, "{of} of {all}");
}

#[test]
fn another_region_stands_in_and_the_fault_may_end_later() {
    let mut play =
        play(&ZONES.replace(" FAILOVER", ", failover: { after: 30s, to: zone-2 }"), |system| {
            vec![
                fault(10, 100, RegionLoss { platform: service(system, "zone") }),
                fault(200, 300, RegionLoss { platform: service(system, "zone") }),
            ]
        });
    play.until(44.9);
    assert_eq!(play.ready("one"), 0);
    play.until(45.1);
    assert_eq!(play.during(199.0).gave_up, 0);
    play.until(234.9);
    assert_eq!(play.ready("one"), 0);
    play.until(235.1);
    assert_eq!(play.during(400.0).gave_up, 0);
}

#[test]
fn a_region_lost_twice_needs_both_back() {
    let mut play = play(&ZONES.replace(" FAILOVER", ""), |system| {
        let platform = service(system, "zone");
        vec![fault(10, 20, RegionLoss { platform }), fault(15, 30, RegionLoss { platform })]
    });
    play.until(29.0);
    assert_eq!(play.ready("one"), 0);
    play.until(35.1);
    assert_eq!(play.ready("one"), 1);
}
