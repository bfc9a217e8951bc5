//! Every code is one that some test provokes.

use knockon_telemetry::codes::ALL;

#[test]
fn every_code_is_covered_by_a_test() {
    let tests = [
        include_str!("alerts.rs"),
        include_str!("bundle.rs"),
        include_str!("change_tools.rs"),
        include_str!("changes.rs"),
        include_str!("csv.rs"),
        include_str!("exposition.rs"),
        include_str!("logs.rs"),
        include_str!("query_range.rs"),
        include_str!("remote_write.rs"),
        include_str!("series.rs"),
        include_str!("traces.rs"),
    ];
    for code in ALL {
        let mention = format!("[{}]", code.id);
        assert!(tests.iter().any(|test| test.contains(&mention)), "{code} is in no test");
    }
}

#[test]
fn every_code_is_explained_in_the_reference() {
    let reference = include_str!("../../../../docs/reference/evidence.md");
    for code in ALL {
        assert!(reference.contains(code.id), "{code} is not in docs/reference/evidence.md");
    }
}
