//! The `knockon` command: parses, dispatches, and turns the result into an exit code.

use std::process::ExitCode;

use clap::Parser;
use knockon::cli::{Cli, Command, EvaluateWhat, NewWhat};
use knockon::exit::{self, Outcome};

fn main() -> ExitCode {
    exit::code(run)
}

fn run() -> exit::Result<Outcome> {
    let cli = Cli::parse();
    cli.color.apply();
    match &cli.command {
        Command::Triage(args) => knockon::triage::run(args),
        Command::Check(args) => knockon::check::run(args),
        Command::Map(args) => knockon::map::run(args),
        Command::Run(args) => knockon::run::run(args),
        Command::Prove(args) => knockon::prove::run(args),
        Command::Review(args) => knockon::review::run(args),
        Command::Scenarios(args) => knockon::scenarios::run(args),
        Command::New { what: NewWhat::Scenario(args) } => knockon::new::scenario(args),
        Command::Simulate(args) => knockon::simulate::run(args),
        Command::Query(args) => knockon::query::run(args),
        Command::Rules(args) => knockon::rules::run(args),
        Command::Import(args) => knockon::import::run(args),
        Command::Schema(args) => knockon::schema::run(args),
        Command::Evaluate { what: EvaluateWhat::Triage(args) } => knockon::evaluate::run(args),
        Command::Completions(args) => knockon::completions::run(args),
    }
}
