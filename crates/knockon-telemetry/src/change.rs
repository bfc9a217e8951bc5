//! Changes: what people and machines did to a system.

use knockon_core::{DurationMs, Resolved, ServiceId, System, Timestamp};

use crate::file_log::FileLog;

/// What sort of change it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// A new version of the code.
    Deploy,
    /// A commit to the repository of the code: it may run, or wait for its deploy.
    Commit,
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
            Self::Commit => "commit",
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
            "commit" => Self::Commit,
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

/// How far apart in time two sources may report one change.
const SAME_WITHIN: DurationMs = DurationMs::from_minutes(1);

/// How much of a hash is enough to know it by.
const HASH_CHARS_MIN: usize = 7;

impl Change {
    /// Whether another change, at the same time or later, is the same one from another source: what it
    /// changed, to which version, within a minute.
    fn is_again(&self, later: &Change) -> bool {
        let is_same_place = match (self.service, later.service) {
            (None, None) => self.service_name == later.service_name,
            (one, other) => one == other,
        };
        is_same_place && later.time - self.time <= SAME_WITHIN && self.brings_the_same(later)
    }

    fn brings_the_same(&self, other: &Change) -> bool {
        let is_code = |kind: &ChangeKind| matches!(kind, ChangeKind::Deploy | ChangeKind::Commit);
        match (&self.version, &other.version) {
            (Some(one), Some(two)) if is_code(&self.kind) && is_code(&other.kind) => {
                is_same_version(one, two)
            }
            // Of flags and the like the version is what they were switched to, not what they are.
            (one, two) => self.kind == other.kind && one == two && self.summary == other.summary,
        }
    }
}

/// Whether two texts are one version: the same, or a hash and its beginning.
fn is_same_version(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let is_hash =
        short.len() >= HASH_CHARS_MIN && short.bytes().all(|byte| byte.is_ascii_hexdigit());
    short == long || (is_hash && long.starts_with(short))
}

/// Makes one of those changes that several sources report. They are in order.
pub(crate) fn unite(changes: &mut Vec<Change>) {
    let mut united: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes.drain(..) {
        let near = united.iter_mut().rev().take_while(|one| change.time - one.time <= SAME_WITHIN);
        match near.into_iter().find(|one| one.is_again(&change)) {
            None => united.push(change),
            Some(one) => {
                if one.kind == ChangeKind::Commit {
                    one.kind = change.kind;
                }
                one.by = one.by.take().or(change.by);
                one.summary = one.summary.take().or(change.summary);
            }
        }
    }
    *changes = united;
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
