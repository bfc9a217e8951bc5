//! What databases, caches and brokers keep.

use std::time::Duration;

use crate::id::{QueueId, ServiceId};
use crate::operation::Spread;
use crate::units::Bytes;
use crate::words::words;

/// Something that a database is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Its name, unique in the database.
    pub name: String,
    /// The processor time it takes.
    pub cpu: Duration,
    /// The time it waits for disks.
    pub io: Option<Duration>,
    /// How much these times vary.
    pub spread: Spread,
    /// Whether it changes anything.
    pub does: Access,
    /// How it finds its rows.
    pub scan: Scan,
    /// How many rows it looks at.
    pub rows: Option<u64>,
}

words!(
    /// Whether something is only looked at.
    Access {
        /// It is only looked at.
        Read = "read",
        /// It is changed.
        Write = "write",
    }

    /// How a query finds its rows.
    Scan {
        /// By an index.
        Index = "index",
        /// By looking at all of them.
        Full = "full",
    }

    /// What a full cache drops.
    Eviction {
        /// What was not used for longest.
        Lru = "lru",
        /// What was used least often.
        Lfu = "lfu",
        /// What ends soonest.
        Ttl = "ttl",
        /// Nothing: it refuses writes.
        None = "none",
    }

    /// What a full queue does (RabbitMQ's `overflow`).
    Overflow {
        /// Drops its oldest message, or dead-letters it.
        DropHead = "drop-head",
        /// Refuses the new message.
        RejectPublish = "reject-publish",
        /// Refuses the new message and dead-letters it.
        RejectPublishDlx = "reject-publish-dlx",
    }
);

/// Copies of a database that answer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadReplicas {
    /// How many there are.
    pub count: u32,
    /// How far they are behind.
    pub lag: Duration,
}

/// A sort of thing that a cache keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheEntry {
    /// Its name, unique in the cache.
    pub name: String,
    /// How long it is kept.
    pub ttl: Option<Duration>,
    /// The memory one of it takes.
    pub size: Option<Bytes>,
    /// How many different ones are asked for.
    pub keys: Option<u64>,
}

/// A queue of a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name, unique in the broker.
    pub name: String,
    /// How many messages may be ready in it.
    pub max_length: Option<u64>,
    /// How many bytes may be ready in it.
    pub max_bytes: Option<Bytes>,
    /// What it does when it is full.
    pub overflow: Overflow,
    /// How long a message is kept.
    pub ttl: Option<Duration>,
    /// Where messages go that expired, were refused or had no room.
    pub dead_letter: Option<QueueId>,
    /// How often a message is delivered at most.
    pub delivery_limit: Option<u32>,
    /// Whether messages survive a restart of the broker.
    pub durable: bool,
    /// Whether people work it off.
    pub manual: bool,
}

/// Hands a copy of each message to several queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name, unique in the broker.
    pub name: String,
    /// The queues.
    pub to: Vec<QueueId>,
}

/// What only databases have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Database {
    /// How many connections the server accepts.
    pub max_connections: Option<u32>,
    /// What it is asked.
    pub queries: Vec<Query>,
    /// Its copies for reading.
    pub read_replicas: Option<ReadReplicas>,
}

/// What only caches have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cache {
    /// What it drops when its memory is full.
    pub eviction: Option<Eviction>,
    /// What it keeps.
    pub entries: Vec<CacheEntry>,
}

/// What only brokers have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Broker {
    /// Its queues.
    pub queues: Vec<Queue>,
    /// Its topics.
    pub topics: Vec<Topic>,
}

/// Where a message is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// To one queue.
    Queue(QueueId),
    /// To all queues of a topic.
    Topic(crate::id::TopicId),
}

impl Channel {
    /// The broker it belongs to.
    pub fn broker(self) -> ServiceId {
        match self {
            Self::Queue(id) => id.service,
            Self::Topic(id) => id.service,
        }
    }
}
