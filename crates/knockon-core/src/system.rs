//! A system: services with owners, what depends on what, and the journeys that cross them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::id::{CohortId, OperationId, QueueId, RunbookId, ServiceId, TeamId};
use crate::names::Names;
use crate::operation::{Operation, StateMachine};
use crate::practice::{
    Allowance, Cohort, Heuristic, Monitor, PriorityRule, RecordingRule, RuleGroup,
};
use crate::resources::{Autoscaler, Failover, Pool, Probes, Runs};
use crate::stores::{Broker, Cache, Database, Queue};
use crate::units::{DurationRange, Money, MoneyRate, Rate, Share};
use crate::words::words;

words!(
    /// What sort of thing a service is; decides how it can fail and how failure travels through it.
    ServiceKind {
        /// Runs the organisation's own code.
        Service = "service",
        /// Keeps data: SQL, document, key-value, object store.
        Database = "database",
        /// Keeps copies that may be lost.
        Cache = "cache",
        /// Holds messages: queue, topic, stream.
        Broker = "broker",
        /// Where journeys start: browser, app, terminal, load generator.
        Client = "client",
        /// Run by somebody else.
        External = "external",
        /// What others run on: node, cluster, DNS, network.
        Platform = "platform",
    }
);

words!(
    /// How one service uses another; decides in which direction failure travels.
    DependencyKind {
        /// Asks and waits for the answer. Errors and latency travel to the caller, load to the callee.
        Call = "call",
        /// Reads data, and waits for it.
        Read = "read",
        /// Writes data, and waits until it is stored.
        Write = "write",
        /// Hands a message to a broker and goes on. Refusals travel back to the producer.
        Publish = "publish",
        /// Takes messages from a broker. A consumer that stops lets the backlog grow.
        Consume = "consume",
        /// Needs the other to run at all: node, cluster, DNS, network.
        RunsOn = "runs-on",
    }
);

words!(
    /// What becomes of the user of a dependency when it is gone.
    Criticality {
        /// It fails too.
        Critical = "critical",
        /// It goes on, worse: slower, stale, with less on the page.
        Degrades = "degrades",
        /// Its users do not notice.
        Optional = "optional",
    }
);

words!(
    /// Where knowledge of a dependency comes from.
    Provenance {
        /// Somebody wrote it into the model.
        Declared = "declared",
        /// A step of an operation does it.
        Steps = "steps",
        /// A deployment manifest names it.
        Manifest = "manifest",
        /// A trace showed it.
        Trace = "trace",
        /// A network policy allows it.
        NetworkPolicy = "network-policy",
        /// A catalogue of services says so.
        Catalog = "catalog",
    }

    /// How bad people say it is when a dependency is gone.
    Rated {
        /// Nothing works.
        Critical = "critical",
        /// Much does not work.
        High = "high",
        /// Some does not work.
        Medium = "medium",
        /// Hardly anybody notices.
        Low = "low",
    }
);

words!(
    /// How much depends on a service.
    Tier {
        /// A journey stops without it.
        One = "1",
        /// A journey is much worse without it.
        Two = "2",
        /// Some notice.
        Three = "3",
        /// Nobody notices for a day.
        Four = "4",
        /// All the others stand on it.
        Infra = "infra",
    }
);

/// Who owns services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its name, unique in the system.
    pub name: String,
    /// What it is for, in one sentence.
    pub summary: Option<String>,
    /// Where to reach it in working hours (a channel, a mail address).
    pub contact: Option<String>,
    /// Where to wake it at night (an escalation policy, a pager).
    pub escalation: Option<String>,
}

/// Something that runs and can fail on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its name, unique in the system.
    pub name: String,
    /// What sort of thing it is.
    pub kind: ServiceKind,
    /// Who owns it.
    pub team: Option<TeamId>,
    /// Who owns it as well.
    pub co_owners: Vec<TeamId>,
    /// How much depends on it.
    pub tier: Option<Tier>,
    /// What part it plays in incidents.
    pub role: Option<String>,
    /// What it is for, in one sentence.
    pub summary: Option<String>,
    /// Other names that telemetry uses for it.
    pub aliases: Vec<String>,
    /// Its name as a Prometheus job, a deployment and a container, where it is another.
    pub job: Option<String>,
    /// What to do when it is the cause.
    pub runbook: Option<RunbookId>,
    /// Where its source code is.
    pub repository: Option<String>,
    /// Which version runs.
    pub version: Option<String>,
    /// Which product it is: `postgresql`, `rabbitmq`.
    pub engine: Option<String>,
    /// What it runs on.
    pub runs: Option<Runs>,
    /// How it is found out whether it lives.
    pub probes: Probes,
    /// What changes the number of its replicas.
    pub autoscaler: Option<Autoscaler>,
    /// Its connections to others.
    pub pools: Vec<Pool>,
    /// What takes over when it is gone.
    pub failover: Option<Failover>,
    /// The states that things go through in it.
    pub states: Vec<StateMachine>,
    /// What it does.
    pub operations: Vec<Operation>,
    /// What it has as a database.
    pub database: Database,
    /// What it has as a cache.
    pub cache: Cache,
    /// What it has as a broker.
    pub broker: Broker,
}

