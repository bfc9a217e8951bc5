//! Models for tests, read and played.

use std::path::{Path, PathBuf};

use knockon_core::{ServiceId, System};
use knockon_sim::engine::Run;
use knockon_sim::plan::Plan;

/// A system, and a run of it.
pub(crate) struct Played {
    pub(crate) system: System,
    pub(crate) run: Run,
}

/// The system of a text in the model language.
#[track_caller]
pub(crate) fn system(text: &str) -> System {
    let reading = knockon_format::read_system("model.yaml", text.as_bytes(), &|_| true);
    reading.system.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

/// The service of that name.
#[track_caller]
pub(crate) fn service(system: &System, name: &str) -> ServiceId {
    let found = system.service_ids().find(|id| system.service(*id).name == name);
    found.unwrap_or_else(|| panic!("no service {name}"))
}

/// How often the cluster said something for that reason (`OOMKilling`, `BackOff`).
pub(crate) fn count_events(run: &Run, reason: &str) -> u64 {
    let events = run.observation().events.iter();
    events.filter(|it| it.reason == reason).map(|it| it.count).sum()
}

/// Plays a model for so many seconds.
pub(crate) fn play(text: &str, seconds: u64) -> Played {
    play_system(system(text), Plan::default(), seconds)
}

pub(crate) fn play_system(system: System, plan: Plan, seconds: u64) -> Played {
    let mut run = Run::new(&system, plan).unwrap();
    run.step_until(seconds * 1_000_000_000).unwrap();
    Played { system, run }
}

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}

/// The names of all sample packs.
pub(crate) fn pack_names() -> Vec<String> {
    let entries = std::fs::read_dir(packs()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> = entries
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Plays a sample pack for so many seconds.
pub(crate) fn play_pack(name: &str, seconds: u64) -> Played {
    let reading = knockon_format::load_system(&packs().join(name));
    let system = reading.system.unwrap_or_else(|| panic!("{name}: {:?}", reading.diagnostics));
    play_system(system, Plan::default(), seconds)
}
