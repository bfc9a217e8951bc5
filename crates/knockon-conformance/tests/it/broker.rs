use knockon_conformance::{Disagreement, Report, broker::check};

use crate::{changed, texts};

const FILE: &str = include_str!("../data/broker.json");

#[test]
fn every_case_goes_as_recorded() {
    let report = check(FILE).unwrap();
    assert_eq!(report.disagreements, []);
    assert_eq!(report.played, 14);
    let left_out: Vec<&str> = report.left_out.iter().map(|one| one.case.as_str()).collect();
    assert_eq!(left_out, ["nack counter", "memory alarm", "SIGSTOP of the broker"]);
}

/// The cases that are not played, without those that are left out of the file as it is.
fn left_out(report: &Report) -> Vec<&Disagreement> {
    let usual = ["nack counter", "memory alarm", "SIGSTOP of the broker"];
    report.left_out.iter().filter(|one| !usual.contains(&one.case.as_str())).collect()
}

#[test]
fn a_changed_expectation_is_a_disagreement() {
    let check = |from: &str, to: &str, says: &str| {
        let report = check(&changed(FILE, from, to)).unwrap();
        assert_eq!((report.played, left_out(&report).len()), (14, 0), "{from}");
        assert_eq!(texts(&report.disagreements), [says], "{from}");
    };
    check(
        r#""nacks": [4,5,6,7]"#,
        r#""nacks": [5,6,7]"#,
        "reject-publish: nacks: expected [5, 6, 7], got [4, 5, 6, 7]",
    );
    check(
        r#""left": [5,6,7]}"#,
        r#""left": [1,2,3]}"#,
        "drop-head: left: expected [1, 2, 3], got [5, 6, 7]",
    );
    check(
        r#""dead_lettered": [4,5,6,7]"#,
        r#""dead_lettered": []"#,
        "reject-publish-dlx: dead_lettered: expected [], got [4, 5, 6, 7]",
    );
    check(
        r#""reason": "maxlen""#,
        r#""reason": "expired""#,
        "reject-publish-dlx: reason: expected [\"expired\"], got [\"maxlen\"]",
    );
    check(
        r#""error": 10077"#,
        r#""error": 10023"#,
        "NATS JetStream, max_msgs 3, discard new: error: expected Some(10023), got Some(10077)",
    );
    check(
        r#""accepted": 5"#,
        r#""accepted": 3"#,
        "unacked do not count: accepted: expected 3, got 5",
    );
    check(
        r#""then_accepted": 1"#,
        r#""then_accepted": 2"#,
        "one consumed frees one slot: then_accepted: expected 2, got 1",
    );
    check(
        r#""publisher_sees": "ack""#,
        r#""publisher_sees": "nack""#,
        "unroutable: publisher_sees: expected \"nack\", got \"ack\"",
    );
    check(
        r#""50 of 50 lost""#,
        r#""50 of 50 kept""#,
        "kill -9 of the broker: 50 of 50 kept: expected 50, got 0",
    );
    check(
        "[4.56,3,0,0,45]",
        "[4.56,4,0,0,44]",
        "restore_trace: nacked at 4.56 s: expected 44, got 45; \
         depth before what was acked at 4.56 s: expected 4, got 3",
    );
    check(
        "[8.08,15,1,34,45]",
        "[8.08,25,1,44,45]",
        "restore_trace: acked at 8.08 s: expected about 44, got 35; \
         depth at 8.08 s: expected about 25, got 13",
    );
    check(
        "[11.35,0,1,66,45]",
        "[11.35,0,0,66,45]",
        "restore_trace: consumers at 11.35 s: expected 0, got 1; \
         depth before what was acked at 11.35 s: expected -66, got -68",
    );
}

#[test]
fn other_figures_are_played_as_they_are() {
    let check = |changes: &[(&str, &str)]| {
        let mut text = FILE.to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let report = check(&text).unwrap();
        assert_eq!(report.disagreements, [], "{changes:?}");
        assert_eq!(report.played, 14, "{changes:?}");
    };
    check(&[
        ("7 messages, no limit", "4 messages, max-length 3"),
        ("[5,6,7], \"note", "[2,3,4], \"note"),
    ]);
    check(&[
        ("7 messages, no limit", "7 messages, max-length 6"),
        ("max-length 3, reject-publish", "max-length 2"),
        ("[5,6,7], \"note", "[6,7], \"note"),
    ]);
    // Who drops nothing keeps what it has when the limit falls.
    check(&[
        ("7 messages, no limit", "7 messages, max-length 4, reject-publish"),
        ("[5,6,7], \"note", "[1,2,3,4], \"note"),
    ]);
    check(&[
        ("\"unacked\": 2, \"accepted\": 5", "\"unacked\": 4, \"accepted\": 7"),
        ("\"after_consumer_dies_depth\": 5", "\"after_consumer_dies_depth\": 7"),
    ]);
    // With a consumer that keeps up nothing stays.
    check(&[(
        "\"consumers\": 0, \"acks\": [1,2,3], \"nacks\": [4,5,6,7], \"left\": [1,2,3]",
        "\"consumers\": 1, \"acks\": [1,2,3,4,5,6,7], \"nacks\": [], \"left\": []",
    )]);
    check(&[
        ("max_msgs 3, discard new", "max_msgs 5, discard old"),
        (
            "\"acks\": [1,2,3], \"errors\": [4,5,6,7], \"error\": 10077, \"left\": [1,2,3]",
            "\"acks\": [1,2,3,4,5,6,7], \"errors\": [], \"left\": [3,4,5,6,7]",
        ),
    ]);
}

#[test]
fn what_is_not_known_is_left_out_with_its_reason() {
    let check = |from: &str, to: &str, played: usize, why: &str| {
        let report = check(&changed(FILE, from, to)).unwrap();
        let left_out = left_out(&report);
        assert_eq!((report.played, left_out.len()), (played, 1), "{from}");
        assert_eq!(report.disagreements, [], "{from}");
        assert!(left_out[0].what.contains(why), "{left_out:?}");
    };
    check(r#""name": "unroutable""#, r#""name": "unreachable""#, 13, "not known");
    check(r#""publishes": 7"#, r#""publishings": 7"#, 13, "unknown field `publishings`");
    check(r#""overflow": "drop-head""#, r#""overflow": "drop-tail""#, 13, "overflow drop-tail");
    check(r#""broker": "nats""#, r#""broker": "kafka""#, 13, "kafka");
    check(r#""qos": 1"#, r#""qos": 0"#, 13, "qos Some(0)");
    check("7 messages, no limit", "seven messages, no limit", 13, "N messages");
    check("publisher 10 msg/s", "publishers at 10 msg/s", 13, "publisher N msg/s");
    check(r#""other":"#, r#""drill": [], "other":"#, 14, "not known");
}

#[test]
fn what_is_no_file_of_cases_is_an_error() {
    for text in ["", "[]", "{}", r#"{"about": ""}"#] {
        assert!(check(text).is_err(), "{text}");
    }
}
