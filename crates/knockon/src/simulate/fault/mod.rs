//! Faults as they are written on the command line: `crash=orders@2min+3min`, `errors=payment:30%`.
//!
//! A fault is `KIND=SERVICE[:FIGURE][@FROM[+LENGTH]]`. What each kind needs is a line in [`kinds`].

mod kinds;

use std::time::Duration;

use knockon_core::{
    Bytes, CohortId, CohortMember, Cpu, Diagnostic, OperationId, QueueId, Rate, ServiceId, Share,
    System,
};
use knockon_format::closest;
use knockon_format::quantities::{self, Bad};
use knockon_sim::fault::{Fault, Flap, Kind, Shape, Traffic};
use knockon_sim::plan::Demand;
use knockon_sim::timeline::Happening;

use super::plan;
use crate::codes;
use crate::variant::known_names;

pub use kinds::{KINDS, Known};

const FORM: &str = "write KIND=SERVICE[:FIGURE][@FROM[+LENGTH]], as in `crash=orders@2min+3min`";

/// Reads a fault, or says all that is wrong with it.
pub(super) fn read(
    flag: &str,
    system: &System,
    demand_factor: f64,
) -> Result<Happening, Vec<Diagnostic>> {
    let wrong = Vec::new();
    let mut written =
        Written { flag, system, target: "", figure: None, again: None, demand_factor, wrong };
    match written.happening() {
        Some(happening) if written.wrong.is_empty() => Ok(happening),
        _ => Err(written.wrong),
    }
}

/// A fault as it is written, while it is read.
struct Written<'a> {
    flag: &'a str,
    system: &'a System,
    target: &'a str,
    figure: Option<&'a str>,
    /// After how long what happens once happens again.
    again: Option<Duration>,
    /// How many times the demand of the model there is.
    demand_factor: f64,
    wrong: Vec<Diagnostic>,
}

