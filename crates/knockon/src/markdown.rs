//! Markdown: tables, and words that mean only what they say.

use std::fmt::Write as _;

/// A table; nothing when it has no rows.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    if rows.is_empty() {
        return text;
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    text.push_str(&line(head.iter().map(|it| (*it).to_owned()).collect()));
    let _ = writeln!(text, "|{}", "---|".repeat(head.len()));
    for row in rows {
        text.push_str(&line(row.iter().map(|it| cell(it)).collect()));
    }
    text
}

/// Words in a cell of a table: lines stay lines, and nothing ends the cell or begins a tag.
fn cell(words: &str) -> String {
    let lines: Vec<String> = words.lines().map(|line| plain(line).replace('|', "\\|")).collect();
    lines.join("<br>")
}

/// Words in which nothing is taken for Markdown or HTML.
pub(crate) fn plain(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '<' => text.push_str("&lt;"),
            '&' => text.push_str("&amp;"),
            '*' | '_' | '`' | '[' | ']' | '\\' | '#' | '~' => text.extend(['\\', letter]),
            _ => text.push(letter),
        }
    }
    text
}

/// Words as they are typed.
pub(crate) fn code(words: &str) -> String {
    format!("```\n{}\n```\n", words.trim_end().replace("```", "` ` `"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_in_a_cell_stays_in_it() {
        let rows = [vec!["a|b\n<script>".to_owned(), "`x` *y*".to_owned()]];
        assert_eq!(
            table(&["one", "two"], &rows),
            "| one | two |\n|---|---|\n| a\\|b<br>&lt;script> | \\`x\\` \\*y\\* |\n"
        );
        assert_eq!(table(&["one"], &[]), "");
    }
}
