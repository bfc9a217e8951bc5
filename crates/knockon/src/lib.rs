//! The `knockon` command, as a library so that its parts can be tested.

pub mod check;
pub mod cli;
pub mod codes;
pub mod completions;
pub mod evaluate;
pub mod exit;
pub mod git;
pub mod import;
pub mod map;
mod markdown;
pub mod metrics;
pub mod moment;
pub mod new;
pub mod output;
pub mod progress;
pub mod prove;
pub mod query;
pub mod review;
pub mod revisions;
pub mod rules;
pub mod run;
pub mod scenarios;
pub mod schema;
pub mod simulate;
pub mod triage;
pub mod variant;
