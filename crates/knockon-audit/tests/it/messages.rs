//! Publishing, queues, consumers, sagas.

use knockon_core::*;

use crate::model::*;

/// `shop / order` publishes to `jobs`, which `kitchen / cook` consumes; what it refuses goes to `dead`,
/// which people work off.
struct Kitchen {
    model: Model,
    order: OperationId,
    cook: OperationId,
    jobs: QueueId,
    dead: QueueId,
}

fn kitchen(change: impl Fn(&mut Kitchen)) -> Model {
    let mut model = Model::new();
    let queues = model.broker("rabbit", &["jobs", "dead"]);
    let (jobs, dead) = (queues[0], queues[1]);
    model.queue(jobs).dead_letter = Some(dead);
    model.queue(dead).manual = true;
    let shop = model.service("shop");
    let order = model.operation(shop, "order", vec![publish(jobs)]);
    let insert = model.database("db", "insert", Access::Write);
    let kitchen = model.service("kitchen");
    let cook = model.operation(kitchen, "cook", vec![query(insert)]);
    let operation = model.at(cook);
    operation.consumes = Some(jobs);
    operation.prefetch = Some(20);
    operation.idempotent = Some("order id".into());
    let mut kitchen = Kitchen { model, order, cook, jobs, dead };
    change(&mut kitchen);
    kitchen.model
}

impl Kitchen {
    fn jobs(&mut self) -> &mut Queue {
        self.model.queue(self.jobs)
    }

    fn cook(&mut self) -> &mut Operation {
        self.model.at(self.cook)
    }
}

#[test]
fn a_sound_kitchen_has_no_weakness() {
    silent(kitchen(|_| {}));
}

#[test]
fn a_publish_without_confirms() {
    let published = |outbox: bool, change: &dyn Fn(Step) -> Step| {
        kitchen(|it| {
            let outbox = outbox.then_some(ServiceId::from_index(2));
            let channel = Channel::Queue(it.jobs);
            let publish = step(Action::Publish { channel, confirms: false, outbox });
            it.model.at(it.order).steps = vec![change(publish)];
        })
    };
    check(
        published(false, &|it| it),
        r"
K0408 step of shop / order: `shop / order` never learns whether `rabbit / jobs` took its message: refused or lost, it looks the same [no confirms]
  = wait until the broker has it: `confirms: true`, with a `timeout`
  = or keep it with the data until the broker has it: `outbox: <database>`
  = or say that it does not matter: `criticality: optional` with `fallback: skip`
",
    );
    check(
        published(false, &|it| step(Action::Background(vec![it]))),
        r"
K0408 step of shop / order: `shop / order` never learns whether `rabbit / jobs` took its message: refused or lost, it looks the same [no confirms]
  = wait until the broker has it: `confirms: true`, with a `timeout`
  = or keep it with the data until the broker has it: `outbox: <database>`
  = or say that it does not matter: `criticality: optional` with `fallback: skip`
",
    );
    silent(published(true, &|it| it));
    silent(published(false, &|it| it.or_skip()));
}

#[test]
fn a_queue_without_a_dead_letter() {
    let lost = |change: &dyn Fn(&mut Queue)| {
        kitchen(|it| {
            it.jobs().dead_letter = None;
            change(it.jobs());
        })
    };
    check(
        lost(&|_| {}),
        r"
K0409 rabbit / jobs: `rabbit / jobs` loses messages for good: any that its consumer refuses [no dead letter]
  = keep them: `dead_letter: jobs-dead`, and a queue `jobs-dead: { manual: true }` beside it
",
    );
    check(
        lost(&|it| {
            it.max_length = Some(1_000);
            it.ttl = Some(ms(600_000));
            it.delivery_limit = Some(5);
        }),
        r"
K0409 rabbit / jobs: `rabbit / jobs` loses messages for good: the oldest when it holds 1,000 messages, any that waits longer than 10min and any that failed 5 times [no dead letter]
  = keep them: `dead_letter: jobs-dead`, and a queue `jobs-dead: { manual: true }` beside it
  = or refuse the new instead of dropping the old: `overflow: reject-publish`, with `confirms: true` where it is published
",
    );
    check(
        lost(&|it| {
            it.max_bytes = Some(Bytes { count: 1_000_000 });
            it.overflow = Overflow::RejectPublishDlx;
        }),
        r"
K0409 rabbit / jobs: `rabbit / jobs` loses messages for good: any that comes when it holds 1,000,000 bytes and any that its consumer refuses [no dead letter]
  = keep them: `dead_letter: jobs-dead`, and a queue `jobs-dead: { manual: true }` beside it
",
    );
    silent(lost(&|it| it.manual = true));
    // Nobody consumes it and nothing bounds it, so that nothing is lost there.
    silent(kitchen(|it| {
        it.jobs().dead_letter = None;
        it.jobs().max_length = Some(10);
        it.jobs().overflow = Overflow::RejectPublish;
        it.cook().consumes = None;
    }));
}

