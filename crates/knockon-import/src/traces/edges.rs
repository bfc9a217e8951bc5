//! Edges from spans.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use knockon_core::{Criticality, DependencyKind, Place, Provenance, ServiceKind};

use super::{Key, Kind, Peer, Span, Traces};
use crate::gathered::{Edge, End, Gathered, Seen, SeenId, World};
use crate::products;

/// The service at the other end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Other {
    /// It sends traces itself.
    Service(usize),
    /// It was only named.
    Named { name: String, sort: Sort },
}

/// What the attributes say of a peer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    /// A database or cache of that `db.system`.
    Store(String),
    /// A broker of that `messaging.system`.
    Broker(String),
    /// Something that answers calls.
    Callee,
}

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Counted {
    file: usize,
    from: usize,
    to: Other,
    kind: Option<DependencyKind>,
    is_awaited: bool,
}

#[derive(Default)]
struct Counts {
    counts: BTreeMap<Counted, usize>,
    queues: BTreeMap<String, BTreeSet<String>>,
}

/// Finds the services and edges of all spans.
pub(super) fn find(traces: &Traces, gathered: &mut Gathered) {
    let spans = &traces.spans;
    let mut by_key: HashMap<Key, usize> = HashMap::with_capacity(spans.len());
    let mut counts = Counts::default();
    let mut answered = vec![false; spans.len()];
    for (number, span) in spans.iter().enumerate() {
        let first = *by_key.entry(span.key).or_insert(number);
        // Zipkin's clients and servers share a span.
        if spans[first].service != span.service {
            let (client, server) =
                if span.kind == Kind::Client { (number, first) } else { (first, number) };
            answered[client] = true;
            counts.call(&spans[client], &spans[server]);
        }
    }
    for span in spans {
        let Some(parent) = span.parent.and_then(|key| by_key.get(&key)) else { continue };
        if spans[*parent].service != span.service {
            answered[*parent] = true;
            counts.call(&spans[*parent], span);
        }
    }
    for (span, answered) in spans.iter().zip(answered) {
        if let Some(peer) = &span.peer {
            counts.peer(span, peer, answered);
        }
        counts.links(span, spans, &by_key);
    }
    counts.hand_over(traces, gathered);
}

impl Counts {
    fn count(&mut self, span: &Span, to: Other, kind: Option<DependencyKind>, is_awaited: bool) {
        let counted = Counted { file: span.file, from: span.service, to, kind, is_awaited };
        *self.counts.entry(counted).or_default() += 1;
    }

    /// A span of one service under a span of another.
    fn call(&mut self, parent: &Span, child: &Span) {
        let through_broker = parent.kind == Kind::Producer || child.kind == Kind::Consumer;
        if through_broker {
            self.message(parent, child);
            return;
        }
        let to = Other::Service(child.service);
        let counted = Counted {
            file: child.file,
            from: parent.service,
            to,
            kind: Some(DependencyKind::Call),
            is_awaited: !child.follows,
        };
        *self.counts.entry(counted).or_default() += 1;
    }

    /// A message from one service to another: what one of them does not say of the broker, the other
    /// may.
    fn message(&mut self, producer: &Span, consumer: &Span) {
        let broker = |span: &Span| span.peer.as_ref().and_then(|peer| broker(peer));
        let (ours, theirs) = (broker(producer), broker(consumer));
        if let (None, Some(to)) = (&ours, &theirs) {
            self.count(producer, to.clone(), Some(DependencyKind::Publish), true);
        }
        if let (Some(to), None) = (&ours, &theirs) {
            self.count(consumer, to.clone(), Some(DependencyKind::Consume), true);
        }
        // Where neither names a broker, all that is known is that nobody waits.
        if let (None, None) = (ours, theirs) {
            let to = Other::Service(consumer.service);
            self.count(producer, to, Some(DependencyKind::Call), false);
        }
    }

    fn links(&mut self, span: &Span, spans: &[Span], by_key: &HashMap<Key, usize>) {
        for link in &span.links {
            let Some(other) = by_key.get(link).map(|number| &spans[*number]) else { continue };
            if other.service != span.service && span.kind == Kind::Consumer {
                self.message(other, span);
            }
        }
    }

