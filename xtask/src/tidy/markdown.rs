//! Just enough Markdown to find links and headings, with what is only code taken out.
//!
//! Not a parser: headings are written with `#`, links inline or as `[label]: target`. Code blocks by
//! indentation and headings by underlining are not known; the house style has neither.

use std::collections::{BTreeMap, BTreeSet};

/// Where a link points, and the line it is on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) line: usize,
    pub(super) target: String,
}

/// Every link of a document, in order.
pub(super) fn links(text: &str) -> Vec<Link> {
    let text = without_code_spans(&without_fences(text));
    let mut links = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let inline = content.match_indices("](").filter_map(|(at, open)| {
            let rest = &content[at + open.len()..];
            inline_target(rest)
        });
        let html = ["href=\"", "src=\""].into_iter().flat_map(|attribute| {
            let values = content.split(attribute).skip(1);
            values.filter_map(|value| value.split_once('"').map(|(value, _)| value))
        });
        let targets = inline.chain(html).chain(definition_target(content));
        links.extend(targets.map(|target| Link { line, target: target.to_owned() }));
    }
    links
}

/// The anchors of a document, as GitHub makes them of its headings: lower case, spaces to hyphens,
/// punctuation dropped, `-1` after the second of the same name. And those set in HTML.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let text = without_fences(text);
    let mut anchors = BTreeSet::new();
    let mut times_seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        for attribute in [" id=\"", " name=\""] {
            let values = line.split(attribute).skip(1);
            anchors.extend(values.filter_map(|it| Some(it.split_once('"')?.0.to_owned())));
        }
        let Some(title) = heading(line) else { continue };
        let slug = slug(&title);
        let times = times_seen.entry(slug.clone()).or_default();
        anchors.insert(match times {
            0 => slug,
            _ => format!("{slug}-{times}"),
        });
        *times += 1;
    }
    anchors
}

/// The text of a `#` heading as a reader sees it.
fn heading(line: &str) -> Option<String> {
    let level = line.len() - line.trim_start_matches('#').len();
    let title = line[level..].strip_prefix(' ')?;
    if !(1..=6).contains(&level) {
        return None;
    }
    let without_closing = title.trim_end().trim_end_matches('#');
    let title = if without_closing.is_empty() || without_closing.ends_with(' ') {
        without_closing
    } else {
        title
    };
    // `[text](target)` reads as `text`.
    let mut seen = String::new();
    let mut rest = title;
    while let Some((before, after)) = rest.split_once("](") {
        let Some((text_before, text)) = before.rsplit_once('[') else {
            break;
        };
        let Some((_, after)) = after.split_once(')') else {
            break;
        };
        seen = seen + text_before + text;
        rest = after;
    }
    Some((seen + rest).trim().to_owned())
}

fn slug(title: &str) -> String {
    let kept = title.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => c.is_alphanumeric().then_some(c),
    });
    kept.flat_map(char::to_lowercase).collect()
}

/// The target of `target "title")…` or `<target>)…`, if it is one.
fn inline_target(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    if let Some(rest) = rest.strip_prefix('<') {
        return rest.split_once('>').map(|(target, _)| target);
    }
    let mut depth = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(&rest[..at]),
            ')' => depth -= 1,
            ' ' => return Some(&rest[..at]),
            _ => {}
        }
    }
    None
}

/// The target of a line `[label]: target`; a footnote, `[^label]: text`, has none.
fn definition_target(line: &str) -> Option<&str> {
    let (label, target) = line.trim_start().strip_prefix('[')?.split_once("]: ")?;
    if label.starts_with('^') || label.contains(']') {
        return None;
    }
    let target = target.split_whitespace().next()?;
    Some(target.trim_start_matches('<').trim_end_matches('>'))
}

/// The document with fenced code made blank, line for line.
fn without_fences(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut open_fence: Option<&str> = None;
    for line in text.lines() {
        let content = line.trim_start_matches([' ', '>']);
        let fence = fence_of(content);
        match (open_fence, fence) {
            (None, None) => kept.push_str(line),
            (None, Some(_)) => open_fence = fence,
            (Some(open), Some(close)) if close.starts_with(open) && content.trim_end() == close => {
                open_fence = None;
            }
            (Some(_), _) => {}
        }
        kept.push('\n');
    }
    kept
}

