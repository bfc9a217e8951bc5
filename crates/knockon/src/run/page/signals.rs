//! The signals of a run that are worth a chart: what users felt, then what was wrong at the cause.

use std::collections::BTreeSet;

use knockon_core::{ServiceKind, System};
use knockon_promql::{Query, Settings, Store, Value};
use knockon_report::{Chart, Line, Unit};
use knockon_scenario::play::{BEGINS_UNIX_MS, EVERY, Played};
use knockon_scenario::story::Story;

use super::EVERY_MS;

/// So many charts are looked at.
const CHARTS_MAX: usize = 12;

/// So many lines of one chart can be told apart.
const LINES_MAX: usize = 5;

/// A line that moves by less than this part of its size says nothing.
const MOVES_MIN: f64 = 0.1;

pub(super) fn charts(system: &System, played: &Played, story: &Story) -> Vec<Chart> {
    let asked = Asked { system, store: &played.watched.store, lasts_ms: lasts_ms(played) };
    let mut charts = users(played, story);
    charts.push(asked.waits(story));
    let mut services: Vec<&str> = story.causes.iter().map(String::as_str).collect();
    let symptoms = story.alerts.iter().filter_map(|told| told.fired.service.as_deref());
    for service in symptoms {
        if !services.contains(&service) {
            services.push(service);
        }
    }
    for service in services {
        charts.extend(asked.of_service(service));
    }
    charts.retain(|chart| chart.lines.iter().any(moves));
    charts.truncate(CHARTS_MAX);
    charts
}

fn lasts_ms(played: &Played) -> i64 {
    let times = &played.course.run.observation().times_ms;
    times.last().map_or(0, |last| i64::try_from(*last).unwrap_or(i64::MAX))
}

/// Whether a line says anything.
fn moves(line: &Line) -> bool {
    let values = line.points.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
    let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| {
        (least.min(value), most.max(value))
    });
    most - least > MOVES_MIN * most.abs().max(least.abs())
}

/// What became of users in each stretch: those who fail, and those who wait for what they were promised.
fn users(played: &Played, story: &Story) -> Vec<Chart> {
    let every = EVERY.as_secs_f64();
    let (mut failing, mut waiting) = (Vec::new(), Vec::new());
    for (at, felt) in story.users.iter().enumerate().filter(|(_, felt)| felt.bad.is_some()) {
        let (mut fail, mut wait) = (Vec::new(), Vec::new());
        let mut before = (0.0, 0.0);
        for (stretch, counts) in played.course.journeys.iter().enumerate() {
            let Some(counts) = counts.get(at) else { continue };
            let now = (counts.gave_up as f64, counts.served as f64);
            let (failed, served) = (now.0 - before.0, now.1 - before.1);
            let time = every * (stretch + 1) as f64;
            fail.push((time, failed / (failed + served)));
            let open = counts.served as f64 - counts.completed as f64 - counts.lost as f64;
            wait.push((time, open));
            before = now;
        }
        failing.push(Line { name: felt.journey.clone(), points: fail });
        waiting.push(Line { name: felt.journey.clone(), points: wait });
    }
    let chart =
        |title: &str, unit, lines| Chart { title: title.to_owned(), unit, lines, limit: None };
    vec![
        chart("Users who see an error", Unit::Share, failing),
        chart("Accepted and not completed yet", Unit::Of("users".to_owned()), waiting),
    ]
}

/// Metrics of a run, asked over all of its time.
struct Asked<'a> {
    system: &'a System,
    store: &'a Store,
    lasts_ms: i64,
}

