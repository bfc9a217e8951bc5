//! Along which cohort the harm went: one store, a region, a brand, everybody.

use std::collections::BTreeMap;

use knockon_core::{Breadth, CohortId, Heuristic, Journey, System};

use super::Felt;
use crate::play::Course;
use crate::twins::{Member, Twin, by_member};

/// Where the harm was along a cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The journey.
    pub journey: String,
    /// The cohort.
    pub cohort: String,
    /// The members that were hit, the worst first, with the part of their users that fared worse.
    pub members: Vec<(String, f64)>,
    /// How many members there are.
    pub of: usize,
}

/// What is usual when harm is that wide, as the model says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// The rule, in one sentence.
    pub says: String,
    /// The teams that it concerns.
    pub concerns: Vec<String>,
}

/// A member is hit if this part of its users fares worse.
const HIT: f64 = 0.05;

/// Fewer of them are chance.
const HURT_MIN: usize = 3;

/// A cohort tells users apart if it explains so much of who is hurt.
const EXPLAINS_MIN: f64 = 0.1;

/// Of cohorts that tell users apart, those that do it nearly as well as the best count.
const AS_GOOD: f64 = 0.8;

/// A cohort before it is told.
struct Along {
    id: CohortId,
    /// The members that are hit, the worst first, with the part of their users that fares worse.
    hit: Vec<(u32, f64)>,
    /// How many members have users.
    of: usize,
    /// How much of who is hurt it explains: the part of the variance that lies between its members, less
    /// what would by chance (the adjusted coefficient of determination).
    explains: f64,
}

/// The cohorts of a journey along which the harm went; none if everybody is hit alike.
pub(super) fn hit(
    system: &System,
    course: &Course,
    felt: &[Felt],
    twins: &[Vec<Twin>],
) -> Vec<Hit> {
    let journeys = system.journeys().iter().zip(felt).zip(twins);
    journeys
        .flat_map(|((journey, felt), twins)| of_journey(system, journey, course, felt, twins))
        .collect()
}

fn of_journey(
    system: &System,
    journey: &Journey,
    course: &Course,
    felt: &Felt,
    twins: &[Twin],
) -> Vec<Hit> {
    if felt.bad.is_none() || journey.by.is_empty() {
        return Vec::new();
    }
    let hurt = twins.iter().filter(|it| it.is_hurt()).map(Twin::stretch);
    let (Some(from), Some(to)) = (hurt.clone().min(), hurt.max()) else { return Vec::new() };
    let then: Vec<Twin> =
        twins.iter().filter(|it| (from..=to).contains(&it.stretch())).copied().collect();
    let members = by_member(course, &then);
    let all: Vec<Along> = journey.by.iter().filter_map(|id| along(*id, &members)).collect();
    let best = all.iter().map(|it| it.explains).fold(0.0, f64::max);
    if best < EXPLAINS_MIN {
        return Vec::new();
    }
    let good = all.iter().filter(|it| it.explains >= best * AS_GOOD && !it.hit.is_empty());
    let few = good.clone().map(|it| it.hit.len()).min().unwrap_or(0);
    let told = good.filter(|it| it.hit.len() == few).map(|it| {
        let cohort = &system.practice().cohorts[it.id.index()];
        let named = |(member, share): &(u32, f64)| {
            (name(system, course, &members, (it.id, *member)), *share)
        };
        Hit {
            journey: journey.name.clone(),
            cohort: cohort.name.clone(),
            members: it.hit.iter().map(named).collect(),
            of: it.of,
        }
    });
    told.collect()
}

/// How the harm lies along a cohort; nothing where it cannot tell users apart.
fn along(id: CohortId, members: &BTreeMap<Member, Vec<&Twin>>) -> Option<Along> {
    let counts: Vec<(u32, f64, f64)> = (members.iter())
        .filter(|((cohort, _), _)| *cohort == id)
        .map(|((_, member), users)| {
            let hurt = users.iter().filter(|it| it.is_hurt()).count();
            (*member, hurt as f64, users.len() as f64)
        })
        .collect();
    let (hurt, all) = counts.iter().fold((0.0, 0.0), |(h, n), (_, hurt, all)| (h + hurt, n + all));
    let chance = (counts.len() as f64 - 1.0) / (all - 1.0);
    let mean = hurt / all;
    if counts.len() < 2 || chance >= 1.0 || mean <= 0.0 || mean >= 1.0 {
        return None;
    }
    let between: f64 = counts.iter().map(|(_, hurt, n)| n * (hurt / n - mean).powi(2)).sum();
    let explained = between / (all * mean * (1.0 - mean));
    let hit = counts.iter().filter(|(_, hurt, n)| *hurt >= HURT_MIN as f64 && hurt / n >= HIT);
    let mut hit: Vec<(u32, f64)> = hit.map(|(member, hurt, n)| (*member, hurt / n)).collect();
    hit.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    Some(Along { id, hit, of: counts.len(), explains: (explained - chance) / (1.0 - chance) })
}

/// What a member is called: its name, or its number and the named member that it lies within.
fn name(
    system: &System,
    course: &Course,
    users: &BTreeMap<Member, Vec<&Twin>>,
    (cohort, member): Member,
) -> String {
    let cohorts = &system.practice().cohorts;
    let of = &cohorts[cohort.index()];
    if let Some(member) = of.members.get(member as usize) {
        return member.name.clone();
    }
    let around = users.get(&(cohort, member)).and_then(|users| {
        let all = course.run.members_of(&users.first()?.fate);
        let (outer, at) = all.into_iter().find(|(id, _)| Some(*id) == of.within)?;
        cohorts[outer.index()].members.get(at as usize)
    });
    match around {
        Some(around) => format!("{member} ({})", around.name),
        None => member.to_string(),
    }
}

/// The rules of thumb of the model that speak of harm that wide.
pub(super) fn usual(system: &System, felt: &[Felt], hit: &[Hit]) -> Vec<Usual> {
    let cohorts = &system.practice().cohorts;
    let named = |id: CohortId| cohorts[id.index()].name.as_str();
    let mut wide: Vec<(&str, Breadth)> =
        hit.iter().map(|hit| (hit.cohort.as_str(), breadth(hit))).collect();
    if hit.is_empty() {
        let hurt = system.journeys().iter().zip(felt).filter(|(_, felt)| felt.bad.is_some());
        wide.extend(hurt.flat_map(|(it, _)| &it.by).map(|id| (named(*id), Breadth::All)));
    }
    let speaks = |it: &&Heuristic| {
        let of = it.cohort.map(named);
        let within = it.within.map(named);
        wide.iter().any(|(cohort, breadth)| match (within, breadth) {
            // One region is several stores within a region.
            (Some(within), Breadth::One) => within == *cohort,
            (Some(_), _) => false,
            (None, Breadth::All) => {
                of == Some(cohort) && matches!(it.breadth, Some(Breadth::All | Breadth::Several))
            }
            (None, _) => of == Some(cohort) && it.breadth == Some(*breadth),
        })
    };
    let told = system.practice().heuristics.iter().filter(speaks).map(|it| Usual {
        says: it.says.clone(),
        concerns: it.concerns.iter().map(|id| system.teams()[id.index()].name.clone()).collect(),
    });
    told.collect()
}

fn breadth(hit: &Hit) -> Breadth {
    match hit.members.len() {
        1 => Breadth::One,
        all if all == hit.of => Breadth::All,
        _ => Breadth::Several,
    }
}
