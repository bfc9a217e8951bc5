//! Users on their journeys: arriving, acting, thinking, leaving.

use crate::clock::END_OF_TIME;
use crate::fates;
use crate::pending::{self, Pending};
use crate::plan::Demand;
use crate::program::{Journey, NONE, Service, StageOf};
use crate::random;
use crate::truth::NOTHING;

use super::frame::{Frame, Outcome};
use super::state::{
    CHARGED, COMPLETED, DOUBLE_CHARGED, DOUBLED, JourneyStats, LATE, NOBODY, SAMPLED, SLOW, User,
    UserState, WRITE_LOST,
};
use super::ticks::Tick;
use super::{AT_ONCE_MAX, Run, THINK};

/// What the number of a user is multiplied with, so that its luck is nobody else's and no arrival's.
const USER: u64 = 0xa24b_aed4_963e_e407;

/// Where users of a journey come from.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    pub(crate) journey: u32,
    pub(crate) demand: Demand,
    /// What the rate of the demand, or its number of users, is multiplied with.
    pub(crate) factor: f64,
    gap_ns: f64,
    /// The fault that these users are, and its reason; nothing for those that come anyway.
    pub(crate) origin: u32,
    pub(crate) reason: u32,
    pub(crate) luck: u64,
    /// The number of the next user.
    pub(crate) number: u64,
    /// What is left of the random time to the next arrival, in arrivals; and since when.
    pub(crate) left: f64,
    pub(crate) since: u64,
    /// How many a closed population has, and how many it is to have.
    present: u32,
    wanted: u32,
}

impl Generator {
    /// The mean time between two arrivals, in nanoseconds; infinite when nobody comes.
    fn mean_gap_ns(&self) -> f64 {
        match self.demand {
            Demand::Rate(rate) => crate::clock::HOUR as f64 / (rate.per_hour * self.factor),
            _ => f64::INFINITY,
        }
    }
}

impl<Q: Pending> Run<Q> {
    /// Adds a source of users, who are a fault or come anyway, and starts it.
    pub(crate) fn add_generator(
        &mut self,
        journey: u32,
        demand: Demand,
        factor: f64,
        (origin, reason): (u32, u32),
    ) {
        let (seed, replication) = (self.plan.seed, self.plan.replication);
        let name = crate::program::salt(&self.program.journeys[journey as usize].name, 0);
        let luck = random::hash(&[seed, replication, name, u64::from(origin)]);
        self.generators.push(Generator {
            journey,
            demand,
            factor,
            gap_ns: f64::INFINITY,
            origin,
            reason,
            luck,
            number: 0,
            left: 0.0,
            since: self.now,
            present: 0,
            wanted: 0,
        });
        self.sources.push(u128::MAX);
        self.start_generator(self.generators.len() - 1);
    }

    fn start_generator(&mut self, at: usize) {
        let generator = &mut self.generators[at];
        match &generator.demand {
            Demand::None => {}
            Demand::Rate(_) => {
                generator.gap_ns = generator.mean_gap_ns();
                generator.left = random::exponential(generator.luck);
                self.await_arrival(at);
            }
            Demand::Closed { users, think } => {
                self.closed = true;
                let (users, think_ns) = (*users, crate::clock::nanos(*think));
                self.populate(at, users, think_ns);
            }
            Demand::Times(times) => {
                if let Some(first) = times.first() {
                    let at_ns = crate::clock::nanos(*first).max(self.now);
                    self.expect(at, at_ns);
                }
            }
        }
    }

    /// Sees to it that a closed population has as many as it is to have. Those who are too many go when
    /// they would come back.
    fn populate(&mut self, at: usize, users: u32, think_ns: u64) {
        let index = u32::try_from(at).unwrap_or(NONE);
        let generator = &mut self.generators[at];
        let wanted = crate::clock::rounded(f64::from(users) * generator.factor);
        let (luck, there) = (generator.luck, generator.present);
        generator.wanted = u32::try_from(wanted).unwrap_or(users);
        generator.present = there.max(generator.wanted);
        for user in there..generator.present {
            // They begin spread over one think time, each at its own moment.
            let part = random::unit(random::mix(luck ^ u64::from(user)));
            let delay = random::whole_ns(part * think_ns as f64);
            self.tick_after(delay, Tick::Return { generator: index });
        }
    }

