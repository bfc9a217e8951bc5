//! Stores: connections to them, what caches keep.

use crate::pending::Pending;
use crate::program::NONE;
use crate::truth::Part;

use super::super::Run;

impl<Q: Pending> Run<Q> {
    /// Closes every connection that a service keeps to another, also those in use: what was asked
    /// over
    /// them is answered all the same, but they are not used again.
    pub(crate) fn cut_pool(&mut self, service: u32, to: u32) {
        let table = &self.program.services[service as usize];
        let Some(pool) = table.pools.iter().position(|pool| pool.to == to) else { return };
        let answers = self.who_answers(to);
        for id in self.services[service as usize].replicas.clone() {
            let closed = self.replicas[id as usize].pools[pool].cut();
            let state = &mut self.services[answers as usize];
            state.connections = state.connections.saturating_sub(closed);
            self.serve_pool(id, pool);
        }
    }

    /// Closes every connection that anybody keeps to a service that ends.
    pub(crate) fn cut_pools_to(&mut self, ended: u32) {
        for service in 0..u32::try_from(self.program.services.len()).unwrap_or(NONE) {
            for pool in 0..self.program.services[service as usize].pools.len() {
                let to = self.program.services[service as usize].pools[pool].to;
                if self.who_answers(to) != ended {
                    continue;
                }
                for id in self.services[service as usize].replicas.clone() {
                    self.replicas[id as usize].pools[pool].cut();
                }
            }
        }
        self.services[ended as usize].connections = 0;
    }

    /// A cache loses everything. What is missing is put down to that for as long as anything that
    /// was
    /// lost would have been kept.
    pub(crate) fn flush(&mut self, service: u32, (origin, reason): (u32, u32)) {
        if let Some(cache) = &mut self.services[service as usize].cache {
            cache.flush();
        }
        self.blame(Part::Service(service), origin, reason);
        let entries = self.program.entries.iter().filter(|entry| entry.cache == service);
        let longest = entries.map(|entry| entry.ttl_ns).max_by_key(|ttl| ttl.unwrap_or(u64::MAX));
        if let Some(ttl_ns) = longest.flatten() {
            self.tick_after(ttl_ns, super::super::ticks::Tick::Forgiven { service, origin });
        }
    }

    /// What a flush was to blame for is over.
    pub(crate) fn forgiven(&mut self, service: u32, origin: u32) {
        self.forget_trouble(Part::Service(service), origin);
    }
}
