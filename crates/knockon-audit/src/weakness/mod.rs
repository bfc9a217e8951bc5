//! What a weakness is, and the list of all that are looked for.
//!
//! Each is one file with one `find` function over a [`View`], and one line in `CHECKS`. A check
//! reports each weakness once, in the order of the model, and keeps silent where the model does not
//! say enough: a warning that most good systems would get is worse than none.

mod autoscaler;
mod consumer;
mod cycle;
mod dead_letter;
mod dead_letters_unseen;
mod idempotence;
mod journey_unwatched;
mod liveness;
mod monitor_runbook;
mod optional;
mod owner;
mod pools;
mod publish;
mod readiness;
mod retries_in_step;
mod retries_multiply;
mod rollout;
mod saga;
mod single_replica;
mod timeout_missing;
mod timeout_too_long;
mod timeout_too_short;

use knockon_core::{Code, Element, System};

use crate::codes;
use crate::view::View;

/// Something in a model that is known to hurt sooner or later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// Which kind, one of [`codes::ALL`].
    pub code: Code,
    /// Where in the model. A [`Element::Key`] names one of `autoscaler`, `max_connections`,
    /// `pools`, `probes`, `runs`.
    pub element: Element,
    /// What is weak, with names and numbers, in one line without a full stop.
    pub message: String,
    /// What to write at the caret: a few words.
    pub label: String,
    /// What else has to do with it, each with a few words on how; a handful at most.
    pub related: Vec<(Element, String)>,
    /// How to mend it, each one line; what to write stands in backticks.
    pub help: Vec<String>,
}

impl Weakness {
    pub(crate) fn new(
        code: Code,
        element: Element,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Self {
        let (message, label) = (message.into(), label.into());
        Self { code, element, message, label, related: Vec::new(), help: Vec::new() }
    }

    fn related(mut self, element: Element, says: impl Into<String>) -> Self {
        self.related.push((element, says.into()));
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// One thing that is looked for.
struct Check {
    code: Code,
    find: fn(&View<'_>) -> Vec<Weakness>,
}

const CHECKS: &[Check] = &[
    check(codes::MONITOR_WITHOUT_RUNBOOK, monitor_runbook::find),
    check(codes::SERVICE_WITHOUT_OWNER, owner::find),
    check(codes::JOURNEY_UNWATCHED, journey_unwatched::find),
    check(codes::CALL_WITHOUT_TIMEOUT, timeout_missing::find),
    check(codes::TIMEOUT_TOO_SHORT, timeout_too_short::find),
    check(codes::RETRIES_MULTIPLY, retries_multiply::find),
    check(codes::SYNCHRONOUS_CYCLE, cycle::find),
    check(codes::PUBLISH_UNCONFIRMED, publish::find),
    check(codes::NO_DEAD_LETTER, dead_letter::find),
    check(codes::SHALLOW_READINESS, readiness::find_shallow),
    check(codes::NO_READINESS, readiness::find_missing),
    check(codes::AUTOSCALER_UNMOVED, autoscaler::find),
    check(codes::SAGA_WITHOUT_UNDO, saga::find_without_undo),
    check(codes::SAGA_WITHOUT_MANUAL, saga::find_without_manual),
    check(codes::SINGLE_REPLICA, single_replica::find),
    check(codes::OPTIONAL_WITHOUT_FALLBACK, optional::find),
    check(codes::RETRY_NOT_IDEMPOTENT, idempotence::find_retries),
    check(codes::RETRY_IN_STEP, retries_in_step::find),
    check(codes::TIMEOUT_TOO_LONG, timeout_too_long::find),
    check(codes::TOO_MANY_CONNECTIONS, pools::find),
    check(codes::PREFETCH_UNBOUNDED, consumer::find_without_prefetch),
    check(codes::DEAD_LETTERS_UNSEEN, dead_letters_unseen::find),
    check(codes::ACKS_BEFORE, consumer::find_acks_before),
    check(codes::LIVENESS_ENDS_START, liveness::find_ends_start),
    check(codes::FALLBACK_WITHOUT_TIMEOUT, timeout_missing::find_under_fallback),
    check(codes::LIVENESS_LOOKS_BEHIND, liveness::find_looks_behind),
    check(codes::CONSUMER_NOT_IDEMPOTENT, idempotence::find_consumers),
    check(codes::ROLLOUT_TAKES_ALL, rollout::find),
];

const fn check(code: Code, find: fn(&View<'_>) -> Vec<Weakness>) -> Check {
    Check { code, find }
}

/// Every weakness of a system, by code and then in the order of the model, before anything is
/// accepted.
pub fn weaknesses(system: &System) -> Vec<Weakness> {
    let view = View::of(system);
    let mut found = Vec::new();
    for check in CHECKS {
        let weaknesses = (check.find)(&view);
        debug_assert!(weaknesses.iter().all(|weakness| weakness.code == check.code));
        found.extend(weaknesses);
    }
    found
}
