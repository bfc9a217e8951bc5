//! The names of one kind that a file declares, and what refers to them.

use std::collections::HashMap;

use knockon_core::{Code, Names, ServiceId};

use crate::closest::closest;
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::keys::Referent;
use crate::source::Span;
use crate::wording::{quoted, series};

/// Up to so many names, a message lists them all.
const LISTED: usize = 8;

/// How many names are compared with unknown ones in all, to suggest what was meant.
const MAX_COMPARISONS: usize = 250_000;

/// Declared services, teams or runbooks.
#[derive(Debug)]
pub(crate) struct Declared<'a> {
    referent: Referent,
    index: HashMap<&'a str, usize>,
    names: Vec<(&'a str, Span)>,
    used: Vec<bool>,
    /// Other names of services: good in telemetry, not here.
    aliases: HashMap<String, (usize, Span)>,
    /// Whether the declarations could be read; if not, what is unknown is nobody's mistake.
    complete: bool,
    /// How many more names may be compared with unknown ones.
    comparisons_left: usize,
    /// The service, cohort or machine that the names are declared in.
    inside: Option<&'a str>,
}

impl<'a> Declared<'a> {
    pub(crate) fn new(
        referent: Referent,
        names: impl Iterator<Item = (&'a str, Span)>,
        complete: bool,
    ) -> Self {
        let names: Vec<_> = names.collect();
        Self {
            referent,
            index: names.iter().zip(0..).map(|((n, _), at)| (*n, at)).collect(),
            used: vec![false; names.len()],
            names,
            aliases: HashMap::new(),
            complete,
            comparisons_left: MAX_COMPARISONS,
            inside: None,
        }
    }

    /// The same names, declared inside of something.
    pub(crate) fn inside(mut self, name: &'a str) -> Self {
        self.inside = Some(name);
        self
    }

    /// The index of a name, if there is one; nobody is told if not.
    pub(crate) fn find(&mut self, name: &str) -> Option<usize> {
        let at = self.index.get(name).copied()?;
        self.used[at] = true;
        Some(at)
    }

    /// All names, in order.
    pub(crate) fn listed(&self) -> Vec<&'a str> {
        self.names.iter().map(|(name, _)| *name).collect()
    }

    /// All names with their places, in order.
    pub(crate) fn with_spans(&self) -> impl Iterator<Item = (&'a str, Span)> + use<'a> {
        self.names.clone().into_iter()
    }

    /// The index of a name that something refers to. An unknown one is reported.
    pub(crate) fn refer(
        &mut self,
        name: &str,
        span: Span,
        findings: &mut Findings,
    ) -> Option<usize> {
        let found = self.index.get(name).copied();
        match found {
            Some(at) => self.used[at] = true,
            None if self.complete && findings.has_room() => {
                let near = self.nearest(name);
                findings.push(self.unknown(name, span, near));
            }
            None => {}
        }
        found
    }

    /// The service that has a name or an alias, and where it was written.
    pub(crate) fn owner_of(&self, name: &str) -> Option<(usize, Span)> {
        let own = self.index.get(name).map(|&at| (at, self.span(at)));
        own.or_else(|| self.aliases.get(name).copied())
    }

    /// The index by which telemetry finds these services: names and aliases.
    pub(crate) fn for_telemetry(&self) -> Names {
        let mut names = Names::default();
        for (at, (name, _)) in self.names.iter().enumerate() {
            names.insert(name, ServiceId::from_index(at));
        }
        for (alias, (at, _)) in &self.aliases {
            names.insert(alias, ServiceId::from_index(*at));
        }
        names
    }

    /// Adds another name of the service at an index.
    pub(crate) fn alias(&mut self, alias: &str, of: usize, span: Span) {
        self.aliases.insert(alias.to_owned(), (of, span));
    }

    /// The name at an index.
    pub(crate) fn name(&self, at: usize) -> &'a str {
        self.names[at].0
    }

    /// Where the name at an index is declared.
    pub(crate) fn span(&self, at: usize) -> Span {
        self.names[at].1
    }

    /// The names that nothing refers to.
    pub(crate) fn unused(&self) -> impl Iterator<Item = (&'a str, Span)> {
        let pairs = self.names.iter().zip(&self.used);
        pairs.filter(|(_, used)| !**used).map(|(name, _)| *name)
    }

    /// The declared name most like an unknown one, as long as looking for it stays cheap: with a
    /// thousand mistakes among ten thousand names nobody reads the suggestions.
    pub(crate) fn nearest(&mut self, name: &str) -> Option<&'a str> {
        self.comparisons_left = self.comparisons_left.checked_sub(self.names.len())?;
        closest(name, self.names.iter().map(|(name, _)| *name))
    }

    fn unknown(&self, name: &str, span: Span, near: Option<&str>) -> Finding {
        let word = self.referent.word();
        let code: Code = match self.referent {
            Referent::Service => codes::UNKNOWN_SERVICE,
            Referent::Team => codes::UNKNOWN_TEAM,
            Referent::Runbook => codes::UNKNOWN_RUNBOOK,
            Referent::Cohort => codes::UNKNOWN_COHORT,
            _ => codes::UNKNOWN_MEMBER,
        };
        let of = self.inside.map_or(String::new(), |inside| format!(" of {}", quoted(inside)));
        let finding = Finding::error(code, span, format!("unknown {word} {}{of}", quoted(name)))
            .label(format!("no {word} of this name"));
        if let Some(&(of, _)) = self.aliases.get(name) {
            let (alias, own) = (quoted(name), quoted(self.name(of)));
            return finding.help(format!("{alias} is an alias of {own}: write {own}"));
        }
        if let Some(near) = near {
            return finding.help(format!("did you mean {}?", quoted(near)));
        }
        let declare = format!("declare it under `{}:`{of}", self.referent.declared_under());
        finding.help(match self.names.len() {
            0 => format!("{declare}; there is none yet"),
            1..=LISTED => {
                let names = self.names.iter().map(|(name, _)| *name);
                format!("{declare}, or write {}", series(names, "or"))
            }
            _ => declare,
        })
    }
}
