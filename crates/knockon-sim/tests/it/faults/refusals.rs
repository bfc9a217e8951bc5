//! Timelines that cannot be played: every mistake at once, each naming the thing.

use knockon_core::{Bytes, ScalingTargets};
use knockon_sim::action::{Action, QueueLimits};
use knockon_sim::fault::{
    CacheFull, ConsumersStopped, Crash, DatabaseFailover, DatabaseSlow, DemandSpike, Errors, Kind,
    Latency, NameNotFound, Names, Partition, PoolCut, QueuePolicy, Traffic, WrongMetric,
};

use super::service as find;
use super::*;

const SHOP: &str = "
system: shop
cohorts: { store: { members: { north: 50%, south: 50% } }, brand: { members: { red: 100% } } }
services:
  front-end: { operations: { page: [query: db / read] } }
  db: { kind: database, queries: { read: { cpu: 1ms } } }
  rabbit: { kind: broker, queues: { mails: {} } }
  zone: { kind: platform }
journeys: { visit: { stages: [done: front-end / page], demand: 1/s, by: [store] } }
";

fn errors(timeline: impl FnOnce(&System) -> Vec<Happening>) -> Vec<String> {
    let system = system(SHOP);
    let plan = Plan { timeline: timeline(&system), ..Plan::default() };
    match Run::<knockon_sim::pending::QuadHeap>::new(&system, plan) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let found = errors(|system| {
        let service = |name| find(system, name);
        let nobody = ServiceId::from_index(17);
        let (front, db) = (service("front-end"), service("db"));
        let all: Vec<Kind> = vec![
            DatabaseSlow { database: front, cpu: 2.0, io: f64::NAN }.into(),
            Crash { service: nobody }.into(),
            Crash { service: service("zone") }.into(),
            CacheFull { cache: db, to: Bytes { count: 1 } }.into(),
            DatabaseFailover { database: db }.into(),
            ConsumersStopped { service: front }.into(),
            DemandSpike { journey: 3, extra: per_hour(1.0) }.into(),
            Errors { on: Traffic::to(db), share: percent(120.0) }.into(),
            Partition { between: [db, db] }.into(),
            PoolCut { service: front, to: db, size: None }.into(),
            NameNotFound { of: Names::On(service("zone")) }.into(),
            QueuePolicy {
                queue: QueueId::new(service("rabbit"), 4),
                limits: QueueLimits::default(),
            }
            .into(),
            WrongMetric { service: front, targets: ScalingTargets::default() }.into(),
            DemandSpike { journey: 0, extra: Demand::None }.into(),
            DemandSpike { journey: 0, extra: Demand::Times(vec![s(1)]) }.into(),
            DemandSpike { journey: 0, extra: Demand::Closed { users: 0, think: s(1) } }.into(),
            DemandSpike { journey: 0, extra: per_hour(0.0) }.into(),
        ];
        (0..).zip(all).map(|(at, kind)| Happening::fault(s(at), Fault::new(kind))).collect()
    });
    assert_eq!(
        found,
        [
            "`database slow` at 0 s: `front-end` is a service, no database; name a service with `kind: database`",
            "`database slow` at 0 s: NaN is no factor; a number above 0",
            "`crash` at 1 s: there is no service 17; the system has 4 services",
            "`crash` at 2 s: `zone` is a platform; name a service that has processes",
            "`cache full` at 3 s: `db` is a database, no cache; name a service with `kind: cache`",
            "`database failover` at 4 s: nobody takes over for `db`; give it `failover` or `read_replicas`",
            "`consumers stopped` at 5 s: `front-end` consumes from no queue; name a service with an operation that `consumes`",
            "`demand spike` at 6 s: there is no journey 3; the system has 1 journeys",
            "`errors` at 7 s: 120 % is no part of requests; more than 0 %, and 100 % at most",
            "`partition` at 8 s: `db` cannot be parted from itself; name two services",
            "`pool cut` at 9 s: `front-end` keeps no pool of connections to `db`; give `front-end` one under `pools`",
            "`name not found` at 10 s: nothing runs on `zone`; name it under `runs_on`",
            "`queue policy` at 11 s: `rabbit` has no queue 4; name one of its queues",
            "`wrong metric` at 12 s: `front-end` has no autoscaler; give it one under `autoscaler`",
            "`wrong metric` at 12 s: it names nothing to go by; name a target",
            "`demand spike` at 13 s: it is neither a rate nor a number of users; name one of them",
            "`demand spike` at 14 s: it is neither a rate nor a number of users; name one of them",
            "`demand spike` at 15 s: no users are no demand; more than none",
            "`demand spike` at 16 s: 0 an hour is no demand; more than none",
        ]
    );
}

