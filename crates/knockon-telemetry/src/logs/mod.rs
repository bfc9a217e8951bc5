//! Logs: lines become templates, each with how often it came and when.
//!
//! A million lines are a few hundred sentences said over and over. What a verdict needs of them is
//! which sentences are new or came more often, whose they are, and whom they name; never the lines.
//! So nothing of a line is kept but its template, one example and the interval that it fell into.

mod csv;
mod fields;
mod line;
mod loki;
mod mask;
mod otlp;
mod peer;
mod read;
mod sink;
mod stock;

use knockon_core::{ServiceId, Timestamp};

use crate::series::{Labels, Samples};

pub(crate) use mask::template;
pub(crate) use read::read;
pub(crate) use stock::LogStock;

/// How bad a line is, as its writer said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Traces, debugging, information, notices; and whatever says no level.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed: errors, and whatever is worse.
    Error,
}

impl Level {
    /// The word for it in reports and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level that a word of a logger means.
    ///
    /// ```
    /// # use knockon_telemetry::Level;
    /// assert_eq!(Level::parse("WARNING"), Some(Level::Warn));
    /// assert_eq!(Level::parse("fatal"), Some(Level::Error));
    /// assert_eq!(Level::parse("50"), Some(Level::Error));
    /// assert_eq!(Level::parse("loud"), None);
    /// ```
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            // Numbers are those of bunyan and pino.
            "trace" | "debug" | "dbg" | "info" | "information" | "informational" | "notice"
            | "log" | "verbose" | "10" | "20" | "30" => Some(Self::Info),
            "warn" | "warning" | "wrn" | "40" => Some(Self::Warn),
            "error" | "err" | "fatal" | "critical" | "crit" | "panic" | "dpanic" | "alert"
            | "emerg" | "emergency" | "severe" | "50" | "60" => Some(Self::Error),
            _ => None,
        }
    }
}

/// A line of a log as its source tells it, not yet placed on a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// When it was written.
    pub time: Timestamp,
    /// What is said of where it comes from: the labels that name a service, as on a series.
    pub labels: Labels,
    /// How bad it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// How many such lines it stands for.
    pub count: u64,
}

/// What a service said over and over.
#[derive(Debug, Clone, PartialEq)]
pub struct LogTemplate {
    /// Who said it.
    pub service: ServiceId,
    /// How bad it is.
    pub level: Level,
    /// The text, with `<*>` for what differs from line to line.
    pub template: String,
    /// The other service that the lines name.
    pub peer: Option<ServiceId>,
    /// One of the lines, shortened: the first in alphabetical order.
    pub example: String,
    /// How many lines there were in each interval that had any, at the end of the interval.
    pub lines: Samples,
}

/// What the logs of a bundle come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Logs {
    /// The templates, in order of service, level from the worst on, template and peer.
    pub templates: Vec<LogTemplate>,
    /// The end of the first and of the last interval of any line, whosever it is.
    pub span: Option<(Timestamp, Timestamp)>,
    /// How long an interval is, in milliseconds.
    pub interval_ms: i64,
}
