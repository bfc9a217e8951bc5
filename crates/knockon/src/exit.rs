//! Exit codes, a contract with scripts: `docs/reference/command.md` lists them.

use std::io;
use std::panic::{UnwindSafe, catch_unwind};
use std::process::ExitCode;

use knockon_core::Diagnostic;

use crate::cli::Format;
use crate::output;

/// What came of a command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything held. Exit code 0.
    Held,
    /// An expectation or objective that was asked for did not hold. Exit code 1.
    Broken,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The input is wrong; the diagnostics say what and where. Exit code 2.
    Input {
        /// What is wrong.
        diagnostics: Vec<Diagnostic>,
        /// How the user wants to be told.
        format: Format,
    },
    /// The output could not be written. A closed pipe is no error: exit code 0. Else 70.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// The result of a command.
pub type Result<T> = std::result::Result<T, Failure>;

const BROKEN: u8 = 1;
const INPUT: u8 = 2;
/// `EX_SOFTWARE` of sysexits.h: an internal error.
const OWN_FAULT: u8 = 70;

/// Runs a command and turns its result into an exit code. A panic is our own fault.
pub fn code(command: impl FnOnce() -> Result<Outcome> + UnwindSafe) -> ExitCode {
    match catch_unwind(command) {
        Ok(Ok(Outcome::Held)) => ExitCode::SUCCESS,
        Ok(Ok(Outcome::Broken)) => BROKEN.into(),
        Ok(Err(Failure::Input { diagnostics, format })) => {
            // Where even this cannot be written there is nobody left to tell.
            let _ = output::input_errors(&diagnostics, format);
            INPUT.into()
        }
        Ok(Err(Failure::Output(error))) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Ok(Err(Failure::Output(error))) => {
            let _ = output::complain(&format!("cannot write the output: {error}"));
            OWN_FAULT.into()
        }
        Err(_panic) => {
            let _ = output::complain(
                "this is a bug in knockon, not in your input; please report it with the lines above",
            );
            OWN_FAULT.into()
        }
    }
}
