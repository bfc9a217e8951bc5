//! From the tree to a [`System`]: names first, then what refers to them.

mod checks;
mod dependencies;
mod journeys;
mod runbooks;
mod services;
mod teams;

use knockon_core::{Dependency, Journey, Runbook, Service, System, SystemBuilder, Team};

use crate::codes;
use crate::declared::Declared;
use crate::findings::{Finding, Findings};
use crate::keys::{self, Key, Referent};
use crate::reader::{MapReader, Subject, name_problem};
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::{Entry, Node};

/// What is known while a file is lowered.
pub(crate) struct Context<'a, 'f> {
    pub(crate) findings: &'f mut Findings,
    /// Whether a runbook's page is where the file says.
    pub(crate) page_exists: &'f dyn Fn(&str) -> bool,
    pub(crate) services: Declared<'a>,
    pub(crate) teams: Declared<'a>,
    pub(crate) runbooks: Declared<'a>,
}

/// The parts of a system, each in the order of the file.
struct Parts {
    name: String,
    summary: Option<String>,
    teams: Vec<Team>,
    runbooks: Vec<Runbook>,
    services: Vec<Service>,
    dependencies: Vec<Dependency>,
    journeys: Vec<Journey>,
}

/// The system that a document describes; `None` when a finding is an error.
pub(crate) fn system(
    root: &Node,
    page_exists: &dyn Fn(&str) -> bool,
    findings: &mut Findings,
) -> Option<System> {
    let subject = Subject { name: None, span: first_character(root) };
    let file = MapReader::open(root, subject, &keys::system::TABLE, findings);
    let name = name(&file, findings);
    let summary = text(&file, &keys::system::SUMMARY, findings);
    let teams = bodies(&file, &keys::system::TEAMS, findings);
    let services = bodies(&file, &keys::system::SERVICES, findings);
    let journeys = bodies(&file, &keys::system::JOURNEYS, findings);
    let runbooks = bodies(&file, &keys::system::RUNBOOKS, findings);
    let mut context = Context {
        page_exists,
        services: declared(Referent::Service, &services, findings),
        teams: declared(Referent::Team, &teams, findings),
        runbooks: declared(Referent::Runbook, &runbooks, findings),
        findings,
    };
    let readers = services::open(&services.entries, &mut context);
    let parts = Parts {
        name,
        summary,
        teams: teams::lower(&teams.entries, &mut context),
        runbooks: runbooks::lower(&runbooks.entries, &mut context),
        services: services::lower(&readers, &mut context),
        dependencies: dependencies::lower(&readers, &mut context),
        journeys: Vec::new(),
    };
    let (journeys, paths) = journeys::lower(&journeys.entries, &mut context);
    if !context.findings.has_errors() {
        checks::unused(&mut context);
        checks::gaps(&paths, &parts.dependencies, &mut context);
    }
    let parts = Parts { journeys, ..parts };
    build(parts, &context.services, context.findings)
}

/// Puts the parts together, unless one of them is not right.
fn build(parts: Parts, services: &Declared<'_>, findings: &mut Findings) -> Option<System> {
    if findings.has_errors() {
        return None;
    }
    let mut builder = SystemBuilder::new(parts.name);
    builder.summary(parts.summary);
    for team in parts.teams {
        builder.team(team);
    }
    for runbook in parts.runbooks {
        builder.runbook(runbook);
    }
    for (at, service) in parts.services.into_iter().enumerate() {
        // Names were found to be free; this only keeps a mistake here from becoming a wrong system.
        for taken in builder.service(service).err().into_iter().flatten() {
            let message = format!("the name {} is taken", quoted(&taken.name));
            findings.push(Finding::error(codes::NAME_TAKEN, services.span(at), message));
        }
    }
    if findings.has_errors() {
        return None;
    }
    for dependency in parts.dependencies {
        builder.dependency(dependency);
    }
    for journey in parts.journeys {
        builder.journey(journey);
    }
    Some(builder.build())
}

/// The named bodies below one key of the file.
struct Bodies<'a> {
    referent_span: Span,
    entries: Vec<&'a Entry>,
    complete: bool,
}

fn bodies<'a>(file: &MapReader<'a>, key: &Key, findings: &mut Findings) -> Bodies<'a> {
    let field = file.get(key);
    let entries = field.and_then(|field| field.bodies(findings));
    let is_required = key.need == keys::Need::Required;
    Bodies {
        referent_span: field.map(|field| field.span).unwrap_or_default(),
        complete: entries.is_some() || (!file.has(key) && !is_required),
        entries: entries.unwrap_or_default(),
    }
}

fn declared<'a>(referent: Referent, bodies: &Bodies<'a>, findings: &mut Findings) -> Declared<'a> {
    if referent == Referent::Service && bodies.complete && bodies.entries.is_empty() {
        let finding = Finding::error(
            codes::EMPTY_OR_UNNAMED,
            bodies.referent_span,
            "a system needs at least one service",
        );
        findings.push(finding.label("no service below this"));
    }
    let names = bodies.entries.iter();
    Declared::new(referent, names.map(|entry| (&*entry.key, entry.key_span)), bodies.complete)
}

fn name(file: &MapReader<'_>, findings: &mut Findings) -> String {
    let Some(field) = file.get(&keys::system::NAME) else {
        return String::new();
    };
    let name = field.text(findings).unwrap_or_default();
    if let Some(problem) = name_problem(name).filter(|_| !name.is_empty()) {
        let message = format!("{} cannot be a name", quoted(name));
        findings
            .push(Finding::error(codes::EMPTY_OR_UNNAMED, field.node.span, message).label(problem));
    }
    name.to_owned()
}

/// The text of a key, if it is there.
fn text(reader: &MapReader<'_>, key: &Key, findings: &mut Findings) -> Option<String> {
    let field = reader.get(key)?;
    field.text(findings).map(str::to_owned)
}

/// Where to point when the file lacks something: its first value.
fn first_character(root: &Node) -> Span {
    Span::new(root.span.start, root.span.start + 1)
}

/// A body with the name it belongs to, opened.
fn open<'a>(
    entry: &'a Entry,
    table: &'static keys::Table,
    findings: &mut Findings,
) -> MapReader<'a> {
    let subject = Subject { name: Some(&entry.key), span: entry.key_span };
    MapReader::open(&entry.value, subject, table, findings)
}
