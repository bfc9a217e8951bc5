use std::collections::BTreeSet;

use knockon_core::{
    Criticality, Dependency, DependencyKind, DurationMs, Provenance, Service, ServiceKind,
    SystemBuilder,
};
use knockon_telemetry::{Alert, Change, ChangeKind, Evidence, Labels, Samples, Series};

use super::*;
use crate::evaluate::case::Truth;

const ONSET_S: i64 = 3600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(seconds * 1000)
}

/// Twenty services in a row, each calling the next; the last is to blame, and the last ten alert.
fn case() -> Case {
    let mut system = SystemBuilder::new("row");
    let services: Vec<ServiceId> = (0..20)
        .map(|n| system.service(Service::new(format!("s{n}"), ServiceKind::Service)).unwrap())
        .collect();
    for pair in services.windows(2) {
        system.dependency(Dependency {
            from: pair[0],
            to: pair[1],
            kind: DependencyKind::Call,
            criticality: Criticality::Critical,
            provenance: Provenance::Declared,
        });
    }
    let series = services.iter().map(|service| Series {
        service: *service,
        metric: "latency".into(),
        labels: Labels::new(),
        samples: Samples::from_pairs((0..240).map(|n| (n * 30_000, n as f64)).collect()),
        baseline: Samples::default(),
    });
    let alerts = services[10..].iter().map(|service| Alert {
        name: "Slow".into(),
        service: *service,
        peer: None,
        severity: None,
        starts_at: at(ONSET_S + 60),
        ends_at: Some(at(ONSET_S + 600)),
        labels: Labels::new(),
        annotations: Labels::new(),
    });
    let change = Change {
        time: at(ONSET_S - 60),
        service: Some(services[19]),
        service_name: "s19".into(),
        kind: ChangeKind::Deploy,
        version: None,
        by: None,
        summary: None,
    };
    let evidence = Evidence {
        series: series.collect(),
        alerts: alerts.collect(),
        changes: vec![change],
        ..Evidence::default()
    };
    let truth =
        Truth { services: vec!["s19".into()], began: Some(at(ONSET_S)), ..Truth::default() };
    Case { system: system.build(), evidence, options: knockon_triage::Options::default(), truth }
}

/// The case after what a flag asks for.
fn degraded(flag: &str) -> Case {
    degraded_as(flag, "a/1")
}

fn degraded_as(flag: &str, name: &str) -> Case {
    let asked = read(&[flag.to_owned()]).unwrap();
    assert_eq!(asked.len(), 1, "{flag}");
    let mut case = case();
    asked[0].apply(name, &mut case);
    case
}

fn same(one: &Case, other: &Case) -> bool {
    one.evidence == other.evidence && one.system == other.system
}

#[test]
fn the_same_case_is_degraded_in_the_same_way_and_another_in_another() {
    for kind in KINDS {
        let one = degraded(kind.word);
        assert!(!same(&one, &case()), "{} does nothing", kind.word);
        assert!(same(&one, &degraded(kind.word)), "{}", kind.word);
        assert!(!same(&one, &degraded_as(kind.word, "a/2")), "{}", kind.word);
    }
}

#[test]
fn nothing_is_degraded_by_none_of_it() {
    for flag in [
        "none",
        "alerts-dropped=0%",
        "samples lost=0/3",
        "clocks skewed=0",
        "noise alerts=0",
        "red herrings=0",
        "edges missing=0%",
        "edges_wrong=0%",
    ] {
        assert!(same(&degraded(flag), &case()), "{flag}");
    }
}

#[test]
fn alerts_and_samples_and_edges_go_by_the_share_that_is_said() {
    let case = degraded("alerts dropped=100%, samples lost=100%, edges missing=1/1");
    assert_eq!(case.evidence.alerts, []);
    assert!(case.evidence.series.iter().all(|series| series.samples.is_empty()));
    assert_eq!(case.system.dependencies(), []);

    let case = degraded("alerts dropped=1/2, samples lost=25%, edges missing=1/2");
    assert!((2..=8).contains(&case.evidence.alerts.len()));
    let left: usize = case.evidence.series.iter().map(|series| series.samples.len()).sum();
    assert!((3500..3700).contains(&left), "{left} of 4800");
    assert!((4..=15).contains(&case.system.dependencies().len()));
}

#[test]
fn a_scrape_is_lost_for_all_series_of_its_service() {
    let mut case = case();
    let twin = Series { metric: "errors".into(), ..case.evidence.series[0].clone() };
    case.evidence.series.insert(1, twin);
    read(&["samples lost".to_owned()]).unwrap()[0].apply("a/1", &mut case);
    let times = |at: usize| case.evidence.series[at].samples.unix_ms();
    assert_eq!(times(0), times(1));
    assert_ne!(times(0), times(2));
}

