//! Changes: a list of what people and machines did to the system.
//!
//! No tool writes this file; a line of `jq` does, from whatever deploys. So it asks for little (a time
//! and a service), and a key it does not know is named once and passed over. A change without a kind
//! is still a change, and kept as one.

use std::collections::BTreeSet;
use std::io::BufRead;

use knockon_core::{Diagnostic, Place, System};
use serde::de::{IgnoredAny, MapAccess};

use crate::change::{Change, ChangeKind, ChangeRecord};
use crate::codes;
use crate::file_log::FileLog;
use crate::json_list::{JsonList, ListSeed};
use crate::json_scalar::{Placed, PlacedSeed, Scalar, ScalarSeed, read_document, read_time};
use crate::json_trail::Trail;

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

    fn take(&mut self, mut fields: Fields, place: &Place) {
        let time = self.required(fields.time.take(), "time", &fields.unknown_keys, place);
        let time = time.and_then(|time| read_time(&time, self.log));
        let service = self.required(fields.service.take(), "service", &fields.unknown_keys, place);
        let service = service.and_then(|service| service.scalar.text());
        for key in std::mem::take(&mut fields.unknown_keys) {
            if self.unknown_keys.len() < UNKNOWN_KEYS_MAX {
                self.unknown_keys.insert(key);
            }
        }
        let (Some(time), Some(service)) = (time, service) else {
            return;
        };
        let kind = ChangeKind::parse(fields.kind.as_deref().unwrap_or(KIND_UNSTATED));
        let Fields { version, by, summary, .. } = fields;
        let record = ChangeRecord { time, service, kind, version, by, summary };
        self.changes.push(record.placed(self.system, self.log));
    }

    fn required(
        &mut self,
        value: Option<Placed>,
        key: &str,
        others: &[String],
        change: &Place,
    ) -> Option<Placed> {
        let place = value.as_ref().map_or(change, |value| &value.place).clone();
        let is_text =
            |value: &Placed| matches!(&value.scalar, Scalar::Text(text) if !text.trim().is_empty());
        if let Some(value) = value.filter(is_text) {
            return Some(value);
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
}

impl<R: BufRead> JsonList for Reader<'_, '_, R> {
    const LIST: &'static str = "a list of changes";
    const ELEMENT: &'static str = "a change";

    fn begin(&mut self) {
        self.has_list = true;
    }

    fn around<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "changes" => map.next_value_seed(ListSeed(self)),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }

    fn element<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let (trail, file) = (self.trail, self.file);
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
        self.take(fields, &place);
        Ok(())
    }
}
