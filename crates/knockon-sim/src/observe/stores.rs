//! Databases, caches and brokers, each in the words of the exporter that people run beside it.

use std::sync::Arc;

use knockon_core::ServiceKind;

use crate::clock::{SECOND, seconds};
use crate::engine::Run;
use crate::engine::frame::Outcome;
use crate::pending::Pending;
use crate::program::{Program, Sort};

use super::bank::{Known, Writer};
use super::catalogue::Id;
use super::cells::{AGES, AGES_NS};
use super::{Records, scrape};

/// A product that has metrics of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Postgres,
    Mysql,
    Mongo,
    Redis,
    Couchbase,
    Rabbit,
    Mqtt,
    Nats,
    Pubsub,
}

impl Engine {
    /// What a service is, as its model says: by its `engine`; a cache of which nothing is said is
    /// Redis, a broker `RabbitMQ`.
    pub(super) fn of(program: &Program, service: u32) -> Option<Self> {
        let table = &program.services[service as usize];
        let engine = program.system.service(table.id).engine.as_deref().unwrap_or("");
        let known = match engine.to_ascii_lowercase().as_str() {
            "postgresql" | "postgres" | "pg" => Self::Postgres,
            "mariadb" | "mysql" => Self::Mysql,
            "mongodb" | "mongo" => Self::Mongo,
            "redis" | "valkey" | "keydb" => Self::Redis,
            "couchbase" => Self::Couchbase,
            "rabbitmq" => Self::Rabbit,
            "mqtt" | "mosquitto" => Self::Mqtt,
            "nats" | "jetstream" => Self::Nats,
            "google-pubsub" | "pubsub" => Self::Pubsub,
            "" if table.kind == ServiceKind::Cache => Self::Redis,
            "" if table.kind == ServiceKind::Broker => Self::Rabbit,
            _ => return None,
        };
        Some(known)
    }

    /// The port at which it, or its exporter, is scraped.
    pub(super) fn port(self) -> u16 {
        match self {
            Self::Postgres => 9187,
            Self::Mysql => 9104,
            Self::Mongo => 9216,
            Self::Redis => 9121,
            Self::Couchbase => 8091,
            Self::Rabbit => 15692,
            Self::Mqtt => 9234,
            Self::Nats => 7777,
            Self::Pubsub => 9255,
        }
    }

    /// Whether a process beside it answers for it, and goes on when it is down.
    pub(super) fn has_exporter(self) -> bool {
        matches!(self, Self::Postgres | Self::Mysql | Self::Mongo | Self::Redis)
    }
}

/// One replica of a store, for writing its series.
struct Store<'a, Q: Pending> {
    run: &'a Run<Q>,
    service: u32,
    is_up: bool,
    live: u64,
    /// The first of them: what is known only of the service is read there.
    is_first: bool,
    labels: Vec<Known>,
}

/// Reads one replica of a store.
pub(super) fn read_store<Q: Pending>(
    run: &Run<Q>,
    records: &mut Records,
    scrape: usize,
    id: u32,
    engine: Engine,
) {
    let replica = &run.replicas[id as usize];
    let service = replica.service;
    let names = &records.names[service as usize];
    let seen = &mut records.pods[id as usize];
    let store = Store {
        run,
        service,
        is_up: scrape::answers(replica),
        live: u64::from(replica.live),
        is_first: run.services[service as usize].replicas.first() == Some(&id),
        labels: vec![
            ("job", Arc::clone(&names.job)),
            ("service", Arc::clone(&names.service)),
            ("instance", Arc::clone(&seen.instance)),
        ],
    };
    let mut writer = Writer::new(&mut records.observation, scrape, &mut seen.store);
    match engine {
        Engine::Postgres => store.postgres(&mut writer),
        Engine::Mysql => store.mysql(&mut writer),
        Engine::Mongo => store.mongo(&mut writer),
        Engine::Redis => {
            let memory = scrape::memory_bytes(run, replica);
            store.redis(&mut writer, memory);
        }
        Engine::Couchbase => store.couchbase(&mut writer),
        Engine::Rabbit | Engine::Mqtt | Engine::Nats | Engine::Pubsub => {}
    }
}

