//! Takes a mapping apart by its table of keys.
//!
//! Opening a mapping reports everything that the table alone can tell: that it is no mapping, keys
//! that do not exist, keys that are missing or have no value. What is left is asked for key by key,
//! and each value is checked against the form that the table gives it.

use std::rc::Rc;

use crate::closest::{closest, folded};
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::keys::{Form, Key, Need, Table};
use crate::source::Span;
use crate::wording::{quoted, series};
use crate::yaml::{Content, Entry, Node};

/// What a mapping describes, and where to point when something is not in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The name that the mapping is the body of; `None` for the file itself.
    pub(crate) name: Option<&'a str>,
    pub(crate) span: Span,
}

/// A mapping of which the keys are known to be in its table.
#[derive(Debug)]
pub(crate) struct MapReader<'a> {
    table: &'static Table,
    entries: &'a [Entry],
}

impl<'a> MapReader<'a> {
    /// The mapping that a node is; one without content when it is something else.
    pub(crate) fn open(
        node: &'a Node,
        subject: Subject<'_>,
        table: &'static Table,
        findings: &mut Findings,
    ) -> Self {
        let entries: &[Entry] = match &node.content {
            Content::Mapping(entries) => entries,
            Content::Nothing { .. } if subject.name.is_some() => &[],
            Content::Broken => return Self { table, entries: &[] },
            _ => {
                findings.push(not_a_mapping(node, subject, table));
                return Self { table, entries: &[] };
            }
        };
        let reader = Self { table, entries };
        for entry in entries {
            match table.key(&entry.key) {
                None => findings.push(reader.unknown_key(entry)),
                Some(key) => check_presence(entry, key, findings),
            }
        }
        for key in table.keys {
            if key.need == Need::Required && reader.entry(key).is_none() {
                findings.push(missing_key(key, subject, table));
            }
        }
        reader
    }

    /// The value of a key, if it was written and is something.
    pub(crate) fn get(&self, key: &Key) -> Option<Field<'a>> {
        let entry = self.entry(key)?;
        let is_something =
            !matches!(entry.value.content, Content::Nothing { .. } | Content::Broken);
        let key = self.table.key(key.name)?;
        is_something.then_some(Field { key, span: entry.key_span, node: &entry.value })
    }

    /// Whether a key was written, even if nothing useful is behind it.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.entry(key).is_some()
    }

    fn entry(&self, key: &Key) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| *entry.key == *key.name)
    }

    fn unknown_key(&self, entry: &Entry) -> Finding {
        let of = self.table.of;
        let message = format!("unknown key {}", quoted(&entry.key));
        let finding = Finding::error(codes::UNKNOWN_KEY, entry.key_span, message)
            .label(format!("not a key of a {of}"));
        let written = folded(&entry.key);
        let elsewhere = |key: &&Key| key.elsewhere.contains(&written.as_str());
        let meant = self.table.keys.iter().find(elsewhere).map(|key| key.name);
        match meant.or_else(|| closest(&entry.key, self.names())) {
            Some(name) => finding.help(format!("did you mean `{name}`?")),
            None => finding.help(format!("a {of} has {}", series(self.names(), "and"))),
        }
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.table.keys.iter().map(|key| key.name)
    }
}

/// Reports a key behind which nothing is written.
fn check_presence(entry: &Entry, key: &Key, findings: &mut Findings) {
    let Content::Nothing { commented } = entry.value.content else {
        return;
    };
    let message = format!("{} has no value", quoted(key.name));
    let finding = Finding::error(codes::WRONG_TYPE, entry.key_span, message)
        .label(format!("expected {}", key.form.expected()));
    findings.push(if commented {
        finding.help(format!(
            "a `#` starts a comment: write text that begins with one in double quotes, \
                 `{}: \"#text\"`",
            key.name
        ))
    } else {
        finding.help(format!("write `{}: {}`, or remove the key", key.name, key.example))
    });
}

fn not_a_mapping(node: &Node, subject: Subject<'_>, table: &Table) -> Finding {
    let (what, help) = match subject.name {
        Some(name) => {
            let key = table.keys.first().map_or("key", |key| key.name);
            let help = format!("write `{key}: …` and the like below it, or `{{}}` for nothing");
            (format!("{} {}", table.of, quoted(name)), help)
        }
        None => ("a system file".into(), "begin with `system: name`, then `services:`".into()),
    };
    let message = format!("{what} is a mapping of keys, found {}", node.found());
    let span = if node.span.start == node.span.end { subject.span } else { node.span };
    Finding::error(codes::WRONG_TYPE, span, message).label("expected keys with values").help(help)
}

fn missing_key(key: &Key, subject: Subject<'_>, table: &Table) -> Finding {
    let message = match subject.name {
        Some(name) => format!("{} {} has no `{}`", table.of, quoted(name), key.name),
        None => format!("the file has no `{}`", key.name),
    };
    Finding::error(codes::MISSING_KEY, subject.span, message)
        .label(format!("`{}` is required", key.name))
        .help(format!("add `{}: {}`", key.name, key.example))
}

/// A key with the value that was written for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) key: &'static Key,
    pub(crate) span: Span,
    pub(crate) node: &'a Node,
}

