//! How much memory a store takes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use knockon_promql::{Labels, Store};

#[test]
fn a_million_samples_of_ten_thousand_series_take_less_than_a_hundred_megabytes() {
    let mut store = Store::new();
    let used = allocation_counter::measure(|| {
        for at in 0..10_000 {
            let labels = Labels::of([
                (
                    "__name__".to_owned(),
                    format!("http_server_request_duration_seconds_{}", at % 30),
                ),
                ("job".to_owned(), format!("job-{}", at % 40)),
                ("service".to_owned(), format!("service-{}", at % 40)),
                ("instance".to_owned(), format!("10.244.{}.{}:8080", at / 250, at % 250)),
                ("pod".to_owned(), format!("orders-6d8f9bcc7-{at:05}")),
                ("http_route".to_owned(), format!("/route/{}", at % 20)),
                ("http_request_method".to_owned(), "GET".to_owned()),
                ("http_response_status_code".to_owned(), "200".to_owned()),
                ("le".to_owned(), ["0.1", "0.5", "+Inf"][at % 3].to_owned()),
                ("at".to_owned(), at.to_string()),
            ]);
            store.open(&labels);
        }
        let ids: Vec<_> =
            store.series().map(|series| store.find(series.labels()).unwrap()).collect();
        for scrape in 0..100 {
            for id in &ids {
                store.append(*id, scrape * 15_000, scrape as f64).unwrap();
            }
        }
    });
    let samples: usize = store.series().map(|series| series.values().len()).sum();
    assert_eq!((store.len(), samples), (10_000, 1_000_000));
    // The most at any moment, growing included.
    assert!(used.bytes_max < 100_000_000, "{} bytes", used.bytes_max);
}
