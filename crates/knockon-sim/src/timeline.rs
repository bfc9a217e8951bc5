//! What happens to a system while it is played, and when: faults that come, grow and go, and actions.

use std::time::Duration;

use crate::action::Action;
use crate::clock::{nanos, seconds};
use crate::engine::Run;
use crate::engine::ticks::Tick;
use crate::fault::force::index_of;
use crate::fault::{Check, Fault, Force};
use crate::observe::{Involved, Kind as EventKind};
use crate::pending::Pending;
use crate::program::{NONE, Program, Unplayable};

/// An entry of a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// When, from the beginning of the run.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Something goes wrong.
    Fault(Fault),
    /// Somebody does something.
    Action(Action),
}

impl Happening {
    /// A fault that begins at that time.
    pub fn fault(at: Duration, fault: Fault) -> Self {
        Self { at, what: What::Fault(fault) }
    }

    /// Something that is done at that time.
    pub fn action(at: Duration, action: Action) -> Self {
        Self { at, what: What::Action(action) }
    }
}

/// What became of an entry of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Course {
    /// Which of its events is the next; any other was overtaken.
    step: u32,
    /// How strong it is; 0 when it is not there.
    level: f64,
    is_over: bool,
    /// It has been in a change log.
    is_known: bool,
}

/// Everything on a timeline that a system cannot have.
pub(crate) fn check(program: &Program, timeline: &[Happening]) -> Vec<Unplayable> {
    let mut errors = Vec::new();
    for happening in timeline {
        let word = match &happening.what {
            What::Fault(fault) => fault.kind.word(),
            What::Action(action) => action.word(),
        };
        let place = format!("`{word}` at {} s", seconds(nanos(happening.at)));
        let mut check = Check::new(program, place, &mut errors);
        match &happening.what {
            What::Fault(fault) => fault.check(&mut check),
            What::Action(action) => action.check(timeline.len(), &mut check),
        }
    }
    errors
}

impl<Q: Pending> Run<Q> {
    /// Sees to it that an event is out for each entry.
    pub(crate) fn begin_timeline(&mut self) {
        self.levers.courses = vec![Course::default(); self.plan.timeline.len()];
        for at in 0..self.plan.timeline.len() {
            let entry = u32::try_from(at).unwrap_or(NONE);
            let at_ns = nanos(self.plan.timeline[at].at);
            self.tick_at(at_ns, Tick::Happening { entry, step: 0 });
        }
    }

    /// An entry begins, changes its strength, or ends.
    pub(crate) fn happening(&mut self, entry: u32, step: u32) {
        let at = entry as usize;
        let course = self.levers.courses[at];
        if course.step != step || course.is_over {
            return;
        }
        match self.plan.timeline[at].what.clone() {
            What::Fault(fault) => self.carry_on(entry, &fault),
            What::Action(action) => {
                self.levers.courses[at].is_over = true;
                if let Err(error) = self.carry_out(&action, entry + 1) {
                    let of = Involved::Service(action.service().map_or(0, index_of));
                    self.record_event(EventKind::Warning, "ActionFailed", of, error.to_string());
                }
            }
        }
    }

    fn carry_on(&mut self, entry: u32, fault: &Fault) {
        let at = entry as usize;
        let begun = nanos(self.plan.timeline[at].at);
        let elapsed = self.now - begun;
        let Some(level) = fault.shape.level(elapsed) else {
            self.end_fault(entry, fault);
            return;
        };
        // A fault that grows is a change from its first moment on, at which it is not felt yet.
        let is_known = std::mem::replace(&mut self.levers.courses[at].is_known, true);
        if !is_known && let Some(change) = fault.kind.change(&self.program.system) {
            self.record_change(change);
        }
        self.set_level(entry, fault, level);
        if let Some(next) = fault.shape.next_change(elapsed) {
            let course = &mut self.levers.courses[at];
            course.step += 1;
            let step = course.step;
            let next = begun.saturating_add(next);
            if next < crate::clock::END_OF_TIME {
                self.tick_at(next, Tick::Happening { entry, step });
            }
        }
    }

    fn set_level(&mut self, entry: u32, fault: &Fault, level: f64) {
        let course = &mut self.levers.courses[entry as usize];
        let before = std::mem::replace(&mut course.level, level);
        #[expect(clippy::float_cmp, reason = "the same strength is the same number")]
        if before == level {
            return;
        }
        let origin = entry + 1;
        if level == 0.0 {
            fault.kind.lift(self, origin);
            return;
        }
        let reason = self.reasons.origin(fault.kind.part(&self.program), origin);
        // What it did to requests before is replaced, not added to.
        self.unbend(origin);
        let narrow = |index: usize| u32::try_from(index).unwrap_or(NONE);
        let force = Force {
            origin,
            reason,
            level,
            share: fault.shape.replicas.fraction(),
            member: fault.shape.member.map(|it| (narrow(it.cohort.index()), narrow(it.member))),
            is_new: before == 0.0,
        };
        fault.kind.apply(self, force);
    }

    fn end_fault(&mut self, entry: u32, fault: &Fault) {
        let course = &mut self.levers.courses[entry as usize];
        course.is_over = true;
        if course.level > 0.0 {
            course.level = 0.0;
            fault.kind.lift(self, entry + 1);
        }
    }

    /// Ends what an origin did: a fault, or what is left of an action. Whether there was such a thing.
    pub(crate) fn end_origin(&mut self, origin: u32) -> bool {
        let Some(at) = origin.checked_sub(1) else { return false };
        let known = u32::try_from(self.plan.timeline.len()).unwrap_or(NONE);
        if at >= known.saturating_add(self.levers.acts) {
            return false;
        }
        match self.plan.timeline.get(at as usize).map(|it| it.what.clone()) {
            Some(What::Fault(fault)) => self.end_fault(at, &fault),
            Some(What::Action(_)) | None => self.let_go(origin),
        }
        true
    }
}
