//! Waiting lines with closed forms (Kleinrock 1975, "Queueing Systems", volume 1; Gross et al. 2008,
//! "Fundamentals of Queueing Theory").

use std::time::Duration;

use knockon_sim::engine::{Outcome, Run};
use knockon_sim::plan::Demand;

use super::play::{Sum, batches, close, per_second, plan_with, run, times};

/// A station of so many workers; what may wait, and what the work is, as written.
fn station(workers: u32, backlog: &str, work: &str) -> String {
    format!(
        "system: station
services:
  station:
    runs: {{ workers: {workers}{backlog} }}
    operations: {{ work: [{{ compute: 10ms{work} }}] }}
journeys: {{ visit: {{ stages: [done: station / work] }} }}
"
    )
}

const EXPONENTIAL: &str = ", spread: exponential";

/// The probability that all of `c` servers are busy, with `a` of them needed on average (Erlang C).
fn erlang_c(c: u32, a: f64) -> f64 {
    let b = erlang_b(c, a);
    let rho = a / f64::from(c);
    b / (1.0 - rho + rho * b)
}

fn erlang_b(c: u32, a: f64) -> f64 {
    (1..=c).fold(1.0, |b, k| a * b / (f64::from(k) + a * b))
}

/// The probabilities of 0 to `k` customers at `c` servers with room for `k` in all.
fn states_of_mmck(c: u32, k: u32, a: f64) -> Vec<f64> {
    let mut states = vec![1.0];
    for n in 1..=k {
        states.push(states[n as usize - 1] * a / f64::from(n.min(c)));
    }
    let sum: f64 = states.iter().sum();
    states.iter().map(|state| state / sum).collect()
}

fn served(run: &Run) -> Sum {
    times(run.operation("station", "work").expect("it is there").done)
}

fn refused(run: &Run) -> Sum {
    let counts = run.journey(0).expect("it is there");
    (counts.gave_up as f64, counts.started as f64)
}

/// The time that requests spend at the station.
#[track_caller]
fn check(what: &str, text: &str, rate: f64, seconds: f64, expected_s: f64) {
    let mut run = run(text, plan_with(7, per_second(rate)));
    let [time] = batches(&mut run, seconds, |run| [served(run)]);
    close(what, time, expected_s, 0.01);
    assert_eq!(run.journey(0).expect("it is there").gave_up, 0);
}

#[test]
fn one_server() {
    check("M/M/1 at 0.7", &station(1, "", EXPONENTIAL), 70.0, 2_500.0, 0.01 / 0.3);
    check("M/M/1 at 0.5", &station(1, "", EXPONENTIAL), 50.0, 2_000.0, 0.01 / 0.5);
}

#[test]
fn several_servers() {
    for (c, a) in [(2, 1.4), (4, 3.0), (16, 13.0)] {
        let wait = erlang_c(c, a) * 0.01 / (f64::from(c) - a);
        let text = station(c, "", EXPONENTIAL);
        check(&format!("M/M/{c}"), &text, a * 100.0, 150_000.0 / (a * 100.0), 0.01 + wait);
    }
}

#[test]
fn times_that_do_not_vary_and_times_that_vary_more() {
    // Pollaczek and Khinchine: λ E[S²] / 2 (1 − ρ).
    let wait = |rho: f64, cv: f64| rho * 0.01 * (1.0 + cv * cv) / 2.0 / (1.0 - rho);
    check("M/D/1", &station(1, "", ""), 70.0, 2_000.0, 0.01 + wait(0.7, 0.0));
    check("M/G/1, 50 %", &station(1, "", ", spread: 50%"), 60.0, 2_500.0, 0.01 + wait(0.6, 0.5));
    check("M/G/1, 90 %", &station(1, "", ", spread: 90%"), 60.0, 2_500.0, 0.01 + wait(0.6, 0.9));
}

#[test]
fn bounded_room() {
    for (c, room, a) in [(1, 4, 0.9), (1, 0, 0.7), (3, 3, 3.0), (8, 0, 6.0), (2, 10, 2.4)] {
        let states = states_of_mmck(c, c + room, a);
        let blocked = states[states.len() - 1];
        let there: f64 = states.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        let rate = a * 100.0;
        let text = station(c, &format!(", backlog: {room}"), EXPONENTIAL);
        let mut run = run(&text, plan_with(3, per_second(rate)));
        let [refused, time] =
            batches(&mut run, 150_000.0 / rate, |run| [refused(run), served(run)]);
        close(&format!("M/M/{c}/{}: refused", c + room), refused, blocked, 0.01);
        let expected = there / (rate * (1.0 - blocked));
        close(&format!("M/M/{c}/{}: time", c + room), time, expected, 0.01);
    }
}

