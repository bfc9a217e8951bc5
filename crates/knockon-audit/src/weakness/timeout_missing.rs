//! Steps that wait for ever.

use knockon_core::Element;

use super::Weakness;
use crate::codes::{CALL_WITHOUT_TIMEOUT, FALLBACK_WITHOUT_TIMEOUT};
use crate::uses::{Purpose, Use};
use crate::view::View;
use crate::wording;

/// A critical step that asks another service and waits for the answer without an end.
pub(super) fn find(view: &View<'_>) -> Vec<Weakness> {
    let endless = view.uses.iter().filter(|used| used.place.critical && is_endless(used));
    let weakness = |used: &Use<'_>| {
        let operation = wording::operation(view.system, used.by);
        let target = wording::target(view.system, used.target);
        let message = format!("{operation} waits for {target} for ever: it has no timeout");
        let help = match used.saga {
            Some(saga) => format!(
                "write `timeout: 2s` beside the `do`, or a `timeout` for the whole of saga `{}`",
                saga.name
            ),
            None => format!("write `timeout: 2s` beside the `{}`", used.verb),
        };
        let element = Element::Step(used.step);
        Weakness::new(CALL_WITHOUT_TIMEOUT, element, message, "no timeout")
            .help(help)
            .help("a timeout just above the time that 999 of 1,000 answers take is a good start")
    };
    endless.map(weakness).collect()
}

/// A fallback that steps in at an error, and not at silence.
pub(super) fn find_under_fallback(view: &View<'_>) -> Vec<Weakness> {
    let endless =
        view.uses.iter().filter(|used| used.place.waits && used.has_fallback() && is_endless(used));
    let weakness = |used: &Use<'_>| {
        let operation = wording::operation(view.system, used.by);
        let target = wording::target(view.system, used.target);
        let message = format!(
            "{operation} goes on without {target} when it fails, but waits for ever when it hangs"
        );
        let element = Element::Step(used.step);
        Weakness::new(FALLBACK_WITHOUT_TIMEOUT, element, message, "its fallback needs a timeout")
            .help(format!("write `timeout: 500ms` beside the `{}`", used.verb))
    };
    endless.map(weakness).collect()
}

fn is_endless(used: &Use<'_>) -> bool {
    used.is_remote() && used.is_answered() && !used.is_bounded() && used.purpose != Purpose::Undo
}
