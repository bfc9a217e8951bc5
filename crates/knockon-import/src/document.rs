//! A part of a YAML file, with the file it is in.

use knockon_core::Place;
use knockon_format::{Content, Node, Span, YamlFile};

use crate::codes;
use crate::gathered::{Gathered, file_and_line};

/// A node and its file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doc<'a> {
    pub(crate) file: &'a YamlFile,
    pub(crate) node: &'a Node,
    /// The name of the file, as shown.
    pub(crate) path: &'a str,
}

impl<'a> Doc<'a> {
    pub(crate) fn of(self, node: &'a Node) -> Self {
        Self { node, ..self }
    }

    /// The value of a key, unless nothing is written there.
    pub(crate) fn get(self, key: &str) -> Option<Self> {
        let node = self.node.get(key)?;
        (!matches!(node.content, Content::Nothing { .. } | Content::Broken)).then(|| self.of(node))
    }

    pub(crate) fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |doc, key| doc.get(key))
    }

    /// Whether a key is there, with or without a value.
    pub(crate) fn has(self, key: &str) -> bool {
        self.node.entry(key).is_some()
    }

    pub(crate) fn text(self) -> Option<&'a str> {
        self.node.text()
    }

    /// The text of a key.
    pub(crate) fn text_of(self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Self::text)
    }

    /// The text at the end of a path.
    pub(crate) fn text_at(self, path: &[&str]) -> Option<&'a str> {
        self.at(path).and_then(Self::text)
    }

    /// The items of a list.
    pub(crate) fn items(self) -> impl Iterator<Item = Self> {
        self.node.items().iter().map(move |node| self.of(node))
    }

    /// The items of the list of a key.
    pub(crate) fn items_of(self, key: &str) -> impl Iterator<Item = Self> + use<'a> {
        self.get(key).into_iter().flat_map(Self::items)
    }

    /// The keys and values of a mapping.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'a str, Span, Self)> {
        self.node.entries().iter().map(move |it| (&*it.key, it.key_span, self.of(&it.value)))
    }

    /// The keys and values of the mapping of a key.
    pub(crate) fn entries_of(
        self,
        key: &str,
    ) -> impl Iterator<Item = (&'a str, Span, Self)> + use<'a> {
        self.get(key).into_iter().flat_map(Self::entries)
    }

    /// The texts of a list, or a text alone.
    pub(crate) fn texts(self) -> Vec<String> {
        match self.text() {
            Some(text) => vec![text.to_owned()],
            None => self.items().filter_map(|item| item.text().map(str::to_owned)).collect(),
        }
    }

    pub(crate) fn place(self) -> Place {
        self.file.place(self.node.span)
    }

    pub(crate) fn place_of(self, span: Span) -> Place {
        self.file.place(span)
    }

    /// File and line, as provenance is kept.
    pub(crate) fn known_from(self) -> String {
        file_and_line(&self.place())
    }

    /// What a reader makes of the text of a key; what it cannot read is told.
    pub(crate) fn parsed<T>(
        self,
        key: &str,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
        gathered: &mut Gathered,
    ) -> Option<T> {
        let value = self.get(key)?;
        let read = value.text().and_then(read);
        if read.is_none() {
            let found = value.text().map_or_else(|| value.node.found().into(), quoted);
            let message = format!("`{key}` is {found}, and {what} belongs there");
            gathered.warning(codes::MALFORMED, value.place(), message);
        }
        read
    }

    /// The whole number of a key.
    pub(crate) fn number(self, key: &str, gathered: &mut Gathered) -> Option<u32> {
        self.parsed(key, "a whole number", |text| text.parse().ok(), gathered)
    }
}

/// A text in backticks, cut where nobody reads on.
pub(crate) fn quoted(text: &str) -> String {
    const MOST_CHARS: usize = 60;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(MOST_CHARS) {
        Some((at, _)) => format!("`{}…`", &line[..at]),
        None => format!("`{line}`"),
    }
}
