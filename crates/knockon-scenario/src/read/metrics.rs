//! Whether a query asks for metrics that a run can have.

use std::collections::BTreeSet;

use knockon_core::System;
use knockon_format::{Node, closest};
use knockon_promql::{METRIC_NAME, MatchOp, Query};
use knockon_sim::observe::{METRICS, MetricKind};

use super::body::Reader;
use crate::codes;

/// What Prometheus keeps of alerts beside what it scrapes.
const OF_ALERTS: [&str; 2] = ["ALERTS", "ALERTS_FOR_STATE"];

impl Reader<'_> {
    /// Tells every metric of a query that no run of the system has, and whether there is none such. A
    /// selector that gives no name, or only a pattern, may mean any.
    pub(super) fn has_metrics(&mut self, node: &Node, query: &Query) -> bool {
        let known = metrics(self.system);
        let matchers = query.selectors().into_iter().flatten();
        let named = matchers.filter(|it| it.name == METRIC_NAME && it.op == MatchOp::Equal);
        let asked: BTreeSet<&str> = named.map(|it| it.value.as_str()).collect();
        let mut is_right = true;
        for name in asked.into_iter().filter(|name| !known.contains(*name)) {
            is_right = false;
            let message = format!("no run has a metric `{name}`");
            let help = match closest(name, known.iter().map(String::as_str)) {
                _ if is_histogram(name) => {
                    format!("it is a histogram: ask for `{name}_count`, `{name}_sum` or `{name}_bucket`")
                }
                Some(near) => format!("did you mean `{near}`?"),
                None => "a query asks for what exporters give, for what rules of the pack record, or for \
                         `ALERTS`; docs/reference/metrics.md lists all of it"
                    .to_owned(),
            };
            self.refuse(codes::CANNOT_BE_JUDGED, node.span, message, &help);
        }
        is_right
    }
}

/// The names of the series that a run of a system can have: of exporters, of what its applications count
/// themselves, of its recording rules and of its alerts.
fn metrics(system: &System) -> BTreeSet<String> {
    let practice = system.practice();
    let mut names: BTreeSet<String> = OF_ALERTS.iter().map(|name| (*name).to_owned()).collect();
    for metric in METRICS {
        let suffixes: &[&str] = match metric.kind {
            MetricKind::Histogram => &["_bucket", "_count", "_sum"],
            MetricKind::Counter | MetricKind::Gauge => &[""],
        };
        names.extend(suffixes.iter().map(|suffix| format!("{}{suffix}", metric.name)));
    }
    let recorded = practice.application_metrics.iter().chain(&practice.recordings);
    names.extend(recorded.map(|rule| rule.name.clone()));
    names
}

fn is_histogram(name: &str) -> bool {
    METRICS.iter().any(|metric| metric.name == name && metric.kind == MetricKind::Histogram)
}
