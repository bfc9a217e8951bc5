//! A scrape: every target is read that answers.

use std::sync::Arc;

use knockon_core::ServiceKind;

use crate::engine::Run;
use crate::engine::state::{Phase, Replica};
use crate::engine::ticks::Tick;
use crate::pending::Pending;
use crate::program::{NONE, Program};

use super::bank::Writer;
use super::catalogue::Id;
use super::pods::{self, Pod};
use super::stores::Engine;
use super::{Records, cohorts, services, stores};

impl<Q: Pending> Run<Q> {
    /// Reads the metrics, and will again.
    pub(crate) fn scrape(&mut self) {
        let every = crate::clock::nanos(self.plan.scrape_every);
        self.tick_after(every, Tick::Scrape);
        for id in 0..self.replicas.len() {
            self.bring_up_to_date(u32::try_from(id).unwrap_or(NONE));
        }
        let mut records = std::mem::take(&mut self.records);
        let scrape = records.observation.times_ms.len();
        records.observation.times_ms.push(self.now_ms());
        records.logs.next_interval();
        for service in 0..self.program.services.len() {
            let service = u32::try_from(service).unwrap_or(NONE);
            read_service(self, &mut records, scrape, service);
        }
        stores::read_queues(self, &mut records, scrape);
        services::read_calls(self, &mut records, scrape);
        services::read_jobs(self, &mut records, scrape);
        services::read_journeys(self, &mut records, scrape);
        cohorts::read_members(self, &mut records, scrape);
        services::read_machines(self, &mut records, scrape);
        self.records = records;
    }
}

/// The port at which a service is scraped.
pub(super) fn port(program: &Program, service: u32) -> u16 {
    Engine::of(program, service).map_or(8080, Engine::port)
}

/// Whether a process answers a scrape.
pub(super) fn answers(replica: &Replica) -> bool {
    matches!(replica.phase, Phase::Up | Phase::Stopping) && !replica.frozen
}

fn read_service<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize, service: u32) {
    let at = service as usize;
    let table = run.table(service);
    match table.kind {
        // Nobody reads what runs elsewhere.
        ServiceKind::Client | ServiceKind::External => return,
        ServiceKind::Platform => return read_platform(run, records, scrape, service),
        ServiceKind::Service | ServiceKind::Database | ServiceKind::Cache | ServiceKind::Broker => {
        }
    }
    let names = records.names[at].clone();
    let mut writer = Writer::new(&mut records.observation, scrape, &mut records.banks.services[at]);
    pods::write_workload(run, &mut writer, &names, service);
    let engine = Engine::of(&run.program, service);
    let state = &run.services[at];
    for id in &state.replicas {
        let replica = &run.replicas[*id as usize];
        let seen = &mut records.pods[*id as usize];
        let pod = Pod::new(replica, table, &names, seen);
        let instance = Arc::clone(&seen.instance);
        let mut writer = Writer::new(&mut records.observation, scrape, &mut seen.outside);
        // An exporter beside a database answers for it as long as there is a node.
        let is_up = match engine {
            Some(engine) if engine.has_exporter() => state.platforms_down == 0,
            _ => answers(replica),
        };
        writer.count(Id::Up, u64::from(is_up), || {
            vec![
                ("job", Arc::clone(&names.job)),
                ("service", Arc::clone(&names.service)),
                ("instance", Arc::clone(&instance)),
                ("pod", Arc::clone(&pod.name)),
            ]
        });
        let memory_bytes = memory_bytes(run, replica);
        pod.write_cluster(&mut writer);
        pod.write_resources(&mut writer, state.memory.limit);
        pod.write_container(&mut writer, memory_bytes);
        if is_up {
            services::read_inside(run, records, scrape, *id);
        }
        if let Some(engine) = engine.filter(|_| is_up) {
            stores::read_store(run, records, scrape, *id, engine);
        }
    }
}

/// The memory of a replica, what it keeps included.
pub(super) fn memory_bytes<Q: Pending>(run: &Run<Q>, replica: &Replica) -> u64 {
    let state = &run.services[replica.service as usize];
    let kept = state.cache.as_ref().map_or(0, |cache| cache.counts().bytes);
    replica.memory_bytes(&state.memory) + kept
}

fn read_platform<Q: Pending>(run: &Run<Q>, records: &mut Records, scrape: usize, service: u32) {
    let at = service as usize;
    let names = &records.names[at];
    let is_up = !run.services[at].is_down;
    let mut writer = Writer::new(&mut records.observation, scrape, &mut records.banks.services[at]);
    let labels = || vec![("job", Arc::clone(&names.job)), ("service", Arc::clone(&names.service))];
    writer.count(Id::Up, u64::from(is_up), labels);
    if is_up && names.object.contains("dns") {
        let mut writer = Writer::new(&mut records.observation, scrape, &mut records.banks.dns);
        services::write_dns(run, &mut writer, labels);
    }
}
