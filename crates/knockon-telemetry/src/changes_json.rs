//! Changes in JSON: a list of what people and machines did to the system, or what a delivery tool
//! reports of it.
//!
//! No tool writes the list of our own; a line of `jq` does, from whatever deploys. So it asks for
//! little (a time and a service), and a key it does not know is named once and passed over. A change
//! without a kind is still a change, and kept as one. An element that a delivery tool wrote is known
//! by its keys, and becomes an event.

use std::collections::BTreeSet;
use std::io::BufRead;

use knockon_core::{Diagnostic, Place, System};
use serde::de::{DeserializeSeed, MapAccess};

use crate::change::{Change, ChangeKind, ChangeRecord};
use crate::change_event::{self, Found, Ledger, Missing};
use crate::codes;
use crate::csv_metrics::bad_time;
use crate::file_log::{FileLog, Survived};
use crate::json_list::{JsonList, ListSeed};
use crate::json_node::{Fields as Keys, Node};
use crate::json_scalar::{Placed, PlacedSeed, Scalar, read_documents, read_time};
use crate::json_trail::Trail;

/// The kind of a change that does not state one.
const KIND_UNSTATED: &str = "change";

/// How many unknown keys are remembered.
const UNKNOWN_KEYS_MAX: usize = 8;

/// Reads changes; events of delivery tools go into the ledger.
pub(crate) fn read(
    input: impl BufRead,
    system: &System,
    ledger: &mut Ledger,
    log: &mut FileLog,
) -> Vec<Change> {
    let file = log.file().to_owned();
    let trail = Trail::new(input);
    let mut reader = Reader {
        trail: &trail,
        file: &file,
        system,
        ledger,
        log,
        changes: Vec::new(),
        has_any: false,
        is_in_list: false,
        around: Element::default(),
        unknown_keys: BTreeSet::new(),
    };
    let read = read_documents(&trail, &file, |deserializer| {
        let read = ListSeed(&mut reader).deserialize(deserializer).map(drop);
        read.map(|()| reader.end_document())
    });
    reader.finish(read.err())
}

struct Reader<'t, 'l, R> {
    trail: &'t Trail<R>,
    file: &'t str,
    system: &'t System,
    ledger: &'l mut Ledger,
    log: &'l mut FileLog,
    changes: Vec<Change>,
    /// Whether there was a list, or a change that is a document of its own.
    has_any: bool,
    /// Whether the document has a list.
    is_in_list: bool,
    /// The keys of the object that is the whole of a document, beside a list in it.
    around: Element,
    unknown_keys: BTreeSet<String>,
}

/// An object that may be a change. Where the time and the service are, a mistake is shown.
#[derive(Default)]
struct Element {
    time: Option<Placed>,
    service: Option<Placed>,
    others: Keys,
}

impl Element {
    fn read<'de, R: BufRead, A: MapAccess<'de>>(
        &mut self,
        key: String,
        map: &mut A,
        seed: PlacedSeed<'_, R>,
    ) -> Result<(), A::Error> {
        match key.as_str() {
            "time" => self.time = Some(map.next_value_seed(seed)?),
            "service" => self.service = Some(map.next_value_seed(seed)?),
            _ => drop(self.others.insert(key, map.next_value()?)),
        }
        Ok(())
    }

    /// What it says, where it is a change in our own form.
    fn fields(mut self) -> Fields {
        let mut take = |key: &str| match self.others.remove(key) {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        };
        let (kind, version) = (take("kind"), take("version"));
        let (by, summary) = (take("by"), take("summary"));
        let unknown_keys = self.others.into_keys().collect();
        Fields { time: self.time, service: self.service, kind, version, by, summary, unknown_keys }
    }
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
        } else if !self.has_any {
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

    /// A document without a list is a change itself, if it looks like one; such documents may follow
    /// each other.
    fn end_document(&mut self) -> bool {
        let around = std::mem::take(&mut self.around);
        if std::mem::take(&mut self.is_in_list) {
            return false;
        }
        let is_own = around.time.is_some() && around.service.is_some();
        let place = self.trail.place(self.file, 1);
        if let Some(element) = self.take_event(around, &place) {
            if !is_own && !self.has_any {
                return false;
            }
            self.has_any = true;
            self.take(element.fields(), &place);
        }
        true
    }

    /// Takes what a delivery tool wrote; gives back what none did.
    fn take_event(&mut self, element: Element, place: &Place) -> Option<Element> {
        let Element { time, service, others } = element;
        let envelope_time = time.as_ref().and_then(|time| time.scalar.clone().text());
        let node = Node::Object(others);
        let found = change_event::recognise(&node, envelope_time.as_deref());
        match found {
            Found::Nothing => {
                let Node::Object(others) = node else { return None };
                return Some(Element { time, service, others });
            }
            Found::NoChange => self.log.survived(Survived::NoChange, |_| place.clone()),
            Found::GitHub(piece) => self.ledger.piece(self.file, *piece),
            Found::Events(events, missing) => {
                for event in events {
                    self.ledger.event(self.file, event);
                }
                for missing in missing {
                    self.log.error(|_| incomplete(missing).at(place.clone()));
                }
            }
        }
        self.has_any = true;
        None
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
        self.has_any = true;
        self.is_in_list = true;
    }

    fn around<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "changes" | "items" | "events" | "deployments" => map.next_value_seed(ListSeed(self)),
            _ => {
                let seed = PlacedSeed { trail: self.trail, file: self.file };
                self.around.read(key.to_owned(), map, seed)
            }
        }
    }

    fn element<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let (trail, file) = (self.trail, self.file);
        let place = trail.place(file, 1);
        let mut element = Element::default();
        while let Some(key) = map.next_key::<String>()? {
            element.read(key, &mut map, PlacedSeed { trail, file })?;
        }
        if let Some(element) = self.take_event(element, &place) {
            self.take(element.fields(), &place);
        }
        Ok(())
    }
}

/// Says what an event of a delivery tool lacks.
fn incomplete(missing: Missing) -> Diagnostic {
    match missing {
        Missing::Key(key) => {
            Diagnostic::error(codes::BAD_CHANGE, format!("the event has no `{key}`"))
                .help("save the event whole, as its tool gives it")
        }
        Missing::Time(text) => bad_time(&text),
    }
}
