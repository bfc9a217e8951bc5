//! So many publishes into one queue.

use knockon_sim::broker::{Answer, Config, Confirms, Flavour, Gone, Overflow, Policy, Queue};
use serde::Deserialize;
use serde_json::Value;

use super::{Played, compare, left};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    broker: Option<String>,
    queue: Option<String>,
    qos: Option<u8>,
    max_length: Option<u64>,
    overflow: Option<String>,
    confirms: Option<bool>,
    publishes: u32,
    #[serde(default)]
    consumers: u32,
    acks: Option<Vec<u32>>,
    nacks: Option<Vec<u32>>,
    errors: Option<Vec<u32>>,
    error: Option<u32>,
    left: Option<Vec<u32>>,
    delivered_later: Option<Vec<u32>>,
    dead_lettered: Option<Vec<u32>>,
    reason: Option<String>,
    publisher_sees: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// What `JetStream` answers when a stream is full (`JSStreamStoreFailedF` in nats-server's
/// `errors.json`).
const STREAM_FULL: u32 = 10_077;

/// What happened to the messages.
#[derive(Debug, Default)]
struct Seen {
    acks: Vec<u32>,
    nacks: Vec<u32>,
    consumed: Vec<u32>,
    gone: Vec<Gone>,
    confirms: Confirms,
}

pub(super) fn play(case: &Value) -> Played {
    let case: Case = serde_json::from_value(case.clone()).map_err(|error| error.to_string())?;
    let (flavour, max_length) = flavour(&case)?;
    let overflow = match (flavour, case.overflow.as_deref()) {
        (Flavour::JetStream, None) => named(&case.name)?,
        (_, None | Some("drop-head")) => Overflow::DropHead,
        (_, Some("reject-publish")) => Overflow::RejectPublish,
        (_, Some("reject-publish-dlx")) => Overflow::RejectPublishDlx,
        (_, Some(other)) => return Err(format!("unknown overflow {other}")),
    };
    // There is a dead-letter queue in every case: where nothing reaches it, it is for the rules.
    let policy = Policy { max_length, overflow, dead_letter: true, ..Policy::default() };
    let mut queue = Queue::new(0, Config { flavour, policy, durable: true });
    let confirms = case.confirms.unwrap_or(true);
    let seen = publish(&mut queue, &case, confirms);
    let mut differs = Vec::new();
    compare_answers(&mut differs, &case, flavour, &seen, confirms)?;
    for (what, expected) in [("left", &case.left), ("delivered_later", &case.delivered_later)] {
        if let Some(expected) = expected {
            compare(&mut differs, what, expected, &left(&queue));
        }
    }
    let to_dlx: Vec<u32> =
        seen.gone.iter().filter(|gone| gone.dead_letter).map(|gone| gone.message).collect();
    if let Some(expected) = &case.dead_lettered {
        compare(&mut differs, "dead_lettered", expected, &to_dlx);
    }
    if let Some(expected) = case.reason.as_deref() {
        let mut reasons: Vec<_> =
            seen.gone.iter().filter(|gone| gone.dead_letter).map(|gone| gone.reason).collect();
        reasons.dedup();
        let reasons: Vec<_> = reasons.iter().filter_map(|reason| reason.x_death()).collect();
        compare(&mut differs, "reason", &vec![expected], &reasons);
    }
    account(&mut differs, &queue, &seen, case.publishes);
    Ok(differs)
}

