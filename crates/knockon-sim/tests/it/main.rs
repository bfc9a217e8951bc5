//! The simulator, from outside.

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
#![allow(clippy::print_stdout, reason = "figures, for those who ask the test for its output")]
#![allow(clippy::float_cmp, missing_docs, reason = "tests")]

mod exposition;
mod faults;
mod journeys;
mod members;
mod metrics_page;
mod model;
mod observe;
mod oracles;
mod replicate;
mod story;
mod truth;
mod unplayable;
