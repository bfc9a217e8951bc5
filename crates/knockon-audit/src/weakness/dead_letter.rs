//! A queue whose refused, expired or surplus messages are gone.

use std::collections::BTreeSet;

use knockon_core::{Acks, Element, Overflow, Queue, QueueId};

use super::Weakness;
use crate::codes::NO_DEAD_LETTER;
use crate::view::View;
use crate::wording;

/// A queue with no `dead_letter` of which messages can be lost: one with a length or size and an
/// overflow that drops, with a ttl, with a delivery limit, or with a consumer that may refuse. Queues
/// that people work off, and those that hold dead letters themselves, are where messages end.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let ends: BTreeSet<QueueId> = queues(view).filter_map(|(_, queue)| queue.dead_letter).collect();
    let refused: BTreeSet<QueueId> = view
        .system
        .operation_ids()
        .map(|id| view.system.operation(id))
        .filter(|operation| operation.acks == Acks::After)
        .filter_map(|operation| operation.consumes)
        .collect();
    let found = queues(view)
        .filter(|(id, queue)| queue.dead_letter.is_none() && !queue.manual && !ends.contains(id));
    let found = found.filter_map(|(id, queue)| {
        let losses = losses(queue, refused.contains(&id));
        (!losses.is_empty()).then(|| weakness(view, id, queue, &losses))
    });
    found.collect()
}

pub(super) fn queues<'a>(view: &View<'a>) -> impl Iterator<Item = (QueueId, &'a Queue)> {
    view.services().flat_map(|(service, body)| {
        let queues = body.broker.queues.iter().enumerate();
        queues.map(move |(index, queue)| (QueueId::new(service, index), queue))
    })
}

/// In which ways messages are lost.
fn losses(queue: &Queue, is_refused: bool) -> Vec<String> {
    let mut losses = Vec::new();
    let full = match (queue.max_length, queue.max_bytes) {
        (Some(length), _) => Some(wording::counted(length, "message")),
        (None, Some(bytes)) => Some(wording::counted(bytes.count, "byte")),
        (None, None) => None,
    };
    match (full, queue.overflow) {
        (Some(full), Overflow::DropHead) => {
            losses.push(format!("the oldest when it holds {full}"));
        }
        (Some(full), Overflow::RejectPublishDlx) => {
            losses.push(format!("any that comes when it holds {full}"));
        }
        _ => {}
    }
    losses
        .extend(queue.ttl.map(|ttl| format!("any that waits longer than {}", wording::time(ttl))));
    losses.extend(
        queue
            .delivery_limit
            .map(|limit| format!("any that failed {}", wording::counted(u64::from(limit), "time"))),
    );
    if is_refused && queue.delivery_limit.is_none() {
        losses.push("any that its consumer refuses".to_owned());
    }
    losses
}

fn weakness(view: &View<'_>, id: QueueId, queue: &Queue, losses: &[String]) -> Weakness {
    let name = wording::queue(view.system, id);
    let message = format!("{name} loses messages for good: {}", wording::list(losses, "and"));
    let drops = queue.overflow == Overflow::DropHead
        && (queue.max_length.is_some() || queue.max_bytes.is_some());
    let weakness = Weakness::new(NO_DEAD_LETTER, Element::Queue(id), message, "no dead letter")
        .help(format!(
            "keep them: `dead_letter: {0}-dead`, and a queue `{0}-dead: {{ manual: true }}` beside it",
            queue.name
        ));
    if drops {
        let help = "or refuse the new instead of dropping the old: `overflow: reject-publish`, with \
                    `confirms: true` where it is published";
        return weakness.help(help);
    }
    weakness
}