impl<Q: Pending> Store<'_, Q> {
    fn with(&self, more: &[(&'static str, &str)]) -> Vec<Known> {
        let mut labels = self.labels.clone();
        labels.extend(more.iter().map(|(name, value)| (*name, Arc::from(*value))));
        labels
    }

    /// What only a server that answers tells.
    fn if_up(&self, value: u64) -> Option<f64> {
        self.is_up.then_some(value as f64)
    }

    /// What is known of the service and not of each replica.
    fn if_first(&self, value: u64) -> Option<f64> {
        self.if_up(value).filter(|_| self.is_first)
    }

    /// Connections to this replica: they are counted of all together.
    fn connections(&self) -> u64 {
        let state = &self.run.services[self.service as usize];
        let replicas = state.ready.len().max(1) as u64;
        u64::from(state.connections) / replicas
    }

    fn max_connections(&self) -> Option<u64> {
        let most = self.run.services[self.service as usize].max_connections;
        (most != u32::MAX).then_some(u64::from(most))
    }

    /// How far this copy is behind, if it is one.
    fn lag_ns(&self) -> Option<u64> {
        let primary = self.run.table(self.service).copy_of?;
        Some(self.run.services[primary as usize].lag_ns)
    }

    /// Its queries: the name, rows, whether all rows are looked at, how often it was done, how long in
    /// all, and whether it writes. Copies run the queries of their primary.
    fn queries(&self) -> impl Iterator<Item = Query<'_>> {
        let program = &self.run.program;
        let range = program.services[self.service as usize].operations.clone();
        range.filter_map(move |at| {
            let operation = &program.operations[at as usize];
            if !matches!(operation.sort, Sort::Read | Sort::Write) {
                return None;
            }
            let stats = &self.run.operations[at as usize];
            Some(Query {
                name: &operation.name,
                rows: operation.rows,
                full_scan: operation.full_scan,
                writes: operation.sort == Sort::Write,
                count: stats.ended[Outcome::Done as usize],
                seconds: stats.done.sum_ns() as f64 / 1e9,
            })
        })
    }

    fn is_primary(&self) -> bool {
        self.run.table(self.service).copy_of.is_none()
    }

    fn postgres(&self, writer: &mut Writer<'_>) {
        writer.count(Id::PgUp, u64::from(self.is_up), || self.with(&[]));
        let all = self.connections();
        let active = self.live.min(all);
        for (state, count) in [("active", active), ("idle", all - active)] {
            writer.put(Id::PgActivity, self.if_up(count), || {
                self.with(&[("datname", "app"), ("state", state)])
            });
        }
        let most = self.max_connections().and_then(|most| self.if_up(most));
        writer.put(Id::PgMax, most, || self.with(&[]));
        let lag = self.lag_ns().filter(|_| self.is_up).map(seconds);
        writer.put(Id::PgLag, lag, || self.with(&[]));
        if !self.is_primary() {
            return;
        }
        for query in self.queries() {
            let rows = query.count * query.rows;
            let table = || self.with(&[("relname", query.name)]);
            let (seq, idx) = if query.full_scan { (1, 0) } else { (0, 1) };
            writer.put(Id::PgSeqScan, self.if_first(query.count * seq), table);
            writer.put(Id::PgSeqRead, self.if_first(rows * seq), table);
            writer.put(Id::PgIdxScan, self.if_first(query.count * idx), table);
            writer.put(Id::PgIdxFetch, self.if_first(rows * idx), table);
            let id = || self.with(&[("queryid", query.name)]);
            writer.put(Id::PgCalls, self.if_first(query.count), id);
            let took = self.if_first(0).map(|_| query.seconds);
            writer.put(Id::PgSeconds, took, id);
        }
    }

    fn mysql(&self, writer: &mut Writer<'_>) {
        let state = &self.run.services[self.service as usize];
        writer.count(Id::MysqlUp, u64::from(self.is_up), || self.with(&[]));
        writer.put(Id::MysqlConnected, self.if_up(self.connections()), || self.with(&[]));
        writer.put(Id::MysqlRunning, self.if_up(self.live), || self.with(&[]));
        writer.put(Id::MysqlRefused, self.if_first(state.connections_refused), || {
            self.with(&[("error", "max_connection")])
        });
        let most = self.max_connections().and_then(|most| self.if_up(most));
        writer.put(Id::MysqlMax, most, || self.with(&[]));
        let lag = self.lag_ns().filter(|_| self.is_up).map(|ns| (ns / SECOND) as f64);
        writer.put(Id::MysqlLag, lag, || self.with(&[]));
        if !self.is_primary() {
            return;
        }
        for query in self.queries() {
            let digest = || self.with(&[("digest_text", query.name)]);
            writer.put(Id::MysqlCalls, self.if_first(query.count), digest);
            let took = self.if_first(0).map(|_| query.seconds);
            writer.put(Id::MysqlSeconds, took, digest);
        }
    }

    fn mongo(&self, writer: &mut Writer<'_>) {
        writer.count(Id::MongoUp, u64::from(self.is_up), || self.with(&[]));
        let current = self.connections();
        writer.put(Id::MongoConnections, self.if_up(current), || {
            self.with(&[("conn_type", "current")])
        });
        let left = self.max_connections().map(|most| most.saturating_sub(current));
        writer.put(Id::MongoConnections, left.and_then(|left| self.if_up(left)), || {
            self.with(&[("conn_type", "available")])
        });
        for (word, writes) in [("query", false), ("update", true)] {
            let of = self.queries().filter(|query| query.writes == writes);
            let count = of.map(|query| query.count).sum();
            writer
                .put(Id::MongoOps, self.if_first(count), || self.with(&[("legacy_op_type", word)]));
        }
    }

    fn redis(&self, writer: &mut Writer<'_>, memory_bytes: u64) {
        let state = &self.run.services[self.service as usize];
        writer.count(Id::RedisUp, u64::from(self.is_up), || self.with(&[]));
        writer.put(Id::RedisMemory, self.if_up(memory_bytes), || self.with(&[]));
        let limit = state.memory.limit.unwrap_or(0);
        writer.put(Id::RedisMemoryMax, self.if_up(limit), || self.with(&[]));
        let Some(cache) = &state.cache else { return };
        let counts = cache.counts();
        writer.put(Id::RedisHits, self.if_first(counts.hits), || self.with(&[]));
        writer.put(Id::RedisMisses, self.if_first(counts.misses), || self.with(&[]));
        writer.put(Id::RedisEvicted, self.if_first(counts.evictions), || self.with(&[]));
        writer.put(Id::RedisExpired, self.if_first(counts.expired), || self.with(&[]));
        writer
            .put(Id::RedisRejected, self.if_first(counts.refused), || self.with(&[("err", "OOM")]));
        writer.put(Id::RedisKeys, self.if_first(u64::from(counts.items)), || {
            self.with(&[("db", "db0")])
        });
    }

    fn couchbase(&self, writer: &mut Writer<'_>) {
        let bucket = [("bucket", "default")];
        writer.put(Id::CouchbaseConnections, self.if_up(self.connections()), || self.with(&bucket));
        for (word, writes) in [("get", false), ("set", true)] {
            let of = self.queries().filter(|query| query.writes == writes);
            let count = of.map(|query| query.count).sum();
            writer.put(Id::CouchbaseOps, self.if_first(count), || {
                self.with(&[("bucket", "default"), ("cmd", word)])
            });
        }
    }
}

