//! A queue of dead letters at which nobody looks.

use std::collections::BTreeMap;

use knockon_core::{Element, QueueId};

use super::{Weakness, dead_letter};
use crate::codes::DEAD_LETTERS_UNSEEN;
use crate::view::View;
use crate::wording;

/// A queue that others name as their `dead_letter`, that people do not work off (`manual`), that no
/// operation consumes, and that the expression or a label of no monitor names.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let mut feeds: BTreeMap<QueueId, QueueId> = BTreeMap::new();
    for (from, queue) in dead_letter::queues(view) {
        queue.dead_letter.map(|to| feeds.entry(to).or_insert(from));
    }
    for id in view.system.operation_ids() {
        view.system.operation(id).consumes.map(|queue| feeds.remove(&queue));
    }
    let unseen = feeds.into_iter().filter(|(id, _)| {
        let queue = view.system.queue(*id);
        !queue.manual && !is_watched(view, &queue.name)
    });
    let weakness = |(id, from): (QueueId, QueueId)| {
        let (name, source) = (wording::queue(view.system, id), wording::queue(view.system, from));
        let message = format!(
            "messages that {source} could not deliver end in {name}, where nobody sees them"
        );
        Weakness::new(DEAD_LETTERS_UNSEEN, Element::Queue(id), message, "nobody works it off")
            .related(Element::Queue(from), "its dead letters go there")
            .help("say that people work it off: `manual: true`")
            .help(format!(
                "or add an alert on `rabbitmq_queue_messages{{queue=\"{}\"}}`",
                view.system.queue(id).name
            ))
    };
    unseen.map(weakness).collect()
}

fn is_watched(view: &View<'_>, queue: &str) -> bool {
    view.system.practice().monitors.iter().any(|monitor| {
        monitor.expr.contains(queue) || monitor.labels.values().any(|label| label == queue)
    })
}
