//! `CDEvents` (<https://cdevents.dev>), bare or in the envelope of `CloudEvents`.
//!
//! Of versions 0.3 to 0.5 the same is read: the type, whose own version is left off, the timestamp,
//! the id of the subject, its environment and its artifact.

use crate::change::ChangeKind;
use crate::change_event::{Environment, Event, Found, Missing, Subject};
use crate::json_node::Node;
use crate::time_format;

/// How all types begin.
const PREFIX: &str = "dev.cdevents.";

/// How much of a digest is a version that a person can compare.
const DIGEST_CHARS: usize = 19;

/// Reads an element if it is such an event. `envelope_time` is the time of its envelope.
pub(crate) fn read(node: &Node, envelope_time: Option<&str>) -> Option<Found> {
    let spelled;
    let event = match node.get("data") {
        Some(Node::Text(text)) if node.text(&["specversion"]).is_some() => {
            spelled = serde_json::from_str(text).unwrap_or(Node::Null);
            &spelled
        }
        Some(data) if node.text(&["specversion"]).is_some() => data,
        _ => node,
    };
    let stated = event.text(&["context", "type"]).or_else(|| node.text(&["type"]))?;
    let Some(kind) = stated.strip_prefix(PREFIX) else {
        // Another kind of event in the envelope that all kinds share.
        let is_enveloped = node.text(&["specversion"]).is_some() && node.get("source").is_some();
        return is_enveloped.then_some(Found::NoChange);
    };
    let mut words = kind.split('.');
    let (Some(subject), Some(predicate)) = (words.next(), words.next()) else {
        return Some(Found::NoChange);
    };
    let Some((kind, what)) = meaning(subject, predicate) else { return Some(Found::NoChange) };
    Some(match changed(event, kind, what, envelope_time) {
        Ok(event) => Found::Events(vec![event], Vec::new()),
        Err(missing) => Found::Events(Vec::new(), vec![missing]),
    })
}

/// What a type of event changes, and the word for it where its kind does not say it.
fn meaning(subject: &str, predicate: &str) -> Option<(ChangeKind, Option<&'static str>)> {
    let other = |word: &str| ChangeKind::Other(word.to_owned());
    Some(match (subject, predicate) {
        ("service", "deployed") => (ChangeKind::Deploy, None),
        ("service", "upgraded") => (ChangeKind::Deploy, Some("upgrade")),
        ("service", "rolledback") => (ChangeKind::Deploy, Some("rollback")),
        ("service", "removed") => (other("removal"), None),
        ("service", "published") => (other("publish"), None),
        ("environment", "modified") => (ChangeKind::Config, Some("environment modified")),
        _ => return None,
    })
}

fn changed(
    event: &Node,
    kind: ChangeKind,
    what: Option<&str>,
    envelope_time: Option<&str>,
) -> Result<Event, Missing> {
    let time = event.text(&["context", "timestamp"]).or(envelope_time);
    let time = time.ok_or(Missing::Key("context.timestamp"))?;
    let time = time_format::parse(time).ok_or_else(|| Missing::Time(time.to_owned()))?.time;
    let id = event.text(&["subject", "id"]).ok_or(Missing::Key("subject.id"))?;
    let artifact = event.text(&["subject", "content", "artifactId"]).map(Artifact::of);
    let by = event.text(&["context", "source"]);
    let name = event.text(&["subject", "content", "name"]);
    let environment = event.text(&["subject", "content", "environment", "id"]);
    let place = environment.map(|name| format!("to {}", name.rsplit('/').next().unwrap_or(name)));
    let summary: Vec<_> = what.map(str::to_owned).into_iter().chain(place).collect();
    let fallback = artifact.as_ref().map(|artifact| artifact.name.clone());
    Ok(Event {
        time,
        kind,
        version: artifact.and_then(|artifact| artifact.version),
        by: by.map(str::to_owned),
        summary: (!summary.is_empty()).then(|| summary.join(" ")),
        subject: Subject {
            stated: [Some(id), name].into_iter().flatten().map(str::to_owned).collect(),
            repository: None,
            names: fallback.into_iter().collect(),
        },
        environment: environment.map(Environment::named),
    })
}

/// A package URL (<https://github.com/package-url/purl-spec>), as far as it is of use here.
#[derive(Debug, PartialEq, Eq)]
struct Artifact {
    name: String,
    version: Option<String>,
}

impl Artifact {
    /// The name and version in `pkg:oci/orders@sha256%3A0b31…?tag=2.14.0`; of a digest with a tag
    /// the tag.
    fn of(purl: &str) -> Self {
        let (purl, subpath) = purl.split_once('#').unwrap_or((purl, ""));
        let (path, qualifiers) = purl.split_once('?').unwrap_or((purl, ""));
        let _ = subpath;
        let (path, version) = match path.rsplit_once('@') {
            Some((path, version)) => (path, Some(version)),
            None => (path, None),
        };
        let tag = qualifiers.split('&').find_map(|pair| pair.strip_prefix("tag="));
        let version = version.map(|it| it.replace("%3A", ":").replace("%3a", ":"));
        let is_digest = version.as_ref().is_none_or(|it| it.contains(':'));
        let version = match tag.filter(|_| is_digest) {
            Some(tag) => Some(tag.to_owned()),
            None => version.map(|it| {
                let length = if is_digest { DIGEST_CHARS } else { usize::MAX };
                it.chars().take(length).collect()
            }),
        };
        Self { name: path.rsplit('/').next().unwrap_or(path).to_owned(), version }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_an_artifact_is_what_a_person_calls_it() {
        let check = |purl: &str, name: &str, version: Option<&str>| {
            let expected = Artifact { name: name.into(), version: version.map(str::to_owned) };
            assert_eq!(Artifact::of(purl), expected, "{purl}");
        };
        check("pkg:oci/myapp@sha256%3A0b31b1c02ff458ad9b7b", "myapp", Some("sha256:0b31b1c02ff4"));
        check("pkg:oci/myapp@sha256%3A0b31b1?tag=2.1&arch=x", "myapp", Some("2.1"));
        check("pkg:golang/shop/orders@v1.2.0#cmd", "orders", Some("v1.2.0"));
        check("orders", "orders", None);
    }
}
