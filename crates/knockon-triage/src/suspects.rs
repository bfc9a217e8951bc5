//! Which recent change is the likeliest culprit.

use knockon_core::{DurationMs, ServiceId, Timestamp};
use knockon_telemetry::{Change, ChangeKind, Evidence};

use crate::incident::{ChangeRelation, ChangeRole};
use crate::rank::Candidate;
use crate::scene::Scene;

/// How far back a change may lie and still be suspected: the four hours that triage practice asks
/// about first.
const LOOK_BACK: DurationMs = DurationMs::from_minutes(4 * 60);

/// Metrics are scraped, averaged and rounded to minutes: a change this little after the first sign
/// may still have caused it.
const CLOCK_SLACK: DurationMs = DurationMs::from_minutes(1);

/// Half of the suspicion is gone when a change lies this far before the first sign.
const HALF_LIFE: DurationMs = DurationMs::from_minutes(20);

/// The changes of the hours before `at`, the likeliest culprit first: on the cause before elsewhere,
/// and of those the one with the most suspicion.
pub(crate) fn suspects(
    scene: &Scene<'_>,
    evidence: &Evidence,
    cause: Option<(&Candidate, Option<Timestamp>)>,
    began: Option<Timestamp>,
    at: Timestamp,
) -> Vec<ChangeRole> {
    let first_sign = began.unwrap_or(at);
    let recent = evidence
        .changes
        .iter()
        .filter(|change| change.time <= at && change.time >= first_sign - LOOK_BACK);
    let mut judged: Vec<(ChangeRelation, &Change)> = recent
        .map(|change| {
            let relation = match cause {
                Some((candidate, since)) => {
                    let since = since.or(began).unwrap_or(at);
                    relation(scene, change, candidate.service, since + CLOCK_SLACK)
                }
                None => ChangeRelation::Elsewhere,
            };
            (relation, change)
        })
        .collect();
    let suspicion = |change: &Change| suspicion(change, first_sign);
    judged.sort_by(|(a, left), (b, right)| {
        a.cmp(b).then(suspicion(right).total_cmp(&suspicion(left))).then(right.time.cmp(&left.time))
    });
    judged.into_iter().map(|(relation, change)| role(change, relation)).collect()
}

/// How suspicious a change is: less with every minute before the first sign, and less for a flag
/// or a scaling, which are many and mostly harmless, than for new code, data or configuration.
fn suspicion(change: &Change, first_sign: Timestamp) -> f64 {
    let kind = match change.kind {
        ChangeKind::Deploy | ChangeKind::Config | ChangeKind::Migration => 1.0,
        ChangeKind::Flag | ChangeKind::Other(_) => 0.7,
        ChangeKind::Scale => 0.5,
        ChangeKind::Commit => 0.3,
    };
    let lead_ms = (first_sign - change.time).ms.max(0);
    kind * 0.5_f64.powf(lead_ms as f64 / HALF_LIFE.ms as f64)
}

fn relation(
    scene: &Scene<'_>,
    change: &Change,
    cause: ServiceId,
    latest: Timestamp,
) -> ChangeRelation {
    if change.time > latest {
        return ChangeRelation::After;
    }
    match change.service {
        Some(service) if service == cause => ChangeRelation::OnCause,
        Some(service) if scene.graph.needs(cause).contains(&service) => ChangeRelation::Upstream,
        Some(service) if scene.graph.users(cause).contains(&service) => ChangeRelation::Upstream,
        _ => ChangeRelation::Elsewhere,
    }
}

fn role(change: &Change, relation: ChangeRelation) -> ChangeRole {
    ChangeRole {
        time: change.time,
        service: change.service_name.clone(),
        kind: change.kind.as_str().to_owned(),
        version: change.version.clone(),
        by: change.by.clone(),
        summary: change.summary.clone(),
        relation,
    }
}
