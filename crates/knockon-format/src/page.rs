//! Runbooks that are pages: Markdown with the commands to run.
//!
//! The title is the first heading; what to do first is the first ordered list, one item after the
//! other, with the command of an item in a fenced block inside of it.

use std::ops::Range;

use knockon_core::Runbook;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use crate::codes;
use crate::findings::{Finding, Findings};
use crate::source::Span;
use crate::wording::quoted;

/// A runbook that is a file of its own.
#[derive(Debug, Clone)]
pub(crate) struct RunbookPage {
    pub(crate) name: String,
    /// Where its title is.
    pub(crate) span: Span,
    pub(crate) runbook: Runbook,
    /// The names of the runbooks that it links to.
    pub(crate) links: Vec<String>,
}

/// Reads a page of which the first byte is at position `base`.
pub(crate) fn read(
    name: &str,
    page: &str,
    text: &str,
    base: usize,
    findings: &mut Findings,
) -> RunbookPage {
    let mut reading = Page::default();
    for (event, range) in Parser::new(text).into_offset_iter() {
        reading.event(event, range);
    }
    let whole = Span::new(base, base + text.lines().next().map_or(0, str::len));
    let span = reading.title_at.map_or(whole, |at| Span::new(at.start, at.end).plus(base));
    let missing = if reading.title.is_empty() {
        Some(("title", "begin with `# What is broken`"))
    } else if reading.steps.is_empty() {
        Some(("list of what to do first", "add a numbered list, one action an item"))
    } else {
        None
    };
    if let Some((what, help)) = missing {
        let message = format!("runbook {} has no {what}", quoted(name));
        findings.push(
            Finding::warning(codes::BAD_PAGE, span, message).label("in this page").help(help),
        );
    }
    let title = Some(reading.title).filter(|title| !title.is_empty());
    let runbook =
        Runbook { name: name.into(), title, page: Some(page.into()), steps: reading.steps };
    RunbookPage { name: name.into(), span, runbook, links: reading.links }
}

/// What was seen of a page so far.
#[derive(Default)]
struct Page {
    title: String,
    title_at: Option<Range<usize>>,
    steps: Vec<String>,
    at: At,
    /// How many lists are open inside of the ordered one.
    depth: usize,
    /// The words of the item that is read, and its commands.
    words: String,
    commands: Vec<String>,
    in_command: bool,
    links: Vec<String>,
}

/// Where in the page the reading is.
#[derive(Default, PartialEq)]
enum At {
    #[default]
    Before,
    InTitle,
    Text,
    InList,
    After,
}

impl Page {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) if self.at == At::Before => {
                self.at = At::InTitle;
                self.title_at = Some(range);
            }
            Event::End(TagEnd::Heading(_)) if self.at == At::InTitle => self.at = At::Text,
            Event::Start(Tag::List(Some(_))) if matches!(self.at, At::Before | At::Text) => {
                self.at = At::InList;
                self.depth = 1;
            }
            Event::Start(Tag::List(_)) if self.at == At::InList => self.depth += 1,
            Event::End(TagEnd::List(_)) if self.at == At::InList => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.at = At::After;
                }
            }
            Event::End(TagEnd::Item) if self.at == At::InList && self.depth == 1 => self.finish(),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) if self.at == At::InList => {
                self.in_command = true;
                self.commands.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => self.in_command = false,
            Event::Start(Tag::Link { dest_url, .. }) => {
                let page = dest_url.split('#').next().and_then(|path| path.strip_suffix(".md"));
                let name = page.and_then(|page| page.rsplit('/').next());
                self.links.extend(name.map(str::to_owned));
            }
            Event::Text(text) => self.text(&text),
            Event::Code(text) => {
                self.text("`");
                self.text(&text);
                self.text("`");
            }
            Event::SoftBreak | Event::HardBreak => self.text(" "),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match self.at {
            At::InTitle => self.title.push_str(text),
            At::InList => match self.commands.last_mut().filter(|_| self.in_command) {
                Some(command) => command.push_str(text),
                None => self.words.push_str(text),
            },
            _ => {}
        }
    }

    /// An item is over: its words are one step, each line of its commands another.
    fn finish(&mut self) {
        let words = std::mem::take(&mut self.words);
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if !words.is_empty() {
            self.steps.push(words);
        }
        for command in self.commands.drain(..) {
            let command = command.trim_end().to_owned();
            if !command.is_empty() {
                self.steps.push(command);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbered_list_is_what_to_do_first() {
        let text = "\
# Orders are *slow*

Use it when `orders` is slow.

- not this

1. Look at the pods of
   `orders`:
   ```sh
   kubectl get pods -l app=orders
   ```
2. Roll back.

## Later

1. Not this either.
";
        let mut findings = Findings::default();
        let page = read("slow", "runbooks/slow.md", text, 0, &mut findings);
        assert_eq!(page.runbook.title.as_deref(), Some("Orders are slow"));
        assert_eq!(
            page.runbook.steps,
            ["Look at the pods of `orders`:", "kubectl get pods -l app=orders", "Roll back."]
        );
        assert!(!findings.has_any());
    }

    #[test]
    fn a_page_without_title_or_list_is_told() {
        for text in ["", "no title\n\n1. do it\n", "# Title\n\n- do it\n"] {
            let mut findings = Findings::default();
            read("x", "runbooks/x.md", text, 0, &mut findings);
            assert!(findings.has_any(), "{text}");
        }
    }
}
