use proptest::prelude::*;

use super::*;

fn limited(max_length: u64, overflow: Overflow) -> Policy {
    Policy { max_length: Some(max_length), overflow, ..Policy::default() }
}

fn queue(flavour: Flavour, policy: Policy) -> Queue {
    Queue::new(7, Config { flavour, policy, durable: true })
}

fn ready(queue: &Queue) -> Vec<u32> {
    queue.entries().map(|entry| entry.message).collect()
}

/// Publishes messages of one byte and tells which were refused.
fn publish(
    queue: &mut Queue,
    messages: impl IntoIterator<Item = u32>,
    out: &mut Vec<Gone>,
) -> Vec<u32> {
    let refused = |message: &u32| queue.publish(0, *message, 1, out) == Answer::Refused;
    messages.into_iter().filter(refused).collect()
}

fn left(out: &[Gone]) -> Vec<(u32, Reason, bool)> {
    out.iter().map(|gone| (gone.message, gone.reason, gone.dead_letter)).collect()
}

#[test]
fn bytes_are_a_limit_too() {
    let check = |overflow, bytes: &[u32], expected: &[u32]| {
        let policy = Policy { max_bytes: Some(10), overflow, ..Policy::default() };
        let mut queue = queue(Flavour::Classic, policy);
        let mut out = Vec::new();
        for (message, bytes) in (1..).zip(bytes) {
            queue.publish(0, message, *bytes, &mut out);
        }
        assert_eq!(ready(&queue), expected, "{bytes:?}");
        assert!(queue.ready_bytes() <= 10);
    };
    check(Overflow::DropHead, &[4, 4, 4], &[2, 3]);
    check(Overflow::DropHead, &[4, 4, 9], &[3]);
    check(Overflow::DropHead, &[4, 11], &[]);
    check(Overflow::RejectPublish, &[4, 4, 4, 2], &[1, 2, 4]);
}

#[test]
fn a_quorum_queue_takes_one_more_and_then_none_before_it_is_at_80_percent() {
    let mut queue = queue(Flavour::Quorum, limited(10, Overflow::RejectPublish));
    let mut out = Vec::new();
    assert_eq!(publish(&mut queue, 1..=13, &mut out), [12, 13]);
    for at in [10, 9] {
        queue.take(0, &mut out);
        assert_eq!(queue.ready(), at);
        assert_eq!(publish(&mut queue, [20], &mut out), [20]);
    }
    queue.take(0, &mut out);
    assert_eq!(publish(&mut queue, 21..=24, &mut out), [24]);
    // Without a limit it goes on at once.
    queue.set_policy(Policy::default(), &mut out);
    assert!(publish(&mut queue, [25], &mut out).is_empty());
}

#[test]
fn a_quorum_queue_does_not_know_reject_publish_dlx() {
    let policy = Policy { dead_letter: true, ..limited(2, Overflow::RejectPublishDlx) };
    let mut queue = queue(Flavour::Quorum, policy);
    let mut out = Vec::new();
    assert!(publish(&mut queue, 1..=3, &mut out).is_empty());
    assert_eq!(left(&out), [(1, Reason::MaxLen, true)]);
}

#[test]
fn what_is_requeued_goes_back_to_where_it_was() {
    let check = |flavour, back: &[usize], expected: &[u32]| {
        let mut queue = queue(flavour, Policy::default());
        let mut out = Vec::new();
        publish(&mut queue, 1..=5, &mut out);
        let taken: Vec<_> = (0..4).filter_map(|_| queue.take(0, &mut out)).collect();
        for index in back {
            assert!(queue.requeue(taken[*index], &mut out));
            assert!(!queue.requeue(taken[*index], &mut out), "given back twice");
        }
        assert_eq!(ready(&queue), expected, "{flavour:?} {back:?}");
        assert_eq!(queue.unacked(), 4 - back.len());
        let again = queue.take(0, &mut out).unwrap();
        assert_eq!((again.entry.message, again.entry.deliveries), (expected[0], 2));
        assert_eq!(queue.counters().redelivered, 1);
    };
    check(Flavour::Classic, &[0, 1], &[1, 2, 5]);
    check(Flavour::Classic, &[3, 0], &[1, 4, 5]);
    check(Flavour::Classic, &[2], &[3, 5]);
    check(Flavour::Quorum, &[3, 0], &[4, 1, 5]);
}

