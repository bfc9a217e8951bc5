//! A link in a document leads somewhere: to a file of the workspace and, with `#`, to a heading in
//! it. What lies on the web is not fetched: tidy says the same with and without a network.

use super::markdown::{anchors, links};
use super::{File, Finding, Tree};

pub(super) fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_extension("md") {
        for link in links(file.text()) {
            if let Some((problem, mend)) = broken(tree, file, &link.target) {
                findings.push(Finding::new(&file.path, link.line, problem, mend));
            }
        }
    }
    findings
}

/// What is wrong with a link from this file, and how to mend it.
fn broken(tree: &Tree, from: &File, link: &str) -> Option<(String, &'static str)> {
    if has_scheme(link) {
        return None;
    }
    let (path, anchor) = match link.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (link, None),
    };
    let Some(path) = resolve(&from.path, path) else {
        let problem = format!("link `{link}` leaves the workspace");
        return Some((problem, "link to the web page, or to nothing"));
    };
    let Some(target) = tree.file(&path) else {
        let is_folder = tree.has_folder(&path) && anchor.is_none();
        let problem = format!("link `{link}` leads to no file");
        return (!is_folder).then_some((problem, "correct the path, or write the file"));
    };
    let anchor = anchor.filter(|_| target.has_extension("md"))?;
    if anchors(target.text()).contains(anchor) {
        return None;
    }
    let problem = format!("link `{link}` leads to no heading of {path}");
    Some((problem, "correct the part after `#`, or write the heading"))
}

/// Whether it is an address (`https:`, `mailto:`, `//host`) and not a path.
fn has_scheme(link: &str) -> bool {
    let is_scheme = |it: &str| it.len() > 1 && it.bytes().all(|b| b.is_ascii_alphanumeric());
    let scheme = link.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(is_scheme) || link.starts_with("//")
}

/// The path from the root that a link means in the file it stands in; nothing when it lies outside.
/// An empty link is the file itself, and `/` begins at the root, as GitHub has it.
fn resolve(from: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(from.to_owned());
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let start = if link.starts_with('/') { "" } else { folder };
    let mut parts = Vec::new();
    for part in start.split('/').chain(link.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::expect;

    /// A document at `docs/a.md` among a few files.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let files = [
            ("README.md", "# Knockon\n## Two commands\n"),
            ("docs/a.md", text),
            ("docs/reference/model.md", "# Keys\n"),
            ("src/main.rs", "fn main() {}\n"),
        ];
        expect(find, &files, expected);
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        check("[a](reference/model.md) [b](./reference/model.md#keys)", &[]);
        check("[a](../README.md#two-commands) [b](/README.md)", &[]);
        check("# Here\n[a](#here)", &[]);
        check("[a](reference) [b](reference/) [c](..) [d](../src/main.rs#L1)", &[]);
        check("[a](https://example.com/x.md) [b](mailto:a@example.com)", &[]);
    }

    #[test]
    fn a_link_to_no_file_is_found() {
        check(
            "[a](missing.md)\n[b](reference/missing.md#keys)",
            &[
                "docs/a.md:1: link `missing.md` leads to no file; correct the path, or write the \
                 file",
                "docs/a.md:2: link `reference/missing.md#keys` leads to no file; correct the \
                 path, or write the file",
            ],
        );
    }

    #[test]
    fn a_link_to_no_heading_is_found() {
        check(
            "[a](../README.md#three-commands) [b](#there)",
            &[
                "docs/a.md:1: link `#there` leads to no heading of docs/a.md; correct the part \
                 after `#`, or write the heading",
                "docs/a.md:1: link `../README.md#three-commands` leads to no heading of \
                 README.md; correct the part after `#`, or write the heading",
            ],
        );
    }

    #[test]
    fn a_link_out_of_the_workspace_is_found() {
        check(
            "[a](../../other/README.md)",
            &["docs/a.md:1: link `../../other/README.md` leaves the workspace; link to the web \
                 page, or to nothing"],
        );
    }
}
