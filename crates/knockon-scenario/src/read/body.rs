//! Mappings with their keys, and the plain values in them.

use std::rc::Rc;
use std::time::Duration;

use knockon_core::{Code, Diagnostic, Severity, System};
use knockon_format::quantities::{self, Bad};
use knockon_format::{Content, Entry, Node, Span, YamlFile, closest};

use crate::codes;

/// A scenario file while it is read.
pub(super) struct Reader<'a> {
    file: &'a YamlFile,
    pub(super) system: &'a System,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How long is played.
    pub(super) lasts: Duration,
    /// When the cause sets in, as far as that is known yet.
    pub(super) begins: Option<Duration>,
}

/// A mapping of which the keys are known to be right.
pub(super) struct Body<'n> {
    pub(super) span: Span,
    what: &'static str,
    entries: &'n [Entry],
}

impl<'n> Body<'n> {
    pub(super) fn get(&self, key: &str) -> Option<&'n Rc<Node>> {
        self.entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    pub(super) fn entries(&self) -> &'n [Entry] {
        self.entries
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a YamlFile, system: &'a System) -> Self {
        let lasts = Duration::MAX;
        Self { file, system, diagnostics: Vec::new(), lasts, begins: None }
    }

    pub(super) fn place(&self, span: Span) -> knockon_core::Place {
        self.file.place(span)
    }

    pub(super) fn refuse(&mut self, code: Code, span: Span, what: impl Into<String>, help: &str) {
        let diagnostic = self.file.diagnostic(Severity::Error, code, span, what);
        let diagnostic = if help.is_empty() { diagnostic } else { diagnostic.help(help) };
        self.diagnostics.push(diagnostic);
    }

    /// A mapping; a key that is not among those known is told.
    pub(super) fn body<'n>(
        &mut self,
        node: &'n Node,
        what: &'static str,
        known: &[&str],
    ) -> Option<Body<'n>> {
        if !matches!(node.content, Content::Mapping(_)) {
            if !matches!(node.content, Content::Broken) {
                let message = format!("{what} is a mapping, and this is {}", node.found());
                let help = format!("it has the keys {}", listed(known.iter().copied()));
                self.refuse(codes::VALUE, node.span, message, &help);
            }
            return None;
        }
        let body = Body { span: node.span, what, entries: node.entries() };
        for entry in body.entries {
            if !known.contains(&&*entry.key) {
                let message = format!("{what} has no key `{}`", entry.key);
                let help = did_you_mean(&entry.key, known.iter().copied());
                self.refuse(codes::KEY, entry.key_span, message, &help);
            }
        }
        Some(body)
    }

    /// The value of a key that has to be there.
    pub(super) fn required<'n>(&mut self, body: &Body<'n>, key: &str) -> Option<&'n Rc<Node>> {
        let value = body.get(key);
        if value.is_none() {
            let message = format!("{} has no `{key}`", body.what);
            self.refuse(codes::KEY, body.span, message, &format!("add `{key}: …`"));
        }
        value
    }

    /// A text, not empty.
    pub(super) fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let text = node.text().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() && !matches!(node.content, Content::Broken) {
            let found = node.text().map_or(node.found(), |_| "an empty one");
            let message = format!("a text is expected, and this is {found}");
            self.refuse(codes::VALUE, node.span, message, "");
        }
        text
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, node: &Node) -> Option<Vec<String>> {
        let Content::List(items) = &node.content else {
            let message = format!("a list is expected, and this is {}", node.found());
            self.refuse(codes::VALUE, node.span, message, "write it as in `[one, another]`");
            return None;
        };
        let texts: Vec<_> = items.iter().map(|item| self.text(item).map(str::to_owned)).collect();
        texts.into_iter().collect()
    }

    /// A quantity; what is wrong with it is told.
    pub(super) fn quantity<T>(
        &mut self,
        node: &Node,
        read: impl Fn(&str) -> Result<T, Bad>,
    ) -> Option<T> {
        let text = self.text(node)?;
        // A figure may be marked as assumed.
        let text = text.strip_prefix('~').map_or(text, str::trim_start);
        read(text).map_err(|bad| self.refuse(codes::VALUE, node.span, bad.message, &bad.help)).ok()
    }

    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        self.quantity(node, quantities::duration)
    }

    pub(super) fn yes(&mut self, node: &Node) -> Option<bool> {
        self.quantity(node, |text| match text {
            "yes" | "true" => Ok(true),
            "no" | "false" => Ok(false),
            _ => Err(Bad {
                message: format!("`{text}` is neither `yes` nor `no`"),
                help: "write `yes` or `no`".to_owned(),
            }),
        })
    }

    /// A moment of the run: `90s`, `T+30s` or `end`.
    pub(super) fn moment(&mut self, node: &Node) -> Option<Duration> {
        let (lasts, begins) = (self.lasts, self.begins);
        let moment = self.quantity(node, |text| match (text.strip_prefix('T'), begins) {
            (Some(""), Some(begins)) => Ok(begins),
            (Some(after), Some(begins)) => {
                let after = after.strip_prefix('+').unwrap_or(after);
                quantities::duration(after).map(|after| begins.saturating_add(after))
            }
            (Some(_), None) => Err(Bad {
                message: format!(
                    "`{text}` is told by when the cause sets in, which is not known here"
                ),
                help: "write a time since the beginning, as in `5min`".to_owned(),
            }),
            (None, _) if text == "end" => Ok(lasts),
            (None, _) => quantities::duration(text),
        })?;
        if moment > lasts {
            let lasts = quantities::show_duration(lasts);
            let message = format!("that is after the end of the run, which lasts {lasts}");
            let help = "name an earlier moment, or let it last longer with `lasts`";
            self.refuse(codes::NEVER, node.span, message, help);
            return None;
        }
        Some(moment)
    }
}

/// The name that was meant, or else all there are.
pub(crate) fn did_you_mean<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match closest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.clone().next().is_none() => "there is none at all".to_owned(),
        None => format!("there is {}", listed(known)),
    }
}

/// So many names are spelled out.
const NAMES_SHOWN: usize = 20;

pub(super) fn listed<'n>(known: impl Iterator<Item = &'n str> + Clone) -> String {
    let more = known.clone().count().saturating_sub(NAMES_SHOWN);
    let names: Vec<String> = known.take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}
