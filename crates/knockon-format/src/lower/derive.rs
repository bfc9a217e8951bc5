//! What follows from the steps: who depends on whom, and what a journey crosses.

use std::collections::{BTreeMap, BTreeSet};

use knockon_core::{
    Action, Callee, Channel, Criticality, Dependency, DependencyDetails, DependencyKey,
    DependencyKind, Element, Fallback, Operation, OperationId, Provenance, Service, ServiceId,
    Source, Stage, Step, StepId,
};

use crate::context::Context;

/// The operations of a model and who works off which queue.
pub(crate) struct Walk<'a> {
    services: &'a [Service],
    consumers: BTreeMap<knockon_core::QueueId, Vec<OperationId>>,
}

/// One use of a service by a step.
struct Use {
    to: ServiceId,
    kind: DependencyKind,
    criticality: Criticality,
    step: StepId,
}

impl<'a> Walk<'a> {
    pub(crate) fn of(services: &'a [Service]) -> Self {
        let mut consumers: BTreeMap<_, Vec<OperationId>> = BTreeMap::new();
        for (at, service) in services.iter().enumerate() {
            for (index, operation) in service.operations.iter().enumerate() {
                if let Some(queue) = operation.consumes {
                    let id = OperationId::new(ServiceId::from_index(at), index);
                    consumers.entry(queue).or_default().push(id);
                }
            }
        }
        Self { services, consumers }
    }

