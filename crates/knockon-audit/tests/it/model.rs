//! Systems built by hand, and weaknesses as text.
//!
//! Whatever is made here is sound as it is: it has an owner, waits with a timeout, confirms. A test
//! breaks one thing and sees what is said of it.

use std::fmt::Write as _;
use std::time::Duration;

use knockon_audit::{Weakness, judge};
use knockon_core::*;

/// A system in the making. Steps get their ids when it is built.
pub(crate) struct Model {
    pub(crate) services: Vec<Service>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) journeys: Vec<Journey>,
    pub(crate) practice: Practice,
}

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

impl Model {
    pub(crate) fn new() -> Self {
        let (services, dependencies, journeys) = (Vec::new(), Vec::new(), Vec::new());
        Self { services, dependencies, journeys, practice: Practice::default() }
    }

    pub(crate) fn add(&mut self, name: &str, kind: ServiceKind) -> ServiceId {
        let mut service = Service::new(name, kind);
        service.team = Some(TeamId::from_index(0));
        self.services.push(service);
        ServiceId::from_index(self.services.len() - 1)
    }

    pub(crate) fn service(&mut self, name: &str) -> ServiceId {
        self.add(name, ServiceKind::Service)
    }

    pub(crate) fn of(&mut self, id: ServiceId) -> &mut Service {
        &mut self.services[id.index()]
    }

    pub(crate) fn operation(&mut self, id: ServiceId, name: &str, steps: Vec<Step>) -> OperationId {
        let mut operation = Operation::new(name);
        operation.steps = steps;
        self.of(id).operations.push(operation);
        OperationId::new(id, self.of(id).operations.len() - 1)
    }

    pub(crate) fn at(&mut self, id: OperationId) -> &mut Operation {
        &mut self.of(id.service).operations[id.index()]
    }

    /// A database with one query.
    pub(crate) fn database(&mut self, name: &str, query: &str, does: Access) -> QueryId {
        let id = self.add(name, ServiceKind::Database);
        self.of(id).database.queries.push(Query {
            name: query.into(),
            cpu: ms(1),
            io: None,
            spread: Spread::None,
            does,
            scan: Scan::Index,
            rows: None,
        });
        QueryId::new(id, 0)
    }

    /// A broker with these queues, each with nothing bounded.
    pub(crate) fn broker(&mut self, name: &str, queues: &[&str]) -> Vec<QueueId> {
        let id = self.add(name, ServiceKind::Broker);
        let queue = |name: &&str| Queue {
            name: (*name).into(),
            max_length: None,
            max_bytes: None,
            overflow: Overflow::DropHead,
            ttl: None,
            dead_letter: None,
            delivery_limit: None,
            durable: true,
            manual: false,
        };
        self.of(id).broker.queues = queues.iter().map(queue).collect();
        (0..queues.len()).map(|index| QueueId::new(id, index)).collect()
    }

    pub(crate) fn queue(&mut self, id: QueueId) -> &mut Queue {
        &mut self.of(id.service).broker.queues[id.index()]
    }

    pub(crate) fn journey(&mut self, name: &str, entry: OperationId) -> &mut Journey {
        let mut journey = Journey::new(name, entry.service);
        journey.entry = Some(entry);
        self.journeys.push(journey);
        self.monitor(&format!("{name} fails"), entry.service);
        self.journeys.last_mut().unwrap()
    }

    pub(crate) fn monitor(&mut self, name: &str, service: ServiceId) -> &mut Monitor {
        self.practice.monitors.push(Monitor {
            name: name.into(),
            file: "rules.yaml".into(),
            group: "all".into(),
            expr: "up == 0".into(),
            hold: ms(0),
            keep_firing: ms(0),
            service: Some(service),
            team: None,
            severity: Some(AlertSeverity::P1),
            runbook: Some(RunbookId::from_index(0)),
            id: None,
            title: None,
            labels: [].into(),
            annotations: [].into(),
        });
        self.practice.monitors.last_mut().unwrap()
    }

    pub(crate) fn depends(
        &mut self,
        from: ServiceId,
        to: ServiceId,
        kind: DependencyKind,
        criticality: Criticality,
    ) {
        let provenance = Provenance::Declared;
        self.dependencies.push(Dependency { from, to, kind, criticality, provenance });
    }

