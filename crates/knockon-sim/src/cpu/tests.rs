use proptest::prelude::*;

use super::*;

const MS: u64 = 1_000_000;

/// How long a task takes that comes to an idle replica.
fn response_ns(limit: Option<u64>, arrival_ns: u64, work_ns: u64) -> u64 {
    let mut cpu = Cpu::new(limit, 0);
    cpu.start(arrival_ns, work_ns, 7);
    let mut now_ns = arrival_ns;
    while let Some(next_ns) = cpu.next_event(now_ns) {
        now_ns = next_ns;
        cpu.advance(now_ns);
        if cpu.pop_finished() == Some(7) {
            break;
        }
    }
    assert_eq!(cpu.running(), 0);
    assert_eq!(cpu.cpu_usage_ns(), work_ns);
    now_ns - arrival_ns
}

/// The same in closed form, under 50m: 5 ms of quota at most in the period of the arrival, then 5 ms
/// at the beginning of each further one.
fn expected_ns(into_period_ns: u64, work_ns: u64) -> u64 {
    let until_next_ns = 100 * MS - into_period_ns;
    let first_ns = until_next_ns.min(5 * MS);
    if work_ns <= first_ns {
        return work_ns;
    }
    let rest_ns = work_ns - first_ns;
    let whole_periods = rest_ns.div_ceil(5 * MS) - 1;
    until_next_ns + whole_periods * 100 * MS + (rest_ns - whole_periods * 5 * MS)
}

#[test]
fn one_task_takes_what_the_closed_form_says_at_every_phase() {
    for work_ns in [1, 1_999_999, 5 * MS, 5 * MS + 1, 6 * MS, 10 * MS, 20 * MS, 50 * MS, 52_500_001]
    {
        // A prime step, so that phases on and beside the edges come up; and the edges themselves.
        let edges = [0, 1, 95 * MS - 1, 95 * MS, 95 * MS + 1, 99 * MS, 100 * MS - 1];
        for into_ns in (0..100 * MS).step_by(99_991).chain(edges) {
            let expected = expected_ns(into_ns, work_ns);
            let got = response_ns(Some(50), 300 * MS + into_ns, work_ns);
            assert_eq!(got, expected, "{work_ns} ns of work, {into_ns} ns into the period");
        }
    }
}

#[test]
fn over_all_phases_it_takes_as_long_as_worked_out_by_hand() {
    // With x ms of the period gone. 6 ms of work: 101 - x before 95, then 6, and 101 in the last ms.
    // 20 and 50 ms: 305 - x and 905 - x before 95, then 305 and 905.
    let check = |work_ms: u64, mean_us: f64, p99_us: f64| {
        let phases = 100_000_u64;
        let mut all: Vec<u64> =
            (0..phases).map(|i| response_ns(Some(50), i * 1000 + 500, work_ms * MS)).collect();
        all.sort_unstable();
        let mean = all.iter().sum::<u64>() as f64 / phases as f64 / 1000.0;
        assert!((mean - mean_us).abs() < 1.0, "{work_ms} ms: mean {mean} us, not {mean_us}");
        let p99 = all[98_999] as f64 / 1000.0;
        assert!((p99 - p99_us).abs() < 1.0, "{work_ms} ms: p99 {p99} us, not {p99_us}");
    };
    check(5, 5_000.0, 5_000.0);
    check(6, 52_075.0, 101_000.0);
    check(20, 259_875.0, 305_000.0);
    check(50, 859_875.0, 905_000.0);
}

/// `clients` tasks at all times for `seconds`; throughput per second and sorted response times in ms.
fn closed_loop(limit: Option<u64>, clients: u32, work_ns: u64, seconds: u64) -> (f64, Vec<f64>) {
    let mut cpu = Cpu::new(limit, 0);
    let mut started_ns = vec![0; clients as usize];
    for client in 0..clients {
        started_ns[client as usize] = u64::from(client) * 3 * MS;
        cpu.start(u64::from(client) * 3 * MS, work_ns, client);
    }
    let mut took_ms = Vec::new();
    let mut now_ns = u64::from(clients) * 3 * MS;
    let warm_ns = now_ns + 20_000 * MS;
    while let Some(next_ns) = cpu.next_event(now_ns) {
        now_ns = next_ns;
        if now_ns > warm_ns + seconds * 1000 * MS {
            break;
        }
        cpu.advance(now_ns);
        while let Some(client) = cpu.pop_finished() {
            if now_ns > warm_ns {
                took_ms.push((now_ns - started_ns[client as usize]) as f64 / MS as f64);
            }
            started_ns[client as usize] = now_ns;
            cpu.start(now_ns, work_ns, client);
        }
    }
    took_ms.sort_by(f64::total_cmp);
    (took_ms.len() as f64 / seconds as f64, took_ms)
}

