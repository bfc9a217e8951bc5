//! From the parser's events to the tree, within the limits.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span as EventSpan, Tag, options};

use super::mapping::OpenMapping;
use super::node::{Content, Node};
use super::syntax;
use crate::codes;
use crate::findings::{Finding, Findings};
use crate::limits::{MAX_DEPTH, MAX_VALUES};
use crate::source::Span;
use crate::wording::quoted;

/// What could be read of a text.
#[derive(Debug)]
pub(crate) struct Stream {
    /// The values of its documents; none that is empty, and none at all when a limit was passed.
    pub(crate) documents: Vec<Rc<Node>>,
    /// Where reading broke off: what starts before it was read whole.
    pub(crate) cut: Option<usize>,
}

/// How many documents a text may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Documents {
    /// One; a second is a mistake.
    One,
    /// Any number, as in a Kubernetes manifest.
    Many,
}

/// Reads the documents of a text of which the first byte is at position `base`.
pub(crate) fn read(
    text: &str,
    base: usize,
    documents: Documents,
    findings: &mut Findings,
) -> Stream {
    let options = options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder::new(text, base, documents, findings);
    for item in Parser::new_from_str_with_options(text, options) {
        let step = match item {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                builder.latest = builder.latest.min(base + at);
                let opened = builder.opened_bracket().map(|span| span.less(base));
                builder.findings.push(syntax::finding(text, &error, opened).shifted(base));
                Err(Stop::BrokenOff)
            }
        };
        match step {
            Ok(()) => {}
            Err(Stop::Ended) => break,
            Err(Stop::BrokenOff) => return builder.break_off(),
            Err(Stop::TooMuch) => {
                return Stream { documents: Vec::new(), cut: Some(base) };
            }
        }
    }
    Stream { documents: builder.roots, cut: None }
}

/// Why reading ends before the file does.
enum Stop {
    /// The document was read whole, and another one begins.
    Ended,
    /// What came before still holds.
    BrokenOff,
    /// A limit was passed; nothing is used.
    TooMuch,
}

/// A list or mapping whose end has not come yet.
struct Frame {
    span: Span,
    anchor: usize,
    kind: FrameKind,
}

enum FrameKind {
    List(Vec<Rc<Node>>),
    Mapping(OpenMapping),
}

struct Builder<'t, 'f> {
    text: &'t str,
    base: usize,
    wanted: Documents,
    findings: &'f mut Findings,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Rc<Node>>,
    values: usize,
    documents: usize,
    roots: Vec<Rc<Node>>,
    /// Where the latest value starts; it may be incomplete when the text breaks off.
    latest: usize,
}

impl<'t, 'f> Builder<'t, 'f> {
    fn new(text: &'t str, base: usize, wanted: Documents, findings: &'f mut Findings) -> Self {
        Self {
            text,
            base,
            wanted,
            findings,
            stack: Vec::new(),
            anchors: HashMap::new(),
            values: 0,
            documents: 0,
            roots: Vec::new(),
            latest: base,
        }
    }

    fn event(&mut self, event: Event<'_>, at: &EventSpan) -> Result<(), Stop> {
        let local = bytes(at);
        let span = local.plus(self.base);
        match event {
            Event::DocumentStart(..) => return self.document(span),
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(tag.as_deref(), at);
                let node = Rc::new(Node::leaf(span, self.scalar(&text, style, local)));
                if anchor != 0 {
                    self.anchors.insert(anchor, Rc::clone(&node));
                }
                self.count(1, span)?;
                self.place(node, span);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tag(tag.as_deref(), at);
                self.open(span, anchor, FrameKind::List(Vec::new()))?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tag(tag.as_deref(), at);
                self.open(span, anchor, FrameKind::Mapping(OpenMapping::default()))?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => self.alias(id, span)?,
            Event::UnresolvedAlias(name) => {
                let message = format!("no anchor {} before this", quoted(&format!("&{name}")));
                self.broken_alias(span, message, "unknown anchor");
            }
            _ => {}
        }
        Ok(())
    }