    /// Sees to it that an event is out for the next arrival.
    #[inline(always)]
    pub(crate) fn await_arrival(&mut self, at: usize) {
        let now = self.now;
        let generator = &mut self.generators[at];
        generator.since = now;
        let delay = random::whole_ns(generator.left * generator.gap_ns + 0.5);
        let is_awaited = delay < END_OF_TIME - now;
        self.expect(at, if is_awaited { now + delay } else { u64::MAX });
    }

    /// The next user of a source comes at that time; none does at the end of all time.
    #[inline(always)]
    fn expect(&mut self, at: usize, at_ns: u64) {
        let seq = self.next_seq();
        #[expect(clippy::cast_possible_truncation, reason = "fewer sources than 2^32")]
        let key = pending::key(at_ns, seq, at as u32);
        self.sources[at] = if at_ns == u64::MAX { u128::MAX } else { key };
        self.soonest = self.sources.iter().copied().fold(u128::MAX, u128::min);
        self.bound = self.soonest.min(self.end);
    }

    /// Changes how often users come, or how many there are; who comes stays the same.
    pub(crate) fn set_demand_factor(&mut self, at: usize, factor: f64) {
        let now = self.now;
        let generator = &mut self.generators[at];
        if let Demand::Closed { users, think } = &generator.demand {
            let (users, think_ns) = (*users, crate::clock::nanos(*think));
            generator.factor = factor;
            self.populate(at, users, think_ns);
            return;
        }
        if generator.gap_ns.is_finite() {
            let passed = (now - generator.since) as f64 / generator.gap_ns;
            generator.left = (generator.left - passed).max(0.0);
        }
        generator.factor = factor;
        generator.gap_ns = generator.mean_gap_ns();
        self.await_arrival(at);
    }

    /// A user comes.
    #[inline(always)]
    pub(super) fn arrival(&mut self, index: u32) {
        let at = index as usize;
        self.events += 1;
        let generator = &mut self.generators[at];
        let number = generator.number;
        generator.number += 1;
        match &generator.demand {
            Demand::Rate(_) => {
                let key = generator.luck.wrapping_add(generator.number);
                generator.left = random::exponential(key);
                self.await_arrival(at);
            }
            Demand::Times(times) => {
                let next = usize::try_from(generator.number).unwrap_or(usize::MAX);
                let next = times.get(next).map_or(u64::MAX, |time| crate::clock::nanos(*time));
                self.expect(at, next.max(self.now));
            }
            Demand::Closed { .. } | Demand::None => {}
        }
        self.start_user(index, number);
    }

    /// One of a closed population comes back.
    pub(super) fn returns(&mut self, index: u32) {
        let generator = &mut self.generators[index as usize];
        if generator.present > generator.wanted {
            generator.present -= 1;
            return;
        }
        let number = generator.number;
        generator.number += 1;
        self.events += 1;
        self.at_once += 1;
        if self.at_once > AT_ONCE_MAX {
            // Turned away at the door, and back at once, again and again.
            let journey = self.generators[index as usize].journey;
            self.stuck(self.place_of_users(journey, 0));
            return;
        }
        self.start_user(index, number);
    }

    #[inline(always)]
    fn start_user(&mut self, index: u32, number: u64) {
        let generator = &self.generators[index as usize];
        let luck = random::mix(generator.luck.wrapping_add(number.wrapping_mul(USER)));
        let journey = generator.journey;
        let sampled = luck < self.traced_below;
        let blame = generator.reason;
        let Some(at) = self.users.claim() else {
            self.too_much("users", u64::from(self.users.limit()));
            return;
        };
        self.users[at] = User {
            journey,
            number,
            luck,
            action: 0,
            carriers: 1,
            state: UserState::Active,
            stages: 0,
            started: self.now,
            action_started: self.now,
            blame,
            excess: 0,
            generator: index,
            refunded_at: 0,
            flags: if sampled { SAMPLED } else { 0 },
        };
        self.journeys[journey as usize].started += 1;
        self.prepare_user(at, journey, luck);
        let (place, cohorts) = (at as usize, self.program.cohorts.len());
        let members = &self.members[place * cohorts..(place + 1) * cohorts];
        self.records.members.begins(at, journey, members);
        self.user_acts(at);
    }

