//! What is different between two verdicts.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::Timestamp;

use crate::incident::{AlertRole, Cause, Certainty, ChangeRelation, ChangeRole, Incident, Role};
use crate::revision::{Revised, Suspect};

/// The blame of a cause must move by this much to be told.
const BLAME_STEP: f64 = 0.1;

/// What of a verdict is told. Of one that is weak, only that it has alerts: what may be no incident at
/// all blames now this service and now that, and nobody wants to be woken for it.
#[derive(Default)]
pub(crate) struct Told<'a> {
    cause: Option<&'a Cause>,
    pub(crate) blame: f64,
    certainty: Option<Certainty>,
    began: Option<Timestamp>,
    services: BTreeMap<&'a str, Role>,
    alerts: Alerts<'a>,
    suspects: BTreeSet<Suspect>,
    journeys: BTreeSet<&'a str>,
    fires: bool,
}

impl<'a> Told<'a> {
    pub(crate) fn of(incident: &'a Incident) -> Self {
        let alerts = alike(incident);
        let fires = incident.alerts.iter().any(|it| it.firing && it.role != Role::Background);
        if matches!(incident.certainty, Certainty::Weak | Certainty::Nothing) {
            return Self { alerts, fires, ..Self::default() };
        }
        Self {
            cause: incident.causes.first(),
            blame: incident.causes.first().map_or(0.0, |it| it.score),
            certainty: Some(incident.certainty),
            began: incident.began,
            services: services(incident),
            alerts,
            suspects: suspects(incident),
            journeys: incident.journeys.iter().map(|it| it.name.as_str()).collect(),
            fires,
        }
    }
}

/// What is different, in the order in which somebody on call needs it.
pub(crate) fn difference(before: &Told<'_>, now: &Told<'_>) -> Vec<Revised> {
    let mut changes = Vec::new();
    verdict(before, now, &mut changes);
    compare(&before.services, &now.services, &mut changes, |service, from, to| {
        let service = (*service).to_owned();
        match (from, to) {
            // Of the cause the verdict says it.
            (_, Some(Role::Cause)) | (None, None) => None,
            (None, Some(role)) => Some(Revised::ServiceJoined { service, role: *role }),
            (Some(_), None) => Some(Revised::ServiceLeft { service }),
            (Some(from), Some(to)) => Some(Revised::ServiceMoved { service, from: *from, to: *to }),
        }
    });
    alerts(&before.alerts, &now.alerts, &mut changes);
    let (old, new) = (&before.suspects, &now.suspects);
    let found = |change: &Suspect| Revised::SuspectFound { change: change.clone() };
    changes.extend(new.difference(old).map(found));
    let cleared = |change: &Suspect| Revised::SuspectCleared { change: change.clone() };
    changes.extend(old.difference(new).map(cleared));
    let (old, new) = (&before.journeys, &now.journeys);
    let hurt = |journey: &&str| Revised::JourneyHurt { journey: (*journey).to_owned() };
    changes.extend(new.difference(old).map(hurt));
    let well = |journey: &&str| Revised::JourneyWell { journey: (*journey).to_owned() };
    changes.extend(old.difference(new).map(well));
    if before.fires && !now.fires {
        changes.push(Revised::Over);
    }
    changes
}

/// The cause, how firmly it is held to be that, and since when.
fn verdict(before: &Told<'_>, now: &Told<'_>, changes: &mut Vec<Revised>) {
    let name = |cause: &Cause| cause.service.clone();
    changes.extend(match (before.cause, now.cause) {
        (None, Some(new)) => Some(Revised::CauseFound { service: name(new) }),
        (Some(old), None) => Some(Revised::CauseDropped { service: name(old) }),
        (Some(old), Some(new)) if old.service != new.service => {
            Some(Revised::CauseMoved { from: name(old), to: name(new) })
        }
        (Some(_), Some(new)) if (before.blame - now.blame).abs() >= BLAME_STEP => {
            Some(Revised::Blame { service: name(new), from: before.blame, to: now.blame })
        }
        _ => None,
    });
    if before.certainty != now.certainty {
        let told = |certainty: Option<Certainty>| certainty.unwrap_or(Certainty::Nothing);
        let (from, to) = (told(before.certainty), told(now.certainty));
        changes.push(Revised::Certainty { from, to });
    }
    if before.began != now.began {
        changes.push(Revised::Began { from: before.began, to: now.began });
    }
}

