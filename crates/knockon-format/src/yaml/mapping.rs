//! A mapping while it is being read: keys that come twice, keys that are no text, merge keys.

use std::collections::HashMap;
use std::rc::Rc;

use super::node::{Content, Entry, Node};
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::source::Span;
use crate::wording::quoted;

/// A mapping whose end has not come yet.
#[derive(Debug, Default)]
pub(super) struct OpenMapping {
    entries: Vec<Entry>,
    by_key: HashMap<Rc<str>, usize>,
    merges: Vec<Rc<Node>>,
    merge_key: Option<Span>,
    awaited: Option<Awaited>,
}

/// What the next value belongs to.
#[derive(Debug)]
enum Awaited {
    Key(Rc<str>, Span),
    Merge,
    /// To a key that cannot be used; the value is read and dropped.
    Nobody,
}

impl OpenMapping {
    /// Takes the next node, a key or a value in turn.
    pub(super) fn accept(&mut self, node: Rc<Node>, findings: &mut Findings) {
        match self.awaited.take() {
            None => self.awaited = Some(self.key(&node, findings)),
            Some(Awaited::Nobody) => {}
            Some(Awaited::Merge) => self.merge(&node, findings),
            Some(Awaited::Key(key, key_span)) => {
                self.by_key.insert(Rc::clone(&key), self.entries.len());
                self.entries.push(Entry { key, key_span, value: node });
            }
        }
    }

    fn key(&mut self, node: &Node, findings: &mut Findings) -> Awaited {
        let (text, quoted_key) = match &node.content {
            Content::Text { text, quoted } => (text, *quoted),
            Content::Broken => return Awaited::Nobody,
            _ => {
                let message = format!("a key is a word, found {}", node.found());
                findings.push(
                    Finding::error(codes::WRONG_TYPE, node.span, message)
                        .label("not a word")
                        .help("write `key: value`, with a space after the colon"),
                );
                return Awaited::Nobody;
            }
        };
        let is_merge = text == "<<" && !quoted_key;
        let first = if is_merge {
            self.merge_key.replace(node.span)
        } else {
            let first = self.by_key.get(text.as_str());
            first.map(|&at| self.entries[at].key_span)
        };
        if let Some(first) = first {
            findings.push(duplicate(text, node.span, first));
            return Awaited::Nobody;
        }
        if is_merge {
            return Awaited::Merge;
        }
        Awaited::Key(Rc::from(text.as_str()), node.span)
    }

    fn merge(&mut self, node: &Rc<Node>, findings: &mut Findings) {
        match &node.content {
            Content::Broken => {}
            Content::Mapping(_) => self.merges.push(Rc::clone(node)),
            Content::List(items) => {
                for item in items {
                    if matches!(item.content, Content::List(_)) {
                        findings.push(bad_merge(item));
                    } else {
                        self.merge(item, findings);
                    }
                }
            }
            Content::Nothing { .. } | Content::Text { .. } => findings.push(bad_merge(node)),
        }
    }

    /// The entries, those written here first; of merged mappings the first that has a key gives it.
    pub(super) fn close(mut self) -> Vec<Entry> {
        for merged in std::mem::take(&mut self.merges) {
            let Content::Mapping(entries) = &merged.content else {
                continue;
            };
            for entry in entries {
                if !self.by_key.contains_key(&entry.key) {
                    self.by_key.insert(Rc::clone(&entry.key), self.entries.len());
                    self.entries.push(entry.clone());
                }
            }
        }
        self.entries
    }
}

fn duplicate(key: &str, span: Span, first: Span) -> Finding {
    let message = format!("{} is written twice in the same mapping", quoted(key));
    Finding::error(codes::DUPLICATE_KEY, span, message)
        .label("again here")
        .related(first, "first written here")
        .help("merge the two, or rename one")
}

fn bad_merge(node: &Node) -> Finding {
    let message = format!("`<<` merges mappings, found {}", node.found());
    Finding::error(codes::YAML_FEATURE, node.span, message)
        .label("not a mapping")
        .help("write `<<: *name`, where `&name` marks a mapping above")
}
