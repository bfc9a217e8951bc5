//! Crates depend in one direction only.
//!
//! The table below is the map in ARCHITECTURE.md, in a form that can be held against the manifests.
//! Each row may name only rows above it, which a test holds, so that no cycle can be written.
//! Development dependencies are free: a test may use a crate above to make its input.

use super::cargo_toml::{Manifest, aliases, manifests};
use super::{Finding, Tree};

/// Which crates of this workspace a crate may depend on.
enum Uses {
    Only(&'static [&'static str]),
    /// Whatever the table lists above it.
    AllAbove,
}

use Uses::{AllAbove, Only};

const TABLE: &[(&str, Uses)] = &[
    ("knockon-core", Only(&[])),
    ("knockon-promql", Only(&[])),
    ("knockon-format", Only(&["knockon-core", "knockon-promql"])),
    ("knockon-import", Only(&["knockon-core", "knockon-format"])),
    ("knockon-sim", Only(&["knockon-core"])),
    ("knockon-conformance", Only(&["knockon-sim", "knockon-promql"])),
    ("knockon-telemetry", Only(&["knockon-core", "knockon-promql"])),
    ("knockon-audit", Only(&["knockon-core"])),
    ("knockon-triage", Only(&["knockon-core", "knockon-telemetry"])),
    (
        "knockon-scenario",
        Only(&[
            "knockon-core",
            "knockon-format",
            "knockon-promql",
            "knockon-sim",
            "knockon-telemetry",
            "knockon-triage",
        ]),
    ),
    ("knockon-report", Only(&["knockon-core", "knockon-telemetry", "knockon-triage"])),
    ("knockon-lab", Only(&["knockon-core", "knockon-telemetry"])),
    ("knockon-drill", Only(&["knockon-core", "knockon-sim", "knockon-triage"])),
    ("knockon-server", AllAbove),
    ("knockon", AllAbove),
    // Checks the workspace, so it must build when the workspace does not.
    ("xtask", Only(&[])),
];

/// The crate that depends on nothing at all, so that whatever needs only the vocabulary builds in
/// seconds.
const WITHOUT_DEPENDENCIES: &str = "knockon-core";

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    let aliases = aliases(tree);
    let mut findings = Vec::new();
    for manifest in manifests(tree).flatten() {
        findings.extend(misnamed(&manifest));
        let Some(row) = TABLE.iter().position(|(name, _)| *name == manifest.folder) else {
            let problem = format!("the direction of `{}` is not decided", manifest.folder);
            let mend = "add it to the table in xtask/src/tidy/direction.rs and to ARCHITECTURE.md";
            findings.push(Finding::new(manifest.path, 1, problem, mend));
            continue;
        };
        for dependency in manifest.dependencies() {
            let name = aliases.get(&dependency.name).unwrap_or(&dependency.name);
            if dependency.is_dev {
                continue;
            }
            if let Some((problem, mend)) = forbidden(row, name) {
                findings.push(Finding::new(manifest.path, dependency.line, problem, mend));
            }
        }
    }
    findings
}

fn misnamed(manifest: &Manifest<'_>) -> Option<Finding> {
    let (name, line) = manifest.package_name().unwrap_or(("", 1));
    (name != manifest.folder).then(|| {
        let problem = format!("crate `{name}` lies in folder `{}`", manifest.folder);
        let mend = "give both the same name";
        Finding::new(manifest.path, line, problem, mend)
    })
}

