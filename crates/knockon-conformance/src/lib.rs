//! Holds parts of knockon to recorded behaviour of the real programs: each module reads one format of
//! vectors, plays every case against knockon's own part (of the simulator, or the query language), and
//! says what disagrees.

pub mod autoscaler;
pub mod breaker;
pub mod broker;
pub mod promql;

/// What came of playing a file of vectors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How many cases were played.
    pub played: usize,
    /// What differs from the file, case by case, in its order.
    pub disagreements: Vec<Disagreement>,
    /// Cases that could not be played: never silently left out.
    pub left_out: Vec<Disagreement>,
}

/// A case and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The name of the case in the file.
    pub case: String,
    /// What was expected and what came, or why it was not played.
    pub what: String,
}