/// The run of three or more backticks or tildes that a line begins with.
fn fence_of(line: &str) -> Option<&str> {
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let fence = &line[..line.len() - line.trim_start_matches(mark).len()];
    let is_inline = mark == '`' && line[fence.len()..].contains('`');
    (fence.len() >= 3 && !is_inline).then_some(fence)
}

/// The document with the text between backticks made blank. A span ends at a run of as many
/// backticks as began it, and in the same paragraph, or it is no span.
fn without_code_spans(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let (before, after) = rest.split_at(at + run);
        kept.push_str(before);
        let paragraph = after.find("\n\n").map_or(after, |end| &after[..end]);
        let length = span_length(paragraph, run).unwrap_or(0);
        let blank = after[..length].chars().map(|c| if c == '\n' { c } else { ' ' });
        kept.extend(blank);
        // The closing run, if any, is copied here, not mistaken for the opening of another span.
        let closed = if length > 0 { length + run } else { 0 };
        kept.push_str(&after[length..closed.max(length)]);
        rest = &after[closed.max(length)..];
    }
    kept + rest
}

/// How far the closing run of exactly `run` backticks is.
fn span_length(text: &str, run: usize) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find('`') {
        let start = from + at;
        let length = text[start..].len() - text[start..].trim_start_matches('`').len();
        if length == run {
            return Some(start);
        }
        from = start + length;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_links(text: &str, expected: &[(usize, &str)]) {
        let found = links(text);
        let found: Vec<_> = found.iter().map(|it| (it.line, it.target.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[track_caller]
    fn check_anchors(text: &str, expected: &[&str]) {
        let found = anchors(text);
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn links_are_found_in_each_of_their_forms() {
        check_links("[a](b.md)", &[(1, "b.md")]);
        check_links("a [b\nc](d.md) ![e](f.svg)", &[(2, "d.md"), (2, "f.svg")]);
        check_links("[a](b.md \"title\") [c](<d e.md>)", &[(1, "b.md"), (1, "d e.md")]);
        check_links("[a](b_(c).md)", &[(1, "b_(c).md")]);
        check_links("[`a`](b.md) and `[`", &[(1, "b.md")]);
        check_links("[a][b]\n\n[b]: c.md\n[^1]: note", &[(3, "c.md")]);
        check_links("<img src=\"a.svg\"><a href=\"#b\">", &[(1, "#b"), (1, "a.svg")]);
    }

    #[test]
    fn links_in_code_are_not_links() {
        check_links("`[a](b)` and ``[`c`](d)``", &[]);
        check_links("`[a\n](b)` [c](d)", &[(2, "d")]);
        check_links("```md\n[a](b)\n```\n[c](d)", &[(4, "d")]);
        check_links("~~~~\n~~~\n[a](b)\n~~~~\n[c](d)", &[(5, "d")]);
        check_links("- item\n  ```\n  [a](b)\n  ```\n  [c](d)", &[(5, "d")]);
        check_links("a ` b\n\n[c](d) ` e", &[(3, "d")]);
    }

    #[test]
    fn anchors_follow_the_rules_of_github() {
        check_anchors("# Why YAML?", &["why-yaml"]);
        check_anchors("## `knockon-core`: the words", &["knockon-core-the-words"]);
        check_anchors("## A — B & C", &["a--b--c"]);
        check_anchors("## snake_case, Ärger 2.0 ##", &["snake_case-ärger-20"]);
        check_anchors("## See [this](that.md) page", &["see-this-page"]);
        check_anchors("# A\n## A\n## A", &["a", "a-1", "a-2"]);
        check_anchors("<a id=\"k0103\"></a>", &["k0103"]);
    }

    #[test]
    fn only_headings_make_anchors() {
        check_anchors("```sh\n# not a heading\n```\n#tag\n####### seven", &[]);
    }
}
