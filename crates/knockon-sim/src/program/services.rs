//! The tables of services: what each runs on.

use knockon_core::{Criticality, DependencyKind, Probe as ProbeOf, Service as ServiceOf, System};

use super::compile::{EVICTION, service_index};
use super::tables::{FailoverTo, Memory, NONE, Platform, PoolOf, Probe, Rollout, Service};
use crate::clock::nanos;

/// One table for each service, then one for the read replicas of each database that has any.
pub(super) fn tables(system: &System) -> Vec<Service> {
    let mut tables: Vec<Service> =
        system.service_ids().map(|id| table(system.service(id), id, system)).collect();
    for (at, service) in system.services().iter().enumerate() {
        let Some(replicas) = service.database.read_replicas else { continue };
        let copies = u32::try_from(tables.len()).unwrap_or(NONE);
        let mut copy = tables[at].clone();
        copy.name = format!("{} replica", service.name);
        copy.copy_of = Some(service_index(copy.id));
        copy.replicas = replicas.count;
        copy.lag_ns = nanos(replicas.lag);
        copy.failover = None;
        copy.autoscaler = None;
        tables[at].copies = Some(copies);
        tables[at].lag_ns = copy.lag_ns;
        tables.push(copy);
    }
    tables
}

fn table(service: &ServiceOf, id: knockon_core::ServiceId, system: &System) -> Service {
    let runs = service.runs.clone().unwrap_or_default();
    // What somebody else runs, and what a journey starts in, has all the capacity it needs.
    let cpu = runs.cpu;
    let memory = runs.memory;
    Service {
        id,
        name: service.name.clone(),
        kind: service.kind,
        copy_of: None,
        copies: None,
        lag_ns: 0,
        replicas: runs.replicas,
        cpu_limit_m: cpu.and_then(|cpu| cpu.limit).map(|limit| limit.millicores),
        cpu_request_m: (cpu.and_then(|cpu| cpu.request.or(cpu.limit))).map(|it| it.millicores),
        memory: Memory {
            limit: memory.and_then(|it| it.limit).map(|it| it.count),
            request: memory.and_then(|it| it.request.or(it.limit)).map(|it| it.count),
            idle: memory.and_then(|it| it.idle).map_or(0, |it| it.count),
            per_request: memory.and_then(|it| it.per_request).map_or(0, |it| it.count),
        },
        workers: runs.workers.unwrap_or(u32::MAX),
        backlog: runs.backlog.unwrap_or(u32::MAX),
        start_ns: nanos(runs.start),
        restart: runs.restart,
        rollout: rollout(&runs),
        liveness: service.probes.liveness.as_ref().map(probe),
        readiness: service.probes.readiness.as_ref().map(probe),
        startup: service.probes.startup.as_ref().map(probe),
        autoscaler: service.autoscaler.clone(),
        pools: (service.pools.iter())
            .map(|pool| PoolOf {
                to: service_index(pool.to),
                size: pool.size,
                idle: pool.idle,
                wait_ns: pool.wait.map(nanos),
                lifetime_ns: pool.lifetime.map(nanos),
            })
            .collect(),
        failover: service.failover.map(|failover| FailoverTo {
            after_ns: nanos(failover.after),
            to: failover.to.map_or(NONE, service_index),
        }),
        max_connections: service.database.max_connections.unwrap_or(u32::MAX),
        eviction: service.cache.eviction.unwrap_or(EVICTION),
        version: service.version.clone().unwrap_or_default(),
        operations: 0..0,
        consumers: Vec::new(),
        guards: 0,
        runs_on: platforms(id, system),
        ping: NONE,
    }
}

/// As written, or a quarter of the replicas each way as Kubernetes does
/// (<https://kubernetes.io/docs/concepts/workloads/controllers/deployment/>): what may be missing is
/// rounded down, what may be there in addition up.
fn rollout(runs: &knockon_core::Runs) -> Rollout {
    match runs.rollout {
        Some(it) => Rollout { max_unavailable: it.max_unavailable, max_surge: it.max_surge },
        None => Rollout {
            max_unavailable: runs.replicas / 4,
            max_surge: runs.replicas.div_ceil(4).max(1),
        },
    }
}

fn platforms(id: knockon_core::ServiceId, system: &System) -> Vec<Platform> {
    let of = system.dependencies().iter().filter(|it| it.from == id);
    of.filter(|it| it.kind == DependencyKind::RunsOn)
        .map(|it| Platform {
            service: service_index(it.to),
            optional: it.criticality != Criticality::Critical,
        })
        .collect()
}

/// The operation that it asks is filled in when there are operations.
fn probe(probe: &ProbeOf) -> Probe {
    Probe {
        operation: NONE,
        delay_ns: nanos(probe.delay),
        every_ns: nanos(probe.every).max(1),
        timeout_ns: nanos(probe.timeout),
        failures: probe.failures,
        successes: probe.successes,
    }
}
