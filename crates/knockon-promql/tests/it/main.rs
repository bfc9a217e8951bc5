//! Tests of the crate from outside.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, and speed is none of its concern"
)]

mod alertmanager;
mod functions;
mod fuzz;
mod laws;
mod load;
mod mistakes;
mod operators;
mod parser;
mod promtool;
mod queries;
mod rules;
mod texts;
