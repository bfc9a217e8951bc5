//! Changes: a list of what people and machines did to the system.
//!
//! No tool writes this file; a line of `jq` does, from whatever deploys. So it asks for little (a time
//! and a service), and a key it does not know is named once and passed over. A change without a kind
//! is still a change, and kept as one.

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

use knockon_core::{Diagnostic, Place, Resolved, System, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::change::{Change, ChangeKind};
use crate::codes;
use crate::csv_metrics::bad_time;
use crate::file_log::{FileLog, Survived};
use crate::json_scalar::{Placed, PlacedSeed, ScalarSeed, read_document};
use crate::json_trail::Trail;
use crate::time_format;

/// The kind of a change that does not state one.
const KIND_UNSTATED: &str = "change";

/// How many unknown keys are remembered.
const UNKNOWN_KEYS_MAX: usize = 8;

/// Reads changes.
pub(crate) fn read(input: impl BufRead, system: &System, log: &mut FileLog) -> Vec<Change> {
    let file = log.file().to_owned();
    let trail = Trail::new(input);
    let mut reader = Reader {
        trail: &trail,
        file: &file,
        system,
        log,
        changes: Vec::new(),
        has_list: false,
        unknown_keys: BTreeSet::new(),
    };
    let read = read_document(&trail, &file, ListSeed(&mut reader));
    reader.finish(read.err())
}

struct Reader<'t, 'l, R> {
    trail: &'t Trail<R>,
    file: &'t str,
    system: &'t System,
    log: &'l mut FileLog,
    changes: Vec<Change>,
    has_list: bool,
    unknown_keys: BTreeSet<String>,
}

/// What one change says.
#[derive(Default)]
struct Fields {
    time: Option<Placed>,
    service: Option<Placed>,
    kind: Option<String>,
    version: Option<String>,
    by: Option<String>,
    summary: Option<String>,
    unknown_keys: Vec<String>,
}

impl<R: BufRead> Reader<'_, '_, R> {
    fn finish(self, broken: Option<Box<Diagnostic>>) -> Vec<Change> {
        let place = Place::whole_file(self.file);
        if let Some(broken) = broken {
            self.log.error(|_| *broken);
        } else if !self.has_list {
            self.log.error(|_| {
                Diagnostic::error(codes::BAD_JSON, "there is no list of changes in it")
                    .at(place.clone())
                    .help("write [{\"time\": …, \"service\": …, \"kind\": \"deploy\"}, …]")
            });
        }
        if !self.unknown_keys.is_empty() {
            let keys: Vec<String> =
                self.unknown_keys.iter().map(|key| format!("`{key}`")).collect();
            let message = format!("keys that are not read: {}", keys.join(", "));
            let note = Diagnostic::note(codes::UNKNOWN_KEYS, message).at(place);
            self.log.note(note.help("known are time, service, kind, version, by and summary"));
        }
        self.changes
    }

    fn take(&mut self, fields: Fields, place: &Place) {
        let time = self.required(fields.time, "time", &fields.unknown_keys, place);
        let time = time.and_then(|(text, place)| self.time(&text, place));
        let service = self.required(fields.service, "service", &fields.unknown_keys, place);
        for key in fields.unknown_keys {
            if self.unknown_keys.len() < UNKNOWN_KEYS_MAX {
                self.unknown_keys.insert(key);
            }
        }
        let (Some(time), Some((service_name, _))) = (time, service) else {
            return;
        };
        let service = self.system.names().resolve(&service_name).map(Resolved::service);
        if service.is_none() {
            self.log.unplaced(&service_name);
        }
        self.changes.push(Change {
            time,
            service,
            service_name,
            kind: ChangeKind::parse(fields.kind.as_deref().unwrap_or(KIND_UNSTATED)),
            version: fields.version,
            by: fields.by,
            summary: fields.summary,
        });
    }

    fn required(
        &mut self,
        value: Option<Placed>,
        key: &str,
        others: &[String],
        change: &Place,
    ) -> Option<(String, Place)> {
        let place = value.as_ref().map_or(change, |value| &value.place).clone();
        let text = value.and_then(|value| value.scalar.text());
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            return Some((text, place));
        }
        let synonyms: &[&str] = match key {
            "time" => &["timestamp", "at", "date", "deployed_at", "started_at", "created_at"],
            _ => &["app", "component", "service_name", "name", "repo"],
        };
        let meant = others.iter().find(|other| synonyms.contains(&other.as_str()));
        self.log.error(|_| {
            let error = Diagnostic::error(codes::BAD_CHANGE, format!("the change has no `{key}`"));
            let error = error.at(place);
            match meant {
                Some(meant) => error.help(format!("rename `{meant}` to `{key}`")),
                None => error.help("every change needs a time and a service"),
            }
        });
        None
    }

    fn time(&mut self, text: &str, place: Place) -> Option<Timestamp> {
        let Some(parsed) = time_format::parse(text) else {
            self.log.error(|_| bad_time(text).at(place));
            return None;
        };
        if parsed.naive {
            self.log.survived(Survived::NaiveTime, |_| place);
        }
        Some(parsed.time)
    }
}

/// A list of changes, or an object that has one inside as `changes`.
struct ListSeed<'s, 't, 'l, R>(&'s mut Reader<'t, 'l, R>);

impl<'de, R: BufRead> DeserializeSeed<'de> for ListSeed<'_, '_, '_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: BufRead> Visitor<'de> for ListSeed<'_, '_, '_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of changes")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.has_list = true;
        while seq.next_element_seed(ChangeSeed(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "changes" {
                map.next_value_seed(ListSeed(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// One change.
struct ChangeSeed<'s, 't, 'l, R>(&'s mut Reader<'t, 'l, R>);

impl<'de, R: BufRead> DeserializeSeed<'de> for ChangeSeed<'_, '_, '_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: BufRead> Visitor<'de> for ChangeSeed<'_, '_, '_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a change")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (trail, file) = (self.0.trail, self.0.file);
        let place = trail.place(file, 1);
        let placed = || PlacedSeed { trail, file };
        let mut fields = Fields::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "time" => fields.time = Some(map.next_value_seed(placed())?),
                "service" => fields.service = Some(map.next_value_seed(placed())?),
                "kind" => fields.kind = map.next_value_seed(ScalarSeed)?.0.text(),
                "version" => fields.version = map.next_value_seed(ScalarSeed)?.0.text(),
                "by" => fields.by = map.next_value_seed(ScalarSeed)?.0.text(),
                "summary" => fields.summary = map.next_value_seed(ScalarSeed)?.0.text(),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    fields.unknown_keys.push(key);
                }
            }
        }
        self.0.take(fields, &place);
        Ok(())
    }
}
