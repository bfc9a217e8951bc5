//! Families of evidence, each of which spreads its blame over the services.
//!
//! Seconds of latency, failed requests, a full disk and an alert cannot be added up. A *share* can:
//! each family says what part of the trouble it sees begins at which service, and how far it is to
//! be trusted.

use knockon_core::ServiceId;

use crate::deviation::{DEVIATES_Z, Deviation};
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
        }
    }
}

/// A family whose worst deviation is this far out is trusted by half: beside a service at 50 spreads
/// one at 5 says little.
const TRUSTED_Z: f64 = 15.0;

/// How much of an unexplained excess is held to begin at a callee that shows trouble of another kind.
const PULLED_UPSTREAM: f64 = 0.7;

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

impl Scene<'_> {
    /// The blame of every family that has something to say.
    pub(crate) fn blame(&self) -> Vec<Blame> {
        [
            self.exclusive(Family::Latency, Signal::Latency),
            self.exclusive(Family::Errors, Signal::Errors),
            self.resources(),
            self.load(),
            self.alarms.blame(self),
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
        let demand = self.demand();
        let mut impact: Vec<Option<f64>> = vec![None; self.system.services().len()];
        let mut worst_z: f64 = 0.0;
        for (index, best) in self.representatives(signal).into_iter().enumerate() {
            let Some(deviation) = best else { continue };
            let counts = deviation.z >= 1.0 && deviation.excess > 0.0;
            worst_z = worst_z.max(deviation.z);
            impact[index] = Some(if counts { deviation.excess * demand[index] } else { 0.0 });
        }
        let mut amounts = vec![0.0; impact.len()];
        for service in self.system.service_ids() {
            let Some(own) = impact[service.index()] else {
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
        let weight = strength(worst_z, TRUSTED_Z) * self.alarms.focus(signal, self);
        Blame::from_amounts(family, weight, amounts)
    }

    /// The impact and the trouble of what a service needs. A callee that is not measured passes on
    /// that of its own callees.
    fn below(&self, service: ServiceId, impact: &[Option<f64>]) -> Below {
        let mut below = Below::default();
        let mut seen = vec![false; impact.len()];
        seen[service.index()] = true;
        let mut open = vec![service];
        while let Some(user) = open.pop() {
            for &needed in self.graph.needs(user) {
                if std::mem::replace(&mut seen[needed.index()], true) {
                    continue;
                }
                if let Some(measured) = impact[needed.index()] {
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

    /// Per service, the series that stands best for one signal: the statistic nearest to a mean,
    /// and of several (one a replica, say) the one that strays most.
    fn representatives(&self, signal: Signal) -> Vec<Option<&Deviation<'_>>> {
        let mut best: Vec<Option<&Deviation<'_>>> = vec![None; self.system.services().len()];
        for deviation in self.of_signal(signal) {
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
            let fell = deviation.is_far() && deviation.z < 0.0;
            let demand = if fell { deviation.before } else { deviation.during };
            let slot = &mut known[deviation.series.service.index()];
            *slot = Some(slot.unwrap_or(0.0).max(demand));
        }
        let typical = median(known.iter().flatten().copied()).filter(|d| *d > 0.0).unwrap_or(1.0);
        known.into_iter().map(|demand| demand.unwrap_or(typical)).collect()
    }

    /// What is a service's own: full resources, backlog, restarts, lost capacity.
    fn resources(&self) -> Option<Blame> {
        let mut amounts = vec![0.0; self.system.services().len()];
        let mut worst_z: f64 = 0.0;
        for deviation in self.deviations {
            let trust = match deviation.reading.signal {
                Signal::Saturation | Signal::Restarts | Signal::Capacity => 1.0,
                Signal::Backlog => self.backlog_trust(deviation.series.service),
                Signal::Other => 0.6,
                Signal::Latency | Signal::Errors | Signal::Traffic | Signal::Abandoned => continue,
            };
            // A resource that is used less is seldom the trouble, but it does stray.
            let trust = if deviation.is_adverse() { trust } else { trust * 0.2 };
            let z = deviation.z.abs() * trust;
            let slot: &mut f64 = &mut amounts[deviation.series.service.index()];
            *slot = slot.max(z * strength(z, DEVIATES_Z));
            worst_z = worst_z.max(z);
        }
        Blame::from_amounts(Family::Resources, strength(worst_z, TRUSTED_Z), amounts)
    }

    /// A backlog in a broker is mostly its consumer's doing, if that strays too.
    fn backlog_trust(&self, broker: ServiceId) -> f64 {
        let by_others = self.graph.users(broker).iter().any(|service| self.strays(*service));
        if by_others { 0.3 } else { 0.8 }
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
