//! The command line: commands, flags and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const AFTER_HELP: &str = "\
Exit codes:
  0   done; everything that was asked for held
  1   an expectation or objective that was asked for did not hold
  2   the input is wrong; the messages say what, where and how to mend it
  70  our own fault";

/// What breaks a user journey, which alerts are only symptoms, what to do first.
#[derive(Debug, Parser)]
#[command(name = "knockon", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    /// When to use colours (`auto`: on a terminal, unless `NO_COLOR` is set)
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what caused an incident, which services only suffer from it, and whose it is
    Triage(TriageArgs),
    /// Say what is wrong with the model of a system, all of it at once
    Check(CheckArgs),
    /// Measure knockon against recorded incidents with a known cause
    Evaluate {
        /// What to measure.
        #[command(subcommand)]
        what: EvaluateWhat,
    },
    /// Print a script that completes knockon's command line
    Completions(CompletionsArgs),
}

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum EvaluateWhat {
    /// How often triage finds the known cause, and how fast
    Triage(EvaluateArgs),
}

/// `knockon triage`
#[derive(Debug, Args)]
#[command(after_help = "\
Evidence is a directory with any of:
  metrics.*      wide or long CSV, OpenMetrics or Prometheus text with timestamps, query_range JSON
  baseline.*     the same, of a time known to be healthy
  alerts.json    the list that Alertmanager's /api/v2/alerts returns
  changes.json   [{time, service, kind, version, by}, …]

Example:
  knockon triage --system shop.yaml incident-42/ --at 2026-03-01T03:10:00Z")]
pub struct TriageArgs {
    /// The model of the system (YAML)
    #[arg(long, short, value_name = "SYSTEM.yaml")]
    pub system: PathBuf,

    /// The directory with the evidence
    #[arg(value_name = "EVIDENCE")]
    pub evidence: PathBuf,

    /// Judge as of this moment; nothing later is looked at [default: the end of the evidence]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,

    /// The incident is known to have begun then [default: found from the evidence]
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,

    /// How to print the verdict
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The models (YAML)
    #[arg(value_name = "SYSTEM.yaml", required = true)]
    pub systems: Vec<PathBuf>,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon evaluate triage`
#[derive(Debug, Args)]
#[command(after_help = "\
A data set is a directory in the layout of PetShop, of RCD's Sock Shop, of TVDiag or of
RootCauseBench, or one whose folders each hold an incident: system.yaml, evidence files and
truth.json. A directory of data sets is measured set by set.")]
pub struct EvaluateArgs {
    /// The directories with the data sets
    #[arg(value_name = "DATASET", required = true)]
    pub data_sets: Vec<PathBuf>,

    /// List the cases whose cause did not come first
    #[arg(long)]
    pub misses: bool,

    /// Exit with 1 if top-1 recall over all cases is below this share
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub at_least: Option<f64>,

    /// How to print the scores
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon completions`
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell to complete for
    pub shell: clap_complete::Shell,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs; the shape is versioned.
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Makes it the choice of everything printed from now on.
    pub fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("a share is a number from 0 to 1, such as 0.9".to_owned()),
    }
}
