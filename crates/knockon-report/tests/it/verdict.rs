//! The verdict of triage as text and as a page: on one screen, and itself whatever names there are.

use knockon_core::{
    Criticality, Currency, Dependency, DependencyKind, Journey, Money, Provenance, Rate, Service,
    ServiceKind, System, SystemBuilder, Team, Timestamp,
};
use knockon_report::{incident_json, incident_text, verdict_html};
use knockon_telemetry::{Alert, Change, ChangeKind, Evidence, Labels, Samples, Series};
use knockon_triage::{Incident, Options, triage};
use proptest::prelude::*;
use roxmltree::Node;

use crate::incident_page::{check_references, parsed};

const SCREEN: usize = 50;
const COLUMNS: usize = 100;

/// A chain of services that are called so, each needed by the one before it and with a team of its own.
fn system(names: &[String]) -> System {
    let mut builder = SystemBuilder::new(&names[0]);
    let mut services = Vec::new();
    for name in names {
        let contact = Some(name.clone());
        let team = Team { name: name.clone(), summary: None, contact, escalation: None };
        let team = Some(builder.team(team));
        let service = Service { team, ..Service::new(name.clone(), ServiceKind::Service) };
        services.extend(builder.service(service));
    }
    for pair in services.windows(2) {
        builder.dependency(Dependency {
            from: pair[0],
            to: pair[1],
            kind: DependencyKind::Call,
            criticality: Criticality::Critical,
            provenance: Provenance::Declared,
        });
    }
    for name in names.iter().take(6) {
        builder.journey(Journey {
            demand: Some(Rate { per_hour: 1e6 }),
            value: Currency::parse("EUR").map(|currency| Money { amount: 9.0, currency }),
            through: services.clone(),
            ..Journey::new(name.clone(), services[0])
        });
    }
    builder.build()
}

fn minute(minute: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_772_323_200_000 + minute * 60_000)
}

/// All services fail from minute 80 on, and so many alerts fire.
fn evidence(system: &System, alerts: usize, text: &str) -> Evidence {
    let mut evidence = Evidence::default();
    let count = system.services().len();
    for service in system.service_ids() {
        let value = |m: i64| if m < 80 { 0.001 + 0.0001 * (m % 3) as f64 } else { 0.4 };
        let pairs = (0..100).map(|m| (minute(m).unix_ms, value(m)));
        evidence.series.push(Series {
            service,
            metric: "http_5xx_ratio".into(),
            labels: Labels::from([("route".to_owned(), text.to_owned())]),
            samples: Samples::from_pairs(pairs.collect()),
            baseline: Samples::default(),
        });
        evidence.changes.push(Change {
            time: minute(79),
            service: Some(service),
            service_name: system.service(service).name.clone(),
            kind: ChangeKind::parse(text),
            version: Some(text.to_owned()),
            by: Some(text.to_owned()),
            summary: Some(text.to_owned()),
        });
    }
    let ids: Vec<_> = system.service_ids().collect();
    evidence.alerts.extend((0..alerts).zip((0..9).cycle()).map(|(at, later)| Alert {
        name: format!("{text}{}", at % 90),
        service: ids[at % count],
        peer: None,
        severity: Some(text.to_owned()),
        starts_at: minute(81 + later),
        ends_at: None,
        labels: Labels::new(),
        annotations: Labels::new(),
    }));
    evidence.alerts.sort_by_key(|alert| alert.starts_at);
    evidence
}

fn judged(system: &System, evidence: &Evidence) -> Incident {
    triage(system, evidence, Options::default())
}

/// What is seen of a text with styles.
fn seen(text: &str) -> String {
    let mut seen = String::new();
    let mut in_style = false;
    for letter in text.chars() {
        match letter {
            '\u{1b}' => in_style = true,
            'm' if in_style => in_style = false,
            letter if !in_style => seen.push(letter),
            _ => {}
        }
    }
    seen
}

#[test]
fn a_storm_fits_on_one_screen() {
    let names: Vec<String> = (0..60).map(|at| format!("a-service-with-a-long-name-{at}")).collect();
    let system = system(&names);
    for alerts in [0, 1, 20_000] {
        let incident = judged(&system, &evidence(&system, alerts, "SomethingIsWrongWithIt"));
        let text = seen(&incident_text(&incident));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() <= SCREEN, "{} lines\n{text}", lines.len());
        let wide = lines.iter().find(|line| line.chars().count() > COLUMNS);
        assert_eq!(wide, None, "{text}");
        for label in ["cause", "fired", "since", "scope", "change", "owner", "who acts", "tell"] {
            assert!(lines.iter().any(|line| line.starts_with(label)), "{label}\n{text}");
        }
    }
}

#[test]
fn the_page_has_its_parts_and_fetches_nothing() {
    let names: Vec<String> = ["web", "orders", "db"].map(str::to_owned).to_vec();
    let system = system(&names);
    let incident = judged(&system, &evidence(&system, 12, "deploy"));
    let html = verdict_html(&incident, &system);
    let document = parsed(&html);
    check_references(&document);
    let is_part = |node: &Node<'_, '_>| node.attribute("class") == Some("part");
    let parts: Vec<&str> =
        document.descendants().filter(is_part).filter_map(|it| it.attribute("id")).collect();
    assert_eq!(parts, ["spread", "timeline", "journeys", "alerts", "changes", "evidence"]);
    let drawings = document.descendants().filter(|it| it.tag_name().name() == "svg").count();
    assert_eq!(drawings, 2, "the map and the timeline");
    assert!(!html.contains("<script"));
    assert_eq!(html, verdict_html(&incident, &system), "the same input gives the same page");
}

#[test]
fn a_page_of_nothing_is_a_page() {
    let system = system(&["web".to_owned()]);
    let incident = judged(&system, &Evidence::default());
    let html = verdict_html(&incident, &system);
    let document = parsed(&html);
    check_references(&document);
    assert!(html.contains("no incident in this evidence"));
}

/// Names that would like to be something else.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("</script><script>alert(1)</script>".to_owned()),
        Just("]]></style>\" onclick='x' x=\"".to_owned()),
        Just("&amp;&#0;\u{fffe}\u{0}\r\n\\u003c\u{1b}[31m".to_owned()),
        Just("{}{{}".to_owned()),
        Just("→→→→ 🦀".to_owned()),
        ".{1,40}",
    ]
}

proptest! {
    #[test]
    fn whatever_names_there_are_it_stays_a_page_and_a_screen(
        names in prop::collection::vec(any_name(), 1..6),
        text in any_name(),
        alerts in 0_usize..40,
    ) {
        let system = system(&names);
        let incident = judged(&system, &evidence(&system, alerts, &text));
        let html = verdict_html(&incident, &system);
        let document = parsed(&html);
        let scripts = document.descendants().filter(|it| it.tag_name().name() == "script").count();
        prop_assert_eq!(scripts, 0);
        let handlers = document.descendants().flat_map(|it| it.attributes());
        prop_assert!(handlers.into_iter().all(|it| !it.name().starts_with("on")));
        prop_assert!(incident_text(&incident).lines().count() <= SCREEN);
        let json: serde_json::Value =
            serde_json::from_str(&incident_json(&incident, &[])).unwrap();
        prop_assert!(json["when"].is_object());
    }
}
