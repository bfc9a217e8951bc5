//! What is observed is what must come by arithmetic.

use crate::stall::five_minutes;

/// For a minute no till takes money: of 300 users, the 60 who come in it fail.
const OUTAGE: &str = "[{ at: 1min, errors: till, share: 100%, for: 1min }]";

/// For a minute nobody packs: 60 parcels wait at the end of it.
const PAUSE: &str = "[{ at: 1min, consumers stopped: packer, for: 1min }]";

#[test]
fn counts_and_shares() {
    let ran = five_minutes(
        OUTAGE,
        "till",
        "
  - { journey: buy, started: 300, served: 240, failed: 60, completed: 240, slow: 0, late: 0, lost: 0, stuck: 0 }
  - { journey: buy, failing: 20%, success: 80%, missed: 120, under_way: 0 }
  - { journey: buy, at: 90s, started: 90, failed: 30 }
  - { journey: buy, at: 60s, failed: 0 }
  - { journey: buy, at: T+60s, failed: 60 }
  - { journey: buy, from: T, to: T+60s, started: 60, failed: 60, failing: 100%, served: 0 }
  - { journey: buy, from: 50s, to: 70s, started: 20, failing: 50%, success: 50%, missed: 20 }
  - { journey: buy, from: 121s, started: 179, failed: 0, failing: 0% }
  - { operation: till / pay, done: 240, failed: 60, failing: 20%, wasted: 0 }
  - { operation: till / pay, from: 110s, to: 130s, done: 10, failed: 10, failing: 50% }
  - { operation: till / pay, p50: 200ms ± 2%, p99: 200ms ± 2% }
  - { service: till, wanted: 1, ready: 1, restarts: 0 }
  - { state: web / order, NEW: 60, PAID: 240, stuck: 60 }
  - { state: web / order, at: 90s, NEW: 30, PAID: 60, stuck: 0 }
  - { state: web / order, at: T+90s, stuck: 30 }
  - { state: web / order, from: 70s, to: 80s, NEW: 10 }
  - { money: yes, lost: 120, per_hour: 1800 }
  - { money: yes, from: 90s, to: 150s, lost: 60, per_hour: 3600 }",
    );
    ran.holds();
}

/// What is lost without the cause as well is not lost by it; what nobody asked for was done no time.
#[test]
fn what_the_cause_did_and_what_nobody_did() {
    let both = "[{ at: 1min, errors: till, share: 100%, for: 1min },
                 { at: 3min, errors: till, share: 100%, for: 30s, part: background }]";
    let ran = five_minutes(
        both,
        "till",
        "
  - { journey: buy, failed: 90, missed: 180 }
  - { money: yes, lost: 120 }
  - { operation: clock / tick, done: 0, failed: 0 }
  - { operation: clock / tick, failing: 0% }",
    );
    let judged = ran.judged();
    assert!(judged[..5].iter().all(|line| line.starts_with("held ")), "{}", judged.join("\n"));
    assert_eq!(judged[5..], ["not clock / tick: failing 0%: nothing"]);
}

#[test]
fn times() {
    let slow = "[{ at: 1min, latency: till, adds: 400ms, for: 1min }]";
    let ran = five_minutes(
        slow,
        "till",
        "
  - { journey: buy, failed: 0, slow: 60, completed: 300 }
  - { journey: buy, at: 1min, p50: 200ms ± 2%, p99: 200ms ± 2% }
  - { journey: buy, p50: 200ms ± 2%, p95: 600ms ± 2%, p99: 600ms ± 2% }
  - { journey: buy, from: T, to: T+60s, p50: 600ms ± 2%, completion_p50: 700ms ± 2%, completion_p95: 700ms ± 2% }
  - { journey: buy, from: 121s, p99: 200ms ± 2%, completion_p95: 300ms ± 2% }",
    );
    ran.holds();
    // Nobody was done in the first half second: there is no figure, and nothing holds of it.
    let ran = five_minutes(
        slow,
        "till",
        "  - { journey: buy, at: 100ms, p50: at least 0s, failing: 0%, started: 0 }",
    );
    assert_eq!(
        ran.judged(),
        [
            "not buy: p50 at least 0ms at 0:00.1: nothing",
            "not buy: failing 0% at 0:00.1: nothing",
            "held buy: started 0 at 0:00.1: 0",
        ]
    );
}

#[test]
fn queues() {
    let ran = five_minutes(
        PAUSE,
        "packer",
        "
  - { queue: queue / paid, at: 59s, ready: 0, published: 59, consumers: 1 }
  - { queue: queue / paid, at: T, consumers: 0 }
  - { queue: queue / paid, at: 90s, ready: 30, unacked: 0, published: 90 }
  - { queue: queue / paid, at: 119s, ready: 59 }
  - { queue: queue / paid, ready: 0, published: 300, acked: 300, refused: 0, lost: 0, dead_lettered: 0 }
  - { queue: queue / paid, from: T, to: 119s, published: 59, delivered: 0 }
  - { journey: buy, failed: 0, completed: 300 }
  - { journey: buy, at: 119s, completed: 60, stuck: 29, under_way: 30 }
  - { money: yes, lost: 0 }",
    );
    ran.holds();
    // They are stuck once they wait longer than promised, and late when it comes all the same.
    // Whoever came 30 s or more before the end of the minute is late: 60.5 s to 89.5 s, and those who waited
    // in line behind them.
    let late = &ran.played.course.run.truth().journeys[0].late;
    assert!((30..=36).contains(late), "{late}");
}

