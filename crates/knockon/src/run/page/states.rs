//! How each service and each journey was at every moment, from what could be seen.

use std::collections::BTreeMap;

use knockon_core::{Resolved, System};
use knockon_promql::{Query, Settings, Store, Value};
use knockon_report::{MapOverTime, State};
use knockon_scenario::play::{BEGINS_UNIX_MS, EVERY, Played};
use knockon_scenario::story::Story;

use super::EVERY_MS;

/// At least this part of the requests fails: it is failing.
const FAILING: f64 = 0.5;
/// At least this part fails: it is degraded.
const DEGRADED: f64 = 0.05;
/// So many times as long as usual is slow.
const SLOW: f64 = 3.0;

/// What a query gives: for each service a value at each moment.
type Values = BTreeMap<String, Vec<Option<f64>>>;

pub(super) fn map(system: &System, played: &Played, story: &Story) -> MapOverTime {
    let seen = Seen { system, store: &played.watched.store, moments: played.course.journeys.len() };
    let moments: Vec<f64> =
        (0..seen.moments).map(|at| EVERY.as_secs_f64() * (at + 1) as f64).collect();
    MapOverTime {
        along: None,
        services: seen.services(story),
        journeys: journeys(played, story),
        times_s: moments,
    }
}

fn journeys(played: &Played, story: &Story) -> Vec<(String, Vec<State>)> {
    let of = |(at, felt): (usize, &knockon_scenario::story::Felt)| {
        let mut before = (0, 0);
        let states = played.course.journeys.iter().zip(1..).map(|(counts, stretch)| {
            let Some(counts) = counts.get(at) else { return State::Unknown };
            let now = (counts.gave_up, counts.served);
            let (failed, served) = (now.0 - before.0, now.1 - before.1);
            before = now;
            let end = stretch * EVERY_MS;
            let is_bad = felt
                .bad
                .is_some_and(|(from, until)| end > from && until.is_none_or(|until| end <= until));
            let share = failed as f64 / (failed + served).max(1) as f64;
            match (is_bad, failed + served) {
                (true, _) if share.max(felt.share) >= FAILING => State::Failing,
                (true, _) => State::Degraded,
                (false, 0) => State::Unknown,
                (false, _) => State::Well,
            }
        });
        (felt.journey.clone(), states.collect())
    };
    story.users.iter().enumerate().map(of).collect()
}

struct Seen<'a> {
    system: &'a System,
    store: &'a Store,
    moments: usize,
}

