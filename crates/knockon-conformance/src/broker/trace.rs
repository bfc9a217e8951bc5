//! A queue that is full, then set free, then worked off: a recording over time.

use std::time::Duration;

use knockon_sim::broker::{Answer, Confirms, Delivery, Gone, Overflow, Policy, Queue};
use serde::Deserialize;
use serde_json::Value;

use super::other::number;
use super::{Played, compare, queue};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trace {
    about: String,
    /// Seconds, depth, consumers, acked, nacked.
    rows: Vec<(f64, u64, u64, u64, u64)>,
}

/// The figures that the recording was made with, from its own words.
#[derive(Debug, Clone, Copy)]
struct Setting {
    publish_every_ns: u64,
    max_length: u64,
    cleared_ns: u64,
    consume_ns: u64,
    consumer_ns: u64,
}

/// By how many messages a count may differ. The recorded publisher is a real client that sleeps between
/// its messages: it sent 111 in 11.35 s, not 113. Its consumer took 21 to 25 ms a message instead of
/// 20.
const TOLERANCE: u64 = 3;

pub(super) fn play(trace: &Value) -> Played {
    let trace: Trace = serde_json::from_value(trace.clone()).map_err(|error| error.to_string())?;
    let setting = setting(&trace.about)?;
    let mut stage = Stage::new(setting);
    let mut differs = Vec::new();
    for &(at_s, depth, consumers, acked, nacked) in &trace.rows {
        let now_ns = nanoseconds(at_s)?;
        stage.run_until(now_ns);
        let got = stage.row(now_ns);
        let at = |what: &str| format!("{what} at {at_s} s");
        compare(&mut differs, &at("consumers"), &consumers, &got.consumers);
        // None of the recorded rows is so near to a publish that the timer's drift shows while the
        // queue refuses; afterwards the count stands.
        compare(&mut differs, &at("nacked"), &nacked, &got.nacked);
        near(&mut differs, &at("acked"), acked, got.acked);
        if consumers == 0 {
            // As long as nothing is taken out, the depth is what was there and what was acknowledged.
            let there = |depth: u64, acked: u64| i128::from(depth) - i128::from(acked);
            let (expected, got) = (there(depth, acked), there(got.depth, got.acked));
            compare(&mut differs, &at("depth before what was acked"), &expected, &got);
        } else if depth == 0 {
            compare(&mut differs, &at("depth"), &depth, &got.depth);
        } else {
            near(&mut differs, &at("depth"), depth, got.depth);
        }
    }
    Ok(differs)
}

fn near(differs: &mut Vec<String>, what: &str, expected: u64, got: u64) {
    if expected.abs_diff(got) > TOLERANCE {
        differs.push(format!("{what}: expected about {expected}, got {got}"));
    }
}

/// Reads the words of the recording, whatever its figures are.
fn setting(about: &str) -> Result<Setting, String> {
    let parts: Vec<&str> = about.split("; ").collect();
    let [publisher, policy, consumer, "columns t_s, depth, consumers, acked, nacked"] = parts[..]
    else {
        return Err("not told in the words that are known".to_owned());
    };
    let (rate, limit) = publisher
        .split_once(" with confirms into ")
        .ok_or("the publisher is not told in the words that are known")?;
    let per_second: f64 = number(rate, "publisher ", " msg/s")?;
    let (takes, starts) =
        consumer.split_once(" starts at ").ok_or("when the consumer starts is not said")?;
    let takes_ms: f64 = number(takes, "a consumer of ", " ms a message")?;
    let setting = Setting {
        publish_every_ns: nanoseconds(1.0 / per_second)?,
        max_length: number(limit, "max-length ", "")?,
        cleared_ns: nanoseconds(number(policy, "the policy is cleared at ", " s")?)?,
        consume_ns: nanoseconds(takes_ms / 1e3)?,
        consumer_ns: nanoseconds(number(starts, "", " s")?)?,
    };
    if setting.publish_every_ns == 0 || setting.consume_ns == 0 {
        return Err("something takes no time".to_owned());
    }
    Ok(setting)
}

fn nanoseconds(seconds: f64) -> Result<u64, String> {
    let time = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    u64::try_from(time.as_nanos()).map_err(|error| error.to_string())
}

/// A row as the simulation has it.
struct Row {
    depth: u64,
    consumers: u64,
    acked: u64,
    nacked: u64,
}

/// A publisher, the queue and at most one consumer with one message at a time.
struct Stage {
    setting: Setting,
    queue: Queue,
    confirms: Confirms,
    next_publish_ns: u64,
    /// What the consumer has, and when it is done with it.
    working: Option<(Delivery, u64)>,
    cleared: bool,
    consuming: bool,
    out: Vec<Gone>,
}

impl Stage {
    /// The recording begins with a full queue.
    fn new(setting: Setting) -> Self {
        let policy = Policy {
            max_length: Some(setting.max_length),
            overflow: Overflow::RejectPublish,
            ..Policy::default()
        };
        let (mut queue, mut out) = (queue(policy), Vec::new());
        while queue.publish(0, 0, 1, &mut out) == Answer::Confirmed {}
        Self {
            setting,
            queue,
            confirms: Confirms::default(),
            next_publish_ns: setting.publish_every_ns,
            working: None,
            cleared: false,
            consuming: false,
            out,
        }
    }

    /// Does all that happens up to then, in its order; what is set comes before what is sent.
    fn run_until(&mut self, end_ns: u64) {
        loop {
            let clears_ns = if self.cleared { u64::MAX } else { self.setting.cleared_ns };
            let starts_ns = if self.consuming { u64::MAX } else { self.setting.consumer_ns };
            let done_ns = self.working.map_or(u64::MAX, |(_, done_ns)| done_ns);
            let now_ns = clears_ns.min(starts_ns).min(done_ns).min(self.next_publish_ns);
            if now_ns > end_ns {
                return;
            }
            if now_ns == clears_ns {
                self.cleared = true;
                self.queue.set_policy(Policy::default(), &mut self.out);
            } else if now_ns == starts_ns {
                self.consuming = true;
            } else if now_ns == done_ns {
                if let Some((delivery, _)) = self.working.take() {
                    self.queue.ack(delivery);
                }
            } else {
                let answer = self.queue.publish(now_ns, 0, 1, &mut self.out);
                self.confirms.count(answer);
                self.next_publish_ns += self.setting.publish_every_ns;
            }
            if self.consuming && self.working.is_none() {
                let delivery = self.queue.take(now_ns, &mut self.out);
                self.working = delivery.map(|taken| (taken, now_ns + self.setting.consume_ns));
            }
            self.out.clear();
        }
    }

    fn row(&self, now_ns: u64) -> Row {
        Row {
            depth: self.queue.ready() as u64,
            consumers: u64::from(now_ns >= self.setting.consumer_ns),
            acked: self.confirms.confirmed,
            nacked: self.confirms.nacks(),
        }
    }
}