    pub(crate) fn allow(&mut self, code: &str, at: Option<&str>) {
        let (code, at) = (code.into(), at.map(Into::into));
        self.practice.allow.push(Allowance { code, at, reason: "known".into() });
    }

    pub(crate) fn build(mut self) -> System {
        let mut next = 0;
        for service in &mut self.services {
            for operation in &mut service.operations {
                number(&mut operation.steps, &mut next);
            }
        }
        let mut builder = SystemBuilder::new("shop");
        builder.team(Team { name: "all".into(), summary: None, contact: None, escalation: None });
        let (name, steps) = ("restart".into(), vec!["restart it".into()]);
        builder.runbook(Runbook { name, title: None, page: None, steps });
        for service in self.services {
            builder.service(service).unwrap();
        }
        for dependency in self.dependencies {
            builder.dependency(dependency);
        }
        for journey in self.journeys {
            builder.journey(journey);
        }
        builder.practice(self.practice);
        builder.build()
    }
}

fn number(steps: &mut [Step], next: &mut usize) {
    let take = |next: &mut usize| {
        *next += 1;
        StepId::from_index(*next - 1)
    };
    for step in steps {
        step.id = take(next);
        match &mut step.action {
            Action::Get { miss: steps, .. } | Action::Background(steps) => number(steps, next),
            Action::Parallel(branches) => {
                branches.iter_mut().for_each(|it| number(&mut it.steps, next));
            }
            Action::Branch(ways) => ways.iter_mut().for_each(|it| number(&mut it.steps, next)),
            Action::Saga(saga) => saga.steps.iter_mut().for_each(|part| part.id = take(next)),
            _ => {}
        }
        if let Some(Fallback::Steps(steps)) = &mut step.policies.fallback {
            number(steps, next);
        }
    }
}

pub(crate) fn step(action: Action) -> Step {
    Step { id: StepId::from_index(0), action, policies: Policies::default() }
}

/// A call with a timeout of 2s.
pub(crate) fn call(operation: OperationId) -> Step {
    let callee = Callee { service: operation.service, operation: Some(operation) };
    step(Action::Call(callee)).timeout(2_000)
}

/// A query with a timeout of 1s.
pub(crate) fn query(query: QueryId) -> Step {
    step(Action::Query { query, from: StoreCopy::Primary }).timeout(1_000)
}

/// A confirmed publish with a timeout of 1s.
pub(crate) fn publish(queue: QueueId) -> Step {
    let channel = Channel::Queue(queue);
    step(Action::Publish { channel, confirms: true, outbox: None }).timeout(1_000)
}

pub(crate) fn compute(time_ms: u64) -> Step {
    step(Action::Compute { time: ms(time_ms), spread: Spread::None })
}

pub(crate) fn parallel(branches: Vec<Vec<Step>>) -> Step {
    let branch = |(at, steps)| Branch { name: format!("{at}"), steps };
    step(Action::Parallel((0..).zip(branches).map(branch).collect()))
}

pub(crate) fn retry(attempts: u32, backoff_ms: u64) -> Retry {
    Retry {
        attempts,
        backoff: ms(backoff_ms),
        factor: 2.0,
        max: None,
        jitter: Jitter::Full,
        budget: None,
        on: vec![RetryOn::Errors, RetryOn::Timeouts],
    }
}

pub(crate) trait With: Sized {
    fn with(self, change: impl FnOnce(&mut Policies)) -> Self;

    fn timeout(self, timeout_ms: u64) -> Self {
        self.with(|it| it.timeout = Some(ms(timeout_ms)))
    }

    fn no_timeout(self) -> Self {
        self.with(|it| it.timeout = None)
    }

    fn retry(self, attempts: u32, backoff_ms: u64) -> Self {
        self.with(|it| it.retry = Some(retry(attempts, backoff_ms)))
    }

    fn or_skip(self) -> Self {
        self.with(|it| it.fallback = Some(Fallback::Skip))
    }

    fn said(self, criticality: Criticality) -> Self {
        self.with(|it| it.criticality = Some(criticality))
    }
}

impl With for Step {
    fn with(mut self, change: impl FnOnce(&mut Policies)) -> Self {
        change(&mut self.policies);
        self
    }
}

