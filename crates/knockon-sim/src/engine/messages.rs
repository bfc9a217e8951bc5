//! Messages: from a publisher into queues, and what becomes of those that leave a queue otherwise.

use crate::broker::{Answer, Gone, Reason};
use crate::clock::SECOND;
use crate::pending::Pending;
use crate::program::{NONE, Target};
use crate::random;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::admit::ATTEMPT;
use super::condition::{Bend, CONNECT_GIVES_UP_NS};
use super::frame::{At, Frame, Outcome};
use super::state::{Message, NOBODY};
use super::steps::Next;
use super::ticks::Tick;

/// What an outbox waits before it tries again to hand over what it has.
const RELAY_EVERY_NS: u64 = SECOND;
/// A dead letter goes from queue to queue at most so often.
const DEAD_LETTER_HOPS_MAX: u32 = 16;

impl<Q: Pending> Run<Q> {
    /// A step publishes.
    pub(super) fn publish(&mut self, at: u32) -> Next {
        let site = self.frames[at].site as usize;
        let Target::Channel { confirms, outbox, .. } = self.program.sites[site].target else {
            return Next::Same;
        };
        if let Some(database) = outbox {
            return self.keep_in_outbox(at, database);
        }
        let (from, to) = (self.program.sites[site].service, self.program.sites[site].to);
        if let Some(next) = self.bend_step(at, from, to, confirms) {
            return next;
        }
        self.publish_now(at)
    }

    /// What happens on the way to a broker or a cache, where it is not a request of its own.
    pub(super) fn bend_step(&mut self, at: u32, from: u32, to: u32, waits: bool) -> Option<Next> {
        let to = self.who_answers(to);
        let service = &self.services[to as usize];
        let is_bent =
            !service.conditions.is_empty() || !self.services[from as usize].outgoing.is_empty();
        if is_bent {
            let frame = &self.frames[at];
            let key = self.program.sites[frame.site as usize].key;
            let tries = u64::from(frame.attempt).wrapping_mul(ATTEMPT);
            let luck = random::mix((frame.luck ^ key).wrapping_add(tries));
            let bent = self.bends(at, from, to, luck);
            match bent.end {
                Some((Bend::Swallow, reason)) => return Some(self.no_answer(at, reason, waits)),
                Some((Bend::Answer(outcome), reason)) => {
                    return Some(self.attempt_ends(at, outcome, reason));
                }
                _ if bent.delay_ns > 0 => {
                    let now = self.now;
                    let frame = &mut self.frames[at];
                    frame.at = At::Fetching;
                    frame.since = now;
                    frame.delayed(bent.delay_ns, bent.late);
                    self.wake_after(at, bent.delay_ns);
                    return Some(Next::Other(None));
                }
                _ => {}
            }
        }
        let service = &self.services[to as usize];
        let Some(replica) = service.ready.first() else {
            let because = self.why_nobody(to);
            let blame = self.reasons.because(Part::Service(to), Effect::Down, because);
            return Some(self.attempt_ends(at, Outcome::Refused, blame));
        };
        let replica = &self.replicas[*replica as usize];
        let (is_frozen, trouble) = (replica.frozen, replica.trouble);
        if is_frozen && service.ready.len() == 1 {
            let blame = self.reasons.because(Part::Service(to), Effect::Down, trouble);
            return Some(self.no_answer(at, blame, waits));
        }
        None
    }

    /// A message, and what goes on in the background, says nothing of the delays on the way to it: the
    /// user remembers the longest.
    pub(super) fn note_delay(&mut self, frame: &Frame) {
        if frame.user != NOBODY && frame.excess > self.users[frame.user].excess {
            let user = &mut self.users[frame.user];
            (user.excess, user.blame) = (frame.excess, frame.blame);
        }
    }

    /// Nobody answers. Whoever does not wait for an answer does not even notice.
    fn no_answer(&mut self, at: u32, blame: u32, waits: bool) -> Next {
        if !waits {
            let user = self.frames[at].user;
            self.lose_for(user, blame);
            return self.attempt_ends(at, Outcome::Done, NOTHING);
        }
        let frame = &mut self.frames[at];
        frame.at = At::Confirming;
        frame.suspect = blame;
        frame.child = NONE;
        if frame.timer == 0 {
            let seq = self.schedule(self.now + CONNECT_GIVES_UP_NS, super::TIMER, at);
            self.frames[at].timer = seq;
        }
        Next::Other(None)
    }

