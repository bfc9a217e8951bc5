//! Whatever a system looks like, it is judged, twice the same, and by elements that it has.

use knockon_audit::{judge, weaknesses};
use knockon_core::*;
use proptest::prelude::*;

use crate::model::*;

/// A source of choices.
struct Dice<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl Dice<'_> {
    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0)) % limit.max(1)
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 1).then(|| value(self))
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

const SERVICES: usize = 6;
const OPERATIONS: usize = 2;
const QUEUES: usize = 3;
const DATABASE: usize = SERVICES;
const BROKER: usize = SERVICES + 1;
const CACHE: usize = SERVICES + 2;
const MS: &[u64] = &[0, 1, 500, 2_000, 10_000, u64::MAX];
const COUNTS: &[u32] = &[0, 1, 2, 3, 100, u32::MAX];

fn service(dice: &mut Dice<'_>) -> ServiceId {
    ServiceId::from_index(dice.below(CACHE + 1))
}

fn operation(dice: &mut Dice<'_>) -> OperationId {
    let service = ServiceId::from_index(dice.below(SERVICES));
    OperationId::new(service, dice.below(OPERATIONS))
}

fn queue(dice: &mut Dice<'_>) -> QueueId {
    QueueId::new(ServiceId::from_index(BROKER), dice.below(QUEUES))
}

fn callee(dice: &mut Dice<'_>) -> Callee {
    match dice.maybe(operation) {
        Some(id) => Callee { service: id.service, operation: Some(id) },
        None => Callee { service: service(dice), operation: None },
    }
}

fn retry_of(dice: &mut Dice<'_>) -> Retry {
    Retry {
        factor: dice.of(&[0.0, 1.0, 2.0, f64::NAN, f64::INFINITY, -1.0]),
        max: dice.maybe(|it| ms(it.of(MS))),
        jitter: dice.of(Jitter::ALL),
        budget: dice.maybe(|_| Share { percent: 10.0 }),
        on: dice.maybe(|it| it.of(RetryOn::ALL)).into_iter().collect(),
        ..retry(dice.of(COUNTS), dice.of(MS))
    }
}

fn policies(dice: &mut Dice<'_>, depth: usize) -> Policies {
    Policies {
        timeout: dice.maybe(|it| ms(it.of(MS))),
        retry: dice.maybe(retry_of),
        fallback: dice.maybe(|it| match depth {
            0 => Fallback::Skip,
            _ => Fallback::Steps(steps(it, depth - 1)),
        }),
        criticality: dice.maybe(|it| it.of(Criticality::ALL)),
        ..Policies::default()
    }
}

fn steps(dice: &mut Dice<'_>, depth: usize) -> Vec<Step> {
    (0..dice.below(4))
        .map(|_| {
            let action = action(dice, depth);
            Step { policies: policies(dice, depth), ..step(action) }
        })
        .collect()
}

fn action(dice: &mut Dice<'_>, depth: usize) -> Action {
    let entry = CacheEntryId::new(ServiceId::from_index(CACHE), 0);
    let database = ServiceId::from_index(DATABASE);
    match dice.below(if depth > 0 { 12 } else { 7 }) {
        0 => Action::Compute { time: ms(dice.of(MS)), spread: Spread::None },
        1 | 2 => Action::Call(callee(dice)),
        3 => Action::Query { query: QueryId::new(database, 0), from: StoreCopy::Primary },
        4 => {
            let topic = TopicId::new(ServiceId::from_index(BROKER), 0);
            let channel = match dice.maybe(queue) {
                Some(queue) => Channel::Queue(queue),
                None => Channel::Topic(topic),
            };
            let (confirms, outbox) = (dice.below(2) == 1, dice.maybe(|_| database));
            Action::Publish { channel, confirms, outbox }
        }
        5 => Action::Put(entry),
        6 => Action::Fail(Share { percent: 1.0 }),
        7 => Action::Get { entry, miss: steps(dice, depth - 1) },
        8 => Action::Background(steps(dice, depth - 1)),
        9 => parallel(vec![steps(dice, depth - 1), steps(dice, depth - 1)]).action,
        10 => Action::Branch(vec![Alternative {
            name: "a".into(),
            share: None,
            of: None,
            steps: steps(dice, depth - 1),
        }]),
        _ => Action::Saga(Saga {
            name: "order".into(),
            timeout: dice.maybe(|it| ms(it.of(MS))),
            attempts: dice.of(COUNTS),
            backoff: None,
            manual: dice.maybe(queue),
            steps: (0..dice.below(4))
                .map(|_| SagaStep {
                    id: StepId::from_index(0),
                    action: callee(dice),
                    undo: dice.maybe(callee),
                    timeout: dice.maybe(|it| ms(it.of(MS))),
                    retry: dice.maybe(retry_of),
                })
                .collect(),
            undo: dice.maybe(callee),
        }),
    }
}