    /// Gives a user its place in what is kept beside users, and its cohorts.
    #[inline(always)]
    fn prepare_user(&mut self, user: u32, journey: u32, luck: u64) {
        let at = user as usize;
        let (cohorts, slots) = (self.program.cohorts.len(), self.slots as usize);
        let machines = self.program.machines.len();
        if self.kept.len() <= at {
            self.kept.push(Vec::with_capacity(4));
            self.members.resize((at + 1) * cohorts, NONE);
            self.items.resize((at + 1) * slots, crate::cache::Handle::NONE);
            self.things_of.resize((at + 1) * machines, NONE);
        }
        if self.program.repeats {
            self.kept[at].clear();
        }
        if slots > 0 {
            self.items[at * slots..(at + 1) * slots].fill(crate::cache::Handle::NONE);
        }
        if machines > 0 {
            self.things_of[at * machines..(at + 1) * machines].fill(NONE);
        }
        if cohorts > 0 {
            let members = &mut self.members[at * cohorts..(at + 1) * cohorts];
            self.program.choose_members(journey, luck, members);
        }
    }

    /// The member of a cohort that a user is; [`NONE`] when it is none.
    #[inline(always)]
    pub(super) fn member(&self, user: u32, cohort: u32) -> u32 {
        if user == NOBODY {
            return NONE;
        }
        let at = user as usize * self.program.cohorts.len() + cohort as usize;
        self.members.get(at).copied().unwrap_or(NONE)
    }

    /// A user has thought and acts again.
    pub(super) fn act_next(&mut self, at: u32) {
        self.events += 1;
        if self.users[at].carriers > 1 && !self.has_what_it_needs(at) {
            self.users[at].state = UserState::Waits;
            return;
        }
        self.user_acts(at);
    }

    /// Whether the stages before a user's next action have come that come by themselves.
    fn has_what_it_needs(&self, at: u32) -> bool {
        let user = &self.users[at];
        let needs = self.program.journeys[user.journey as usize].needs[user.action as usize];
        needs & !user.stages == 0
    }

    /// A user who waits goes on: what comes by itself has come, or nothing is on its way any more.
    fn waits_no_longer(&mut self, at: u32) {
        self.users[at].state = UserState::Active;
        self.schedule(self.now, THINK, at);
    }

    /// A user has an answer: on to the next action, or away.
    #[inline(always)]
    pub(super) fn action_ends(&mut self, at: u32, outcome: Outcome, blame: u32) {
        if at == NOBODY {
            if outcome != Outcome::Done {
                self.troubles.background(blame, self.now);
            }
            return;
        }
        let now = self.now;
        let user = &mut self.users[at];
        let took = now - user.action_started;
        let journey = user.journey as usize;
        let (stats, of) = (&mut self.journeys[journey], &self.program.journeys[journey]);
        stats.answers.record(took);
        let members =
            &self.members[at as usize * self.program.cohorts.len()..][..self.program.cohorts.len()];
        self.records.members.answered(user.journey, members, outcome == Outcome::Done);
        if outcome != Outcome::Done {
            user.state = UserState::GaveUp;
            user.blame = blame;
            stats.gave_up += 1;
            let operation = of.actions[user.action as usize];
            self.records.members.gave_up(at, user.journey);
            self.troubles.failed(user.journey, blame, now);
            self.count_stage_failure(at, operation);
            self.leaves(at);
            return;
        }
        if took > of.slow_ns {
            if user.flags & SLOW == 0 {
                stats.slow += 1;
            }
            user.flags |= SLOW;
            self.troubles.slow(user.journey, blame, now);
        }
        user.action += 1;
        if (user.action as usize) < of.actions.len() {
            let luck = user.luck ^ u64::from(user.action) << 32;
            let think = random::whole_ns(random::exponential(luck) * of.think_ns as f64 + 0.5);
            self.schedule(now + think, THINK, at);
            return;
        }
        user.state = UserState::Served;
        stats.served += 1;
        if of.completes == NONE {
            self.completed(at);
        }
        self.leaves(at);
    }