#[test]
fn dead_letters_that_nobody_sees() {
    check(
        kitchen(|it| it.model.queue(it.dead).manual = false),
        r#"
K0422 rabbit / dead: messages that `rabbit / jobs` could not deliver end in `rabbit / dead`, where nobody sees them [nobody works it off]
  + rabbit / jobs: its dead letters go there
  = say that people work it off: `manual: true`
  = or add an alert on `rabbitmq_queue_messages{queue="dead"}`
"#,
    );
    silent(kitchen(|it| {
        it.model.queue(it.dead).manual = false;
        let broker = it.dead.service;
        it.model.monitor("Dead", broker).expr =
            "rabbitmq_queue_messages{queue=\"dead\"} > 0".into();
    }));
    silent(kitchen(|it| {
        it.model.queue(it.dead).manual = false;
        let again = it.model.operation(it.cook.service, "again", vec![compute(1)]);
        let operation = it.model.at(again);
        (operation.consumes, operation.prefetch) = (Some(it.dead), Some(1));
    }));
}

#[test]
fn how_a_consumer_takes_its_messages() {
    check(
        kitchen(|it| it.cook().prefetch = None),
        r"
K0421 kitchen / cook: `kitchen / cook` takes everything that waits in `rabbit / jobs` at once [no prefetch]
  = bound what one consumer holds: `prefetch: 20`; less where a message takes seconds
",
    );
    check(
        kitchen(|it| it.cook().prefetch = Some(0)),
        r"
K0421 kitchen / cook: `kitchen / cook` takes everything that waits in `rabbit / jobs` at once [no prefetch]
  = bound what one consumer holds: `prefetch: 20`; less where a message takes seconds
",
    );
    silent(kitchen(|it| {
        it.cook().prefetch = None;
        it.model.services[0].engine = Some("kafka".into());
    }));
    check(
        kitchen(|it| it.cook().acks = Acks::Before),
        r"
K0423 kitchen / cook: `kitchen / cook` loses its message from `rabbit / jobs` when it fails or is restarted [acknowledged before the work]
  = acknowledge when the work is done: `acks: after`
",
    );
    check(
        kitchen(|it| it.cook().idempotent = None),
        r"
K0427 kitchen / cook: `kitchen / cook` does its work twice when `rabbit / jobs` delivers a message again [not idempotent]
  = say by what it recognises a repetition: `idempotent: by <message id>`
",
    );
    // What is taken off before the work does not come again.
    let found = text(
        &kitchen(|it| {
            it.cook().idempotent = None;
            it.cook().acks = Acks::Before;
        })
        .build(),
    );
    assert!(found.starts_with("K0423") && found.matches("K04").count() == 1, "{found}");
    silent(kitchen(|it| {
        it.cook().idempotent = None;
        it.cook().steps = vec![compute(1)];
    }));
}

/// `shop / buy` reserves, charges and ships.
fn ordered(change: impl Fn(&mut Model, &mut Saga)) -> Model {
    let mut model = Model::new();
    let manual = model.broker("rabbit", &["by hand"])[0];
    model.queue(manual).manual = true;
    let insert = model.database("db", "insert", Access::Write);
    let names =
        [("stock", "reserve", "release"), ("bank", "charge", "refund"), ("post", "ship", "")];
    let parts = names.map(|(service, does, undoes)| {
        let service = model.service(service);
        let does = model.operation(service, does, vec![query(insert)]);
        let undo = model.operation(service, undoes, vec![query(insert)]);
        part(does, (!undoes.is_empty()).then_some(undo))
    });
    let mut step = saga(parts.into(), Some(manual));
    if let Action::Saga(saga) = &mut step.action {
        change(&mut model, saga);
    }
    let shop = model.service("shop");
    model.operation(shop, "buy", vec![step]);
    model
}

#[test]
fn a_saga_that_cannot_be_taken_back() {
    silent(ordered(|_, _| {}));
    check(
        ordered(|_, saga| saga.steps[0].undo = None),
        r"
K0413 step of shop / buy: saga `order` of `shop / buy` leaves `stock / reserve` done when a later part such as `post / ship` fails [nothing takes it back]
  + step of shop / buy: may fail after it
  = name what takes it back: `undo: stock / <operation>` beside the `do`
  = or do it last: what cannot be taken back belongs where nothing can fail any more
",
    );
    // The refund comes last.
    silent(ordered(|_, saga| saga.undo = saga.steps[1].undo.take()));
    // There is nothing to take back of a look.
    silent(ordered(|model, saga| {
        saga.steps[0].undo = None;
        model.at(saga.steps[0].action.operation.unwrap()).steps = vec![compute(1)];
    }));
    check(
        ordered(|_, saga| saga.manual = None),
        r"
K0414 step of shop / buy: saga `order` of `shop / buy` tells nobody when it can neither be finished nor taken back [no manual queue]
  = name a queue that people work off: `manual: <broker> / <queue>`
",
    );
    silent(ordered(|_, saga| {
        saga.manual = None;
        saga.steps.drain(..2);
    }));
}