impl Service {
    /// A service of that name and kind, and nothing else known.
    pub fn new(name: impl Into<String>, kind: ServiceKind) -> Self {
        Self {
            name: name.into(),
            kind,
            team: None,
            co_owners: Vec::new(),
            tier: None,
            role: None,
            summary: None,
            aliases: Vec::new(),
            job: None,
            runbook: None,
            repository: None,
            version: None,
            engine: None,
            runs: None,
            probes: Probes::default(),
            autoscaler: None,
            pools: Vec::new(),
            failover: None,
            states: Vec::new(),
            operations: Vec::new(),
            database: Database::default(),
            cache: Cache::default(),
            broker: Broker::default(),
        }
    }

    /// How many replicas it has, as far as that is known.
    pub fn replicas(&self) -> u32 {
        self.runs.as_ref().map_or(1, |runs| runs.replicas)
    }
}

/// One service needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dependency {
    /// The one that needs.
    pub from: ServiceId,
    /// The one that is needed.
    pub to: ServiceId,
    /// How it is used.
    pub kind: DependencyKind,
    /// What becomes of `from` without it.
    pub criticality: Criticality,
    /// How this is known.
    pub provenance: Provenance,
}

impl Dependency {
    /// Its key among the dependencies of a system.
    pub fn key(self) -> DependencyKey {
        (self.from, self.to, self.kind)
    }
}

/// What tells one dependency of a system from another.
pub type DependencyKey = (ServiceId, ServiceId, DependencyKind);

/// What is known of a dependency beyond that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DependencyDetails {
    /// Everything that shows it, in the order of the model.
    pub known_from: Vec<Source>,
    /// How bad people say it is when it is gone.
    pub rated: Option<Rated>,
    /// What can go wrong with it.
    pub risk: Option<String>,
    /// What users see when it is gone.
    pub impact: Option<String>,
    /// What can be done meanwhile.
    pub workaround: Option<String>,
    /// How long it takes until it is back.
    pub recovery: Option<DurationRange>,
}

/// Something that shows a dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What sort of thing.
    pub provenance: Provenance,
    /// Where exactly: a file with its line, a trace.
    pub place: Option<String>,
}

/// A path that users take, and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Journey {
    /// Its name, unique in the system.
    pub name: String,
    /// What it is, in one sentence.
    pub summary: Option<String>,
    /// Its stages as users know them, in order.
    pub stages: Vec<Stage>,
    /// The service its users touch first.
    pub enters: ServiceId,
    /// The operation its users ask for first.
    pub entry: Option<OperationId>,
    /// The operation with which it is complete.
    pub completes: Option<OperationId>,
    /// The services it crosses, in order, the entry included.
    pub through: Vec<ServiceId>,
    /// How often it is started.
    pub demand: Option<Rate>,
    /// What one success is worth.
    pub value: Option<Money>,
    /// What it costs when it does not work.
    pub downtime_cost: Option<MoneyRate>,
    /// What its users are promised.
    pub slo: Option<Slo>,
    /// Whom it hurts when it fails.
    pub hurts: Option<String>,
    /// The cohorts its users differ by.
    pub by: Vec<CohortId>,
    /// How long a user thinks before the next action.
    pub think: Option<Duration>,
}

impl Journey {
    /// A journey of that name through one service, and nothing else known.
    pub fn new(name: impl Into<String>, enters: ServiceId) -> Self {
        Self {
            name: name.into(),
            summary: None,
            stages: Vec::new(),
            enters,
            entry: None,
            completes: None,
            through: vec![enters],
            demand: None,
            value: None,
            downtime_cost: None,
            slo: None,
            hurts: None,
            by: Vec::new(),
            think: None,
        }
    }
}

/// A stage of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name, unique in the journey.
    pub name: String,
    /// The operation that brings a user there when it succeeds.
    pub operation: Option<OperationId>,
    /// Whether users who are there have been charged.
    pub charges: bool,
}

/// What users of a journey are promised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slo {
    /// So many of the attempts succeed.
    pub success: Option<Share>,
    /// Half of them are faster than this.
    pub p50: Option<Duration>,
    /// 95 of 100 are faster than this.
    pub p95: Option<Duration>,
    /// 99 of 100 are faster than this.
    pub p99: Option<Duration>,
    /// The last stage is reached in this time.
    pub within: Option<Duration>,
}

