//! Whether what a scenario expects was observed.

use std::time::Duration;

use knockon_format::quantities::show_moment;
use knockon_promql::{Query, Settings, Store};
use knockon_sim::Summary;
use knockon_sim::clock::nanos;

use crate::alerts::millis;
use crate::condition::Condition;
use crate::expect::{
    Expected, Figure, OF_JOURNEY, OF_OPERATION, OF_QUEUE, OF_SAGA, OF_SERVICE, Over, STUCK,
    Subject, When,
};
use crate::play::{BEGINS_UNIX_MS, Course, EVERY, Figures, Played};
use crate::scenario::Scenario;

/// What became of an expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Whether it held.
    pub held: bool,
    /// What was observed, in words.
    pub observed: String,
}

/// What became of each expectation of a scenario. `healthy` is the same users with the same luck without
/// the cause: what is lost is counted against it.
pub fn judge(scenario: &Scenario, played: &Played, healthy: &Course) -> Vec<Judged> {
    let judge = Judge { scenario, played, healthy };
    scenario.expect.iter().map(|expectation| judge.one(&expectation.what)).collect()
}

struct Judge<'a> {
    scenario: &'a Scenario,
    played: &'a Played,
    healthy: &'a Course,
}

impl Judge<'_> {
    fn one(&self, expected: &Expected) -> Judged {
        match expected {
            Expected::Alert { name, by } => self.alert(name, *by),
            Expected::NoAlert { name } => match self.fires(name) {
                None => Judged { held: true, observed: "it did not".to_owned() },
                Some(at) => Judged { held: false, observed: format!("it did at {}", show(at)) },
            },
            Expected::Query { query, when, condition } => self.query(query, *when, *condition),
            Expected::Figure { of, figure, over, condition } => {
                let value = self.figure(of, figure, *over);
                observed(value, *condition)
            }
        }
    }

    /// When an alert fires first, in milliseconds.
    fn fires(&self, name: &str) -> Option<i64> {
        let fired = self.played.watched.fired.iter().filter(|it| it.name == name);
        fired.map(|it| it.firing_ms).min()
    }

    /// When anything happens first, in milliseconds.
    fn first_ms(&self) -> i64 {
        let first = self.scenario.timeline.iter().map(|entry| entry.happening.at).min();
        millis(first.unwrap_or_default())
    }

    fn alert(&self, name: &str, by: Duration) -> Judged {
        let Some(at) = self.fires(name) else {
            return Judged { held: false, observed: "it did not fire".to_owned() };
        };
        let in_time = (self.first_ms()..=millis(by)).contains(&at);
        Judged { held: in_time, observed: format!("it fired at {}", show(at)) }
    }

    fn query(&self, query: &Query, when: When, condition: Condition) -> Judged {
        let (every, last) = (millis(EVERY), millis(self.scenario.lasts));
        let scrapes = |from: i64, to: i64| (from..=to.min(last)).filter(move |at| at % every == 0);
        let begins = self.first_ms();
        let ask = |at: i64| value(query, &self.played.watched.store, at);
        let holds = |at: &i64| condition.holds(ask(*at));
        match when {
            When::At(at) => {
                let at = millis(at) / every * every;
                observed(Some(ask(at)), condition)
            }
            When::By(by) => match scrapes(begins, millis(by)).find(holds) {
                Some(at) => Judged {
                    held: true,
                    observed: format!("{} at {}", condition.show(ask(at)), show(at)),
                },
                None => observed(Some(ask(millis(by) / every * every)), condition),
            },
            When::Throughout(from, to) => {
                match scrapes(millis(from), millis(to)).find(|at| !holds(at)) {
                    Some(at) => Judged {
                        held: false,
                        observed: format!("{} at {}", condition.show(ask(at)), show(at)),
                    },
                    None => observed(Some(ask(millis(to).min(last) / every * every)), condition),
                }
            }
            When::Never => match scrapes(0, last).find(holds) {
                Some(at) => Judged {
                    held: false,
                    observed: format!("{} at {}", condition.show(ask(at)), show(at)),
                },
                None => Judged { held: true, observed: "never".to_owned() },
            },
        }
    }

    fn figure(&self, of: &Subject, name: &str, over: Over) -> Option<f64> {
        if *of == Subject::Money {
            let (from, to) = match over {
                Over::Until(at) => (None, at),
                Over::Between(from, to) => (Some(from), to),
            };
            return self.money(name, from, to);
        }
        let at = |moment: Duration| self.played.course.figures.get(&nanos(moment));
        match over {
            Over::Until(moment) => figure_of(&at(moment)?.summary, of, name),
            Over::Between(from, to) => between(at(from)?, at(to)?, of, name),
        }
    }

    /// What failed and lost journeys were worth, less the same without the cause.
    fn money(&self, name: &str, from: Option<Duration>, to: Duration) -> Option<f64> {
        let begins = self.scenario.begins().unwrap_or_default();
        let lost = |at: Duration| {
            Some(self.played.course.missed(nanos(at))? - self.healthy.missed(nanos(at))?)
        };
        let before = from.map_or(Some(0.0), lost)?;
        let lost = lost(to)? - before;
        let hours = to.saturating_sub(from.unwrap_or(begins)).as_secs_f64() / 3600.0;
        Some(if name == "per_hour" { lost / hours.max(1e-9) } else { lost })
    }
}

