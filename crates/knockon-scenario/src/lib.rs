//! Incidents that can be played again: a [`Scenario`] says what users do, what goes wrong and when, who is
//! truly to blame, what must be observed and which fixes to try.
//!
//! A scenario is read against a system ([`read`]), played with a seed ([`play`]), and judged by its
//! expectations ([`judge`]). What a responder would be told comes of telemetry alone ([`verdict`]); the
//! sealed truth of the run says whether that is right, and sorts alerts into cause, symptoms and unrelated
//! ([`story`]). [`prove`] replays it with the same users and the same luck: without its cause, with
//! nothing but its cause, with each fix and in each variant.
//!
//! The language is described in `docs/reference/scenarios.md`.

pub mod alerts;
pub mod codes;
pub mod condition;
pub mod expect;
pub mod health;
pub mod judge;
pub mod load;
pub mod many;
pub mod play;
pub mod prove;
pub mod read;
pub mod recovery;
pub mod scenario;
pub mod story;
pub mod twins;
pub mod verdict;

pub use scenario::{Cause, Entry, Fix, FixAction, Role, Scenario};