#[test]
fn a_closed_loop_holds_to_the_law_of_the_quota() {
    let check = |limit: u64, clients: u32, work_us: u64| {
        let (rate, took) = closed_loop(Some(limit), clients, work_us * 1000, 400);
        let work_ms = work_us as f64 / 1000.0;
        let cores = limit as f64 / 1000.0;
        let mean = took.iter().sum::<f64>() / took.len() as f64;
        let near = |got: f64, expected: f64| (got / expected - 1.0).abs() < 0.05;
        let at = format!("{limit}m, {clients} clients of {work_ms} ms: {rate}/s, {mean} ms");
        assert!(near(rate, cores * 1000.0 / work_ms), "{at}");
        assert!(near(mean, f64::from(clients) * work_ms / cores), "{at}");
    };
    check(50, 1, 14_000);
    check(50, 10, 14_000);
    check(50, 20, 14_000);
    check(200, 10, 14_000);
    check(50, 10, 1_000);
    check(1500, 7, 80_000);
    check(10, 3, 700);
}

#[test]
fn a_closed_loop_has_the_shape_of_a_real_database_under_a_quota() {
    let recorded = include_str!("../../tests/data/database.json");
    // Quota and clients; per second and median in ms of PostgreSQL, whose queries take 12.4 ms.
    let check = |row: &str, limit: u64, clients: u32, per_s: f64, p50_ms: f64| {
        assert!(recorded.contains(row), "the recorded row has changed: {row}");
        let (rate, took) = closed_loop(Some(limit), clients, 12_400_000, 400);
        let p50 = took[took.len() / 2];
        let near = |got: f64, expected: f64| (got / expected - 1.0).abs() < 0.25;
        assert!(near(rate, per_s) && near(p50, p50_ms), "{row}: {rate}/s, median {p50} ms");
    };
    check("[50,1,2.2,497,502,4.0,204,393,0,0]", 50, 1, 4.0, 204.0);
    check("[50,10,3.4,2897,4396,3.6,2800,4706,0,0]", 50, 10, 3.6, 2800.0);
    check("[200,10,8.5,1099,1689,15.7,598,995,0,0]", 200, 10, 15.7, 598.0);
}

#[test]
fn the_counters_are_those_of_a_cgroup() {
    let mut cpu = Cpu::new(Some(50), 0);
    cpu.start(10 * MS, 12 * MS, 1);
    let check = |cpu: &Cpu, usage, periods, throttled, throttled_ms| {
        let got = (cpu.cpu_usage_ns(), cpu.periods(), cpu.throttled_periods(), cpu.throttled_ns());
        assert_eq!(got, (usage * MS, periods, throttled, throttled_ms * MS));
    };
    cpu.advance(15 * MS);
    check(&cpu, 5, 1, 0, 0);
    assert!(cpu.is_throttled());
    cpu.advance(50 * MS);
    check(&cpu, 5, 1, 1, 35);
    cpu.advance(200 * MS);
    check(&cpu, 10, 3, 2, 85 + 95);
    assert!(!cpu.is_throttled());
    cpu.advance(900 * MS);
    check(&cpu, 12, 3, 2, 180);
    assert_eq!((cpu.pop_finished(), cpu.next_event(900 * MS)), (Some(1), None));
}

#[test]
fn without_a_limit_nothing_waits() {
    assert_eq!(response_ns(None, 99 * MS, 5_000 * MS), 5_000 * MS);
    assert_eq!(response_ns(Some(1000), 99 * MS, 5_000 * MS), 5_000 * MS);
    let mut cpu = Cpu::new(None, 0);
    for token in 0..1000 {
        cpu.start(u64::from(token), 10_000 * MS, token);
    }
    assert_eq!((cpu.next_event(2000), cpu.periods()), (Some(10_000 * MS), 0));
}

