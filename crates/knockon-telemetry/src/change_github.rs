//! Deployments of GitHub: lists of the REST API and bodies of webhooks.
//!
//! A deployment is a request; whether and when it took effect, its statuses say
//! (<https://docs.github.com/en/rest/deployments>). The API gives the two apart, a webhook together.

use std::collections::BTreeMap;

use knockon_core::Timestamp;

use crate::change::ChangeKind;
use crate::change_event::{Environment, Event, Found, Missing, Subject};
use crate::json_node::Node;
use crate::time_format;

/// A piece of what GitHub tells of a deployment; all pieces of one have the same URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    url: String,
    request: Option<Event>,
    status: Option<Status>,
}

/// A status of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Status {
    time: Timestamp,
    state: String,
    /// The deployment as far as a status tells it.
    event: Event,
}

/// Reads an element if GitHub wrote it.
pub(crate) fn read(node: &Node) -> Option<Found> {
    let is_request =
        |node: &Node| node.text(&["sha"]).is_some() && node.text(&["statuses_url"]).is_some();
    let is_status =
        |node: &Node| node.text(&["state"]).is_some() && node.text(&["deployment_url"]).is_some();
    let (request, status) = match node.get("deployment").filter(|it| is_request(it)) {
        Some(request) => (Some(request), node.get("deployment_status")),
        None if is_request(node) => (Some(node), None),
        None if is_status(node) => (None, Some(node)),
        None => return None,
    };
    let status = status.filter(|it| it.text(&["state"]).is_some());
    Some(piece(request, status).unwrap_or_else(|missing| Found::Events(Vec::new(), vec![missing])))
}

fn piece(request: Option<&Node>, status: Option<&Node>) -> Result<Found, Missing> {
    let transient = |node: &Node| node.text(&["transient_environment"]) == Some("true");
    if request.is_some_and(transient) {
        return Ok(Found::NoChange);
    }
    let url = request.and_then(|it| it.text(&["url"]));
    let url = url.or_else(|| status?.text(&["deployment_url"])).ok_or(Missing::Key("url"))?;
    let request = request.map(event).transpose()?;
    let status = status.map(|node| {
        let event = event(node)?;
        let state = node.text(&["state"]).unwrap_or_default().to_owned();
        Ok(Status { time: event.time, state, event })
    });
    let piece = Piece { url: url.to_owned(), request, status: status.transpose()? };
    Ok(Found::GitHub(Box::new(piece)))
}

/// A deployment, or a status of one, as an event at the time it was made.
fn event(node: &Node) -> Result<Event, Missing> {
    let text = |path: &[&str]| node.text(path).map(str::to_owned);
    let time = node.text(&["created_at"]).ok_or(Missing::Key("created_at"))?;
    let time = time_format::parse(time).ok_or_else(|| Missing::Time(time.to_owned()))?.time;
    let repository = text(&["repository_url"]);
    let name = repository.as_deref().and_then(|url| url.rsplit('/').next()).map(str::to_owned);
    let environment = node.text(&["environment"]).map(|name| {
        let named = Environment::named(name);
        let is_production =
            named.is_production || node.text(&["production_environment"]) == Some("true");
        Environment { is_production, ..named }
    });
    let place = environment.as_ref().map(|it| format!("to {}", it.name));
    let summary: Vec<_> = text(&["description"]).into_iter().chain(place).collect();
    Ok(Event {
        time,
        kind: ChangeKind::Deploy,
        version: text(&["sha"]),
        by: text(&["creator", "login"]),
        summary: (!summary.is_empty()).then(|| summary.join(", ")),
        subject: Subject { stated: stated(node), repository, names: name.into_iter().collect() },
        environment,
    })
}

/// The service that whoever asked for the deployment put into its payload or its task
/// (`deploy:orders`), as one does where a repository holds several.
fn stated(node: &Node) -> Vec<String> {
    const KEYS: [&str; 4] = ["service", "app", "application", "component"];
    let spelled = node.text(&["payload"]).and_then(|text| serde_json::from_str(text).ok());
    let payload: Option<&Node> = spelled.as_ref().or(node.get("payload"));
    let in_payload = KEYS.iter().filter_map(|key| payload?.text(&[key]));
    let in_task = node.text(&["task"]).and_then(|task| Some(task.split_once(':')?.1));
    in_payload.chain(in_task).map(str::to_owned).collect()
}

/// The deployments of all files, by their URL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deployments {
    by_url: BTreeMap<String, Deployment>,
}

#[derive(Debug, Clone)]
struct Deployment {
    file: String,
    request: Option<Event>,
    statuses: Vec<Status>,
}

impl Deployments {
    /// Adds a piece to its deployment.
    pub(crate) fn add(&mut self, file: &str, piece: Piece) {
        let deployment = self.by_url.entry(piece.url).or_insert_with(|| Deployment {
            file: file.to_owned(),
            request: None,
            statuses: Vec::new(),
        });
        deployment.request = deployment.request.take().or(piece.request);
        deployment.statuses.extend(piece.status);
    }

    /// Each deployment as the change it made, if it made any.
    pub(crate) fn finish(self) -> impl Iterator<Item = (String, Option<Event>)> {
        self.by_url.into_values().map(|deployment| (deployment.file.clone(), deployment.effect()))
    }
}

impl Deployment {
    /// The change it made: none when it failed or has not begun.
    fn effect(mut self) -> Option<Event> {
        self.statuses.sort_by_key(|status| status.time);
        let first = |state: &str| self.statuses.iter().find(|status| status.state == state);
        let is_failure = |status: &&Status| matches!(&*status.state, "failure" | "error");
        let failed = self.statuses.iter().rfind(is_failure).map(|status| status.time);
        let began = first("in_progress").filter(|_| {
            first("success").is_some() || first("inactive").is_some() || failed.is_none()
        });
        // What is inactive now has been replaced, so it was active.
        let effective = began.or_else(|| first("success"));
        let is_told = self.statuses.iter().any(|status| status.state != "inactive");
        match (self.request, effective) {
            (Some(request), Some(status)) => Some(Event { time: status.time, ..request }),
            (None, Some(status)) => Some(status.event.clone()),
            (request, None) if !is_told => request,
            _ => None,
        }
    }
}
