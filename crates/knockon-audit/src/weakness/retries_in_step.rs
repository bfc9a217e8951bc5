//! Retries that make a second wave of what was a first.

use knockon_core::{Element, Jitter, ServiceKind};

use super::Weakness;
use crate::codes::RETRY_IN_STEP;
use crate::uses::Use;
use crate::view::View;
use crate::wording::{self, time};

/// A retry without a `budget` that tries three times or more with no wait at all; or that waits, but
/// without jitter, in a service of which several replicas (or clients) wait at once.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    view.uses.iter().filter_map(|used| weakness(view, used)).collect()
}

fn weakness(view: &View<'_>, used: &Use<'_>) -> Option<Weakness> {
    let retry = used.retry.filter(|retry| retry.attempts > 1 && retry.budget.is_none())?;
    let operation = wording::operation(view.system, used.by);
    let target = wording::target(view.system, used.target);
    let attempts = retry.attempts;
    let element = Element::Step(used.step);
    if retry.backoff.is_zero() {
        let message =
            format!("{operation} asks {target} {attempts} times at once when it is in trouble");
        let weakness = Weakness::new(RETRY_IN_STEP, element, message, "no wait between attempts");
        let help = "wait longer each time, and not all alike: `backoff: 100ms`, `jitter: full`";
        return (attempts > 2).then(|| weakness.help(help));
    }
    let service = view.service(used.by.service);
    let most = service.autoscaler.as_ref().map_or(0, |scaler| scaler.max);
    let many = service.replicas().max(most);
    let waits_alike = service.kind == ServiceKind::Client || many > 1;
    let who = match service.kind {
        ServiceKind::Client => "all clients".to_owned(),
        _ => format!("all {}", wording::counted(u64::from(many), "replica")),
    };
    let message = format!(
        "{who} of {operation} ask {target} again at the same moment, {} after it failed",
        time(retry.backoff)
    );
    let weakness = Weakness::new(RETRY_IN_STEP, element, message, "no jitter")
        .help("spread the waits: `jitter: full`");
    (retry.jitter == Jitter::None && waits_alike).then_some(weakness)
}
