//! The codes of everything that can be wrong with a system file.
//!
//! `K0101` to `K0109` are about the file and its YAML, `K0110` to `K0120` about keys and values,
//! `K0121` to `K0129` about what refers to what, `K0131` to `K0139` about what is allowed but odd,
//! `K0141` onwards about steps, packs and variants.

use knockon_core::Code;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $title:literal;)+) => {
        $($(#[$doc])* pub const $name: Code = Code { id: $id, title: $title };)+

        /// Every code of this crate, in order.
        pub const ALL: &[Code] = &[$($name,)+];
    };
}

codes! {
    /// The file is missing, is a directory, or cannot be read.
    CANNOT_READ = "K0101", "the file cannot be read";
    /// Bytes that are not UTF-8.
    NOT_UTF8 = "K0102", "the file is not UTF-8 text";
    /// Beyond one of the [limits](crate::limits).
    TOO_LARGE = "K0103", "too large, too deep or too many values";
    /// The YAML parser gave up.
    SYNTAX = "K0104", "not valid YAML";
    /// A second `---`.
    SEVERAL_DOCUMENTS = "K0105", "more than one document";
    /// Nothing but white space and comments.
    EMPTY_FILE = "K0106", "nothing in the file";
    /// An alias, a merge key or a tag that leads nowhere.
    YAML_FEATURE = "K0107", "an alias, merge key or tag that cannot be followed";
    /// More mistakes than anybody reads; the rest is left out.
    MORE = "K0108", "more mistakes than are shown";

    /// Not a length of time such as `5s`.
    BAD_DURATION = "K0110", "not a length of time";
    /// The same key twice in one mapping.
    DUPLICATE_KEY = "K0111", "the same key twice";
    /// A list where text belongs, and the like.
    WRONG_TYPE = "K0112", "a value of the wrong type";
    /// A key that the language does not have.
    UNKNOWN_KEY = "K0113", "unknown key";
    /// A key that has to be there.
    MISSING_KEY = "K0114", "missing key";
    /// A word that is not one of the few allowed.
    UNKNOWN_WORD = "K0115", "unknown word";
    /// Not a number, or one out of range.
    BAD_NUMBER = "K0116", "not a number in range";
    /// Not a rate such as `1200/h`.
    BAD_RATE = "K0117", "not a rate";
    /// Not an amount of money such as `42.00 USD`.
    BAD_MONEY = "K0118", "not an amount of money";
    /// Empty text or an empty list where something is needed, or a name nobody could type.
    EMPTY_OR_UNNAMED = "K0119", "an empty value or an unusable name";

    /// Not an amount of CPU, of memory, or a share.
    BAD_AMOUNT = "K0120", "not an amount";

    /// A service that is not declared.
    UNKNOWN_SERVICE = "K0121", "unknown service";
    /// A team that is not declared.
    UNKNOWN_TEAM = "K0122", "unknown team";
    /// A runbook that is not declared.
    UNKNOWN_RUNBOOK = "K0123", "unknown runbook";
    /// A name or alias that another service has.
    NAME_TAKEN = "K0124", "two services of one name";
    /// A service that needs itself.
    SELF_DEPENDENCY = "K0125", "a service that depends on itself";
    /// A journey whose entry is not on its path.
    ENTRY_OFF_PATH = "K0126", "a journey that enters outside its path";

    /// An operation, query, queue, topic, entry, machine or state that is not declared.
    UNKNOWN_MEMBER = "K0127", "unknown part of a service or cohort";
    /// A cohort that is not declared.
    UNKNOWN_COHORT = "K0128", "unknown cohort";
    /// A key that belongs to another kind of service.
    WRONG_KIND = "K0129", "a key or target of another kind of service";

    /// The same dependency, alias or step of a path twice.
    REPEATED = "K0131", "the same thing twice";
    /// A runbook page that is not where the file says.
    PAGE_MISSING = "K0132", "runbook page not found";
    /// A runbook that says nothing to do.
    EMPTY_RUNBOOK = "K0133", "a runbook that says nothing to do";
    /// A runbook that no service names.
    UNUSED_RUNBOOK = "K0134", "a runbook that nothing uses";
    /// A team that owns no service.
    UNUSED_TEAM = "K0135", "a team that owns nothing";
    /// A journey that reaches a service by no dependency.
    JOURNEY_GAP = "K0136", "a gap in a journey";
    /// A name that is used once and is much like another.
    LIKELY_SLIP = "K0137", "a likely slip of the pen";

    /// A step without a verb, or with two.
    STEP_VERB = "K0141", "a step without one verb";
    /// A directory without a system file.
    NO_SYSTEM_FILE = "K0142", "no system file in a pack";
    /// The same thing in two files of a pack.
    TWICE_IN_PACK = "K0143", "the same thing in two files of a pack";
    /// A variant that is not there.
    UNKNOWN_VARIANT = "K0144", "unknown variant";
    /// Variants that extend each other.
    VARIANT_CYCLE = "K0145", "variants that extend each other";
    /// A step that a variant changes and the base does not have.
    NOTHING_TO_CHANGE = "K0146", "nothing there to change or remove";
    /// A runbook page without a title or without anything to do.
    BAD_PAGE = "K0147", "a runbook page without a title";
    /// A rule file that is none.
    BAD_RULE = "K0148", "not a Prometheus rule";
}

/// What can only be judged when the whole file was read; left unsaid when the YAML breaks off.
pub(crate) const NEED_WHOLE_FILE: &[Code] = &[
    MISSING_KEY,
    EMPTY_OR_UNNAMED,
    UNKNOWN_SERVICE,
    UNKNOWN_TEAM,
    UNKNOWN_RUNBOOK,
    UNKNOWN_MEMBER,
    UNKNOWN_COHORT,
    ENTRY_OFF_PATH,
    EMPTY_RUNBOOK,
    STEP_VERB,
    UNKNOWN_VARIANT,
];

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(ALL.iter().all(|code| code.id.starts_with("K01")));
    }
}
