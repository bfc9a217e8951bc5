//! What is to be checked after an incident, held against a run: services, journeys end to end, and data
//! that an incident leaves behind.

use std::time::Duration;

use knockon_core::System;
use knockon_sim::clock::nanos;
use knockon_sim::summary::JourneyFigures;

use crate::play::{Course, Figures};
use crate::scenario::Scenario;

/// So long before the end of the run it is looked at whether all is as it should be.
pub const LOOKS_BACK: Duration = Duration::from_secs(300);

/// Errors above what there is without the cause, up to which a rate is normal.
const ERRORS_MAX: f64 = 0.01;

/// How many times as long as without the cause answers may take.
const SLOWER_MAX: f64 = 1.5;

/// Something to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// To what it belongs.
    pub section: Section,
    /// What should be so.
    pub text: String,
    /// Whether it is; nothing where only people can tell.
    pub held: Option<bool>,
    /// What was seen.
    pub seen: String,
}

/// A part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Do the services run?
    Services,
    /// Can users do what they came for?
    EndToEnd,
    /// What did the incident leave behind?
    Data,
    /// Who has to know?
    Communication,
}

impl Section {
    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Services => "Service health",
            Self::EndToEnd => "End to end",
            Self::Data => "Data consistency",
            Self::Communication => "Communication",
        }
    }
}

/// The moments of which the figures are needed: shortly before the end, and the end.
pub fn moments(scenario: &Scenario) -> Vec<Duration> {
    let before = scenario.lasts.saturating_sub(LOOKS_BACK);
    if before.is_zero() { vec![scenario.lasts] } else { vec![before, scenario.lasts] }
}

/// The list, held against a run and the same users without the cause; both with the figures of
/// [`moments`].
pub fn checklist(
    system: &System,
    scenario: &Scenario,
    course: &Course,
    healthy: &Course,
) -> Vec<Item> {
    let at = |course: &Course, moment: Duration| course.figures.get(&nanos(moment)).cloned();
    let before = scenario.lasts.saturating_sub(LOOKS_BACK);
    let (Some(end), Some(end_healthy)) = (at(course, scenario.lasts), at(healthy, scenario.lasts))
    else {
        return Vec::new();
    };
    let stretch = Stretch { from: at(course, before), to: end };
    let usual = Stretch { from: at(healthy, before), to: end_healthy };
    let mut items = services(&stretch);
    items.extend(rates(&stretch, &usual));
    items.extend(end_to_end(system, &stretch, &usual));
    items.extend(data(&stretch.to));
    let people = [
        "Update the incident ticket",
        "Tell everybody who was told that it is over",
        "Set a date for the review",
    ];
    items.extend(people.map(|text| Item {
        section: Section::Communication,
        text: text.to_owned(),
        held: None,
        seen: String::new(),
    }));
    items
}

/// The last minutes of a run.
struct Stretch {
    from: Option<Figures>,
    to: Figures,
}

impl Stretch {
    fn grown(&self, at: usize, of: impl Fn(&JourneyFigures) -> u64) -> u64 {
        let before = self.from.as_ref().and_then(|it| it.summary.journeys.get(at)).map_or(0, &of);
        self.to.summary.journeys.get(at).map_or(0, of).saturating_sub(before)
    }

    fn failing(&self) -> f64 {
        let all = 0..self.to.summary.journeys.len();
        let failed: u64 = all.clone().map(|at| self.grown(at, |it| it.ends.failed)).sum();
        let served: u64 = all.map(|at| self.grown(at, |it| it.ends.served)).sum();
        failed as f64 / (failed + served).max(1) as f64
    }

    fn p95_ns(&self, at: usize) -> Option<u64> {
        let now = &self.to.waits.get(at)?.0;
        match self.from.as_ref().and_then(|from| from.waits.get(at)) {
            Some(before) => now.since(&before.0).quantile(0.95),
            None => now.quantile(0.95),
        }
    }
}

fn item(section: Section, text: impl Into<String>, held: bool, seen: String) -> Item {
    Item { section, text: text.into(), held: Some(held), seen }
}

fn services(stretch: &Stretch) -> Vec<Item> {
    let services = &stretch.to.summary.services;
    let down: Vec<String> = services
        .iter()
        .filter(|it| it.ready < it.wanted.max(1))
        .map(|it| format!("{} has {} of {}", it.name, it.ready, it.wanted.max(1)))
        .collect();
    let restarts =
        |figures: &Figures| figures.summary.services.iter().map(|it| it.restarts).sum::<u64>();
    let restarted = restarts(&stretch.to) - stretch.from.as_ref().map_or(0, restarts);
    let seen =
        if down.is_empty() { format!("{} services", services.len()) } else { down.join(", ") };
    vec![
        item(Section::Services, "All replicas are ready", down.is_empty(), seen),
        item(
            Section::Services,
            "Health checks pass",
            restarted == 0,
            format!("{restarted} restarts in the last {} minutes", LOOKS_BACK.as_secs() / 60),
        ),
    ]
}

