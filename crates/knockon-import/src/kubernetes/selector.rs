//! Label selectors.

use std::collections::BTreeMap;

use super::map_of;
use crate::document::Doc;

/// Labels that name the service, the most telling first.
const NAMING: &[&str] = &[
    "app.kubernetes.io/name",
    "app",
    "name",
    "k8s-app",
    "service",
    "io.kompose.service",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/component",
    "component",
    "run",
];

/// Whether a selector (`matchLabels`, `matchExpressions`) asks for anything.
pub(super) fn selects_all(selector: Doc<'_>) -> bool {
    map_of(selector.get("matchLabels")).is_empty()
        && selector.items_of("matchExpressions").next().is_none()
}

/// Whether labels are what a selector asks for.
pub(super) fn matches(selector: Doc<'_>, labels: &BTreeMap<&str, &str>) -> bool {
    let asked = map_of(selector.get("matchLabels"));
    asked.iter().all(|(key, value)| labels.get(key) == Some(value))
        && selector.items_of("matchExpressions").all(|it| expression(it, labels))
}

fn expression(expression: Doc<'_>, labels: &BTreeMap<&str, &str>) -> bool {
    let label = expression.text_of("key").and_then(|key| labels.get(key));
    let values = expression.get("values").map(Doc::texts).unwrap_or_default();
    let is_in = label.is_some_and(|label| values.iter().any(|value| value == label));
    match expression.text_of("operator") {
        Some("In") => is_in,
        Some("NotIn") => !is_in,
        Some("Exists") => label.is_some(),
        Some("DoesNotExist") => label.is_none(),
        _ => false,
    }
}

/// The names of the services that a selector seems to mean, for when no workload has such labels.
pub(super) fn names(selector: Doc<'_>) -> Vec<String> {
    let asked = map_of(selector.get("matchLabels"));
    if let Some(name) = NAMING.iter().find_map(|key| asked.get(key)) {
        return vec![(*name).to_owned()];
    }
    let listed = selector.items_of("matchExpressions").filter(|expression| {
        let is_naming = expression.text_of("key").is_some_and(|key| NAMING.contains(&key));
        is_naming && expression.text_of("operator") == Some("In")
    });
    listed.filter_map(|expression| expression.get("values")).flat_map(Doc::texts).collect()
}
