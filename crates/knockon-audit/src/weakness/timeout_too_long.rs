//! Steps that hold a request long after its user has gone.

use std::time::Duration;

use knockon_core::{Element, OperationId};

use super::Weakness;
use crate::codes::TIMEOUT_TOO_LONG;
use crate::uses::{Purpose, Use};
use crate::view::View;
use crate::wording::{self, time};

/// A timeout is somewhat longer than the slowest 1 % of good answers, or good answers would be cut
/// off; ten times as long is nobody's choice.
const P99_TIMES: u32 = 10;

/// What a journey promises.
struct Promise {
    /// Waiting longer than this is too long.
    limit: Duration,
    /// What is promised.
    promised: Duration,
    key: &'static str,
    journey: usize,
}

/// A step that is waited for on the way of a journey, and that waits longer than the journey may take
/// until it is complete (`within`), or more than ten times as long as 99 of 100 requests (`p99`; not
/// for what begins with a message). Each step is told once, with the strictest promise.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let mut promises = promises(view);
    promises.sort_by_key(|promise| (promise.limit, promise.journey));
    let mut seen = vec![false; view.calls.count()];
    let mut found = Vec::new();
    for promise in &promises {
        for operation in reached(view, promise, &mut seen) {
            let waits = view.uses_of(operation).iter().filter(|used| {
                used.place.waits && used.purpose != Purpose::Undo && used.is_answered()
            });
            let long = waits.filter(|used| used.timeout.is_some_and(|it| it > promise.limit));
            found.extend(long.map(|used| (used.step, weakness(view, used, promise))));
        }
    }
    found.sort_by_key(|(step, _)| *step);
    found.into_iter().map(|(_, weakness)| weakness).collect()
}

fn promises(view: &View<'_>) -> Vec<Promise> {
    let mut promises = Vec::new();
    for (journey, slo) in view.system.journeys().iter().map(|it| it.slo).enumerate() {
        let p99 = slo.and_then(|slo| slo.p99).map(|it| (it, it.saturating_mul(P99_TIMES), "p99"));
        let within = slo.and_then(|slo| slo.within).map(|it| (it, it, "within"));
        promises.extend(
            [p99, within].into_iter().flatten().map(|(promised, limit, key)| Promise {
                limit,
                promised,
                key,
                journey,
            }),
        );
    }
    promises
}

/// The operations that are waited for on the way of a journey and were not reached with a stricter
/// promise.
fn reached(view: &View<'_>, promise: &Promise, seen: &mut [bool]) -> Vec<OperationId> {
    let mut is_new = |id| !std::mem::replace(&mut seen[view.calls.node(id)], true);
    let starts = View::operations_of(&view.system.journeys()[promise.journey]);
    let is_asked = |id: &OperationId| view.system.operation(*id).consumes.is_none();
    let starts = starts.into_iter().filter(|id| promise.key == "within" || is_asked(id));
    let mut reached: Vec<OperationId> = starts.filter(|id| is_new(*id)).collect();
    let mut at = 0;
    while let Some(id) = reached.get(at).copied() {
        at += 1;
        let waits = view.uses_of(id).iter().filter(|used| used.place.waits);
        let next = waits.filter_map(|used| used.target.operation());
        let next: Vec<OperationId> = next.filter(|id| is_new(*id)).collect();
        reached.extend(next);
    }
    reached
}

fn weakness(view: &View<'_>, used: &Use<'_>, promise: &Promise) -> Weakness {
    let operation = wording::operation(view.system, used.by);
    let target = wording::target(view.system, used.target);
    let waited = time(used.timeout.unwrap_or_default());
    let promised = time(promise.promised);
    let name = &view.system.journeys()[promise.journey].name;
    let (says, enough) = match promise.key {
        "p99" => (format!("promises 99 of 100 an answer in {promised}"), "little above"),
        _ => (format!("promises to be complete in {promised}"), "well below"),
    };
    let message =
        format!("{operation} waits up to {waited} for {target}, and journey `{name}` {says}");
    let element = Element::Step(used.step);
    Weakness::new(TIMEOUT_TOO_LONG, element, message, "waits for users who have gone")
        .related(Element::Journey(promise.journey), format!("`{}: {promised}`", promise.key))
        .help(format!("give up sooner: a `timeout` {enough} {promised}"))
}
