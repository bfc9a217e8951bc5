//! Which recent change is the likeliest culprit, and why each is or is not.
//!
//! Most incidents follow a change, and a change that breaks something mostly shows within minutes
//! (Beyer et al., *Site Reliability Engineering*, chapter 12 and appendix C: "roughly 70% of outages
//! are due to changes in a live system"). So a change is suspected by where it was made, how long
//! before the first sign, and what sort it is; and what several changes fit alike, they share.

use knockon_core::{DurationMs, ServiceId, Timestamp};
use knockon_telemetry::{Change, ChangeKind};

use crate::buildup;
use crate::graph::{Edge, Travel};
use crate::incident::{ChangeRelation, ChangeRole};
use crate::rank::Candidate;
use crate::scene::Scene;

/// How far back a change may lie and still be suspected: the four hours that triage practice asks
/// about first.
pub(crate) const LOOK_BACK: DurationMs = DurationMs::from_minutes(4 * 60);

/// Metrics are scraped, averaged and rounded to minutes: a change this little after the first sign
/// may still have caused it.
pub(crate) const CLOCK_SLACK: DurationMs = DurationMs::from_minutes(1);

/// Half of the suspicion is gone when a change lies this far before the first sign.
pub(crate) const HALF_LIFE: DurationMs = DurationMs::from_minutes(20);

/// A change on a neighbour of the cause is believed by this much with each hop: the neighbour itself
/// would mostly be the cause then.
const PER_HOP: f64 = 0.4;

/// From this many hops on nothing is left of it.
const HOPS_MAX: usize = 2;

/// A neighbour that is measured and shows nothing is hardly what broke the cause.
const CALM: f64 = 0.5;

/// Within the slack of the clocks, what comes first is still the likelier.
const JUST_AFTER: f64 = 0.5;

/// What ran already is seldom what broke.
const NOTHING_NEW: f64 = 0.3;

/// Where more was asked of the cause before it strayed, that is most of the reason.
const ASKED_MORE: f64 = 0.4;

/// A change is blamed that is the culprit more likely than not.
const BLAMED_FROM: f64 = 0.5;

/// The moments of an incident.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments {
    /// When the first of the cause and its symptoms began to stray.
    pub(crate) began: Option<Timestamp>,
    /// When the cause itself did.
    pub(crate) cause_since: Option<Timestamp>,
    /// The moment of the triage.
    pub(crate) at: Timestamp,
}

/// A change with what is held against it.
struct Suspect<'a> {
    change: &'a Change,
    relation: ChangeRelation,
    weight: f64,
    /// How it relates, and what speaks for or against it, in words.
    clauses: Vec<String>,
}

/// The changes of the hours before the first sign, the likeliest culprit first; held against the first
/// candidate, which is the cause with these odds.
pub(crate) fn suspects(
    scene: &Scene<'_>,
    cause: Option<(&Candidate, f64)>,
    moments: Moments,
) -> Vec<ChangeRole> {
    let Moments { began, at, .. } = moments;
    let court = cause.map(|(cause, odds)| Court::new(scene, cause, odds, moments));
    let first_sign = court.as_ref().map_or(began.unwrap_or(at), |court| court.first_sign);
    let is_recent = |change: &&Change| change.time >= first_sign - LOOK_BACK;
    let recent: Vec<&Change> = scene.changed.iter().copied().filter(is_recent).collect();
    let mut suspects: Vec<Suspect<'_>> = match court {
        Some(court) => recent.iter().map(|change| court.judge(change, &recent)).collect(),
        None => recent.into_iter().map(without_cause).collect(),
    };
    suspects.sort_by(|a, b| {
        let by_weight = b.weight.total_cmp(&a.weight).then(a.relation.cmp(&b.relation));
        by_weight.then(b.change.time.cmp(&a.change.time))
    });
    roles(scene, suspects)
}

