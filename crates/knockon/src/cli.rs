//! The command line: commands, flags and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use knockon_promql::{Release, Settings};

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
    /// Say what is wrong or weak in the model of a system, all of it at once
    Check(CheckArgs),
    /// Draw a system, or one of its journeys
    Map(MapArgs),
    /// Play an incident of a pack, tell its story, and say whether it went as expected
    Run(RunArgs),
    /// Replay an incident without its cause, with each fix and in each variant: what would have helped
    Prove(ProveArgs),
    /// Write the review of an incident: timeline, impact, what to do, and what is left to clear up
    Review(ReviewArgs),
    /// List the incidents of packs
    Scenarios(ScenariosArgs),
    /// Start something of your own
    New {
        /// What.
        #[command(subcommand)]
        what: NewWhat,
    },
    /// Play a system in virtual time, with faults or without, and say what its users felt
    Simulate(SimulateArgs),
    /// Ask metrics in files a question in PromQL
    Query(QueryArgs),
    /// Say which alerts rules would have raised over metrics in files
    Rules(RulesArgs),
    /// Make a model of manifests, compose files, rules, catalogues and traces
    Import(ImportArgs),
    /// Print the JSON Schema of the model language, for editors
    Schema(SchemaArgs),
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
  changes.json   [{time, service, kind, version, by}, …]; also changes.*.json, .jsonl and .log:
                 deployments of GitHub, applications of Argo CD, CDEvents, `git log`
  logs.*         JSON lines, text with times, OTLP, Loki, CSV
  traces.*       OTLP or Jaeger JSON

Examples:
  knockon triage --system shop.yaml incident-42/ --at 2026-03-01T03:10:00Z
  knockon triage --system shop.yaml incident-42/ --git
  knockon triage --system shop.yaml incident-42/ --explain --html incident.html
  knockon triage --system shop.yaml incident-42/ --revisions --every 5m")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct TriageArgs {
    /// The model of the system: a file (YAML) or the directory of a pack
    #[arg(long, short, value_name = "SYSTEM")]
    pub system: PathBuf,

    /// The directory with the evidence; or `-` for alerts on standard input as they come, one message
    /// that Alertmanager sends to a webhook a line, with what each changes about the verdict
    #[arg(value_name = "EVIDENCE")]
    pub evidence: PathBuf,

    /// Judge as of this moment; nothing later is looked at [default: the end of the evidence]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,

    /// The incident is known to have begun then [default: found from the evidence]
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,

    /// Read the commits of the hours before, too: of each service whose `repository` is a directory
    #[arg(long)]
    pub git: bool,

    /// Print the reckoning, too: what each family of evidence says of each candidate, for and against
    #[arg(long)]
    pub explain: bool,

    /// First tell how the verdict came about: at each alert and change, and every so often while there
    /// are metrics, what was different
    #[arg(long)]
    pub revisions: bool,

    /// How often to judge between alerts and changes
    #[arg(long, value_name = "LENGTH", default_value = "1m", requires = "revisions")]
    pub every: String,

    /// Write one page: the answers, how it spreads, when what showed, who is hurt, the reasons
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Write Markdown; `-` prints it instead of the text
    #[arg(long, value_name = "FILE")]
    pub md: Option<PathBuf>,

    /// Print JSON: the same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,

    /// How to print the verdict
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon check`
#[derive(Debug, Args)]
#[command(after_help = "\
Mistakes are errors. Weaknesses are warnings: docs/reference/weaknesses.md says what each means,
and the model accepts one with `allow: [{ code: K0404, at: orders, reason: … }]`.

Example:
  knockon check packs/*")]
pub struct CheckArgs {
    /// The models: system files (YAML) or the directories of packs
    #[arg(value_name = "SYSTEM", required = true)]
    pub systems: Vec<PathBuf>,

    /// List the figures that the model marks as assumed (`~4ms`)
    #[arg(long)]
    pub assumed: bool,

    /// Exit with 1 if there is any warning that the model does not accept
    #[arg(long)]
    pub deny_warnings: bool,

    /// How to print what was found
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon map`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  knockon map packs/sock-shop
  knockon map packs/sock-shop --journey \"buy a sock\"
  knockon map packs/sock-shop --output sock-shop.svg")]
