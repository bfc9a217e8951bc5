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

    /// The same with lines that are broken between words where they are too long. The lines are without
    /// styles and get this one.
    pub fn wrapped(&mut self, label: &str, style: Style, lines: impl IntoIterator<Item = String>) {
        let lines: Vec<String> =
            lines.into_iter().flat_map(|line| broken(&line, WIDTH - LABEL_WIDTH)).collect();
        self.field(label, lines.into_iter().map(|line| paint(style, line)));
    }

    /// A title with so many of its lines at the most, each cut where the page ends.
    pub fn cut_section(&mut self, title: &str, lines: &[String], most: usize) {
        if lines.is_empty() || most == 0 {
            return;
        }
        self.gap();
        self.line(&paint(HEADLINE, title));
        let shown = if lines.len() > most { most.saturating_sub(1) } else { lines.len() };
        for line in &lines[..shown] {
            self.line(&format!("  {}", cut(line, WIDTH - 2)));
        }
        if lines.len() > shown {
            self.line(&paint(
                QUIET,
                format!("  … and {} more (`--json` has all)", lines.len() - shown),
            ));
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
    for word in line.split_whitespace() {
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

/// A line with its styles, cut to that many letters.
fn cut(line: &str, width: usize) -> String {
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
        check("   kubectl get pods", &["   kubectl", "     get pods"]);
        check("abcdefghijklmnop q", &["abcdefghijk…", "  q"]);
        check("→→→→→→ →→→→→→", &["→→→→→→", "  →→→→→→"]);
    }

    #[test]
    fn a_cut_line_keeps_its_styles() {
        let line = format!("a{}c", paint(HEADLINE, "bbbbbb"));
        assert_eq!(cut(&line, 8), line);
        assert_eq!(cut(&line, 5), format!("a{}", paint(HEADLINE, "bbb…")));
    }
}
