//! A run before its first event.

use knockon_core::System;

use crate::autoscaler::{SYNC_PERIOD_NS, ServiceAutoscaler, Settings};
use crate::broker::{Config, Flavour, Policy, Queue};
use crate::cache::{Cache, Kind};
use crate::clock::nanos;
use crate::histogram::Histogram;
use crate::lanes::Lane;
use crate::observe::Records;
use crate::pending::Pending;
use crate::plan::{Demand, Plan};
use crate::program::{NONE, Program, Service, Unplayable};
use crate::random;
use crate::slab::Slab;
use crate::truth::{NOTHING, Reasons};

use super::results::SagaCounts;
use super::state::{
    FailoverState, JourneyStats, OperationStats, Phase, QueueState, ServiceState, SiteStats,
};
use super::ticks::Tick;
use super::{INDEX_MAX, Run};

impl<Q: Pending> Run<Q> {
    /// A run of a system under a plan, before its first event. What the model or the timeline says and
    /// cannot be played is told, all at once.
    pub fn new(system: &System, plan: Plan) -> Result<Self, Vec<Unplayable>> {
        let program = Program::of(system)?;
        let errors = crate::timeline::check(&program, &plan.timeline);
        if errors.is_empty() { Ok(Self::of(program, plan)) } else { Err(errors) }
    }

    pub(crate) fn of(program: Program, plan: Plan) -> Self {
        let seed = random::hash(&[plan.seed, plan.replication]);
        let slots = program.entries.iter().filter(|entry| entry.slot != NONE).count();
        let mut run = Self {
            now: 0,
            seq: 0,
            ticket: 0,
            events: 0,
            at_once: 0,
            digest: 0,
            pending: Q::default(),
            lanes: vec![Lane::default(); program.lanes.len()],
            frames: Slab::with_limit(plan.requests_max.min(INDEX_MAX)),
            holds: Vec::new(),
            replicas: Vec::new(),
            services: program.services.iter().map(|it| service(&program, it, seed)).collect(),
            queues: queues(&program),
            messages: Slab::with_limit(plan.users_max),
            users: Slab::with_limit(plan.users_max.min(INDEX_MAX)),
            members: Vec::new(),
            items: Vec::new(),
            things_of: Vec::new(),
            kept: Vec::new(),
            things: Slab::with_limit(plan.users_max),
            slots: u32::try_from(slots).unwrap_or(NONE),
            closed: false,
            ever_frozen: false,
            traced_below: match plan.trace_one_in {
                0 => 0,
                every => u64::MAX / every,
            },
            generators: Vec::new(),
            sources: Vec::new(),
            soonest: u128::MAX,
            end: 0,
            bound: 0,
            ticks: Slab::with_limit(1 << super::SORT_SHIFT),
            ready: Vec::new(),
            left: Vec::new(),
            outboxes: vec![std::collections::VecDeque::new(); program.sites.len()],
            pools_due: Vec::new(),
            serving: false,
            reasons: Reasons::default(),
            operations: vec![OperationStats::default(); program.operations.len()],
            sites: vec![SiteStats::default(); program.sites.len()],
            journeys: (program.journeys.iter())
                .map(|it| JourneyStats {
                    stages: vec![0; it.stages.len()],
                    ..JourneyStats::default()
                })
                .collect(),
            sagas: vec![SagaCounts::default(); program.sagas.len()],
            in_state: program.machines.iter().map(|it| vec![0; it.states.len()]).collect(),
            stuck: program.machines.iter().map(|it| vec![0; it.states.len()]).collect(),
            moves_refused: 0,
            seed,
            stopped: None,
            records: Records::new(&program, &plan, seed),
            troubles: crate::trouble::Troubles::default(),
            fates: Vec::new(),
            levers: super::levers::Levers::default(),
            program,
            plan,
        };
        run.begin();
        run
    }

