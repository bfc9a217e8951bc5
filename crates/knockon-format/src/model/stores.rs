//! What databases, caches and brokers keep.

use knockon_core::{
    CacheEntry, CacheEntryId, Channel, Query, QueryId, Queue, QueueId, ReadReplicas, System, Topic,
};

use crate::codec::{Flag, List, Many, Memory, Positive, SpreadOf, Time, Word};
use crate::context::{Context, Member};
use crate::keys::{Form, Referent};
use crate::reader::Field;
use crate::record::{Codec, record};
use crate::wording::quoted;
use crate::write::Yaml;
use crate::{codes, findings::Finding};

record! {
    Query: "query", "Something that a database is asked.", short "cpu", named name {
        cpu: Time, required, "2ms", "The processor time it takes.", ["cost", "time", "compute"];
        io: Time, optional, "1ms", "The time it waits for disks.", ["disk"];
        spread: SpreadOf, default("none"), "exponential",
            "How much these times vary: a share is the standard deviation of a log-normal distribution.",
            ["distribution", "variance"];
        does: Word<knockon_core::Access>, default("read"), "write",
            "Whether it changes anything.", ["access", "type"];
        scan: Word<knockon_core::Scan>, default("index"), "full", "How it finds its rows.";
        rows: Many, optional, "5000", "How many rows it looks at.";
    }
}

record! {
    ReadReplicas: "read replicas", "Copies of a database that answer reads.", short "count" {
        count: Positive, required, "1", "How many there are.", ["replicas"];
        lag: Time, default("0s"), "500ms", "How far they are behind.", ["delay"];
    }
}

record! {
    CacheEntry: "cache entry", "A sort of thing that a cache keeps.", short "ttl", named name {
        ttl: Time, optional, "15min", "How long it is kept; for ever without it.",
            ["expires", "max-age"];
        size: Memory, optional, "2Ki", "The memory one of it takes.", ["bytes"];
        keys: Many, optional, "20000", "How many different ones are asked for.", ["cardinality"];
    }
}

record! {
    Queue: "queue", "A queue of a broker.", named name {
        max_length: Many, optional, "10000", "How many messages may be ready in it; no bound without it.",
            ["x-max-length", "limit", "size"];
        max_bytes: Memory, optional, "100Mi", "How many bytes may be ready in it.",
            ["x-max-length-bytes", "max-length-bytes"];
        overflow: Word<knockon_core::Overflow>, default("drop-head"), "reject-publish",
            "What it does when it is full.", ["x-overflow"];
        ttl: Time, optional, "1h", "How long a message is kept.", ["message-ttl", "expires"];
        dead_letter: QueueOfBroker, optional, "failed",
            "The queue of the same broker where messages go that expired, were refused or had no room.",
            ["dlq", "dlx", "dead-letter-exchange", "dead-letter-queue"];
        delivery_limit: Positive, optional, "5", "How often a message is delivered at most.",
            ["max-deliveries", "max-receive-count"];
        durable: Flag, default("true"), "false",
            "Whether messages survive a restart of the broker.", ["persistent"];
        manual: Flag, default("false"), "true", "Whether people work it off.", ["parking-lot"];
    }
}

record! {
    Topic: "topic", "Hands a copy of each message to several queues.", short "to", named name {
        to: List<QueueOfBroker>, required, "[kitchen, menu]", "The queues of the same broker.",
            ["queues", "bindings", "subscribers"];
    }
}

/// The name of a queue of the broker that is read.
pub(crate) struct QueueOfBroker;

impl Codec for QueueOfBroker {
    type Out = QueueId;
    const FORM: Form = Form::Name(Referent::Queue);

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<QueueId> {
        let name = field.text(Self::FORM, cx.findings)?;
        let service = cx.service;
        let queues = cx.names.members.get_mut(service)?.of(Referent::Queue);
        let at = queues.refer(name, field.node.span, cx.findings)?;
        Some(QueueId::new(knockon_core::ServiceId::from_index(service), at))
    }

    fn write(value: &QueueId, system: &System) -> Yaml {
        Yaml::text(&system.queue(*value).name)
    }
}

