//! Chores of the workspace, run as `cargo xtask <chore>`.
//!
//! They are a crate and not scripts so that they need nothing but Cargo, run the same everywhere,
//! and are tested like everything else.

pub mod tidy;
