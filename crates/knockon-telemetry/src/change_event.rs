//! Events of delivery tools: a change as a tool reports it, before it is known what it concerns.
//!
//! Tools report one rollout in several pieces (the request, its statuses), into several environments,
//! and under the names of repositories and applications. So events are kept until all of the
//! evidence is read, and only then become changes of services.

use knockon_core::{Place, Resolved, ServiceId, System, Timestamp};

use crate::change::{Change, ChangeKind, ChangeRecord};
use crate::change_github::Deployments;
use crate::file_log::{FileLog, Survived};
use crate::json_node::Node;
use crate::{change_argo, change_cdevents, change_github};

/// A change as a delivery tool reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) time: Timestamp,
    pub(crate) kind: ChangeKind,
    pub(crate) version: Option<String>,
    pub(crate) by: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) subject: Subject,
    pub(crate) environment: Option<Environment>,
}

/// What an event is about, in the words of its tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Names stated on purpose, in the order they are tried.
    pub(crate) stated: Vec<String>,
    /// Where its code is: a URL, or `owner/name`.
    pub(crate) repository: Option<String>,
    /// Names that are tried when no service names the repository.
    pub(crate) names: Vec<String>,
}

/// Where a tool changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) name: String,
    /// Whether it is what users meet, as far as its name or its tool says.
    pub(crate) is_production: bool,
}

impl Environment {
    /// An environment that is production if a word of its name says so.
    pub(crate) fn named(name: &str) -> Self {
        const PRODUCTION: [&str; 4] = ["production", "prod", "prd", "live"];
        let lower = name.to_ascii_lowercase();
        let mut words = lower.split(|c: char| !c.is_ascii_alphanumeric());
        let is_production = words.any(|word| PRODUCTION.contains(&word));
        Self { name: name.to_owned(), is_production }
    }
}

/// What an element of a list of changes turned out to be.
#[derive(Debug)]
pub(crate) enum Found {
    /// Whatever it is, no delivery tool wrote it.
    Nothing,
    /// Events, with what is wrong about those that are left out.
    Events(Vec<Event>, Vec<Missing>),
    /// An event of a known tool that changes nothing that runs.
    NoChange,
    /// A piece of what GitHub tells of a deployment.
    GitHub(Box<change_github::Piece>),
}

/// What an event lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The key is not there.
    Key(&'static str),
    /// The key holds no time.
    Time(String),
}

/// Tells which tool wrote an element, and reads it.
pub(crate) fn recognise(node: &Node, envelope_time: Option<&str>) -> Found {
    if let Some(found) = change_cdevents::read(node, envelope_time) {
        return found;
    }
    if let Some(found) = change_github::read(node) {
        return found;
    }
    change_argo::read(node).unwrap_or(Found::Nothing)
}

/// The events of all files, until everything is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    events: Vec<(String, Event)>,
    deployments: Deployments,
}

impl Ledger {
    /// Keeps an event of a file.
    pub(crate) fn event(&mut self, file: &str, event: Event) {
        self.events.push((file.to_owned(), event));
    }

    /// Keeps a piece of what GitHub tells.
    pub(crate) fn piece(&mut self, file: &str, piece: change_github::Piece) {
        self.deployments.add(file, piece);
    }

    /// Makes changes of the events; each file has its log.
    pub(crate) fn finish(self, system: &System) -> (Vec<Change>, Vec<FileLog>) {
        let mut logs: Vec<FileLog> = Vec::new();
        let mut changes = Vec::new();
        let events: Vec<(String, Option<Event>)> = self
            .events
            .into_iter()
            .map(|(file, event)| (file, Some(event)))
            .chain(self.deployments.finish())
            .collect();
        // Where production is told apart at all, what happens elsewhere is not what users meet.
        let is_production = |event: &Event| event.environment.as_ref().map(|it| it.is_production);
        let mut told = events.iter().filter_map(|(_, event)| is_production(event.as_ref()?));
        let is_told_apart = told.any(|is_production| is_production);
        for (file, event) in events {
            let at = logs.iter().position(|log| log.file() == file).unwrap_or_else(|| {
                logs.push(FileLog::new(&file));
                logs.len() - 1
            });
            let log = &mut logs[at];
            match event {
                None => log.survived(Survived::NoChange, |file| Place::whole_file(file)),
                Some(event) if is_told_apart && is_production(&event) == Some(false) => {
                    log.survived(Survived::OtherEnvironment, |file| Place::whole_file(file));
                }
                Some(event) => changes.extend(event.placed(system, log)),
            }
        }
        (changes, logs)
    }
}

