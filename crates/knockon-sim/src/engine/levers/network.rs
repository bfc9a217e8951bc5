//! What happens to requests on their way.

use crate::pending::Pending;
use crate::program::NONE;

use super::super::Run;
use super::super::condition::{Bend, Condition};

impl<Q: Pending> Run<Q> {
    /// Something happens to requests on the way to a service.
    pub(crate) fn bend_incoming(&mut self, to: u32, condition: Condition) {
        self.services[to as usize].conditions.push(condition);
    }

    /// Something happens to requests that a service sends.
    pub(crate) fn bend_outgoing(&mut self, from: u32, condition: Condition) {
        self.services[from as usize].outgoing.push(condition);
    }

    /// An origin's conditions end.
    pub(crate) fn unbend(&mut self, origin: u32) {
        for service in &mut self.services {
            service.conditions.retain(|condition| condition.origin != origin);
            service.outgoing.retain(|condition| condition.origin != origin);
        }
    }

    /// Whether nothing at all gets from one service to another.
    pub(crate) fn is_cut_off(&self, from: u32, to: u32) -> bool {
        let is_total = |condition: &Condition, other: u32| {
            !matches!(condition.effect, Bend::Delay(_))
                && condition.share == u64::MAX
                && (condition.other == NONE || condition.other == other)
                && condition.operation == NONE
                && condition.member.is_none()
                && condition.journey == NONE
                && condition.version == NONE
                && condition.ordinals_below == NONE
        };
        self.services[to as usize].conditions.iter().any(|it| is_total(it, from))
            || self.services[from as usize].outgoing.iter().any(|it| is_total(it, to))
    }

    /// The queues of one of two services that the other works off.
    pub(crate) fn queues_between(&self, one: u32, other: u32) -> Vec<u32> {
        let of = |broker: u32, consumer: u32| {
            let queues = self.consumes_from(consumer);
            queues.into_iter().filter(move |it| self.program.queues[*it as usize].broker == broker)
        };
        of(one, other).chain(of(other, one)).collect()
    }

    /// The services that users ask.
    pub(crate) fn entered(&self) -> Vec<u32> {
        let actions = self.program.journeys.iter().flat_map(|journey| &journey.actions);
        let mut services: Vec<u32> =
            actions.map(|it| self.program.operations[*it as usize].service).collect();
        services.sort_unstable();
        services.dedup();
        services
    }
}
