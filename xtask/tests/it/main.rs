//! Tidy over real folders: this workspace, and one that breaks every rule.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{fs, io};

use xtask::tidy::{self, Tree};

#[test]
fn the_workspace_is_tidy() {
    let tree = Tree::of_workspace_around(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let report = tidy::report(&tree);
    assert!(report.is_tidy, "\n{}", report.text);
}

/// One offence against each check, so that a check that is written but never run is noticed.
#[test]
fn every_check_runs_and_every_finding_is_printed() {
    let root = workspace(
        "every_check",
        &[
            ("Cargo.toml", "[workspace]\n"),
            ("ARCHITECTURE.md", "`knockon-core`, `knockon-format`, `sim`\n"),
            ("README.md", "[map](MAP.md)\n"),
            ("crates/knockon-core/Cargo.toml", &manifest("knockon-core", "")),
            ("crates/knockon-format/Cargo.toml", &manifest("knockon-format", "csv = \"1\"\n")),
            ("crates/knockon-format/src/lib.rs", &"a\n".repeat(601)),
            ("crates/knockon-core/src/names.rs", "use std::collections::HashMap;\n"),
            ("crates/sim/Cargo.toml", &manifest("sim", "")),
            ("justfile", "test: \n"),
        ],
    );
    let output = run(&root.join("crates/sim"), &["tidy"]).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let places: Vec<&str> = text.lines().map(|it| it.split(": ").next().unwrap()).collect();
    let expected = [
        "CHANGELOG.md:1",                       // docs
        "README.md:1",                          // links
        "crates/knockon-core/src/names.rs:1",   // determinism
        "crates/knockon-format/Cargo.toml:12",  // manifest
        "crates/knockon-format/src/lib.rs:601", // size
        "crates/sim/Cargo.toml:1",              // names
        "crates/sim/Cargo.toml:1",              // direction
        "justfile:1",                           // leftovers
    ];
    assert_eq!(places, expected, "\n{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_tidy_workspace_is_one_line_and_exit_code_0() {
    let root = workspace(
        "tidy",
        &[
            ("Cargo.toml", "[workspace]\n"),
            ("ARCHITECTURE.md", "`knockon-core`\n"),
            ("CHANGELOG.md", "## Unreleased\n"),
            ("README.md", "[map](ARCHITECTURE.md)\n"),
            ("crates/knockon-core/Cargo.toml", &manifest("knockon-core", "")),
            ("target/debug/README.md", "[map](MAP.md)\n"),
        ],
    );
    let output = run(&root, &["tidy"]).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, "tidy: 5 files, nothing to say\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn anything_but_one_known_chore_is_usage_and_exit_code_2() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wrong: [&[&str]; 5] =
        [&[], &["tidi"], &["tidy", "now"], &["conformance"], &["conformance", "breaker"]];
    for arguments in wrong {
        let output = run(here, arguments).unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with("usage: cargo xtask <chore>\n"), "{text}");
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_folder_in_no_workspace_is_exit_code_2() {
    let output = run(Path::new("/"), &["tidy"]).unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "/ is in no Cargo workspace\n");
    assert_eq!(output.status.code(), Some(2));
}

/// Writes a workspace in a folder that Cargo keeps for tests. It lies in an ignored folder of this
/// checkout, or in none: either way its files are found without git.
#[cfg(test)]
fn workspace(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// A manifest that inherits what it should, with these dependencies.
fn manifest(krate: &str, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"{krate}\"\nversion.workspace = true\nedition.workspace = true\n\
         rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n\
         [lints]\nworkspace = true\n[dependencies]\n{dependencies}"
    )
}

fn run(folder: &Path, arguments: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(arguments).current_dir(folder).output()
}
