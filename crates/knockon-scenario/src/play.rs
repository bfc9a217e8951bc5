//! Plays scenarios: what happened, at every moment that somebody asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use knockon_core::System;
use knockon_sim::clock::nanos;
use knockon_sim::engine::results::JourneyCounts;
use knockon_sim::histogram::Histogram;
use knockon_sim::{Fate, Plan, Run, Stop, Summary};

use crate::alerts::{Groups, Watched, watch};
use crate::expect::{Expected, Over};
use crate::scenario::{Entry, Scenario};

/// How far apart scrapes, evaluations of rules and looks at the journeys are.
pub const EVERY: Duration = Duration::from_secs(15);

/// When a run begins, for whoever reads its metrics: 2026-01-01T00:00:00Z.
pub const BEGINS_UNIX_MS: i64 = 1_767_225_600_000;

/// So many requests in progress, users and messages are as much as a machine can keep: half a
/// gigabyte or so.
const AT_ONCE_MAX: u32 = 2_000_000;

/// What is kept of a run beside its metrics.
pub struct Course {
    /// The run at its end.
    pub run: Run,
    /// At the end of each stretch of [`EVERY`], what became of the users of each journey until then.
    pub journeys: Vec<Vec<JourneyCounts>>,
    /// The figures at the moments that expectations speak of, by nanoseconds.
    pub figures: BTreeMap<u64, Figures>,
    /// What became of each user, in order.
    pub fates: Vec<Fate>,
}

/// The figures of a run at a moment.
#[derive(Debug, Clone)]
pub struct Figures {
    /// Those of its parts.
    pub summary: Summary,
    /// By journey, how long users waited for answers, and until their journey was complete.
    pub waits: Vec<(Histogram, Histogram)>,
}

impl Course {
    /// What failed and lost journeys were worth until a moment, in nanoseconds, at which figures were read.
    pub fn missed(&self, at_ns: u64) -> Option<f64> {
        let journeys = self.figures.get(&at_ns)?.summary.journeys.iter();
        Some(journeys.map(|journey| journey.value_missed).sum())
    }
}

impl Figures {
    /// The figures of a run now.
    pub fn of(run: &Run) -> Self {
        let journeys = 0..run.system().journeys().len();
        let waits = |at| Some((run.answers(at)?.clone(), run.completions(at)?.clone()));
        Self { summary: run.summary(), waits: journeys.filter_map(waits).collect() }
    }
}

/// A run with everything that could be seen of it.
pub struct Played {
    /// What happened.
    pub course: Course,
    /// What was seen, and the alerts that it raised.
    pub watched: Watched,
}

/// What is wanted of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watching {
    /// Metrics and traces, as production has them.
    Everything,
    /// Nothing but what becomes of users: many times faster.
    Users,
}

impl Scenario {
    /// The plan of its run with some entries of its timeline.
    pub fn watched_plan(
        &self,
        seed: u64,
        watching: Watching,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Plan {
        let plan = self.plan(seed, wanted);
        let (scrape_every, logs_per_scrape) = match watching {
            Watching::Everything => (EVERY, plan.logs_per_scrape),
            Watching::Users => (Duration::ZERO, 0),
        };
        Plan {
            scrape_every,
            trace_one_in: 0,
            logs_per_scrape,
            requests_max: AT_ONCE_MAX,
            users_max: AT_ONCE_MAX,
            fates: true,
            ..plan
        }
    }

    /// The moments at which expectations read figures off.
    pub fn moments(&self) -> Vec<Duration> {
        let mut moments = vec![self.lasts];
        for expectation in &self.expect {
            if let Expected::Figure { over, .. } = &expectation.what {
                match *over {
                    Over::Until(at) => moments.push(at),
                    Over::Between(from, to) => moments.extend([from, to]),
                }
            }
        }
        moments.sort();
        moments.dedup();
        moments
    }
}

/// Plays a plan; `progress` hears how far it is, from 0 to 1.
pub fn course(
    system: &System,
    plan: Plan,
    lasts: Duration,
    moments: &[Duration],
    mut progress: impl FnMut(f64),
) -> Result<Course, Failed> {
    let mut run: Run = Run::new(system, plan).map_err(Failed::Unplayable)?;
    let (end, every) = (nanos(lasts), nanos(EVERY));
    let mut stops: Vec<u64> = (1..=end / every).map(|at| at * every).collect();
    let windows = stops.len();
    stops.extend(moments.iter().map(|at| nanos(*at)));
    stops.sort_unstable();
    stops.dedup();
    let mut journeys = Vec::with_capacity(windows);
    let mut figures = BTreeMap::new();
    for stop in stops {
        run.step_until(stop).map_err(Failed::Stopped)?;
        if stop.is_multiple_of(every) {
            let counts = (0..system.journeys().len()).filter_map(|at| run.journey(at));
            journeys.push(counts.collect());
            progress(stop as f64 / end.max(1) as f64);
        }
        if moments.iter().any(|at| nanos(*at) == stop) {
            figures.insert(stop, Figures::of(&run));
        }
    }
    let fates = run.fates();
    Ok(Course { run, journeys, figures, fates })
}

/// Why a run has no end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The system or the plan cannot be played.
    Unplayable(Vec<knockon_sim::Unplayable>),
    /// It ended before its time.
    Stopped(Stop),
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unplayable(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                f.write_str(&all.join("\n"))
            }
            Self::Stopped(stop) => stop.fmt(f),
        }
    }
}

impl std::error::Error for Failed {}

/// Plays a scenario as it is, and everything that could be seen of it.
pub fn play(
    system: &System,
    scenario: &Scenario,
    rules: &Groups,
    seed: u64,
    progress: impl FnMut(f64),
) -> Result<Played, Failed> {
    played(
        system,
        scenario,
        rules,
        scenario.watched_plan(seed, Watching::Everything, |_| true),
        progress,
    )
}

/// Plays a plan over the time of a scenario, and everything that could be seen of it.
pub fn played(
    system: &System,
    scenario: &Scenario,
    rules: &Groups,
    plan: Plan,
    progress: impl FnMut(f64),
) -> Result<Played, Failed> {
    let course = course(system, plan, scenario.lasts, &scenario.moments(), progress)?;
    let watched = watch(system, course.run.observation(), rules, BEGINS_UNIX_MS, EVERY);
    Ok(Played { course, watched })
}
