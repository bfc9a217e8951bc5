//! From files to systems: the base, and each variant of it.

use std::rc::Rc;
use std::sync::Arc;

use knockon_core::{Diagnostic, Place};

use crate::codes;
use crate::context::Context;
use crate::findings::{Finding, Findings};
use crate::lower::{self, Beside, ModelRules, RulesAre};
use crate::model::VariantBody;
use crate::overlay::{merge, unite};
use crate::page::{self, RunbookPage};
use crate::places::Places;
use crate::reader::{Body, Subject};
use crate::record::{Record, table};
use crate::rules::read_rules;
use crate::source::{Sources, Span, decode};
use crate::wording::quoted;
use crate::yaml::{self, Content, Documents, Node};
use crate::{Pack, Reading, Variant};

/// The files of a model while they are gathered.
#[derive(Default)]
pub(crate) struct Files {
    sources: Arc<Sources>,
    findings: Findings,
    /// What is wrong with whole files.
    refused: Vec<Diagnostic>,
    roots: Vec<Rc<Node>>,
    variants: Vec<(String, Rc<Node>)>,
    pages: Vec<RunbookPage>,
    rules: Vec<ModelRules>,
    /// Where the YAML of a file breaks off, and where that file ends.
    cuts: Vec<(usize, usize)>,
}

impl Files {
    /// Tells of a file that cannot be read at all.
    pub(crate) fn refuse(&mut self, diagnostic: Diagnostic) {
        self.refused.push(diagnostic);
    }

    /// Adds a system file, or a part of one.
    pub(crate) fn system(&mut self, path: &str, bytes: &[u8]) {
        let Some((text, base)) = self.add(path, bytes) else {
            return;
        };
        if let Some(root) = self.yaml(path, text, base) {
            self.roots.push(root);
        }
    }

    /// Adds a variant.
    pub(crate) fn variant(&mut self, path: &str, bytes: &[u8]) {
        let Some((text, base)) = self.add(path, bytes) else {
            return;
        };
        if let Some(root) = self.yaml(path, text, base) {
            self.variants.push((path.to_owned(), root));
        }
    }

    /// Adds the page of a runbook; `beside` is its path from the system file.
    pub(crate) fn page(&mut self, name: &str, beside: &str, path: &str, bytes: &[u8]) {
        if let Some((text, base)) = self.add(path, bytes) {
            let page = page::read(name, beside, text, base, &mut self.findings);
            self.pages.push(page);
        }
    }

    /// Adds a Prometheus rule file; `beside` is its path from the system file.
    pub(crate) fn rules(&mut self, are: RulesAre, beside: &str, path: &str, bytes: &[u8]) {
        let Some((text, base)) = self.add(path, bytes) else {
            return;
        };
        if let Some(root) = self.yaml(path, text, base) {
            self.rules.push(ModelRules { are, path: beside.to_owned(), rules: read_rules(&root) });
        }
    }

    /// The rule files that the system files name, with what they hold.
    pub(crate) fn named_rules(&self) -> Vec<(RulesAre, String)> {
        let mut named = Vec::new();
        for are in RulesAre::ALL {
            let lists = self.roots.iter().filter_map(|root| root.get(are.key()));
            let items = lists.flat_map(Node::items).filter_map(|item| item.text());
            named.extend(items.map(|text| (are, text.trim().to_owned())));
        }
        named
    }

