//! The reference says what the tables say, and its example is read.

use std::fmt::Write as _;

use knockon_core::Diagnostic;
use knockon_format::keys::{Form, Key, Need, TABLES, Table};
use knockon_format::{codes, read_system};

const MODEL: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/model.md"));

/// The rows of a table of keys, as the reference has them.
fn rows(table: &Table) -> String {
    let mut rows =
        String::from("| Key | Value | Example | Default | Meaning |\n|---|---|---|---|---|\n");
    for key in table.keys {
        let default = match key.need {
            Need::Required => "required",
            Need::Optional => "none",
            Need::Default(default) => default,
        };
        let expected = key.form.expected();
        let _ = writeln!(
            rows,
            "| `{}` | {expected} | `{}` | {default} | {} |",
            key.name, key.example, key.about
        );
    }
    rows
}

#[test]
fn the_reference_has_every_key_as_the_tables_have_it() {
    for table in TABLES {
        let rows = rows(table);
        let heading = format!("## The keys of a {}\n", table.of);
        let section = MODEL.split_once(&heading).map(|(_, rest)| rest);
        let section = section.unwrap_or_else(|| panic!("no heading {heading}"));
        let section = section.split("\n## ").next().unwrap_or_default();
        assert!(section.contains(&rows), "put below {heading}\n{rows}");
    }
}

fn first_example() -> &'static str {
    let rest = MODEL.split_once("```yaml\n").map_or("", |(_, rest)| rest);
    rest.split_once("```").map_or("", |(example, _)| example)
}

#[test]
fn the_example_of_the_reference_is_read_without_a_complaint() {
    let reading = read_system("model.md", first_example().as_bytes(), &|_| true);
    assert_eq!(reading.diagnostics, []);
    assert!(reading.system.is_some());
}

#[test]
fn the_example_of_every_key_has_its_form() {
    for table in TABLES {
        for key in table.keys {
            let source = with_wrong(table, key).replace("WRONG", key.example);
            let reading = read_system("s.yaml", source.as_bytes(), &|_| true);
            let of_form = |d: &Diagnostic| {
                !d.is_error()
                    || d.message.starts_with("unknown ")
                    || d.code == codes::ENTRY_OFF_PATH
            };
            assert!(reading.diagnostics.iter().all(of_form), "{source}\n{reading:#?}");
        }
    }
}

#[test]
fn every_code_is_seen_in_a_test() {
    let tests = [
        include_str!("disk.rs"),
        include_str!("mistakes.rs"),
        include_str!("odd.rs"),
        include_str!("yaml.rs"),
    ];
    for code in codes::ALL {
        let shown = format!("[{}]", code.id);
        assert!(tests.iter().any(|text| text.contains(&shown)), "{code}: {}", code.title);
    }
}

#[test]
fn the_example_of_the_reference_shows_every_key() {
    for key in TABLES.iter().flat_map(|table| table.keys) {
        let written = format!("{}:", key.name);
        assert!(first_example().contains(&written), "{written}");
    }
}

/// A file that is valid but for the value of one key, `WRONG`.
fn with_wrong(table: &Table, wrong: &Key) -> String {
    let mut source = String::new();
    for (title, of) in [("teams", "team"), ("journeys", "journey"), ("runbooks", "runbook")] {
        if table.of == of {
            let required =
                if of == "journey" && wrong.name != "through" { "through: [a], " } else { "" };
            let _ = writeln!(source, "{title}: {{ x: {{ {required}{}: WRONG }} }}", wrong.name);
        }
    }
    let body = if table.of == "service" { format!("{}: WRONG", wrong.name) } else { String::new() };
    if table.of == "system" {
        let _ = writeln!(source, "{}: WRONG", wrong.name);
    }
    if table.of != "system" || wrong.name != "system" {
        source.push_str("system: s\n");
    }
    if table.of != "system" || wrong.name != "services" {
        let _ = writeln!(source, "services: {{ a: {{ {body} }} }}");
    }
    source
}

#[test]
fn every_key_of_every_table_is_read() {
    for table in TABLES {
        for key in table.keys {
            let wrong = match key.form {
                Form::Bodies(_) | Form::Dependencies(_) | Form::Texts | Form::Names(_) => "text",
                _ => "[[list]]",
            };
            let source = with_wrong(table, key).replace("WRONG", wrong);
            let reading = read_system("s.yaml", source.as_bytes(), &|_| true);
            let about = format!("`{}` takes", key.name);
            let told = |d: &Diagnostic| d.code == codes::WRONG_TYPE && d.message.contains(&about);
            assert!(reading.diagnostics.iter().any(told), "{source}\n{reading:#?}");
        }
    }
}
