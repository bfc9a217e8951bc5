//! What changed from one verdict to the next.
//!
//! Evidence comes in bit by bit, and a verdict on half of it may be another one than on all. Who is on
//! call then asks one thing of a new verdict: what is different. So a revision says that, in lines, and
//! where nothing worth a line is different there is no revision.

use std::fmt;

use knockon_core::Timestamp;
use knockon_telemetry::format_time;
use serde::Serialize;

use crate::difference::{Told, difference};
use crate::incident::{Certainty, Incident, Role, rfc3339, rfc3339_option};

/// The version of the JSON form of a [`Revision`]: new fields may be added under it, and new types of
/// what was revised.
pub const REVISION_SCHEMA: &str = "knockon.revision/v1";

/// One revision of an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// 1 for the first.
    pub number: usize,
    /// The moment it is of: nothing later was looked at.
    pub at: Timestamp,
    /// What is different from the revision before; never empty.
    pub changes: Vec<Revised>,
    /// The verdict as it is now.
    pub incident: Incident,
}

/// One thing that is different. Its text is one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Revised {
    /// A service is held to be the cause, where none was.
    CauseFound {
        /// The service.
        service: String,
    },
    /// Another service is held to be the cause.
    CauseMoved {
        /// Which was.
        from: String,
        /// Which is.
        to: String,
    },
    /// No service is held to be the cause any more.
    CauseDropped {
        /// Which was.
        service: String,
    },
    /// The verdict can be trusted more, or less.
    Certainty {
        /// What it was.
        from: Certainty,
        /// What it is.
        to: Certainty,
    },
    /// The cause stays, and its share of the blame rose or fell by a tenth of all or more.
    Blame {
        /// The cause.
        service: String,
        /// What it was, 0 to 1.
        #[serde(serialize_with = "crate::incident::rounded")]
        from: f64,
        /// What it is.
        #[serde(serialize_with = "crate::incident::rounded")]
        to: f64,
    },
    /// It began earlier or later than was thought.
    Began {
        /// What was thought.
        #[serde(serialize_with = "rfc3339_option")]
        from: Option<Timestamp>,
        /// When it began as far as is known now.
        #[serde(serialize_with = "rfc3339_option")]
        to: Option<Timestamp>,
    },
    /// A service got a part in the incident.
    ServiceJoined {
        /// The service.
        service: String,
        /// Its part.
        role: Role,
    },
    /// A service has another part.
    ServiceMoved {
        /// The service.
        service: String,
        /// Its part before.
        from: Role,
        /// Its part now.
        to: Role,
    },
    /// A service is in trouble no more.
    ServiceLeft {
        /// The service.
        service: String,
    },
    /// An alert fired that was not known.
    AlertJoined {
        /// The rule.
        name: String,
        /// The service it is on.
        service: String,
        /// Its part.
        role: Role,
    },
    /// An alert has another part.
    AlertMoved {
        /// The rule.
        name: String,
        /// The service it is on.
        service: String,
        /// Its part before.
        from: Role,
        /// Its part now.
        to: Role,
    },
    /// An alert fires no more.
    AlertResolved {
        /// The rule.
        name: String,
        /// The service it is on.
        service: String,
    },
    /// A change may be the culprit: one on the cause or next to it, before it strayed.
    SuspectFound {
        /// What changed.
        #[serde(flatten)]
        change: Suspect,
    },
    /// A change is suspected no more.
    SuspectCleared {
        /// What changed.
        #[serde(flatten)]
        change: Suspect,
    },
    /// A journey crosses a service in trouble.
    JourneyHurt {
        /// The journey.
        journey: String,
    },
    /// A journey crosses none any more.
    JourneyWell {
        /// The journey.
        journey: String,
    },
    /// The last alert of the incident was resolved.
    Over,
}

/// A change that may be the culprit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Suspect {
    /// When it took effect.
    #[serde(serialize_with = "rfc3339")]
    pub time: Timestamp,
    /// The service, as the source names it.
    pub service: String,
    /// `deploy`, `config`, `flag`, …
    pub kind: String,
    /// The version it brought.
    pub version: Option<String>,
}

