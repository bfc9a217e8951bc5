//! The parser's complaints in the words of somebody who only wanted to write a file.

use granit_parser::{ErrorKind, ScanError};

use crate::codes;
use crate::findings::Finding;
use crate::limits::MAX_DEPTH;
use crate::source::Span;
use crate::wording::quoted;

/// What is wrong, what to write at the caret, how to mend it.
type Words = (&'static str, &'static str, &'static str);

/// The finding for an error of the parser. `opened` is the innermost bracket still open.
pub(super) fn finding(text: &str, error: &ScanError, opened: Option<Span>) -> Finding {
    let at = error.marker().byte_offset().unwrap_or(text.len());
    let at = if at < text.len() { at } else { text.trim_end().len() };
    let span = Span::new(at, at + 1);
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(span);
    }
    let kind = error.kind();
    match kind {
        ErrorKind::UnexpectedCharacter { character } => {
            let shown = quoted(&character.to_string());
            Finding::error(codes::SYNTAX, span, format!("text cannot start with {shown}"))
                .label("means something else in YAML")
                .help("put the text in double quotes")
        }
        // Of these two the parser tells where the bracket was opened.
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let message = format!("`{open}` is closed by `{close}`");
            with_comment_hint(text, open_bracket(*open, message, span), span)
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            let message = format!("`{open}` is never closed");
            with_comment_hint(text, open_bracket(*open, message, span), span)
        }
        _ => {
            let finding = in_plain_words(kind, span);
            match opened.filter(|_| is_about_brackets(kind)) {
                Some(opened) => {
                    with_comment_hint(text, finding.related(opened, "opened here"), opened)
                }
                None => finding,
            }
        }
    }
}

fn in_plain_words(kind: &ErrorKind, span: Span) -> Finding {
    match words(kind) {
        Some((message, label, help)) => {
            Finding::error(codes::SYNTAX, span, message).label(label).help(help)
        }
        None => Finding::error(codes::SYNTAX, span, plain(&kind.to_string()))
            .label("the YAML breaks off here"),
    }
}

fn open_bracket(open: char, message: String, span: Span) -> Finding {
    let close = if open == '[' { ']' } else { '}' };
    Finding::error(codes::SYNTAX, span, message)
        .label("opened here")
        .help(format!("close it with `{close}`, or put the text in double quotes"))
}

/// What is said of nesting beyond [`MAX_DEPTH`].
pub(super) fn too_deep(span: Span) -> Finding {
    let message = format!("nested more than {MAX_DEPTH} levels deep");
    Finding::error(codes::TOO_LARGE, span, message).label("one level too many").help(
        "give steps inside of steps an operation of their own; or is this another sort of file?",
    )
}

fn words(kind: &ErrorKind) -> Option<Words> {
    Some(match kind {
        ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabNotAllowed
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            ("a tab where YAML wants spaces", "a tab", "indent with spaces, two for each level")
        }
        ErrorKind::MappingValueNotAllowed => (
            "a `:` where no key can be",
            "not a key here",
            "put the text in double quotes if the colon is part of it, or check the indentation",
        ),
        ErrorKind::MappingKeyNotAllowed
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation => (
            "this line is indented unlike the keys around it",
            "expected a key of the mapping above",
            "give all keys of a mapping the same indentation",
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "this line is indented like a list item but does not start with `- `",
            "expected `- `",
            "give all items of a list the same indentation, each with `- `",
        ),
        ErrorKind::SimpleKeyExpected => {
            ("a key without a `:`", "expected `key: value`", "add `:` and a space after the key")
        }
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "a list item where no list can start",
            "a `-` cannot stand here",
            "start the list on its own line, or write it as `[a, b]`",
        ),
        ErrorKind::InvalidColonPlacement
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::InvalidFlowScalarIndent => (
            "a bracket is not closed, or a comma is missing before this",
            "expected `,` or a closing bracket before this",
            "check the commas and the closing bracket",
        ),
        ErrorKind::MisplacedFlowCollectionEnd => (
            "a closing bracket that closes nothing",
            "opened nowhere",
            "remove it, or put the text in double quotes",
        ),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => (
            "a quote is not closed before this",
            "still inside quoted text here",
            "close the quote on the line where it starts",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "text after a closing quote",
            "the quoted text ended before this",
            "quote the whole text; inside double quotes write a quote as `\\\"`",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "an unknown escape in double quotes",
            "not an escape",
            "write a backslash as `\\\\`, or use single quotes",
        ),
        _ => return None,
    })
}

fn is_about_brackets(kind: &ErrorKind) -> bool {
    matches!(words(kind), Some((message, ..)) if message.contains("bracket"))
}

/// Adds what most often keeps a bracket from being closed, if the line looks like it.
fn with_comment_hint(text: &str, finding: Finding, opened: Span) -> Finding {
    let rest = text.get(opened.start..).unwrap_or_default();
    if rest.lines().next().is_some_and(|line| line.contains(" #")) {
        finding.help("a ` #` starts a comment: put text such as \"#channel\" in quotes")
    } else {
        finding
    }
}

/// The parser's own words without its view of its inner state.
fn plain(message: &str) -> String {
    let message = match message.split_once(", ") {
        Some((context, rest)) if context.starts_with("while ") => rest,
        _ => message,
    };
    message.trim_end_matches('.').to_owned()
}
