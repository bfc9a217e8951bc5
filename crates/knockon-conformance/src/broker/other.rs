//! Cases told in words, each with figures of its own.

use std::str::FromStr;

use knockon_sim::broker::{Answer, Config, Flavour, Overflow, Policy, Queue, Reason, publish_to};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Played, compare, left, queue};

pub(super) fn play(case: &Value) -> Played {
    let name = case.get("name").and_then(Value::as_str).unwrap_or_default();
    match name {
        "policy set on a fuller queue" => policy_on_fuller_queue(&read(case)?),
        "unacked do not count" => Ok(unacked_do_not_count(&read(case)?)),
        "one consumed frees one slot" => Ok(consumed_frees(&read(case)?)),
        "unroutable" => Ok(unroutable(&read(case)?)),
        "kill -9 of the broker" => killed(&read(case)?),
        "nack counter" => Err("a note without figures; that nacks are what was received and not \
            confirmed is held in every case of publish_into_queue"
            .to_owned()),
        "memory alarm" => Err("it stops connections, whatever is in a queue".to_owned()),
        "SIGSTOP of the broker" => Err("it is about connections, not about a queue".to_owned()),
        _ => Err("what this case means is not known".to_owned()),
    }
}

fn read<T: DeserializeOwned>(case: &Value) -> Result<T, String> {
    serde_json::from_value(case.clone()).map_err(|error| error.to_string())
}

fn refusing(max_length: u64) -> Policy {
    Policy { max_length: Some(max_length), overflow: Overflow::RejectPublish, ..Policy::default() }
}