impl fmt::Display for Suspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.kind, self.service)?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        write!(f, " at {}", format_time(self.time))
    }
}

impl Revised {
    /// Whether who hears it takes the blame of the cause for what it is at that moment.
    fn tells_blame(&self) -> bool {
        matches!(self, Self::CauseFound { .. } | Self::CauseMoved { .. } | Self::Blame { .. })
    }
}

impl fmt::Display for Revised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.0}%", share * 100.0);
        match self {
            Self::CauseFound { service } => write!(f, "cause: {service}"),
            Self::CauseMoved { from, to } => write!(f, "cause: {to}, no longer {from}"),
            Self::CauseDropped { service } => write!(f, "no cause any more, was {service}"),
            Self::Certainty { from, to } => {
                write!(f, "certainty: {}, was {}", certainty_word(*to), certainty_word(*from))
            }
            Self::Blame { service, from, to } => {
                write!(f, "blame of {service}: {}, was {}", percent(*to), percent(*from))
            }
            Self::Began { from: None, to: Some(to) } => write!(f, "began {}", format_time(*to)),
            Self::Began { from: Some(from), to: Some(to) } => {
                let than = if to < from { "earlier" } else { "later" };
                write!(f, "began {}, {than} than {}", format_time(*to), format_time(*from))
            }
            Self::Began { to: None, .. } => f.write_str("when it began is not known any more"),
            Self::ServiceJoined { service, role } => {
                write!(f, "{service} joins, {}", role_word(*role))
            }
            Self::ServiceMoved { service, from, to } => {
                write!(f, "{service} is {} now, was {}", role_word(*to), role_word(*from))
            }
            Self::ServiceLeft { service } => write!(f, "{service} is in trouble no more"),
            Self::AlertJoined { name, service, role } => {
                write!(f, "alert {name} on {service} joins, {}", role_word(*role))
            }
            Self::AlertMoved { name, service, from, to } => {
                write!(
                    f,
                    "alert {name} on {service} is {} now, was {}",
                    role_word(*to),
                    role_word(*from)
                )
            }
            Self::AlertResolved { name, service } => {
                write!(f, "alert {name} on {service} is resolved")
            }
            Self::SuspectFound { change } => write!(f, "suspected change: {change}"),
            Self::SuspectCleared { change } => write!(f, "no longer suspected: {change}"),
            Self::JourneyHurt { journey } => write!(f, "journey {journey} is hurt"),
            Self::JourneyWell { journey } => write!(f, "journey {journey} is hurt no more"),
            Self::Over => f.write_str("over: no alert of it fires any more"),
        }
    }
}

fn certainty_word(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Clear => "clear",
        Certainty::Close => "close",
        Certainty::Weak => "weak",
        Certainty::Nothing => "nothing",
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Cause => "the cause",
        Role::Symptom => "a symptom",
        Role::Unexplained => "unexplained",
        Role::Background => "background",
    }
}

/// What was told of an incident so far, to hold the next verdict against.
#[derive(Debug, Clone, Default)]
pub struct Revisions {
    number: usize,
    told: Option<Incident>,
    /// The blame of the cause as it was told last.
    blame: f64,
}

impl Revisions {
    /// Nothing told.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a verdict changes about what was told; `None` if that is nothing worth telling.
    ///
    /// The cost is a pass over both verdicts. What moves too little to be told adds up until it is.
    pub fn next(&mut self, incident: Incident) -> Option<Revision> {
        let mut told = self.told.as_ref().map(Told::of).unwrap_or_default();
        told.blame = self.blame;
        let now = Told::of(&incident);
        let changes = difference(&told, &now);
        if changes.is_empty() {
            return None;
        }
        if changes.iter().any(Revised::tells_blame) {
            self.blame = now.blame;
        }
        self.number += 1;
        self.told = Some(incident.clone());
        Some(Revision { number: self.number, at: incident.at, changes, incident })
    }
}
