//! Traces as OpenTelemetry's collector writes them (OTLP in JSON), one document or one a line.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::json::{Broken, each, or_default, text_of};
use super::{Kind, Peer, Span, Traces, id};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans {
    #[serde(default, deserialize_with = "or_default")]
    resource: Resource,
    #[serde(
        default,
        deserialize_with = "or_default",
        alias = "scope_spans",
        // Before version 0.9 of the protocol.
        alias = "instrumentationLibrarySpans",
        alias = "instrumentation_library_spans"
    )]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize, Default)]
struct Resource {
    #[serde(default, deserialize_with = "or_default")]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct ScopeSpans {
    #[serde(default, deserialize_with = "or_default")]
    spans: Vec<OtlpSpan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OtlpSpan {
    #[serde(default, deserialize_with = "or_default", alias = "trace_id")]
    trace_id: String,
    #[serde(default, deserialize_with = "or_default", alias = "span_id")]
    span_id: String,
    #[serde(default, deserialize_with = "or_default", alias = "parent_span_id")]
    parent_span_id: String,
    #[serde(default)]
    kind: Value,
    #[serde(default, deserialize_with = "or_default")]
    attributes: Vec<Attribute>,
    #[serde(default, deserialize_with = "or_default")]
    links: Vec<Link>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    #[serde(default, deserialize_with = "or_default", alias = "trace_id")]
    trace_id: String,
    #[serde(default, deserialize_with = "or_default", alias = "span_id")]
    span_id: String,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(default, deserialize_with = "or_default")]
    key: String,
    #[serde(default)]
    value: Value,
}

/// Reads the spans of a file.
pub(super) fn read(bytes: &[u8], traces: &mut Traces) -> Vec<Broken> {
    let file = traces.files.len().saturating_sub(1);
    each(bytes, &["resourceSpans", "resource_spans"], |resource: ResourceSpans| {
        let attributes = attributes(&resource.resource.attributes);
        let name = attributes.get("service.name").map_or("", String::as_str);
        // What SDKs report for a service that nobody named.
        if name.is_empty() || name.starts_with("unknown_service") {
            return;
        }
        let service = traces.service(name);
        for span in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
            take(span, service, file, traces);
        }
    })
}

fn take(span: &OtlpSpan, service: usize, file: usize, traces: &mut Traces) {
    let (Some(trace), Some(own)) = (id(&span.trace_id), id(&span.span_id)) else { return };
    let links = span.links.iter().filter_map(|it| Some((id(&it.trace_id)?, id(&it.span_id)?)));
    let kind = Kind::parse(&text_of(&span.kind).unwrap_or_default());
    traces.span(Span {
        key: (trace, own),
        parent: id(&span.parent_span_id).map(|parent| (trace, parent)),
        follows: false,
        links: links.collect(),
        service,
        file,
        kind,
        peer: Peer::of(&attributes(&span.attributes)),
    });
}

/// The attributes that are one value each.
fn attributes(list: &[Attribute]) -> BTreeMap<String, String> {
    let value = |attribute: &Attribute| {
        let any = attribute.value.as_object()?;
        any.values().next().and_then(text_of)
    };
    list.iter().filter_map(|it| Some((it.key.clone(), value(it)?))).collect()
}
