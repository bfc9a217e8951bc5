//! Families of evidence, each of which spreads its blame over the services.
//!
//! Seconds of latency, failed requests, a full disk and an alert cannot be added up. A *share* can:
//! each family says what part of the trouble it sees begins at which service, and how far it is to
//! be trusted.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::ServiceId;

use crate::deviation::Deviation;
use crate::robust::{median, strength};
use crate::scene::Scene;
use crate::signal::{Signal, statistic_rank};

/// What a family of evidence looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Latency that begins at a service: its excess × requests, less what its callees account for.
    Latency,
    /// Failures that begin at a service, likewise.
    Errors,
    /// Saturation, backlog, restarts, lost capacity: a service's own.
    Resources,
    /// A surge of traffic that begins at a service.
    Load,
    /// Alerts about things that no series measures.
    Alerts,
    /// Who is hit and who is spared.
    Scope,
    /// Recent changes of services that are in trouble since.
    Changes,
    /// What lines of logs say that did not come before.
    Logs,
}

impl Family {
    /// The word for it in reports and JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Errors => "errors",
            Self::Resources => "resources",
            Self::Load => "load",
            Self::Alerts => "alerts",
            Self::Scope => "scope",
            Self::Changes => "changes",
            Self::Logs => "logs",
        }
    }
}

/// A family whose worst deviation is this far out is trusted by half: beside a service at 50 spreads
/// one at 5 says little.
pub(crate) const TRUSTED_Z: f64 = 15.0;

/// How much of an unexplained excess is held to begin at a callee that shows trouble of another kind.
pub(crate) const PULLED_UPSTREAM: f64 = 0.7;

/// Excesses of one signal, in its unit × requests per unit of time.
struct Impact {
    /// At each service, where it is measured.
    of: Vec<Option<f64>>,
    /// In the calls from one service to another, where they are.
    seen: BTreeMap<(ServiceId, ServiceId), f64>,
    /// The farthest that any of it strays.
    worst_z: f64,
}

/// What was found below a service.
#[derive(Default)]
struct Below {
    /// The impact of the nearest measured callees.
    inherited: f64,
    /// Callees without a series of the signal that show other trouble.
    troubled: Vec<ServiceId>,
}

/// How one family spreads its blame.
#[derive(Debug, Clone)]
pub(crate) struct Blame {
    pub(crate) family: Family,
    /// How far it is to be trusted, 0 to 1.
    pub(crate) weight: f64,
    /// The share of each service, by its index; sums to 1.
    pub(crate) shares: Vec<f64>,
}

impl Blame {
    /// Blame from amounts of any unit; `None` when there is nothing to blame.
    pub(crate) fn from_amounts(family: Family, weight: f64, amounts: Vec<f64>) -> Option<Self> {
        let total: f64 = amounts.iter().sum();
        (total > 0.0 && weight > 0.0).then(|| Self {
            family,
            weight,
            shares: amounts.into_iter().map(|amount| amount / total).collect(),
        })
    }
}

impl Blame {
    /// Hands on most of the blame of one service to another.
    pub(crate) fn hand_on(&mut self, from: ServiceId, to: ServiceId) {
        let handed = self.shares[from.index()] * PULLED_UPSTREAM;
        self.shares[from.index()] -= handed;
        self.shares[to.index()] += handed;
    }
}

