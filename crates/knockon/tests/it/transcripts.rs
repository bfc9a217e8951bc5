//! Documents are executed: what a transcript shows is what the command prints.
//!
//! A transcript is a fenced block marked `console`. A line `$ knockon …` (or `$ cargo run --release
//! -- …`) is run in the root of the workspace; the lines up to the next `$` are what it prints, first
//! to standard output and then to standard error, without white space at line ends, and `[exit code N]`
//! if that is not 0. A command
//! that starts otherwise is not run, and may show no output.
//!
//! With `KNOCKON_UPDATE=1` in the environment the transcripts are rewritten instead.

use std::fmt::Write as _;
use std::path::Path;

use crate::run::{knockon, root};

#[test]
fn transcripts_in_the_documents_are_true() {
    let mut documents = vec![root().join("README.md")];
    markdown_below(&root().join("docs"), &mut documents);
    let mut run = 0;
    for path in documents {
        let text = std::fs::read_to_string(&path).unwrap();
        let (executed, count) = execute(&text);
        run += count;
        if std::env::var_os("KNOCKON_UPDATE").is_some() {
            std::fs::write(&path, executed).unwrap();
        } else {
            assert!(
                executed == text,
                "{} no longer tells the truth; it should read:\n{executed}\n(KNOCKON_UPDATE=1 \
                 cargo test rewrites it)",
                path.display(),
            );
        }
    }
    assert!(run > 0, "no document has a transcript");
}

fn markdown_below(dir: &Path, found: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            markdown_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The document with the true output in its transcripts, and how many commands were run.
fn execute(text: &str) -> (String, usize) {
    let mut out = String::new();
    let mut run = 0;
    let mut in_transcript = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if in_transcript && bare == "```" {
            in_transcript = false;
        } else if bare == "```console" {
            in_transcript = true;
            out.push_str(line);
            continue;
        }
        if !in_transcript {
            out.push_str(line);
            continue;
        }
        // Old output is dropped; a command brings its own.
        if let Some(command) = bare.strip_prefix("$ ") {
            out.push_str(line);
            if let Some(arguments) = arguments(command) {
                out.push_str(&output(&arguments));
                run += 1;
            }
        }
    }
    (out, run)
}

fn arguments(command: &str) -> Option<Vec<String>> {
    let rest = command
        .strip_prefix("knockon ")
        .or_else(|| command.strip_prefix("cargo run --release -- "))?;
    Some(words(rest))
}

/// The words of a command line; single quotes keep blanks together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn output(arguments: &[String]) -> String {
    let ran = knockon(arguments);
    let printed = ran.stdout + &ran.stderr;
    let mut text = String::new();
    for line in printed.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    if ran.code != 0 {
        writeln!(text, "[exit code {}]", ran.code).unwrap();
    }
    text
}

#[test]
fn a_transcript_that_lies_is_found() {
    let lie = "# T\n\n```console\n$ knockon --version\nknockon 0.0.0\n```\n";
    let (truth, run) = execute(lie);
    assert_eq!(run, 1);
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(truth, format!("# T\n\n```console\n$ knockon --version\nknockon {version}\n```\n"));
}
