//! What holds of any query over any store.

use std::collections::BTreeMap;

use knockon_promql::{Answer, Labels, Query, Release, Settings, Store, Value};
use proptest::prelude::*;

use crate::queries::{QUERIES, store};

fn settings() -> Settings {
    Settings { lookback_ms: 90_000, ..Settings::default() }
}

/// Samples by labels and time; numbers by their bits, so that NaN is NaN.
fn table(answer: &Answer) -> BTreeMap<(Labels, i64), u64> {
    let mut table = BTreeMap::new();
    let mut add = |labels: &Labels, time: i64, value: f64| {
        let bits = if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
        assert!(table.insert((labels.clone(), time), bits).is_none(), "{labels} twice at {time}");
    };
    match &answer.value {
        Value::Scalar { time_ms, value } => add(&Labels::default(), *time_ms, *value),
        Value::String { .. } => {}
        Value::Vector(samples) => {
            for sample in samples {
                add(&sample.labels, sample.time_ms, sample.value);
            }
        }
        Value::Matrix(all) => {
            for points in all {
                for (time, value) in &points.samples {
                    add(&points.labels, *time, *value);
                }
            }
        }
    }
    table
}

/// The answer for a range is that for each of its moments, except where a query speaks of the range.
fn check_range(text: &str, store: &Store, from: i64, step: i64) {
    let query = Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let to = from + 7 * step;
    let range = query.over(store, from, to, step, settings());
    let moments: Result<Vec<Answer>, _> =
        (0..8).map(|at| query.at(store, from + at * step, settings())).collect();
    let (Ok(range), Ok(moments)) = (&range, &moments) else {
        assert_eq!(range.is_err(), moments.is_err(), "{text}: {range:?} {moments:?}");
        return;
    };
    let one_by_one: BTreeMap<_, _> = moments.iter().flat_map(table).collect();
    assert_eq!(table(range), one_by_one, "{text} from {from} by {step}");
}

#[test]
fn a_range_is_answered_as_each_of_its_moments() {
    let store = store();
    let alike = QUERIES.iter().filter(|text| !text.contains("start()") && !text.contains("end()"));
    for text in alike {
        for (from, step) in [(60_000, 20_000), (130_007, 47_001), (400_000, 60_000)] {
            check_range(text, &store, from, step);
        }
    }
}

#[test]
fn every_query_answers_something() {
    // Else the laws above would say nothing of it.
    let store = store();
    for text in QUERIES {
        let answer = Query::parse(text).unwrap().over(&store, 100_000, 900_000, 20_000, settings());
        let Value::Matrix(matrix) = answer.unwrap_or_else(|error| panic!("{text}: {error}")).value
        else {
            panic!("{text}: no matrix")
        };
        assert!(!matrix.is_empty(), "{text}");
        assert!(matrix.is_sorted_by(|a, b| a.labels < b.labels), "{text}");
    }
}

#[test]
fn the_order_in_which_series_came_does_not_matter() {
    let ordered = store();
    let mut reversed = Store::new();
    for series in ordered.series().collect::<Vec<_>>().into_iter().rev() {
        let id = reversed.open(series.labels());
        reversed.merge(id, series.times_ms().iter().copied().zip(series.values().iter().copied()));
    }
    for text in QUERIES {
        let query = Query::parse(text).unwrap();
        let of = |store: &Store| table(&query.over(store, 0, 900_000, 45_000, settings()).unwrap());
        assert_eq!(of(&ordered), of(&reversed), "{text}");
    }
}

#[test]
fn too_many_samples_are_an_error() {
    let store = store();
    let few = Settings { samples_max: 100, ..settings() };
    for text in [
        "sum(a)",
        "rate(a_total[5m])",
        "vector(1) + on () group_right a",
        "sum_over_time(a[10m:1s])",
    ] {
        let error = Query::parse(text).unwrap().over(&store, 0, 900_000, 10_000, few).unwrap_err();
        assert!(error.message.contains("too many samples"), "{text}: {error}");
    }
}

#[test]
fn just_as_many_samples_as_allowed_are_none_too_many() {
    let store = store();
    let query = Query::parse("a").unwrap();
    let found = table(&query.at(&store, 500_000, settings()).unwrap()).len();
    let with = |samples_max| query.at(&store, 500_000, Settings { samples_max, ..settings() });
    assert!(with(found).is_ok() && with(found - 1).is_err());
}

#[test]
fn the_ends_of_time_are_moments_as_others() {
    let store = store();
    for text in [
        "avg_over_time(a[1m:1h])",
        "count_over_time(a[2y:1s] @ 400)",
        "a offset 5m",
        "predict_linear(a[4m] @ 400, 1)",
        "rate(a_total[5m] offset -1h)",
        "timestamp(a offset -5m)",
    ] {
        let query = Query::parse(text).unwrap();
        let few = Settings { samples_max: 100_000, ..settings() };
        for time in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
            let _ = query.at(&store, time, few);
            let _ = query.over(&store, time.saturating_sub(60_000), time, 60_000, few);
        }
        let _ = query.over(&store, i64::MIN / 2, i64::MAX / 2, i64::MAX / 2, few);
    }
}