/// What is known of one query of a database.
struct Query<'a> {
    name: &'a str,
    rows: u64,
    full_scan: bool,
    writes: bool,
    count: u64,
    seconds: f64,
}

/// Reads the queues of brokers that answer.
pub(super) fn read_queues<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize) {
    for (at, table) in run.program.queues.iter().enumerate() {
        let broker = &run.services[table.broker as usize];
        if !broker.replicas.iter().any(|id| scrape::answers(&run.replicas[*id as usize])) {
            continue;
        }
        let names = &records.names[table.broker as usize];
        let queue = QueueRead {
            counters: *run.queues[at].queue.counters(),
            ready: run.queues[at].queue.ready() as u64,
            ready_bytes: run.queues[at].queue.ready_bytes(),
            unacked: run.queues[at].queue.unacked() as u64,
            consumers: consumers(run, at),
            labels: vec![("job", Arc::clone(&names.job)), ("service", Arc::clone(&names.service))],
            name: &table.name,
        };
        let bank = &mut records.banks.queues[at];
        let mut writer = Writer::new(&mut records.observation, scrape, bank);
        match Engine::of(&run.program, table.broker) {
            Some(Engine::Mqtt) => queue.mqtt(&mut writer),
            Some(Engine::Nats) => queue.nats(&mut writer),
            Some(Engine::Pubsub) => queue.pubsub(&mut writer),
            _ => queue.rabbit(&mut writer),
        }
        let waits = &run.queues[at].waits;
        let mut cumulative = [0; AGES.len()];
        waits.cumulative(&AGES_NS, &mut cumulative);
        cumulative[AGES_NS.len()] = waits.count();
        let sum_ns = waits.sum_ns() as f64;
        writer.histogram(Id::MessageAge, &cumulative, &records.ages, sum_ns, || {
            queue.with(&[("queue", queue.name)])
        });
    }
}