/// What several changes fit alike, they share; what they leave is that it was no change at all.
fn roles(scene: &Scene<'_>, suspects: Vec<Suspect<'_>>) -> Vec<ChangeRole> {
    let total: f64 = suspects.iter().map(|suspect| suspect.weight).sum();
    let first = suspects.first().map_or(0.0, |suspect| suspect.weight);
    let near = suspects.iter().filter(|it| it.weight > 0.0 && it.weight * 2.0 >= first).count();
    let judged = suspects.into_iter().enumerate().map(|(index, suspect)| {
        let Suspect { change, relation, weight, mut clauses } = suspect;
        let suspicion = weight / total.max(1.0);
        let blamed = index == 0 && suspicion >= BLAMED_FROM;
        if index < near && near > 1 {
            clauses.push(match near {
                2 => "another change fits about as well".to_owned(),
                _ => format!("{} others fit about as well", near - 1),
            });
        }
        ChangeRole {
            time: change.time,
            service: change.service_name.clone(),
            team: change
                .service
                .and_then(|id| scene.system.owner(id))
                .map(|team| team.name.clone()),
            kind: change.kind.as_str().to_owned(),
            version: change.version.clone(),
            by: change.by.clone(),
            summary: change.summary.clone(),
            relation,
            suspicion,
            blamed,
            reason: clauses.join(", "),
        }
    });
    judged.collect()
}

fn without_cause(change: &Change) -> Suspect<'_> {
    let clauses = vec!["no service stands out that it could have broken".to_owned()];
    Suspect { change, relation: ChangeRelation::Elsewhere, weight: 0.0, clauses }
}

/// What all changes are held against.
struct Court<'a> {
    scene: &'a Scene<'a>,
    cause: ServiceId,
    /// How likely it is the cause.
    odds: f64,
    /// When the cause began to stray.
    since: Timestamp,
    first_sign: Timestamp,
    /// Whether something of the cause was filling up, so that the first sign is older than `since`.
    was_filling: bool,
    /// Whether more was asked of the cause no later than it strayed.
    is_asked_more: bool,
}

impl<'a> Court<'a> {
    fn new(scene: &'a Scene<'a>, cause: &Candidate, odds: f64, moments: Moments) -> Self {
        let Moments { began, cause_since, at } = moments;
        let since = cause_since.or(began).unwrap_or(at);
        let began = began.unwrap_or(since).min(since);
        let filling = buildup::began(scene, cause.service, since).filter(|from| *from < began);
        Self {
            scene,
            cause: cause.service,
            odds,
            since: filling.unwrap_or(since),
            first_sign: filling.unwrap_or(began),
            was_filling: filling.is_some(),
            is_asked_more: is_asked_more(scene, cause.service),
        }
    }