impl<'a> Field<'a> {
    /// The value as text without white space around it.
    pub(crate) fn text(self, findings: &mut Findings) -> Option<&'a str> {
        let Content::Text { text, .. } = &self.node.content else {
            findings.push(self.wrong_type());
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            let message = format!("{} is empty", quoted(self.key.name));
            let finding = Finding::error(codes::EMPTY_OR_UNNAMED, self.node.span, message)
                .label("nothing between the quotes")
                .help("write a value, or remove the key");
            findings.push(finding);
            return None;
        }
        Some(text)
    }

    /// The value as a number written without quotes; in range as the table says.
    pub(crate) fn number(self, findings: &mut Findings) -> Option<u8> {
        let Form::Number(low, high) = self.key.form else {
            return None;
        };
        let Content::Text { text, quoted: false } = &self.node.content else {
            findings.push(self.wrong_type());
            return None;
        };
        let number = text.parse().ok().filter(|n| (low..=high).contains(n));
        if number.is_none() {
            let name = quoted(self.key.name);
            let message = format!("{name} is {}, found {}", self.key.form.expected(), quoted(text));
            let finding = Finding::error(codes::BAD_NUMBER, self.node.span, message)
                .label(format!("expected {low} to {high}"))
                .help(format!(
                    "write `{key}: {low}` for the most important, `{key}: {high}` for the least",
                    key = self.key.name
                ));
            findings.push(finding);
        }
        number
    }

    /// The items of the value.
    pub(crate) fn list(self, findings: &mut Findings) -> Option<&'a [Rc<Node>]> {
        if let Content::List(items) = &self.node.content {
            return Some(items);
        }
        let finding = self.wrong_type();
        findings.push(finding);
        None
    }

    /// The entries of the value, each with a name that can be used.
    pub(crate) fn bodies(self, findings: &mut Findings) -> Option<Vec<&'a Entry>> {
        let Content::Mapping(entries) = &self.node.content else {
            findings.push(self.wrong_type());
            return None;
        };
        let usable = entries.iter().filter(|entry| {
            let problem = name_problem(&entry.key);
            if let Some(problem) = problem {
                let message = format!("{} cannot be a name", quoted(&entry.key));
                findings.push(
                    Finding::error(codes::EMPTY_OR_UNNAMED, entry.key_span, message).label(problem),
                );
            }
            problem.is_none()
        });
        Some(usable.collect())
    }

    /// A list of texts, none of them empty.
    pub(crate) fn texts(self, findings: &mut Findings) -> Vec<(&'a str, Span)> {
        let mut texts = Vec::new();
        for item in self.list(findings).unwrap_or_default() {
            match &item.content {
                Content::Text { text, .. } if !text.trim().is_empty() => {
                    texts.push((text.trim(), item.span));
                }
                Content::Broken => {}
                _ => findings.push(self.wrong_item(item, "text")),
            }
        }
        texts
    }

    /// What is said of an item of the list that is not what the list holds.
    pub(crate) fn wrong_item(self, item: &Node, expected: &str) -> Finding {
        let found = match &item.content {
            Content::Text { .. } => "empty text",
            _ => item.found(),
        };
        let message = format!("an item of {} is {expected}, found {found}", quoted(self.key.name));
        let span = if item.span.start == item.span.end
            && matches!(item.content, Content::Nothing { .. })
        {
            self.span
        } else {
            item.span
        };
        let finding =
            Finding::error(codes::WRONG_TYPE, span, message).label(format!("expected {expected}"));
        match item.content {
            Content::Mapping(_) if expected == "text" => {
                finding.help("put text that contains a colon and a space in double quotes")
            }
            _ => finding,
        }
    }

    fn wrong_type(self) -> Finding {
        let (name, form) = (self.key.name, self.key.form);
        let message =
            format!("{} takes {}, found {}", quoted(name), form.expected(), self.node.found());
        let span =
            if self.node.span.start == self.node.span.end { self.span } else { self.node.span };
        let wants_list = matches!(form, Form::Texts | Form::Names(_) | Form::Dependencies(_));
        let help = match &self.node.content {
            Content::Text { text, .. } if wants_list && !text.contains([',', '\n', '#', ':']) => {
                format!("write `{name}: [{}]`", quoted(text).trim_matches('`'))
            }
            Content::Text { text, quoted: true } if matches!(form, Form::Number(..)) => {
                format!("write it without quotes, `{name}: {}`", quoted(text).trim_matches('`'))
            }
            _ => format!("write `{name}: {}`", self.key.example),
        };
        Finding::error(codes::WRONG_TYPE, span, message)
            .label(format!("found {}", self.node.found()))
            .help(help)
    }
}

/// What makes a text unusable as a name, if anything does.
pub(crate) fn name_problem(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("a name needs a character")
    } else if name.trim() != name {
        Some("a name has no white space around it")
    } else if name.chars().any(char::is_control) {
        Some("a name is one line of plain text")
    } else if name.chars().count() > crate::limits::MAX_NAME_CHARS {
        Some("a name has at most 200 characters")
    } else {
        None
    }
}