/// Why the crate in this row must not depend on `name`, and what to do instead.
fn forbidden(row: usize, name: &str) -> Option<(String, String)> {
    let (krate, uses) = &TABLE[row];
    if *krate == WITHOUT_DEPENDENCIES {
        let problem = format!("`{krate}` depends on `{name}`, and must depend on nothing");
        return Some((problem, "move what needs it to a crate above".to_owned()));
    }
    let is_ours = name == "knockon" || name.starts_with("knockon-") || name == "xtask";
    let is_allowed = match uses {
        Only(names) => names.contains(&name),
        AllAbove => TABLE[..row].iter().any(|(above, _)| *above == name),
    };
    if !is_ours || is_allowed {
        return None;
    }
    let allowed = match uses {
        Only([]) => "on no crate of the workspace".to_owned(),
        Only(names) => format!("on {} only", names.join(", ")),
        AllAbove => "on those below it only".to_owned(),
    };
    let problem = format!("`{krate}` must not depend on `{name}`: it may depend {allowed}");
    let mend = "move the code, or change the table in xtask/src/tidy/direction.rs and \
                ARCHITECTURE.md together";
    Some((problem, mend.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[track_caller]
    fn manifest(krate: &str, rest: &str, expected: &[&str]) {
        let path = format!("crates/{krate}/Cargo.toml");
        let text = format!("[package]\nname = \"{krate}\"\n{rest}");
        let root = "[workspace.dependencies]\n\
                    verdict = { package = \"knockon-triage\", path = \"crates/knockon-triage\" }\n";
        expect(find, &[("Cargo.toml", root), (&path, &text)], expected);
    }

    #[test]
    fn a_row_names_only_rows_above_it() {
        for (row, (krate, uses)) in TABLE.iter().enumerate() {
            let Only(names) = uses else { continue };
            for name in *names {
                let is_above = TABLE[..row].iter().any(|(above, _)| above == name);
                assert!(is_above, "{krate} names {name}, which is not above it");
            }
        }
    }

    #[test]
    fn edges_in_the_table_and_crates_of_others_are_allowed() {
        manifest("knockon-core", "", &[]);
        manifest(
            "knockon-triage",
            "[dependencies]\nknockon-core.workspace = true\nknockon-telemetry.workspace = true\n\
             serde.workspace = true\n",
            &[],
        );
        manifest(
            "knockon",
            "[dependencies]\nknockon-report.workspace = true\nknockon-drill.workspace = true\n",
            &[],
        );
    }

    #[test]
    fn an_edge_upward_is_found() {
        manifest(
            "knockon-telemetry",
            "[dependencies]\nknockon-core.workspace = true\nknockon-triage.workspace = true\n",
            &["crates/knockon-telemetry/Cargo.toml:5: `knockon-telemetry` must not depend on \
                 `knockon-triage`: it may depend on knockon-core, knockon-promql only; move the code, or change \
                 the table in xtask/src/tidy/direction.rs and ARCHITECTURE.md together"],
        );
        manifest(
            "knockon-server",
            "[target.'cfg(unix)'.dependencies]\nknockon.workspace = true\n",
            &["crates/knockon-server/Cargo.toml:4: `knockon-server` must not depend on \
                 `knockon`: it may depend on those below it only; move the code, or change the \
                 table in xtask/src/tidy/direction.rs and ARCHITECTURE.md together"],
        );
    }

    #[test]
    fn an_alias_does_not_hide_an_edge() {
        manifest(
            "knockon-format",
            "[build-dependencies]\nverdict.workspace = true\n",
            &["crates/knockon-format/Cargo.toml:4: `knockon-format` must not depend on \
                 `knockon-triage`: it may depend on knockon-core, knockon-promql only; move the code, or change \
                 the table in xtask/src/tidy/direction.rs and ARCHITECTURE.md together"],
        );
    }

    #[test]
    fn a_test_may_look_upward() {
        manifest("knockon-telemetry", "[dev-dependencies]\nknockon-triage.workspace = true\n", &[]);
        manifest("knockon-core", "[dev-dependencies]\nproptest.workspace = true\n", &[]);
    }

    #[test]
    fn core_depends_on_nothing_not_even_a_crate_of_others() {
        manifest(
            "knockon-core",
            "[dependencies]\nserde.workspace = true\n",
            &["crates/knockon-core/Cargo.toml:4: `knockon-core` depends on `serde`, and must \
                 depend on nothing; move what needs it to a crate above"],
        );
    }

    #[test]
    fn a_crate_outside_the_table_is_found() {
        manifest(
            "knockon-magic",
            "",
            &["crates/knockon-magic/Cargo.toml:1: the direction of `knockon-magic` is not \
                 decided; add it to the table in xtask/src/tidy/direction.rs and to \
                 ARCHITECTURE.md"],
        );
    }

    #[test]
    fn a_crate_is_named_as_its_folder() {
        expect(
            find,
            &[("xtask/Cargo.toml", "[package]\nname = \"chores\"\n")],
            &["xtask/Cargo.toml:2: crate `chores` lies in folder `xtask`; give both the same name"],
        );
    }
}
