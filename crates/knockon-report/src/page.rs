//! The shape that the text reports share: lines, labels with what belongs to them, and sections.

use crate::paint::{HEADLINE, LABEL, QUIET, paint};

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
            self.line(&format!("{}{line}", paint(LABEL, format!("{label:<10}"))));
        }
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
