//! Users that would not have come.

use crate::pending::Pending;
use crate::plan::Demand;

use super::super::Run;

impl<Q: Pending> Run<Q> {
    /// So many users of a journey come in addition. Those who come anyway stay the same.
    pub(crate) fn add_demand(
        &mut self,
        journey: u32,
        extra: &Demand,
        level: f64,
        (origin, reason): (u32, u32),
    ) {
        let mut known = self.generators.iter();
        match known.position(|it| it.origin == origin && it.journey == journey) {
            Some(at) => self.set_demand_factor(at, level),
            None => self.add_generator(journey, extra.clone(), level, (origin, reason)),
        }
    }

    pub(super) fn stop_demand(&mut self, origin: u32) {
        for at in 0..self.generators.len() {
            if self.generators[at].origin == origin {
                self.set_demand_factor(at, 0.0);
            }
        }
    }
}
