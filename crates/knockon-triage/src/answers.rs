//! The answers that somebody on call gives before touching the keyboard: what fired, when, how wide,
//! whose it is, how urgent, who acts, what first, and what the business is told.

use knockon_core::{Priority, Timestamp};
use serde::{Serialize, Serializer};

use crate::incident::{Hop, Role, rfc3339, rfc3339_option, rounded};

/// The answers. Each is empty where the evidence says nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Answers {
    /// What fired.
    pub fired: Fired,
    /// Since when, and whether it is over.
    pub when: When,
    /// How wide it is.
    pub scope: Scope,
    /// The teams whose services only suffer from the cause.
    pub stand_down: Vec<StandDown>,
    /// How urgent it is; nothing if nobody is hurt and nothing fired.
    pub priority: Option<Urgency>,
    /// Who acts; nothing without a cause.
    pub route: Option<Route>,
    /// What to do first; nothing if neither a change nor a runbook says.
    pub first_action: Option<FirstAction>,
    /// What the business is told, in two sentences; nothing if there is no incident.
    pub message: Option<String>,
}

/// What fired.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Fired {
    /// The alert that matters: on the cause, or else the nearest to it.
    pub matters: Option<AlertGroup>,
    /// The others, those of one rule on one service together, the nearest to the cause first.
    pub folded: Vec<AlertGroup>,
}

/// Alerts of one rule on one service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlertGroup {
    /// The rule.
    pub name: String,
    /// The service they fired on.
    pub service: String,
    /// The gravest severity among them, as written.
    pub severity: Option<String>,
    /// Their part.
    pub role: Role,
    /// How many there are.
    pub count: usize,
    /// How many of them still fire.
    pub firing: usize,
    /// When the first began to fire.
    #[serde(serialize_with = "rfc3339")]
    pub since: Timestamp,
    /// How the trouble comes there from the cause, hop by hop; empty on the cause, and where it does not.
    pub path: Vec<Hop>,
}

/// Since when, and whether it is over.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct When {
    /// When the first users were hurt.
    #[serde(serialize_with = "rfc3339_option")]
    pub impact: Option<Timestamp>,
    /// Users of which journey.
    pub impact_on: Option<String>,
    /// When the cause first showed.
    #[serde(serialize_with = "rfc3339_option")]
    pub first_sign: Option<Timestamp>,
    /// Whether it goes on; nothing if that cannot be told.
    pub ongoing: Option<bool>,
    /// Since when it is over.
    #[serde(serialize_with = "rfc3339_option")]
    pub over_since: Option<Timestamp>,
    /// Where it goes.
    pub trend: Option<Trend>,
}

/// Where an incident goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trend {
    /// It gets worse.
    Worse,
    /// It stays as it is.
    Steady,
    /// It gets better.
    Better,
}

/// How wide it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Scope {
    /// The journeys whose users are hurt, the worst first.
    pub journeys: Vec<JourneyFelt>,
    /// How many journeys the system has.
    pub of_journeys: usize,
    /// What it costs in an hour, as far as that is known.
    pub money: Vec<MoneyPerHour>,
    /// Who is hit and who is not, along each cohort that can tell.
    pub cohorts: Vec<CohortHit>,
    /// Which replicas and versions of the cause are in trouble, where some are not.
    pub parts: Vec<PartHit>,
    /// The rules of thumb of the model that speak of that.
    pub heuristics: Vec<RuleOfThumb>,
}

/// What the users of a journey feel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JourneyFelt {
    /// The journey.
    pub name: String,
    /// The share of its users who fare worse than usual, 0 to 1, if that can be told.
    #[serde(serialize_with = "rounded_option")]
    pub share: Option<f64>,
    /// Who tells: `users` themselves, `places` such as stores, the `entry` (the service that users
    /// touch first), or a `monitor` of the journey.
    pub told_by: &'static str,
    /// What they feel: `failures`, `slowness` or `silence` (they do not arrive at the last stage).
    pub feel: &'static str,
    /// Since when.
    #[serde(serialize_with = "rfc3339_option")]
    pub since: Option<Timestamp>,
    /// Since when no longer.
    #[serde(serialize_with = "rfc3339_option")]
    pub over_since: Option<Timestamp>,
    /// Where it goes.
    pub trend: Option<Trend>,
    /// How many of them an hour, if share and demand are known.
    pub per_hour: Option<f64>,
}