fn probe_of(dice: &mut Dice<'_>) -> Probe {
    let checks = (0..dice.below(3)).map(|_| service(dice)).collect();
    Probe {
        delay: ms(dice.of(MS)),
        every: ms(dice.of(MS)),
        failures: dice.of(COUNTS),
        checks,
        ..probe()
    }
}

fn equip(dice: &mut Dice<'_>, service: &mut Service) {
    service.team = dice.maybe(|_| TeamId::from_index(0));
    service.runs = dice.maybe(|it| Runs {
        start: ms(it.of(MS)),
        rollout: it
            .maybe(|it| Rollout { max_unavailable: it.of(COUNTS), max_surge: it.of(COUNTS) }),
        ..runs(it.of(COUNTS)).unwrap()
    });
    service.probes.liveness = dice.maybe(probe_of);
    service.probes.readiness = dice.maybe(probe_of);
    service.autoscaler = dice.maybe(|it| Autoscaler {
        min: it.of(COUNTS),
        ..autoscaler(ScalingTargets {
            cpu: it.maybe(|_| Share::ALL),
            memory: it.maybe(|_| Share::ALL),
            requests: None,
            backlog: it.maybe(|_| 30),
        })
        .unwrap()
    });
    let to = ServiceId::from_index(DATABASE);
    let pool = |size| Pool { to, size, idle: None, wait: None, lifetime: None };
    service.pools.extend(dice.maybe(|it| pool(it.of(COUNTS))));
}

fn any_system(bytes: &[u8]) -> System {
    let dice = &mut Dice { bytes: bytes.iter() };
    let mut model = Model::new();
    for at in 0..SERVICES {
        let id = model.service(&format!("s{at}"));
        model.of(id).kind = dice.of(ServiceKind::ALL);
        for name in 0..OPERATIONS {
            let steps = steps(dice, 2);
            let id = model.operation(id, &format!("o{name}"), steps);
            model.at(id).consumes = dice.maybe(queue);
            model.at(id).acks = dice.of(Acks::ALL);
        }
        equip(dice, model.of(id));
    }
    let insert = model.database("db", "insert", Access::Write);
    model.of(insert.service).database.max_connections = dice.maybe(|it| it.of(COUNTS));
    let queues = model.broker("rabbit", &["a", "b", "c"]);
    let topic = Topic { name: "t".into(), to: queues.clone() };
    model.of(queues[0].service).broker.topics.push(topic);
    for id in queues {
        model.queue(id).dead_letter = dice.maybe(queue);
        model.queue(id).max_length = dice.maybe(|_| u64::MAX);
    }
    let cache = model.add("cache", ServiceKind::Cache);
    let entry = CacheEntry { name: "e".into(), ttl: None, size: None, keys: None };
    model.of(cache).cache.entries.push(entry);
    for _ in 0..dice.below(8) {
        let (from, to) = (service(dice), service(dice));
        model.depends(from, to, dice.of(DependencyKind::ALL), dice.of(Criticality::ALL));
    }
    for at in 0..dice.below(3) {
        let journey = model.journey(&format!("j{at}"), operation(dice));
        let (p99, within) = (dice.maybe(|it| ms(it.of(MS))), dice.maybe(|it| ms(it.of(MS))));
        journey.slo = Some(Slo { success: None, p50: None, p95: None, p99, within });
        journey.entry = dice.maybe(operation);
    }
    for monitor in &mut model.practice.monitors {
        monitor.service = dice.maybe(service);
        monitor.runbook = None;
    }
    let code = knockon_audit::codes::ALL[dice.below(31)].id;
    model.allow(code, dice.maybe(|it| it.of(&["s0", "s1 / o0", "j0", "rabbit / a", "?"])));
    model.build()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_system_is_judged(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let system = any_system(&bytes);
        let found = weaknesses(&system);
        prop_assert_eq!(&found, &weaknesses(&any_system(&bytes)));
        for weakness in &found {
            place(&system, weakness.element);
            for (element, says) in &weakness.related {
                place(&system, *element);
                prop_assert!(!says.is_empty());
            }
            prop_assert!(!weakness.message.is_empty() && !weakness.message.ends_with('.'));
            prop_assert!(!weakness.label.is_empty() && !weakness.help.is_empty());
            prop_assert!(weakness.message.len() < 500, "{}", weakness.message);
        }
        let judged = judge(&system);
        let amiss = judged.unused.len() + judged.nowhere.len() + judged.unknown.len();
        prop_assert_eq!(judged.open.len() + judged.allowed.len(), found.len() + amiss);
        text(&system);
    }
}
