//! The language: from text to a tree whose parts know where they stand.

pub(crate) mod ast;
pub(crate) mod check;
pub(crate) mod function;
pub(crate) mod lexer;
mod literal;
mod operand;
mod parser;
mod print;

pub use literal::duration_ms;
pub(crate) use parser::parse;
