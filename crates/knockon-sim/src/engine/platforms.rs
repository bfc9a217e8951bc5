//! Platforms: what others run on, and what becomes of those when it is gone.

use crate::pending::Pending;
use crate::program::NONE;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::state::FailoverState;

impl<Q: Pending> Run<Q> {
    /// A platform is gone: what cannot do without it ends, the rest runs on unmanaged.
    pub(crate) fn platform_down(&mut self, platform: u32, reason: u32) {
        if std::mem::replace(&mut self.services[platform as usize].is_down, true) {
            return;
        }
        self.services[platform as usize].trouble = reason;
        for (service, optional) in self.runs_on(platform) {
            let state = &mut self.services[service as usize];
            if optional {
                state.unmanaged += 1;
                continue;
            }
            state.platforms_down += 1;
            let blame = self.reasons.because(Part::Service(service), Effect::Down, reason);
            for id in self.services[service as usize].replicas.clone() {
                self.replicas[id as usize].trouble = blame;
                self.end_process(id, "NodeLost", true, blame);
            }
            self.look_at_service(service);
            // A platform that runs on a platform goes with it.
            if self.program.services[service as usize].kind == knockon_core::ServiceKind::Platform {
                self.platform_down(service, blame);
            }
        }
        self.watch_over(platform);
    }

    /// A platform is back, or another stands in for it: what it carried is started again.
    pub(crate) fn platform_up(&mut self, platform: u32) {
        if !std::mem::replace(&mut self.services[platform as usize].is_down, false) {
            return;
        }
        self.services[platform as usize].trouble = NOTHING;
        self.services[platform as usize].failover = FailoverState::None;
        for (service, optional) in self.runs_on(platform) {
            let state = &mut self.services[service as usize];
            if optional {
                state.unmanaged = state.unmanaged.saturating_sub(1);
            } else {
                state.platforms_down = state.platforms_down.saturating_sub(1);
            }
            if state.platforms_down > 0 || state.unmanaged > 0 {
                continue;
            }
            if self.program.services[service as usize].kind == knockon_core::ServiceKind::Platform {
                self.platform_up(service);
            }
            self.revive(service);
        }
    }

    /// Another platform stands in: everything runs there.
    pub(super) fn platform_replaced(&mut self, platform: u32) {
        self.let_go_of_platform(platform);
        self.platform_up(platform);
        self.services[platform as usize].failover = FailoverState::Done;
    }

    /// Why no replica of a service is ready: its own trouble, or what befell its replicas.
    pub(super) fn why_nobody(&self, service: u32) -> u32 {
        let state = &self.services[service as usize];
        if state.trouble != NOTHING {
            return state.trouble;
        }
        let replicas = || state.replicas.iter().map(|id| &self.replicas[*id as usize]);
        let ended = replicas().map(|replica| replica.trouble).find(|reason| *reason != NOTHING);
        let probed = || replicas().map(|replica| replica.probe_blame).find(|it| *it != NOTHING);
        ended.or_else(probed).unwrap_or(NOTHING)
    }

    /// What runs on a platform, and whether it can do without.
    pub(crate) fn runs_on(&self, platform: u32) -> Vec<(u32, bool)> {
        let all = self.program.services.iter().enumerate();
        all.filter_map(|(at, service)| {
            let on = service.runs_on.iter().find(|on| on.service == platform)?;
            Some((u32::try_from(at).unwrap_or(NONE), on.optional))
        })
        .collect()
    }
}
