//! What there is to say about an incident that was played.
//!
//! Plain values: whoever plays an incident fills them in. Moments are seconds since the start of the
//! run. A value that is no number is left out of drawings.

use knockon_core::System;

use crate::state::State;

/// An incident, as the page of it shows it. What is empty has no part on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentPage<'a> {
    /// The system it happened to.
    pub system: &'a System,
    /// What to call it.
    pub title: String,
    /// What it is about, in a sentence or two.
    pub summary: String,
    /// The verdict, in one sentence.
    pub lead: String,
    /// How urgent it is: `P1`.
    pub priority: Option<String>,
    /// What is asked first: what, when, how wide, what changed, whose it is, what to do, the money.
    pub facts: Vec<Fact>,
    /// How long the run is. If it is not positive, until the last thing that is shown.
    pub lasts_s: f64,
    /// What happened to the system, and what it showed.
    pub marks: Vec<Mark>,
    /// How services and journeys were.
    pub map: MapOverTime,
    /// The signals to look at.
    pub charts: Vec<Chart>,
    /// What happened, as a story.
    pub timeline: Vec<Moment>,
    /// What fired.
    pub alerts: Vec<AlertRow>,
    /// What had to be observed, and what was.
    pub expectations: Vec<Check>,
    /// What speaks for the verdict: headings with their lines.
    pub evidence: Vec<(String, Vec<String>)>,
    /// What the same run was like with one thing changed.
    pub proof: Option<Proof>,
    /// How the page came about.
    pub footer: String,
}

impl<'a> IncidentPage<'a> {
    /// A page of which nothing is filled in yet.
    pub fn new(system: &'a System) -> Self {
        Self {
            system,
            title: String::new(),
            summary: String::new(),
            lead: String::new(),
            priority: None,
            facts: Vec::new(),
            lasts_s: 0.0,
            marks: Vec::new(),
            map: MapOverTime::default(),
            charts: Vec::new(),
            timeline: Vec::new(),
            alerts: Vec::new(),
            expectations: Vec::new(),
            evidence: Vec::new(),
            proof: None,
            footer: String::new(),
        }
    }
}

/// The answer to one question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fact {
    /// The question, in a word or two: `Owner`.
    pub label: String,
    /// The answer.
    pub value: String,
    /// What else there is to know; may be empty.
    pub note: String,
    /// The commands to type, if there are any: one a line. They can be copied from the page.
    pub command: Option<String>,
}

/// Something that happened at a moment, or from then on for a while.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mark {
    /// When.
    pub at_s: f64,
    /// Until when, if it took a while.
    pub until_s: Option<f64>,
    /// What, in a few words.
    pub label: String,
    /// Of what kind.
    pub kind: MarkKind,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkKind {
    /// Something broke.
    Fault,
    /// Somebody changed something: a deploy, a configuration, a flag.
    #[default]
    Change,
    /// An alert fired.
    Alert,
    /// Users felt it.
    Harm,
    /// Somebody mended something.
    Fix,
}

impl MarkKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Fault, Self::Change, Self::Alert, Self::Harm, Self::Fix];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Change => "change",
            Self::Alert => "alert",
            Self::Harm => "harm",
            Self::Fix => "fix",
        }
    }
}

/// How services and journeys were, at moments of the run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MapOverTime {
    /// Which of [`System::journeys`] the map follows; without one it shows the whole system.
    pub along: Option<usize>,
    /// The moments, in order. Each holds until the next.
    pub times_s: Vec<f64>,
    /// Services by name, each with its state at each of the moments; what is missing is unknown.
    pub services: Vec<(String, Vec<State>)>,
    /// Journeys by name, likewise.
    pub journeys: Vec<(String, Vec<State>)>,
}

/// One signal, or a few that belong together, over time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// What the values are.
    pub unit: Unit,
    /// The lines.
    pub lines: Vec<Line>,
    /// What it should stay under, or over: a word and the value.
    pub limit: Option<(String, f64)>,
}

/// A line of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    /// Whose line it is.
    pub name: String,
    /// Moments in order, each with the value then. The line has a gap where the value is no number.
    pub points: Vec<(f64, f64)>,
}

/// What the values of a chart are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    #[default]
    Count,
    /// How many a second.
    PerSecond,
    /// How long, in seconds.
    Seconds,
    /// Which part of a whole, from 0 to 1. Shown in percent.
    Share,
    /// How much memory.
    Bytes,
    /// How much money, in this currency.
    Money(String),
    /// How many of these.
    Of(String),
}

/// A line of the timeline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moment {
    /// When.
    pub at_s: f64,
    /// What happened.
    pub text: String,
    /// Of what kind it is.
    pub kind: MarkKind,
}

/// An alert that fired.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlertRow {
    /// The name of the alert.
    pub name: String,
    /// What it is about.
    pub service: String,
    /// Who is called.
    pub team: String,
    /// How bad it says it is.
    pub severity: String,
    /// When it fired.
    pub fired_s: f64,
    /// When it was over, if it was.
    pub resolved_s: Option<f64>,
    /// What it has to do with the incident.
    pub part: AlertPart,
    /// Why that is so.
    pub why: String,
}

/// What an alert has to do with the incident.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertPart {
    /// It is about the cause.
    Cause,
    /// It is about what suffers from the cause.
    Symptom,
    /// It is about something else.
    #[default]
    Unrelated,
}

/// Something that had to be observed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub text: String,
    /// Whether it was.
    pub held: bool,
    /// What was observed.
    pub got: String,
}

/// What the same run was like with one thing changed, time and again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proof {
    /// What was changed, and what became of it.
    pub rows: Vec<ProofRow>,
    /// What [`ProofRow::saved`] counts: `orders`.
    pub counts: String,
    /// The currency of the money.
    pub currency: String,
}

/// One thing that was changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProofRow {
    /// What was changed.
    pub name: String,
    /// What that shows: `cause taken away`, `fix`.
    pub kind: String,
    /// Whether it did what it should; nothing if that cannot be said.
    pub worked: Option<bool>,
    /// How long it took from the change until all was well, in seconds.
    pub healthy_after_s: Option<Interval>,
    /// How much less was lost than without it; negative where more was.
    pub saved: Interval,
    /// The same in money.
    pub money: Interval,
    /// What else came of it.
    pub side_effects: Vec<String>,
    /// What there is to add; may be empty.
    pub note: String,
}

/// A value, and between which limits it lies.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Interval {
    /// The lower limit.
    pub low: f64,
    /// The value.
    pub value: f64,
    /// The upper limit.
    pub high: f64,
}

impl Interval {
    /// A value that is known exactly.
    pub fn exact(value: f64) -> Self {
        Self { low: value, value, high: value }
    }
}
