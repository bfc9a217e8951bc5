//! Steps: what an operation does, one verb each.

use std::time::Duration;

use knockon_core::{
    Action, Alternative, Branch, Breaker, CacheEntryId, Callee, Channel, CohortMember, MachineId,
    Policies, QueryId, ServiceId, ServiceKind, Share, Spread, Step, StoreCopy, System,
};

use super::cohort::MemberName;
use super::machine::MoveTo;
use super::saga::SagaBody;
use super::stores::{CalleeName, ChannelName, EntryName, QueryName};
use crate::closest::closest;
use crate::codec::{Flag, Percent, ServiceName, SpreadOf, Time, Word, body_of, push};
use crate::codes;
use crate::context::Context;
use crate::findings::Finding;
use crate::keys::{Form, Table};
use crate::reader::{Body, Field, Subject};
use crate::record::{Codec, Record, record, table};
use crate::source::Span;
use crate::wording::{quoted, series};
use crate::write::Yaml;
use crate::yaml::{Content, Entry};

/// A table for each verb.
pub const STEP_TABLES: &[(&str, &Table)] = &[
    ("compute", table::<Compute>()),
    ("wait", table::<Wait>()),
    ("call", table::<Call>()),
    ("query", table::<Ask>()),
    ("get", table::<Get>()),
    ("put", table::<Put>()),
    ("drop", table::<DropEntry>()),
    ("publish", table::<Publish>()),
    ("move", table::<Move>()),
    ("saga", table::<SagaBody>()),
    ("parallel", table::<Parallel>()),
    ("branch", table::<Choice>()),
    ("background", table::<Background>()),
    ("fail", table::<Fail>()),
];

struct Compute {
    compute: Duration,
    spread: Spread,
}

record! {
    Compute: "compute step", "Uses the processor." {
        compute: Time, required, "4ms", "For this long, on a whole core.", ["cpu", "work"];
        spread: SpreadOf, default("none"), "exponential",
            "How much that varies: a share is the standard deviation of a log-normal distribution.",
            ["distribution"];
    }
}

struct Wait {
    wait: Duration,
    spread: Spread,
}

record! {
    Wait: "wait step", "Lets time pass without using the processor." {
        wait: Time, required, "200ms", "How long.", ["sleep", "delay"];
        spread: SpreadOf, default("none"), "40%",
            "How much that varies: a share is the standard deviation of a log-normal distribution.",
            ["distribution"];
    }
}

struct Call {
    call: Callee,
}

record! {
    Call: "call step", "Asks another service and waits for the answer.", also Policies {
        call: CalleeName, required, "payment / authorise",
            "Which operation of which service; the service alone if its operations are not known.",
            ["request", "http", "grpc"];
    }
}

struct Ask {
    query: QueryId,
    from: StoreCopy,
}

record! {
    Ask: "query step", "Asks a database and waits for the answer.", also Policies {
        query: QueryName, required, "orders-db / insert order", "Which query of which database.",
            ["sql", "db"];
        from: Word<StoreCopy>, default("primary"), "replica", "Which copy is asked.", ["copy"];
    }
}

struct Get {
    get: CacheEntryId,
    miss: Vec<Step>,
}

record! {
    Get: "get step", "Looks something up in a cache.", also Policies {
        get: EntryName, required, "redis / cart", "Which sort of thing in which cache.",
            ["lookup", "cache"];
        miss: Steps, several, "[{ query: orders-db / load cart }]",
            "What is done when it is not there; what that finds is put into the cache.",
            ["on-miss", "else", "load"];
    }
}

struct Put {
    put: CacheEntryId,
}

record! {
    Put: "put step", "Puts something into a cache.", also Policies {
        put: EntryName, required, "redis / cart", "Which sort of thing in which cache.",
            ["set", "store"];
    }
}

struct DropEntry {
    drop: CacheEntryId,
}

record! {
    DropEntry: "drop step", "Removes something from a cache.", also Policies {
        drop: EntryName, required, "redis / cart", "Which sort of thing in which cache.",
            ["del", "delete", "evict"];
    }
}

#[expect(clippy::struct_field_names, reason = "the verb names the step and its key")]
struct Publish {
    publish: Channel,
    confirms: bool,
    outbox: Option<ServiceId>,
}

