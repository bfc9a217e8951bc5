//! Alerts: what Alertmanager and Prometheus answer, and what Alertmanager sends to webhooks.
//!
//! **When does an alert still fire?** Alertmanager never says "no end": for an alert that fires,
//! Prometheus sends an end a few minutes ahead and moves it on while the rule holds, and Alertmanager
//! itself sets one (`resolve_timeout`) where none was sent. An alert that was resolved has the end it
//! was resolved at, which lies before the moment it was last updated. So an end counts only when it
//! is not after `updatedAt`; a webhook says `firing` or `resolved` and is believed; and the year 1,
//! Go's zero time, is no end.

use std::fmt;
use std::io::BufRead;

use knockon_core::{Diagnostic, Place, System, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::alert::{Alert, AlertRecord};
use crate::alert_list::AlertList;
use crate::codes;
use crate::file_log::{FileLog, Survived};
use crate::json_list::{JsonList, ListSeed};
use crate::json_scalar::{
    LabelsSeed, Placed, PlacedSeed, Scalar, ScalarSeed, read_document, read_time,
};
use crate::json_trail::Trail;
use crate::series::Labels;
use crate::time_format;

/// `0001-01-01T00:00:00Z`, which Go writes for a time that is not set.
const GO_ZERO_TIME: Timestamp = Timestamp::from_unix_ms(-62_135_596_800_000);

/// Reads alerts.
pub(crate) fn read(input: impl BufRead, system: &System, log: &mut FileLog) -> Vec<Alert> {
    let file = log.file().to_owned();
    let trail = Trail::new(input);
    let mut reader = Reader {
        trail: &trail,
        file: &file,
        log,
        alerts: AlertList::new(system),
        has_list: false,
        server_error: None,
    };
    let read = read_document(&trail, &file, ListSeed(&mut reader));
    reader.finish(read.err())
}

struct Reader<'t, 'l, R> {
    trail: &'t Trail<R>,
    file: &'t str,
    log: &'l mut FileLog,
    alerts: AlertList<'t>,
    has_list: bool,
    server_error: Option<String>,
}

impl<R: BufRead> Reader<'_, '_, R> {
    fn finish(self, broken: Option<Box<Diagnostic>>) -> Vec<Alert> {
        let place = Place::whole_file(self.file);
        if let Some(broken) = broken {
            self.log.error(|_| *broken);
        } else if let Some(error) = self.server_error.filter(|_| !self.has_list) {
            let message = format!("the server answered with an error: {error}");
            self.log.error(|_| Diagnostic::error(codes::SERVER_ERROR, message).at(place));
        } else if !self.has_list {
            self.log.error(|_| {
                Diagnostic::error(codes::BAD_JSON, "there is no list of alerts in it")
                    .at(place)
                    .help("save the answer of Alertmanager's /api/v2/alerts")
            });
        } else {
            self.alerts.check(self.log);
        }
        self.alerts.into_alerts()
    }

    fn take(&mut self, fields: Fields) {
        let Some((name, starts_at)) = self.check(&fields) else {
            return;
        };
        if fields.state.as_deref() == Some("pending") {
            self.log.survived(Survived::PendingAlert, |_| fields.place);
            return;
        }
        let Some(service) = self.alerts.place(&fields.labels, &name, self.log) else {
            return;
        };
        let ends_at = self.end(&fields);
        let Fields { place, labels, annotations, .. } = fields;
        let record = AlertRecord { labels, annotations, starts_at, ends_at };
        self.alerts.add(name, service, record, place, self.log);
    }

    /// The name and the start, without which nothing is an alert.
    fn check(&mut self, fields: &Fields) -> Option<(String, Timestamp)> {
        let name = fields.labels.get("alertname").cloned();
        let start = fields.starts_at.as_ref().filter(|start| start.scalar != Scalar::Null);
        for (is_missing, message) in [
            (name.is_none(), "the alert has no label `alertname`"),
            (start.is_none(), "the alert has no `startsAt`"),
        ] {
            if is_missing {
                let place = fields.place.clone();
                self.log.error(|_| Diagnostic::error(codes::BAD_ALERT, message).at(place));
            }
        }
        let starts_at = read_time(start?, self.log)?;
        Some((name?, starts_at))
    }

    /// When it was resolved; see the head of this file.
    fn end(&mut self, fields: &Fields) -> Option<Timestamp> {
        let end = fields.ends_at.as_ref().filter(|end| end.scalar != Scalar::Null)?;
        let end = read_time(end, self.log).filter(|end| *end != GO_ZERO_TIME)?;
        match fields.state.as_deref() {
            Some("firing") => return None,
            Some("resolved") => return Some(end),
            _ => {}
        }
        let updated_at = fields.updated_at.as_ref().and_then(|at| time_format::parse_time(at));
        updated_at.is_none_or(|updated_at| end <= updated_at).then_some(end)
    }
}

/// What one alert says.
struct Fields {
    place: Place,
    labels: Labels,
    annotations: Labels,
    starts_at: Option<Placed>,
    ends_at: Option<Placed>,
    updated_at: Option<String>,
    /// `active`, `suppressed`, `firing`, `resolved`, `pending` and so on.
    state: Option<String>,
}

impl<R: BufRead> JsonList for Reader<'_, '_, R> {
    const LIST: &'static str = "a list of alerts";
    const ELEMENT: &'static str = "an alert";

    fn begin(&mut self) {
        self.has_list = true;
    }

    fn around<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "alerts" | "data" => map.next_value_seed(ListSeed(self)),
            "error" => {
                self.server_error = map.next_value_seed(ScalarSeed)?.0.text();
                Ok(())
            }
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }

    fn element<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        let (trail, file) = (self.trail, self.file);
        let placed = || PlacedSeed { trail, file };
        let mut fields = Fields {
            place: trail.place(file, 1),
            labels: Labels::new(),
            annotations: Labels::new(),
            starts_at: None,
            ends_at: None,
            updated_at: None,
            state: None,
        };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "labels" => fields.labels = map.next_value_seed(LabelsSeed)?,
                "annotations" => fields.annotations = map.next_value_seed(LabelsSeed)?,
                "startsAt" | "activeAt" => fields.starts_at = Some(map.next_value_seed(placed())?),
                "endsAt" => fields.ends_at = Some(map.next_value_seed(placed())?),
                "updatedAt" => fields.updated_at = map.next_value_seed(ScalarSeed)?.0.text(),
                "status" | "state" => fields.state = map.next_value_seed(StateSeed)?,
                _ => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        self.take(fields);
        Ok(())
    }
}

/// `"firing"`, or `{"state": "active", …}`.
struct StateSeed;

impl<'de> DeserializeSeed<'de> for StateSeed {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StateSeed {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the state of an alert")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, state: &str) -> Result<Self::Value, E> {
        Ok(Some(state.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut state = None;
        while let Some(key) = map.next_key::<String>()? {
            let (value, _) = map.next_value_seed(ScalarSeed)?;
            if key == "state" {
                state = value.text();
            }
        }
        Ok(state)
    }
}