    /// The broker has it.
    pub(super) fn publish_now(&mut self, at: u32) -> Next {
        let frame = self.frames[at];
        let site = frame.site as usize;
        let Target::Channel { confirms, .. } = self.program.sites[site].target else {
            return Next::Same;
        };
        let (refused, blame) = self.route(at, site, confirms);
        if refused && confirms {
            return self.attempt_ends(at, Outcome::Failed, blame);
        }
        self.attempt_ends(at, Outcome::Done, NOTHING)
    }

    /// Hands a copy to each queue. Whether one refused, and why.
    fn route(&mut self, at: u32, site: usize, confirms: bool) -> (bool, u32) {
        let frame = self.frames[at];
        self.note_delay(&frame);
        let Target::Channel { queues, .. } = &self.program.sites[site].target else {
            return (false, NOTHING);
        };
        let (count, mut refused, mut blame) = (queues.len(), false, NOTHING);
        for index in 0..count {
            let Target::Channel { queues, .. } = &self.program.sites[site].target else { break };
            let queue = queues[index];
            let key = self.program.sites[site].key ^ u64::from(queue) << 40;
            #[expect(clippy::cast_possible_truncation, reason = "the upper half is mixed in")]
            let path = random::mix(u64::from(frame.path) ^ key) as u32;
            let message = Message::new(&frame, random::mix(frame.luck ^ key), path, self.now);
            let Some(message) = self.new_message(message) else { break };
            self.trace_message(at, message);
            if self.hand_over(queue, message, confirms) == Answer::Refused {
                refused = true;
                let part = Part::Queue(queue);
                let because = self.queues[queue as usize].trouble;
                blame = self.reasons.because(part, Effect::QueueFull, because);
            }
        }
        (refused, blame)
    }

    pub(super) fn new_message(&mut self, message: Message) -> Option<u32> {
        let Ok(handle) = self.messages.insert(message) else {
            self.too_much("messages", u64::from(self.messages.limit()));
            return None;
        };
        self.carry(message.user);
        Some(handle.index)
    }

    /// A message comes to a queue, and goes to a consumer that has room. One that is refused is not
    /// lost when its publisher is told.
    pub(super) fn hand_over(&mut self, queue: u32, message: u32, is_told: bool) -> Answer {
        let now = self.now;
        let mut left = std::mem::take(&mut self.left);
        let before = left.len();
        let bytes = self.plan.message_bytes;
        let answer = self.queues[queue as usize].queue.publish(now, message, bytes, &mut left);
        self.left = left;
        let told = if is_told && answer == Answer::Refused { message } else { NONE };
        self.settle_hop(before, 0, told);
        self.feed(queue);
        self.watch_expiry(queue);
        answer
    }

    /// What left queues since then is dead-lettered, or lost.
    pub(super) fn settle_left(&mut self, from: usize) {
        self.settle_hop(from, 0, NONE);
    }

    /// The same after so many dead letter queues. `told` is a message whose publisher knows.
    fn settle_hop(&mut self, from: usize, hops: u32, told: u32) {
        while self.left.len() > from {
            let Some(gone) = self.left.pop() else { return };
            self.settle(gone, hops, told);
        }
    }

    fn settle(&mut self, gone: Gone, hops: u32, told: u32) {
        let table = &self.program.queues[gone.queue as usize];
        let to = table.dead_letter;
        let effect = match gone.reason {
            Reason::MaxLen => Effect::QueueFull,
            Reason::Expired => Effect::Backlog,
            Reason::Restart => Effect::Died,
            Reason::Rejected | Reason::DeliveryLimit | Reason::Purged => Effect::Failed,
        };
        let state = &self.queues[gone.queue as usize];
        let message = self.messages[gone.message];
        let because = if message.blame == NOTHING { state.trouble } else { message.blame };
        let blame = self.reasons.because(Part::Queue(gone.queue), effect, because);
        if gone.dead_letter && to != NONE && hops < DEAD_LETTER_HOPS_MAX {
            self.messages[gone.message].blame = blame;
            let dead = &mut self.messages[gone.message];
            dead.deliveries = 0;
            if dead.came_from == NONE {
                dead.came_from = gone.queue;
            }
            let before = self.left.len();
            let now = self.now;
            let mut left = std::mem::take(&mut self.left);
            let bytes = self.plan.message_bytes;
            self.queues[to as usize].queue.publish(now, gone.message, bytes, &mut left);
            self.left = left;
            self.settle_hop(before, hops + 1, told);
            self.feed(to);
            self.watch_expiry(to);
            return;
        }
        self.lose_for(message.user, blame);
        if gone.message != told {
            self.troubles.message_lost(gone.queue, blame, self.now);
        }
        self.end_message(gone.message);
    }

