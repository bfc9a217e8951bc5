//! What must be observed, entry by entry.

use knockon_core::Place;
use knockon_format::quantities::show_moment;
use knockon_format::{Entry as Line, Node};
use knockon_promql::Query;

use super::body::{Body, Reader};
use crate::codes;
use crate::condition::{Condition, Unit};
use crate::expect::{
    Expectation, Expected, Figure, OF_JOURNEY, OF_MONEY, OF_OPERATION, OF_QUEUE, OF_SAGA,
    OF_SERVICE, Over, STUCK, Subject, When,
};

/// What an expectation can be about.
const SUBJECTS: [&str; 9] =
    ["alert", "query", "journey", "operation", "service", "queue", "state", "saga", "money"];

/// When figures are read off.
const TIMES: [&str; 3] = ["at", "from", "to"];

/// A figure of a subject: its name, its unit, and whether it is counted.
type Known = (String, Unit, bool);

impl Reader<'_> {
    pub(super) fn expectations(&mut self, node: &Node) -> Vec<Expectation> {
        if node.items().is_empty() {
            let help = "write at least one, as in `- { alert: OrdersFailing, by: T+5min }`";
            self.refuse(codes::KEY, node.span, "nothing is expected", help);
        }
        node.items().iter().flat_map(|item| self.expectation(item)).collect()
    }

    fn expectation(&mut self, node: &Node) -> Vec<Expectation> {
        let mut subjects = SUBJECTS.iter().filter(|subject| node.entry(subject).is_some());
        let (Some(subject), second) = (subjects.next(), subjects.next()) else {
            let help = format!("begin with one of `{}`", SUBJECTS.join("`, `"));
            self.refuse(codes::KEY, node.span, "it does not say what it is about", &help);
            return Vec::new();
        };
        if let Some(second) = second {
            let message = format!("it is about `{subject}` and about `{second}`");
            self.refuse(codes::KEY, node.span, message, "write an entry of its own for each");
            return Vec::new();
        }
        let place = self.place(node.span);
        match *subject {
            "alert" => self.alert(node, place).into_iter().collect(),
            "query" => self.query(node, place).into_iter().collect(),
            _ => self.figures(node, subject, &place).unwrap_or_default(),
        }
    }

    fn alert(&mut self, node: &Node, place: Place) -> Option<Expectation> {
        let body = self.body(node, "an alert", &["alert", "by", "never"])?;
        let of = self.required(&body, "alert")?;
        let name = self.text(of)?.to_owned();
        let monitors = &self.system.practice().monitors;
        if monitors.iter().all(|monitor| monitor.name != name) {
            let names = monitors.iter().map(|monitor| monitor.name.as_str());
            self.unknown("alert", &name, of.span, names);
            return None;
        }
        if let Some(node) = body.get("never") {
            self.stands_alone(&body, "never", "alert");
            if !self.yes(node)? {
                let help = "leave it away, and say `by` when it fires";
                self.refuse(codes::CANNOT_BE_JUDGED, node.span, "`never: no` says nothing", help);
                return None;
            }
            let text = format!("{name} does not fire");
            return Some(Expectation { text, place, what: Expected::NoAlert { name } });
        }
        let by = body.get("by").map_or(Some(self.lasts), |node| self.moment(node))?;
        let text = format!("{name} fires by {}", show_moment(by));
        Some(Expectation { text, place, what: Expected::Alert { name, by } })
    }

    fn query(&mut self, node: &Node, place: Place) -> Option<Expectation> {
        let known = ["query", "is", "at", "by", "from", "to", "never"];
        let body = self.body(node, "a query", &known)?;
        let of = self.required(&body, "query")?;
        let text = self.text(of)?;
        let query = Query::parse(text).map_err(|error| {
            self.refuse(codes::VALUE, of.span, error.to_string(), "write it in PromQL");
        });
        let query = query.ok().filter(|query| self.has_metrics(of, query));
        let condition = |reader: &mut Self, node: &Node| {
            reader.quantity(node, |text| Condition::parse(text, Unit::Any))
        };
        let (when, condition) = if let Some(node) = body.get("never") {
            self.stands_alone(&body, "never", "query");
            (Some(When::Never), condition(self, node))
        } else {
            let is = self.required(&body, "is").and_then(|node| condition(self, node));
            (self.when(&body), is)
        };
        let (when, condition) = (when?, condition?);
        let words = match when {
            When::At(at) => format!("is {condition} at {}", show_moment(at)),
            When::By(by) => format!("is {condition} by {}", show_moment(by)),
            When::Throughout(from, to) => {
                let (from, to) = (show_moment(from), show_moment(to));
                format!("is {condition} from {from} to {to}")
            }
            When::Never => format!("is never {condition}"),
        };
        let text = format!("{text} {words}");
        let what = Expected::Query { query: Box::new(query?), when, condition };
        Some(Expectation { text, place, what })
    }

    /// Beside a key nothing else is said of a subject.
    fn stands_alone(&mut self, body: &Body<'_>, key: &str, subject: &str) {
        let is_other = |line: &&Line| ![key, subject].contains(&&*line.key);
        if let Some(other) = body.entries().iter().find(is_other) {
            let message = format!("`{key}` and `{}` do not go together", other.key);
            let help = "write an entry of its own for each";
            self.refuse(codes::KEY, other.key_span, message, help);
        }
    }

    fn when(&mut self, body: &Body<'_>) -> Option<When> {
        let mut moment = |key: &str| body.get(key).map(|node| self.moment(node));
        let (at, by) = (moment("at"), moment("by"));
        let (from, to) = (moment("from"), moment("to"));
        match (at, by, from, to) {
            (Some(at), None, None, None) => Some(When::At(at?)),
            (None, Some(by), None, None) => Some(When::By(by?)),
            (None, None, Some(from), to) => {
                let (from, to) = (from?, to.unwrap_or(Some(self.lasts))?);
                self.in_order(body, from < to)?;
                Some(When::Throughout(from, to))
            }
            (None, None, None, None) => Some(When::At(self.lasts)),
            _ => self.no_time(body, "say `at`, or `by`, or `from` with `to`"),
        }
    }

    /// Tells that times do not go together.
    fn no_time<T>(&mut self, body: &Body<'_>, help: &str) -> Option<T> {
        let times = TIMES.iter().filter(|time| body.get(time).is_some()).count();
        let message = if body.get("to").is_some() && times == 1 && body.get("by").is_none() {
            "it says `to`, and not `from` when"
        } else {
            "it says more than one time"
        };
        self.refuse(codes::KEY, body.span, message, help);
        None
    }

    fn in_order(&mut self, body: &Body<'_>, is_right: bool) -> Option<()> {
        if !is_right {
            let help = "let `from` be before `to`";
            self.refuse(codes::CANNOT_BE_JUDGED, body.span, "no time lies between", help);
        }
        is_right.then_some(())
    }

    /// The figures of one part of the system, an expectation each.
    fn figures(&mut self, node: &Node, word: &str, place: &Place) -> Option<Vec<Expectation>> {
        let value = node.get(word)?;
        let (subject, known) = self.subject(word, value)?;
        let names = known.iter().map(|(name, ..)| name.as_str());
        let keys: Vec<&str> = names.chain(TIMES).chain([word]).collect();
        let body = self.body(node, "an expectation", &keys)?;
        let over = self.over(&body)?;
        let is_figure = |line: &&Line| &*line.key != word && !TIMES.contains(&&*line.key);
        let figures: Vec<&Line> = body.entries().iter().filter(is_figure).collect();
        if figures.is_empty() {
            let names = known.iter().map(|(name, ..)| format!("`{name}`")).collect::<Vec<_>>();
            let help = format!("say one of {}", names.join(", "));
            self.refuse(codes::CANNOT_BE_JUDGED, body.span, "it expects nothing", &help);
            return None;
        }
        let mut all = Vec::new();
        for line in figures {
            let Some((name, unit, is_count)) = known.iter().find(|(name, ..)| **name == *line.key)
            else {
                continue;
            };
            let is_journey = matches!(subject, Subject::Journey(_));
            let is_over = *is_count || is_ratio(name) || is_journey && *unit == Unit::Seconds;
            if matches!(over, Over::Between(..)) && !is_over {
                let message =
                    format!("`{name}` is no count: it cannot be taken from one time to another");
                let help = "say `at` for it, or ask a `query` over that time";
                self.refuse(codes::CANNOT_BE_JUDGED, line.key_span, message, help);
                continue;
            }
            let condition = self.quantity(&line.value, |text| Condition::parse(text, *unit));
            let Some(condition) = condition else { continue };
            let text = format!(
                "{}: {} {condition}{}",
                subject.name(),
                shown(name),
                when(over, self.lasts)
            );
            let of = subject.clone();
            let what = Expected::Figure { of, figure: name.clone(), over, condition };
            all.push(Expectation { text, place: place.clone(), what });
        }
        Some(all)
    }

    fn over(&mut self, body: &Body<'_>) -> Option<Over> {
        let mut moment = |key: &str| body.get(key).map(|node| self.moment(node));
        let (at, from, to) = (moment("at"), moment("from"), moment("to"));
        match (at, from, to) {
            (at, None, None) => Some(Over::Until(at.unwrap_or(Some(self.lasts))?)),
            (None, Some(from), to) => {
                let (from, to) = (from?, to.unwrap_or(Some(self.lasts))?);
                self.in_order(body, from < to)?;
                Some(Over::Between(from, to))
            }
            _ => self.no_time(body, "say `at`, or `from` with `to`"),
        }
    }

    fn subject(&mut self, word: &str, node: &Node) -> Option<(Subject, Vec<Known>)> {
        let system = self.system;
        let service = |id| system.service(id).name.clone();
        Some(match word {
            "journey" => {
                let name = self.text(node)?;
                self.journey(name, node.span)?;
                (Subject::Journey(name.to_owned()), table(OF_JOURNEY))
            }
            "operation" => {
                let pair = self.pair(node, "operation")?;
                let of = system.service(pair.service);
                let operations = of.operations.iter().map(|it| it.name.as_str());
                let queries = of.database.queries.iter().map(|it| it.name.as_str());
                self.member_of(&pair, "operation or query", operations.chain(queries))?;
                let member = pair.member.to_owned();
                (Subject::Operation(service(pair.service), member), table(OF_OPERATION))
            }
            "service" => (Subject::Service(service(self.service(node)?)), table(OF_SERVICE)),
            "queue" => {
                let id = self.queue(node)?;
                let name = system.queue(id).name.clone();
                (Subject::Queue(service(id.service), name), table(OF_QUEUE))
            }
            "state" => {
                let pair = self.pair(node, "machine")?;
                let machines = &system.service(pair.service).states;
                let names = machines.iter().map(|it| it.name.as_str());
                let at = self.member_of(&pair, "state machine", names)?;
                let states = machines[at].states.iter();
                let known = states.map(|it| (it.name.clone(), Unit::Count, true));
                let known = known.chain([(STUCK.to_owned(), Unit::Count, true)]).collect();
                (Subject::State(service(pair.service), pair.member.to_owned()), known)
            }
            "saga" => {
                let pair = self.pair(node, "saga")?;
                let sagas = sagas(system, pair.service);
                self.member_of(&pair, "saga", sagas.iter().map(String::as_str))?;
                (Subject::Saga(service(pair.service), pair.member.to_owned()), table(OF_SAGA))
            }
            _ => {
                self.yes(node)?;
                let known = OF_MONEY.iter().map(|name| ((*name).to_owned(), Unit::Money, true));
                (Subject::Money, known.collect())
            }
        })
    }
}