const ROW: &str = "
system: row
services:
  line: { kind: client, operations: { go: [call: a / work, call: b / work, call: c / work] } }
  a: { runs: { workers: 1 }, operations: { work: [{ compute: 10ms, spread: exponential }] } }
  b: { runs: { workers: 2 }, operations: { work: [{ compute: 20ms, spread: exponential }] } }
  c: { runs: { workers: 1 }, operations: { work: [{ wait: 5ms, spread: exponential }] } }
journeys: { visit: { stages: [done: line / go] } }
";

/// Burke: what leaves an M/M/c station comes to the next as at random as to the first.
#[test]
fn three_in_a_row() {
    let rate = 60.0;
    let mut run = run(ROW, plan_with(5, per_second(rate)));
    let [time] = batches(&mut run, 2_500.0, |run| [times(run.answers(0).expect("it is there"))]);
    let second = 0.02 + erlang_c(2, 1.2) * 0.02 / 0.8;
    let expected = 0.01 / (1.0 - 0.6) + second + 0.005 / (1.0 - 0.3);
    close("three in a row", time, expected, 0.01);
}

const CIRCLE: &str = "
system: circle
services:
  client: { kind: client, operations: { go: [call: a / work, call: b / work, call: c / work] } }
  a: { runs: { workers: 1 }, operations: { work: [{ compute: 20ms, spread: exponential }] } }
  b: { runs: { workers: 1 }, operations: { work: [{ compute: 15ms, spread: exponential }] } }
  c: { runs: { workers: 1 }, operations: { work: [{ compute: 5ms, spread: exponential }] } }
journeys: { visit: { stages: [done: client / go] } }
";

/// Throughput and time of exact mean value analysis (Reiser, Lavenberg 1980).
fn mva(users: u32, think_s: f64, services_s: &[f64]) -> (f64, f64) {
    let mut queues = vec![0.0; services_s.len()];
    let (mut rate, mut time) = (0.0, 0.0);
    for n in 1..=users {
        let times: Vec<f64> = services_s.iter().zip(&queues).map(|(s, q)| s * (1.0 + q)).collect();
        time = times.iter().sum();
        rate = f64::from(n) / (think_s + time);
        queues = times.iter().map(|time| rate * time).collect();
    }
    (rate, time)
}

#[test]
fn a_closed_circle_of_three() {
    for users in [1, 5, 20] {
        let think = Duration::from_millis(200);
        let mut run = run(CIRCLE, plan_with(11, Demand::Closed { users, think }));
        let [time, rate] = batches(&mut run, 3_000.0, |run| {
            let answers = times(run.answers(0).expect("it is there"));
            [answers, (answers.1, run.now() as f64 / 1e9)]
        });
        let (expected_rate, expected_time) = mva(users, 0.2, &[0.02, 0.015, 0.005]);
        close(&format!("{users} users: time"), time, expected_time, 0.01);
        close(&format!("{users} users: rate"), rate, expected_rate, 0.01);
    }
}

/// L = λ W at every station: the number there is sampled, the other two are counted.
#[test]
fn littles_law() {
    let mut run = run(ROW, plan_with(13, per_second(60.0)));
    let samples = 400_000_u32;
    let mut there = [0.0; 3];
    for _ in 0..samples {
        super::play::go(&mut run, 0.013);
        for (sum, name) in there.iter_mut().zip(["a", "b", "c"]) {
            *sum += run.service(name).expect("it is there").in_progress as f64;
        }
    }
    let seconds = run.now() as f64 / 1e9;
    for (sum, name) in there.iter().zip(["a", "b", "c"]) {
        let (time, count) = times(run.operation(name, "work").expect("it is there").done);
        let (found, reckoned) = (sum / f64::from(samples), count / seconds * time / count);
        println!("{name}: {found} there, λW = {reckoned}");
        assert!((found / reckoned - 1.0).abs() < 0.005, "{name}: {found} for {reckoned}");
    }
    assert_eq!(run.calls("line", "a").expect("it is there").ends.of(Outcome::Refused), 0);
}
