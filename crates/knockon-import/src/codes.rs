//! The codes of everything that can be said of what is imported.
//!
//! `K0501` to `K0509` are about files, `K0511` to `K0519` about what is in them, `K0521` onwards
//! about how it fits together.

use knockon_core::Code;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $title:literal;)+) => {
        $($(#[$doc])* pub const $name: Code = Code { id: $id, title: $title };)+

        /// Every code of this crate, in order.
        pub const ALL: &[Code] = &[$($name,)+];
    };
}

codes! {
    /// A file or a document in it that no importer knows.
    UNKNOWN_FORMAT = "K0501", "a file of no kind that can be imported";
    /// A file or folder that is missing or cannot be read.
    UNREADABLE = "K0502", "a file to import cannot be read";
    /// More files, bytes or services than are read at once.
    TOO_MUCH = "K0503", "too much to import";
    /// JSON that is none, or not of the shape of its kind.
    BAD_JSON = "K0504", "traces that cannot be read";
    /// No file held a service.
    NOTHING_FOUND = "K0505", "nothing to import";
    /// A rule file as Prometheus wrote them before version 2.
    OLD_RULES = "K0506", "alerting rules in the format before Prometheus 2";

    /// A value that is not what its place asks for.
    MALFORMED = "K0511", "a value that the importer cannot read";
    /// A variable of a compose file that nothing sets.
    UNSET_VARIABLE = "K0512", "a variable that is not set";
    /// Another file that is named, and was not read.
    NOT_FOLLOWED = "K0513", "another file that is not followed";
    /// A rule that Prometheus would refuse.
    BAD_RULE = "K0514", "an alerting or recording rule that cannot be read";

    /// An address of a service that no source shows.
    UNKNOWN_ADDRESS = "K0521", "an address that no service answers to";
    /// A network policy that does not say who needs whom.
    VAGUE_POLICY = "K0522", "a network policy that names no service";
    /// Two sources that say different things of one service.
    CONTRADICTION = "K0523", "sources that contradict each other";
    /// Something assumed because no source tells it.
    ASSUMED = "K0524", "something assumed that no source tells";
    /// One name that several services could mean.
    AMBIGUOUS = "K0525", "a name that several services could mean";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(ALL.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(ALL.iter().all(|code| code.id.starts_with("K05")));
    }
}
