//! Operations and their steps, as instructions.

use std::time::Duration;

use knockon_core::{
    Action, Callee, Criticality, Element, Fallback, OperationId, Policies, Retry, ServiceId,
    Spread, Step, StepId, StoreCopy, System,
};

use super::Unplayable;
use super::compile::{Index, service_index};
use super::tables::{
    Arm, Choice, FAILS, FailOf, Instruction, NONE, Operation, PoolOf, Program, Site, Sort, Target,
    Time, TimeOf,
};
use crate::clock::nanos;
use crate::limiter::Limiter;
use crate::random::{self, LogNormal, threshold};
use crate::{breaker, retry};

/// What is written of one operation at a time.
pub(super) struct Emitter<'a> {
    pub(super) system: &'a System,
    pub(super) index: &'a Index,
    pub(super) program: &'a mut Program,
    unplayable: &'a mut Vec<Unplayable>,
    /// The service and the operation that are being written.
    pub(super) service: u32,
    operation: u32,
    /// The step that is being written.
    pub(super) step: Option<StepId>,
    /// How its names begin, for salts.
    scope: String,
    /// How many instructions of each sort it has so far, for salts.
    count: u64,
    /// Fallbacks that are written after the operation: the site, the steps, where they lead back to.
    later: Vec<(u32, &'a [Step], u32)>,
}

/// A stable number for a text: FNV-1a
/// (<https://datatracker.ietf.org/doc/draft-eastlake-fnv/>), mixed.
pub(crate) fn salt(text: &str, count: u64) -> u64 {
    let folded = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    random::hash(&[folded, count])
}

impl<'a> Emitter<'a> {
    pub(super) fn new(
        system: &'a System,
        index: &'a Index,
        program: &'a mut Program,
        unplayable: &'a mut Vec<Unplayable>,
    ) -> Self {
        Self {
            system,
            index,
            program,
            unplayable,
            service: NONE,
            operation: NONE,
            step: None,
            scope: String::new(),
            count: 0,
            later: Vec::new(),
        }
    }

    /// Writes all operations, in the order of the index: those of the model, queries, implicit ones;
    /// after all of them those of probes.
    pub(super) fn operations(&mut self) {
        for service in self.system.service_ids() {
            self.service = service_index(service);
            let first = self.next_operation();
            let system = self.system;
            let of = system.service(service);
            for at in 0..of.operations.len() {
                self.operation(OperationId::new(service, at));
            }
            for query in &of.database.queries {
                self.query(query);
            }
            self.implicit(service);
            self.ping(service);
            let last = self.next_operation();
            let table = &mut self.program.services[self.service as usize];
            table.operations = first..last;
            table.ping = last - 1;
        }
        for service in self.system.service_ids() {
            self.service = service_index(service);
            self.probes(service);
        }
    }

    fn next_operation(&self) -> u32 {
        u32::try_from(self.program.operations.len()).unwrap_or(NONE)
    }

    pub(super) fn here(&self) -> u32 {
        u32::try_from(self.program.code.len()).unwrap_or(NONE)
    }

    pub(super) fn emit(&mut self, instruction: Instruction) -> u32 {
        self.program.code.push(instruction);
        self.here() - 1
    }

    /// Begins an operation: its instructions follow.
    pub(super) fn begin(&mut self, name: &str, sort: Sort) -> usize {
        self.operation = self.next_operation();
        let service = &self.program.services[self.service as usize];
        self.scope = format!("{}/{name}", service.name);
        self.count = 0;
        self.program.operations.push(Operation {
            name: name.to_owned(),
            service: self.service,
            sort,
            entry: self.here(),
            idempotent: false,
            limit: None,
            consumes: NONE,
            prefetch: u32::MAX,
            consumers: 1,
            acks_before: false,
            every_ns: 0,
            stages: Vec::new(),
            route: None,
            rows: 0,
            full_scan: false,
            kept: false,
        });
        self.operation as usize
    }

