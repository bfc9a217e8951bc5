//! What is known while a model is read: the names in it, where things were written, what is wrong.

use std::collections::{HashMap, HashSet};

use knockon_core::{
    CacheEntryId, Dependency, DependencyDetails, DependencyKind, Element, OperationId, QueryId,
    QueueId, ServiceId, ServiceKind, StepId, TopicId,
};

use crate::codes;
use crate::declared::Declared;
use crate::findings::{Finding, Findings};
use crate::keys::Referent;
use crate::reader::name_problem;
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::{Content, Entry, Node};

/// What is known while a model is read.
pub(crate) struct Context<'a> {
    pub(crate) findings: &'a mut Findings,
    /// Whether a runbook's page is where the file says.
    pub(crate) page_exists: &'a dyn Fn(&str) -> bool,
    pub(crate) names: Names<'a>,
    /// The service whose body is read.
    pub(crate) service: usize,
    /// Where the elements read so far were written.
    pub(crate) places: HashMap<Element, Span>,
    /// The figures that are marked as assumed.
    pub(crate) assumed: Vec<Span>,
    /// The dependencies that are declared, with what is said of them.
    pub(crate) dependencies: Vec<(Dependency, DependencyDetails, bool)>,
    steps: usize,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        names: Names<'a>,
        page_exists: &'a dyn Fn(&str) -> bool,
        findings: &'a mut Findings,
    ) -> Self {
        Self {
            findings,
            page_exists,
            names,
            service: 0,
            places: HashMap::new(),
            assumed: Vec::new(),
            dependencies: Vec::new(),
            steps: 0,
        }
    }

    /// Nothing known yet: for files that refer to nothing.
    pub(crate) fn empty(findings: &'a mut Findings) -> Self {
        let none = |referent| Declared::new(referent, std::iter::empty(), true);
        let names = Names {
            services: none(Referent::Service),
            teams: none(Referent::Team),
            kinds: Vec::new(),
            runbooks: none(Referent::Runbook),
            cohorts: none(Referent::Cohort),
            members: Vec::new(),
            cohort_members: Vec::new(),
        };
        Self::new(names, &|_| true, findings)
    }

    /// The id of the next step, written at a place.
    pub(crate) fn next_step(&mut self, span: Span) -> StepId {
        let id = StepId::from_index(self.steps);
        self.steps += 1;
        self.places.insert(Element::Step(id), span);
        id
    }

    /// The service that a name refers to.
    pub(crate) fn refer_service(&mut self, name: &str, span: Span) -> Option<ServiceId> {
        let at = self.names.services.refer(name, span, self.findings)?;
        Some(ServiceId::from_index(at))
    }

    /// Whether an alias of the service that is read is free; told if not.
    pub(crate) fn take_alias(&mut self, alias: &str, span: Span) -> bool {
        let services = &mut self.names.services;
        let shown = quoted(alias);
        let finding = match (name_problem(alias), services.owner_of(alias)) {
            (Some(problem), _) => {
                let message = format!("{shown} cannot be a name");
                Finding::error(codes::EMPTY_OR_UNNAMED, span, message).label(problem)
            }
            (None, None) => {
                services.alias(alias, self.service, span);
                return true;
            }
            (None, Some((of, first))) if of == self.service => {
                let message = format!("the service already goes by {shown}");
                Finding::warning(codes::REPEATED, span, message)
                    .label("again here")
                    .related(first, "first written here")
                    .help("remove it")
            }
            (None, Some((of, first))) => {
                let own = quoted(services.name(of));
                let message = format!("{shown} already names {own}");
                Finding::error(codes::NAME_TAKEN, span, message)
                    .label("taken")
                    .related(first, "first written here")
                    .help("a name or alias leads to one service: remove it from one of the two")
            }
        };
        self.findings.push(finding);
        false
    }

    /// Reports a declared dependency on something of the wrong kind.
    pub(crate) fn check_target(
        &mut self,
        kind: DependencyKind,
        to: ServiceId,
        span: Span,
        key: &str,
    ) {
        let wanted: &[ServiceKind] = match kind {
            DependencyKind::Publish | DependencyKind::Consume => {
                &[ServiceKind::Broker, ServiceKind::External]
            }
            DependencyKind::Read | DependencyKind::Write => {
                &[ServiceKind::Database, ServiceKind::Cache, ServiceKind::External]
            }
            _ => return,
        };
        let found = self.names.kinds[to.index()];
        if wanted.contains(&found) {
            return;
        }
        let name = quoted(self.names.services.name(to.index()));
        let message = format!(
            "{name} is of kind {found}, and {} takes {}",
            quoted(key),
            match kind {
                DependencyKind::Publish | DependencyKind::Consume => "brokers",
                _ => "databases and caches",
            }
        );
        self.findings.push(
            Finding::warning(codes::WRONG_KIND, span, message)
                .label(format!("a {found}"))
                .related(self.names.services.span(to.index()), "declared here")
                .help(format!("write `kind: {}` there, or {} here", wanted[0], ways_to(found))),
        );
    }

    /// What is said of a service and its member that are written without the spaces between.
    pub(crate) fn unspaced(&mut self, text: &str, span: Span) -> Option<Finding> {
        let (service, member) = text.split_once('/')?;
        let (service, member) = (service.trim(), member.trim());
        self.names.services.find(service)?;
        let message = format!("{} has no spaces around its `/`", quoted(text));
        let meant = format!("{service} / {member}");
        let finding = Finding::error(codes::UNKNOWN_MEMBER, span, message);
        Some(finding.label("no service of this name").help(format!("write {}", quoted(&meant))))
    }

    /// The service and the member that `service / member` refers to.
    pub(crate) fn refer_member(
        &mut self,
        text: &str,
        span: Span,
        kinds: &[Referent],
    ) -> Option<Member> {
        let services = &mut self.names.services;
        let Some((service, member)) = split(text, " / ", |name| services.find(name).is_some())
        else {
            let finding = self.unspaced(text, span).unwrap_or_else(|| no_member(text, span, kinds));
            self.findings.push(finding);
            return None;
        };
        let service = self.refer_service(service, span)?;
        let members = &mut self.names.members[service.index()];
        let known = kinds.iter().find_map(|&kind| Some((kind, members.of(kind).find(member)?)));
        let Some((kind, index)) = known else {
            let others = Referent::OF_SERVICE.iter().copied();
            let other = others.into_iter().find(|kind| members.of(*kind).find(member).is_some());
            match (other, kinds.first()) {
                (Some(other), _) => self.findings.push(other_member(text, span, kinds, other)),
                (None, first) => {
                    let near = |kind: &&Referent| members.of(**kind).nearest(member).is_some();
                    if let Some(&kind) = kinds.iter().find(near).or(first) {
                        members.of(kind).refer(member, span, self.findings);
                    }
                }
            }
            return None;
        };
        Some(match kind {
            Referent::Query => Member::Query(QueryId::new(service, index)),
            Referent::CacheEntry => Member::CacheEntry(CacheEntryId::new(service, index)),
            Referent::Queue => Member::Queue(QueueId::new(service, index)),
            Referent::Topic => Member::Topic(TopicId::new(service, index)),
            _ => Member::Operation(OperationId::new(service, index)),
        })
    }
}