/// How many publishes are taken before one is refused; `most` if none is.
fn accepted(queue: &mut Queue, most: u64) -> u64 {
    let mut out = Vec::new();
    (0..most).take_while(|_| queue.publish(0, 0, 1, &mut out) == Answer::Confirmed).count() as u64
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullerQueue {
    #[serde(rename = "name")]
    _name: String,
    given: String,
    then: String,
    left: Vec<u32>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

fn policy_on_fuller_queue(case: &FullerQueue) -> Played {
    let (given, policy) = case.given.split_once(", ").ok_or("given: no policy")?;
    let count: u32 = number(given, "", " messages")?;
    let (before, then) = (policy_of(policy)?, policy_of(&case.then)?);
    let mut differs = Vec::new();
    for dead_letter in [false, true] {
        let mut queue = queue(Policy { dead_letter, ..before });
        let mut out = Vec::new();
        for message in 1..=count {
            queue.publish(0, message, 1, &mut out);
        }
        let ready = left(&queue);
        out.clear();
        queue.set_policy(Policy { dead_letter, ..then }, &mut out);
        compare(&mut differs, "left", &case.left, &left(&queue));
        let dropped: Vec<u32> = out.iter().map(|gone| gone.message).collect();
        let head: Vec<u32> =
            ready.into_iter().filter(|message| !case.left.contains(message)).collect();
        compare(&mut differs, "dropped", &head, &dropped);
        let alike = out.iter().all(|gone| gone.dead_letter == dead_letter);
        compare(&mut differs, "dead-lettered, or lost without a queue for it", &true, &alike);
    }
    Ok(differs)
}

/// Reads "no limit", "max-length 3" or "max-length 3, reject-publish".
fn policy_of(text: &str) -> Result<Policy, String> {
    if text == "no limit" {
        return Ok(Policy::default());
    }
    let (limit, overflow) = match text.split_once(", ") {
        None => (text, Overflow::DropHead),
        Some((limit, "drop-head")) => (limit, Overflow::DropHead),
        Some((limit, "reject-publish")) => (limit, Overflow::RejectPublish),
        Some((limit, "reject-publish-dlx")) => (limit, Overflow::RejectPublishDlx),
        Some((_, other)) => return Err(format!("unknown overflow {other}")),
    };
    let max_length = Some(number(limit, "max-length ", "")?);
    Ok(Policy { max_length, overflow, ..Policy::default() })
}

/// The number between two pieces of text.
pub(super) fn number<T: FromStr>(text: &str, before: &str, behind: &str) -> Result<T, String> {
    text.strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(behind))
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| format!("not of the form \"{before}N{behind}\": {text}"))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unacked {
    #[serde(rename = "name")]
    _name: String,
    max_length: u64,
    #[serde(rename = "unacked")]
    taken: u64,
    accepted: u64,
    after_consumer_dies_depth: u64,
}

fn unacked_do_not_count(case: &Unacked) -> Vec<String> {
    let mut queue = queue(refusing(case.max_length));
    let (mut out, mut deliveries) = (Vec::new(), Vec::new());
    for _ in 0..case.taken {
        queue.publish(0, 0, 1, &mut out);
        deliveries.extend(queue.take(0, &mut out));
    }
    let taken = deliveries.len() as u64;
    let more = accepted(&mut queue, case.max_length.saturating_add(case.accepted));
    let mut differs = Vec::new();
    compare(&mut differs, "accepted", &case.accepted, &(taken + more));
    for delivery in deliveries {
        queue.requeue(delivery, &mut out);
    }
    let depth = queue.ready() as u64;
    compare(&mut differs, "depth", &case.after_consumer_dies_depth, &depth);
    differs
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consumed {
    #[serde(rename = "name")]
    _name: String,
    max_length: u64,
    consume: u64,
    then_accepted: u64,
}

fn consumed_frees(case: &Consumed) -> Vec<String> {
    let mut queue = queue(refusing(case.max_length));
    accepted(&mut queue, case.max_length.saturating_add(1));
    let mut out = Vec::new();
    for _ in 0..case.consume {
        if let Some(delivery) = queue.take(0, &mut out) {
            queue.ack(delivery);
        }
    }
    let mut differs = Vec::new();
    let then = accepted(&mut queue, case.consume.saturating_add(case.then_accepted));
    compare(&mut differs, "then_accepted", &case.then_accepted, &then);
    differs
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unroutable {
    #[serde(rename = "name")]
    _name: String,
    mandatory: bool,
    publisher_sees: String,
    mandatory_true: Option<String>,
}

fn unroutable(case: &Unroutable) -> Vec<String> {
    let routed = publish_to(&mut [], &[], 0, 1, 1, &mut Vec::new());
    let sees = |mandatory: bool| match (routed.answer, routed.unroutable && mandatory) {
        (Answer::Confirmed, true) => "basic.return, then ack",
        (Answer::Confirmed, false) => "ack",
        (Answer::Refused, _) => "nack",
    };
    let mut differs = Vec::new();
    compare(&mut differs, "publisher_sees", &case.publisher_sees.as_str(), &sees(case.mandatory));
    if let Some(expected) = case.mandatory_true.as_deref() {
        compare(&mut differs, "mandatory_true", &expected, &sees(true));
    }
    differs
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Killed {
    #[serde(rename = "name")]
    _name: String,
    persistent_confirmed: String,
    transient_confirmed: String,
    /// How long the broker was away: not a queue's doing.
    #[serde(rename = "restart_s")]
    _restart_s: Option<String>,
}

fn killed(case: &Killed) -> Played {
    let mut differs = Vec::new();
    for (durable, text) in [(true, &case.persistent_confirmed), (false, &case.transient_confirmed)]
    {
        let (counts, fate) = text.rsplit_once(' ').ok_or("neither kept nor lost")?;
        let (some, all) = counts.split_once(" of ").ok_or("not of the form \"N of N\"")?;
        let (some, all): (u64, u32) = (number(some, "", "")?, number(all, "", "")?);
        let config = Config { flavour: Flavour::Classic, policy: Policy::default(), durable };
        let mut queue = Queue::new(0, config);
        let mut out = Vec::new();
        for message in 1..=all {
            queue.publish(0, message, 1, &mut out);
        }
        queue.restart(&mut out);
        let lost = out.iter().filter(|gone| gone.reason == Reason::Restart).count() as u64;
        let got = match fate {
            "kept" => queue.ready() as u64,
            "lost" => lost,
            other => return Err(format!("neither kept nor lost: {other}")),
        };
        compare(&mut differs, text, &some, &got);
    }
    Ok(differs)
}
