//! What all crates share is written once, in the root `Cargo.toml`.
//!
//! `publish` is among it because `deny.toml` treats a path without a version as a mistake in a crate
//! that could be published.

use super::cargo_toml::manifests;
use super::{Finding, Tree};

const INHERITED: &[&[&str]] = &[
    &["package", "version"],
    &["package", "edition"],
    &["package", "rust-version"],
    &["package", "license"],
    &["package", "publish"],
    &["lints"],
];

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in manifests(tree) {
        let manifest = match manifest {
            Ok(manifest) => manifest,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        for keys in INHERITED.iter().filter(|keys| !manifest.inherits(keys)) {
            let key = keys.join(".");
            let problem = format!("`{key}` does not come from the workspace");
            let mend = format!("write `{key}.workspace = true`");
            findings.push(Finding::new(manifest.path, 1, problem, mend));
        }
        let dependencies = manifest.dependencies();
        for dependency in dependencies.iter().filter(|it| !it.is_inherited) {
            let name = &dependency.name;
            let problem = format!("`{name}` does not come from the workspace");
            let mend = format!(
                "write `{name}.workspace = true` and its version in the root's \
                 [workspace.dependencies]"
            );
            findings.push(Finding::new(manifest.path, dependency.line, problem, mend));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    const COMPLETE: &str = "\
[package]
name = \"knockon\"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
publish.workspace = true

[lints]
workspace = true
";

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        expect(find, &[("crates/knockon/Cargo.toml", text)], expected);
    }

    #[test]
    fn a_manifest_that_inherits_everything_is_fine() {
        check(COMPLETE, &[]);
        check(&format!("{COMPLETE}[dependencies]\ncsv = {{ workspace = true }}\n"), &[]);
    }

    #[test]
    fn each_key_that_is_not_inherited_is_found() {
        for (key, line) in [
            ("package.version", "\nversion.workspace = true"),
            ("package.edition", "\nedition.workspace = true"),
            ("package.rust-version", "\nrust-version.workspace = true"),
            ("package.license", "\nlicense.workspace = true"),
            ("package.publish", "\npublish.workspace = true"),
            ("lints", "\n[lints]\nworkspace = true"),
        ] {
            let text = COMPLETE.replace(line, "");
            let expected = format!(
                "crates/knockon/Cargo.toml:1: `{key}` does not come from the workspace; write \
                 `{key}.workspace = true`"
            );
            check(&text, &[&expected]);
        }
        check(
            &COMPLETE.replace("edition.workspace = true", "edition = \"2021\""),
            &["crates/knockon/Cargo.toml:1: `package.edition` does not come from the workspace; \
                 write `package.edition.workspace = true`"],
        );
    }

    #[test]
    fn a_dependency_with_a_version_of_its_own_is_found() {
        check(
            &format!("{COMPLETE}\n[dev-dependencies]\ncsv = \"1\"\n"),
            &["crates/knockon/Cargo.toml:13: `csv` does not come from the workspace; write \
                 `csv.workspace = true` and its version in the root's [workspace.dependencies]"],
        );
    }

    #[test]
    fn a_manifest_that_is_not_toml_is_found() {
        check(
            "[package]\nname = knockon\n",
            &["crates/knockon/Cargo.toml:2: not valid TOML: string values must be quoted, \
                 expected literal string; write valid TOML"],
        );
    }
}
