//! Reads a model from disk: one file, or the directory of a pack.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, Place};

use crate::closest::closest;
use crate::codes;
use crate::limits::{MAX_FILE_BYTES, MAX_FILES};
use crate::lower::RulesAre;
use crate::pack::Files;
use crate::{Pack, Reading};

/// The name that a system file has by custom.
const CUSTOMARY: &str = "system.yaml";

/// The directories of a pack.
const FOLDERS: [&str; 4] = ["metrics", "monitors", "runbooks", "variants"];

/// How many neighbours of a missing file are looked at for one of a similar name.
const MAX_NEIGHBOURS: usize = 1_000;

/// Reads the model at a path, a file or the directory of a pack, without its variants.
///
/// A file that cannot be read is a diagnostic like every other mistake.
pub fn load_system(path: &Path) -> Reading {
    load(path, Variants::LeftOut).base
}

/// Reads the model at a path, a file or the directory of a pack, with all its variants.
///
/// The `system.yaml` of a pack stands for the pack.
pub fn load_pack(path: &Path) -> Pack {
    load(path, Variants::Read)
}

/// Whether variants are wanted: what is wrong with one of them is then wrong with the pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Variants {
    Read,
    LeftOut,
}

fn load(path: &Path, variants: Variants) -> Pack {
    let parent = path.parent().unwrap_or(Path::new(""));
    let is_in_pack = path.file_name().is_some_and(|name| name == CUSTOMARY)
        && FOLDERS.iter().any(|folder| parent.join(folder).is_dir());
    let directory = if path.is_dir() { path } else { parent };
    let mut files = Files::default();
    let mut already: Vec<PathBuf> = Vec::new();
    if path.is_dir() || is_in_pack {
        already = pack(directory, variants, &mut files);
    } else {
        add(path, &mut files, Files::system);
    }
    for (are, named) in files.named_rules() {
        let path = directory.join(&named);
        // A page that is not there is told where it is named.
        if path.is_file() && !already.contains(&path) {
            add(&path, &mut files, |files, shown, bytes| files.rules(are, &named, shown, bytes));
        }
    }
    files.read(&|page| directory.join(page).is_file())
}

/// Reads the files of a pack; gives back the rule files among them.
fn pack(directory: &Path, variants: Variants, files: &mut Files) -> Vec<PathBuf> {
    let mut systems = listed(directory, &["yaml", "yml"]);
    systems
        .sort_by_key(|path| (path.file_name().is_none_or(|name| name != CUSTOMARY), path.clone()));
    if systems.is_empty() {
        files.refuse(no_system_file(directory));
    }
    for path in systems {
        add(&path, files, Files::system);
    }
    for path in listed(&directory.join("runbooks"), &["md"]) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let beside = format!("runbooks/{name}.md");
        add(&path, files, |files, shown, bytes| files.page(&name, &beside, shown, bytes));
    }
    let mut rules = Vec::new();
    for are in RulesAre::ALL {
        let folder = are.key();
        for path in listed(&directory.join(folder), &["yaml", "yml", "rules"]) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let beside = format!("{folder}/{name}");
            add(&path, files, |files, shown, bytes| files.rules(are, &beside, shown, bytes));
            rules.push(path);
        }
    }
    if variants == Variants::Read {
        for path in listed(&directory.join("variants"), &["yaml", "yml"]) {
            add(&path, files, Files::variant);
        }
    }
    rules
}

/// The files of a directory with one of the endings, in order; none if there is no directory.
fn listed(directory: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().take(MAX_FILES);
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let ending = path.extension().and_then(|ending| ending.to_str());
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            ending.is_some_and(|ending| endings.contains(&ending))
                && !name.starts_with('.')
                && !path.is_dir()
        })
        .collect();
    paths.sort();
    paths
}

/// Reads a file and hands it on; one that cannot be read is told.
fn add(path: &Path, files: &mut Files, take: impl FnOnce(&mut Files, &str, &[u8])) {
    let shown = path.display().to_string();
    match bytes(path) {
        Ok(bytes) => take(files, &shown, &bytes),
        Err(error) => files.refuse(cannot_read(path, &shown, &error)),
    }
}

/// The bytes of a file, one more than the limit at most: a device or a pipe may have no end.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn no_system_file(directory: &Path) -> Diagnostic {
    let message = format!("there is no `{CUSTOMARY}` in this directory");
    Diagnostic::error(codes::NO_SYSTEM_FILE, message)
        .at(Place::whole_file(directory.display().to_string()))
        .help("name the directory of a pack, or a system file")
}

fn cannot_read(path: &Path, shown: &str, error: &io::Error) -> Diagnostic {
    let message = match error.kind() {
        ErrorKind::NotFound => "there is no such file".into(),
        ErrorKind::PermissionDenied => "no permission to read the file".into(),
        _ => format!("the file cannot be read: {error}"),
    };
    let diagnostic = Diagnostic::error(codes::CANNOT_READ, message).at(Place::whole_file(shown));
    match neighbour(path).filter(|_| error.kind() == ErrorKind::NotFound) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}

/// A file of a similar name in the same directory.
fn neighbour(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let directory = path.parent()?;
    let listed = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let mut names: Vec<String> = fs::read_dir(listed)
        .ok()?
        .take(MAX_NEIGHBOURS)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    let near = closest(name, names.iter().map(String::as_str))?;
    Some(directory.join(near).display().to_string())
}
