//! `cargo xtask tidy`: the rules of the house that neither the compiler nor clippy can hold.
//!
//! Each check is one file with one `find` function over a [`Tree`], and its own tests on trees made
//! in memory, so that each rule has been seen to break. To add one: a file in `tidy/`, a row in
//! `CHECKS`, an offence in `tests/it/main.rs`.

mod cargo_toml;
mod determinism;
mod direction;
mod docs;
mod leftovers;
mod links;
mod manifest;
mod markdown;
mod names;
mod size;
mod tree;

use std::fmt::{self, Write as _};

pub use tree::{File, Tree};

/// One rule: its name, as in `tidy/direction`, and what finds the places that break it.
struct Check {
    name: &'static str,
    find: fn(&Tree) -> Vec<Finding>,
}

const CHECKS: &[Check] = &[
    check("determinism", determinism::find),
    check("direction", direction::find),
    check("docs", docs::find),
    check("leftovers", leftovers::find),
    check("links", links::find),
    check("manifest", manifest::find),
    check("names", names::find),
    check("size", size::find),
];

const fn check(name: &'static str, find: fn(&Tree) -> Vec<Finding>) -> Check {
    Check { name, find }
}

/// A place that breaks a rule. Ordered by place, so that a report reads file by file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Path from the root of the workspace.
    pub path: String,
    /// Line number, from 1; 1 when the whole file is meant, or when there is no such file.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
    /// How to mend it.
    pub mend: String,
}

impl Finding {
    fn new(
        path: impl Into<String>,
        line: usize,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), line, problem: problem.into(), mend: mend.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, problem, mend } = self;
        write!(f, "{path}:{line}: {problem}; {mend}")
    }
}

/// What `cargo xtask tidy` says.
#[derive(Debug)]
pub struct Report {
    /// One line a finding, or one line that says there is none.
    pub text: String,
    /// Whether there was nothing to find.
    pub is_tidy: bool,
}

/// Every finding of every check, by path and line.
pub fn findings(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|it| (it.find)(tree)).collect();
    findings.sort();
    findings
}

/// Runs every check and puts what they found into words.
pub fn report(tree: &Tree) -> Report {
    let findings = findings(tree);
    let mut text = String::new();
    for finding in &findings {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{finding}");
    }
    if findings.is_empty() {
        let _ = writeln!(text, "tidy: {} files, nothing to say", tree.files().len());
    }
    Report { text, is_tidy: findings.is_empty() }
}

/// Runs one check over a tree made of `(path, text)` and compares its findings, as printed and in
/// order, with the expected lines.
#[cfg(test)]
#[track_caller]
fn expect(find: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], expected: &[&str]) {
    let mut findings = find(&Tree::of(files));
    findings.sort();
    let found: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert_eq!(found, expected);
}
