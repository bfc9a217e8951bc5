//! What the importers find, before anybody decides which names mean the same service.
//!
//! An importer knows one file; whether `cart` in it is the `carts` of another is decided when all of
//! them have been read (see [`crate::unite`]).

use std::collections::BTreeMap;

use knockon_core::{
    Autoscaler, Bytes, Code, Cpu, Criticality, DependencyKind, Diagnostic, Place, Probes,
    Provenance, RecordingRule, RestartPolicy, Rollout, RuleGroup, ServiceKind,
};

use crate::products::Product;

/// Who tells services apart: two services of one world are two, whatever their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum World {
    /// Workloads of a cluster.
    Kubernetes,
    /// Services of compose files.
    Compose,
    /// Components of a catalogue.
    Catalog,
    /// Services that sent traces.
    Traces,
    /// Names in selectors, and other ends of spans: what they mean is looked up.
    Mentioned,
}

/// An index into [`Gathered::services`].
pub(crate) type SeenId = usize;

/// A service as one source shows it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) world: World,
    /// The Kubernetes namespace, if the source says one.
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    /// Names to which others answer as well.
    pub(crate) shared: Vec<String>,
    pub(crate) product: Option<Product>,
    /// What the source itself says of the kind.
    pub(crate) kind: Option<ServiceKind>,
    pub(crate) summary: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) runs: RunsSeen,
    pub(crate) probes: Probes,
    pub(crate) autoscaler: Option<Autoscaler>,
    pub(crate) queues: Vec<String>,
    /// The names of its variables.
    pub(crate) variables: Vec<String>,
    /// Where it was written.
    pub(crate) place: Place,
}

impl Seen {
    pub(crate) fn new(world: World, name: impl Into<String>, place: Place) -> Self {
        Self {
            world,
            namespace: None,
            name: name.into(),
            aliases: Vec::new(),
            shared: Vec::new(),
            product: None,
            kind: None,
            summary: None,
            owner: None,
            repository: None,
            version: None,
            runs: RunsSeen::default(),
            probes: Probes::default(),
            autoscaler: None,
            queues: Vec::new(),
            variables: Vec::new(),
            place,
        }
    }

    /// Its kind, if this source tells more than a name does.
    pub(crate) fn sure_kind(&self) -> Option<ServiceKind> {
        let product = self.product.filter(|product| !product.is_guess);
        self.kind.or(product.map(|product| product.kind))
    }
}

/// The kind of a service, by what its sources show, or else by what its name is like.
pub(crate) fn kind_of<'a>(mut seen: impl Iterator<Item = &'a Seen> + Clone) -> ServiceKind {
    let guess = seen.clone().find_map(|it| it.product.map(|product| product.kind));
    seen.find_map(Seen::sure_kind).or(guess).unwrap_or(ServiceKind::Service)
}

/// What a source says a service runs on; what it leaves out is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RunsSeen {
    pub(crate) replicas: Option<u32>,
    pub(crate) cpu_limit: Option<Cpu>,
    pub(crate) cpu_request: Option<Cpu>,
    pub(crate) memory_limit: Option<Bytes>,
    pub(crate) memory_request: Option<Bytes>,
    pub(crate) restart: Option<RestartPolicy>,
    pub(crate) rollout: Option<Rollout>,
}

/// One end of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// A service that a source shows.
    Seen(SeenId),
    /// A name that means one of them; `for_sure` says that it is one, even if no source shows it.
    Named {
        name: String,
        /// The namespace in which the name was written.
        namespace: Option<String>,
        for_sure: bool,
    },
    /// Whoever provides this API.
    Api(String),
}

impl End {
    /// A name that is surely that of a service.
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self::Named { name: name.into(), namespace: None, for_sure: true }
    }
}

/// One service uses another, as one source shows it.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub(crate) from: End,
    pub(crate) to: End,
    /// How, if the source tells.
    pub(crate) kind: Option<DependencyKind>,
    pub(crate) criticality: Criticality,
    pub(crate) provenance: Provenance,
    /// The file and the line, as kept in the model.
    pub(crate) known_from: String,
    /// The same for a diagnostic.
    pub(crate) place: Place,
    /// What named the other service: a variable, a flag.
    pub(crate) by: String,
    /// Whether the form of a name alone shows that it is an address.
    pub(crate) evident: bool,
}

/// A team as a catalogue or a rule names it.
#[derive(Debug, Clone, Default)]
pub(crate) struct TeamSeen {
    pub(crate) summary: Option<String>,
    pub(crate) contact: Option<String>,
    pub(crate) escalation: Option<String>,
}

/// An alerting rule with the file it is from.
#[derive(Debug, Clone)]
pub(crate) struct MonitorSeen {
    pub(crate) file: String,
    pub(crate) group: String,
    pub(crate) rule: knockon_format::rules::AlertingRule,
}

/// Everything that was found in all files.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) services: Vec<Seen>,
    pub(crate) edges: Vec<Edge>,
    /// Who provides which API.
    pub(crate) apis: BTreeMap<String, Vec<SeenId>>,
    pub(crate) teams: BTreeMap<String, TeamSeen>,
    pub(crate) monitors: Vec<MonitorSeen>,
    pub(crate) recordings: Vec<RecordingRule>,
    /// The groups of both, with the files that they are from.
    pub(crate) rule_groups: Vec<RuleGroup>,
    /// A name for the whole, with its summary.
    pub(crate) systems: Vec<(String, Option<String>)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Gathered {
    /// The group of that name in a file, which may go on in another document.
    pub(crate) fn rule_group(&mut self, file: &str, name: &str) -> &mut RuleGroup {
        let is_it = |group: &RuleGroup| group.file == file && group.name == name;
        let at = self.rule_groups.iter().position(is_it).unwrap_or_else(|| {
            self.rule_groups.push(RuleGroup {
                file: file.to_owned(),
                name: name.to_owned(),
                interval: None,
                limit: None,
                query_offset: None,
                rules: Vec::new(),
            });
            self.rule_groups.len() - 1
        });
        &mut self.rule_groups[at]
    }

    /// Adds a service; the id is for its edges.
    pub(crate) fn service(&mut self, seen: Seen) -> SeenId {
        self.services.push(seen);
        self.services.len() - 1
    }

    /// Says that something is wrong with an input.
    pub(crate) fn error(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, message).at(place));
    }

    /// Says that something was left out or guessed.
    pub(crate) fn warning(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(code, message).at(place));
    }

    /// Says something worth knowing.
    pub(crate) fn note(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::note(code, message).at(place));
    }
}

/// `file:line`, as provenance is kept.
pub(crate) fn file_and_line(place: &Place) -> String {
    format!("{}:{}", place.file, place.line)
}
