//! Publishing to several queues at once, and what the publisher is told
//! (<https://www.rabbitmq.com/docs/confirms>).

use super::{Answer, Gone, Queue};

/// What came of a publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routed {
    /// What the publisher is told, if it asked for confirms.
    pub answer: Answer,
    /// There was no queue for it: it is lost, and confirmed. A publisher that asked for `mandatory`
    /// gets it back before the confirm.
    pub unroutable: bool,
}

/// Publishes a copy to each of the queues in `to`, given by their places in `queues`. It is refused
/// when any of them refuses; the others keep their copies.
pub fn publish_to(
    queues: &mut [Queue],
    to: &[usize],
    now_ns: u64,
    message: u32,
    bytes: u32,
    out: &mut Vec<Gone>,
) -> Routed {
    let mut routed = Routed { answer: Answer::Confirmed, unroutable: true };
    for index in to {
        let Some(queue) = queues.get_mut(*index) else { continue };
        routed.unroutable = false;
        if queue.publish(now_ns, message, bytes, out) == Answer::Refused {
            routed.answer = Answer::Refused;
        }
    }
    routed
}

/// What publishers with confirms were told, as the broker's own counters have it
/// (`rabbitmq_global_messages_received_confirm_total`, `rabbitmq_global_messages_confirmed_total`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Confirms {
    /// Messages published with confirms.
    pub received: u64,
    /// Messages confirmed.
    pub confirmed: u64,
}

impl Confirms {
    /// Counts a publish with confirms.
    pub fn count(&mut self, answer: Answer) {
        self.received += 1;
        self.confirmed += u64::from(answer == Answer::Confirmed);
    }

    /// Messages refused. The broker has no counter for them: it is what was received and not
    /// confirmed.
    pub fn nacks(&self) -> u64 {
        self.received - self.confirmed
    }
}
