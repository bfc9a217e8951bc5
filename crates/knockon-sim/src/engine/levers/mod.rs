//! What can be done to a running system: the levers that faults and actions pull.
//!
//! Several may pull the same lever. Each pull has the number of who did it, its origin, and stays in
//! force until that origin lets go: the last pull that is left counts, and with none left it is as the
//! model says. So faults can be laid over each other and lifted in any order.

mod consumers;
mod demand;
mod dials;
mod grips;
mod network;
mod queues;
mod replacements;
mod steps;
mod stores;
mod troubles;
mod work;

use std::collections::BTreeMap;

use knockon_core::ScalingTargets;

use crate::broker;
use crate::pending::Pending;
use crate::program::Time;
use crate::timeline::Course;
use crate::truth::Part;

use super::Run;
pub(crate) use dials::Dial;
pub(crate) use grips::{Grip, Hold};
pub use steps::Feature;
pub(crate) use work::Work;

/// A figure of the model, and what it is set to instead, by whom; the last one counts.
#[derive(Debug, Clone)]
pub(crate) struct Layers<T> {
    pub(crate) base: T,
    pub(crate) over: Vec<(u32, T)>,
}

impl<T: Clone> Layers<T> {
    pub(crate) fn new(base: T) -> Self {
        Self { base, over: Vec::new() }
    }

    /// An origin that sets it again keeps its place.
    pub(crate) fn set(&mut self, origin: u32, value: T) {
        match self.over.iter_mut().find(|(by, _)| *by == origin) {
            Some((_, old)) => *old = value,
            None => self.over.push((origin, value)),
        }
    }

    /// Whether there was something to let go of.
    pub(crate) fn let_go(&mut self, origin: u32) -> bool {
        let before = self.over.len();
        self.over.retain(|(by, _)| *by != origin);
        before > self.over.len()
    }

    pub(crate) fn value(&self) -> T {
        self.over.last().map_or_else(|| self.base.clone(), |(_, value)| value.clone())
    }
}

/// Everything that is pulled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levers {
    pub(crate) grips: Vec<Grip>,
    dials: BTreeMap<Dial, Layers<u64>>,
    policies: BTreeMap<u32, Layers<broker::Policy>>,
    targets: BTreeMap<u32, Layers<ScalingTargets>>,
    /// Of each branch that was changed: how the model has it, and what was made of it.
    features: BTreeMap<u32, steps::Features>,
    /// Breakers held open or closed, by their sites.
    forced: BTreeMap<u32, bool>,
    /// Times as the model has them, kept from when the first was changed.
    times: Vec<Time>,
    work: Vec<Work>,
    /// Who took which platform away, and whether it is still gone for that: another may stand in.
    platforms: Vec<(u32, u32, bool)>,
    /// Whose consumers are stopped, and by whom.
    paused: Vec<(u32, u32)>,
    /// What is wrong with parts as a whole: origin, part, reason.
    troubles: Vec<(u32, Part, u32)>,
    /// What became of each entry of the timeline.
    pub(crate) courses: Vec<Course>,
    /// Actions so far that were none of the timeline.
    pub(crate) acts: u32,
}

impl<Q: Pending> Run<Q> {
    /// An origin lets go of everything.
    pub(crate) fn let_go(&mut self, origin: u32) {
        self.unbend(origin);
        self.release_grips(origin);
        self.release_dials(origin);
        self.release_policies(origin);
        self.release_targets(origin);
        self.release_features(origin);
        self.release_work(origin);
        self.release_platforms(origin);
        self.release_consumers(origin);
        self.stop_demand(origin);
        self.forget_troubles(origin);
        self.feed_all();
    }

    /// Messages go on wherever something may have been in the way.
    fn feed_all(&mut self) {
        for queue in 0..u32::try_from(self.queues.len()).unwrap_or(0) {
            self.feed(queue);
        }
    }

    /// Follows what was set in motion between two events.
    pub(crate) fn settle_down(&mut self) {
        self.drain();
    }
}
