//! A system compiled to flat tables: what the engine's inner loop reads.
//!
//! Names, options and nested steps are gone. An operation is a stretch of [`Instruction`]s, a step
//! that asks somebody is a [`Site`] with its policies, and everything is found by an index.

mod code;
mod compile;
mod find;
mod implicit;
mod journeys;
mod reach;
mod saga;
mod services;
mod tables;
mod unplayable;
mod unplayed;

pub(crate) use code::salt;
pub(crate) use tables::*;
pub use unplayable::Unplayable;
