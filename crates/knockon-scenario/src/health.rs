//! How users fared over time, against the same users with the same luck without the cause.
//!
//! The time of a run is cut into stretches. A stretch is bad for a journey if clearly more of its users
//! failed, waited too long or lost what they were promised than without the cause, or if clearly more
//! of them are still waiting for what they were promised.

use knockon_sim::clock::nanos;
use knockon_sim::engine::results::JourneyCounts;

use crate::play::{Course, EVERY};

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
    let journeys = course.journeys.first().map_or(0, Vec::len);
    (0..journeys)
        .map(|journey| {
            let of = |course: &Course| -> Vec<JourneyCounts> {
                course.journeys.iter().filter_map(|at| at.get(journey).copied()).collect()
            };
            compare(&of(course), &of(healthy))
        })
        .collect()
}

fn compare(course: &[JourneyCounts], healthy: &[JourneyCounts]) -> Fared {
    let (mut bad, mut worse) = (Vec::new(), Vec::new());
    let (mut before, mut before_healthy) = (JourneyCounts::default(), JourneyCounts::default());
    for (now, now_healthy) in course.iter().zip(healthy) {
        let hurt = |now: &JourneyCounts, before: &JourneyCounts| {
            let sum = |it: &JourneyCounts| it.gave_up + it.slow + it.lost;
            sum(now) as f64 - sum(before) as f64
        };
        let more = hurt(now, &before) - hurt(now_healthy, &before_healthy);
        let came = (now_healthy.started - before_healthy.started) as f64;
        let waiting = |it: &JourneyCounts| it.served as f64 - it.completed as f64 - it.lost as f64;
        let wait = waiting(now) - waiting(now_healthy);
        let stretches_of_a_minute = 60.0 / EVERY.as_secs_f64();
        let waiting_min = (came * stretches_of_a_minute * WAITING_MIN).max(USERS_MIN);
        bad.push(more > (came * PART_MIN).max(USERS_MIN) - 0.5 || wait > waiting_min);
        #[expect(clippy::cast_possible_truncation, reason = "a difference of counts")]
        worse.push(more as i64);
        (before, before_healthy) = (*now, *now_healthy);
    }
    Fared { bad, worse }
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
            assert_eq!(compare(course, &healthy).bad, bad);
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
        assert!(compare(&waiting, &healthy).is_hurt() && !compare(&waiting, &healthy).is_over());
    }
}