record! {
    Publish: "publish step", "Hands a message to a broker and goes on.", also Policies {
        publish: ChannelName, required, "rabbitmq / shipping-task",
            "Which queue or topic of which broker.", ["send", "emit", "produce"];
        confirms: Flag, default("false"), "true",
            "Whether it waits until the broker has taken the message; without it a refusal is silent.",
            ["confirm", "publisher-confirms", "acks"];
        outbox: ServiceName, optional, "orders-db",
            "The database in which the message is kept with the data until it is handed over.",
            ["transactional-outbox"];
    }
}

struct Move {
    to: (MachineId, usize),
}

record! {
    Move: "move step", "Moves a thing to its next state; a move that is not declared is refused." {
        to as "move": MoveTo, required, "order to PAID", "Which machine of this service, to which state.",
            ["transition", "state"];
    }
}

struct Parallel {
    parallel: Vec<Branch>,
}

record! {
    Parallel: "parallel step", "Does several things at once and waits for all." {
        parallel: Branches, required, "{ prices: [{ call: prices }], stock: [{ call: stock }] }",
            "The things by name, each a list of steps.", ["all", "concurrently"];
    }
}

struct Choice {
    branch: Vec<Alternative>,
}

record! {
    Choice: "branch step", "Does one of several things; nothing for the rest of the requests." {
        branch: Alternatives, required, "{ with promo: { share: 30%, steps: [{ call: promo }] } }",
            "The things by name, each with how often or for whom.", ["one-of", "choice", "switch"];
    }
}

struct Background {
    background: Vec<Step>,
}

record! {
    Background: "background step", "Does something without waiting for it." {
        background: Steps, required, "[{ call: audit }]", "The steps.", ["async", "spawn"];
    }
}

struct Fail {
    fail: Share,
}

record! {
    Fail: "fail step", "Ends with an error now and then." {
        fail: Percent, required, "0.1%", "How often.", ["error-rate", "errors"];
    }
}

/// A body under `branch`.
#[derive(Debug)]
pub(crate) struct AlternativeBody {
    share: Option<Share>,
    of: Option<CohortMember>,
    steps: Vec<Step>,
}

record! {
    AlternativeBody: "alternative", "What is done some of the time." {
        share: Percent, optional, "30%", "How often.", ["weight", "probability"];
        of: MemberName, optional, "partner / doordash", "For whom: a member of a cohort.",
            ["for", "when", "cohort"];
        steps: Steps, required, "[{ call: promo }]", "What is done.", ["does"];
    }
}

/// A mapping from names to alternatives.
struct Alternatives;

impl Codec for Alternatives {
    type Out = Vec<Alternative>;
    const FORM: Form = Form::Map(&Form::Body(table::<AlternativeBody>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<Alternative>> {
        let mut all = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let body = body_of::<AlternativeBody>(&entry.key, entry.key_span, &entry.value, cx);
            if let Some(body) = body.as_ref().filter(|b| b.share.is_some() == b.of.is_some()) {
                let both = if body.share.is_some() { "both" } else { "neither" };
                let message =
                    format!("{} has {both} `share` {} `of`", quoted(&entry.key), and(both));
                cx.findings.push(
                    Finding::error(codes::MISSING_KEY, entry.key_span, message)
                        .label("one of the two is needed")
                        .help("say how often, `share: 30%`, or for whom, `of: cohort / member`"),
                );
            }
            push(
                &mut all,
                body.map(|body| {
                    let AlternativeBody { share, of, steps } = body;
                    Alternative { name: entry.key.to_string(), share, of, steps }
                }),
            );
        }
        let shares = all.iter().flatten().filter_map(|alternative| alternative.share);
        let sum: f64 = shares.map(|share| share.percent).sum();
        if sum > Share::ALL.percent + 1e-6 {
            cx.findings.push(
                Finding::error(
                    codes::BAD_AMOUNT,
                    field.span,
                    format!(
                        "the alternatives are {}% together",
                        crate::quantities::show_number(sum)
                    ),
                )
                .label("more than all requests")
                .help("let the shares add up to 100% at most; the rest does nothing"),
            );
        }
        all
    }

    fn write(value: &Vec<Alternative>, system: &System) -> Yaml {
        let one = |alternative: &Alternative| {
            let Alternative { name, share, of, steps } = alternative.clone();
            (name, Yaml::Map(AlternativeBody { share, of, steps }.write(system)))
        };
        Yaml::Map(value.iter().map(one).collect())
    }
}

fn and(both: &str) -> &'static str {
    if both == "both" { "and" } else { "nor" }
}

