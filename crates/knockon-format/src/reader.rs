//! Takes a mapping apart by its table of keys.
//!
//! Opening a mapping reports everything that the table alone can tell: that it is no mapping, keys
//! that do not exist, keys that are missing or have no value. What is left is asked for key by key,
//! and each value is read by the codec of its form.

use std::borrow::Cow;
use std::rc::Rc;

use crate::closest::{closest, folded};
use crate::codes;
use crate::context::Context;
use crate::findings::{Finding, Findings};
use crate::keys::{Form, Key, Need, STEP_TABLES, Table};
use crate::quantities::Bad;
use crate::source::Span;
use crate::wording::{quoted, series};
use crate::yaml::{Content, Entry, Node};

/// Up to so many keys, a message lists them all.
const LISTED: usize = 16;

/// What a mapping describes, and where to point when something is not in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The name or key that the mapping is the body of; `None` for the file itself.
    pub(crate) name: Option<&'a str>,
    pub(crate) span: Span,
}

/// A mapping of which the keys are known to be in its table.
#[derive(Debug)]
pub(crate) struct Body<'a> {
    table: &'static Table,
    name: &'a str,
    entries: Cow<'a, [Entry]>,
}

impl<'a> Body<'a> {
    /// The mapping that a node is; one without content when it is something else.
    pub(crate) fn open(
        node: &'a Rc<Node>,
        subject: Subject<'a>,
        table: &'static Table,
        findings: &mut Findings,
    ) -> Self {
        let name = subject.name.unwrap_or_default();
        let body = |entries| Self { table, name, entries };
        let opened = match (&node.content, table.short) {
            (Content::Mapping(entries), _) => body(Cow::Borrowed(entries.as_slice())),
            (Content::Nothing { .. }, _) if subject.name.is_some() => body(Cow::Borrowed(&[])),
            (Content::Broken, _) => return body(Cow::Borrowed(&[])),
            (Content::Text { .. } | Content::List(_), Some(short)) => {
                let entry =
                    Entry { key: Rc::from(short), key_span: node.span, value: Rc::clone(node) };
                body(Cow::Owned(vec![entry]))
            }
            _ => {
                findings.push(not_a_mapping(node, subject, table));
                return body(Cow::Borrowed(&[]));
            }
        };
        opened.check(subject, findings);
        opened
    }

    /// Reports keys that do not exist, have no value, or are missing.
    fn check(&self, subject: Subject<'_>, findings: &mut Findings) {
        for entry in self.entries.iter() {
            match self.table.key(&entry.key) {
                None => findings.push(self.unknown_key(entry)),
                Some(key) => check_presence(entry, key, findings),
            }
        }
        for key in self.table.all_keys() {
            if key.need == Need::Required && self.entry(key.name).is_none() {
                findings.push(missing_key(key, subject, self.table));
            }
        }
    }

