//! Which service a PromQL expression watches, as far as its selectors tell.

use std::collections::BTreeSet;

use knockon_core::{Names, ServiceId};

/// Labels of series that say which service they are of.
const NAMING: &[&str] = &[
    "service",
    "service_name",
    "job",
    "app",
    "application",
    "deployment",
    "statefulset",
    "daemonset",
    "container",
    "pod",
    "workload",
    "destination_workload",
    "destination_service_name",
    "instance",
    "exported_job",
    "exported_service",
    "name",
];

/// The service that the selectors of an expression name, if they name one only.
pub fn watched(expr: &str, names: &Names) -> Option<ServiceId> {
    let mut found = BTreeSet::new();
    for (label, is_pattern, value) in matchers(expr) {
        if !NAMING.contains(&label) {
            continue;
        }
        let values: Vec<&str> = if is_pattern { value.split('|').collect() } else { vec![value] };
        for value in values {
            let value = if is_pattern { without_pattern(value) } else { value };
            found.extend(names.resolve(value).map(knockon_core::Resolved::service));
        }
    }
    if found.len() == 1 { found.first().copied() } else { None }
}

/// The fixed beginning of a pattern: `carts` of `carts-.*`, `^carts$` and `(carts)`.
fn without_pattern(pattern: &str) -> &str {
    let pattern = pattern.trim_start_matches(['^', '(']);
    let end = pattern.find(['.', '*', '+', '?', '[', '(', ')', '$', '\\', '{', '^']);
    pattern[..end.unwrap_or(pattern.len())].trim_end_matches('-')
}

/// The matchers `label="value"` and `label=~"value"` of an expression; those that exclude are none.
fn matchers(expr: &str) -> Vec<(&str, bool, &str)> {
    let mut found = Vec::new();
    let mut rest = expr;
    while let Some(at) = rest.find('=') {
        let before = rest[..at].trim_end();
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |it| it + before[it..].chars().next().map_or(1, char::len_utf8));
        let label = &before[start..];
        let after = &rest[at + 1..];
        let is_pattern = after.starts_with('~');
        let value = after.trim_start_matches('~').trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let Some(quote) = quote else {
            rest = after;
            continue;
        };
        let Some((value, tail)) = value[1..].split_once(quote) else { break };
        if !label.is_empty() {
            found.push((label, is_pattern, value));
        }
        rest = tail;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_of_an_expression_is_the_only_one_it_names() {
        let mut names = Names::default();
        for (index, name) in ["carts", "carts-db", "orders"].iter().enumerate() {
            names.insert(name, ServiceId::from_index(index));
        }
        let check = |expr: &str, expected: Option<usize>| {
            let found = watched(expr, &names).map(ServiceId::index);
            assert_eq!(found, expected, "{expr}");
        };
        check("up{job=\"carts\"} == 0", Some(0));
        check("up{ job = 'carts' }", Some(0));
        check("rate(x{pod=~\"carts-.*\"}[5m])", Some(0));
        check("rate(x{pod=~\"carts-db-.+\"}[5m])", Some(1));
        check("x{job=\"carts\"} / y{service=\"orders\"}", None);
        check("x{job=~\"carts|orders\"}", None);
        check("x{job=~\"^(carts)$\"}", Some(0));
        check("x{job!=\"carts\"}", None);
        check("x{job!~\"carts\"}", None);
        check("x{path=\"carts\"}", None);
        check("x == 1", None);
        check("x{é=\"carts\",job=\"orders", None);
    }
}