fn observed(value: Option<f64>, condition: Condition) -> Judged {
    let value = value.unwrap_or(f64::NAN);
    Judged { held: condition.holds(value), observed: condition.show(value) }
}

/// The sum of what a query answers at a moment since the beginning of the run.
pub fn value(query: &Query, store: &Store, at_ms: i64) -> f64 {
    use knockon_promql::Value;
    let answer = query.at(store, BEGINS_UNIX_MS + at_ms, Settings::default());
    match answer.map(|answer| answer.value) {
        Ok(Value::Scalar { value, .. }) => value,
        Ok(Value::Vector(samples)) if !samples.is_empty() => {
            samples.iter().map(|it| it.value).sum()
        }
        _ => f64::NAN,
    }
}

/// A figure as it is at a moment.
fn figure_of(at: &Summary, of: &Subject, name: &str) -> Option<f64> {
    fn read<T>(table: &[Figure<T>], name: &str, of: Option<&T>) -> Option<f64> {
        let figure = table.iter().find(|figure| figure.name == name)?;
        match of {
            Some(of) => (figure.of)(of),
            // What nobody asked for yet has no figures.
            None => figure.is_count.then_some(0.0),
        }
    }
    match of {
        Subject::Journey(journey) => read(OF_JOURNEY, name, at.journey(journey)),
        Subject::Operation(service, it) => read(OF_OPERATION, name, at.operation(service, it)),
        Subject::Service(service) => read(OF_SERVICE, name, at.service(service)),
        Subject::Queue(broker, queue) => read(OF_QUEUE, name, at.queue(broker, queue)),
        Subject::Saga(service, saga) => {
            let sagas = &at.sagas;
            let found = sagas.iter().find(|it| it.service == *service && it.name == *saga);
            read(OF_SAGA, name, found)
        }
        Subject::State(service, machine) => {
            let mut machines = at.machines.iter();
            let found = machines.find(|it| it.service == *service && it.name == *machine)?;
            if let Some(state) = found.states.iter().find(|(state, ..)| state == name) {
                return Some(state.1 as f64);
            }
            let stuck = found.states.iter().map(|(.., stuck)| stuck).sum::<u64>();
            (name == STUCK).then_some(stuck as f64)
        }
        Subject::Money => None,
    }
}

/// What came between two moments.
fn between(from: &Figures, to: &Figures, of: &Subject, name: &str) -> Option<f64> {
    let count =
        |name: &str| Some(figure_of(&to.summary, of, name)? - figure_of(&from.summary, of, name)?);
    if let Subject::Journey(journey) = of
        && let Some((which, q)) = quantile(name)
    {
        let at = to.summary.journeys.iter().position(|it| it.ends.name == *journey)?;
        let (now, before) = (to.waits.get(at)?, from.waits.get(at)?);
        let since = match which {
            Wait::Answer => now.0.since(&before.0),
            Wait::Completion => now.1.since(&before.1),
        };
        return since.quantile(q).map(|ns| ns as f64 / 1e9);
    }
    let good = if matches!(of, Subject::Journey(_)) { "served" } else { "done" };
    match name {
        "failing" | "success" => {
            let (good, bad) = (count(good)?, count("failed")?);
            let part = if name == "failing" { bad } else { good };
            (good + bad > 0.0).then(|| part / (good + bad))
        }
        _ => count(name),
    }
}

/// What users of a journey wait for.
enum Wait {
    Answer,
    Completion,
}

/// The quantile that a figure is.
fn quantile(name: &str) -> Option<(Wait, f64)> {
    Some(match name {
        "p50" => (Wait::Answer, 0.5),
        "p95" => (Wait::Answer, 0.95),
        "p99" => (Wait::Answer, 0.99),
        "completion_p50" => (Wait::Completion, 0.5),
        "completion_p95" => (Wait::Completion, 0.95),
        _ => return None,
    })
}

/// A moment in milliseconds for people.
fn show(ms: i64) -> String {
    show_moment(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
}
