//! Series as text: `OpenMetrics` 1.0
//! (<https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>), which
//! `promtool tsdb create-blocks-from openmetrics` reads, and the Prometheus text format 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>) with timestamps.
//!
//! Both want a family in one piece and, in it, all points of one set of labels together in the order
//! of time. Neither can say that a series ended, nor carry a native histogram.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::{self, Write};

use knockon_promql::labels::is_plain_name;
use knockon_promql::{Labels, METRIC_NAME, Series, Store, special};

use crate::families::{Families, Family, FamilyType};

/// A text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextFormat {
    /// `OpenMetrics` 1.0: seconds, `# UNIT`, `# EOF` at the end.
    OpenMetrics,
    /// The Prometheus text format 0.0.4: milliseconds.
    Prometheus,
}

impl TextFormat {
    /// The header `Content-Type` of an answer in it.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// What was written, and what the text cannot say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextWritten {
    /// How many samples it has.
    pub samples: usize,
    /// How many markers of ended series are left out.
    pub stale: usize,
    /// How many native histograms are left out.
    pub native_histograms: usize,
}

/// Writes all series of a store, families in the order of their names.
///
/// A name outside the classic alphabet is quoted, `{"http.time",a="b"}`, which Prometheus reads since
/// version 3.
pub fn write_text(
    out: &mut impl Write,
    store: &Store,
    families: &Families,
    format: TextFormat,
) -> io::Result<TextWritten> {
    let mut written = TextWritten::default();
    for (name, group) in grouped(store, families, format) {
        write_head(out, &name, group.family.as_ref(), format)?;
        for metric in group.metrics.values() {
            write_metric(out, metric, format, &mut written)?;
        }
    }
    if format == TextFormat::OpenMetrics {
        out.write_all(b"# EOF\n")?;
    }
    Ok(written)
}

/// The series of a family, by the labels that tell its metrics apart.
#[derive(Default)]
struct Group<'s> {
    family: Option<Family>,
    metrics: BTreeMap<Labels, Vec<&'s Series>>,
}

fn grouped<'s>(
    store: &'s Store,
    families: &Families,
    format: TextFormat,
) -> BTreeMap<String, Group<'s>> {
    let mut groups: BTreeMap<String, Group<'s>> = BTreeMap::new();
    for id in store.select(&[]) {
        let series = store.get(id);
        let metric = series.labels().metric().unwrap_or_default();
        let (name, family) = family_of(metric, families, format);
        let group = groups.entry(name.to_owned()).or_default();
        let part = |label: &str| matches!(label, METRIC_NAME | "le" | "quantile");
        let is_whole = matches!(
            family.as_ref().map(|it| it.family_type),
            Some(FamilyType::Histogram | FamilyType::GaugeHistogram | FamilyType::Summary)
        );
        let key = series.labels().filtered(|label| !(is_whole && part(label)));
        group.metrics.entry(key).or_default().push(series);
        group.family = group.family.take().or(family);
    }
    for series in groups.values_mut().flat_map(|group| group.metrics.values_mut()) {
        series.sort_by(|a, b| {
            let ((a_is_other, a), (b_is_other, b)) = (order(a), order(b));
            a_is_other.cmp(&b_is_other).then(a.total_cmp(&b))
        });
    }
    groups
}

/// Buckets by their bounds, which as texts have another order; then whatever else there is.
fn order(series: &Series) -> (bool, f64) {
    let labels = series.labels();
    let bound = labels.get("le").or_else(|| labels.get("quantile"));
    match bound.and_then(|bound| bound.parse().ok()) {
        Some(bound) => (false, bound),
        None => (true, 0.0),
    }
}

