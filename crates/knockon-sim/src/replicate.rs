//! The same plan again and again, each time with other luck: how far a figure is to be trusted, and
//! whether a change makes a difference.
//!
//! Replication `n` of one plan and replication `n` of another that differs in one thing meet the same
//! users with the same luck (common random numbers). So the differences between the two vary far less
//! than the figures themselves; compare with
//! [`Interval::of_differences`](crate::interval::Interval::of_differences).
//!
//! Replications are played on all cores. Which core plays which, and in what order they end, changes
//! nothing: results come in the order of their numbers.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use knockon_core::System;

use crate::engine::{Run, Stop};
use crate::plan::Plan;
use crate::program::{Program, Unplayable};

/// What replications are made of.
#[derive(Debug, Clone)]
pub struct Replications<'a> {
    /// What is played.
    pub system: &'a System,
    /// Under what. Its own replication is the number of the first.
    pub plan: Plan,
    /// How often.
    pub count: u64,
    /// To which moment, in nanoseconds.
    pub until_ns: u64,
    /// On how many threads; all cores when it is not said.
    pub threads: Option<NonZero<usize>>,
}

/// Why there are no replications.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReplicated {
    /// The system or the plan cannot be played.
    Unplayable(Vec<Unplayable>),
    /// A run ended before its time: the first, by its number.
    Stopped {
        /// The number of the replication.
        replication: u64,
        /// Why.
        stop: Stop,
    },
}

impl std::fmt::Display for NotReplicated {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unplayable(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("\n"))
            }
            Self::Stopped { replication, stop } => write!(f, "replication {replication}: {stop}"),
        }
    }
}

impl std::error::Error for NotReplicated {}

impl Replications<'_> {
    /// Plays them all and takes from each what `measure` says, in the order of their numbers.
    ///
    /// `progress` hears, from whichever thread it is, how many are done.
    pub fn play<T: Send>(
        &self,
        measure: impl Fn(&Run) -> T + Sync,
        progress: impl Fn(u64) + Sync,
    ) -> Result<Vec<T>, NotReplicated> {
        let program = Program::of(self.system).map_err(NotReplicated::Unplayable)?;
        let faults = crate::timeline::check(&program, &self.plan.timeline);
        if !faults.is_empty() {
            return Err(NotReplicated::Unplayable(faults));
        }
        let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let results = Mutex::new(Vec::new());
        let play_some = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= self.count {
                    return;
                }
                let result = self.play_one(&program, number).map(|run| measure(&run));
                let is_over = result.is_err();
                results
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .push((number, result));
                if is_over {
                    // The first that stops is what is told: those before it are still played.
                    next.fetch_max(self.count, Ordering::Relaxed);
                }
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
        };
        thread::scope(|scope| {
            for _ in 1..self.threads() {
                scope.spawn(play_some);
            }
            play_some();
        });
        let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        results.sort_by_key(|(number, _)| *number);
        let first = self.plan.replication;
        let told = |number: u64, stop| NotReplicated::Stopped { replication: first + number, stop };
        results
            .into_iter()
            .map(|(number, result)| result.map_err(|stop| told(number, stop)))
            .collect()
    }

    fn threads(&self) -> u64 {
        let all = || thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let threads = self.threads.unwrap_or_else(all).get() as u64;
        threads.min(self.count).max(1)
    }

    fn play_one(&self, program: &Program, number: u64) -> Result<Run, Stop> {
        let replication = self.plan.replication.wrapping_add(number);
        let plan = Plan { replication, ..self.plan.clone() };
        let mut run = Run::of(program.clone(), plan);
        run.step_until(self.until_ns)?;
        Ok(run)
    }
}
