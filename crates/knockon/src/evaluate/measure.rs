//! Judges every case of data sets, as it is and made worse.

use std::collections::BTreeSet;
use std::time::Instant;

use indicatif::ProgressBar;
use knockon_core::Diagnostic;
use knockon_scenario::many::each;
use serde::Serialize;

use super::case::DataSet;
use super::degrade::Degradation;
use super::reliability::Reliability;
use super::score::{Outcome, Score};

/// What came of all data sets when the evidence was degraded in one way, or in none.
#[derive(Debug, Serialize)]
pub struct Trial {
    /// What was done to the evidence.
    pub degraded: String,
    /// Each data set.
    pub data_sets: Vec<Measured>,
    /// The score over all cases, each counted as its data set usually is.
    pub total: Score,
    /// The score of the cases with each kind of fault.
    pub kinds: Vec<Score>,
    /// How far the confidence can be relied on.
    pub reliability: Reliability,
}

/// A data set with what became of its cases.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Its scores; a second one where databases are folded into their services.
    pub scores: Vec<Score>,
    /// What became of each case.
    pub outcomes: Vec<Outcome>,
}

/// Judges all cases of all data sets once for each degradation, or tells what of them is wrong.
pub fn measure(
    sets: &[Box<dyn DataSet>],
    degradations: &[Degradation],
    bar: &ProgressBar,
) -> Result<Vec<Trial>, Vec<Diagnostic>> {
    let mut trials: Vec<Vec<Measured>> = degradations.iter().map(|_| Vec::new()).collect();
    let mut broken = Vec::new();
    for set in sets {
        bar.set_message(set.name());
        match outcomes(set.as_ref(), degradations, bar) {
            Ok(cases) => {
                for (at, trial) in trials.iter_mut().enumerate() {
                    let outcomes = cases.iter().map(|of_case| of_case[at].clone()).collect();
                    trial.push(Measured::of(set.as_ref(), outcomes));
                }
            }
            Err(diagnostics) => broken.extend(diagnostics),
        }
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    let named = degradations.iter().map(Degradation::name).zip(trials);
    Ok(named.map(|(degraded, data_sets)| Trial::of(degraded, data_sets)).collect())
}

/// For each case what became of it under each degradation. A case is read, or played, once.
fn outcomes(
    set: &dyn DataSet,
    degradations: &[Degradation],
    bar: &ProgressBar,
) -> Result<Vec<Vec<Outcome>>, Vec<Diagnostic>> {
    let cases: Vec<&String> = set.cases().iter().collect();
    let judge = |name: &String| {
        let case = set.load(name)?;
        let judged = degradations.iter().map(|degradation| {
            let mut case = case.clone();
            degradation.apply(name, &mut case);
            let start = Instant::now();
            let incident = knockon_triage::triage(&case.system, &case.evidence, case.options);
            let ms = start.elapsed().as_secs_f64() * 1000.0;
            Outcome::of(name, &case, set.folds_databases(), &incident, ms)
        });
        Ok(judged.collect())
    };
    each(&cases, judge, |_| bar.inc(1))
}

impl Measured {
    fn of(set: &dyn DataSet, outcomes: Vec<Outcome>) -> Self {
        let mut scores = vec![Score::of(set.name(), outcomes.iter(), |outcome| outcome.rank)];
        if set.folds_databases() {
            let name = format!("{} (-db folded)", set.name());
            scores.push(Score::of(name, outcomes.iter(), |outcome| outcome.rank_folded));
        }
        Self { scores, outcomes }
    }
}

impl Trial {
    fn of(degraded: String, data_sets: Vec<Measured>) -> Self {
        let all = || data_sets.iter().flat_map(|set| &set.outcomes);
        let total = Score::of("all".to_owned(), all(), Outcome::usual_rank);
        let kinds: BTreeSet<&String> = all().flat_map(|outcome| &outcome.kinds).collect();
        let kinds = kinds.into_iter().map(|kind| {
            let those = all().filter(|outcome| outcome.kinds.contains(kind));
            Score::of(kind.clone(), those, Outcome::usual_rank)
        });
        let (kinds, reliability) = (kinds.collect(), Reliability::of(all()));
        Self { degraded, data_sets, total, kinds, reliability }
    }
}