    fn operation(&mut self, id: OperationId) {
        let system = self.system;
        let operation = system.operation(id);
        let at = self.begin(&operation.name, Sort::Operation);
        let table = &mut self.program.operations[at];
        table.idempotent = operation.idempotent.is_some();
        table.kept = table.idempotent;
        table.limit = operation.rate_limit.as_ref().map(Limiter::new);
        table.consumes = operation.consumes.map_or(NONE, |queue| self.index.queue(queue));
        table.prefetch = operation.prefetch.unwrap_or(u32::MAX);
        table.consumers = operation.consumers;
        table.acks_before = operation.acks == knockon_core::Acks::Before;
        table.every_ns = operation.every.map_or(0, nanos);
        table.route.clone_from(&operation.route);
        self.steps(&operation.steps);
        self.end();
    }

    /// Ends an operation, and writes what was put off.
    pub(super) fn end(&mut self) {
        self.emit(Instruction::End);
        self.step = None;
        while let Some((site, steps, back)) = self.later.pop() {
            self.program.sites[site as usize].on_fail = self.here();
            self.steps(steps);
            self.emit(Instruction::Jump(back));
        }
    }

    pub(super) fn steps(&mut self, steps: &'a [Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &'a Step) {
        let outer = self.step.replace(step.id);
        self.step_action(step);
        self.step = outer;
    }

    fn step_action(&mut self, step: &'a Step) {
        match &step.action {
            Action::Compute { time, spread } => self.time(*time, *spread, Instruction::Compute),
            Action::Wait { time, spread } => self.time(*time, *spread, Instruction::Wait),
            Action::Call(callee) => {
                let target = Target::Operation(self.index.callee(*callee));
                let site = self.site(callee.service, target, "call", &step.policies);
                self.emit(Instruction::Ask(site));
                self.handle_failure(site, &step.policies);
            }
            Action::Query { query, from } => self.query_step(step, *query, *from),
            Action::Get { entry, miss } => self.get(*entry, miss, &step.policies),
            Action::Put(entry) | Action::Drop(entry) => {
                let is_put = matches!(step.action, Action::Put(_));
                let target = Target::Entry(self.index.entry(*entry));
                let verb = if is_put { "put" } else { "drop" };
                let site = self.site(entry.service, target, verb, &step.policies);
                let put = if is_put { Instruction::Put } else { Instruction::Drop };
                self.emit(put(site));
                self.handle_failure(site, &step.policies);
            }
            Action::Publish { channel, confirms, outbox } => {
                let target = Target::Channel {
                    queues: self.index.channel(*channel, self.system),
                    confirms: *confirms,
                    outbox: outbox.map(service_index),
                };
                let site = self.site(channel.broker(), target, "publish", &step.policies);
                self.emit(Instruction::Publish(site));
                self.handle_failure(site, &step.policies);
            }
            Action::Move { machine, to } => {
                let machine = self.index.machine(*machine);
                let to = u32::try_from(*to).unwrap_or(NONE);
                self.program.moves.push((machine, to));
                let at = u32::try_from(self.program.moves.len() - 1).unwrap_or(NONE);
                self.emit(Instruction::Move(at));
            }
            Action::Saga(saga) => self.saga(saga),
            Action::Parallel(branches) => self.parallel(branches),
            Action::Branch(alternatives) => self.branch(step.id, alternatives),
            Action::Background(steps) => {
                let detach = self.emit(Instruction::Detach(NONE));
                self.steps(steps);
                self.emit(Instruction::End);
                self.program.code[detach as usize] = Instruction::Detach(self.here());
            }
            Action::Fail(share) => {
                let salt = self.salt("fail");
                self.program.fails.push(FailOf { below: threshold(share.fraction()), salt });
                let at = u32::try_from(self.program.fails.len() - 1).unwrap_or(NONE);
                self.emit(Instruction::Fail(at));
            }
        }
    }

