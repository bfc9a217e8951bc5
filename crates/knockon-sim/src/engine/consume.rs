//! Working messages off.

use crate::broker::Delivery;
use crate::pending::Pending;
use crate::truth::{Effect, NOTHING, Part};

use super::Run;
use super::frame::{At, Frame, Outcome, Role, TRACED};
use super::state::{NOBODY, Phase, SAMPLED};

/// How long a message that is delivered again is under way: back to the broker, and here once more.
/// Without it a message that fails at once, as where nobody answers, would come back forever without
/// time passing.
const REDELIVERY_NS: u64 = crate::clock::MILLISECOND;

impl<Q: Pending> Run<Q> {
    /// Messages that are ready go to consumers that have room, in turn.
    pub(super) fn feed(&mut self, queue: u32) {
        let broker = self.program.queues[queue as usize].broker;
        let is_up = self.services[broker as usize]
            .ready
            .first()
            .is_some_and(|replica| !self.replicas[*replica as usize].frozen);
        while is_up && self.queues[queue as usize].queue.ready() > 0 {
            let Some((replica, consumer)) = self.next_consumer(queue) else { return };
            let now = self.now;
            let mut left = std::mem::take(&mut self.left);
            let before = left.len();
            let delivery = self.queues[queue as usize].queue.take(now, &mut left);
            self.left = left;
            self.settle_left(before);
            let Some(delivery) = delivery else { return };
            self.delivered(queue, replica, consumer, delivery);
        }
    }

    /// The consumer whose turn it is, of those that have room.
    fn next_consumer(&mut self, queue: u32) -> Option<(u32, usize)> {
        let state = &self.queues[queue as usize];
        let count = state.consumers.len();
        for step in 0..count {
            let at = (state.cursor as usize + step) % count;
            let (replica, consumer) = state.consumers[at];
            let service = self.replicas[replica as usize].service;
            let broker = self.program.queues[queue as usize].broker;
            if self.has_room(replica, consumer as usize) && !self.is_cut_off(service, broker) {
                self.queues[queue as usize].cursor = u32::try_from(at + 1).unwrap_or(0);
                return Some((replica, consumer as usize));
            }
        }
        None
    }

    fn has_room(&self, replica: u32, consumer: usize) -> bool {
        let replica = &self.replicas[replica as usize];
        let consumer = &replica.consumers[consumer];
        let operation = &self.program.operations[consumer.operation as usize];
        let room = operation.consumers.saturating_mul(operation.prefetch);
        let held = u32::try_from(consumer.held.len()).unwrap_or(u32::MAX);
        replica.phase == Phase::Up
            && !replica.frozen
            && !self.services[replica.service as usize].paused
            && consumer.busy.saturating_add(held) < room
    }

    /// A message is at a consumer: it is begun, or held until the one before it is done.
    fn delivered(&mut self, queue: u32, replica: u32, consumer: usize, delivery: Delivery) {
        let now = self.now;
        let message = &mut self.messages[delivery.entry.message];
        message.deliveries = message.deliveries.saturating_add(1);
        message.delivery = Some(delivery);
        let waited = now - message.published;
        self.queues[queue as usize].waits.record(waited);
        let of = &mut self.replicas[replica as usize].consumers[consumer];
        let operation = of.operation;
        if self.program.operations[operation as usize].acks_before {
            self.queues[queue as usize].queue.ack(delivery);
        }
        if of.busy < self.program.operations[operation as usize].consumers {
            of.busy += 1;
            self.begin_message(replica, operation, delivery.entry.message);
        } else {
            of.held.push_back(delivery.entry.message);
        }
        let state = &mut self.queues[queue as usize];
        if state.lingers && state.queue.ready() == 0 {
            (state.lingers, state.trouble) = (false, NOTHING);
        }
    }

    fn begin_message(&mut self, replica: u32, operation: u32, index: u32) {
        let message = self.messages[index];
        let queue = self.program.operations[operation as usize].consumes;
        let waited = self.now - message.published;
        let mut frame = Frame {
            ip: self.program.operations[operation as usize].entry,
            operation,
            replica,
            user: message.user,
            role: Role::Consumer,
            extra: index,
            blame: message.blame,
            path: message.path,
            started: self.now,
            since: self.now,
            luck: crate::random::mix(message.luck.wrapping_add(u64::from(message.deliveries))),
            ..Frame::EMPTY
        };
        if waited > 0 {
            let trouble = self.queues[queue as usize].trouble;
            let because = if trouble == NOTHING {
                self.replicas[replica as usize].last_blame
            } else {
                trouble
            };
            frame.excess = waited;
            frame.blame = self.reasons.because(Part::Queue(queue), Effect::Backlog, because);
            self.note_delay(&frame);
        }
        if message.user != NOBODY && self.users[message.user].flags & SAMPLED != 0 {
            frame.flags |= TRACED;
        }
        if self.is_repetition(&frame) {
            frame.ip = self.program.end;
        }
        let Some(at) = self.insert(frame) else { return };
        if frame.has(TRACED) {
            self.trace_consumer(at, index);
        }
        self.carry(message.user);
        if message.deliveries > 1 {
            self.frames[at].at = At::Travelling;
            self.wake_after(at, REDELIVERY_NS);
            return;
        }
        let arrival = self.arrives(at);
        if let Some(next) = self.arrived(at, arrival) {
            self.ready.push(next);
        }
    }

    /// A message was worked off, or not: it is acknowledged, or goes back.
    pub(super) fn message_done(&mut self, frame: &Frame, outcome: Outcome) {
        let operation = &self.program.operations[frame.operation as usize];
        let (queue, acked) = (operation.consumes, operation.acks_before);
        let replica = &mut self.replicas[frame.replica as usize];
        // The next message, begun below, waited for this one.
        replica.last_blame = frame.blame;
        let consumer = replica.consumers.iter_mut().find(|it| it.operation == frame.operation);
        let next = consumer.and_then(|consumer| {
            let next = consumer.held.pop_front();
            consumer.busy -= u32::from(next.is_none());
            next
        });
        if outcome != Outcome::Done {
            self.count_stage_failure(frame.user, frame.operation);
        }
        self.settle_message(queue, frame.extra, outcome, acked, frame.blame);
        if let Some(next) = next {
            self.begin_message(frame.replica, frame.operation, next);
        }
        self.feed(queue);
    }

    /// What becomes of a message whose work ended.
    fn settle_message(
        &mut self,
        queue: u32,
        message: u32,
        outcome: Outcome,
        acked: bool,
        blame: u32,
    ) {
        let delivery = self.messages[message].delivery;
        if outcome == Outcome::Done {
            if let Some(delivery) = delivery.filter(|_| !acked) {
                self.queues[queue as usize].queue.ack(delivery);
            }
            self.end_message(message);
            return;
        }
        if acked {
            let user = self.messages[message].user;
            self.lose_for(user, blame);
            self.troubles.message_lost(queue, blame, self.now);
            self.end_message(message);
            return;
        }
        self.messages[message].blame = blame;
        self.give_back_message(queue, message);
    }

    /// A message that was not worked off is ready again, or dead.
    pub(super) fn give_back_message(&mut self, queue: u32, message: u32) {
        let Some(delivery) = self.messages[message].delivery.take() else { return };
        let mut left = std::mem::take(&mut self.left);
        let before = left.len();
        self.queues[queue as usize].queue.requeue(delivery, &mut left);
        self.left = left;
        self.settle_left(before);
        self.watch_expiry(queue);
    }
}
