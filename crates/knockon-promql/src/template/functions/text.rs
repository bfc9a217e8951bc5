//! Texts: patterns, cases, escapes, lengths of time.

use std::fmt::Write;

use regex::Regex;

/// A pattern that may match anywhere.
pub(super) fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| {
        let all = error.to_string();
        let last = all.lines().next_back().unwrap_or_default();
        format!("error parsing regexp: {}", last.strip_prefix("error: ").unwrap_or(last))
    })
}

pub(super) fn replaced(pattern: &str, with: &str, text: &str) -> Result<String, String> {
    Ok(self::pattern(pattern)?.replace_all(text, with).into_owned())
}

/// The first letter of every word in upper case, the others as they are. Apostrophes, points and
/// colons between letters do not end a word, nor do underscores
/// (<https://www.unicode.org/reports/tr29/#Word_Boundaries>).
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_done = false;
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let is_between = matches!(letter, '\'' | '’' | '.' | ':' | '·')
            && before.is_alphabetic()
            && letters.peek().is_some_and(|next| next.is_alphabetic());
        if letter.is_alphabetic() && !is_done {
            out.extend(letter.to_uppercase());
            is_done = true;
        } else {
            out.push(letter);
            is_done &= letter.is_alphanumeric() || letter == '_' || is_between;
        }
        before = letter;
    }
    out
}

/// As Go's `HTMLEscaper`.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(letter),
        }
    }
    out
}

/// As Go's `JSEscaper`.
pub(super) fn script(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' | '\0'..' ' => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            _ if letter.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out
}

/// The seconds of a length of time such as `1h30m`.
pub(super) fn duration(text: &str) -> Result<f64, String> {
    match crate::duration_ms(text) {
        Some(milliseconds) => Ok(milliseconds as f64 / 1000.0),
        None if text.is_empty() => Err("empty duration string".to_owned()),
        None => Err(format!("not a valid duration string: {}", crate::go::quoted(text))),
    }
}
