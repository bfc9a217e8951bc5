//! Sagas that cannot be taken back, or not to the end.

use knockon_core::{Action, Element, OperationId, Saga, SagaStep, Step, System};

use super::Weakness;
use crate::codes::{SAGA_WITHOUT_MANUAL, SAGA_WITHOUT_UNDO};
use crate::uses::Target;
use crate::view::View;
use crate::walk::walk;
use crate::wording;

/// A part that stays when the saga is taken back: it has no `undo`, is not the last (nothing after it
/// can fail), changes something as far as is known, and is not of the service of the saga's own
/// `undo`.
pub(super) fn find_without_undo(view: &View<'_>) -> Vec<Weakness> {
    let mut found = Vec::new();
    for (by, _, saga) in sagas(view.system) {
        let Some((last, before)) = saga.steps.split_last() else { continue };
        let stays = before.iter().filter(|part| {
            let changes = part.action.operation.and_then(|id| view.changes(id));
            let by_the_end = saga.undo.is_some_and(|undo| undo.service == part.action.service);
            part.undo.is_none() && !by_the_end && changes != Some(false)
        });
        found.extend(stays.map(|part| without_undo(view.system, by, saga, part, last)));
    }
    found
}

fn without_undo(
    system: &System,
    by: OperationId,
    saga: &Saga,
    part: &SagaStep,
    last: &SagaStep,
) -> Weakness {
    let done = wording::target(system, Target::Callee(part.action));
    let fails = wording::target(system, Target::Callee(last.action));
    let operation = wording::operation(system, by);
    let message = format!(
        "saga `{}` of {operation} leaves {done} done when a later part such as {fails} fails",
        saga.name
    );
    let service = &system.service(part.action.service).name;
    Weakness::new(SAGA_WITHOUT_UNDO, Element::Step(part.id), message, "nothing takes it back")
        .related(Element::Step(last.id), "may fail after it")
        .help(format!("name what takes it back: `undo: {service} / <operation>` beside the `do`"))
        .help("or do it last: what cannot be taken back belongs where nothing can fail any more")
}

/// A saga that takes something back and names no queue for when that fails.
pub(super) fn find_without_manual(view: &View<'_>) -> Vec<Weakness> {
    let found = sagas(view.system).into_iter().filter(|(_, _, saga)| {
        let takes_back = saga.undo.is_some() || saga.steps.iter().any(|part| part.undo.is_some());
        saga.manual.is_none() && takes_back
    });
    let weakness = |(by, step, saga): (OperationId, &Step, &Saga)| {
        let message = format!(
            "saga `{}` of {} tells nobody when it can neither be finished nor taken back",
            saga.name,
            wording::operation(view.system, by)
        );
        let label = "no manual queue";
        Weakness::new(SAGA_WITHOUT_MANUAL, Element::Step(step.id), message, label)
            .help("name a queue that people work off: `manual: <broker> / <queue>`")
    };
    found.map(weakness).collect()
}

fn sagas(system: &System) -> Vec<(OperationId, &Step, &Saga)> {
    let mut sagas = Vec::new();
    for id in system.operation_ids() {
        walk(&system.operation(id).steps, &mut |step, _| {
            if let Action::Saga(saga) = &step.action {
                sagas.push((id, step, saga));
            }
        });
    }
    sagas
}
