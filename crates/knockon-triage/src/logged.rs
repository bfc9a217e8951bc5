//! What logs say that they did not say before.
//!
//! A line is evidence when its template is new or comes far more often than before. What a text says
//! decides whose it is: a service that has no space left says so of itself, one that is refused by
//! another speaks of that one. Errors that say nothing in particular count little, for whoever calls
//! something broken writes most of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{ServiceId, Timestamp};
use knockon_telemetry::{Evidence, Level, LogTemplate, Logs};

use crate::deviation::DEVIATES_Z;
use crate::family::{Blame, Family, PULLED_UPSTREAM};
use crate::says::{Saying, Whom, says};
use crate::scene::Scene;
use crate::window::Windows;

/// So many intervals before the incident tell what is usual.
const INTERVALS_BEFORE_MIN: i64 = 8;

/// How far the family is trusted at most.
const TRUST_MAX: f64 = 0.5;

/// What an error counts that names no cause.
const NAMELESS: f64 = 0.2;

/// What a line of level warning counts beside an error: a caller that tries again warns.
const WARNING: f64 = 0.6;

/// What counts where it is not known whether a text is new.
const UNCOMPARED: f64 = 0.5;

/// As many texts of one service as a person reads.
pub(crate) const FINDINGS_MAX: usize = 5;

/// A template that is new, or came more often.
#[derive(Debug)]
pub(crate) struct Logged<'a> {
    pub(crate) template: &'a LogTemplate,
    /// How many lines there would have been as before; `None` if that is not known.
    pub(crate) before: Option<f64>,
    /// How many there were.
    count: f64,
    /// The interval in which the first came.
    pub(crate) since: Timestamp,
    /// The cause that it names.
    pub(crate) says: Option<&'static Saying>,
}

impl Logged<'_> {
    /// How many lines there were.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a count of lines"
    )]
    pub(crate) fn lines(&self) -> u64 {
        self.count as u64
    }

    /// How much it speaks of what it names.
    fn strength(&self) -> f64 {
        let said = self.says.map_or(NAMELESS, |saying| saying.weight);
        let level = if self.template.level == Level::Warn { WARNING } else { 1.0 };
        let compared = if self.before.is_some() { 1.0 } else { UNCOMPARED };
        said * level * compared
    }
}

/// What logs say of an incident, the plainest of each service first.
#[derive(Debug, Default)]
pub(crate) struct LogEvidence<'a> {
    logged: Vec<Logged<'a>>,
}

impl<'a> LogEvidence<'a> {
    pub(crate) fn new(evidence: &'a Evidence, windows: &Windows) -> Self {
        let logs = &evidence.logs;
        let known: BTreeSet<(ServiceId, &str)> = logs
            .templates
            .iter()
            .filter(|it| it.lines.count_before(windows.before_end) > 0)
            .filter_map(|it| Some((it.service, says(&it.example)?.what)))
            .collect();
        let mut logged: Vec<Logged<'_>> =
            logs.templates.iter().filter_map(|it| strays(it, &known, logs, windows)).collect();
        logged.sort_by(|a, b| {
            let strength = b.strength().total_cmp(&a.strength());
            let count = b.count.total_cmp(&a.count);
            (a.says.is_none()).cmp(&b.says.is_none()).then(strength).then(count)
        });
        Self { logged }
    }

    /// What a service wrote, and what others wrote of it that names a cause.
    pub(crate) fn about(&self, service: ServiceId) -> impl Iterator<Item = &Logged<'a>> {
        let is_of_peer = move |it: &Logged<'_>| {
            let says = |saying: &Saying| saying.whom != Whom::Own;
            it.template.peer == Some(service) && it.says.is_some_and(says)
        };
        self.logged.iter().filter(move |it| it.template.service == service || is_of_peer(it))
    }

    /// Blame by what texts say.
    pub(crate) fn blame(&self, scene: &Scene<'_>) -> Option<Blame> {
        let told = Told::of(&self.logged, scene);
        let mut amounts = vec![0.0; scene.system.services().len()];
        for ((service, _), strength) in &told.own {
            amounts[service.index()] += strength;
        }
        let mut complaints: BTreeMap<(ServiceId, bool), f64> = BTreeMap::new();
        for ((_, peer, begins_there), strength) in &told.of_peers {
            *complaints.entry((*peer, *begins_there)).or_default() += strength;
        }
        for ((peer, begins_there), strength) in complaints {
            // Many who say the same of one say less than as many kinds of evidence.
            let strength = strength.powf(0.7);
            let below = if begins_there { Vec::new() } else { told.below(peer, scene) };
            let passed = if below.is_empty() { 0.0 } else { strength * PULLED_UPSTREAM };
            amounts[peer.index()] += strength - passed;
            for other in &below {
                amounts[other.index()] += passed / below.len() as f64;
            }
        }
        let total: f64 = amounts.iter().sum();
        Blame::from_amounts(Family::Logs, TRUST_MAX * total / (total + 1.0), amounts)
    }
}

