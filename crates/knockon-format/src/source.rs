//! The text of a file and the places in it.
//!
//! While a file is read, places are byte offsets; they turn into lines, columns and source text
//! only for the diagnostics that are really shown.

use knockon_core::{Diagnostic, Place};

use crate::codes;
use crate::limits::{MAX_FILE_BYTES, MAX_SHOWN_LINE_BYTES};

/// A stretch of the text, in bytes. May cross lines and may be empty. In several files read
/// together each file starts where the one before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    pub(crate) fn plus(self, base: usize) -> Self {
        Self::new(self.start + base, self.end + base)
    }

    pub(crate) fn less(self, base: usize) -> Self {
        Self::new(self.start.saturating_sub(base), self.end.saturating_sub(base))
    }
}

/// A file as text, with an index of its lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Source {
    path: String,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let bytes = text.as_bytes();
        let breaks = (0..bytes.len()).filter(|&at| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        let line_starts = std::iter::once(0).chain(breaks.map(|at| at + 1)).collect();
        Self { path: path.into(), text: text.into(), line_starts }
    }

    /// The place of a span: cut at the end of its first line, and inside the text whatever it was.
    pub(crate) fn place(&self, span: Span) -> Place {
        let start = self.boundary(span.start);
        let line = self.line_starts.partition_point(|&at| at <= start).max(1);
        let line_start = self.line_starts[line - 1];
        let next = self.line_starts.get(line).copied();
        let whole = &self.text[line_start..next.unwrap_or(self.text.len())];
        let shown = whole.trim_end_matches(['\n', '\r']);
        let line_end = line_start + shown.len();
        let start = start.min(line_end);
        let end = self.boundary(span.end).clamp(start, line_end);
        let column = self.text[line_start..start].chars().count() + 1;
        let length = self.text[start..end].chars().count();
        let shown = if shown.len() > MAX_SHOWN_LINE_BYTES { "" } else { shown };
        Place::new(&self.path, line, column, length, shown)
    }

    /// The nearest start of a character at or before an offset.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// Files read together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sources {
    files: Vec<Source>,
    bases: Vec<usize>,
}

impl Sources {
    /// Adds a file; gives back the position of its first byte.
    pub(crate) fn add(&mut self, path: &str, text: &str) -> usize {
        let last = self.files.last().map_or(0, |file| file.text.len() + 1);
        let base = self.bases.last().map_or(0, |base| base + last);
        self.files.push(Source::new(path, text));
        self.bases.push(base);
        base
    }

    /// The place of a span in the file that it starts in.
    pub(crate) fn place(&self, span: Span) -> Place {
        let at = self.bases.partition_point(|&base| base <= span.start).saturating_sub(1);
        match (self.files.get(at), self.bases.get(at)) {
            (Some(file), Some(&base)) => file.place(span.less(base)),
            _ => Place::whole_file(""),
        }
    }
}

/// The text of a file's bytes, without a byte order mark; or what makes them no text.
pub(crate) fn decode<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, Box<Diagnostic>> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(Box::new(too_large(path)));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return Err(Box::new(not_utf8(path, bytes, error.valid_up_to()))),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.char_indices().find(|(_, c)| !is_printable(*c)) {
        None => Ok(text),
        Some((at, control)) => {
            let span = Span::new(at, at + control.len_utf8());
            let message = format!("the control character U+{:04X}", u32::from(control));
            let place = Source::new(path, text).place(span);
            Err(Box::new(
                Diagnostic::error(codes::SYNTAX, message)
                    .at(place.labelled("not allowed in YAML"))
                    .help("remove it, or write it as an escape inside double quotes"),
            ))
        }
    }
}

/// What is said of a file above [`MAX_FILE_BYTES`].
pub(crate) fn too_large(path: &str) -> Diagnostic {
    let limit = MAX_FILE_BYTES / (1024 * 1024);
    Diagnostic::error(codes::TOO_LARGE, format!("the file is larger than {limit} MiB"))
        .at(Place::whole_file(path))
        .help("split it: a model of 1,000 services is about 500 kB")
}

fn not_utf8(path: &str, bytes: &[u8], valid: usize) -> Diagnostic {
    let byte = bytes.get(valid).copied().unwrap_or_default();
    let rest = &bytes[valid..];
    let line_end = rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
    let seen = String::from_utf8_lossy(&bytes[..valid + line_end.unwrap_or(rest.len())]);
    let seen = seen.strip_prefix('\u{feff}').unwrap_or(&seen);
    // Everything before the bad byte is valid, so its offset is the same in the lossy text.
    let mark = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let at = valid.saturating_sub(mark);
    let place = Source::new(path, seen).place(Span::new(at, at + 1));
    let diagnostic =
        Diagnostic::error(codes::NOT_UTF8, format!("the byte 0x{byte:02X} is not UTF-8"))
            .at(place.labelled("not UTF-8 from here"));
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        diagnostic.help("the file looks like UTF-16; save it as UTF-8")
    } else {
        diagnostic.help("save the file as UTF-8")
    }
}

/// What YAML 1.2 allows in a file (rule `c-printable`).
fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters_and_stays_on_its_line() {
        let text = "é: ab\r\nz: 1\rlast\n";
        let source = Source::new("f", text);
        let check = |start, end, expected: (usize, usize, usize, &str)| {
            let place = source.place(Span::new(start, end));
            let found = (place.line, place.column, place.length, place.text.as_str());
            assert_eq!(found, expected, "{start}..{end}");
        };
        check(0, 2, (1, 1, 1, "é: ab"));
        check(1, 2, (1, 1, 1, "é: ab"));
        check(4, 6, (1, 4, 2, "é: ab"));
        check(4, 99, (1, 4, 2, "é: ab"));
        check(7, 7, (1, 6, 1, "é: ab"));
        check(8, 9, (2, 1, 1, "z: 1"));
        check(13, 17, (3, 1, 4, "last"));
        check(18, 18, (4, 1, 1, ""));
        check(999, 0, (4, 1, 1, ""));
    }
}
