//! Operations: what a service does.

use knockon_core::{Acks, Operation};

use super::step::Steps;
use super::stores::QueueName;
use crate::codec::{One, Positive, Text, Time, Word};
use crate::record::record;

record! {
    Operation: "operation", "What a service does when it is asked, gets a message, or the time has come.",
        short "steps", named name
    {
        summary: Text, optional, "Takes an order.", "What it is for, in one sentence.",
            ["description", "about"];
        route: Text, optional, "POST /orders", "What requests for it look like.",
            ["path", "endpoint", "method"];
        idempotent: Text, optional, "by order id",
            "By what a repetition is recognised and does no harm.", ["idempotency", "idempotency-key"];
        rate_limit: One<knockon_core::RateLimit>, optional, "{ rate: 100/s, burst: 200 }",
            "How often it may be asked.", ["limit", "throttle"];
        consumes: QueueName, optional, "rabbitmq / shipping-task",
            "The queue whose messages it works off.", ["queue", "subscribes", "listens"];
        prefetch: Positive, optional, "1",
            "How many messages one consumer holds at once; no bound without it.", ["qos"];
        consumers: Positive, default("1"), "4", "How many consumers one replica has.",
            ["concurrency", "listeners"];
        acks: Word<Acks>, default("after"), "before", "When a message is taken off the queue.",
            ["ack", "acknowledge"];
        every: Time, optional, "5min", "Done on its own, this far apart: a scheduled job.",
            ["schedule", "cron", "interval"];
        steps: Steps, required, "[{ compute: 4ms }]", "What it does, in order.", ["does"];
    }
}