/// The keys for dependencies on a kind of service.
fn ways_to(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Database | ServiceKind::Cache => "`reads` or `writes`",
        ServiceKind::Broker => "`publishes` or `consumes`",
        ServiceKind::Platform => "`runs_on`",
        _ => "`calls`",
    }
}

/// The two parts of a text. A name may hold what stands between them as well, so of several
/// places the first counts where what comes before is known.
pub(crate) fn split<'t>(
    text: &'t str,
    between: &str,
    mut is_known: impl FnMut(&str) -> bool,
) -> Option<(&'t str, &'t str)> {
    let parts = |at: usize| (text[..at].trim(), text[at + between.len()..].trim());
    let mut places = text.match_indices(between).map(|(at, _)| at);
    let known = places.clone().map(parts).find(|(first, _)| is_known(first));
    known.or_else(|| places.next().map(parts))
}

fn other_member(text: &str, span: Span, wanted: &[Referent], found: Referent) -> Finding {
    let is_queue = wanted == [Referent::Queue];
    let wanted: Vec<_> = wanted.iter().map(|kind| kind.with_article()).collect();
    let (wanted, article) = (wanted.join(" or "), found.with_article());
    Finding::error(codes::WRONG_KIND, span, format!("{} is {article}, not {wanted}", quoted(text)))
        .label(format!("expected {wanted}"))
        .help(match found {
            Referent::Operation => "ask an operation with `call`",
            Referent::Query => "ask a query with `query`",
            Referent::CacheEntry => "ask a cache with `get`, `put` or `drop`",
            Referent::Topic if is_queue => "name one of the queues that the topic leads to",
            _ => "hand a message to a queue or topic with `publish`",
        })
}

fn no_member(text: &str, span: Span, kinds: &[Referent]) -> Finding {
    let word = kinds.first().map_or("member", |kind| kind.word());
    let message = format!("{} does not say which {word} of which service", quoted(text));
    Finding::error(codes::UNKNOWN_MEMBER, span, message)
        .label(format!("expected `service / {word}`"))
        .help(format!("write the service, ` / ` with spaces, and the {word}"))
}

/// Something that is part of a service.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Member {
    Operation(OperationId),
    Query(QueryId),
    CacheEntry(CacheEntryId),
    Queue(QueueId),
    Topic(TopicId),
}

/// Every name that a model declares.
pub(crate) struct Names<'a> {
    pub(crate) services: Declared<'a>,
    pub(crate) teams: Declared<'a>,
    /// By service.
    pub(crate) kinds: Vec<ServiceKind>,
    pub(crate) runbooks: Declared<'a>,
    pub(crate) cohorts: Declared<'a>,
    /// By service.
    pub(crate) members: Vec<Members<'a>>,
    /// By cohort.
    pub(crate) cohort_members: Vec<Declared<'a>>,
}

