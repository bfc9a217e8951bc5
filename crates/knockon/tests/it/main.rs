//! The command as its users meet it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, reason = "a test says what it left out")]

mod alarms_table;
mod arrivals;
mod command;
mod documents;
mod evaluation;
mod explain;
mod garbage;
mod git;
mod import;
mod packs;
mod pages;
mod promtool;
mod questions;
mod real_prometheus;
mod run;
mod scenarios;
mod simulate;
mod transcripts;