fn rates(stretch: &Stretch, usual: &Stretch) -> Vec<Item> {
    let (failing, usually) = (stretch.failing(), usual.failing());
    let percent = |share: f64| format!("{:.1}%", share * 100.0);
    let slow: Vec<String> = (0..stretch.to.summary.journeys.len())
        .filter_map(|at| {
            let (now, usually) = (stretch.p95_ns(at)?, usual.p95_ns(at)?);
            let name = &stretch.to.summary.journeys[at].ends.name;
            let ms = |ns: u64| ns / 1_000_000;
            (now as f64 > usually as f64 * SLOWER_MAX)
                .then(|| format!("{name}: p95 {} ms instead of {} ms", ms(now), ms(usually)))
        })
        .collect();
    let seen = if slow.is_empty() { "as without the incident".to_owned() } else { slow.join(", ") };
    vec![
        item(
            Section::Services,
            "The error rate is normal",
            failing <= usually + ERRORS_MAX,
            format!(
                "{} of users fail; {} without the incident",
                percent(failing),
                percent(usually)
            ),
        ),
        item(Section::Services, "Response times are normal", slow.is_empty(), seen),
    ]
}

/// Every stage of every journey was reached in the last minutes, if it is without the cause.
fn end_to_end(system: &System, stretch: &Stretch, usual: &Stretch) -> Vec<Item> {
    let mut items = Vec::new();
    for (at, journey) in system.journeys().iter().enumerate() {
        let stages = stretch.to.summary.journeys.get(at).map_or(0, |it| it.stages.len());
        for stage in 0..stages {
            let reached =
                |of: &Stretch| of.grown(at, |it| it.stages.get(stage).map_or(0, |it| it.1));
            let (now, usually) = (reached(stretch), reached(usual));
            if usually == 0 {
                continue;
            }
            let name = &stretch.to.summary.journeys[at].stages[stage].0;
            let text = format!("{}: {name}", journey.name);
            let seen = format!("{now} users; {usually} without the incident");
            items.push(item(Section::EndToEnd, text, now * 2 >= usually, seen));
        }
    }
    items
}

fn data(end: &Figures) -> Vec<Item> {
    let summary = &end.summary;
    let sum = |of: fn(&JourneyFigures) -> u64| summary.journeys.iter().map(of).sum::<u64>();
    let section = Section::Data;
    let none = |text: &str, count: u64, what: &str| {
        item(section, text, count == 0, format!("{count} {what}"))
    };
    let mut items = vec![
        none("No order is stuck", sum(|it| it.ends.stuck), "accepted and not completed in time"),
        none(
            "No order is lost",
            sum(|it| it.ends.lost),
            "accepted, and nothing is left to complete them",
        ),
        none(
            "No payment is without its order",
            sum(|it| it.ends.charged_unfulfilled),
            "charged, and lost, stuck or told that it failed",
        ),
        none("Nobody was charged twice", sum(|it| it.ends.double_charged), "charged twice"),
    ];
    for machine in &summary.machines {
        let stuck: Vec<String> = (machine.states.iter())
            .filter(|(.., stuck)| *stuck > 0)
            .map(|(state, _, stuck)| format!("{stuck} in {state}"))
            .collect();
        let seen = if stuck.is_empty() { "none".to_owned() } else { stuck.join(", ") };
        let text = format!("No {} of {} is in a state for too long", machine.name, machine.service);
        items.push(item(section, text, stuck.is_empty(), seen));
    }
    if !summary.sagas.is_empty() {
        let failed: u64 = (summary.sagas.iter())
            .map(|it| it.counts.manual + it.counts.abandoned + it.counts.interrupted)
            .sum();
        items.push(none("No compensation failed", failed, "left to people, abandoned or cut off"));
    }
    let waiting: Vec<String> = (summary.queues.iter())
        .filter(|queue| queue.manual && queue.ready > 0)
        .map(|queue| format!("{} in {} / {}", queue.ready, queue.broker, queue.name))
        .collect();
    if summary.queues.iter().any(|queue| queue.manual) {
        let seen = if waiting.is_empty() { "none".to_owned() } else { waiting.join(", ") };
        items.push(item(section, "Nothing waits for people", waiting.is_empty(), seen));
    }
    items
}
