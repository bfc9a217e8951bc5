//! One queue.

use std::collections::VecDeque;

use knockon_core::Overflow;

use super::unacked::{Placed, Unacked};
use super::{Answer, Config, Counters, Delivery, Entry, Flavour, Gone, Policy, Reason};

/// A queue of a broker.
#[derive(Debug, Clone)]
pub struct Queue {
    id: u32,
    config: Config,
    ready: VecDeque<Placed>,
    ready_bytes: u64,
    /// How many at the head were returned, where they are kept apart.
    returned: usize,
    unacked: Unacked,
    next_place: u64,
    /// Whether a quorum queue has told its publishers to stop.
    blocked: bool,
    counters: Counters,
}

impl Queue {
    /// An empty queue; `id` is what [`Gone`] calls it.
    pub fn new(id: u32, config: Config) -> Self {
        Self {
            id,
            config,
            ready: VecDeque::new(),
            ready_bytes: 0,
            returned: 0,
            unacked: Unacked::default(),
            next_place: 0,
            blocked: false,
            counters: Counters::default(),
        }
    }

    /// What it is, with the policy in force.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What happened so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many messages wait for a consumer.
    pub fn ready(&self) -> usize {
        self.ready.len()
    }

    /// How many bytes wait for a consumer.
    pub fn ready_bytes(&self) -> u64 {
        self.ready_bytes
    }

    /// How many messages consumers have not answered for.
    pub fn unacked(&self) -> usize {
        self.unacked.len()
    }

