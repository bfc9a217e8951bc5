use std::collections::BTreeSet;

use knockon_core::{
    Criticality, Dependency, DependencyKind, Journey, Provenance, Service, ServiceId, ServiceKind,
    Stage, SystemBuilder, Team, TeamId, Tier,
};
use proptest::prelude::*;

use super::picture::Picture;
use super::*;

const SHOP: &str = "\
system: shop
summary: Sells socks.
teams: { web: {}, money: {} }
services:
  browser: { kind: client, calls: [front-end] }
  front-end:
    team: web
    tier: 1
    calls: [orders, ads: optional]
  ads: { kind: external }
  orders:
    team: money
    tier: 2
    reads: [orders-db]
    writes: [orders-db]
    publishes: [queue]
    calls: [front-end]
  orders-db: { kind: database, team: money }
  queue: { kind: broker }
  mailer: { consumes: [queue] }
journeys:
  buy:
    stages: [choose, pay]
    through: [front-end, orders, queue, mailer]
";

fn read(text: &str) -> System {
    let reading = knockon_format::read_system("shop.yaml", text.as_bytes(), &|_| true);
    reading.system.unwrap_or_else(|| panic!("{:?}", reading.diagnostics))
}

fn without_styles(styled: &str) -> String {
    let mut text = String::new();
    let mut rest = styled;
    while let Some(at) = rest.find('\u{1b}') {
        text.push_str(&rest[..at]);
        rest = rest[at..].find('m').map_or("", |end| &rest[at + end + 1..]);
    }
    text + rest
}

#[track_caller]
fn check_tree(text: &str, journey: Option<usize>, expected: &str) {
    let system = read(text);
    assert_eq!(without_styles(&map_tree(&MapView { system: &system, journey })), expected);
}

#[test]
fn a_tree_shows_every_service_in_full_once() {
    check_tree(
        SHOP,
        None,
        "\
shop  7 services, 8 dependencies
Sells socks.

browser  client
└── front-end  call  tier 1 · web  ▶ buy
    ├── orders  call  tier 2 · money
    │   ├── front-end  call (see above)
    │   ├── orders-db  read, write  database · money
    │   └── queue  publish  broker
    │       └── mailer  consumes
    └── ads  call optional  external
",
    );
}

#[test]
fn a_tree_of_a_journey_numbers_its_steps() {
    check_tree(
        SHOP,
        Some(0),
        "\
shop: buy  6 services, 7 dependencies
choose → pay

[1] front-end  tier 1 · web
├── [2] orders  call  tier 2 · money
│   ├── [1] front-end  call (see above)
│   ├── orders-db  read, write  database · money
│   └── [3] queue  publish  broker
│       └── [4] mailer  consumes
└── ads  call optional  external
",
    );
}

#[test]
fn a_deep_tree_goes_on_at_the_left() {
    let service = |index: usize| format!("  s{index}: {{ calls: [s{}] }}\n", index + 1);
    let services: String = (0..10).map(service).collect();
    let text = format!("system: deep\nservices:\n{services}  s10: {{}}\n");
    check_tree(
        &text,
        None,
        "\
deep  11 services, 10 dependencies

s0
└── s1  call
    └── s2  call
        └── s3  call
            └── s4  call
                └── s5  call
                    └── s6  call
                        └── s7  call
                            └── s8  call (see below)

s8  (continued)
└── s9  call
    └── s10  call
",
    );
}

#[test]
fn a_tree_of_a_thousand_services_in_a_row_fits_the_screen() {
    let service = |index: usize| format!("  s{index}: {{ calls: [s{}] }}\n", index + 1);
    let services: String = (0..999).map(service).collect();
    let system = read(&format!("system: deep\nservices:\n{services}  s999: {{}}\n"));
    let tree = without_styles(&map_tree(&MapView::whole(&system)));
    assert!(tree.lines().all(|line| line.chars().count() < 80));
    assert!(tree.lines().count() < 1_500);
}

#[test]
fn a_cycle_without_an_entry_ends() {
    check_tree(
        "system: x\nservices:\n  a: { calls: [b] }\n  b: { calls: [a] }\n",
        None,
        "\
x  2 services, 2 dependencies

a
└── b  call
    └── a  call (see above)
",
    );
}

