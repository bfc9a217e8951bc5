//! The weaknesses of systems built by hand.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_for_each,
    clippy::unnecessary_wraps,
    reason = "a test that cannot go on fails, and models are written as short as they read"
)]

mod allowances;
mod calls;
mod documents;
mod messages;
mod model;
mod practice;
mod properties;
mod replicas;
mod shapes;
