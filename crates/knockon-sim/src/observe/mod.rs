//! What can be seen of a run from outside: metrics as exporters give them, lines of logs, traces,
//! events of the cluster, changes. None of it knows the truth.
//!
//! Processes count what they do where they do it (`cells.rs`). At each scrape every target that answers
//! is read, and its values are put at the end of its columns; a target that is down leaves a gap.
//! Everything has the names that it has in production, so that a rule written there works here.

mod bank;
mod catalogue;
mod cells;
mod cohorts;
mod data;
mod exposition;
mod logs;
mod members;
mod names;
mod pods;
mod scrape;
mod services;
mod spans;
mod stores;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use knockon_core::ServiceKind;

use crate::change::{Change, ChangeKind};
use crate::engine::Run;
use crate::engine::frame::{Frame, Outcome};
use crate::pending::Pending;
use crate::plan::Plan;
use crate::program::{NONE, Program, Site, Sort};

use bank::Bank;
use cells::{Cells, WAYS};
use names::Names;
use pods::PodSeen;

pub use catalogue::{METRICS, Metric, MetricKind};
pub use data::{
    Attribute, ChangeEvent, ClusterEvent, Family, Kind, Label, Level, LogLine, Observation, Series,
    Span, SpanId, SpanKind, TraceId,
};
pub use exposition::openmetrics;
pub(crate) use stores::consumers;

/// What an event of the cluster is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Involved {
    /// A replica, by its index.
    Replica(u32),
    /// A service, by its index.
    Service(u32),
}

/// Everything that was seen so far, and what it takes to see more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    observation: Observation,
    /// Whether anything is read at all.
    is_on: bool,
    seed: u64,
    names: Vec<Names>,
    bounds: Vec<Arc<str>>,
    ages: Vec<Arc<str>>,
    /// Where the cells of an operation and of a step begin among those of their service's replicas;
    /// [`NONE`] for what counts nothing.
    operation_slots: Vec<u32>,
    site_slots: Vec<u32>,
    /// The first of the steps that share cells: those of one operation that ask the same.
    site_leaders: Vec<u32>,
    /// The other way round: what a slot of a service is for.
    slots: Vec<Vec<Slot>>,
    cells: Vec<Cells>,
    pods: Vec<PodSeen>,
    banks: Banks,
    /// The place of an event that was told before.
    events: BTreeMap<(Involved, &'static str, String), usize>,
    logs: logs::Kept,
    spans: spans::Open,
    /// What is counted of users by who they are.
    pub(crate) members: members::Members,
}

/// What is counted in a slot.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Operation(u32),
    Site(u32),
}

/// The series of what has no replicas.
#[derive(Debug, Clone, Default)]
struct Banks {
    services: Vec<Bank>,
    queues: Vec<Bank>,
    sites: Vec<Bank>,
    jobs: Vec<Bank>,
    journeys: Vec<Bank>,
    machines: Vec<Bank>,
    sagas: Vec<Bank>,
    dns: Bank,
}

impl Records {
    pub(crate) fn new(program: &Program, plan: &Plan, seed: u64) -> Self {
        let mut records = Self {
            is_on: !plan.scrape_every.is_zero(),
            seed,
            names: names::of_services(program),
            bounds: cells::BOUNDS.iter().map(|bound| Arc::from(*bound)).collect(),
            ages: cells::AGES.iter().map(|bound| Arc::from(*bound)).collect(),
            operation_slots: vec![NONE; program.operations.len()],
            site_slots: vec![NONE; program.sites.len()],
            site_leaders: vec![NONE; program.sites.len()],
            slots: vec![Vec::new(); program.services.len()],
            banks: Banks::of(program),
            logs: logs::Kept::new(program, plan),
            spans: spans::Open::new(program, plan),
            members: members::Members::new(program),
            ..Self::default()
        };
        if records.is_on {
            records.lay_out(program);
        }
        records
    }

    /// Gives each operation and step of the organisation's own code its cells. Health checks are left
    /// out, as instrumentation mostly does.
    fn lay_out(&mut self, program: &Program) {
        let counts = |service: u32| program.services[service as usize].kind == ServiceKind::Service;
        for (at, operation) in program.operations.iter().enumerate() {
            if counts(operation.service) && operation.sort != Sort::Health {
                let slots = &mut self.slots[operation.service as usize];
                self.operation_slots[at] = first_cell(slots.len());
                slots.push(Slot::Operation(u32::try_from(at).unwrap_or(NONE)));
            }
        }
        for (at, site) in program.sites.iter().enumerate() {
            let is_check = program.operations[site.operation as usize].sort == Sort::Health;
            if !counts(site.service) || is_check {
                continue;
            }
            let number = u32::try_from(at).unwrap_or(NONE);
            let asks = |of: &Site| (of.operation, of.to, names::part_of(program, &of.target));
            // Steps of one operation follow each other.
            let near = program.sites[..at].iter().enumerate().rev();
            let mut near = near.take_while(|(_, other)| other.service == site.service);
            if let Some((leader, _)) = near.find(|(_, other)| asks(other) == asks(site)) {
                self.site_slots[at] = self.site_slots[leader];
                self.site_leaders[at] = self.site_leaders[leader];
                continue;
            }
            let slots = &mut self.slots[site.service as usize];
            self.site_slots[at] = first_cell(slots.len());
            self.site_leaders[at] = number;
            slots.push(Slot::Site(number));
        }
    }

