//! Journeys: the paths that users take.

use std::time::Duration;

use knockon_core::{
    Callee, CohortId, Journey, Money, MoneyRate, OperationId, Rate, ServiceId, Slo, Stage, System,
};

use super::stores::{CalleeName, OperationName};
use crate::codec::{
    Amount, AmountPerTime, Bodies, CohortName, Flag, Items, List, Named, One, PerTime, Percent,
    ServiceName, Text, Time, body_of, push,
};
use crate::codes;
use crate::context::Context;
use crate::findings::Finding;
use crate::keys::{Form, Referent};
use crate::lower::{Walk, crossed};
use crate::reader::Field;
use crate::record::{Codec, record, table};
use crate::source::Span;
use crate::wording::quoted;
use crate::write::Yaml;

/// A body under `journeys`.
#[derive(Debug)]
pub(crate) struct JourneyBody {
    pub(crate) name: String,
    pub(crate) summary: Option<String>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) through: Option<(Span, Vec<(ServiceId, Span)>)>,
    pub(crate) enters: Option<(Callee, Span)>,
    pub(crate) completes: Option<OperationId>,
    pub(crate) demand: Option<Rate>,
    pub(crate) value: Option<Money>,
    pub(crate) downtime_cost: Option<MoneyRate>,
    pub(crate) slo: Option<Slo>,
    pub(crate) hurts: Option<String>,
    pub(crate) by: Vec<CohortId>,
    pub(crate) think: Option<Duration>,
}

record! {
    JourneyBody: "journey", "A path that users take, and what it is worth.", named name {
        summary: Text, optional, "From the shelf to the parcel.", "What it is, in one sentence.",
            ["description", "about"];
        stages: Items<Stage>, several, "[browse: front-end / list, paid: payment / authorise]",
            "Its stages as users know them, in order, each with the operation that brings a user there.",
            ["phases", "steps"];
        through: Path, derived("what the stages' operations use"),
            "[front-end, orders]", "The services it crosses, in order, the entry included.",
            ["path", "services"];
        enters: Placed<CalleeName>, derived("the first stage's operation, or the first of `through`"),
            "front-end", "What its users ask first: a service, or one of its operations.",
            ["entry", "starts", "starts-at"];
        completes: OperationName, derived("the last stage's operation"), "queue-master / ship",
            "The operation with which it is complete.", ["ends", "done", "success"];
        demand: PerTime, optional, "1200/h", "How often it is started.",
            ["rate", "load", "traffic"];
        value: Amount, optional, "42.00 USD", "What one success is worth.",
            ["money", "worth", "price"];
        downtime_cost: AmountPerTime, optional, "15000 USD/h", "What it costs when it does not work.",
            ["loss", "cost"];
        slo: One<Slo>, optional, "{ success: 99.5%, p95: 2s }", "What its users are promised.",
            ["objective", "sla"];
        hurts: Text, optional, "Everybody who wants to buy.", "Whom it hurts when it fails.",
            ["users", "who"];
        by: List<CohortName>, several, "[region]", "The cohorts its users differ by.",
            ["cohorts", "dimensions"];
        think: Time, optional, "5s", "How long a user thinks before the next action.",
            ["think-time", "pause"];
    }
}

record! {
    Stage: "stage", "A stage of a journey.", short "operation", named name {
        operation: OperationName, optional, "front-end / list",
            "The operation that brings a user there when it succeeds.", ["reached-by", "at"];
        charges: Flag, default("false"), "true",
            "Whether users who are there have been charged: what is lost after it was paid for.", ["takes-money"];
    }
}

record! {
    Slo: "objective", "What users of a journey are promised.", short "success" {
        success: Percent, optional, "99.5%", "So many of the attempts succeed.", ["availability"];
        p50: Time, optional, "300ms", "Half of them are faster than this.", ["median"];
        p95: Time, optional, "2s", "95 of 100 are faster than this.", ["latency"];
        p99: Time, optional, "5s", "99 of 100 are faster than this.";
        within: Time, optional, "10min", "The last stage is reached in this time.",
            ["complete-within", "deadline"];
    }
}

impl Named for JourneyBody {
    fn name(&self) -> &str {
        &self.name
    }
}

