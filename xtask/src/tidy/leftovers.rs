//! What somebody meant to come back to, and what an editor or a merge left behind.
//!
//! Evidence is kept as it was found: its white space and its words are somebody else's.

use super::{File, Finding, Tree};

/// Macros that stand for code not yet written, or written to look once.
const MACROS: &[&str] = &["todo!", "unimplemented!", "dbg!"];

/// Notes to oneself.
const NOTES: &[&str] = &["FIXME", "XXX", "HACK"];

/// Where somebody's home is; a path of one machine works on that machine only.
const HOMES: &[&str] = &["/home/", "/root/"];

/// How git begins and ends a conflict. Its middle, `=======`, may be a heading.
const MERGE_MARKERS: &[&str] = &["<<<<<<< ", ">>>>>>> "];

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    tree.files().iter().flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<Finding> {
    let text = file.text();
    let mut found = Vec::new();
    for (line, content) in (1..).zip(text.split('\n')) {
        let mut report = |problem: String, mend: &str| {
            found.push(Finding::new(&file.path, line, problem, mend));
        };
        for marker in MERGE_MARKERS.iter().filter(|it| content.starts_with(**it)) {
            let marker = marker.trim_end();
            report(format!("a merge left `{marker}`"), "finish the merge");
        }
        if is_data(file) {
            continue;
        }
        for word in words_of(file).filter(|word| has_word(content, word)) {
            let mend = "do it now, or write it down where work is planned";
            report(format!("`{word}` is a promise to come back"), mend);
        }
        for home in homes_of(file).filter(|home| has_word(content, home)) {
            let mend = "write a path that every machine has";
            report(format!("`{home}…` is a path of one machine"), mend);
        }
        if content.contains('\t') && file.has_extension("rs") {
            report("a tab".to_owned(), "run `cargo fmt`, or write `\\t`");
        }
        let line_content = content.strip_suffix('\r').unwrap_or(content);
        if line_content.ends_with([' ', '\t']) {
            report("white space at the end of the line".to_owned(), "delete it");
        }
    }
    if !is_data(file) {
        found.extend(line_ends(file));
    }
    found
}

/// A file with the wrong line ends has them everywhere, so that only the first is worth a line.
fn line_ends(file: &File) -> Vec<Finding> {
    let text = file.text();
    let mut found = Vec::new();
    if let Some(at) = text.find("\r\n") {
        let line = text[..at].matches('\n').count() + 1;
        let problem = "a line ends in CR LF";
        found.push(Finding::new(&file.path, line, problem, "end every line in LF"));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        let line = text.lines().count();
        let problem = "the last line does not end";
        found.push(Finding::new(&file.path, line, problem, "end it with a newline"));
    }
    found
}

/// Tables, and under `examples/incidents` and `tests/data` whatever we did not write ourselves.
fn is_data(file: &File) -> bool {
    let is_ours = file.has_extension("md") || file.path.ends_with("/system.yaml");
    let is_found =
        file.path.starts_with("examples/incidents/") || file.path.contains("/tests/data/");
    file.has_extension("csv") || (is_found && !is_ours)
}

fn words_of(file: &File) -> impl Iterator<Item = &'static str> {
    let macros = if file.has_extension("rs") { MACROS } else { &[] };
    macros.iter().chain(NOTES).copied()
}

fn homes_of(file: &File) -> impl Iterator<Item = &'static str> {
    let is_ours = ["rs", "md", "toml"].iter().any(|it| file.has_extension(it));
    let homes = if is_ours { HOMES } else { &[] };
    homes.iter().copied()
}

/// Whether a line has the word by itself: not inside a longer word, path or address, and not alone
/// between quotes or backticks. There it is only spoken of, as `"XXX"`, the code for no currency.
fn has_word(line: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let continues = |c: char| is_letter(c) || matches!(c, '-' | '.' | '}');
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let is_inside = before.is_some_and(continues);
        let goes_on = word.ends_with(is_letter) && after.is_some_and(is_letter);
        let is_quoted = before == after && matches!(before, Some('"' | '`'));
        !is_inside && !goes_on && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        expect(find, &[(path, text)], expected);
    }

    #[test]
    fn clean_text_is_fine() {
        check("a.md", "# Title\n\nText, `todo`, /homes/a, MAXXXX.\n=======\n", &[]);
        check("a.rs", "let mastodon = my_todo![];\n", &[]);
        check("a.md", "https://example.com/home/page and $HOME/home/x\n", &[]);
        check("empty.txt", "", &[]);
    }

    #[test]
    fn each_macro_is_found_in_code_only() {
        for name in MACROS {
            let expected = format!(
                "a.rs:2: `{name}` is a promise to come back; do it now, or write it down where \
                 work is planned"
            );
            let text = format!("\nlet a = {name}();\n");
            check("a.rs", &text, &[&expected]);
            check("a.md", &text, &[]);
        }
    }

    #[test]
    fn each_note_is_found_in_any_text() {
        for note in NOTES {
            check("a.rs", &format!("// Not `{note}`.\nlet a = \"{note}\";\n"), &[]);
            let expected = format!(
                "a.yaml:1: `{note}` is a promise to come back; do it now, or write it down where \
                 work is planned"
            );
            check("a.yaml", &format!("# {note}: later\n"), &[&expected]);
            check("a.yaml", &format!("{note}ED and UN{note}\n"), &[]);
        }
    }

    #[test]
    fn each_home_is_found_where_we_write() {
        for home in HOMES {
            for path in ["a.rs", "a.md", "a.toml"] {
                let expected = format!(
                    "{path}:1: `{home}…` is a path of one machine; write a path that every \
                     machine has"
                );
                check(path, &format!("\"{home}me/knockon\"\n"), &[&expected]);
            }
            check("a.json", &format!("\"{home}app/server.py\"\n"), &[]);
        }
    }

    #[test]
    fn both_ends_of_a_conflict_are_found_even_in_data() {
        let [begin, end] = MERGE_MARKERS else {
            panic!("a conflict has two ends");
        };
        check(
            "a.csv",
            &format!("{begin}ours\n1\n=======\n2\n{end}theirs\n"),
            &[
                &format!("a.csv:1: a merge left `{}`; finish the merge", begin.trim_end()),
                &format!("a.csv:5: a merge left `{}`; finish the merge", end.trim_end()),
            ],
        );
    }

    #[test]
    fn stray_white_space_is_found() {
        check(
            "a.rs",
            "fn a() {} \n\tb();\n",
            &[
                "a.rs:1: white space at the end of the line; delete it",
                "a.rs:2: a tab; run `cargo fmt`, or write `\\t`",
            ],
        );
        check("justfile", "a:\n\tb\n", &[]);
    }

    #[test]
    fn wrong_line_ends_are_found_once_a_file() {
        check(
            "a.md",
            "a\nb\r\nc\r\nd",
            &[
                "a.md:2: a line ends in CR LF; end every line in LF",
                "a.md:4: the last line does not end; end it with a newline",
            ],
        );
    }

    #[test]
    fn evidence_is_kept_as_it_was_found() {
        let found = format!("a \r\n{} in {}app", NOTES[0], HOMES[0]);
        check("data/a.csv", &found, &[]);
        check("examples/incidents/shop/alerts.json", &found, &[]);
        check("crates/knockon-import/tests/data/shop/compose.yaml", &found, &[]);
        check(
            "examples/incidents/shop/system.yaml",
            "system: shop",
            &["examples/incidents/shop/system.yaml:1: the last line does not end; end it with a \
                 newline"],
        );
    }
}
