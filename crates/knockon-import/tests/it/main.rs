//! Imports of whole files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod catalog;
mod compose;
mod differences;
mod files;
mod fuzz;
mod kubernetes;
mod real;
mod rules;
mod traces;
mod united;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use knockon_core::{Criticality, System};
use knockon_import::{Imported, Input, Options, import};

/// Imports files of `(path, text)`.
fn import_texts(files: &[(&str, &str)]) -> Imported {
    let inputs: Vec<_> = files.iter().map(|(path, text)| Input::new(*path, *text)).collect();
    import(&inputs, &Options::default())
}

/// Imports files of `(path, text)` and compares services, edges and diagnostics with the lines.
#[track_caller]
fn check(files: &[(&str, &str)], expected: &str) {
    let imported = import_texts(files);
    assert_eq!(shown(&imported).trim(), expected.trim());
}

/// Services that are more than a name, edges with what shows them, and diagnostics.
fn shown(imported: &Imported) -> String {
    let mut text = String::new();
    if let Some(system) = &imported.system {
        for service in system.services() {
            let _ = write!(text, "{}: {}", service.name, service.kind);
            let engine = service.engine.iter().map(|it| format!(" ({it})"));
            let aliases = service.aliases.iter().map(|it| format!(" = {it}"));
            let version = service.version.iter().map(|it| format!(" {it}"));
            text.extend(engine.chain(version).chain(aliases));
            text.push('\n');
        }
        for edge in system.dependencies() {
            let name = |id| &system.service(id).name;
            let _ = write!(text, "{} -{}-> {}", name(edge.from), edge.kind, name(edge.to));
            if edge.criticality != Criticality::Critical {
                let _ = write!(text, " {}", edge.criticality);
            }
            let sources = system.details(edge.key()).map(|it| it.known_from.as_slice());
            for source in sources.unwrap_or_default() {
                let place = source.place.as_deref().unwrap_or("nowhere");
                let _ = write!(text, " [{} {place}]", source.provenance);
            }
            text.push('\n');
        }
    }
    for diagnostic in &imported.diagnostics {
        let _ = writeln!(text, "{diagnostic}");
    }
    text
}

fn data_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The paths of the files of a folder of the data, sorted.
fn data(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(data_folder().join(folder)).unwrap();
    let files = entries.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    let mut paths: Vec<_> = files
        .map(|entry| format!("{folder}/{}", entry.file_name().into_string().unwrap()))
        .collect();
    paths.sort();
    paths
}

/// Imports files of the data; those that end in `.env` hold variables.
fn import_files(paths: &[String]) -> Imported {
    let read = |path: &String| Input::new(path, std::fs::read(data_folder().join(path)).unwrap());
    let is_env = |path: &&String| Path::new(path).extension().is_some_and(|it| it == "env");
    let (env, files) = paths.iter().partition::<Vec<_>, _>(is_env);
    let options = Options { env: env.into_iter().map(read).collect(), ..Options::default() };
    let inputs: Vec<_> = files.into_iter().map(read).collect();
    import(&inputs, &options)
}

fn services(system: &System) -> Vec<&str> {
    system.services().iter().map(|service| service.name.as_str()).collect()
}

/// The pairs of services that a sort of source shows, sorted.
fn pairs(system: &System, provenance: &str) -> Vec<String> {
    let shows = |edge: &&knockon_core::Dependency| {
        let details = system.details(edge.key()).unwrap();
        details.known_from.iter().any(|source| source.provenance.as_str() == provenance)
    };
    let name = |id| &system.service(id).name;
    let pairs: BTreeSet<_> = system
        .dependencies()
        .iter()
        .filter(shows)
        .map(|edge| format!("{} -> {}", name(edge.from), name(edge.to)))
        .collect();
    pairs.into_iter().collect()
}
