//! What users tell of themselves: which share of them fares badly, by journey and by who they are.
//!
//! Browsers and apps count journeys that were begun, that failed and that came to their last stage;
//! places such as stores tell whether the last thing tried there went well. Both are kept as counts
//! over time, so that they can be added up along any cohort.

use std::collections::BTreeMap;

use knockon_core::{CohortId, System, Timestamp};
use knockon_telemetry::{Evidence, Samples, UserSeries};

use crate::deviation::longest_run;
use crate::window::Windows;

/// Counts are added up over stretches of this length, in milliseconds: single scrapes are chance.
pub(crate) const STRETCH_MS: i64 = 60_000;

/// A smaller share of users more than before is not felt as an incident of theirs.
const FAILED_MIN: f64 = 0.005;

/// The same for users who do not arrive at the last stage: many are still on their way.
const MISSING_MIN: f64 = 0.03;

/// A place is hit if it was off for so much more of the time than before.
const OFF_MIN: f64 = 0.25;

/// By so many standard deviations a share must differ from the one before.
const SURE: f64 = 4.0;

/// How much shares vary by chance, for one user: of those who fail at least this, and of those who do
/// not arrive this, since who begins in a stretch may arrive in the next.
const FAILED_VARIES: f64 = 0.01;
const MISSING_VARIES: f64 = 1.0;

/// So many stretches of trouble more than of none are no chance.
const STRETCHES_MIN: i64 = 2;

/// What users did in a stretch of time, or a place.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Count {
    began: f64,
    failed: f64,
    /// How many came to the last stage, where that is told.
    arrived: f64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.began += other.began;
        self.failed += other.failed;
        self.arrived += other.arrived;
    }

    fn sum(counts: impl IntoIterator<Item = Self>) -> Self {
        counts.into_iter().fold(Self::default(), |mut sum, count| {
            sum.add(count);
            sum
        })
    }

    fn share_failed(self) -> f64 {
        if self.began > 0.0 { (self.failed / self.began).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn share_missing(self) -> f64 {
        if self.began > 0.0 { (1.0 - self.arrived / self.began).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Users of one journey who are the same members of all cohorts.
#[derive(Debug, Clone, Default)]
struct Group {
    before: Count,
    during: BTreeMap<i64, Count>,
}

impl Group {
    fn add(&mut self, other: &Self) {
        self.before.add(other.before);
        for (stretch, count) in &other.during {
            self.during.entry(*stretch).or_default().add(*count);
        }
    }
}

/// The users of a journey who are members of these, in order of the cohorts.
type Key<'a> = (usize, Vec<(CohortId, &'a str)>);

/// All that users and places tell.
#[derive(Debug, Default)]
pub(crate) struct Users<'a> {
    people: BTreeMap<Key<'a>, Group>,
    places: BTreeMap<Key<'a>, Group>,
    /// Of which journeys it is told who came to the last stage.
    arrivals: Vec<bool>,
}

/// How some users fared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Harm {
    /// The share of them that fared badly before.
    pub(crate) before: f64,
    /// The share that does during the incident.
    pub(crate) during: f64,
    /// Whether it is clearly more than before.
    pub(crate) is_hurt: bool,
    /// How many they were.
    pub(crate) count: f64,
    /// What they feel: `failures`, or `silence` where they do not arrive at the last stage.
    pub(crate) feel: &'static str,
    /// When it became more.
    pub(crate) onset: Option<Timestamp>,
    /// The share in each stretch of the incident, by the end of the stretch.
    pub(crate) over_time: Vec<(Timestamp, f64)>,
}

impl Harm {
    /// The share of users that fares worse than before.
    pub(crate) fn excess(&self) -> f64 {
        (self.during - self.before).max(0.0)
    }
}