/// Tells of every key of either map that one of them lacks or has another value for.
fn compare<K: Ord, V: PartialEq>(
    before: &BTreeMap<K, V>,
    now: &BTreeMap<K, V>,
    changes: &mut Vec<Revised>,
    tell: impl Fn(&K, Option<&V>, Option<&V>) -> Option<Revised>,
) {
    let differs = now.iter().filter(|(key, value)| before.get(key) != Some(value));
    changes.extend(differs.filter_map(|(key, value)| tell(key, before.get(key), Some(value))));
    let gone = before.iter().filter(|(key, _)| !now.contains_key(key));
    changes.extend(gone.filter_map(|(key, value)| tell(key, Some(value), None)));
}

fn services(incident: &Incident) -> BTreeMap<&str, Role> {
    let unexplained =
        incident.unexplained.iter().map(|it| (it.service.as_str(), Role::Unexplained));
    let symptoms = incident.symptoms.iter().map(|it| (it.state.service.as_str(), Role::Symptom));
    let cause = incident.causes.first().map(|it| (it.service.as_str(), Role::Cause));
    unexplained.chain(symptoms).chain(cause).collect()
}

/// Alerts that a person cannot tell apart: of three replicas, say.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct AlertKey<'a> {
    since: Timestamp,
    name: &'a str,
    service: &'a str,
    severity: Option<&'a str>,
}

/// How many there are of them.
#[derive(Clone, Copy, PartialEq)]
struct Alike {
    count: usize,
    firing: usize,
    role: Role,
}

type Alerts<'a> = BTreeMap<AlertKey<'a>, Alike>;

fn alike(incident: &Incident) -> Alerts<'_> {
    let mut alike = Alerts::new();
    for AlertRole { name, service, severity, since, firing, role } in &incident.alerts {
        let key = AlertKey { since: *since, name, service, severity: severity.as_deref() };
        let of_key = alike.entry(key).or_insert(Alike { count: 0, firing: 0, role: *role });
        of_key.count += 1;
        of_key.firing += usize::from(*firing);
    }
    alike
}

fn alerts(old: &Alerts<'_>, new: &Alerts<'_>, changes: &mut Vec<Revised>) {
    let names = |key: &AlertKey<'_>| (key.name.to_owned(), key.service.to_owned());
    compare(old, new, changes, |key, from, to| {
        let (name, service) = names(key);
        let (role, known) = (to?.role, from.map_or(0, |from| from.count));
        match from {
            _ if to?.count > known => Some(Revised::AlertJoined { name, service, role }),
            Some(from) if from.role != role => {
                Some(Revised::AlertMoved { name, service, from: from.role, to: role })
            }
            _ => None,
        }
    });
    let resolved = |alike: Option<&Alike>| alike.map_or(0, |it| it.count - it.firing);
    compare(old, new, changes, |key, from, to| {
        let (name, service) = names(key);
        (resolved(to) > resolved(from)).then_some(Revised::AlertResolved { name, service })
    });
}

fn suspects(incident: &Incident) -> BTreeSet<Suspect> {
    let near = |it: &&ChangeRole| {
        matches!(it.relation, ChangeRelation::OnCause | ChangeRelation::Upstream)
    };
    let suspects = incident.changes.iter().filter(near).map(|it| Suspect {
        time: it.time,
        service: it.service.clone(),
        kind: it.kind.clone(),
        version: it.version.clone(),
    });
    suspects.collect()
}
