//! Replicas, probes, autoscalers, pools.

use knockon_core::*;

use crate::model::*;

/// Journey `checkout` enters at `web / buy`, which needs `orders / create` and `db / insert`, and may
/// do without `tips / show`. Each but the database runs three times, with a readiness probe that
/// looks at what is behind.
fn shop(change: impl Fn(&mut Model)) -> Model {
    let mut model = Model::new();
    let [web, orders, tips] = ["web", "orders", "tips"].map(|name| model.service(name));
    let insert = model.database("db", "insert", Access::Write);
    let create = model.operation(orders, "create", vec![query(insert)]);
    let show = model.operation(tips, "show", vec![compute(1)]);
    let buy = vec![compute(4), call(create), call(show).or_skip()];
    let buy = model.operation(web, "buy", buy);
    for id in [web, orders, tips] {
        model.of(id).runs = runs(3);
        model.of(id).probes.readiness = Some(probe());
    }
    model.of(orders).probes.readiness.as_mut().unwrap().checks = vec![insert.service];
    model.journey("checkout", buy);
    change(&mut model);
    model
}

const WEB: usize = 0;
const ORDERS: usize = 1;
const TIPS: usize = 2;
const DB: usize = 3;

#[test]
fn a_sound_shop_has_no_weakness() {
    silent(shop(|_| {}));
}

#[test]
fn a_readiness_probe_that_looks_at_nothing() {
    let shallow = |it: &mut Model| it.services[ORDERS].probes.readiness = Some(probe());
    check(
        shop(shallow),
        r"
K0410 orders probes: `orders` says it is ready when `db` is gone, without which it can answer nothing [looks only at itself]
  + db: not looked at
  = let the readiness probe ask it: `checks: [db]`
  = the readiness probe only: a liveness probe that looks behind restarts what is well
",
    );
    // One operation does without the database.
    silent(shop(|it| {
        shallow(it);
        it.operation(ServiceId::from_index(ORDERS), "ping", vec![compute(1)]);
    }));
    // Consumers are not asked.
    check(
        shop(|it| {
            shallow(it);
            it.operation(ServiceId::from_index(ORDERS), "tidy", vec![compute(1)]);
            it.services[ORDERS].operations[1].every = Some(ms(1_000));
        }),
        r"
K0410 orders probes: `orders` says it is ready when `db` is gone, without which it can answer nothing [looks only at itself]
  + db: not looked at
  = let the readiness probe ask it: `checks: [db]`
  = the readiness probe only: a liveness probe that looks behind restarts what is well
",
    );
    check(
        shop(|it| {
            let legacy = it.service("legacy");
            it.of(legacy).probes.readiness = Some(probe());
            let db = ServiceId::from_index(DB);
            it.depends(legacy, db, DependencyKind::Read, Criticality::Critical);
        }),
        r"
K0410 legacy probes: `legacy` says it is ready when `db` is gone, without which it can answer nothing [looks only at itself]
  + db: not looked at
  = let the readiness probe ask it: `checks: [db]`
  = the readiness probe only: a liveness probe that looks behind restarts what is well
",
    );
}

#[test]
fn replicas_without_a_readiness_probe() {
    check(
        shop(|it| it.services[ORDERS].probes = Probes::default()),
        r"
K0411 orders runs: a new replica of `orders` gets requests while it starts, for 10s [no readiness probe]
  = ask each replica whether it can serve: `probes: { readiness: { get: /ready } }`
",
    );
    silent(shop(|it| it.services[TIPS].probes = Probes::default()));
    silent(shop(|it| {
        it.services[ORDERS].probes = Probes { startup: Some(probe()), ..Probes::default() };
    }));
    check(
        shop(|it| it.services.iter_mut().for_each(|it| it.probes = Probes::default())),
        r"
K0411 system: none of the 2 replicated services under a journey has a readiness probe [no probes]
  = ask each replica whether it can serve: `probes: { readiness: { get: /ready } }`
",
    );
}

#[test]
fn liveness_probes_that_do_harm() {
    let slow = |it: &mut Model, start_ms| {
        it.services[WEB].runs.as_mut().unwrap().start = ms(start_ms);
        it.services[WEB].probes.liveness = Some(probe());
    };
    check(
        shop(|it| slow(it, 45_000)),
        r"
K0424 web probes: the liveness probe of `web` restarts a replica after 20s, and it needs 45s to start: it never gets there [ends every start]
  = give it time to start: `startup: { get: /live, every: 10s, failures: 9 }`
",
    );
    silent(shop(|it| slow(it, 20_000)));
    silent(shop(|it| {
        slow(it, 45_000);
        it.services[WEB].probes.startup = Some(Probe { failures: 10, ..probe() });
    }));
    check(
        shop(|it| {
            slow(it, 45_000);
            it.services[WEB].probes.startup = Some(Probe { failures: 4, ..probe() });
        }),
        r"
K0424 web probes: the startup probe of `web` restarts a replica after 30s, and it needs 45s to start: it never gets there [ends every start]
  = give it time to start: `startup: { get: /live, every: 10s, failures: 9 }`
",
    );
    check(
        shop(|it| {
            let checks = vec![ServiceId::from_index(DB), ServiceId::from_index(ORDERS)];
            it.services[ORDERS].probes.liveness = Some(Probe { checks, ..probe() });
        }),
        r"
K0426 orders probes: every replica of `orders` is restarted when `db` is down [looks behind]
  = move the `checks` to the readiness probe: a restart here mends nothing there
",
    );
}

