//! Same input, same bytes: what would break that stays out of the crates that promise it.

use super::{Finding, Tree};

/// The crates whose results must depend on nothing but their input. Those that read files look names
/// up by hash and put what comes out in order; their tests hold them to it.
const PURE: &[&str] =
    &["knockon-audit", "knockon-core", "knockon-scenario", "knockon-sim", "knockon-triage"];

/// What breaks the promise, and what to use instead.
const BANNED: &[(&str, &str)] = &[
    ("HashMap", "its order differs from run to run; use a BTreeMap, or an index into a Vec"),
    ("HashSet", "its order differs from run to run; use a BTreeSet, or sort what comes out"),
    ("SystemTime", "no clock decides a result; take the time as an argument"),
    ("Instant::now", "no clock decides a result; measure in a benchmark"),
    ("thread::spawn", "threads finish in any order; work in parallel outside of the crate"),
    ("RandomState", "it is seeded anew in every run; use an ordered collection"),
];

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("rs") {
        let is_pure = PURE.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/")));
        if !is_pure {
            continue;
        }
        for (line, text) in (1..).zip(file.text().lines()) {
            let code = text.split("//").next().unwrap_or(text);
            for (banned, reason) in BANNED.iter().filter(|(banned, _)| code.contains(banned)) {
                let problem = format!("`{banned}` in a crate whose results must repeat");
                findings.push(Finding::new(&file.path, line, problem, *reason));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn each_banned_name_is_found_in_a_pure_crate() {
        for (banned, reason) in BANNED {
            let text = format!("//! Not {banned}.\nuse x::{banned};\n");
            let expected = format!(
                "crates/knockon-triage/src/lib.rs:2: `{banned}` in a crate whose results must \
                 repeat; {reason}"
            );
            expect(find, &[("crates/knockon-triage/src/lib.rs", &text)], &[&expected]);
        }
    }

    #[test]
    fn tests_and_other_crates_may_use_them() {
        expect(
            find,
            &[
                ("crates/knockon/src/evaluate/mod.rs", "let start = Instant::now();\n"),
                ("crates/knockon-triage/tests/it/main.rs", "use std::collections::HashMap;\n"),
            ],
            &[],
        );
    }
}