    /// A message is no more.
    pub(super) fn end_message(&mut self, message: u32) {
        let user = self.messages[message].user;
        let handle = self.messages.handle(message);
        self.messages.remove(handle);
        self.put_down(user);
    }

    /// Sees to it that an event is out for when the head of a queue expires.
    pub(super) fn watch_expiry(&mut self, queue: u32) {
        let state = &self.queues[queue as usize];
        let Some(at) = state.queue.next_expiry_ns() else { return };
        if state.expires_at <= at && state.expires_at > self.now {
            return;
        }
        self.queues[queue as usize].expires_at = at.max(self.now + 1);
        self.tick_at(at.max(self.now + 1), Tick::Expire { queue });
    }

    pub(super) fn expire(&mut self, queue: u32) {
        let now = self.now;
        let mut left = std::mem::take(&mut self.left);
        let before = left.len();
        let state = &mut self.queues[queue as usize];
        if state.expires_at != now {
            // Another is out for it by now.
            self.left = left;
            return;
        }
        state.expires_at = 0;
        state.queue.expire(now, &mut left);
        self.left = left;
        self.settle_left(before);
        self.watch_expiry(queue);
    }

    /// A message is kept with the data, and handed over when the broker takes it.
    fn keep_in_outbox(&mut self, at: u32, database: u32) -> Next {
        let database = self.who_answers(database);
        let service = &self.services[database as usize];
        if service.ready.is_empty() {
            let because = self.why_nobody(database);
            let blame = self.reasons.because(Part::Service(database), Effect::Down, because);
            return self.attempt_ends(at, Outcome::Refused, blame);
        }
        let frame = self.frames[at];
        self.note_delay(&frame);
        #[expect(clippy::cast_possible_truncation, reason = "the upper half is mixed in")]
        let path =
            random::mix(u64::from(frame.path) ^ self.program.sites[frame.site as usize].key) as u32;
        let message = Message::new(&frame, frame.luck, path, self.now);
        let Some(message) = self.new_message(message) else { return Next::Other(None) };
        self.trace_message(at, message);
        let outbox = &mut self.outboxes[frame.site as usize];
        outbox.push_back(message);
        if outbox.len() == 1 {
            self.relay(frame.site);
        }
        self.attempt_ends(at, Outcome::Done, NOTHING)
    }

    /// An outbox hands over what it has, the oldest first, and tries again later what is not taken.
    pub(super) fn relay(&mut self, site: u32) {
        let table = &self.program.sites[site as usize];
        let (from, to) = (table.service, self.who_answers(table.to));
        while let Some(message) = self.outboxes[site as usize].front().copied() {
            let is_reachable = self.services[to as usize]
                .ready
                .first()
                .is_some_and(|replica| !self.replicas[*replica as usize].frozen)
                && !self.is_cut_off(from, to);
            if !is_reachable || !self.relay_one(site, message) {
                self.tick_after(RELAY_EVERY_NS, Tick::Relay { site });
                return;
            }
            self.outboxes[site as usize].pop_front();
        }
    }

    /// One message to all queues of the channel; a relay asks for confirms. One that a queue refuses
    /// stays in the outbox: the queues that took it get it again, as they do in the field.
    fn relay_one(&mut self, site: u32, message: u32) -> bool {
        let Target::Channel { queues, .. } = &self.program.sites[site as usize].target else {
            return true;
        };
        let queues = queues.clone();
        let mut taken = true;
        for queue in &queues {
            let copy = Message {
                path: self.messages[message].path ^ queue,
                luck: random::mix(self.messages[message].luck ^ u64::from(*queue)),
                ..self.messages[message]
            };
            let Some(copy) = self.new_message(copy) else { return true };
            self.trace_copy(message, copy);
            taken &= self.hand_over(*queue, copy, true) == Answer::Confirmed;
        }
        if taken {
            self.end_message(message);
        }
        taken
    }
}