impl Asked<'_> {
    /// The lines that a query gives, each with the name that its labels make.
    fn lines(&self, query: &str, name: impl Fn(&knockon_promql::Labels) -> String) -> Vec<Line> {
        let Ok(query) = Query::parse(query) else { return Vec::new() };
        let (from, to) = (BEGINS_UNIX_MS, BEGINS_UNIX_MS + self.lasts_ms);
        let answer = query.over(self.store, from, to, EVERY_MS, Settings::default());
        let Ok(Value::Matrix(all)) = answer.map(|answer| answer.value) else { return Vec::new() };
        let lines = all.iter().map(|series| Line {
            name: name(&series.labels),
            points: (series.samples.iter())
                .map(|(ms, value)| ((ms - BEGINS_UNIX_MS) as f64 / 1000.0, *value))
                .collect(),
        });
        let mut lines: Vec<Line> = lines.filter(|line| !line.points.is_empty()).collect();
        let peak = |line: &Line| line.points.iter().map(|(_, it)| *it).fold(f64::MIN, f64::max);
        lines.sort_by(|one, other| {
            peak(other).total_cmp(&peak(one)).then_with(|| one.name.cmp(&other.name))
        });
        lines.truncate(LINES_MAX);
        lines
    }

    /// How long users waited for answers.
    fn waits(&self, story: &Story) -> Chart {
        let hurt: BTreeSet<&str> = story.hurt().map(|felt| felt.journey.as_str()).collect();
        let text = "histogram_quantile(0.95, sum by (journey, le) (rate(journey_duration_seconds_bucket[1m])))";
        let mut lines =
            self.lines(text, |labels| labels.get("journey").unwrap_or_default().to_owned());
        lines.retain(|line| hurt.contains(line.name.as_str()));
        let slos =
            self.system.journeys().iter().filter(|journey| hurt.contains(journey.name.as_str()));
        let p95 = slos.filter_map(|journey| journey.slo.as_ref()?.p95).min();
        Chart {
            title: "Answers: 95 of 100 are faster".to_owned(),
            unit: Unit::Seconds,
            lines,
            limit: p95.map(|p95| ("promised".to_owned(), p95.as_secs_f64())),
        }
    }

    fn of_service(&self, service: &str) -> Vec<Chart> {
        let Some(id) = self.system.names().get(service) else { return Vec::new() };
        let kind = self.system.service(id).kind;
        let chart = |title: &str, unit, lines| Chart {
            title: format!("{service}: {title}"),
            unit,
            lines,
            limit: None,
        };
        let just = |name: &'static str| move |_: &knockon_promql::Labels| name.to_owned();
        let of = |label: &'static str| {
            move |labels: &knockon_promql::Labels| labels.get(label).unwrap_or_default().to_owned()
        };
        let share = |metric: &str, label: &str| {
            format!(
                "sum(rate({metric}_count{{{label}={service:?},error_type!=\"\"}}[1m])) \
                 / sum(rate({metric}_count{{{label}={service:?}}}[1m]))"
            )
        };
        let mut charts = Vec::new();
        if kind == ServiceKind::Broker {
            for (title, metric) in [
                ("messages waiting", "rabbitmq_queue_messages_ready|mqtt_queue_messages"),
                ("consumers", "rabbitmq_queue_consumers|mqtt_queue_consumers"),
            ] {
                let text = format!("max by (queue) ({{__name__=~{metric:?},service={service:?}}})");
                charts.push(chart(title, Unit::Count, self.lines(&text, of("queue"))));
            }
        }
        let mut errors =
            self.lines(&share("http_server_request_duration_seconds", "service"), just("answers"));
        for metric in
            ["http_client_request_duration_seconds", "db_client_operation_duration_seconds"]
        {
            errors.extend(self.lines(&share(metric, "server_address"), just("as callers see it")));
        }
        charts.push(chart("requests that fail", Unit::Share, errors));
        let text = format!(
            "sum(rate(db_client_operation_duration_seconds_sum{{server_address={service:?}}}[1m])) \
             / sum(rate(db_client_operation_duration_seconds_count{{server_address={service:?}}}[1m]))"
        );
        charts.push(chart("how long queries take", Unit::Seconds, self.lines(&text, just("mean"))));
        let text =
            format!("sum(rate(container_cpu_usage_seconds_total{{service={service:?}}}[1m]))");
        charts.push(chart("processor, in cores", Unit::Count, self.lines(&text, just("used"))));
        let text = format!("sum(kube_deployment_status_replicas_available{{service={service:?}}})");
        charts.push(chart(
            "replicas that can be asked",
            Unit::Count,
            self.lines(&text, just("ready")),
        ));
        let text = format!("sum(kube_pod_container_status_restarts_total{{service={service:?}}})");
        charts.push(chart("restarts so far", Unit::Count, self.lines(&text, just("restarts"))));
        charts.retain(|chart| chart.lines.iter().any(moves));
        charts
    }
}
