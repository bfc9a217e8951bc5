//! A model as YAML, as an engineer would write it: blocks outside, one line where one holds it.

use std::fmt::Write as _;

/// A value on its way into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Yaml {
    /// One text, quoted where YAML would take it for something else.
    Text(String),
    /// A word that YAML takes for what it is: `true`, `false`.
    Plain(&'static str),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping.
    Map(Vec<(String, Yaml)>),
}

/// The longest line that a list or mapping is put on.
const LINE: usize = 96;

impl Yaml {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) | Self::Plain(_) => false,
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
        }
    }

    /// Whether it is the value that a default stands for.
    pub(crate) fn is(&self, default: &str) -> bool {
        match self {
            Self::Text(text) => text == default,
            Self::Plain(word) => *word == default,
            _ => self.inline() == default,
        }
    }

    /// The value on one line.
    fn inline(&self) -> String {
        match self {
            Self::Text(text) => scalar(text, true),
            Self::Plain(word) => (*word).to_owned(),
            Self::List(items) => {
                let names = items.iter().any(|item| matches!(item, Self::Text(_)));
                let items: Vec<_> = items.iter().map(|item| item.inline_item(names)).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) if entries.is_empty() => "{}".into(),
            Self::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", scalar(key, true), value.inline()))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// An item of a list on one line; beside names a name with a value needs no braces.
    fn inline_item(&self, beside_names: bool) -> String {
        match self {
            Self::Map(entries) if beside_names && entries.len() == 1 => {
                format!("{}: {}", scalar(&entries[0].0, true), entries[0].1.inline())
            }
            _ => self.inline(),
        }
    }

    /// Whether a text in it has several lines.
    fn has_lines(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\n'),
            Self::Plain(_) => false,
            Self::List(items) => items.iter().any(Self::has_lines),
            Self::Map(entries) => entries.iter().any(|(_, value)| value.has_lines()),
        }
    }

    /// Whether it is a list of mappings, which are read one below the other.
    fn is_sequence(&self) -> bool {
        matches!(self, Self::List(items)
            if items.len() > 1 && items.iter().all(|item| matches!(item, Self::Map(_))))
    }

    /// How many levels of lists and mappings it has.
    fn levels(&self) -> usize {
        match self {
            Self::Text(_) | Self::Plain(_) => 0,
            Self::List(items) => 1 + items.iter().map(Self::levels).max().unwrap_or(0),
            Self::Map(entries) => {
                1 + entries.iter().map(|(_, value)| value.levels()).max().unwrap_or(0)
            }
        }
    }

    /// The value on one line, if that is short and simple enough to be read.
    fn on_one_line(&self, indent: usize) -> Option<String> {
        if self.levels() > 2 || self.has_lines() || self.is_sequence() {
            return None;
        }
        let line = self.inline();
        (line.chars().count() + indent <= LINE).then_some(line)
    }

    /// The value as the rest of a line that begins with a key, and the lines below it.
    fn block(&self, indent: usize, used: usize, out: &mut String) {
        match self {
            Self::Text(text) if is_literal(text) => {
                out.push_str(" |-\n");
                for line in text.lines() {
                    let spaces = if line.is_empty() { 0 } else { indent + 2 };
                    let _ = writeln!(out, "{}{line}", " ".repeat(spaces));
                }
            }
            Self::Text(text) => {
                let _ = writeln!(out, " {}", scalar(text, false));
            }
            _ if self.is_empty() => {
                let _ = writeln!(out, " {}", self.inline());
            }
            _ => {
                if let Some(line) = self.on_one_line(used) {
                    let _ = writeln!(out, " {line}");
                } else {
                    out.push('\n');
                    self.lines(indent + 2, out);
                }
            }
        }
    }

    fn lines(&self, indent: usize, out: &mut String) {
        match self {
            Self::Text(_) | Self::Plain(_) => self.block(indent, indent, out),
            Self::Map(entries) => {
                for (key, value) in entries {
                    out.push_str(&" ".repeat(indent));
                    entry(key, value, indent, out);
                }
            }
            Self::List(items) => {
                for item in items {
                    let _ = write!(out, "{}-", " ".repeat(indent));
                    match item {
                        Self::Map(entries)
                            if !entries.is_empty() && item.on_one_line(indent + 2).is_none() =>
                        {
                            for (index, (key, value)) in entries.iter().enumerate() {
                                let lead = if index == 0 { 1 } else { indent + 2 };
                                out.push_str(&" ".repeat(lead));
                                entry(key, value, indent + 2, out);
                            }
                        }
                        Self::Map(entries) if entries.len() == 1 => {
                            out.push(' ');
                            entry(&entries[0].0, &entries[0].1, indent + 2, out);
                        }
                        _ => item.block(indent, indent + 2, out),
                    }
                }
            }
        }
    }
}

