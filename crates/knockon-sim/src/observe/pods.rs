//! Pods as the cluster and their nodes see them, whether or not the process inside answers.

use std::sync::Arc;

use crate::engine::Run;
use crate::engine::state::{Phase, Replica};
use crate::pending::Pending;
use crate::program::Service;

use super::bank::{Bank, Known, Writer};
use super::catalogue::Id;
use super::names::{self, Names};

/// What is known of a replica's pod.
#[derive(Debug, Clone)]
pub(super) struct PodSeen {
    pub(super) pod: Arc<str>,
    pub(super) instance: Arc<str>,
    /// The series that others keep of it, and its own.
    pub(super) outside: Bank,
    pub(super) inside: Bank,
    pub(super) breakers: Bank,
    pub(super) store: Bank,
    /// What its processor had counted when its process began.
    base: Usage,
    pub(super) ooms: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    cpu_ns: u64,
    periods: u64,
    throttled_periods: u64,
    throttled_ns: u64,
}

impl Usage {
    fn of(replica: &Replica) -> Self {
        let cpu = replica.cpu.as_ref();
        Self {
            cpu_ns: replica.cpu_usage(),
            periods: cpu.map_or(0, crate::cpu::Cpu::periods),
            throttled_periods: cpu.map_or(0, crate::cpu::Cpu::throttled_periods),
            throttled_ns: cpu.map_or(0, crate::cpu::Cpu::throttled_ns),
        }
    }
}

impl PodSeen {
    pub(super) fn new(names: &Names, version: u32, seed: u64, id: u32, port: u16) -> Self {
        Self {
            pod: names::pod(&names.object, version, seed, id),
            instance: names::instance(id, port),
            outside: Bank::default(),
            inside: Bank::default(),
            breakers: Bank::default(),
            store: Bank::default(),
            base: Usage::default(),
            ooms: 0,
        }
    }

    /// The process begins: the counters of its container are zero.
    pub(super) fn begin(&mut self, replica: &Replica) {
        self.base = Usage::of(replica);
    }
}

/// A pod, for writing its series.
pub(super) struct Pod<'a> {
    pub(super) replica: &'a Replica,
    pub(super) table: &'a Service,
    pub(super) names: &'a Names,
    pub(super) name: Arc<str>,
    base: Usage,
    ooms: u64,
}

impl<'a> Pod<'a> {
    pub(super) fn new(
        replica: &'a Replica,
        table: &'a Service,
        names: &'a Names,
        seen: &PodSeen,
    ) -> Self {
        let name = Arc::clone(&seen.pod);
        Self { replica, table, names, name, base: seen.base, ooms: seen.ooms }
    }