    fn add<'b>(&mut self, path: &str, bytes: &'b [u8]) -> Option<(&'b str, usize)> {
        match decode(path, bytes) {
            Ok(text) => Some((text, Arc::make_mut(&mut self.sources).add(path, text))),
            Err(diagnostic) => {
                self.refused.push(*diagnostic);
                None
            }
        }
    }

    /// The one document of a text; an empty one is told, and a broken one remembered.
    fn yaml(&mut self, path: &str, text: &str, base: usize) -> Option<Rc<Node>> {
        let mut findings = Findings::default();
        let stream = yaml::read(text, base, Documents::One, &mut findings);
        let is_empty = stream.documents.is_empty() && !findings.has_errors();
        self.findings.append(findings);
        self.cuts.extend(stream.cut.map(|cut| (cut, base + text.len() + 1)));
        if is_empty {
            self.refused.push(empty(path));
        }
        stream.documents.into_iter().next()
    }

    /// The systems that the files describe.
    pub(crate) fn read(mut self, page_exists: &dyn Fn(&str) -> bool) -> Pack {
        let root = unite(&self.roots, &mut self.findings);
        let is_whole = self.refused.is_empty() && self.cuts.is_empty();
        let mut findings = std::mem::take(&mut self.findings);
        let lowered = root.as_ref().and_then(|root| {
            let mut found = Findings::default();
            let lowered = self.lower(root, page_exists, &mut found);
            findings.append_unless(found, &self.cuts, is_whole);
            lowered
        });
        let mut found = Findings::default();
        let heads = self.heads(&mut found);
        findings.append_unless(found, &self.cuts, is_whole);
        let is_right = is_whole && !findings.has_errors();
        let system = lowered.filter(|_| is_right);
        let mut diagnostics = self.refused.clone();
        diagnostics.extend(findings.into_diagnostics(&self.sources));
        let variants = match (&root, is_right) {
            (Some(root), true) => self.variants(root, &heads, &diagnostics, page_exists),
            _ => Vec::new(),
        };
        Pack { base: self.reading(system, diagnostics), variants }
    }

    fn lower(
        &self,
        root: &Rc<Node>,
        page_exists: &dyn Fn(&str) -> bool,
        findings: &mut Findings,
    ) -> Option<lower::Lowered> {
        let beside = Beside { page_exists, pages: &self.pages, rules: &self.rules };
        lower::system(root, &beside, findings)
    }

    fn reading(&self, lowered: Option<lower::Lowered>, diagnostics: Vec<Diagnostic>) -> Reading {
        let Some(lowered) = lowered else {
            return Reading { system: None, diagnostics, ..Reading::default() };
        };
        let assumed: Vec<Place> =
            lowered.assumed.iter().map(|span| self.sources.place(*span)).collect();
        let places = Places { spans: lowered.places, sources: Arc::clone(&self.sources) };
        Reading { system: Some(lowered.system), diagnostics, places, assumed }
    }

    /// What the variants say of themselves.
    fn heads(&self, findings: &mut Findings) -> Vec<Head> {
        let mut heads: Vec<Head> = Vec::new();
        for (path, root) in &self.variants {
            let mut cx = Context::empty(findings);
            let first = root.entries().first().map_or(root.span, |entry| entry.key_span);
            let subject = Subject { name: Some(""), span: first };
            let body = Body::open(root, subject, table::<VariantBody>(), cx.findings);
            let Some(body) = VariantBody::read(&body, &mut cx) else {
                continue;
            };
            let span_of = |key| root.get(key).map_or(first, |node| node.span);
            let head = Head {
                path: path.clone(),
                name_span: span_of("variant"),
                extends_span: span_of("extends"),
                body,
            };
            if let Some(first) = heads.iter().find(|known| known.body.name == head.body.name) {
                let message = format!("two variants are called {}", quoted(&head.body.name));
                findings.push(
                    Finding::error(codes::TWICE_IN_PACK, head.name_span, message)
                        .label("again here")
                        .related(first.name_span, "first here")
                        .help("give each a name of its own"),
                );
            }
            heads.push(head);
        }
        for at in 0..heads.len() {
            check_chain(&heads, at, findings);
        }
        heads
    }

    /// Each variant as a system of its own; only what is not wrong with the base as well is told.
    fn variants(
        &self,
        root: &Rc<Node>,
        heads: &[Head],
        told: &[Diagnostic],
        page_exists: &dyn Fn(&str) -> bool,
    ) -> Vec<(Variant, Reading)> {
        let mut variants = Vec::new();
        for head in heads {
            let mut findings = Findings::default();
            slips(root, &head.body.changes, &mut findings);
            let changed =
                chain(heads, head).into_iter().rev().try_fold(Rc::clone(root), |root, head| {
                    merge(&root, &head.body.changes, &mut findings)
                });
            let lowered =
                changed.and_then(|changed| self.lower(&changed, page_exists, &mut findings));
            let is_right = !findings.has_errors();
            let mut diagnostics = findings.into_diagnostics(&self.sources);
            diagnostics.retain(|diagnostic| !told.contains(diagnostic));
            let variant = Variant {
                name: head.body.name.clone(),
                summary: head.body.summary.clone(),
                path: head.path.clone(),
            };
            variants.push((variant, self.reading(lowered.filter(|_| is_right), diagnostics)));
        }
        variants
    }
}

