//! Traces: spans become the series that exporters keep of requests and calls.
//!
//! A span that answers counts as a request of its service, one that asks as a call to whom it names; so
//! traces say of a system what its metrics say, and are read by the same rules. What a span says of its
//! error is a line of a log.
//!
//! `knockon-import` reads the same files for who calls whom. It needs parents, links and names, and
//! keeps every span; here times and outcomes count, and no span is kept. Hardly more than the outer
//! shape is common.

mod jaeger;
mod otlp;
mod read;
mod stock;

use std::collections::BTreeMap;

use knockon_core::{System, Timestamp};

use crate::logs::LogStock;
use crate::series::Labels;

pub(crate) use read::read;
pub(crate) use stock::TraceStock;

/// Where spans go.
pub(crate) struct Taken<'a> {
    pub(crate) system: &'a System,
    pub(crate) stock: &'a mut TraceStock,
    pub(crate) logs: &'a mut LogStock,
}

/// What part a span has in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// It answers.
    Server,
    /// It asks and waits.
    Client,
}

impl Part {
    /// `SPAN_KIND_SERVER`, its number, or Jaeger's `server`; everything else has no part.
    fn parse(word: &str) -> Option<Self> {
        match word {
            "2" | "SPAN_KIND_SERVER" | "server" => Some(Self::Server),
            "3" | "SPAN_KIND_CLIENT" | "client" => Some(Self::Client),
            _ => None,
        }
    }
}

/// One span.
#[derive(Debug, Clone)]
struct Span {
    part: Option<Part>,
    /// What names its service.
    labels: Labels,
    /// When it ended.
    end: Timestamp,
    seconds: f64,
    /// Whether it says that it failed.
    is_error: bool,
    attributes: BTreeMap<String, String>,
    /// What it says of its errors.
    errors: Vec<String>,
}

impl Span {
    fn attribute(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.attributes.get(*name)).map(String::as_str)
    }

    /// How it failed, if it did. Of a call that was answered the answer decides: what a caller was
    /// wrong to ask is no failure of the callee.
    fn failure(&self) -> Option<&'static str> {
        let status = self.attribute(&["http.response.status_code", "http.status_code"]);
        if let Some(status) = status.and_then(|status| status.parse::<u16>().ok()) {
            return (status >= 500 || status == 429).then_some("error");
        }
        if !self.is_error {
            return None;
        }
        let said = self.attribute(&["error.type", "exception.type"]).into_iter();
        let mut said = said.chain(self.errors.iter().map(String::as_str));
        Some(said.find_map(unanswered).unwrap_or("error"))
    }
}

/// How a call ended without an answer, as the errors of runtimes tell it; under the names of the
/// OpenTelemetry conventions where they have one.
fn unanswered(text: &str) -> Option<&'static str> {
    const TEXTS: [(&str, &[&str]); 4] = [
        ("connection_refused", &["refused", "ConnectException"]),
        ("connection_reset", &["reset by peer", "connection_reset", "ECONNRESET"]),
        (
            "host_not_found",
            &[
                "no such host",
                "host_not_found",
                "ENOTFOUND",
                "UnknownHost",
                "Name or service not known",
            ],
        ),
        (
            "timeout",
            &[
                "timeout",
                "timed out",
                "Timeout",
                "ETIMEDOUT",
                "deadline exceeded",
                "DEADLINE_EXCEEDED",
            ],
        ),
    ];
    let says = |(_, texts): &&(&'static str, &[&str])| texts.iter().any(|it| text.contains(it));
    let upper = text.contains("ECONNREFUSED").then_some("connection_refused");
    upper.or_else(|| TEXTS.iter().find(says).map(|(name, _)| *name))
}
