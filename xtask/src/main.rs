//! The `cargo xtask` command.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use xtask::tidy;

const USAGE: &str = "\
usage: cargo xtask <chore>

  tidy
      check what no compiler checks: crate directions, sizes, links, names, documents
  conformance <autoscaler|breaker|broker|promql> FILE…
      hold a part of knockon to files of recorded behaviour
";

fn main() -> ExitCode {
    let chore = env::args().skip(1).collect::<Vec<_>>();
    let result = match chore.as_slice() {
        [chore, format, files @ ..] if chore == "conformance" && !files.is_empty() => {
            run_conformance(format, files)
        }
        [chore] if chore == "tidy" => env::current_dir().and_then(|folder| run_tidy(&folder)),
        _ => Err(io::Error::other(USAGE)),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when standard error is closed too.
            let _ = writeln!(io::stderr(), "{}", error.to_string().trim_end());
            ExitCode::from(2)
        }
    }
}

fn run_tidy(folder: &Path) -> io::Result<ExitCode> {
    let report = tidy::Tree::of_workspace_around(folder).map(|tree| tidy::report(&tree))?;
    // A reader that has seen enough (`| head`) is not an error; the exit code still speaks.
    let _ = io::stdout().write_all(report.text.as_bytes());
    Ok(ExitCode::from(u8::from(!report.is_tidy)))
}

/// Runs the crate that compares, as a child: this one must build when the workspace does not.
fn run_conformance(format: &str, files: &[String]) -> io::Result<ExitCode> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = ["run", "--release", "--quiet", "-p", "knockon-conformance", "--", format];
    let status = Command::new(cargo).args(run).args(files).status()?;
    // Killed by a signal, it has no code: that is no verdict on the files.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(2);
    Ok(ExitCode::from(code))
}
