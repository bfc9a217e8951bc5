//! `knockon schema`: the model language as editors want it.

use knockon_format::{SchemaOf, schema};

use crate::cli::{SchemaArgs, SchemaFor};
use crate::exit::{Outcome, Result};
use crate::output;

/// Prints the JSON Schema of one sort of file.
pub fn run(args: &SchemaArgs) -> Result<Outcome> {
    let of = match args.of {
        SchemaFor::System => SchemaOf::System,
        SchemaFor::Variant => SchemaOf::Variant,
    };
    output::report(&format!("{:#}\n", schema(of)))?;
    Ok(Outcome::Held)
}
