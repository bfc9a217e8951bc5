//! Remote write: how Prometheus and its kin push samples, a protobuf message in one snappy block
//! (1.0 <https://prometheus.io/docs/specs/prw/remote_write_spec/>,
//! 2.0 <https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/>).
//!
//! [`decode`] reads what is received, [`Batches`] makes what is sent. Stale markers keep their bits.
//! Native histograms become markers ([`special::NATIVE_HISTOGRAM`]), and exemplars are passed over.

use std::fmt;

use knockon_promql::{Labels, NotAppended, Store, special};

use crate::families::Families;

mod encode;
pub(crate) mod file;
mod labels;
mod v1;
mod v2;
mod wire;

pub use encode::{Batches, Body, encode_families};

/// The header `Content-Encoding` of every request.
pub const CONTENT_ENCODING: &str = "snappy";
/// The header that names the version of the protocol.
pub const VERSION_HEADER: &str = "X-Prometheus-Remote-Write-Version";
/// The header by which a receiver of 2.0 says how many samples it took.
pub const SAMPLES_WRITTEN_HEADER: &str = "X-Prometheus-Remote-Write-Samples-Written";
/// The header by which a receiver of 2.0 says how many native histograms it took.
pub const HISTOGRAMS_WRITTEN_HEADER: &str = "X-Prometheus-Remote-Write-Histograms-Written";
/// The header by which a receiver of 2.0 says how many exemplars it took.
pub const EXEMPLARS_WRITTEN_HEADER: &str = "X-Prometheus-Remote-Write-Exemplars-Written";

/// How long a body may be once it is unpacked: many times the 2,000 samples that Prometheus sends.
pub const MESSAGE_BYTES_MAX: usize = 32 << 20;

/// How many mistakes of one request are put into words.
const MISTAKES_MAX: usize = 20;

/// Which message a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `prometheus.WriteRequest` of 1.0.
    V1,
    /// `io.prometheus.write.v2.Request` of 2.0.
    V2,
}

impl Protocol {
    /// The header `Content-Type` of its requests.
    pub fn content_type(self) -> &'static str {
        match self {
            // Receivers of 1.0 know no parameter.
            Self::V1 => "application/x-protobuf",
            Self::V2 => "application/x-protobuf;proto=io.prometheus.write.v2.Request",
        }
    }

    /// What its requests have in [`VERSION_HEADER`].
    pub fn version(self) -> &'static str {
        match self {
            Self::V1 => "0.1.0",
            Self::V2 => "2.0.0",
        }
    }

    /// The message that a header `Content-Type` means; nothing if it is none of remote write, and a
    /// receiver answers 415.
    pub fn of_content_type(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case("application/x-protobuf") {
            return None;
        }
        let parameters = parts.filter_map(|part| part.split_once('='));
        let mut named = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("proto"));
        match named.next().map(|(_, message)| message.trim().trim_matches('"')) {
            None | Some("prometheus.WriteRequest") => Some(Self::V1),
            Some("io.prometheus.write.v2.Request") => Some(Self::V2),
            Some(_) => None,
        }
    }

    /// The message that bytes are by their first field: 2.0 keeps away from the numbers of 1.0.
    fn of_message(message: &[u8]) -> Self {
        match message.first() {
            Some(0x22 | 0x2a) => Self::V2,
            _ => Self::V1,
        }
    }
}

/// Why a body cannot be read at all; a receiver answers 400.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadBody {
    /// It is longer than [`MESSAGE_BYTES_MAX`] when it is unpacked.
    TooLong {
        /// How long it is, or says that it is.
        bytes: usize,
    },
    /// It is not a snappy block.
    Snappy(String),
    /// What was unpacked is not the message; with the field and the byte.
    Protobuf(String),
}

impl fmt::Display for BadBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => {
                let limit = MESSAGE_BYTES_MAX >> 20;
                write!(f, "the request has {bytes} bytes, more than {limit} MiB")
            }
            Self::Snappy(problem) => write!(f, "not a snappy block: {problem}"),
            Self::Protobuf(problem) => write!(f, "not the protobuf message: {problem}"),
        }
    }
}

impl std::error::Error for BadBody {}

/// What a request holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// The series that can be stored, in the order of the request.
    pub series: Vec<RequestSeries>,
    /// What it says of metric families.
    pub families: Families,
    /// How many exemplars were passed over.
    pub exemplars: usize,
    /// How many series are left out because their labels cannot be; a receiver stores the others and
    /// answers 400.
    pub refused: usize,
    /// What is wrong with them, the first twenty.
    pub mistakes: Vec<String>,
}

/// A series of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestSeries {
    /// Whose samples they are.
    pub labels: Labels,
    /// Times in milliseconds since 1970, and values. A native histogram is a marker.
    pub samples: Vec<(i64, f64)>,
}