    fn judge<'c>(&self, change: &'c Change, all: &[&Change]) -> Suspect<'c> {
        let (relation, weight, how) = self.relation(change);
        let mut suspect = Suspect { change, relation, weight, clauses: vec![how] };
        if relation == ChangeRelation::After || weight == 0.0 {
            return suspect;
        }
        let lead = self.first_sign - change.time;
        suspect.weight *= 0.5_f64.powf(lead.ms.max(0) as f64 / HALF_LIFE.ms as f64);
        if lead.ms < 0 {
            suspect.weight *= JUST_AFTER;
        }
        let sign = if self.was_filling { "it began to fill up" } else { "the first sign" };
        suspect.clauses.push(if lead.ms <= CLOCK_SLACK.ms {
            format!("just as {}", if self.was_filling { sign } else { "the trouble began" })
        } else {
            format!("{} before {sign}", spelled(lead))
        });
        suspect.weight *= kind_weight(&change.kind);
        if change.kind == ChangeKind::Commit {
            let is_deployed = self.is_deployed_later(change, all);
            suspect.weight *= if is_deployed { NOTHING_NEW } else { 1.0 };
            let how = if is_deployed { "but its deploy came later" } else { "but it need not run" };
            suspect.clauses.push(how.to_owned());
        }
        if ran_already(change, all) {
            suspect.weight *= NOTHING_NEW;
            suspect.clauses.push("but that version ran already".to_owned());
        }
        if self.is_asked_more {
            suspect.weight *= ASKED_MORE;
            suspect.clauses.push(format!("but more was asked of {}", self.name(self.cause)));
        }
        if self.odds < 1.0 {
            suspect.weight *= self.odds;
            suspect.clauses.push(format!("if {} is the cause", self.name(self.cause)));
        }
        suspect
    }

    /// Where it was made as seen from the cause, how much that is held against it, and in words.
    fn relation(&self, change: &Change) -> (ChangeRelation, f64, String) {
        let Some(service) = change.service else {
            let how = "on a service that the model does not have".to_owned();
            return (ChangeRelation::Elsewhere, 0.0, how);
        };
        if change.time > self.since + CLOCK_SLACK {
            let what = if self.was_filling { "began to fill up" } else { "began to stray" };
            let how = format!(
                "{} after {} {what}",
                spelled(change.time - self.since),
                self.name(self.cause)
            );
            return (ChangeRelation::After, 0.0, how);
        }
        let (changed, cause) = (self.name(service), self.name(self.cause));
        if service == self.cause {
            return (ChangeRelation::OnCause, 1.0, format!("on {changed}"));
        }
        let passes = |edge: &Edge| self.scene.passes(edge);
        let shows = |id| self.scene.in_trouble(id);
        let path = self.scene.graph.spread(service, &shows, &passes).path(self.cause);
        match path.as_slice() {
            [] => {
                let how = format!("on {changed}, from which nothing reaches {cause}");
                (ChangeRelation::Elsewhere, 0.0, how)
            }
            path if path.len() > HOPS_MAX => {
                let how = format!("on {changed}, {} hops from {cause}", path.len());
                (ChangeRelation::Elsewhere, 0.0, how)
            }
            path => {
                let mut weight: f64 = path.iter().map(|_| PER_HOP).product();
                let mut how = match path {
                    [edge] => format!("on {changed}, {}", along(edge, cause)),
                    _ => format!("on {changed}, {} hops from {cause}", path.len()),
                };
                let is_measured = self.scene.deviations_of(service).next().is_some();
                if is_measured && !self.scene.in_trouble(service) {
                    weight *= CALM;
                    how += " and shows no trouble";
                }
                (ChangeRelation::Upstream, weight, how)
            }
        }
    }

    /// Whether the service of a commit was deployed between the commit and the trouble: then that deploy
    /// is what changed.
    fn is_deployed_later(&self, commit: &Change, all: &[&Change]) -> bool {
        all.iter().any(|other| {
            other.kind == ChangeKind::Deploy
                && other.service == commit.service
                && other.time >= commit.time
                && other.time <= self.since + CLOCK_SLACK
        })
    }

    fn name(&self, id: ServiceId) -> &'a str {
        &self.scene.system.service(id).name
    }
}

/// How one hop of trouble comes to the cause.
fn along(edge: &Edge, cause: &str) -> String {
    match edge.travel {
        Travel::Upward => format!("which {cause} needs"),
        Travel::Backlog => format!("which takes from {cause}"),
        Travel::Overload => format!("which asks more of {cause}"),
    }
}

/// How much a kind of change is held against it. New code, data and configuration break most; flags
/// and scalings are many and mostly harmless; a commit is in the history, and need not run.
pub(crate) fn kind_weight(kind: &ChangeKind) -> f64 {
    match kind {
        ChangeKind::Deploy | ChangeKind::Config | ChangeKind::Migration => 1.0,
        ChangeKind::Flag | ChangeKind::Other(_) => 0.7,
        ChangeKind::Scale => 0.5,
        ChangeKind::Commit => 0.3,
    }
}

/// Whether a deploy brings the version that the last deploy of its service brought.
fn ran_already(change: &Change, all: &[&Change]) -> bool {
    let is_deploy = |other: &&&Change| {
        other.kind == ChangeKind::Deploy
            && other.service == change.service
            && other.time < change.time
    };
    change.kind == ChangeKind::Deploy
        && change.version.is_some()
        && all.iter().rfind(is_deploy).is_some_and(|last| last.version == change.version)
}

/// Whether the traffic of a service surged no later than anything else about it strayed: then it was
/// asked for more, and not asked again because it failed.
fn is_asked_more(scene: &Scene<'_>, service: ServiceId) -> bool {
    let onset = |is_traffic: bool| {
        let of_kind = scene.deviations_of(service).filter(move |it| {
            let is_surge = it.reading.signal == crate::signal::Signal::Traffic && it.z > 0.0;
            it.is_adverse() && it.callee.is_none() && is_surge == is_traffic
        });
        of_kind.filter_map(|it| it.onset).min()
    };
    scene.surge(service).is_some()
        && onset(true).is_some_and(|surge| onset(false).is_none_or(|other| surge <= other))
}

/// A length of time to the minute, or to the second below one: `3 h 10 min`.
fn spelled(length: DurationMs) -> String {
    let seconds = length.ms / 1_000;
    match (seconds / 3_600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