/// The consumers that a queue has: those of replicas that are up and have a connection.
pub(crate) fn consumers<Q: Pending>(run: &Run<Q>, queue: usize) -> u64 {
    let consumers = run.queues[queue].consumers.iter();
    consumers
        .map(|(id, consumer)| {
            let replica = &run.replicas[*id as usize];
            let operation = replica.consumers[*consumer as usize].operation;
            let is_there = replica.phase == crate::engine::state::Phase::Up
                && !run.services[replica.service as usize].paused;
            u64::from(is_there) * u64::from(run.program.operations[operation as usize].consumers)
        })
        .sum()
}

struct QueueRead<'a> {
    counters: crate::broker::Counters,
    ready: u64,
    ready_bytes: u64,
    unacked: u64,
    consumers: u64,
    labels: Vec<Known>,
    name: &'a str,
}

impl QueueRead<'_> {
    fn with(&self, more: &[(&'static str, &str)]) -> Vec<Known> {
        let mut labels = self.labels.clone();
        labels.extend(more.iter().map(|(name, value)| (*name, Arc::from(*value))));
        labels
    }

    fn rabbit(&self, writer: &mut Writer<'_>) {
        let of = self.counters;
        let labels = || self.with(&[("vhost", "/"), ("queue", self.name)]);
        writer.count(Id::QueueMessages, self.ready + self.unacked, labels);
        writer.count(Id::QueueReady, self.ready, labels);
        writer.count(Id::QueueUnacked, self.unacked, labels);
        writer.count(Id::QueueBytes, self.ready_bytes, labels);
        writer.count(Id::QueueConsumers, self.consumers, labels);
        writer.count(Id::QueuePublished, of.published, labels);
        writer.count(Id::QueueDelivered, of.delivered, labels);
        writer.count(Id::QueueAcked, of.acked, labels);
        writer.count(Id::QueueRedelivered, of.redelivered, labels);
        writer.count(Id::QueueConfirmed, of.confirmed, labels);
        let gone = [
            ("maxlen", of.dropped),
            ("expired", of.expired),
            ("rejected", of.rejected),
            ("delivery_limit", of.over_delivered),
        ];
        for (reason, count) in gone {
            writer.count(Id::QueueDead, count, || {
                self.with(&[("vhost", "/"), ("queue", self.name), ("reason", reason)])
            });
        }
    }

    fn mqtt(&self, writer: &mut Writer<'_>) {
        let labels = || self.with(&[("queue", self.name)]);
        writer.count(Id::MqttMessages, self.ready + self.unacked, labels);
        writer.count(Id::MqttConsumers, self.consumers, labels);
        writer.count(Id::MqttPublished, self.counters.published, labels);
        writer.count(Id::MqttDelivered, self.counters.delivered, labels);
        writer.count(Id::MqttDropped, self.counters.dropped, labels);
    }

    fn nats(&self, writer: &mut Writer<'_>) {
        let labels = || self.with(&[("stream_name", self.name), ("consumer_name", self.name)]);
        writer.count(Id::NatsPending, self.ready, labels);
        writer.count(Id::NatsAckPending, self.unacked, labels);
        writer.count(Id::NatsRedelivered, self.counters.redelivered, labels);
    }

    fn pubsub(&self, writer: &mut Writer<'_>) {
        let labels = || self.with(&[("subscription_id", self.name)]);
        writer.count(Id::PubsubUndelivered, self.ready + self.unacked, labels);
        writer.count(Id::PubsubSent, self.counters.delivered, labels);
    }
}
