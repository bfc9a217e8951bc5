//! What protects a step.

use knockon_core::{
    Breaker, Bulkhead, Criticality, Excess, Fallback, Jitter, Policies, RateLimit, Retry, RetryOn,
    System,
};

use super::step::Steps;
use crate::codec::{Any, Factor, List, One, PerTime, Percent, Positive, Time, Word};
use crate::context::Context;
use crate::keys::Form;
use crate::reader::Field;
use crate::record::{Codec, record};
use crate::write::Yaml;
use crate::yaml::Content;

record! {
    Policies: "policy", "What protects a step: keys of every step that asks another service." {
        timeout: Time, optional, "5s", "How long an answer is waited for; for ever without it.",
            ["deadline", "time-limit"];
        retry: One<Retry>, optional, "{ attempts: 3, backoff: 100ms, jitter: full }",
            "How it is tried again.", ["retries"];
        breaker: One<Breaker>, optional, "{ failures: 5, open: 60s }",
            "When it is not even tried.", ["circuit-breaker"];
        rate_limit: One<RateLimit>, optional, "{ rate: 200/s, burst: 400 }",
            "How often it may be done.", ["limit", "throttle"];
        bulkhead: One<Bulkhead>, optional, "{ concurrent: 20 }",
            "How often it may be done at once.", ["max-concurrency", "concurrency"];
        fallback: FallbackSteps, optional, "skip",
            "What is done when it fails: `skip` goes on without it.", ["on-error", "otherwise"];
        criticality: Word<Criticality>, derived("`degrades` with a fallback, else `critical`"),
            "optional", "What becomes of the operation when it fails.", ["importance"];
    }
}

record! {
    Retry: "retry", "Tries again what failed.", short "attempts" {
        attempts: Positive, required, "3", "How often it is tried in all, the first time included.",
            ["times", "max-attempts", "count", "max-retries"];
        backoff: Time, default("100ms"), "50ms", "The wait before the second attempt.",
            ["delay", "wait", "interval"];
        factor: Factor, default("2"), "1.5", "By what each further wait is longer.",
            ["multiplier", "exponent"];
        max: Time, optional, "10s", "The longest wait.", ["max-backoff", "cap", "max-delay"];
        jitter: Word<Jitter>, default("none"), "full",
            "How the waits of different callers are spread.", ["randomize"];
        budget: Percent, optional, "10%", "Retries are at most this part of the calls.",
            ["retry-budget"];
        on: List<Word<RetryOn>>, default("[errors, timeouts]"), "[timeouts]", "What is tried again.",
            ["retry-on", "when"];
    }
}

record! {
    Breaker: "breaker", "A circuit breaker: after failures nothing is tried for a while.",
        short "failures"
    {
        failures: Positive, optional, "5", "It opens after so many failures in a row.",
            ["max-failures", "threshold", "consecutive"];
        failure_rate: Percent, optional, "50%", "It opens when this part of the calls failed.",
            ["failure-rate-threshold"];
        window: Positive, default("100"), "50", "The part is taken of so many of the latest calls.",
            ["sliding-window-size"];
        min_calls: Positive, derived("`window`"), "10", "Fewer calls than this are not judged.",
            ["minimum-number-of-calls", "volume"];
        slow: Time, optional, "2s", "A call that takes longer counts as slow.",
            ["slow-call-duration-threshold"];
        slow_rate: Percent, optional, "80%", "It opens when this part of the calls was slow.",
            ["slow-call-rate-threshold"];
        open: Time, default("1min"), "30s", "How long nothing is tried.",
            ["timeout", "wait", "reset", "reset-interval", "sleep-window"];
        probes: Positive, default("1"), "3",
            "How many calls are let through to try after that.", ["half-open", "max-requests"];
    }
}

record! {
    RateLimit: "rate limit", "How often something may be done: a token bucket.", short "rate" {
        rate: PerTime, required, "200/s", "On average.", ["per-second", "limit"];
        burst: Positive, derived("one second of `rate`"), "400", "At once.", ["capacity", "bucket"];
        excess: Word<Excess>, default("reject"), "wait", "What becomes of the rest.",
            ["overflow", "then"];
    }
}

record! {
    Bulkhead: "bulkhead", "How often something may be done at once.", short "concurrent" {
        concurrent: Positive, required, "20", "So often.", ["max-concurrent", "size", "limit"];
        waiting: Any, default("0"), "10", "So many may wait; more are refused.",
            ["queue", "max-queue"];
    }
}

/// `skip`, or a list of steps.
pub(crate) struct FallbackSteps;

impl Codec for FallbackSteps {
    type Out = Fallback;
    const FORM: Form = Form::Fallback;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Fallback> {
        match &field.node.content {
            Content::Text { text, .. } if text.trim() == "skip" => Some(Fallback::Skip),
            Content::List(_) => Steps::read(field, cx).map(Fallback::Steps),
            Content::Broken => None,
            _ => {
                cx.findings.push(field.wrong_type(Self::FORM));
                None
            }
        }
    }

    fn write(value: &Fallback, system: &System) -> Yaml {
        match value {
            Fallback::Skip => Yaml::text("skip"),
            Fallback::Steps(steps) => Steps::write(steps, system),
        }
    }
}
