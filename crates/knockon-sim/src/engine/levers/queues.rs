//! Queues: their policies, emptying them, and giving dead letters another try.

use crate::broker::Policy;
use crate::pending::Pending;
use crate::program::NONE;

use super::super::Run;
use super::Layers;

impl<Q: Pending> Run<Q> {
    /// The policy that a queue is held to now.
    pub(crate) fn policy_of(&self, queue: u32) -> Policy {
        self.queues[queue as usize].queue.config().policy
    }

    pub(crate) fn set_policy(&mut self, queue: u32, origin: u32, policy: Policy) {
        let now = self.policy_of(queue);
        let layers = self.levers.policies.entry(queue).or_insert_with(|| Layers::new(now));
        layers.set(origin, policy);
        let policy = layers.value();
        self.put_policy(queue, policy);
    }

    /// The queue is as the model says, whoever changed it.
    pub(crate) fn clear_policy(&mut self, queue: u32) {
        if let Some(layers) = self.levers.policies.remove(&queue) {
            self.put_policy(queue, layers.base);
            for (origin, _) in layers.over {
                self.forget_trouble(crate::truth::Part::Queue(queue), origin);
            }
        }
    }

    pub(super) fn release_policies(&mut self, origin: u32) {
        let mut changed = Vec::new();
        for (queue, layers) in &mut self.levers.policies {
            if layers.let_go(origin) {
                changed.push((*queue, layers.value()));
            }
        }
        for (queue, policy) in changed {
            self.put_policy(queue, policy);
        }
    }

    fn put_policy(&mut self, queue: u32, policy: Policy) {
        self.change_queue(queue, |queue, left| queue.set_policy(policy, left));
    }

    /// All that is ready is removed.
    pub(crate) fn purge(&mut self, queue: u32) {
        self.change_queue(queue, crate::broker::Queue::purge);
    }

    fn change_queue(
        &mut self,
        queue: u32,
        change: impl FnOnce(&mut crate::broker::Queue, &mut Vec<crate::broker::Gone>),
    ) {
        let mut left = std::mem::take(&mut self.left);
        let before = left.len();
        change(&mut self.queues[queue as usize].queue, &mut left);
        self.left = left;
        self.settle_left(before);
        self.feed(queue);
        self.watch_expiry(queue);
    }

    /// Dead letters go back to the queues that they came from first; what was put here otherwise
    /// stays.
    pub(crate) fn replay(&mut self, queue: u32) {
        let mut stays = Vec::new();
        for _ in 0..self.queues[queue as usize].queue.ready() {
            let (now, mut left) = (self.now, std::mem::take(&mut self.left));
            let before = left.len();
            let delivery = self.queues[queue as usize].queue.take(now, &mut left);
            self.left = left;
            self.settle_left(before);
            let Some(delivery) = delivery else { break };
            let message = delivery.entry.message;
            let to = std::mem::replace(&mut self.messages[message].came_from, NONE);
            if to == NONE {
                stays.push(delivery);
                continue;
            }
            self.queues[queue as usize].queue.ack(delivery);
            self.hand_over(to, message, false);
        }
        for delivery in stays {
            self.change_queue(queue, |queue, left| {
                queue.requeue(delivery, left);
            });
        }
    }
}