pub struct MapArgs {
    /// The model: a system file (YAML) or the directory of a pack
    #[arg(value_name = "SYSTEM")]
    pub system: PathBuf,

    /// Show this journey and what it needs [default: the whole system]
    #[arg(long, short, value_name = "NAME")]
    pub journey: Option<String>,

    /// Show the system as this variant changes it
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,

    /// As a Mermaid flowchart
    #[arg(long, group = "form")]
    pub mermaid: bool,

    /// As a Graphviz DOT graph
    #[arg(long, group = "form")]
    pub dot: bool,

    /// As an SVG picture
    #[arg(long, group = "form")]
    pub svg: bool,

    /// Write to a file; `.svg`, `.dot` and `.mmd` say in which form [default: a tree, printed]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `knockon run`
#[derive(Debug, Args)]
#[command(after_help = "\
Scenarios: docs/reference/scenarios.md. Exit code 1 says that an expectation did not hold.

Examples:
  knockon run packs/sock-shop/5a-queue-blockage
  knockon run packs/sock-shop/5a-queue-blockage --html incident.html
  knockon run packs/sock-shop/5a-queue-blockage --replications 20")]
pub struct RunArgs {
    /// The scenario: the directory of a pack, `/` and its name; or its file
    #[arg(value_name = "PACK/SCENARIO")]
    pub scenario: PathBuf,

    /// What all luck follows from: the same seed gives the same run
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Play so often, under this seed and those after it, and say how often each expectation held
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub replications: u64,

    /// Write one page with everything to look at: the journeys over time, the signals, the alerts
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Print Markdown
    #[arg(long, conflicts_with = "json")]
    pub md: bool,

    /// Write the metrics that exporters would have given to a file
    #[arg(long, value_name = "FILE")]
    pub openmetrics: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `knockon prove`
#[derive(Debug, Args)]
#[command(after_help = "\
Each trial meets the same users with the same luck, so that what differs is what it did.
Exit code 1 says that a fix did not do what the scenario says of it.

Examples:
  knockon prove packs/sock-shop/5a-queue-blockage
  knockon prove packs/sock-shop/5a-queue-blockage --replications 50 --html proof.html")]
pub struct ProveArgs {
    /// The scenario: the directory of a pack, `/` and its name; or its file
    #[arg(value_name = "PACK/SCENARIO")]
    pub scenario: PathBuf,

    /// The first seed
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Replay so often, under this seed and those after it, and give 95 % intervals
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub replications: u64,

    /// Write one page with the incident and the proof
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Print Markdown
    #[arg(long, conflicts_with = "json")]
    pub md: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `knockon review`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  knockon review packs/order-orchestrator/1-service-pod-crash > review.md")]
pub struct ReviewArgs {
    /// The scenario: the directory of a pack, `/` and its name; or its file
    #[arg(value_name = "PACK/SCENARIO")]
    pub scenario: PathBuf,

    /// What all luck follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Take this fix of the scenario as what was done [default: the best of those that work]
    #[arg(long, value_name = "NAME")]
    pub fix: Option<String>,

    /// Replay so often for the action items
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub replications: u64,

    /// Write to a file [default: the review is printed]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `knockon scenarios`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  knockon scenarios packs/*")]
pub struct ScenariosArgs {
    /// The directories of packs [default: those in `packs`, or the current directory]
    #[arg(value_name = "PACK")]
    pub packs: Vec<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What to start.
#[derive(Debug, Subcommand)]
pub enum NewWhat {
    /// Start a scenario of a pack
    Scenario(NewScenarioArgs),
}

/// `knockon new scenario`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  knockon new scenario packs/sock-shop/payment-is-slow --cause payment")]
pub struct NewScenarioArgs {
    /// What it is called by: the directory of a pack, `/` and a name
    #[arg(value_name = "PACK/SCENARIO")]
    pub scenario: PathBuf,

