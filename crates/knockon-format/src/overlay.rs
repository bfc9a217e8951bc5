//! Variants: the same system with some things changed.
//!
//! Mappings merge, values and lists replace, and `null` removes, as in JSON Merge Patch
//! (RFC 7386). A list is changed item by item where the variant has a mapping in its place: its keys
//! say which items are meant, a step as `verb target` and anything else by its name. A base that is
//! written in a short form counts as the mapping that it stands for.

use std::collections::HashMap;
use std::rc::Rc;

use crate::closest::closest;
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::keys::{Form, Table};
use crate::limits::{MAX_DEPTH, MAX_VALUES};
use crate::model::{DEPENDENCY, STEP_TABLES, SystemBody};
use crate::record::table;
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::{Content, Entry, Node};

/// How many steps are compared with addresses in all; far above what anybody writes.
const MAX_COMPARED: usize = 50_000_000;

/// The base with the changes made; `None` when that passes a limit, which was then told.
pub(crate) fn merge(
    base: &Rc<Node>,
    change: &Rc<Node>,
    findings: &mut Findings,
) -> Option<Rc<Node>> {
    let mut merge = Merge { findings, left: MAX_COMPARED };
    let root = merge.node(base, change, Some(Form::Body(table::<SystemBody>())));
    let is_small = root.size <= MAX_VALUES && root.height <= MAX_DEPTH && merge.left > 0;
    if !is_small {
        let message = "the system with these changes is too large or too deep";
        findings.push(
            Finding::error(codes::TOO_LARGE, change.span, message)
                .label("in these changes")
                .help("change fewer steps at once, or write them out in the base"),
        );
    }
    is_small.then_some(root)
}

/// Changes on their way into a tree.
struct Merge<'f> {
    findings: &'f mut Findings,
    /// How many more steps are compared with addresses.
    left: usize,
}