/// The names of the sagas of a service.
fn sagas(system: &knockon_core::System, service: knockon_core::ServiceId) -> Vec<String> {
    let mut names = Vec::new();
    for operation in &system.service(service).operations {
        for step in &operation.steps {
            if let knockon_core::Action::Saga(saga) = &step.action {
                names.push(saga.name.clone());
            }
        }
    }
    names
}

fn table<T>(figures: &[Figure<T>]) -> Vec<Known> {
    figures.iter().map(|it| (it.name.to_owned(), it.unit, it.is_count)).collect()
}

/// Whether it follows from counts, so that it can be taken over a part of the run.
fn is_ratio(name: &str) -> bool {
    matches!(name, "success" | "failing")
}

fn shown(name: &str) -> String {
    name.replace('_', " ")
}

fn when(over: Over, lasts: std::time::Duration) -> String {
    match over {
        Over::Until(at) if at == lasts => String::new(),
        Over::Until(at) => format!(" at {}", show_moment(at)),
        Over::Between(from, to) => {
            format!(" from {} to {}", show_moment(from), show_moment(to))
        }
    }
}

impl Subject {
    /// What it is called.
    pub fn name(&self) -> String {
        match self {
            Self::Journey(name) | Self::Service(name) => name.clone(),
            Self::Operation(service, name)
            | Self::Queue(service, name)
            | Self::State(service, name)
            | Self::Saga(service, name) => format!("{service} / {name}"),
            Self::Money => "money".to_owned(),
        }
    }
}
