//! What could break, told from the model alone, before anything has happened.
//!
//! [`weaknesses`] finds what is known to hurt sooner or later: a call that waits for ever, retries
//! that multiply, a queue that loses what it cannot deliver. [`judge`] takes away those that the
//! model accepts (its key `allow`), and says which of these acceptances accept nothing.
//!
//! Everything is a pure function of a [`System`](knockon_core::System): no clock, no files. A
//! weakness points at an [`Element`](knockon_core::Element); which file and line that is, the reader
//! of the model knows. What each one means and where the rule comes from is in
//! `docs/reference/weaknesses.md`.
//!
//! Systems may have any shape: cycles, meshes, chains of ten thousand calls, ladders with 2ⁿ paths.
//! Whatever follows calls therefore visits each operation once, and never by recursion.

mod calls;
pub mod codes;
mod judge;
mod patience;
mod uses;
mod view;
mod walk;
mod weakness;
mod wording;

pub use calls::Calls;
pub use judge::{Judged, judge};
pub use weakness::{Weakness, weaknesses};