    /// The messages that wait, the next one first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.ready.iter().map(|placed| &placed.entry)
    }

    /// Publishes a message. Afterwards either the queue has it or it is in `out`; others may be in
    /// `out` as well, which had to make room.
    pub fn publish(
        &mut self,
        now_ns: u64,
        message: u32,
        bytes: u32,
        out: &mut Vec<Gone>,
    ) -> Answer {
        let answer = self.enter(now_ns, message, bytes, out);
        self.hold_to_limit(out);
        answer
    }

    /// Publishes a message while a consumer waits: what is next is delivered before the queue looks at
    /// its limit, so that a message passes through a queue without any room or time to live. A queue
    /// that refuses does so before.
    pub fn publish_to_waiting(
        &mut self,
        now_ns: u64,
        message: u32,
        bytes: u32,
        out: &mut Vec<Gone>,
    ) -> (Answer, Option<Delivery>) {
        self.expire(now_ns, out);
        let answer = self.enter(now_ns, message, bytes, out);
        let delivery = self.deliver();
        self.hold_to_limit(out);
        (answer, delivery)
    }

    /// Takes the next message for a consumer. It is unacknowledged until it is given back.
    pub fn take(&mut self, now_ns: u64, out: &mut Vec<Gone>) -> Option<Delivery> {
        self.expire(now_ns, out);
        let delivery = self.deliver();
        self.hold_to_limit(out);
        delivery
    }

    /// The consumer is done with it. `false`: the delivery is no longer known.
    pub fn ack(&mut self, delivery: Delivery) -> bool {
        let known = self.unacked.release(delivery).is_some();
        self.counters.acked += u64::from(known);
        known
    }

    /// The consumer gives it back, or has died: it goes to the head, before what was published later,
    /// and keeps its time of expiry. If it was delivered as often as it may be it leaves instead. A
    /// queue that refuses new messages may so be fuller than its limit; one that drops its head does so
    /// at once. `false`: the delivery is no longer known.
    pub fn requeue(&mut self, delivery: Delivery, out: &mut Vec<Gone>) -> bool {
        let Some(placed) = self.unacked.release(delivery) else { return false };
        let limit = self.config.policy.delivery_limit;
        if limit.is_some_and(|limit| placed.entry.deliveries >= limit) {
            self.leave(placed.entry, Reason::DeliveryLimit, out);
            return true;
        }
        let index = if self.config.flavour == Flavour::Quorum {
            self.returned += 1;
            self.returned - 1
        } else {
            self.ready.partition_point(|other| other.place < placed.place)
        };
        self.ready.insert(index, placed);
        self.ready_bytes += u64::from(placed.entry.bytes);
        self.hold_to_limit(out);
        true
    }

    /// The consumer refuses it for good. `false`: the delivery is no longer known.
    pub fn reject(&mut self, delivery: Delivery, out: &mut Vec<Gone>) -> bool {
        let Some(placed) = self.unacked.release(delivery) else { return false };
        self.leave(placed.entry, Reason::Rejected, out);
        true
    }

    /// Removes what is expired at the head. Behind a message that is not, expired ones wait, as in
    /// RabbitMQ.
    pub fn expire(&mut self, now_ns: u64, out: &mut Vec<Gone>) {
        while self.next_expiry_ns().is_some_and(|expires_ns| expires_ns <= now_ns) {
            self.drop_head(Reason::Expired, out);
        }
        self.hold_to_limit(out);
    }

    /// When the message at the head expires: the next time at which [`Self::expire`] has work.
    pub fn next_expiry_ns(&self) -> Option<u64> {
        let expires_ns = self.ready.front()?.entry.expires_ns;
        (expires_ns < u64::MAX).then_some(expires_ns)
    }

    /// Changes the policy. A classic queue that dropped its head until now, or does from now on, drops
    /// it down to the new limit at once; one that refuses, and did before, keeps what it has. The time
    /// to live is that of messages published from now on.
    pub fn set_policy(&mut self, policy: Policy, out: &mut Vec<Gone>) {
        // The limits take effect before `overflow` does (`process_args_policy`).
        let overflow = self.config.policy.overflow;
        self.config.policy = policy;
        if self.config.flavour == Flavour::Classic {
            self.config.policy.overflow = overflow;
            self.hold_to_limit(out);
            self.config.policy.overflow = policy.overflow;
        }
        self.hold_to_limit(out);
    }

    /// Removes all that is ready. What consumers have stays theirs.
    pub fn purge(&mut self, out: &mut Vec<Gone>) {
        while self.drop_head(Reason::Purged, out) {}
        self.hold_to_limit(out);
    }

    /// The broker starts again: deliveries are forgotten. What survives is ready, in the order in which
    /// it was published.
    pub fn restart(&mut self, out: &mut Vec<Gone>) {
        self.ready.extend(self.unacked.release_all());
        self.ready.make_contiguous().sort_unstable_by_key(|placed| placed.place);
        self.ready_bytes = self.entries().map(|entry| u64::from(entry.bytes)).sum();
        self.returned = 0;
        if !self.config.durable && self.config.flavour != Flavour::Quorum {
            while self.drop_head(Reason::Restart, out) {}
        }
        self.hold_to_limit(out);
    }

    fn enter(&mut self, now_ns: u64, message: u32, bytes: u32, out: &mut Vec<Gone>) -> Answer {
        self.counters.published += 1;
        let silent = self.config.flavour == Flavour::Mqtt;
        if self.is_full_for(bytes) {
            let dead_letter =
                self.overflow() == Overflow::RejectPublishDlx && self.config.policy.dead_letter;
            let dead_letter = dead_letter && self.config.flavour == Flavour::Classic;
            self.counters.dead_lettered += u64::from(dead_letter);
            out.push(Gone { queue: self.id, message, reason: Reason::MaxLen, dead_letter });
            if silent {
                self.counters.confirmed += 1;
                self.counters.dropped += 1;
                return Answer::Confirmed;
            }
            self.counters.refused += 1;
            return Answer::Refused;
        }
        self.counters.confirmed += 1;
        let expires_ns =
            self.config.policy.ttl_ns.map_or(u64::MAX, |ttl_ns| now_ns.saturating_add(ttl_ns));
        let entry = Entry { message, deliveries: 0, bytes, expires_ns };
        self.ready.push_back(Placed { entry, place: self.next_place });
        self.ready_bytes += u64::from(bytes);
        self.next_place += 1;
        Answer::Confirmed
    }

    fn deliver(&mut self) -> Option<Delivery> {
        let mut placed = self.pop_head()?;
        self.counters.delivered += 1;
        self.counters.redelivered += u64::from(placed.entry.deliveries > 0);
        placed.entry.deliveries = placed.entry.deliveries.saturating_add(1);
        Some(self.unacked.hold(placed))
    }

    fn pop_head(&mut self) -> Option<Placed> {
        let placed = self.ready.pop_front()?;
        self.ready_bytes -= u64::from(placed.entry.bytes);
        self.returned = self.returned.saturating_sub(1);
        Some(placed)
    }

    fn drop_head(&mut self, reason: Reason, out: &mut Vec<Gone>) -> bool {
        let placed = self.pop_head();
        if let Some(placed) = placed {
            self.leave(placed.entry, reason, out);
        }
        placed.is_some()
    }

    fn leave(&mut self, entry: Entry, reason: Reason, out: &mut Vec<Gone>) {
        let counters = &mut self.counters;
        *match reason {
            Reason::MaxLen => &mut counters.dropped,
            Reason::Expired => &mut counters.expired,
            Reason::Rejected => &mut counters.rejected,
            Reason::DeliveryLimit => &mut counters.over_delivered,
            Reason::Purged => &mut counters.purged,
            Reason::Restart => &mut counters.lost,
        } += 1;
        let dead_letter = self.config.policy.dead_letter && reason.x_death().is_some();
        counters.dead_lettered += u64::from(dead_letter);
        out.push(Gone { queue: self.id, message: entry.message, reason, dead_letter });
    }

    fn overflow(&self) -> Overflow {
        match (self.config.flavour, self.config.policy.overflow) {
            (Flavour::Quorum, Overflow::RejectPublishDlx) => Overflow::DropHead,
            (_, overflow) => overflow,
        }
    }

    /// How many messages and bytes count toward the limits.
    fn counted(&self) -> (u64, u64) {
        let (count, bytes) = (self.ready.len() as u64, self.ready_bytes);
        if self.config.flavour == Flavour::JetStream {
            return (count + self.unacked.len() as u64, bytes + self.unacked.bytes());
        }
        (count, bytes)
    }

    fn exceeds(&self, (count, bytes): (u64, u64)) -> bool {
        let policy = &self.config.policy;
        policy.max_length.is_some_and(|most| count > most)
            || policy.max_bytes.is_some_and(|most| bytes > most)
    }

    /// Whether a new message of this size is turned away.
    fn is_full_for(&self, new_bytes: u32) -> bool {
        let (count, bytes) = self.counted();
        let refuses = self.overflow() != Overflow::DropHead;
        match self.config.flavour {
            Flavour::Quorum => refuses && self.blocked,
            Flavour::Classic | Flavour::JetStream => {
                refuses && self.exceeds((count + 1, bytes + u64::from(new_bytes)))
            }
            Flavour::Mqtt => self.exceeds((count + 1, bytes + u64::from(new_bytes))),
        }
    }

    /// Drops the head of a queue that is too full, if it is one that does, and lets a quorum queue tell
    /// its publishers to stop or to go on.
    fn hold_to_limit(&mut self, out: &mut Vec<Gone>) {
        match (self.config.flavour, self.overflow()) {
            (Flavour::Mqtt, _) => {}
            (_, Overflow::DropHead) => {
                while self.exceeds(self.counted()) && self.drop_head(Reason::MaxLen, out) {}
                self.blocked = false;
            }
            (Flavour::Quorum, _) => {
                let (count, bytes) = self.counted();
                let policy = &self.config.policy;
                let low = |most: Option<u64>, n| {
                    most.is_none_or(|most| n <= most / 5 * 4 + most % 5 * 4 / 5)
                };
                if self.exceeds((count, bytes)) {
                    self.blocked = true;
                } else if low(policy.max_length, count) && low(policy.max_bytes, bytes) {
                    self.blocked = false;
                }
            }
            (Flavour::Classic | Flavour::JetStream, _) => {}
        }
    }
}
