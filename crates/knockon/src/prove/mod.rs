//! `knockon prove`: what would have helped.

mod json;
mod text;

use knockon_scenario::prove::{Proof, Tried, prove};

use crate::cli::{Format, ProveArgs};
use crate::exit::{Outcome, Result};
use crate::run::{Ready, ready, stopped};
use crate::{output, progress};

/// Replays a scenario and prints what each trial came to.
pub fn run(args: &ProveArgs) -> Result<Outcome> {
    let format = if args.json { Format::Json } else { Format::Text };
    let ready = ready(&args.scenario, format)?;
    let proof = proof(&ready, args.seed, args.replications, format)?;
    if args.json {
        output::report(&json::json(&ready.loaded, &proof))?;
    } else {
        output::report(&text::text(&ready.loaded, &proof))?;
    }
    Ok(if proof.tried.iter().all(is_as_said) { Outcome::Held } else { Outcome::Broken })
}

/// A proof with a progress bar.
pub(crate) fn proof(ready: &Ready, seed: u64, replications: u64, format: Format) -> Result<Proof> {
    let bar = progress::bar(1);
    let heard = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let proof = prove(&ready.loaded, &ready.rules, seed, replications, heard);
    bar.finish_and_clear();
    proof.map_err(|failed| stopped(&failed, format))
}

/// Whether a fix did in most runs what the scenario says of it.
pub(crate) fn is_as_said(tried: &Tried) -> bool {
    let runs = tried.orders_saved.n;
    tried.works.is_none_or(|works| works == (tried.healthy * 2 > runs))
}
