//! What does harm when it is done twice, and may be.

use knockon_core::{Acks, Element, Operation, OperationId, QueueId};

use super::{Weakness, consumer};
use crate::codes::{CONSUMER_NOT_IDEMPOTENT, RETRY_NOT_IDEMPOTENT};
use crate::uses::Use;
use crate::view::View;
use crate::wording;

/// A call with a retry whose callee changes something and does not say by what it recognises a
/// repetition. A callee of which nobody knows whether it changes anything is left alone, and so is one
/// whose route says that repeating it is safe (PUT and DELETE: RFC 9110, 9.2.2).
pub(super) fn find_retries(view: &View<'_>) -> Vec<Weakness> {
    let found = view.uses.iter().filter(|used| used.attempts() > 1);
    let found = found.filter_map(|used| {
        let callee = used.target.operation()?;
        let repeats = is_harmed(view, callee) && !has_safe_route(view.system.operation(callee));
        repeats.then(|| retry(view, used, callee))
    });
    found.collect()
}

fn retry(view: &View<'_>, used: &Use<'_>, callee: OperationId) -> Weakness {
    let operation = wording::operation(view.system, used.by);
    let name = wording::operation(view.system, callee);
    let times = wording::counted(used.attempts(), "time");
    let message =
        format!("{operation} may do {name} up to {times}: it does not recognise a repetition");
    Weakness::new(RETRY_NOT_IDEMPOTENT, Element::Step(used.step), message, "done more than once")
        .related(Element::Operation(callee), "not idempotent")
        .help(format!("say by what {name} recognises a repetition: `idempotent: by <key>`"))
        .help("or take the `retry` away: an answer that did not come may still have done the work")
}

/// A consumer whose queue delivers a message again when it dies, that changes something, and does not
/// say by what it recognises the second time.
pub(super) fn find_consumers(view: &View<'_>) -> Vec<Weakness> {
    let found = consumer::consumers(view)
        .filter(|(id, operation, _)| operation.acks == Acks::After && is_harmed(view, *id));
    let weakness = |(id, _, queue): (OperationId, &Operation, QueueId)| {
        let (name, queue) =
            (wording::operation(view.system, id), wording::queue(view.system, queue));
        let message = format!("{name} does its work twice when {queue} delivers a message again");
        let element = Element::Operation(id);
        Weakness::new(CONSUMER_NOT_IDEMPOTENT, element, message, "not idempotent")
            .help("say by what it recognises a repetition: `idempotent: by <message id>`")
    };
    found.map(weakness).collect()
}

fn is_harmed(view: &View<'_>, id: OperationId) -> bool {
    view.system.operation(id).idempotent.is_none() && view.changes(id) == Some(true)
}

fn has_safe_route(operation: &Operation) -> bool {
    let method = operation.route.as_deref().and_then(|route| route.split_whitespace().next());
    matches!(method, Some("PUT" | "DELETE"))
}
