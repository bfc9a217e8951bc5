//! What operations use: every step that asks something of a service, and every part of a saga.

use std::time::Duration;

use knockon_core::{
    Action, CacheEntryId, Callee, Channel, Criticality, DependencyKind, OperationId, Policies,
    QueryId, Retry, RetryOn, Saga, ServiceId, Step, StepId, System,
};

use crate::walk::{Place, walk};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Callee(Callee),
    Query(QueryId),
    Entry(CacheEntryId),
    Channel(Channel),
}

impl Target {
    /// The service behind it.
    pub(crate) fn service(self) -> ServiceId {
        match self {
            Self::Callee(callee) => callee.service,
            Self::Query(id) => id.service,
            Self::Entry(id) => id.service,
            Self::Channel(channel) => channel.broker(),
        }
    }

    /// The operation behind it, if it is one that is known.
    pub(crate) fn operation(self) -> Option<OperationId> {
        match self {
            Self::Callee(callee) => callee.operation,
            _ => None,
        }
    }
}

/// Why it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A step does its work.
    Step,
    /// A saga does one of its things.
    Saga,
    /// A saga takes something back.
    Undo,
}

/// One use of one thing by one operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use<'a> {
    /// Who uses it.
    pub(crate) by: OperationId,
    /// In which step.
    pub(crate) step: StepId,
    /// As the model writes it: `call`, `query`, `do`.
    pub(crate) verb: &'static str,
    pub(crate) target: Target,
    pub(crate) purpose: Purpose,
    pub(crate) place: Place,
    /// How long an answer is waited for, as this use itself says.
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<&'a Retry>,
    /// The step's policies; a saga's things have none.
    pub(crate) policies: Option<&'a Policies>,
    /// The saga that it is part of.
    pub(crate) saga: Option<&'a Saga>,
    /// The step's action; of a saga's thing the saga.
    pub(crate) action: &'a Action,
}

impl Use<'_> {
    /// Whether anything ends the wait: its own timeout or that of its saga.
    pub(crate) fn is_bounded(&self) -> bool {
        self.timeout.is_some() || self.saga.is_some_and(|saga| saga.timeout.is_some())
    }

    /// Whether it waits for an answer at all: a publish only waits for a confirm, and with an outbox
    /// not even for that.
    pub(crate) fn is_answered(&self) -> bool {
        match self.action {
            Action::Publish { confirms, outbox, .. } => *confirms && outbox.is_none(),
            _ => true,
        }
    }

    /// Whether something else is done when it fails.
    pub(crate) fn has_fallback(&self) -> bool {
        self.policies.is_some_and(|policies| policies.fallback.is_some())
    }

    /// What the step says of its criticality, if it does.
    pub(crate) fn said(&self) -> Option<Criticality> {
        self.policies.and_then(|policies| policies.criticality)
    }

    /// How often it is tried in all; at least once.
    pub(crate) fn attempts(&self) -> u64 {
        self.retry.map_or(1, |retry| u64::from(retry.attempts.max(1)))
    }

    /// Whether it goes to another service.
    pub(crate) fn is_remote(&self) -> bool {
        self.target.service() != self.by.service
    }

    /// How the dependency that it makes would be declared.
    pub(crate) fn is_kind(&self, system: &System, kind: DependencyKind) -> bool {
        use knockon_core::Access;
        match (self.target, kind) {
            (Target::Callee(_), DependencyKind::Call)
            | (Target::Entry(_), DependencyKind::Read | DependencyKind::Write)
            | (Target::Channel(_), DependencyKind::Publish) => true,
            (Target::Query(id), DependencyKind::Read | DependencyKind::Write) => {
                let query = &system.service(id.service).database.queries[id.index()];
                (query.does == Access::Write) == (kind == DependencyKind::Write)
            }
            _ => false,
        }
    }
}

/// How often a failure that takes as long as it may is tried: retries that are for errors only do not
/// follow a timeout.
pub(crate) fn attempts_after_timeouts(retry: Option<&Retry>) -> u32 {
    match retry {
        Some(retry) if retry.on.contains(&RetryOn::Timeouts) => retry.attempts.max(1),
        _ => 1,
    }
}

/// Every use of every operation, in the order of the model, so that those of one operation lie
/// together.
pub(crate) fn uses(system: &System) -> Vec<Use<'_>> {
    let mut uses = Vec::new();
    for by in system.operation_ids() {
        walk(&system.operation(by).steps, &mut |step, place| collect(by, step, place, &mut uses));
    }
    uses
}

fn collect<'a>(by: OperationId, step: &'a Step, place: Place, uses: &mut Vec<Use<'a>>) {
    let (verb, target) = match &step.action {
        Action::Call(callee) => ("call", Target::Callee(*callee)),
        Action::Query { query, .. } => ("query", Target::Query(*query)),
        Action::Get { entry, .. } => ("get", Target::Entry(*entry)),
        Action::Put(entry) => ("put", Target::Entry(*entry)),
        Action::Drop(entry) => ("drop", Target::Entry(*entry)),
        Action::Publish { channel, .. } => ("publish", Target::Channel(*channel)),
        Action::Saga(saga) => return collect_saga(by, step, saga, place, uses),
        _ => return,
    };
    let policies = &step.policies;
    uses.push(Use {
        by,
        step: step.id,
        verb,
        target,
        purpose: Purpose::Step,
        place,
        timeout: policies.timeout,
        retry: policies.retry.as_ref(),
        policies: Some(policies),
        saga: None,
        action: &step.action,
    });
}

fn collect_saga<'a>(
    by: OperationId,
    step: &'a Step,
    saga: &'a Saga,
    place: Place,
    uses: &mut Vec<Use<'a>>,
) {
    let undo = |step_id, callee: Callee| Use {
        by,
        step: step_id,
        verb: "undo",
        target: Target::Callee(callee),
        purpose: Purpose::Undo,
        place: Place { critical: false, ..place },
        timeout: None,
        retry: None,
        policies: None,
        saga: Some(saga),
        action: &step.action,
    };
    for part in &saga.steps {
        uses.push(Use {
            step: part.id,
            verb: "do",
            target: Target::Callee(part.action),
            purpose: Purpose::Saga,
            place,
            timeout: part.timeout,
            retry: part.retry.as_ref(),
            ..undo(part.id, part.action)
        });
        uses.extend(part.undo.map(|callee| undo(part.id, callee)));
    }
    uses.extend(saga.undo.map(|callee| undo(step.id, callee)));
}
