//! Journeys and the paths they take.

use knockon_core::{Journey, Money, Rate, ServiceId, Stage};

use super::{Context, open, text};
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::keys::journey;
use crate::quantities::{Bad, money, rate};
use crate::reader::{Field, MapReader};
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::{Content, Entry};

/// The services of one journey with the places where they are named.
pub(super) type Path = Vec<(usize, Span)>;

pub(super) fn lower(
    entries: &[&Entry],
    context: &mut Context<'_, '_>,
) -> (Vec<Journey>, Vec<Path>) {
    entries.iter().filter_map(|entry| one(entry, context)).unzip()
}

/// One journey; `None` when it has no step that is known, which has then been reported.
fn one(entry: &Entry, context: &mut Context<'_, '_>) -> Option<(Journey, Path)> {
    let body = open(entry, &journey::TABLE, context.findings);
    let summary = text(&body, &journey::SUMMARY, context.findings);
    let stages = body.get(&journey::STAGES);
    let stages = stages.map_or_else(Vec::new, |field| field.texts(context.findings));
    let demand = demand(&body, context.findings);
    let value = value(&body, context.findings);
    let path = body.get(&journey::THROUGH).map(|field| path(field, context));
    let path = path.unwrap_or_default();
    let enters =
        body.get(&journey::ENTERS).and_then(|field| entry_service(field, entry, &path, context));
    let through: Vec<_> = path.iter().map(|(at, _)| service(*at)).collect();
    let enters = enters.map(service).or_else(|| through.first().copied())?;
    let stage = |(name, _): &(&str, Span)| Stage { name: (*name).into(), operation: None };
    let journey = Journey {
        summary,
        stages: stages.iter().map(stage).collect(),
        through,
        demand,
        value,
        ..Journey::new(&*entry.key, enters)
    };
    Some((journey, path))
}

fn service(index: usize) -> ServiceId {
    ServiceId::from_index(index)
}

fn path(field: Field<'_>, context: &mut Context<'_, '_>) -> Path {
    let Some(items) = field.list(context.findings) else {
        return Path::new();
    };
    if items.is_empty() {
        let message = format!("{} is empty", quoted(field.key.name));
        context.findings.push(
            Finding::error(codes::EMPTY_OR_UNNAMED, field.span, message)
                .label("expected at least one service")
                .help("name the services that the journey crosses, in order"),
        );
    }
    let mut steps = Path::new();
    for item in items {
        let name = match &item.content {
            Content::Text { text, .. } if !text.trim().is_empty() => text.trim(),
            Content::Broken => continue,
            _ => {
                let finding = field.wrong_item(item, "a service name");
                context.findings.push(finding);
                continue;
            }
        };
        let Some(at) = context.services.refer(name, item.span, context.findings) else {
            continue;
        };
        match steps.last() {
            Some(&(before, first)) if before == at => {
                let message = format!("{} follows itself", quoted(name));
                context.findings.push(
                    Finding::warning(codes::REPEATED, item.span, message)
                        .label("left out")
                        .related(first, "first written here")
                        .help("remove one of the two"),
                );
            }
            _ => steps.push((at, item.span)),
        }
    }
    steps
}

/// The service that users touch first, when it is said.
fn entry_service(
    field: Field<'_>,
    entry: &Entry,
    path: &Path,
    context: &mut Context<'_, '_>,
) -> Option<usize> {
    let name = field.text(context.findings)?;
    let span = field.node.span;
    let at = context.services.refer(name, span, context.findings)?;
    let is_on_path = path.iter().any(|(step, _)| *step == at);
    if !is_on_path && !path.is_empty() {
        let message = format!(
            "journey {} enters at {}, which is not among `through`",
            quoted(&entry.key),
            quoted(name)
        );
        context.findings.push(
            Finding::error(codes::ENTRY_OFF_PATH, span, message)
                .label("not on the path")
                .help(format!("add {} to `through`", quoted(name))),
        );
    }
    Some(at)
}

fn demand(body: &MapReader<'_>, findings: &mut Findings) -> Option<Rate> {
    let field = body.get(&journey::DEMAND)?;
    let read = rate(field.text(findings)?);
    read.map_err(|bad| findings.push(bad_quantity(codes::BAD_RATE, field, bad, "a rate"))).ok()
}

fn value(body: &MapReader<'_>, findings: &mut Findings) -> Option<Money> {
    let field = body.get(&journey::VALUE)?;
    let read = money(field.text(findings)?);
    read.map_err(|bad| findings.push(bad_quantity(codes::BAD_MONEY, field, bad, "money"))).ok()
}

fn bad_quantity(code: knockon_core::Code, field: Field<'_>, bad: Bad, what: &str) -> Finding {
    Finding::error(code, field.node.span, bad.message)
        .label(format!("expected {what}"))
        .help(bad.help)
}
