//! Diagnostics as a compiler shows them: the line, a caret, what is wrong, how to mend it.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use knockon_core::{Diagnostic, Place, Severity};

use crate::paint::{QUIET, paint};

/// Columns to lay a diagnostic out for; longer source lines are cut around the caret.
const WIDTH: usize = 110;

/// All diagnostics, one after the other: errors and warnings with their source line and a blank line
/// after each, then notes in one line each, since nothing needs to be mended.
pub fn diagnostics_text(diagnostics: &[Diagnostic]) -> String {
    let renderer = Renderer::styled().decor_style(DecorStyle::Ascii).term_width(WIDTH);
    let mut text = String::new();
    let (notes, others): (Vec<_>, Vec<_>) =
        diagnostics.iter().partition(|diagnostic| diagnostic.severity == Severity::Note);
    for diagnostic in others {
        let mut shown = renderer.render(&[group(diagnostic)]);
        for place in diagnostic.place.iter().chain(&diagnostic.related).filter(|p| p.cut > 0) {
            shown = true_column(&shown, place);
        }
        text.push_str(&shown);
        text.push_str("\n\n");
    }
    for note in notes {
        text.push_str(&paint(QUIET, note));
        text.push('\n');
    }
    text
}

/// How many errors and warnings there were: `2 errors, 1 warning`; nothing when there were neither.
pub fn summary_line(diagnostics: &[Diagnostic]) -> Option<String> {
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let parts: Vec<String> = [Severity::Error, Severity::Warning]
        .into_iter()
        .map(|severity| (severity.as_str(), count(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.id)
        .elements([] as [Origin<'_>; 0]);
    if let Some(place) = &diagnostic.place {
        group = with_place(group, place, AnnotationKind::Primary);
    }
    for place in &diagnostic.related {
        group = with_place(group, place, AnnotationKind::Context);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    group
}

fn with_place<'a>(group: Group<'a>, place: &'a Place, kind: AnnotationKind) -> Group<'a> {
    if place.text.is_empty() {
        // A whole file, or a line that could not be kept: the position alone.
        let mut origin = Origin::path(place.file.as_str());
        if place.line > 1 || place.column > 1 {
            origin = origin.line(place.line).char_column(place.column);
        }
        return group.element(origin);
    }
    let annotation =
        kind.span(span(place)).label((!place.label.is_empty()).then_some(place.label.as_str()));
    group.element(
        Snippet::source(place.text.as_str())
            .line_start(place.line)
            .path(place.file.as_str())
            .annotation(annotation),
    )
}

/// The renderer counts columns in the text it is given; of a cut line that is too few.
fn true_column(text: &str, place: &Place) -> String {
    let at = |column: usize| format!("{}:{}:{column}", place.file, place.line);
    text.replacen(&at(place.start_in_text() + 1), &at(place.column), 1)
}

/// The bytes of the line that a place covers. Spans that leave the line are cut at its end, since
/// the renderer refuses them.
fn span(place: &Place) -> Range<usize> {
    let byte = |chars: usize| {
        place.text.char_indices().nth(chars).map_or(place.text.len(), |(offset, _)| offset)
    };
    let first = place.start_in_text();
    let start = byte(first);
    start..byte(first + place.length).max(start)
}

#[cfg(test)]
mod tests {
    use knockon_core::Code;
    use proptest::prelude::*;

    use super::*;

    const CODE: Code = Code { id: "K0999", title: "a test" };

    fn plain(diagnostics: &[Diagnostic]) -> String {
        let styled = diagnostics_text(diagnostics);
        let mut text = String::new();
        let mut rest = styled.as_str();
        while let Some(at) = rest.find('\u{1b}') {
            text.push_str(&rest[..at]);
            rest = rest[at..].find('m').map_or("", |end| &rest[at + end + 1..]);
        }
        text + rest
    }

    #[test]
    fn a_diagnostic_shows_line_caret_and_help() {
        let place =
            Place::new("shop.yaml", 4, 5, 4, "    teem: storefront").labelled("no such key");
        let first = Place::new("shop.yaml", 2, 1, 3, "abc: 1").labelled("first written here");
        let diagnostic = Diagnostic::error(CODE, "unknown key `teem`")
            .at(place)
            .related(first)
            .help("did you mean `team`?");
        assert_eq!(
            plain(&[diagnostic]),
            "\
error[K0999]: unknown key `teem`
 --> shop.yaml:4:5
  |
4 |     teem: storefront
  |     ^^^^ no such key
  |
 ::: shop.yaml:2:1
  |
2 | abc: 1
  | --- first written here
  |
  = help: did you mean `team`?

"
        );
    }

    #[test]
    fn a_diagnostic_without_a_line_shows_its_file() {
        let diagnostic = Diagnostic::warning(CODE, "empty").at(Place::whole_file("x/metrics.csv"));
        assert_eq!(plain(&[diagnostic]), "warning[K0999]: empty\n--> x/metrics.csv\n\n");
    }

    #[test]
    fn a_cut_line_shows_its_true_column() {
        let place = Place::new("metrics.csv", 7, 1003, 3, "…,1,abc,2").cut(998);
        assert_eq!(
            plain(&[Diagnostic::error(CODE, "`abc` is not a number").at(place)]),
            "\
error[K0999]: `abc` is not a number
 --> metrics.csv:7:1003
  |
7 | …,1,abc,2
  |     ^^^

"
        );
    }

    #[test]
    fn the_summary_counts_errors_and_warnings() {
        let error = Diagnostic::error(CODE, "e");
        let warning = Diagnostic::warning(CODE, "w");
        let check = |list: &[Diagnostic], expected: Option<&str>| {
            assert_eq!(summary_line(list).as_deref(), expected);
        };
        check(&[], None);
        check(std::slice::from_ref(&error), Some("1 error"));
        check(&[error.clone(), warning, error], Some("2 errors, 1 warning"));
    }

    proptest! {
        #[test]
        fn no_place_makes_the_renderer_panic(
            text in ".{0,300}", line in 0_usize..9, column in 0_usize..400, length in 0_usize..400,
        ) {
            let place = Place::new("f", line, column, length, text);
            diagnostics_text(&[Diagnostic::error(CODE, "m").at(place)]);
        }
    }
}
