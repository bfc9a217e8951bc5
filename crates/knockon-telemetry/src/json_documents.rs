//! JSON documents one after another, of which lists are taken an element at a time.
//!
//! Logs and traces come in one document, in one for every line, or in many without line breaks. A list
//! under one of the known keys is never held whole; whatever else is in a document is small.

use std::fmt;
use std::io::BufRead;

use knockon_core::Diagnostic;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::json_scalar::refusal;
use crate::json_trail::Trail;

/// Takes what documents hold.
pub(crate) trait Documents {
    /// The keys of lists, and of objects around them.
    const KEYS: &'static [&'static str];

    /// Takes an element of the list under a key; of a document that is a list, the key is empty.
    fn element(&mut self, key: &str, element: Value);

    /// Takes a document that is an object without such a list.
    fn object(&mut self, object: Map<String, Value>);
}

/// Reads one document after another up to the first that is broken.
pub(crate) fn read_all<R: BufRead>(
    trail: &Trail<R>,
    file: &str,
    mut take: impl Documents,
) -> Result<(), Box<Diagnostic>> {
    let mut deserializer = serde_json::Deserializer::from_reader(trail);
    loop {
        let broken = |error| Box::new(refusal(&error, trail, file));
        Seed { key: "", take: &mut take }.whole(&mut deserializer).map_err(broken)?;
        if deserializer.end().is_ok() {
            return Ok(());
        }
    }
}

/// Reads the one document of a text.
pub(crate) fn read_one(text: &str, take: &mut impl Documents) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    Seed { key: "", take }.whole(&mut deserializer)?;
    deserializer.end()
}

/// Reads the value under a key; gives what of it was not an element.
struct Seed<'t, T> {
    key: &'t str,
    take: &'t mut T,
}

/// What a value was.
enum Found {
    List,
    Other(Value),
}

impl<T: Documents> Seed<'_, T> {
    fn whole<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let take = &mut *self.take;
        let seed = Seed { key: self.key, take: &mut *take };
        if let Found::Other(Value::Object(object)) = seed.deserialize(deserializer)? {
            take.object(object);
        }
        Ok(())
    }
}

impl<'de, T: Documents> DeserializeSeed<'de> for Seed<'_, T> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Documents> Visitor<'de> for Seed<'_, T> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found, A::Error> {
        while let Some(element) = seq.next_element::<Value>()? {
            self.take.element(self.key, element);
        }
        Ok(Found::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut rest = Map::new();
        let mut has_list = false;
        while let Some(key) = map.next_key::<String>()? {
            if !T::KEYS.contains(&key.as_str()) {
                let value = map.next_value::<Value>()?;
                rest.insert(key, value);
                continue;
            }
            match map.next_value_seed(Seed { key: &key, take: &mut *self.take })? {
                Found::List => has_list = true,
                Found::Other(value) => drop(rest.insert(key, value)),
            }
        }
        Ok(if has_list { Found::List } else { Found::Other(Value::Object(rest)) })
    }

    fn visit_unit<E: Error>(self) -> Result<Found, E> {
        Ok(Found::Other(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Found, E> {
        Ok(Found::Other(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Found, E> {
        Ok(Found::Other(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Found, E> {
        Ok(Found::Other(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Found, E> {
        Ok(Found::Other(value.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Found, E> {
        Ok(Found::Other(text.into()))
    }
}

/// A text, number or truth value as text.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The list under a key, empty when there is none.
pub(crate) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text under a key.
pub(crate) fn text_at(value: &Value, key: &str) -> Option<String> {
    text_of(value.get(key)?).filter(|text| !text.is_empty())
}

/// The attributes of OTLP, name and value of those that are texts, numbers or truth values.
pub(crate) fn attributes(value: &Value) -> impl Iterator<Item = (String, String)> + '_ {
    list(value, "attributes").iter().filter_map(|attribute| {
        Some((text_at(attribute, "key")?, otlp_text(attribute.get("value")?)?))
    })
}

/// What a value of OTLP says: `{"stringValue": "x"}`.
pub(crate) fn otlp_text(value: &Value) -> Option<String> {
    const KEYS: [&str; 4] = ["stringValue", "intValue", "doubleValue", "boolValue"];
    KEYS.iter().find_map(|key| text_of(value.get(key)?))
}
