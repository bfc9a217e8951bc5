//! The page of an incident: what is on it, and that it is what it promises to be.

use std::collections::BTreeSet;

use knockon_core::SystemBuilder;
use knockon_report::{
    AlertPart, AlertRow, Chart, IncidentPage, Line, Mark, MarkKind, State, Unit, incident_html,
};
use roxmltree::{Document, Node, ParsingOptions};

use crate::sample;

/// The page as XML, which it is as well.
pub(crate) fn parsed(html: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).unwrap_or_else(|error| panic!("{error}\n{html}"))
}

/// All elements with that name, whatever their namespace.
fn elements<'a>(document: &'a Document<'_>, name: &str) -> Vec<Node<'a, 'a>> {
    let named = |node: &Node<'_, '_>| node.is_element() && node.tag_name().name() == name;
    document.descendants().filter(named).collect()
}

fn by_class<'a>(document: &'a Document<'_>, class: &str) -> Vec<Node<'a, 'a>> {
    let has = |node: &Node<'_, '_>| {
        node.attribute("class").is_some_and(|it| it.split(' ').any(|it| it == class))
    };
    document.descendants().filter(has).collect()
}

fn by_id<'a>(document: &'a Document<'_>, id: &str) -> Option<Node<'a, 'a>> {
    document.descendants().find(|node| node.attribute("id") == Some(id))
}

/// All text in an element, with single spaces.
fn text(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text).filter_map(|it| it.text());
    texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn data(document: &Document<'_>) -> serde_json::Value {
    let element = by_id(document, "played").expect("the script has its data");
    serde_json::from_str(&text(element)).expect("the data are JSON")
}

#[test]
fn the_parts_come_in_the_order_in_which_they_are_needed() {
    let system = sample::pack("sock-shop");
    let html = incident_html(&sample::slow_disk(&system));
    let document = parsed(&html);
    let parts = by_class(&document, "part");
    let ids: Vec<_> = parts.iter().filter_map(|part| part.attribute("id")).collect();
    assert_eq!(ids, ["over-time", "timeline", "alerts", "expectations", "proof", "evidence"]);
    let titles: Vec<_> = elements(&document, "h1").into_iter().map(text).collect();
    assert_eq!(titles, ["Orders time out and take the shop with them"]);
    let facts: Vec<_> = elements(&document, "dl")
        .into_iter()
        .find(|list| list.attribute("class") == Some("facts"))
        .into_iter()
        .flat_map(|list| list.descendants().filter(|it| it.has_tag_name("dt")))
        .map(text)
        .collect();
    assert_eq!(facts, ["What", "When", "Scope", "Recent change", "Owner", "Money", "Do first"]);
    let code = elements(&document, "code");
    assert_eq!(code[0].text().map(|it| it.lines().count()), Some(2), "commands keep their lines");
}

#[test]
fn a_page_opens_where_most_is_wrong() {
    let system = sample::pack("sock-shop");
    let html = incident_html(&sample::slow_disk(&system));
    let document = parsed(&html);
    let boxes = document.descendants().filter(|it| it.has_attribute("data-row"));
    let troubles: Vec<_> = boxes
        .filter_map(|it| Some((it.attribute("data-service")?, it.attribute("data-state")?)))
        .filter(|(_, state)| *state != "well")
        .collect();
    assert_eq!(
        troubles,
        [
            ("front-end", "failing"),
            ("user", "degraded"),
            ("carts", "degraded"),
            ("orders", "down"),
            ("orders-db", "down"),
            ("shipping", "degraded"),
        ]
    );
    let status = by_id(&document, "status").map(text);
    assert_eq!(
        status.as_deref(),
        Some(
            "At 4:20 Journeys down buy a sock failing look up my orders Services down orders, orders-db \
             failing front-end degraded user, carts, shipping"
        )
    );
}

