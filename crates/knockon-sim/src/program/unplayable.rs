//! What a model says and the simulator cannot play.

use std::fmt;

use knockon_core::Element;

/// A construct of a model that cannot be played, and what to do about it. A model with one is not
/// played at all: a run that leaves out what was written would be about another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplayable {
    /// Where in the model.
    pub element: Element,
    /// What cannot be played, naming it.
    pub what: String,
    /// How to mend it.
    pub help: String,
}

impl fmt::Display for Unplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.help)
    }
}

impl std::error::Error for Unplayable {}