/// The strongest of what is said of each service, each kind once: a thousand lines of one text are one
/// text.
#[derive(Default)]
struct Told {
    own: BTreeMap<(ServiceId, &'static str), f64>,
    /// By whom, of whom, and whether it begins there: it gave no answer at all, or said what it lacks.
    of_peers: BTreeMap<(ServiceId, ServiceId, bool), f64>,
    /// Whose pool of connections to whom is empty.
    pools: BTreeMap<(ServiceId, ServiceId), f64>,
}

impl Told {
    fn of(logged: &[Logged<'_>], scene: &Scene<'_>) -> Self {
        let mut told = Self::default();
        for it in logged {
            told.take(it);
        }
        told.share_pools(scene);
        // Who complains of another has its errors from there.
        let complainers: Vec<ServiceId> = told.of_peers.keys().map(|(by, ..)| *by).collect();
        told.own.retain(|(service, what), _| !what.is_empty() || !complainers.contains(service));
        told
    }

    fn take(&mut self, it: &Logged<'_>) {
        let (service, strength) = (it.template.service, it.strength());
        let Some(saying) = it.says else { return self.say(service, "", strength) };
        match (saying.whom, it.template.peer) {
            (Whom::Own, _) | (Whom::Named | Whom::Both, None) => {
                self.say(service, saying.what, strength);
            }
            (Whom::Both, Some(peer)) => raise(self.pools.entry((service, peer)), strength),
            // What another said of itself is handed on no further.
            (whom, Some(peer)) => self.complain(service, peer, whom != Whom::Peer, strength),
            // Somebody it needs, and it does not say who.
            (_, None) => self.say(service, "", strength * NAMELESS),
        }
    }

    fn say(&mut self, service: ServiceId, what: &'static str, strength: f64) {
        raise(self.own.entry((service, what)), strength);
    }

    fn complain(&mut self, by: ServiceId, of: ServiceId, begins_there: bool, strength: f64) {
        raise(self.of_peers.entry((by, of, begins_there)), strength);
    }

    /// A pool is empty because what it leads to is slow, if that is; else it is too small, or leaks.
    fn share_pools(&mut self, scene: &Scene<'_>) {
        for ((service, peer), strength) in std::mem::take(&mut self.pools) {
            let is_slow = scene.is_complained_of(service, peer)
                || scene.hurts(peer)
                || self.complained_of(service).contains(&peer);
            let part = if is_slow { PULLED_UPSTREAM } else { 1.0 - PULLED_UPSTREAM };
            self.say(service, "pool-exhausted", strength * (1.0 - part));
            self.complain(service, peer, false, strength * part);
        }
    }

    fn complained_of(&self, by: ServiceId) -> Vec<ServiceId> {
        let mut of: Vec<ServiceId> =
            self.of_peers.keys().filter(|(it, ..)| *it == by).map(|(_, of, _)| *of).collect();
        of.dedup();
        of
    }

    /// For whom a service waits that answers late: that it does not answer says not where it is stuck.
    /// Whom it names itself, or else what it needs and that shows trouble.
    fn below(&self, service: ServiceId, scene: &Scene<'_>) -> Vec<ServiceId> {
        let named = self.complained_of(service);
        if !named.is_empty() {
            return named;
        }
        scene.graph.needs(service).iter().copied().filter(|id| scene.hurts(*id)).collect()
    }
}

fn raise<K: Ord>(slot: Entry<'_, K, f64>, strength: f64) {
    let slot = slot.or_default();
    *slot = slot.max(strength);
}

/// A template, if it is new in the incident or came far more often.
///
/// `known` is what each service said already before.
fn strays<'a>(
    template: &'a LogTemplate,
    known: &BTreeSet<(ServiceId, &str)>,
    logs: &Logs,
    windows: &Windows,
) -> Option<Logged<'a>> {
    let says = says(&template.example);
    if template.level == Level::Info && !says.is_some_and(Saying::is_plain) {
        return None;
    }
    let (first, _) = logs.span?;
    let (begin, at) = (windows.before_end, windows.at);
    let lines = &template.lines;
    let sum = |values: &[f64]| values.iter().fold(0.0, |sum, value| sum + value);
    let count = sum(lines.between(begin, at));
    let earlier = sum(lines.before(begin));
    let position = lines.count_before(begin);
    let since = *lines.unix_ms().get(position).filter(|_| count > 0.0)? - logs.interval_ms;
    let (long_before, long) =
        ((begin - first).ms, (at - begin.max(first)).ms.max(logs.interval_ms));
    let is_known = long_before >= INTERVALS_BEFORE_MIN * logs.interval_ms;
    let before = is_known.then(|| earlier * long as f64 / long_before as f64);
    let strays = match before {
        // One line is enough where it names a cause that the service never named before.
        _ if says.is_some_and(|it| !known.contains(&(template.service, it.what))) => true,
        // Lines come as events do: their number spreads by its root.
        Some(before) => (count - before) / (before + 1.0).sqrt() >= DEVIATES_Z,
        None => earlier == 0.0,
    };
    let since = Timestamp::from_unix_ms(since);
    strays.then_some(Logged { template, before, count, since, says })
}
