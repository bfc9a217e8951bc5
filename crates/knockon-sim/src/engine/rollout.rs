//! New versions: replicas that replace others, a few at a time.

use crate::observe::{Involved, Kind};
use crate::pending::Pending;

use super::Run;
use super::state::RolloutState;
use super::ticks::Tick;

impl<Q: Pending> Run<Q> {
    /// Begins to replace all replicas by ones of a version.
    pub(crate) fn deploy(&mut self, service: u32, version: &str) {
        let state = &mut self.services[service as usize];
        let known = state.versions.iter().position(|it| it == version);
        let to = known.unwrap_or_else(|| {
            state.versions.push(version.to_owned());
            state.versions.len() - 1
        });
        let to = u32::try_from(to).unwrap_or(0);
        if to != state.version {
            state.version_before = state.version;
            state.version = to;
        }
        let message = format!("Scaled up replica set for version {version}");
        self.record_event(Kind::Normal, "ScalingReplicaSet", Involved::Service(service), message);
        self.replace_all(service);
    }

    /// Begins to replace all replicas by new ones of the version that it has.
    pub(crate) fn replace_all(&mut self, service: u32) {
        let state = &mut self.services[service as usize];
        state.revision += 1;
        state.rollout = Some(RolloutState { to: state.revision, busy: false });
        self.roll_on(service);
    }

    /// A rollout goes on as far as it can. Each replica that comes or goes calls for it again.
    pub(super) fn roll_on(&mut self, service: u32) {
        let state = &mut self.services[service as usize];
        let is_managed = state.platforms_down == 0 && state.unmanaged == 0;
        let Some(rollout) = state.rollout.as_mut().filter(|it| !it.busy && is_managed) else {
            return;
        };
        rollout.busy = true;
        let to = rollout.to;
        while self.roll_one_step(service, to) {}
        let state = &mut self.services[service as usize];
        if let Some(rollout) = &mut state.rollout {
            rollout.busy = false;
        }
        let wanted = state.wanted;
        let current = self.current_replicas(service);
        let is_new = |id: &u32| self.replicas[*id as usize].revision == to;
        if current.len() == wanted as usize && current.iter().all(is_new) {
            self.services[service as usize].rollout = None;
        }
    }

    /// As far as the bounds on missing and additional replicas allow. Whether anything was done.
    fn roll_one_step(&mut self, service: u32, to: u32) -> bool {
        let wanted = self.services[service as usize].wanted as usize;
        let table = self.program.services[service as usize].rollout;
        let current = self.current_replicas(service);
        let is_new = |id: &u32| self.replicas[*id as usize].revision == to;
        let (new, old): (Vec<u32>, Vec<u32>) = current.iter().copied().partition(is_new);
        let most = wanted + table.max_surge as usize;
        let add = wanted.saturating_sub(new.len()).min(most.saturating_sub(current.len()));
        let available = current.iter().filter(|id| self.replicas[**id as usize].ready).count();
        let least = wanted.saturating_sub(table.max_unavailable as usize);
        // One that is not ready can go without anybody missing it.
        let mut spare = available.saturating_sub(least);
        let mut going = Vec::new();
        for id in old {
            let ready = self.replicas[id as usize].ready;
            if !ready || spare > 0 {
                spare -= usize::from(ready);
                going.push(id);
            }
        }
        going.extend(new.iter().rev().take(new.len().saturating_sub(wanted)));
        for id in &going {
            self.stop_replica(*id);
        }
        for _ in 0..add {
            let id = self.add_replica(service);
            self.start_process(id);
        }
        add > 0 || !going.is_empty()
    }

    /// A rollout goes on once this instant is over: it may be in the middle of a step itself.
    pub(super) fn roll_on_later(&mut self, service: u32) {
        if self.services[service as usize].rollout.is_some() {
            self.tick_after(0, Tick::Rollout { service });
        }
    }
}
