//! The scenarios of packs: incidents that are played, each with its sealed cause.
//!
//! A case is a scenario under a seed, `5a-queue-blockage/1`. Its evidence is what production would
//! show of the run, up to the moment when somebody looks at it; the truth is the `cause` of the file,
//! of which each service is to be named, the verbs of the entries that are part of it, and the changes
//! that such entries made.

use std::path::{Path, PathBuf};

use knockon_core::{Diagnostic, Place};
use knockon_scenario::load::{self, Loaded};
use knockon_scenario::play::{Failed, Played, play};
use knockon_scenario::{Role, Scenario, alerts, verdict};
use knockon_telemetry::{Change, Evidence};

use super::case::{Case, Culprit, DataSet, Truth, last_parts};

/// Scenarios of one pack.
struct Scenarios {
    name: String,
    /// The name of each with the path that it is loaded by.
    paths: Vec<(String, PathBuf)>,
    cases: Vec<String>,
}

/// Opens a pack that has scenarios, or one of them.
#[expect(clippy::unnecessary_wraps, reason = "every layout has the signature of `Open`")]
pub(super) fn open(path: &Path) -> Result<Option<Box<dyn DataSet>>, Vec<Diagnostic>> {
    let above = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    let path = if path.ends_with(load::FOLDER) { above } else { path };
    let paths = load::list(path).into_iter().map(|it| (it.name, it.path));
    let mut set =
        Scenarios { name: last_parts(path, 1), paths: paths.collect(), cases: Vec::new() };
    if set.paths.is_empty() {
        let Some((pack, scenario)) = load::named(path) else { return Ok(None) };
        set.name = format!("{}/{scenario}", last_parts(&pack, 1));
        set.paths.push((scenario, path.to_owned()));
    }
    set.play_seeds(1);
    Ok(Some(Box::new(set)))
}

impl DataSet for Scenarios {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn cases(&self) -> &[String] {
        &self.cases
    }

    fn play_seeds(&mut self, seeds: u64) {
        let names = self.paths.iter().map(|(name, _)| name);
        let cases = names.flat_map(|name| (1..=seeds).map(move |seed| format!("{name}/{seed}")));
        self.cases = cases.collect();
    }

    fn load(&self, case: &str) -> Result<Case, Vec<Diagnostic>> {
        let (name, seed) = case.rsplit_once('/').unwrap_or((case, "1"));
        let path = self.paths.iter().find(|(known, _)| known == name).map(|(_, path)| path);
        let loaded = load::load(path.map_or(Path::new(name), PathBuf::as_path))?;
        let rules = alerts::of_system(&loaded.system, &loaded.places);
        if rules.has_errors() {
            return Err(rules.diagnostics);
        }
        let Loaded { scenario, system, .. } = &loaded;
        let seed = seed.parse().unwrap_or(1);
        let played = play(system, scenario, &rules, seed, |_| ());
        let played = played.map_err(|failed| vec![stopped(&failed, name, path)])?;
        Ok(case_of(loaded, &played))
    }
}

/// What triage is given of a run, and what it should find.
fn case_of(loaded: Loaded, played: &Played) -> Case {
    let Loaded { scenario, system, .. } = loaded;
    let evidence = verdict::evidence(&system, played);
    let services = scenario.cause.services().iter();
    let truth = Truth {
        services: services.map(|id| system.service(*id).name.clone()).collect(),
        is_each: true,
        change: Some(culprit(&scenario, &evidence)),
        kinds: kinds(&scenario),
        began: scenario.begins().map(verdict::moment_of),
    };
    Case { options: verdict::options(&scenario), system, evidence, truth }
}

/// The changes that an entry made which is part of the cause; most causes are none.
fn culprit(scenario: &Scenario, evidence: &Evidence) -> Culprit {
    let causes = scenario.timeline.iter().filter(|entry| entry.role == Role::Cause);
    let moments: Vec<_> = causes.map(|entry| verdict::moment_of(entry.happening.at)).collect();
    let services = scenario.cause.services();
    let is_culprit = |change: &&Change| {
        let is_to_blame = change.service.is_some_and(|service| services.contains(&service));
        is_to_blame && moments.contains(&change.time)
    };
    let times: Vec<_> = evidence.changes.iter().filter(is_culprit).map(|it| it.time).collect();
    if times.is_empty() { Culprit::NoChange } else { Culprit::At(times) }
}

/// The verbs of the entries that are part of the cause, each once.
fn kinds(scenario: &Scenario) -> Vec<String> {
    let mut kinds = Vec::new();
    for entry in scenario.timeline.iter().filter(|entry| entry.role == Role::Cause) {
        let kind = entry.verb().to_owned();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

fn stopped(failed: &Failed, name: &str, path: Option<&PathBuf>) -> Diagnostic {
    let message = format!("`{name}`: {failed}");
    let place = path.map_or_else(|| name.to_owned(), |path| path.display().to_string());
    Diagnostic::error(knockon_scenario::codes::CANNOT_BE_PLAYED, message)
        .at(Place::whole_file(place))
}
