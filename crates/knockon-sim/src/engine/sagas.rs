//! Sagas: attempts, and what becomes of those that can neither be finished nor taken back.

use crate::broker::Answer;
use crate::pending::Pending;
use crate::program::NONE;
use crate::random;

use super::Run;
use super::frame::{At, Outcome};
use super::state::Message;
use super::steps::Next;

impl<Q: Pending> Run<Q> {
    pub(super) fn saga_begin(&mut self, at: u32, saga: u32) -> Next {
        let timeout = self.program.sagas[saga as usize].timeout_ns;
        let now = self.now;
        let frame = &mut self.frames[at];
        frame.tries = 1;
        frame.deadline = if timeout == 0 { 0 } else { now.saturating_add(timeout) };
        frame.saga = saga;
        self.sagas[saga as usize].begun += 1;
        Next::Same
    }

    pub(super) fn saga_done(&mut self, at: u32) -> Next {
        let frame = &mut self.frames[at];
        frame.deadline = 0;
        let saga = std::mem::replace(&mut frame.saga, NONE);
        self.sagas[saga as usize].done += 1;
        Next::Same
    }

    /// All that was done is taken back. From the beginning, if there is an attempt and time left.
    pub(super) fn saga_again(&mut self, at: u32, saga: u32) -> Next {
        let table = &self.program.sagas[saga as usize];
        let frame = &mut self.frames[at];
        // An attempt that could only begin when its time is over is none.
        let begins = self.now.saturating_add(table.backoff_ns);
        let in_time = frame.deadline == 0 || frame.deadline > begins;
        if u32::from(frame.tries) >= table.attempts || !in_time {
            frame.ip = table.give_up;
            frame.deadline = 0;
            return Next::Same;
        }
        frame.tries = frame.tries.saturating_add(1);
        frame.ip = table.begin;
        self.sagas[saga as usize].again += 1;
        let backoff = table.backoff_ns;
        if backoff == 0 {
            return Next::Same;
        }
        frame.at = At::Waiting;
        self.wake_after(at, backoff);
        Next::Other(None)
    }

    /// It was taken back for good.
    pub(super) fn saga_failed(&mut self, at: u32) -> Option<u32> {
        let frame = &mut self.frames[at];
        frame.blame = frame.suspect;
        let saga = std::mem::replace(&mut frame.saga, NONE);
        self.sagas[saga as usize].taken_back += 1;
        self.finish(at, Outcome::Failed)
    }

    /// Nobody knows what was done, or it cannot be taken back: people decide, if somebody tells them.
    pub(super) fn saga_manual(&mut self, at: u32, saga: u32) -> Next {
        let manual = self.program.sagas[saga as usize].manual;
        let frame = &mut self.frames[at];
        frame.deadline = 0;
        frame.saga = NONE;
        frame.blame = frame.suspect;
        let frame = *frame;
        let luck = random::mix(frame.luck ^ 0x5a6a);
        let message = Message {
            blame: frame.blame,
            ..Message::new(&frame, luck, frame.path ^ saga, self.now)
        };
        let told = manual != NONE && self.tell_people(manual, message);
        let stats = &mut self.sagas[saga as usize];
        if told {
            stats.manual += 1;
        } else {
            stats.abandoned += 1;
        }
        Next::Other(self.finish(at, Outcome::Failed))
    }

    fn tell_people(&mut self, queue: u32, message: Message) -> bool {
        let broker = self.program.queues[queue as usize].broker;
        let broker = self.who_answers(broker);
        if self.services[broker as usize].ready.is_empty() {
            return false;
        }
        let Some(message) = self.new_message(message) else { return false };
        self.hand_over(queue, message, false) == Answer::Confirmed
    }
}