    /// Labels as kube-state-metrics and cAdvisor give them; the name of the container is the service's.
    fn labels(&self, more: &[(&'static str, &str)], job: &str) -> Vec<Known> {
        let names = self.names;
        let mut labels: Vec<Known> = vec![
            ("job", job.into()),
            ("service", Arc::clone(&names.service)),
            ("namespace", Arc::clone(&names.namespace)),
            ("pod", Arc::clone(&self.name)),
        ];
        labels.extend(more.iter().map(|(name, value)| (*name, Arc::from(*value))));
        labels
    }

    fn container(&self, more: &[(&'static str, &str)], job: &str) -> Vec<Known> {
        let mut labels = self.labels(&[("container", &self.names.object)], job);
        labels.extend(more.iter().map(|(name, value)| (*name, Arc::from(*value))));
        labels
    }

    /// What the cluster knows of it.
    pub(super) fn write_cluster(&self, writer: &mut Writer<'_>) {
        let kube = |more: &[(&'static str, &str)]| self.container(more, KUBE);
        let replica = self.replica;
        writer.count(Id::Restarts, u64::from(replica.restarts), || kube(&[]));
        let waits = replica.phase == Phase::BackingOff;
        writer.put(Id::Waiting, waits.then_some(1.0), || kube(&[("reason", "CrashLoopBackOff")]));
        for reason in ["OOMKilled", "Error", "Completed"] {
            let ended = match replica.last_end {
                "" => "",
                "OOMKilled" => "OOMKilled",
                "Completed" => "Completed",
                _ => "Error",
            };
            let is = (ended == reason).then_some(1.0);
            writer.put(Id::Terminated, is, || kube(&[("reason", reason)]));
        }
        for (condition, holds) in [("true", replica.ready), ("false", !replica.ready)] {
            writer.count(Id::Ready, u64::from(holds), || {
                self.labels(&[("condition", condition)], KUBE)
            });
        }
    }

    /// What it is promised and may use now.
    pub(super) fn write_resources(&self, writer: &mut Writer<'_>, memory_limit: Option<u64>) {
        let of = |resource: &'static str, unit: &'static str| {
            self.container(&[("resource", resource), ("unit", unit)], KUBE)
        };
        let cores = |millicores: Option<u64>| millicores.map(|it| it as f64 / 1000.0);
        let bytes = |bytes: Option<u64>| bytes.map(|it| it as f64);
        writer.put(Id::Limits, cores(self.replica.cpu_limit_m), || of("cpu", "core"));
        writer.put(Id::Limits, bytes(memory_limit), || of("memory", "byte"));
        writer.put(Id::Requests, cores(self.table.cpu_request_m), || of("cpu", "core"));
        writer.put(Id::Requests, bytes(self.table.memory.request), || of("memory", "byte"));
    }

    /// What its node measures, while there is a process.
    pub(super) fn write_container(&self, writer: &mut Writer<'_>, memory_bytes: u64) {
        let replica = self.replica;
        let runs = matches!(replica.phase, Phase::Starting | Phase::Up | Phase::Stopping);
        let usage = Usage::of(replica);
        let labels = || self.container(&[], CADVISOR);
        let since = |now: u64, base: u64| runs.then(|| now.saturating_sub(base) as f64);
        let seconds = |now: u64, base: u64| since(now, base).map(|ns| ns / 1e9);
        writer.put(Id::CpuUsage, seconds(usage.cpu_ns, self.base.cpu_ns), labels);
        let limited = |value: Option<f64>| value.filter(|_| replica.cpu.is_some());
        let periods = since(usage.periods, self.base.periods);
        writer.put(Id::CfsPeriods, limited(periods), labels);
        let throttled = since(usage.throttled_periods, self.base.throttled_periods);
        writer.put(Id::CfsThrottled, limited(throttled), labels);
        let throttled = seconds(usage.throttled_ns, self.base.throttled_ns);
        writer.put(Id::CfsThrottledTime, limited(throttled), labels);
        writer.put(Id::WorkingSet, runs.then_some(memory_bytes as f64), labels);
        writer.count(Id::Oom, self.ooms, labels);
    }
}

/// The jobs that read them.
pub(super) const KUBE: &str = "kube-state-metrics";
const CADVISOR: &str = "kubelet";

/// What a service is as a workload of the cluster.
pub(super) fn write_workload<Q: Pending>(
    run: &Run<Q>,
    writer: &mut Writer<'_>,
    names: &Names,
    service: u32,
) {
    let state = &run.services[service as usize];
    let labels = |key: &'static str| {
        vec![
            ("job", Arc::from(KUBE)),
            ("service", Arc::clone(&names.service)),
            ("namespace", Arc::clone(&names.namespace)),
            (key, Arc::clone(&names.object)),
        ]
    };
    let current = run.current_replicas(service);
    let ready = current.iter().filter(|id| run.replicas[**id as usize].ready).count() as u64;
    let (there, wanted) = (current.len() as u64, u64::from(state.wanted));
    let missing = wanted.max(there).saturating_sub(ready);
    writer.count(Id::Replicas, there, || labels("deployment"));
    writer.count(Id::Available, ready, || labels("deployment"));
    writer.count(Id::Unavailable, missing, || labels("deployment"));
    writer.count(Id::SpecReplicas, wanted, || labels("deployment"));
    let Some(autoscaler) = &run.table(service).autoscaler else { return };
    let labels = || labels("horizontalpodautoscaler");
    writer.count(Id::HpaMin, u64::from(autoscaler.min), labels);
    writer.count(Id::HpaMax, u64::from(autoscaler.max), labels);
    writer.count(Id::HpaCurrent, there, labels);
    writer.count(Id::HpaDesired, u64::from(state.autoscaler_limited), labels);
}
