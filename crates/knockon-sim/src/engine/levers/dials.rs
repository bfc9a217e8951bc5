//! Figures that can be set: each has what the model says under what faults and actions say.

use crate::pending::Pending;
use crate::program::NONE;

use super::super::Run;
use super::super::state::Phase;
use super::Layers;

/// A figure; lengths of time in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dial {
    /// How long the processes of a service take to start.
    Start(u32),
    /// How many connections a pool of a service has at most.
    Pool(u32, u32),
    /// The memory that a cache has for what it keeps.
    Cache(u32),
    /// How many connections a service accepts.
    Connections(u32),
    /// How far the copies of a database are behind.
    Lag(u32),
    /// How long a step waits for an answer; 0 for ever.
    Timeout(u32),
    /// The memory limit of each replica; [`u64::MAX`] for none.
    Memory(u32),
    /// How many requests a new process works on at once.
    Workers(u32),
}

impl<Q: Pending> Run<Q> {
    pub(crate) fn set_dial(&mut self, dial: Dial, origin: u32, value: u64) {
        let now = self.read_dial(dial);
        let layers = self.levers.dials.entry(dial).or_insert_with(|| Layers::new(now));
        layers.set(origin, value);
        let value = layers.value();
        self.write_dial(dial, value);
    }

    /// What the model says of it.
    pub(crate) fn base_of(&self, dial: Dial) -> u64 {
        self.levers.dials.get(&dial).map_or_else(|| self.read_dial(dial), |layers| layers.base)
    }

    pub(super) fn release_dials(&mut self, origin: u32) {
        let mut changed = Vec::new();
        for (dial, layers) in &mut self.levers.dials {
            if layers.let_go(origin) {
                changed.push((*dial, layers.value()));
            }
        }
        for (dial, value) in changed {
            self.write_dial(dial, value);
        }
    }

    /// What it is now.
    pub(crate) fn read_dial(&self, dial: Dial) -> u64 {
        match dial {
            Dial::Start(service) => self.services[service as usize].start_ns,
            Dial::Pool(service, pool) => {
                let pools = &self.program.services[service as usize].pools;
                pools.get(pool as usize).map_or(0, |pool| u64::from(pool.size))
            }
            Dial::Cache(service) => {
                let memory = self.program.services[service as usize].memory;
                memory.limit.map_or(u64::MAX, |limit| limit.saturating_sub(memory.idle))
            }
            Dial::Connections(service) => {
                u64::from(self.services[service as usize].max_connections)
            }
            Dial::Lag(service) => self.services[service as usize].lag_ns,
            Dial::Timeout(site) => self.program.sites[site as usize].timeout_ns,
            Dial::Memory(service) => {
                self.services[service as usize].memory.limit.unwrap_or(u64::MAX)
            }
            Dial::Workers(service) => u64::from(self.program.services[service as usize].workers),
        }
    }

    fn write_dial(&mut self, dial: Dial, value: u64) {
        let narrow = u32::try_from(value).unwrap_or(u32::MAX);
        match dial {
            Dial::Start(service) => self.services[service as usize].start_ns = value,
            Dial::Pool(service, pool) => self.size_pool(service, pool as usize, narrow),
            Dial::Cache(service) => {
                if let Some(cache) = &mut self.services[service as usize].cache {
                    cache.set_capacity(self.now, value);
                }
            }
            Dial::Connections(service) => self.services[service as usize].max_connections = narrow,
            Dial::Lag(service) => self.services[service as usize].lag_ns = value,
            Dial::Timeout(site) => self.set_timeout(site, value),
            Dial::Memory(service) => {
                self.services[service as usize].memory.limit = (value < u64::MAX).then_some(value);
                self.look_at_memory(service);
            }
            Dial::Workers(service) => self.program.services[service as usize].workers = narrow,
        }
    }

    /// Requests that wait for an answer already go on waiting as long as they meant to.
    fn set_timeout(&mut self, site: u32, timeout_ns: u64) {
        let lane = if timeout_ns == 0 { NONE } else { self.program.lane(timeout_ns) };
        self.lanes.resize_with(self.program.lanes.len(), crate::lanes::Lane::default);
        let table = &mut self.program.sites[site as usize];
        (table.timeout_ns, table.timeout_lane) = (timeout_ns, lane);
        self.program.asks[site as usize] = table.ask();
    }

    fn size_pool(&mut self, service: u32, pool: usize, size: u32) {
        let Some(table) = self.program.services[service as usize].pools.get_mut(pool) else {
            return;
        };
        table.size = size;
        let to = table.to;
        for id in self.services[service as usize].replicas.clone() {
            let closed = self.replicas[id as usize].pools[pool].set_size(size);
            let to = self.who_answers(to);
            let state = &mut self.services[to as usize];
            state.connections = state.connections.saturating_sub(closed);
            self.serve_pool(id, pool);
        }
    }

    /// Replicas that use more memory than they may are killed.
    pub(crate) fn look_at_memory(&mut self, service: u32) {
        for id in self.current_replicas(service) {
            self.set_live_max(id);
            let memory = self.services[service as usize].memory;
            let replica = &self.replicas[id as usize];
            let is_full = memory.limit.is_some_and(|limit| replica.memory_bytes(&memory) > limit);
            if is_full && matches!(replica.phase, Phase::Up | Phase::Stopping) {
                let incarnation = self.replicas[id as usize].incarnation;
                self.out_of_memory(id, incarnation);
            }
        }
    }
}
