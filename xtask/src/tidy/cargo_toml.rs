//! What the checks need to know of a crate's `Cargo.toml`.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::{File, Finding, Tree};

/// The manifest of one crate of the workspace, with the places of what it says.
pub(super) struct Manifest<'t> {
    pub(super) path: &'t str,
    /// The name of the folder it lies in.
    pub(super) folder: &'t str,
    text: &'t str,
    table: DeTable<'t>,
}

/// One entry of a table of dependencies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The name it is declared under.
    pub(super) name: String,
    pub(super) line: usize,
    /// Whether only tests, examples and benchmarks see it.
    pub(super) is_dev: bool,
    /// Whether its version comes from the root: `.workspace = true`.
    pub(super) is_inherited: bool,
}

/// The manifests of all crates: `crates/*` and `xtask`, as the root's `members` has them. One that
/// cannot be parsed is an error; `manifest` reports it, so that other checks may pass over it.
pub(super) fn manifests(tree: &Tree) -> impl Iterator<Item = Result<Manifest<'_>, Finding>> {
    tree.files().iter().filter_map(|file| {
        let folder = file.path.strip_suffix("/Cargo.toml")?;
        let name = folder.strip_prefix("crates/").unwrap_or(folder);
        let is_member = (folder == "xtask" || name != folder) && !name.contains('/');
        is_member.then(|| Manifest::parse(file, name))
    })
}

/// The crate behind each name in the root's `[workspace.dependencies]` that has another: an alias
/// (`package = "…"`) does not hide an edge.
pub(super) fn aliases(tree: &Tree) -> BTreeMap<String, String> {
    let Some(root) = tree.file("Cargo.toml") else {
        return BTreeMap::new();
    };
    let Ok(manifest) = Manifest::parse(root, "") else {
        return BTreeMap::new();
    };
    let dependencies = manifest.table_at(&["workspace", "dependencies"]);
    let named = dependencies.into_iter().flatten().filter_map(|(name, it)| {
        let package = it.get_ref().get("package")?.get_ref().as_str()?;
        Some((name.get_ref().to_string(), package.to_owned()))
    });
    named.collect()
}

impl<'t> Manifest<'t> {
    fn parse(file: &'t File, folder: &'t str) -> Result<Self, Finding> {
        let (path, text) = (file.path.as_str(), file.text());
        let table = DeTable::parse(text).map_err(|error| {
            let line = line_at(text, error.span().map_or(0, |span| span.start));
            let problem = format!("not valid TOML: {}", error.message());
            Finding::new(path, line, problem, "write valid TOML")
        })?;
        Ok(Self { path, folder, text, table: table.into_inner() })
    }

    /// The name of the crate and the line it is on.
    pub(super) fn package_name(&self) -> Option<(&str, usize)> {
        let name = self.table_at(&["package"])?.get("name")?;
        Some((name.get_ref().as_str()?, line_at(self.text, name.span().start)))
    }

    /// Whether `keys` is a table with `workspace = true`.
    pub(super) fn inherits(&self, keys: &[&str]) -> bool {
        self.table_at(keys)
            .and_then(|table| table.get("workspace"))
            .is_some_and(|value| value.get_ref().as_bool() == Some(true))
    }

    /// Every dependency, of every platform, in the order of the file.
    pub(super) fn dependencies(&self) -> Vec<Dependency> {
        let mut found = Vec::new();
        self.dependencies_in(&self.table, &mut found);
        let targets = self.table_at(&["target"]);
        for (_, target) in targets.into_iter().flatten() {
            if let DeValue::Table(table) = target.get_ref() {
                self.dependencies_in(table, &mut found);
            }
        }
        found.sort_by_key(|dependency| dependency.line);
        found
    }

    fn dependencies_in(&self, table: &DeTable<'_>, found: &mut Vec<Dependency>) {
        for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
            let section_table = table.get(section).and_then(|it| it.get_ref().as_table());
            for (name, value) in section_table.into_iter().flatten() {
                let workspace = value.get_ref().get("workspace");
                found.push(Dependency {
                    name: name.get_ref().to_string(),
                    line: line_at(self.text, name.span().start),
                    is_dev: section == "dev-dependencies",
                    is_inherited: workspace.is_some_and(|it| it.get_ref().as_bool() == Some(true)),
                });
            }
        }
    }

    fn table_at(&self, keys: &[&str]) -> Option<&DeTable<'t>> {
        keys.iter().try_fold(&self.table, |table, key| table.get(*key)?.get_ref().as_table())
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_every_section_and_platform_are_seen() {
        let tree = Tree::of(&[(
            "crates/knockon/Cargo.toml",
            "[dependencies]\na.workspace = true\nb = \"1\"\n\
             [dev-dependencies.c]\nversion = \"1\"\n\
             [target.'cfg(unix)'.dependencies]\nd = { workspace = true }\n\
             [build-dependencies]\ne = { path = \"e\" }\n",
        )]);
        let seen: Vec<String> = manifests(&tree)
            .flat_map(|manifest| manifest.unwrap().dependencies())
            .map(|it| {
                let dev = if it.is_dev { " dev" } else { "" };
                let inherited = if it.is_inherited { " inherited" } else { "" };
                format!("{}: {}{dev}{inherited}", it.line, it.name)
            })
            .collect();
        assert_eq!(seen, ["2: a inherited", "3: b", "4: c dev", "7: d inherited", "9: e"]);
    }

    #[test]
    fn only_the_crates_of_the_workspace_are_read() {
        let tree = Tree::of(&[
            ("Cargo.toml", ""),
            ("crates/knockon/Cargo.toml", ""),
            ("crates/knockon/fuzz/Cargo.toml", ""),
            ("examples/x/Cargo.toml", ""),
            ("xtask/Cargo.toml", ""),
        ]);
        let folders: Vec<&str> = manifests(&tree).map(|it| it.unwrap().folder).collect();
        assert_eq!(folders, ["knockon", "xtask"]);
    }
}
