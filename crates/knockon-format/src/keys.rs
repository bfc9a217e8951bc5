//! The keys of the language, one table for each mapping.
//!
//! Everything that has to agree about a key is made from its line in a table: what the reader
//! accepts, what it says about a mistake, how a model is written, the rows of
//! `docs/reference/keys.md` (a test compares them) and the JSON Schema that editors complete from.
//! The lines themselves are in the `model` folder, beside what they are read into.

use knockon_core::DependencyKind;

use crate::wording::series;

pub use crate::model::{STEP_TABLES, TABLES};

/// What a mapping may hold.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// What the mapping describes: `service`, `team`.
    pub of: &'static str,
    /// What it describes, in one sentence.
    pub about: &'static str,
    /// The key that a value stands for when it is written in place of the mapping.
    pub short: Option<&'static str>,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
    /// A table whose keys it has as well.
    pub also: Option<&'static Table>,
}

impl Table {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        let own = self.keys.iter().find(|key| key.name == name);
        own.or_else(|| self.also.and_then(|also| also.key(name)))
    }

    /// All its keys, its own first.
    pub fn all_keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.keys.iter().chain(self.also.map_or(&[][..], |also| also.keys))
    }

    /// The key that a value stands for when it is written in place of the mapping.
    pub fn short_key(&self) -> Option<&'static Key> {
        self.short.and_then(|name| self.key(name))
    }

    /// What it describes, with its article.
    pub fn with_article(&self) -> String {
        if matches!(self.of, "runs" | "probes" | "cpu" | "memory" | "read replicas") {
            return format!("`{}`", self.of.replace(' ', "_"));
        }
        let vowel = self.of.starts_with(['a', 'e', 'i', 'o']);
        format!("{} {}", if vowel { "an" } else { "a" }, self.of)
    }
}

/// One key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// How it is written.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Whether it has to be there, and what holds when it is not.
    pub need: Need,
    /// A value for it, in YAML.
    pub example: &'static str,
    /// What other tools call it; suggested from, never accepted.
    pub elsewhere: &'static [&'static str],
}