    fn operation(&self, id: OperationId) -> Option<&'a Operation> {
        self.services.get(id.service.index())?.operations.get(id.index())
    }

    /// What a step uses itself, and the steps inside of it with what becomes of their failure.
    fn uses(&self, steps: &'a [Step], ceiling: Criticality, out: &mut Vec<Use>) {
        for step in steps {
            let criticality = step.policies.criticality().max(ceiling);
            let mut push = |to: ServiceId, kind: DependencyKind| {
                out.push(Use { to, kind, criticality, step: step.id });
            };
            match &step.action {
                Action::Call(callee) => push(callee.service, DependencyKind::Call),
                Action::Query { query, .. } => push(query.service, self.access(*query)),
                Action::Get { entry, .. } => push(entry.service, DependencyKind::Read),
                Action::Put(entry) | Action::Drop(entry) => {
                    push(entry.service, DependencyKind::Write);
                }
                Action::Publish { channel, outbox, .. } => {
                    push(channel.broker(), DependencyKind::Publish);
                    if let Some(database) = outbox {
                        push(*database, DependencyKind::Write);
                    }
                }
                Action::Saga(saga) => {
                    let undo = saga.undo.iter().chain(saga.steps.iter().flat_map(|s| &s.undo));
                    for callee in undo {
                        out.push(Use {
                            to: callee.service,
                            kind: DependencyKind::Call,
                            criticality: Criticality::Degrades.max(ceiling),
                            step: step.id,
                        });
                    }
                    for part in &saga.steps {
                        out.push(Use {
                            to: part.action.service,
                            kind: DependencyKind::Call,
                            criticality,
                            step: part.id,
                        });
                    }
                    if let Some(queue) = saga.manual {
                        out.push(Use {
                            to: queue.service,
                            kind: DependencyKind::Publish,
                            criticality: Criticality::Degrades.max(ceiling),
                            step: step.id,
                        });
                    }
                }
                _ => {}
            }
            for (inner, softer) in inside(step) {
                let ceiling = if softer { ceiling.max(Criticality::Degrades) } else { ceiling };
                self.uses(inner, ceiling, out);
            }
        }
    }

    fn access(&self, query: knockon_core::QueryId) -> DependencyKind {
        let database = self.services.get(query.service.index());
        let query = database.and_then(|service| service.database.queries.get(query.index()));
        match query.map(|query| query.does) {
            Some(knockon_core::Access::Write) => DependencyKind::Write,
            _ => DependencyKind::Read,
        }
    }

    /// The operations and services that an operation leads to when all is well, in order.
    fn leads_to(&self, id: OperationId) -> Vec<Next> {
        let mut next = Vec::new();
        if let Some(operation) = self.operation(id) {
            self.next_of(&operation.steps, &mut next);
        }
        next
    }

    fn next_of(&self, steps: &[Step], next: &mut Vec<Next>) {
        for step in steps {
            let callee =
                |callee: &Callee| Next { service: callee.service, operation: callee.operation };
            match &step.action {
                Action::Call(to) => next.push(callee(to)),
                Action::Query { query, .. } => next.push(Next::at(query.service)),
                Action::Get { entry, .. } | Action::Put(entry) | Action::Drop(entry) => {
                    next.push(Next::at(entry.service));
                }
                Action::Publish { channel, .. } => {
                    next.push(Next::at(channel.broker()));
                    for queue in self.queues(*channel) {
                        let consumers = self.consumers.get(&queue).into_iter().flatten();
                        next.extend(
                            consumers.map(|id| Next { service: id.service, operation: Some(*id) }),
                        );
                    }
                }
                Action::Saga(saga) => next.extend(saga.steps.iter().map(|s| callee(&s.action))),
                _ => {}
            }
            for (inner, _) in inside_when_well(step) {
                self.next_of(inner, next);
            }
        }
    }

    /// The queues in which a message of a channel ends up.
    fn queues(&self, channel: Channel) -> Vec<knockon_core::QueueId> {
        match channel {
            Channel::Queue(id) => vec![id],
            Channel::Topic(id) => {
                let broker = self.services.get(id.service.index());
                let topic = broker.and_then(|service| service.broker.topics.get(id.index()));
                topic.map_or_else(Vec::new, |topic| topic.to.clone())
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Next {
    service: ServiceId,
    operation: Option<OperationId>,
}

impl Next {
    fn at(service: ServiceId) -> Self {
        Self { service, operation: None }
    }
}

/// The steps inside of a step, each list with whether its failure does less harm.
fn inside(step: &Step) -> Vec<(&[Step], bool)> {
    let mut lists = inside_when_well(step);
    if let Some(Fallback::Steps(steps)) = &step.policies.fallback {
        lists.push((steps, true));
    }
    lists
}

fn inside_when_well(step: &Step) -> Vec<(&[Step], bool)> {
    match &step.action {
        Action::Get { miss, .. } => vec![(miss, false)],
        Action::Parallel(branches) => branches.iter().map(|b| (&*b.steps, false)).collect(),
        Action::Branch(choices) => choices.iter().map(|c| (&*c.steps, false)).collect(),
        Action::Background(steps) => vec![(steps, true)],
        _ => Vec::new(),
    }
}

/// The dependencies that are declared, then those that only steps show.
pub(super) fn dependencies(
    walk: &Walk<'_>,
    declared: Vec<(Dependency, DependencyDetails, bool)>,
    cx: &mut Context<'_>,
) -> Vec<(Dependency, DependencyDetails)> {
    let mut order: Vec<DependencyKey> = Vec::new();
    let mut known: BTreeMap<DependencyKey, (Dependency, DependencyDetails, bool)> = BTreeMap::new();
    for (dependency, details, explicit) in declared {
        order.push(dependency.key());
        known.insert(dependency.key(), (dependency, details, explicit));
    }
    let mut by_steps: BTreeSet<DependencyKey> = BTreeSet::new();
    for (at, service) in walk.services.iter().enumerate() {
        let from = ServiceId::from_index(at);
        let mut uses = Vec::new();
        for operation in &service.operations {
            walk.uses(&operation.steps, Criticality::Critical, &mut uses);
        }
        let consumed = service.operations.iter().filter_map(|operation| operation.consumes);
        let all =
            uses.iter().map(|u| (u.to, u.kind, u.criticality, Some(u.step))).chain(consumed.map(
                |queue| (queue.service, DependencyKind::Consume, Criticality::Critical, None),
            ));
        for (to, kind, criticality, step) in all.filter(|(to, ..)| *to != from) {
            let key = (from, to, kind);
            let first = by_steps.insert(key);
            if let Some(span) = step.and_then(|id| cx.places.get(&Element::Step(id)).copied()) {
                cx.places.entry(Element::Dependency(key)).or_insert(span);
            }
            let (dependency, details, explicit) = known.entry(key).or_insert_with(|| {
                order.push(key);
                let provenance = Provenance::Steps;
                let dependency = Dependency { from, to, kind, criticality, provenance };
                (dependency, DependencyDetails::default(), false)
            });
            if !*explicit {
                let before = if first { criticality } else { dependency.criticality };
                dependency.criticality = criticality.min(before);
            }
            if first {
                details.known_from.push(Source { provenance: Provenance::Steps, place: None });
            }
        }
    }
    let find = |key| known.get(&key).map(|(dependency, details, _)| (*dependency, details.clone()));
    order.into_iter().filter_map(find).collect()
}

/// The services that the entry and the operations of the stages of a journey lead through, in the
/// order they are met.
pub(crate) fn crossed(walk: &Walk<'_>, entry: Option<Callee>, stages: &[Stage]) -> Vec<ServiceId> {
    let mut services: Vec<ServiceId> = Vec::new();
    let mut seen = vec![false; walk.services.len()];
    let mut done: Vec<Vec<bool>> = vec![Vec::new(); walk.services.len()];
    let entry = entry.map(|to| Next { service: to.service, operation: to.operation });
    let reached = stages.iter().filter_map(|stage| stage.operation);
    let reached = reached.map(|id| Next { service: id.service, operation: Some(id) });
    for first in entry.into_iter().chain(reached) {
        let mut open = vec![first];
        while let Some(next) = open.pop() {
            if !std::mem::replace(&mut seen[next.service.index()], true) {
                services.push(next.service);
            }
            let Some(id) = next.operation else {
                continue;
            };
            let done = &mut done[id.service.index()];
            done.resize(done.len().max(id.index() + 1), false);
            if !std::mem::replace(&mut done[id.index()], true) {
                open.extend(walk.leads_to(id).into_iter().rev());
            }
        }
    }
    services
}
