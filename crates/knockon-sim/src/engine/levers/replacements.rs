//! Platforms that are held down, and who answers in place of others.

use crate::pending::Pending;
use crate::program::NONE;

use super::super::Run;
use super::super::state::FailoverState;

impl<Q: Pending> Run<Q> {
    /// A platform is gone until everybody who took it away lets go.
    pub(crate) fn hold_platform(&mut self, platform: u32, (origin, reason): (u32, u32)) {
        let is_held = |it: &(u32, u32, bool)| it.0 == origin && it.1 == platform;
        if self.levers.platforms.iter().any(is_held) {
            return;
        }
        self.levers.platforms.push((origin, platform, true));
        self.platform_down(platform, reason);
    }

    pub(super) fn release_platforms(&mut self, origin: u32) {
        let before = std::mem::take(&mut self.levers.platforms);
        let (gone, left): (Vec<_>, Vec<_>) = before.into_iter().partition(|it| it.0 == origin);
        self.levers.platforms = left;
        for (_, platform, _) in gone {
            let is_held =
                self.levers.platforms.iter().any(|(_, of, held)| *of == platform && *held);
            if !is_held {
                // It is there again, and another can stand in for it if it goes again.
                self.services[platform as usize].failover = FailoverState::None;
                self.platform_up(platform);
            }
        }
    }

    /// Whoever took a platform away, another stands in for it.
    pub(crate) fn let_go_of_platform(&mut self, platform: u32) {
        let mine = self.levers.platforms.iter_mut().filter(|(_, of, _)| *of == platform);
        mine.for_each(|(.., held)| *held = false);
    }

    /// Hands over at once: to who is to take over, or back to the service itself where somebody
    /// else
    /// answers for it and it is there again. Whether there was anybody.
    pub(crate) fn fail_over_now(&mut self, service: u32) -> bool {
        let state = &self.services[service as usize];
        if state.redirect != NONE {
            let is_back = !state.ready.is_empty();
            if is_back {
                let redirect = state.redirect;
                self.cut_pools_to(redirect);
                let state = &mut self.services[service as usize];
                state.redirect = NONE;
                state.failover = FailoverState::None;
            }
            return is_back;
        }
        let table = &self.program.services[service as usize];
        let to = table.failover.map_or(NONE, |failover| failover.to);
        if to == NONE && table.copies.is_none() {
            return false;
        }
        self.take_over(service, to);
        true
    }

    /// Rolls out the version before. Whether there was one.
    pub(crate) fn roll_back(&mut self, service: u32) -> bool {
        let state = &self.services[service as usize];
        let before = state.versions.get(state.version_before as usize).cloned();
        if let Some(version) = &before {
            self.deploy(service, version);
        }
        before.is_some()
    }
}
