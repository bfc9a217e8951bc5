//! Actions, as pulls of levers.

use super::{Action, ActionError, BreakerTo, Limit, Load};
use crate::clock::nanos;
use crate::engine::Run;
use crate::engine::condition::{Bend, Condition, OUTSIDE};
use crate::engine::frame::Outcome;
use crate::engine::levers::{Dial, Grip, Hold};
use crate::fault::{Check, force};
use crate::pending::Pending;
use crate::program::NONE;
use crate::random::threshold;
use crate::truth::{NOTHING, Part};

use force::index_of;

impl<Q: Pending> Run<Q> {
    /// Does something to the system, now. Its number, by which what it set can be undone with
    /// [`Action::Lift`].
    pub fn act(&mut self, action: &Action) -> Result<u32, ActionError> {
        let origins = self.plan.timeline.len() + self.levers.acts as usize;
        let mut errors = Vec::new();
        let place = format!("`{}`", action.word());
        action.check(origins, &mut Check::new(&self.program, place, &mut errors));
        if !errors.is_empty() {
            return Err(ActionError::Impossible(errors));
        }
        self.levers.acts += 1;
        let origin = u32::try_from(origins + 1).unwrap_or(NONE);
        let done = self.carry_out(action, origin);
        self.settle_down();
        done.map(|()| origin)
    }

    /// Does something that has passed its check.
    pub(crate) fn carry_out(&mut self, action: &Action, origin: u32) -> Result<(), ActionError> {
        match action {
            Action::Scale { service, replicas } => {
                self.scale_by_hand(index_of(*service), *replicas, origin);
            }
            Action::Restart { service } => self.replace_all(index_of(*service)),
            Action::Deploy { service, version } => self.deploy(index_of(*service), version),
            Action::RollBack { service } => {
                if !self.roll_back(index_of(*service)) {
                    let name = self.program.service_name(index_of(*service)).to_owned();
                    return Err(ActionError::NoVersionBefore(name));
                }
            }
            Action::Limit { service, limit } => self.limit(index_of(*service), *limit, origin),
            Action::FailOver { service } => {
                if !self.fail_over_now(index_of(*service)) {
                    let name = self.program.service_name(index_of(*service)).to_owned();
                    return Err(ActionError::NobodyTakesOver(name));
                }
            }
            Action::Shed { load, share } => {
                self.shed(*load, threshold(share.fraction()), origin);
            }
            Action::PauseConsumers { service } => {
                let service = index_of(*service);
                let reason = self.reasons.origin(Part::Service(service), origin);
                self.pause_consumers(service, (origin, reason));
            }
            Action::ResumeConsumers { service } => self.resume_consumers(index_of(*service)),
            Action::Flush { cache } => {
                let reason = self.reasons.origin(Part::Service(index_of(*cache)), origin);
                self.flush(index_of(*cache), (origin, reason));
            }
            Action::Lift { origin } => {
                if !self.end_origin(*origin) {
                    return Err(ActionError::NoSuchOrigin(*origin));
                }
            }
            Action::SetPolicy { .. }
            | Action::ClearPolicy { .. }
            | Action::Purge { .. }
            | Action::Replay { .. } => self.handle_queue(action, origin),
            Action::Breaker { .. } | Action::Toggle { .. } | Action::Timeout { .. } => {
                self.handle_step(action, origin);
            }
        }
        if let Some(change) = action.change(&self.program.system) {
            self.record_change(change);
        }
        Ok(())
    }

    fn handle_queue(&mut self, action: &Action, origin: u32) {
        let (Action::SetPolicy { queue, .. }
        | Action::ClearPolicy { queue }
        | Action::Purge { queue }
        | Action::Replay { queue }) = action
        else {
            return;
        };
        let Some(queue) = self.program.find_queue(*queue) else { return };
        let reason = self.reasons.origin(Part::Queue(queue), origin);
        match action {
            Action::SetPolicy { limits, .. } => {
                let policy = limits.over(self.policy_of(queue));
                self.blame(Part::Queue(queue), origin, reason);
                self.set_policy(queue, origin, policy);
            }
            Action::ClearPolicy { .. } => self.clear_policy(queue),
            Action::Purge { .. } => {
                self.blame(Part::Queue(queue), origin, reason);
                self.purge(queue);
                self.forget_trouble(Part::Queue(queue), origin);
            }
            _ => self.replay(queue),
        }
    }