#[test]
fn a_requeue_may_exceed_the_limit_only_of_a_queue_that_refuses() {
    let check = |overflow, expected: &[u32], dropped: &[u32]| {
        let mut queue = queue(Flavour::Classic, limited(2, overflow));
        let mut out = Vec::new();
        publish(&mut queue, 1..=2, &mut out);
        let taken: Vec<_> = (0..2).filter_map(|_| queue.take(0, &mut out)).collect();
        publish(&mut queue, 3..=4, &mut out);
        for delivery in taken {
            queue.requeue(delivery, &mut out);
        }
        assert_eq!(ready(&queue), expected);
        assert_eq!(out.iter().map(|gone| gone.message).collect::<Vec<_>>(), dropped);
    };
    check(Overflow::RejectPublish, &[1, 2, 3, 4], &[]);
    check(Overflow::DropHead, &[3, 4], &[1, 2]);
}

#[test]
fn a_message_is_delivered_no_more_often_than_it_may_be() {
    let policy = Policy { delivery_limit: Some(3), dead_letter: true, ..Policy::default() };
    let mut queue = queue(Flavour::Quorum, policy);
    let mut out = Vec::new();
    publish(&mut queue, [1], &mut out);
    for deliveries in 1..=3 {
        assert_eq!(left(&out), []);
        let delivery = queue.take(0, &mut out).unwrap();
        assert_eq!(delivery.entry.deliveries, deliveries);
        queue.requeue(delivery, &mut out);
    }
    assert_eq!(left(&out), [(1, Reason::DeliveryLimit, true)]);
    assert_eq!((queue.ready(), queue.unacked()), (0, 0));
}

#[test]
fn what_is_rejected_is_dead_lettered_if_there_is_a_queue_for_it() {
    for dead_letter in [false, true] {
        let mut queue = queue(Flavour::Classic, Policy { dead_letter, ..Policy::default() });
        let mut out = Vec::new();
        publish(&mut queue, [1], &mut out);
        let delivery = queue.take(0, &mut out).unwrap();
        assert!(queue.reject(delivery, &mut out));
        assert_eq!(left(&out), [(1, Reason::Rejected, dead_letter)]);
        assert_eq!(queue.counters().dead_lettered, u64::from(dead_letter));
        assert!(!queue.ack(delivery));
    }
}

#[test]
fn messages_expire_at_the_head() {
    let policy = Policy { ttl_ns: Some(100), dead_letter: true, ..Policy::default() };
    let mut queue = queue(Flavour::Classic, policy);
    let mut out = Vec::new();
    for (message, now_ns) in [(1, 0), (2, 50)] {
        queue.publish(now_ns, message, 1, &mut out);
    }
    // The head will not expire any more; what is behind it waits.
    queue.set_policy(Policy { ttl_ns: None, ..policy }, &mut out);
    queue.publish(60, 3, 1, &mut out);
    queue.set_policy(Policy { ttl_ns: Some(10), ..policy }, &mut out);
    queue.publish(60, 4, 1, &mut out);
    assert_eq!(queue.next_expiry_ns(), Some(100));
    queue.expire(99, &mut out);
    assert_eq!(left(&out), []);
    let taken = queue.take(99, &mut out).unwrap();
    queue.expire(150, &mut out);
    assert_eq!(left(&out), [(2, Reason::Expired, true)]);
    assert_eq!((ready(&queue), queue.next_expiry_ns()), (vec![3, 4], None));
    // Given back it has kept its time.
    queue.requeue(taken, &mut out);
    assert_eq!(queue.take(150, &mut out).map(|delivery| delivery.entry.message), Some(3));
    assert_eq!(queue.take(150, &mut out), None);
    assert_eq!(left(&out)[1..], [(1, Reason::Expired, true), (4, Reason::Expired, true)]);
}

