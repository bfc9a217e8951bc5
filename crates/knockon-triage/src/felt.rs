//! What users feel, journey by journey: told by themselves, by their places, by the service that they
//! touch first, or by the monitors of the journey.

use knockon_core::{Journey, Monitor, ServiceId, ServiceKind, System, Timestamp};
use knockon_telemetry::Alert;

use crate::answers::JourneyFelt;
use crate::course::{Course, course};
use crate::deviation::Deviation;
use crate::scene::Scene;
use crate::signal::{Signal, read};
use crate::users::{Harm, Users};
use crate::window::Windows;

/// What the users of a journey feel, and of which it is, by its place in the system.
#[derive(Debug)]
pub(crate) struct Felt {
    pub(crate) journey: usize,
    pub(crate) told: JourneyFelt,
    pub(crate) course: Course,
}

/// The journeys whose users are hurt, the worst first; of those of which it is not known how many are,
/// the first to be hurt.
pub(crate) fn felt(scene: &Scene<'_>, users: &Users<'_>, windows: &Windows) -> Vec<Felt> {
    let journeys = scene.system.journeys().iter().enumerate();
    let mut all: Vec<Felt> = journeys
        .filter_map(|(index, journey)| of_journey(scene, users, windows, index, journey))
        .collect();
    let share = |it: &Felt| it.told.share.unwrap_or(-1.0);
    all.sort_by(|a, b| share(b).total_cmp(&share(a)).then(a.told.since.cmp(&b.told.since)));
    all
}

fn of_journey(
    scene: &Scene<'_>,
    users: &Users<'_>,
    windows: &Windows,
    index: usize,
    journey: &Journey,
) -> Option<Felt> {
    let alerts: Vec<&Alert> = monitors(scene, journey).collect();
    let alerted = alerts.iter().map(|alert| alert.starts_at).min();
    let told = users.of_journey(index);
    let of_people = told.as_ref().filter(|harm| harm.is_hurt).map(|harm| ("users", harm.clone()));
    let of_places = || users.of_places(index).map(|harm| ("places", harm));
    let mut felt = if let Some((by, harm)) = of_people.or_else(of_places) {
        of_harm(by, &harm)
    } else if let Some(harm) = told {
        // Users tell that they fare as usual; a monitor may see what they do not.
        let since = Some(alerted?);
        (line("monitor", harm.feel, Some(harm.excess()), since), Course::default())
    } else if let Some(entry) = of_entry(scene, windows, journey) {
        entry
    } else {
        (line("monitor", "failures", None, Some(alerted?)), Course::default())
    };
    felt.0.since = felt.0.since.into_iter().chain(alerted).min();
    let (felt, course) = felt;
    let per_hour = felt.share.zip(journey.demand).map(|(share, rate)| share * rate.per_hour);
    let felt = JourneyFelt {
        name: journey.name.clone(),
        over_since: course.over_since,
        trend: course.trend,
        per_hour,
        ..felt
    };
    Some(Felt { journey: index, told: felt, course })
}

fn line(
    told_by: &'static str,
    feel: &'static str,
    share: Option<f64>,
    since: Option<Timestamp>,
) -> JourneyFelt {
    JourneyFelt {
        name: String::new(),
        share,
        told_by,
        feel,
        since,
        over_since: None,
        trend: None,
        per_hour: None,
    }
}

fn of_harm(told_by: &'static str, harm: &Harm) -> (JourneyFelt, Course) {
    let excess = harm.excess();
    let points: Vec<(Timestamp, f64)> = (harm.over_time.iter())
        .filter(|(at, _)| harm.onset.is_none_or(|onset| *at >= onset))
        .map(|(at, share)| (*at, (share - harm.before) / excess))
        .collect();
    (line(told_by, harm.feel, Some(excess), harm.onset), course(&points))
}

