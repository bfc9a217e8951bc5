//! The documents that every reader expects exist, and the map does not claim what nothing holds.
//!
//! An invariant in ARCHITECTURE.md is a line `**Architecture Invariant:** …` whose paragraph ends in
//! a sentence `Held by` and then, in backticks, tests (`a_test_name`) or checks (`tidy/direction`).

use super::cargo_toml::manifests;
use super::{CHECKS, File, Finding, Tree};

const MAP: &str = "ARCHITECTURE.md";
const MAP_LINES_MAX: usize = 250;
const CHANGES: &str = "CHANGELOG.md";
const EXPECTED: &[&str] = &["README.md", MAP, CHANGES];

const INVARIANT: &str = "**Architecture Invariant:**";
const HELD_BY: &str = "Held by";

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in EXPECTED.iter().filter(|path| tree.file(path).is_none()) {
        findings.push(Finding::new(*path, 1, "there is no such file", "write it"));
    }
    if let Some(map) = tree.file(MAP) {
        findings.extend(too_long(map));
        findings.extend(crates_left_out(tree, map));
        findings.extend(invariants_not_held(tree, map));
    }
    if let Some(changes) = tree.file(CHANGES)
        && !changes.text().lines().any(is_release)
    {
        let problem = "no release is described";
        let mend = "write `## Unreleased`, or `## ` and a version";
        findings.push(Finding::new(CHANGES, 1, problem, mend));
    }
    findings
}

/// Whether a line is `## Unreleased`, `## 0.1.0` or one of them in brackets.
fn is_release(line: &str) -> bool {
    let Some(title) = line.strip_prefix("## ") else {
        return false;
    };
    let title = title.trim_start_matches(['[', 'v']);
    title.starts_with("Unreleased") || title.starts_with(|c: char| c.is_ascii_digit())
}

fn too_long(map: &File) -> Option<Finding> {
    let lines = map.text().lines().count();
    (lines > MAP_LINES_MAX).then(|| {
        let problem = format!("{lines} lines, and {MAP_LINES_MAX} is the most");
        let mend = "keep the map; move the reasons to DESIGN.md and the detail to module docs";
        Finding::new(MAP, MAP_LINES_MAX + 1, problem, mend)
    })
}

fn crates_left_out(tree: &Tree, map: &File) -> Vec<Finding> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let named: Vec<&str> = map.text().split(|c| !is_part(c)).collect();
    let left_out = manifests(tree)
        .flatten()
        .filter(|it| it.path.starts_with("crates/") && !named.contains(&it.folder));
    let findings = left_out.map(|manifest| {
        let problem = format!("crate `{}` is not on the map", manifest.folder);
        Finding::new(MAP, 1, problem, "say what it is for and what it may use")
    });
    findings.collect()
}

fn invariants_not_held(tree: &Tree, map: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines: Vec<&str> = map.text().lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if !line.starts_with(INVARIANT) {
            continue;
        }
        let paragraph: Vec<&str> = lines[at..]
            .iter()
            .map(|line| line.trim())
            .take_while(|line| !line.is_empty())
            .collect();
        let holders = holders(&paragraph.join(" "));
        if holders.is_empty() {
            let problem = "nothing is said to hold this invariant";
            let mend = "end it with `Held by` and the test or `tidy/` check, in backticks";
            findings.push(Finding::new(MAP, at + 1, problem, mend));
        }
        for holder in holders.iter().filter(|holder| !exists(tree, holder)) {
            let problem = format!("the invariant is held by `{holder}`, which does not exist");
            let mend = "name a `fn` of a test, or a `tidy/` check";
            findings.push(Finding::new(MAP, at + 1, problem, mend));
        }
    }
    findings
}

/// What stands in backticks in the sentence that begins with `Held by`.
fn holders(paragraph: &str) -> Vec<String> {
    let Some((_, rest)) = paragraph.split_once(HELD_BY) else {
        return Vec::new();
    };
    let mut holders = Vec::new();
    // Odd parts are between backticks; a full stop outside of them ends the sentence.
    for (at, part) in rest.split('`').enumerate() {
        match at % 2 {
            1 => holders.push(part.to_owned()),
            _ if part.contains(". ") => break,
            _ => {}
        }
    }
    holders
}