    /// The name that the mapping is the body of.
    pub(crate) fn name(&self) -> &'a str {
        self.name
    }

    /// The keys that were written, with their places.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&'static Key, Span)> {
        let known = |entry: &Entry| Some((self.table.key(&entry.key)?, entry.key_span));
        self.entries.iter().filter_map(known)
    }

    /// The value of a key, if it was written and is something.
    pub(crate) fn field(&self, name: &str) -> Option<Field<'_>> {
        let entry = self.entry(name)?;
        let is_something =
            !matches!(entry.value.content, Content::Nothing { .. } | Content::Broken);
        let key = self.table.key(name)?;
        is_something.then_some(Field { key, span: entry.key_span, node: &entry.value, item: false })
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| *entry.key == *name)
    }

    fn unknown_key(&self, entry: &Entry) -> Finding {
        let message = format!("unknown key {}", quoted(&entry.key));
        let finding = Finding::error(codes::UNKNOWN_KEY, entry.key_span, message)
            .label(format!("not a key of {}", self.table.with_article()));
        let written = folded(&entry.key);
        let elsewhere = |key: &&Key| key.elsewhere.contains(&written.as_str());
        let meant = self.table.all_keys().find(elsewhere).map(|key| key.name);
        if let Some(verbs) = self.verbs_with(&entry.key) {
            return finding.help(format!("{} goes with {verbs}", quoted(&entry.key)));
        }
        match meant.or_else(|| closest(&entry.key, self.names())) {
            Some(name) => finding.help(format!("did you mean `{name}`?")),
            None => finding.help(format!("{} has {}", self.table.with_article(), self.listed())),
        }
    }

    /// The other verbs that a key goes with, if this is a step.
    fn verbs_with(&self, key: &str) -> Option<String> {
        let is_step = STEP_TABLES.iter().any(|(_, table)| table.of == self.table.of);
        let verbs: Vec<_> = (STEP_TABLES.iter())
            .filter(|(_, table)| table.key(key).is_some())
            .map(|(verb, _)| *verb)
            .collect();
        (is_step && !verbs.is_empty()).then(|| series(verbs, "and"))
    }

    /// The keys it could have, as far as anybody reads.
    fn listed(&self) -> String {
        let count = self.names().count();
        if count <= LISTED {
            return series(self.names(), "and");
        }
        let first: Vec<_> = self.names().take(LISTED).map(quoted).collect();
        format!("{} and {} more: docs/reference/keys.md", first.join(", "), count - LISTED)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.table.all_keys().map(|key| key.name)
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
            let required = table.all_keys().find(|key| key.need == Need::Required);
            let help = match (required, table.all_keys().next()) {
                (Some(key), _) => {
                    format!("write `{}: {}` and the like below it", key.name, key.example)
                }
                (None, first) => {
                    let key = first.map_or("key", |key| key.name);
                    format!("write `{key}: …` and the like below it, or `{{}}` for nothing")
                }
            };
            let what = if name.is_empty() { table.with_article() } else { named(name, table) };
            (what, help)
        }
        None => ("a system file".into(), "begin with `system: name`, then `services:`".into()),
    };
    let message = format!("{what} is a mapping of keys, found {}", node.found());
    let span = if node.span.start == node.span.end { subject.span } else { node.span };
    Finding::error(codes::WRONG_TYPE, span, message).label("expected keys with values").help(help)
}

fn missing_key(key: &Key, subject: Subject<'_>, table: &Table) -> Finding {
    let message = match subject.name {
        Some("") => format!("{} has no `{}`", table.with_article(), key.name),
        Some(name) => format!("{} has no `{}`", named(name, table), key.name),
        None => format!("the file has no `{}`", key.name),
    };
    Finding::error(codes::MISSING_KEY, subject.span, message)
        .label(format!("`{}` is required", key.name))
        .help(format!("add `{}: {}`", key.name, key.example))
}

/// What a body describes, by its name: "team `storefront`", and "`retry`" alone.
fn named(name: &str, table: &Table) -> String {
    if name == table.of.replace(' ', "_") {
        quoted(name)
    } else {
        format!("{} {}", table.of, quoted(name))
    }
}

/// A key with the value that was written for it, or with one item of the value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) key: &'static Key,
    pub(crate) span: Span,
    pub(crate) node: &'a Rc<Node>,
    /// Whether the value is one of several under the key.
    pub(crate) item: bool,
}

impl<'a> Field<'a> {
    /// A key with the value that holds when it is not written.
    pub(crate) fn of_default(key: &'static Key, node: &'a Rc<Node>) -> Self {
        Self { key, span: Span::default(), node, item: false }
    }

    /// One of several values under the key.
    pub(crate) fn item(self, node: &'a Rc<Node>, span: Span) -> Self {
        Self { span, node, item: true, ..self }
    }

    /// The value as text without white space around it.
    pub(crate) fn text(self, form: Form, findings: &mut Findings) -> Option<&'a str> {
        let text = match &self.node.content {
            Content::Broken => return None,
            Content::Text { text, .. } => text.trim(),
            _ => {
                findings.push(self.wrong_type(form));
                return None;
            }
        };
        if text.is_empty() && self.item {
            findings.push(self.wrong_type(form));
            return None;
        }
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

    /// The value without the `~` that marks it as assumed.
    pub(crate) fn figure(self, form: Form, cx: &mut Context<'_>) -> Option<&'a str> {
        let text = self.text(form, cx.findings)?;
        let Some(figure) = text.strip_prefix('~') else {
            return Some(text);
        };
        cx.assumed.push(self.node.span);
        Some(figure.trim_start())
    }

    /// The value as a quantity, which a `~` before it marks as assumed.
    pub(crate) fn quantity<T>(
        self,
        form: Form,
        cx: &mut Context<'_>,
        code: knockon_core::Code,
        parse: impl FnOnce(&str) -> Result<T, Bad>,
    ) -> Option<T> {
        let figure = self.figure(form, cx)?;
        let read = parse(figure);
        read.map_err(|bad| {
            let finding = Finding::error(code, self.node.span, bad.message);
            cx.findings.push(finding.label(format!("expected {}", what(form))).help(bad.help));
        })
        .ok()
    }

    /// The items of the value.
    pub(crate) fn list(self, form: Form, findings: &mut Findings) -> Option<&'a [Rc<Node>]> {
        match &self.node.content {
            Content::List(items) => Some(items),
            Content::Broken => None,
            _ => {
                findings.push(self.wrong_type(form));
                None
            }
        }
    }