/// The shop with an autoscaler on one service, which runs on something else as well.
fn scaled(service: usize, targets: ScalingTargets, change: &dyn Fn(&mut Runs)) -> Model {
    shop(|it| {
        it.services[service].autoscaler = autoscaler(targets);
        change(it.services[service].runs.as_mut().unwrap());
    })
}

#[test]
fn an_autoscaler_that_does_not_follow_the_load() {
    let none = ScalingTargets::default();
    let percent = Some(Share { percent: 70.0 });
    let (cpu, memory) =
        (ScalingTargets { cpu: percent, ..none }, ScalingTargets { memory: percent, ..none });
    let core = CpuBounds { limit: Some(Cpu { millicores: 1_000 }), request: None };
    let bytes = |per_request| MemoryBounds {
        limit: Some(Bytes { count: 1 << 30 }),
        request: None,
        idle: None,
        per_request,
    };
    check(
        scaled(WEB, none, &|_| {}),
        r"
K0412 web autoscaler: the autoscaler of `web` does not follow the load: it has no target [does not follow the load]
  = scale on what grows with the load: `targets: { requests: 50/s }`, or on `cpu` with a request
",
    );
    check(
        scaled(WEB, cpu, &|_| {}),
        r"
K0412 web autoscaler: the autoscaler of `web` does not follow the load: `cpu` is a share of a request that is not there [does not follow the load]
  = scale on what grows with the load: `targets: { requests: 50/s }`, or on `cpu` with a request
",
    );
    silent(scaled(WEB, cpu, &|it| it.cpu = Some(core)));
    check(
        scaled(ORDERS, cpu, &|it| it.cpu = Some(core)),
        r"
K0412 orders autoscaler: the autoscaler of `orders` does not follow the load: `cpu` stays where it is: no step computes [does not follow the load]
  = scale on what grows with the load: `targets: { requests: 50/s }`, or on `cpu` with a request
",
    );
    check(
        scaled(WEB, memory, &|it| it.memory = Some(bytes(None))),
        r"
K0412 web autoscaler: the autoscaler of `web` does not follow the load: `memory` stays where it is: no request is known to need any [does not follow the load]
  = scale on what grows with the load: `targets: { requests: 50/s }`, or on `cpu` with a request
  = or say what a request needs: `memory: { per_request: 2Mi }`
",
    );
    silent(scaled(WEB, memory, &|it| it.memory = Some(bytes(Some(Bytes { count: 1 })))));
    let mebi = |count: u64| Some(Bytes { count: count << 20 });
    let busy = |workers| {
        scaled(WEB, memory, &move |it| {
            let idle = mebi(140);
            it.memory =
                Some(MemoryBounds { limit: mebi(300), request: None, idle, per_request: mebi(1) });
            it.workers = Some(workers);
        })
    };
    silent(busy(70));
    check(
        busy(40),
        r"
K0412 web autoscaler: the autoscaler of `web` does not follow the load: `memory` is at 60% of the request when every worker is busy, and the target is 70% [does not follow the load]
  = scale on what grows with the load: `targets: { requests: 50/s }`, or on `cpu` with a request
  = or say what a request needs: `memory: { per_request: 2Mi }`
",
    );
    silent(scaled(WEB, ScalingTargets { cpu: percent, ..memory }, &|it| {
        (it.cpu, it.memory) = (Some(core), Some(bytes(None)));
    }));
}

#[test]
fn an_autoscaler_with_a_target_without_a_value() {
    let none = ScalingTargets::default();
    let cpu = ScalingTargets { cpu: Some(Share { percent: 70.0 }), ..none };
    let requests = Some(Rate { per_hour: 3_600.0 });
    check(
        scaled(WEB, ScalingTargets { requests, backlog: Some(30), ..none }, &|_| {}),
        r"
K0412 web autoscaler: the autoscaler of `web` has a target without a value: `backlog` has no queue: it consumes nothing [a target without a value]
  = take `backlog` out of the `targets`
",
    );
    silent(scaled(WEB, ScalingTargets { requests, ..none }, &|_| {}));
    check(
        scaled(WEB, ScalingTargets { requests, ..cpu }, &|_| {}),
        r"
K0412 web autoscaler: the autoscaler of `web` has a target without a value: `cpu` is a share of a request that is not there [a target without a value]
  = take the target away, or say what it is a share of: `cpu: { limit: 1, request: 500m }`
",
    );
    check(
        shop(|it| {
            it.services[TIPS].autoscaler = autoscaler(ScalingTargets { requests, ..none });
            it.services[TIPS].operations[0].every = Some(ms(1_000));
        }),
        r"
K0412 tips autoscaler: the autoscaler of `tips` does not follow the load: `requests` stay at none: all its work comes from queues or the clock [does not follow the load]
  = scale on what grows with the load: `targets: { requests: 50/s }`, or on `cpu` with a request
",
    );
}