impl Scene<'_> {
    /// The blame of every family that has something to say.
    pub(crate) fn blame(&self) -> Vec<Blame> {
        [
            self.exclusive(Family::Latency, Signal::Latency),
            self.exclusive(Family::Errors, Signal::Errors),
            self.resources(),
            self.load(),
            self.alarms.blame(self),
            self.scope(),
            self.changes(),
            self.logs.blame(self),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Exclusive impact: what a service adds to the trouble itself.
    ///
    /// The excess of a caller contains that of its callees, since it waits for them and passes
    /// their failures on. Taken in the same unit (seconds waited, requests failed, per unit of
    /// time) it can be subtracted, and what remains began here.
    fn exclusive(&self, family: Family, signal: Signal) -> Option<Blame> {
        let impact = self.impact(signal);
        let mut amounts = vec![0.0; impact.of.len()];
        for service in self.system.service_ids() {
            let Some(own) = impact.of[service.index()] else {
                continue;
            };
            let below = self.below(service, &impact);
            let exclusive = (own - below.inherited).max(0.0);
            // What is needed shows trouble of another kind: a killed callee, a full pool. It has no
            // series of this signal to subtract, and is the likelier place for most of the excess.
            let pulled = if below.troubled.is_empty() { 0.0 } else { PULLED_UPSTREAM * exclusive };
            amounts[service.index()] += exclusive - pulled;
            for troubled in &below.troubled {
                amounts[troubled.index()] += pulled / below.troubled.len() as f64;
            }
        }
        let weight = strength(impact.worst_z, TRUSTED_Z) * self.alarms.focus(signal, self);
        Blame::from_amounts(family, weight, amounts)
    }

    /// The excess of one signal at each service, and of the calls from one to another. Of what a
    /// service says of itself and what its callers saw of it the larger counts: who is dead or cut
    /// off says nothing of what fails.
    fn impact(&self, signal: Signal) -> Impact {
        let demand = self.demand();
        let mut impact =
            Impact { of: vec![None; demand.len()], seen: BTreeMap::new(), worst_z: 0.0 };
        let excess = |deviation: &Deviation<'_>, demand: f64| {
            let counts = deviation.z >= 1.0 && deviation.excess > 0.0;
            if counts { deviation.excess * demand } else { 0.0 }
        };
        for (index, best) in self.representatives(signal).into_iter().enumerate() {
            let Some(deviation) = best else { continue };
            impact.worst_z = impact.worst_z.max(deviation.z);
            // A counter of failures counts them itself.
            let is_rate = signal == Signal::Errors && deviation.series.metric.ends_with("_total");
            impact.of[index] = Some(excess(deviation, if is_rate { 1.0 } else { demand[index] }));
        }
        let platforms = self.shared_platforms();
        let mut own = vec![None; demand.len()];
        let mut by_callers = vec![None; demand.len()];
        for deviation in self.of_signal(signal) {
            let Some(requests) = deviation.requests else { continue };
            let amount = excess(deviation, requests);
            impact.worst_z = impact.worst_z.max(deviation.z);
            let service = deviation.series.service;
            let total = match deviation.callee {
                Some(callee) => {
                    let callee = platforms.get(&(service, callee)).copied().unwrap_or(callee);
                    *impact.seen.entry((service, callee)).or_default() += amount;
                    &mut by_callers[callee.index()]
                }
                None => &mut own[service.index()],
            };
            *total = Some(total.unwrap_or(0.0) + amount);
        }
        for (of, (own, by_callers)) in impact.of.iter_mut().zip(own.into_iter().zip(by_callers)) {
            let measured = own.or(*of).map(|own: f64| own.max(by_callers.unwrap_or(0.0)));
            *of = measured.or(by_callers);
        }
        impact
    }

    /// The impact and the trouble of what a service needs. A callee that is not measured passes on
    /// that of its own callees.
    fn below(&self, service: ServiceId, impact: &Impact) -> Below {
        let mut below = Below::default();
        let mut seen = vec![false; impact.of.len()];
        seen[service.index()] = true;
        let mut open = vec![service];
        while let Some(user) = open.pop() {
            for needed in self.used(user, impact) {
                if std::mem::replace(&mut seen[needed.index()], true) {
                    continue;
                }
                let by_calls = impact.seen.get(&(user, needed)).copied();
                if let Some(measured) = by_calls.or(impact.of[needed.index()]) {
                    below.inherited += measured;
                    continue;
                }
                if self.hurts(needed) {
                    below.troubled.push(needed);
                }
                open.push(needed);
            }
        }
        below
    }

    /// What a service needs, and whatever else its calls are measured to: a service that is called
    /// optional can fail its caller all the same.
    fn used(&self, service: ServiceId, impact: &Impact) -> BTreeSet<ServiceId> {
        let from = ServiceId::from_index(0);
        let measured =
            impact.seen.range((service, from)..).map(|((caller, callee), _)| (caller, callee));
        let called =
            measured.take_while(|(caller, _)| **caller == service).map(|(_, callee)| *callee);
        self.graph.needs(service).iter().copied().chain(called).collect()
    }

    /// Per service, the series that stands best for one signal: the statistic nearest to a mean,
    /// and of several (one a replica, say) the one that strays most.
    fn representatives(&self, signal: Signal) -> Vec<Option<&Deviation<'_>>> {
        let mut best: Vec<Option<&Deviation<'_>>> = vec![None; self.system.services().len()];
        for deviation in self.of_signal(signal).filter(|it| it.requests.is_none()) {
            let slot = &mut best[deviation.series.service.index()];
            let rank = |d: &Deviation<'_>| (statistic_rank(&d.series.metric), -d.z);
            if slot.is_none_or(|other| rank(deviation) < rank(other)) {
                *slot = Some(deviation);
            }
        }
        best
    }

    /// Requests per unit of time that each service is asked for. Where they fell they are wanted all
    /// the same, so that what they were before counts; where they are not measured, the median of
    /// the others, and 1 where nothing is.
    fn demand(&self) -> Vec<f64> {
        let mut known: Vec<Option<f64>> = vec![None; self.system.services().len()];
        for deviation in self.of_signal(Signal::Traffic) {
            let slot = &mut known[deviation.series.service.index()];
            *slot = Some(slot.unwrap_or(0.0).max(deviation.wanted()));
        }
        let typical = median(known.iter().flatten().copied()).filter(|d| *d > 0.0).unwrap_or(1.0);
        known.into_iter().map(|demand| demand.unwrap_or(typical)).collect()
    }

    /// Where a surge of traffic begins: at a service whose callers do not surge, or at a caller in
    /// worse trouble that asks several times over (retries, one query a row). A surge that hurts nobody is
    /// not held against anybody.
    fn load(&self) -> Option<Blame> {
        let mut amounts = vec![0.0; self.system.services().len()];
        let mut worst_z: f64 = 0.0;
        for service in self.system.service_ids() {
            let Some(z) = self.surge(service) else {
                continue;
            };
            let callers = self.graph.users(service);
            if callers.iter().any(|caller| self.surge(*caller).is_some()) {
                continue;
            }
            let own = self.hurt(service);
            let askers: Vec<_> = callers
                .iter()
                .filter(|caller| self.hurts(**caller) && self.hurt(**caller) >= own)
                .filter(|caller| !self.measures(**caller, Signal::Traffic))
                .collect();
            if askers.is_empty() && !self.hurts(service) {
                continue;
            }
            worst_z = worst_z.max(z);
            if askers.is_empty() {
                amounts[service.index()] += z;
            }
            for caller in &askers {
                amounts[caller.index()] += z / askers.len() as f64;
            }
        }
        Blame::from_amounts(Family::Load, 0.5 * strength(worst_z, TRUSTED_Z), amounts)
    }
}
