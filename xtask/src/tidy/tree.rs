//! The files that the checks look at.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

/// One file of the workspace.
#[derive(Debug)]
pub struct File {
    /// Path from the root of the workspace, with `/` between its parts.
    pub path: String,
    /// Its text, or nothing when it is not UTF-8: a binary file can be linked to, not read.
    pub text: Option<String>,
}

impl File {
    /// Its text, empty for a binary file.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    /// Whether its name ends in `.` and this extension.
    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension() == Some(extension.as_ref())
    }
}

/// Every file of a workspace that is, or is about to be, under version control; sorted by path.
#[derive(Debug)]
pub struct Tree {
    files: Vec<File>,
}

impl Tree {
    /// A tree made in memory of `(path, text)`.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let files: BTreeMap<_, _> = files.iter().copied().collect();
        let files = files
            .into_iter()
            .map(|(path, text)| File { path: path.to_owned(), text: Some(text.to_owned()) });
        Self { files: files.collect() }
    }

    /// The workspace that a folder lies in: the nearest one above whose `Cargo.toml` has a
    /// `[workspace]` table.
    pub fn of_workspace_around(folder: &Path) -> io::Result<Self> {
        let has_workspace = |folder: &&Path| {
            fs::read_to_string(folder.join("Cargo.toml"))
                .is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
        };
        let Some(root) = folder.ancestors().find(has_workspace) else {
            let message = format!("{} is in no Cargo workspace", folder.display());
            return Err(io::Error::other(message));
        };
        Self::read(root)
    }

    fn read(root: &Path) -> io::Result<Self> {
        let mut paths = match list_with_git(root) {
            Some(paths) => paths,
            None => walk(root)?,
        };
        paths.sort();
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let bytes = fs::read(root.join(&path))
                .map_err(|error| io::Error::other(format!("cannot read {path}: {error}")))?;
            let text = String::from_utf8(bytes).ok();
            files.push(File { path, text });
        }
        Ok(Self { files })
    }

    /// Every file, by path.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Every file with this extension.
    pub fn with_extension(&self, extension: &str) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.has_extension(extension))
    }

    /// The file at this path.
    pub fn file(&self, path: &str) -> Option<&File> {
        let found = self.files.binary_search_by(|file| file.path.as_str().cmp(path));
        found.ok().map(|at| &self.files[at])
    }

    /// Whether a file lies in this folder; `""` is the root.
    pub fn has_folder(&self, folder: &str) -> bool {
        folder.is_empty()
            || self.files.iter().any(|file| {
                let rest = file.path.strip_prefix(folder);
                rest.is_some_and(|rest| rest.starts_with('/'))
            })
    }
}

/// What git tracks or would add; nothing when there is no git, no checkout, or when the workspace
/// was unpacked inside another checkout that ignores it.
fn list_with_git(root: &Path) -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.current_dir(root).output().ok()?;
    let paths = String::from_utf8(output.stdout).ok()?;
    let mut paths: Vec<String> = paths.split_terminator('\0').map(str::to_owned).collect();
    if !output.status.success() || !paths.iter().any(|path| path == "Cargo.toml") {
        return None;
    }
    // An unmerged path is listed once a side; a path deleted but not yet staged is listed still.
    paths.sort();
    paths.dedup();
    paths.retain(|path| root.join(path).is_file());
    Some(paths)
}

/// Every file below the root, leaving out hidden folders and what Cargo builds.
fn walk(root: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}{name}");
            if !entry.file_type()?.is_dir() {
                paths.push(path);
            } else if path != "target" && (!name.starts_with('.') || name == ".cargo") {
                folders.push(path + "/");
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_path_and_folders_by_what_lies_in_them() {
        let tree = Tree::of(&[("docs/b.md", "b"), ("a.md", "a")]);
        let paths: Vec<&str> = tree.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a.md", "docs/b.md"]);
        assert_eq!(tree.file("docs/b.md").map(File::text), Some("b"));
        assert!(tree.file("docs").is_none());
        assert!(tree.has_folder("docs") && tree.has_folder(""));
        assert!(!tree.has_folder("doc") && !tree.has_folder("a.md"));
    }
}
