//! Services: what runs and can fail on its own.

use knockon_core::{
    Autoscaler, Broker, Cache, CacheEntry, Database, DependencyKind, Element, Eviction, Failover,
    Operation, Pool, Probes, Provenance, Query, Queue, ReadReplicas, RunbookId, Runs,
    ScalingTargets, Service, ServiceId, ServiceKind, StateMachine, System, TeamId, Tier, Topic,
};

use super::dependency::{Calls, Consumes, DependencyBody, Publishes, Reads, RunsOn, Writes};
use super::machine::Machines;
use super::resources::Pools;
use crate::codec::{Bodies, List, One, Positive, RunbookName, TeamName, Text, Word, body_of, push};
use crate::codes;
use crate::context::{Context, kind_of};
use crate::findings::Finding;
use crate::keys::Form;
use crate::reader::Field;
use crate::record::{Codec, Record, record, table};
use crate::wording::quoted;
use crate::write::Yaml;
use crate::yaml::Entry;

type Declared = Vec<(ServiceId, DependencyBody)>;

/// A body under `services`.
pub(crate) struct ServiceBody {
    kind: ServiceKind,
    team: Option<TeamId>,
    co_owners: Vec<TeamId>,
    tier: Option<Tier>,
    role: Option<String>,
    summary: Option<String>,
    aliases: Vec<String>,
    job: Option<String>,
    runbook: Option<RunbookId>,
    repository: Option<String>,
    version: Option<String>,
    engine: Option<String>,
    runs: Option<Runs>,
    probes: Option<Probes>,
    autoscaler: Option<Autoscaler>,
    pools: Vec<Pool>,
    failover: Option<Failover>,
    states: Vec<StateMachine>,
    max_connections: Option<u32>,
    queries: Vec<Query>,
    read_replicas: Option<ReadReplicas>,
    eviction: Option<Eviction>,
    entries: Vec<CacheEntry>,
    queues: Vec<Queue>,
    topics: Vec<Topic>,
    operations: Vec<Operation>,
    calls: Declared,
    reads: Declared,
    writes: Declared,
    publishes: Declared,
    consumes: Declared,
    runs_on: Declared,
}

