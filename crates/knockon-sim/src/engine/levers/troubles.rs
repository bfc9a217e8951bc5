//! Why parts of a system are not themselves: what requests that suffer from it are put down to.

use crate::pending::Pending;
use crate::program::NONE;
use crate::truth::{NOTHING, Part};

use super::super::Run;
use super::super::state::Phase;

impl<Q: Pending> Run<Q> {
    /// Something is wrong with a service or a queue as a whole.
    pub(crate) fn blame(&mut self, part: Part, origin: u32, reason: u32) {
        self.levers.troubles.retain(|(by, of, _)| *by != origin || *of != part);
        self.levers.troubles.push((origin, part, reason));
        self.look_for_trouble(part);
    }

    pub(super) fn forget_troubles(&mut self, origin: u32) {
        let before = std::mem::take(&mut self.levers.troubles);
        let (gone, left): (Vec<_>, Vec<_>) = before.into_iter().partition(|it| it.0 == origin);
        self.levers.troubles = left;
        for (_, part, _) in gone {
            self.look_for_trouble(part);
        }
    }

    pub(crate) fn forget_trouble(&mut self, part: Part, origin: u32) {
        self.levers.troubles.retain(|(by, of, _)| *by != origin || *of != part);
        self.look_for_trouble(part);
    }

    fn standing(&self, part: Part) -> u32 {
        let last = self.levers.troubles.iter().rev().find(|(_, of, _)| *of == part);
        last.map_or(NOTHING, |(.., reason)| *reason)
    }

    fn look_for_trouble(&mut self, part: Part) {
        match part {
            Part::Service(service) => self.look_at_service(service),
            Part::Queue(queue) => self.look_at_queue(queue),
            Part::Journey(_) => {}
        }
    }

    /// What is wrong with a service: a standing trouble, or that of the replica that went last.
    pub(crate) fn look_at_service(&mut self, service: u32) {
        let standing = self.standing(Part::Service(service));
        let state = &self.services[service as usize];
        let mut trouble = standing;
        if standing == NOTHING && state.ready.is_empty() {
            let last = state.replicas.iter().max_by_key(|id| {
                let replica = &self.replicas[**id as usize];
                (replica.ready_changed_at, **id)
            });
            trouble = last.map_or(state.trouble, |id| {
                let replica = &self.replicas[*id as usize];
                let is_up = replica.phase == Phase::Up && replica.trouble == NOTHING;
                if is_up { replica.probe_blame } else { replica.trouble }
            });
        }
        self.services[service as usize].trouble = trouble;
        for queue in 0..u32::try_from(self.queues.len()).unwrap_or(NONE) {
            let table = &self.program.queues[queue as usize];
            let consumed = &self.program.services[service as usize].consumers;
            if table.broker == service || consumed.iter().any(|it| table.consumers.contains(it)) {
                self.look_at_queue(queue);
            }
        }
    }

    /// What is wrong with a queue: a standing trouble, that of its broker, or that of its consumers
    /// when none is there. What piled up meanwhile is put down to it until it has been taken.
    pub(crate) fn look_at_queue(&mut self, queue: u32) {
        let table = &self.program.queues[queue as usize];
        let mut trouble = self.standing(Part::Queue(queue));
        if trouble == NOTHING {
            trouble = self.services[table.broker as usize].trouble;
        }
        if trouble == NOTHING {
            let services =
                table.consumers.iter().map(|it| self.program.operations[*it as usize].service);
            let mut gone = services.map(|service| &self.services[service as usize]);
            let first = gone.clone().next().map_or(NOTHING, |service| service.trouble);
            if gone.all(|service| service.ready.is_empty()) {
                trouble = first;
            }
        }
        let state = &mut self.queues[queue as usize];
        if trouble != NOTHING || state.queue.ready() == 0 {
            (state.trouble, state.lingers) = (trouble, false);
        } else if state.trouble != NOTHING {
            state.lingers = true;
        }
    }
}
