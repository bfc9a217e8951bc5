//! The shape that the text reports share: lines, labels with what belongs to them, and sections.

use anstyle::Style;

use crate::paint::{HEADLINE, LABEL, QUIET, paint};

/// How wide the reports are.
pub(crate) const WIDTH: usize = 100;

/// How wide the left column is.
const LABEL_WIDTH: usize = 10;

/// How many lines of one list are shown before the rest is only counted.
const LIST_MAX: usize = 8;

/// A report while it is written.
#[derive(Debug, Clone, Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// A line as it is, without white space at its end.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A label in the left column and its lines beside it; nothing when there are none.
    pub fn field(&mut self, label: &str, lines: impl IntoIterator<Item = String>) {
        for (index, line) in lines.into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.line(&format!("{}{line}", paint(LABEL, format!("{label:<LABEL_WIDTH$}"))));
        }
    }

    /// The same in a style, with lines without styles that are broken between words where they are too
    /// long, and cut where they are too many.
    pub(crate) fn wrapped(
        &mut self,
        label: &str,
        (style, most): (Style, usize),
        lines: impl IntoIterator<Item = String>,
    ) {
        let mut lines: Vec<String> =
            lines.into_iter().flat_map(|line| broken(&line, WIDTH - LABEL_WIDTH)).collect();
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                *last = cut(&format!("{last} …"), WIDTH - LABEL_WIDTH);
            }
        }
        self.field(label, lines.into_iter().map(|line| paint(style, line)));
    }

    /// A title with so many of its lines at the most, each cut where the page ends; how many are left
    /// out stands beside the title.
    pub fn cut_section(&mut self, title: &str, lines: &[String], most: usize) {
        if lines.is_empty() || most == 0 {
            return;
        }
        let left = lines.len().saturating_sub(most);
        let left = if left > 0 { format!(" (and {left} more in `--json`)") } else { String::new() };
        self.gap();
        self.line(&format!("{}{}", paint(HEADLINE, title), paint(QUIET, left)));
        for line in lines.iter().take(most) {
            self.line(&format!("  {}", cut(&fitting(&printable(line), WIDTH - 2), WIDTH - 2)));
        }
    }

    /// How many lines there are so far.
    pub fn height(&self) -> usize {
        self.text.lines().count()
    }

    /// A title with its lines indented below it; nothing when there are none.
    pub fn section(&mut self, title: &str, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        self.gap();
        self.line(&paint(HEADLINE, title));
        let count = lines.len();
        let shown = if count > LIST_MAX + 1 { LIST_MAX } else { count };
        for line in lines.into_iter().take(shown) {
            self.line(&format!("  {line}"));
        }
        if count > shown {
            self.line(&paint(QUIET, format!("  … and {} more", count - shown)));
        }
    }

    /// The whole of it.
    pub fn finish(self) -> String {
        self.text
    }
}

/// A line in lines of at most that width, broken between words; what follows the first is indented. A
/// word that is longer alone is cut.
pub(crate) fn broken(line: &str, width: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let hang = " ".repeat(indent.min(width / 4) + 2);
    let mut lines: Vec<String> = Vec::new();
    let mut current = " ".repeat(indent.min(width / 4));
    let mut is_fresh = true;
    for word in printable(line).split_whitespace() {
        let room = width - current.chars().count().min(width);
        if !is_fresh && word.chars().count() + 1 > room {
            lines.push(std::mem::replace(&mut current, hang.clone()));
            is_fresh = true;
        }
        if !is_fresh {
            current.push(' ');
        }
        let room = width - current.chars().count().min(width);
        current.push_str(&cut(word, room.max(2)));
        is_fresh = false;
    }
    lines.push(current);
    lines
}

/// A text in which nothing moves the cursor or changes a style.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// A line that is too long without its labels, `{pod="a"}`: what a metric moved by says more than they.
fn fitting(line: &str, width: usize) -> String {
    let mut text = line.to_owned();
    let mut from = 0;
    while visible_width(&text) > width {
        let Some(start) = text[from..].find('{').map(|at| from + at) else { break };
        let Some(end) = text[start..].find('}').map(|at| start + at) else { break };
        text.replace_range(start + 1..end, "…");
        from = start + "{…}".len();
    }
    text
}

/// A line with its styles, cut to that many letters.
pub(crate) fn cut(line: &str, width: usize) -> String {
    let mut kept = String::new();
    let mut letters = 0;
    let mut in_style = false;
    let visible = visible_width(line);
    for letter in line.chars() {
        if letter == '\u{1b}' {
            in_style = true;
        }
        if in_style {
            in_style = letter != 'm';
            kept.push(letter);
            continue;
        }
        letters += 1;
        if letters < width || (letters == width && visible <= width) {
            kept.push(letter);
        } else if letters == width {
            kept.push('…');
        }
    }
    kept
}

/// How many letters of a line are seen.
fn visible_width(line: &str) -> usize {
    let mut in_style = false;
    let is_seen = |letter: &char| {
        let was = in_style;
        if *letter == '\u{1b}' {
            in_style = true;
        } else if was && *letter == 'm' {
            in_style = false;
        }
        !was && *letter != '\u{1b}'
    };
    line.chars().filter(is_seen).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let check =
            |line: &str, expected: &[&str]| assert_eq!(broken(line, 12), expected, "{line}");
        check("", &[""]);
        check("one two three", &["one two", "  three"]);
        check("a  b\tc", &["a b c"]);
        check("   kubectl get pods", &["   kubectl", "     get", "     pods"]);
        check("a\nb\u{1b}[31m", &["a b [31m"]);
        check("abcdefghijklmnop q", &["abcdefghijk…", "  q"]);
        check("→→→→→→ →→→→→→", &["→→→→→→", "  →→→→→→"]);
    }

    #[test]
    fn labels_give_way_to_figures() {
        let check = |width: usize, expected: &str| {
            assert_eq!(fitting("cpu{pod=\"orders-a\"} 1 → 2", width), expected, "{width}");
        };
        check(40, "cpu{pod=\"orders-a\"} 1 → 2");
        check(20, "cpu{…} 1 → 2");
        assert_eq!(fitting("a{b c", 2), "a{b c");
    }

    #[test]
    fn a_cut_line_keeps_its_styles() {
        let line = format!("a{}c", paint(HEADLINE, "bbbbbb"));
        assert_eq!(cut(&line, 8), line);
        assert_eq!(cut(&line, 5), format!("a{}", paint(HEADLINE, "bbb…")));
    }
}
