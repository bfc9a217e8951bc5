//! Which weaknesses a model accepts, and which of its allowances accept anything.

use std::collections::BTreeSet;

use knockon_core::{Allowance, Element, OperationId, StepId, System};

use crate::codes;
use crate::walk::walk;
use crate::weakness::{Weakness, weaknesses};

/// The weaknesses of a system, and what its `allow` makes of them. An index is one into
/// [`Practice::allow`](knockon_core::Practice::allow).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// What is not accepted, and then each allowance that is itself amiss (in one of the lists
    /// below), in the order of the model.
    pub open: Vec<Weakness>,
    /// What is accepted, each with the first allowance that accepts it.
    pub allowed: Vec<(Weakness, usize)>,
    /// Allowances of a known code, at something known, that accept nothing.
    pub unused: Vec<usize>,
    /// Allowances whose `at` names no service, journey, monitor or member of a service.
    pub nowhere: Vec<usize>,
    /// Allowances of a code that no weakness has.
    pub unknown: Vec<usize>,
}

/// Finds the weaknesses of a system and takes away those that it accepts.
///
/// An allowance without `at` accepts its code everywhere. With `at` it accepts it at the service,
/// journey or monitor of that name, or at `service / member`; a step counts as its operation, and
/// whatever is part of a service also as that service.
pub fn judge(system: &System) -> Judged {
    let allow = &system.practice().allow;
    let names = Names::of(system);
    let mut used = vec![false; allow.len()];
    let mut judged = Judged::default();
    for weakness in weaknesses(system) {
        let mut first = None;
        for (index, allowance) in allow.iter().enumerate() {
            if allowance.code == weakness.code.id && names.accepts(allowance, weakness.element) {
                used[index] = true;
                first = first.or(Some(index));
            }
        }
        match first {
            Some(index) => judged.allowed.push((weakness, index)),
            None => judged.open.push(weakness),
        }
    }
    for (index, allowance) in allow.iter().enumerate().filter(|(index, _)| !used[*index]) {
        let amiss = if !is_code(&allowance.code) {
            judged.unknown.push(index);
            unknown_code(index, allowance)
        } else if let Some(at) = allowance.at.as_deref().filter(|at| !names.know(at)) {
            judged.nowhere.push(index);
            nowhere(index, at)
        } else {
            judged.unused.push(index);
            unused(index, allowance)
        };
        judged.open.push(amiss);
    }
    judged
}

/// Whether a weakness can have this code; an allowance that is amiss cannot be allowed.
fn is_code(id: &str) -> bool {
    codes::ALL.iter().any(|code| code.id == id && code.id < codes::ALLOWANCE_UNUSED.id)
}

fn unknown_code(index: usize, allowance: &Allowance) -> Weakness {
    let message = format!("`{}` is not the code of a weakness", allowance.code);
    let element = Element::Allowance(index);
    Weakness::new(codes::ALLOWANCE_UNKNOWN_CODE, element, message, "no such code")
}

fn nowhere(index: usize, at: &str) -> Weakness {
    let message = format!("`{at}` is no service, journey or monitor, and no `service / operation`");
    let element = Element::Allowance(index);
    Weakness::new(codes::ALLOWANCE_NOWHERE, element, message, "nothing of that name")
}

fn unused(index: usize, allowance: &Allowance) -> Weakness {
    let code = &allowance.code;
    let title = codes::ALL.iter().find(|it| it.id == code).map_or("", |it| it.title);
    let message = match &allowance.at {
        Some(at) => format!("`{at}` has no {code} ({title})"),
        None => format!("nothing has {code} ({title})"),
    };
    Weakness::new(codes::ALLOWANCE_UNUSED, Element::Allowance(index), message, "allows nothing")
        .help("take it away: the next weakness of this kind would go unnoticed")
}

/// What the elements of a system are called.
struct Names<'a> {
    system: &'a System,
    /// The operation of each step and of each part of a saga, by step.
    steps: Vec<(StepId, OperationId)>,
    journeys: BTreeSet<&'a str>,
    monitors: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(system: &'a System) -> Self {
        let mut steps = Vec::new();
        for id in system.operation_ids() {
            walk(&system.operation(id).steps, &mut |step, _| {
                steps.push((step.id, id));
                if let knockon_core::Action::Saga(saga) = &step.action {
                    steps.extend(saga.steps.iter().map(|part| (part.id, id)));
                }
            });
        }
        steps.sort_unstable();
        let journeys = system.journeys().iter().map(|it| it.name.as_str()).collect();
        let monitors = system.practice().monitors.iter().map(|it| it.name.as_str()).collect();
        Self { system, steps, journeys, monitors }
    }

    fn accepts(&self, allowance: &Allowance, element: Element) -> bool {
        allowance.at.as_deref().is_none_or(|at| self.is_called(element, at.trim()))
    }

    fn is_called(&self, element: Element, at: &str) -> bool {
        let service = |id| self.system.service(id);
        let member =
            |id, name: &str| at == service(id).name || is_member(at, &service(id).name, name);
        match element {
            Element::System | Element::Heuristic(_) | Element::Allowance(_) => false,
            Element::Team(id) => at == self.system.teams()[id.index()].name,
            Element::Runbook(id) => at == self.system.runbooks()[id.index()].name,
            Element::Service(id) | Element::Key(id, _) => at == service(id).name,
            Element::Dependency((from, _, _)) => at == service(from).name,
            Element::Journey(index) => at == self.system.journeys()[index].name,
            Element::Monitor(index) => at == self.system.practice().monitors[index].name,
            Element::Operation(id) => member(id.service, &self.system.operation(id).name),
            Element::Queue(id) => member(id.service, &self.system.queue(id).name),
            Element::Query(id) => {
                member(id.service, &service(id.service).database.queries[id.index()].name)
            }
            Element::CacheEntry(id) => {
                member(id.service, &service(id.service).cache.entries[id.index()].name)
            }
            Element::Topic(id) => {
                member(id.service, &service(id.service).broker.topics[id.index()].name)
            }
            Element::Step(step) => {
                let found = self.steps.binary_search_by_key(&step, |(step, _)| *step);
                found.is_ok_and(|at_step| {
                    let (_, id) = self.steps[at_step];
                    member(id.service, &self.system.operation(id).name)
                })
            }
        }
    }

    /// Whether anything is called that.
    fn know(&self, at: &str) -> bool {
        let at = at.trim();
        if self.journeys.contains(at) || self.monitors.contains(at) {
            return true;
        }
        self.system.services().iter().any(|service| {
            let is = |name: &String| is_member(at, &service.name, name);
            service.name == at
                || service.operations.iter().any(|it| is(&it.name))
                || service.database.queries.iter().any(|it| is(&it.name))
                || service.cache.entries.iter().any(|it| is(&it.name))
                || service.broker.queues.iter().any(|it| is(&it.name))
                || service.broker.topics.iter().any(|it| is(&it.name))
        })
    }
}

/// Whether a text is `service / member`, with or without spaces around the stroke.
fn is_member(at: &str, service: &str, member: &str) -> bool {
    let rest = at.strip_prefix(service).map(str::trim_start).and_then(|it| it.strip_prefix('/'));
    rest.is_some_and(|rest| rest.trim_start() == member)
}