/// Whose queue it is, and its limit. Other brokers have theirs under another name, in the case's.
fn flavour(case: &Case) -> Result<(Flavour, Option<u64>), String> {
    let limit = |word: &str| {
        let named = after(&case.name, word).and_then(|number| number.parse().ok());
        let most: Option<u64> = case.max_length.or(named);
        most.map(Some).ok_or_else(|| format!("no {word}"))
    };
    match (case.broker.as_deref(), case.queue.as_deref(), case.qos) {
        (None | Some("rabbitmq"), None | Some("classic"), None) => {
            Ok((Flavour::Classic, case.max_length))
        }
        (None | Some("rabbitmq"), Some("quorum"), None) => Ok((Flavour::Quorum, case.max_length)),
        (Some("nats"), None, None) => Ok((Flavour::JetStream, limit("max_msgs")?)),
        (Some("mqtt"), None, Some(1 | 2)) => Ok((Flavour::Mqtt, limit("max_queued_messages")?)),
        (broker, queue, qos) => {
            Err(format!("unknown broker {broker:?}, queue {queue:?} and qos {qos:?}"))
        }
    }
}

/// The word after another in a name: `3` after `max_msgs` in `max_msgs 3, discard new`.
fn after<'a>(name: &'a str, word: &str) -> Option<&'a str> {
    let mut words = name.split([' ', ',']).filter(|word| !word.is_empty());
    words.by_ref().find(|other| *other == word)?;
    words.next()
}

/// What a stream discards, in the name of its case.
fn named(name: &str) -> Result<Overflow, String> {
    match after(name, "discard") {
        Some("new") => Ok(Overflow::RejectPublish),
        Some("old") => Ok(Overflow::DropHead),
        _ => Err("neither discard new nor discard old".to_owned()),
    }
}

/// Publishes one after the other; consumers, if there are any, are done with a message before the next
/// comes.
fn publish(queue: &mut Queue, case: &Case, confirms: bool) -> Seen {
    let mut seen = Seen::default();
    for message in 1..=case.publishes {
        let answer = if case.consumers > 0 {
            let (answer, delivery) = queue.publish_to_waiting(0, message, 1, &mut seen.gone);
            if let Some(delivery) = delivery {
                seen.consumed.push(delivery.entry.message);
                queue.ack(delivery);
            }
            answer
        } else {
            queue.publish(0, message, 1, &mut seen.gone)
        };
        if confirms {
            seen.confirms.count(answer);
            match answer {
                Answer::Confirmed => seen.acks.push(message),
                Answer::Refused => seen.nacks.push(message),
            }
        }
    }
    seen
}

fn compare_answers(
    differs: &mut Vec<String>,
    case: &Case,
    flavour: Flavour,
    seen: &Seen,
    confirms: bool,
) -> Result<(), String> {
    if let Some(acks) = &case.acks {
        compare(differs, "acks", acks, &seen.acks);
    }
    let (nacks, errors) = match flavour {
        Flavour::JetStream => (&[][..], &seen.nacks[..]),
        _ => (&seen.nacks[..], &[][..]),
    };
    if let Some(expected) = &case.nacks {
        compare(differs, "nacks", &expected.as_slice(), &nacks);
    }
    if let Some(expected) = &case.errors {
        compare(differs, "errors", &expected.as_slice(), &errors);
    }
    if let Some(expected) = case.error {
        let got = (!errors.is_empty()).then_some(STREAM_FULL);
        compare(differs, "error", &Some(expected), &got);
    }
    match case.publisher_sees.as_deref() {
        None => Ok(()),
        Some("no error, channel stays open") => {
            compare(differs, "told of messages", &false, &confirms);
            Ok(())
        }
        Some(other) => Err(format!("unknown publisher_sees {other}")),
    }
}

/// What holds in every case: none disappears unseen, and what was refused can be reckoned from what was
/// received and what was confirmed.
fn account(differs: &mut Vec<String>, queue: &Queue, seen: &Seen, publishes: u32) {
    let mut all = left(queue);
    all.extend(&seen.consumed);
    all.extend(seen.gone.iter().map(|gone| gone.message));
    all.sort_unstable();
    compare(differs, "all messages", &(1..=publishes).collect(), &all);
    compare(differs, "nacks by counters", &(seen.nacks.len() as u64), &seen.confirms.nacks());
    let counters = queue.counters();
    let refused = counters.published - counters.confirmed;
    compare(differs, "refused by counters", &counters.refused, &refused);
}
