//! Brokers, queues and consumers.

use knockon_core::Overflow;
use knockon_sim::action::{Action, QueueLimits};
use knockon_sim::fault::{
    BrokerDown, ConsumersSlow, ConsumersStopped, Crash, Partition, QueuePolicy,
};

use knockon_sim::trouble::Harm;

use super::*;

const MAIL: &str = "
system: mail
services:
  web: { operations: { order: [{ publish: rabbit / mails, confirms: true }] } }
  mailer: { operations: { send: { consumes: rabbit / mails, prefetch: 1, steps: [{ wait: 10ms }] } } }
  rabbit:
    kind: broker
    runs: { start: 2s }
    queues: { mails: { durable: true, dead_letter: dead }, dead: { manual: true } }
journeys: { order: { stages: [ordered: web / order, sent: mailer / send], demand: 20/s, slo: { within: 1s } } }
";

#[test]
fn stopped_consumers_let_the_queue_grow_and_work_it_off() {
    let mut play = play(MAIL, |system| {
        vec![fault(10, 20, ConsumersStopped { service: service(system, "mailer") })]
    });
    play.until(19.99);
    let waiting = play.waiting("rabbit", "mails");
    assert!((140..260).contains(&waiting), "{waiting}");
    play.until(30.0);
    assert!(play.waiting("rabbit", "mails") < 3);
    let journey = play.journey();
    assert!(journey.started - journey.completed < 5, "{journey:?}");
    let (of, all) = play.harm_of(1);
    assert!(of > 150 && of == all, "what is late is so because they stopped: {of} of {all}");
}

#[test]
fn a_consumer_that_is_down_is_to_blame_for_what_waits() {
    let mut play =
        play(MAIL, |system| vec![fault(10, 20, Crash { service: service(system, "mailer") })]);
    play.until(60.0);
    let journey = play.journey();
    assert!(journey.started - journey.completed < 5, "nothing is lost: {journey:?}");
    let (of, all) = play.harm_of(1);
    assert!(of > 300 && of * 100 >= all * 99, "{of} of {all}");
}

#[test]
fn slow_consumers_take_longer() {
    let mut play = play(MAIL, |system| {
        vec![fault(10, 20, ConsumersSlow { service: service(system, "mailer"), times: 10.0 })]
    });
    play.until(10.0);
    let before = play.journey();
    let during = play.during(19.99);
    assert!(before.completed > 150);
    assert!((95..=104).contains(&during.completed), "ten a second: {during:?}");
    play.until(60.0);
    assert!(play.waiting("rabbit", "mails") < 3);
}

#[test]
fn a_broker_that_is_down_refuses_and_keeps_what_is_durable() {
    let mut play = play(MAIL, |system| {
        vec![
            fault(5, 15, ConsumersStopped { service: service(system, "mailer") }),
            fault(10, 15, BrokerDown { broker: service(system, "rabbit") }),
        ]
    });
    play.until(9.9);
    let waiting = play.waiting("rabbit", "mails");
    let during = play.during(16.9);
    assert!(during.gave_up > 90 && during.served < 5, "{during:?}");
    assert!(play.waiting("rabbit", "mails") >= waiting);
    play.until(60.0);
    let journey = play.journey();
    assert_eq!(journey.lost, 0);
    assert!(journey.served - journey.completed < 3);
}

#[test]
fn a_partition_between_broker_and_consumer_stops_deliveries_only() {
    let mut play = play(MAIL, |system| {
        let between = [service(system, "rabbit"), service(system, "mailer")];
        vec![fault(10, 20, Partition { between })]
    });
    play.until(19.99);
    assert_eq!(play.journey().gave_up, 0);
    assert!(play.waiting("rabbit", "mails") > 140);
    play.until(30.0);
    assert!(play.waiting("rabbit", "mails") < 3);
    let (of, all) = play.harm_of(1);
    assert!(of > 150 && of == all, "{of} of {all}");
}

