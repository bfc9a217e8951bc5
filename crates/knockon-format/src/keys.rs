//! The keys of the language, one table for each mapping.
//!
//! Everything that has to agree about a key is made from its line here: what the reader accepts,
//! what it says about a mistake, the rows of `docs/reference/model.md` (a test compares them) and
//! the JSON Schema that editors complete from.

use knockon_core::{DependencyKind, ServiceKind, Tier};

use crate::wording::series;

/// What a mapping may hold.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// What the mapping describes: `service`, `team`.
    pub of: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
}

impl Table {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
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
    /// This holds without it.
    Default(&'static str),
}

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Any text that is not empty.
    Text,
    /// One of a few words.
    Word(fn() -> Vec<&'static str>),
    /// A whole number in a range, both ends included.
    Number(u8, u8),
    /// How often: a number, `/` and one of `s`, `min`, `h`, `d`.
    Rate,
    /// An amount and a currency code.
    Money,
    /// A path beside the system file, or a URL.
    Page,
    /// The name of something declared in the file.
    Name(Referent),
    /// A list of texts.
    Texts,
    /// A list of names of things declared in the file.
    Names(Referent),
    /// A list of services, each with a criticality if it is not `critical`.
    Dependencies(DependencyKind),
    /// A mapping from names to bodies.
    Bodies(&'static Table),
}

impl Form {
    /// What is expected, in a few words that follow "takes".
    pub fn expected(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Word(words) => format!("one of {}", series(words(), "or")),
            Self::Number(low, high) => format!("a whole number from {low} to {high}"),
            Self::Rate => "a rate with its unit (`s`, `min`, `h`, `d`)".into(),
            Self::Money => "an amount and an ISO 4217 currency".into(),
            Self::Page => "a path beside the system file, or a URL".into(),
            Self::Name(of) => format!("the name of a {}", of.word()),
            Self::Texts => "a list of texts".into(),
            Self::Names(of) => format!("a list of {} names", of.word()),
            Self::Dependencies(_) => "a list of services".into(),
            Self::Bodies(table) => format!("a mapping from names to {}s", table.of),
        }
    }
}

/// What a name can refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Referent {
    /// A key of `services`.
    Service,
    /// A key of `teams`.
    Team,
    /// A key of `runbooks`.
    Runbook,
}

impl Referent {
    /// The word for one of them.
    pub fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Team => "team",
            Self::Runbook => "runbook",
        }
    }
}