record! {
    ServiceBody: "service", "Something that runs and can fail on its own." {
        kind: Word<ServiceKind>, default("service"), "database",
            "What sort of thing it is; decides how failure travels through it.", ["type"];
        team: TeamName, optional, "storefront", "Who owns it.", ["owner", "owned-by"];
        co_owners: List<TeamName>, several, "[storefront]", "Who owns it as well.",
            ["also-owned-by"];
        tier: Word<Tier>, optional, "1",
            "How much depends on it: 1, a journey stops without it; 4, nobody notices for a day; `infra`, all the others stand on it.",
            ["criticality"];
        role: Text, optional, "order intake", "What part it plays in incidents.", ["incident-role"];
        summary: Text, optional, "Takes orders.", "What it is for, in one sentence.",
            ["description", "about"];
        aliases: Aliases, several, "[order-svc]", "Other names that telemetry uses for it.",
            ["other-names"];
        job: Job, optional, "orders-v2",
            "Its name as a Prometheus job, a deployment and a container, where it is another.",
            ["deployment-name", "workload"];
        runbook: RunbookName, optional, "slow-orders", "What to do when it is the cause.",
            ["playbook"];
        repository: Text, optional, "https://git.example/orders", "Where its source code is: a URL, or a directory beside the file, whose commits `knockon triage --git` reads.",
            ["repo", "source"];
        version: Text, optional, "v2.4.0", "Which version runs.", ["tag"];
        engine: Text, optional, "postgresql", "Which product it is.", ["product", "image"];
        runs: One<Runs>, optional, "{ replicas: 3, cpu: 500m }", "What it runs on.",
            ["resources", "deploy", "deployment"];
        probes: One<Probes>, optional, "{ liveness: { get: /health } }",
            "How it is found out whether it lives, and whether it can serve.",
            ["health", "healthcheck"];
        autoscaler: One<Autoscaler>, optional, "{ max: 10, targets: { cpu: 70% } }",
            "What changes the number of its replicas.", ["hpa", "autoscaling"];
        pools: Pools, several, "{ orders-db: 100 }",
            "The connections that one replica keeps to others.", ["pool", "connection-pools"];
        failover: One<Failover>, optional, "30s", "What takes over when it is gone.", ["standby"];
        states: Machines, several, "{ order: { moves: { CREATED: [PAID] } } }",
            "The states that things go through in it.", ["state", "state-machines"];
        max_connections: Positive, optional, "151",
            "Of a database: how many connections it accepts.", ["connections"];
        queries: Bodies<Query>, several, "{ insert order: 2ms }", "Of a database: what it is asked.",
            ["statements"];
        read_replicas: One<ReadReplicas>, optional, "{ count: 1, lag: 500ms }",
            "Of a database: its copies for reading.";
        eviction: Word<Eviction>, optional, "lru",
            "Of a cache: what it drops when its memory is full.", ["maxmemory-policy"];
        entries: Bodies<CacheEntry>, several, "{ cart: 15min }", "Of a cache: what it keeps.",
            ["keys", "items"];
        queues: Bodies<Queue>, several, "{ shipping-task: { max_length: 10000 } }",
            "Of a broker: its queues.";
        topics: Bodies<Topic>, several, "{ order-events: [kitchen, menu] }",
            "Of a broker: its topics.", ["exchanges"];
        operations: Bodies<Operation>, several, "{ create: [{ compute: 4ms }] }", "What it does.",
            ["endpoints", "methods", "jobs"];
        calls: Calls, several, "[payment, promo: optional]",
            "Services it asks and waits for, where no step shows it.",
            ["depends-on", "dependencies", "uses", "requires", "needs"];
        reads: Reads, several, "[orders-db, session-cache: degrades]",
            "Databases and caches it reads from, and waits for.";
        writes: Writes, several, "[orders-db]",
            "Databases and caches it writes to, and waits for.", ["stores"];
        publishes: Publishes, several, "[rabbitmq]", "Brokers it hands messages to, and goes on.",
            ["produces", "sends"];
        consumes: Consumes, several, "[rabbitmq]", "Brokers it takes messages from.",
            ["subscribes", "receives"];
        runs_on: RunsOn, several, "[node-1]",
            "What it needs to run at all: node, cluster, DNS, network.",
            ["host", "node", "deployed-on"];
    }
}

/// What belongs to one kind of service, and to none other.
const OF_ONE_KIND: &[(&str, ServiceKind)] = &[
    ("max_connections", ServiceKind::Database),
    ("queries", ServiceKind::Database),
    ("read_replicas", ServiceKind::Database),
    ("eviction", ServiceKind::Cache),
    ("entries", ServiceKind::Cache),
    ("queues", ServiceKind::Broker),
    ("topics", ServiceKind::Broker),
];

/// A mapping from names to services.
pub(crate) struct Services;