impl Seen<'_> {
    fn services(&self, story: &Story) -> Vec<(String, Vec<State>)> {
        let failing = self.failing();
        let took = self.took();
        let ready =
            self.ask("min by (service) (kube_deployment_status_replicas_available)", "service");
        let missing =
            self.ask("max by (service) (kube_deployment_status_replicas_unavailable)", "service");
        let up = self.ask(
            "max by (service) ({__name__=~\"up|pg_up|mysql_up|mongodb_up|redis_up\"} == 0)",
            "service",
        );
        let all = self.ask("max by (service) (up)", "service");
        let services = self.system.services().iter().map(|service| {
            let name = &service.name;
            let at =
                |values: &Values, moment: usize| values.get(name)?.get(moment).copied().flatten();
            let usual = usual(took.get(name), story, self.moments);
            let states = (0..self.moments).map(|moment| {
                let errors = failing
                    .iter()
                    .filter_map(|values| at(values, moment))
                    .fold(None, |most: Option<f64>, it| Some(most.map_or(it, |most| most.max(it))));
                let is_slow =
                    at(&took, moment).zip(usual).is_some_and(|(now, usual)| now > usual * SLOW);
                let is_down = at(&ready, moment).is_some_and(|ready| ready < 1.0)
                    || at(&ready, moment).is_none() && at(&up, moment).is_some();
                let is_less = at(&missing, moment).is_some_and(|missing| missing >= 1.0);
                let is_known =
                    errors.is_some() || at(&all, moment).is_some() || at(&ready, moment).is_some();
                if is_down {
                    State::Down
                } else if errors.is_some_and(|errors| errors >= FAILING) {
                    State::Failing
                } else if errors.is_some_and(|errors| errors >= DEGRADED)
                    || is_slow
                    || is_less
                    || fires(story, name, moment)
                {
                    State::Degraded
                } else if is_known {
                    State::Well
                } else {
                    State::Unknown
                }
            });
            (name.clone(), states.collect())
        });
        services.collect()
    }

    /// The part of the requests to each service that fails: as it tells, and as its callers do.
    fn failing(&self) -> Vec<Values> {
        let share = |metric: &str, by: &str| {
            let text = format!(
                "sum by ({by}) (increase({metric}{{error_type!=\"\"}}[30s])) \
                 / sum by ({by}) (increase({metric}[30s]))"
            );
            self.ask(&text, by)
        };
        vec![
            share("http_server_request_duration_seconds_count", "service"),
            share("http_client_request_duration_seconds_count", "server_address"),
            share("db_client_operation_duration_seconds_count", "server_address"),
            share("messaging_client_operation_duration_seconds_count", "server_address"),
        ]
    }

    /// How long requests to each service take on average, in seconds.
    fn took(&self) -> Values {
        let mean = |metric: &str, by: &str| {
            let text = format!(
                "sum by ({by}) (increase({metric}_sum[30s])) / sum by ({by}) (increase({metric}_count[30s]))"
            );
            self.ask(&text, by)
        };
        let mut took = mean("db_client_operation_duration_seconds", "server_address");
        took.extend(mean("http_client_request_duration_seconds", "server_address"));
        took.extend(mean("http_server_request_duration_seconds", "service"));
        took
    }

    /// The values of a query by the service that a label names.
    fn ask(&self, text: &str, label: &str) -> Values {
        let mut values = Values::new();
        let Ok(query) = Query::parse(text) else { return values };
        let end = BEGINS_UNIX_MS + EVERY_MS * i64::try_from(self.moments).unwrap_or(0);
        let answer =
            query.over(self.store, BEGINS_UNIX_MS + EVERY_MS, end, EVERY_MS, Settings::default());
        let Ok(Value::Matrix(all)) = answer.map(|answer| answer.value) else { return values };
        for series in all {
            let name = series.labels.get(label).unwrap_or_default();
            let Some(id) = self.system.names().resolve(name).map(Resolved::service) else {
                continue;
            };
            let name = self.system.service(id).name.clone();
            let of = values.entry(name).or_insert_with(|| vec![None; self.moments]);
            for (ms, value) in &series.samples {
                let at =
                    usize::try_from((ms - BEGINS_UNIX_MS) / EVERY_MS - 1).unwrap_or(usize::MAX);
                if let Some(slot) = of.get_mut(at).filter(|_| value.is_finite()) {
                    *slot = Some(slot.map_or(*value, |known| known.max(*value)));
                }
            }
        }
        values
    }
}

/// What was usual before the cause set in: the median.
fn usual(values: Option<&Vec<Option<f64>>>, story: &Story, moments: usize) -> Option<f64> {
    let until =
        story.begins_ms.map_or(moments, |ms| usize::try_from(ms / EVERY_MS).unwrap_or(moments));
    let mut before: Vec<f64> = values?.iter().take(until).filter_map(|it| *it).collect();
    before.sort_by(f64::total_cmp);
    before.get(before.len() / 2).copied()
}

/// Whether an alert on a service fires at a moment.
fn fires(story: &Story, service: &str, moment: usize) -> bool {
    let at = EVERY_MS * i64::try_from(moment + 1).unwrap_or(i64::MAX);
    let mut fired = story.alerts.iter().map(|told| &told.fired);
    fired.any(|fired| {
        fired.service.as_deref() == Some(service)
            && fired.firing_ms <= at
            && fired.resolved_ms.is_none_or(|resolved| at < resolved)
    })
}
