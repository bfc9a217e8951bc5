//! Tests of the crate from outside.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod laws;
mod mistakes;
mod parser;
mod queries;
