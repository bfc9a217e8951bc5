//! Who is hit: along which cohort the trouble goes, told by comparing its members with each other.
//!
//! Trouble of one store, partner or version is in what is particular to it; trouble of all of them is
//! in what they share. Who tells is asked in this order: users by counters of theirs, places such as
//! stores, metrics of services that are about one member, and alerts that name one.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{Breadth, Cohort, CohortId, Heuristic, ServiceId, System};
use knockon_telemetry::Labels;

use crate::alarm::{Alarms, PLACE};
use crate::answers::{CohortHit, MemberHit, Within};
use crate::deviation::Deviation;
use crate::signal::Signal;
use crate::users::{Harm, Telling, Users, label_of};

/// A member is hit if it is hurt at least this much of what the worst member is.
const HIT_OF_WORST: f64 = 0.3;

/// Of cohorts that tell who is hit from who is not, those that do it nearly as well as the best count.
const AS_GOOD: f64 = 0.8;

/// So many members are named of those who are hit, and of those who are not.
const NAMED_MAX: usize = 20;

/// How the members of a cohort fare.
#[derive(Debug)]
struct Along<'a> {
    told_by: &'static str,
    /// The members that were compared: how badly they fare, from 0 to 1, and how many users that is.
    members: BTreeMap<&'a str, (f64, f64)>,
    hit: Vec<&'a str>,
}

impl<'a> Along<'a> {
    /// `None` if nobody is hit.
    fn new(told_by: &'static str, members: BTreeMap<&'a str, (f64, f64)>) -> Option<Self> {
        let worst = members.values().map(|(harm, _)| *harm).fold(0.0, f64::max);
        let is_hit = |harm: f64| harm > 0.0 && harm >= HIT_OF_WORST * worst;
        let mut hit: Vec<(&str, f64)> = members
            .iter()
            .filter(|(_, (harm, _))| is_hit(*harm))
            .map(|(name, (harm, _))| (*name, *harm))
            .collect();
        hit.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
        let hit: Vec<&str> = hit.into_iter().map(|(name, _)| name).collect();
        (!hit.is_empty()).then_some(Self { told_by, members, hit })
    }

    /// How much of who is hurt lies between the members, 0 to 1: all of it if everybody of some and
    /// nobody of the others is.
    fn explains(&self) -> f64 {
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            self.members.values().map(|(harm, weight)| of(*harm, *weight)).sum()
        };
        let all = sum(&|_, weight| weight);
        let mean = sum(&|harm, weight| harm * weight) / all;
        let within = all * mean * (1.0 - mean);
        let between = sum(&|harm, weight| weight * (harm - mean).powi(2));
        if within > 0.0 { between / within } else { 0.0 }
    }
}

/// Who is hit, the cohort that tells best first. Cohorts of which all members are hit are named only if
/// there is none of which some are not; cohorts that nothing tells of are left out.
pub(crate) fn who_is_hit(
    system: &System,
    users: &Users<'_>,
    deviations: &[Deviation<'_>],
    alarms: &Alarms<'_>,
) -> Vec<CohortHit> {
    let cohorts = system.practice().cohorts.iter().enumerate();
    let mut found: Vec<CohortHit> = cohorts
        .filter_map(|(index, cohort)| {
            let id = CohortId::from_index(index);
            let along = along(system, id, cohort, users, deviations, alarms)?;
            Some(tell(system, id, cohort, users, &along))
        })
        .collect();
    // Users know better who is hit than metrics of services, and these better than alerts.
    found.sort_by(|a, b| {
        let telling = |it: &CohortHit| it.explains > 0.0;
        let by_trust = trust(a.told_by).cmp(&trust(b.told_by));
        telling(b).cmp(&telling(a)).then(by_trust).then(b.explains.total_cmp(&a.explains))
    });
    let best = found.first().map_or(0.0, |told| told.explains);
    found.retain(|told| told.explains >= AS_GOOD * best);
    found
}

/// The turn of whoever tells.
fn trust(told_by: &str) -> u8 {
    match told_by {
        "users" => 0,
        "places" => 1,
        "metrics" => 2,
        _ => 3,
    }
}

fn along<'a>(
    system: &'a System,
    id: CohortId,
    cohort: &'a Cohort,
    users: &Users<'a>,
    deviations: &'a [Deviation<'a>],
    alarms: &Alarms<'a>,
) -> Option<Along<'a>> {
    let told = |by, telling| {
        let members = users.by_member(id, telling);
        let worst = |harms: &Vec<Harm>| {
            let hurt = harms.iter().filter(|it| it.is_hurt).map(Harm::excess);
            let count = harms.iter().map(|it| it.count).fold(0.0, f64::max);
            (hurt.fold(0.0, f64::max), count.max(1.0))
        };
        let members: BTreeMap<_, _> =
            members.iter().map(|(name, harms)| (*name, worst(harms))).collect();
        Along::new(by, members)
    };
    told("users", Telling::People)
        .or_else(|| told("places", Telling::Places))
        .or_else(|| Along::new("metrics", of_metrics(system, cohort, deviations)))
        .or_else(|| Along::new("alerts", of_alerts(system, cohort, alarms)))
}

/// How members fare by metrics of services that are about one of them: 1 if any of what is bad in
/// itself strays.
fn of_metrics<'a>(
    system: &'a System,
    cohort: &'a Cohort,
    deviations: &'a [Deviation<'a>],
) -> BTreeMap<&'a str, (f64, f64)> {
    let mut members: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for deviation in deviations {
        let is_bad = matches!(
            deviation.reading.signal,
            Signal::Latency | Signal::Errors | Signal::Unanswered | Signal::Backlog
        );
        let callee = deviation.callee.map(|id| system.service(id).name.as_str());
        let Some(member) = member(cohort, &deviation.series.labels, callee) else { continue };
        let harm: f64 = if is_bad && deviation.is_adverse() { 1.0 } else { 0.0 };
        let known = members.entry(member).or_insert((0.0, 1.0));
        known.0 = known.0.max(harm);
    }
    members
}