#[test]
fn the_rows_of_the_map_are_the_services_in_the_data() {
    let system = sample::pack("sock-shop");
    let html = incident_html(&sample::slow_disk(&system));
    let document = parsed(&html);
    let data = data(&document);
    for service in document.descendants().filter(|it| it.has_attribute("data-row")) {
        let row: usize = service.attribute("data-row").unwrap().parse().unwrap();
        assert_eq!(data["services"][row][0].as_str(), service.attribute("data-service"));
    }
    let of_orders_db = data["services"].as_array().unwrap().iter().find(|it| it[0] == "orders-db");
    assert_eq!(of_orders_db.unwrap()[1], "1x24 3x6 4x78 3x4 1x68");
    let words: Vec<_> = State::ALL.iter().map(|it| it.as_str()).collect();
    assert_eq!(data["states"], serde_json::json!(words));
}

#[test]
fn every_line_of_a_chart_has_readings_and_a_gap_has_none() {
    let system = sample::pack("sock-shop");
    let page = sample::slow_disk(&system);
    let html = incident_html(&page);
    let document = parsed(&html);
    let data = data(&document);
    for (index, chart) in page.charts.iter().enumerate() {
        let readings = data["readings"][index].as_array().unwrap();
        assert_eq!(readings.len(), chart.lines.len());
    }
    let waiting = &data["readings"][5][0];
    let at = |moment: f64| {
        let moments = waiting[0].as_array().unwrap();
        let index = moments.iter().rposition(|it| it.as_f64().unwrap() <= moment).unwrap();
        waiting[1][index].as_str().unwrap().to_owned()
    };
    assert_eq!((at(450.0).as_str(), at(470.0).as_str()), ("–", "–"));
    assert_ne!(at(500.0), "–");
    // What is there without the script is what the script would show.
    let shown: Vec<_> = by_class(&document, "reading").into_iter().map(text).collect();
    assert_eq!(shown[0], "8.5 s");
    assert_eq!(shown.len(), page.charts.iter().map(|it| it.lines.len()).sum::<usize>());
}

#[test]
fn alerts_are_sorted_by_their_part_and_each_is_there_once() {
    let system = sample::pack("sock-shop");
    let html = incident_html(&sample::slow_disk(&system));
    let document = parsed(&html);
    let groups: Vec<String> = by_id(&document, "alerts")
        .unwrap()
        .descendants()
        .filter(|it| it.has_tag_name("details"))
        .map(|group| {
            let names = group.descendants().filter(|it| it.attribute("class") == Some("alert"));
            names.map(text).collect::<Vec<_>>().join(" ")
        })
        .collect();
    assert_eq!(
        groups,
        [
            "OrdersDbDiskSlow",
            "OrdersSlow CheckoutErrorBudget OrdersErrors FrontEndLatency ShippingIdle",
            "CertificateExpires SessionDbMemory"
        ]
    );
}

/// Ids are there once, and what refers to one finds it.
pub(crate) fn check_references(document: &Document<'_>) {
    let ids: Vec<_> = document.descendants().filter_map(|it| it.attribute("id")).collect();
    let known: BTreeSet<_> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "an id twice");
    for node in document.descendants() {
        for name in ["href", "src"] {
            let Some(target) = node.attribute(name) else { continue };
            let inside = target.strip_prefix('#').is_some_and(|id| known.contains(id));
            assert!(inside || target == "data:,", "{target} leads out of the page");
        }
    }
}

#[test]
fn nothing_is_fetched() {
    let system = sample::pack("order-orchestrator");
    let html = incident_html(&sample::slow_disk(&system));
    check_references(&parsed(&html));
    let without_namespaces = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for way_out in ["http:", "https:", "//www", "@import", "fetch(", "XMLHttpRequest", "import("] {
        assert!(!without_namespaces.contains(way_out), "{way_out}");
    }
    let urls = html.split("url(").skip(1).all(|rest| rest.starts_with("#knockon-"));
    assert!(urls, "a style sheet fetches something");
    assert!(html.contains("content=\"default-src 'none'; "));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let system = sample::pack("sock-shop");
    let page = sample::slow_disk(&system);
    assert_eq!(incident_html(&page), incident_html(&page.clone()));
}