pub(crate) fn saga(steps: Vec<SagaStep>, manual: Option<QueueId>) -> Step {
    let timeout = Some(ms(60_000));
    let (name, attempts, backoff, undo) = ("order".to_owned(), 1, None, None);
    step(Action::Saga(Saga { name, timeout, attempts, backoff, manual, steps, undo }))
}

pub(crate) fn part(action: OperationId, undo: Option<OperationId>) -> SagaStep {
    let callee = |id: OperationId| Callee { service: id.service, operation: Some(id) };
    SagaStep {
        id: StepId::from_index(0),
        action: callee(action),
        undo: undo.map(callee),
        timeout: Some(ms(1_000)),
        retry: None,
    }
}

pub(crate) fn probe() -> Probe {
    Probe {
        get: Some("/ready".into()),
        tcp: None,
        exec: None,
        grpc: None,
        port: None,
        delay: ms(0),
        every: ms(10_000),
        timeout: ms(1_000),
        failures: 3,
        successes: 1,
        checks: Vec::new(),
    }
}

pub(crate) fn runs(replicas: u32) -> Option<Runs> {
    Some(Runs { replicas, ..Runs::default() })
}

pub(crate) fn autoscaler(targets: ScalingTargets) -> Option<Autoscaler> {
    Some(Autoscaler { min: 2, max: 10, targets, up: None, down: None })
}

/// Everything that is said of a system, allowances applied.
pub(crate) fn text(system: &System) -> String {
    judge(system).open.iter().map(|weakness| one(system, weakness)).collect()
}

fn one(system: &System, weakness: &Weakness) -> String {
    let mut text = String::new();
    let Weakness { code, element, message, label, related, help } = weakness;
    let _ = writeln!(text, "{code} {}: {message} [{label}]", place(system, *element));
    for (element, says) in related {
        let _ = writeln!(text, "  + {}: {says}", place(system, *element));
    }
    for help in help {
        let _ = writeln!(text, "  = {help}");
    }
    text
}

/// An element in words; panics when it is not one of the system.
pub(crate) fn place(system: &System, element: Element) -> String {
    let service = |id| &system.service(id).name;
    match element {
        Element::System => "system".into(),
        Element::Service(id) => service(id).clone(),
        Element::Key(id, key) => format!("{} {key}", service(id)),
        Element::Operation(id) => {
            format!("{} / {}", service(id.service), system.operation(id).name)
        }
        Element::Queue(id) => format!("{} / {}", service(id.service), system.queue(id).name),
        Element::Journey(at) => format!("journey {}", system.journeys()[at].name),
        Element::Monitor(at) => format!("monitor {}", system.practice().monitors[at].name),
        Element::Allowance(at) => format!("allowance {}", system.practice().allow[at].code),
        Element::Dependency((from, to, kind)) => {
            format!("{} {kind} {}", service(from), service(to))
        }
        Element::Step(step) => {
            let holder = system.operation_ids().find(|id| {
                let mut ids = Vec::new();
                step_ids(&system.operation(*id).steps, &mut ids);
                ids.contains(&step)
            });
            let id = holder.expect("the step is one of the system");
            format!("step of {} / {}", service(id.service), system.operation(id).name)
        }
        other => panic!("unexpected {other:?}"),
    }
}

fn step_ids(steps: &[Step], ids: &mut Vec<StepId>) {
    for step in steps {
        ids.push(step.id);
        match &step.action {
            Action::Get { miss: steps, .. } | Action::Background(steps) => step_ids(steps, ids),
            Action::Parallel(branches) => branches.iter().for_each(|it| step_ids(&it.steps, ids)),
            Action::Branch(ways) => ways.iter().for_each(|it| step_ids(&it.steps, ids)),
            Action::Saga(saga) => ids.extend(saga.steps.iter().map(|part| part.id)),
            _ => {}
        }
        if let Some(Fallback::Steps(steps)) = &step.policies.fallback {
            step_ids(steps, ids);
        }
    }
}

/// Compares all that is said of a system.
#[track_caller]
pub(crate) fn check(model: Model, expected: &str) {
    let found = text(&model.build());
    let expected = expected.trim_start_matches('\n');
    assert_eq!(found, expected, "\n<<<\n{found}>>>\n");
}

/// Nothing is said of a system.
#[track_caller]
pub(crate) fn silent(model: Model) {
    check(model, "");
}
