//! How people watch a system, judge what they see, and mend it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::id::{CohortId, RunbookId, ServiceId, TeamId};
use crate::units::{MoneyRate, Share};
use crate::words::words;

/// A dimension along which users or sites differ: store, region, brand, partner, subscriber.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    /// Its name, unique in the system.
    pub name: String,
    /// What it is, in one sentence.
    pub summary: Option<String>,
    /// Its members by name.
    pub members: Vec<Member>,
    /// How many members there are, when they are not named.
    pub count: Option<u64>,
    /// The cohort that each of its members belongs to one of.
    pub within: Option<CohortId>,
}

/// A member of a [`Cohort`].
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name, unique in the cohort.
    pub name: String,
    /// Its part of the demand.
    pub share: Share,
}

words!(
    /// How bad an alert says it is.
    AlertSeverity {
        /// Wake somebody now.
        P0 = "P0",
        /// Wake somebody if it lasts.
        P1 = "P1",
        /// Look at it today.
        P2 = "P2",
        /// Look at it some day.
        P3 = "P3",
    }

    /// How many members of a cohort are hit.
    Breadth {
        /// A single one.
        One = "one",
        /// More than one, not all.
        Several = "several",
        /// All.
        All = "all",
    }

    /// How wide something is.
    Scope {
        /// One place.
        Local = "local",
        /// One region or part.
        Regional = "regional",
        /// Everywhere.
        Global = "global",
    }

    /// How much there is to fear.
    Risk {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
    }

    /// How urgent an incident is.
    Priority {
        /// The first.
        P1 = "P1",
        /// The second.
        P2 = "P2",
        /// The third.
        P3 = "P3",
        /// The last.
        P4 = "P4",
    }
);

/// A rule of thumb: what it usually means when this much is hit, and whom it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heuristic {
    /// Its name, unique in the system.
    pub name: String,
    /// The rule, in one sentence.
    pub says: String,
    /// Along which cohort it counts what is hit.
    pub cohort: Option<CohortId>,
    /// How many members are hit.
    pub breadth: Option<Breadth>,
    /// Within one member of this cohort.
    pub within: Option<CohortId>,
    /// When this service is in trouble.
    pub service: Option<ServiceId>,
    /// How wide it is, then.
    pub scope: Option<Scope>,
    /// How much there is to fear, then.
    pub risk: Option<Risk>,
    /// What to suspect, then.
    pub suspects: Vec<ServiceId>,
    /// Whom to get, then.
    pub concerns: Vec<TeamId>,
}

/// What a priority means here, when an incident has it, and what is done at once. A bound that is not
/// given is the usual one.
#[derive(Debug, Clone, PartialEq)]
pub struct PriorityRule {
    /// Which.
    pub priority: Priority,
    /// What it means.
    pub means: Option<String>,
    /// What is done at once.
    pub action: Option<String>,
    /// It is reached when this part of the users of a journey that is worth money is hurt.
    pub users: Option<Share>,
    /// The same for any journey.
    pub any_users: Option<Share>,
    /// It is reached when so much money is at stake.
    pub money: Option<MoneyRate>,
    /// What it becomes while it gets worse.
    pub worse: Option<Priority>,
}

/// A Prometheus alerting rule with the service it watches.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// The rule's `alert`.
    pub name: String,
    /// The rule file, as the model names it.
    pub file: String,
    /// The group in it.
    pub group: String,
    /// The PromQL expression.
    pub expr: String,
    /// How long it has to hold.
    pub hold: Duration,
    /// How long it keeps firing afterwards.
    pub keep_firing: Duration,
    /// The service it watches: label `service`.
    pub service: Option<ServiceId>,
    /// Who is told: label `team`, or else the service's owner.
    pub team: Option<TeamId>,
    /// How bad it says it is: label `severity`.
    pub severity: Option<AlertSeverity>,
    /// What to do: annotation `runbook_url`.
    pub runbook: Option<RunbookId>,
    /// Its id in another tool: annotation `monitor_id`.
    pub id: Option<String>,
    /// Its name for people: annotation `title`.
    pub title: Option<String>,
    /// All labels as written.
    pub labels: BTreeMap<String, String>,
    /// All annotations as written.
    pub annotations: BTreeMap<String, String>,
}

/// A Prometheus recording rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingRule {
    /// The rule's `record`.
    pub name: String,
    /// The rule file, as the model names it.
    pub file: String,
    /// The group in it.
    pub group: String,
    /// The PromQL expression.
    pub expr: String,
    /// Labels it adds.
    pub labels: BTreeMap<String, String>,
}

/// A group of Prometheus rules: they are evaluated at the same moments, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleGroup {
    /// The rule file, as the model names it.
    pub file: String,
    /// Its name, which no other in the file has.
    pub name: String,
    /// How often it is evaluated: `interval`; as often as every group if nothing is said.
    pub interval: Option<Duration>,
    /// How many series or alerts a rule of it may give: `limit`.
    pub limit: Option<u64>,
    /// How far before each moment it is evaluated: `query_offset`.
    pub query_offset: Option<Duration>,
    /// Its rules, in order.
    pub rules: Vec<RuleIndex>,
}

/// A rule of a group, by its place among those of its sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleIndex {
    /// In [`monitors`](crate::Practice::monitors).
    Alerting(usize),
    /// In [`recordings`](crate::Practice::recordings).
    Recording(usize),
}

/// A weakness that is known and accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The code of the weakness.
    pub code: String,
    /// Where it is accepted: a service, a journey, a monitor, `service / operation`; everywhere if
    /// nothing is named.
    pub at: Option<String>,
    /// Why.
    pub reason: String,
}
