//! Scenarios, from outside: read, played, judged, proved and told.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of a test are small"
)]
#![allow(clippy::float_cmp, missing_docs, reason = "tests")]

mod health;
mod hostile;
mod mistakes;
mod model;
mod packs;
mod playing;
mod proof;
mod queries;
mod recovery;
mod scope;
mod stall;
mod story;
mod tables;
