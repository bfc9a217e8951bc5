//! Lenient pieces of JSON.

use std::fmt;
use std::marker::PhantomData;

use knockon_core::{Diagnostic, Place};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

use crate::{Input, codes};

/// What is there, or nothing when it is `null`.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A text, number or truth value as text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Something that keeps a document from being read on.
#[derive(Debug)]
pub(super) struct Broken {
    /// How many lines come before the document.
    lines_before: usize,
    error: serde_json::Error,
}

/// Hands every element of the list that lies under one of the keys to `take`, one at a time. A file
/// holds one document, or one on each line; a broken line does not keep the others from being read.
pub(super) fn each<T, F>(bytes: &[u8], keys: &'static [&'static str], mut take: F) -> Vec<Broken>
where
    T: for<'de> Deserialize<'de>,
    F: FnMut(T),
{
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut one = |bytes: &[u8], lines_before: usize| {
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        let around = Around { keys, take: &mut take, element: PhantomData };
        let read = around.deserialize(&mut deserializer).and_then(|()| deserializer.end());
        read.err().map(|error| Broken { lines_before, error })
    };
    if !has_documents_on_lines(bytes) {
        return one(bytes, 0).into_iter().collect();
    }
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    lines.filter_map(|(number, line)| one(line, number)).collect()
}

/// Whether the first line is a document and another follows.
fn has_documents_on_lines(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut next = || lines.find(|line| !line.is_empty());
    let (Some(first), Some(second)) = (next(), next()) else { return false };
    let opens = |line: &[u8]| matches!(line.first(), Some(b'{' | b'['));
    opens(first) && opens(second) && serde_json::from_slice::<IgnoredAny>(first).is_ok()
}

/// An object with the list, or the list itself.
struct Around<'t, T, F> {
    keys: &'static [&'static str],
    take: &'t mut F,
    element: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for Around<'_, T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Around<'_, T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("traces")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if self.keys.contains(&key.as_str()) {
                let list = Around { keys: &[], take: &mut *self.take, element: PhantomData::<T> };
                map.next_value_seed(list)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element::<T>()? {
            (self.take)(element);
        }
        Ok(())
    }
}

/// What is said of a file that could not be read to its end.
pub(super) fn refusal(input: &Input, broken: &Broken) -> Diagnostic {
    /// How much of a line is shown; JSON comes in lines of megabytes.
    const SHOWN_BEFORE: usize = 60;
    const SHOWN: usize = 120;

    let Broken { lines_before, error } = broken;
    let number = lines_before + error.line().max(1);
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let line = input.bytes.split(|byte| *byte == b'\n').nth(number - 1);
    let line = line.unwrap_or_default();
    let before = &line[..error.column().saturating_sub(1).min(line.len())];
    let column = String::from_utf8_lossy(before).chars().count() + 1;
    let shown = &line[before.len().saturating_sub(SHOWN_BEFORE)..];
    let shown = String::from_utf8_lossy(&shown[..shown.len().min(SHOWN)]).into_owned();
    let shown = shown.trim_start_matches('\u{fffd}').trim_end_matches(['\r', '\u{fffd}']);
    let tail = &before[before.len().saturating_sub(SHOWN_BEFORE)..];
    let tail = String::from_utf8_lossy(tail);
    let kept = tail.trim_start_matches('\u{fffd}').chars().count();
    let place = Place::new(&input.path, number, column, 1, shown);
    let diagnostic = Diagnostic::error(codes::BAD_JSON, message)
        .at(place.cut(column - 1 - kept.min(column - 1)));
    if error.is_eof() {
        return diagnostic.help("the file ends in the middle; save it again");
    }
    diagnostic
}
