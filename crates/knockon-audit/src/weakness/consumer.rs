//! How consumers take messages off their queues.

use knockon_core::{Acks, Element, Operation, OperationId, QueueId};

use super::Weakness;
use crate::codes::{ACKS_BEFORE, PREFETCH_UNBOUNDED};
use crate::view::View;
use crate::wording;

/// A consumer without a `prefetch` (or with 0, which means the same), of a broker that is not known to
/// be anything but `RabbitMQ`: one replica takes all that waits, and the others stand idle.
pub(super) fn find_without_prefetch(view: &View<'_>) -> Vec<Weakness> {
    let found = consumers(view).filter(|(_, operation, queue)| {
        let engine = view.service(queue.service).engine.as_deref().unwrap_or("rabbitmq");
        operation.acks == Acks::After
            && operation.prefetch.unwrap_or(0) == 0
            && engine.to_lowercase().contains("rabbit")
    });
    let weakness = |(id, _, queue): (OperationId, &Operation, QueueId)| {
        let (name, queue) =
            (wording::operation(view.system, id), wording::queue(view.system, queue));
        let message = format!("{name} takes everything that waits in {queue} at once");
        Weakness::new(PREFETCH_UNBOUNDED, Element::Operation(id), message, "no prefetch").help(
            "bound what one consumer holds: `prefetch: 20`; less where a message takes seconds",
        )
    };
    found.map(weakness).collect()
}

/// A consumer that says it has done what it has only begun.
pub(super) fn find_acks_before(view: &View<'_>) -> Vec<Weakness> {
    let found = consumers(view).filter(|(_, operation, _)| operation.acks == Acks::Before);
    let weakness = |(id, _, queue): (OperationId, &Operation, QueueId)| {
        let (name, queue) =
            (wording::operation(view.system, id), wording::queue(view.system, queue));
        let message =
            format!("{name} loses its message from {queue} when it fails or is restarted");
        Weakness::new(ACKS_BEFORE, Element::Operation(id), message, "acknowledged before the work")
            .help("acknowledge when the work is done: `acks: after`")
    };
    found.map(weakness).collect()
}

pub(super) fn consumers<'a>(
    view: &View<'a>,
) -> impl Iterator<Item = (OperationId, &'a Operation, QueueId)> + use<'a> {
    let system = view.system;
    system.operation_ids().filter_map(|id| {
        let operation = system.operation(id);
        operation.consumes.map(|queue| (id, operation, queue))
    })
}
