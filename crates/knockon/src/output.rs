//! Writing to the terminal: reports to standard output, everything else to standard error, styles
//! only where they are wanted.

use std::io::{self, Write};
use std::path::Path;

use knockon_core::{Diagnostic, Place};
use knockon_report::{diagnostics_documents, diagnostics_text, summary_line};

use crate::cli::Format;
use crate::codes;
use crate::exit::{Failure, Result};

/// Writes a report to standard output.
pub fn report(text: &str) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a report to a file.
pub fn file(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|error| cannot_write(path, &error))
}

/// Makes a directory, and those above it, unless they are there.
pub fn directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    let diagnostic = Diagnostic::error(codes::CANNOT_WRITE, format!("cannot write: {error}"))
        .at(Place::whole_file(path.display().to_string()))
        .help("name a file in a directory that is there and may be written to");
    Failure::Input { diagnostics: vec![diagnostic], format: Format::Text }
}

/// Writes diagnostics that did not stop the work to standard error.
pub fn notes(diagnostics: &[Diagnostic]) -> io::Result<()> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    anstream::stderr().lock().write_all(diagnostics_text(diagnostics).as_bytes())
}

/// Writes the diagnostics that stopped the work: as text to standard error, or as JSON to standard
/// output where JSON was asked for.
pub fn input_errors(diagnostics: &[Diagnostic], format: Format) -> io::Result<()> {
    if format == Format::Json {
        let document = serde_json::json!({
            "schema": "knockon.diagnostics/v1",
            "diagnostics": diagnostics_documents(diagnostics),
        });
        return report(&format!("{document:#}\n"));
    }
    notes(diagnostics)?;
    match summary_line(diagnostics) {
        Some(summary) => complain(&summary),
        None => Ok(()),
    }
}

/// Writes one line of complaint to standard error.
pub fn complain(line: &str) -> io::Result<()> {
    writeln!(anstream::stderr().lock(), "knockon: {line}")
}