/// What an hour costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoneyPerHour {
    /// So much.
    pub amount: f64,
    /// In this currency.
    pub currency: String,
}

/// Who is hit along a cohort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CohortHit {
    /// The cohort.
    pub cohort: String,
    /// Who tells: `users` themselves, `places`, `metrics` of services, or `alerts`.
    pub told_by: &'static str,
    /// How many members are hit: `one`, `several` or `all`.
    pub breadth: &'static str,
    /// Of how many.
    pub of: usize,
    /// How many are.
    pub hit_count: usize,
    /// Those who are, the worst first; at most 20.
    pub hit: Vec<MemberHit>,
    /// Those who are not; at most 20.
    pub spared: Vec<String>,
    /// The one member of an outer cohort that all who are hit lie within.
    pub within: Option<Within>,
    /// How much of who is hurt lies between its members, 0 to 1: 1 if everybody of some is and nobody of
    /// the others, 0 if all members are hit.
    #[serde(serialize_with = "rounded")]
    pub explains: f64,
}

/// A member that is hit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberHit {
    /// Its name.
    pub name: String,
    /// Its part of the demand, as the model says.
    #[serde(serialize_with = "rounded_option")]
    pub share: Option<f64>,
    /// The share of its users that fares worse than usual.
    #[serde(serialize_with = "rounded_option")]
    pub harm: Option<f64>,
}

/// A member of a cohort in which others lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Within {
    /// The cohort.
    pub cohort: String,
    /// The member.
    pub member: String,
}

/// Which replicas or versions of a service are in trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartHit {
    /// The service.
    pub service: String,
    /// What tells them apart: `version`, `pod` or `instance`.
    pub by: &'static str,
    /// Those that are.
    pub hit: Vec<String>,
    /// Those that are not.
    pub spared: Vec<String>,
}

/// A rule of thumb that applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleOfThumb {
    /// Its name in the model.
    pub name: String,
    /// The rule, in one sentence.
    pub says: String,
    /// How wide it is, then: `local`, `regional`, `global`.
    pub scope: Option<&'static str>,
    /// How much there is to fear, then: `low`, `medium`, `high`.
    pub risk: Option<&'static str>,
    /// What to suspect, then.
    pub suspects: Vec<String>,
    /// Whom to get, then.
    pub concerns: Vec<String>,
}

/// A team that need not act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandDown {
    /// The team.
    pub team: String,
    /// Its services in trouble.
    pub services: Vec<String>,
    /// Why, in one sentence.
    pub why: String,
}

/// How urgent it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Urgency {
    /// Its priority.
    #[serde(serialize_with = "word", rename = "is")]
    pub priority: Priority,
    /// What that means.
    pub means: String,
    /// What is done at once.
    pub action: String,
    /// What makes it so, in one sentence.
    pub because: String,
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// Who.
    pub to: RouteTo,
    /// Why, in one sentence.
    pub why: String,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteTo {
    /// Whoever is on call, with the runbook.
    SelfFix,
    /// The team that owns the cause.
    OwningTeam,
    /// Somebody outside: the cause is theirs.
    Vendor,
    /// Who wrote the code.
    Development,
}

impl RouteTo {
    /// The words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SelfFix => "fix it yourself",
            Self::OwningTeam => "the owning team",
            Self::Vendor => "the vendor",
            Self::Development => "development",
        }
    }
}

/// What to do first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FirstAction {
    /// Where it comes from: `roll-back` of a change on the cause, the `runbook`, or a `call` to whoever
    /// can act.
    pub from: &'static str,
    /// What to do, in a sentence.
    pub text: String,
    /// What to type for it.
    pub commands: Vec<String>,
    /// What may come of it, if that is known.
    pub risk: Option<String>,
    /// The page with the whole of it.
    pub page: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field over by reference")]
fn word<S: Serializer>(priority: &Priority, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(priority.as_str())
}

#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn rounded_option<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => rounded(value, serializer),
        None => serializer.serialize_none(),
    }
}
