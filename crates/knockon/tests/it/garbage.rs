//! Rubbish in: a diagnostic and exit code 2, or a verdict with notes. Never a panic.

use proptest::prelude::*;

use crate::run::{folder, knockon};

const SYSTEM: &[u8] = b"system: shop\nservices:\n  orders:\n    calls: [payment]\n  payment:\n";

/// A byte string near to something that is read: bytes, or a valid file with a piece replaced.
fn near(valid: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let arbitrary = prop::collection::vec(any::<u8>(), 0..80);
    let mutated = (0..=valid.len(), 0..12_usize, prop::collection::vec(any::<u8>(), 0..6))
        .prop_map(|(start, length, piece)| {
            let end = (start + length).min(valid.len());
            [&valid[..start], &piece, &valid[end..]].concat()
        });
    prop_oneof![1 => arbitrary, 4 => mutated]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_rubbish_makes_the_command_panic(
        system in near(SYSTEM),
        metrics in near(b"time,orders_cpu,payment_lat_50\n2026-01-01T00:00:00Z,1,2\n2026-01-01T00:01:00Z,1,2\n"),
        alerts in near(br#"[{"labels":{"alertname":"A","service":"orders"},"startsAt":"2026-01-01T00:00:00Z"}]"#),
        changes in near(br#"[{"time":"2026-01-01T00:00:00Z","service":"orders","kind":"deploy"}]"#),
        json in any::<bool>(),
    ) {
        let dir = folder(&[
            ("system.yaml", &system),
            ("metrics.csv", &metrics),
            ("alerts.json", &alerts),
            ("changes.json", &changes),
        ]);
        let path = dir.path().to_str().unwrap();
        let model = dir.path().join("system.yaml");
        let format = if json { "json" } else { "text" };
        let ran = knockon(&["triage", "--system", model.to_str().unwrap(), path, "--format", format]);
        prop_assert!(ran.code == 0 || ran.code == 2, "exit {}: {}", ran.code, ran.stderr);
        prop_assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        if json {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&ran.stdout).is_ok(), "{}", ran.stdout);
        }
    }
}
