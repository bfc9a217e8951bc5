//! The `knockon-conformance` command: holds parts of knockon to files of recorded behaviour,
//! also to files that are not in this repository.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;
use std::{env, fs};

use knockon_conformance::{Report, autoscaler, breaker, broker, promql};

const USAGE: &str = "\
usage: knockon-conformance <autoscaler|breaker|broker|promql> FILE…

  plays every case of the files and says which disagree, and which were left out and why

  exit code 0: all agree; 1: some disagree; 2: wrong usage or an unreadable file
";

/// How a file of one format is played, and what is said of all its cases in one line.
type Format = (fn(&str) -> Result<Report, String>, fn(&Report) -> String);

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let Some((format, files)) = arguments.split_first() else { return usage() };
    let (check, headline): Format = match format.to_str() {
        Some("autoscaler") => (autoscaler::check, headline),
        Some("breaker") => (breaker::check, headline),
        Some("broker") => (broker::check, headline),
        Some("promql") => (promql::check, promql::headline),
        _ => return usage(),
    };
    if files.is_empty() {
        return usage();
    }
    let mut worst = 0;
    for file in files {
        let text = fs::read_to_string(file).map_err(|error| error.to_string());
        let file = file.display().to_string();
        let code = match text.and_then(|text| check(&text)) {
            Ok(report) => {
                // A reader that has seen enough (`| head`) is not an error; the exit code speaks.
                let _ =
                    io::stdout().write_all(lines(&file, &headline(&report), &report).as_bytes());
                u8::from(!report.disagreements.is_empty())
            }
            Err(message) => {
                let _ = writeln!(io::stderr(), "{file}: {message}");
                2
            }
        };
        worst = worst.max(code);
    }
    ExitCode::from(worst)
}

fn usage() -> ExitCode {
    // Nobody is left to tell when standard error is closed too.
    let _ = io::stderr().write_all(USAGE.as_bytes());
    ExitCode::from(2)
}

/// How many cases agree.
fn headline(report: &Report) -> String {
    let agreed = report.played - report.disagreements.len();
    format!("{agreed} of {} cases agree", report.played + report.left_out.len())
}

/// What is said of a file: a line for all of it, and one for each case that does not agree.
fn lines(file: &str, headline: &str, report: &Report) -> String {
    let mut text = format!("{file}: {headline}\n");
    for (verdict, cases) in [("disagrees", &report.disagreements), ("left out", &report.left_out)] {
        for case in cases {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {verdict}: {}: {}", case.case, case.what);
        }
    }
    text
}
