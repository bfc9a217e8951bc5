//! Changes: what people and machines did to a system.

use knockon_core::{Resolved, ServiceId, System, Timestamp};

use crate::file_log::FileLog;

/// What sort of change it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// A new version of the code.
    Deploy,
    /// A configuration push.
    Config,
    /// A feature flag.
    Flag,
    /// More or fewer replicas, bigger or smaller ones.
    Scale,
    /// A change of a database schema or its data.
    Migration,
    /// Anything else, in the words of the source.
    Other(String),
}

impl ChangeKind {
    /// The word for it in `changes.json` and in reports.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Deploy => "deploy",
            Self::Config => "config",
            Self::Flag => "flag",
            Self::Scale => "scale",
            Self::Migration => "migration",
            Self::Other(word) => word,
        }
    }

    /// The kind that a word names; words that are not known are kept.
    pub fn parse(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "deploy" | "deployment" | "release" | "rollout" | "rollback" => Self::Deploy,
            "config" | "configuration" => Self::Config,
            "flag" | "feature-flag" | "feature_flag" => Self::Flag,
            "scale" | "scaling" => Self::Scale,
            "migration" => Self::Migration,
            _ => Self::Other(word.to_owned()),
        }
    }
}

/// One change to one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When it took effect.
    pub time: Timestamp,
    /// The service it changed; `None` when the system does not know it (it is reported as well).
    pub service: Option<ServiceId>,
    /// The service as the source names it.
    pub service_name: String,
    /// What sort of change it was.
    pub kind: ChangeKind,
    /// The version it brought, if it has one: a tag, a commit, `off->on`.
    pub version: Option<String>,
    /// Who or what made it.
    pub by: Option<String>,
    /// What it was, in the words of the source.
    pub summary: Option<String>,
}

/// A change as its source tells it, not yet placed on a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// When it took effect.
    pub time: Timestamp,
    /// The service it changed, as the source names it; not empty.
    pub service: String,
    /// What sort of change it was.
    pub kind: ChangeKind,
    /// The version it brought, if it has one: a tag, a commit, `off->on`.
    pub version: Option<String>,
    /// Who or what made it.
    pub by: Option<String>,
    /// What it was, in the words of the source.
    pub summary: Option<String>,
}

impl ChangeRecord {
    /// Finds its service.
    pub(crate) fn placed(self, system: &System, log: &mut FileLog) -> Change {
        let service = system.names().resolve(&self.service).map(Resolved::service);
        if service.is_none() {
            log.unplaced(&self.service);
        }
        Change {
            time: self.time,
            service,
            service_name: self.service,
            kind: self.kind,
            version: self.version,
            by: self.by,
            summary: self.summary,
        }
    }
}