#[test]
fn the_smallest_limits_still_get_somewhere() {
    // 1m is 100 us of quota; 1 ms is the least there is.
    assert_eq!(response_ns(Some(1), 0, 2 * MS), 101 * MS);
    assert_eq!(response_ns(Some(0), 0, MS), MS);
    // More tasks than nanoseconds of quota: one each in a period.
    let mut cpu = Cpu::new(Some(1), 0);
    (0..1_500_000).for_each(|token| cpu.start(99 * MS, 2, token));
    assert_eq!(cpu.next_end(99 * MS), Some(200 * MS + 1));
    cpu.advance(200 * MS + 1);
    assert_eq!((cpu.running(), cpu.pop_finished()), (0, Some(0)));
}

#[test]
fn a_changed_limit_counts_at_once() {
    let mut cpu = Cpu::new(Some(50), 0);
    cpu.start(0, 50 * MS, 1);
    cpu.advance(10 * MS);
    assert!(cpu.is_throttled());
    cpu.set_limit(10 * MS, Some(200));
    assert!(!cpu.is_throttled());
    assert_eq!(cpu.next_event(10 * MS), Some(30 * MS));
    cpu.advance(60 * MS);
    cpu.set_limit(60 * MS, None);
    assert_eq!(cpu.next_event(60 * MS), Some(85 * MS));
    cpu.set_limit(70 * MS, Some(50));
    assert_eq!(cpu.next_event(70 * MS), Some(75 * MS));
}

#[test]
fn what_is_killed_or_stopped_uses_nothing() {
    let mut cpu = Cpu::new(Some(100), 0);
    cpu.start(0, 30 * MS, 1);
    cpu.start(0, 4 * MS, 2);
    assert!(cpu.remove(2 * MS, 1) && !cpu.remove(2 * MS, 1));
    assert_eq!((cpu.next_event(2 * MS), cpu.cpu_usage_ns()), (Some(4 * MS), 4 * MS));
    cpu.freeze(3 * MS);
    cpu.start(3 * MS, 0, 3);
    assert_eq!((cpu.next_event(3 * MS), cpu.pop_finished()), (None, None));
    cpu.thaw(250 * MS);
    assert_eq!(cpu.pop_finished(), Some(3));
    assert_eq!((cpu.next_event(250 * MS), cpu.cpu_usage_ns()), (Some(251 * MS), 5 * MS));
    cpu.advance(251 * MS);
    cpu.clear(251 * MS);
    assert_eq!((cpu.pop_finished(), cpu.next_event(251 * MS)), (None, None));
}

/// The same in the plainest way: every microsecond looks at every task.
struct Naive {
    quota_ns: u64,
    left_ns: u64,
    phase_ns: u64,
    frozen: bool,
    usage_ns: u64,
    /// Work left and token of each task, in the order of starting.
    tasks: Vec<(u64, u32)>,
    /// Tokens and times of ends.
    ended: Vec<(u32, u64)>,
}

impl Naive {
    fn microsecond(&mut self, now_ns: u64) {
        if now_ns % PERIOD_NS == self.phase_ns {
            self.left_ns = self.quota_ns;
        }
        let mut at_ns = now_ns;
        self.reap(at_ns);
        while !self.tasks.is_empty() && !self.frozen {
            let running = self.tasks.len() as u64;
            let least_ns = self.tasks.iter().map(|task| task.0).min().unwrap_or(0);
            let step_ns = least_ns.min(self.left_ns / running).min(now_ns + 1000 - at_ns);
            if step_ns == 0 {
                break;
            }
            self.tasks.iter_mut().for_each(|task| task.0 -= step_ns);
            self.left_ns -= step_ns * running;
            self.usage_ns += step_ns * running;
            at_ns += step_ns;
            self.reap(at_ns);
        }
    }

    fn reap(&mut self, at_ns: u64) {
        if !self.frozen {
            let ended = &mut self.ended;
            self.tasks.retain(|&(work_ns, token)| {
                if work_ns == 0 {
                    ended.push((token, at_ns));
                }
                work_ns > 0
            });
        }
    }
}

