//! Sagas, as instructions: the parts in order, then what takes each back, the last first, then people.

use knockon_core::Saga as SagaOf;

use super::code::Emitter;
use super::tables::{Instruction, NONE, Saga};
use crate::clock::nanos;

impl<'a> Emitter<'a> {
    /// Where the parts fail decides where taking back begins. A part of which nobody knows whether it
    /// was done is never taken back by itself: then people decide.
    pub(super) fn saga(&mut self, saga: &'a SagaOf) {
        let id = u32::try_from(self.program.sagas.len()).unwrap_or(NONE);
        let whole = self.step;
        self.program.sagas.push(Saga {
            name: saga.name.clone(),
            service: self.service,
            timeout_ns: saga.timeout.map_or(0, nanos),
            attempts: saga.attempts.max(1),
            backoff_ns: saga.backoff.map_or(0, nanos),
            begin: NONE,
            give_up: NONE,
            manual: saga.manual.map_or(NONE, |queue| self.index.queue(queue)),
            done: NONE,
        });
        self.emit(Instruction::SagaBegin(id));
        self.program.sagas[id as usize].begin = self.here();
        let mut parts = Vec::new();
        for part in &saga.steps {
            self.step = Some(part.id);
            let site = self.part(part.action, "do", part.timeout, part.retry.as_ref());
            self.program.sites[site as usize].in_saga = true;
            parts.push(site);
        }
        self.emit(Instruction::SagaDone);
        let jump = self.emit(Instruction::Jump(NONE));

        // Taking back, last part first; each part that fails enters after those it did not reach.
        let (mut enters, mut undos) = (vec![NONE; parts.len()], Vec::new());
        for at in (0..saga.steps.len()).rev() {
            enters[at] = self.here();
            // What failed itself needs no undo; the one before it is next.
            let Some(before) = at.checked_sub(1).map(|before| &saga.steps[before]) else {
                continue;
            };
            if let Some(undo) = before.undo {
                self.step = Some(before.id);
                undos.push(self.part(undo, "undo", before.timeout, None));
            }
        }
        self.emit(Instruction::SagaAgain(id));
        self.program.sagas[id as usize].give_up = self.here();
        self.step = whole;
        if let Some(undo) = saga.undo {
            undos.push(self.part(undo, "undo", None, None));
        }
        self.emit(Instruction::SagaFailed(id));
        let people = self.emit(Instruction::SagaManual(id));
        for (at, site) in parts.into_iter().enumerate() {
            self.program.sites[site as usize].on_fail = enters[at];
            self.program.sites[site as usize].on_unknown = people;
        }
        for site in undos {
            self.program.sites[site as usize].on_fail = people;
        }
        let done = self.here();
        self.program.code[jump as usize] = Instruction::Jump(done);
        self.program.sagas[id as usize].done = done;
    }
}