/// What to do when something is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runbook {
    /// Its name, unique in the system.
    pub name: String,
    /// What it is for, in one sentence.
    pub title: Option<String>,
    /// The page with the whole of it: a path beside the system file, or a URL.
    pub page: Option<String>,
    /// What to do first, in the order to try it: plain words or a command line.
    pub steps: Vec<String>,
}

/// A named set of services, teams and journeys. Made by a [`SystemBuilder`]; every id in it is one
/// of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    name: String,
    summary: Option<String>,
    teams: Vec<Team>,
    services: Vec<Service>,
    dependencies: Vec<Dependency>,
    details: BTreeMap<DependencyKey, DependencyDetails>,
    journeys: Vec<Journey>,
    runbooks: Vec<Runbook>,
    practice: Practice,
    names: Names,
}

/// How people watch a system, judge what they see, and mend it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Practice {
    /// Along what users and sites differ.
    pub cohorts: Vec<Cohort>,
    /// The alerting rules.
    pub monitors: Vec<Monitor>,
    /// The recording rules they need.
    pub recordings: Vec<RecordingRule>,
    /// The groups that both are in, in the order of their files.
    pub rule_groups: Vec<RuleGroup>,
    /// What the applications count themselves, told in terms of what everybody can see: for runs that
    /// are simulated, in this order.
    pub application_metrics: Vec<RecordingRule>,
    /// The rules of thumb.
    pub heuristics: Vec<Heuristic>,
    /// What each priority means.
    pub priorities: Vec<PriorityRule>,
    /// Weaknesses that are known and accepted.
    pub allow: Vec<Allowance>,
}

impl System {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in one sentence.
    pub fn summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }

    /// Its teams, in the order they were written.
    pub fn teams(&self) -> &[Team] {
        &self.teams
    }

    /// Its services, in the order they were written.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The ids of its services, in the same order.
    pub fn service_ids(&self) -> impl ExactSizeIterator<Item = ServiceId> + use<> {
        (0..self.services.len()).map(ServiceId::from_index)
    }

    /// Its dependencies, in the order they were written; two services are joined by one of a kind.
    pub fn dependencies(&self) -> &[Dependency] {
        &self.dependencies
    }

    /// What is known of a dependency beyond that it is there.
    pub fn details(&self, key: DependencyKey) -> Option<&DependencyDetails> {
        self.details.get(&key)
    }

    /// Its journeys, in the order they were written.
    pub fn journeys(&self) -> &[Journey] {
        &self.journeys
    }

    /// Its runbooks, in the order they were written.
    pub fn runbooks(&self) -> &[Runbook] {
        &self.runbooks
    }

    /// How people watch it, judge what they see, and mend it.
    pub fn practice(&self) -> &Practice {
        &self.practice
    }

    /// The index of service names and aliases.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Puts its dependencies into the order of the services that have them, then of those they need:
    /// for comparing systems that were made in different ways.
    pub fn sort_dependencies(&mut self) {
        self.dependencies.sort();
    }

    /// The service of an id.
    pub fn service(&self, id: ServiceId) -> &Service {
        &self.services[id.index()]
    }

    /// The operation of an id.
    pub fn operation(&self, id: OperationId) -> &Operation {
        &self.service(id.service).operations[id.index()]
    }

    /// The ids of all operations, service by service.
    pub fn operation_ids(&self) -> impl Iterator<Item = OperationId> + '_ {
        self.service_ids().flat_map(|service| {
            let count = self.service(service).operations.len();
            (0..count).map(move |index| OperationId::new(service, index))
        })
    }

    /// The queue of an id.
    pub fn queue(&self, id: QueueId) -> &Queue {
        &self.service(id.service).broker.queues[id.index()]
    }

    /// The team that owns a service.
    pub fn owner(&self, id: ServiceId) -> Option<&Team> {
        self.service(id).team.map(|team| &self.teams[team.index()])
    }

    /// The runbook of a service.
    pub fn runbook(&self, id: ServiceId) -> Option<&Runbook> {
        self.service(id).runbook.map(|runbook| &self.runbooks[runbook.index()])
    }
}

/// A name that two elements would share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTaken {
    /// The name.
    pub name: String,
    /// The service that has it.
    pub by: ServiceId,
}

/// Puts a [`System`] together and keeps it consistent.
#[derive(Debug, Clone)]
pub struct SystemBuilder {
    system: System,
    dependencies: BTreeSet<DependencyKey>,
}

