//! The codes of every weakness.
//!
//! `K0401` to `K0439` are about the system, `K0441` onwards about what the model accepts. What each
//! means, why it hurts and how to mend it is in `docs/reference/weaknesses.md`.

use knockon_core::Code;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $title:literal;)+) => {
        $($(#[$doc])* pub const $name: Code = Code { id: $id, title: $title };)+

        /// Every code of this crate, in order.
        pub const ALL: &[Code] = &[$($name,)+];
    };
}

codes! {
    /// An alert that says nothing of what to do.
    MONITOR_WITHOUT_RUNBOOK = "K0401", "a monitor without a runbook";
    /// Nobody to call.
    SERVICE_WITHOUT_OWNER = "K0402", "a service without an owner";
    /// Users would tell first.
    JOURNEY_UNWATCHED = "K0403", "a journey that no monitor watches";
    /// A step that waits for ever and takes its operation with it.
    CALL_WITHOUT_TIMEOUT = "K0404", "a critical step without a timeout";
    /// The caller is gone before the callee has finished trying.
    TIMEOUT_TOO_SHORT = "K0405", "a timeout shorter than the callee's own retries";
    /// Several levels try again.
    RETRIES_MULTIPLY = "K0406", "retries that multiply along a path";
    /// Operations that wait for each other.
    SYNCHRONOUS_CYCLE = "K0407", "operations that wait for each other in a circle";
    /// A message that may be lost on its way to the broker.
    PUBLISH_UNCONFIRMED = "K0408", "a publish without confirms";
    /// Messages that are refused or expire are gone.
    NO_DEAD_LETTER = "K0409", "a queue without a dead letter";
    /// It says "ready" when it can do nothing.
    SHALLOW_READINESS = "K0410", "a health check that looks at nothing behind it";
    /// Requests reach replicas that cannot serve yet.
    NO_READINESS = "K0411", "replicas without a readiness probe";
    /// An autoscaler that never acts.
    AUTOSCALER_UNMOVED = "K0412", "an autoscaler on what the load does not move";
    /// A part of a saga that stays when the rest is taken back.
    SAGA_WITHOUT_UNDO = "K0413", "a saga step without an undo";
    /// A saga that can neither be finished nor taken back, and nobody is told.
    SAGA_WITHOUT_MANUAL = "K0414", "a saga without a manual queue";
    /// One process between a journey and an outage.
    SINGLE_REPLICA = "K0415", "a single replica under a journey";
    /// It is said to be optional and is not.
    OPTIONAL_WITHOUT_FALLBACK = "K0416", "an optional dependency without a fallback";
    /// Doing it twice does it twice.
    RETRY_NOT_IDEMPOTENT = "K0417", "a retry of what is not idempotent";
    /// Retries that come at once, or all at the same moment.
    RETRY_IN_STEP = "K0418", "retries that all come at once";
    /// Users have long gone.
    TIMEOUT_TOO_LONG = "K0419", "a timeout far longer than a journey promises";
    /// The database refuses the last of them.
    TOO_MANY_CONNECTIONS = "K0420", "pools larger than the database";
    /// One consumer takes all messages.
    PREFETCH_UNBOUNDED = "K0421", "a consumer without a prefetch";
    /// Where messages go to be forgotten.
    DEAD_LETTERS_UNSEEN = "K0422", "dead letters that nobody sees";
    /// A consumer that dies loses its message.
    ACKS_BEFORE = "K0423", "a message taken off the queue before the work";
    /// Killed before it is ready, again and again.
    LIVENESS_ENDS_START = "K0424", "a liveness probe that ends a start";
    /// A fallback that helps against errors only.
    FALLBACK_WITHOUT_TIMEOUT = "K0425", "a fallback that waits for ever";
    /// Restarts everything when something else is down.
    LIVENESS_LOOKS_BEHIND = "K0426", "a liveness probe that looks behind its service";
    /// A message that comes twice counts twice.
    CONSUMER_NOT_IDEMPOTENT = "K0427", "a consumer that is not idempotent";
    /// A deployment is an outage.
    ROLLOUT_TAKES_ALL = "K0428", "a rollout that takes every replica at once";

    /// Nothing to accept any more.
    ALLOWANCE_UNUSED = "K0441", "an allowance that allows nothing";
    /// It names nothing of the model.
    ALLOWANCE_NOWHERE = "K0442", "an allowance at something unknown";
    /// Not a code of a weakness.
    ALLOWANCE_UNKNOWN_CODE = "K0443", "an allowance of an unknown code";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(ALL.iter().all(|code| code.id.starts_with("K04")));
    }
}