impl Merge<'_> {
    /// A value with its change; `form` is what the value is, where that is known.
    fn node(&mut self, base: &Rc<Node>, change: &Rc<Node>, form: Option<Form>) -> Rc<Node> {
        let Content::Mapping(changes) = &change.content else {
            return Rc::clone(change);
        };
        match &base.content {
            Content::Mapping(entries) => {
                Rc::new(Node::mapping(base.span, self.entries(entries, changes, form)))
            }
            Content::Nothing { .. } => {
                Rc::new(Node::mapping(base.span, self.entries(&[], changes, form)))
            }
            Content::Text { .. } | Content::List(_)
                if stands_for(base, changes, form).is_some() =>
            {
                let key = Rc::from(stands_for(base, changes, form).unwrap_or_default());
                let entry = Entry { key, key_span: base.span, value: Rc::clone(base) };
                Rc::new(Node::mapping(change.span, self.entries(&[entry], changes, form)))
            }
            Content::List(items) => {
                let form = form.map(|form| match form {
                    Form::Body(table) => table.short_key().map_or(form, |key| key.form),
                    _ => form,
                });
                let mut items = items.clone();
                for change in changes {
                    items = self.item(items, change, form);
                }
                Rc::new(Node::list(base.span, items))
            }
            Content::Text { .. } | Content::Broken => Rc::clone(change),
        }
    }

    fn entries(&mut self, base: &[Entry], changes: &[Entry], form: Option<Form>) -> Vec<Entry> {
        let mut merged: Vec<Option<Entry>> = base.iter().cloned().map(Some).collect();
        let mut at_key: HashMap<Rc<str>, usize> =
            base.iter().zip(0..).map(|(entry, at)| (Rc::clone(&entry.key), at)).collect();
        for change in changes {
            let at = at_key.get(&change.key).copied();
            let known = at.and_then(|at| merged[at].as_ref());
            match (at.zip(known), removes(&change.value)) {
                (Some((at, _)), true) => merged[at] = None,
                (None, true) => {
                    let names = base.iter().map(|entry| &*entry.key);
                    self.findings.push(nothing_there(change, names));
                }
                (Some((at, known)), false) => {
                    let form = form.and_then(|form| form_of(form, &change.key));
                    let value = self.node(&known.value, &change.value, form);
                    // A mapping stays where it is written; what replaces a value is written in
                    // the variant.
                    let is_merged = matches!(value.content, Content::Mapping(_))
                        && !Rc::ptr_eq(&value, &change.value);
                    let key_span = if is_merged { known.key_span } else { change.key_span };
                    merged[at] = Some(Entry { key: Rc::clone(&change.key), key_span, value });
                }
                (None, false) => {
                    at_key.insert(Rc::clone(&change.key), merged.len());
                    merged.push(Some(change.clone()));
                }
            }
        }
        merged.into_iter().flatten().collect()
    }

    /// Changes the items of a list that a key means.
    fn item(&mut self, items: Vec<Rc<Node>>, change: &Entry, form: Option<Form>) -> Vec<Rc<Node>> {
        let address = change.key.trim();
        let verb = address.split(' ').next().unwrap_or_default();
        let is_step = match form {
            Some(Form::Steps | Form::Fallback) => true,
            Some(Form::List(Form::Body(table))) => table.key("do").is_some() && verb == "do",
            _ => false,
        };
        if !is_step {
            return self.named(items, address, change, form);
        }
        let mut found = 0;
        let items = self.steps(&items, address, change, &mut found);
        if found == 0 {
            let mut known = Vec::new();
            for item in &items {
                addresses(item, &mut known);
            }
            self.findings.push(nothing_there(change, known.iter().map(String::as_str)));
        }
        items
    }

    /// Changes every step that is addressed, at any depth.
    fn steps(
        &mut self,
        items: &[Rc<Node>],
        address: &str,
        change: &Entry,
        found: &mut usize,
    ) -> Vec<Rc<Node>> {
        let mut changed = Vec::with_capacity(items.len());
        for item in items {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return items.to_vec();
            }
            let (is_meant, table) = match addressed(item) {
                Some((known, table)) => (known == address, Some(table)),
                None => (false, None),
            };
            if !is_meant {
                changed.push(self.inside(item, address, change, found));
                continue;
            }
            *found += 1;
            if !removes(&change.value) {
                // The same step may be inside of itself, in a fallback.
                let item = self.inside(item, address, change, found);
                changed.push(self.node(&item, &change.value, table.map(Form::Body)));
            }
        }
        changed
    }

    /// A step with the steps inside of it changed.
    fn inside(
        &mut self,
        node: &Rc<Node>,
        address: &str,
        change: &Entry,
        found: &mut usize,
    ) -> Rc<Node> {
        let before = *found;
        let changed = match &node.content {
            Content::Mapping(entries) => {
                let mut changed = Vec::with_capacity(entries.len());
                for entry in entries {
                    let value = self.inside(&entry.value, address, change, found);
                    changed.push(Entry { value, ..entry.clone() });
                }
                Node::mapping(node.span, changed)
            }
            Content::List(items) => {
                Node::list(node.span, self.steps(items, address, change, found))
            }
            _ => return Rc::clone(node),
        };
        if *found == before { Rc::clone(node) } else { Rc::new(changed) }
    }

    /// Changes an item that is a name, alone or with a value; adds it when it is not there.
    fn named(
        &mut self,
        mut items: Vec<Rc<Node>>,
        name: &str,
        change: &Entry,
        form: Option<Form>,
    ) -> Vec<Rc<Node>> {
        self.left = self.left.saturating_sub(items.len());
        if self.left == 0 {
            return items;
        }
        let at = items.iter().position(|item| name_of(item) == Some(name));
        match (at, removes(&change.value)) {
            (Some(at), true) => drop(items.remove(at)),
            (None, true) => {
                let names = items.iter().filter_map(|item| name_of(item));
                self.findings.push(nothing_there(change, names));
            }
            (at, false) => {
                let base =
                    at.and_then(|at| items[at].entries().first().map(|e| Rc::clone(&e.value)));
                let value = match base {
                    Some(base) => self.node(&base, &change.value, form.and_then(body_of_item)),
                    None => Rc::clone(&change.value),
                };
                let entry = Entry { key: Rc::clone(&change.key), key_span: change.key_span, value };
                let item = Rc::new(Node::mapping(change.key_span, vec![entry]));
                match at {
                    Some(at) => items[at] = item,
                    None => items.push(item),
                }
            }
        }
        items
    }
}

fn removes(node: &Node) -> bool {
    matches!(node.content, Content::Nothing { .. })
}

/// The key that a value of the base stands for, when the changes are those of its whole body.
fn stands_for(base: &Node, changes: &[Entry], form: Option<Form>) -> Option<&'static str> {
    let Some(Form::Body(table)) = form else {
        return None;
    };
    let is_of_body = changes.iter().any(|entry| table.key(&entry.key).is_some());
    table.short.filter(|_| is_of_body || matches!(base.content, Content::Text { .. }))
}