/// Whether a key has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It has to be.
    Required,
    /// Nothing is known without it.
    Optional,
    /// This value holds without it.
    Default(&'static str),
    /// Without it something holds that follows from the rest, in words.
    Derived(&'static str),
}

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Any text that is not empty.
    Text,
    /// One of a few words.
    Word(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Flag,
    /// A whole number in a range, both ends included.
    Count(u64, u64),
    /// A number.
    Factor,
    /// A length of time.
    Duration,
    /// From a shortest to a longest time.
    DurationRange,
    /// A part of a whole, in percent.
    Share,
    /// How much a time varies.
    Spread,
    /// Processor time.
    Cpu,
    /// An amount of memory.
    Memory,
    /// How often: a number, `/` and a unit of time.
    Rate,
    /// An amount and a currency code.
    Money,
    /// An amount, a currency code, `/` and a unit of time.
    MoneyRate,
    /// A path beside the system file, or a URL.
    Page,
    /// The name of something declared.
    Name(Referent),
    /// The name of a service, `/`, and the name of something declared in it.
    Member(&'static [Referent]),
    /// A service, or `service / operation`.
    Callee,
    /// A machine, `to` and one of its states.
    Move,
    /// A list of one form.
    List(&'static Form),
    /// A mapping from names to values of one form.
    Map(&'static Form),
    /// A mapping with the keys of a table.
    Body(&'static Table),
    /// A list of names, each with a value or a body where there is more to say.
    Items(&'static Table),
    /// A list of services, each with its criticality or a body where there is more to say.
    Dependencies(DependencyKind),
    /// A list of steps.
    Steps,
    /// `skip`, or a list of steps.
    Fallback,
    /// The kind of a source and where it is: `manifest orders.yaml:12`.
    Source,
    /// A part of a system file.
    Changes,
}

impl Form {
    /// What is expected, in a few words that follow "takes".
    pub fn expected(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Word(words) => format!("one of {}", series(words(), "or")),
            Self::Flag => "`true` or `false`".into(),
            Self::Count(low, u64::MAX) => format!("a whole number from {low}"),
            Self::Count(low, high) => format!("a whole number from {low} to {high}"),
            Self::Factor => "a number".into(),
            Self::Duration => "a length of time".into(),
            Self::DurationRange => "a length of time or `5min to 30min`".into(),
            Self::Share => "a share in percent".into(),
            Self::Spread => "`none`, `exponential` or a share in percent".into(),
            Self::Cpu => "an amount of CPU".into(),
            Self::Memory => "an amount of memory".into(),
            Self::Rate => "a rate with its unit (`s`, `min`, `h`, `d`)".into(),
            Self::Money => "an amount and an ISO 4217 currency".into(),
            Self::MoneyRate => "an amount, its currency and a unit of time".into(),
            Self::Page => "a path beside the system file, or a URL".into(),
            Self::Name(of) => format!("the name of {}", of.with_article()),
            Self::Member([Referent::Member]) => "`cohort / member`".into(),
            Self::Member(of) => {
                let words: Vec<_> = of.iter().map(|of| of.word()).collect();
                format!("`service / {}`", words.join("` or `service / "))
            }
            Self::Callee => "a service or `service / operation`".into(),
            Self::Move => "`machine to STATE`".into(),
            Self::List(Self::Text) => "a list of texts".into(),
            Self::List(Self::Name(of)) => format!("a list of {} names", of.word()),
            Self::List(Self::Body(table)) => format!("a list of {}", table.plural()),
            Self::List(form) => format!("a list, each {}", form.expected()),
            Self::Map(Self::Body(table)) => format!("a mapping from names to {}", table.plural()),
            Self::Map(form) => format!("a mapping from names, each to {}", form.expected()),
            Self::Body(table) => match table.short_key() {
                Some(key) if matches!(key.form, Self::Steps) => {
                    format!("{}: steps, or a mapping", table.with_article())
                }
                Some(key) => format!("{}, or a mapping", key.form.expected()),
                None => "a mapping of keys".into(),
            },
            Self::Items(table) => match table.short_key() {
                Some(key) => format!("a list of names, each with {} or alone", key.form.expected()),
                None => "a list of names".into(),
            },
            Self::Dependencies(_) => "a list of services".into(),
            Self::Steps => "a list of steps".into(),
            Self::Fallback => "`skip` or a list of steps".into(),
            Self::Source => "a sort of source and its place".into(),
            Self::Changes => "a mapping in the shape of a system file".into(),
        }
    }

    /// Whether a value is written as one text.
    pub fn is_scalar(self) -> bool {
        !matches!(
            self,
            Self::List(_)
                | Self::Map(_)
                | Self::Body(_)
                | Self::Items(_)
                | Self::Dependencies(_)
                | Self::Steps
                | Self::Fallback
                | Self::Changes
        )
    }

    /// Whether a value is written as a list.
    pub fn is_list(self) -> bool {
        matches!(self, Self::List(_) | Self::Items(_) | Self::Dependencies(_) | Self::Steps)
    }

    /// Whether a figure of this form may be marked as assumed.
    pub fn is_quantity(self) -> bool {
        matches!(
            self,
            Self::Count(..)
                | Self::Factor
                | Self::Duration
                | Self::DurationRange
                | Self::Share
                | Self::Spread
                | Self::Cpu
                | Self::Memory
                | Self::Rate
                | Self::Money
                | Self::MoneyRate
        )
    }
}

impl Table {
    fn plural(&self) -> String {
        match self.of.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
            _ => format!("{}s", self.of),
        }
    }
}

macro_rules! referents {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, under $under:literal;)+) => {
        /// What a name can refer to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Referent { $($(#[$doc])* $variant,)+ }

        impl Referent {
            /// The word for one of them.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The key under which they are declared.
            pub fn declared_under(self) -> &'static str {
                match self { $(Self::$variant => $under,)+ }
            }
        }
    };
}

referents! {
    /// A key of `services`.
    Service = "service", under "services";
    /// A key of `teams`.
    Team = "team", under "teams";
    /// A key of `runbooks`, or a page of a pack.
    Runbook = "runbook", under "runbooks";
    /// A key of `cohorts`.
    Cohort = "cohort", under "cohorts";
    /// A key of the `members` of a cohort.
    Member = "member", under "members";
    /// A key of the `operations` of a service.
    Operation = "operation", under "operations";
    /// A key of the `queries` of a database.
    Query = "query", under "queries";
    /// A key of the `entries` of a cache.
    CacheEntry = "entry", under "entries";
    /// A key of the `queues` of a broker.
    Queue = "queue", under "queues";
    /// A key of the `topics` of a broker.
    Topic = "topic", under "topics";
    /// A key of the `states` of a service.
    Machine = "machine", under "states";
    /// A key of the `moves` of a machine.
    State = "state", under "moves";
}

impl Referent {
    /// What a service has by name, and steps ask.
    pub(crate) const OF_SERVICE: &[Self] =
        &[Self::Operation, Self::Query, Self::CacheEntry, Self::Queue, Self::Topic];

    pub(crate) fn with_article(self) -> String {
        let article = if self.word().starts_with(['e', 'o']) { "an" } else { "a" };
        format!("{article} {}", self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::TABLES;

    #[test]
    fn no_key_is_what_another_is_called_elsewhere() {
        for table in TABLES {
            for key in table.keys {
                let clash = key.elsewhere.iter().find(|word| table.key(word).is_some());
                assert_eq!(clash, None, "{} of {}", key.name, table.of);
            }
        }
    }

    #[test]
    fn a_short_form_is_a_key_of_its_table() {
        for table in TABLES {
            assert_eq!(table.short.is_some(), table.short_key().is_some(), "{}", table.of);
        }
    }
}
