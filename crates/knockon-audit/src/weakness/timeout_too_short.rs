//! A caller that is gone before its callee has finished trying.

use std::time::Duration;

use knockon_core::Element;

use super::Weakness;
use crate::codes::TIMEOUT_TOO_SHORT;
use crate::patience::{Longest, Part};
use crate::uses::Use;
use crate::view::View;
use crate::wording::{self, time};

/// The callee tries something again somewhere below, and all of its timeouts, retries and waits
/// together are longer than the caller waits; or one single wait of it is.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let found = view.uses.iter().filter(|used| used.place.waits).filter_map(|used| {
        let timeout = used.timeout?;
        let callee = used.target.operation()?;
        let longest = view.longest[view.calls.node(callee)];
        let part = longest.part?;
        let is_short = (part.attempts > 1 && timeout < longest.time) || timeout < part.each;
        is_short.then(|| weakness(view, used, timeout, longest, part))
    });
    found.collect()
}

fn weakness(
    view: &View<'_>,
    used: &Use<'_>,
    timeout: Duration,
    longest: Longest,
    part: Part,
) -> Weakness {
    let operation = wording::operation(view.system, used.by);
    let callee = wording::target(view.system, used.target);
    let sum = sum(&part);
    let with = if part.attempts > 1 { " with its retries" } else { "" };
    let at_least = if longest.at_least { "at least " } else { "" };
    let rest = longest.time.saturating_sub(part.total());
    let takes = if rest.is_zero() {
        format!("{at_least}{sum}")
    } else if part.attempts > 1 {
        format!("{at_least}{}", time(longest.time))
    } else {
        format!("{at_least}{}, {} of it for one answer", time(longest.time), time(part.each))
    };
    let message =
        format!("{operation} waits {} for {callee}, which may take {takes}{with}", time(timeout));
    let element = Element::Step(used.step);
    let mut weakness =
        Weakness::new(TIMEOUT_TOO_SHORT, element, message, "gives up before its callee does");
    if let Some(inner) = view.use_at(part.step) {
        let target = wording::target(view.system, inner.target);
        let says = format!("up to {sum} for {target}");
        weakness = weakness.related(Element::Step(part.step), says);
    }
    let below = if part.attempts > 1 {
        let fits = fitting(timeout.saturating_sub(rest), &part);
        let shorter = "a shorter `timeout` there";
        match fits {
            0 | 1 => format!("or try less often below: {shorter}, and no `retry`"),
            fits => format!("or try less often below: {shorter}, or `attempts: {fits}`"),
        }
    } else {
        "or shorten the `timeout` below: what the callee does after the caller has gone is wasted"
            .to_owned()
    };
    weakness.help(format!("wait longer than {} here", time(longest.time))).help(below)
}

/// `3 × 4s + 300ms = 12.3s`.
fn sum(part: &Part) -> String {
    let total = time(part.total());
    match (part.attempts, part.waits.is_zero()) {
        (1, true) => total,
        (attempts, true) => format!("{attempts} × {} = {total}", time(part.each)),
        (attempts, false) => {
            format!("{attempts} × {} + {} = {total}", time(part.each), time(part.waits))
        }
    }
}

/// How many attempts fit into a time, the waits as long as they are on average.
fn fitting(timeout: Duration, part: &Part) -> u32 {
    let average = part.waits / part.attempts.saturating_sub(1).max(1);
    let one = part.each.saturating_add(average);
    let fits = timeout.saturating_add(average).as_nanos() / one.as_nanos().max(1);
    u32::try_from(fits).unwrap_or(u32::MAX).min(part.attempts.saturating_sub(1))
}