    /// A user does nothing more; work may go on for it. A closed population sends the next.
    #[inline(always)]
    fn leaves(&mut self, at: u32) {
        let generator = self.users[at].generator;
        if !self.closed {
            self.put_down(at);
            return;
        }
        if let Demand::Closed { think, .. } = &self.generators[generator as usize].demand {
            let user = &self.users[at];
            let mean = crate::clock::nanos(*think) as f64;
            let delay = random::whole_ns(random::exponential(user.luck ^ 0x7417) * mean + 0.5);
            self.tick_after(delay, Tick::Return { generator });
        }
        self.put_down(at);
    }

    /// Something more carries work for a user.
    #[inline(always)]
    pub(super) fn carry(&mut self, user: u32) {
        if user != NOBODY {
            self.users[user].carriers += 1;
        }
    }

    /// Something less; with the last, what became of the user is known.
    #[inline(always)]
    pub(super) fn put_down(&mut self, at: u32) {
        if at == NOBODY {
            return;
        }
        let user = &mut self.users[at];
        user.carriers -= 1;
        if user.carriers == 0 {
            self.farewell(at);
        } else if user.carriers == 1 && user.state == UserState::Waits {
            self.waits_no_longer(at);
        }
    }

    /// The user's journey, done for it: the last stage was reached.
    fn completed(&mut self, at: u32) {
        let (user, now) = (&mut self.users[at], self.now);
        let journey = user.journey as usize;
        if complete(user, &mut self.journeys[journey], &self.program.journeys[journey], now) {
            self.troubles.late(user.journey, user.blame, now);
        }
    }

    /// An operation was done for a user of which that is kept.
    #[inline(always)]
    pub(super) fn keep(&mut self, frame: u32) {
        let frame = &self.frames[frame];
        let at = frame.user;
        if at == NOBODY {
            return;
        }
        let operation = frame.operation as usize;
        let mut is_known = false;
        if self.program.repeats {
            is_known = self.kept[at as usize].contains(&frame.path);
            if is_known && self.program.operations[operation].idempotent {
                self.operations[operation].repeated += 1;
                return;
            }
            if !is_known {
                self.kept[at as usize].push(frame.path);
            }
        }
        let (user, now) = (&mut self.users[at], self.now);
        if frame.excess > user.excess {
            user.excess = frame.excess;
            user.blame = frame.blame;
        }
        let journey = user.journey as usize;
        let (stats, table) = (&mut self.journeys[journey], &self.program.journeys[journey]);
        let mut is_late = false;
        for mark in &self.program.operations[operation].stages {
            if mark.journey == user.journey {
                if stats.reach(user, *mark, is_known, frame.started, now) {
                    self.records.members.reached(at, user.journey, mark.stage);
                }
                if mark.completes {
                    is_late = complete(user, stats, table, now);
                }
            }
        }
        let waits = user.state == UserState::Waits;
        if is_late {
            self.troubles.late(user.journey, user.blame, now);
        }
        if waits && self.has_what_it_needs(at) {
            self.waits_no_longer(at);
        }
    }

    /// An attempt at what may be a stage failed: counted where the journey of its user has it.
    pub(super) fn count_stage_failure(&mut self, user: u32, operation: u32) {
        if user == NOBODY {
            return;
        }
        let journey = self.users[user].journey;
        let cohorts = self.program.cohorts.len();
        let members = &self.members[user as usize * cohorts..(user as usize + 1) * cohorts];
        for mark in &self.program.operations[operation as usize].stages {
            if mark.journey == journey && mark.stage != NONE {
                self.records.members.stage_failed(user, journey, mark.stage, members);
            }
        }
    }

