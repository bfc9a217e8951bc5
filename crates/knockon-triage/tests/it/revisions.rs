//! What a revision says of a verdict, held against the one before.

use knockon_telemetry::ChangeKind;
use knockon_triage::{Options, Revised, Revisions, triage};

use crate::shop::{Story, minute};

/// The lines that each minute brings.
fn told(story: &Story, minutes: impl Iterator<Item = i64>) -> Vec<String> {
    let mut revisions = Revisions::new();
    let revision = |at| {
        let options = Options { at: Some(minute(at)), since: None };
        revisions.next(triage(&story.system, &story.evidence, options))
    };
    // How much it is, is the business of other tests.
    let line = |it: &Revised| match it {
        Revised::Blame { service, from, to } if to < from => format!("less blame of {service}"),
        _ => it.to_string(),
    };
    minutes
        .filter_map(revision)
        .flat_map(|it| it.changes.iter().map(line).collect::<Vec<_>>())
        .collect()
}

#[test]
fn each_revision_says_what_changed() {
    let mut story = Story::new()
        .alert("front-end", "Slow", 80)
        .alert("payment", "CpuSaturated", 83)
        .alert("lonely", "Odd", 84)
        .change("payment", ChangeKind::Deploy, "v2", 79);
    for (alert, end) in story.evidence.alerts.iter_mut().zip([90, 91, 92]) {
        alert.ends_at = Some(minute(end));
    }
    assert_eq!(
        told(&story, 70..95),
        [
            "cause: front-end",
            "certainty: clear, was nothing",
            "began 2026-03-01T01:20:00Z",
            "alert Slow on front-end joins, the cause",
            "suspected change: deploy of payment v2 at 2026-03-01T01:19:00Z",
            "cause: payment, no longer front-end",
            "front-end is a symptom now, was the cause",
            "alert Slow on front-end is a symptom now, was the cause",
            "alert CpuSaturated on payment joins, the cause",
            "less blame of payment",
            "lonely joins, unexplained",
            "alert Odd on lonely joins, unexplained",
            "alert Slow on front-end is resolved",
            "alert CpuSaturated on payment is resolved",
            "alert Odd on lonely is resolved",
            "over: no alert of it fires any more",
        ]
    );
}

#[test]
fn what_may_be_no_incident_is_not_told() {
    let story = Story::new().metric("payment", "latency_seconds_mean", 0.100, 0.125);
    assert_eq!(told(&story, 70..95), [""; 0]);
}

#[test]
fn what_moves_a_little_adds_up_until_it_is_told() {
    let mut story = Story::new().alert("payment", "CpuSaturated", 80);
    let judge = |story: &Story| {
        triage(&story.system, &story.evidence, Options { at: Some(minute(99)), since: None })
    };
    let mut revisions = Revisions::new();
    let first = revisions.next(judge(&story)).unwrap();
    let (mut told, mut silent) = (first.incident.causes[0].score, 0);
    for service in ["lonely", "promo", "orders-db", "queue-master", "node-1"] {
        story = story.alert(service, "CpuSaturated", 80);
        let incident = judge(&story);
        let score = incident.causes[0].score;
        let revision = revisions.next(incident).unwrap();
        let blame = |it: &Revised| matches!(it, Revised::Blame { .. } | Revised::CauseMoved { .. });
        let is_told = revision.changes.iter().any(blame);
        assert!(is_told || (told - score).abs() < 0.1, "{told} {score}");
        silent += usize::from(!is_told);
        told = if is_told { score } else { told };
    }
    assert!(silent > 0);
}
