//! Reads a system file from disk.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use knockon_core::{Diagnostic, Place};

use crate::closest::closest;
use crate::codes;
use crate::limits::MAX_FILE_BYTES;
use crate::{Reading, read_system};

/// The name that a system file has by custom.
const CUSTOMARY: &str = "system.yaml";

/// How many neighbours of a missing file are looked at for one of a similar name.
const MAX_NEIGHBOURS: usize = 1_000;

/// Reads the system file at a path. Pages of runbooks are looked for beside it.
///
/// A file that cannot be read is a diagnostic like every other mistake.
pub fn load_system(path: &Path) -> Reading {
    let shown = path.display().to_string();
    match bytes(path) {
        Ok(bytes) => {
            let beside = path.parent().unwrap_or(Path::new(""));
            read_system(&shown, &bytes, &|page| beside.join(page).is_file())
        }
        Err(error) => {
            Reading { system: None, diagnostics: vec![cannot_read(path, &shown, &error)] }
        }
    }
}

/// The bytes of a file, one more than the limit at most: a device or a pipe may have no end.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES as u64 + 1;
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn cannot_read(path: &Path, shown: &str, error: &io::Error) -> Diagnostic {
    let is_directory = path.is_dir();
    let message = match error.kind() {
        _ if is_directory => "this is a directory, not a file".into(),
        ErrorKind::NotFound => "there is no such file".into(),
        ErrorKind::PermissionDenied => "no permission to read the file".into(),
        _ => format!("the file cannot be read: {error}"),
    };
    let diagnostic = Diagnostic::error(codes::CANNOT_READ, message).at(Place::whole_file(shown));
    if is_directory {
        let inside = path.join(CUSTOMARY);
        return diagnostic.help(if inside.is_file() {
            format!("name the file: `{}`", inside.display())
        } else {
            format!("name the system file in it, such as `{CUSTOMARY}`")
        });
    }
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