fn short(overflow: Overflow) -> QueueLimits {
    QueueLimits { max_length: Some(10), overflow: Some(overflow), ..QueueLimits::default() }
}

#[test]
fn a_queue_policy_refuses_what_is_too_much_until_it_is_cleared() {
    let mut play = play(MAIL, |system| {
        let queue = queue(system, "rabbit", "mails");
        let limits = short(Overflow::RejectPublish);
        vec![
            fault(10, 100, ConsumersStopped { service: service(system, "mailer") }),
            fault(10, 100, QueuePolicy { queue, limits }),
            Happening::action(s(30), Action::ClearPolicy { queue }),
        ]
    });
    play.until(29.9);
    assert_eq!(play.waiting("rabbit", "mails"), 10);
    assert!(play.journey().gave_up > 300);
    let truth = play.run.truth();
    let policy = truth.origins.iter().find(|it| it.origin == Some(2)).unwrap();
    let failed = policy.harm.iter().find(|it| it.harm == Harm::Failed).unwrap();
    assert_eq!(failed.toll.count, play.journey().gave_up);
    play.until(30.1);
    let after = play.during(60.0);
    assert_eq!(after.gave_up, 0);
    assert!(play.waiting("rabbit", "mails") > 450);
}

#[test]
fn dead_letters_are_replayed_to_the_queue_they_came_from() {
    let mut play = play(MAIL, |system| {
        let queue = queue(system, "rabbit", "mails");
        let limits = short(Overflow::DropHead);
        vec![
            fault(10, 20, ConsumersStopped { service: service(system, "mailer") }),
            fault(10, 20, QueuePolicy { queue, limits }),
        ]
    });
    play.until(30.0);
    let dead = play.waiting("rabbit", "dead");
    assert!(dead > 130, "{dead}");
    let before = play.journey();
    let queue = queue(&play.system, "rabbit", "dead");
    play.run.act(&Action::Replay { queue }).unwrap();
    assert_eq!(play.waiting("rabbit", "dead"), 0);
    play.until(60.0);
    let journey = play.journey();
    assert!(journey.started - journey.completed < 3, "{before:?} {journey:?}");
    assert_eq!(journey.lost, 0);
}

#[test]
fn what_is_purged_is_lost_because_of_that() {
    let mut play = play(MAIL, |system| {
        vec![fault(10, 20, ConsumersStopped { service: service(system, "mailer") })]
    });
    play.until(19.9);
    let waiting = play.waiting("rabbit", "mails") as u64;
    let queue = queue(&play.system, "rabbit", "mails");
    let origin = play.run.act(&Action::Purge { queue }).unwrap();
    assert_eq!((play.waiting("rabbit", "mails"), origin), (0, 2));
    play.until(30.0);
    assert_eq!(play.journey().lost, waiting);
    // Each is a lost message, and a journey that nothing came of.
    assert_eq!(play.harm_of(2).0, 2 * waiting);
}

#[test]
fn consumers_are_paused_and_resumed() {
    let mut play = play(MAIL, |_| Vec::new());
    let service = service(&play.system, "mailer");
    play.until(10.0).run.act(&Action::PauseConsumers { service }).unwrap();
    play.until(20.0);
    assert!(play.waiting("rabbit", "mails") > 140);
    play.run.act(&Action::ResumeConsumers { service }).unwrap();
    play.until(30.0);
    assert!(play.waiting("rabbit", "mails") < 3);
}

#[test]
fn a_partition_for_one_member_does_not_stop_deliveries() {
    let text = MAIL
        .replace("services:", "cohorts: { store: { members: { north: 50% } } }\nservices:")
        .replace("demand: 20/s,", "demand: 20/s, by: [store],");
    let shape = Shape { member: Some(member(0, 0)), ..Shape::default() };
    let mut play = play(&text, |system| {
        let between = [service(system, "rabbit"), service(system, "mailer")];
        vec![shaped(10, 20, shape, Partition { between })]
    });
    play.until(19.9);
    assert!(play.waiting("rabbit", "mails") < 3);
}
