//! Playing models, and comparing with what is known.

use std::time::Duration;

use knockon_core::{Cpu, Rate, ServiceId, Share, System};
use knockon_sim::action::{Action, Limit};
use knockon_sim::clock::SECOND;
use knockon_sim::engine::Run;
use knockon_sim::fault::{Fault, Kill, Shape};
use knockon_sim::interval::{Interval, t_95};
use knockon_sim::plan::{Demand, Plan};
use knockon_sim::timeline::Happening;

use crate::model::{service, system};

/// Batches of one long run of which intervals are made; one more before them warms up.
pub(crate) const BATCHES: u32 = 20;

/// A plan without traces and without metrics.
pub(crate) fn plan(seed: u64) -> Plan {
    Plan { seed, trace_one_in: 0, scrape_every: Duration::ZERO, ..Plan::default() }
}

/// A plan with a demand for the first journey.
pub(crate) fn plan_with(seed: u64, demand: Demand) -> Plan {
    Plan { demand: vec![Some(demand)], ..plan(seed) }
}

pub(crate) fn per_second(rate: f64) -> Demand {
    Demand::Rate(Rate { per_hour: rate * 3600.0 })
}

/// A run of a text that is yet to begin.
#[track_caller]
pub(crate) fn run(text: &str, plan: Plan) -> Run {
    Run::new(&system(text), plan).unwrap_or_else(|whys| panic!("{whys:?}"))
}

/// A run in which processes end with an error: the first of each of these services, at that second.
#[track_caller]
pub(crate) fn run_with_kills(text: &str, plan: Plan, kills: &[(&str, f64)]) -> Run {
    let system = system(text);
    let kills = kills.iter().map(|(name, at_s)| kill(&system, name, *at_s, 1.0));
    let plan = Plan { timeline: kills.collect(), ..plan };
    Run::new(&system, plan).unwrap_or_else(|whys| panic!("{whys:?}"))
}

/// The end of the processes of a share of a service's replicas, rounded up, at that second.
#[track_caller]
pub(crate) fn kill(system: &System, name: &str, at_s: f64, percent: f64) -> Happening {
    let kind = Kill { service: service(system, name) };
    let shape = Shape { replicas: Share { percent }, ..Shape::default() };
    Happening::fault(Duration::from_secs_f64(at_s), Fault { shape, ..Fault::new(kind) })
}

/// Does something to a service, now.
#[track_caller]
pub(crate) fn act(run: &mut Run, name: &str, action: impl FnOnce(ServiceId) -> Action) {
    let action = action(service(run.system(), name));
    run.act(&action).unwrap_or_else(|why| panic!("{why}"));
}

/// The processor limit of a service's replicas, in thousandths of a core.
pub(crate) fn limit_cpu(service: ServiceId, millicores: Option<u64>) -> Action {
    Action::Limit { service, limit: Limit::Cpu(millicores.map(|millicores| Cpu { millicores })) }
}

/// Plays for so many seconds more.
#[track_caller]
pub(crate) fn go(run: &mut Run, seconds: f64) {
    let until = run.now() + (seconds * SECOND as f64).round() as u64;
    run.step_until(until).unwrap_or_else(|stop| panic!("{stop}"));
}

/// What grows during a run: a sum, and the count that it is the sum of.
pub(crate) type Sum = (f64, f64);

/// The sum and the count of a histogram, in seconds.
pub(crate) fn times(histogram: &knockon_sim::histogram::Histogram) -> Sum {
    (histogram.sum_ns() as f64 / 1e9, histogram.count() as f64)
}

/// The means of several sums in each batch of a long run, as intervals.
#[track_caller]
pub(crate) fn batches<const N: usize>(
    run: &mut Run,
    batch_s: f64,
    read: impl Fn(&Run) -> [Sum; N],
) -> [Interval; N] {
    go(run, batch_s);
    let mut before = read(run);
    let mut means: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..BATCHES {
        go(run, batch_s);
        let after = read(run);
        for (at, mean) in means.iter_mut().enumerate() {
            mean.push((after[at].0 - before[at].0) / (after[at].1 - before[at].1));
        }
        before = after;
    }
    means.map(|means| Interval::of(&means).expect("there are batches"))
}

/// A value with its closed form: within 1 % of it, or another share, and within three standard errors.
#[track_caller]
pub(crate) fn close(what: &str, found: Interval, expected: f64, within: f64) {
    let error = found.half_width / t_95(found.n - 1);
    let off = found.mean - expected;
    println!(
        "{what}: {:.6} for {expected:.6}: {:+.3} %, {:+.2} SE",
        found.mean,
        off / expected * 100.0,
        off / error
    );
    assert!(off.abs() <= within * expected, "{what}: {} for {expected}", found.mean);
    assert!(off.abs() <= 3.0 * error, "{what}: {} for {expected}, SE {error}", found.mean);
}
