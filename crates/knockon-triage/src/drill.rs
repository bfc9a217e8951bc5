//! The drill of triage: from a verdict to the answers that somebody on call gives first.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{Heuristic, ServiceId, System, Timestamp};

use crate::answers::{Answers, CohortHit, MoneyPerHour, PartHit, RuleOfThumb, Scope, Trend, When};
use crate::cohort::heuristics;
use crate::felt::{Felt, course_of, felt};
use crate::fired::fired;
use crate::incident::{Certainty, Incident, Role};
use crate::message::message;
use crate::priority::{Hurt, urgency};
use crate::route::{first_action, route, route_by_rule, stand_down};
use crate::scene::Scene;
use crate::signal::Signal;
use crate::users::{STRETCH_MS, Users};
use crate::window::Windows;

/// What tells copies of a service apart, the most telling first.
const PARTS: [&str; 3] = ["version", "pod", "instance"];

/// The answers to an incident.
pub(crate) fn answers(
    scene: &Scene<'_>,
    users: &Users<'_>,
    windows: &Windows,
    incident: &Incident,
) -> Answers {
    let system = scene.system;
    let cohorts = scene.hit.to_vec();
    let mut felt = felt(scene, users, windows);
    let first_sign = incident.causes.first().and_then(|cause| cause.since);
    let first_sign = first_sign.or(incident.began);
    not_before(&mut felt, first_sign);
    let cause = incident.causes.first().and_then(|cause| system.names().get(&cause.service));
    let rules = rules(scene, &cohorts);
    let is_firm = matches!(incident.certainty, Certainty::Clear | Certainty::Close);
    let when = when(scene, windows, incident, &felt, cause);
    let hurt: Vec<Hurt> =
        felt.iter().map(|it| Hurt::of(&system.journeys()[it.journey], it.told.share)).collect();
    let alerts = incident.alerts.iter().any(|alert| alert.role != Role::Background);
    let mut answers = Answers {
        fired: fired(incident),
        stand_down: stand_down(system, incident, &rules),
        priority: urgency(system, &hurt, alerts, when.trend),
        route: match cause.filter(|_| is_firm) {
            Some(cause) => Some(route(system, cause, incident)),
            None => route_by_rule(&rules),
        },
        first_action: cause.filter(|_| is_firm).map(|cause| first_action(system, cause, incident)),
        message: None,
        when,
        scope: Scope {
            of_journeys: system.journeys().len(),
            money: money(&hurt),
            journeys: felt.into_iter().map(|it| it.told).collect(),
            cohorts,
            parts: cause.map(|cause| parts(scene, cause)).unwrap_or_default(),
            heuristics: rules,
        },
    };
    answers.message = message(system, incident, &answers);
    answers
}

/// Users are counted in stretches: who is hurt so little before the cause shows is hurt when it does.
fn not_before(felt: &mut [Felt], first_sign: Option<Timestamp>) {
    for felt in felt.iter_mut().map(|it| &mut it.told) {
        let Some((since, sign)) = felt.since.zip(first_sign) else { continue };
        if since < sign && (sign - since).ms <= STRETCH_MS {
            felt.since = Some(sign);
        }
    }
}

fn when(
    scene: &Scene<'_>,
    windows: &Windows,
    incident: &Incident,
    felt: &[Felt],
    cause: Option<ServiceId>,
) -> When {
    let first = felt.iter().filter(|it| it.told.since.is_some()).min_by_key(|it| it.told.since);
    // What users feel says whether it is over, else what strays most about the cause, else its alerts.
    let strongest = cause.and_then(|id| {
        let strays = scene.deviations_of(id).filter(|it| it.is_adverse());
        strays.max_by(|a, b| a.z.abs().total_cmp(&b.z.abs()))
    });
    let mut courses: Vec<_> =
        felt.iter().map(|it| it.course).filter(|course| course.is_told).collect();
    if courses.is_empty() {
        courses.extend(strongest.map(|it| course_of(it, windows)).filter(|it| it.is_told));
    }
    let own: Vec<_> = scene.alarms.iter().collect();
    let (ongoing, over_since) = if courses.is_empty() {
        let fires = own.iter().any(|it| it.ends_at.is_none_or(|end| end > windows.at));
        let last = own.iter().filter_map(|alert| alert.ends_at).max();
        ((!own.is_empty()).then_some(fires), last.filter(|_| !fires))
    } else {
        let over: Vec<_> = courses.iter().filter_map(|course| course.over_since).collect();
        let is_over = over.len() == courses.len();
        (Some(!is_over), over.into_iter().max().filter(|_| is_over))
    };
    let trends = || courses.iter().filter_map(|course| course.trend);
    let has = |trend: Trend| trends().any(|it| it == trend).then_some(trend);
    When {
        impact: first.and_then(|it| it.told.since),
        impact_on: first.map(|it| it.told.name.clone()),
        first_sign: incident.causes.first().and_then(|cause| cause.since),
        ongoing,
        over_since,
        trend: [Trend::Worse, Trend::Steady, Trend::Better].into_iter().find_map(has),
    }
}

/// What an hour costs, by currency.
fn money(hurt: &[Hurt]) -> Vec<MoneyPerHour> {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for cost in hurt.iter().filter_map(Hurt::cost).filter(|cost| cost.amount > 0.0) {
        *sums.entry(cost.currency.to_string()).or_default() += cost.amount;
    }
    sums.into_iter().map(|(currency, amount)| MoneyPerHour { amount, currency }).collect()
}

fn rules(scene: &Scene<'_>, cohorts: &[CohortHit]) -> Vec<RuleOfThumb> {
    let system = scene.system;
    let told = |rule: &Heuristic| RuleOfThumb {
        name: rule.name.clone(),
        says: rule.says.clone(),
        scope: rule.scope.map(knockon_core::Scope::as_str),
        risk: rule.risk.map(knockon_core::Risk::as_str),
        suspects: names(system, &rule.suspects),
        concerns: rule.concerns.iter().map(|id| system.teams()[id.index()].name.clone()).collect(),
    };
    let in_trouble = |id| scene.in_trouble(id);
    heuristics(system, cohorts, &in_trouble).into_iter().map(told).collect()
}

fn names(system: &System, services: &[ServiceId]) -> Vec<String> {
    services.iter().map(|id| system.service(*id).name.clone()).collect()
}

/// Which versions or replicas of a service are in trouble, where others are not.
fn parts(scene: &Scene<'_>, service: ServiceId) -> Vec<PartHit> {
    let by = |label: &'static str| {
        let (mut all, mut hit) = (BTreeSet::new(), BTreeSet::new());
        for deviation in scene.deviations_of(service) {
            let Some(part) = deviation.series.labels.get(label) else { continue };
            all.insert(part.clone());
            let is_bad = !matches!(deviation.reading.signal, Signal::Traffic | Signal::Other);
            if is_bad && deviation.is_adverse() {
                hit.insert(part.clone());
            }
        }
        let spared: Vec<String> = all.difference(&hit).cloned().collect();
        let name = scene.system.service(service).name.clone();
        let hit: Vec<String> = hit.into_iter().collect();
        (!hit.is_empty() && !spared.is_empty()).then_some(PartHit {
            service: name,
            by: label,
            hit,
            spared,
        })
    };
    PARTS.into_iter().filter_map(by).collect()
}
