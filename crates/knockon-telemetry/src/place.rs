//! Where in a line of text a mistake is.
//!
//! A line of evidence can be megabytes long: a wide CSV has a column for every series, a saved query
//! result is one line. A diagnostic that carried all of it would be unreadable, so a long line is
//! cut to a window around the mistake. The column still counts from the start of the line.

use std::ops::Range;

use knockon_core::Place;

/// How many characters of a source line a diagnostic keeps; the two `…` of a cut come on top.
pub(crate) const TEXT_CHARS_MAX: usize = 160;

/// How many characters of the window lie before the mistake.
const LEAD_CHARS: usize = TEXT_CHARS_MAX / 2;

/// The place of a range of bytes in a line.
pub(crate) fn in_line(file: &str, line: usize, text: &str, bytes: Range<usize>) -> Place {
    let chars = |end: usize| text.get(..end).unwrap_or(text).chars().count();
    let start = chars(bytes.start);
    let length = chars(bytes.end.max(bytes.start)) - start;
    let lead = start.saturating_sub(LEAD_CHARS);
    let from = if chars(text.len()) <= TEXT_CHARS_MAX { 0 } else { lead };
    window(file, line, from, text.chars().skip(from), start - from, length)
}

/// The place `column` characters (from 0) into a stream of characters that begins after `skipped`
/// characters of its line.
pub(crate) fn window(
    file: &str,
    line: usize,
    skipped: usize,
    mut chars: impl Iterator<Item = char>,
    column: usize,
    length: usize,
) -> Place {
    let mut text = String::new();
    if skipped > 0 {
        text.push('…');
    }
    text.extend(chars.by_ref().take(TEXT_CHARS_MAX));
    if chars.next().is_some() {
        text.push('…');
    }
    let room = (TEXT_CHARS_MAX + 1).saturating_sub(column).max(1);
    // The first `…` stands for the last character that was skipped.
    let place = Place::new(file, line, skipped + column + 1, length.min(room), text);
    place.cut(skipped.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(place: &Place) -> String {
        place.marked()
    }

    #[test]
    fn the_caret_points_at_the_mistake_however_long_the_line() {
        let check = |before: usize, after: usize| {
            let text = format!("{}WRONG{}", "é".repeat(before), "x".repeat(after));
            let start = before * 2;
            let place = in_line("f", 3, &text, start..start + 5);
            assert_eq!(marked(&place), "WRONG", "{before} {after}");
            assert!(place.text.chars().count() <= TEXT_CHARS_MAX + 2);
            assert_eq!((place.line, place.column), (3, before + 1));
        };
        check(0, 0);
        check(0, 1000);
        check(155, 0);
        check(156, 0);
        check(1000, 0);
        check(1000, 1000);
    }

    #[test]
    fn a_short_line_is_kept_whole_and_a_mistake_may_lie_past_its_end() {
        let place = in_line("f", 1, "a,b", 3..3);
        assert_eq!((place.column, place.length, place.text.as_str()), (4, 1, "a,b"));
    }
}
