//! How a service or a journey is at one moment.

use std::fmt;

/// How a service or a journey is at one moment, from what nobody knows to the worst.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nothing is known of it.
    #[default]
    Unknown,
    /// It does what it should.
    Well,
    /// It works, but slowly or without parts of it.
    Degraded,
    /// Some of what it is asked fails.
    Failing,
    /// It is gone, or everything it is asked fails.
    Down,
}

impl State {
    /// All states, from what nobody knows to the worst.
    pub const ALL: [Self; 5] =
        [Self::Unknown, Self::Well, Self::Degraded, Self::Failing, Self::Down];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Well => "well",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
            Self::Down => "down",
        }
    }

    /// Whether somebody should look at it.
    pub fn is_trouble(self) -> bool {
        self > Self::Well
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
