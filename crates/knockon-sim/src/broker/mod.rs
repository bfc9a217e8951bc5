//! Queues of a message broker: what is kept, what is refused and what is lost at a limit.
//!
//! The rules are those of RabbitMQ (<https://www.rabbitmq.com/docs/maxlength>,
//! <https://www.rabbitmq.com/docs/dlx>, <https://www.rabbitmq.com/docs/ttl>; where these leave a case
//! open, `rabbit_amqqueue_process.erl` and `rabbit_fifo.erl` of rabbitmq-server 3.10, MPL-2.0, rules
//! only), with a [`Flavour`] for what other brokers do differently when a queue is full.
//!
//! A queue holds handles, 32 bytes a message; the messages are the caller's. Whatever leaves a queue
//! otherwise than by an acknowledgement is written to a buffer of the caller's as [`Gone`], so that
//! none disappears unseen. Nothing is allocated as long as a queue does not grow beyond its longest.

mod queue;
mod routing;
mod unacked;

use knockon_core::Queue as Declared;

pub use knockon_core::Overflow;
pub use queue::Queue;
pub use routing::{Confirms, Routed, publish_to};

/// A message in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which message, as the caller numbers them.
    pub message: u32,
    /// How often it was delivered.
    pub deliveries: u32,
    /// Its size.
    pub bytes: u32,
    /// When it expires; `u64::MAX`: never.
    pub expires_ns: u64,
}

/// A message on its way to a consumer, to be handed back with what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// What is delivered.
    pub entry: Entry,
    slot: u32,
    /// Tells a delivery from a later one in the same slot.
    serial: u32,
}

/// Whose queue it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flavour {
    /// RabbitMQ's classic queue.
    #[default]
    Classic,
    /// RabbitMQ's quorum queue. Its limit is soft when it refuses: it takes one more than fits, and
    /// then nothing until it is down to 80 % (`LOW_LIMIT` in `rabbit_fifo.hrl`). It does not know
    /// `reject-publish-dlx` and drops its head instead. What is returned to it is delivered before all
    /// else, in the order of its return.
    Quorum,
    /// A stream of NATS `JetStream` with one work queue
    /// (<https://docs.nats.io/nats-concepts/jetstream/streams>): unacknowledged messages count too. Refusing is `discard: new`, an error with code 10077 for the
    /// publisher; dropping the head is `discard: old`.
    JetStream,
    /// The queue of an offline client of Mosquitto (<https://mosquitto.org/man/mosquitto-conf-5.html>,
    /// `max_queued_messages`): when it is full the new message is dropped, and acknowledged all the
    /// same. `overflow` is not asked.
    Mqtt,
}

/// What can be changed while a queue is in use: RabbitMQ's policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many messages may be ready.
    pub max_length: Option<u64>,
    /// How many bytes may be ready.
    pub max_bytes: Option<u64>,
    /// What it does when it is full.
    pub overflow: Overflow,
    /// How long a message may be ready, counted from when it was published.
    pub ttl_ns: Option<u64>,
    /// Whether there is a dead-letter queue.
    pub dead_letter: bool,
    /// How often a message is delivered at most. RabbitMQ's `x-delivery-limit` counts the returns: its
    /// n is n + 1 deliveries here.
    pub delivery_limit: Option<u32>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_length: None,
            max_bytes: None,
            overflow: Overflow::DropHead,
            ttl_ns: None,
            dead_letter: false,
            delivery_limit: None,
        }
    }
}

/// What a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Config {
    /// Whose queue it is.
    pub flavour: Flavour,
    /// What it holds to.
    pub policy: Policy,
    /// Whether its messages survive a restart of the broker. Those of a quorum queue always do.
    pub durable: bool,
}

impl Config {
    /// A queue of the model, as a classic queue.
    pub fn of(declared: &Declared) -> Self {
        let ttl_ns = declared.ttl.map(|ttl| u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX));
        Self {
            flavour: Flavour::Classic,
            policy: Policy {
                max_length: declared.max_length,
                max_bytes: declared.max_bytes.map(|bytes| bytes.count),
                overflow: declared.overflow,
                ttl_ns,
                dead_letter: declared.dead_letter.is_some(),
                delivery_limit: declared.delivery_limit,
            },
            durable: declared.durable,
        }
    }
}

/// What a publisher is told, if it asked for confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// `basic.ack`.
    Confirmed,
    /// `basic.nack`, or an error. Without confirms the publisher is told nothing.
    Refused,
}

/// Why a message left a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// There was no room.
    MaxLen,
    /// Its time was over.
    Expired,
    /// A consumer refused it for good.
    Rejected,
    /// It was delivered as often as it may be.
    DeliveryLimit,
    /// Somebody emptied the queue.
    Purged,
    /// The broker was restarted and the queue is not durable.
    Restart,
}

impl Reason {
    /// Its name in the header `x-death` (<https://www.rabbitmq.com/docs/dlx>), where it has one.
    pub fn x_death(self) -> Option<&'static str> {
        match self {
            Self::MaxLen => Some("maxlen"),
            Self::Expired => Some("expired"),
            Self::Rejected => Some("rejected"),
            Self::DeliveryLimit => Some("delivery_limit"),
            Self::Purged | Self::Restart => None,
        }
    }
}

/// A message that left a queue otherwise than by an acknowledgement, or was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone {
    /// Which queue, by the number it was made with.
    pub queue: u32,
    /// Which message.
    pub message: u32,
    /// Why.
    pub reason: Reason,
    /// Whether it goes to the dead-letter queue; otherwise this queue's copy is lost.
    pub dead_letter: bool,
}

/// What happened to the messages of a queue, counted since it was made. Each that was published is
/// ready, unacknowledged, or in one of `refused`, `acked`, `dropped`, `expired`, `rejected`,
/// `over_delivered`, `purged` and `lost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Routed to it, refused ones too.
    pub published: u64,
    /// Taken from publishers, silently dropped ones too.
    pub confirmed: u64,
    /// Not taken, and the publisher can know. RabbitMQ has no counter for it: it is the difference of
    /// the two above.
    pub refused: u64,
    /// Deliveries to consumers.
    pub delivered: u64,
    /// Those of messages that had been delivered before.
    pub redelivered: u64,
    /// Acknowledged by a consumer.
    pub acked: u64,
    /// Left for want of room after they had been confirmed.
    pub dropped: u64,
    /// Expired.
    pub expired: u64,
    /// Refused for good by a consumer.
    pub rejected: u64,
    /// Delivered as often as they may be.
    pub over_delivered: u64,
    /// Purged.
    pub purged: u64,
    /// Lost in a restart of the broker.
    pub lost: u64,
    /// Went to the dead-letter queue; counted above as well.
    pub dead_lettered: u64,
}

#[cfg(test)]
mod tests;
