//! What users felt.

use knockon_core::System;
use knockon_sim::clock::nanos;
use knockon_sim::sealed::JourneyTruth;

use super::Lost;
use crate::health::Fared;
use crate::play::{Course, Played};
use crate::scenario::Scenario;
use crate::twins::Twin;

/// What the users of a journey felt.
#[derive(Debug, Clone, PartialEq)]
pub struct Felt {
    /// The journey.
    pub journey: String,
    /// Whom it hurts.
    pub hurts: Option<String>,
    /// How many came since the cause set in.
    pub started: u64,
    /// What became of all users of the run.
    pub ends: JourneyTruth,
    /// How many fared worse than without the cause.
    pub worse: u64,
    /// The same as a part of those who came while it was bad.
    pub share: f64,
    /// From when to when it was bad, in milliseconds; to the end if it is not over.
    pub bad: Option<(i64, Option<i64>)>,
    /// Whether the journey is worth money.
    pub is_worth_money: bool,
    /// Whether its users can be told apart, by a cohort.
    pub has_cohorts: bool,
}

const NS_PER_MS: u64 = 1_000_000;

pub(super) fn felt(
    system: &System,
    scenario: &Scenario,
    course: &Course,
    fared: &[Fared],
    twins: &[Vec<Twin>],
) -> Vec<Felt> {
    let truth = course.run.truth().journeys;
    let begins = nanos(scenario.begins().unwrap_or_default());
    let journeys = system.journeys().iter().zip(truth).zip(twins).zip(fared);
    journeys
        .enumerate()
        .map(|(at, (((journey, ends), twins), fared))| {
            let started = |until_ns: u64| {
                let stretch = usize::try_from(until_ns / nanos(crate::play::EVERY)).unwrap_or(0);
                let of = stretch.checked_sub(1).and_then(|it| course.journeys.get(it));
                of.and_then(|of| of.get(at)).map_or(0, |counts| counts.started)
            };
            let worse = twins.iter().filter(|it| it.is_hurt()).count() as u64;
            let bad = fared.bad_from().zip(fared.bad_until());
            let came = bad.map_or(0, |(from, until)| started(until) - started(from));
            // Some who are hurt came before it was bad.
            let share = worse as f64 / came.max(worse).max(1) as f64;
            // Who is hurt may have come before the cause, and is hurt by it.
            let bad = bad.map(|(from, until)| (from.max(begins), until));
            let in_ms = |ns: u64| i64::try_from(ns / NS_PER_MS).unwrap_or(i64::MAX);
            Felt {
                journey: journey.name.clone(),
                hurts: journey.hurts.clone(),
                started: ends.started - started(begins),
                worse,
                share: if fared.is_hurt() { share } else { 0.0 },
                bad: bad.map(|(from, until)| (in_ms(from), fared.is_over().then(|| in_ms(until)))),
                is_worth_money: journey.value.is_some() || journey.downtime_cost.is_some(),
                has_cohorts: !journey.by.is_empty(),
                ends,
            }
        })
        .collect()
}

/// The money that is lost, if any journey is worth some.
pub(super) fn lost(
    system: &System,
    scenario: &Scenario,
    played: &Played,
    healthy: &Course,
    users: &[Felt],
) -> Option<Lost> {
    let values = system.journeys().iter().filter_map(|it| it.value);
    let currency = values.map(|value| value.currency).next()?;
    let end = nanos(scenario.lasts);
    let amount = played.course.missed(end)? - healthy.missed(end)?;
    let stuck = system.journeys().iter().zip(users);
    let at_stake = stuck.map(|(journey, felt)| {
        journey.value.map_or(0.0, |value| value.amount) * felt.ends.stuck as f64
    });
    let bad = users.iter().filter(|felt| felt.is_worth_money).filter_map(|felt| felt.bad);
    let end_ms = super::ms(scenario.lasts);
    let (from, to) = bad.fold((end_ms, 0), |(from, to), (since, until)| {
        (from.min(since), to.max(until.unwrap_or(end_ms)))
    });
    let hours = (to - from) as f64 / 3_600_000.0;
    let per_hour = if hours > 0.0 { amount / hours } else { 0.0 };
    Some(Lost { amount, per_hour, at_stake: at_stake.sum(), currency: currency.to_string() })
}