/// Counters are read every 15 s, so that the first failures are seen at 75 s, and 30 s of that are wanted. What the
/// till counts has a status that was never there before, and grows first from then on.
#[test]
fn alerts() {
    let ran = five_minutes(
        OUTAGE,
        "till",
        "
  - { alert: TillFails, by: 90s }
  - { alert: TillFails, by: T+30s }
  - { alert: BuysFail, by: 105s }
  - { alert: BuysFail }
  - { alert: QueueLong, never: yes }
  - { alert: Never, never: yes }",
    );
    ran.holds();
    let fired: Vec<_> = ran
        .played
        .watched
        .fired
        .iter()
        .map(|it| (it.name.as_str(), it.active_ms, it.firing_ms, it.resolved_ms))
        .collect();
    assert_eq!(
        fired,
        [
            ("Noon", 0, 0, None),
            ("BuysFail", 75_000, 105_000, Some(135_000)),
            ("TillFails", 90_000, 90_000, Some(135_000)),
        ]
    );
    let ran = five_minutes(
        OUTAGE,
        "till",
        "
  - { alert: BuysFail, by: 104s }
  - { alert: BuysFail, never: yes }
  - { alert: Never, by: end }
  - { alert: Noon, by: end }",
    );
    assert_eq!(
        ran.judged(),
        [
            "not BuysFail fires by 1:44: it fired at 1:45",
            "not BuysFail does not fire: it did at 1:45",
            "not Never fires by 5:00: it did not fire",
            // It fired before anything happened, and so not because of that.
            "not Noon fires by 5:00: it fired at 0:00",
        ]
    );
}

#[test]
fn queries() {
    let ran = five_minutes(
        PAUSE,
        "packer",
        "
  - { query: rabbitmq_queue_messages_ready, at: 90s, is: 30 }
  - { query: rabbitmq_queue_messages_ready, at: 104s, is: 30 }
  - { query: rabbitmq_queue_messages_ready, by: 2min, is: above 40 }
  - { query: rabbitmq_queue_messages_ready, from: 75s, to: 119s, is: at least 15 }
  - { query: rabbitmq_queue_messages_ready, never: above 60 }
  - { query: rabbitmq_queue_messages_ready, is: 0 }
  - { query: 'up{job=\"no such\"}', never: at least 0 }
  - { query: 'sum(journey_attempts_total) > bool 100', at: 2min, is: 100% }
  - { query: 'count(increase(journey_attempts_total[16s]))', at: 104s, is: 1 }
  - { query: rabbitmq_queue_messages_ready, by: 1min, is: above 0 }
  - { query: rabbitmq_queue_messages_ready, from: 75s, to: 3min, is: above 15 }
  - { query: rabbitmq_queue_messages_ready, never: above 44 }
  - { query: 'up{job=\"no such\"}', is: 0 }",
    );
    let queue = "rabbitmq_queue_messages_ready";
    assert_eq!(
        ran.judged(),
        [
            format!("held {queue} is 30 at 1:30: 30"),
            // What Prometheus knew at that moment is the last scrape.
            format!("held {queue} is 30 at 1:44: 30"),
            format!("held {queue} is above 40 by 2:00: 45 at 1:45"),
            format!("held {queue} is at least 15 from 1:15 to 1:59: 45"),
            format!("held {queue} is never above 60: never"),
            format!("held {queue} is 0 at 5:00: 0"),
            "held up{job=\"no such\"} is never at least 0: never".to_owned(),
            "held sum(journey_attempts_total) > bool 100 is 1 at 2:00: 1".to_owned(),
            // As if it was asked at the scrape, from which on two scrapes lie in 16 s.
            "held count(increase(journey_attempts_total[16s])) is 1 at 1:44: 1".to_owned(),
            format!("not {queue} is above 0 by 1:00: 0"),
            format!("not {queue} is above 15 from 1:15 to 3:00: 15 at 1:15"),
            format!("not {queue} is never above 44: 45 at 1:45"),
            "not up{job=\"no such\"} is 0 at 5:00: nothing".to_owned(),
        ]
    );
}

/// Each condition on a figure of 60, with the words of what was observed.
#[test]
fn conditions() {
    let check = |condition: &str, words: &str, held: bool| {
        let ran =
            five_minutes(OUTAGE, "till", &format!("  - {{ journey: buy, failed: {condition} }}"));
        let held = if held { "held" } else { "not" };
        assert_eq!(ran.judged(), [format!("{held} buy: failed {words}: 60")]);
    };
    check("60", "60", true);
    check("59", "59", false);
    check("above 59", "above 59", true);
    check("above 60", "above 60", false);
    check("at least 60", "at least 60", true);
    check("at most 60", "at most 60", true);
    check("below 60", "below 60", false);
    check("50 to 60", "50 to 60", true);
    check("61 to 70", "61 to 70", false);
    check("58 ± 2", "56 to 60", true);
    check("58 ± 1", "57 to 59", false);
    check("50 ± 20%", "40 to 60", true);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let timeline = "[{ at: 1min, errors: till, share: 50%, for: 1min }]";
    let play = || {
        let ran = five_minutes(timeline, "till", "  - { journey: buy, failed: 1 to 59 }");
        ran.holds();
        (
            ran.played.course.run.observation().clone(),
            ran.played.watched.fired,
            ran.healthy.journeys,
        )
    };
    assert_eq!(play(), play());
}