#[test]
fn with_a_waiting_consumer_a_message_passes_through_without_room_or_time() {
    let policy = Policy { ttl_ns: Some(0), ..limited(0, Overflow::DropHead) };
    let mut queue = queue(Flavour::Classic, policy);
    let mut out = Vec::new();
    let (answer, delivery) = queue.publish_to_waiting(5, 1, 1, &mut out);
    assert_eq!((answer, delivery.map(|one| one.entry.message)), (Answer::Confirmed, Some(1)));
    queue.publish(5, 2, 1, &mut out);
    assert_eq!(left(&out), [(2, Reason::MaxLen, false)]);
    queue.set_policy(limited(0, Overflow::RejectPublish), &mut out);
    assert_eq!(queue.publish_to_waiting(5, 3, 1, &mut out), (Answer::Refused, None));
}

#[test]
fn a_stream_counts_what_is_not_acknowledged_and_mqtt_does_not() {
    let check = |flavour, refused: &[u32], silent: &[u32]| {
        let mut queue = queue(flavour, limited(2, Overflow::RejectPublish));
        let mut out = Vec::new();
        publish(&mut queue, 1..=2, &mut out);
        let delivery = queue.take(0, &mut out).unwrap();
        assert_eq!(publish(&mut queue, 3..=4, &mut out), refused, "{flavour:?}");
        let unseen: Vec<u32> = out.iter().map(|gone| gone.message).collect();
        assert_eq!(unseen, [refused, silent].concat(), "{flavour:?}");
        queue.ack(delivery);
        assert_eq!(publish(&mut queue, [5], &mut out).is_empty(), flavour == Flavour::JetStream);
    };
    check(Flavour::JetStream, &[3, 4], &[]);
    check(Flavour::Classic, &[4], &[]);
    let mut queue = queue(Flavour::Mqtt, limited(2, Overflow::DropHead));
    let mut out = Vec::new();
    assert!(publish(&mut queue, 1..=4, &mut out).is_empty());
    assert_eq!((ready(&queue), queue.counters().dropped), (vec![1, 2], 2));
}

#[test]
fn a_restart_returns_what_was_out_or_loses_all() {
    for durable in [false, true] {
        let config = Config { durable, ..Config::default() };
        let mut queue = Queue::new(7, config);
        let mut out = Vec::new();
        publish(&mut queue, 1..=4, &mut out);
        let taken: Vec<_> = (0..3).filter_map(|_| queue.take(0, &mut out)).collect();
        queue.ack(taken[1]);
        queue.restart(&mut out);
        assert!(!queue.ack(taken[0]), "a delivery from before the restart");
        assert_eq!(queue.unacked(), 0);
        let expected: &[u32] = if durable { &[1, 3, 4] } else { &[] };
        assert_eq!(ready(&queue), expected);
        assert_eq!(queue.counters().lost, if durable { 0 } else { 3 });
    }
}

#[test]
fn one_queue_that_refuses_is_a_nack_and_the_others_keep_their_copy() {
    let policies = [Policy::default(), limited(1, Overflow::RejectPublish), Policy::default()];
    let mut queues: Vec<Queue> = (0..)
        .zip(policies)
        .map(|(id, policy)| Queue::new(id, Config { policy, ..Config::default() }))
        .collect();
    let (mut out, mut confirms) = (Vec::new(), Confirms::default());
    let mut send = |to: &[usize], message| {
        let routed = publish_to(&mut queues, to, 0, message, 1, &mut out);
        confirms.count(routed.answer);
        (routed.answer, routed.unroutable)
    };
    assert_eq!(send(&[0, 1, 2], 1), (Answer::Confirmed, false));
    assert_eq!(send(&[0, 1, 2], 2), (Answer::Refused, false));
    assert_eq!(send(&[0, 2], 3), (Answer::Confirmed, false));
    assert_eq!(send(&[], 4), (Answer::Confirmed, true));
    assert_eq!((confirms.received, confirms.confirmed, confirms.nacks()), (4, 3, 1));
    let kept: Vec<_> = queues.iter().map(ready).collect();
    assert_eq!(kept, [vec![1, 2, 3], vec![1], vec![1, 2, 3]]);
    let refused = Gone { queue: 1, message: 2, reason: Reason::MaxLen, dead_letter: false };
    assert_eq!(out, [refused]);
}

