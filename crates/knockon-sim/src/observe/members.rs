//! What is counted of users by who they are: by the named members of their journey's cohorts, and, where
//! a cohort is of numbered places such as stores, by the place.
//!
//! Every table has its size from the beginning, so that counting is an addition and allocates nothing.

use std::sync::Arc;

use crate::program::{NONE, Program};

use super::bank::Bank;

/// A cohort is no label of a journey where it would make more combinations of members than this.
const COMBINATIONS_MAX: usize = 256;
/// Of a cohort with more numbered members than this nothing is told member by member.
const PLACES_MAX: u64 = 10_000;
/// Labels that a cohort's name must not hide.
const TAKEN: [&str; 10] = [
    "cohort",
    "instance",
    "job",
    "journey",
    "le",
    "namespace",
    "operation",
    "pod",
    "service",
    "stage",
];

/// The counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members {
    pub(super) journeys: Vec<Counts>,
    pub(super) fleets: Vec<Fleet>,
    /// The combination of members that each user is, by the user's place.
    of_user: Vec<u32>,
    /// What each cohort is called in a label.
    pub(super) labels: Vec<Arc<str>>,
}

/// What is counted of a journey, by combination of members.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    /// The cohorts that are labels, with how many members each has.
    cohorts: Vec<(usize, u32)>,
    pub(super) stages: usize,
    pub(super) started: Vec<u64>,
    pub(super) gave_up: Vec<u64>,
    /// By combination, then by stage.
    pub(super) reached: Vec<u64>,
    pub(super) failed: Vec<u64>,
    pub(super) banks: Vec<Bank>,
}

/// What is known of a cohort of numbered places.
#[derive(Debug, Clone)]
pub(super) struct Fleet {
    pub(super) cohort: usize,
    pub(super) places: usize,
    /// By journey, then by place.
    pub(super) up: Vec<Option<bool>>,
    pub(super) up_banks: Vec<Bank>,
    /// Where the stages of each journey begin among its rows of failures; [`NONE`] without the cohort.
    pub(super) rows: Vec<u32>,
    /// By row, then by place.
    pub(super) failed: Vec<u32>,
    pub(super) failed_banks: Vec<Bank>,
}

impl Members {
    pub(super) fn new(program: &Program) -> Self {
        let mut labels: Vec<Arc<str>> = Vec::new();
        for cohort in &program.cohorts {
            let mut name = label_name(&cohort.name);
            while labels.iter().any(|taken| **taken == *name) {
                name.push('_');
            }
            labels.push(name.into());
        }
        let cohorts = program.cohorts.iter().enumerate();
        let fleets = cohorts.filter(|(_, it)| it.bounds.is_empty() && it.count <= PLACES_MAX);
        Self {
            journeys: (0..program.journeys.len()).map(|at| Counts::new(program, at)).collect(),
            fleets: fleets.map(|(at, _)| Fleet::new(program, at)).collect(),
            of_user: Vec::new(),
            labels,
        }
    }

    /// A user begins a journey; `members` are its members, a cohort each.
    #[inline]
    pub(crate) fn begins(&mut self, user: u32, journey: u32, members: &[u32]) {
        let (at, counts) = (user as usize, &mut self.journeys[journey as usize]);
        if self.of_user.len() <= at {
            self.of_user.resize(at + 1, 0);
        }
        let mut of = 0;
        for (cohort, size) in &counts.cohorts {
            // The last number is for users who are none of the members.
            of = of * (size + 1) + members[*cohort].min(*size);
        }
        self.of_user[at] = of;
        counts.started[of as usize] += 1;
    }

    /// Somebody has an answer, or an error.
    #[inline]
    pub(crate) fn answered(&mut self, journey: u32, members: &[u32], is_well: bool) {
        for fleet in &mut self.fleets {
            let place = members[fleet.cohort] as usize;
            if place < fleet.places {
                fleet.up[journey as usize * fleet.places + place] = Some(is_well);
            }
        }
    }

