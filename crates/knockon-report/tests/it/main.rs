//! Reports, from outside.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod hostile;
mod incident_page;
mod sample;
mod verdict;
