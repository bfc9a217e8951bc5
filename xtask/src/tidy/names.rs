//! A name says what is inside. The words below say only that nobody decided where it belongs.

use super::{Finding, Tree};

const EMPTY_WORDS: &[&str] =
    &["util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"];

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("rs") {
        let parts = file.path.trim_end_matches(".rs").split('/');
        let modules = (1..).zip(file.text().lines()).filter_map(declared_module);
        let names = parts.map(|part| (1, part)).chain(modules);
        for (line, name) in names.filter(|(_, name)| is_empty_name(name)) {
            let problem = format!("`{name}` says nothing of what is in it");
            let mend = "name it after its subject";
            findings.push(Finding::new(&file.path, line, problem, mend));
        }
    }
    findings.extend(tree.with_extension("toml").filter_map(|file| {
        let folder = file.path.strip_suffix("/Cargo.toml")?;
        let name = folder.rsplit('/').next().unwrap_or(folder);
        let is_ours = name == "knockon" || name.starts_with("knockon-") || folder == "xtask";
        (!is_ours).then(|| {
            let problem = format!("crate folder `{name}` is not `knockon-…`");
            let mend = format!("name it `knockon-{name}`");
            Finding::new(&file.path, 1, problem, mend)
        })
    }));
    findings
}

/// Whether the last word of the name is empty: `text_utils` is no better than `utils`, while
/// `common_cause` is a term of the field.
fn is_empty_name(name: &str) -> bool {
    let last = name.rsplit(['_', '-']).next().unwrap_or(name);
    EMPTY_WORDS.contains(&last)
}

/// The name in `mod name;` or `mod name {`, whatever its visibility. A module in its own file is
/// found by the file too: two findings, in two places to mend.
fn declared_module((line, text): (usize, &str)) -> Option<(usize, &str)> {
    let text = text.trim_start();
    let rest = match text.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.trim_start(),
        None => text,
    };
    let name = rest.strip_prefix("mod ")?;
    let name = name.strip_suffix(';').or(name.strip_suffix(" {"))?;
    Some((line, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[test]
    fn names_that_say_something_are_fine() {
        expect(
            find,
            &[
                ("Cargo.toml", ""),
                ("crates/knockon/Cargo.toml", ""),
                ("crates/knockon-sim/Cargo.toml", ""),
                ("crates/knockon-sim/src/common_cause.rs", "mod helped;\n"),
                ("docs/common/readme.md", "mod util;\n"),
                ("xtask/Cargo.toml", ""),
            ],
            &[],
        );
    }

    #[test]
    fn each_empty_word_is_found_as_a_file_and_as_a_module() {
        for word in EMPTY_WORDS {
            let file = format!("src/{word}.rs");
            let module = format!("//! Text.\npub(crate) mod text_{word} {{\n");
            let in_file = format!(
                "{file}:1: `{word}` says nothing of what is in it; name it after its subject"
            );
            let in_module = format!(
                "src/z.rs:2: `text_{word}` says nothing of what is in it; name it after its subject"
            );
            expect(find, &[(&file, ""), ("src/z.rs", &module)], &[&in_file, &in_module]);
        }
    }

    #[test]
    fn a_folder_of_modules_is_found_however_it_is_declared() {
        expect(
            find,
            &[
                ("src/utils/text.rs", ""),
                ("src/lib.rs", "pub mod utils;\n    mod misc {\nmod a;\n"),
            ],
            &[
                "src/lib.rs:1: `utils` says nothing of what is in it; name it after its subject",
                "src/lib.rs:2: `misc` says nothing of what is in it; name it after its subject",
                "src/utils/text.rs:1: `utils` says nothing of what is in it; name it after its \
                 subject",
            ],
        );
    }

    #[test]
    fn a_crate_with_a_foreign_name_is_found() {
        expect(
            find,
            &[("crates/sim/Cargo.toml", "")],
            &["crates/sim/Cargo.toml:1: crate folder `sim` is not `knockon-…`; name it \
                 `knockon-sim`"],
        );
    }
}
