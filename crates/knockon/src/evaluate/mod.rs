//! `knockon evaluate triage`: how often the known cause of recorded and of played incidents is found,
//! how fast, and how much worse the evidence may be.
//!
//! Each data set has its own layout, read by a module of its own; to add one, write that module and
//! name it in `LAYOUTS`. A case is read or played once ([`measure`]), and judged as it is and after
//! each of the [`degrade`] kinds that were asked for.

pub mod case;
pub mod degrade;
mod files;
mod incidents;
pub mod measure;
mod packs;
mod petshop;
mod rcd;
mod recorded;
pub mod reliability;
mod root_cause_bench;
pub mod score;
mod table;
mod tvdiag;

use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, Place};

use crate::cli::{EvaluateArgs, Format};
use crate::codes;
use crate::exit::{Failure, Outcome as Ended, Result};
use crate::output;
use crate::progress;
use case::{DataSet, Open, folders};
use degrade::Degradation;

/// The layouts that are known, the most particular first.
const LAYOUTS: &[Open] =
    &[packs::open, petshop::open, tvdiag::open, root_cause_bench::open, rcd::open, incidents::open];

/// How deep data sets are looked for below the directory that was named.
const DEPTH_MAX: usize = 2;

/// Measures and prints.
pub fn run(args: &EvaluateArgs) -> Result<Ended> {
    let fail = |diagnostics| Failure::Input { diagnostics, format: args.format };
    let (sets, degradations) = asked(args).map_err(fail)?;
    let bar = progress::bar(sets.iter().map(|set| set.cases().len() as u64).sum());
    let trials = measure::measure(&sets, &degradations, &bar);
    bar.finish_and_clear();
    let trials = trials.map_err(fail)?;
    output::report(&match args.format {
        Format::Text => table::text(&trials, args.misses),
        Format::Json => table::json(&trials),
    })?;
    let mut ended = Ended::Held;
    for trial in &trials {
        let Some(least) = args.at_least.filter(|least| !trial.total.is_at_least(*least)) else {
            continue;
        };
        let of = if trials.len() > 1 { format!("{}: ", trial.degraded) } else { String::new() };
        output::complain(&format!(
            "{of}top-1 recall is {:.3}, below the {least} asked for",
            trial.total.top1
        ))?;
        ended = Ended::Broken;
    }
    Ok(ended)
}

/// What is measured, and what is done to it; all that is wrong with either.
type Asked = (Vec<Box<dyn DataSet>>, Vec<Degradation>);

fn asked(args: &EvaluateArgs) -> std::result::Result<Asked, Vec<Diagnostic>> {
    match (find_all(&args.data_sets), degrade::read(&args.degrade)) {
        (Ok(mut sets), Ok(degradations)) => {
            for set in &mut sets {
                set.play_seeds(args.seeds);
            }
            Ok((sets, degradations))
        }
        (sets, degradations) => {
            let wrong = [sets.err(), degradations.err()];
            Err(wrong.into_iter().flatten().flatten().collect())
        }
    }
}

/// All data sets below the named directories. A file beside them, as `packs/README.md` is one of
/// `packs/*`, is passed over.
fn find_all(dirs: &[PathBuf]) -> std::result::Result<Vec<Box<dyn DataSet>>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    let is_beside = |dir: &&PathBuf| dir.extension().is_some_and(|ending| ending == "md");
    let named = dirs.iter().filter(|dir| dirs.len() == 1 || !is_beside(dir));
    for dir in named {
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
    let what = if dir.exists() { "no data set of a known layout in" } else { "no such directory:" };
    Diagnostic::error(codes::NO_DATA_SET, format!("{what} {}", dir.display()))
        .at(Place::whole_file(dir.display().to_string()))
        .help("known layouts: PetShop (graph.csv, test/issue_*/), RCD's Sock Shop (<service>-<fault>/<n>/normal.csv), TVDiag (label.csv, nodes.json), RootCauseBench (*/ground_truth.json)")
        .help("or the directory of a pack with scenarios, or one of them")
        .help("or folders that each hold an incident: system.yaml, evidence files and truth.json")
}