/// What the service that users touch first shows, and the one behind a browser or an app.
fn of_entry(
    scene: &Scene<'_>,
    windows: &Windows,
    journey: &Journey,
) -> Option<(JourneyFelt, Course)> {
    let is_client = scene.system.service(journey.enters).kind == ServiceKind::Client;
    let behind = journey.through.iter().copied().find(|id| is_client && *id != journey.enters);
    let entries: Vec<ServiceId> = [journey.enters].into_iter().chain(behind).collect();
    let felt = |it: &&Deviation<'_>| {
        matches!(it.reading.signal, Signal::Latency | Signal::Errors | Signal::Unanswered)
            && it.callee.is_none()
            && it.is_adverse()
    };
    let strays: Vec<&Deviation<'_>> =
        entries.iter().flat_map(|id| scene.deviations_of(*id)).filter(felt).collect();
    let is_felt = |alert: &&Alert| {
        matches!(read(&alert.name).signal, Signal::Latency | Signal::Errors | Signal::Unanswered)
    };
    let alerts: Vec<&Alert> =
        entries.iter().flat_map(|id| scene.alarms.on(*id)).filter(is_felt).collect();
    let since = strays.iter().filter_map(|it| it.onset);
    let since = since.chain(alerts.iter().map(|alert| alert.starts_at)).min()?;
    let is_failing = |it: &&&Deviation<'_>| it.reading.signal != Signal::Latency;
    let shares = strays.iter().filter(is_failing).filter(|it| is_share(it));
    let share = shares.map(|it| it.excess.clamp(0.0, 1.0)).max_by(f64::total_cmp);
    let failing = strays.iter().filter(is_failing).max_by(|a, b| a.excess.total_cmp(&b.excess));
    let worst = failing.or_else(|| strays.iter().max_by(|a, b| a.z.total_cmp(&b.z)));
    let is_slow = match worst {
        Some(worst) => worst.reading.signal == Signal::Latency,
        None => alerts.iter().all(|alert| read(&alert.name).signal == Signal::Latency),
    };
    let feel = if is_slow { "slowness" } else { "failures" };
    let course = worst.map(|it| course_of(it, windows)).unwrap_or_default();
    Some((line("entry", feel, share, Some(since)), course))
}

/// Whether the values of a series are a part of its requests, and no count of them.
fn is_share(deviation: &Deviation<'_>) -> bool {
    let metric = deviation.series.metric.to_lowercase();
    let words = ["ratio", "percent", "share", "availability", "error_rate", "success_rate"];
    deviation.requests.is_some() || words.iter().any(|word| metric.contains(word))
}

/// The course of one series since it began to stray.
pub(crate) fn course_of(deviation: &Deviation<'_>, windows: &Windows) -> Course {
    let onset = deviation.onset.unwrap_or(windows.before_end);
    let samples = &deviation.series.samples;
    let moved = deviation.during - deviation.before;
    let times = samples.unix_ms().iter().map(|at| Timestamp::from_unix_ms(*at));
    let points: Vec<(Timestamp, f64)> = times
        .zip(samples.values())
        .filter(|(at, _)| *at >= onset && *at <= windows.at)
        .map(|(at, value)| (at, (value - deviation.before) / moved))
        .filter(|(_, level)| level.is_finite())
        .collect();
    course(&points)
}

/// The alerts of monitors that watch a journey, by name in their expression.
fn monitors<'a>(scene: &'a Scene<'_>, journey: &'a Journey) -> impl Iterator<Item = &'a Alert> {
    let names = watching(scene.system, journey);
    scene.alarms.iter().filter(move |alert| {
        let labelled = alert.labels.get("journey").is_some_and(|name| *name == journey.name);
        labelled || names.contains(&alert.name.as_str())
    })
}

fn watching<'a>(system: &'a System, journey: &Journey) -> Vec<&'a str> {
    let quoted = |label: &str, name: &str| format!("{label}={name:?}");
    let stages = journey.stages.iter().map(|stage| quoted("stage", &stage.name));
    let marks: Vec<String> = stages.chain([quoted("journey", &journey.name)]).collect();
    let watches = |it: &&Monitor| marks.iter().any(|mark| it.expr.contains(mark.as_str()));
    let monitors = system.practice().monitors.iter().filter(watches);
    monitors.map(|monitor| monitor.name.as_str()).collect()
}
