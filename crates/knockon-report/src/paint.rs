//! The few styles of the text reports.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

/// What to look at first.
pub const HEADLINE: Style = Style::new().bold();
/// A label in the left column.
pub const LABEL: Style = AnsiColor::Cyan.on_default();
/// What is broken.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What is worth a second look.
pub const CARE: Style = AnsiColor::Yellow.on_default();
/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What may be skipped.
pub const QUIET: Style = Style::new().dimmed();

/// Text in a style.
pub fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}