#[test]
fn shapes_that_make_no_sense_are_refused() {
    let found = errors(|system| {
        let crash = Crash { service: service(system, "db") };
        let on = Traffic::to(service(system, "db"));
        let slow = Latency { on, adds: s(1), spread: knockon_core::Spread::None };
        let of = |shape, kind: Kind| Happening::fault(s(1), Fault { shape, kind });
        let default = Shape::default();
        let flap = knockon_sim::fault::Flap { on: s(1), off: s(0) };
        vec![
            of(Shape { member: Some(member(0, 0)), ..default }, crash.into()),
            of(Shape { member: Some(member(0, 2)), ..default }, slow.into()),
            of(Shape { member: Some(member(1, 0)), ..default }, slow.into()),
            of(Shape { member: Some(member(2, 0)), ..default }, slow.into()),
            of(Shape { replicas: percent(0.0), ..default }, crash.into()),
            of(Shape { flap: Some(flap), ..default }, crash.into()),
            of(Shape { lasts: Some(s(0)), ..default }, crash.into()),
            Happening::action(s(2), Action::Lift { origin: 10 }),
            Happening::action(s(2), Action::Flush { cache: service(system, "db") }),
        ]
    });
    assert_eq!(
        found,
        [
            "`crash` at 1 s: it cannot hit one member of a cohort; leave the member away: it hits everybody",
            "`latency` at 1 s: cohort `store` has no member 2; it has 2",
            "`latency` at 1 s: no journey's users differ by cohort `brand`; give a journey `by: [brand]`",
            "`latency` at 1 s: there is no cohort 2; the system has 2 cohorts",
            "`crash` at 1 s: 0 % is no share of replicas; more than 0 %, and 100 % at most",
            "`crash` at 1 s: it flaps without time passing; give both times a length",
            "`crash` at 1 s: it lasts no time; give it a length of time, or leave that away",
            "`lift` at 2 s: there is no fault or action 10; there are 9",
            "`flush` at 2 s: `db` is a database, no cache; name a service with `kind: cache`",
        ]
    );
}

#[test]
fn a_replay_of_what_holds_no_dead_letters_is_refused() {
    let check = |queues: &str, name: &str, expected: &[&str]| {
        let system = system(&SHOP.replace("mails: {}", queues));
        let queue = queue(&system, "rabbit", name);
        let timeline = vec![Happening::action(s(2), Action::Replay { queue })];
        let plan = Plan { timeline, ..Plan::default() };
        let found: Vec<String> = (Run::<knockon_sim::pending::QuadHeap>::new(&system, plan).err())
            .map(|all| all.iter().map(ToString::to_string).collect())
            .unwrap_or_default();
        assert_eq!(found, expected, "{queues}");
    };
    let none = "`replay` at 2 s: `rabbit / mails` is the `dead_letter` of no queue, so that it holds \
                nothing to replay; give a queue a `dead_letter`";
    check("mails: {}", "mails", &[none]);
    let some = "`replay` at 2 s: `rabbit / mails` is the `dead_letter` of no queue, so that it holds \
                nothing to replay; name `rabbit / left` or `rabbit / dead`";
    let queues = "mails: { dead_letter: left }, left: {}, orders: { dead_letter: dead }, \
                  parcels: { dead_letter: dead }, dead: {}";
    check(queues, "mails", &[some]);
    check(queues, "left", &[]);
    check(queues, "dead", &[]);
}

#[test]
fn the_reference_names_every_kind() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/faults.md");
    let text = std::fs::read_to_string(path).unwrap();
    let named: Vec<&str> =
        (text.lines()).filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    for word in Kind::WORDS {
        assert!(named.contains(word), "no row for `{word}`");
    }
}
