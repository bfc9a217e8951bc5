//! How users fared over time, against the same users with the same luck without the cause.
//!
//! The time of a run is cut into stretches. A stretch is bad for a journey if clearly more of its users
//! failed, waited too long or lost what they were promised than without the cause; if clearly more of
//! them are still waiting for what they were promised; or if clearly more of those who came then fare
//! worse in the end. It is bad as well while one member of a cohort is hurt for itself. Where nobody
//! comes who could tell, and nobody gets anything, it stays as it was.

use knockon_sim::clock::nanos;
use knockon_sim::engine::results::JourneyCounts;

use crate::play::{Course, EVERY};
use crate::twins::{Twin, alone, by_member, twins};

/// Fewer users more than without the cause are chance.
const USERS_MIN: f64 = 2.0;

/// So is this part of the users of a stretch, whichever is more.
const PART_MIN: f64 = 0.05;

/// More users who wait are chance up to this part of those who come in a minute.
const WAITING_MIN: f64 = 0.2;

/// A run that is bad in its last stretches is not healthy again.
const SETTLED: usize = 2;

/// How a journey fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fared {
    /// Whether it was bad, by stretch.
    pub bad: Vec<bool>,
    /// How many users fared worse than without the cause, by stretch.
    pub worse: Vec<i64>,
}

impl Fared {
    /// The end of the last bad stretch, in nanoseconds; nothing if there was none.
    pub fn bad_until(&self) -> Option<u64> {
        self.bad.iter().rposition(|bad| *bad).map(|at| nanos(EVERY) * (at as u64 + 1))
    }

    /// The beginning of the first bad stretch, in nanoseconds.
    pub fn bad_from(&self) -> Option<u64> {
        self.bad.iter().position(|bad| *bad).map(|at| nanos(EVERY) * at as u64)
    }

    /// Whether it was bad at all.
    pub fn is_hurt(&self) -> bool {
        self.bad.contains(&true)
    }

    /// Whether it was bad and is not any more.
    pub fn is_over(&self) -> bool {
        let settled = self.bad.len().saturating_sub(SETTLED);
        self.is_hurt() && !self.bad[settled..].contains(&true)
    }
}

/// How each journey fared in a run.
pub fn fared(course: &Course, healthy: &Course) -> Vec<Fared> {
    fared_of(course, healthy, &twins(course, healthy))
}

/// The same of users that were held against themselves already.
pub fn fared_of(course: &Course, healthy: &Course, twins: &[Vec<Twin>]) -> Vec<Fared> {
    let journeys = course.run.system().journeys().iter().zip(twins).enumerate();
    journeys
        .map(|(at, (journey, twins))| {
            let of = |course: &Course| -> Vec<JourneyCounts> {
                course.journeys.iter().filter_map(|counts| counts.get(at).copied()).collect()
            };
            let has_end = journey.completes.is_some();
            let (now, then) = (of(course), of(healthy));
            let mut fared = compare(&now, &then, has_end);
            came_badly(&mut fared.bad, &now, twins);
            if !fared.is_hurt() && !journey.by.is_empty() {
                of_members(&mut fared.bad, course, twins);
            }
            linger(&mut fared.bad, &now, twins);
            fared
        })
        .collect()
}

fn compare(course: &[JourneyCounts], healthy: &[JourneyCounts], has_end: bool) -> Fared {
    let (mut bad, mut worse) = (Vec::new(), Vec::new());
    let (mut before, mut before_healthy) = (JourneyCounts::default(), JourneyCounts::default());
    for (now, now_healthy) in course.iter().zip(healthy) {
        let hurt = |now: &JourneyCounts, before: &JourneyCounts| {
            let sum = |it: &JourneyCounts| it.gave_up + it.slow + it.lost;
            sum(now) as f64 - sum(before) as f64
        };
        let more = hurt(now, &before) - hurt(now_healthy, &before_healthy);
        let came = (now_healthy.started - before_healthy.started) as f64;
        let waiting = |it: &JourneyCounts| {
            let gone = if has_end { it.completed + it.lost } else { it.served };
            it.started as f64 - it.gave_up as f64 - gone as f64
        };
        let wait = waiting(now) - waiting(now_healthy);
        let stretches_of_a_minute = 60.0 / EVERY.as_secs_f64();
        let waiting_min = (came * stretches_of_a_minute * WAITING_MIN).max(USERS_MIN);
        bad.push(is_clear(more, came) || wait > waiting_min);
        #[expect(clippy::cast_possible_truncation, reason = "a difference of counts")]
        worse.push(more as i64);
        (before, before_healthy) = (*now, *now_healthy);
    }
    Fared { bad, worse }
}