/// A mapping from names to lists of steps.
struct Branches;

impl Codec for Branches {
    type Out = Vec<Branch>;
    const FORM: Form = Form::Map(&Form::Steps);

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<Branch>> {
        let mut all = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let steps = Steps::read(field.item(&entry.value, entry.key_span), cx);
            push(&mut all, steps.map(|steps| Branch { name: entry.key.to_string(), steps }));
        }
        all
    }

    fn write(value: &Vec<Branch>, system: &System) -> Yaml {
        let one = |branch: &Branch| (branch.name.clone(), Steps::write(&branch.steps, system));
        Yaml::Map(value.iter().map(one).collect())
    }
}

/// A list of steps.
pub(crate) struct Steps;

impl Codec for Steps {
    type Out = Vec<Step>;
    const FORM: Form = Form::Steps;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<Step>> {
        let mut steps = Some(Vec::new());
        for item in field.list(Self::FORM, cx.findings)? {
            let step = step(field.item(item, field.span), cx);
            push(&mut steps, step);
        }
        steps
    }

    fn write(value: &Vec<Step>, system: &System) -> Yaml {
        Yaml::List(value.iter().map(|step| Yaml::Map(written(step, system))).collect())
    }
}

fn step(field: Field<'_>, cx: &mut Context<'_>) -> Option<Step> {
    let entries = match &field.node.content {
        Content::Broken => return None,
        Content::Mapping(entries) => entries,
        _ => {
            cx.findings.push(no_verb(field.node.span, None));
            return None;
        }
    };
    let (verb, table) = verb(entries, field.node.span, cx)?;
    let subject = Subject { name: Some(""), span: verb };
    let body = Body::open(field.node, subject, table.1, cx.findings);
    let id = cx.next_step(verb);
    let policies = match table.1.also {
        Some(_) => Policies::read(&body, cx),
        None => Some(Policies::default()),
    };
    let action = action(table.0, &body, cx);
    if let Some((breaker, field)) =
        policies.as_ref().and_then(|p| p.breaker.as_ref()).zip(body.field("breaker"))
    {
        check_breaker(breaker, field.span, cx);
    }
    if let (Some(Action::Publish { outbox: Some(database), .. }), Some(field)) =
        (&action, body.field("outbox"))
    {
        check_outbox(*database, field.node.span, cx);
    }
    Some(Step { id, action: action?, policies: policies? })
}

/// Reports a breaker that nothing opens.
fn check_breaker(breaker: &Breaker, span: Span, cx: &mut Context<'_>) {
    let (message, help) = match breaker {
        Breaker { slow: None, slow_rate: Some(_), .. } => {
            ("the breaker does not say what is slow", "add `slow: 2s`")
        }
        Breaker { failures: None, failure_rate: None, slow_rate: None, .. } => (
            "nothing opens the breaker",
            "add `failures: 5`, `failure_rate: 50%` or `slow_rate: 80%`",
        ),
        _ => return,
    };
    cx.findings.push(
        Finding::error(codes::MISSING_KEY, span, message).label("never opens as it is").help(help),
    );
}

/// Reports an outbox that is not in a database.
fn check_outbox(at: ServiceId, span: Span, cx: &mut Context<'_>) {
    let kind = cx.names.kinds[at.index()];
    if kind != ServiceKind::Database {
        let name = quoted(cx.names.services.name(at.index()));
        cx.findings.push(
            Finding::error(codes::WRONG_KIND, span, format!("the outbox {name} is of kind {kind}"))
                .label("expected a database")
                .related(cx.names.services.span(at.index()), "declared here")
                .help("name the database that the operation writes to"),
        );
    }
}

/// The one verb of a step: where it is, and its table.
fn verb(
    entries: &[Entry],
    span: Span,
    cx: &mut Context<'_>,
) -> Option<(Span, &'static (&'static str, &'static Table))> {
    let known = |entry: &Entry| STEP_TABLES.iter().find(|(verb, _)| *verb == &*entry.key);
    let mut verbs = entries.iter().filter_map(|entry| Some((entry.key_span, known(entry)?)));
    let Some(first) = verbs.next() else {
        let written = entries.first().map(|entry| (&*entry.key, entry.key_span));
        cx.findings.push(no_verb(span, written));
        return None;
    };
    if let Some((second, (name, _))) = verbs.next() {
        // `timeout`, `retry` and the like may follow; a second verb is a step of its own.
        let message = format!("{} begins a second step", quoted(name));
        cx.findings.push(
            Finding::error(codes::STEP_VERB, second, message)
                .label("a step has one verb")
                .related(first.0, format!("the verb of this step is `{}`", first.1.0))
                .help("begin a new item with `- `"),
        );
        return None;
    }
    Some(first)
}

