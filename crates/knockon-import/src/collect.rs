//! Finds the files to import.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, Place};

use crate::limits::{MAX_BYTES, MAX_FILES, MAX_FOLDERS_DEEP, MAX_TRACE_BYTES};
use crate::{Input, codes};

/// Files, and what kept others from being read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// The files, in the order of the paths, those of a folder sorted by name.
    pub inputs: Vec<Input>,
    /// What could not be read, and what was too much.
    pub diagnostics: Vec<Diagnostic>,
}

/// Endings of files that are looked at in a folder; others may be anything, and large.
const ENDINGS: &[&str] = &["yaml", "yml", "json", "jsonl", "ndjson", "rules", "env"];

/// Reads the files at the paths, and those in folders at all depths.
///
/// What is hidden is left out, but for the `.env` beside a file. Links to folders are not followed in
/// folders, so that no walk goes in circles.
pub fn collect<P: AsRef<Path>>(paths: &[P]) -> Collected {
    let mut walk = Walk::default();
    for path in paths {
        let path = path.as_ref();
        if path.is_dir() {
            walk.folder(path, 0);
        } else {
            walk.file(path, true);
            let env = path.with_file_name(".env");
            if env.is_file() {
                walk.file(&env, false);
            }
        }
    }
    if walk.left_out > 0 {
        let limit = MAX_BYTES / (1024 * 1024);
        let message = format!(
            "{} files are left out: {MAX_FILES} files and {limit} MiB are the most",
            walk.left_out
        );
        walk.collected.diagnostics.push(Diagnostic::warning(codes::TOO_MUCH, message));
    }
    walk.collected
}

#[derive(Default)]
struct Walk {
    collected: Collected,
    seen: std::collections::BTreeSet<PathBuf>,
    bytes: u64,
    left_out: usize,
}

impl Walk {
    fn folder(&mut self, folder: &Path, depth: usize) {
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(folder, &error),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') && name != ".env" {
                continue;
            }
            if kind.is_dir() {
                if depth < MAX_FOLDERS_DEEP && name != "node_modules" {
                    self.folder(&path, depth + 1);
                }
            } else if path.is_file() && is_looked_at(&path) {
                self.file(&path, false);
            }
        }
    }

    fn file(&mut self, path: &Path, is_named: bool) {
        if !self.seen.insert(path.to_path_buf()) {
            return;
        }
        let size = fs::metadata(path).map_or(0, |metadata| metadata.len());
        if self.collected.inputs.len() >= MAX_FILES || self.bytes.saturating_add(size) > MAX_BYTES {
            self.left_out += 1;
            return;
        }
        match read(path) {
            Ok(bytes) => {
                self.bytes = self.bytes.saturating_add(bytes.len() as u64);
                let path = path.display().to_string();
                self.collected.inputs.push(Input { path, bytes, is_named });
            }
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let message = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        let place = Place::whole_file(path.display().to_string());
        self.collected.diagnostics.push(Diagnostic::error(codes::UNREADABLE, message).at(place));
    }
}

/// What is in a file, as far as its readers go: a device may have no end, and its size tells nothing.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let more_than_is_read = MAX_TRACE_BYTES as u64 + 1;
    fs::File::open(path)?.take(more_than_is_read).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_looked_at(path: &Path) -> bool {
    let is_env = path.file_name().is_some_and(|name| name == ".env");
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    is_env || ENDINGS.iter().any(|it| it.eq_ignore_ascii_case(ending))
}