    /// A number for the next thing of that sort in the operation, the same in every variant that does
    /// not change what comes before it.
    pub(super) fn salt(&mut self, sort: &str) -> u64 {
        self.count += 1;
        salt(&format!("{} {sort}", self.scope), self.count)
    }

    pub(super) fn time(&mut self, time: Duration, spread: Spread, make: fn(u32) -> Instruction) {
        let mean = time.as_secs_f64() * 1e9;
        let time = match spread {
            Spread::None => Time::Constant(nanos(time)),
            Spread::Exponential => Time::Exponential(mean),
            Spread::LogNormal(share) => {
                Time::LogNormal(LogNormal::with_mean_and_cv(mean, share.fraction()))
            }
        };
        let salt = self.salt("time");
        self.program.times.push(TimeOf { time, salt });
        let at = u32::try_from(self.program.times.len() - 1).unwrap_or(NONE);
        self.emit(make(at));
    }

    fn query_step(&mut self, step: &'a Step, query: knockon_core::QueryId, from: StoreCopy) {
        let target = Target::Operation(self.index.query(query));
        let site = self.site(query.service, target, "query", &step.policies);
        if from == StoreCopy::Replica {
            let database = &self.program.services[query.service.index()];
            if let Some(copies) = database.copies {
                self.ask_copies(site, copies);
            } else {
                let what = format!("`from: replica`: {} has no read replicas", database.name);
                let help = format!("give {} `read_replicas`, or ask the primary", database.name);
                self.refuse(step.id, what, help);
            }
        }
        self.emit(Instruction::Ask(site));
        self.handle_failure(site, &step.policies);
    }

    /// Connections to the copies are others than those to the primary: a pool of their own, like it.
    fn ask_copies(&mut self, site: u32, copies: u32) {
        let site = &mut self.program.sites[site as usize];
        site.to = copies;
        if site.pool == NONE {
            return;
        }
        let pools = &mut self.program.services[site.service as usize].pools;
        let known = pools.iter().position(|pool| pool.to == copies);
        let at = known.unwrap_or_else(|| {
            pools.push(PoolOf { to: copies, ..pools[site.pool as usize] });
            pools.len() - 1
        });
        site.pool = u32::try_from(at).unwrap_or(NONE);
    }

    fn refuse(&mut self, step: StepId, what: String, help: String) {
        self.unplayable.push(Unplayable { element: Element::Step(step), what, help });
    }

    /// A lookup goes on after what is done on a miss; its fallback stands in for all of that.
    fn get(&mut self, entry: knockon_core::CacheEntryId, miss: &'a [Step], policies: &'a Policies) {
        let id = self.index.entry(entry);
        let site = self.site(entry.service, Target::Entry(id), "get", policies);
        self.emit(Instruction::Get(site));
        self.steps(miss);
        if !miss.is_empty() {
            self.emit(Instruction::Fill(id));
        }
        let hit = self.here();
        self.program.sites[site as usize].hit = hit;
        self.handle_failure(site, policies);
    }

    fn parallel(&mut self, branches: &'a [knockon_core::Branch]) {
        let at = self.program.forks.len();
        self.program.forks.push(Vec::new());
        self.emit(Instruction::Fork(u32::try_from(at).unwrap_or(NONE)));
        let jump = self.emit(Instruction::Jump(NONE));
        for branch in branches {
            let entry = self.here();
            self.program.forks[at].push(entry);
            self.steps(&branch.steps);
            self.emit(Instruction::End);
        }
        self.program.code[jump as usize] = Instruction::Jump(self.here());
    }

