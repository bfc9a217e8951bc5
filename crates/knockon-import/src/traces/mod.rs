//! Traces: who really called whom.
//!
//! A span whose parent belongs to another service is a call. A client's span that no server's span
//! answers names its peer: a database, a broker, or something that sends no traces. Names of spans
//! are not taken for operations: many instrumentations put paths with their numbers into them.

mod edges;
mod jaeger;
mod json;
mod otlp;

use std::collections::{BTreeMap, HashMap};

use knockon_core::{Diagnostic, Place};

use crate::format::Format;
use crate::gathered::Gathered;
use crate::limits::{MAX_SPANS, MAX_TRACE_BYTES};
use crate::{Input, codes};

/// What a span is to the one that it belongs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    #[default]
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}

impl Kind {
    /// The kind by its word or by its number in OTLP.
    fn parse(text: &str) -> Self {
        let text = text.strip_prefix("SPAN_KIND_").unwrap_or(text).to_ascii_lowercase();
        match text.as_str() {
            "2" | "server" => Self::Server,
            "3" | "client" => Self::Client,
            "4" | "producer" => Self::Producer,
            "5" | "consumer" => Self::Consumer,
            _ => Self::Internal,
        }
    }
}

/// Names a span: its trace and its own id.
type Key = (u128, u128);

/// A span, with what makes edges.
#[derive(Debug, Clone)]
struct Span {
    key: Key,
    parent: Option<Key>,
    /// Whether the parent did not wait for it.
    follows: bool,
    links: Vec<Key>,
    service: usize,
    file: usize,
    kind: Kind,
    peer: Option<Box<Peer>>,
}

/// The other end of a span, as its attributes name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Peer {
    service: Option<String>,
    host: Option<String>,
    database: Option<String>,
    database_name: Option<String>,
    /// The first word of the statement or the operation.
    operation: Option<String>,
    messaging: Option<String>,
    destination: Option<String>,
}

impl Peer {
    /// What the attributes of a span say; `None` when they name nobody.
    fn of(attributes: &BTreeMap<String, String>) -> Option<Box<Self>> {
        let first = |keys: &[&str]| {
            let mut values = keys.iter().filter_map(|key| attributes.get(*key));
            values.find(|value| !value.trim().is_empty()).cloned()
        };
        let word = |text: String| text.split_whitespace().next().map(str::to_ascii_lowercase);
        let peer = Self {
            service: first(&["peer.service"]),
            host: first(&["server.address", "net.peer.name", "peer.hostname", "peer.address"])
                .or_else(|| first(&["url.full", "http.url"]).as_deref().and_then(host_of)),
            database: first(&["db.system.name", "db.system", "db.type"]),
            database_name: first(&["db.namespace", "db.name", "db.instance"]),
            operation: first(&[
                "db.operation.name",
                "db.operation",
                "db.query.text",
                "db.statement",
                "messaging.operation.type",
                "messaging.operation",
            ])
            .and_then(word),
            messaging: first(&["messaging.system"]),
            destination: first(&[
                "messaging.destination.name",
                "messaging.destination",
                "message_bus.destination",
            ]),
        };
        (peer != Self::default()).then(|| Box::new(peer))
    }
}

/// The host of a URL, with its port.
fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // An IPv6 address is nobody's name.
    (!host.is_empty() && !host.starts_with('[')).then(|| host.to_owned())
}

/// The spans of all files.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    files: Vec<String>,
    services: Vec<String>,
    by_name: HashMap<String, usize>,
    /// In which file a service was seen first.
    first_files: Vec<usize>,
    spans: Vec<Span>,
    left_out: usize,
}

impl Traces {
    /// Reads a file of traces.
    pub(crate) fn read(&mut self, input: &Input, format: Format, gathered: &mut Gathered) {
        let whole = Place::whole_file(&input.path);
        if input.bytes.len() > MAX_TRACE_BYTES {
            let limit = MAX_TRACE_BYTES / (1024 * 1024);
            let message = format!("the file of traces is larger than {limit} MiB");
            let diagnostic = Diagnostic::error(codes::TOO_MUCH, message).at(whole);
            gathered.diagnostics.push(diagnostic.help("a few minutes of traces show as much"));
            return;
        }
        self.files.push(input.path.clone());
        let before = (self.spans.len(), self.left_out);
        let read = match format {
            Format::JaegerTraces => jaeger::read(&input.bytes, self),
            _ => otlp::read(&input.bytes, self),
        };
        let is_empty = read.is_empty() && before == (self.spans.len(), self.left_out);
        gathered.diagnostics.extend(read.iter().map(|broken| json::refusal(input, broken)));
        if is_empty {
            gathered.warning(codes::BAD_JSON, whole, "the file holds no spans");
        }
    }

    /// The number of a service.
    fn service(&mut self, name: &str) -> usize {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        self.services.push(name.to_owned());
        self.first_files.push(self.files.len().saturating_sub(1));
        self.by_name.insert(name.to_owned(), self.services.len() - 1);
        self.services.len() - 1
    }

    fn span(&mut self, span: Span) {
        if self.spans.len() < MAX_SPANS {
            self.spans.push(span);
        } else {
            self.left_out += 1;
        }
    }

    /// Turns the spans into services and edges.
    pub(crate) fn finish(self, gathered: &mut Gathered) {
        if self.left_out > 0 {
            let message =
                format!("{} spans past the first {MAX_SPANS} are left out", self.left_out);
            gathered.diagnostics.push(Diagnostic::warning(codes::TOO_MUCH, message));
        }
        edges::find(&self, gathered);
    }
}

/// A trace or span id as a number; ids that are not hexadecimal keep apart by their text.
fn id(text: &str) -> Option<u128> {
    let is_none = text.bytes().all(|byte| byte == b'0');
    if is_none {
        return None;
    }
    let is_hex = text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex {
        return u128::from_str_radix(text, 16).ok();
    }
    // FNV-1a, 128 bits.
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in text.bytes() {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    Some(hash)
}