/// What became of a request in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// How many samples were taken.
    pub samples: usize,
    /// How many native histograms were taken, as markers.
    pub histograms: usize,
    /// Which samples were not taken: their series, their time, and why.
    pub refused: Vec<(Labels, i64, NotAppended)>,
}

impl Request {
    /// Adds the samples to a store, each at the end of its series, as a receiver does.
    pub fn store(&self, store: &mut Store) -> Stored {
        let mut stored = Stored::default();
        for series in self.series.iter().filter(|series| !series.samples.is_empty()) {
            let id = store.open(&series.labels);
            for (time_ms, value) in &series.samples {
                match store.append(id, *time_ms, *value) {
                    Ok(()) if special::is_native_histogram(*value) => stored.histograms += 1,
                    Ok(()) => stored.samples += 1,
                    Err(why) => stored.refused.push((series.labels.clone(), *time_ms, why)),
                }
            }
        }
        stored
    }

    fn take(&mut self, at: usize, series: Result<RequestSeries, String>) {
        match series {
            Ok(series) => self.series.push(series),
            Err(problem) => {
                self.refused += 1;
                if self.mistakes.len() < MISTAKES_MAX {
                    self.mistakes.push(format!("the series at byte {at}: {problem}"));
                }
            }
        }
    }
}

/// Reads the body of a request. An error means that nothing of it is known; series that cannot be
/// are in [`Request::mistakes`], and the others are read.
pub fn decode(body: &[u8], protocol: Protocol) -> Result<Request, BadBody> {
    decode_message(&unpack(body)?, protocol)
}

fn decode_message(message: &[u8], protocol: Protocol) -> Result<Request, BadBody> {
    let decoded = match protocol {
        Protocol::V1 => v1::decode(message),
        Protocol::V2 => v2::decode(message),
    };
    decoded.map_err(|error| BadBody::Protobuf(error.to_string()))
}

fn unpack(body: &[u8]) -> Result<Vec<u8>, BadBody> {
    let snappy = |error: snap::Error| BadBody::Snappy(error.to_string());
    let bytes = snap::raw::decompress_len(body).map_err(snappy)?;
    if bytes > MESSAGE_BYTES_MAX {
        return Err(BadBody::TooLong { bytes });
    }
    snap::raw::Decoder::new().decompress_vec(body).map_err(snappy)
}

/// Whether an input that begins like this may be a body: a snappy block whose message begins with a
/// field that the messages have, and no text.
pub(crate) fn may_be_body(start: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control() && !b"\t\n\r".contains(byte);
    if std::str::from_utf8(start).is_ok() && !start.iter().any(is_control) {
        return false;
    }
    // The length of the message, in groups of seven bits.
    let length = start.iter().take_while(|byte| **byte >= 0x80).count() + 1;
    // A block begins with a literal: its tag, and for a long one one to four bytes of its length.
    let more = match start.get(length) {
        Some(tag) if tag & 3 != 0 => return false,
        Some(tag) => usize::from((tag >> 2).saturating_sub(59)),
        None => return false,
    };
    length <= 5 && matches!(start.get(length + 1 + more), Some(0x0a | 0x1a | 0x22 | 0x2a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_says_which_message_it_is() {
        let check = |text: &str, expected: Option<Protocol>| {
            assert_eq!(Protocol::of_content_type(text), expected, "{text}");
        };
        for protocol in [Protocol::V1, Protocol::V2] {
            check(protocol.content_type(), Some(protocol));
        }
        check("application/x-protobuf; proto=prometheus.WriteRequest", Some(Protocol::V1));
        check(
            "Application/X-Protobuf ; Proto=\"io.prometheus.write.v2.Request\"",
            Some(Protocol::V2),
        );
        check("application/x-protobuf;proto=other", None);
        check("application/json", None);
        check("", None);
    }

    #[test]
    fn a_body_is_told_from_text_and_other_bytes() {
        let body = |message: &[u8]| snap::raw::Encoder::new().compress_vec(message).unwrap();
        assert!(may_be_body(&body(b"\x0a\x06\x0a\x04\x0a\x00\x12\x00")));
        assert!(may_be_body(&body(&[b"\x22\x00".to_vec(), vec![0; 70_000]].concat())));
        assert!(!may_be_body(&body(b"\x0b\x00")));
        assert!(!may_be_body(b"up\n"));
        assert!(!may_be_body(b"\x1f\x8b\x08\x00"));
        assert!(!may_be_body(b"\xff\xff\xff\xff\xff\xff\x00\x0a"));
        assert!(!may_be_body(b"\x00"));
        assert!(!may_be_body(b""));
    }
}
