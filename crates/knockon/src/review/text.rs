//! The review as Markdown: what people keep, and read again.

use std::fmt::Write as _;

use knockon_report::grouped;
use knockon_scenario::recovery::Section;
use knockon_scenario::story::{Kind, Part};
use knockon_sim::clock::SECOND;

use super::Review;
use super::actions::actions;
use crate::run::{clock, sentence};

/// So many weaknesses are named.
const WEAK_MAX: usize = 6;

/// The review as a document.
pub(super) fn text(review: &Review) -> String {
    let mut text = String::new();
    head(&mut text, review);
    timeline(&mut text, review);
    impact(&mut text, review);
    cause(&mut text, review);
    factors(&mut text, review);
    items(&mut text, review);
    checklist(&mut text, review);
    text
}

fn head(text: &mut String, review: &Review) {
    let (scenario, story) = (&review.ready.loaded.scenario, &review.story);
    let severity = story.priority.as_ref().map_or("none", |it| it.priority.as_str());
    let cause = if story.causes.is_empty() { "nobody".to_owned() } else { story.causes.join(", ") };
    let _ = writeln!(
        text,
        "# Review: {}\n\n**Incident**: {}  \n**System**: {}  \n**Duration**: {}  \n**Severity**: {severity}  \n\
         **Cause**: {cause}: {}",
        scenario.title,
        scenario.summary.as_deref().unwrap_or(&scenario.title),
        review.ready.loaded.system.name(),
        duration(review),
        story.wrong.join("; "),
    );
}

fn begins_ms(review: &Review) -> i64 {
    review.story.begins_ms.unwrap_or(0)
}

/// From the cause to the moment when all was healthy again.
fn duration(review: &Review) -> String {
    let recovered =
        review.recovered_ns.map(|ns| i64::try_from(ns / (SECOND / 1000)).unwrap_or(i64::MAX));
    match recovered {
        Some(recovered) => format!("{} min", minutes(recovered - begins_ms(review))),
        None if review.story.users.iter().all(|felt| felt.bad.is_none()) => {
            "no user was hurt".to_owned()
        }
        None => "not over at the end of the run".to_owned(),
    }
}

fn minutes(ms: i64) -> String {
    format!("{:.1}", ms as f64 / 60_000.0)
}

/// Since the cause: `T+5:30`.
fn since(review: &Review, ms: i64) -> String {
    let after = ms - begins_ms(review);
    if after < 0 { format!("T−{}", clock(-after)) } else { format!("T+{}", clock(after)) }
}

fn timeline(text: &mut String, review: &Review) {
    text.push_str("\n## Timeline\n\n");
    let fix_ms =
        review.fix.as_ref().map(|fix| i64::try_from(fix.at.as_millis()).unwrap_or(i64::MAX));
    let mut lines: Vec<(i64, String)> = (review.story.moments.iter())
        .filter(|moment| moment.kind != Kind::Resolved)
        // What came after the fix is that of a run without it.
        .filter(|moment| fix_ms.is_none_or(|fix| moment.at_ms <= fix))
        .map(|moment| (moment.at_ms, moment.text.clone()))
        .collect();
    if let (Some(fix), Some(at)) = (&review.fix, fix_ms) {
        lines.push((at, format!("mitigation: {}", fix.name)));
        let recovered =
            review.recovered_ns.map(|ns| i64::try_from(ns / 1_000_000).unwrap_or(i64::MAX));
        lines.push(match recovered {
            Some(recovered) => (recovered.max(at), "all journeys are healthy again".to_owned()),
            None => (at, "it does not become healthy before the end of the run".to_owned()),
        });
    }
    lines.sort();
    for (at, line) in lines {
        let _ = writeln!(text, "- **{}**: {line}", since(review, at));
    }
}

fn impact(text: &mut String, review: &Review) {
    let story = &review.story;
    text.push_str("\n## Impact\n\nWithout the mitigation, until the end of the run:\n\n");
    for felt in story.hurt() {
        let _ = writeln!(text, "- {}", sentence(felt));
    }
    if story.users.iter().all(|felt| felt.bad.is_none()) {
        text.push_str("- Users noticed nothing.\n");
    }
    if let Some(lost) = &story.money {
        let _ = writeln!(
            text,
            "- {} {} lost, {} an hour; {} {} more at stake",
            grouped(lost.amount),
            lost.currency,
            grouped(lost.per_hour),
            grouped(lost.at_stake),
            lost.currency
        );
    }
}

fn cause(text: &mut String, review: &Review) {
    let (story, proof) = (&review.story, &review.proof);
    text.push_str("\n## Root cause\n\n");
    let cause = if story.causes.is_empty() {
        "Nobody is to blame".to_owned()
    } else {
        story.causes.join(" and ")
    };
    let _ = writeln!(text, "{cause}: {}.", story.wrong.join("; "));
    let (needed, of) = proof.needed;
    let _ = writeln!(
        text,
        "Replayed without it, with the same users and the same luck, {needed} of {of} expectations of the \
         incident hold no more; with nothing but it {} of {of} hold.",
        proof.sufficed.0
    );
    let reached =
        story.alerts.iter().filter(|told| told.part == Part::Symptom && told.why.len() > 1);
    let mut chains: Vec<String> = reached.map(|told| told.why.join(" → ")).collect();
    chains.sort();
    chains.dedup();
    if !chains.is_empty() {
        text.push_str("\nIt came to others along:\n\n");
    }
    for chain in chains {
        let _ = writeln!(text, "- {chain}");
    }
}

fn factors(text: &mut String, review: &Review) {
    text.push_str("\n## Contributing factors\n\n");
    for weakness in review.weak.iter().take(WEAK_MAX) {
        let _ = writeln!(text, "- {} ({})", weakness.message, weakness.code);
    }
    if review.weak.is_empty() {
        text.push_str("- `knockon check` finds no weakness of what was to blame.\n");
    }
    for change in review.story.changes.iter().filter(|change| change.is_culprit) {
        let _ = writeln!(
            text,
            "- {}: {} of {}: {}",
            since(review, change.at_ms),
            change.kind,
            change.service,
            change.text
        );
    }
}

fn items(text: &mut String, review: &Review) {
    text.push_str("\n## Action items\n\n");
    for action in actions(review) {
        let _ = writeln!(
            text,
            "- [ ] **{}**: {} ({}, {})",
            action.sort, action.text, action.owner, action.due
        );
    }
}

fn checklist(text: &mut String, review: &Review) {
    let what = match &review.fix {
        Some(fix) => format!("after “{}”", fix.name),
        None => "as it was, for want of a fix that works".to_owned(),
    };
    let _ = writeln!(text, "\n## Recovery checklist\n\nAt the end of the run {what}.");
    let mut section: Option<Section> = None;
    for item in &review.checklist {
        if section != Some(item.section) {
            section = Some(item.section);
            let _ = writeln!(text, "\n### {}\n", item.section.title());
        }
        let (mark, seen) = match item.held {
            Some(true) => ("x", format!(": {}", item.seen)),
            Some(false) => (" ", format!(": **{}**", item.seen)),
            None => (" ", String::new()),
        };
        let _ = writeln!(text, "- [{mark}] {}{seen}", item.text);
    }
}