#[test]
fn a_clock_is_wrong_for_all_that_a_service_says() {
    let case = degraded("clocks skewed=30s");
    let first = |service: ServiceId| {
        let series = case.evidence.series.iter().find(|series| series.service == service);
        series.and_then(|series| Some(series.samples.span()?.0)).unwrap() - at(0)
    };
    let skews: BTreeSet<DurationMs> = case.system.service_ids().map(first).collect();
    let most = DurationMs { ms: 30_000 };
    assert!(skews.iter().all(|by| by.ms.abs() <= most.ms), "{skews:?}");
    assert!((5..=16).contains(&skews.len()), "half of them, and the right ones: {skews:?}");
    for alert in &case.evidence.alerts {
        assert_eq!(alert.starts_at - at(ONSET_S + 60), first(alert.service));
        assert_eq!(alert.ends_at.unwrap() - at(ONSET_S + 600), first(alert.service));
    }
    let change = &case.evidence.changes[0];
    assert_eq!(change.time - at(ONSET_S - 60), first(change.service.unwrap()));
    assert!(case.evidence.alerts.is_sorted_by_key(|alert| alert.starts_at));
}

#[test]
fn evidence_without_times_has_no_clocks() {
    let mut case = case();
    let moment = at(ONSET_S);
    case.evidence.series.clear();
    case.evidence.changes.clear();
    for alert in &mut case.evidence.alerts {
        (alert.starts_at, alert.ends_at) = (moment, None);
    }
    let before = case.evidence.clone();
    read(&["clocks skewed".to_owned()]).unwrap()[0].apply("a/1", &mut case);
    assert_eq!(case.evidence, before);
}

#[test]
fn noise_fires_while_somebody_looks() {
    let mut case = case();
    case.options.at = Some(at(ONSET_S - 300));
    read(&["noise alerts=20".to_owned()]).unwrap()[0].apply("a/1", &mut case);
    let noise = case.evidence.alerts.iter().filter(|it| it.name != "Slow");
    assert!(
        noise.clone().count() == 20 && noise.clone().all(|it| it.starts_at <= at(ONSET_S - 300))
    );
}

#[test]
fn noise_and_red_herrings_are_on_services_without_trouble() {
    let case = degraded("noise alerts=7, red herrings=4");
    let noise: Vec<_> = case.evidence.alerts.iter().filter(|it| it.name != "Slow").collect();
    assert_eq!(noise.len(), 7);
    assert!(noise.iter().all(|it| it.service.index() < 10), "{noise:?}");
    assert!(noise.iter().all(|it| (it.starts_at - at(ONSET_S)).ms.abs() <= 600_000));

    let is_added = |it: &&Change| it.version.is_some();
    let herrings: Vec<_> = case.evidence.changes.iter().filter(is_added).collect();
    assert!(herrings.iter().all(|it| it.time < at(ONSET_S) && it.time > at(ONSET_S - 700)));
    let on: BTreeSet<_> = herrings.iter().map(|it| it.service.unwrap().index()).collect();
    assert!(on.len() == 4 && on.iter().all(|index| *index < 10), "{on:?}");
    assert_eq!(degraded("red herrings=50").evidence.changes.len(), 11, "each at most once");
}

#[test]
fn a_wrong_edge_ends_at_another_service() {
    let wrong = degraded("edges wrong=100%").system;
    let right = case().system;
    for (edge, was) in wrong.dependencies().iter().zip(right.dependencies()) {
        assert_eq!(edge.from, was.from);
        assert!(edge.to != was.to && edge.to != edge.from, "{edge:?}");
    }
    assert_eq!(wrong.services(), right.services());
}

#[test]
fn what_one_kind_draws_does_not_depend_on_the_others() {
    let alone = degraded("edges missing").system;
    assert_eq!(degraded("alerts dropped=1/2, edges missing").system, alone);
}

#[test]
fn all_is_each_kind_after_none() {
    let asked = read(&["all".to_owned()]).unwrap();
    let names: Vec<String> = asked.iter().map(Degradation::name).collect();
    assert_eq!(names[..2], ["none", "alerts dropped=1/3"]);
    assert_eq!(names.len(), 1 + KINDS.len());
    let again = read(&names).unwrap();
    assert_eq!(again.iter().map(Degradation::name).collect::<Vec<_>>(), names);
    assert_eq!(read(&[]).unwrap()[0].name(), "none");
}

#[test]
fn what_is_wrong_is_told_all_at_once() {
    let check = |flags: &[&str], expected: &[&str]| {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let told = read(&flags).unwrap_err();
        let told: Vec<String> = told
            .iter()
            .map(|it| format!("{} {}; {}", it.code.id, it.message, it.help.join("; ")))
            .collect();
        assert_eq!(told, expected);
    };
    check(
        &["alerts droped=1/3, samples lost=2/1", "clocks skewed=30"],
        &[
            "K0323 `--degrade alerts droped=1/3`: there is no such degradation; did you mean \
             `alerts dropped`?",
            "K0310 `--degrade samples lost=2/1`: `2/1` is not from none to all; write it as `1/3` \
             or `30%`",
            "K0310 `--degrade clocks skewed=30`: `30` has no unit; write `30s` for seconds, or \
             `30ms`",
        ],
    );
    check(
        &["edges wrong=0/0", "noise alerts=10001", ""],
        &[
            "K0310 `--degrade edges wrong=0/0`: `0/0` is not from none to all; write it as `1/3` \
             or `30%`",
            "K0310 `--degrade noise alerts=10001`: `10001` is more than 10000; write a smaller number",
            "K0323 `--degrade `: there is no such degradation; there is `alerts dropped`, `noise \
             alerts`, `samples lost`, `clocks skewed`, `red herrings`, `edges missing`, `edges \
             wrong`, `all`, `none`",
        ],
    );
}