impl<'a> Users<'a> {
    pub(crate) fn new(system: &System, evidence: &'a Evidence, windows: &Windows) -> Self {
        let mut users = Self { arrivals: vec![false; system.journeys().len()], ..Self::default() };
        let split = split(evidence, windows);
        for series in &evidence.users {
            let Some(role) = Role::of(system, series) else { continue };
            if role == Role::Arrived {
                users.arrivals[series.journey] = true;
            }
            let key = (series.journey, members(system, series));
            let groups = if role == Role::Up { &mut users.places } else { &mut users.people };
            let group = groups.entry(key).or_default();
            for (_, value, step_ms) in steps(&series.baseline) {
                group.before.add(role.count(value, step_ms));
            }
            for (at_ms, value, step_ms) in steps(&series.samples) {
                let count = role.count(value, step_ms);
                if at_ms < split.unix_ms {
                    group.before.add(count);
                } else if at_ms <= windows.at.unix_ms {
                    let stretch = (at_ms - split.unix_ms).div_euclid(STRETCH_MS);
                    let end = split.unix_ms + (stretch + 1) * STRETCH_MS;
                    group.during.entry(end.min(windows.at.unix_ms)).or_default().add(count);
                }
            }
        }
        users
    }

    /// How the users of a journey fared; `None` if they do not tell.
    pub(crate) fn of_journey(&self, journey: usize) -> Option<Harm> {
        let mut all = Group::default();
        for (_, group) in self.people.iter().filter(|((it, _), _)| *it == journey) {
            all.add(group);
        }
        self.harm(journey, &all, Telling::People)
    }

    /// How the places of a journey fared, all together: the share of them that is hit, if any is.
    pub(crate) fn of_places(&self, journey: usize) -> Option<Harm> {
        let groups = || self.places.iter().filter(|((it, _), _)| *it == journey);
        let mut all = Group::default();
        let (mut count, mut excess, mut onset) = (0.0, 0.0, None);
        for (_, group) in groups() {
            all.add(group);
            count += 1.0;
            let harm = judge(group, Count::share_failed, OFF_MIN, FAILED_VARIES);
            if harm.is_hurt {
                excess += harm.excess();
                onset = onset.into_iter().chain(harm.onset).min();
            }
        }
        let whole = judge(&all, Count::share_failed, OFF_MIN, FAILED_VARIES);
        let during = whole.before + excess / f64::max(count, 1.0);
        (excess > 0.0).then_some(Harm { during, is_hurt: true, onset, ..whole })
    }

    /// How the members of a cohort fared, journey by journey, as people or places tell it.
    pub(crate) fn by_member(
        &self,
        cohort: CohortId,
        telling: Telling,
    ) -> BTreeMap<&'a str, Vec<Harm>> {
        let groups = match telling {
            Telling::People => &self.people,
            Telling::Places => &self.places,
        };
        let mut sums: BTreeMap<(&'a str, usize), Group> = BTreeMap::new();
        for ((journey, members), group) in groups {
            if let Some((_, member)) = members.iter().find(|(id, _)| *id == cohort) {
                sums.entry((*member, *journey)).or_default().add(group);
            }
        }
        let mut harms: BTreeMap<&'a str, Vec<Harm>> = BTreeMap::new();
        for ((member, journey), group) in &sums {
            harms.entry(member).or_default().extend(self.harm(*journey, group, telling));
        }
        harms
    }

    /// The member of an outer cohort that a member lies within.
    pub(crate) fn around(
        &self,
        (cohort, member): (CohortId, &str),
        outer: CohortId,
    ) -> Option<&'a str> {
        let mut keys = self.places.keys().chain(self.people.keys());
        let key = keys.find(|(_, all)| all.contains(&(cohort, member)));
        let found = key?.1.iter().find(|(id, _)| *id == outer);
        found.map(|(_, member)| *member)
    }

    fn harm(&self, journey: usize, group: &Group, telling: Telling) -> Option<Harm> {
        let whole = Count::sum(group.during.values().copied());
        if whole.began <= 0.0 && group.before.began <= 0.0 {
            return None;
        }
        let failed = judge(group, Count::share_failed, telling.least(), FAILED_VARIES);
        if telling == Telling::People && self.arrivals[journey] {
            let missing = judge(group, Count::share_missing, MISSING_MIN, MISSING_VARIES);
            // Who fails does not arrive either: the larger of both tells of all.
            if missing.is_hurt && missing.excess() > failed.excess() {
                return Some(Harm { feel: "silence", ..missing });
            }
        }
        Some(failed)
    }
}

/// Who tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Users, by counters of theirs.
    People,
    /// Places, by whether the last thing there went well.
    Places,
}

impl Telling {
    fn least(self) -> f64 {
        match self {
            Self::People => FAILED_MIN,
            Self::Places => OFF_MIN,
        }
    }
}

/// What a series counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Began,
    Failed,
    Arrived,
    Up,
}

