//! Steps: breakers, features, and what an autoscaler goes by.

use knockon_core::{ScalingTargets, StepId};

use crate::breaker::Breaker;
use crate::pending::Pending;
use crate::program::Choice;
use crate::truth::NOTHING;

use super::super::Run;
use super::Layers;

/// What becomes of an arm of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Nobody takes it; who would have goes on as if there were no branch.
    Off,
    /// Everybody takes it.
    Everyone,
    /// As the model says.
    AsDeclared,
}

/// A branch as the model has it, and what became of its arms: by whom, which, what.
pub(super) type Features = (Choice, Vec<(u32, usize, Feature)>);

impl<Q: Pending> Run<Q> {
    /// The sites of a step of the model.
    pub(crate) fn sites_of(&self, step: StepId) -> Vec<u32> {
        let sites = (0_u32..).zip(&self.program.sites);
        sites.filter(|(_, site)| site.step == Some(step)).map(|(at, _)| at).collect()
    }

    /// Holds the breakers of a step open or closed, in every replica and in those to come; `None`
    /// lets
    /// go and begins anew with closed ones.
    pub(crate) fn force_breaker(&mut self, site: u32, forced: Option<bool>, reason: u32) {
        match forced {
            Some(open) => self.levers.forced.insert(site, open),
            None => self.levers.forced.remove(&site),
        };
        let config = self.program.sites[site as usize].breaker;
        for replica in &mut self.replicas {
            for guard in replica.guards.iter_mut().filter(|guard| guard.site == site) {
                guard.forced = forced;
                if forced == Some(true) {
                    guard.because = reason;
                }
                if forced.is_none() {
                    guard.breaker = config.map(Breaker::new);
                    guard.because = NOTHING;
                }
            }
        }
    }

    /// Whether the breakers of a site are held open or closed.
    pub(crate) fn forced(&self, site: u32) -> Option<bool> {
        self.levers.forced.get(&site).copied()
    }

    /// Turns an arm of a branch on or off.
    pub(crate) fn set_feature(&mut self, choice: u32, arm: usize, origin: u32, to: Feature) {
        let now = &self.program.choices[choice as usize];
        let entry = self.levers.features.entry(choice);
        let (_, changes) = entry.or_insert_with(|| (now.clone(), Vec::new()));
        changes.retain(|(by, of, _)| *by != origin || *of != arm);
        changes.push((origin, arm, to));
        self.reckon_features(choice);
    }

    pub(super) fn release_features(&mut self, origin: u32) {
        let mut changed = Vec::new();
        for (choice, (_, changes)) in &mut self.levers.features {
            let before = changes.len();
            changes.retain(|(by, ..)| *by != origin);
            if changes.len() < before {
                changed.push(*choice);
            }
        }
        for choice in changed {
            self.reckon_features(choice);
        }
    }

    /// Only where arms lead is changed, so that everybody else takes the arm they would have taken.
    fn reckon_features(&mut self, choice: u32) {
        let Some((base, changes)) = self.levers.features.get(&choice) else { return };
        let mut made = base.clone();
        for (_, arm, to) in changes {
            let Some(own) = base.arms.get(*arm) else { continue };
            match to {
                Feature::Off => made.arms[*arm].entry = base.otherwise,
                Feature::AsDeclared => made.clone_from(base),
                Feature::Everyone => {
                    made.arms.iter_mut().for_each(|it| it.entry = own.entry);
                    made.otherwise = own.entry;
                }
            }
        }
        self.program.choices[choice as usize] = made;
    }

    /// What an autoscaler tries to keep where, from its next round on.
    pub(crate) fn set_targets(&mut self, service: u32, origin: u32, targets: ScalingTargets) {
        let Some(autoscaler) = &mut self.services[service as usize].autoscaler else { return };
        let now = autoscaler.targets();
        let layers = self.levers.targets.entry(service).or_insert_with(|| Layers::new(now));
        layers.set(origin, targets);
        autoscaler.set_targets(layers.value());
    }

    pub(super) fn release_targets(&mut self, origin: u32) {
        for (service, layers) in &mut self.levers.targets {
            if layers.let_go(origin)
                && let Some(autoscaler) = &mut self.services[*service as usize].autoscaler
            {
                autoscaler.set_targets(layers.value());
            }
        }
    }
}
