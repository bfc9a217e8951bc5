//! Which change is blamed, and what is said of each.

use knockon_telemetry::ChangeKind::{self, Commit, Deploy, Flag};
use knockon_triage::{ChangeRole, Options, triage};

use crate::shop::Story;

/// Each change with its version, whether it is blamed, how far it is suspected, and why. The cause
/// begins at minute 80.
fn judged(story: &Story) -> Vec<String> {
    let changes = triage(&story.system, &story.evidence, Options::default()).changes;
    let total: f64 = changes.iter().map(|change| change.suspicion).sum();
    assert!(total <= 1.0 + 1e-9 && changes.iter().filter(|change| change.blamed).count() <= 1);
    assert!(changes.is_sorted_by(|a, b| a.suspicion >= b.suspicion));
    let show = |change: &ChangeRole| {
        let mark = if change.blamed { "BLAMED " } else { "" };
        let version = change.version.as_deref().unwrap();
        format!("{mark}{version} {:.2}: {}", change.suspicion, change.reason)
    };
    changes.iter().map(show).collect()
}

fn payment_fails() -> Story {
    Story::new().metric("payment", "http_5xx_ratio", 0.001, 0.6)
}

#[test]
fn each_change_is_told_why_it_is_or_is_not_the_culprit() {
    let check = |changes: &[(&str, ChangeKind, &str, i64)], expected: &[&str]| {
        let story = changes.iter().fold(payment_fails(), |story, (service, kind, version, at)| {
            story.change(service, kind.clone(), version, *at)
        });
        assert_eq!(judged(&story), expected);
    };
    check(
        &[("payment", Deploy, "v2", 76), ("lonely", Deploy, "v9", 79)],
        &[
            "BLAMED v2 0.87: on payment, 4 min before the first sign",
            "v9 0.00: on lonely, from which nothing reaches payment",
        ],
    );
    // A deploy of the cause long before is none of it; nor is one after.
    check(
        &[("payment", Deploy, "v2", 20), ("payment", Deploy, "v3", 95)],
        &[
            "v2 0.12: on payment, 1 h before the first sign",
            "v3 0.00: 15 min after payment began to stray",
        ],
    );
    // What two fit alike, they share.
    check(
        &[("payment", Deploy, "v2", 76), ("payment", Flag, "on", 78)],
        &[
            "BLAMED v2 0.57: on payment, 4 min before the first sign, another change fits about as well",
            "on 0.43: on payment, 2 min before the first sign, another change fits about as well",
        ],
    );
    check(
        &[("node-1", Deploy, "k", 78), ("orders", Deploy, "v7", 79)],
        &[
            "k 0.37: on node-1, which payment needs, 2 min before the first sign",
            "v7 0.00: on orders, from which nothing reaches payment",
        ],
    );
    check(
        &[("unheard-of", Deploy, "v1", 79)],
        &["v1 0.00: on a service that the model does not have"],
    );
}

#[test]
fn what_need_not_run_or_ran_already_is_suspected_less() {
    let check = |changes: &[(ChangeKind, &str, i64)], expected: &[&str]| {
        let story = changes.iter().fold(payment_fails(), |story, (kind, version, at)| {
            story.change("payment", kind.clone(), version, *at)
        });
        assert_eq!(judged(&story), expected);
    };
    check(
        &[(Commit, "abc", 76)],
        &["abc 0.26: on payment, 4 min before the first sign, but it need not run"],
    );
    check(
        &[(Commit, "abc", 76), (Deploy, "v2", 77)],
        &[
            "BLAMED v2 0.90: on payment, 3 min before the first sign",
            "abc 0.08: on payment, 4 min before the first sign, but its deploy came later",
        ],
    );
    check(
        &[(Deploy, "v2", 30), (Deploy, "v2", 77)],
        &[
            "v2 0.27: on payment, 3 min before the first sign, but that version ran already, another change fits about as well",
            "v2 0.18: on payment, 50 min before the first sign, another change fits about as well",
        ],
    );
}

#[test]
fn where_nothing_stands_out_no_change_is_blamed() {
    let quiet = Story::new().metric("payment", "http_5xx_ratio", 0.001, 0.001);
    assert_eq!(
        judged(&quiet.change("payment", Deploy, "v2", 79)),
        ["v2 0.00: no service stands out that it could have broken"]
    );
}

#[test]
fn a_change_is_blamed_for_what_began_to_fill_up_with_it() {
    let story = payment_fails()
        .rising("payment", "container_memory_rss_bytes", 200.0, 4.0, 30)
        .change("payment", Deploy, "v2", 29)
        .change("payment", Deploy, "v3", 78);
    assert_eq!(
        judged(&story),
        [
            "BLAMED v2 0.93: on payment, 2 min before it began to fill up",
            "v3 0.00: 47 min after payment began to fill up",
        ]
    );
}

#[test]
fn where_two_causes_are_close_a_change_on_one_is_half_proven() {
    let story = Story::new()
        .metric("payment", "http_5xx_ratio", 0.001, 0.6)
        .metric("lonely", "http_5xx_ratio", 0.001, 0.6)
        .change("payment", Deploy, "v2", 77)
        .change("lonely", Deploy, "v9", 76);
    assert_eq!(
        judged(&story),
        [
            "v2 0.45: on payment, 3 min before the first sign, if payment is the cause",
            "v9 0.00: on lonely, from which nothing reaches payment",
        ]
    );
}

#[test]
fn where_more_is_asked_a_change_is_suspected_less() {
    let story = payment_fails()
        .metric("payment", "requests_per_second", 100.0, 900.0)
        .change("payment", Deploy, "v2", 76);
    assert_eq!(
        judged(&story),
        ["v2 0.35: on payment, 4 min before the first sign, but more was asked of payment"]
    );
}