fn no_verb(span: Span, written: Option<(&str, Span)>) -> Finding {
    let verbs = || STEP_TABLES.iter().map(|(verb, _)| *verb);
    let Some((word, at)) = written else {
        return Finding::error(codes::STEP_VERB, span, "a step begins with what it does")
            .label("expected `verb: …`")
            .help(format!("a step begins with one of {}", series(verbs(), "or")));
    };
    let finding =
        Finding::error(codes::STEP_VERB, at, format!("no step begins with {}", quoted(word)))
            .label("not a verb");
    let elsewhere = STEP_TABLES
        .iter()
        .find(|(verb, table)| table.key(verb).is_some_and(|key| key.elsewhere.contains(&word)));
    match elsewhere.map(|(verb, _)| *verb).or_else(|| closest(word, verbs())) {
        Some(verb) => finding.help(format!("did you mean `{verb}`?")),
        None => finding.help(format!("a step begins with one of {}", series(verbs(), "or"))),
    }
}

fn action(verb: &str, body: &Body<'_>, cx: &mut Context<'_>) -> Option<Action> {
    Some(match verb {
        "compute" => {
            let Compute { compute: time, spread } = Compute::read(body, cx)?;
            Action::Compute { time, spread }
        }
        "wait" => {
            let Wait { wait: time, spread } = Wait::read(body, cx)?;
            Action::Wait { time, spread }
        }
        "call" => Action::Call(Call::read(body, cx)?.call),
        "query" => {
            let Ask { query, from } = Ask::read(body, cx)?;
            Action::Query { query, from }
        }
        "get" => {
            let Get { get: entry, miss } = Get::read(body, cx)?;
            Action::Get { entry, miss }
        }
        "put" => Action::Put(Put::read(body, cx)?.put),
        "drop" => Action::Drop(DropEntry::read(body, cx)?.drop),
        "publish" => {
            let Publish { publish: channel, confirms, outbox } = Publish::read(body, cx)?;
            Action::Publish { channel, confirms, outbox }
        }
        "move" => {
            let (machine, to) = Move::read(body, cx)?.to;
            Action::Move { machine, to }
        }
        "saga" => Action::Saga(SagaBody::read(body, cx)?.into_core()),
        "parallel" => Action::Parallel(Parallel::read(body, cx)?.parallel),
        "branch" => Action::Branch(Choice::read(body, cx)?.branch),
        "background" => Action::Background(Background::read(body, cx)?.background),
        _ => Action::Fail(Fail::read(body, cx)?.fail),
    })
}

fn written(step: &Step, system: &System) -> Vec<(String, Yaml)> {
    let mut entries = match &step.action {
        &Action::Compute { time: compute, spread } => Compute { compute, spread }.write(system),
        &Action::Wait { time: wait, spread } => Wait { wait, spread }.write(system),
        &Action::Call(call) => Call { call }.write(system),
        &Action::Query { query, from } => Ask { query, from }.write(system),
        Action::Get { entry, miss } => Get { get: *entry, miss: miss.clone() }.write(system),
        &Action::Put(put) => Put { put }.write(system),
        &Action::Drop(drop) => DropEntry { drop }.write(system),
        &Action::Publish { channel: publish, confirms, outbox } => {
            Publish { publish, confirms, outbox }.write(system)
        }
        &Action::Move { machine, to } => Move { to: (machine, to) }.write(system),
        Action::Saga(saga) => SagaBody::of(saga).write(system),
        Action::Parallel(branches) => Parallel { parallel: branches.clone() }.write(system),
        Action::Branch(choices) => Choice { branch: choices.clone() }.write(system),
        Action::Background(steps) => Background { background: steps.clone() }.write(system),
        &Action::Fail(fail) => Fail { fail }.write(system),
    };
    entries.extend(step.policies.write(system));
    entries
}
