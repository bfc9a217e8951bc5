//! Applications of Argo CD, as `kubectl get applications -o json` and `argocd app list -o json` give
//! them: what `status.history` says was synchronised, and what is being synchronised now.
//!
//! Shapes: `RevisionHistory`, `OperationState` and `OperationInitiator` of
//! `argoproj/argo-cd/pkg/apis/application/v1alpha1/types.go`. Only synchronisations that succeeded are
//! in the history.

use crate::change::ChangeKind;
use crate::change_event::{Event, Found, Missing, Subject};
use crate::json_node::Node;
use crate::time_format;

/// Reads an element if it is an object of Argo CD.
pub(crate) fn read(node: &Node) -> Option<Found> {
    let is_argo = node.text(&["apiVersion"]).is_some_and(|it| it.starts_with("argoproj.io/"));
    let kind = node.text(&["kind"]);
    // The command line of Argo CD leaves both out.
    let is_bare = kind.is_none()
        && node.get("metadata").is_some()
        && node.get("spec").is_some_and(|spec| spec.get("destination").is_some());
    match kind {
        Some("Application") if is_argo => {}
        None if is_bare => {}
        _ => return is_argo.then_some(Found::NoChange),
    }
    let subject = subject(node);
    let mut events = Vec::new();
    let mut missing = Vec::new();
    let mut previous: Option<String> = None;
    for entry in node.list(&["status", "history"]) {
        match synchronised(entry, &subject, previous.as_deref()) {
            Ok(event) => {
                previous.clone_from(&event.version);
                events.push(event);
            }
            Err(why) => missing.push(why),
        }
    }
    match running(node, &subject, previous.as_deref()) {
        Some(Ok(event)) => events.push(event),
        Some(Err(why)) => missing.push(why),
        None => {}
    }
    let is_empty = events.is_empty() && missing.is_empty();
    Some(if is_empty { Found::NoChange } else { Found::Events(events, missing) })
}

fn subject(node: &Node) -> Subject {
    let label = |name: &str| node.text(&["metadata", "labels", name]);
    let first = |path: &str| node.list(&["spec", "sources"]).first()?.text(&[path]);
    let source = |key: &str| node.text(&["spec", "source", key]).or_else(|| first(key));
    let names = [
        label("app.kubernetes.io/name"),
        label("app"),
        node.text(&["metadata", "name"]),
        label("app.kubernetes.io/instance"),
        node.text(&["spec", "source", "helm", "releaseName"]),
    ];
    let owned = |names: &[Option<&str>]| {
        names.iter().flatten().map(|name| (*name).to_owned()).collect::<Vec<_>>()
    };
    Subject {
        stated: owned(&names),
        repository: source("repoURL").map(str::to_owned),
        names: owned(&[source("chart"), node.text(&["spec", "destination", "namespace"])]),
    }
}

/// What an entry of the history changed. To apply the same revision once more changes, if anything,
/// the parameters beside it.
fn synchronised(entry: &Node, subject: &Subject, previous: Option<&str>) -> Result<Event, Missing> {
    event(entry, entry, "deployedAt", subject, previous)
}

/// What is being applied at this moment.
fn running(
    node: &Node,
    subject: &Subject,
    previous: Option<&str>,
) -> Option<Result<Event, Missing>> {
    let state = node.get("status")?.get("operationState")?;
    (state.text(&["phase"]) == Some("Running")).then_some(())?;
    let operation = state.get("operation")?;
    let revision = state.get("syncResult").or_else(|| operation.get("sync"))?;
    let event = event(state, revision, "startedAt", subject, previous);
    Some(event.map(|event| Event { by: initiator(operation), ..event }))
}

fn event(
    node: &Node,
    revision: &Node,
    time_key: &'static str,
    subject: &Subject,
    previous: Option<&str>,
) -> Result<Event, Missing> {
    let time = node.text(&[time_key]).ok_or(Missing::Key(time_key))?;
    let time = time_format::parse(time).ok_or_else(|| Missing::Time(time.to_owned()))?.time;
    let several = || {
        let each: Vec<_> =
            revision.list(&["revisions"]).iter().filter_map(|it| it.text(&[])).collect();
        (!each.is_empty()).then(|| each.join(" "))
    };
    let version = revision.text(&["revision"]).map(str::to_owned).or_else(several);
    let is_same = version.is_some() && version.as_deref() == previous;
    let source = node.text(&["source", "path"]).or_else(|| node.text(&["source", "chart"]));
    Ok(Event {
        time,
        kind: if is_same { ChangeKind::Config } else { ChangeKind::Deploy },
        version,
        by: initiator(node),
        summary: source.map(|source| format!("from {source}")),
        subject: subject.clone(),
        environment: None,
    })
}

fn initiator(node: &Node) -> Option<String> {
    let name = node.text(&["initiatedBy", "username"]).map(str::to_owned);
    let is_automated = node.text(&["initiatedBy", "automated"]) == Some("true");
    name.or_else(|| is_automated.then(|| "automated sync".to_owned()))
}