    /// A user saw an error and left.
    pub(crate) fn gave_up(&mut self, user: u32, journey: u32) {
        let of = self.of_user[user as usize] as usize;
        self.journeys[journey as usize].gave_up[of] += 1;
    }

    /// A user came to a stage for the first time.
    #[inline]
    pub(crate) fn reached(&mut self, user: u32, journey: u32, stage: u32) {
        let of = self.of_user[user as usize] as usize;
        let counts = &mut self.journeys[journey as usize];
        counts.reached[of * counts.stages + stage as usize] += 1;
    }

    /// An attempt at a stage failed.
    pub(crate) fn stage_failed(&mut self, user: u32, journey: u32, stage: u32, members: &[u32]) {
        let of = self.of_user[user as usize] as usize;
        let counts = &mut self.journeys[journey as usize];
        counts.failed[of * counts.stages + stage as usize] += 1;
        for fleet in &mut self.fleets {
            let (row, place) = (fleet.rows[journey as usize], members[fleet.cohort] as usize);
            if row != NONE && place < fleet.places {
                fleet.failed[(row + stage) as usize * fleet.places + place] += 1;
            }
        }
    }
}

impl Counts {
    fn new(program: &Program, journey: usize) -> Self {
        let table = &program.journeys[journey];
        let (mut cohorts, mut combinations) = (Vec::new(), 1);
        for cohort in &table.cohorts {
            let size = program.cohorts[*cohort as usize].bounds.len();
            if size > 0 && combinations * (size + 1) <= COMBINATIONS_MAX {
                combinations *= size + 1;
                cohorts.push((*cohort as usize, u32::try_from(size).unwrap_or(NONE)));
            }
        }
        let stages = table.stages.len();
        Self {
            cohorts,
            stages,
            started: vec![0; combinations],
            gave_up: vec![0; combinations],
            reached: vec![0; combinations * stages],
            failed: vec![0; combinations * stages],
            banks: vec![Bank::default(); combinations],
        }
    }

    /// The members of a combination, a cohort each; nothing for none of them.
    pub(super) fn members(&self, mut combination: usize) -> Vec<(usize, Option<u32>)> {
        let mut members = Vec::new();
        for (cohort, size) in self.cohorts.iter().rev() {
            let base = *size as usize + 1;
            let member = u32::try_from(combination % base).unwrap_or(NONE);
            members.push((*cohort, (member < *size).then_some(member)));
            combination /= base;
        }
        members.reverse();
        members
    }
}

impl Fleet {
    fn new(program: &Program, cohort: usize) -> Self {
        let places = usize::try_from(program.cohorts[cohort].count).unwrap_or(0);
        let mut next = 0;
        let mut rows = Vec::new();
        for journey in &program.journeys {
            let is_told = journey.cohorts.iter().any(|at| *at as usize == cohort);
            rows.push(if is_told { next } else { NONE });
            next += if is_told { u32::try_from(journey.stages.len()).unwrap_or(0) } else { 0 };
        }
        let cells = next as usize * places;
        Self {
            cohort,
            places,
            up: vec![None; program.journeys.len() * places],
            up_banks: vec![Bank::default(); program.journeys.len() * places],
            rows,
            failed: vec![0; cells],
            failed_banks: vec![Bank::default(); cells],
        }
    }
}

/// A name as Prometheus takes it for a label
/// (<https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels>).
fn label_name(name: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '_' };
    let label: String = name.chars().map(plain).collect();
    let begins = label.starts_with(|it: char| it.is_ascii_alphabetic());
    if !begins || TAKEN.contains(&&*label) { format!("cohort_{label}") } else { label }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cohort_is_called_what_prometheus_takes() {
        for (name, expected) in [
            ("partner", "partner"),
            ("price class", "price_class"),
            ("1st", "cohort_1st"),
            ("service", "cohort_service"),
            ("", "cohort_"),
        ] {
            assert_eq!(label_name(name), expected);
        }
    }
}