    fn branch(&mut self, step: StepId, alternatives: &'a [knockon_core::Alternative]) {
        let salt = self.salt("branch");
        let at = self.program.choices.len();
        self.program.choices.push(Choice { step, salt, arms: Vec::new(), otherwise: NONE });
        self.emit(Instruction::Choose(u32::try_from(at).unwrap_or(NONE)));
        let (mut arms, mut jumps, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for alternative in alternatives {
            let share = alternative.share.map_or(0.0, knockon_core::Share::fraction);
            sum += share;
            let of = alternative.of.map(|of| {
                let narrow = |index: usize| u32::try_from(index).unwrap_or(NONE);
                (narrow(of.cohort.index()), narrow(of.member))
            });
            arms.push(Arm { share: threshold(sum), of, entry: self.here() });
            self.steps(&alternative.steps);
            jumps.push(self.emit(Instruction::Jump(NONE)));
        }
        let after = self.here();
        for jump in jumps {
            self.program.code[jump as usize] = Instruction::Jump(after);
        }
        let choice = &mut self.program.choices[at];
        choice.arms = arms;
        choice.otherwise = after;
    }

    /// Where the step goes on that was just written, when it fails.
    fn handle_failure(&mut self, site: u32, policies: &'a Policies) {
        let next = self.here();
        match &policies.fallback {
            Some(Fallback::Skip) => self.program.sites[site as usize].on_fail = next,
            Some(Fallback::Steps(steps)) => self.later.push((site, steps, next)),
            None if policies.criticality() != Criticality::Critical => {
                self.program.sites[site as usize].on_fail = next;
            }
            None => {}
        }
    }

    /// Makes a site with the policies of a step.
    pub(super) fn site(
        &mut self,
        to: ServiceId,
        target: Target,
        verb: &str,
        policies: &Policies,
    ) -> u32 {
        let name = self.system.service(to).name.clone();
        let key = self.salt(&format!("{verb} {name}"));
        let service = &mut self.program.services[self.service as usize];
        let pool = service.pools.iter().position(|pool| pool.to == service_index(to));
        let has_budget = policies.retry.as_ref().is_some_and(|retry| retry.budget.is_some());
        let is_guarded = policies.breaker.is_some()
            || policies.rate_limit.is_some()
            || policies.bulkhead.is_some()
            || has_budget;
        let guard = if is_guarded { service.guards } else { NONE };
        service.guards += u32::from(is_guarded);
        let mut site = Site {
            step: self.step,
            hit: NONE,
            service: self.service,
            operation: self.operation,
            to: service_index(to),
            target,
            pool: pool.map_or(NONE, |at| u32::try_from(at).unwrap_or(NONE)),
            timeout_ns: 0,
            timeout_lane: NONE,
            attempts: 1,
            retry: None,
            guard,
            breaker: policies.breaker.as_ref().map(breaker::Config::of),
            limit: policies.rate_limit.as_ref().map(Limiter::new),
            bulkhead: policies.bulkhead,
            budget: None,
            on_fail: FAILS,
            on_unknown: NONE,
            in_saga: false,
            key,
        };
        self.be_patient(&mut site, policies.timeout, policies.retry.as_ref());
        self.program.sites.push(site);
        u32::try_from(self.program.sites.len() - 1).unwrap_or(NONE)
    }

    fn be_patient(&mut self, site: &mut Site, timeout: Option<Duration>, retry: Option<&Retry>) {
        if let Some(timeout) = timeout {
            site.timeout_ns = nanos(timeout).max(1);
            site.timeout_lane = self.program.lane(site.timeout_ns);
        }
        if let Some(retry) = retry {
            site.attempts = u8::try_from(retry.attempts).unwrap_or(u8::MAX);
            site.budget = retry.budget.map(knockon_core::Share::fraction);
            site.retry = Some(retry::Schedule::of(retry));
        }
    }

    /// A site of a saga's part.
    pub(super) fn part(
        &mut self,
        callee: Callee,
        verb: &str,
        timeout: Option<Duration>,
        retry: Option<&Retry>,
    ) -> u32 {
        let policies = Policies { timeout, retry: retry.cloned(), ..Policies::default() };
        let target = Target::Operation(self.index.callee(callee));
        let site = self.site(callee.service, target, verb, &policies);
        self.emit(Instruction::Ask(site));
        site
    }
}