#[test]
fn a_single_replica_under_a_journey() {
    check(
        shop(|it| it.services[ORDERS].runs = runs(1)),
        r"
K0415 orders runs: journey `checkout` stops with the only replica of `orders` [the only one]
  + journey checkout: stops with it
  = run two: `runs: { replicas: 2 }`
",
    );
    check(
        shop(|it| it.services[DB].runs = runs(1)),
        r"
K0415 db runs: journey `checkout` stops with the only replica of `db` [the only one]
  + journey checkout: stops with it
  = keep a copy that takes over: `read_replicas: { count: 1 }` with `failover: { after: 30s }`
",
    );
    silent(shop(|it| it.services[TIPS].runs = runs(1)));
    silent(shop(|it| {
        it.services[DB].runs = runs(1);
        it.services[DB].failover = Some(Failover { after: ms(30_000), to: None });
    }));
    silent(shop(|it| {
        it.services[DB].runs = runs(1);
        it.services[DB].database.read_replicas = Some(ReadReplicas { count: 1, lag: ms(10) });
    }));
    silent(shop(|it| {
        it.services[WEB].runs = runs(1);
        let requests = Some(Rate { per_hour: 3_600.0 });
        it.services[WEB].autoscaler =
            autoscaler(ScalingTargets { requests, ..ScalingTargets::default() });
    }));
    // By what is declared, where no step says more.
    check(
        shop(|it| {
            let (cache, node) = (it.add("cache", ServiceKind::Cache), it.service("node"));
            (it.of(cache).runs, it.of(node).runs) = (runs(1), runs(1));
            let db = ServiceId::from_index(DB);
            it.depends(db, cache, DependencyKind::Read, Criticality::Critical);
            it.depends(db, node, DependencyKind::RunsOn, Criticality::Critical);
        }),
        r"
K0415 cache runs: journey `checkout` stops with the only replica of `cache` [the only one]
  + journey checkout: stops with it
  = run two: `runs: { replicas: 2 }`
  = or do without it for a while: `fallback: skip` beside the `get`
",
    );
    silent(shop(|it| {
        let cache = it.add("cache", ServiceKind::Cache);
        it.of(cache).runs = runs(1);
        let db = ServiceId::from_index(DB);
        it.depends(db, cache, DependencyKind::Read, Criticality::Degrades);
    }));
}

#[test]
fn an_outbox_outlives_its_broker() {
    let published = |outbox: bool| {
        shop(|it| {
            let jobs = it.broker("rabbit", &["jobs"])[0];
            it.of(jobs.service).runs = runs(1);
            let (channel, db) = (Channel::Queue(jobs), ServiceId::from_index(DB));
            let outbox = outbox.then_some(db);
            let publish = Action::Publish { channel, confirms: true, outbox };
            it.services[WEB].operations[0].steps.push(step(publish).timeout(1_000));
        })
    };
    silent(published(true));
    let found = text(&published(false).build());
    assert!(found.contains("K0415 rabbit runs:") && found.contains("K0410 web probes:"), "{found}");
}

#[test]
fn pools_larger_than_the_database() {
    let pooled = |size, max_connections| {
        shop(|it| {
            let to = ServiceId::from_index(DB);
            let pool = Pool { to, size, idle: None, wait: None, lifetime: None };
            it.services[ORDERS].pools = vec![pool];
            it.services[WEB].pools = vec![Pool { size: 10, ..pool }];
            it.services[DB].database.max_connections = max_connections;
        })
    };
    check(
        pooled(100, Some(200)),
        r"
K0420 db max_connections: `db` accepts 200 connections, and its users may open 330: 3 × 100 of `orders` and 3 × 10 of `web` [refuses the rest]
  + orders pools: 300 connections
  + web pools: 30 connections
  = smaller pools: a `size` of 33 fits if all are alike
  = or a larger server: `max_connections: 340`
",
    );
    silent(pooled(56, Some(198)));
    silent(pooled(100, None));
}

#[test]
fn a_rollout_that_takes_every_replica() {
    let rolled = |service: usize, max_unavailable| {
        shop(|it| {
            let rollout = Rollout { max_unavailable, max_surge: 0 };
            it.services[service].runs.as_mut().unwrap().rollout = Some(rollout);
        })
    };
    check(
        rolled(WEB, 3),
        r"
K0428 web runs: a rollout of `web` may take away all of its 3 replicas: journey `checkout` stops [takes all at once]
  + journey checkout: stops meanwhile
  = start the new before the old is gone: `rollout: { max_unavailable: 0, max_surge: 1 }`
",
    );
    silent(rolled(WEB, 2));
    silent(rolled(TIPS, 3));
}
