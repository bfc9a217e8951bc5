//! How names and lists of names are put into messages.

use std::fmt::Write as _;

/// The longest piece of the user's text that a message repeats, in characters.
const SHOWN_CHARS: usize = 60;

/// The text in backquotes, on one line and not too long.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::from("`");
    for (count, c) in text.chars().enumerate() {
        if count == SHOWN_CHARS {
            shown.push('…');
            break;
        }
        if c.is_control() {
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.push('`');
    shown
}

/// Names in backquotes with commas, and a word before the last: `a`, `b` or `c`.
pub(crate) fn series<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let names: Vec<_> = names.into_iter().map(quoted).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_one_short_line() {
        assert_eq!(quoted("a\nb\u{1b}"), r"`a\nb\u{1b}`");
        assert_eq!(quoted(&"x".repeat(99)).chars().count(), SHOWN_CHARS + 3);
    }

    #[test]
    fn a_series_reads_as_a_sentence() {
        assert_eq!(series([], "or"), "");
        assert_eq!(series(["a"], "or"), "`a`");
        assert_eq!(series(["a", "b", "c"], "or"), "`a`, `b` or `c`");
    }
}
