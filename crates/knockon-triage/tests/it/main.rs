//! Triage as its users see it: systems and evidence in, incidents out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod calls;
mod logs;
mod order;
mod revisions;
mod shop;
mod storm;
mod suspects;
mod verdicts;
mod weighing;
mod when;