macro_rules! members {
    ($($(#[$doc:meta])* $codec:ident: $out:ty, [$($referent:ident),+], $read:expr, $write:expr;)+) => {$(
        $(#[$doc])*
        pub(crate) struct $codec;

        impl Codec for $codec {
            type Out = $out;
            const FORM: Form = Form::Member(&[$(Referent::$referent),+]);

            fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<$out> {
                let text = field.text(Self::FORM, cx.findings)?;
                let kinds = &[$(Referent::$referent),+];
                let read: fn(Member) -> Option<$out> = $read;
                read(cx.refer_member(text, field.node.span, kinds)?)
            }

            fn write(value: &$out, system: &System) -> Yaml {
                let write: fn(&System, $out) -> (knockon_core::ServiceId, &str) = $write;
                let (service, member) = write(system, *value);
                Yaml::text(format!("{} / {member}", system.service(service).name))
            }
        }
    )+};
}

members! {
    /// A query of a database.
    QueryName: QueryId, [Query],
        |member| match member { Member::Query(id) => Some(id), _ => None },
        |system, id| (id.service, &system.service(id.service).database.queries[id.index()].name);
    /// A sort of thing in a cache.
    EntryName: CacheEntryId, [CacheEntry],
        |member| match member { Member::CacheEntry(id) => Some(id), _ => None },
        |system, id| (id.service, &system.service(id.service).cache.entries[id.index()].name);
    /// A queue of a broker.
    QueueName: QueueId, [Queue],
        |member| match member { Member::Queue(id) => Some(id), _ => None },
        |system, id| (id.service, &system.queue(id).name);
    /// A queue or a topic of a broker.
    ChannelName: Channel, [Queue, Topic],
        |member| match member {
            Member::Queue(id) => Some(Channel::Queue(id)),
            Member::Topic(id) => Some(Channel::Topic(id)),
            _ => None,
        },
        |system, channel| (channel.broker(), match channel {
            Channel::Queue(id) => &system.queue(id).name,
            Channel::Topic(id) => &system.service(id.service).broker.topics[id.index()].name,
        });
    /// An operation of a service.
    OperationName: knockon_core::OperationId, [Operation],
        |member| match member { Member::Operation(id) => Some(id), _ => None },
        |system, id| (id.service, &system.operation(id).name);
}

/// A service, or one of its operations.
pub(crate) struct CalleeName;

impl Codec for CalleeName {
    type Out = knockon_core::Callee;
    const FORM: Form = Form::Callee;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<knockon_core::Callee> {
        let text = field.text(Self::FORM, cx.findings)?;
        let span = field.node.span;
        if text.contains(" / ") && cx.names.services.find(text).is_none() {
            let member = cx.refer_member(text, span, &[Referent::Operation])?;
            let Member::Operation(id) = member else {
                return None;
            };
            return Some(knockon_core::Callee { service: id.service, operation: Some(id) });
        }
        if let Some(finding) = cx.unspaced(text, span) {
            cx.findings.push(finding);
            return None;
        }
        let service = cx.refer_service(text, span)?;
        let names = cx.names.members[service.index()].of(Referent::Operation).listed();
        if !names.is_empty() && field.key.name != "enters" {
            let message = format!("{} does not say which operation", quoted(text));
            cx.findings.push(
                Finding::error(codes::UNKNOWN_MEMBER, span, message)
                    .label("it has operations")
                    .help(format!(
                        "write {}",
                        crate::wording::series(
                            names
                                .iter()
                                .take(8)
                                .map(|name| format!("{text} / {name}"))
                                .collect::<Vec<_>>()
                                .iter()
                                .map(String::as_str),
                            "or",
                        )
                    )),
            );
            return None;
        }
        Some(knockon_core::Callee { service, operation: None })
    }

    fn write(value: &knockon_core::Callee, system: &System) -> Yaml {
        match value.operation {
            Some(id) => OperationName::write(&id, system),
            None => Yaml::text(&system.service(value.service).name),
        }
    }
}
