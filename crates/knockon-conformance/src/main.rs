//! The `knockon-conformance` command: holds parts of the simulator to files of recorded behaviour,
//! also to files that are not in this repository.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::ExitCode;
use std::{env, fs};

use knockon_conformance::{Report, autoscaler, breaker, broker};

const USAGE: &str = "\
usage: knockon-conformance <autoscaler|breaker|broker> FILE…

  plays every case of the files and says which disagree, and which were left out and why

  exit code 0: all agree; 1: some disagree; 2: wrong usage or an unreadable file
";

/// How a file of one format is played.
type Check = fn(&str) -> Result<Report, String>;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let Some((format, files)) = arguments.split_first() else { return usage() };
    let check: Check = match format.to_str() {
        Some("autoscaler") => autoscaler::check,
        Some("breaker") => breaker::check,
        Some("broker") => broker::check,
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
                let _ = io::stdout().write_all(lines(&file, &report).as_bytes());
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

/// What is said of a file: a line for all of it, and one for each case that does not agree.
fn lines(file: &str, report: &Report) -> String {
    let agreed = report.played - report.disagreements.len();
    let of = report.played + report.left_out.len();
    let mut text = format!("{file}: {agreed} of {of} cases agree\n");
    for (verdict, cases) in [("disagrees", &report.disagreements), ("left out", &report.left_out)] {
        for case in cases {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {verdict}: {}: {}", case.case, case.what);
        }
    }
    text
}
