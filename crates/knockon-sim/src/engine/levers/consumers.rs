//! Consumers that take no messages.

use crate::pending::Pending;
use crate::truth::Part;

use super::super::Run;

impl<Q: Pending> Run<Q> {
    /// The consumers of a service take nothing new. What they hold they work off.
    pub(crate) fn pause_consumers(&mut self, service: u32, (origin, reason): (u32, u32)) {
        if !self.levers.paused.contains(&(origin, service)) {
            self.levers.paused.push((origin, service));
        }
        self.services[service as usize].paused = true;
        for queue in self.consumes_from(service) {
            self.blame(Part::Queue(queue), origin, reason);
        }
    }

    /// They take messages again, whoever stopped them.
    pub(crate) fn resume_consumers(&mut self, service: u32) {
        let origins: Vec<u32> = (self.levers.paused.iter())
            .filter(|(_, paused)| *paused == service)
            .map(|(origin, _)| *origin)
            .collect();
        self.levers.paused.retain(|(_, paused)| *paused != service);
        self.services[service as usize].paused = false;
        for queue in self.consumes_from(service) {
            for origin in &origins {
                self.forget_trouble(Part::Queue(queue), *origin);
            }
            self.feed(queue);
        }
    }

    pub(super) fn release_consumers(&mut self, origin: u32) {
        let before = std::mem::take(&mut self.levers.paused);
        let (gone, left): (Vec<_>, Vec<_>) = before.into_iter().partition(|(by, _)| *by == origin);
        self.levers.paused = left;
        for (_, service) in gone {
            let is_paused = self.levers.paused.iter().any(|(_, paused)| *paused == service);
            self.services[service as usize].paused = is_paused;
        }
    }

    /// The queues that a service works off.
    pub(crate) fn consumes_from(&self, service: u32) -> Vec<u32> {
        let consumers = &self.program.services[service as usize].consumers;
        consumers.iter().map(|it| self.program.operations[*it as usize].consumes).collect()
    }
}
