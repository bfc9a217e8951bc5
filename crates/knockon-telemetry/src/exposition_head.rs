//! The name and the labels at the start of a line of text exposition.
//!
//! The name may stand before the braces (`up{job="x"}`), among the labels as `__name__` (as
//! `promtool tsdb dump` writes it) or quoted inside the braces (`{"http.requests", job="x"}`, for
//! names outside the classic alphabet, since Prometheus 3).

use crate::series::Labels;

/// A name and labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: Option<String>,
    pub(crate) labels: Labels,
}

/// What is wrong with a head, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeadError {
    pub(crate) at: usize,
    pub(crate) message: &'static str,
}

impl HeadError {
    /// The same mistake, so many bytes further on.
    pub(crate) fn shifted(self, by: usize) -> Self {
        Self { at: self.at + by, ..self }
    }
}

/// How many bytes of a line its name and labels take.
pub(crate) fn length(text: &str) -> Result<usize, HeadError> {
    let name = text.find([' ', '\t', '{']).unwrap_or(text.len());
    let gap = text[name..].len() - text[name..].trim_start().len();
    if !text[name + gap..].starts_with('{') {
        return if name == 0 { Err(error(0, "a metric name is expected")) } else { Ok(name) };
    }
    // `name {1,2}` with a gap is a name and a native histogram, unless labels follow.
    if gap > 0 && is_native_histogram(&text[name + gap..]) {
        return Ok(name);
    }
    let open = name + gap;
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(open + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Ok(at + 1),
            _ => {}
        }
    }
    Err(error(open, "the brace is not closed"))
}

/// Native histograms are written `{count:10, sum:5.5, …}`.
fn is_native_histogram(text: &str) -> bool {
    text.trim_start_matches('{').trim_start().starts_with("count:")
}

/// Reads a name and labels, as long as [`length`] says they are.
pub(crate) fn parse(text: &str) -> Result<Head, HeadError> {
    let open = text.find('{').unwrap_or(text.len());
    let name = text[..open].trim_end();
    check_name(name)?;
    let mut head =
        Head { name: (!name.is_empty()).then(|| name.to_owned()), labels: Labels::new() };
    // Only a dump of promtool writes the name so, and it quotes as Go does.
    let is_dump = name.is_empty() && text[open..].contains("__name__=");
    let mut parser = Parser { text, at: open + 1, is_dump };
    while open < text.len() {
        parser.skip_blanks();
        if parser.peek() == Some(b'}') {
            break;
        }
        parser.label(&mut head)?;
        parser.skip_blanks();
        match parser.peek() {
            Some(b',') => parser.at += 1,
            Some(b'}') => break,
            _ => return Err(error(parser.at, "a comma or the closing brace is expected")),
        }
    }
    if let Some(name) = head.labels.remove("__name__") {
        head.name = Some(name);
    }
    Ok(head)
}

fn check_name(name: &str) -> Result<(), HeadError> {
    let is_name_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.');
    match name.bytes().position(|byte| !is_name_byte(byte)) {
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
            Err(error(0, "a metric name cannot begin with a digit"))
        }
        Some(at) => Err(error(at, "a metric name has only letters, digits, `_`, `:` and `.`")),
        None => Ok(()),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    is_dump: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// One `label="value"`, or the quoted name of the metric.
    fn label(&mut self, head: &mut Head) -> Result<(), HeadError> {
        let start = self.at;
        let was_quoted = self.peek() == Some(b'"');
        let label = if was_quoted { self.string()? } else { self.bare_label()? };
        self.skip_blanks();
        if self.peek() != Some(b'=') {
            if was_quoted && head.name.is_none() {
                head.name = Some(label);
                return Ok(());
            }
            return Err(error(self.at, "`=` is expected after the name of a label"));
        }
        self.at += 1;
        self.skip_blanks();
        if self.peek() != Some(b'"') {
            return Err(error(self.at, "the value of a label is expected, in quotes"));
        }
        let value = self.string()?;
        // An empty label is the same as none.
        if !value.is_empty() && head.labels.insert(label, value).is_some() {
            return Err(error(start, "the label is there twice"));
        }
        Ok(())
    }

    fn bare_label(&mut self) -> Result<String, HeadError> {
        let rest = &self.text[self.at..];
        let end = rest.find(['=', ',', '}', '"', ' ', '\t']).unwrap_or(rest.len());
        if end == 0 {
            return Err(error(self.at, "the name of a label is expected"));
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    /// A quoted text with its escapes undone: `\\`, `\"` and `\n`; any other backslash stays, but in
    /// a dump.
    fn string(&mut self) -> Result<String, HeadError> {
        let start = self.at;
        let mut value = String::new();
        let mut chars = self.text[start..].char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.at = start + at + 1;
                    return Ok(value);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, escaped @ ('\\' | '"'))) => value.push(escaped),
                    Some((_, letter)) if self.is_dump => match go_escape(letter, &mut chars) {
                        Some(plain) => value.push(plain),
                        None => value.extend(['\\', letter]),
                    },
                    Some((_, other)) => value.extend(['\\', other]),
                    None => break,
                },
                c => value.push(c),
            }
        }
        Err(error(start, "the quote is not closed"))
    }
}

