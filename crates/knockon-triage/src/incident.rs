//! What triage produces. Names are spelled out, so that an incident can be read without its system.
//!
//! The JSON form of these types is a contract: `docs/reference/incident.md` describes it, and
//! [`SCHEMA`] changes when it does.

use knockon_core::Timestamp;
use serde::{Serialize, Serializer};

use crate::answers::Answers;

/// The version of the JSON form: new fields may be added under it, none changes its meaning.
pub const SCHEMA: &str = "knockon.incident/v1";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
pub(crate) fn rfc3339<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&knockon_telemetry::format_time(*time))
}

#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
pub(crate) fn rfc3339_option<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => rfc3339(time, serializer),
        None => serializer.serialize_none(),
    }
}

/// A score with four decimals: enough to rank by, and the same bytes on every machine.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
pub(crate) fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 10_000.0).round() / 10_000.0)
}

#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn rounded_option<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => rounded(value, serializer),
        None => serializer.serialize_none(),
    }
}

/// The verdict on one body of evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Incident {
    /// The system's name.
    pub system: String,
    /// The moment of the triage: nothing later was looked at.
    #[serde(serialize_with = "rfc3339")]
    pub at: Timestamp,
    /// How far the verdict can be trusted.
    pub certainty: Certainty,
    /// How likely the first of the candidates is the cause, 0 to 1.
    #[serde(serialize_with = "rounded")]
    pub confidence: f64,
    /// How many of the first candidates are named as causes, because each explains alerts that those
    /// before it do not: more than one where several things broke at once.
    pub named: usize,
    /// When the first of the cause and its symptoms began to stray.
    #[serde(serialize_with = "rfc3339_option")]
    pub began: Option<Timestamp>,
    /// What the evidence was held against.
    pub before: Before,
    /// Candidates for the cause, the likeliest first; at most ten.
    pub causes: Vec<Cause>,
    /// What to look at next to decide between the first candidates; empty where that is clear.
    pub look_next: Vec<Look>,
    /// What the first cause explains, the nearest to it first.
    pub symptoms: Vec<Symptom>,
    /// What strays and is not explained by the first cause.
    pub unexplained: Vec<ServiceState>,
    /// Every alert that fired, with its part in the incident.
    pub alerts: Vec<AlertRole>,
    /// The changes of the hours before, the likeliest culprit first.
    pub changes: Vec<ChangeRole>,
    /// The journeys that cross a service in trouble.
    pub journeys: Vec<JourneyHurt>,
    /// How much evidence there was.
    pub evidence: EvidenceCount,
    /// What somebody on call answers first.
    #[serde(flatten)]
    pub answers: Answers,
}

/// How far a verdict can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// One candidate explains the evidence clearly better than any other.
    Clear,
    /// Two or more explain it about equally well: the cause is not provable from this evidence.
    Close,
    /// No alert fired, and what strays does so by little: it may be no incident at all.
    Weak,
    /// Nothing strays and nothing fired.
    Nothing,
}

/// The time that shows the system as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Before {
    /// Its end.
    #[serde(serialize_with = "rfc3339")]
    pub until: Timestamp,
    /// How the end was found: `given`, `first-alert`, `common-change`, `baseline`, `no-samples`.
    pub basis: &'static str,
}

/// A service that may be the cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// 1 for the likeliest.
    pub rank: usize,
    /// The service.
    pub service: String,
    /// Its kind, as in the model.
    pub kind: &'static str,
    /// Its share of the blame, 0 to 1; the shares of all services sum to at most 1.
    #[serde(serialize_with = "rounded")]
    pub score: f64,
    /// How each family of evidence contributes to the score.
    pub families: Vec<FamilyShare>,
    /// When it began to stray.
    #[serde(serialize_with = "rfc3339_option")]
    pub since: Option<Timestamp>,
    /// What strays about it, the strongest first.
    pub findings: Vec<Finding>,
    /// How many of the services in trouble it explains, itself included.
    pub explains: usize,
    /// By how much its blame was lessened for alerts that it does not explain: 1 if it explains all.
    #[serde(serialize_with = "rounded")]
    pub covers: f64,
    /// What speaks against it.
    pub against: Vec<Doubt>,
    /// Who owns it.
    pub owner: Option<Owner>,
    /// What to do about it.
    pub runbook: Option<RunbookRef>,
}

/// Something that speaks against a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// `unmeasured`, `well`, `late`, `unexplained-alerts` or `silent-monitors`.
    pub kind: &'static str,
    /// In a sentence.
    pub text: String,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Look {
    /// The candidate that it decides about.
    pub service: String,
    /// `metric`: what nobody measures; `user`: services that only need this one; `command`: how its
    /// runbook begins.
    pub kind: &'static str,
    /// What to look at.
    pub text: String,
}

/// What one family of evidence says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FamilyShare {
    /// `latency`, `errors`, `resources`, `load`, `alerts`, `logs`, `scope` or `changes`.
    pub family: &'static str,
    /// The share of the family's trouble that begins here, 0 to 1.
    #[serde(serialize_with = "rounded")]
    pub share: f64,
    /// How far the family is trusted in this incident, 0 to 1.
    #[serde(serialize_with = "rounded")]
    pub weight: f64,
}

