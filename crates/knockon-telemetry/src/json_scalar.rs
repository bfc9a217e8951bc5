//! Lenient pieces of JSON: a value of any shape is taken and judged by whoever asked for it, so that
//! one wrong value is one mistake and not the end of the file.

use std::fmt;
use std::io::BufRead;

use knockon_core::{Diagnostic, Place, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::codes;
use crate::csv_metrics::bad_time;
use crate::file_log::{FileLog, Survived};
use crate::json_trail::Trail;
use crate::series::Labels;
use crate::time_format;

/// What a JSON value is, without what is inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// A string, or a number or boolean in its own spelling.
    Text(String),
    Null,
    /// A list or an object.
    Nested,
}

impl Scalar {
    /// Its text, if it is one.
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Nested => None,
        }
    }
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) scalar: Scalar,
    pub(crate) place: Place,
}

/// Reads a value of any shape, with its place.
pub(crate) struct PlacedSeed<'t, R> {
    pub(crate) trail: &'t Trail<R>,
    pub(crate) file: &'t str,
}

impl<'de, R: BufRead> DeserializeSeed<'de> for PlacedSeed<'_, R> {
    type Value = Placed;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Placed, D::Error> {
        let (scalar, length) = ScalarSeed.deserialize(deserializer)?;
        let place = self.trail.place(self.file, length);
        Ok(Placed { scalar, place })
    }
}

/// Reads a value of any shape; gives it and how many characters its literal takes.
pub(crate) struct ScalarSeed;

impl<'de> DeserializeSeed<'de> for ScalarSeed {
    type Value = (Scalar, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn literal(text: impl fmt::Display) -> (Scalar, usize) {
    let text = text.to_string();
    // A number is known to end only by the character after it, which has been read too.
    let length = text.chars().count() + 1;
    (Scalar::Text(text), length)
}

impl<'de> Visitor<'de> for ScalarSeed {
    type Value = (Scalar, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((Scalar::Text(text.to_owned()), text.chars().count() + 2))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(literal(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(literal(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(literal(number))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        let text = value.to_string();
        let length = text.len();
        Ok((Scalar::Text(text), length))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok((Scalar::Null, 4))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok((Scalar::Nested, 1))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok((Scalar::Nested, 1))
    }
}

/// The time that a value writes; what is not a time is a mistake.
pub(crate) fn read_time(value: &Placed, log: &mut FileLog) -> Option<Timestamp> {
    let text = value.scalar.clone().text().unwrap_or_default();
    let Some(parsed) = time_format::parse(&text) else {
        log.error(|_| bad_time(&text).at(value.place.clone()));
        return None;
    };
    if parsed.naive {
        log.survived(Survived::NaiveTime, |_| value.place.clone());
    }
    Some(parsed.time)
}

/// Reads an object of texts; values of other shapes are passed over, and `null` is an empty object.
pub(crate) struct LabelsSeed;

impl<'de> DeserializeSeed<'de> for LabelsSeed {
    type Value = Labels;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Labels, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for LabelsSeed {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of labels")
    }

    fn visit_unit<E: Error>(self) -> Result<Labels, E> {
        Ok(Labels::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let mut labels = Labels::new();
        while let Some(key) = map.next_key::<String>()? {
            let (value, _) = map.next_value_seed(ScalarSeed)?;
            if let Some(value) = value.text() {
                labels.insert(key, value);
            }
        }
        Ok(labels)
    }
}

/// Reads a whole JSON document through a seed. Where it ends too early or has another shape than
/// expected, that is one mistake, and what was read before it stands.
pub(crate) fn read_document<'de, R, S>(
    trail: &'de Trail<R>,
    file: &str,
    seed: S,
) -> Result<(), Box<Diagnostic>>
where
    R: BufRead,
    S: DeserializeSeed<'de>,
{
    let mut deserializer = serde_json::Deserializer::from_reader(trail);
    let read = seed.deserialize(&mut deserializer).map(drop);
    let ended = read.and_then(|()| deserializer.end());
    ended.map_err(|error| Box::new(refusal(&error, trail, file)))
}

/// Reads JSON documents one after the other, as lines of JSON are. `read` says whether another may
/// follow; else only white space may.
pub(crate) fn read_documents<R: BufRead>(
    trail: &Trail<R>,
    file: &str,
    mut read: impl FnMut(&mut StreamingDeserializer<'_, R>) -> Result<bool, serde_json::Error>,
) -> Result<(), Box<Diagnostic>> {
    let mut deserializer = serde_json::Deserializer::from_reader(trail);
    let refused = |error| Box::new(refusal(&error, trail, file));
    loop {
        let may_follow = read(&mut deserializer).map_err(refused)?;
        match deserializer.end() {
            Ok(()) => return Ok(()),
            Err(error) if !may_follow || !error.is_syntax() => return Err(refused(error)),
            Err(_) => {}
        }
    }
}

/// What reads JSON from a trail.
pub(crate) type StreamingDeserializer<'t, R> =
    serde_json::Deserializer<serde_json::de::IoRead<&'t Trail<R>>>;

pub(crate) fn refusal<R: BufRead>(
    error: &serde_json::Error,
    trail: &Trail<R>,
    file: &str,
) -> Diagnostic {
    let text = error.to_string();
    // The place is shown beside the message.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    if error.is_io() {
        let message = format!("cannot be read: {message}");
        return Diagnostic::error(codes::UNREADABLE_FILE, message).at(Place::whole_file(file));
    }
    let place = trail.place_of_column(file, error.line(), error.column());
    let refusal = Diagnostic::error(codes::BAD_JSON, message).at(place);
    if error.is_eof() {
        return refusal.help("the file ends in the middle; save it again");
    }
    refusal
}
