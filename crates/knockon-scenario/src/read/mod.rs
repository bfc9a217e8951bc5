//! Reads scenarios: YAML to [`Scenario`], against the system that it is played on, all mistakes at once.

mod body;
mod demand;
mod expectations;
mod faults;
mod fixes;
mod metrics;
mod names;
mod steps;
mod timeline;
mod verbs;

use std::time::Duration;

use knockon_core::{Diagnostic, Place, System};
use knockon_format::{Content, Node, YamlFile};

use crate::codes;
use crate::scenario::{Cause, Entry, Scenario};
use body::{Body, Reader};

pub(crate) use body::did_you_mean;
pub use faults::FAULTS;
pub use verbs::{ACTIONS, Verb};

/// How long is played if nothing is said.
const LASTS: Duration = Duration::from_secs(600);

/// How long after the cause fixes are carried out if nothing is said.
const RESPONDS: Duration = Duration::from_secs(300);

/// Most that may be played.
const LASTS_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// The keys of a scenario.
const KEYS: &[&str] = &[
    "scenario", "summary", "lasts", "variant", "demand", "timeline", "cause", "expect", "responds",
    "fixes", "variants",
];

/// What became of a scenario file.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The scenario; `None` exactly when one of the diagnostics is an error.
    pub scenario: Option<Scenario>,
    /// All that is wrong or odd.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a scenario says of itself, which takes no system to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Its title.
    pub title: Option<String>,
    /// What it shows.
    pub summary: Option<String>,
    /// The variant of the pack that it is played on, and where it says so.
    pub variant: Option<(String, Place)>,
}

/// Reads what a scenario says of itself. What is wrong with the file is told when all of it is read.
pub fn head(path_shown: &str, bytes: &[u8]) -> Head {
    let file = YamlFile::read(path_shown, bytes);
    let Some(root) = file.documents.first() else { return Head::default() };
    let text = |key: &str| root.get(key).and_then(Node::text).map(|text| text.trim().to_owned());
    let variant = root
        .get("variant")
        .and_then(|node| Some((node.text()?.trim().to_owned(), file.place(node.span))));
    Head { title: text("scenario"), summary: text("summary"), variant }
}

/// Reads a scenario as it is played on a system. `name` is what it is called by.
pub fn scenario(name: &str, path_shown: &str, bytes: &[u8], system: &System) -> Reading {
    let file = YamlFile::read(path_shown, bytes);
    let mut reader = Reader::new(&file, system);
    let root = file.documents.first();
    let scenario = match root {
        Some(root) if file.diagnostics.is_empty() => reader.scenario(name, root),
        Some(_) => None,
        None => {
            if file.diagnostics.is_empty() {
                let empty = Diagnostic::error(codes::NO_SCENARIO, "the file is empty");
                let help =
                    "begin with `scenario: its title`; `knockon new scenario` writes a whole one";
                reader.diagnostics.push(empty.at(Place::whole_file(path_shown)).help(help));
            }
            None
        }
    };
    let mut diagnostics = file.diagnostics.clone();
    diagnostics.append(&mut reader.diagnostics);
    let is_wrong = diagnostics.iter().any(Diagnostic::is_error);
    let key =
        |it: &Diagnostic| it.place.as_ref().map_or((0, 0), |place| (place.line, place.column));
    diagnostics.sort_by_key(key);
    Reading { scenario: scenario.filter(|_| !is_wrong), diagnostics }
}

impl Reader<'_> {
    fn scenario(&mut self, name: &str, root: &Node) -> Option<Scenario> {
        let body = self.body(root, "a scenario", KEYS)?;
        let title = self.required(&body, "scenario");
        let title = title.and_then(|node| self.text(node)).map(str::to_owned);
        let lasts = self.lasts(&body);
        self.lasts = lasts;
        let timeline = self.required(&body, "timeline");
        let timeline = timeline.map_or_else(Vec::new, |node| self.timeline(node));
        let cause = self.required(&body, "cause").and_then(|node| self.cause(node));
        self.begins = begins(&timeline);
        let demand = self.demand(body.get("demand"));
        let expect = self.required(&body, "expect");
        let expect = expect.map_or_else(Vec::new, |node| self.expectations(node));
        let responds = body.get("responds").and_then(|node| self.moment(node));
        let responds = responds.or_else(|| Some(self.begins? + RESPONDS)).unwrap_or(RESPONDS);
        let fixes = body.get("fixes").map_or_else(Vec::new, |node| self.fixes(node, responds));
        let variants = body.get("variants").and_then(|node| {
            let places: Vec<Place> = node.items().iter().map(|it| self.place(it.span)).collect();
            Some(self.texts(node)?.into_iter().zip(places).collect())
        });
        Some(Scenario {
            name: name.to_owned(),
            title: title?,
            summary: body.get("summary").and_then(|node| self.text(node)).map(str::to_owned),
            lasts,
            variant: body.get("variant").and_then(|node| self.text(node)).map(str::to_owned),
            demand,
            timeline,
            cause: cause?,
            expect,
            fixes,
            variants,
        })
    }

    fn lasts(&mut self, body: &Body<'_>) -> Duration {
        let Some(node) = body.get("lasts") else { return LASTS };
        let Some(lasts) = self.duration(node) else { return LASTS_MAX };
        if lasts.is_zero() || lasts > LASTS_MAX {
            let help = "write how long is played, as in `10min`; a week at most";
            self.refuse(codes::VALUE, node.span, "that is no time that can be played", help);
            return LASTS_MAX;
        }
        lasts
    }

    fn cause(&mut self, node: &Node) -> Option<Cause> {
        if node.text().is_some_and(|text| text.trim() == "none") {
            return Some(Cause::Nobody);
        }
        if matches!(&node.content, Content::List(items) if items.is_empty()) {
            let help = "name the services to blame, or write `cause: none`";
            self.refuse(codes::VALUE, node.span, "the cause names nobody", help);
            return None;
        }
        let names: Vec<&Node> = match node.items() {
            [] => vec![node],
            items => items.iter().map(|item| &**item).collect(),
        };
        let services: Vec<_> = names.into_iter().map(|name| self.service(name)).collect();
        services.into_iter().collect::<Option<Vec<_>>>().map(Cause::Services)
    }
}

/// When the first entry that is part of the cause sets in, or else the first entry.
fn begins(timeline: &[Entry]) -> Option<Duration> {
    let at = |of: &dyn Fn(&&Entry) -> bool| {
        timeline.iter().filter(of).map(|entry| entry.happening.at).min()
    };
    at(&|entry| entry.role == crate::Role::Cause).or_else(|| at(&|_| true))
}
