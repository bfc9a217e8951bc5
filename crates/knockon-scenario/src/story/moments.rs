//! What happened when, from the first cause to the last symptom.

use knockon_core::System;
use knockon_sim::observe::Kind as EventKind;

use super::users::Felt;
use crate::play::Played;
use crate::scenario::{Role, Scenario};

/// Something worth telling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// When, in milliseconds since the beginning.
    pub at_ms: i64,
    /// What sort of thing.
    pub kind: Kind,
    /// What.
    pub text: String,
}

/// What sort of thing is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A part of the cause sets in, or ends.
    Cause,
    /// Something else that somebody did, or that went wrong.
    Background,
    /// The cluster restarts, kills or scales.
    Cluster,
    /// Users are hurt, or are not any more.
    Users,
    /// An alert fires.
    Alert,
    /// An alert is resolved.
    Resolved,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Background => "background",
            Self::Cluster => "cluster",
            Self::Users => "users",
            Self::Alert => "alert",
            Self::Resolved => "resolved",
        }
    }
}

pub(super) fn told(
    system: &System,
    scenario: &Scenario,
    played: &Played,
    users: &[Felt],
) -> Vec<Moment> {
    let mut moments = Vec::new();
    for entry in &scenario.timeline {
        let kind = match entry.role {
            Role::Cause => Kind::Cause,
            Role::Background => Kind::Background,
        };
        let at_ms = super::ms(entry.happening.at);
        let text = entry.fault(system).unwrap_or_else(|| entry.text.clone());
        moments.push(Moment { at_ms, kind, text });
        if let Some(until) = entry.until().filter(|until| *until < scenario.lasts) {
            let text = format!("{} is over", entry.text);
            moments.push(Moment { at_ms: super::ms(until), kind, text });
        }
    }
    for felt in users {
        let Some((from, until)) = felt.bad else { continue };
        let text = format!("users of `{}` fare worse", felt.journey);
        moments.push(Moment { at_ms: from, kind: Kind::Users, text });
        if let Some(until) = until {
            let text = format!("`{}` is healthy again", felt.journey);
            moments.push(Moment { at_ms: until, kind: Kind::Users, text });
        }
    }
    moments.extend(alerts(played));
    moments.extend(cluster(played));
    moments.sort();
    moments.dedup();
    moments
}

fn alerts(played: &Played) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for fired in &played.watched.fired {
        let whose = fired.service.as_deref().map(|it| format!(" of {it}")).unwrap_or_default();
        let grave = fired.severity.map(|it| format!("{it} ")).unwrap_or_default();
        let text = format!("{grave}{}{whose} fires", fired.name);
        moments.push(Moment { at_ms: fired.firing_ms, kind: Kind::Alert, text });
        if let Some(at_ms) = fired.resolved_ms {
            let text = format!("{}{whose} is resolved", fired.name);
            moments.push(Moment { at_ms, kind: Kind::Resolved, text });
        }
    }
    moments
}

/// So many times the cluster is told of one service and reason.
const TOLD_MAX: usize = 3;

fn cluster(played: &Played) -> Vec<Moment> {
    let mut told: std::collections::BTreeMap<(&str, &str), usize> =
        std::collections::BTreeMap::new();
    let mut moments = Vec::new();
    for event in &played.course.run.observation().events {
        if event.kind != EventKind::Warning && event.reason != "SuccessfulRescale" {
            continue;
        }
        let count = told.entry((&event.service, event.reason)).or_default();
        *count += 1;
        if *count > TOLD_MAX {
            continue;
        }
        let times =
            if event.count > 1 { format!(", {} times", event.count) } else { String::new() };
        let text = format!("{} {}: {}{times}", event.object_kind, event.object, event.message);
        let at_ms = i64::try_from(event.first_ms).unwrap_or(i64::MAX);
        moments.push(Moment { at_ms, kind: Kind::Cluster, text });
    }
    moments
}
