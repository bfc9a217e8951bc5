//! Words in SVG and HTML: how wide they are, how to fit them, how to escape them.

/// The fonts to write with, whichever the viewer has. None is fetched.
pub(crate) const FONTS: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', \
                                'Noto Sans', 'DejaVu Sans', sans-serif";

const ELLIPSIS: char = '…';

/// About how wide a text is, rather too wide than too narrow, since the viewer chooses the font.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(letter_width).sum::<f64>() * size
}

fn letter_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.34,
        'f' | 'r' | 't' | ' ' | '-' | '(' | ')' | '/' => 0.43,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.97,
        'A'..='Z' => 0.74,
        _ if letter.is_ascii() || letter == '·' => 0.64,
        '\u{0080}'..='\u{1fff}' => 0.72,
        _ => 1.1,
    }
}

/// A name in lines of at most that width, broken after punctuation if it can be, and cut after the
/// last line.
pub(crate) fn wrapped(name: &str, size: f64, width_max: f64, lines_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for piece in name.split_inclusive(['-', '_', '.', '/', ':', ' ']) {
        let current = lines.last().map_or(0.0, |line| width(line, size));
        if current > 0.0 && current + width(piece.trim_end(), size) > width_max {
            lines.push(String::new());
        }
        for letter in piece.chars() {
            let full = |line: &String| width(line, size) + letter_width(letter) * size > width_max;
            if letter != ' ' && lines.last().is_some_and(full) {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(letter);
            }
        }
    }
    if lines.len() > lines_max {
        lines.truncate(lines_max);
        if let Some(last) = lines.last_mut() {
            last.push(ELLIPSIS);
            *last = cut(last, size, width_max);
        }
    }
    lines.into_iter().map(|line| line.trim().to_owned()).collect()
}

/// A text, cut to that width.
pub(crate) fn cut(text: &str, size: f64, width_max: f64) -> String {
    if width(text, size) <= width_max {
        return text.to_owned();
    }
    let mut used = letter_width(ELLIPSIS) * size;
    let fits = |letter: &char| {
        used += letter_width(*letter) * size;
        used <= width_max
    };
    let kept: String = text.trim_end_matches(ELLIPSIS).chars().take_while(fits).collect();
    kept.trim_end().to_owned() + "…"
}

/// Text that may stand in an element or an attribute. What XML 1.0 has no way to write becomes the
/// replacement character.
pub(crate) fn escaped(text: &str) -> String {
    escaped_lines(&text.replace(['\t', '\n'], " "))
}

/// The same, with its line breaks and tabs.
pub(crate) fn escaped_lines(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(letter),
            '\r' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if u32::from(letter) < 0x20 => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A number with one decimal at the most.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_broken_after_punctuation_and_cut_at_the_end() {
        let check = |name: &str, expected: &[&str]| {
            assert_eq!(wrapped(name, 10.0, 80.0, 2), expected, "{name}");
        };
        check("orders", &["orders"]);
        check("recommendation-engine", &["recommendati", "on-engine"]);
        check("catalogue-search-db", &["catalogue-", "search-db"]);
        check("a b", &["a b"]);
        check(&"x".repeat(100), &["xxxxxxxxxxxx", "xxxxxxxxxx…"]);
        check("", &[""]);
    }

    #[test]
    fn whatever_is_written_is_xml() {
        assert_eq!(escaped("a<b> & \"c\"\u{1}\n"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd} ");
        assert_eq!(
            (number(-0.04), number(1.25), number(3.0)),
            ("0".into(), "1.2".into(), "3".into())
        );
    }
}
