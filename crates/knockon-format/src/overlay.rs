//! Variants: the same system with some things changed.
//!
//! Mappings merge, values and lists replace, and `null` removes, as in JSON Merge Patch
//! (RFC 7386). A list is changed item by item where the variant has a mapping in its place: its keys
//! say which items are meant, a step as `verb target` and anything else by its name.

use std::rc::Rc;

use crate::codes;
use crate::findings::{Finding, Findings};
use crate::model::STEP_TABLES;
use crate::source::Span;
use crate::wording::quoted;
use crate::yaml::{Content, Entry, Node};

/// The base with the changes made.
pub(crate) fn merge(base: &Rc<Node>, change: &Rc<Node>, findings: &mut Findings) -> Rc<Node> {
    match (&base.content, &change.content) {
        (Content::Mapping(entries), Content::Mapping(changes)) => {
            Rc::new(Node::mapping(base.span, merged(entries, changes, findings)))
        }
        (Content::Nothing { .. }, Content::Mapping(changes)) => {
            Rc::new(Node::mapping(base.span, merged(&[], changes, findings)))
        }
        (Content::List(items), Content::Mapping(changes)) => {
            if let Some(key) = in_place_of_list(changes) {
                // `steps` alone may be written as a list, and here more is said than the steps.
                let entry =
                    Entry { key: Rc::from(key), key_span: base.span, value: Rc::clone(base) };
                return Rc::new(Node::mapping(change.span, merged(&[entry], changes, findings)));
            }
            let change = |items, entry: &Entry| change_items(items, entry, findings);
            Rc::new(Node::list(base.span, changes.iter().fold(items.clone(), change)))
        }
        _ => Rc::clone(change),
    }
}

fn merged(entries: &[Entry], changes: &[Entry], findings: &mut Findings) -> Vec<Entry> {
    let mut merged: Vec<Entry> = entries.to_vec();
    for change in changes {
        let at = merged.iter().position(|entry| entry.key == change.key);
        match (at, removes(&change.value)) {
            (Some(at), true) => drop(merged.remove(at)),
            (None, true) => findings.push(nothing_there(change)),
            (Some(at), false) => {
                let value = merge(&merged[at].value, &change.value, findings);
                // A mapping stays where it is written; what replaces a value is written in the variant.
                let is_merged = matches!(value.content, Content::Mapping(_))
                    && !Rc::ptr_eq(&value, &change.value);
                let key_span = if is_merged { merged[at].key_span } else { change.key_span };
                merged[at] = Entry { key: Rc::clone(&change.key), key_span, value };
            }
            (None, false) => merged.push(change.clone()),
        }
    }
    merged
}

fn removes(node: &Node) -> bool {
    matches!(node.content, Content::Nothing { .. })
}

/// The key that a list in the base stands for, when the changes are those of its whole body.
fn in_place_of_list(changes: &[Entry]) -> Option<&'static str> {
    let body = crate::record::table::<knockon_core::Operation>();
    let short = body.short?;
    changes.iter().any(|entry| body.key(&entry.key).is_some()).then_some(short)
}

fn change_items(items: Vec<Rc<Node>>, change: &Entry, findings: &mut Findings) -> Vec<Rc<Node>> {
    let address = change.key.trim();
    let verb = address.split(' ').next().unwrap_or_default();
    let is_step = verb == "do" || STEP_TABLES.iter().any(|(known, _)| *known == verb);
    if is_step && address.contains(' ') {
        let mut found = 0;
        let items = change_steps(&items, address, change, &mut found, findings);
        if found == 0 {
            findings.push(nothing_there(change));
        }
        return items;
    }
    change_names(items, address, change, findings)
}

/// Changes every step that is addressed, at any depth.
fn change_steps(
    items: &[Rc<Node>],
    address: &str,
    change: &Entry,
    found: &mut usize,
    findings: &mut Findings,
) -> Vec<Rc<Node>> {
    let mut changed = Vec::with_capacity(items.len());
    for item in items {
        if addressed(item).as_deref() == Some(address) {
            *found += 1;
            if !removes(&change.value) {
                changed.push(merge(item, &change.value, findings));
            }
        } else {
            changed.push(inside(item, address, change, found, findings));
        }
    }
    changed
}

/// A step with the steps inside of it changed.
fn inside(
    node: &Rc<Node>,
    address: &str,
    change: &Entry,
    found: &mut usize,
    findings: &mut Findings,
) -> Rc<Node> {
    match &node.content {
        Content::Mapping(entries) => {
            let before = *found;
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| Entry {
                    value: inside(&entry.value, address, change, found, findings),
                    ..entry.clone()
                })
                .collect();
            if *found == before {
                Rc::clone(node)
            } else {
                Rc::new(Node::mapping(node.span, entries))
            }
        }
        Content::List(items) => {
            let before = *found;
            let items = change_steps(items, address, change, found, findings);
            if *found == before { Rc::clone(node) } else { Rc::new(Node::list(node.span, items)) }
        }
        _ => Rc::clone(node),
    }
}

/// How a step is addressed: its verb and what that takes.
fn addressed(item: &Node) -> Option<String> {
    let is_verb = |entry: &&Entry| {
        *entry.key == *"do" || STEP_TABLES.iter().any(|(verb, _)| *verb == &*entry.key)
    };
    let entry = item.entries().iter().find(is_verb)?;
    Some(format!("{} {}", entry.key, entry.value.text()?.trim()))
}

/// Changes an item that is a name, alone or with a value; adds it when it is not there.
fn change_names(
    mut items: Vec<Rc<Node>>,
    name: &str,
    change: &Entry,
    findings: &mut Findings,
) -> Vec<Rc<Node>> {
    let named = |item: &Node| match item.entries() {
        [] => item.text().map(str::trim) == Some(name),
        [only] => &*only.key == name,
        _ => false,
    };
    let at = items.iter().position(|item| named(item));
    match (at, removes(&change.value)) {
        (Some(at), true) => drop(items.remove(at)),
        (None, true) => findings.push(nothing_there(change)),
        (at, false) => {
            let base = at.and_then(|at| items[at].entries().first().map(|e| Rc::clone(&e.value)));
            let value = match base {
                Some(base) => merge(&base, &change.value, findings),
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

fn nothing_there(change: &Entry) -> Finding {
    let what = if removes(&change.value) { "remove" } else { "change" };
    let message = format!("there is no {} to {what}", quoted(&change.key));
    Finding::error(codes::NOTHING_TO_CHANGE, change.key_span, message)
        .label("not in the system")
        .help("write it as the system does: a step as `verb target`, anything else by its name")
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
            for entry in more {
                match known.iter().find(|known| known.key == entry.key) {
                    Some(first) => findings.push(twice(&entry.key, entry.key_span, first.key_span)),
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

fn twice(key: &str, span: Span, first: Span) -> Finding {
    let message = format!("{} is in two files of the pack", quoted(key));
    Finding::error(codes::TWICE_IN_PACK, span, message)
        .label("again here")
        .related(first, "first written here")
        .help("keep one of the two")
}
