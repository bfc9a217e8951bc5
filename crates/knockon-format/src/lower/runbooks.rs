//! Runbooks, and whether their pages are there.

use knockon_core::Runbook;

use super::{Context, open, text};
use crate::codes;
use crate::findings::Finding;
use crate::keys::runbook;
use crate::reader::{Field, MapReader};
use crate::wording::quoted;
use crate::yaml::Entry;

pub(super) fn lower(entries: &[&Entry], context: &mut Context<'_, '_>) -> Vec<Runbook> {
    entries.iter().map(|entry| one(entry, context)).collect()
}

fn one(entry: &Entry, context: &mut Context<'_, '_>) -> Runbook {
    let body = open(entry, &runbook::TABLE, context.findings);
    let steps = body.get(&runbook::STEPS);
    let steps = steps.map_or_else(Vec::new, |field| field.texts(context.findings));
    if steps.is_empty() && !body.has(&runbook::PAGE) && !wrote_steps(&body) {
        let message = format!("runbook {} says nothing to do", quoted(&entry.key));
        context.findings.push(
            Finding::warning(codes::EMPTY_RUNBOOK, entry.key_span, message)
                .label("neither `steps` nor `page`")
                .help("add `steps:` with what to do first, or `page:` with where it is written"),
        );
    }
    Runbook {
        name: entry.key.to_string(),
        title: text(&body, &runbook::TITLE, context.findings),
        page: body.get(&runbook::PAGE).and_then(|field| page(field, context)),
        steps: steps.iter().map(|(step, _)| (*step).to_owned()).collect(),
    }
}

/// Whether steps were written that could not be read; the mistake was reported there.
fn wrote_steps(body: &MapReader<'_>) -> bool {
    let node = body.get(&runbook::STEPS).map(|field| field.node);
    node.is_some_and(|node| node.size > 1 || node.text().is_some())
}

fn page(field: Field<'_>, context: &mut Context<'_, '_>) -> Option<String> {
    let page = field.text(context.findings)?;
    let is_url = page.starts_with("https://") || page.starts_with("http://");
    let path = page.split_once('#').map_or(page, |(path, _section)| path);
    if !is_url && !(context.page_exists)(path) {
        let message = format!("there is no page {}", quoted(path));
        context.findings.push(
            Finding::warning(codes::PAGE_MISSING, field.node.span, message)
                .label("not beside the system file")
                .help("write a path relative to the system file, or a URL with `https://`"),
        );
    }
    Some(page.to_owned())
}
