//! Elements of a page, which are HTML and XML at once and in which nothing that is not meant as
//! markup can become markup.

use std::fmt::{Display, Write as _};

use crate::words::{escaped, escaped_lines};

/// Elements of HTML that have no end tag.
const VOID: [&str; 4] = ["input", "link", "meta", "br"];

/// An element while it is written.
#[derive(Debug, Clone)]
pub(super) struct Element {
    name: &'static str,
    /// The start tag without its end.
    start: String,
    inside: String,
}

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, start: format!("<{name}"), inside: String::new() }
    }

    /// An element of that class.
    pub(super) fn of(name: &'static str, class: &str) -> Self {
        Self::new(name).attr("class", class)
    }

    pub(super) fn attr(mut self, name: &str, value: impl Display) -> Self {
        let _ = write!(self.start, " {name}=\"{}\"", escaped(&value.to_string()));
        self
    }

    /// Adds text.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.inside += &escaped_lines(text);
        self
    }

    /// Adds an element.
    pub(super) fn with(mut self, child: Self) -> Self {
        self.inside += &child.finish();
        self
    }

    /// Adds elements, if there are any.
    pub(super) fn all(self, children: impl IntoIterator<Item = Self>) -> Self {
        children.into_iter().fold(self, Self::with)
    }

    /// Adds what is markup already.
    pub(super) fn markup(mut self, markup: &str) -> Self {
        self.inside += markup;
        self
    }

    /// The element as markup. Each block begins a line, so that people can read the source.
    pub(super) fn finish(self) -> String {
        let Self { name, start, inside } = self;
        let line = if matches!(name, "span" | "b" | "use" | "button") { "" } else { "\n" };
        if VOID.contains(&name) {
            return format!("{line}{start}/>");
        }
        format!("{line}{start}>{inside}</{name}>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let element = Element::of("p", "a\"b").text("</p>\n<script>").with(Element::new("br"));
        assert_eq!(
            element.finish(),
            "\n<p class=\"a&quot;b\">&lt;/p&gt;\n&lt;script&gt;\n<br/></p>"
        );
    }
}