/// What a letter behind a backslash means in Go (<https://go.dev/ref/spec#Rune_literals>), beyond
/// what it means everywhere; takes the digits that follow it.
fn go_escape(
    letter: char,
    rest: &mut (impl Iterator<Item = (usize, char)> + Clone),
) -> Option<char> {
    let digits = match letter {
        'a' => return Some('\u{7}'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'v' => return Some('\u{b}'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let mut number = 0;
    let mut ahead = rest.clone();
    for _ in 0..digits {
        let digit = ahead.next()?.1.to_digit(16)?;
        number = number << 4 | digit;
    }
    let plain = char::from_u32(number)?;
    *rest = ahead;
    Some(plain)
}

fn error(at: usize, message: &'static str) -> HeadError {
    HeadError { at, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read<'a> = (String, Vec<(String, String)>, &'a str);

    fn read(line: &str) -> Result<Read<'_>, HeadError> {
        let length = length(line)?;
        let head = parse(&line[..length])?;
        let labels = head.labels.into_iter().collect();
        Ok((head.name.unwrap_or_default(), labels, &line[length..]))
    }

    #[test]
    fn names_and_labels_are_read_in_every_spelling() {
        let check = |line: &str, name: &str, labels: &[(&str, &str)], rest: &str| {
            let (found, pairs, after) = read(line).unwrap();
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!((found.as_str(), pairs.as_slice(), after), (name, labels, rest), "{line}");
        };
        check("up 1 2", "up", &[], " 1 2");
        check("up", "up", &[], "");
        check("up{} 1", "up", &[], " 1");
        check("up {job=\"x\"} 1", "up", &[("job", "x")], " 1");
        check("up{job=\"x\",a=\"\",} 1", "up", &[("job", "x")], " 1");
        check("up{ job = \"x\" , a=\"b\" } 1", "up", &[("a", "b"), ("job", "x")], " 1");
        check("{__name__=\"up\", job=\"x\"} 1", "up", &[("job", "x")], " 1");
        check("{\"http.time\", \"a.b\"=\"c\"} 1", "http.time", &[("a.b", "c")], " 1");
        check(r#"up{path="C:\\x\n\"q\" {,}\t"} 1"#, "up", &[("path", "C:\\x\n\"q\" {,}\\t")], " 1");
        check(
            r#"{A="", __name__="m", a="\t\r\x7f\u200b\U0001F600\u12\q\u+123\n"} 1"#,
            "m",
            &[("a", "\t\r\u{7f}\u{200b}\u{1f600}\\u12\\q\\u+123\n")],
            " 1",
        );
        check("job:up:sum{a=\"ü\"} 1", "job:up:sum", &[("a", "ü")], " 1");
        check("h {count:3, sum:1} 1", "h", &[], " {count:3, sum:1} 1");
        check("{job=\"x\"} 1", "", &[("job", "x")], " 1");
    }

    #[test]
    fn mistakes_are_found_where_they_are() {
        let check = |line: &str, at: usize, message: &str| {
            let found = read(line).unwrap_err();
            assert_eq!((found.at, found.message), (at, message), "{line}");
        };
        check("up{job=\"x\" 1", 2, "the brace is not closed");
        check("up{job=x} 1", 7, "the value of a label is expected, in quotes");
        check("up{job} 1", 6, "`=` is expected after the name of a label");
        check("up{=\"x\"} 1", 3, "the name of a label is expected");
        check("up{a=\"1\" b=\"2\"} 1", 9, "a comma or the closing brace is expected");
        check("up{a=\"1\",a=\"2\"} 1", 9, "the label is there twice");
        check("5up 1", 0, "a metric name cannot begin with a digit");
        check("u-p 1", 1, "a metric name has only letters, digits, `_`, `:` and `.`");
        check(" 1", 0, "a metric name is expected");
    }

    proptest! {
        #[test]
        fn labels_read_back_as_they_were_written(value in "[ -~é\n]{1,12}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let line = format!("m{{l=\"{escaped}\"}} 1");
            let (_, labels, rest) = read(&line).unwrap();
            prop_assert_eq!(&labels[0].1, &value);
            prop_assert_eq!(rest, " 1");
        }

        #[test]
        fn any_line_is_survived(line in "[a-z{}\"=,\\\\ 1é]{0,30}") {
            if let Err(error) = read(&line) {
                prop_assert!(error.at <= line.len());
            }
        }
    }
}
