//! `knockon prove`: what would have helped.

mod json;
mod markdown;
mod text;

use knockon_scenario::prove::{Proof, Tried, prove};

use crate::cli::{Format, ProveArgs};
use crate::exit::{Outcome, Result};
use crate::run::{Ready, page, play_and_tell, ready, stopped};
use crate::{output, progress};

pub(crate) use text::name;

/// Replays a scenario and prints what each trial came to.
pub fn run(args: &ProveArgs) -> Result<Outcome> {
    let format = if args.json { Format::Json } else { Format::Text };
    let ready = ready(&args.scenario, format)?;
    let proof = proof(&ready, args.seed, args.replications, format)?;
    if let Some(path) = &args.html {
        let told = play_and_tell(&ready, args.seed);
        let (played, story) = told.map_err(|failed| stopped(&failed, format))?;
        output::file(path, &page::html(&ready, &played, &story, Some(&proof)))?;
    }
    if args.json {
        output::report(&json::json(&ready.loaded, &proof))?;
    } else if args.md {
        output::report(&markdown::markdown(&ready.loaded, &proof))?;
    } else {
        output::report(&text::text(&ready.loaded, &proof))?;
    }
    Ok(if proof.tried.iter().all(Tried::is_as_said) { Outcome::Held } else { Outcome::Broken })
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