/// Whether so many users more, of those who came in a stretch, are no chance.
fn is_clear(more: f64, came: f64) -> bool {
    more > (came * PART_MIN).max(USERS_MIN) - 0.5
}

/// How many began in each stretch.
fn came(counts: &[JourneyCounts]) -> impl Iterator<Item = u64> {
    let before = std::iter::once(0).chain(counts.iter().map(|it| it.started));
    counts.iter().zip(before).map(|(now, before)| now.started - before)
}

/// How many of those who began in each stretch fare worse in the end.
fn hurt(stretches: usize, twins: &[Twin]) -> Vec<u64> {
    let mut hurt = vec![0; stretches];
    for twin in twins.iter().filter(|it| it.is_hurt()) {
        if let Some(count) = hurt.get_mut(twin.stretch()) {
            *count += 1;
        }
    }
    hurt
}

/// Stretches are bad of which clearly many users fare worse in the end.
fn came_badly(bad: &mut [bool], counts: &[JourneyCounts], twins: &[Twin]) {
    let hurt = hurt(bad.len(), twins);
    for ((bad, hurt), came) in bad.iter_mut().zip(hurt).zip(came(counts)) {
        *bad |= is_clear(hurt as f64, came as f64);
    }
}

/// Stretches are bad in which one member of a cohort is hurt for itself.
fn of_members(bad: &mut [bool], course: &Course, twins: &[Twin]) {
    let all = twins.iter().filter(|it| it.is_hurt()).count();
    if all == 0 {
        return;
    }
    for users in by_member(course, twins).values() {
        if let Some((from, to)) = alone(users, all, twins.len()) {
            let to = to.min(bad.len());
            bad[from.min(to)..to].fill(true);
        }
    }
}

/// A bad stretch is followed by bad ones until somebody comes who fares well, or gets what was promised.
fn linger(bad: &mut [bool], counts: &[JourneyCounts], twins: &[Twin]) {
    let hurt = hurt(bad.len(), twins);
    let (mut was_bad, mut completed) = (false, 0);
    for (((bad, hurt), came), counts) in bad.iter_mut().zip(hurt).zip(came(counts)).zip(counts) {
        let is_well = came > hurt || counts.completed > completed;
        *bad |= was_bad && !is_well;
        (was_bad, completed) = (*bad, counts.completed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(started: u64, gave_up: u64, served: u64, completed: u64) -> JourneyCounts {
        JourneyCounts { started, gave_up, served, completed, ..JourneyCounts::default() }
    }

    #[test]
    fn a_stretch_is_bad_if_more_fail_or_wait_than_without_the_cause() {
        let healthy: Vec<_> = (1..=6).map(|at| counts(at * 20, 0, at * 20, at * 20)).collect();
        let check = |course: &[JourneyCounts], bad: &[bool]| {
            assert_eq!(compare(course, &healthy, true).bad, bad);
        };
        check(&healthy, &[false; 6]);
        let mut failing = healthy.clone();
        for it in &mut failing[2..4] {
            it.gave_up = 10;
        }
        failing[3].gave_up = 12;
        for it in &mut failing[4..] {
            it.gave_up = 13;
        }
        check(&failing, &[false, false, true, true, false, false]);
        // A backlog is bad until it is worked off.
        let mut waiting = healthy.clone();
        for (at, completed) in [(2, 40), (3, 40), (4, 80), (5, 120)] {
            waiting[at].completed = completed;
        }
        check(&waiting, &[false, false, true, true, true, false]);
        let waiting = compare(&waiting, &healthy, true);
        assert!(waiting.is_hurt() && !waiting.is_over());
    }
}
