//! What a right file becomes.

use std::fmt::Write as _;

use knockon_core::{Criticality, DependencyKind, Provenance, ServiceKind};

use crate::{THREE, read, said};

const PETSHOP: &str = "\
system: petshop
summary: >
  Pets are searched,
  listed and adopted.
teams:
  storefront: { contact: \"#shop-storefront\", escalation: pagerduty/storefront }
  data:
services:
  front-end:
    team: storefront
    tier: 1
    summary: The pages.
    aliases: [web, petsite]
    runbook: slow-front-end
    calls: [orders, {promo: optional}]
  orders:
    writes:
      - orders-db
    publishes: [queue]
    runs_on: [node-1]
  promo: { kind: external }
  shipping:
    consumes:
      - queue: degrades
    reads: [orders-db: degrades]
  orders-db: { kind: database, team: data }
  queue: { kind: broker }
  node-1: { kind: platform }
  8080:
journeys:
  buy a sock:
    summary: From the shelf to the parcel.
    stages: [browse, cart, paid]
    through: [front-end, orders, queue, shipping]
    demand: 20/min
    value: 42.50 USD
  look:
    through: [front-end, promo]
    enters: promo
runbooks:
  slow-front-end:
    title: Pages are slow
    page: there.md
    steps:
      - kubectl rollout undo deployment/front-end
      - tell #shop-storefront
";

#[test]
fn every_key_reaches_the_system() {
    let reading = read(PETSHOP);
    assert_eq!(said(&reading), "");
    let system = reading.system.unwrap();
    assert_eq!(system.name(), "petshop");
    assert_eq!(system.summary(), Some("Pets are searched, listed and adopted."));
    let teams: Vec<_> = system
        .teams()
        .iter()
        .map(|t| (t.name.as_str(), t.contact.as_deref(), t.escalation.as_deref()))
        .collect();
    let storefront = ("storefront", Some("#shop-storefront"), Some("pagerduty/storefront"));
    assert_eq!(teams, [storefront, ("data", None, None)]);

    let id = |name: &str| system.names().get(name).unwrap();
    let front_end = system.service(id("front-end"));
    assert_eq!(front_end.kind, ServiceKind::Service);
    assert_eq!(front_end.tier.unwrap().as_str(), "1");
    assert_eq!(front_end.summary.as_deref(), Some("The pages."));
    assert_eq!(front_end.aliases, ["web", "petsite"]);
    assert_eq!(system.owner(id("web")).unwrap().name, "storefront");
    assert_eq!(system.runbook(id("petsite")).unwrap().name, "slow-front-end");
    assert_eq!(system.service(id("8080")).name, "8080");

    let journey = &system.journeys()[0];
    assert_eq!(journey.name, "buy a sock");
    assert_eq!(journey.summary.as_deref(), Some("From the shelf to the parcel."));
    let stages: Vec<_> = journey.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(stages, ["browse", "cart", "paid"]);
    let through = ["front-end", "orders", "queue", "shipping"].map(id);
    assert_eq!(journey.through, through);
    assert_eq!(journey.enters, id("front-end"));
    assert!((journey.demand.unwrap().per_hour - 1200.0).abs() < 1e-9);
    let value = journey.value.unwrap();
    assert_eq!((value.amount, value.currency.as_str()), (42.5, "USD"));
    assert_eq!(system.journeys()[1].enters, id("promo"));

    let runbook = &system.runbooks()[0];
    assert_eq!(runbook.title.as_deref(), Some("Pages are slow"));
    assert_eq!(runbook.page.as_deref(), Some("there.md"));
    assert_eq!(runbook.steps.len(), 2);
}

#[test]
fn every_list_of_services_becomes_its_kind_of_dependency() {
    use Criticality::{Critical, Degrades, Optional};
    use DependencyKind::{Call, Consume, Publish, Read, RunsOn, Write};
    let system = read(PETSHOP).system.unwrap();
    let name = |id| system.service(id).name.as_str();
    let found: Vec<_> = system
        .dependencies()
        .iter()
        .map(|d| (name(d.from), d.kind, name(d.to), d.criticality))
        .collect();
    let expected = [
        ("front-end", Call, "orders", Critical),
        ("front-end", Call, "promo", Optional),
        ("orders", Write, "orders-db", Critical),
        ("orders", Publish, "queue", Critical),
        ("orders", RunsOn, "node-1", Critical),
        ("shipping", Read, "orders-db", Degrades),
        ("shipping", Consume, "queue", Degrades),
    ];
    assert_eq!(found, expected);
    let declared = |d: &knockon_core::Dependency| d.provenance == Provenance::Declared;
    assert!(system.dependencies().iter().all(declared));
}

#[test]
fn the_smallest_useful_file_has_three_services_in_five_lines() {
    let system = read(THREE).system.unwrap();
    assert_eq!(system.services().len(), 3);
    assert_eq!(system.dependencies().len(), 2);
    assert!(THREE.lines().count() <= 10);
}

#[test]
fn a_thousand_services_are_read() {
    let mut source = String::from("system: large\nteams: { all: {} }\nservices:\n");
    for at in 0..1000 {
        let _ = write!(
            source,
            "  service-{at}:\n    team: all\n    tier: {}\n    aliases: [s{at}]\n    calls:\n",
            at % 4 + 1
        );
        for step in [1, 7, 31] {
            let _ = writeln!(source, "      - service-{}: degrades", (at + step) % 1000);
        }
    }
    source.push_str("journeys:\n  all: { through: [service-0, service-1, service-2] }\n");
    let reading = read(&source);
    assert_eq!(said(&reading), "");
    let system = reading.system.unwrap();
    assert_eq!(system.services().len(), 1000);
    assert_eq!(system.dependencies().len(), 3000);
    assert_eq!(system.names().get("s999"), system.names().get("service-999"));
}
