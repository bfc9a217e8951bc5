//! Metrics as text: `OpenMetrics` 1.0 with timestamps
//! (<https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>), which
//! `promtool tsdb create-blocks-from openmetrics` reads.

use std::fmt::Write;

use super::catalogue::MetricKind;
use super::data::{Family, Observation, Series};

/// All metrics of a run that began at that time of the world, in milliseconds since 1970.
pub fn openmetrics(observation: &Observation, start_unix_ms: u64) -> String {
    let times: Vec<String> = observation
        .times_ms
        .iter()
        .map(|ms| {
            let at = start_unix_ms + ms;
            format!("{}.{:03}", at / 1000, at % 1000)
        })
        .collect();
    let mut text = String::new();
    for family in observation.families() {
        write_head(&mut text, &family);
        for group in groups(&family) {
            write_group(&mut text, group, &times, start_unix_ms);
        }
    }
    text.push_str("# EOF\n");
    text
}

/// A counter whose exporter leaves out `_total` is no counter to `OpenMetrics`: it is unknown there.
fn write_head(text: &mut String, family: &Family<'_>) {
    let metric = family.metric;
    let is_counter = metric.kind == MetricKind::Counter;
    let is_unknown = is_counter && !metric.name.ends_with("_total");
    let kind = if is_unknown { "unknown" } else { metric.kind.as_str() };
    let name = metric.family();
    let _ = writeln!(text, "# TYPE {name} {kind}");
    if !metric.unit.is_empty() && name.ends_with(metric.unit) {
        let _ = writeln!(text, "# UNIT {name} {}", metric.unit);
    }
    let _ = writeln!(text, "# HELP {name} {}", metric.help);
}

/// The series of one histogram, or one series.
fn groups<'a>(family: &'a Family<'_>) -> impl Iterator<Item = &'a [&'a Series]> {
    let is_histogram = family.metric.kind == MetricKind::Histogram;
    let size = if is_histogram { super::cells::BOUNDS.len() + 2 } else { 1 };
    family.series.chunks(size)
}

/// All points of one set of labels stand together, in the order of time.
fn write_group(text: &mut String, group: &[&Series], times: &[String], start_unix_ms: u64) {
    let is_timestamp = group.first().is_some_and(|series| series.metric().is_timestamp());
    let since = if is_timestamp { start_unix_ms as f64 / 1000.0 } else { 0.0 };
    let names: Vec<String> = group.iter().map(|series| labelled(series)).collect();
    for (scrape, time) in times.iter().enumerate() {
        for (series, name) in group.iter().zip(&names) {
            if let Some(value) = series.at(scrape) {
                let _ = writeln!(text, "{name} {} {time}", since + value);
            }
        }
    }
}

fn labelled(series: &Series) -> String {
    let mut text = series.name();
    if series.labels.is_empty() {
        return text;
    }
    text.push('{');
    for (at, (name, value)) in series.labels.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{name}=\"");
        for letter in value.chars() {
            match letter {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                other => text.push(other),
            }
        }
        text.push('"');
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::METRICS;

    #[test]
    fn a_gap_is_left_out_and_what_is_special_escaped() {
        let up = Series {
            metric: 0,
            suffix: "",
            labels: vec![("job".into(), "a \"b\" \\ c\nd".into())],
            first: 1,
            values: vec![1.0, f64::NAN, 0.5],
        };
        let observation = Observation {
            times_ms: vec![0, 15_000, 30_000, 45_001],
            series: vec![up],
            ..Observation::default()
        };
        assert_eq!(
            openmetrics(&observation, 1_700_000_000_000),
            format!(
                "# TYPE up gauge\n# HELP up {}\n\
                 up{{job=\"a \\\"b\\\" \\\\ c\\nd\"}} 1 1700000015.000\n\
                 up{{job=\"a \\\"b\\\" \\\\ c\\nd\"}} 0.5 1700000045.001\n# EOF\n",
                METRICS[0].help
            )
        );
    }
}
