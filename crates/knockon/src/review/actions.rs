//! What to do so that it does not happen again, each with what speaks for it.

use knockon_report::significant;
use knockon_scenario::prove::{Trial, Tried};
use knockon_scenario::recovery::Section;
use knockon_scenario::story::Part;

use super::{Review, best};
use crate::run::clock;

/// Something to do.
pub(super) struct Action {
    pub(super) sort: &'static str,
    pub(super) text: String,
    pub(super) owner: String,
    pub(super) due: &'static str,
}

/// An alert that comes so long after users were hurt is late.
const LATE_MS: i64 = 120_000;

/// The action items of a review.
pub(super) fn actions(review: &Review) -> Vec<Action> {
    let owner = review.story.owner.as_ref().map_or("nobody yet", |owner| owner.team.as_str());
    let action = |sort, due, text| Action { sort, text, owner: owner.to_owned(), due };
    let mut all = Vec::new();
    if let Some((name, tried)) = best(&review.proof) {
        let text = format!("Keep “{name}” in the runbook: {}", what_it_did(tried));
        all.push(action("Immediate fix", "this week", text));
    }
    for item in review.checklist.iter().filter(|it| it.held == Some(false)) {
        if item.section == Section::Data {
            let text = format!("Clear up what is left: {}", item.seen);
            all.push(action("Immediate fix", "today", text));
        }
    }
    all.extend(monitoring(review).into_iter().map(|text| action("Monitoring", "two weeks", text)));
    for tried in review.proof.tried.iter().filter(|it| it.works == Some(false)) {
        if let Trial::Fix(name) = &tried.trial {
            let text = format!("Warn of “{name}” in the runbook: {}", what_it_did(tried));
            all.push(action("Process", "two weeks", text));
        }
    }
    for (name, tried) in helpful(review) {
        let summary = tried.summary.clone().unwrap_or_default();
        let text = format!("{name}: {summary} {}", upper(&what_it_did(tried)));
        all.push(action("Architecture", "next quarter", text));
    }
    all
}

/// The variants that clearly helped, the best first.
fn helpful(review: &Review) -> Vec<(&str, &Tried)> {
    let Some(was) = review.proof.tried.first() else { return Vec::new() };
    let variants = review.proof.tried.iter().filter_map(|tried| match &tried.trial {
        Trial::Variant(name) => Some((name.as_str(), tried)),
        _ => None,
    });
    let mut helpful: Vec<_> = variants
        .filter(|(_, tried)| {
            let saved = tried.orders_saved;
            let is_clear = saved.half_width.is_finite() && saved.mean > saved.half_width.max(0.5);
            is_clear || tried.healthy > was.healthy
        })
        .collect();
    helpful.sort_by(|(_, one), (_, other)| {
        (other.healthy.cmp(&one.healthy))
            .then(other.orders_saved.mean.total_cmp(&one.orders_saved.mean))
    });
    helpful
}

/// What a trial came to, in half a sentence.
fn what_it_did(tried: &Tried) -> String {
    let runs = tried.orders_saved.n;
    let healthy = match tried.healthy_after_s {
        Some(after) if tried.healthy == runs => {
            format!("all was healthy after {} s", significant(after.mean))
        }
        Some(after) => format!(
            "all was healthy after {} s in {} of {runs} replays",
            significant(after.mean),
            tried.healthy
        ),
        None => format!("it was healthy in none of {runs} replays"),
    };
    let saved = tried.orders_saved.mean;
    let orders = if saved.abs() >= 0.5 {
        format!(
            ", {} {} orders",
            significant(saved.abs()),
            if saved > 0.0 { "more" } else { "fewer" }
        )
    } else {
        ", no order more".to_owned()
    };
    format!("{healthy}{orders}")
}

/// Where alerts were missing, late or beside the point.
fn monitoring(review: &Review) -> Vec<String> {
    let story = &review.story;
    let hurt = story.users.iter().filter_map(|felt| felt.bad).map(|(from, _)| from).min();
    let of = |part: Part| story.alerts.iter().filter(move |told| told.part == part);
    let first = of(Part::Cause).map(|told| told.fired.firing_ms).min();
    let mut all = Vec::new();
    match (hurt, first) {
        (Some(_), None) if !story.causes.is_empty() => all.push(format!(
            "Nothing fired on {} itself: write an alert for what was wrong there",
            story.causes.join(" or ")
        )),
        (Some(hurt), Some(first)) if first > hurt + LATE_MS => all.push(format!(
            "The first alert on the cause came at {}, {} s after users were hurt: make it faster",
            clock(first),
            (first - hurt) / 1000
        )),
        _ => {}
    }
    let symptoms = of(Part::Symptom).count();
    if symptoms >= 3 {
        all.push(format!("{symptoms} alerts were symptoms: let the cause's alert inhibit them"));
    }
    for told in of(Part::Unrelated) {
        all.push(format!(
            "{} fired and had nothing to do with it: look at its rule",
            told.fired.name
        ));
    }
    if !story.is_right {
        let named = story.incident.causes.first().map_or("nobody", |cause| cause.service.as_str());
        all.push(format!(
            "Triage named {named} instead: give {} more to show for itself",
            story.causes.join(" and ")
        ));
    }
    all
}

fn upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
