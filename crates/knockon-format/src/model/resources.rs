//! What a service runs on.

use std::time::Duration;

use knockon_core::{
    Autoscaler, CpuBounds, Failover, MemoryBounds, Pool, Probe, Probes, RestartPolicy, Rollout,
    Runs, Scaling, ScalingPolicy, ScalingSelect, ScalingTargets, ServiceId, System,
};

use crate::codec::{
    Any, CpuAmount, List, Memory, One, PerTime, Port, Positive, Ratio, ServiceName, Text, Time,
    Word, body_of, push, short,
};
use crate::context::Context;
use crate::keys::Form;
use crate::reader::Field;
use crate::record::{Codec, Record, record, table};
use crate::write::Yaml;

record! {
    Runs: "runs", "What a service runs on." {
        replicas: Any, default("1"), "3", "How many copies of it run.", ["instances", "scale"];
        cpu: One<CpuBounds>, optional, "500m", "The processor time of one replica.",
            ["cpus", "processor"];
        memory: One<MemoryBounds>, optional, "512Mi", "The memory of one replica.", ["mem", "ram"];
        workers: Positive, optional, "64",
            "How many requests one replica works on at once; no bound without it.",
            ["threads", "concurrency"];
        backlog: Any, optional, "100",
            "How many requests may wait for a worker of one replica; more are refused. No bound without it.",
            ["queue", "accept-queue"];
        start: Time, default("10s"), "30s", "From the start of a replica until it can serve.",
            ["startup", "start-time", "boot"];
        restart: Word<RestartPolicy>, default("always"), "on-failure",
            "What becomes of a replica that ended.", ["restart-policy"];
        rollout: One<Rollout>, optional, "{ max_unavailable: 1, max_surge: 1 }",
            "How a new version replaces the old one.", ["strategy", "update", "deploy"];
    }
}

record! {
    CpuBounds: "cpu", "Processor time that one replica is promised and may use.", short "limit" {
        limit: CpuAmount, optional, "1", "What it may use at most, in cores or thousandths (`m`).",
            ["limits", "max"];
        request: CpuAmount, optional, "500m",
            "What it is promised; what an autoscaler counts in percent of.",
            ["requests", "reservation", "min"];
    }
}

record! {
    MemoryBounds: "memory", "Memory that one replica is promised, may use and does use.",
        short "limit"
    {
        limit: Memory, optional, "1Gi", "Above this it is killed.", ["limits", "max"];
        request: Memory, optional, "512Mi",
            "What it is promised; what an autoscaler counts in percent of.",
            ["requests", "reservation", "min"];
        idle: Memory, optional, "200Mi", "What it uses when nothing happens.", ["base", "baseline"];
        per_request: Memory, optional, "2Mi", "What each request in progress adds.",
            ["each", "request-memory"];
    }
}

record! {
    Rollout: "rollout", "How a new version replaces the old one." {
        max_unavailable: Any, default("1"), "0", "How many replicas may be missing meanwhile.";
        max_surge: Any, default("1"), "1", "How many replicas may be there in addition.";
    }
}

record! {
    Probes: "probes", "How it is found out whether a replica lives, and whether it can serve." {
        liveness: One<Probe>, optional, "{ get: /health, delay: 30s }",
            "A replica that fails it is restarted.", ["live", "liveness-probe", "healthcheck"];
        readiness: One<Probe>, optional, "{ get: /ready, checks: [orders-db] }",
            "A replica that fails it gets no requests.", ["ready", "readiness-probe"];
        startup: One<Probe>, optional, "{ get: /health, failures: 30 }",
            "The other two wait until it held once.", ["startup-probe"];
    }
}

record! {
    Probe: "probe", "A question asked of a replica again and again." {
        get: Text, optional, "/health", "The path of an HTTP request.", ["http", "path", "http-get"];
        tcp: Port, optional, "5432", "The port of a TCP connection.", ["tcp-socket"];
        exec: Text, optional, "pg_isready", "A command inside of the replica.", ["command", "test"];
        grpc: Port, optional, "9000", "The port of a gRPC health check.";
        port: Port, optional, "8080", "The port of the HTTP request.";
        delay: Time, default("0s"), "30s", "From the start of the replica until the first time.",
            ["initial-delay-seconds", "start-period"];
        every: Time, default("10s"), "5s", "From one time to the next.",
            ["period", "interval", "period-seconds"];
        timeout: Time, default("1s"), "2s", "Without an answer for so long it failed.",
            ["timeout-seconds"];
        failures: Positive, default("3"), "5", "After so many failures in a row something is done.",
            ["failure-threshold", "retries"];
        successes: Positive, default("1"), "2", "After so many successes in a row it holds again.",
            ["success-threshold"];
        checks: List<ServiceName>, several, "[orders-db]",
            "The services that it looks at behind the one it asks.", ["depends-on", "behind"];
    }
}