#[derive(Debug, Clone)]
enum Do {
    Start(u64),
    Limit(u64),
    Freeze,
    Thaw,
    Kill(u32),
}

fn ops() -> impl Strategy<Value = Vec<(u64, Do)>> {
    let what = prop_oneof![
        12 => (0..15 * MS).prop_map(Do::Start),
        1 => (20..300_u64).prop_map(Do::Limit),
        1 => Just(Do::Freeze),
        2 => Just(Do::Thaw),
        1 => (0..20_u32).prop_map(Do::Kill),
    ];
    prop::collection::vec((0..500_u64, what), 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_does_what_a_step_by_step_simulation_does(
        limit in 20..200_u64,
        phase_us in 0..100_000_u64,
        mut ops in ops(),
    ) {
        ops.sort_by_key(|op| op.0);
        let phase_ns = phase_us * 1000;
        let (mut cpu, mut ended) = (Cpu::new(Some(limit), phase_ns), Vec::new());
        let quota_ns = limit.saturating_mul(100_000).max(MS);
        let mut naive = Naive {
            quota_ns,
            left_ns: quota_ns,
            phase_ns,
            frozen: false,
            usage_ns: 0,
            tasks: Vec::new(),
            ended: Vec::new(),
        };
        let (mut ops, mut token) = (ops.into_iter().peekable(), 0);
        for now_ns in (0..1_000 * MS).step_by(1000) {
            if now_ns % PERIOD_NS == phase_ns {
                naive.left_ns = naive.quota_ns;
            }
            while let Some((_, op)) = ops.next_if(|op| op.0 * MS == now_ns) {
                follow(&mut cpu, now_ns, &mut ended);
                naive.reap(now_ns);
                apply(&op, now_ns, token, &mut cpu, &mut naive);
                token += u32::from(matches!(op, Do::Start(_)));
            }
            naive.microsecond(now_ns);
        }
        follow(&mut cpu, 1_000 * MS, &mut ended);
        cpu.advance(1_000 * MS);
        prop_assert_eq!(ended, naive.ended);
        prop_assert_eq!(cpu.running(), naive.tasks.len() as u64);
        prop_assert_eq!(cpu.cpu_usage_ns(), naive.usage_ns);
    }
}

fn apply(op: &Do, now_ns: u64, token: u32, cpu: &mut Cpu, naive: &mut Naive) {
    match *op {
        Do::Start(work_ns) => {
            cpu.start(now_ns, work_ns, token);
            naive.tasks.push((work_ns, token));
        }
        Do::Limit(limit) => {
            cpu.set_limit(now_ns, Some(limit));
            naive.quota_ns = (limit * 100_000).max(MS);
            naive.left_ns = naive.quota_ns;
        }
        Do::Freeze => {
            cpu.freeze(now_ns);
            naive.frozen = true;
        }
        Do::Thaw => {
            cpu.thaw(now_ns);
            naive.frozen = false;
        }
        Do::Kill(token) => {
            cpu.remove(now_ns, token);
            naive.tasks.retain(|task| task.1 != token);
        }
    }
}

/// Goes from event to event up to a time, as an engine does, and checks each forecast on the way.
fn follow(cpu: &mut Cpu, until_ns: u64, ended: &mut Vec<(u32, u64)>) {
    let mut now_ns = cpu.now_ns;
    let mut end_ns = cpu.next_end(now_ns);
    while let Some(next_ns) = cpu.next_event(now_ns).filter(|&next_ns| next_ns <= until_ns) {
        assert!(next_ns > now_ns || !cpu.finished.is_empty(), "an event that changes nothing");
        now_ns = next_ns;
        let throttled = cpu.is_throttled();
        cpu.advance(now_ns);
        let changed = cpu.is_throttled() != throttled || !cpu.finished.is_empty();
        assert!(changed, "nothing happened at {now_ns}");
        if !cpu.finished.is_empty() {
            assert_eq!(end_ns, Some(now_ns), "an end where none was forecast");
        }
        while let Some(token) = cpu.pop_finished() {
            ended.push((token, now_ns));
        }
        end_ns = cpu.next_end(now_ns);
    }
}
