//! The story of a run as JSON: `docs/reference/run.md` is its contract.

use knockon_core::AlertSeverity;
use knockon_report::diagnostics_documents;
use knockon_scenario::story::{Changed, Felt, Hit, Moment, Told};
use serde_json::{Value, json};

use super::Ran;

/// The story as a JSON document.
pub(super) fn json(ran: &Ran) -> String {
    let (scenario, story) = (&ran.ready.loaded.scenario, &ran.story);
    let document = json!({
        "schema": "knockon.run/v1",
        "system": ran.ready.loaded.system.name(),
        "scenario": scenario.name,
        "title": scenario.title,
        "summary": scenario.summary,
        "variant": scenario.variant,
        "lasts_s": scenario.lasts.as_secs_f64(),
        "seed": story.seed,
        "replications": ran.judged.len(),
        "priority": story.priority.as_ref().map(|it| json!({
            "priority": it.priority.as_str(),
            "means": it.means,
            "action": it.action,
        })),
        "causes": story.causes,
        "wrong": story.wrong,
        "begins_s": story.begins_ms.map(seconds),
        "journeys": story.users.iter().map(felt).collect::<Vec<_>>(),
        "scope": story.hit.iter().map(hit).collect::<Vec<_>>(),
        "usual": story.usual.iter().map(|usual| json!({
            "says": usual.says,
            "concerns": usual.concerns,
        })).collect::<Vec<_>>(),
        "changes": story.changes.iter().map(change).collect::<Vec<_>>(),
        "owner": story.owner.as_ref().map(|it| json!({
            "team": it.team,
            "contact": it.contact,
            "escalation": it.escalation,
        })),
        "first": story.first,
        "money": story.money.as_ref().map(|it| json!({
            "lost": rounded(it.amount),
            "per_hour": rounded(it.per_hour),
            "at_stake": rounded(it.at_stake),
            "currency": it.currency,
        })),
        "timeline": story.moments.iter().map(moment).collect::<Vec<_>>(),
        "alerts": story.alerts.iter().map(alert).collect::<Vec<_>>(),
        "triage": { "incident": story.incident, "is_right": story.is_right },
        "expected": expected(ran),
        "held": ran.judged.iter().flatten().all(|judged| judged.held),
        "diagnostics": diagnostics_documents(&super::warnings(&ran.ready.loaded)),
    });
    format!("{document:#}\n")
}

fn expected(ran: &Ran) -> Vec<Value> {
    let expected = ran.story.judged.iter().enumerate().map(|(at, (expectation, _))| {
        let all: Vec<_> = ran.judged.iter().map(|judged| &judged[at]).collect();
        json!({
            "expectation": expectation.text,
            "held": all.iter().filter(|judged| judged.held).count(),
            "observed": all.iter().map(|judged| judged.observed.as_str()).collect::<Vec<_>>(),
        })
    });
    expected.collect()
}

fn felt(felt: &Felt) -> Value {
    let ends = &felt.ends;
    json!({
        "journey": felt.journey,
        "hurts": felt.hurts,
        "share_hurt": rounded(felt.share),
        "worse": felt.worse,
        "bad_from_s": felt.bad.map(|(from, _)| seconds(from)),
        "bad_until_s": felt.bad.and_then(|(_, until)| until).map(seconds),
        "started": ends.started,
        "served": ends.served,
        "failed": ends.failed,
        "slow": ends.slow,
        "completed": ends.completed,
        "late": ends.late,
        "lost": ends.lost,
        "stuck": ends.stuck,
        "with_people": ends.with_people,
        "doubled": ends.doubled,
        "double_charged": ends.double_charged,
        "charged_unfulfilled": ends.charged_unfulfilled,
        "under_way": ends.under_way,
    })
}

fn hit(hit: &Hit) -> Value {
    let member =
        |(name, share): &(String, f64)| json!({ "member": name, "failing": rounded(*share) });
    json!({
        "journey": hit.journey,
        "cohort": hit.cohort,
        "members": hit.of,
        "hit": hit.members.iter().map(member).collect::<Vec<_>>(),
    })
}

fn change(change: &Changed) -> Value {
    json!({
        "at_s": seconds(change.at_ms),
        "service": change.service,
        "kind": change.kind,
        "text": change.text,
        "version": change.version,
        "is_culprit": change.is_culprit,
    })
}

fn moment(moment: &Moment) -> Value {
    json!({ "at_s": seconds(moment.at_ms), "kind": moment.kind.as_str(), "text": moment.text })
}

fn alert(told: &Told) -> Value {
    let fired = &told.fired;
    json!({
        "alert": fired.name,
        "severity": fired.severity.map(AlertSeverity::as_str),
        "service": fired.service,
        "team": fired.team,
        "fired_s": seconds(fired.firing_ms),
        "resolved_s": fired.resolved_ms.map(seconds),
        "part": told.part.as_str(),
        "why": told.why,
        "labels": fired.labels,
        "annotations": fired.annotations,
    })
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// Four decimals: the same bytes on every machine.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