impl Written<'_> {
    fn happening(&mut self) -> Option<Happening> {
        let Some((word, rest)) = self.flag.split_once('=') else {
            self.refuse(codes::BAD_FIGURE, "it does not say where", FORM);
            return None;
        };
        let (rest, when) = match rest.rsplit_once('@') {
            Some((rest, when)) => (rest, Some(when)),
            None => (rest, None),
        };
        let (target, figure) = match rest.rsplit_once(':') {
            Some((target, figure)) => (target.trim(), Some(figure.trim())),
            None => (rest.trim(), None),
        };
        (self.target, self.figure) = (target, figure);
        let kind = self.kind(word.trim());
        let (at, lasts) = self.when(when);
        let half = self.again.map(|again| again / 2);
        let flap = half.map(|half| Flap { on: half, off: half });
        let shape = Shape { lasts, flap, ..Shape::default() };
        Some(Happening::fault(at?, Fault { kind: kind?, shape }))
    }

    /// When it begins, and for how long it is there if that is said.
    fn when(&mut self, when: Option<&str>) -> (Option<Duration>, Option<Duration>) {
        let Some(when) = when else { return (Some(Duration::ZERO), None) };
        let (from, length) = match when.split_once('+') {
            Some((from, length)) => (from.trim(), Some(length.trim())),
            None => (when.trim(), None),
        };
        let from = self.quantity(quantities::duration(from));
        let length = length.and_then(|length| self.quantity(quantities::duration(length)));
        (from, length)
    }

    /// The kind with its figures. Words may be joined by `-`, so that a shell needs no quotes.
    fn kind(&mut self, word: &str) -> Option<Kind> {
        let word = word.replace(['-', '_'], " ");
        if let Some(known) = KINDS.iter().find(|known| known.word == word) {
            if let (None, Some(figure)) = (known.figure, self.figure) {
                let what = format!("`{word}` takes no figure, and `{figure}` is one");
                self.refuse(codes::BAD_FIGURE, &what, "leave it away");
            }
            return (known.make)(self);
        }
        let words = KINDS.iter().map(|known| known.word);
        if Kind::WORDS.contains(&&*word) {
            let what = format!("`{word}` needs more than a flag can say");
            let help = format!("a flag can set {}", listed(words));
            self.refuse(codes::UNKNOWN_FAULT, &what, &help);
            return None;
        }
        let help = match closest(&word, words.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the kinds are {}", listed(words)),
        };
        self.refuse(codes::UNKNOWN_FAULT, &format!("there is no kind of fault `{word}`"), &help);
        None
    }

    fn refuse(&mut self, code: knockon_core::Code, what: &str, help: &str) {
        let message = format!("`--fault {}`: {what}", self.flag);
        self.wrong.push(Diagnostic::error(code, message).help(help));
    }

    /// A quantity that could be read; what is wrong with another is told.
    fn quantity<T>(&mut self, read: Result<T, Bad>) -> Option<T> {
        read.map_err(|bad| self.refuse(codes::BAD_FIGURE, &bad.message, &bad.help)).ok()
    }

    /// The figure, or else what it is without one.
    fn figure<T>(&mut self, read: fn(&str) -> Result<T, Bad>, default: T) -> Option<T> {
        match self.figure {
            Some(figure) => self.quantity(read(figure)),
            None => Some(default),
        }
    }

    /// The figure, or else one that follows from the model, if it does.
    fn figure_or<T>(
        &mut self,
        read: fn(&str) -> Result<T, Bad>,
        default: Option<T>,
        help: &str,
    ) -> Option<T> {
        if self.figure.is_none() && default.is_none() {
            self.refuse(codes::BAD_FIGURE, "the model says no limit to start from", help);
            return None;
        }
        match self.figure {
            Some(figure) => self.quantity(read(figure)),
            None => default,
        }
    }

    fn time(&mut self, seconds: u64) -> Option<Duration> {
        self.figure(quantities::duration, Duration::from_secs(seconds))
    }

    fn share(&mut self) -> Option<Share> {
        self.figure(quantities::share, Share { percent: 50.0 })
    }

    /// What happens once happens again whenever the time of the figure is over.
    fn happens_again(&mut self) {
        let Some(figure) = self.figure else { return };
        self.again = self.quantity(quantities::duration(figure));
        if self.again.is_some_and(|again| again.is_zero()) {
            let what = format!("`{figure}` is no time at all");
            self.refuse(codes::BAD_FIGURE, &what, "write one above 0, as in `:20s`");
        }
    }

    fn count(&mut self, default: u64) -> Option<u64> {
        let Some(figure) = self.figure else { return Some(default) };
        let count = figure.parse().ok();
        if count.is_none() {
            let what = format!("`{figure}` is no whole number");
            self.refuse(codes::BAD_FIGURE, &what, "write one, as in `:100`");
        }
        count
    }

    fn times(&mut self, default: f64) -> Option<f64> {
        self.figure(quantities::factor, default)
    }

    /// Processor time; a tenth of what a replica has if it is not said.
    fn cpu(&mut self, service: ServiceId) -> Option<Cpu> {
        let runs = self.system.service(service).runs.as_ref();
        let limit = runs.and_then(|runs| runs.cpu?.limit);
        let tenth = limit.map(|cpu| Cpu { millicores: (cpu.millicores / 10).max(1) });
        self.figure_or(quantities::cpu, tenth, "say how much is left, as in `:50m`")
    }

    /// Memory; a part of a replica's limit if it is not said.
    fn memory(&mut self, service: ServiceId, part: u64) -> Option<Bytes> {
        let runs = self.system.service(service).runs.as_ref();
        let limit = runs.and_then(|runs| runs.memory?.limit);
        let part = limit.map(|limit| Bytes { count: (limit.count / part).max(1) });
        self.figure_or(quantities::bytes, part, "say how much, as in `:1Mi`")
    }

    fn service(&mut self) -> Option<ServiceId> {
        self.service_named(self.target)
    }

    fn service_named(&mut self, name: &str) -> Option<ServiceId> {
        let found = self.system.names().get(name);
        if found.is_none() {
            let names = self.system.services().iter().map(|service| service.name.as_str());
            let help = known_names("service", name, names);
            let what = format!("there is no service `{name}`");
            self.refuse(codes::FAULT_NOWHERE, &what, &help);
        }
        found
    }

    /// Two services.
    fn two_services(&mut self) -> Option<[ServiceId; 2]> {
        let Some((one, other)) = self.target.split_once('/') else {
            let help = format!("write a service, `/` and a service: `{}/…`", self.target);
            self.refuse(codes::FAULT_NOWHERE, "it is between two services", &help);
            return None;
        };
        let (one, other) = (self.service_named(one.trim()), self.service_named(other.trim()));
        Some([one?, other?])
    }

    /// Requests to a service, or for one of its operations: `orders / create`.
    fn traffic(&mut self) -> Option<Traffic> {
        if self.system.names().get(self.target).is_some() || !self.target.contains('/') {
            return self.service().map(Traffic::to);
        }
        let (service, operation) = self.target.split_once('/')?;
        let (service, operation) = (self.service_named(service.trim())?, operation.trim());
        let operations = &self.system.service(service).operations;
        if let Some(at) = operations.iter().position(|known| known.name == operation) {
            return Some(Traffic::of(OperationId::new(service, at)));
        }
        let help =
            known_names("operation", operation, operations.iter().map(|it| it.name.as_str()));
        let name = &self.system.service(service).name;
        let what = format!("`{name}` has no operation `{operation}`");
        self.refuse(codes::FAULT_NOWHERE, &what, &help);
        None
    }

    /// A queue of a broker: `rabbitmq / orders`.
    fn queue(&mut self) -> Option<QueueId> {
        let Some((broker, name)) = self.target.split_once('/') else {
            let help = format!("write a broker, `/` and a queue: `{}/…`", self.target);
            self.refuse(codes::FAULT_NOWHERE, "it is of one queue", &help);
            return None;
        };
        let (broker, name) = (self.service_named(broker.trim())?, name.trim());
        let of = self.system.service(broker);
        let names = of.broker.queues.iter().map(|queue| queue.name.as_str());
        if let Some(at) = names.clone().position(|known| known == name) {
            return Some(QueueId::new(broker, at));
        }
        let help = known_names("queue", name, names);
        let what = format!("`{}` has no queue `{name}`", of.name);
        self.refuse(codes::FAULT_NOWHERE, &what, &help);
        None
    }

    /// A journey, and how many more start it than otherwise: `checkout:5` for so many times as many,
    /// `checkout:50:10s` for so many users who think so long.
    fn more_users(&mut self) -> Option<(usize, Demand)> {
        let target = self.target;
        let at = |name: &str| self.system.journeys().iter().position(|it| it.name == name);
        let (name, count) = match target.rsplit_once(':') {
            Some((name, count)) if at(target).is_none() => (name.trim(), Some(count.trim())),
            _ => (target, None),
        };
        let journey = at(name);
        if journey.is_none() {
            let names = self.system.journeys().iter().map(|journey| journey.name.as_str());
            let help = known_names("journey", name, names);
            self.refuse(codes::FAULT_NOWHERE, &format!("there is no journey `{name}`"), &help);
        }
        let extra = match count {
            Some(count) => self.population(count),
            None => self.times_the_usual(journey).map(Demand::Rate),
        };
        Some((journey?, extra?))
    }

    fn times_the_usual(&mut self, journey: Option<usize>) -> Option<Rate> {
        let times = self.times(2.0);
        let (journey, times) = (&self.system.journeys()[journey?], times?);
        let Some(demand) = journey.demand else {
            let name = &journey.name;
            let what = format!("nobody starts `{name}`, so that there cannot be more");
            let help = format!("give the journey a `demand`, or say how many: `{name}:50:10s`");
            self.refuse(codes::IMPOSSIBLE_FAULT, &what, &help);
            return None;
        };
        if times <= 1.0 {
            let what = format!("{times} times the users are not more");
            self.refuse(codes::BAD_FIGURE, &what, "write a number above 1, as in `:2`");
            return None;
        }
        Some(Rate { per_hour: demand.per_hour * self.demand_factor * (times - 1.0) })
    }

    /// So many users, each of whom thinks as long as the figure says.
    fn population(&mut self, count: &str) -> Option<Demand> {
        let users = self.quantity(plan::count_of_users(count));
        let think = self.time(0);
        if think.is_some_and(|think| think.is_zero()) {
            let help = format!("say how long on average, as in `:{count}:10s`");
            self.refuse(codes::BAD_FIGURE, "its users do not think", &help);
            return None;
        }
        Some(Demand::Closed { users: users?, think: think? })
    }

    /// A member of a cohort: `region / north`.
    fn member(&mut self) -> Option<CohortMember> {
        let (name, member) = self.target.split_once('/').unwrap_or((self.target, ""));
        let (name, member) = (name.trim(), member.trim());
        let cohorts = &self.system.practice().cohorts;
        let names = cohorts.iter().map(|cohort| cohort.name.as_str());
        let Some(at) = names.clone().position(|known| known == name) else {
            let help = known_names("cohort", name, names);
            self.refuse(codes::FAULT_NOWHERE, &format!("there is no cohort `{name}`"), &help);
            return None;
        };
        let cohort = &cohorts[at];
        let known = cohort.members.iter().map(|member| member.name.as_str());
        // Members that have no names are numbers.
        let by_number = || member.parse().ok().filter(|_| cohort.members.is_empty());
        if let Some(member) = known.clone().position(|known| known == member).or_else(by_number) {
            return Some(CohortMember { cohort: CohortId::from_index(at), member });
        }
        let help = if cohort.members.is_empty() {
            format!("its members are numbered from 0: write `{name}/0`")
        } else {
            known_names("member", member, known)
        };
        let what = format!("cohort `{name}` has no member `{member}`");
        self.refuse(codes::FAULT_NOWHERE, &what, &help);
        None
    }
}

fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
