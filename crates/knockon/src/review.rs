//! `knockon review`: the review of an incident, as Markdown.

use crate::cli::ReviewArgs;
use crate::exit::{Outcome, Result};

/// Writes the review of an incident.
pub fn run(_args: &ReviewArgs) -> Result<Outcome> {
    Ok(Outcome::Held)
}
