//! Triage tells from telemetry alone who is hit, and is held to what the scenario really did.

use std::path::Path;

use knockon_core::Priority;
use knockon_scenario::verdict::verdict;
use knockon_scenario::{alerts, load, play};
use knockon_triage::{Answers, CohortHit};

fn answers(scenario: &str) -> Answers {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(scenario);
    let loaded = load::load(&path).unwrap();
    let rules = alerts::of_system(&loaded.system, &loaded.places);
    let played = play::play(&loaded.system, &loaded.scenario, &rules, 1, |_| ()).unwrap();
    verdict(&loaded.system, &loaded.scenario, &played).answers
}

/// A cohort as `one store: 17 (in region north)`.
fn shown(hit: &CohortHit) -> String {
    let names: Vec<&str> = hit.hit.iter().take(3).map(|it| it.name.as_str()).collect();
    let names =
        if hit.breadth == "all" || hit.hit_count > 3 { String::new() } else { names.join(", ") };
    let within = hit.within.as_ref().map(|it| format!(" (in {} {})", it.cohort, it.member));
    format!("{} {}: {names}{}", hit.breadth, hit.cohort, within.unwrap_or_default())
}

fn check(scenario: &str, cohorts: &[&str], rule: Option<&str>, priority: Priority) {
    let answers = answers(scenario);
    let found: Vec<String> = answers.scope.cohorts.iter().map(shown).collect();
    assert_eq!(found, cohorts, "{scenario}");
    let rules: Vec<&str> = answers.scope.heuristics.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(rules.first().copied(), rule, "{scenario}: {rules:?}");
    let urgency = answers.priority.unwrap();
    assert_eq!(urgency.priority, priority, "{scenario}: {}", urgency.because);
}

#[test]
fn one_store_is_told_from_all_others() {
    let cohorts = ["one store: 17 (in region north)"];
    check("pos/one-store-offline", &cohorts, Some("single store"), Priority::P4);
}

#[test]
fn a_region_is_told_from_its_stores_and_from_brands() {
    let cohorts = ["one region: north", "several store:  (in region north)"];
    let rule = Some("several stores of a region");
    check("pos/regional-network-down", &cohorts, rule, Priority::P2);
}

#[test]
fn one_brand_is_told_from_the_others() {
    let cohorts = ["one brand: brand B", "several store: "];
    check("pos/one-brand-fails", &cohorts, None, Priority::P2);
}

#[test]
fn what_all_share_hits_everybody() {
    let cohorts = ["all region: ", "all brand: "];
    check("pos/couchbase-down", &cohorts, Some("across brands"), Priority::P1);
}

#[test]
fn one_partner_is_told_from_the_other() {
    let answers = answers("connect/orders-rejected");
    assert_eq!(shown(&answers.scope.cohorts[0]), "one partner: DoorDash");
    assert_eq!(answers.scope.cohorts[0].told_by, "users");
}
