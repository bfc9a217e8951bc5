//! Expressions of every form, for tests that hold of any.

use knockon_promql::{Labels, Store, special};

/// Every operator, modifier, aggregation and function at least once.
pub(crate) const QUERIES: &[&str] = &[
    "a",
    "{__name__=~\"a|b\", job!=\"x\"}",
    "a offset 1m",
    "a offset -1m",
    "a @ 300",
    "a @ start()",
    "a @ end() offset 30s",
    "-a",
    "-a ^ 2",
    "a + b",
    "a - on (job) group_left b2",
    "a * on (job) group_left (zone) c",
    "c / ignoring (code, zone) group_right (zone) a",
    "a % 3 + 2 * a atan2 b",
    "a > b",
    "a >= bool b",
    "1 < bool 2",
    "3 != a",
    "a == bool 3",
    "a and on (job) b{job=\"y\"}",
    "a or b",
    "a unless b{code=\"500\"}",
    "a + fill (0) b{job=\"x\"}",
    "a - on (job, code) fill_left (1) fill_right (2) b{code=\"200\"}",
    "sum(a)",
    "sum by (job) (a)",
    "avg without (code) (a)",
    "count(a) by (job)",
    "min(a)",
    "max by (job, code) (a)",
    "group(a)",
    "stddev(a)",
    "stdvar by (job) (a)",
    "topk by (job) (1, a)",
    "bottomk(2, a)",
    "quantile by (job) (0.3, a)",
    "quantile(scalar(c{job=\"x\"}) / 1000, a)",
    "quantile(scalar(c{job=\"x\"}) / 1000, a @ 300)",
    "count_over_time((a @ 300)[90s:40s])",
    "count_values(\"v\", a)",
    "limitk(2, a)",
    "limit_ratio(0.5, a)",
    "limit_ratio(-0.5, a)",
    "rate(a_total[2m])",
    "increase(a_total[3m] offset 1m)",
    "delta(a[2m])",
    "irate(a_total[2m])",
    "idelta(a[2m])",
    "deriv(a[4m])",
    "predict_linear(a[4m], 600)",
    "double_exponential_smoothing(a[5m], 0.5, 0.3)",
    "changes(a[3m])",
    "resets(a_total[5m])",
    "avg_over_time(a[2m])",
    "sum_over_time(a[2m])",
    "min_over_time(a[2m])",
    "max_over_time(a[2m])",
    "count_over_time(a[2m])",
    "stddev_over_time(a[2m])",
    "stdvar_over_time(a[2m])",
    "last_over_time(a[2m])",
    "first_over_time(a[2m])",
    "present_over_time(a[2m])",
    "mad_over_time(a[4m])",
    "quantile_over_time(0.8, a[4m])",
    "ts_of_max_over_time(a[4m])",
    "ts_of_min_over_time(a[4m])",
    "ts_of_first_over_time(a[4m])",
    "ts_of_last_over_time(a[4m])",
    "absent(a{job=\"z\"})",
    "absent(a{code=\"200\"} > 8)",
    "absent_over_time(d[1m])",
    "abs(a - 5)",
    "ceil(a / 3) + floor(a / 3)",
    "round(a / 3, 0.1)",
    "clamp(a, 2, scalar(c{job=\"x\"}))",
    "clamp_min(a, 3) - clamp_max(a, 3)",
    "sgn(a - 4)",
    "exp(a / 10) + ln(a) + log2(a) + log10(a) + sqrt(a)",
    "sin(a) + cos(a) + tan(a) + sinh(a / 10) + cosh(a / 10) + tanh(a)",
    "asin(a / 10) + acos(a / 10) + atan(a) + asinh(a) + acosh(a) + atanh(a / 10)",
    "deg(a) + rad(a) + pi()",
    "time()",
    "vector(time()) + 1",
    "scalar(c{job=\"x\"})",
    "timestamp(a)",
    "timestamp(a + 1)",
    "day_of_month() + day_of_week() + day_of_year() + days_in_month() + hour() + minute() + month() + year()",
    "hour(timestamp(a) * 100)",
    "min_of(1, scalar(c{job=\"x\"})) + max_of(1, 2)",
    "histogram_quantile(0.9, sum by (le, job) (rate(h_bucket[3m])))",
    "histogram_quantile(0.5, h_bucket)",
    "histogram_quantiles(h_bucket, \"q\", 0.5, 0.9)",
    "histogram_fraction(0.1, 0.5, h_bucket)",
    "label_replace(a, \"zone\", \"$1-$2\", \"job\", \"(.)(.*)\")",
    "label_join(a, \"both\", \"/\", \"job\", \"code\")",
    "info(a)",
    "info(a, {version=~\".+\"})",
    "max_over_time(rate(a_total[1m])[3m:30s])",
    "sum_over_time(a[3m:1m] offset 30s)",
    "avg_over_time((a + b)[2m:])",
    "count_over_time(a[2m:20s] @ 400)",
    "sum by (__name__) ({__name__=~\"a|b\"})",
    "rate({__name__=~\"a_total|h_bucket\"}[2m])",
];

/// A number between 0 and 1 that follows from a place.
fn luck(at: i64, salt: i64) -> f64 {
    let mut state = (at * 7919 + salt * 104_729 + 1).unsigned_abs();
    for _ in 0..3 {
        // xorshift64, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    (state >> 11) as f64 / (1_u64 << 53) as f64
}

/// Gauges, counters that begin anew, a histogram, gaps, and series that end.
pub(crate) fn store() -> Store {
    let mut store = Store::new();
    let mut salt = 0;
    let mut add = |labels: &[(&str, &str)], value: &dyn Fn(i64, f64) -> f64| {
        salt += 1;
        let id = store.open(&Labels::of(labels.iter().copied()));
        for at in 0..50 {
            let chance = luck(at, salt);
            if chance < 0.1 {
                continue;
            }
            let ends = (0.1..0.13).contains(&chance);
            let value = if ends { special::STALE } else { value(at, chance) };
            store.append(id, at * 20_000 + salt, value).unwrap();
        }
    };
    for job in ["x", "y"] {
        for code in ["200", "500"] {
            for name in ["a", "b"] {
                add(&[("__name__", name), ("job", job), ("code", code)], &|_, luck| {
                    (luck * 10.0).floor()
                });
            }
            add(&[("__name__", "a_total"), ("job", job), ("code", code)], &|at, luck| {
                (at % 17) as f64 * 5.0 + luck
            });
        }
        add(&[("__name__", "b2"), ("job", job)], &|at, _| at as f64);
        add(&[("__name__", "c"), ("job", job), ("zone", "z1")], &|_, luck| luck * 100.0);
        for (at, le) in ["0.1", "0.5", "+Inf"].into_iter().enumerate() {
            add(&[("__name__", "h_bucket"), ("job", job), ("le", le)], &move |scrape, _| {
                scrape as f64 * (at + 1) as f64
            });
        }
        add(&[("__name__", "target_info"), ("job", job), ("version", job)], &|_, _| 1.0);
    }
    store
}
