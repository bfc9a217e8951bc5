//! Who takes over for a service that is gone.

use crate::observe::{Involved, Kind};
use crate::pending::Pending;
use crate::program::NONE;

use super::Run;
use super::state::FailoverState;
use super::ticks::Tick;

impl<Q: Pending> Run<Q> {
    /// Whether a service is there changes what takes over for it.
    pub(super) fn watch_over(&mut self, service: u32) {
        let Some(failover) = self.program.services[service as usize].failover else { return };
        let state = &mut self.services[service as usize];
        let is_gone = state.ready.is_empty() || state.is_down;
        match (is_gone, state.failover) {
            (true, FailoverState::None) => {
                state.failover = FailoverState::Pending;
                self.tick_after(failover.after_ns, Tick::Failover { service });
            }
            (false, FailoverState::Pending) => state.failover = FailoverState::None,
            _ => {}
        }
    }

    /// Somebody takes over: another service, or a read replica.
    pub(crate) fn fail_over(&mut self, service: u32) {
        let state = &self.services[service as usize];
        if state.failover != FailoverState::Pending {
            return;
        }
        let Some(failover) = self.program.services[service as usize].failover else { return };
        self.take_over(service, failover.to);
    }

    /// Hands a service's part to another; a read replica that is promoted lacks what was written last.
    pub(crate) fn take_over(&mut self, service: u32, to: u32) {
        self.events += 1;
        let copies = self.program.services[service as usize].copies;
        self.services[service as usize].failover = FailoverState::Done;
        self.cut_pools_to(service);
        let to = if to == NONE { copies.unwrap_or(service) } else { to };
        let message = format!("{} takes over", self.program.service_name(to));
        self.record_event(Kind::Normal, "Failover", Involved::Service(service), message);
        if self.program.services[service as usize].kind == knockon_core::ServiceKind::Platform {
            self.platform_replaced(service);
            return;
        }
        if to == service {
            // Nothing stands by: it is started anew, elsewhere.
            self.let_up(service);
            self.services[service as usize].failover = FailoverState::None;
            self.revive(service);
            return;
        }
        if Some(to) == copies {
            self.lose_recent_writes(service);
        }
        self.services[service as usize].redirect = to;
        self.serve_pools_to(service);
    }

    fn lose_recent_writes(&mut self, service: u32) {
        let state = &mut self.services[service as usize];
        let since = self.now.saturating_sub(state.lag_ns);
        let trouble = state.trouble;
        let writes = std::mem::take(&mut state.writes);
        // Those of the last moments before it was gone never reached the copies.
        let last = writes.back().map_or(0, |(when, ..)| *when);
        let from = last.saturating_sub(state.lag_ns).min(since);
        for (when, user, generation) in writes {
            let is_there = self.users.handle(user).generation == generation;
            if when >= from && is_there {
                self.users[user].flags |= super::state::WRITE_LOST;
                self.users[user].blame = trouble;
            }
            if when >= from {
                self.services[service as usize].writes_lost += 1;
            }
        }
    }
}
