//! Services and the other names they go by.

use knockon_core::{RunbookId, Service, ServiceKind, TeamId, Tier};

use super::{Context, text};
use crate::closest::closest;
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::keys::service;
use crate::reader::{Field, MapReader, name_problem};
use crate::source::Span;
use crate::wording::{quoted, series};
use crate::yaml::Entry;

/// Opens the body of each service.
pub(super) fn open<'a>(entries: &[&'a Entry], context: &mut Context<'a, '_>) -> Vec<MapReader<'a>> {
    let findings = &mut *context.findings;
    entries.iter().map(|entry| super::open(entry, &service::TABLE, findings)).collect()
}

pub(super) fn lower<'a>(bodies: &[MapReader<'a>], context: &mut Context<'a, '_>) -> Vec<Service> {
    bodies.iter().enumerate().map(|(at, body)| one(at, body, context)).collect()
}

fn one<'a>(at: usize, body: &MapReader<'a>, context: &mut Context<'a, '_>) -> Service {
    let kind = body.get(&service::KIND).and_then(|field| kind(field, context.findings));
    let team = body.get(&service::TEAM).and_then(|field| {
        let name = field.text(context.findings)?;
        context.teams.refer(name, field.node.span, context.findings)
    });
    let runbook = body.get(&service::RUNBOOK).and_then(|field| {
        let name = field.text(context.findings)?;
        context.runbooks.refer(name, field.node.span, context.findings)
    });
    let tier = body.get(&service::TIER).and_then(|field| field.number(context.findings));
    Service {
        team: team.map(TeamId::from_index),
        tier: tier.and_then(Tier::new),
        summary: text(body, &service::SUMMARY, context.findings),
        aliases: aliases(at, body, context),
        runbook: runbook.map(RunbookId::from_index),
        ..Service::new(context.services.name(at), kind.unwrap_or(ServiceKind::Service))
    }
}

fn kind(field: Field<'_>, findings: &mut Findings) -> Option<ServiceKind> {
    let word = field.text(findings)?;
    let kind = ServiceKind::parse(word);
    if kind.is_none() {
        let words = || ServiceKind::ALL.iter().map(|kind| kind.as_str());
        let message = format!("{} is not a kind of service", quoted(word));
        findings.push(unknown_word(message, word, field.node.span, words));
    }
    kind
}

/// What is said of a word that is none of the few that fit.
pub(super) fn unknown_word<I: Iterator<Item = &'static str>>(
    message: String,
    word: &str,
    span: Span,
    words: impl Fn() -> I,
) -> Finding {
    let all = series(words(), "or");
    let finding = Finding::error(codes::UNKNOWN_WORD, span, message).label("unknown word");
    match closest(word, words()) {
        Some(near) => finding.help(format!("did you mean `{near}`? The words are {all}")),
        None => finding.help(format!("write {all}")),
    }
}

fn aliases<'a>(at: usize, body: &MapReader<'a>, context: &mut Context<'a, '_>) -> Vec<String> {
    let mut aliases = Vec::new();
    let Some(field) = body.get(&service::ALIASES) else {
        return aliases;
    };
    for (alias, span) in field.texts(context.findings) {
        let shown = quoted(alias);
        let finding = match (name_problem(alias), context.services.owner_of(alias)) {
            (Some(problem), _) => {
                let message = format!("{shown} cannot be a name");
                Finding::error(codes::EMPTY_OR_UNNAMED, span, message).label(problem)
            }
            (None, None) => {
                context.services.alias(alias, at, span);
                aliases.push(alias.to_owned());
                continue;
            }
            (None, Some((of, first))) if of == at => {
                let message = format!("the service already goes by {shown}");
                Finding::warning(codes::REPEATED, span, message)
                    .label("again here")
                    .related(first, "first written here")
                    .help("remove it")
            }
            (None, Some((of, first))) => {
                let own = quoted(context.services.name(of));
                let message = format!("{shown} already names {own}");
                Finding::error(codes::NAME_TAKEN, span, message)
                    .label("taken")
                    .related(first, "first written here")
                    .help("a name or alias leads to one service: remove it from one of the two")
            }
        };
        context.findings.push(finding);
    }
    aliases
}