    /// Whether an idempotent operation was done for that user on that path.
    pub(super) fn is_repetition(&self, frame: &Frame) -> bool {
        frame.user != NOBODY
            && self.program.operations[frame.operation as usize].idempotent
            && self.kept[frame.user as usize].contains(&frame.path)
    }

    /// Nothing carries anything for the user any more.
    #[inline(always)]
    fn farewell(&mut self, at: u32) {
        let user = &self.users[at];
        let is_fulfilled = user.flags & (COMPLETED | WRITE_LOST) == COMPLETED;
        if !is_fulfilled {
            self.unfulfilled(at);
        }
        if self.plan.fates {
            let user = &self.users[at];
            let is_delivered = self.program.journeys[user.journey as usize].completes != NONE;
            self.fates.push(fates::fate(user, is_delivered));
        }
        if !self.program.machines.is_empty() {
            self.let_go_of_things(at);
        }
        self.users.free(at);
    }

    /// Nothing will come any more of what a user wanted: whoever was told that all is well has lost it.
    fn unfulfilled(&mut self, at: u32) {
        let user = &self.users[at];
        let journey = user.journey as usize;
        let stats = &mut self.journeys[journey];
        stats.charged_unfulfilled += u64::from(user.flags & CHARGED != 0);
        if user.state == UserState::Served && self.program.journeys[journey].completes != NONE {
            stats.lost += 1;
            self.troubles.lost(user.journey, user.blame, self.now);
        }
    }

    /// What comes of a message that nobody will work off: the reason is the user's.
    pub(super) fn lose_for(&mut self, user: u32, blame: u32) {
        if user != NOBODY && blame != NOTHING {
            self.users[user].blame = blame;
        }
    }

    /// A table of a service, for names and figures.
    pub(crate) fn table(&self, service: u32) -> &Service {
        &self.program.services[service as usize]
    }
}

/// The last stage of a journey is reached, for the first time. Whether that was too late.
#[inline(always)]
fn complete(user: &mut User, stats: &mut JourneyStats, table: &Journey, now: u64) -> bool {
    if user.flags & COMPLETED != 0 {
        return false;
    }
    user.flags |= COMPLETED;
    let took = now - user.started;
    stats.completed += 1;
    stats.completion.record(took);
    let is_late = took > table.within_ns;
    if is_late {
        user.flags |= LATE;
        stats.late += 1;
    }
    is_late
}

impl User {
    /// What began at that time has charged the user, unless that was given back before it was at its end.
    fn charged(&mut self, began: u64) {
        let is_given_back = std::mem::take(&mut self.refunded_at) > began;
        if !is_given_back {
            self.flags |= CHARGED;
        }
    }

    /// What was charged is given back, or what will be by something that is still going on: a payment
    /// whose last step tells somebody who cannot deliver.
    fn refunded(&mut self, now: u64) {
        if self.flags & CHARGED == 0 {
            self.refunded_at = now;
        }
        self.flags &= !CHARGED;
    }
}

impl JourneyStats {
    /// A user reaches a stage, perhaps again, by what began at that time. Whether it is the first time.
    #[inline(always)]
    fn reach(&mut self, user: &mut User, mark: StageOf, again: bool, began: u64, now: u64) -> bool {
        let is_first = mark.stage != NONE && user.stages & 1 << mark.stage == 0;
        if is_first {
            user.stages |= 1 << mark.stage;
            self.stages[mark.stage as usize] += 1;
        }
        if mark.charges {
            user.charged(began);
            if again && user.flags & DOUBLE_CHARGED == 0 {
                user.flags |= DOUBLE_CHARGED;
                self.double_charged += 1;
            }
        }
        if mark.refunds {
            user.refunded(now);
        }
        if mark.completes && again && user.flags & DOUBLED == 0 {
            user.flags |= DOUBLED;
            self.doubled += 1;
        }
        is_first
    }
}
