//! One file that says everything the language can say, and what becomes of each part.

use std::time::Duration;

use knockon_core::{
    Access, Acks, Action, Alternative, Autoscaler, Branch, Breadth, Breaker, Bulkhead, Bytes,
    CacheEntry, CacheEntryId, Callee, Channel, CohortId, CohortMember, Cpu, CpuBounds, Criticality,
    DependencyKind, DurationRange, Eviction, Excess, Failover, Fallback, Jitter, Member,
    MemoryBounds, Operation, OperationId, Overflow, Policies, Pool, Probe, Provenance, Query,
    QueryId, Queue, QueueId, Rate, RateLimit, Rated, ReadReplicas, RestartPolicy, Retry, RetryOn,
    Risk, Rollout, Runs, Saga, SagaStep, Scaling, ScalingPolicy, ScalingSelect, ScalingTargets,
    Scan, Scope, Service, ServiceId, ServiceKind, Share, Slo, Source, Spread, Stage, State, Step,
    StepId, StoreCopy, System, Tier, Topic, TopicId,
};

use crate::{read, said};

/// Says everything that can be said, nothing of it a default.
pub(crate) const RICH: &str = r##"
system: everything
summary: Says all there is to say.
teams:
  shop: { summary: Sells., contact: "#shop", escalation: pagerduty/shop }
  data:
cohorts:
  region: { summary: Where., members: { north: 60%, south: ~30% } }
  store: { count: 1200, within: region }
services:
  web: { kind: client, calls: [shop: { criticality: optional, rated: high, risk: late, impact: No carts., workaround: Call., recovery: 5min to 30min, known_from: [manifest shop.yaml:12, declared] }] }
  shop:
    team: shop
    co_owners: [data]
    tier: 1
    role: order intake
    summary: Takes orders.
    aliases: [shop-svc]
    runbook: slow
    repository: https://git.example/shop
    version: v2.4.0
    engine: go
    runs:
      replicas: 3
      cpu: { limit: 1, request: 500m }
      memory: { limit: 1Gi, request: 512Mi, idle: 200Mi, per_request: 2Mi }
      workers: 64
      backlog: 0
      start: 30s
      restart: on-failure
      rollout: { max_unavailable: 0, max_surge: 2 }
    probes:
      liveness: { get: /live, port: 8080, delay: 30s, every: 5s, timeout: 2s, failures: 5, successes: 2, checks: [db] }
      readiness: { tcp: 8081 }
      startup: { exec: ready }
    autoscaler:
      min: 2
      max: 10
      targets: { cpu: 70%, memory: 80%, requests: 50/s, backlog: 30 }
      up: 30s
      down: { window: 5min, select: min, policies: [{ pods: 4 }, { percent: 150%, period: 1min }] }
    pools: { db: 100, cache: { size: 50, idle: 10, wait: 30s, lifetime: 1h } }
    failover: { after: 30s, to: web }
    states:
      order: { moves: { NEW: [PAID, GONE], PAID: [] }, stuck: { NEW: 30min } }
    operations:
      take:
        summary: Takes an order.
        route: POST /orders
        idempotent: by order id
        rate_limit: { rate: 100/s, burst: 200, excess: wait }
        steps:
          - { compute: 4ms, spread: exponential }
          - { wait: 200ms, spread: 40% }
          - call: pay / authorise
            timeout: 5s
            retry: { attempts: 3, backoff: 50ms, factor: 1.5, max: 10s, jitter: full, budget: 10%, on: [timeouts] }
            breaker: { failures: 5, failure_rate: 50%, window: 50, min_calls: 10, slow: 2s, slow_rate: 80%, open: 30s, probes: 3 }
            rate_limit: 200/s
            bulkhead: { concurrent: 20, waiting: 10 }
            fallback: [{ call: node }]
            criticality: optional
          - { query: db / load, from: replica, retry: 2, breaker: 7, bulkhead: 3, fallback: skip }
          - { get: cache / cart, miss: [{ query: db / load }] }
          - put: cache / cart
          - drop: cache / cart
          - { publish: mq / events, confirms: true, outbox: db }
          - publish: mq / ship
          - move: order to PAID
          - saga: book
            timeout: 5min
            attempts: 3
            backoff: 1s
            manual: mq / failed
            steps: [{ do: pay / authorise, undo: pay / refund, timeout: 10s, retry: 3 }, { do: node }]
            undo: pay / refund
          - parallel: { a: [{ compute: 1ms }], b: [] }
          - branch: { some: { share: 30%, steps: [{ compute: 2ms }] }, north: { of: region / north, steps: [] } }
          - background: [{ compute: 3ms }]
          - fail: 0.1%
      ship: { consumes: mq / ship, prefetch: 5, consumers: 4, acks: before, steps: [] }
      sweep: { every: 5min, steps: [] }
  pay: { operations: { authorise: [], refund: [] } }
  db:
    kind: database
    max_connections: 151
    read_replicas: { count: 2, lag: 500ms }
    failover: 10s
    queries: { load: 2ms, save: { cpu: 1ms, io: 3ms, spread: none, does: write, scan: full, rows: 5000 } }
  cache: { kind: cache, eviction: lfu, entries: { cart: { ttl: 15min, size: 2Ki, keys: 20000 }, page: 5s, all: {} } }
  mq:
    kind: broker
    queues:
      ship: { max_length: 10000, max_bytes: 100Mi, overflow: reject-publish, ttl: 1h, dead_letter: failed, delivery_limit: 5, durable: false }
      failed: { manual: true }
    topics: { events: [ship, failed] }
  node: { kind: platform }
