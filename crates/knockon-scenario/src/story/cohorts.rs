//! Along which cohort the harm went: one store, a region, a brand, everybody.

use std::collections::BTreeMap;

use knockon_core::System;
use knockon_promql::{Settings, Store, Value};

use crate::play::BEGINS_UNIX_MS;
use crate::scenario::Scenario;

/// Where the harm was along a cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The journey.
    pub journey: String,
    /// The cohort.
    pub cohort: String,
    /// The members that were hit, the worst first, with the part of their users that failed.
    pub members: Vec<(String, f64)>,
    /// How many members there are.
    pub of: usize,
}

/// A member is hit if it fails so much more often than all do without it.
const HIT: f64 = 0.05;

/// Fewer users of a member tell nothing.
const USERS_MIN: f64 = 3.0;

pub(super) fn hit(system: &System, scenario: &Scenario, store: &Store) -> Vec<Hit> {
    let Some(begins) = scenario.begins() else { return Vec::new() };
    let range = scenario.lasts.saturating_sub(begins).as_secs().max(60);
    let at_ms = BEGINS_UNIX_MS + super::ms(scenario.lasts);
    let mut all = Vec::new();
    for journey in system.journeys() {
        for cohort in journey.by.iter().map(|id| &system.practice().cohorts[id.index()]) {
            let grown = |metric: &str| -> BTreeMap<String, f64> {
                let label = &cohort.name;
                let text = format!(
                    "sum by ({label:?}) (increase({metric}{{journey={:?}}}[{range}s]))",
                    journey.name
                );
                let query = knockon_promql::Query::parse(&text);
                let answer = query.and_then(|query| query.at(store, at_ms, Settings::default()));
                let Ok(Value::Vector(samples)) = answer.map(|answer| answer.value) else {
                    return BTreeMap::new();
                };
                let member = |it: &knockon_promql::Sample| it.labels.get(label).map(str::to_owned);
                samples.iter().filter_map(|it| Some((member(it)?, it.value))).collect()
            };
            let (attempts, failures) =
                (grown("journey_attempts_total"), grown("journey_failures_total"));
            let mut members: Vec<(String, f64)> = attempts
                .iter()
                .filter(|(member, users)| **users >= USERS_MIN && !member.is_empty())
                .map(|(member, users)| {
                    let failed = failures.get(member).copied().unwrap_or(0.0);
                    (member.clone(), (failed / users).min(1.0))
                })
                .collect();
            let of = members.len();
            members.retain(|(_, share)| *share >= HIT);
            members.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
            if !members.is_empty() {
                let (journey, cohort) = (journey.name.clone(), cohort.name.clone());
                all.push(Hit { journey, cohort, members, of });
            }
        }
    }
    all
}
