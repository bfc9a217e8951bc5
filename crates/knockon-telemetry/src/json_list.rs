//! JSON that is a list of objects, or that has one somewhere inside: how all tools answer.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

/// What reads a list of objects, element by element.
pub(crate) trait JsonList {
    /// What the whole is, for the messages of the parser: `a list of alerts`.
    const LIST: &'static str;
    /// What one element is: `an alert`.
    const ELEMENT: &'static str;

    /// The list has been found.
    fn begin(&mut self);

    /// Reads one element.
    fn element<'de, A: MapAccess<'de>>(&mut self, map: A) -> Result<(), A::Error>;

    /// Reads the value of a key of an object around the list. Where the list may lie, that is
    /// `map.next_value_seed(ListSeed(self))`.
    fn around<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;

    /// Whether an element may be a number or a string, which is then passed over.
    fn takes_scalar(&mut self) -> bool {
        false
    }
}

/// Reads the list, wherever it lies.
pub(crate) struct ListSeed<'s, L>(pub(crate) &'s mut L);

impl<'de, L: JsonList> DeserializeSeed<'de> for ListSeed<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, L: JsonList> Visitor<'de> for ListSeed<'_, L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(L::LIST)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.begin();
        while seq.next_element_seed(ElementSeed(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.0.around(&key, &mut map)?;
        }
        Ok(())
    }
}

/// Reads one element.
struct ElementSeed<'s, L>(&'s mut L);

impl<'de, L: JsonList> DeserializeSeed<'de> for ElementSeed<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<L: JsonList> ElementSeed<'_, L> {
    fn scalar<E: Error>(self, found: Unexpected<'_>) -> Result<(), E> {
        if self.0.takes_scalar() { Ok(()) } else { Err(E::invalid_type(found, &L::ELEMENT)) }
    }
}

impl<'de, L: JsonList> Visitor<'de> for ElementSeed<'_, L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(L::ELEMENT)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(Unexpected::Float(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(Unexpected::Unsigned(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.scalar(Unexpected::Str(value))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.element(map)
    }
}
