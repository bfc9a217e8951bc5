//! The codes of everything that can be wrong with a system file.
//!
//! `K0101` to `K0109` are about the file and its YAML, `K0111` to `K0119` about keys and values,
//! `K0121` to `K0129` about what refers to what, `K0131` onwards about what is allowed but odd.

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
}

/// What can only be judged when the whole file was read; left unsaid when the YAML breaks off.
pub(crate) const NEED_WHOLE_FILE: &[Code] = &[
    MISSING_KEY,
    EMPTY_OR_UNNAMED,
    UNKNOWN_SERVICE,
    UNKNOWN_TEAM,
    UNKNOWN_RUNBOOK,
    ENTRY_OFF_PATH,
    EMPTY_RUNBOOK,
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
