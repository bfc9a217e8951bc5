//! Blame by a storm of alerts: whose trouble it is, when alerts are all there is to go by.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{ServiceId, System};
use knockon_telemetry::Alert;

use crate::alarm::Alarms;
use crate::family::{Blame, Family};
use crate::scene::Scene;
use crate::signal::{Signal, read, says_asked_more, says_fall, says_log};

/// What may well come from elsewhere counts by this part.
const INHERITED: f64 = 0.3;

/// What a service says of its own slow and failing calls, beside what its callers say: they wait for
/// the way there as well, and do not stop to tell when it dies.
const SAID_OF_ITSELF: f64 = 0.7;

/// Which alerts fired on whom: by name, by the service that is blamed, who says so.
type Fired<'a> = BTreeMap<&'a str, BTreeMap<ServiceId, BTreeSet<ServiceId>>>;

/// What the alerts tell of one service.
#[derive(Debug, Clone, Copy, Default)]
struct Told {
    /// What is its own trouble.
    own: f64,
    /// What is its own trouble unless it is asked more than usual: full resources.
    full: f64,
    /// What waits in it, which may wait for others.
    waiting: f64,
    /// Slow and failing calls, which may be slow and fail for others.
    symptoms: f64,
}

impl Told {
    /// Adds an alert. `part` is how much it says of this service; `by_callers` whether others say it.
    fn add(&mut self, name: &str, part: f64, by_callers: bool) {
        let signal = read(name).signal;
        match signal {
            Signal::Latency | Signal::Errors => {
                self.symptoms += part * if by_callers { 1.0 } else { SAID_OF_ITSELF };
            }
            Signal::Backlog if !says_fall(name) => self.waiting += part * own_weight(name, signal),
            Signal::Saturation if !says_fall(name) => self.full += part * own_weight(name, signal),
            _ => self.own += part * own_weight(name, signal),
        }
    }
}

impl Alarms<'_> {
    /// Blame by alerts about things that no series measures.
    ///
    /// An alert about calls from one service to another speaks of the callee. An alert that fires on
    /// many services says less about each of them, and one that fires on all replicas of a service
    /// alike says little about any: it is in what they share, which is their load and whom they call.
    ///
    /// Who is asked more than usual is busy and slow for that. The symptoms of a service are its own
    /// only as far as they exceed those of the callees that it complains about: exclusive impact, as
    /// for series.
    pub(crate) fn blame(&self, scene: &Scene<'_>) -> Option<Blame> {
        let mut fired = Fired::new();
        let mut complains: BTreeMap<ServiceId, BTreeSet<ServiceId>> = BTreeMap::new();
        let mut asked_more: BTreeSet<ServiceId> = BTreeSet::new();
        for Alert { name, service, peer, .. } in self.unmeasured(scene) {
            let blamed = peer.unwrap_or(*service);
            fired.entry(name).or_default().entry(blamed).or_default().insert(*service);
            complains.entry(*service).or_default().extend(*peer);
        }
        for (_, services) in fired.iter().filter(|(name, _)| says_asked_more(name)) {
            asked_more.extend(services.keys());
        }
        let mut told = tell(&fired, scene.system);
        for service in asked_more {
            let told = &mut told[service.index()];
            told.full *= INHERITED;
            told.symptoms *= INHERITED;
        }
        let amount = |service: ServiceId| {
            let of = told[service.index()];
            let callees = complains.get(&service).into_iter().flatten();
            let below = callees.clone().map(|callee| told[callee.index()].symptoms);
            let exclusive = (of.symptoms - below.fold(0.0, f64::max)).max(0.0);
            let strays_below = scene.graph.needs(service).iter().any(|id| scene.strays(*id));
            let factor = |is_inherited| if is_inherited { INHERITED } else { 1.0 };
            let complains = callees.count() > 0;
            of.own
                + of.full
                + of.waiting * factor(complains || strays_below)
                + exclusive * factor(strays_below)
        };
        let amounts: Vec<f64> = scene.system.service_ids().map(amount).collect();
        // One alert about something else is little to go by, a storm of them is much.
        let total: f64 = amounts.iter().sum();
        Blame::from_amounts(Family::Alerts, total / (total + 2.0), amounts)
    }
}

/// What the alerts tell of each service, by its index.
fn tell(fired: &Fired<'_>, system: &System) -> Vec<Told> {
    let siblings = siblings(system);
    let mut told = vec![Told::default(); system.services().len()];
    for (name, services) in fired {
        let total: usize = services.values().map(BTreeSet::len).sum();
        for (service, by) in services {
            // The fourth root: every other service may show a symptom of the one that is broken.
            let mut part = (by.len() as f64 / total as f64).sqrt().sqrt();
            let others = &siblings[service.index()];
            if !others.is_empty() && others.iter().all(|other| services.contains_key(other)) {
                part *= INHERITED;
            }
            told[service.index()].add(name, part, by.iter().any(|other| other != service));
        }
    }
    told
}

/// The other replicas of each service, by its index, where replicas are services of their own: their
/// names differ in the ordinal alone, as the pods of a stateful set (`carts-0`, `carts-1`).
fn siblings(system: &System) -> Vec<Vec<ServiceId>> {
    let stem = |id: ServiceId| {
        let (stem, ordinal) = system.service(id).name.rsplit_once('-')?;
        let is_ordinal = !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit());
        is_ordinal.then_some(stem)
    };
    let mut replicas: BTreeMap<&str, Vec<ServiceId>> = BTreeMap::new();
    for id in system.service_ids() {
        if let Some(stem) = stem(id) {
            replicas.entry(stem).or_default().push(id);
        }
    }
    let others = |id: ServiceId| {
        let all = stem(id).and_then(|stem| replicas.get(stem)).into_iter().flatten();
        all.copied().filter(|other| *other != id).collect()
    };
    system.service_ids().map(others).collect()
}

/// What an alert weighs that is not about a symptom. A restart, a lost replica and a new line in the
/// log are the service's own trouble, a full resource mostly, an idle one seldom, and traffic follows
/// from others as often as not.
fn own_weight(name: &str, signal: Signal) -> f64 {
    match signal {
        Signal::Saturation | Signal::Backlog if says_fall(name) => 0.5,
        Signal::Saturation => 1.5,
        Signal::Restarts | Signal::Capacity | Signal::Backlog => 2.0,
        Signal::Other if says_log(name) => 3.0,
        // Who is broken is asked less, or passes on less; who takes over for it is asked more.
        Signal::Traffic if says_fall(name) => 1.5,
        Signal::Traffic => 0.5,
        _ => 1.0,
    }
}
