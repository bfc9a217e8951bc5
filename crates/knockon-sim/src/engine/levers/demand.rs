//! Users that would not have come.

use knockon_core::Rate;

use crate::pending::Pending;
use crate::plan::Demand;

use super::super::Run;

impl<Q: Pending> Run<Q> {
    /// So many users of a journey come in addition. Those who come anyway stay the same.
    pub(crate) fn add_demand(
        &mut self,
        journey: u32,
        extra: Rate,
        level: f64,
        (origin, reason): (u32, u32),
    ) {
        let known = (self.generators.iter())
            .position(|it| it.origin == origin && it.journey == journey && !it.stopped);
        let at = known
            .unwrap_or_else(|| self.add_generator(journey, Demand::Rate(extra), origin, reason));
        self.set_demand_factor(at, level);
    }

    pub(super) fn stop_demand(&mut self, origin: u32) {
        for at in 0..self.generators.len() {
            if self.generators[at].origin == origin {
                self.set_demand_factor(at, 0.0);
            }
        }
    }
}