    /// The entries of the value, each with a name that can be used.
    pub(crate) fn bodies(self, form: Form, findings: &mut Findings) -> Option<Vec<&'a Entry>> {
        let Content::Mapping(entries) = &self.node.content else {
            findings.push(self.wrong_type(form));
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

    /// What is said of a value that is not what the key takes.
    pub(crate) fn wrong_type(self, form: Form) -> Finding {
        if self.item { self.wrong_item(&form.expected()) } else { self.wrong_value(form) }
    }

    /// What is said of an item of a list that is not what the list holds.
    pub(crate) fn wrong_item(self, expected: &str) -> Finding {
        let found = match &self.node.content {
            Content::Text { text, .. } if text.trim().is_empty() => "empty text",
            _ => self.node.found(),
        };
        let message = format!("an item of {} is {expected}, found {found}", quoted(self.key.name));
        let finding = Finding::error(codes::WRONG_TYPE, self.place(), message)
            .label(format!("expected {expected}"));
        match self.node.content {
            Content::Mapping(_) if expected == "text" => {
                finding.help("put text that contains a colon and a space in double quotes")
            }
            Content::Text { .. } if expected.starts_with("a list of") => {
                finding.help("write it in brackets, `[…]`")
            }
            _ => finding,
        }
    }

    fn wrong_value(self, form: Form) -> Finding {
        let name = self.key.name;
        let message =
            format!("{} takes {}, found {}", quoted(name), form.expected(), self.node.found());
        let help = match &self.node.content {
            Content::Text { text, .. }
                if form.is_list() && !text.contains([',', '\n', '#', ':']) =>
            {
                format!("write `{name}: [{}]`", quoted(text).trim_matches('`'))
            }
            _ => format!("write `{name}: {}`", self.key.example),
        };
        Finding::error(codes::WRONG_TYPE, self.place(), message)
            .label(format!("found {}", self.node.found()))
            .help(help)
    }

    /// Where to point when something is not in the body.
    pub(crate) fn place_of_body(self) -> Span {
        if self.item { self.node.span } else { self.span }
    }

    /// Where the value is; the key when nothing is there.
    fn place(self) -> Span {
        let is_nothing = matches!(self.node.content, Content::Nothing { .. });
        let is_empty = self.node.span.start == self.node.span.end;
        if is_empty && (is_nothing || !self.item) { self.span } else { self.node.span }
    }
}

/// A quantity in one or two words, for the caret.
fn what(form: Form) -> String {
    match form {
        Form::Rate => "a rate".into(),
        Form::Money => "money".into(),
        Form::MoneyRate => "money per time".into(),
        Form::Count(low, high) if high < 1000 => format!("{low} to {high}"),
        _ => form.expected(),
    }
}

/// The tree of a default, which is a word or a list of words.
pub(crate) fn default_node(text: &str) -> Rc<Node> {
    let leaf = |text: &str| {
        let content = Content::Text { text: text.to_owned(), quoted: false };
        Rc::new(Node::leaf(Span::default(), content))
    };
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(items) => {
            let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
            Rc::new(Node::list(Span::default(), items.map(leaf).collect()))
        }
        None => leaf(text),
    }
}

/// What makes a text unusable as a name, if anything does.
pub(crate) fn name_problem(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("a name needs a character")
    } else if name.trim() != name {
        Some("a name has no white space around it")
    } else if name.chars().any(is_no_letter) {
        Some("a name is one line of plain text")
    } else if name.chars().count() > crate::limits::MAX_NAME_CHARS {
        Some("a name has at most 200 characters")
    } else {
        None
    }
}

/// Whether no name may have a character: a control character, or one that changes the direction in
/// which the text after it is shown, so that a report says what it does not.
pub fn is_no_letter(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