#[test]
fn a_purge_leaves_what_consumers_have() {
    let policy = Policy { dead_letter: true, ..Policy::default() };
    let mut queue = queue(Flavour::Classic, policy);
    let mut out = Vec::new();
    publish(&mut queue, 1..=3, &mut out);
    let delivery = queue.take(0, &mut out).unwrap();
    queue.purge(&mut out);
    assert_eq!(left(&out), [(2, Reason::Purged, false), (3, Reason::Purged, false)]);
    assert!(queue.ack(delivery));
}

#[test]
fn a_delivery_is_not_mistaken_for_a_later_one() {
    let mut queue = queue(Flavour::Classic, Policy::default());
    let mut out = Vec::new();
    publish(&mut queue, 1..=2, &mut out);
    let first = queue.take(0, &mut out).unwrap();
    assert!(queue.ack(first));
    let second = queue.take(0, &mut out).unwrap();
    assert!(!queue.ack(first) && !queue.reject(first, &mut out) && !queue.requeue(first, &mut out));
    assert_eq!((queue.unacked(), out.len()), (1, 0));
    assert!(queue.ack(second));
}

#[test]
fn only_a_classic_queue_dead_letters_what_it_refuses() {
    let check = |flavour, dead_letter, expected: &[(u32, Reason, bool)]| {
        let policy = Policy { dead_letter, ..limited(1, Overflow::RejectPublishDlx) };
        let mut queue = queue(flavour, policy);
        let mut out = Vec::new();
        publish(&mut queue, 1..=2, &mut out);
        assert_eq!(left(&out), expected, "{flavour:?}");
        assert_eq!(queue.counters().dead_lettered, u64::from(expected[0].2));
    };
    check(Flavour::Classic, true, &[(2, Reason::MaxLen, true)]);
    check(Flavour::Classic, false, &[(2, Reason::MaxLen, false)]);
    check(Flavour::JetStream, true, &[(2, Reason::MaxLen, false)]);
    check(Flavour::Mqtt, true, &[(2, Reason::MaxLen, false)]);
}

#[test]
fn an_entry_is_small() {
    assert!(size_of::<Entry>() <= 24 && size_of::<unacked::Placed>() <= 32);
}

#[derive(Debug, Clone)]
enum Step {
    Publish(u32),
    PublishToWaiting(u32),
    Take,
    Ack(usize),
    Requeue(usize),
    Reject(usize),
    Policy(Policy),
    Purge,
    Restart,
    Wait(u64),
}

fn policies() -> impl Strategy<Value = Policy> {
    let overflow = prop::sample::select(vec![
        Overflow::DropHead,
        Overflow::RejectPublish,
        Overflow::RejectPublishDlx,
    ]);
    let limit = |most: u64| prop::option::of(0..most);
    (limit(6), limit(60), overflow, limit(50), any::<bool>(), prop::option::of(1_u32..4)).prop_map(
        |(max_length, max_bytes, overflow, ttl_ns, dead_letter, delivery_limit)| Policy {
            max_length,
            max_bytes,
            overflow,
            ttl_ns,
            dead_letter,
            delivery_limit,
        },
    )
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u32..30).prop_map(Step::Publish),
        2 => (0_u32..30).prop_map(Step::PublishToWaiting),
        4 => Just(Step::Take),
        2 => any::<usize>().prop_map(Step::Ack),
        2 => any::<usize>().prop_map(Step::Requeue),
        1 => any::<usize>().prop_map(Step::Reject),
        1 => policies().prop_map(Step::Policy),
        1 => Just(Step::Purge),
        1 => Just(Step::Restart),
        2 => (0_u64..40).prop_map(Step::Wait),
    ]
}