    fn handle_step(&mut self, action: &Action, origin: u32) {
        match action {
            Action::Breaker { step, to } => {
                let forced = match to {
                    BreakerTo::Open => Some(true),
                    BreakerTo::Closed => Some(false),
                    BreakerTo::Reset => None,
                };
                for site in self.sites_of(*step) {
                    if self.program.sites[site as usize].breaker.is_some() {
                        let part = Part::Service(self.program.sites[site as usize].service);
                        let reason = self.reasons.origin(part, origin);
                        self.force_breaker(site, forced, reason);
                    }
                }
            }
            Action::Toggle { step, arm, to } => {
                if let Some(choice) = self.program.find_choice(*step) {
                    self.set_feature(choice, *arm, origin, *to);
                }
            }
            Action::Timeout { step, timeout } => {
                for site in self.sites_of(*step) {
                    self.set_dial(Dial::Timeout(site), origin, timeout.map_or(0, nanos));
                }
            }
            _ => {}
        }
    }

    /// Fewer replicas than before are to blame for what follows; more are not.
    fn scale_by_hand(&mut self, service: u32, replicas: u32, origin: u32) {
        let before = self.services[service as usize].wanted;
        self.scale_to(service, replicas);
        if replicas < before {
            let reason = self.reasons.origin(Part::Service(service), origin);
            self.blame_replicas(service, (origin, reason));
        }
    }

    fn limit(&mut self, service: u32, limit: Limit, origin: u32) {
        let reason = self.reasons.origin(Part::Service(service), origin);
        let dial = match limit {
            Limit::Cpu(cpu) => {
                let limit_m = cpu.map(|it| it.millicores);
                let base = self.services[service as usize].cpu_limit_m;
                let is_less = limit_m.unwrap_or(u64::MAX) < base.unwrap_or(u64::MAX);
                let reason = if is_less { reason } else { NOTHING };
                let hold = Hold::Cpu(limit_m);
                self.grip(Grip { origin, service, reason, hold, on: None });
                return;
            }
            Limit::Memory(bytes) => (Dial::Memory(service), bytes.map_or(u64::MAX, |it| it.count)),
            Limit::Workers(count) => (Dial::Workers(service), u64::from(count)),
            Limit::Pool(to, size) => {
                let pool = self.program.find_pool(service, index_of(to)).unwrap_or(NONE);
                (Dial::Pool(service, pool), u64::from(size))
            }
            Limit::Connections(count) => (Dial::Connections(service), u64::from(count)),
        };
        let is_less = dial.1 < self.read_dial(dial.0);
        if is_less {
            self.blame_replicas(service, (origin, reason));
        }
        self.set_dial(dial.0, origin, dial.1);
        if matches!(limit, Limit::Workers(_)) {
            self.replace_all(service);
        }
    }

    /// Refuses a share of requests at the door.
    fn shed(&mut self, load: Load, share: u64, origin: u32) {
        let refused = Bend::Answer(Outcome::Limited);
        match load {
            Load::Operation(id) => {
                let Some(operation) = self.program.find_operation(id) else { return };
                let reason = self.reasons.origin(Part::Service(index_of(id.service)), origin);
                let condition =
                    Condition { operation, share, ..Condition::new(origin, refused, reason) };
                self.bend_incoming(index_of(id.service), condition);
            }
            Load::Journey(at) => {
                let journey = u32::try_from(at).unwrap_or(NONE);
                let reason = self.reasons.origin(Part::Journey(journey), origin);
                let condition = Condition {
                    journey,
                    share,
                    other: OUTSIDE,
                    ..Condition::new(origin, refused, reason)
                };
                let actions = &self.program.journeys[at].actions;
                let mut doors: Vec<u32> = actions
                    .iter()
                    .map(|it| self.program.operations[*it as usize].service)
                    .collect();
                doors.sort_unstable();
                doors.dedup();
                for service in doors {
                    self.bend_incoming(service, condition);
                }
            }
        }
    }
}
