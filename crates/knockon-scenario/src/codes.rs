//! The codes of diagnostics about scenarios, and about rules that are evaluated over runs.

use knockon_core::Code;

/// A file without rules where some are wanted.
pub const NO_RULES: Code = Code { id: "K0318", title: "a file without rules" };
/// A rule that Prometheus would refuse.
pub const WRONG_RULE: Code = Code { id: "K0319", title: "a rule that is wrong" };
/// A rule that asks for what knockon does not have.
pub const RULE_LEFT_OUT: Code = Code { id: "K0320", title: "a rule that is left out" };
/// A rule that could not be evaluated at some moments.
pub const RULE_FAILED: Code = Code { id: "K0321", title: "a rule that failed" };
/// A scenario that the pack does not have.
pub const NO_SUCH_SCENARIO: Code = Code { id: "K0601", title: "no such scenario" };
/// A file that is no scenario.
pub const NO_SCENARIO: Code = Code { id: "K0602", title: "a file that is no scenario" };
/// A key that is missing, or that is not one.
pub const KEY: Code = Code { id: "K0603", title: "a key of a scenario is missing or unknown" };
/// A value that cannot be read.
pub const VALUE: Code = Code { id: "K0604", title: "a value of a scenario that cannot be read" };
/// A verb of the timeline that is no fault and no action.
pub const NO_VERB: Code = Code { id: "K0605", title: "no such fault or action" };
/// A name that the system does not have.
pub const NOT_IN_PACK: Code = Code { id: "K0606", title: "a scenario names what its pack lacks" };
/// A moment at which nothing is played.
pub const NEVER: Code = Code { id: "K0607", title: "a moment outside of the run" };
/// An expectation that nothing can ever fulfil or refute.
pub const CANNOT_BE_JUDGED: Code =
    Code { id: "K0608", title: "an expectation that can never be evaluated" };
/// A system or a timeline that the simulator cannot play.
pub const CANNOT_BE_PLAYED: Code = Code { id: "K0609", title: "a scenario that cannot be played" };

/// Every code of this crate.
pub const ALL: &[Code] = &[
    NO_RULES,
    WRONG_RULE,
    RULE_LEFT_OUT,
    RULE_FAILED,
    NO_SUCH_SCENARIO,
    NO_SCENARIO,
    KEY,
    VALUE,
    NO_VERB,
    NOT_IN_PACK,
    NEVER,
    CANNOT_BE_JUDGED,
    CANNOT_BE_PLAYED,
];
