//! Every code is provoked somewhere.

use std::path::Path;

#[test]
fn every_code_is_seen_in_a_test() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut tests = String::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        tests.push_str(&std::fs::read_to_string(path).unwrap());
    }
    let unseen: Vec<_> = (knockon_format::codes::ALL.iter())
        .filter(|code| !tests.contains(&format!("[{}]", code.id)))
        .map(|code| code.id)
        .collect();
    assert_eq!(unseen, [""; 0], "no test shows these");
}