    /// The service that is to blame [default: the first that a journey crosses behind its entry]
    #[arg(long, value_name = "SERVICE")]
    pub cause: Option<String>,
}

/// `knockon simulate`
#[derive(Debug, Args)]
#[command(after_help = "\
A fault is KIND=SERVICE[:FIGURE][@FROM[+LENGTH]]. Kinds, the figures they take and what else can
stand for SERVICE: docs/reference/simulation.md. Lengths of time are written as in a model: 90s, 3min.

Examples:
  knockon simulate packs/sock-shop
  knockon simulate packs/sock-shop --fault crash=catalogue-db@2min+3min
  knockon simulate packs/checkout --fault latency=payment-provider:5s --fault errors=auth:20%@5min
  knockon simulate packs/sock-shop --demand 3 --replications 20 --format json")]
pub struct SimulateArgs {
    /// The model: a system file (YAML) or the directory of a pack
    #[arg(value_name = "SYSTEM")]
    pub system: PathBuf,

    /// Play the system as this variant changes it
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,

    /// How long, in virtual time
    #[arg(long = "for", value_name = "LENGTH", default_value = "10min")]
    pub lasts: String,

    /// What all luck follows from: the same seed gives the same run
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Play so often, each time with other luck, and give 95 % intervals
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub replications: u64,

    /// So many times the demand that the model says
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    pub demand: String,

    /// Instead of a journey's demand, so many users who come back after they thought; `N:10s` says
    /// for how long they think
    #[arg(long, value_name = "JOURNEY=N")]
    pub users: Vec<String>,

    /// Something goes wrong: `crash=orders@2min+3min`, `latency=payment:2s`, `errors=payment:30%`
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,

    /// Write the metrics that exporters would have given to a file; of the first replication
    #[arg(long, value_name = "FILE")]
    pub openmetrics: Option<PathBuf>,

    /// Write the alerts that fired to a file, as Alertmanager lists them; of the first replication
    #[arg(long, value_name = "FILE")]
    pub alerts: Option<PathBuf>,

    /// Evaluate these rule files too, beside the model's monitors
    #[arg(long, value_name = "RULES")]
    pub rules: Vec<PathBuf>,

    /// How to print what happened
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon query`
#[derive(Debug, Args)]
#[command(after_help = "\
Metrics are OpenMetrics or Prometheus text with timestamps, the JSON of query or query_range, bodies
of remote write, or CSV: docs/reference/telemetry-formats.md. The language: docs/reference/promql.md

Examples:
  knockon simulate packs/sock-shop --openmetrics run.om
  knockon query 'sum by (service) (rate(http_server_request_duration_seconds_count[5m]))' run.om
  knockon query 'up == 0' run.om --from 2026-01-01T00:00:00Z --to 2026-01-01T00:10:00Z --step 15s")]
pub struct QueryArgs {
    /// The question, in PromQL
    #[arg(value_name = "QUERY", allow_hyphen_values = true)]
    pub query: String,

    /// The files with the metrics
    #[arg(value_name = "METRICS", required = true)]
    pub metrics: Vec<PathBuf>,

    /// Ask of this moment [default: that of the last sample]
    #[arg(long, value_name = "TIME", conflicts_with_all = ["from", "to", "step"])]
    pub at: Option<String>,

    /// Ask at every step from this moment on [with --to or --step: that of the first sample]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,

    /// Until this one [with --from or --step: that of the last sample]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,

    /// How far apart the steps are [default: 1m]
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    pub step: Option<String>,

    /// Answer as this release of Prometheus and those after it do
    #[arg(long, value_enum, default_value_t, value_name = "RELEASE")]
    pub prometheus: Prometheus,

    /// How to print the answer; JSON is that of Prometheus' HTTP API
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The releases of Prometheus from which on queries may have other answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Prometheus {
    /// Ranges have the sample at their beginning, and rates of young counters are higher or lower.
    #[value(name = "2")]
    V2,
    /// Ranges have the sample at their beginning.
    #[value(name = "2.52")]
    V2_52,
    /// As it is now.
    #[default]
    #[value(name = "3")]
    V3,
}

impl Prometheus {
    /// How queries are answered then.
    pub fn settings(self) -> Settings {
        let release = match self {
            Self::V2 => Release::V2,
            Self::V2_52 => Release::V2_52,
            Self::V3 => Release::V3,
        };
        Settings { release, ..Settings::default() }
    }
}

/// `knockon rules`
#[derive(Debug, Args)]
#[command(after_help = "\
Rules are evaluated as Prometheus does, recording rules too: docs/reference/rules.md

Example:
  knockon simulate packs/sock-shop --fault crash=catalogue-db@2min --openmetrics run.om
  knockon rules packs/sock-shop/monitors/*.yaml --metrics run.om --interval 15s")]
pub struct RulesArgs {
    /// Rule files of Prometheus, or manifests of the operator or of a config map with such files
    #[arg(value_name = "RULES", required = true)]
    pub rules: Vec<PathBuf>,

    /// The files with the metrics
    #[arg(long, short, value_name = "METRICS", required = true, num_args = 1..)]
    pub metrics: Vec<PathBuf>,

    /// Evaluate from this moment on [default: that of the first sample]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,

    /// Until this one [default: that of the last sample]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,

    /// How often groups are evaluated that do not say it
    #[arg(long, value_name = "LENGTH", default_value = "1m", allow_hyphen_values = true)]
    pub interval: String,

    /// Evaluate as this release of Prometheus and those after it do
    #[arg(long, value_enum, default_value_t, value_name = "RELEASE")]
    pub prometheus: Prometheus,

    /// How to print the alerts; JSON is the list that Alertmanager's /api/v2/alerts answers
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon import`
#[derive(Debug, Args)]
#[command(after_help = "\
Reads Kubernetes manifests, compose files, Prometheus rules, Backstage catalogues, and traces in
OTLP or Jaeger JSON; what a file is, its content tells. Docs: docs/reference/import.md

Examples:
  knockon import compose.yaml > system.yaml
  knockon import deploy/ rules/ traces.json --name shop --output packs/shop
  knockon import deploy/ --against packs/shop")]
pub struct ImportArgs {
    /// Files, and directories to look through
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// The name of the system [default: that of a catalogue or a compose file, else `imported`]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Variables for compose files [default: the `.env` beside each]
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,