impl Role {
    fn of(system: &System, series: &UserSeries) -> Option<Self> {
        let stages = &system.journeys()[series.journey].stages;
        let is_last = || {
            let last = stages.last().filter(|_| stages.len() > 1);
            last.is_some_and(|stage| series.labels.get("stage") == Some(&stage.name))
        };
        match series.metric.strip_suffix("_total").unwrap_or(&series.metric) {
            "journey_attempts" => Some(Self::Began),
            "journey_failures" => Some(Self::Failed),
            "journey_stages_reached" => is_last().then_some(Self::Arrived),
            "cohort_member_up" => Some(Self::Up),
            _ => None,
        }
    }

    fn count(self, value: f64, step_ms: i64) -> Count {
        let amount = value.max(0.0) * step_ms as f64 / 1000.0;
        let seconds = step_ms as f64 / 1000.0;
        match self {
            Self::Began => Count { began: amount, ..Count::default() },
            Self::Failed => Count { failed: amount, ..Count::default() },
            Self::Arrived => Count { arrived: amount, ..Count::default() },
            Self::Up => Count {
                began: seconds,
                failed: (1.0 - value.clamp(0.0, 1.0)) * seconds,
                arrived: 0.0,
            },
        }
    }
}

/// Where what users tell is split: as all other evidence, or in its middle where that has no split.
fn split(evidence: &Evidence, windows: &Windows) -> Timestamp {
    if windows.before_end < windows.at {
        return windows.before_end;
    }
    let spans = evidence.users.iter().filter_map(|series| series.samples.span());
    let first = spans.map(|(first, _)| first.unix_ms).min().unwrap_or(windows.at.unix_ms);
    Timestamp::from_unix_ms(first + (windows.at.unix_ms - first).max(0) / 2)
}

/// Each sample with the time since the one before it, which is the stretch that its rate is of.
fn steps(samples: &Samples) -> impl Iterator<Item = (i64, f64, i64)> {
    let times = samples.unix_ms();
    let step = move |index: usize| match index {
        0 => times.get(1).map_or(STRETCH_MS, |next| next - times[0]),
        _ => times[index] - times[index - 1],
    };
    samples.values().iter().enumerate().map(move |(at, value)| (times[at], *value, step(at)))
}

/// The members that a series is about, by the labels that are called as their cohorts.
fn members<'a>(system: &System, series: &'a UserSeries) -> Vec<(CohortId, &'a str)> {
    let cohorts = system.practice().cohorts.iter().enumerate();
    let member = |(index, cohort): (usize, &knockon_core::Cohort)| {
        let value = series.labels.get(&label_of(&cohort.name))?;
        Some((CohortId::from_index(index), value.as_str()))
    };
    cohorts.filter_map(member).collect()
}

/// What a label of a cohort is called: as the cohort, with `_` for what Prometheus does not take.
pub(crate) fn label_of(cohort: &str) -> String {
    let letter = |it: char| if it.is_ascii_alphanumeric() { it } else { '_' };
    cohort.chars().map(letter).collect()
}

/// How a group fared by one share, from where it became more on.
fn judge(group: &Group, share: fn(Count) -> f64, least: f64, varies: f64) -> Harm {
    let before = share(group.before);
    let counts: Vec<(i64, Count)> = group.during.iter().map(|(at, it)| (*at, *it)).collect();
    let is_more = |count: &Count| {
        let chance = SURE * (before.max(varies) / count.began.max(1.0)).sqrt();
        count.began > 0.0 && share(*count) - before > chance.max(least)
    };
    let run = longest_run(counts.iter().map(|(_, count)| is_more(count)));
    let lasts = run.weight >= STRETCHES_MIN;
    let bad = if lasts { &counts[run.start..run.end] } else { &counts[..] };
    let total = Count::sum(bad.iter().map(|(_, count)| *count));
    let during = share(total);
    let is_hurt = is_more(&total);
    let onset = bad.first().filter(|_| is_hurt && lasts);
    Harm {
        before,
        during,
        is_hurt,
        feel: "failures",
        count: Count::sum(counts.iter().map(|(_, count)| *count)).began,
        onset: onset.map(|(at, _)| Timestamp::from_unix_ms(at - STRETCH_MS)),
        over_time: counts
            .iter()
            .map(|(at, count)| (Timestamp::from_unix_ms(*at), share(*count)))
            .collect(),
    }
}