/// What the value of a key is.
fn form_of(form: Form, key: &str) -> Option<Form> {
    match form {
        Form::Body(table) => Some(table.key(key)?.form),
        Form::Map(form) => Some(*form),
        _ => None,
    }
}

/// What is said of an item of a list beside its name.
fn body_of_item(form: Form) -> Option<Form> {
    match form {
        Form::Dependencies(_) => Some(Form::Body(DEPENDENCY)),
        Form::Items(table) => Some(Form::Body(table)),
        _ => None,
    }
}

/// How a step is addressed, its verb and what that takes, and its keys.
fn addressed(item: &Node) -> Option<(String, &'static Table)> {
    let of_saga = std::iter::once(("do", crate::model::SAGA_STEP));
    let mut verbs = STEP_TABLES.iter().copied().chain(of_saga);
    let (entry, table) =
        verbs.find_map(|(verb, table)| item.entry(verb).map(|entry| (entry, table)))?;
    Some((format!("{} {}", entry.key, entry.value.text()?.trim()), table))
}

/// The addresses of a step and of all inside of it.
fn addresses(node: &Node, known: &mut Vec<String>) {
    known.extend(addressed(node).map(|(address, _)| address));
    for entry in node.entries() {
        addresses(&entry.value, known);
    }
    for item in node.items() {
        addresses(item, known);
    }
}

/// The name that an item is, or that it says something of.
fn name_of(item: &Node) -> Option<&str> {
    match item.entries() {
        [] => item.text().map(str::trim),
        [only] => Some(&only.key),
        _ => None,
    }
}

fn nothing_there<'a>(change: &Entry, known: impl Iterator<Item = &'a str>) -> Finding {
    let what = if removes(&change.value) { "remove" } else { "change" };
    let message = format!("there is no {} to {what}", quoted(&change.key));
    let finding = Finding::error(codes::NOTHING_TO_CHANGE, change.key_span, message)
        .label("not in the system that is changed");
    finding.help(match closest(&change.key, known) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None => "write it as the system does: a step as `verb target`, anything else by its name"
            .to_owned(),
    })
}

/// The top level of several files as one.
pub(crate) fn unite(roots: &[Rc<Node>], findings: &mut Findings) -> Option<Rc<Node>> {
    let (first, rest) = roots.split_first()?;
    let mut united: Vec<Entry> = first.entries().to_vec();
    if rest.is_empty() || !matches!(first.content, Content::Mapping(_)) {
        return Some(Rc::clone(first));
    }
    for root in rest {
        if !matches!(root.content, Content::Mapping(_)) {
            let message = "this file of the pack is not a mapping of keys";
            findings.push(
                Finding::error(codes::WRONG_TYPE, root.span, message)
                    .label("expected keys such as `services`"),
            );
        }
        for entry in root.entries() {
            let Some(at) = united.iter().position(|known| known.key == entry.key) else {
                united.push(entry.clone());
                continue;
            };
            let value = together(&united[at], entry, findings);
            united[at].value = value;
        }
    }
    Some(Rc::new(Node::mapping(first.span, united)))
}

/// What two files say under one key.
fn together(first: &Entry, second: &Entry, findings: &mut Findings) -> Rc<Node> {
    match (&first.value.content, &second.value.content) {
        (Content::Mapping(known), Content::Mapping(more)) => {
            let mut entries = known.clone();
            let places: HashMap<&str, Span> =
                known.iter().map(|entry| (&*entry.key, entry.key_span)).collect();
            for entry in more {
                match places.get(&*entry.key) {
                    Some(first) => findings.push(twice(&entry.key, entry.key_span, *first)),
                    None => entries.push(entry.clone()),
                }
            }
            Rc::new(Node::mapping(first.value.span, entries))
        }
        (Content::List(known), Content::List(more)) => {
            let items = known.iter().chain(more).map(Rc::clone).collect();
            Rc::new(Node::list(first.value.span, items))
        }
        (Content::Nothing { .. } | Content::Broken, _) => Rc::clone(&second.value),
        (_, Content::Nothing { .. } | Content::Broken) => Rc::clone(&first.value),
        _ => {
            findings.push(twice(&second.key, second.key_span, first.key_span));
            Rc::clone(&first.value)
        }
    }
}

pub(crate) fn twice(key: &str, span: Span, first: Span) -> Finding {
    let message = format!("{} is in two files of the pack", quoted(key));
    Finding::error(codes::TWICE_IN_PACK, span, message)
        .label("again here")
        .related(first, "first written here")
        .help("keep one of the two")
}