/// The names declared inside of one service.
pub(crate) struct Members<'a> {
    operations: Declared<'a>,
    queries: Declared<'a>,
    entries: Declared<'a>,
    queues: Declared<'a>,
    topics: Declared<'a>,
    machines: Declared<'a>,
    /// By machine.
    pub(crate) states: Vec<Declared<'a>>,
}

impl<'a> Members<'a> {
    pub(crate) fn of(&mut self, kind: Referent) -> &mut Declared<'a> {
        match kind {
            Referent::Query => &mut self.queries,
            Referent::CacheEntry => &mut self.entries,
            Referent::Queue => &mut self.queues,
            Referent::Topic => &mut self.topics,
            Referent::Machine => &mut self.machines,
            _ => &mut self.operations,
        }
    }
}

impl<'a> Names<'a> {
    /// Gathers the names of a model before anything refers to them. `pages` are runbooks that are
    /// files of their own.
    pub(crate) fn gather(root: &'a Node, pages: &'a [(String, Span)]) -> Self {
        let declared =
            |referent| Declared::new(referent, bodies(root, referent), is_complete(root, referent));
        let services = usable(root.get("services"));
        Self {
            services: declared(Referent::Service),
            teams: declared(Referent::Team),
            cohorts: declared(Referent::Cohort),
            runbooks: Declared::new(
                Referent::Runbook,
                bodies(root, Referent::Runbook)
                    .chain(pages.iter().map(|(name, span)| (name.as_str(), *span))),
                is_complete(root, Referent::Runbook),
            ),
            kinds: services.iter().map(|e| kind_of(e).unwrap_or(ServiceKind::Service)).collect(),
            members: services.iter().map(|entry| members(entry)).collect(),
            cohort_members: usable(root.get("cohorts"))
                .iter()
                .map(|cohort| {
                    let names = bodies(&cohort.value, Referent::Member);
                    Declared::new(Referent::Member, names, true).inside(&cohort.key)
                })
                .collect(),
        }
    }
}

/// The kind that a service has by what it says; `None` when it says what is no kind.
pub(crate) fn kind_of(service: &Entry) -> Option<ServiceKind> {
    match service.value.get("kind").and_then(Node::text) {
        None => Some(ServiceKind::Service),
        Some(word) => {
            let word = word.trim();
            ServiceKind::parse(word.strip_prefix('~').map_or(word, str::trim_start))
        }
    }
}

fn members(service: &Entry) -> Members<'_> {
    let body = &*service.value;
    let declared = |referent| {
        let complete = is_complete(body, referent);
        Declared::new(referent, bodies(body, referent), complete).inside(&service.key)
    };
    Members {
        operations: declared(Referent::Operation),
        queries: declared(Referent::Query),
        entries: declared(Referent::CacheEntry),
        queues: declared(Referent::Queue),
        topics: declared(Referent::Topic),
        machines: declared(Referent::Machine),
        states: usable(body.get("states"))
            .iter()
            .map(|machine| {
                let names = states(&machine.value);
                Declared::new(Referent::State, names, true).inside(&machine.key)
            })
            .collect(),
    }
}

/// The states of a machine: those that moves start from, then those that only end one.
fn states(machine: &Node) -> impl Iterator<Item = (&str, Span)> {
    let moves = machine.get("moves");
    let from = moves.map_or(&[][..], Node::entries);
    let mut names: Vec<(&str, Span)> =
        from.iter().map(|entry| (&*entry.key, entry.key_span)).collect();
    let mut seen: HashSet<&str> = names.iter().map(|(name, _)| *name).collect();
    for item in from.iter().flat_map(|entry| entry.value.items()) {
        let text = item.text().map(str::trim).filter(|text| !text.is_empty());
        if let Some(text) = text.filter(|text| seen.insert(text)) {
            names.push((text, item.span));
        }
    }
    names.into_iter()
}

fn bodies(of: &Node, referent: Referent) -> impl Iterator<Item = (&str, Span)> {
    let entries = usable(of.get(referent.declared_under()));
    entries.into_iter().map(|entry| (&*entry.key, entry.key_span))
}

/// The entries of a mapping of names that can be used as names.
pub(crate) fn usable(node: Option<&Node>) -> Vec<&Entry> {
    let entries = node.map_or(&[][..], Node::entries);
    entries.iter().filter(|entry| name_problem(&entry.key).is_none()).collect()
}

/// Whether the declarations can be read; if not, what is unknown is nobody's mistake.
fn is_complete(of: &Node, referent: Referent) -> bool {
    match of.get(referent.declared_under()).map(|node| &node.content) {
        None => referent != Referent::Service,
        Some(Content::Mapping(_)) => true,
        Some(_) => false,
    }
}
