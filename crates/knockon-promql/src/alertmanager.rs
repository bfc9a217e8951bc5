//! Alerts in the form of Alertmanager's API v2
//! (<https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml>): what Prometheus posts
//! to it ([`posted`]), and what it answers when asked for its alerts ([`answered`]).
//!
//! An alert starts when it began to fire, not when its expression began to hold. While it fires its end
//! lies ahead and moves on with every sending; when it was resolved its end is that moment
//! (<https://github.com/prometheus/prometheus/blob/main/rules/manager.go>, `SendAlerts`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::labels::Labels;
use crate::rules::{Alert, AlertState, RuleSettings};
use crate::template::link;

/// An alert as Prometheus posts it to `/api/v2/alerts`: a `postableAlert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostedAlert {
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// When it will be over or was.
    pub ends_at: String,
    /// When it began to fire.
    pub starts_at: String,
    /// Where its expression is shown.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// An alert as Alertmanager answers it: a `gettableAlert`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredAlert {
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// When it will be over or was.
    pub ends_at: String,
    /// Which alert it is: a number made of its labels.
    pub fingerprint: String,
    /// Whom it goes to.
    pub receivers: Vec<Receiver>,
    /// When it began to fire.
    pub starts_at: String,
    /// Whether somebody is told.
    pub status: Status,
    /// When Alertmanager heard of it last.
    pub updated_at: String,
    /// Where its expression is shown.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// Somebody who is told of alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receiver {
    /// The name.
    pub name: String,
}

/// Whether somebody is told of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The alerts that keep it quiet: none here.
    pub inhibited_by: Vec<String>,
    /// The same, by whom it is muted.
    pub muted_by: Vec<String>,
    /// The silences that keep it quiet: none here.
    pub silenced_by: Vec<String>,
    /// `active`.
    pub state: String,
}

/// An alert as Prometheus posts it; `None` for one that never fired.
pub fn posted(alert: &Alert, settings: &RuleSettings) -> Option<PostedAlert> {
    let starts_at = time(alert.fired_at_ms?);
    Some(PostedAlert {
        annotations: alert.annotations.iter().cloned().collect(),
        ends_at: time(end_ms(alert)?),
        starts_at,
        generator_url: generator_url(&alert.expr, &settings.external_url),
        labels: texts(&with_external(&alert.labels, &settings.external_labels)),
    })
}

/// An alert as Alertmanager answers it, for receivers of these names; `None` for one that never fired.
pub fn answered(
    alert: &Alert,
    settings: &RuleSettings,
    receivers: &[&str],
) -> Option<AnsweredAlert> {
    let posted = posted(alert, settings)?;
    let labels = with_external(&alert.labels, &settings.external_labels);
    let receivers = receivers.iter().map(|name| Receiver { name: (*name).to_owned() });
    Some(AnsweredAlert {
        annotations: posted.annotations,
        ends_at: posted.ends_at,
        fingerprint: format!("{:016x}", fingerprint(&labels)),
        receivers: receivers.collect(),
        starts_at: posted.starts_at,
        status: Status {
            inhibited_by: Vec::new(),
            muted_by: Vec::new(),
            silenced_by: Vec::new(),
            state: "active".to_owned(),
        },
        updated_at: time(updated_ms(alert)),
        generator_url: posted.generator_url,
        labels: posted.labels,
    })
}

/// When an alert was resolved, or until when it is sent to fire.
fn end_ms(alert: &Alert) -> Option<i64> {
    match alert.state {
        AlertState::Resolved => alert.resolved_at_ms,
        _ => alert.valid_until_ms,
    }
}

/// When Alertmanager heard of an alert last. Of one that Prometheus forgot it hears nothing more, and
/// takes it to be over at the end that it was told.
fn updated_ms(alert: &Alert) -> i64 {
    let end_ms = alert.valid_until_ms.filter(|_| alert.state == AlertState::Dropped);
    end_ms.or(alert.sent_at_ms).unwrap_or(alert.active_at_ms)
}

/// The labels of an alert that is sent: those of the whole Prometheus too, where it has none of the name
/// (<https://github.com/prometheus/prometheus/blob/main/notifier/manager.go>).
fn with_external(labels: &Labels, external: &Labels) -> Labels {
    external.pairs().iter().chain(labels.pairs()).cloned().collect()
}

fn texts(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Where Prometheus shows an expression.
pub fn generator_url(expr: &str, external_url: &str) -> String {
    format!("{external_url}{}", link(expr, 1))
}

/// A number made of labels: FNV-1a over names and values in the order of the names, the byte 255 after
/// each (<https://github.com/prometheus/common/blob/main/model/signature.go>).
pub fn fingerprint(labels: &Labels) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = OFFSET;
    let texts = labels.iter().flat_map(|(name, value)| [name, value]);
    for text in texts {
        for byte in text.bytes().chain([255]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }
    hash
}

/// A moment in UTC, always with milliseconds: `2026-01-01T00:00:15.000Z`
/// (<https://github.com/go-openapi/strfmt/blob/master/time.go>, `MarshalFormat`).
fn time(time_ms: i64) -> String {
    let at = Timestamp::from_millisecond(time_ms).unwrap_or_default().to_zoned(TimeZone::UTC);
    format!("{}.{:03}Z", at.strftime("%Y-%m-%dT%H:%M:%S"), time_ms.rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_those_of_prometheus() {
        // https://github.com/prometheus/common/blob/main/model/signature_test.go
        let check = |labels: &[(&str, &str)], expected: u64| {
            assert_eq!(fingerprint(&Labels::of(labels.iter().copied())), expected);
        };
        let all = [
            ("first-label", "first-label-value"),
            ("second-label", "second-label-value"),
            ("third-label", "third-label-value"),
        ];
        check(&[], 14_695_981_039_346_656_037);
        let fear = [("name", "garland, briggs"), ("fear", "love is not enough")];
        check(&fear, 5_799_056_148_416_392_346);
        check(&all[..1], 5_146_282_821_936_882_169);
        check(&all[..2], 3_195_800_080_984_914_717);
        check(&all, 13_843_036_195_897_128_121);
    }

    #[test]
    fn times_have_milliseconds_as_in_the_answers_of_alertmanager() {
        let check = |time_ms: i64, expected: &str| assert_eq!(time(time_ms), expected);
        check(1_767_225_615_000, "2026-01-01T00:00:15.000Z");
        check(1_767_225_615_345, "2026-01-01T00:00:15.345Z");
        check(-1, "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn expressions_are_escaped_in_addresses() {
        assert_eq!(
            generator_url("up{job=\"a b\"} == 0", "http://p:9090"),
            "http://p:9090/graph?g0.expr=up%7Bjob%3D%22a+b%22%7D+%3D%3D+0&g0.tab=1"
        );
    }
}
