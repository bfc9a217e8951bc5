//! Scenarios on disk: those of a pack, and one of them with the system that it is played on.

use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, Place, System};
use knockon_format::{Pack, Places, closest, load_pack};

use crate::codes;
use crate::read::{self, Head};
use crate::scenario::Scenario;

/// The directory of a pack that its scenarios are in.
pub const FOLDER: &str = "scenarios";

/// Most bytes of a scenario file.
const BYTES_MAX: u64 = 1 << 20;

/// Most scenarios of a pack.
const FILES_MAX: usize = 10_000;

/// A scenario of a pack, before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is called by.
    pub name: String,
    /// Its file.
    pub path: PathBuf,
    /// What it says of itself.
    pub head: Head,
}

/// The scenarios of a pack, by name.
pub fn list(pack: &Path) -> Vec<Listed> {
    let mut listed: Vec<Listed> = files(pack)
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap_or_default();
            let head = read::head(&path.display().to_string(), &bytes);
            Listed { name: stem(&path), path, head }
        })
        .collect();
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    listed
}

fn files(pack: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(pack.join(FOLDER)).into_iter().flatten().take(FILES_MAX);
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| is_scenario(path)).collect();
    paths.sort();
    paths
}

fn is_scenario(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("yaml" | "yml")) && path.is_file() && !stem(path).starts_with('.')
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A scenario and what it is played on.
#[derive(Debug)]
pub struct Loaded {
    /// The directory of its pack.
    pub directory: PathBuf,
    /// The pack with its variants.
    pub pack: Pack,
    /// The scenario, as it is played on the system.
    pub scenario: Scenario,
    /// The system: that of the pack, or of the variant that the scenario names.
    pub system: System,
    /// Where the parts of the system are written.
    pub places: Places,
    /// What is odd about the system and the scenario.
    pub notes: Vec<Diagnostic>,
    path_shown: String,
    bytes: Vec<u8>,
}

/// Loads the scenario that a path names: `PACK/SCENARIO`, or its file.
pub fn load(path: &Path) -> Result<Loaded, Vec<Diagnostic>> {
    let (directory, file) = find(path).map_err(|diagnostic| vec![*diagnostic])?;
    let pack = load_pack(&directory);
    let mut notes = pack.base.diagnostics.clone();
    if pack.base.system.is_none() {
        return Err(notes);
    }
    let Opened { scenario, system, places, notes: of_scenario, path_shown, bytes } =
        open(&pack, &file).map_err(|wrong| [notes.as_slice(), &wrong].concat())?;
    notes.extend(of_scenario);
    Ok(Loaded { directory, pack, scenario, system, places, notes, path_shown, bytes })
}

/// What is wrong or odd about the scenarios of a pack, and how many it has.
pub fn check(directory: &Path, pack: &Pack) -> (usize, Vec<Diagnostic>) {
    let files = files(directory);
    let is_readable = pack.base.system.is_some();
    let opened = files.iter().filter(|_| is_readable).map(|file| open(pack, file));
    let found = opened.flat_map(|opened| opened.map_or_else(|wrong| wrong, |it| it.notes));
    (files.len(), found.collect())
}

/// A scenario that was read, and the system that it is played on.
struct Opened {
    scenario: Scenario,
    system: System,
    places: Places,
    notes: Vec<Diagnostic>,
    path_shown: String,
    bytes: Vec<u8>,
}