    /// Show how this model and what is imported differ, instead of a new model
    #[arg(long, value_name = "SYSTEM", conflicts_with = "output")]
    pub against: Option<PathBuf>,

    /// Exit with 1 if they differ
    #[arg(long, requires = "against")]
    pub deny_differences: bool,

    /// Write a pack to this directory [default: the system file is printed]
    #[arg(long, short, value_name = "DIRECTORY")]
    pub output: Option<PathBuf>,

    /// Overwrite files of the pack that are there already
    #[arg(long, requires = "output")]
    pub force: bool,

    /// Use what could be read even if some files are wrong
    #[arg(long)]
    pub keep_going: bool,

    /// How to print what was imported, or how it differs
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// `knockon schema`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  knockon schema > knockon.schema.json
  # and in the first line of a system file:
  # yaml-language-server: $schema=./knockon.schema.json")]
pub struct SchemaArgs {
    /// For which files
    #[arg(value_enum, default_value_t)]
    pub of: SchemaFor,
}

/// Which files a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum SchemaFor {
    /// System files.
    #[default]
    System,
    /// Variants of a pack.
    Variant,
}

/// `knockon evaluate triage`
#[derive(Debug, Args)]
#[command(after_help = "\
A data set is a directory in the layout of PetShop, of RCD's Sock Shop, of TVDiag or of
RootCauseBench, or one whose folders each hold an incident: system.yaml, evidence files and
truth.json. A directory of data sets is measured set by set. A pack is one too: its scenarios are
played, and triage is given what production would have seen.

Examples:
  knockon evaluate triage packs/*
  knockon evaluate triage packs/* --degrade all
  knockon evaluate triage packs/pos --degrade \"alerts dropped=1/2, clocks skewed=1min\" --misses")]
pub struct EvaluateArgs {
    /// The directories with the data sets: those of packs, too, or one of their scenarios
    #[arg(value_name = "DATASET", required = true)]
    pub data_sets: Vec<PathBuf>,

    /// Play each scenario of a pack under so many seeds, from 1
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: u64,

    /// Make the evidence worse first: `KIND[=FIGURE]`, several joined by commas; `all` compares
    /// every kind with `none`. May be given more than once, for a row each
    #[arg(long, value_name = "KIND")]
    pub degrade: Vec<String>,

    /// List the cases that went wrong: whose cause did not come first, say
    #[arg(long)]
    pub misses: bool,

    /// Exit with 1 if top-1 recall over all cases is below this share, in any of the rows
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