macro_rules! keys {
    ($(#[$doc:meta])* $table:ident $of:literal {
        $($key:ident = $name:literal, $form:expr, $need:expr, $elsewhere:expr,
            $example:literal, $about:literal;)+
    }) => {
        $(
            #[doc = $about]
            pub const $key: Key = Key {
                name: $name,
                about: $about,
                form: $form,
                need: $need,
                elsewhere: &$elsewhere,
                example: $example,
            };
        )+
        $(#[$doc])*
        pub const $table: Table = Table { of: $of, keys: &[$($key,)+] };
    };
}

use Need::{Default, Optional, Required};

/// The keys of the file itself.
pub mod system {
    use super::{Form, Key, Optional, Required, Table};

    keys! {
        /// The file.
        TABLE "system" {
            NAME = "system", Form::Text, Required, ["name"],
                "sock-shop", "Its name.";
            SUMMARY = "summary", Form::Text, Optional, ["description", "about"],
                "Socks are sold and shipped.", "What it does, in one sentence.";
            TEAMS = "teams", Form::Bodies(&super::team::TABLE), Optional, ["owners", "groups"],
                "{ storefront: {} }", "Who owns services.";
            SERVICES = "services", Form::Bodies(&super::service::TABLE), Required, ["components"],
                "{ front-end: {} }", "What runs and can fail on its own. At least one.";
            JOURNEYS = "journeys", Form::Bodies(&super::journey::TABLE), Optional, ["flows"],
                "{ buy: { through: [front-end] } }", "The paths that users take.";
            RUNBOOKS = "runbooks", Form::Bodies(&super::runbook::TABLE), Optional, ["playbooks"],
                "{ slow-orders: { steps: [restart it] } }", "What to do when something is broken.";
        }
    }
}

/// The keys of a team.
pub mod team {
    use super::{Form, Key, Optional, Table};

    keys! {
        /// A body under `teams`.
        TABLE "team" {
            CONTACT = "contact", Form::Text, Optional, ["channel", "slack", "email"],
                "\"#shop-storefront\"", "Where to reach it in working hours: a channel, a mail address.";
            ESCALATION = "escalation", Form::Text, Optional, ["pager", "pagerduty", "oncall"],
                "pagerduty/storefront", "Where to wake it at night: an escalation policy, a pager.";
        }
    }
}

/// The keys of a service.
pub mod service {
    use super::{Default, DependencyKind, Form, Key, Optional, Referent, ServiceKind, Table, Tier};

    fn kinds() -> Vec<&'static str> {
        ServiceKind::ALL.iter().map(|kind| kind.as_str()).collect()
    }

    keys! {
        /// A body under `services`.
        TABLE "service" {
            KIND = "kind", Form::Word(kinds), Default("service"), ["type"],
                "database", "What sort of thing it is; decides how failure travels through it.";
            TEAM = "team", Form::Name(Referent::Team), Optional, ["owner", "owned-by"],
                "storefront", "Who owns it.";
            TIER = "tier", Form::Number(*Tier::RANGE.start(), *Tier::RANGE.end()), Optional,
                ["criticality"],
                "1", "How much depends on it: 1, a journey stops without it; 4, nobody notices for a day.";
            SUMMARY = "summary", Form::Text, Optional, ["description", "about"],
                "Takes orders.", "What it is for, in one sentence.";
            ALIASES = "aliases", Form::Texts, Default("[]"), ["other-names"],
                "[order-svc]", "Other names that telemetry uses for it.";
            RUNBOOK = "runbook", Form::Name(Referent::Runbook), Optional, ["playbook"],
                "slow-orders", "What to do when it is the cause.";
            CALLS = "calls", Form::Dependencies(DependencyKind::Call), Default("[]"),
                ["depends-on", "dependencies", "uses", "requires", "needs"],
                "[payment, promo: optional]", "Services it asks and waits for.";
            READS = "reads", Form::Dependencies(DependencyKind::Read), Default("[]"), ["queries"],
                "[orders-db, session-cache: degrades]", "Databases and caches it reads from, and waits for.";
            WRITES = "writes", Form::Dependencies(DependencyKind::Write), Default("[]"), ["stores"],
                "[orders-db]", "Databases and caches it writes to, and waits for.";
            PUBLISHES = "publishes", Form::Dependencies(DependencyKind::Publish), Default("[]"),
                ["produces", "sends"],
                "[rabbitmq]", "Brokers it hands messages to, and goes on.";
            CONSUMES = "consumes", Form::Dependencies(DependencyKind::Consume), Default("[]"),
                ["subscribes", "receives"],
                "[rabbitmq]", "Brokers it takes messages from.";
            RUNS_ON = "runs-on", Form::Dependencies(DependencyKind::RunsOn), Default("[]"),
                ["host", "node", "deployed-on"],
                "[node-1]", "What it needs to run at all: node, cluster, DNS, network.";
        }
    }
}

/// The keys of a journey.
pub mod journey {
    use super::{Default, Form, Key, Optional, Referent, Required, Table};

    keys! {
        /// A body under `journeys`.
        TABLE "journey" {
            SUMMARY = "summary", Form::Text, Optional, ["description", "about"],
                "From the shelf to the parcel.", "What it is, in one sentence.";
            STAGES = "stages", Form::Texts, Default("[]"), ["phases"],
                "[browse, cart, checkout, paid]", "Its stages as users know them, in order, in free words.";
            THROUGH = "through", Form::Names(Referent::Service), Required, ["path", "services"],
                "[front-end, orders]", "The services it crosses, in order, the entry included. At least one.";
            ENTERS = "enters", Form::Name(Referent::Service), Default("the first of `through`"),
                ["entry", "starts", "starts-at"],
                "front-end", "The service its users touch first; one of `through`.";
            DEMAND = "demand", Form::Rate, Optional, ["rate", "load", "traffic"],
                "1200/h", "How often it is started.";
            VALUE = "value", Form::Money, Optional, ["money", "worth", "price"],
                "42.00 USD", "What one success is worth.";
        }
    }
}

/// The keys of a runbook.
pub mod runbook {
    use super::{Default, Form, Key, Optional, Table};

    keys! {
        /// A body under `runbooks`.
        TABLE "runbook" {
            TITLE = "title", Form::Text, Optional, ["summary", "description"],
                "Orders are slow", "What it is for, in one sentence.";
            PAGE = "page", Form::Page, Optional, ["url", "link", "file"],
                "runbooks/slow-orders.md", "The page with the whole of it.";
            STEPS = "steps", Form::Texts, Default("[]"), ["actions", "commands"],
                "[kubectl rollout undo deployment/orders]", "What to do first, in the order to try it: plain words or a command line.";
        }
    }
}

/// Every table, the file's first.
pub const TABLES: &[&Table] =
    &[&system::TABLE, &team::TABLE, &service::TABLE, &journey::TABLE, &runbook::TABLE];

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
}
