//! Sagas: several things of which all or none shall hold.

use std::time::Duration;

use knockon_core::{Callee, QueueId, Retry, Saga, SagaStep, System};

use super::stores::{CalleeName, QueueName};
use crate::codec::{One, Positive, Text, Time, push};
use crate::context::Context;
use crate::keys::Form;
use crate::reader::{Body, Field, Subject};
use crate::record::{Codec, Record, record, table};
use crate::write::Yaml;

/// A step `saga: …`.
#[derive(Debug)]
pub(crate) struct SagaBody {
    saga: String,
    timeout: Option<Duration>,
    attempts: u32,
    backoff: Option<Duration>,
    manual: Option<QueueId>,
    steps: Vec<SagaStep>,
    undo: Option<Callee>,
}

record! {
    SagaBody: "saga step", "Does several things of which all or none shall hold." {
        saga: Text, required, "book everything", "Its name.";
        timeout: Time, optional, "5min", "After this time it is given up and taken back.",
            ["deadline"];
        attempts: Positive, default("1"), "3", "How often it is tried in all.",
            ["max-retries", "retries", "retry"];
        backoff: Time, optional, "1s", "How long it waits before the next attempt.", ["delay"];
        manual: QueueName, optional, "rabbitmq / saga-failed",
            "The queue where it goes when it can neither be finished nor taken back.",
            ["then", "manual-queue", "dead-letter"];
        steps: SagaSteps, required, "[{ do: rent / reserve, undo: rent / release }]",
            "The things, in order.", ["does"];
        undo: CalleeName, optional, "payment / refund",
            "What is done last when it is taken back: the refund.", ["undo-all", "compensation"];
    }
}

impl SagaBody {
    pub(crate) fn into_core(self) -> Saga {
        let Self { saga: name, timeout, attempts, backoff, manual, steps, undo } = self;
        Saga { name, timeout, attempts, backoff, manual, steps, undo }
    }

    pub(crate) fn of(saga: &Saga) -> Self {
        let Saga { name, timeout, attempts, backoff, manual, steps, undo } = saga.clone();
        Self { saga: name, timeout, attempts, backoff, manual, steps, undo }
    }
}

/// One thing of a saga.
#[derive(Debug)]
pub(crate) struct SagaStepBody {
    action: Callee,
    undo: Option<Callee>,
    timeout: Option<Duration>,
    retry: Option<Retry>,
}

record! {
    SagaStepBody: "saga part", "One thing that a saga does, and what takes it back." {
        action as "do": CalleeName, required, "rent / reserve", "What is done.", ["call", "action"];
        undo: CalleeName, optional, "rent / release", "What takes it back.",
            ["compensate", "compensation", "rollback"];
        timeout: Time, optional, "10s", "How long an answer is waited for; for ever without it.",
            ["deadline"];
        retry: One<Retry>, optional, "{ attempts: 3 }", "How it is tried again.", ["retries"];
    }
}

/// A list of things that a saga does.
struct SagaSteps;

impl Codec for SagaSteps {
    type Out = Vec<SagaStep>;
    const FORM: Form = Form::List(&Form::Body(table::<SagaStepBody>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<SagaStep>> {
        let mut steps = Some(Vec::new());
        for item in field.list(Self::FORM, cx.findings)? {
            let subject = Subject { name: Some(""), span: item.span };
            let body = Body::open(item, subject, table::<SagaStepBody>(), cx.findings);
            let id = cx.next_step(body.written().next().map_or(item.span, |(_, span)| span));
            let step = SagaStepBody::read(&body, cx);
            push(
                &mut steps,
                step.map(|body| {
                    let SagaStepBody { action, undo, timeout, retry } = body;
                    SagaStep { id, action, undo, timeout, retry }
                }),
            );
        }
        steps
    }

    fn write(value: &Vec<SagaStep>, system: &System) -> Yaml {
        let one = |step: &SagaStep| {
            let SagaStep { action, undo, timeout, retry, .. } = step.clone();
            Yaml::Map(SagaStepBody { action, undo, timeout, retry }.write(system))
        };
        Yaml::List(value.iter().map(one).collect())
    }
}
