//! A file has one subject, and a file with one subject is not long.
//!
//! Counted are the lines of code: not blank lines and not lines that are only a comment, since a
//! limit must never be a reason to explain less, and not the test module at the end of a file.

use super::{File, Finding, Tree};

const PRODUCTION_LINES_MAX: usize = 600;
const TEST_LINES_MAX: usize = 1_000;

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("rs").filter_map(too_long).collect()
}

fn too_long(file: &File) -> Option<Finding> {
    let (lines_max, what) = if is_test(&file.path) {
        (TEST_LINES_MAX, "test code")
    } else {
        (PRODUCTION_LINES_MAX, "production code")
    };
    let code = || before_test_module(file.text()).filter(|(_, line)| is_code(line));
    let lines = code().count();
    // The place is the first line too many.
    let (line, _) = code().nth(lines_max)?;
    let problem = format!("{lines} lines of {what}, and {lines_max} is the most");
    Some(Finding::new(&file.path, line, problem, "split it by subject"))
}

/// Whether the whole file is test code: a file of `tests/`, or a test module in its own file.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// The numbered lines before the module that only tests see. A `#[cfg(test)]` on anything else, or
/// on a module in its own file, ends nothing.
fn before_test_module(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines: Vec<&str> = text.lines().collect();
    let opens_module = |line: &&&str| !line.starts_with("#[");
    let end = (0..lines.len()).find(|&at| {
        let item = lines[at..].iter().find(opens_module);
        lines[at] == "#[cfg(test)]"
            && item.is_some_and(|item| item.starts_with("mod ") && item.ends_with('{'))
    });
    let end = end.unwrap_or(lines.len());
    (1..).zip(lines).take(end)
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    const CODE: &str = "    let a = 1;\n";
    const TEST_MODULE: &str = "#[cfg(test)]\nmod tests {\n";

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        expect(find, &[(path, text)], expected);
    }

    #[test]
    fn production_code_is_limited() {
        let path = "crates/knockon/src/run.rs";
        check(path, &CODE.repeat(600), &[]);
        check(
            path,
            &CODE.repeat(602),
            &["crates/knockon/src/run.rs:601: 602 lines of production code, and 600 is the \
                 most; split it by subject"],
        );
    }

    #[test]
    fn comments_blank_lines_and_the_test_module_do_not_count() {
        let comments = "/// Why.\n\n    // Because.\n".repeat(300);
        let tests = format!("{TEST_MODULE}{}", CODE.repeat(600));
        let text = format!("{comments}{}{tests}", CODE.repeat(600));
        check("crates/knockon/src/run.rs", &text, &[]);
    }

    #[test]
    fn a_test_only_import_or_module_file_does_not_end_the_count() {
        for item in ["use std::fs;", "mod tests;"] {
            let text = format!("#[cfg(test)]\n{item}\n{}", CODE.repeat(601));
            check(
                "crates/knockon/src/run.rs",
                &text,
                &["crates/knockon/src/run.rs:601: 603 lines of production code, and 600 is the \
                     most; split it by subject"],
            );
        }
    }

    #[test]
    fn test_code_may_be_longer() {
        for path in ["crates/knockon/tests/it/main.rs", "crates/knockon/src/run/tests.rs"] {
            check(path, &CODE.repeat(1_000), &[]);
            let expected = format!(
                "{path}:1001: 1001 lines of test code, and 1000 is the most; split it by subject"
            );
            check(path, &CODE.repeat(1_001), &[&expected]);
        }
    }
}
