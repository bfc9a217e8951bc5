//! What a scenario is.

use std::time::Duration;

use knockon_core::{Place, ServiceId, System};
use knockon_sim::action::Action;
use knockon_sim::plan::{Demand, Plan};
use knockon_sim::timeline::{Happening, What};

use crate::expect::Expectation;
use crate::read::{ACTIONS, FAULTS};

/// An incident that can be played again.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it is called by: the name of its file.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it shows, in one sentence.
    pub summary: Option<String>,
    /// How long is played.
    pub lasts: Duration,
    /// The variant of the pack that it is played on.
    pub variant: Option<String>,
    /// What users do, by journey; nothing where it is as the model says.
    pub demand: Vec<Option<Demand>>,
    /// What happens to the system, in the order of the file.
    pub timeline: Vec<Entry>,
    /// Who is truly to blame.
    pub cause: Cause,
    /// What must be observed.
    pub expect: Vec<Expectation>,
    /// What could be done about it.
    pub fixes: Vec<Fix>,
    /// The variants that are worth comparing, and where they are named; all if nothing is said.
    pub variants: Option<Vec<(String, Place)>>,
}

/// Who is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Nobody: there is no incident.
    Nobody,
    /// These services.
    Services(Vec<ServiceId>),
}

impl Cause {
    /// The services to blame.
    pub fn services(&self) -> &[ServiceId] {
        match self {
            Self::Nobody => &[],
            Self::Services(services) => services,
        }
    }
}

/// Something that happens to the system.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What, and when.
    pub happening: Happening,
    /// Whether it is part of the cause.
    pub role: Role,
    /// How it is written: its verb and what it is done to.
    pub text: String,
    /// Where it is written.
    pub place: Place,
}

impl Entry {
    /// When it is over, if that is said.
    pub fn until(&self) -> Option<Duration> {
        match &self.happening.what {
            What::Fault(fault) => fault.shape.lasts.map(|lasts| self.happening.at + lasts),
            What::Action(_) => None,
        }
    }

    /// Its verb.
    pub fn verb(&self) -> &'static str {
        let verbs = FAULTS.iter().map(|verb| verb.word).chain(ACTIONS.iter().map(|verb| verb.word));
        let is_it =
            |word: &&str| self.text.strip_prefix(word).is_some_and(|on| on.starts_with(' '));
        verbs.filter(is_it).max_by_key(|word| word.len()).unwrap_or_default()
    }

    /// What goes wrong, in a sentence, if it is a fault.
    pub fn fault(&self, system: &System) -> Option<String> {
        match &self.happening.what {
            What::Fault(fault) => Some(fault.kind.describe(system)),
            What::Action(_) => None,
        }
    }
}

/// The part that an entry of the timeline plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is part of the cause.
    Cause,
    /// It happens as well.
    Background,
}

/// What could be done about an incident.
#[derive(Debug, Clone)]
pub struct Fix {
    /// Its name.
    pub name: String,
    /// What it is, in one sentence.
    pub summary: Option<String>,
    /// What there is to fear of it.
    pub risk: Option<String>,
    /// When it is carried out.
    pub at: Duration,
    /// What is done, in order, and when.
    pub actions: Vec<(Duration, FixAction)>,
    /// Whether it is said to work.
    pub works: bool,
    /// Where it is written.
    pub place: Place,
}

/// A part of a fix.
#[derive(Debug, Clone, PartialEq)]
pub enum FixAction {
    /// Somebody does something.
    Do(Action),
    /// Whoever has to mend the cause does so: its faults end.
    LiftCause,
}

impl Scenario {
    /// When the first entry of the timeline that is part of the cause sets in; without one, the first
    /// entry.
    pub fn begins(&self) -> Option<Duration> {
        let first = |role: Option<Role>| {
            let entries = self.timeline.iter().filter(|it| role.is_none_or(|role| it.role == role));
            entries.map(|entry| entry.happening.at).min()
        };
        first(Some(Role::Cause)).or_else(|| first(None))
    }

    /// The plan of its run, with the entries of the timeline that are wanted.
    pub fn plan(&self, seed: u64, wanted: impl Fn(&Entry) -> bool) -> Plan {
        let timeline = self.timeline.iter().filter(|entry| wanted(entry));
        Plan {
            seed,
            demand: self.demand.clone(),
            timeline: timeline.map(|entry| entry.happening.clone()).collect(),
            ..Plan::default()
        }
    }

    /// The timeline with a fix at its end.
    pub fn with_fix(&self, fix: &Fix) -> Vec<Happening> {
        let mut timeline: Vec<Happening> =
            self.timeline.iter().map(|entry| entry.happening.clone()).collect();
        for (at, action) in &fix.actions {
            match action {
                FixAction::Do(action) => timeline.push(Happening::action(*at, action.clone())),
                FixAction::LiftCause => {
                    let causes = self.timeline.iter().zip(1..).filter(|(it, _)| {
                        it.role == Role::Cause && matches!(it.happening.what, What::Fault(_))
                    });
                    let lifts = causes.map(|(_, origin)| Action::Lift { origin });
                    timeline.extend(lifts.map(|lift| Happening::action(*at, lift)));
                }
            }
        }
        timeline
    }
}
