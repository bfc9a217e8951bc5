//! Stores in a form to compare, and stores made up.

use std::fmt::Write;

use knockon_core::Diagnostic;
use knockon_promql::{Labels, Store, special};
use knockon_telemetry::{Families, SeriesReader, SeriesReading};
use proptest::prelude::*;

use crate::shop::lines;

/// Reads one input into a new store.
pub(crate) fn read(file: &str, bytes: impl AsRef<[u8]>) -> (Store, SeriesReading) {
    let mut store = Store::new();
    let mut reader = SeriesReader::new(&mut store);
    reader.read(file, bytes.as_ref());
    let reading = reader.finish();
    (store, reading)
}

/// Reads one input in which nothing is wrong.
pub(crate) fn right(file: &str, bytes: impl AsRef<[u8]>) -> (Store, Families) {
    let (store, reading) = read(file, bytes);
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    (store, reading.families)
}

/// Every series as `labels: ms=value …`, in the order of labels; what is no number by its name.
pub(crate) fn shown(store: &Store) -> Vec<String> {
    let show = |id| {
        let series = store.get(id);
        let mut line = format!("{}:", series.labels());
        for (time_ms, value) in series.times_ms().iter().zip(series.values()) {
            let value = match *value {
                it if special::is_stale(it) => "stale".to_owned(),
                it if special::is_native_histogram(it) => "histogram".to_owned(),
                it => special::text(it),
            };
            write!(line, " {time_ms}={value}").unwrap();
        }
        line
    };
    store.select(&[]).into_iter().map(show).collect()
}

/// Every series with its samples, to the bit.
pub(crate) fn bits(store: &Store) -> Vec<(String, Vec<(i64, u64)>)> {
    let show = |id| {
        let series = store.get(id);
        let values = series.values().iter().map(|value| value.to_bits());
        (series.labels().to_string(), series.times_ms().iter().copied().zip(values).collect())
    };
    store.select(&[]).into_iter().map(show).collect()
}

/// A series given as labels and samples.
pub(crate) type Given<'a> = (&'a [(&'a str, &'a str)], &'a [(i64, f64)]);

/// A store of such series.
pub(crate) fn store(series: &[Given<'_>]) -> Store {
    let mut store = Store::new();
    for (labels, samples) in series {
        let id = store.open(&Labels::of(labels.iter().copied()));
        store.merge(id, samples.iter().copied());
    }
    store
}

/// Every place can be shown, and no message ends in a full stop.
pub(crate) fn assert_sane(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        for place in diagnostic.place.iter().chain(&diagnostic.related) {
            let chars = place.text.chars().count();
            assert!(place.line >= 1 && place.column > place.cut && place.length >= 1, "{place:?}");
            assert!(place.start_in_text() <= chars && chars <= 162, "{place:?}");
        }
        assert!(!diagnostic.message.ends_with('.'), "{diagnostic}");
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<f64>().prop_filter("NaN has many forms", |it| !it.is_nan()),
        2 => (-1000..1000_i32).prop_map(|it| f64::from(it) / 8.0),
        1 => prop::sample::select(vec![0.0, -0.0, 1e21, 1e-7, f64::INFINITY, f64::NEG_INFINITY]),
        1 => Just(f64::from_bits(0x7ff8_0000_0000_0001)),
    ]
}

/// Any store whose names are those of the classic alphabet, with times from 2001 on.
pub(crate) fn stores() -> impl Strategy<Value = Store> {
    let name = prop::sample::select(vec!["up", "a_total", "d_bucket", "d_count", "x:y", "z_9"]);
    let label = prop::sample::select(vec!["job", "le", "A", "_x"]);
    let labels = prop::collection::vec((label, "[ -~é\n\t☃]{0,6}"), 0..4);
    let times = 1_000_000_000_000..2_000_000_000_000_i64;
    let samples = prop::collection::vec((times, number()), 1..6);
    prop::collection::vec((name, labels, samples), 0..8).prop_map(|all| {
        let mut store = Store::new();
        for (name, labels, samples) in all {
            let labels = labels.iter().map(|(name, value)| (*name, value.as_str()));
            let id = store.open(&Labels::of(labels.chain([("__name__", name)])));
            store.merge(id, samples);
        }
        store
    })
}