/// Whether it names a check of tidy, or a function, with or without the path to it.
fn exists(tree: &Tree, holder: &str) -> bool {
    if let Some(name) = holder.strip_prefix("tidy/") {
        return CHECKS.iter().any(|check| check.name == name);
    }
    let name = holder.rsplit("::").next().unwrap_or(holder);
    let heads = [format!("fn {name}("), format!("fn {name}<")];
    tree.with_extension("rs").any(|file| heads.iter().any(|head| file.text().contains(head)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    const MAP_OF_TWO: &str = "`knockon-core` is below `knockon`.\n";

    /// A workspace of two crates and three documents, with this map and this list of changes.
    #[track_caller]
    fn check(map: &str, changes: &str, expected: &[&str]) {
        let files = [
            ("README.md", ""),
            (MAP, map),
            (CHANGES, changes),
            ("crates/knockon/Cargo.toml", ""),
            ("crates/knockon/src/main.rs", "#[test]\nfn reads_all_errors() {}\n"),
            ("crates/knockon-core/Cargo.toml", ""),
        ];
        expect(find, &files, expected);
    }

    #[track_caller]
    fn check_invariant(text: &str, expected: &[&str]) {
        let map = format!("{MAP_OF_TWO}\n{INVARIANT} {text}");
        check(&map, "## Unreleased\n", expected);
    }

    #[test]
    fn complete_documents_are_fine() {
        for heading in ["## Unreleased", "## [Unreleased]", "## 0.1.0", "## [v0.1.0] (2026)"] {
            check(MAP_OF_TWO, &format!("# Changes\n\n{heading}\n"), &[]);
        }
    }

    #[test]
    fn each_missing_document_is_found() {
        expect(
            find,
            &[],
            &[
                "ARCHITECTURE.md:1: there is no such file; write it",
                "CHANGELOG.md:1: there is no such file; write it",
                "README.md:1: there is no such file; write it",
            ],
        );
    }

    #[test]
    fn a_crate_that_is_not_on_the_map_is_found_even_when_a_longer_name_is() {
        check(
            "`knockon-core` only.\n",
            "## Unreleased\n",
            &["ARCHITECTURE.md:1: crate `knockon` is not on the map; say what it is for and \
                 what it may use"],
        );
    }

    #[test]
    fn a_map_that_is_no_map_any_more_is_found() {
        check(&MAP_OF_TWO.repeat(250), "## Unreleased\n", &[]);
        check(
            &MAP_OF_TWO.repeat(251),
            "## Unreleased\n",
            &["ARCHITECTURE.md:251: 251 lines, and 250 is the most; keep the map; move the \
                 reasons to DESIGN.md and the detail to module docs"],
        );
    }

    #[test]
    fn a_list_of_changes_without_a_release_is_found() {
        check(
            MAP_OF_TWO,
            "# Changes\n\n## Soon\n",
            &["CHANGELOG.md:1: no release is described; write `## Unreleased`, or `## ` and a \
                 version"],
        );
    }

    #[test]
    fn an_invariant_held_by_a_test_or_a_check_is_fine() {
        check_invariant("all errors at once.\nHeld by `reads_all_errors`.\n", &[]);
        check_invariant("a. Held by `tidy/direction` and `it::reads_all_errors`.", &[]);
        check_invariant("a. Held by `tidy/size`. It keeps `nothing_like_it` small.", &[]);
    }

    #[test]
    fn an_invariant_that_nothing_holds_is_found() {
        check_invariant(
            "all errors at once.\n\nHeld by `reads_all_errors`, in another paragraph.\n",
            &["ARCHITECTURE.md:3: nothing is said to hold this invariant; end it with `Held \
                 by` and the test or `tidy/` check, in backticks"],
        );
    }

    #[test]
    fn an_invariant_held_by_what_does_not_exist_is_found() {
        check_invariant(
            "all. Held by `reads_all`, `tidy/magic` and `reads_all_errors`.\n",
            &[
                "ARCHITECTURE.md:3: the invariant is held by `reads_all`, which does not exist; \
                 name a `fn` of a test, or a `tidy/` check",
                "ARCHITECTURE.md:3: the invariant is held by `tidy/magic`, which does not exist; \
                 name a `fn` of a test, or a `tidy/` check",
            ],
        );
    }
}
