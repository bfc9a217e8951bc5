//! `knockon evaluate triage`: how often the known cause of recorded incidents is found, and how fast.
//!
//! Each data set has its own layout, read by a module of its own; to add one, write that module and
//! name it in `LAYOUTS`.

pub mod case;
mod files;
mod incidents;
mod petshop;
mod rcd;
mod recorded;
mod root_cause_bench;
pub mod score;
mod table;
mod tvdiag;

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::ProgressBar;
use knockon_core::{Diagnostic, Place};

use crate::cli::{EvaluateArgs, Format};
use crate::codes;
use crate::exit::{Failure, Outcome as Ended, Result};
use crate::output;
use crate::progress;
use case::{DataSet, Open, folders};
use score::{Outcome, Score};

/// The layouts that are known, the most particular first.
const LAYOUTS: &[Open] =
    &[petshop::open, tvdiag::open, root_cause_bench::open, rcd::open, incidents::open];

/// How deep data sets are looked for below the directory that was named.
const DEPTH_MAX: usize = 2;

/// A data set with what became of its cases.
pub struct Measured {
    /// Its scores; a second one where databases are folded into their services.
    pub scores: Vec<Score>,
    /// What became of each case.
    pub outcomes: Vec<Outcome>,
}

/// Measures and prints.
pub fn run(args: &EvaluateArgs) -> Result<Ended> {
    let fail = |diagnostics| Failure::Input { diagnostics, format: args.format };
    let data_sets = find_all(&args.data_sets).map_err(fail)?;
    let bar = progress::bar(data_sets.iter().map(|set| set.cases().len() as u64).sum());
    let mut measured = Vec::new();
    let mut broken = Vec::new();
    for set in &data_sets {
        match measure(set.as_ref(), &bar) {
            Ok(set) => measured.push(set),
            Err(diagnostics) => broken.extend(diagnostics),
        }
    }
    bar.finish_and_clear();
    if !broken.is_empty() {
        return Err(fail(broken));
    }
    let total = total(&measured);
    output::report(&match args.format {
        Format::Text => table::text(&measured, &total, args.misses),
        Format::Json => table::json(&measured, &total),
    })?;
    match args.at_least {
        Some(least) if total.top1 < least => {
            output::complain(&format!(
                "top-1 recall is {:.3}, below the {least} asked for",
                total.top1
            ))?;
            Ok(Ended::Broken)
        }
        _ => Ok(Ended::Held),
    }
}

/// The score over all cases, each counted as its data set usually is.
fn total(measured: &[Measured]) -> Score {
    let all = measured.iter().flat_map(|set| &set.outcomes);
    Score::of("all".to_owned(), all, Outcome::usual_rank)
}

/// All data sets below the named directories.
fn find_all(dirs: &[PathBuf]) -> std::result::Result<Vec<Box<dyn DataSet>>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for dir in dirs {
        let before = found.len();
        match find(dir, DEPTH_MAX, &mut found) {
            Ok(()) if found.len() == before => wrong.push(nothing_in(dir)),
            Ok(()) => {}
            Err(diagnostics) => wrong.extend(diagnostics),
        }
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

fn find(
    dir: &Path,
    depth: usize,
    found: &mut Vec<Box<dyn DataSet>>,
) -> std::result::Result<(), Vec<Diagnostic>> {
    for open in LAYOUTS {
        if let Some(set) = open(dir)? {
            found.push(set);
            return Ok(());
        }
    }
    if depth > 0 {
        for folder in folders(dir) {
            find(&dir.join(folder), depth - 1, found)?;
        }
    }
    Ok(())
}

fn nothing_in(dir: &Path) -> Diagnostic {
    let what = if dir.is_dir() { "no data set of a known layout in" } else { "no such directory:" };
    Diagnostic::error(codes::NO_DATA_SET, format!("{what} {}", dir.display()))
        .at(Place::whole_file(dir.display().to_string()))
        .help("known layouts: PetShop (graph.csv, test/issue_*/), RCD's Sock Shop (<service>-<fault>/<n>/normal.csv), TVDiag (label.csv, nodes.json), RootCauseBench (*/ground_truth.json)")
        .help("or folders that each hold an incident: system.yaml, evidence files and truth.json")
}

/// Judges every case of a data set.
fn measure(set: &dyn DataSet, bar: &ProgressBar) -> std::result::Result<Measured, Vec<Diagnostic>> {
    bar.set_message(set.name());
    let mut outcomes = Vec::new();
    for name in set.cases() {
        let case = set.load(name)?;
        let start = Instant::now();
        let incident = knockon_triage::triage(&case.system, &case.evidence, case.options);
        let ms = start.elapsed().as_secs_f64() * 1000.0;
        outcomes.push(Outcome::of(name, &case.truth, set.folds_databases(), &incident, ms));
        bar.inc(1);
    }
    let mut scores = vec![Score::of(set.name(), outcomes.iter(), |outcome| outcome.rank)];
    if set.folds_databases() {
        let name = format!("{} (-db folded)", set.name());
        scores.push(Score::of(name, outcomes.iter(), |outcome| outcome.rank_folded));
    }
    Ok(Measured { scores, outcomes })
}