    /// Everything runs as it has for long: replicas are up, connections are not yet open.
    fn begin(&mut self) {
        for at in 0..self.program.services.len() {
            let service = u32::try_from(at).unwrap_or(NONE);
            for _ in 0..self.program.services[at].replicas {
                let id = self.add_replica(service);
                let replica = &mut self.replicas[id as usize];
                replica.phase = Phase::Up;
                replica.incarnation = 1;
                self.set_ready(id, true);
                self.begin_probes(id, true);
            }
            if self.services[at].autoscaler.is_some() {
                self.tick_after(SYNC_PERIOD_NS, Tick::Autoscale { service });
            }
        }
        self.begin_timeline();
        for at in 0..self.program.operations.len() {
            let every = self.program.operations[at].every_ns;
            if every > 0 {
                let operation = u32::try_from(at).unwrap_or(NONE);
                let part = random::below(random::hash(&[self.seed, at as u64, 0xe7]), every);
                self.tick_after(part, Tick::Periodic { operation, number: 0 });
            }
        }
        for at in 0..self.program.journeys.len() {
            let journey = u32::try_from(at).unwrap_or(NONE);
            let rate = self.program.journeys[at].rate_per_ns * crate::clock::HOUR as f64;
            let own = Demand::Rate(knockon_core::Rate { per_hour: rate * self.plan.demand_factor });
            let demand = self.plan.demand.get(at).cloned().flatten().unwrap_or(own);
            self.add_generator(journey, demand, 1.0, (0, NOTHING));
        }
        let scrape = nanos(self.plan.scrape_every);
        if scrape > 0 {
            self.tick_after(scrape, Tick::Scrape);
        }
    }
}

fn service(program: &Program, table: &Service, seed: u64) -> ServiceState {
    let autoscaler = table.autoscaler.as_ref();
    ServiceState {
        replicas: Vec::new(),
        ready: Vec::new(),
        cursor: 0,
        wanted: table.replicas,
        ordinals: 0,
        version: 0,
        version_before: NONE,
        revision: 0,
        conditions: Vec::new(),
        outgoing: Vec::new(),
        connections: 0,
        max_connections: table.max_connections,
        connections_refused: 0,
        redirect: NONE,
        trouble: NOTHING,
        platforms_down: 0,
        unmanaged: 0,
        is_down: false,
        failover: FailoverState::None,
        autoscaler: autoscaler.map(|it| ServiceAutoscaler::new(it, Settings::default())),
        autoscaler_limited: table.replicas,
        cache: cache(program, table, seed),
        writes: std::collections::VecDeque::new(),
        writes_lost: 0,
        lag_ns: table.lag_ns,
        stale_reads: 0,
        rollout: None,
        cpu_limit_m: table.cpu_limit_m,
        memory: table.memory,
        start_ns: table.start_ns,
        paused: false,
        versions: vec![table.version.clone()],
    }
}

/// What it keeps, in the memory that its process does not need for itself.
fn cache(program: &Program, table: &Service, seed: u64) -> Option<Box<Cache>> {
    let service = program.system.service(table.id);
    if service.kind != knockon_core::ServiceKind::Cache || table.copy_of.is_some() {
        return None;
    }
    let capacity =
        table.memory.limit.map_or(u64::MAX, |limit| limit.saturating_sub(table.memory.idle));
    let kinds = service.cache.entries.iter().map(Kind::of).collect();
    let seed = random::hash(&[seed, crate::program::salt(&table.name, 0)]);
    Some(Box::new(Cache::new(capacity, table.eviction, kinds, seed)))
}

fn queues(program: &Program) -> Vec<QueueState> {
    let tables = program.queues.iter().enumerate();
    tables
        .map(|(at, table)| {
            let engine = program.system.services()[table.broker as usize].engine.as_deref();
            let flavour = match engine {
                Some("mqtt" | "mosquitto") => Flavour::Mqtt,
                Some("nats" | "jetstream") => Flavour::JetStream,
                _ => Flavour::Classic,
            };
            let policy = Policy {
                max_length: table.max_length,
                max_bytes: table.max_bytes,
                overflow: table.overflow,
                ttl_ns: table.ttl_ns,
                dead_letter: table.dead_letter != NONE,
                delivery_limit: table.delivery_limit,
            };
            let config = Config { flavour, policy, durable: table.durable };
            QueueState {
                queue: Queue::new(u32::try_from(at).unwrap_or(NONE), config),
                cursor: 0,
                expires_at: 0,
                trouble: NOTHING,
                lingers: false,
                waits: Histogram::new(),
                consumers: Vec::new(),
            }
        })
        .collect()
}
