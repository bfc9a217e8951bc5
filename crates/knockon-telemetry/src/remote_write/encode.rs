//! Requests of remote write 1.0 out of a store.

use std::collections::VecDeque;

use knockon_promql::{Labels, SeriesId, Store, special};

use super::wire::{put_bytes, put_double, put_int};
use crate::families::{Families, FamilyType};

/// How long a message may become before it is sent, however few samples it has.
const MESSAGE_BYTES_FULL: usize = 8 << 20;

/// The body of a request, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The snappy block.
    pub bytes: Vec<u8>,
    /// How many samples it has.
    pub samples: usize,
}

/// The samples of a store as the bodies of requests of remote write 1.0: series in the order of their
/// labels, the samples of each in the order of time, a long series in several requests.
///
/// Stale markers go along. Markers of native histograms do not: what they stand for is not known.
#[derive(Debug)]
pub struct Batches<'s> {
    store: &'s Store,
    series: VecDeque<SeriesId>,
    /// How many samples of the first of them have been sent.
    sent: usize,
    samples_max: usize,
    after_ms: i64,
    until_ms: i64,
}

impl<'s> Batches<'s> {
    /// All samples, at most so many in a request (at least one).
    pub fn new(store: &'s Store, samples_max: usize) -> Self {
        let series = store.select(&[]).into();
        let samples_max = samples_max.max(1);
        Self { store, series, sent: 0, samples_max, after_ms: i64::MIN, until_ms: i64::MAX }
    }

    /// Only samples after one time and until another, that one included.
    #[must_use]
    pub fn between(self, after_ms: i64, until_ms: i64) -> Self {
        Self { after_ms, until_ms, ..self }
    }

    /// Writes samples of the first series; how many, and whether there are no more.
    fn put_series(&mut self, id: SeriesId, room: usize, message: &mut Vec<u8>) -> (usize, bool) {
        let series = self.store.get(id);
        let (times, values) = series.between(self.after_ms, self.until_ms);
        let mut samples = times.iter().zip(values).skip(self.sent);
        let mut written = Vec::new();
        let mut count = 0;
        while count < room {
            let Some((time_ms, value)) = samples.next() else { break };
            self.sent += 1;
            if special::is_native_histogram(*value) {
                continue;
            }
            let mut sample = Vec::with_capacity(20);
            put_double(&mut sample, 1, *value);
            put_int(&mut sample, 2, *time_ms);
            put_bytes(&mut written, 2, &sample);
            count += 1;
        }
        if count > 0 {
            let mut whole = labels(series.labels());
            whole.append(&mut written);
            put_bytes(message, 1, &whole);
        }
        (count, samples.next().is_none())
    }
}

impl Iterator for Batches<'_> {
    type Item = Body;

    fn next(&mut self) -> Option<Body> {
        let mut message = Vec::new();
        let mut samples = 0;
        while let Some(id) = self.series.front().copied() {
            let room = self.samples_max - samples;
            if room == 0 || message.len() >= MESSAGE_BYTES_FULL {
                break;
            }
            let (count, is_done) = self.put_series(id, room, &mut message);
            samples += count;
            if is_done {
                self.series.pop_front();
                self.sent = 0;
            }
        }
        (samples > 0).then(|| Body { bytes: pack(&message), samples })
    }
}

fn labels(labels: &Labels) -> Vec<u8> {
    let mut written = Vec::new();
    for (name, value) in labels.iter() {
        let mut label = Vec::with_capacity(name.len() + value.len() + 4);
        put_bytes(&mut label, 1, name.as_bytes());
        put_bytes(&mut label, 2, value.as_bytes());
        put_bytes(&mut written, 1, &label);
    }
    written
}

/// Type, help and unit of metrics as the body of a request, which Prometheus sends apart from the
/// samples; nothing when nothing is known.
pub fn encode_families(families: &Families) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    for (name, family) in families.iter() {
        let number = FamilyType::ALL.iter().position(|it| *it == family.family_type);
        let mut written = Vec::new();
        put_int(&mut written, 1, number.and_then(|it| i64::try_from(it).ok()).unwrap_or(0));
        put_bytes(&mut written, 2, name.as_bytes());
        put_bytes(&mut written, 4, family.help.as_bytes());
        put_bytes(&mut written, 5, family.unit.as_bytes());
        put_bytes(&mut message, 3, &written);
    }
    (!message.is_empty()).then(|| pack(&message))
}

fn pack(message: &[u8]) -> Vec<u8> {
    // An error would mean more than 4 GiB, which no message here comes near.
    snap::raw::Encoder::new().compress_vec(message).unwrap_or_default()
}