/// The members that alerts name are hit; those that the model names beside them are not.
fn of_alerts<'a>(
    system: &'a System,
    cohort: &'a Cohort,
    alarms: &Alarms<'a>,
) -> BTreeMap<&'a str, (f64, f64)> {
    let named = alarms.iter().filter_map(|alert| {
        let peer = alert.peer.map(|id| system.service(id).name.as_str());
        member(cohort, &alert.labels, peer)
    });
    let hit: BTreeMap<&str, (f64, f64)> = named.map(|name| (name, (1.0, 1.0))).collect();
    if hit.is_empty() {
        return hit;
    }
    let others = cohort.members.iter().map(|member| (member.name.as_str(), (0.0, 1.0)));
    others.chain(hit).collect()
}

/// The member that labels name: in the label of the cohort, or in any that says what something is
/// about and not where it comes from; else the other end of the calls.
fn member<'a>(cohort: &'a Cohort, labels: &'a Labels, peer: Option<&'a str>) -> Option<&'a str> {
    let known = |value: &str| cohort.members.iter().find(|it| it.name == value);
    if let Some(value) = labels.get(&label_of(&cohort.name)).filter(|it| !it.is_empty()) {
        let is_member = known(value).is_some() || cohort.members.is_empty();
        return is_member.then_some(value);
    }
    let says = |(name, _): &(&String, &String)| {
        !PLACE.contains(&name.as_str()) || name.as_str() == "server_address"
    };
    let values = labels.iter().filter(says).map(|(_, value)| value.as_str());
    values.chain(peer).find_map(known).map(|it| it.name.as_str())
}

fn tell(
    system: &System,
    id: CohortId,
    cohort: &Cohort,
    users: &Users<'_>,
    along: &Along<'_>,
) -> CohortHit {
    let listed = cohort.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let known = along.members.len().max(cohort.members.len()).max(listed);
    // Metrics and alerts may not tell of all members; users and places do.
    let of = if along.told_by == "alerts" { known } else { along.members.len() };
    let breadth = match along.hit.len() {
        1 => Breadth::One,
        count if count == of => Breadth::All,
        _ => Breadth::Several,
    };
    let share = |name: &str| {
        let member = cohort.members.iter().find(|it| it.name == name);
        let equal = (listed > 0).then(|| 1.0 / listed as f64);
        member.map(|it| it.share.percent / 100.0).or(equal)
    };
    let hit = along.hit.iter().take(NAMED_MAX).map(|name| MemberHit {
        name: (*name).to_owned(),
        share: share(name),
        harm: matches!(along.told_by, "users" | "places").then(|| along.members[name].0),
    });
    let hit_names: BTreeSet<&str> = along.hit.iter().copied().collect();
    let spared = along.members.keys().filter(|name| !hit_names.contains(*name)).take(NAMED_MAX);
    let spared = spared.map(|name| (*name).to_owned()).collect();
    CohortHit {
        cohort: cohort.name.clone(),
        told_by: along.told_by,
        breadth: breadth.as_str(),
        of,
        hit_count: along.hit.len(),
        hit: hit.collect(),
        spared,
        within: cohort.within.and_then(|outer| within(system, id, outer, users, &along.hit)),
        explains: if breadth == Breadth::All { 0.0 } else { along.explains() },
    }
}

/// The one member of an outer cohort that all who are hit lie within.
fn within(
    system: &System,
    id: CohortId,
    outer: CohortId,
    users: &Users<'_>,
    hit: &[&str],
) -> Option<Within> {
    let around: BTreeSet<Option<&str>> =
        hit.iter().map(|name| users.around((id, name), outer)).collect();
    let mut around = around.into_iter();
    let member = around.next().flatten().filter(|_| around.next().is_none())?;
    let cohort = system.practice().cohorts[outer.index()].name.clone();
    Some(Within { cohort, member: member.to_owned() })
}

/// The rules of thumb of the model that speak of who is hit and which services are in trouble.
pub(crate) fn heuristics<'a>(
    system: &'a System,
    hit: &[CohortHit],
    in_trouble: &dyn Fn(ServiceId) -> bool,
) -> Vec<&'a Heuristic> {
    let named = |id: CohortId| system.practice().cohorts[id.index()].name.as_str();
    let along = |id: CohortId| hit.iter().find(|it| it.cohort == named(id));
    let is = |it: &CohortHit, breadth: Breadth| match breadth {
        Breadth::Several => it.breadth != Breadth::One.as_str(),
        other => it.breadth == other.as_str(),
    };
    let speaks = |rule: &&Heuristic| {
        let service = rule.service.map(in_trouble);
        let wide = rule.cohort.map(|id| {
            let fits = along(id).is_some_and(|it| rule.breadth.is_none_or(|is_as| is(it, is_as)));
            match rule.within {
                // One region is several stores within a region.
                Some(outer) => {
                    let one = along(outer).is_some_and(|it| is(it, Breadth::One));
                    let lies = along(id).and_then(|it| it.within.as_ref());
                    let in_one = one || lies.is_some_and(|it| it.cohort == named(outer));
                    in_one && (fits || along(id).is_none())
                }
                None => fits,
            }
        });
        let asked = [service, wide];
        asked.iter().flatten().count() > 0 && asked.iter().flatten().all(|holds| *holds)
    };
    system.practice().heuristics.iter().filter(speaks).collect()
}
