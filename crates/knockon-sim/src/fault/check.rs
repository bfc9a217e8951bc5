//! Whether a system can have a fault or an action at all: everything that is wrong, at once.

use std::time::Duration;

use knockon_core::{
    CohortMember, Element, OperationId, QueueId, ServiceId, ServiceKind, Share, StepId,
};

use crate::program::{NONE, Program, Unplayable};

/// Collects what cannot be played.
pub(crate) struct Check<'a> {
    pub(crate) program: &'a Program,
    /// What is being looked at, for messages.
    place: String,
    errors: &'a mut Vec<Unplayable>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(
        program: &'a Program,
        place: String,
        errors: &'a mut Vec<Unplayable>,
    ) -> Self {
        Self { program, place, errors }
    }

    pub(crate) fn refuse(
        &mut self,
        element: Element,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        let what = format!("{}: {}", self.place, what.into());
        self.errors.push(Unplayable { element, what, help: help.into() });
    }

    /// The name of a service that is there.
    pub(crate) fn name(&self, id: ServiceId) -> &'a str {
        &self.program.services[id.index()].name
    }

    /// Whether there is such a service.
    pub(crate) fn service(&mut self, id: ServiceId) -> bool {
        let is_there = self.program.find_service(id).is_some();
        if !is_there {
            let count = self.program.system.services().len();
            let what = format!("there is no service {}", id.index());
            self.refuse(Element::System, what, format!("the system has {count} services"));
        }
        is_there
    }

    /// Whether there is such a service, and it is of that kind.
    pub(crate) fn is(&mut self, id: ServiceId, kind: ServiceKind) -> bool {
        if !self.service(id) {
            return false;
        }
        let found = self.program.services[id.index()].kind;
        if found != kind {
            let what = format!("`{}` is a {found}, no {kind}", self.name(id));
            self.refuse(Element::Service(id), what, format!("name a service with `kind: {kind}`"));
        }
        found == kind
    }

    /// Whether it is there, and has processes that can be held: everything but a platform.
    pub(crate) fn process(&mut self, id: ServiceId) -> bool {
        if !self.service(id) {
            return false;
        }
        let table = &self.program.services[id.index()];
        let what = match (table.kind, table.replicas) {
            (ServiceKind::Platform, _) => format!("`{}` is a platform", table.name),
            (_, 0) => format!("`{}` has no replicas", table.name),
            _ => return true,
        };
        self.refuse(Element::Service(id), what, "name a service that has processes");
        false
    }

    /// Whether it is there and works off a queue.
    pub(crate) fn consumer(&mut self, id: ServiceId) {
        if self.process(id) && self.program.services[id.index()].consumers.is_empty() {
            let what = format!("`{}` consumes from no queue", self.name(id));
            let help = "name a service with an operation that `consumes`";
            self.refuse(Element::Service(id), what, help);
        }
    }

    pub(crate) fn operation(&mut self, id: OperationId) -> bool {
        if !self.service(id.service) {
            return false;
        }
        let is_there = self.program.find_operation(id).is_some();
        if !is_there {
            let what = format!("`{}` has no operation {}", self.name(id.service), id.index());
            self.refuse(Element::Service(id.service), what, "name one of its operations");
        }
        is_there
    }

    pub(crate) fn queue(&mut self, id: QueueId) -> bool {
        if !self.is(id.service, ServiceKind::Broker) {
            return false;
        }
        let is_there = self.program.find_queue(id).is_some();
        if !is_there {
            let what = format!("`{}` has no queue {}", self.name(id.service), id.index());
            self.refuse(Element::Service(id.service), what, "name one of its queues");
        }
        is_there
    }

    /// A queue that dead letters go to.
    pub(crate) fn dead_letters(&mut self, id: QueueId) {
        if !self.queue(id) {
            return;
        }
        let queues = &self.program.queues;
        let holds = |at: usize| queues.iter().any(|queue| queue.dead_letter as usize == at);
        let name = |at: usize| {
            let broker = self.program.service_name(queues[at].broker);
            format!("`{broker} / {}`", queues[at].name)
        };
        let Some(at) = self.program.find_queue(id).map(|at| at as usize).filter(|at| !holds(*at))
        else {
            return;
        };
        let what = format!(
            "{} is the `dead_letter` of no queue, so that it holds nothing to replay",
            name(at)
        );
        let others: Vec<String> = (0..queues.len()).filter(|at| holds(*at)).map(name).collect();
        let help = match others.as_slice() {
            [] => "give a queue a `dead_letter`".to_owned(),
            _ => format!("name {}", others.join(" or ")),
        };
        self.refuse(Element::Queue(id), what, help);
    }

    pub(crate) fn journey(&mut self, journey: usize) -> bool {
        let is_there = journey < self.program.journeys.len();
        if !is_there {
            let what = format!("there is no journey {journey}");
            let help = format!("the system has {} journeys", self.program.journeys.len());
            self.refuse(Element::System, what, help);
        }
        is_there
    }

    /// The pool that a service keeps to another.
    pub(crate) fn pool(&mut self, service: ServiceId, to: ServiceId) -> bool {
        if !(self.service(service) & self.service(to)) {
            return false;
        }
        let pools = &self.program.services[service.index()].pools;
        let has_pool = pools.iter().any(|pool| pool.to as usize == to.index());
        if !has_pool {
            let (from, name) = (self.name(service), self.name(to));
            let what = format!("`{from}` keeps no pool of connections to `{name}`");
            let help = format!("give `{from}` one under `pools`");
            self.refuse(Element::Key(service, "pools"), what, help);
        }
        has_pool
    }

    /// A step that asks somebody.
    pub(crate) fn asking_step(&mut self, step: StepId) -> bool {
        let asks = self.program.sites.iter().any(|site| site.step == Some(step));
        if !asks {
            let what = format!("step {} asks nobody, or is not there", step.index());
            self.refuse(Element::Step(step), what, "name a `call`, `query`, `get` or `publish`");
        }
        asks
    }

    /// An arm of a branch.
    pub(crate) fn arm(&mut self, step: StepId, arm: usize) {
        let Some(choice) = self.program.find_choice(step) else {
            let what = format!("step {} is no `branch`, or is not there", step.index());
            self.refuse(Element::Step(step), what, "name a `branch`");
            return;
        };
        let arms = self.program.choices[choice as usize].arms.len();
        if arm >= arms {
            let what = format!("the branch has no arm {arm}");
            self.refuse(Element::Step(step), what, format!("it has {arms}"));
        }
    }

    /// A member of a cohort that some journey's users differ by.
    pub(crate) fn member(&mut self, of: CohortMember) -> bool {
        let cohorts = &self.program.cohorts;
        let Some(cohort) = cohorts.get(of.cohort.index()) else {
            let what = format!("there is no cohort {}", of.cohort.index());
            let help = format!("the system has {} cohorts", cohorts.len());
            self.refuse(Element::System, what, help);
            return false;
        };
        let count =
            if cohort.bounds.is_empty() { cohort.count } else { cohort.bounds.len() as u64 };
        if of.member as u64 >= count {
            let what = format!("cohort `{}` has no member {}", cohort.name, of.member);
            self.refuse(Element::System, what, format!("it has {count}"));
            return false;
        }
        let differ_by = self.program.journeys.iter().flat_map(|journey| &journey.cohorts);
        let is_used = differ_by.into_iter().any(|by| {
            let mut at = *by;
            while at != NONE && at as usize != of.cohort.index() {
                at = cohorts[at as usize].within;
            }
            at != NONE
        });
        if !is_used {
            let what = format!("no journey's users differ by cohort `{}`", cohort.name);
            self.refuse(Element::System, what, format!("give a journey `by: [{}]`", cohort.name));
        }
        is_used
    }

    /// A part of something.
    pub(crate) fn share(&mut self, share: Share) {
        if !(share.percent > 0.0 && share.percent <= 100.0) {
            let what = format!("{} % is no part of requests", share.percent);
            self.refuse(Element::System, what, "more than 0 %, and 100 % at most");
        }
    }

    /// A factor by which something gets longer or shorter.
    pub(crate) fn factor(&mut self, factor: f64) {
        if !(factor.is_finite() && factor > 0.0) {
            let what = format!("{factor} is no factor");
            self.refuse(Element::System, what, "a number above 0");
        }
    }

    /// A time that must not be nothing.
    pub(crate) fn time(&mut self, time: Duration) {
        if time.is_zero() {
            self.refuse(Element::System, "it takes no time", "give it a length of time");
        }
    }
}