    /// The peer that a span names.
    fn peer(&mut self, span: &Span, peer: &Peer, answered: bool) {
        if let Some(to) = broker(peer) {
            let receives = |it: &str| matches!(it, "receive" | "process" | "settle" | "consume");
            let kind = match span.kind {
                Kind::Consumer => DependencyKind::Consume,
                Kind::Producer => DependencyKind::Publish,
                // A client that fetches messages itself.
                _ if peer.operation.as_deref().is_some_and(receives) => DependencyKind::Consume,
                Kind::Client => DependencyKind::Publish,
                Kind::Internal | Kind::Server => return,
            };
            if let (Other::Named { name, .. }, Some(destination)) = (&to, &peer.destination) {
                self.queues.entry(name.clone()).or_default().insert(destination.clone());
            }
            self.count(span, to, Some(kind), true);
        } else if let Some((to, kind)) = store(peer) {
            self.count(span, to, kind, true);
        } else if span.kind == Kind::Client
            && !answered
            && let Some(name) = peer.service.clone().or_else(|| host(peer))
        {
            let to = Other::Named { name, sort: Sort::Callee };
            self.count(span, to, Some(DependencyKind::Call), true);
        }
    }

    fn hand_over(self, traces: &Traces, gathered: &mut Gathered) {
        let place =
            |file: usize| Place::whole_file(traces.files.get(file).map_or("", String::as_str));
        let services: Vec<SeenId> = traces
            .services
            .iter()
            .zip(&traces.first_files)
            .map(|(name, file)| gathered.service(Seen::new(World::Traces, name, place(*file))))
            .collect();
        let mut named: BTreeMap<String, SeenId> = BTreeMap::new();
        for (counted, count) in self.counts {
            let to = match &counted.to {
                Other::Service(number) => services[*number],
                Other::Named { name, sort } => *named.entry(name.clone()).or_insert_with(|| {
                    let queues = self.queues.get(name);
                    let mut seen = described(name, sort, place(counted.file));
                    seen.queues = queues.into_iter().flatten().cloned().collect();
                    gathered.service(seen)
                }),
            };
            let file = place(counted.file);
            let spans = if count == 1 { "span" } else { "spans" };
            gathered.edges.push(Edge {
                from: End::Seen(services[counted.from]),
                to: End::Seen(to),
                kind: counted.kind,
                criticality: if counted.is_awaited {
                    Criticality::Critical
                } else {
                    Criticality::Optional
                },
                provenance: Provenance::Trace,
                known_from: format!("{}, {count} {spans}", file.file),
                place: file,
                by: String::new(),
                evident: true,
            });
        }
    }
}

fn described(name: &str, sort: &Sort, place: Place) -> Seen {
    let mut seen = Seen::new(World::Mentioned, name, place);
    match sort {
        Sort::Store(system) => {
            seen.product = Some(products::by_system(system, ServiceKind::Database));
        }
        Sort::Broker(system) => {
            seen.product = Some(products::by_system(system, ServiceKind::Broker));
            seen.kind = Some(ServiceKind::Broker);
        }
        Sort::Callee => {
            seen.product = products::named(name);
            // A host of a public domain is run by somebody else.
            seen.kind = name.contains('.').then_some(ServiceKind::External);
        }
    }
    seen
}

fn broker(peer: &Peer) -> Option<Other> {
    let system = peer.messaging.clone()?;
    let name = peer.service.clone().or_else(|| host(peer)).unwrap_or_else(|| system.clone());
    Some(Other::Named { name, sort: Sort::Broker(system) })
}

/// A database or a cache; reading is told from writing by the operation.
fn store(peer: &Peer) -> Option<(Other, Option<DependencyKind>)> {
    let system = peer.database.clone()?;
    let by_name = || match &peer.database_name {
        Some(name) => format!("{name}-{system}"),
        None => system.clone(),
    };
    let name = peer.service.clone().or_else(|| host(peer)).unwrap_or_else(by_name);
    let kind = match peer.operation.as_deref() {
        Some(
            "select" | "find" | "get" | "mget" | "hget" | "hgetall" | "aggregate" | "count"
            | "exists" | "query" | "scan" | "getitem" | "ttl" | "hmget" | "lrange" | "smembers",
        ) => Some(DependencyKind::Read),
        Some(
            "insert" | "update" | "delete" | "set" | "del" | "hset" | "hmset" | "merge" | "replace"
            | "upsert" | "findandmodify" | "incr" | "expire" | "lpush" | "rpush" | "sadd" | "setex"
            | "putitem" | "updateitem" | "deleteitem",
        ) => Some(DependencyKind::Write),
        _ => None,
    };
    Some((Other::Named { name, sort: Sort::Store(system) }, kind))
}

/// The host, as the name of a service; numbers and this machine are none.
fn host(peer: &Peer) -> Option<String> {
    let host = peer.host.as_deref()?.trim_end_matches('.');
    let host = host.split(':').next().unwrap_or_default();
    let is_number = host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if host.is_empty() || is_number || host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let name = match host.split_once('.') {
        Some((name, domain)) if domain.split('.').any(|it| it == "svc" || it == "local") => name,
        _ => host,
    };
    Some(name.to_owned())
}