impl Codec for Services {
    type Out = Vec<Service>;
    const FORM: Form = Form::Map(&Form::Body(table::<ServiceBody>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<Service>> {
        let mut services = Some(Vec::new());
        let entries = field.bodies(Self::FORM, cx.findings)?;
        if entries.is_empty() {
            let message = "a system needs at least one service";
            cx.findings.push(
                Finding::error(codes::EMPTY_OR_UNNAMED, field.span, message)
                    .label("no service below this"),
            );
        }
        for (at, entry) in entries.into_iter().enumerate() {
            cx.service = at;
            cx.places.insert(Element::Service(ServiceId::from_index(at)), entry.key_span);
            let body = body_of::<ServiceBody>(&entry.key, entry.key_span, &entry.value, cx);
            note_keys(entry, at, kind_of(entry), cx);
            if let Some(body) = &body {
                check(body, entry, cx);
            }
            push(&mut services, body.map(|body| body.into_core(&entry.key)));
        }
        services
    }

    fn write(value: &Vec<Service>, system: &System) -> Yaml {
        let one = |(at, service): (usize, &Service)| {
            let body = ServiceBody::of(service, ServiceId::from_index(at), system);
            (service.name.clone(), Yaml::Map(body.write(system)))
        };
        Yaml::Map(value.iter().enumerate().map(one).collect())
    }
}

/// Remembers where the keys of a service are, and reports those of another kind.
fn note_keys(entry: &Entry, at: usize, kind: Option<ServiceKind>, cx: &mut Context<'_>) {
    for written in entry.value.entries() {
        let Some(key) = table::<ServiceBody>().key(&written.key) else {
            continue;
        };
        cx.places.insert(Element::Key(ServiceId::from_index(at), key.name), written.key_span);
        let of = OF_ONE_KIND.iter().find(|(name, _)| *name == key.name).map(|(_, kind)| *kind);
        if let (Some(of), Some(kind)) = (of.filter(|of| Some(*of) != kind), kind) {
            let message = format!(
                "{} belongs to a {of}, and {} is of kind {kind}",
                quoted(key.name),
                quoted(&entry.key)
            );
            cx.findings.push(
                Finding::error(codes::WRONG_KIND, written.key_span, message)
                    .label(format!("a key of a {of}"))
                    .help(format!("write `kind: {of}`, or take the key out")),
            );
        }
    }
}

/// Reports what does not go together.
fn check(body: &ServiceBody, entry: &Entry, cx: &mut Context<'_>) {
    let mut push = |code, key: &str, label: &str, help: &str| {
        let span = entry.value.entry(key).map_or(entry.key_span, |entry| entry.key_span);
        let message = format!("{} of {} {label}", quoted(key), quoted(&entry.key));
        cx.findings.push(Finding::error(code, span, message).label(label).help(help));
    };
    if let Some(autoscaler) = &body.autoscaler {
        if autoscaler.min > autoscaler.max {
            push(codes::BAD_NUMBER, "autoscaler", "has `min` above `max`", "swap the two");
        }
        if autoscaler.targets == ScalingTargets::default() {
            let help = "write `targets: { cpu: 70% }`, or `memory`, `requests` or `backlog`";
            push(codes::MISSING_KEY, "autoscaler", "has no target to keep", help);
        }
    }
    let promotes = body.kind == ServiceKind::Database;
    if body.failover.is_some_and(|failover| failover.to.is_none()) && !promotes {
        let help = "write `failover: { after: 30s, to: … }`; only a database promotes a copy";
        push(codes::MISSING_KEY, "failover", "does not say who takes over", help);
    }
    let probes = body.probes.iter().flat_map(|all| [&all.liveness, &all.readiness, &all.startup]);
    let ways = probes.flatten().map(|probe| {
        let ways = [probe.get.is_some(), probe.tcp.is_some(), probe.exec.is_some()];
        ways.into_iter().chain([probe.grpc.is_some()]).filter(|way| *way).count()
    });
    if let Some(wrong) = ways.into_iter().find(|ways| *ways != 1) {
        let label =
            if wrong == 0 { "have one that asks nothing" } else { "have one that asks twice" };
        push(codes::MISSING_KEY, "probes", label, "write one of `get`, `tcp`, `exec` and `grpc`");
    }
}

impl ServiceBody {
    fn into_core(self, name: &str) -> Service {
        Service {
            name: name.to_owned(),
            kind: self.kind,
            team: self.team,
            co_owners: self.co_owners,
            tier: self.tier,
            role: self.role,
            summary: self.summary,
            aliases: self.aliases,
            job: self.job,
            runbook: self.runbook,
            repository: self.repository,
            version: self.version,
            engine: self.engine,
            runs: self.runs,
            probes: self.probes.unwrap_or_default(),
            autoscaler: self.autoscaler,
            pools: self.pools,
            failover: self.failover,
            states: self.states,
            operations: self.operations,
            database: Database {
                max_connections: self.max_connections,
                queries: self.queries,
                read_replicas: self.read_replicas,
            },
            cache: Cache { eviction: self.eviction, entries: self.entries },
            broker: Broker { queues: self.queues, topics: self.topics },
        }
    }

    fn of(service: &Service, id: ServiceId, system: &System) -> Self {
        let declared = |kind| declared(id, kind, system);
        let service = service.clone();
        Self {
            kind: service.kind,
            team: service.team,
            co_owners: service.co_owners,
            tier: service.tier,
            role: service.role,
            summary: service.summary,
            aliases: service.aliases,
            job: service.job,
            runbook: service.runbook,
            repository: service.repository,
            version: service.version,
            engine: service.engine,
            runs: service.runs,
            probes: Some(service.probes).filter(|probes| *probes != Probes::default()),
            autoscaler: service.autoscaler,
            pools: service.pools,
            failover: service.failover,
            states: service.states,
            max_connections: service.database.max_connections,
            queries: service.database.queries,
            read_replicas: service.database.read_replicas,
            eviction: service.cache.eviction,
            entries: service.cache.entries,
            queues: service.broker.queues,
            topics: service.broker.topics,
            operations: service.operations,
            calls: declared(DependencyKind::Call),
            reads: declared(DependencyKind::Read),
            writes: declared(DependencyKind::Write),
            publishes: declared(DependencyKind::Publish),
            consumes: declared(DependencyKind::Consume),
            runs_on: declared(DependencyKind::RunsOn),
        }
    }
}

/// The dependencies of a service that no step shows, or of which more is known than that.
fn declared(from: ServiceId, kind: DependencyKind, system: &System) -> Declared {
    let of_kind = |d: &&knockon_core::Dependency| d.from == from && d.kind == kind;
    let mut declared = Vec::new();
    for dependency in system.dependencies().iter().filter(of_kind) {
        let details = system.details(dependency.key()).cloned().unwrap_or_default();
        let known_from: Vec<_> = (details.known_from.iter())
            .filter(|source| source.provenance != Provenance::Steps)
            .cloned()
            .collect();
        let by_steps = known_from.len() < details.known_from.len();
        if known_from.is_empty() && by_steps {
            continue;
        }
        let only_said = matches!(known_from.as_slice(), [one]
            if one.provenance == Provenance::Declared && one.place.is_none());
        let is_plain = dependency.criticality == knockon_core::Criticality::Critical && !by_steps;
        declared.push((
            dependency.to,
            DependencyBody {
                criticality: Some(dependency.criticality).filter(|_| !is_plain),
                rated: details.rated,
                risk: details.risk,
                impact: details.impact,
                workaround: details.workaround,
                recovery: details.recovery,
                known_from: if only_said { Vec::new() } else { known_from },
            },
        ));
    }
    declared
}

/// The name of a service in Prometheus and Kubernetes, which telemetry finds it by.
struct Job;

impl Codec for Job {
    type Out = String;
    const FORM: Form = Form::Text;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<String> {
        let job = field.text(Self::FORM, cx.findings)?;
        cx.take_alias(job, field.node.span).then(|| job.to_owned())
    }

    fn write(value: &String, _: &System) -> Yaml {
        Yaml::text(value)
    }
}

/// Other names of a service, of which no other service may have one.
struct Aliases;

impl Codec for Aliases {
    type Out = Vec<String>;
    const FORM: Form = Form::List(&Form::Text);

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<String>> {
        let mut aliases: Vec<String> = Vec::new();
        for item in field.list(Self::FORM, cx.findings)? {
            let Some(alias) = field.item(item, field.span).text(Form::Text, cx.findings) else {
                continue;
            };
            if cx.take_alias(alias, item.span) {
                aliases.push(alias.to_owned());
            }
        }
        Some(aliases)
    }

    fn write(value: &Vec<String>, system: &System) -> Yaml {
        List::<Text>::write(value, system)
    }
}