journeys:
  buy:
    summary: From the shelf to the parcel.
    stages: [browse, paid: shop / take, shipped: shop / ship]
    through: [web, shop, pay]
    enters: web
    completes: shop / take
    demand: 1200/h
    value: 42.50 USD
    downtime_cost: 15000 USD/h
    slo: { success: 99.5%, p50: 300ms, p95: 2s, p99: 5s, within: 10min }
    hurts: everybody
    by: [region, store]
    think: 5s
runbooks:
  slow: { title: It is slow, page: there.md, steps: [restart it] }
heuristics:
  one: { says: Most often local., cohort: store, breadth: several, within: region, service: shop, scope: regional, risk: high, suspects: [db, mq], concerns: [data] }
priorities:
  P1: { means: All is down., action: Page all. }
  P4: {}
allow:
  - { code: K0401, at: shop, reason: Written soon. }
  - { code: K0402, reason: Known. }
"##;

fn rich() -> System {
    let reading = read(RICH);
    assert_eq!(said(&reading), "");
    reading.system.unwrap()
}

fn service<'s>(system: &'s System, name: &str) -> (ServiceId, &'s Service) {
    let id = system.names().get(name).unwrap();
    (id, system.service(id))
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn percent(percent: f64) -> Share {
    Share { percent }
}

fn mib(mib: u64) -> Bytes {
    Bytes { count: mib << 20 }
}

fn text(text: &str) -> Option<String> {
    Some(text).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[test]
fn what_a_service_says_of_itself() {
    let system = rich();
    let (_, shop) = service(&system, "shop");
    assert_eq!(
        (system.name(), system.summary()),
        ("everything", Some("Says all there is to say."))
    );
    assert_eq!(system.teams()[0].summary, text("Sells."));
    assert_eq!(system.teams()[0].contact, text("#shop"));
    assert_eq!(system.teams()[0].escalation, text("pagerduty/shop"));
    let team = |id: knockon_core::TeamId| system.teams()[id.index()].name.as_str();
    assert_eq!(shop.kind, ServiceKind::Service);
    assert_eq!(shop.team.map(team), Some("shop"));
    assert_eq!(shop.co_owners.iter().map(|id| team(*id)).collect::<Vec<_>>(), ["data"]);
    assert_eq!(shop.tier, Some(Tier::One));
    assert_eq!(shop.role, text("order intake"));
    assert_eq!(shop.summary, text("Takes orders."));
    assert_eq!(shop.aliases, ["shop-svc"]);
    assert_eq!(shop.runbook.map(knockon_core::RunbookId::index), Some(0));
    assert_eq!(shop.repository, text("https://git.example/shop"));
    assert_eq!(shop.version, text("v2.4.0"));
    assert_eq!(shop.engine, text("go"));
    let runbook = &system.runbooks()[0];
    assert_eq!((&runbook.title, &runbook.page), (&text("It is slow"), &text("there.md")));
    assert_eq!(runbook.steps, ["restart it"]);
}

#[test]
fn what_a_service_runs_on() {
    let system = rich();
    let (_, shop) = service(&system, "shop");
    let db = service(&system, "db").0;
    let cpu =
        CpuBounds { limit: Some(Cpu { millicores: 1000 }), request: Some(Cpu { millicores: 500 }) };
    let memory = MemoryBounds {
        limit: Some(mib(1024)),
        request: Some(mib(512)),
        idle: Some(mib(200)),
        per_request: Some(mib(2)),
    };
    let runs = Runs {
        replicas: 3,
        cpu: Some(cpu),
        memory: Some(memory),
        workers: Some(64),
        backlog: Some(0),
        start: ms(30_000),
        restart: RestartPolicy::OnFailure,
        rollout: Some(Rollout { max_unavailable: 0, max_surge: 2 }),
    };
    assert_eq!(shop.runs, Some(runs));
    let liveness = Probe {
        get: text("/live"),
        tcp: None,
        exec: None,
        grpc: None,
        port: Some(8080),
        delay: ms(30_000),
        every: ms(5_000),
        timeout: ms(2_000),
        failures: 5,
        successes: 2,
        checks: vec![db],
    };
    let plain = Probe {
        get: None,
        port: None,
        delay: ms(0),
        every: ms(10_000),
        timeout: ms(1_000),
        failures: 3,
        successes: 1,
        checks: Vec::new(),
        ..liveness.clone()
    };
    assert_eq!(shop.probes.liveness, Some(liveness));
    assert_eq!(shop.probes.readiness, Some(Probe { tcp: Some(8081), ..plain.clone() }));
    assert_eq!(shop.probes.startup, Some(Probe { exec: text("ready"), ..plain }));
}

#[test]
fn what_changes_and_replaces_a_service() {
    let system = rich();
    let (_, shop) = service(&system, "shop");
    let (web, db, cache) =
        (service(&system, "web").0, service(&system, "db").0, service(&system, "cache").0);
    let targets = ScalingTargets {
        cpu: Some(percent(70.0)),
        memory: Some(percent(80.0)),
        requests: Some(Rate { per_hour: 180_000.0 }),
        backlog: Some(30),
    };
    let up = Scaling { window: Some(ms(30_000)), select: ScalingSelect::Max, policies: Vec::new() };
    let policies = vec![
        ScalingPolicy { pods: Some(4), percent: None, period: ms(15_000) },
        ScalingPolicy { pods: None, percent: Some(percent(150.0)), period: ms(60_000) },
    ];
    let down = Scaling { window: Some(ms(300_000)), select: ScalingSelect::Min, policies };
    let autoscaler = Autoscaler { min: 2, max: 10, targets, up: Some(up), down: Some(down) };
    assert_eq!(shop.autoscaler, Some(autoscaler));
    let pools = [
        Pool { to: db, size: 100, idle: None, wait: None, lifetime: None },
        Pool {
            to: cache,
            size: 50,
            idle: Some(10),
            wait: Some(ms(30_000)),
            lifetime: Some(ms(3_600_000)),
        },
    ];
    assert_eq!(shop.pools, pools);
    assert_eq!(shop.failover, Some(Failover { after: ms(30_000), to: Some(web) }));
    let state =
        |name: &str, next: &[usize], stuck| State { name: name.into(), next: next.to_vec(), stuck };
    let states = [
        state("NEW", &[1, 2], Some(ms(1_800_000))),
        state("PAID", &[], None),
        state("GONE", &[], None),
    ];
    assert_eq!((shop.states[0].name.as_str(), &shop.states[0].states[..]), ("order", &states[..]));
}

#[test]
fn what_stores_keep() {
    let system = rich();
    let (_, db) = service(&system, "db");
    assert_eq!(db.database.max_connections, Some(151));
    assert_eq!(db.database.read_replicas, Some(ReadReplicas { count: 2, lag: ms(500) }));
    assert_eq!(db.failover, Some(Failover { after: ms(10_000), to: None }));
    let load = Query {
        name: "load".into(),
        cpu: ms(2),
        io: None,
        spread: Spread::None,
        does: Access::Read,
        scan: Scan::Index,
        rows: None,
    };
    let save = Query {
        name: "save".into(),
        cpu: ms(1),
        io: Some(ms(3)),
        does: Access::Write,
        scan: Scan::Full,
        rows: Some(5000),
        ..load.clone()
    };
    assert_eq!(db.database.queries, [load, save]);
    let (_, cache) = service(&system, "cache");
    assert_eq!(cache.cache.eviction, Some(Eviction::Lfu));
    let entry = |name: &str, ttl, size, keys| CacheEntry { name: name.into(), ttl, size, keys };
    let size = Some(Bytes { count: 2048 });
    let entries = [
        entry("cart", Some(ms(900_000)), size, Some(20_000)),
        entry("page", Some(ms(5_000)), None, None),
        entry("all", None, None, None),
    ];
    assert_eq!(cache.cache.entries, entries);
    let (id, mq) = service(&system, "mq");
    let ship = Queue {
        name: "ship".into(),
        max_length: Some(10_000),
        max_bytes: Some(mib(100)),
        overflow: Overflow::RejectPublish,
        ttl: Some(ms(3_600_000)),
        dead_letter: Some(QueueId::new(id, 1)),
        delivery_limit: Some(5),
        durable: false,
        manual: false,
    };
    let failed = Queue {
        name: "failed".into(),
        max_length: None,
        max_bytes: None,
        overflow: Overflow::DropHead,
        ttl: None,
        dead_letter: None,
        delivery_limit: None,
        durable: true,
        manual: true,
    };
    assert_eq!(mq.broker.queues, [ship, failed]);
    let to = vec![QueueId::new(id, 0), QueueId::new(id, 1)];
    assert_eq!(mq.broker.topics, [Topic { name: "events".into(), to }]);
}

#[test]
fn what_operations_are() {
    let system = rich();
    let (_, shop) = service(&system, "shop");
    let (mq, _) = service(&system, "mq");
    let [take, consumer, sweep] = &shop.operations[..] else {
        panic!("three operations");
    };
    assert_eq!((take.name.as_str(), &take.summary), ("take", &text("Takes an order.")));
    assert_eq!((&take.route, &take.idempotent), (&text("POST /orders"), &text("by order id")));
    let limit =
        RateLimit { rate: Rate { per_hour: 360_000.0 }, burst: Some(200), excess: Excess::Wait };
    assert_eq!(take.rate_limit, Some(limit));
    let expected = Operation {
        consumes: Some(QueueId::new(mq, 0)),
        prefetch: Some(5),
        consumers: 4,
        acks: Acks::Before,
        ..Operation::new("ship")
    };
    assert_eq!(consumer, &expected);
    assert_eq!(sweep, &Operation { every: Some(ms(300_000)), ..Operation::new("sweep") });
}

/// What protects the `call` step.
fn protection(node: Callee, id: StepId) -> Policies {
    Policies {
        timeout: Some(ms(5_000)),
        retry: Some(Retry {
            attempts: 3,
            backoff: ms(50),
            factor: 1.5,
            max: Some(ms(10_000)),
            jitter: Jitter::Full,
            budget: Some(percent(10.0)),
            on: vec![RetryOn::Timeouts],
        }),
        breaker: Some(Breaker {
            failures: Some(5),
            failure_rate: Some(percent(50.0)),
            window: 50,
            min_calls: Some(10),
            slow: Some(ms(2_000)),
            slow_rate: Some(percent(80.0)),
            open: ms(30_000),
            probes: 3,
        }),
        rate_limit: Some(RateLimit {
            rate: Rate { per_hour: 720_000.0 },
            burst: None,
            excess: Excess::Reject,
        }),
        bulkhead: Some(Bulkhead { concurrent: 20, waiting: 10 }),
        fallback: Some(Fallback::Steps(vec![Step {
            id,
            action: Action::Call(node),
            policies: Policies::default(),
        }])),
        criticality: Some(Criticality::Optional),
    }
}

/// Three tries, and else as it is by default.
fn retry(attempts: u32) -> Retry {
    Retry {
        attempts,
        backoff: ms(100),
        factor: 2.0,
        max: None,
        jitter: Jitter::None,
        budget: None,
        on: vec![RetryOn::Errors, RetryOn::Timeouts],
    }
}

fn bare(id: usize, action: Action) -> Step {
    Step { id: StepId::from_index(id), action, policies: Policies::default() }
}

fn compute(id: usize, time: Duration) -> Step {
    bare(id, Action::Compute { time, spread: Spread::None })
}

#[test]
fn steps_that_ask_somebody() {
    let system = rich();
    let id = |name: &str| service(&system, name).0;
    let (db, cache, mq) = (id("db"), id("cache"), id("mq"));
    let callee = |name: &str, at| Callee {
        service: id(name),
        operation: Some(OperationId::new(id(name), at)),
    };
    let node = Callee { service: id("node"), operation: None };
    let load = QueryId::new(db, 0);
    let cart = CacheEntryId::new(cache, 0);
    let steps = &service(&system, "shop").1.operations[0].steps;
    let exponential = Spread::Exponential;
    assert_eq!(steps[0], bare(0, Action::Compute { time: ms(4), spread: exponential }));
    let spread = Spread::LogNormal(percent(40.0));
    assert_eq!(steps[1], bare(1, Action::Wait { time: ms(200), spread }));
    let policies = protection(node, StepId::from_index(3));
    let call = Action::Call(callee("pay", 0));
    assert_eq!(steps[2], Step { policies, ..bare(2, call) });
    let breaker = Breaker {
        failures: Some(7),
        failure_rate: None,
        window: 100,
        min_calls: None,
        slow: None,
        slow_rate: None,
        open: ms(60_000),
        probes: 1,
    };
    let policies = Policies {
        retry: Some(retry(2)),
        breaker: Some(breaker),
        bulkhead: Some(Bulkhead { concurrent: 3, waiting: 0 }),
        fallback: Some(Fallback::Skip),
        ..Policies::default()
    };
    let query = Action::Query { query: load, from: StoreCopy::Replica };
    assert_eq!(steps[3], Step { policies, ..bare(4, query) });
    let miss = vec![bare(6, Action::Query { query: load, from: StoreCopy::Primary })];
    assert_eq!(steps[4], bare(5, Action::Get { entry: cart, miss }));
    assert_eq!(steps[5], bare(7, Action::Put(cart)));
    assert_eq!(steps[6], bare(8, Action::Drop(cart)));
    let channel = Channel::Topic(TopicId::new(mq, 0));
    let publish = Action::Publish { channel, confirms: true, outbox: Some(db) };
    assert_eq!(steps[7], bare(9, publish));
    let channel = Channel::Queue(QueueId::new(mq, 0));
    let publish = Action::Publish { channel, confirms: false, outbox: None };
    assert_eq!(steps[8], bare(10, publish));
}

#[test]
fn steps_of_steps() {
    let system = rich();
    let id = |name: &str| service(&system, name).0;
    let pay = id("pay");
    let callee = |at| Callee { service: pay, operation: Some(OperationId::new(pay, at)) };
    let node = Callee { service: id("node"), operation: None };
    let steps = &service(&system, "shop").1.operations[0].steps;
    let machine = knockon_core::MachineId::new(id("shop"), 0);
    assert_eq!(steps[9], bare(11, Action::Move { machine, to: 1 }));
    let first = SagaStep {
        id: StepId::from_index(13),
        action: callee(0),
        undo: Some(callee(1)),
        timeout: Some(ms(10_000)),
        retry: Some(retry(3)),
    };
    let second = SagaStep {
        id: StepId::from_index(14),
        action: node,
        undo: None,
        timeout: None,
        retry: None,
    };
    let saga = Saga {
        name: "book".into(),
        timeout: Some(ms(300_000)),
        attempts: 3,
        backoff: Some(ms(1_000)),
        manual: Some(QueueId::new(id("mq"), 1)),
        steps: vec![first, second],
        undo: Some(callee(1)),
    };
    assert_eq!(steps[10], bare(12, Action::Saga(saga)));
    let branches = vec![
        Branch { name: "a".into(), steps: vec![compute(16, ms(1))] },
        Branch { name: "b".into(), steps: Vec::new() },
    ];
    assert_eq!(steps[11], bare(15, Action::Parallel(branches)));
    let north = CohortMember { cohort: CohortId::from_index(0), member: 0 };
    let choices = vec![
        Alternative {
            name: "some".into(),
            share: Some(percent(30.0)),
            of: None,
            steps: vec![compute(18, ms(2))],
        },
        Alternative { name: "north".into(), share: None, of: Some(north), steps: Vec::new() },
    ];
    assert_eq!(steps[12], bare(17, Action::Branch(choices)));
    assert_eq!(steps[13], bare(19, Action::Background(vec![compute(20, ms(3))])));
    assert_eq!(steps[14], bare(21, Action::Fail(percent(0.1))));
    assert_eq!(steps.len(), 15);
}

#[test]
fn what_is_known_of_a_declared_dependency() {
    let system = rich();
    let (web, shop) = (service(&system, "web").0, service(&system, "shop").0);
    let key = (web, shop, DependencyKind::Call);
    let dependency = system.dependencies().iter().find(|d| d.key() == key).unwrap();
    assert_eq!(dependency.criticality, Criticality::Optional);
    assert_eq!(dependency.provenance, Provenance::Manifest);
    let details = system.details(key).unwrap();
    assert_eq!(details.rated, Some(Rated::High));
    assert_eq!((&details.risk, &details.impact), (&text("late"), &text("No carts.")));
    assert_eq!(details.workaround, text("Call."));
    let range = DurationRange { least: ms(300_000), most: ms(1_800_000) };
    assert_eq!(details.recovery, Some(range));
    let sources = [
        Source { provenance: Provenance::Manifest, place: text("shop.yaml:12") },
        Source { provenance: Provenance::Declared, place: None },
    ];
    assert_eq!(details.known_from, sources);
}

#[test]
fn what_users_do() {
    let system = rich();
    let id = |name: &str| service(&system, name).0;
    let shop = id("shop");
    let journey = &system.journeys()[0];
    let stage = |name: &str, at: Option<usize>| Stage {
        name: name.into(),
        operation: at.map(|at| OperationId::new(shop, at)),
        charges: false,
    };
    assert_eq!(journey.name, "buy");
    assert_eq!(journey.summary, text("From the shelf to the parcel."));
    let stages = [stage("browse", None), stage("paid", Some(0)), stage("shipped", Some(1))];
    assert_eq!(journey.stages, stages);
    assert_eq!(journey.through, [id("web"), shop, id("pay")]);
    assert_eq!((journey.enters, journey.entry), (id("web"), None));
    assert_eq!(journey.completes, Some(OperationId::new(shop, 0)));
    assert_eq!(journey.demand, Some(Rate { per_hour: 1200.0 }));
    let money = |money: knockon_core::Money| (money.amount, money.currency.as_str().to_owned());
    assert_eq!(journey.value.map(money), Some((42.5, "USD".into())));
    let cost = journey.downtime_cost.map(|rate| money(rate.per_hour));
    assert_eq!(cost, Some((15_000.0, "USD".into())));
    let slo = Slo {
        success: Some(percent(99.5)),
        p50: Some(ms(300)),
        p95: Some(ms(2_000)),
        p99: Some(ms(5_000)),
        within: Some(ms(600_000)),
    };
    assert_eq!(journey.slo, Some(slo));
    assert_eq!(journey.hurts, text("everybody"));
    assert_eq!(journey.by, [CohortId::from_index(0), CohortId::from_index(1)]);
    assert_eq!(journey.think, Some(ms(5_000)));
}

#[test]
fn what_people_know() {
    let reading = read(RICH);
    let assumed: Vec<_> = reading.assumed.iter().map(|place| (place.line, place.length)).collect();
    assert_eq!(assumed, [(8, 4)]);
    let system = rich();
    let practice = system.practice();
    let [region, store] = &practice.cohorts[..] else {
        panic!("two cohorts");
    };
    assert_eq!((region.name.as_str(), &region.summary), ("region", &text("Where.")));
    let member = |name: &str, share| Member { name: name.into(), share: percent(share) };
    assert_eq!(region.members, [member("north", 60.0), member("south", 30.0)]);
    assert_eq!((store.count, store.within), (Some(1200), Some(CohortId::from_index(0))));
    let rule = &practice.heuristics[0];
    let id = |name: &str| service(&system, name).0;
    assert_eq!((rule.name.as_str(), rule.says.as_str()), ("one", "Most often local."));
    assert_eq!((rule.cohort, rule.within), (Some(cohort(1)), Some(cohort(0))));
    assert_eq!(rule.breadth, Some(Breadth::Several));
    assert_eq!(rule.service, Some(id("shop")));
    assert_eq!((rule.scope, rule.risk), (Some(Scope::Regional), Some(Risk::High)));
    assert_eq!(rule.suspects, [id("db"), id("mq")]);
    assert_eq!(rule.concerns.iter().map(|id| id.index()).collect::<Vec<_>>(), [1]);
    let rules = practice.priorities.iter();
    let rules: Vec<_> =
        rules.map(|r| (r.priority.as_str(), r.means.clone(), r.action.clone())).collect();
    assert_eq!(rules, [("P1", text("All is down."), text("Page all.")), ("P4", None, None)]);
    let allow = practice.allow.iter();
    let allow: Vec<_> = allow.map(|a| (&*a.code, a.at.as_deref(), &*a.reason)).collect();
    assert_eq!(allow, [("K0401", Some("shop"), "Written soon."), ("K0402", None, "Known.")]);
}

fn cohort(at: usize) -> CohortId {
    CohortId::from_index(at)
}
