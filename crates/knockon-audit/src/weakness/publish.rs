//! A message that may be lost between the producer and the broker.

use knockon_core::{Action, Criticality, Element};

use super::Weakness;
use crate::codes::PUBLISH_UNCONFIRMED;
use crate::uses::Use;
use crate::view::View;
use crate::wording;

/// A publish that matters (its criticality is critical, whether or not it is in the background), that
/// waits for no confirm and has no outbox.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let found = view.uses.iter().filter(|used| {
        let matters = used.policies.is_some_and(|it| it.criticality() == Criticality::Critical);
        let is_lost = matches!(used.action, Action::Publish { confirms: false, outbox: None, .. });
        is_lost && matters
    });
    let weakness = |used: &Use<'_>| {
        let operation = wording::operation(view.system, used.by);
        let target = wording::target(view.system, used.target);
        let message = format!(
            "{operation} never learns whether {target} took its message: refused or lost, it looks \
             the same"
        );
        Weakness::new(PUBLISH_UNCONFIRMED, Element::Step(used.step), message, "no confirms")
            .help("wait until the broker has it: `confirms: true`, with a `timeout`")
            .help("or keep it with the data until the broker has it: `outbox: <database>`")
            .help("or say that it does not matter: `criticality: optional` with `fallback: skip`")
    };
    found.map(weakness).collect()
}