/// Does a step with the deliveries that consumers hold.
fn act(
    queue: &mut Queue,
    held: &mut Vec<Delivery>,
    step: &Step,
    (now_ns, next): (&mut u64, &mut u32),
    out: &mut Vec<Gone>,
) {
    let mut pick = |index: usize| {
        let count = held.len();
        (count > 0).then(|| held.swap_remove(index % count))
    };
    match *step {
        Step::Publish(bytes) => {
            queue.publish(*now_ns, *next, bytes, out);
            *next += 1;
        }
        Step::PublishToWaiting(bytes) => {
            let (_, delivery) = queue.publish_to_waiting(*now_ns, *next, bytes, out);
            held.extend(delivery);
            *next += 1;
        }
        Step::Take => held.extend(queue.take(*now_ns, out)),
        Step::Ack(index) => assert!(pick(index).is_none_or(|delivery| queue.ack(delivery))),
        Step::Requeue(index) => {
            assert!(pick(index).is_none_or(|delivery| queue.requeue(delivery, out)));
        }
        Step::Reject(index) => {
            assert!(pick(index).is_none_or(|delivery| queue.reject(delivery, out)));
        }
        Step::Policy(policy) => queue.set_policy(policy, out),
        Step::Purge => queue.purge(out),
        Step::Restart => {
            queue.restart(out);
            held.clear();
        }
        Step::Wait(wait_ns) => {
            *now_ns += wait_ns;
            queue.expire(*now_ns, out);
        }
    }
}

proptest! {
    /// Whatever is done to a queue, each message is in one place, the bytes add up, and a queue that
    /// drops its head is never above its limit.
    #[test]
    fn no_message_is_lost_or_doubled(
        flavour in prop::sample::select(vec![
            Flavour::Classic, Flavour::Quorum, Flavour::JetStream, Flavour::Mqtt,
        ]),
        policy in policies(),
        durable: bool,
        steps in prop::collection::vec(steps(), 1..80),
    ) {
        let mut queue = Queue::new(7, Config { flavour, policy, durable });
        let (mut held, mut out) = (Vec::new(), Vec::new());
        let (mut now_ns, mut next) = (0, 0);
        for step in &steps {
            act(&mut queue, &mut held, step, (&mut now_ns, &mut next), &mut out);
            let bytes: u64 = queue.entries().map(|entry| u64::from(entry.bytes)).sum();
            prop_assert_eq!(queue.ready_bytes(), bytes);
            prop_assert_eq!(queue.unacked(), held.len());
            let policy = queue.config().policy;
            if policy.overflow == Overflow::DropHead && flavour == Flavour::Classic {
                prop_assert!(policy.max_length.is_none_or(|most| queue.ready() as u64 <= most));
                prop_assert!(policy.max_bytes.is_none_or(|most| bytes <= most));
            }
        }
        let mut all = ready(&queue);
        all.extend(held.iter().map(|delivery| delivery.entry.message));
        all.extend(out.iter().map(|gone| gone.message));
        let seen = all.len() as u64;
        all.sort_unstable();
        all.dedup();
        let counters = queue.counters();
        prop_assert_eq!(seen, all.len() as u64, "a message in two places");
        prop_assert_eq!(seen + counters.acked, u64::from(next));
        prop_assert_eq!(counters.published, u64::from(next));
        prop_assert_eq!(counters.published, counters.confirmed + counters.refused);
        let left = counters.refused + counters.dropped + counters.expired + counters.rejected
            + counters.over_delivered + counters.purged + counters.lost;
        prop_assert_eq!(left, out.len() as u64);
        let dead_lettered = out.iter().filter(|gone| gone.dead_letter).count() as u64;
        prop_assert_eq!(counters.dead_lettered, dead_lettered);
    }
}
