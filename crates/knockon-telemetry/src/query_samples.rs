//! The samples of a query result, one after the other.
//!
//! They are most of an answer, so they go straight into their series: no tree, and no text of a value
//! outlives the look at it.

use std::fmt;
use std::io::BufRead;

use knockon_core::Diagnostic;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};

use crate::codes;
use crate::file_log::FileLog;
use crate::intake::Incoming;
use crate::json_trail::Trail;
use crate::time_format;
use crate::value::Cell;

/// What a sample looks like, in the words of a message.
const SAMPLE: &str = "a sample, `[time, \"value\"]`";

/// Where samples go.
pub(crate) struct SampleSink<'s, R> {
    pub(crate) trail: &'s Trail<R>,
    pub(crate) log: &'s mut FileLog,
    pub(crate) samples: &'s mut Incoming,
    pub(crate) what: Sampled,
}

/// What samples are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sampled {
    Numbers,
    /// Native histograms, which are objects.
    Histograms,
}

impl Sampled {
    /// What lies under a key of a series.
    pub(crate) fn under(key: &str) -> Self {
        if key.starts_with("histogram") { Self::Histograms } else { Self::Numbers }
    }
}

/// The samples of a series.
pub(crate) struct SamplesSeed<'s, R>(pub(crate) SampleSink<'s, R>);

impl<'de, R: BufRead> DeserializeSeed<'de> for SamplesSeed<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: BufRead> Visitor<'de> for SamplesSeed<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        loop {
            let sink = SampleSink {
                trail: self.0.trail,
                log: &mut *self.0.log,
                samples: &mut *self.0.samples,
                what: self.0.what,
            };
            if seq.next_element_seed(SampleSeed(sink))?.is_none() {
                return Ok(());
            }
        }
    }
}

/// One sample, `[time, "value"]`.
pub(crate) struct SampleSeed<'s, R>(pub(crate) SampleSink<'s, R>);

impl<'de, R: BufRead> DeserializeSeed<'de> for SampleSeed<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: BufRead> Visitor<'de> for SampleSeed<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SAMPLE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let SampleSink { trail, log, samples, what } = self.0;
        let seed = NumberSeed(time_format::parse_time, time_format::from_number);
        let Some((time, time_length)) = seq.next_element_seed(seed)? else {
            return Err(Error::invalid_length(0, &SAMPLE));
        };
        if time.is_none() {
            log.error(|file| {
                Diagnostic::error(codes::BAD_TIME, "a sample does not begin with a time")
                    .at(trail.place(file, time_length))
                    .help("write Unix seconds, as Prometheus does")
            });
        }
        let value = match what {
            Sampled::Numbers => {
                seq.next_element_seed(NumberSeed(Cell::parse, Cell::from_number))?
            }
            Sampled::Histograms => {
                seq.next_element::<IgnoredAny>()?.map(|_| (Cell::NativeHistogram, 1))
            }
        };
        let Some((cell, length)) = value else {
            return Err(Error::invalid_length(1, &SAMPLE));
        };
        if let Some(time) = time {
            let place = |file: &str| trail.place(file, length);
            match what {
                Sampled::Numbers => samples.take(time.unix_ms, cell, log, place),
                // They lie in a list of their own, beside that of the numbers.
                Sampled::Histograms => samples.take_unordered(time.unix_ms, cell, log, place),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// A number, written as one or as a string; with how many characters its literal takes.
struct NumberSeed<T>(fn(&str) -> T, fn(f64) -> T);

impl<'de, T> DeserializeSeed<'de> for NumberSeed<T> {
    type Value = (T, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T> Visitor<'_> for NumberSeed<T> {
    type Value = (T, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a string with a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((self.0(text), text.chars().count() + 2))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok((self.1(number), 1))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok((self.1(number as f64), 1))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok((self.1(number as f64), 1))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok((self.0("null"), 4))
    }
}