fn open(pack: &Pack, file: &Path) -> Result<Opened, Vec<Diagnostic>> {
    let path_shown = file.display().to_string();
    let bytes = read_file(file).map_err(|what| {
        let diagnostic = Diagnostic::error(codes::NO_SCENARIO, what);
        vec![diagnostic.at(Place::whole_file(&path_shown))]
    })?;
    let (system, places) = match (read::head(&path_shown, &bytes).variant, &pack.base.system) {
        (Some((name, place)), _) => variant(pack, &name, &place)?,
        (None, Some(base)) => (base.clone(), pack.base.places.clone()),
        (None, None) => return Err(pack.base.diagnostics.clone()),
    };
    let mut reading = read::scenario(&stem(file), &path_shown, &bytes, &system);
    let scenario = reading.scenario.as_ref();
    let played = scenario.map_or_else(Vec::new, |it| unplayable(it, &system, pack));
    reading.diagnostics.extend(played);
    let notes = reading.diagnostics;
    let is_wrong = notes.iter().any(Diagnostic::is_error);
    match reading.scenario.filter(|_| !is_wrong) {
        Some(scenario) => Ok(Opened { scenario, system, places, notes, path_shown, bytes }),
        None => Err(notes),
    }
}

impl Loaded {
    /// The same scenario as it is played on another system, if it can be.
    pub fn on(&self, system: &System) -> Result<Scenario, Vec<Diagnostic>> {
        let reading = read::scenario(&self.scenario.name, &self.path_shown, &self.bytes, system);
        reading.scenario.ok_or(reading.diagnostics)
    }
}

/// The directory of the pack and the name of the scenario that a path names, if it names one.
pub fn named(path: &Path) -> Option<(PathBuf, String)> {
    let (directory, file) = find(path).ok()?;
    let is_in_folder = file.parent().is_some_and(|parent| parent.ends_with(FOLDER));
    (is_in_folder && is_scenario(&file)).then(|| (directory, stem(&file)))
}