#[test]
fn a_page_with_nothing_on_it_is_a_page() {
    let system = SystemBuilder::new("nothing").build();
    let html = incident_html(&IncidentPage::new(&system));
    let document = parsed(&html);
    assert_eq!(
        elements(&document, "main").into_iter().map(text).collect::<String>(),
        "nothing · 1 s played nothing"
    );
    check_references(&document);

    let system = sample::pack("sock-shop");
    let html = incident_html(&IncidentPage::new(&system));
    let document = parsed(&html);
    assert_eq!(by_class(&document, "part").len(), 1, "only the map");
    assert!(by_id(&document, "time").is_none(), "nothing to slide through");
}

#[test]
fn words_above_a_chart_and_its_ticks_stay_inside_the_drawing() {
    let system = SystemBuilder::new("x").build();
    let mut page = IncidentPage::new(&system);
    page.lasts_s = 600.0;
    for at_s in [0.0, 1.0, 5.0, 300.0, 301.0, 598.0, 600.0] {
        let label = format!("a change with quite a long name at {at_s}");
        page.marks.push(Mark { at_s, until_s: None, label, kind: MarkKind::Change });
    }
    let line = Line { name: "x".into(), points: vec![(0.0, 1.0), (600.0, 5e9)] };
    page.charts.push(Chart {
        title: "x".into(),
        unit: Unit::Bytes,
        lines: vec![line],
        limit: None,
    });
    let html = incident_html(&page);
    let document = parsed(&html);
    let drawing = by_class(&document, "plotted")[0];
    let words: Vec<_> = drawing.descendants().filter(|it| it.tag_name().name() == "text").collect();
    assert!(words.len() > 8);
    for word in words {
        let x: f64 = word.attribute("x").unwrap().parse().unwrap();
        let long = text(word).chars().count() as f64 * 6.5;
        let (left, right) = match word.attribute("text-anchor") {
            Some("end") => (x - long, x),
            Some("middle") => (x - long / 2.0, x + long / 2.0),
            _ => (x, x + long),
        };
        assert!(left >= 0.0 && right <= 400.0, "{} from {left} to {right}", text(word));
    }
}

#[test]
fn a_huge_page_stays_small_enough_to_send() {
    let mut builder = SystemBuilder::new("huge");
    let ids: Vec<_> = (0..200)
        .map(|index| {
            let name = format!("service-number-{index}");
            let kind = knockon_core::ServiceKind::Service;
            builder.service(knockon_core::Service::new(name, kind)).unwrap()
        })
        .collect();
    for index in 1..200 {
        builder.dependency(knockon_core::Dependency {
            from: ids[index / 3],
            to: ids[index],
            kind: knockon_core::DependencyKind::Call,
            criticality: knockon_core::Criticality::Critical,
            provenance: knockon_core::Provenance::Declared,
        });
    }
    let system = builder.build();
    let mut page = IncidentPage::new(&system);
    page.lasts_s = 3600.0;
    page.map.times_s = (0..720).map(|index| f64::from(index) * 5.0).collect();
    page.map.services = (0..200)
        .map(|service: usize| {
            let state = |index: usize| State::ALL[1 + (index / (7 + service)) % 4];
            (format!("service-number-{service}"), (0..720).map(state).collect())
        })
        .collect();
    for index in 0..500 {
        let at_s = f64::from(index) * 7.0;
        page.alerts.push(AlertRow {
            name: format!("Alert{index}"),
            service: "service-number-7".into(),
            fired_s: at_s,
            part: AlertPart::Symptom,
            why: "service-number-7 → service-number-3 → service-number-0".into(),
            ..AlertRow::default()
        });
        let label = format!("Alert{index}");
        page.marks.push(Mark { at_s, until_s: None, label, kind: MarkKind::Alert });
    }
    for chart in 0..12 {
        let line = |line: i32| {
            let value = |index: i32| (f64::from(index * (line + chart)) * 0.37).sin() + 2.0;
            let points = (0..3600).map(|index| (f64::from(index), value(index))).collect();
            Line { name: format!("line {line}"), points }
        };
        let lines = (0..4).map(line).collect();
        page.charts.push(Chart { title: "x".into(), unit: Unit::Seconds, lines, limit: None });
    }
    let html = incident_html(&page);
    check_references(&parsed(&html));
    assert!(html.len() < 1_200_000, "{} bytes", html.len());
}