#[test]
fn a_range_has_an_end_and_steps() {
    let store = store();
    let check = |from, to, step, expected: &str| {
        let error =
            Query::parse("a").unwrap().over(&store, from, to, step, settings()).unwrap_err();
        assert_eq!(error.message, expected);
    };
    check(0, 10, 0, "zero or negative query resolution step widths are not accepted");
    check(10, 0, 1, "end timestamp must not be before start time");
    check(i64::MIN, i64::MAX, 1, "end timestamp must not be before start time");
    check(
        0,
        i64::MAX,
        1,
        "exceeded maximum resolution: there are more steps than samples a query may have",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_a_query_or_a_mistake_with_a_place(text in r#"[a-c0-9 (){}\[\]"'+*/<>=!~^@:,.$_#\n\\é-]{0,60}"#) {
        survive(&text);
    }

    #[test]
    fn a_query_with_typing_mistakes_is_answered_or_refused(
        which in 0..QUERIES.len(),
        other in 0..QUERIES.len(),
        at in any::<prop::sample::Index>(),
        length in 0..9_usize,
        time in prop::sample::select(vec![i64::MIN, -1, 0, 500_000, i64::MAX]),
    ) {
        let (one, two) = (QUERIES[which], QUERIES[other]);
        let from = at.index(one.len() + 1);
        let to = (from + length).min(one.len());
        let text = format!("{}{}{}", &one[..from], &two[..length.min(two.len())], &one[to..]);
        survive(&text);
        if let Ok(query) = Query::parse(&text) {
            let few = Settings { samples_max: 100_000, ..settings() };
            let _ = query.at(&store(), time, few);
            let _ = query.over(&store(), time, time.saturating_add(300_000), 30_000, few);
        }
    }
}

fn survive(text: &str) {
    if let Err(error) = Query::parse(text) {
        assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
        assert!(!error.message.is_empty());
    }
}

#[test]
fn older_releases_answer_as_they_did() {
    let mut store = Store::new();
    let id = store.open(&Labels::of([("__name__", "a_total")]));
    // Of a range of a minute that ends at 240 s, the sample at 180 s is at the beginning.
    for (at, value) in [(180, 9.0), (200, 19.0), (220, 29.0), (240, 39.0)] {
        store.append(id, at * 1000, value).unwrap();
    }
    let check = |text: &str, seconds: i64, expected: [Option<f64>; 3]| {
        let releases = [Release::V2, Release::V2_52, Release::V3];
        let found = releases.map(|release| {
            let settings = Settings { release, ..Settings::default() };
            let answer = Query::parse(text).unwrap().at(&store, seconds * 1000, settings).unwrap();
            let Value::Vector(samples) = answer.value else { panic!("{text}") };
            samples.first().map(|sample| sample.value)
        });
        assert_eq!(found, expected, "{text}");
    };
    check("count_over_time(a_total[1m])", 240, [Some(4.0), Some(4.0), Some(3.0)]);
    check("a_total", 540, [Some(39.0), Some(39.0), None]);
    check("count_over_time(a_total[1m:20s])", 240, [Some(4.0), Some(4.0), Some(3.0)]);
    // It grew by 30 in a minute from 9 on, so it was 0 at 162 s. A range of 5 minutes begins far before
    // that: the older rule goes there, the newer one only half of the 20 s between samples.
    check("increase(a_total[5m])", 240, [Some(39.0), Some(35.0), Some(35.0)]);
    check("delta(a_total[5m])", 240, [Some(35.0), Some(35.0), Some(35.0)]);
}

#[test]
fn the_end_of_a_query_need_not_be_a_step() {
    let store = store();
    let check = |text: &str, expected: &str| {
        let at_end = Query::parse(expected).unwrap().at(&store, 600_000, settings()).unwrap();
        let query = Query::parse(text).unwrap();
        let answer = query.over(&store, 300_000, 650_000, 100_000, settings()).unwrap();
        let Value::Matrix(matrix) = answer.value else { panic!("{text}") };
        let found: Vec<u64> = matrix.iter().map(|points| points.samples[3].1.to_bits()).collect();
        assert_eq!(found, table(&at_end).into_values().collect::<Vec<_>>(), "{text}");
    };
    check("vector(end())", "vector(650)");
    check("vector(range())", "vector(350)");
    check("vector(step())", "vector(100)");
    check("vector(start())", "vector(300)");
    check("sum(sum_over_time(a[5m] @ end()))", "sum(sum_over_time(a[5m] @ 650))");
    check("sum(sum_over_time(a[5m] @ start()))", "sum(sum_over_time(a[5m] @ 300))");
}
