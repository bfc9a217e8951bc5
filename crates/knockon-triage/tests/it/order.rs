//! In whatever order evidence comes, and however often something comes, the incident is the same.

use knockon_core::ServiceId;
use knockon_telemetry::{Alert, ChangeKind, Evidence, Labels, Samples};
use knockon_triage::{Options, triage};
use proptest::prelude::*;

use crate::shop::{ONSET, Story, minute};

/// Much of everything: ties, series that are alike, alerts that are alike, changes of one moment.
fn story() -> Story {
    let mut story = Story::new();
    for pod in ["a", "b", "c"] {
        let labels = [("pod", pod)];
        for (service, latency) in [("front-end", 0.3), ("orders", 0.2), ("payment", 0.1)] {
            story = story
                .labelled(service, "latency_seconds_mean", &labels, latency, latency + 1.0)
                .labelled(service, "http_5xx_ratio", &labels, 0.001, 0.301)
                .labelled(service, "requests_total", &[("pod", pod), ("code", "200")], 9.0, 8.0)
                .labelled(service, "requests_total", &[("pod", pod), ("code", "500")], 0.1, 3.3);
        }
        story = story.labelled("orders-db", "cpu_utilization", &labels, 0.1, 0.9);
    }
    for service in ["payment", "orders", "front-end", "lonely"] {
        story = story.alert(service, "Slow", ONSET + 4).alert(service, "Failing", ONSET + 4);
    }
    story
        .alert_about("front-end", "orders", "SlowCalls", ONSET + 4)
        .alert_about("front-end", "promo", "SlowCalls", ONSET + 4)
        .change("payment", ChangeKind::Deploy, "v2", ONSET - 1)
        .change("payment", ChangeKind::Deploy, "v3", ONSET - 1)
        .change("payment", ChangeKind::Other("chore".to_owned()), "v1", ONSET - 1)
        .change("nobody", ChangeKind::Flag, "on", ONSET - 1)
}

/// xorshift64, Marsaglia 2003.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// Doubles some, and puts all into another order (Fisher and Yates).
    fn deal<T: Clone>(&mut self, all: &mut Vec<T>) {
        let doubled: Vec<T> = all.iter().filter(|_| self.below(3) == 0).cloned().collect();
        all.extend(doubled);
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

/// The same evidence as a source may deliver it that has no order and says things twice: series in
/// overlapping parts, alerts first firing and then resolved.
fn dealt(evidence: &Evidence, dice: &mut Dice) -> Evidence {
    let mut dealt = evidence.clone();
    for series in &evidence.series {
        let samples = &series.samples;
        let pairs = samples.unix_ms().iter().copied().zip(samples.values().iter().copied());
        let mut pairs: Vec<_> = pairs.collect();
        let (head, overlap) = (dice.below(pairs.len()), dice.below(9));
        let mut part = series.clone();
        part.samples = Samples::from_pairs(pairs.split_off(head.saturating_sub(overlap)));
        if dice.below(2) == 0 {
            dealt.series.push(part);
        }
    }
    let firing = evidence.alerts.iter().filter(|alert| alert.ends_at.is_some());
    let firing = firing.map(|alert| Alert { ends_at: None, ..alert.clone() }).collect::<Vec<_>>();
    dealt.alerts.extend(firing);
    dice.deal(&mut dealt.series);
    dice.deal(&mut dealt.alerts);
    dice.deal(&mut dealt.changes);
    dealt
}

fn json(story: &Story, evidence: &Evidence, at: Option<i64>) -> String {
    let options = Options { at: at.map(minute), since: None };
    serde_json::to_string(&triage(&story.system, evidence, options)).unwrap()
}

#[test]
fn evidence_in_another_order_and_twice_gives_the_same_bytes() {
    let mut story = story();
    for alert in story.evidence.alerts.iter_mut().step_by(3) {
        alert.ends_at = Some(minute(ONSET + 9));
    }
    let ordered = story.evidence.in_order().into_owned();
    for at in [None, Some(ONSET + 3), Some(ONSET + 6)] {
        let expected = json(&story, &ordered, at);
        for seed in 1..=60 {
            let dealt = dealt(&story.evidence, &mut Dice(seed));
            assert_eq!(json(&story, &dealt, at), expected, "dealt by {seed}");
            assert_eq!(dealt.in_order().into_owned(), ordered, "dealt by {seed}");
        }
    }
}

#[test]
fn an_alert_that_was_resolved_stays_so_whatever_comes_late() {
    let mut story = Story::new().alert("payment", "Slow", 80).alert("payment", "Slow", 80);
    story.evidence.alerts[0].ends_at = Some(minute(85));
    story.evidence.alerts[0].annotations =
        Labels::from([("summary".to_owned(), "was slow".to_owned())]);
    for _ in 0..2 {
        let alerts = story.evidence.in_order().into_owned().alerts;
        assert_eq!(alerts.len(), 1);
        assert_eq!((alerts[0].ends_at, alerts[0].annotations.len()), (Some(minute(85)), 1));
        story.evidence.alerts.reverse();
    }
}

#[test]
fn what_is_in_order_is_not_copied() {
    let ordered = story().evidence.in_order().into_owned();
    assert!(matches!(ordered.in_order(), std::borrow::Cow::Borrowed(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any evidence, in any order: ties of every kind, and values that contradict each other.
    #[test]
    fn any_evidence_in_any_order_is_judged_the_same(
        series in prop::collection::vec((0_usize..9, 0_usize..3, 0_i64..100, -9_i32..9), 1..300),
        alerts in prop::collection::vec((0_usize..9, 0_usize..3, 0_i64..6, prop::option::of(0_i64..9)), 0..20),
        seed in 1_u64..u64::MAX,
    ) {
        let metrics = ["latency_seconds_mean", "cpu_utilization", "http_5xx_ratio"];
        let mut story = Story::new();
        for (service, metric, at, value) in series {
            story.evidence.series.push(knockon_telemetry::Series {
                service: ServiceId::from_index(service),
                metric: metrics[metric].to_owned(),
                labels: Labels::new(),
                samples: Samples::from_pairs(vec![(minute(at).unix_ms, f64::from(value))]),
                baseline: Samples::default(),
            });
        }
        for (service, name, at, lasts) in alerts {
            story = story.alert("lonely", &format!("{}{name}", metrics[name]), at);
            let alert = story.evidence.alerts.last_mut().unwrap();
            alert.service = ServiceId::from_index(service);
            alert.ends_at = lasts.map(|lasts| minute(at + lasts));
        }
        let expected = json(&story, &story.evidence, None);
        let mut dealt = story.evidence.clone();
        let dice = &mut Dice(seed);
        dice.deal(&mut dealt.series);
        dice.deal(&mut dealt.alerts);
        prop_assert_eq!(json(&story, &dealt, None), expected);
    }
}