/// The family of a metric, as the format names it.
fn family_of<'m>(
    metric: &'m str,
    families: &Families,
    format: TextFormat,
) -> (&'m str, Option<Family>) {
    let (name, family) = families.of(metric);
    let mut family = family.cloned();
    let family_type = family.as_ref().map(|it| it.family_type);
    let is_counter = family_type == Some(FamilyType::Counter);
    let is_info = family_type == Some(FamilyType::Info);
    match format {
        TextFormat::OpenMetrics => {
            // A counter whose exporter leaves out `_total` is none to OpenMetrics.
            if is_counter && name == metric {
                family = family.map(|it| Family { family_type: FamilyType::Unknown, ..it });
            }
            (name, family)
        }
        // Here the name of a counter has its ending, as has that of an info, and the time that a
        // counter began is a family of its own.
        TextFormat::Prometheus if is_counter && metric.ends_with("_created") => (metric, None),
        TextFormat::Prometheus if is_counter || is_info => (metric, family),
        TextFormat::Prometheus => (name, family),
    }
}

fn write_head(
    out: &mut impl Write,
    name: &str,
    family: Option<&Family>,
    format: TextFormat,
) -> io::Result<()> {
    let Some(family) = family.filter(|_| is_plain_name(name, true)) else { return Ok(()) };
    let word = match family.family_type {
        // The older format has no word for these.
        FamilyType::Unknown | FamilyType::GaugeHistogram if format == TextFormat::Prometheus => {
            "untyped"
        }
        FamilyType::Info | FamilyType::StateSet if format == TextFormat::Prometheus => "gauge",
        other => other.as_str(),
    };
    writeln!(out, "# TYPE {name} {word}")?;
    let unit = &family.unit;
    // A family has to end in its unit.
    let has_unit = name.strip_suffix(unit).is_some_and(|it| it.ends_with('_'));
    if format == TextFormat::OpenMetrics && !unit.is_empty() && has_unit {
        writeln!(out, "# UNIT {name} {unit}")?;
    }
    if family.help.is_empty() {
        return Ok(());
    }
    writeln!(out, "# HELP {name} {}", Escaped(&family.help, format == TextFormat::OpenMetrics))
}

/// Writes all points of one set of labels, in the order of time.
fn write_metric(
    out: &mut impl Write,
    metric: &[&Series],
    format: TextFormat,
    written: &mut TextWritten,
) -> io::Result<()> {
    let heads: Vec<String> = metric.iter().map(|series| head(series.labels())).collect();
    let mut points = Vec::new();
    for (index, series) in metric.iter().enumerate() {
        let samples = series.times_ms().iter().zip(series.values());
        points.extend(samples.map(|(time, value)| (*time, index, *value)));
    }
    // Each series is in order; only a histogram has several.
    if metric.len() > 1 {
        points.sort_by_key(|(time, index, _)| (*time, *index));
    }
    for (time_ms, index, value) in points {
        if special::is_stale(value) {
            written.stale += 1;
        } else if special::is_native_histogram(value) {
            written.native_histograms += 1;
        } else {
            written.samples += 1;
            write!(out, "{} {} ", heads[index], special::text(value))?;
            match format {
                TextFormat::OpenMetrics => writeln!(out, "{}", Seconds(time_ms))?,
                TextFormat::Prometheus => writeln!(out, "{time_ms}")?,
            }
        }
    }
    Ok(())
}

/// A name and labels, as a line begins with them.
fn head(labels: &Labels) -> String {
    let metric = labels.metric().unwrap_or_default();
    let is_plain = is_plain_name(metric, true);
    let mut text = if is_plain { metric.to_owned() } else { String::new() };
    let mut parts = Vec::new();
    if !is_plain && !metric.is_empty() {
        parts.push(format!("\"{}\"", Escaped(metric, true)));
    }
    for (name, value) in labels.iter().filter(|(name, _)| *name != METRIC_NAME) {
        let value = Escaped(value, true);
        parts.push(if is_plain_name(name, false) {
            format!("{name}=\"{value}\"")
        } else {
            format!("\"{}\"=\"{value}\"", Escaped(name, true))
        });
    }
    if !parts.is_empty() || text.is_empty() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{{{}}}", parts.join(","));
    }
    text
}

/// A text with backslashes, line breaks and, if asked for, quotes escaped.
struct Escaped<'a>(&'a str, bool);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '"' if self.1 => f.write_str("\\\"")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Milliseconds as seconds with as many decimals as it takes.
struct Seconds(i64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ms = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:03}", ms / 1000, ms % 1000)
    }
}