impl JourneyBody {
    /// What has to be said of a journey of a system: nothing that follows from the rest.
    pub(crate) fn of(journey: &Journey, system: &System) -> Self {
        let walk = Walk::of(system.services());
        let through = journey.through.iter().map(|id| (*id, Span::default())).collect();
        let reached = || journey.stages.iter().filter_map(|stage| stage.operation);
        let first = match reached().next() {
            Some(operation) => (Some(operation.service), Some(operation)),
            None => (journey.through.first().copied(), None),
        };
        let is_first = first == (Some(journey.enters), journey.entry);
        let entry = Callee { service: journey.enters, operation: journey.entry };
        let said = Some(entry).filter(|_| !is_first);
        let is_led = first.1.is_some() || entry.operation.is_some();
        let follows = is_led && crossed(&walk, said, &journey.stages) == journey.through;
        Self {
            name: journey.name.clone(),
            summary: journey.summary.clone(),
            stages: journey.stages.clone(),
            through: Some((Span::default(), through)).filter(|_| !follows),
            enters: said.map(|entry| (entry, Span::default())),
            completes: journey.completes.filter(|id| reached().next_back() != Some(*id)),
            demand: journey.demand,
            value: journey.value,
            downtime_cost: journey.downtime_cost,
            slo: journey.slo,
            hurts: journey.hurts.clone(),
            by: journey.by.clone(),
            think: journey.think,
        }
    }
}

/// A mapping from names to journeys.
pub(crate) struct Journeys;

impl Codec for Journeys {
    type Out = Vec<JourneyBody>;
    const FORM: Form = Form::Map(&Form::Body(table::<JourneyBody>()));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Vec<JourneyBody>> {
        let mut journeys = Some(Vec::new());
        for entry in field.bodies(Self::FORM, cx.findings)? {
            let journey = body_of::<JourneyBody>(&entry.key, entry.key_span, &entry.value, cx);
            if let Some(journey) = &journey {
                check(journey, entry.key_span, cx);
            }
            push(&mut journeys, journey);
        }
        journeys
    }

    fn write(value: &Vec<JourneyBody>, system: &System) -> Yaml {
        Bodies::<JourneyBody>::write(value, system)
    }
}

/// Reports a journey that leads nowhere, or enters off its path.
fn check(journey: &JourneyBody, span: Span, cx: &mut Context<'_>) {
    let Some((_, through)) = &journey.through else {
        let is_led = journey.enters.is_some_and(|(callee, _)| callee.operation.is_some());
        if journey.stages.iter().all(|stage| stage.operation.is_none()) && !is_led {
            let message = format!("journey {} has no `through`", quoted(&journey.name));
            cx.findings.push(
                Finding::error(codes::MISSING_KEY, span, message)
                    .label("`through` is required")
                    .help("add `through: [front-end, orders]`, or an operation to each stage"),
            );
        }
        return;
    };
    let is_off = |callee: &Callee| through.iter().all(|(service, _)| *service != callee.service);
    let off = journey.enters.filter(|(callee, _)| is_off(callee) && !through.is_empty());
    if let Some((callee, span)) = off {
        let name = quoted(cx.names.services.name(callee.service.index()));
        let message = format!(
            "journey {} enters at {name}, which is not among `through`",
            quoted(&journey.name)
        );
        cx.findings.push(
            Finding::error(codes::ENTRY_OFF_PATH, span, message)
                .label("not on the path")
                .help(format!("add {name} to `through`")),
        );
    }
}

/// A list of services with the places of the key and of each.
struct Path;

impl Codec for Path {
    type Out = (Span, Vec<(ServiceId, Span)>);
    const FORM: Form = Form::List(&Form::Name(Referent::Service));

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Self::Out> {
        let list = List::<Placed<ServiceName>>::read(field, cx)?;
        if list.is_empty() {
            cx.findings.push(
                Finding::error(codes::EMPTY_OR_UNNAMED, field.span, "`through` is empty")
                    .label("expected at least one service")
                    .help("name the services that the journey crosses, in order"),
            );
        }
        let mut path: Vec<(ServiceId, Span)> = Vec::new();
        for (service, span) in list {
            match path.last() {
                Some(&(before, first)) if before == service => {
                    let name = quoted(cx.names.services.name(service.index()));
                    cx.findings.push(
                        Finding::warning(codes::REPEATED, span, format!("{name} follows itself"))
                            .label("left out")
                            .related(first, "first written here")
                            .help("remove one of the two"),
                    );
                }
                _ => path.push((service, span)),
            }
        }
        Some((field.span, path))
    }

    fn write(value: &Self::Out, system: &System) -> Yaml {
        List::<Placed<ServiceName>>::write(&value.1, system)
    }
}

/// A value with the place where it was written.
struct Placed<C>(std::marker::PhantomData<C>);

impl<C: Codec> Codec for Placed<C> {
    type Out = (C::Out, Span);
    const FORM: Form = C::FORM;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Self::Out> {
        let span = field.node.span;
        C::read(field, cx).map(|value| (value, span))
    }

    fn write(value: &Self::Out, system: &System) -> Yaml {
        C::write(&value.0, system)
    }
}