/// The directory of the pack, and the file of the scenario.
fn find(path: &Path) -> Result<(PathBuf, PathBuf), Box<Diagnostic>> {
    let parent = path.parent().unwrap_or(Path::new(""));
    if path.is_file() {
        let is_in_folder = parent.file_name().is_some_and(|name| name == FOLDER);
        let directory = parent.parent().filter(|_| is_in_folder).unwrap_or(parent);
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        return Ok((directory.to_owned(), path.to_owned()));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if path.is_dir() && !files(path).is_empty() {
        let shown = path.display().to_string();
        let shown = shown.trim_end_matches('/');
        let message = format!("`{shown}` is a pack: which of its scenarios?");
        let help = format!("write `{shown}/SCENARIO`; {}", known(path, ""));
        return Err(Diagnostic::error(codes::NO_SUCH_SCENARIO, message).help(help).into());
    }
    for ending in ["yaml", "yml"] {
        let file = parent.join(FOLDER).join(format!("{name}.{ending}"));
        if file.is_file() {
            return Ok((parent.to_owned(), file));
        }
    }
    let message = format!("there is no scenario `{name}` in `{}`", parent.display());
    let diagnostic = Diagnostic::error(codes::NO_SUCH_SCENARIO, message);
    let diagnostic = if parent.is_dir() {
        diagnostic.help(known(parent, &name))
    } else {
        diagnostic.help("write the directory of a pack, `/` and the name of one of its scenarios")
    };
    Err(diagnostic.into())
}

fn known(pack: &Path, name: &str) -> String {
    let names: Vec<String> = files(pack).iter().map(|path| stem(path)).collect();
    match closest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => {
            "it has no scenario at all; `knockon new scenario` starts one".to_owned()
        }
        None => {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("it has {}", names.join(", "))
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map(|meta| meta.len()).unwrap_or_default();
    if size > BYTES_MAX {
        return Err(format!("it has more than {BYTES_MAX} bytes, which no scenario needs"));
    }
    std::fs::read(path).map_err(|error| format!("cannot read: {error}"))
}

/// The system as a variant changes it.
fn variant(pack: &Pack, name: &str, place: &Place) -> Result<(System, Places), Vec<Diagnostic>> {
    let found = pack.variants.iter().find(|(variant, _)| variant.name == name);
    let Some((_, reading)) = found else {
        let names = pack.variants.iter().map(|(variant, _)| variant.name.as_str());
        let help = read::did_you_mean(name, names);
        let message = format!("there is no variant `{name}`");
        let diagnostic = Diagnostic::error(codes::NOT_IN_PACK, message).at(place.clone());
        return Err(vec![diagnostic.help(help)]);
    };
    match &reading.system {
        Some(system) => Ok((system.clone(), reading.places.clone())),
        None => Err(reading.diagnostics.clone()),
    }
}

/// What of a scenario the simulator cannot play, and variants that it names and the pack lacks.
fn unplayable(scenario: &Scenario, system: &System, pack: &Pack) -> Vec<Diagnostic> {
    let refused = |timeline: Vec<knockon_sim::Happening>| {
        let plan = knockon_sim::Plan { timeline, ..scenario.plan(1, |_| false) };
        let run = knockon_sim::Run::<knockon_sim::pending::QuadHeap>::new(system, plan);
        run.err().unwrap_or_default()
    };
    let (mut wrong, mut known) = (Vec::new(), Vec::new());
    let mut tell = |all: Vec<knockon_sim::Unplayable>, place: &Place| {
        wrong.extend(all.into_iter().map(|it| {
            let diagnostic = Diagnostic::error(codes::CANNOT_BE_PLAYED, it.what);
            diagnostic.at(place.clone()).help(it.help)
        }));
    };
    for entry in &scenario.timeline {
        let all = refused(vec![entry.happening.clone()]);
        known.extend(all.clone());
        tell(all, &entry.place);
    }
    for fix in &scenario.fixes {
        // It is played after the timeline, of which all has been told.
        let mut all = refused(scenario.with_fix(fix));
        all.retain(|it| !known.contains(it));
        tell(all, &fix.place);
    }
    for (name, place) in scenario.variants.iter().flatten() {
        let known = pack.variants.iter().map(|(variant, _)| variant.name.as_str());
        if !known.clone().any(|known| known == name) {
            let message = format!("there is no variant `{name}`");
            let help = read::did_you_mean(name, known);
            let diagnostic = Diagnostic::error(codes::NOT_IN_PACK, message).at(place.clone());
            wrong.push(diagnostic.help(help));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: &str = "
system: shop
services:
  web: { operations: { page: [publish: rabbit / mails] } }
  post: { operations: { send: { consumes: rabbit / mails, steps: [] } } }
  rabbit: { kind: broker, queues: { mails: { dead_letter: dead }, dead: {} } }
journeys: { buy: { stages: [done: web / page], demand: 100/h } }
";

    const SCENARIO: &str = "scenario: s
timeline:
  - { at: 1min, replay: rabbit / mails }
  - { at: 2min, replay: rabbit / dead }
  - { at: 3min, demand spike: buy, users: 0, think: 1s }
cause: none
expect: [{ journey: buy, failed: 0 }]
fixes:
  again: [{ replay: rabbit / mails }]
";

    #[test]
    fn what_cannot_be_played_is_told_where_it_is_written() {
        let pack = tempfile::tempdir().expect("there is room");
        std::fs::create_dir(pack.path().join(FOLDER)).expect("it is writable");
        let write = |name: &str, text: &str| std::fs::write(pack.path().join(name), text);
        write("services.yaml", SYSTEM).expect("it is writable");
        write("scenarios/one.yaml", SCENARIO).expect("it is writable");
        let told = load(&pack.path().join("one")).expect_err("it cannot be played");
        let told: Vec<String> = (told.iter().filter(|it| it.is_error()))
            .map(|it| {
                let line = it.place.as_ref().map_or(0, |place| place.line);
                format!("{} {line}: {}; {}", it.code.id, it.message, it.help.join("; "))
            })
            .collect();
        let replay = |line: u32, at: &str| {
            format!(
                "K0609 {line}: `replay` at {at} s: `rabbit / mails` is the `dead_letter` of no queue, \
                 so that it holds nothing to replay; name `rabbit / dead`"
            )
        };
        let spike = "K0609 5: `demand spike` at 180 s: no users are no demand; more than none";
        assert_eq!(told, [replay(3, "60"), spike.to_owned(), replay(9, "480")]);
    }
}
