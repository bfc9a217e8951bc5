//! What a labelled data set is made of.

use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, System, Timestamp};
use knockon_telemetry::Evidence;
use knockon_triage::Options;

/// One incident with its known cause.
#[derive(Debug, Clone)]
pub struct Case {
    /// The system it happened in.
    pub system: System,
    /// What monitoring saw.
    pub evidence: Evidence,
    /// What the data set tells the method beside the evidence.
    pub options: Options,
    /// What it should find.
    pub truth: Truth,
}

/// The known cause of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// The services to blame; none where nobody is.
    pub services: Vec<String>,
    /// Whether each of several services is a cause; otherwise any of them counts as right.
    pub is_each: bool,
    /// What the data set says of the change that caused it, if anything.
    pub change: Option<Culprit>,
    /// The kinds of fault that it is made of, each once, where the data set names them.
    pub kinds: Vec<String>,
    /// When it set in, where the data set says so.
    pub began: Option<Timestamp>,
}

/// The change that caused a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Culprit {
    /// The one of this version.
    Version(String),
    /// Any that was made at one of these moments.
    At(Vec<Timestamp>),
    /// None of them.
    NoChange,
}

impl Culprit {
    /// What a data set writes: a version, or `none`.
    pub fn of(text: String) -> Self {
        if text == "none" { Self::NoChange } else { Self::Version(text) }
    }
}

/// A labelled data set: where its cases are, and how one is read.
pub trait DataSet: Sync {
    /// What the data set is called in the table.
    fn name(&self) -> String;

    /// The folder or key of each case, in order.
    fn cases(&self) -> &[String];

    /// Reads one case.
    fn load(&self, case: &str) -> Result<Case, Vec<Diagnostic>>;

    /// Asks for a case for each of so many seeds, where cases are played; recorded ones are what
    /// they are.
    fn play_seeds(&mut self, _seeds: u64) {}

    /// Whether finding `<service>-db` counts as finding `<service>`; such a data set is measured
    /// both ways.
    fn folds_databases(&self) -> bool {
        false
    }
}

/// Tells whether a folder is a data set of one layout, and opens it.
pub type Open = fn(&Path) -> Result<Option<Box<dyn DataSet>>, Vec<Diagnostic>>;

/// The names of the folders in a folder, in natural order (`2` before `10`); none when it cannot be
/// read.
pub fn folders(dir: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort_by_key(|name| natural_key(name));
    names
}

/// Sorts runs of digits by their value.
pub fn natural_key(name: &str) -> (String, u64, String) {
    let digits = name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (stem, number) = name.split_at(digits);
    (stem.to_owned(), number.parse().unwrap_or(0), name.to_owned())
}

/// The last parts of a path, for the name of a data set.
pub fn last_parts(path: &Path, count: usize) -> String {
    let full: PathBuf = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let parts: Vec<_> =
        full.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts[parts.len().saturating_sub(count)..].join("/")
}
