//! What functions and aggregations answer, as Prometheus documents them
//! (<https://prometheus.io/docs/prometheus/latest/querying/functions/>).

use knockon_promql::{Query, Settings, Store, Value};

use crate::load::{answer, load};
use crate::operators::{check, store};

const MINUTE: i64 = 60_000;

#[test]
fn subqueries_ask_at_multiples_of_their_step() {
    // At 5 minutes; a series that is 0, 1, 2 and so on at each minute.
    check("sum_over_time(r[2m:1m])", &["{} 9"]);
    check("count_over_time(r[2m:1m])", &["{} 2"]);
    check("min_over_time(timestamp(r)[5m:2m])", &["{} 120"]);
    check("max_over_time(timestamp(r)[5m:2m])", &["{} 240"]);
    check("sum_over_time(r[2m:1m] offset 1m)", &["{} 7"]);
    check("sum_over_time(r[2m:1m] offset -1m)", &["{} 11"]);
    check("sum_over_time(r[2m:1m] @ 180)", &["{} 5"]);
    // Multiples of 40 s after 210 s: 240 s and 280 s.
    check("count_over_time(r[90s:40s])", &["{} 2"]);
    check("min_over_time(vector(time())[90s:40s])", &["{} 240"]);
    check("max_over_time(vector(time())[90s:40s])", &["{} 280"]);
    check("min_over_time(vector(time())[100s:40s] @ -10)", &["{} -80"]);
    // Without a step, that of the settings: a minute.
    check("count_over_time(r[3m:])", &["{} 3"]);
    // The query starts and ends at 5 minutes, though the subquery does not.
    check("sum_over_time((r @ start())[2m:1m])", &["{} 10"]);
    check("sum_over_time((r @ end())[2m:1m] offset 1m)", &["{} 10"]);
    check("last_over_time(r[2m:1m])", &["r 5"]);
    check("last_over_time((-r)[2m:1m])", &["{} -5"]);
    check("r offset 1m + 1", &["{} 5"]);
    // Moments are rounded to milliseconds.
    check("r @ 59.9996", &["r 1"]);
    // A series that ended has no time.
    check("timestamp(s{y=\"1\"})", &[]);
}

