//! A system with what several checks need to know of it, reckoned once.

use std::collections::BTreeSet;

use knockon_core::{
    Action, Criticality, Dependency, DependencyKind, Journey, OperationId, Provenance, Service,
    ServiceId, ServiceKind, StepId, System,
};

use crate::calls::Calls;
use crate::patience::{Longest, patience};
use crate::uses::{Target, Use, uses};
use crate::walk::walk;

pub(crate) struct View<'a> {
    pub(crate) system: &'a System,
    /// Every use of every operation, in the order of the model.
    pub(crate) uses: Vec<Use<'a>>,
    pub(crate) calls: Calls,
    /// By node, where the uses of an operation are in `uses`.
    ranges: Vec<std::ops::Range<usize>>,
    /// By service, its declared dependencies that no step shows.
    declared: Vec<Vec<Dependency>>,
    /// Steps and where their use is in `uses`, in the order of the steps.
    by_step: Vec<(StepId, usize)>,
    /// By node, how long the operation may take.
    pub(crate) longest: Vec<Longest>,
    /// By node, whether the operation changes anything, as far as it is known.
    changes: Vec<Option<bool>>,
    /// By service, the first journey that fails with it.
    fatal: Vec<Option<usize>>,
}

impl<'a> View<'a> {
    pub(crate) fn of(system: &'a System) -> Self {
        let uses = uses(system);
        let calls = Calls::from_uses(system, &uses);
        let longest = patience(system, &calls);
        let ranges = ranges(&uses, &calls, longest.len());
        let declared = declared(system, &uses);
        let mut by_step: Vec<_> = uses.iter().map(|used| used.step).zip(0..).collect();
        by_step.sort_unstable();
        let (changes, fatal) = (Vec::new(), Vec::new());
        let mut view =
            Self { system, uses, calls, ranges, declared, by_step, longest, changes, fatal };
        view.fatal = view.find_fatal();
        view.changes = view.find_changes();
        view
    }

    /// What an operation uses.
    pub(crate) fn uses_of(&self, id: OperationId) -> &[Use<'a>] {
        &self.uses[self.ranges[self.calls.node(id)].clone()]
    }

