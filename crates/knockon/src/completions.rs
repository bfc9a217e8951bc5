//! `knockon completions`: scripts that complete the command line.

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::exit::{Outcome, Result};
use crate::output;

/// Prints the completion script of a shell.
pub fn run(args: &CompletionsArgs) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "knockon", &mut script);
    output::report(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Held)
}