/// Warns of names that a variant adds and that are much like one there is: most likely that one was
/// to be changed.
fn slips(root: &Node, changes: &Node, findings: &mut Findings) {
    for section in changes.entries() {
        let Some(base) = root.get(&section.key) else {
            continue;
        };
        let names = || base.entries().iter().map(|entry| &*entry.key);
        let is_added = |entry: &&yaml::Entry| {
            base.get(&entry.key).is_none()
                && !matches!(entry.value.content, Content::Nothing { .. })
        };
        for added in section.value.entries().iter().filter(is_added) {
            let near = crate::closest(&added.key, names());
            if let Some(near) = near.filter(|_| base.entries().len() <= MAX_COMPARED) {
                let name = quoted(&added.key);
                let message =
                    format!("{name} is new in this variant, and much like {}", quoted(near));
                findings.push(
                    Finding::warning(codes::LIKELY_SLIP, added.key_span, message)
                        .label(format!("not in `{}` of the system", section.key))
                        .help(format!("write {}, if that is to be changed", quoted(near))),
                );
            }
        }
    }
}

/// Among so many names one that is meant is looked for.
const MAX_COMPARED: usize = 2_000;

struct Head {
    path: String,
    name_span: Span,
    extends_span: Span,
    body: VariantBody,
}

/// A variant, what it extends, what that extends, and so on; ends where it would begin again.
fn chain<'h>(heads: &'h [Head], head: &'h Head) -> Vec<&'h Head> {
    let mut chain = vec![head];
    while let Some(extends) = chain.last().and_then(|head| head.body.extends.as_deref()) {
        let next = heads.iter().find(|known| known.body.name == extends);
        match next.filter(|next| chain.iter().all(|seen| !std::ptr::eq(*seen, *next))) {
            Some(next) => chain.push(next),
            None => break,
        }
    }
    chain
}

/// Reports a variant that extends one that is not there, or itself.
fn check_chain(heads: &[Head], at: usize, findings: &mut Findings) {
    let head = &heads[at];
    let Some(extends) = head.body.extends.as_deref() else {
        return;
    };
    let names = || heads.iter().map(|head| head.body.name.as_str());
    if names().all(|name| name != extends) {
        let message = format!("unknown variant {}", quoted(extends));
        let finding = Finding::error(codes::UNKNOWN_VARIANT, head.extends_span, message)
            .label("no variant of this name");
        findings.push(match crate::closest(extends, names()) {
            Some(near) => finding.help(format!("did you mean {}?", quoted(near))),
            None => finding.help("name a variant as its file does after `variant:`"),
        });
        return;
    }
    let chain = chain(heads, head);
    let back = chain.last().and_then(|last| last.body.extends.as_deref());
    if back == Some(head.body.name.as_str()) {
        let names: Vec<_> = chain.iter().map(|head| quoted(&head.body.name)).collect();
        let message = format!("{} extends itself", quoted(&head.body.name));
        findings.push(
            Finding::error(codes::VARIANT_CYCLE, head.extends_span, message)
                .label("leads back here")
                .help(match names.as_slice() {
                    [_] => "take the `extends` out".to_owned(),
                    _ => format!("{} extend each other: take one `extends` out", names.join(", ")),
                }),
        );
    }
}

fn empty(path_shown: &str) -> Diagnostic {
    Diagnostic::error(codes::EMPTY_FILE, "the file is empty")
        .at(Place::whole_file(path_shown))
        .help("begin with `system: name`, then `services:` and a line for each")
}
