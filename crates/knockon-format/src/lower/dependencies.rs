//! Dependencies: `calls: [orders, promo: optional]` and its five relatives.

use std::collections::HashMap;

use knockon_core::{Criticality, Dependency, DependencyKind, Provenance, ServiceId};

use super::Context;
use super::services::unknown_word;
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::keys::{Form, service};
use crate::reader::{Field, MapReader};
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::{Content, Node};

pub(super) fn lower<'a>(
    bodies: &[MapReader<'a>],
    context: &mut Context<'a, '_>,
) -> Vec<Dependency> {
    let mut dependencies = Vec::new();
    for (from, body) in bodies.iter().enumerate() {
        for key in service::TABLE.keys {
            if let (Form::Dependencies(kind), Some(field)) = (key.form, body.get(key)) {
                of_one_key(from, kind, field, context, &mut dependencies);
            }
        }
    }
    dependencies
}

fn of_one_key(
    from: usize,
    kind: DependencyKind,
    field: Field<'_>,
    context: &mut Context<'_, '_>,
    dependencies: &mut Vec<Dependency>,
) {
    let mut seen: HashMap<usize, Span> = HashMap::new();
    for node in field.list(context.findings).unwrap_or_default() {
        let Some(item) = item(node, field, context.findings) else {
            continue;
        };
        let Some(to) = context.services.refer(item.name, item.span, context.findings) else {
            continue;
        };
        if to == from {
            let message = format!("{} depends on itself", quoted(item.name));
            context.findings.push(
                Finding::error(codes::SELF_DEPENDENCY, item.span, message)
                    .label("the service itself")
                    .related(context.services.span(from), "declared here")
                    .help("remove it, or name the service that is meant"),
            );
            continue;
        }
        if let Some(&first) = seen.get(&to) {
            let message =
                format!("{} is already among {}", quoted(item.name), quoted(field.key.name));
            context.findings.push(
                Finding::warning(codes::REPEATED, item.span, message)
                    .label("left out")
                    .related(first, "first written here; this one counts")
                    .help("remove one of the two"),
            );
            continue;
        }
        seen.insert(to, item.span);
        dependencies.push(Dependency {
            from: ServiceId::from_index(from),
            to: ServiceId::from_index(to),
            kind,
            criticality: item.criticality,
            provenance: Provenance::Declared,
        });
    }
}

/// One item of the list: a name, or a name with its criticality.
struct Item<'a> {
    name: &'a str,
    span: Span,
    criticality: Criticality,
}

fn item<'a>(node: &'a Node, field: Field<'_>, findings: &mut Findings) -> Option<Item<'a>> {
    match &node.content {
        Content::Text { text, .. } if !text.trim().is_empty() => {
            Some(Item { name: text.trim(), span: node.span, criticality: Criticality::Critical })
        }
        Content::Mapping(entries) => match entries.as_slice() {
            [entry] => {
                let criticality = criticality(&entry.value, entry.key_span, &entry.key, findings);
                Some(Item {
                    name: &entry.key,
                    span: entry.key_span,
                    criticality: criticality.unwrap_or(Criticality::Critical),
                })
            }
            [_, second, ..] => {
                let message = format!("one item of {} names two services", quoted(field.key.name));
                findings.push(
                    Finding::error(codes::WRONG_TYPE, second.key_span, message)
                        .label("a second service")
                        .help("write each service as an item of its own"),
                );
                None
            }
            [] => {
                findings.push(field.wrong_item(node, EXPECTED));
                None
            }
        },
        Content::Broken => None,
        _ => {
            findings.push(field.wrong_item(node, EXPECTED));
            None
        }
    }
}

const EXPECTED: &str = "a service name or `name: criticality`";

fn criticality(
    node: &Node,
    key_span: Span,
    name: &str,
    findings: &mut Findings,
) -> Option<Criticality> {
    let words = || Criticality::ALL.iter().map(|word| word.as_str());
    match &node.content {
        Content::Broken => None,
        Content::Text { text, .. } => {
            let criticality = Criticality::parse(text.trim());
            if criticality.is_none() {
                let message = format!("{} is not a criticality", quoted(text));
                findings.push(unknown_word(message, text, node.span, words));
            }
            criticality
        }
        _ => {
            let message = format!(
                "{} takes one of `critical`, `degrades` or `optional`, found {}",
                quoted(name),
                node.found()
            );
            findings.push(
                Finding::error(codes::WRONG_TYPE, key_span, message)
                    .label("expected a criticality")
                    .help("write the name alone if it is critical"),
            );
            None
        }
    }
}
