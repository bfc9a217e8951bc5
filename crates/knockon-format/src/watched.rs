//! Which service a PromQL expression watches, as far as its selectors tell.

use std::collections::BTreeSet;

use knockon_core::{Names, ServiceId};
use knockon_promql::{MatchOp, Query};

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
    let query = Query::parse(expr).ok()?;
    let mut found = BTreeSet::new();
    for matcher in query.selectors().into_iter().flatten() {
        let is_pattern = matcher.op == MatchOp::Matches;
        if !NAMING.contains(&&*matcher.name) || !(is_pattern || matcher.op == MatchOp::Equal) {
            continue;
        }
        let value = matcher.value.as_str();
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
        check("x{job=\"carts\"", None);
        check("label_replace(up, \"a\", \"{job='carts'}\", \"b\", \"\")", None);
    }
}