record! {
    Autoscaler: "autoscaler", "Changes the number of replicas with the load, as Kubernetes does." {
        min: Any, default("1"), "2", "The fewest replicas.", ["min-replicas"];
        max: Positive, required, "10", "The most replicas.", ["max-replicas"];
        targets: One<ScalingTargets>, required, "{ cpu: 70% }",
            "What it tries to keep where; the metric that asks for most replicas wins.",
            ["metrics", "target", "metric"];
        up: One<Scaling>, optional, "{ window: 0s }", "How it adds replicas.", ["scale-up"];
        down: One<Scaling>, optional, "{ window: 5min }", "How it takes replicas away.",
            ["scale-down"];
    }
}

record! {
    ScalingTargets: "target", "What an autoscaler tries to keep where." {
        cpu: Ratio, optional, "70%", "Processor time, in percent of the request.";
        memory: Ratio, optional, "80%", "Memory, in percent of the request.";
        requests: PerTime, optional, "50/s", "Requests of one replica.", ["rps"];
        backlog: Positive, optional, "30", "Messages waiting, for one replica.",
            ["queue", "messages"];
    }
}

record! {
    Scaling: "scaling rule", "How fast an autoscaler may go in one direction.", short "window" {
        window: Time, optional, "5min",
            "Over this time it takes the most cautious of its own recommendations.",
            ["stabilization-window-seconds", "cooldown"];
        select: Word<ScalingSelect>, default("max"), "min", "Which of the policies counts.",
            ["select-policy"];
        policies: List<One<ScalingPolicy>>, several, "[{ pods: 4, period: 15s }]",
            "How much may change in which time.";
    }
}

record! {
    ScalingPolicy: "scaling policy", "How much may change in which time." {
        pods: Positive, optional, "4", "So many replicas.";
        percent: Ratio, optional, "100%", "This part of the replicas there are.";
        period: Time, default("15s"), "1min", "In this time.", ["period-seconds"];
    }
}

record! {
    Failover: "failover", "What takes over when a service is gone.", short "after" {
        after: Time, required, "30s", "How long it takes.", ["time", "takes"];
        to: ServiceName, derived("a database promotes a replica"), "orders-db-2",
            "Who takes over.", ["standby", "target"];
    }
}

/// A body under `pools`.
#[derive(Debug)]
pub(crate) struct PoolBody {
    size: u32,
    idle: Option<u32>,
    wait: Option<Duration>,
    lifetime: Option<Duration>,
}

record! {
    PoolBody: "pool", "Connections that one replica keeps to another service.", short "size" {
        size: Positive, required, "100", "How many connections it opens at most.",
            ["max", "max-open", "max-connections"];
        idle: Any, optional, "10", "How many stay open unused.", ["min-idle", "max-idle"];
        wait: Time, optional, "30s",
            "How long a request waits for a connection before it fails; for ever without it.",
            ["timeout", "connection-timeout"];
        lifetime: Time, optional, "1h", "After this time a connection is replaced.",
            ["max-lifetime"];
    }
}

/// A mapping from services to the pools kept to them.
pub(crate) struct Pools;

impl Codec for Pools {
    type Out = Vec<Pool>;
    const FORM: Form = Form::Map(&Form::Body(table::<PoolBody>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<Pool>> {
        let mut pools = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let to: Option<ServiceId> = cx.refer_service(&entry.key, entry.key_span);
            let body = body_of::<PoolBody>(&entry.key, entry.key_span, &entry.value, cx);
            push(
                &mut pools,
                to.zip(body).map(|(to, body)| {
                    let PoolBody { size, idle, wait, lifetime } = body;
                    Pool { to, size, idle, wait, lifetime }
                }),
            );
        }
        pools
    }

    fn write(value: &Vec<Pool>, system: &System) -> Yaml {
        let one = |pool: &Pool| {
            let Pool { to, size, idle, wait, lifetime } = *pool;
            let body = PoolBody { size, idle, wait, lifetime };
            (system.service(to).name.clone(), short(body.write(system), PoolBody::TABLE.short))
        };
        Yaml::Map(value.iter().map(one).collect())
    }
}