    pub(crate) fn service(&self, id: ServiceId) -> &'a Service {
        self.system.service(id)
    }

    /// Its services with their ids.
    pub(crate) fn services(&self) -> impl Iterator<Item = (ServiceId, &'a Service)> + use<'a> {
        self.system.service_ids().zip(self.system.services())
    }

    /// What a service is said to depend on, where no step shows it.
    pub(crate) fn declared(&self, id: ServiceId) -> &[Dependency] {
        &self.declared[id.index()]
    }

    /// Whether an operation changes anything, so that doing it twice may matter. `None` when the
    /// model does not say: nothing is known of what it does, and it has no route that tells.
    pub(crate) fn changes(&self, id: OperationId) -> Option<bool> {
        self.changes[self.calls.node(id)]
    }

    /// Callees first; a call that closes a cycle counts as unknown.
    fn find_changes(&self) -> Vec<Option<bool>> {
        let mut changes = vec![None; self.longest.len()];
        for id in self.calls.callees_first() {
            let operation = self.system.operation(id);
            changes[self.calls.node(id)] = match by_route(operation.route.as_deref()) {
                Some(known) => Some(known),
                None if operation.steps.is_empty() => None,
                None => self.changes_by_steps(id, &changes),
            };
        }
        changes
    }

    fn changes_by_steps(&self, id: OperationId, changes: &[Option<bool>]) -> Option<bool> {
        let mut known = Some(false);
        walk(&self.system.operation(id).steps, &mut |step, _| {
            let of_step = match &step.action {
                Action::Call(callee) => {
                    callee.operation.and_then(|callee| changes[self.calls.node(callee)])
                }
                Action::Query { query, .. } => {
                    let queries = &self.service(query.service).database.queries;
                    Some(queries[query.index()].does == knockon_core::Access::Write)
                }
                Action::Publish { .. } | Action::Move { .. } | Action::Saga(_) => Some(true),
                _ => Some(false),
            };
            known = match (known, of_step) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (None, _) | (_, None) => None,
                _ => Some(false),
            };
        });
        known
    }

    /// The operations with which users reach the system on a journey: its entry, its end and its
    /// stages.
    pub(crate) fn operations_of(journey: &Journey) -> BTreeSet<OperationId> {
        let stages = journey.stages.iter().filter_map(|stage| stage.operation);
        journey.entry.into_iter().chain(journey.completes).chain(stages).collect()
    }

    /// The service where a journey reaches what the organisation runs: its entry, or what comes after
    /// the browsers and apps at its beginning.
    pub(crate) fn front_of(&self, journey: &Journey) -> ServiceId {
        let is_client = |id: &ServiceId| self.service(*id).kind == ServiceKind::Client;
        let path = [journey.enters].into_iter().chain(journey.through.iter().copied());
        let operations = Self::operations_of(journey).into_iter().map(|id| id.service);
        path.chain(operations).find(|id| !is_client(id)).unwrap_or(journey.enters)
    }

    /// The first journey that fails with a service.
    pub(crate) fn fatal_for(&self, id: ServiceId) -> Option<usize> {
        self.fatal[id.index()]
    }

    /// A journey fails with its own operations, or with the services of its path if it names no
    /// operation, with what a critical step of theirs asks, with what is declared critical, and with
    /// whatever these fail with in turn. What one journey fails with need not be followed again for
    /// the next.
    fn find_fatal(&self) -> Vec<Option<usize>> {
        let mut fatal = vec![None; self.system.services().len()];
        let mut seen = vec![false; self.calls.count()];
        for (index, journey) in self.system.journeys().iter().enumerate() {
            let operations = Self::operations_of(journey);
            let path = if operations.is_empty() { journey.through.as_slice() } else { &[] };
            let path = path.iter().copied().chain([journey.enters]);
            let mut open: Vec<Failing> = path.map(Failing::Service).collect();
            open.extend(operations.into_iter().map(Failing::Operation));
            while let Some(failing) = open.pop() {
                let node = match failing {
                    Failing::Operation(id) => self.calls.node(id),
                    Failing::Service(id) => self.calls.service_node(id),
                };
                if !std::mem::replace(&mut seen[node], true) {
                    fatal[failing.service().index()].get_or_insert(index);
                    self.push_needed(failing, &mut open);
                }
            }
        }
        fatal
    }

    fn push_needed(&self, failing: Failing, open: &mut Vec<Failing>) {
        match failing {
            Failing::Operation(id) => {
                open.push(Failing::Service(id.service));
                let critical = self.uses_of(id).iter().filter(|used| used.place.critical);
                open.extend(critical.filter(|used| !used.is_relayed()).map(
                    |used| match used.target {
                        Target::Callee(callee) => match callee.operation {
                            Some(operation) => Failing::Operation(operation),
                            None => Failing::Service(callee.service),
                        },
                        other => Failing::Service(other.service()),
                    },
                ));
            }
            Failing::Service(id) => {
                let critical = self.declared(id).iter().filter(|dependency| {
                    dependency.criticality == Criticality::Critical
                        && dependency.kind != DependencyKind::RunsOn
                });
                open.extend(critical.map(|dependency| Failing::Service(dependency.to)));
            }
        }
    }

    /// By service, whether something consumes there: an operation, or so it is declared.
    pub(crate) fn consumes(&self, id: ServiceId) -> bool {
        let consumes = |dependency: &Dependency| dependency.kind == DependencyKind::Consume;
        self.service(id).operations.iter().any(|operation| operation.consumes.is_some())
            || self.system.dependencies().iter().any(|it| it.from == id && consumes(it))
    }

    /// Whether every operation of a service begins with a message or the clock, so that nobody sends
    /// it requests. `false` when no operation is known.
    pub(crate) fn is_background_worker(service: &Service) -> bool {
        let alone = service.operations.iter().all(|it| it.consumes.is_some() || it.every.is_some());
        alone && !service.operations.is_empty()
    }

    /// What a step asks, if it asks anything.
    pub(crate) fn use_at(&self, step: StepId) -> Option<&Use<'a>> {
        let at = self.by_step.partition_point(|(other, _)| *other < step);
        let (found, index) = self.by_step.get(at)?;
        (*found == step).then(|| &self.uses[*index])
    }
}

impl Use<'_> {
    /// Whether an outbox keeps what it publishes until the broker is back.
    pub(crate) fn is_relayed(&self) -> bool {
        matches!(self.action, Action::Publish { outbox: Some(_), .. })
    }
}

/// What a journey fails with.
#[derive(Debug, Clone, Copy)]
enum Failing {
    Operation(OperationId),
    Service(ServiceId),
}

impl Failing {
    fn service(self) -> ServiceId {
        match self {
            Self::Operation(id) => id.service,
            Self::Service(id) => id,
        }
    }
}

/// Whether a route tells that something changes (RFC 9110, 9.2: which methods are safe).
fn by_route(route: Option<&str>) -> Option<bool> {
    match route?.split_whitespace().next()? {
        "GET" | "HEAD" | "OPTIONS" => Some(false),
        "POST" | "PATCH" | "PUT" | "DELETE" => Some(true),
        _ => None,
    }
}

fn ranges(uses: &[Use<'_>], calls: &Calls, count: usize) -> Vec<std::ops::Range<usize>> {
    let mut ranges = vec![0..0; count];
    let mut start = 0;
    for group in uses.chunk_by(|a, b| a.by == b.by) {
        if let Some(first) = group.first() {
            ranges[calls.node(first.by)] = start..start + group.len();
        }
        start += group.len();
    }
    ranges
}

fn declared(system: &System, uses: &[Use<'_>]) -> Vec<Vec<Dependency>> {
    let shown: BTreeSet<_> = uses.iter().map(|it| (it.by.service, it.target.service())).collect();
    let mut declared = vec![Vec::new(); system.services().len()];
    for dependency in system.dependencies() {
        let is_shown = shown.contains(&(dependency.from, dependency.to));
        if dependency.provenance != Provenance::Steps && !is_shown {
            declared[dependency.from.index()].push(*dependency);
        }
    }
    declared
}
