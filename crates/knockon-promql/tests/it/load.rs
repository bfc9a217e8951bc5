//! Series and rules in short forms.

use knockon_promql::rules::{AlertingRule, RecordingRule, Rule, RuleGroup, RuleText};
use knockon_promql::special::STALE;
use knockon_promql::{Labels, Matcher, Query, Settings, Store, Value};

/// Adds a series in the notation of promtool
/// (<https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series>): `1 2x3
/// 0+10x5 _ stale`, a sample at every step from the first moment on.
pub(crate) fn load(store: &mut Store, step_ms: i64, name: &str, values: &str) {
    let labels = labels(name);
    let id = store.open(&labels);
    for (index, value) in (0_i64..).zip(expanded(values)) {
        if let Some(value) = value {
            store.append(id, index * step_ms, value).unwrap();
        }
    }
}

/// The labels in a text such as `up{job="a"}`.
pub(crate) fn labels(name: &str) -> Labels {
    let (metric, rest) = name.split_once('{').unwrap_or((name, "}"));
    let inside = rest.trim_end_matches('}');
    let pairs = inside.split(',').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.trim().to_owned(), value.trim_matches('"').to_owned())
    });
    Labels::of(pairs.chain([("__name__".to_owned(), metric.to_owned())]))
}

/// The values of a notation; `None` where there is no sample.
pub(crate) fn expanded(values: &str) -> Vec<Option<f64>> {
    let mut all = Vec::new();
    for word in values.split_whitespace() {
        let (base, times) = match word.split_once('x') {
            Some((base, times)) => (base, times.parse::<u32>().unwrap()),
            None => (word, 0),
        };
        match base {
            // `_x3` is three, `_` is one.
            "_" => all.extend((0..times.max(1)).map(|_| None)),
            "stale" => all.push(Some(STALE)),
            _ => {
                let sign = base[1..].find(['+', '-']).map_or(base.len(), |at| at + 1);
                let start: f64 = base[..sign].parse().unwrap();
                let step: f64 = base[sign..].parse().unwrap_or(0.0);
                all.extend((0..=times).map(|index| Some(start + step * f64::from(index))));
            }
        }
    }
    all
}

/// An alerting rule.
pub(crate) struct Alerting<'t> {
    pub(crate) name: &'t str,
    pub(crate) expr: &'t str,
    pub(crate) hold_ms: i64,
    pub(crate) keep_firing_ms: i64,
    pub(crate) labels: &'t [(&'t str, &'t str)],
    pub(crate) annotations: &'t [(&'t str, &'t str)],
}

impl Default for Alerting<'_> {
    fn default() -> Self {
        Self { name: "A", expr: "", hold_ms: 0, keep_firing_ms: 0, labels: &[], annotations: &[] }
    }
}

impl Alerting<'_> {
    pub(crate) fn rule(&self, source: usize) -> Rule {
        let Self { name, expr, labels, annotations, .. } = *self;
        let text = RuleText { name, expr, labels, annotations };
        let rule = AlertingRule::parse(text, self.hold_ms, self.keep_firing_ms, source);
        Rule::Alerting(rule.unwrap())
    }
}

/// A recording rule.
pub(crate) fn recording(name: &str, expr: &str, labels: &[(&str, &str)]) -> Rule {
    let text = RuleText { name, expr, labels, annotations: &[] };
    Rule::Recording(RecordingRule::parse(text, 0).unwrap())
}

/// A group with an interval of its own.
pub(crate) fn group(interval_ms: i64, rules: Vec<Rule>) -> RuleGroup {
    RuleGroup {
        name: "g".to_owned(),
        file: "f.yml".to_owned(),
        interval_ms: Some(interval_ms),
        limit: None,
        query_offset_ms: 0,
        rules,
    }
}

/// What an expression answers, in lines such as `up{job="a"} 1`, sorted.
pub(crate) fn answer(store: &Store, expr: &str, time_ms: i64) -> Vec<String> {
    let answer = Query::parse(expr).unwrap().at(store, time_ms, Settings::default()).unwrap();
    let Value::Vector(samples) = answer.value else { panic!("{expr}") };
    let mut lines: Vec<_> =
        samples.iter().map(|it| format!("{} {}", it.labels, it.value)).collect();
    lines.sort();
    lines
}

/// All samples of a metric, in lines such as `up{job="a"} 0:1 60:stale`, with times in seconds.
pub(crate) fn samples(store: &Store, metric: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for id in store.select(&[Matcher::metric(metric)]) {
        let series = store.get(id);
        let mut line = series.labels().to_string();
        for (time_ms, value) in series.times_ms().iter().zip(series.values()) {
            let value = if value.to_bits() == STALE.to_bits() {
                "stale".to_owned()
            } else {
                value.to_string()
            };
            line.push_str(&format!(" {}:{value}", time_ms / 1000));
        }
        lines.push(line);
    }
    lines.sort();
    lines
}
