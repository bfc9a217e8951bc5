//! How long queries take, beside a bare loop over the same samples that knows beforehand which series
//! are wanted and where they go. `cargo bench -p knockon-promql`; nothing is asserted.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and may fail")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use knockon_promql::{Labels, Query, Settings, Store};

const ROUNDS: usize = 9;
const SCRAPE_MS: i64 = 15_000;
const RANGE_MS: i64 = 300_000;

/// Counters of many services, instances and codes.
fn store(series: usize, scrapes: i64) -> Store {
    let mut store = Store::new();
    for at in 0..series {
        let labels = Labels::of([
            ("__name__".to_owned(), format!("metric_{}_total", at / 1000)),
            ("service".to_owned(), format!("service-{}", at % 50)),
            ("instance".to_owned(), format!("10.0.{}.{}:8080", at / 250, at % 250)),
            ("job".to_owned(), format!("job-{}", at % 50)),
            ("code".to_owned(), ["200", "404", "500"][at % 3].to_owned()),
        ]);
        let id = store.open(&labels);
        for scrape in 0..scrapes {
            // It begins anew now and then.
            let value = f64::from(u32::try_from(scrape % 400).unwrap()) * (1.0 + at as f64 / 100.0);
            store.append(id, scrape * SCRAPE_MS, value).unwrap();
        }
    }
    store
}

fn best(mut run: impl FnMut()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap()
}

fn show(what: &str, ours: Duration, bare: Duration) {
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{what:<58} {:8.2} ms {:8.2} ms {:6.2}", ms(ours), ms(bare), ms(ours) / ms(bare));
}

fn rate(times: &[i64], values: &[f64], start_ms: i64, end_ms: i64) -> Option<f64> {
    let [first, .., last] = *values else { return None };
    let mut grown = last - first;
    for pair in values.windows(2) {
        if pair[1] < pair[0] {
            grown += pair[0];
        }
    }
    let sampled = (times[times.len() - 1] - times[0]) as f64;
    let around = (times[0] - start_ms) + (end_ms - times[times.len() - 1]);
    Some(grown * (sampled + around as f64) / sampled / (end_ms - start_ms) as f64 * 1000.0)
}

/// The sum of the rates of all series by a number known for each, at each step.
fn bare(store: &Store, from_ms: i64, step_ms: i64, steps: usize) -> Vec<[f64; 50]> {
    let mut sums = vec![[0.0; 50]; steps];
    for (at, series) in store.series().enumerate() {
        let (times, values) = (series.times_ms(), series.values());
        let (mut first, mut end) = (0, 0);
        let mut now = from_ms;
        for sums in &mut sums {
            while end < times.len() && times[end] <= now {
                end += 1;
            }
            while first < end && times[first] <= now - RANGE_MS {
                first += 1;
            }
            let rate = rate(&times[first..end], &values[first..end], now - RANGE_MS, now);
            sums[at % 50] += rate.unwrap_or(0.0);
            now += step_ms;
        }
    }
    sums
}

fn main() {
    println!("{:<58} {:>11} {:>11} {:>6}", "", "knockon", "bare loop", "ratio");
    let settings = Settings::default();

    let thousand = store(1000, 1100);
    let query = Query::parse("sum by (service) (rate(metric_0_total[5m]))").unwrap();
    let (from, to) = (100 * SCRAPE_MS, 1099 * SCRAPE_MS);
    let ours = best(|| {
        black_box(query.over(&thousand, from, to, SCRAPE_MS, settings).unwrap());
    });
    let beside = best(|| {
        black_box(bare(&thousand, from, SCRAPE_MS, 1000));
    });
    show("sum by (service) (rate(x[5m])), 1 000 series × 1 000 steps", ours, beside);

    let two = store(2000, 100);
    let rules: Vec<Query> = (0..200).map(|at| Query::parse(&rule(at)).unwrap()).collect();
    let now = 99 * SCRAPE_MS;
    let ours = best(|| {
        for rule in &rules {
            black_box(rule.at(&two, now, settings).unwrap());
        }
    });
    let beside = best(|| {
        // Each rule looks at 20 or 40 of the series.
        for _ in 0..200 / 50 {
            black_box(bare(&two, now, SCRAPE_MS, 1));
        }
    });
    show("200 rules over 2 000 series at one moment", ours, beside);

    let texts: Vec<String> = (0..200).map(rule).collect();
    let ours = best(|| {
        for text in &texts {
            black_box(Query::parse(text).unwrap());
        }
    });
    let beside = best(|| {
        black_box(texts.iter().flat_map(|text| text.split_whitespace()).count());
    });
    show("reading 200 rules, beside splitting them at blanks", ours, beside);

    let start = Instant::now();
    let million = store(10_000, 100);
    let took = start.elapsed().as_secs_f64() * 1000.0;
    println!("{:<58} {took:8.2} ms", "storing 1 000 000 samples of 10 000 series");
    black_box(million);
}

/// Rules of the forms that people write.
fn rule(at: usize) -> String {
    let (metric, service) = (format!("metric_{}_total", at % 2), at % 50);
    match at % 5 {
        0 => format!(
            "sum by (service) (rate({metric}{{service=\"service-{service}\",code=~\"5..\"}}[5m])) \
             / sum by (service) (rate({metric}{{service=\"service-{service}\"}}[5m])) > 0.05"
        ),
        1 => format!("sum(increase({metric}{{job=\"job-{service}\"}}[10m])) > 1000"),
        2 => format!("max by (instance) ({metric}{{service=\"service-{service}\"}}) > 1e6"),
        3 => format!("absent({metric}{{service=\"service-{service}\"}})"),
        _ => format!("avg_over_time({metric}{{service=\"service-{service}\"}}[5m]) > 90"),
    }
}