impl Event {
    /// Finds its services: one, or all that live in its repository.
    fn placed(self, system: &System, log: &mut FileLog) -> Vec<Change> {
        let Subject { stated, repository, names } = self.subject;
        let change = |name: &str, service: ServiceId| Change {
            time: self.time,
            service: Some(service),
            service_name: name.to_owned(),
            kind: self.kind.clone(),
            version: self.version.clone(),
            by: self.by.clone(),
            summary: self.summary.clone(),
        };
        let named = |names: &[String]| {
            let mut found = names.iter().filter_map(|name| Some((name, resolve(system, name)?)));
            found.next().map(|(name, service)| vec![change(name, service)])
        };
        let in_repository = || {
            let repository = slug(repository.as_deref()?)?;
            let lives_there = |id: &ServiceId| {
                system.service(*id).repository.as_deref().and_then(slug).as_ref()
                    == Some(&repository)
            };
            let services: Vec<_> = system.service_ids().filter(lives_there).collect();
            let changes = services.iter().map(|id| change(&system.service(*id).name, *id));
            (!services.is_empty()).then(|| changes.collect())
        };
        if let Some(found) = named(&stated).or_else(in_repository).or_else(|| named(&names)) {
            return found;
        }
        let name = stated.into_iter().chain(names).chain(repository).next();
        let record = ChangeRecord {
            time: self.time,
            service: name.unwrap_or_default(),
            kind: self.kind,
            version: self.version,
            by: self.by,
            summary: self.summary,
        };
        vec![record.placed(system, log)]
    }
}

/// Resolves a name; one that is a path (`shop/orders`), or has the name of an environment at its
/// start or end (`orders-prod`), by what is left without.
fn resolve(system: &System, name: &str) -> Option<ServiceId> {
    const ENVIRONMENTS: [&str; 10] =
        ["production", "prod", "prd", "live", "staging", "stage", "test", "dev", "qa", "canary"];
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    let bare = |end: &str| {
        last.strip_suffix(end).and_then(|rest| rest.strip_suffix('-')).or_else(|| {
            let rest = last.strip_prefix(end)?;
            rest.strip_prefix('-')
        })
    };
    let candidates = [Some(name), Some(last)].into_iter().chain(ENVIRONMENTS.map(bare));
    candidates.flatten().find_map(|name| system.names().resolve(name)).map(Resolved::service)
}

/// What is the same of a repository however it is written: `owner/name`, in lower case.
fn slug(repository: &str) -> Option<String> {
    let ends = ["#", "/tree/", "/-/"].into_iter().filter_map(|end| repository.find(end));
    let location = &repository[..ends.min().unwrap_or(repository.len())];
    let location = location.trim().trim_end_matches('/').to_ascii_lowercase();
    let location = location.strip_suffix(".git").unwrap_or(&location);
    let mut parts = location.rsplit(['/', ':']).filter(|part| !part.is_empty());
    let (name, owner) = (parts.next()?, parts.next()?);
    (!owner.starts_with('.')).then(|| format!("{owner}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_one_however_it_is_written() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(slug(text).as_deref(), expected, "{text}");
        };
        check("https://github.com/Shop/Orders", Some("shop/orders"));
        check("git@github.com:shop/orders.git", Some("shop/orders"));
        check("https://github.com/shop/all.git#services/orders", Some("shop/all"));
        check("https://github.com/shop/all/tree/main/services/orders", Some("shop/all"));
        check("shop/orders/", Some("shop/orders"));
        check("../orders", None);
        check("orders", None);
        check("", None);
    }

    #[test]
    fn production_is_known_by_a_word_of_its_name() {
        let check = |name: &str, expected| {
            assert_eq!(Environment::named(name).is_production, expected, "{name}");
        };
        check("production", true);
        check("Prod-eu", true);
        check("staging", false);
        check("reproduction", false);
    }
}