#[test]
fn mermaid_has_shapes_lines_and_classes() {
    let system = read(SHOP);
    assert_eq!(
        map_mermaid(&MapView::along(&system, 0)),
        "\
---
title: \"shop: buy\"
---
flowchart LR
  s0(\"1 · front-end<br/>web · tier 1\")
  s1[/\"ads\"/]
  s2(\"2 · orders<br/>money · tier 2\")
  s3[(\"orders-db<br/>money\")]
  s4>\"3 · queue\"]
  s5(\"4 · mailer\")
  s0 --> s2
  s0 -->|optional| s1
  s2 --> s0
  s2 ==>|read, write| s3
  s2 -.->|publish| s4
  s4 -.->|consume| s5
  %% team web
  classDef team0 stroke:#0072b2,stroke-width:3px
  class s0 team0
  %% team money
  classDef team1 stroke:#e69f00,stroke-width:3px
  class s2,s3 team1
  classDef aside opacity:0.4
  class s1,s3 aside
  linkStyle 0,4,5 stroke:#d6006c,stroke-width:4px
  linkStyle 1,2,3 opacity:0.4
"
    );
}

#[test]
fn dot_has_shapes_lines_and_colours() {
    let system = read(SHOP);
    assert_eq!(
        map_dot(&MapView::whole(&system)),
        "\
digraph \"shop\" {
  graph [rankdir=LR, label=\"shop\", labelloc=t, fontname=\"sans-serif\"]
  node [fontname=\"sans-serif\", fontsize=11]
  edge [fontname=\"sans-serif\", fontsize=9]
  s0 [label=\"browser\", shape=oval, style=solid, color=\"#8a8f98\", penwidth=2]
  s1 [label=\"front-end\\nweb · tier 1\", shape=box, style=rounded, color=\"#0072b2\", penwidth=3]
  s2 [label=\"ads\", shape=box, style=dashed, color=\"#8a8f98\", penwidth=2]
  s3 [label=\"orders\\nmoney · tier 2\", shape=box, style=rounded, color=\"#e69f00\", penwidth=2]
  s4 [label=\"orders-db\\nmoney\", shape=cylinder, style=solid, color=\"#e69f00\", penwidth=2]
  s5 [label=\"queue\", shape=cds, style=solid, color=\"#8a8f98\", penwidth=2]
  s6 [label=\"mailer\", shape=box, style=rounded, color=\"#8a8f98\", penwidth=2]
  s0 -> s1 [style=solid, arrowhead=normal]
  s1 -> s3 [style=solid, arrowhead=normal]
  s1 -> s2 [style=solid, arrowhead=normal, label=\"optional\", color=\"#8a8f98\"]
  s3 -> s1 [style=solid, arrowhead=normal]
  s3 -> s4 [style=bold, arrowhead=dot, label=\"read, write\"]
  s3 -> s5 [style=dashed, arrowhead=vee, label=\"publish\"]
  s5 -> s6 [style=dashed, arrowhead=vee, label=\"consume\"]
}
"
    );
}

#[test]
fn an_svg_shows_names_facts_and_a_legend() {
    let system = read(SHOP);
    let svg = map_svg(&MapView::along(&system, 0));
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: Vec<&str> = document
        .descendants()
        .filter(|element| element.has_tag_name((SVG, "text")))
        .filter_map(|element| element.text())
        .collect();
    assert_eq!(
        texts,
        [
            "shop: buy",
            "choose › pay",
            "front-end",
            "web · tier 1",
            "1",
            "ads",
            "external",
            "orders",
            "money · tier 2",
            "2",
            "orders-db",
            "money",
            "queue",
            "broker",
            "3",
            "mailer",
            "4",
            "Teams",
            "web",
            "money",
            "Services",
            "service",
            "database",
            "broker",
            "external",
            "Lines",
            "calls",
            "reads, writes",
            "messages",
            "optional",
            "buy",
            "beside it"
        ]
    );
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    let about = root.children().find(|element| element.has_tag_name((SVG, "desc")));
    assert_eq!(
        about.and_then(|element| element.text()),
        Some(
            "6 services and 7 dependencies, drawn from left to right. The journey buy crosses front-end, orders, queue, mailer."
        )
    );
}

#[test]
fn a_journey_reaches_each_service_from_the_latest_step_that_leads_there() {
    let text = "system: x\nservices:\n  web: { calls: [cart, pay, stock] }\n  cart: { calls: [stock] }\n  \
                pay: {}\n  stock: {}\njourneys:\n  buy: { through: [web, cart, pay, stock] }\n";
    let system = read(text);
    let picture = Picture::new(&MapView::along(&system, 0));
    let on_it = picture.lines.iter().filter(|line| line.path == picture::Path::Tour);
    let names = on_it.map(|line| (picture.nodes[line.from].name, picture.nodes[line.to].name));
    assert_eq!(names.collect::<Vec<_>>(), [("web", "cart"), ("web", "pay"), ("cart", "stock")]);
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// What XML gives back of a name.
fn in_xml(name: &str) -> String {
    let letter = |letter: char| match letter {
        '\t' | '\n' | '\r' => ' ',
        '\u{fffe}' | '\u{ffff}' | '\0'..='\u{1f}' => '\u{fffd}',
        letter => letter,
    };
    name.chars().map(letter).collect()
}

fn check_svg(picture: &Picture<'_>, svg: &str) {
    let document = roxmltree::Document::parse(svg).unwrap();
    let all = |name: &str| -> Vec<String> {
        let found = document.descendants().filter_map(|element| element.attribute(name));
        found.map(ToOwned::to_owned).collect()
    };
    let names: Vec<String> = picture.nodes.iter().map(|node| in_xml(node.name)).collect();
    assert_eq!(all("data-service"), names);
    let ends = |from: &[String], to: &[String]| {
        let mut ends: Vec<_> = from.iter().cloned().zip(to.iter().cloned()).collect();
        ends.sort();
        ends
    };
    let from: Vec<_> = picture.lines.iter().map(|line| names[line.from].clone()).collect();
    let to: Vec<_> = picture.lines.iter().map(|line| names[line.to].clone()).collect();
    assert_eq!(ends(&all("data-from"), &all("data-to")), ends(&from, &to));
    let ids: BTreeSet<String> = all("id").into_iter().collect();
    assert_eq!(ids.len(), all("id").len(), "an id twice");
    for reference in ["marker-end", "clip-path"].into_iter().flat_map(all) {
        let id = reference.trim_start_matches("url(#").trim_end_matches(')');
        assert!(ids.contains(id), "{reference} leads nowhere");
    }
    for number in all("d").iter().flat_map(|path| path.split([' ', 'M', 'C', 'H', 'V', 'A', 'L'])) {
        let is_number = number.parse().is_ok_and(f64::is_finite);
        assert!(is_number || matches!(number, "" | "Z" | "l7.5" | "l-7.5"), "{number}");
    }
}

/// The text in the first pair of double quotes, with what a backslash stands before.
fn dot_string(line: &str) -> String {
    let mut text = String::new();
    let mut letters = line.chars().skip_while(|letter| *letter != '"').skip(1);
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                other => text.extend(other),
            },
            letter => text.push(letter),
        }
    }
    text
}

fn check_dot(picture: &Picture<'_>, dot: &str) {
    let lines: Vec<&str> = dot.lines().skip(4).collect();
    let (nodes, rest) = lines.split_at(picture.nodes.len());
    for (index, (line, node)) in nodes.iter().zip(&picture.nodes).enumerate() {
        assert!(line.starts_with(&format!("  s{index} [label=\"")) && line.ends_with(']'));
        let name: String =
            node.name.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect();
        let label = dot_string(line);
        let first = label.split('\n').next().unwrap();
        assert!(first.ends_with(&name), "{first:?} is not {name:?}");
    }
    let (lines, end) = rest.split_at(picture.lines.len());
    for (text, line) in lines.iter().zip(&picture.lines) {
        assert!(text.starts_with(&format!("  s{} -> s{} [style=", line.from, line.to)));
    }
    assert_eq!(end, ["}"]);
}

/// What Mermaid makes of a label.
fn mermaid_text(label: &str) -> String {
    let mut text = String::new();
    for (index, part) in label.split('#').enumerate() {
        let numbered = part.split_once(';').filter(|_| index > 0);
        let letter = numbered.and_then(|(code, _)| char::from_u32(code.parse().ok()?));
        text.extend(letter);
        text += numbered.map_or(part, |(_, rest)| rest);
    }
    text
}

fn check_mermaid(picture: &Picture<'_>, mermaid: &str) {
    let lines: Vec<&str> = mermaid.lines().skip(4).collect();
    let (nodes, rest) = lines.split_at(picture.nodes.len());
    for (index, (line, node)) in nodes.iter().zip(&picture.nodes).enumerate() {
        let parts: Vec<&str> = line.split('"').collect();
        let [open, label, _] = parts.as_slice() else { panic!("{line}") };
        assert!(open.starts_with(&format!("  s{index}")));
        let first = label.split("<br/>").next().unwrap();
        assert!(!first.contains(['<', '>', '&', '`', '\u{1b}']), "{first}");
        assert!(mermaid_text(first).ends_with(node.name), "{first} is not {}", node.name);
    }
    for (text, line) in rest.iter().zip(&picture.lines) {
        assert!(text.starts_with(&format!("  s{} ", line.from)), "{text}");
        assert!(text.ends_with(&format!(" s{}", line.to)), "{text}");
    }
    let styles = &rest[picture.lines.len()..];
    assert!(styles.iter().all(|line| {
        ["  %% team ", "  classDef ", "  class ", "  linkStyle "]
            .iter()
            .any(|it| line.starts_with(it))
    }));
}

fn check_whole_tree(picture: &Picture<'_>, tree: &str) {
    let is_branch = |line: &&str| line.contains("├── ") || line.contains("└── ");
    assert_eq!(tree.lines().filter(is_branch).count(), picture.lines.len());
    for node in &picture.nodes {
        assert!(tree.contains(node.name));
    }
}

/// A system of anything at all.
fn any_system() -> impl Strategy<Value = System> {
    let service = (".{0,200}", 0..ServiceKind::ALL.len(), 0_u8..6, 0_usize..12);
    let dependency =
        (0_usize..16, 0_usize..16, 0..DependencyKind::ALL.len(), 0..Criticality::ALL.len());
    (
        prop::collection::vec(service, 1..16),
        prop::collection::vec(dependency, 0..40),
        prop::collection::vec(".{0,30}", 9..10),
        prop::collection::vec((".{0,30}", prop::collection::vec(0_usize..16, 0..12)), 0..4),
    )
        .prop_map(|(services, dependencies, teams, journeys)| {
            let mut builder = SystemBuilder::new(services[0].0.clone());
            for name in teams {
                builder.team(Team { name, summary: None, contact: None, escalation: None });
            }
            let mut count = 0;
            for (name, kind, tier, team) in services {
                let mut service = Service::new(name, ServiceKind::ALL[kind]);
                service.tier = Tier::ALL.get(usize::from(tier)).copied();
                service.team = (team < 9).then(|| TeamId::from_index(team));
                count += usize::from(builder.service(service).is_ok());
            }
            let id = |index: usize| ServiceId::from_index(index % count);
            for (from, to, kind, criticality) in dependencies {
                builder.dependency(Dependency {
                    from: id(from),
                    to: id(to),
                    kind: DependencyKind::ALL[kind],
                    criticality: Criticality::ALL[criticality],
                    provenance: Provenance::Declared,
                });
            }
            for (name, through) in journeys {
                builder.journey(Journey {
                    stages: vec![Stage { name: name.clone(), operation: None, charges: false }],
                    through: through.iter().map(|&at| id(at)).collect(),
                    ..Journey::new(name, id(through.len()))
                });
            }
            builder.build()
        })
}

proptest! {
    #[test]
    fn every_form_shows_everything_once_whatever_the_names(
        system in any_system(), journey in prop::option::of(0_usize..4),
    ) {
        let view = MapView { system: &system, journey };
        let picture = Picture::new(&view);
        let forms = [map_svg, map_dot, map_mermaid, map_tree].map(|form| form(&view));
        check_svg(&picture, &forms[0]);
        check_dot(&picture, &forms[1]);
        check_mermaid(&picture, &forms[2]);
        check_whole_tree(&picture, &forms[3]);
        let again = [map_svg, map_dot, map_mermaid, map_tree].map(|form| form(&view));
        prop_assert_eq!(forms, again);
    }
}
