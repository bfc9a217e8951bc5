//! YAML as a tree that knows where each part was written.
//!
//! A deserialiser stops at the first mistake and forgets places. Here the parser's events become a
//! small tree instead; what is wrong with it is gathered, and what is left is read on.

mod build;
mod mapping;
mod node;
mod syntax;

pub(crate) use build::{Documents, read};
pub use node::{Content, Entry, Node};
