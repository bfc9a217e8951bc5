//! Traces as Jaeger's query service answers them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::json::{Broken, each, or_default, text_of};
use super::{Kind, Peer, Span, Traces, id};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    #[serde(default, deserialize_with = "or_default")]
    spans: Vec<JaegerSpan>,
    #[serde(default, deserialize_with = "or_default")]
    processes: BTreeMap<String, Process>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Process {
    #[serde(default, deserialize_with = "or_default")]
    service_name: String,
}

#[derive(Deserialize)]
struct JaegerSpan {
    #[serde(rename = "traceID", default, deserialize_with = "or_default")]
    trace_id: String,
    #[serde(rename = "spanID", default, deserialize_with = "or_default")]
    span_id: String,
    #[serde(rename = "parentSpanID", default, deserialize_with = "or_default")]
    parent_span_id: String,
    #[serde(rename = "processID", default, deserialize_with = "or_default")]
    process_id: String,
    /// Set instead of `processID` where spans are stored one by one.
    #[serde(default)]
    process: Option<Process>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(rename = "refType", default, deserialize_with = "or_default")]
    sort: String,
    #[serde(rename = "traceID", default, deserialize_with = "or_default")]
    trace_id: String,
    #[serde(rename = "spanID", default, deserialize_with = "or_default")]
    span_id: String,
}

#[derive(Deserialize)]
struct Tag {
    #[serde(default, deserialize_with = "or_default")]
    key: String,
    #[serde(default)]
    value: Value,
}

/// Reads the spans of a file: an answer with `data`, or a list of traces.
pub(super) fn read(bytes: &[u8], traces: &mut Traces) -> Vec<Broken> {
    let file = traces.files.len().saturating_sub(1);
    each(bytes, &["data"], |trace: Trace| {
        for span in &trace.spans {
            let process = span.process.as_ref().or_else(|| trace.processes.get(&span.process_id));
            let name = process.map_or("", |process| process.service_name.as_str());
            if !name.is_empty() {
                take(span, name, file, traces);
            }
        }
    })
}

fn take(span: &JaegerSpan, name: &str, file: usize, traces: &mut Traces) {
    let (Some(trace), Some(own)) = (id(&span.trace_id), id(&span.span_id)) else { return };
    let tags: BTreeMap<String, String> =
        span.tags.iter().filter_map(|tag| Some((tag.key.clone(), text_of(&tag.value)?))).collect();
    let mut parent = id(&span.parent_span_id).map(|parent| (trace, parent));
    let mut follows = false;
    let mut links = Vec::new();
    for reference in &span.references {
        let Some(to) = id(&reference.trace_id).zip(id(&reference.span_id)) else { continue };
        // The first reference of a trace to itself is the parent; others are links.
        if parent.is_none_or(|it| it == to) && to.0 == trace {
            parent = Some(to);
            follows = reference.sort == "FOLLOWS_FROM";
        } else {
            links.push(to);
        }
    }
    let service = traces.service(name);
    let kind = tags.get("span.kind").map_or(Kind::Internal, |kind| Kind::parse(kind));
    let key = (trace, own);
    let peer = Peer::of(&tags);
    traces.span(Span { key, parent, follows, links, service, file, kind, peer });
}