    /// How often a replica was killed for want of memory.
    pub(crate) fn oom_kills(&self, replica: usize) -> u64 {
        self.pods.get(replica).map_or(0, |pod| pod.ooms)
    }

    /// A replica that is new.
    fn add(&mut self, program: &Program, service: u32, version: u32) {
        let id = u32::try_from(self.pods.len()).unwrap_or(NONE);
        let names = &self.names[service as usize];
        let port = scrape::port(program, service);
        self.pods.push(PodSeen::new(names, version, self.seed, id, port));
        self.cells.push(Cells::new(self.slots[service as usize].len() * WAYS));
    }

    /// An operation ended at a replica.
    #[inline]
    pub(crate) fn served(&mut self, replica: u32, operation: u32, outcome: Outcome, took_ns: u64) {
        let slot = self.operation_slots[operation as usize];
        if slot != NONE {
            self.cells[replica as usize].record(slot as usize + outcome as usize, took_ns);
        }
    }

    /// An attempt to ask somebody ended at a replica.
    #[inline]
    pub(crate) fn asked(&mut self, replica: u32, site: u32, outcome: Outcome, took_ns: u64) {
        let slot = self.site_slots[site as usize];
        if slot != NONE {
            self.cells[replica as usize].record(slot as usize + outcome as usize, took_ns);
        }
    }
}

fn first_cell(slots: usize) -> u32 {
    u32::try_from(slots * WAYS).unwrap_or(NONE)
}

impl Banks {
    fn of(program: &Program) -> Self {
        let banks = |count| vec![Bank::default(); count];
        Self {
            services: banks(program.services.len()),
            queues: banks(program.queues.len()),
            sites: banks(program.sites.len()),
            jobs: banks(program.operations.len()),
            journeys: banks(program.journeys.len()),
            machines: banks(program.machines.len()),
            sagas: banks(program.sagas.len()),
            dns: Bank::default(),
        }
    }
}

impl<Q: Pending> Run<Q> {
    /// What was seen of the run so far.
    pub fn observation(&self) -> &Observation {
        &self.records.observation
    }

    fn now_ms(&self) -> u64 {
        self.now / crate::clock::MILLISECOND
    }

    /// A replica was added.
    pub(crate) fn watch_replica(&mut self, service: u32, version: u32) {
        self.records.add(&self.program, service, version);
    }

    /// The process of a replica begins: its counters are zero.
    pub(crate) fn process_begins(&mut self, id: u32) {
        self.bring_up_to_date(id);
        let replica = &self.replicas[id as usize];
        self.records.pods[id as usize].begin(replica);
        self.records.cells[id as usize].clear();
    }

    /// A process ends: if it is killed for want of memory, the cluster tells that.
    pub(crate) fn record_end(&mut self, id: u32, how: &'static str) {
        if how == "OOMKilled" {
            self.records.pods[id as usize].ooms += 1;
            let message = "Container was OOM killed".to_owned();
            self.record_event(Kind::Warning, "OOMKilling", Involved::Replica(id), message);
        }
    }

    /// The cluster tells something.
    pub(crate) fn record_event(
        &mut self,
        kind: Kind,
        reason: &'static str,
        of: Involved,
        message: String,
    ) {
        let now_ms = self.now_ms();
        let (service, object_kind) = match of {
            Involved::Replica(id) => (self.replicas[id as usize].service, "Pod"),
            Involved::Service(service) => (service, "Deployment"),
        };
        let records = &mut self.records;
        let names = &records.names[service as usize];
        let object = match of {
            Involved::Replica(id) => &records.pods[id as usize].pod,
            Involved::Service(_) => &names.object,
        };
        let events = &mut records.observation.events;
        let key = (of, reason, message);
        if let Some(at) = records.events.get(&key) {
            events[*at].count += 1;
            events[*at].last_ms = now_ms;
            return;
        }
        events.push(ClusterEvent {
            first_ms: now_ms,
            last_ms: now_ms,
            count: 1,
            kind,
            reason,
            object_kind,
            object: Arc::clone(object),
            namespace: Arc::clone(&names.namespace),
            service: Arc::clone(&names.service),
            message: key.2.clone(),
        });
        records.events.insert(key, events.len() - 1);
    }

    /// Somebody changed something.
    pub(crate) fn record_change(&mut self, change: Change) {
        let at_ms = self.now_ms();
        let Change { kind, service, text, version } = change;
        let names = self.records.names.get(service.index());
        let service = names.map(|names| Arc::clone(&names.service));
        self.records.observation.changes.push(ChangeEvent { at_ms, kind, service, text, version });
    }

    /// An autoscaler changed the number of replicas.
    pub(crate) fn record_scaling(&mut self, service: u32, replicas: u32) {
        let from = self.services[service as usize].wanted;
        let text = format!("horizontal pod autoscaler: {from} to {replicas} replicas");
        let service = self.program.services[service as usize].id;
        self.record_change(Change::new(ChangeKind::Scale, service, text));
    }

    /// An operation ended with an error: its service says so.
    pub(crate) fn log_failure(&mut self, frame: &Frame, outcome: Outcome) {
        logs::failed_operation(self, frame, outcome);
    }

    /// An attempt to ask somebody ended otherwise than well: whoever asked says so.
    pub(crate) fn log_attempt(&mut self, at: u32, outcome: Outcome) {
        logs::failed_attempt(self, at, outcome);
    }
}
