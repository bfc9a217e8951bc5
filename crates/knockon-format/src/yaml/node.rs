//! The tree: texts, lists and mappings with their places.

use std::rc::Rc;

use crate::source::Span;

/// A value and where it was written.
///
/// Aliases share the node they stand for, so the tree takes memory in proportion to the file.
#[derive(Debug)]
pub struct Node {
    /// Text: all of it. List or mapping: its opening bracket, or an empty span at its first item.
    pub span: Span,
    /// What it is.
    pub content: Content,
    /// How many values it has, itself included and aliases written out.
    pub(crate) size: usize,
    /// How many levels it has; a text has one.
    pub(crate) height: usize,
}

/// What a value is.
#[derive(Debug)]
pub enum Content {
    /// Nothing was written, or `~` or `null`.
    Nothing {
        /// A comment begins where the value would: most likely a `#` that wants quotes.
        commented: bool,
    },
    /// A scalar, as written: the language decides what it means, not YAML's guess at its type.
    Text {
        /// The text.
        text: String,
        /// Whether it was written in quotes.
        quoted: bool,
    },
    /// `- a` or `[a]`.
    List(Vec<Rc<Node>>),
    /// `key: value` or `{key: value}`.
    Mapping(Vec<Entry>),
    /// Could not be read, and somebody was told; read on as if it were right.
    Broken,
}

/// One key of a mapping with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: Rc<str>,
    /// Where the key was written.
    pub key_span: Span,
    /// The value.
    pub value: Rc<Node>,
}

impl Node {
    /// A node without children.
    pub(crate) fn leaf(span: Span, content: Content) -> Self {
        Self { span, content, size: 1, height: 1 }
    }

    pub(crate) fn list(span: Span, items: Vec<Rc<Node>>) -> Self {
        let (size, height) = measure(items.iter());
        Self { span, content: Content::List(items), size, height }
    }

    pub(crate) fn mapping(span: Span, entries: Vec<Entry>) -> Self {
        let (size, height) = measure(entries.iter().map(|entry| &entry.value));
        Self {
            span,
            size: size.saturating_add(entries.len()),
            content: Content::Mapping(entries),
            height,
        }
    }

    /// What was found, for a message.
    pub fn found(&self) -> &'static str {
        match &self.content {
            Content::Nothing { .. } | Content::Broken => "nothing",
            Content::Text { quoted: true, .. } => "quoted text",
            Content::Text { .. } => "text",
            Content::List(_) => "a list",
            Content::Mapping(_) => "a mapping",
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The items, if it is a list.
    pub fn items(&self) -> &[Rc<Node>] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The entries, if it is a mapping.
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a key, if it is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| *entry.key == *key)
    }

    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &*entry.value)
    }

    /// The value that a path of keys leads to.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }
}

fn measure<'a>(children: impl Iterator<Item = &'a Rc<Node>>) -> (usize, usize) {
    children.fold((1, 1), |(size, height), child| {
        (size.saturating_add(child.size), height.max(child.height.saturating_add(1)))
    })
}