/// One thing that strays, or fired.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Finding {
    /// A metric left its usual range.
    Metric {
        /// The metric.
        metric: String,
        /// What tells it from others of that name (`{pod="a-0"}`), or nothing.
        labels: String,
        /// What it measures: `latency`, `errors`, `traffic`, `saturation`, …
        signal: &'static str,
        /// Its usual level.
        before: f64,
        /// Its level during the incident.
        during: f64,
        /// By how many of its usual spreads it strays; bounded by ±50 for one sign.
        #[serde(serialize_with = "rounded")]
        z: f64,
        /// When it began to stray.
        #[serde(serialize_with = "rfc3339_option")]
        since: Option<Timestamp>,
    },
    /// An alert fired.
    Alert {
        /// The rule.
        name: String,
        /// When it began to fire.
        #[serde(serialize_with = "rfc3339")]
        since: Timestamp,
        /// The other end of the calls it is about, if it is about calls.
        peer: Option<String>,
    },
    /// Lines of a log that did not come before, or far more seldom.
    Log {
        /// Who wrote them.
        service: String,
        /// The other service that they name.
        peer: Option<String>,
        /// Their text, with `<*>` for what differs from line to line.
        template: String,
        /// `error`, `warn` or `info`.
        level: &'static str,
        /// How many there were.
        count: u64,
        /// How many there would have been as before; `null` where that is not known.
        #[serde(serialize_with = "rounded_option")]
        before: Option<f64>,
        /// When the first came.
        #[serde(serialize_with = "rfc3339")]
        since: Timestamp,
        /// The cause that they name, in a word: `connection-refused`, `disk-full`, …
        says: Option<&'static str>,
    },
}

/// Who owns a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The team.
    pub team: String,
    /// Where to reach it.
    pub contact: Option<String>,
    /// Where to wake it.
    pub escalation: Option<String>,
}

/// What to do about a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunbookRef {
    /// Its name in the model.
    pub name: String,
    /// What it is for.
    pub title: Option<String>,
    /// The page with the whole of it.
    pub page: Option<String>,
    /// What to do first, in order.
    pub steps: Vec<String>,
}

/// A service that suffers from the first cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Symptom {
    /// What strays about it.
    #[serde(flatten)]
    pub state: ServiceState,
    /// How the trouble reaches it, hop by hop, from the cause.
    pub path: Vec<Hop>,
}

/// A service in trouble.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceState {
    /// The service.
    pub service: String,
    /// The team that owns it.
    pub team: Option<String>,
    /// When it began to stray, or its first alert fired.
    #[serde(serialize_with = "rfc3339_option")]
    pub since: Option<Timestamp>,
    /// What strays about it, the strongest first.
    pub findings: Vec<Finding>,
}

/// One hop of trouble along a dependency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// Where it comes from.
    pub from: String,
    /// Where it arrives.
    pub to: String,
    /// The dependency it travels along: `call`, `read`, `publish`, …
    pub dependency: &'static str,
    /// How it travels: `upward`, `backlog`, `overload`.
    pub travel: &'static str,
    /// Whether the service it arrives at shows no trouble of its own.
    pub silent: bool,
}

/// The part an alert plays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertRole {
    /// The rule.
    pub name: String,
    /// The service it fired on.
    pub service: String,
    /// Its severity, as written.
    pub severity: Option<String>,
    /// When it began to fire.
    #[serde(serialize_with = "rfc3339")]
    pub since: Timestamp,
    /// Whether it still fires.
    pub firing: bool,
    /// Its part.
    pub role: Role,
}

/// The part a service, and an alert on it, plays in the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is on the first cause.
    Cause,
    /// It is on a service that the first cause explains.
    Symptom,
    /// It is on a service that the first cause does not explain.
    Unexplained,
    /// It fired already before the incident: part of the usual.
    Background,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Symptom => "symptom",
            Self::Unexplained => "unexplained",
            Self::Background => "background",
        }
    }
}

/// The part a change plays.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeRole {
    /// When it took effect.
    #[serde(serialize_with = "rfc3339")]
    pub time: Timestamp,
    /// The service, as the source names it.
    pub service: String,
    /// The team that owns it.
    pub team: Option<String>,
    /// `deploy`, `config`, `flag`, …
    pub kind: String,
    /// The version it brought.
    pub version: Option<String>,
    /// Who or what made it.
    pub by: Option<String>,
    /// What it was.
    pub summary: Option<String>,
    /// How it relates to the first cause.
    pub relation: ChangeRelation,
    /// How far it is suspected of having caused it, 0 to 1; all changes together have at most 1.
    #[serde(serialize_with = "rounded")]
    pub suspicion: f64,
    /// Whether it is the culprit, more likely than not; at most one change is.
    pub blamed: bool,
    /// Why it is or is not, in a short sentence.
    pub reason: String,
}

/// How a change relates to the first cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeRelation {
    /// On the cause, before it began to stray.
    OnCause,
    /// On something from which trouble can reach the cause, before it began to stray.
    Upstream,
    /// Elsewhere, before it began.
    Elsewhere,
    /// After it began: not the culprit, whatever else it did.
    After,
}

/// A journey that crosses services in trouble.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JourneyHurt {
    /// Its name.
    pub name: String,
    /// The services in trouble that it crosses, in its order.
    pub crosses: Vec<String>,
    /// How often it is started, per hour.
    pub demand_per_hour: Option<f64>,
    /// What is at stake: demand × value of a success, per hour.
    pub at_stake_per_hour: Option<f64>,
    /// What `at_stake_per_hour` is counted in.
    pub currency: Option<String>,
}

/// How much evidence there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EvidenceCount {
    /// Series placed on a service.
    pub series: usize,
    /// Samples in them up to the moment of the triage, the baseline included.
    pub samples: usize,
    /// Series with too little before or during the incident to be judged.
    pub series_unmeasured: usize,
    /// Alerts that had fired.
    pub alerts: usize,
    /// Changes that had been made.
    pub changes: usize,
    /// Names that no service has.
    pub unplaced: usize,
}