fn entry(key: &str, value: &Yaml, indent: usize, out: &mut String) {
    let key = scalar(key, false);
    let _ = write!(out, "{key}:");
    value.block(indent, indent + key.chars().count() + 2, out);
}

/// A document of the keys of a file, with a blank line before each that takes several lines.
pub(crate) fn document(entries: &[(String, Yaml)]) -> String {
    let mut out = String::new();
    for (key, value) in entries {
        let text = match value {
            Yaml::Map(inner) if value.on_one_line(key.len() + 2).is_none() => {
                format!("{}:\n{}", scalar(key, false), apart(inner, 2))
            }
            _ => apart(&[(key.clone(), value.clone())], 0),
        };
        if text.lines().count() > 1 && !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&text);
    }
    out
}

/// Entries with a blank line before and after each that takes several lines.
fn apart(entries: &[(String, Yaml)], indent: usize) -> String {
    let mut out = String::new();
    let mut was_long = false;
    for (key, value) in entries {
        let mut text = " ".repeat(indent);
        entry(key, value, indent, &mut text);
        let is_long = text.lines().count() > 1;
        if (is_long || was_long) && !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&text);
        was_long = is_long;
    }
    out
}

/// Whether a text of several lines is itself when it is written line by line.
fn is_literal(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        && !text.ends_with([' ', '\t', '\n'])
        && text.chars().all(|c| c == '\n' || !must_be_escaped(c))
}

/// A text, quoted where YAML would take it for something else.
fn scalar(text: &str, in_flow: bool) -> String {
    if is_plain(text, in_flow) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if must_be_escaped(c) => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a character is a line break to some, unseen, or not allowed in YAML.
fn must_be_escaped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn is_plain(text: &str, in_flow: bool) -> bool {
    let starts_well = text.chars().next().is_some_and(|c| {
        !c.is_whitespace()
            && !matches!(
                c,
                '-' | '?'
                    | ':'
                    | ','
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '#'
                    | '&'
                    | '*'
                    | '!'
                    | '|'
                    | '>'
                    | '\''
                    | '"'
                    | '%'
                    | '@'
                    | '`'
            )
    });
    let lower = text.to_ascii_lowercase();
    starts_well
        && !matches!(lower.as_str(), "~" | "null" | "true" | "false" | "yes" | "no" | "on" | "off")
        && !text.starts_with("<<")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.ends_with([' ', ':', '\t'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(must_be_escaped)
        && !(in_flow && text.contains([',', '[', ']', '{', '}']))
        && !(in_flow && text.contains(':') && text.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_where_yaml_would_take_it_for_something_else() {
        let check = |text: &str, expected: &str| assert_eq!(scalar(text, true), expected);
        check("orders", "orders");
        check("buy a sock", "buy a sock");
        check("#channel", "\"#channel\"");
        check("a: b", "\"a: b\"");
        check("a, b", "\"a, b\"");
        check("null", "\"null\"");
        check("", "\"\"");
        check("say \"hi\"\n", "\"say \\\"hi\\\"\\n\"");
        check("~4ms", "~4ms");
    }
}