impl SystemBuilder {
    /// An empty system.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            system: System {
                name: name.into(),
                summary: None,
                teams: Vec::new(),
                services: Vec::new(),
                dependencies: Vec::new(),
                details: BTreeMap::new(),
                journeys: Vec::new(),
                runbooks: Vec::new(),
                practice: Practice::default(),
                names: Names::default(),
            },
            dependencies: BTreeSet::new(),
        }
    }

    /// Says what the system is.
    pub fn summary(&mut self, summary: Option<String>) -> &mut Self {
        self.system.summary = summary;
        self
    }

    /// Adds a team.
    pub fn team(&mut self, team: Team) -> TeamId {
        self.system.teams.push(team);
        TeamId::from_index(self.system.teams.len() - 1)
    }

    /// Adds a runbook.
    pub fn runbook(&mut self, runbook: Runbook) -> RunbookId {
        self.system.runbooks.push(runbook);
        RunbookId::from_index(self.system.runbooks.len() - 1)
    }

    /// Adds a service under its name, its aliases and its job. A service whose own name is taken is not added;
    /// an alias that is taken stays with the service that has it, and all of them are told.
    pub fn service(&mut self, service: Service) -> Result<ServiceId, Vec<NameTaken>> {
        let id = ServiceId::from_index(self.system.services.len());
        let names = &mut self.system.names;
        if let Some(by) = names.insert(&service.name, id) {
            return Err(vec![NameTaken { name: service.name, by }]);
        }
        let taken: Vec<_> = service
            .aliases
            .iter()
            .chain(&service.job)
            .filter_map(|alias| {
                let by = names.insert(alias, id).filter(|by| *by != id)?;
                Some(NameTaken { name: alias.clone(), by })
            })
            .collect();
        self.system.services.push(service);
        if taken.is_empty() { Ok(id) } else { Err(taken) }
    }

    /// Adds a dependency; one of the same kind between the same two is not added again.
    ///
    /// # Panics
    /// When an id is not one that this builder gave.
    pub fn dependency(&mut self, dependency: Dependency) -> &mut Self {
        let count = self.system.services.len();
        assert!(dependency.from.index() < count && dependency.to.index() < count);
        if self.dependencies.insert(dependency.key()) {
            self.system.dependencies.push(dependency);
        }
        self
    }

    /// Says more of a dependency that was added.
    pub fn details(&mut self, key: DependencyKey, details: DependencyDetails) -> &mut Self {
        if self.dependencies.contains(&key) {
            self.system.details.insert(key, details);
        }
        self
    }

    /// Says how people watch the system, judge what they see, and mend it.
    pub fn practice(&mut self, practice: Practice) -> &mut Self {
        self.system.practice = practice;
        self
    }

    /// Adds a journey.
    ///
    /// # Panics
    /// When an id is not one that this builder gave.
    pub fn journey(&mut self, journey: Journey) -> &mut Self {
        let count = self.system.services.len();
        assert!(journey.through.iter().chain([&journey.enters]).all(|id| id.index() < count));
        self.system.journeys.push(journey);
        self
    }

    /// The index of the names given so far.
    pub fn names(&self) -> &Names {
        &self.system.names
    }

    /// The finished system.
    pub fn build(self) -> System {
        self.system
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_parses_back_to_its_variant() {
        for kind in DependencyKind::ALL {
            assert_eq!(DependencyKind::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(DependencyKind::parse("RunsOn"), None);
        assert_eq!(ServiceKind::parse("database"), Some(ServiceKind::Database));
    }

    #[test]
    fn a_taken_name_refuses_the_service_and_a_taken_alias_only_itself() {
        let mut builder = SystemBuilder::new("shop");
        let orders = builder.service(Service::new("orders", ServiceKind::Service)).unwrap();
        let again = builder.service(Service::new("orders", ServiceKind::Database));
        assert_eq!(again, Err(vec![NameTaken { name: "orders".into(), by: orders }]));

        let mut carts = Service::new("carts", ServiceKind::Service);
        carts.aliases = vec!["basket".into(), "orders".into(), "carts".into()];
        let taken = builder.service(carts);
        assert_eq!(taken, Err(vec![NameTaken { name: "orders".into(), by: orders }]));

        let system = builder.build();
        assert_eq!(system.services().len(), 2);
        assert_eq!(system.names().get("basket"), Some(ServiceId::from_index(1)));
        assert_eq!(system.names().get("orders"), Some(orders));
    }

    #[test]
    fn the_same_dependency_twice_is_one() {
        let mut builder = SystemBuilder::new("shop");
        let from = builder.service(Service::new("a", ServiceKind::Service)).unwrap();
        let to = builder.service(Service::new("b", ServiceKind::Service)).unwrap();
        let dependency = Dependency {
            from,
            to,
            kind: DependencyKind::Call,
            criticality: Criticality::Critical,
            provenance: Provenance::Declared,
        };
        builder.dependency(dependency).dependency(dependency);
        assert_eq!(builder.build().dependencies().len(), 1);
    }
}