#[test]
fn samples_of_a_subquery_have_no_name_where_they_are_reckoned() {
    let check = |query: &str, expected: &[&str]| {
        let answer = Query::parse(query).unwrap().at(&store(), 5 * MINUTE, Settings::default());
        let Value::Matrix(all) = answer.unwrap().value else { panic!("{query}") };
        let lines: Vec<_> =
            all.iter().map(|it| format!("{} {:?}", it.labels, it.samples)).collect();
        assert_eq!(lines, expected, "{query}");
    };
    check("v{x=\"1\"}[2m]", &[r#"v{x="1"} [(240000, 1.0), (300000, 1.0)]"#]);
    check("v{x=\"1\"}[1m:1m]", &[r#"v{x="1"} [(300000, 1.0)]"#]);
    check("(-v{x=\"1\"})[1m:1m]", &[r#"{x="1"} [(300000, -1.0)]"#]);
}

#[test]
fn angles_are_in_radians() {
    let check = |function: &str, at: &str, expected: &str| {
        check(&format!("round({function}(vector({at})), 0.0001)"), &[&format!("{{}} {expected}")]);
    };
    check("sin", "1", "0.8415");
    check("cos", "1", "0.5403");
    check("tan", "1", "1.5574");
    check("asin", "1", "1.5708");
    check("acos", "-1", "3.1416");
    check("atan", "1", "0.7854");
    check("sinh", "1", "1.1752");
    check("cosh", "1", "1.5431");
    check("tanh", "1", "0.7616");
    check("asinh", "1", "0.8814");
    check("acosh", "2", "1.317");
    check("atanh", "0.5", "0.5493");
    check("asin", "2", "NaN");
    check("acosh", "0.5", "NaN");
    check("deg", "pi()", "180");
    check("rad", "180", "3.1416");
}

#[test]
fn numbers_are_changed_one_by_one() {
    check("sgn(vector(-0.5))", &["{} -1"]);
    check("sgn(vector(0))", &["{} 0"]);
    check("sgn(vector(NaN))", &["{} NaN"]);
    check("round(vector(-2.5))", &["{} -2"]);
    check("round(vector(2.5))", &["{} 3"]);
    check("round(vector(7), 5)", &["{} 5"]);
    check("clamp(vector(5), 1, 1)", &["{} 1"]);
    check("clamp(vector(5), 2, 1)", &[]);
    check("clamp(vector(NaN), 1, 2)", &["{} NaN"]);
    check("clamp_min(vector(1), NaN)", &["{} NaN"]);
    check("clamp_max(vector(1), NaN)", &["{} NaN"]);
    check("vector(min_of(1, 2))", &["{} 1"]);
    check("vector(max_of(1, 2))", &["{} 2"]);
    check("vector(max_of(1, NaN))", &["{} NaN"]);
    check("vector(min_of(NaN, 1))", &["{} NaN"]);
    // Parts of a second are cut off, as in Go.
    check("hour(vector(-0.5))", &["{} 0"]);
    check("hour(vector(-1))", &["{} 23"]);
    check("day_of_week(vector(0))", &["{} 4"]);
}

#[test]
fn some_series_of_each_group_are_kept() {
    check("topk(1.9, v)", &[r#"v{x="3"} 3"#]);
    check("topk(-1, v)", &[]);
    check("bottomk(1, v or n)", &[r#"v{x="1"} 1"#]);
    check("limitk(0, v)", &[]);
    check("count(limitk(2, v))", &["{} 2"]);
    check("count(limitk(9, v))", &["{} 3"]);
    check("limitk by (x) (1, v)", &[r#"v{x="1"} 1"#, r#"v{x="2"} 2"#, r#"v{x="3"} 3"#]);
    check("limit_ratio(0, v)", &[]);
    check("count(limit_ratio(1, v))", &["{} 3"]);
    // Of equal values the first one is kept.
    check("topk(1, v * 0)", &[r#"{x="1"} 0"#]);
    check("bottomk(1, v * 0)", &[r#"{x="1"} 0"#]);
    check("count(limit_ratio(-1, v))", &["{} 3"]);
    check("count_values(\"n\", vector(12345678))", &[r#"{n="12345678"} 1"#]);
    check("count_values(\"n\", vector(0.00001))", &[r#"{n="0.00001"} 1"#]);
}

#[test]
fn a_ratio_and_its_complement_have_every_series_once() {
    let mut store = Store::new();
    for index in 0..200 {
        load(&mut store, MINUTE, &format!("a{{x=\"{index}\"}}"), "1");
    }
    for (ratio, complement) in [("0.1", "-0.9"), ("0.3", "-0.7"), ("0.8", "-0.2")] {
        let (some, others) =
            (format!("limit_ratio({ratio}, a)"), format!("limit_ratio({complement}, a)"));
        let both = format!("{some} and {others}");
        assert_eq!(answer(&store, &both, 0), [] as [&str; 0], "{both}");
        let either = format!("count({some} or {others})");
        assert_eq!(answer(&store, &either, 0), ["{} 200"], "{either}");
        let share = answer(&store, &some, 0).len() as f64 / 200.0;
        assert!((share - ratio.parse::<f64>().unwrap()).abs() < 0.1, "{some}: {share}");
    }
}

#[test]
fn growth_is_told_as_documented() {
    let mut store = Store::new();
    let mut add = |name: &str, from: usize, values: &str| {
        let values = format!("_x{from} {values}");
        load(&mut store, 10_000, name, &values);
    };
    add("g", 2, "0 10");
    add("level", 1, "123456789.1x9");
    add("endless", 1, "+Infx9");
    add("curve", 1, "0 2 8 9");
    let check = |query: &str, seconds: i64, expected: &[&str]| {
        assert_eq!(answer(&store, query, seconds * 1000), expected, "{query}");
    };
    // Samples at 20 s and 30 s; both ends of the range are 1.1 times as far away as these are apart.
    check("delta(g[32s])", 41, &["{} 20"]);
    check("deriv(level[2m])", 100, &["{} 0"]);
    check("predict_linear(level[2m], 60)", 100, &["{} 123456789.1"]);
    check("deriv(endless[2m])", 100, &["{} NaN"]);
    // Of equal values the last one.
    check("ts_of_max_over_time(level[2m])", 105, &["{} 100"]);
    check("ts_of_min_over_time(level[2m])", 105, &["{} 100"]);
    check("predict_linear(endless[2m], 60)", 100, &["{} NaN"]);
    check("double_exponential_smoothing(curve[2m], 0.5, 0.25)", 100, &["{} 8.75"]);
}

#[test]
fn info_adds_labels_of_metrics_that_describe() {
    let mut store = Store::new();
    for name in [
        "target_info{instance=\"i\",job=\"j\",version=\"1\",region=\"r\"}",
        "build_info{instance=\"i\",job=\"j\",build=\"b\"}",
        "zone_info{instance=\"i\",job=\"j\",region=\"q\"}",
        "u{instance=\"i\",job=\"j\"}",
        "own{instance=\"i\",job=\"j\",region=\"mine\"}",
        "alone{instance=\"z\",job=\"j\"}",
    ] {
        load(&mut store, MINUTE, name, "5");
    }
    let check = |query: &str, expected: &[&str]| {
        assert_eq!(answer(&store, query, 0), expected, "{query}");
    };
    check("info(u)", &[r#"u{instance="i", job="j", region="r", version="1"} 5"#]);
    check("info(-u)", &[r#"{instance="i", job="j", region="r", version="1"} -5"#]);
    check("info(u, {version=~\".+\"})", &[r#"u{instance="i", job="j", version="1"} 5"#]);
    check("info(u, {version=\"2\"})", &[]);
    check("info(u, {none=~\".+\"})", &[]);
    check("info(u, {none=~\".*\"})", &[r#"u{instance="i", job="j"} 5"#]);
    check("info(u, {__name__=\"build_info\"})", &[r#"u{build="b", instance="i", job="j"} 5"#]);
    check(
        "info(u, {__name__=~\"(target|build)_info\"})",
        &[r#"u{build="b", instance="i", job="j", region="r", version="1"} 5"#],
    );
    // What a series has of its own stays, though the others do not agree.
    check("info(own, {region=~\".+\"})", &[r#"own{instance="i", job="j", region="mine"} 5"#]);
    check(
        "info(own, {__name__=~\"(target|zone)_info\", region=~\".+\"})",
        &[r#"own{instance="i", job="j", region="mine"} 5"#],
    );
    check("info(alone)", &[r#"alone{instance="z", job="j"} 5"#]);
    check(
        "info(target_info)",
        &[r#"target_info{instance="i", job="j", region="r", version="1"} 5"#],
    );
    let query = Query::parse("info(u, {__name__=~\"(target|zone)_info\"})").unwrap();
    let error = query.at(&store, 0, Settings::default()).unwrap_err();
    assert_eq!(error.message, "conflicting label: region");
}

#[test]
fn of_an_info_metric_the_series_that_was_told_last_counts() {
    let mut store = Store::new();
    load(&mut store, MINUTE, "u{instance=\"i\",job=\"j\"}", "5 5 5");
    load(&mut store, MINUTE, "target_info{instance=\"i\",job=\"j\",version=\"1\"}", "1 _ 1");
    load(&mut store, MINUTE, "target_info{instance=\"i\",job=\"j\",version=\"2\"}", "_ 1 1");
    let newer = [r#"u{instance="i", job="j", version="2"} 5"#];
    assert_eq!(answer(&store, "info(u)", MINUTE), newer);
    let query = Query::parse("info(u)").unwrap();
    let error = query.at(&store, 2 * MINUTE, Settings::default()).unwrap_err();
    assert!(error.message.starts_with("found duplicate series for info metric"), "{error}");
}

#[test]
fn nan_is_sorted_last_in_both_directions() {
    let check = |query: &str, expected: &[&str]| {
        let answer = Query::parse(query).unwrap().at(&store(), 5 * MINUTE, Settings::default());
        let Value::Vector(samples) = answer.unwrap().value else { panic!("{query}") };
        let values: Vec<_> = samples.iter().map(|it| it.value.to_string()).collect();
        assert_eq!(values, expected, "{query}");
    };
    check("sort(w or n)", &["20", "30", "40", "NaN"]);
    check("sort_desc(n or w)", &["40", "30", "20", "NaN"]);
}

#[test]
fn what_may_be_wrong_is_told_once_and_with_its_place() {
    let mut store = store();
    load(&mut store, MINUTE, "one_bucket{le=\"+Inf\"}", "5x10");
    for (le, count) in [("1", "3x10"), ("2", "3x10"), ("+Inf", "4x10")] {
        load(&mut store, MINUTE, &format!("h_bucket{{le=\"{le}\"}}"), count);
    }
    load(&mut store, MINUTE, "ends", "0+1x2");
    let check = |query: &str, expected: &[&str]| {
        let query = Query::parse(query).unwrap();
        let settings = Settings { lookback_ms: MINUTE, ..Settings::default() };
        let answer = query.over(&store, MINUTE, 5 * MINUTE, MINUTE, settings).unwrap();
        let notes = [answer.warnings, answer.infos].concat();
        assert_eq!(notes, expected, "{}", query.text());
    };
    let share = "PromQL warning: quantile value should be between 0 and 1, got 2";
    check("quantile(2, v)", &[&format!("{share} (1:10)")]);
    check("1 +\n quantile(2, v)", &[&format!("{share} (2:11)")]);
    check("quantile_over_time(2, v[2m])", &[&format!("{share} (1:20)")]);
    check("quantile_over_time(2, none[2m])", &[]);
    check("quantile(1, v)", &[]);
    let ratio = "PromQL warning: ratio value should be between -1 and 1, got";
    check("limit_ratio(2, v)", &[&format!("{ratio} 2, capping to 1 (1:13)")]);
    check("limit_ratio(-2, v)", &[&format!("{ratio} -2, capping to -1 (1:13)")]);
    let counter = "PromQL info: metric might not be a counter, name does not end in \
                   _total/_sum/_count/_bucket: ";
    check("rate(r[2m])", &[&format!("{counter}\"r\" (1:6)")]);
    check("rate(h_bucket[2m])", &[]);
    check("rate((sum(r))[2m:1m])", &[]);
    // The last step decides.
    check("rate(ends[2m])", &[]);
    // Equal counts need no mending, and one bucket tells nothing.
    check("histogram_quantile(0.5, h_bucket)", &[]);
    check("histogram_quantile(0.5, one_bucket)", &[]);
    assert_eq!(answer(&store, "histogram_quantile(0.5, one_bucket)", 5 * MINUTE), ["{} NaN"]);
}
