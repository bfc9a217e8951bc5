//! Connections to databases, and what their copies do not have yet.

use crate::pending::Pending;
use crate::program::Sort;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::frame::Frame;
use super::state::NOBODY;

impl<Q: Pending> Run<Q> {
    /// One more connection to a service, if it accepts one more.
    #[inline]
    pub(super) fn open_connection(&mut self, to: u32) -> bool {
        let service = &mut self.services[to as usize];
        if service.connections >= service.max_connections {
            service.connections_refused += 1;
            return false;
        }
        service.connections += 1;
        true
    }

    #[inline]
    pub(super) fn close_connection(&mut self, to: u32) {
        let service = &mut self.services[to as usize];
        service.connections = service.connections.saturating_sub(1);
    }

    /// Those who waited for a connection to a service get one of those that can be opened now.
    pub(super) fn serve_pools_to(&mut self, service: u32) {
        for (id, pool) in self.pools_to(service) {
            self.serve_pool(id, pool);
        }
    }

    /// The pools of all replicas for a service: the replica, and which of its pools.
    fn pools_to(&self, service: u32) -> Vec<(u32, usize)> {
        let mut pools = Vec::new();
        for (table, state) in self.program.services.iter().zip(&self.services) {
            if let Some(pool) = table.pools.iter().position(|pool| pool.to == service) {
                pools.extend(state.replicas.iter().map(|id| (*id, pool)));
            }
        }
        pools
    }

    /// Why a service takes no more connections: those that hold them are slow, mostly.
    pub(super) fn blame_of_connections(&mut self, to: u32) -> u32 {
        let service = &self.services[to as usize];
        let last =
            service.ready.first().map_or(NOTHING, |id| self.replicas[*id as usize].last_blame);
        let because = if service.trouble == NOTHING { last } else { service.trouble };
        self.reasons.because(Part::Service(to), Effect::OutOfConnections, because)
    }

    /// A query was done: what it wrote takes a while to reach the copies, and what it read there may
    /// be old.
    pub(super) fn queried(&mut self, frame: &Frame) {
        let replica = &self.replicas[frame.replica as usize];
        let at = replica.service as usize;
        let table = &self.program.services[at];
        match self.program.operations[frame.operation as usize].sort {
            Sort::Write if table.copies.is_some() && frame.user != NOBODY => {
                let generation = self.users.handle(frame.user).generation;
                let (now, lag) = (self.now, self.services[at].lag_ns);
                let writes = &mut self.services[at].writes;
                while writes.front().is_some_and(|(when, ..)| when.saturating_add(lag) < now) {
                    writes.pop_front();
                }
                writes.push_back((now, frame.user, generation));
            }
            Sort::Read => {
                let Some(primary) = table.copy_of else { return };
                let lag = self.services[primary as usize].lag_ns;
                let writes = &self.services[primary as usize].writes;
                let mut recent = writes.iter().rev();
                let is_stale = recent
                    .by_ref()
                    .take_while(|(when, ..)| when.saturating_add(lag) > self.now)
                    .any(|(_, user, _)| *user == frame.user);
                self.services[at].stale_reads += u64::from(is_stale);
            }
            _ => {}
        }
    }
}