    fn document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 || self.wanted == Documents::Many {
            return Ok(());
        }
        self.findings.push(
            Finding::error(codes::SEVERAL_DOCUMENTS, span, "a second document")
                .label("starts here")
                .help("write one system per file"),
        );
        Err(Stop::Ended)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, span: Span) -> Content {
        let plain = style == ScalarStyle::Plain;
        if plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
            let rest = self.text.get(span.end..).unwrap_or_default();
            let after = rest.trim_start_matches([' ', '\t', ':']);
            return Content::Nothing {
                commented: span.start == span.end && after.starts_with('#'),
            };
        }
        Content::Text { text: text.to_owned(), quoted: !plain }
    }

    fn tag(&mut self, tag: Option<&Tag>, at: &EventSpan) {
        let Some(tag) = tag else { return };
        let span = at.tag_span().map_or_else(|| bytes(at), |span| bytes(&span)).plus(self.base);
        let message = format!("the tag {} means nothing here", quoted(&tag.original()));
        self.findings.push(
            Finding::error(codes::YAML_FEATURE, span, message)
                .label("a tag")
                .help("remove it: every key knows the type of its value"),
        );
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some(node) = self.anchors.get(&id).map(Rc::clone) else {
            let message = "an alias inside of what it stands for";
            self.broken_alias(span, message.to_owned(), "stands for itself");
            return Ok(());
        };
        self.count(node.size, span)?;
        if self.stack.len() + node.height > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.place(node, span);
        Ok(())
    }

    fn broken_alias(&mut self, span: Span, message: String, label: &'static str) {
        self.findings.push(
            Finding::error(codes::YAML_FEATURE, span, message)
                .label(label)
                .help("write `&name` before a value first, then `*name` where it is wanted again"),
        );
        self.place(Rc::new(Node::leaf(span, Content::Broken)), span);
    }

    fn open(&mut self, span: Span, anchor: usize, kind: FrameKind) -> Result<(), Stop> {
        self.latest = span.start;
        self.count(1, span)?;
        if self.stack.len() >= MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.stack.push(Frame { span, anchor, kind });
        Ok(())
    }

    fn close(&mut self) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let node = Rc::new(match frame.kind {
            FrameKind::List(items) => Node::list(frame.span, items),
            FrameKind::Mapping(mapping) => Node::mapping(frame.span, mapping.close()),
        });
        if frame.anchor != 0 {
            self.anchors.insert(frame.anchor, Rc::clone(&node));
        }
        let latest = self.latest;
        self.place(node, frame.span);
        self.latest = latest;
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Rc<Node>, span: Span) {
        self.latest = span.start;
        match self.stack.last_mut().map(|frame| &mut frame.kind) {
            None if matches!(node.content, Content::Nothing { .. }) => {}
            None => self.roots.push(node),
            Some(FrameKind::List(items)) => items.push(node),
            Some(FrameKind::Mapping(mapping)) => mapping.accept(node, self.findings),
        }
    }

    fn count(&mut self, values: usize, span: Span) -> Result<(), Stop> {
        self.values = self.values.saturating_add(values);
        if self.values <= MAX_VALUES {
            return Ok(());
        }
        let message = format!("more than {MAX_VALUES} values, aliases written out");
        self.findings.push(
            Finding::error(codes::TOO_LARGE, span, message)
                .label("the limit is passed here")
                .help("split the system, or use fewer aliases"),
        );
        Err(Stop::TooMuch)
    }

    fn too_deep(&mut self, span: Span) -> Stop {
        self.findings.push(syntax::too_deep(span));
        Stop::TooMuch
    }

    /// The innermost `[` or `{` that is still open.
    fn opened_bracket(&self) -> Option<Span> {
        let spans = self.stack.iter().rev().map(|frame| frame.span);
        spans.into_iter().find(|span| span.end > span.start)
    }

    /// Closes what is open, so that what was read before the break can still be judged.
    fn break_off(mut self) -> Stream {
        let cut = self.latest;
        while !self.stack.is_empty() {
            self.close();
        }
        Stream { documents: self.roots, cut: Some(cut) }
    }
}

/// The bytes of an event. A parser that reads from a string always knows them.
fn bytes(span: &EventSpan) -> Span {
    span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}
