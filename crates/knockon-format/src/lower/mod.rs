//! From the tree to a [`System`]: names first, then what refers to them, then what follows from it.

mod checks;
mod derive;
mod journeys;
mod monitors;

use std::collections::HashMap;

use knockon_core::{
    CacheEntryId, Element, OperationId, Practice, QueryId, QueueId, RunbookId, ServiceId, System,
    SystemBuilder, TeamId, TopicId,
};

pub(crate) use derive::{Walk, crossed};
pub(crate) use monitors::{ModelRules, RulesAre};

use crate::codes;
use crate::context::{Context, Names};
use crate::findings::{Finding, Findings};
use crate::keys::Referent;
use crate::model::SystemBody;
use crate::reader::{Body, Subject};
use crate::record::{Record, table};
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::Node;

/// A model that was read.
pub(crate) struct Lowered {
    pub(crate) system: System,
    pub(crate) places: HashMap<Element, Span>,
    pub(crate) assumed: Vec<Span>,
}

/// What belongs to a model and is not in its tree.
pub(crate) struct Beside<'a> {
    /// Whether a runbook's page is where the file says.
    pub(crate) page_exists: &'a dyn Fn(&str) -> bool,
    /// Runbooks that are files of their own.
    pub(crate) pages: &'a [crate::page::RunbookPage],
    /// The rule files.
    pub(crate) rules: &'a [ModelRules],
}

/// The system that a document describes; `None` when a finding is an error.
pub(crate) fn system(
    root: &std::rc::Rc<Node>,
    beside: &Beside<'_>,
    findings: &mut Findings,
) -> Option<Lowered> {
    let pages: Vec<_> = beside.pages.iter().map(|page| (page.name.clone(), page.span)).collect();
    let names = Names::gather(root, &pages);
    for (name, span) in &pages {
        if let Some(first) = root.get("runbooks").and_then(|runbooks| runbooks.entry(name)) {
            findings.push(crate::overlay::twice(name, *span, first.key_span));
        }
    }
    let mut cx = Context::new(names, beside.page_exists, findings);
    let subject = Subject { name: None, span: first_character(root) };
    let body = Body::open(root, subject, table::<SystemBody>(), cx.findings);
    let body = SystemBody::read(&body, &mut cx);
    let runbooks = body.as_ref().map_or(&[][..], |body| &body.runbooks);
    let monitors = monitors::lower(beside.rules, runbooks, &mut cx);
    let mut body = body?;
    body.runbooks.extend(beside.pages.iter().map(|page| page.runbook.clone()));
    let walk = Walk::of(&body.services);
    let dependencies = derive::dependencies(&walk, std::mem::take(&mut cx.dependencies), &mut cx);
    let (journeys, paths) = journeys::lower(std::mem::take(&mut body.journeys), &walk);
    if cx.findings.has_errors() {
        return None;
    }
    for link in beside.pages.iter().flat_map(|page| &page.links) {
        cx.names.runbooks.find(link);
    }
    checks::unused(&mut cx);
    checks::empty_runbooks(&body.runbooks, &mut cx);
    checks::gaps(&paths, &dependencies, &mut cx);
    place(root, &mut cx, &body);

    let mut builder = SystemBuilder::new(body.name);
    builder.summary(body.summary);
    for team in body.teams {
        builder.team(team);
    }
    for runbook in body.runbooks {
        builder.runbook(runbook);
    }
    for (at, service) in body.services.into_iter().enumerate() {
        // Names were found to be free; this only keeps a mistake here from becoming a wrong system.
        for taken in builder.service(service).err().into_iter().flatten() {
            let message = format!("the name {} is taken", quoted(&taken.name));
            let span = cx.names.services.span(at);
            cx.findings.push(Finding::error(codes::NAME_TAKEN, span, message));
        }
    }
    if cx.findings.has_errors() {
        return None;
    }
    for (dependency, details) in dependencies {
        builder.dependency(dependency).details(dependency.key(), details);
    }
    for journey in journeys {
        builder.journey(journey);
    }
    builder.practice(Practice {
        cohorts: body.cohorts.into_iter().map(crate::model::CohortBody::into_core).collect(),
        monitors: monitors.alerts,
        recordings: monitors.recordings,
        rule_groups: monitors.groups,
        application_metrics: monitors.metrics,
        heuristics: body.heuristics,
        priorities: body.priorities,
        allow: body.allow,
    });
    Some(Lowered { system: builder.build(), places: cx.places, assumed: cx.assumed })
}

/// Remembers where everything with a name was written.
fn place(root: &Node, cx: &mut Context<'_>, body: &SystemBody) {
    cx.places.insert(Element::System, first_character(root));
    for (at, (_, span)) in cx.names.teams.with_spans().enumerate() {
        cx.places.insert(Element::Team(TeamId::from_index(at)), span);
    }
    for (at, (_, span)) in cx.names.runbooks.with_spans().enumerate() {
        cx.places.insert(Element::Runbook(RunbookId::from_index(at)), span);
    }
    for at in 0..body.services.len() {
        let service = ServiceId::from_index(at);
        let members = &mut cx.names.members[at];
        let mut put = |kind: Referent, element: &dyn Fn(usize) -> Element| {
            for (index, (_, span)) in members.of(kind).with_spans().enumerate() {
                cx.places.insert(element(index), span);
            }
        };
        put(Referent::Operation, &|at| Element::Operation(OperationId::new(service, at)));
        put(Referent::Query, &|at| Element::Query(QueryId::new(service, at)));
        put(Referent::CacheEntry, &|at| Element::CacheEntry(CacheEntryId::new(service, at)));
        put(Referent::Queue, &|at| Element::Queue(QueueId::new(service, at)));
        put(Referent::Topic, &|at| Element::Topic(TopicId::new(service, at)));
    }
    for (key, element) in
        [("journeys", Element::Journey as fn(usize) -> Element), ("heuristics", Element::Heuristic)]
    {
        for (at, entry) in crate::context::usable(root.get(key)).iter().enumerate() {
            cx.places.insert(element(at), entry.key_span);
        }
    }
    for (at, item) in root.get("allow").map_or(&[][..], Node::items).iter().enumerate() {
        let first = item.entries().first().map_or(item.span, |entry| entry.key_span);
        cx.places.insert(Element::Allowance(at), first);
    }
}

/// Where to point when the file lacks something: its first value.
fn first_character(root: &Node) -> Span {
    Span::new(root.span.start, root.span.start + 1)
}
