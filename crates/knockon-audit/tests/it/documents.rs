//! The reference says what is true.

use knockon_audit::codes;

fn document(name: &str) -> String {
    let path = format!("{}/../../docs/reference/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_weakness_is_explained() {
    let (table, prose) = (document("diagnostics.md"), document("weaknesses.md"));
    for code in codes::ALL {
        let row = format!("| {} | {} |", code.id, code.title);
        assert!(
            table.lines().any(|line| line == row),
            "docs/reference/diagnostics.md lacks:\n{row}"
        );
        let heading = format!("### {}: {}", code.id, code.title);
        let found = prose.lines().any(|line| line == heading);
        assert!(found, "docs/reference/weaknesses.md lacks:\n{heading}");
    }
    let headings = prose.lines().filter(|line| line.starts_with("### K")).count();
    assert_eq!(headings, codes::ALL.len(), "docs/reference/weaknesses.md explains what is no code");
}
