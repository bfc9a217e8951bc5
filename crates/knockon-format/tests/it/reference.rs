//! The reference of keys is what the tables say; `KNOCKON_UPDATE=1` writes it anew.

use std::fmt::Write as _;

use knockon_format::keys::{Form, Need, STEP_TABLES, TABLES, Table};

const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/keys.md");

const HEAD: &str = "\
# The keys of the model language

Every key of every mapping: what it takes, an example, what holds without it, what it means. Made
from the tables that the reader and `knockon schema` use; [model.md](model.md) explains how they go
together. A figure or a word may be marked as assumed with a
`~` before it.
";

/// The rows of a table of keys.
fn rows(table: &Table) -> String {
    let mut rows =
        String::from("| Key | Takes | Example | Default | Meaning |\n|---|---|---|---|---|\n");
    for key in table.keys {
        let default = match key.need {
            Need::Required => "required".to_owned(),
            Need::Optional => "none".to_owned(),
            Need::Default(default) => format!("`{default}`"),
            Need::Derived(default) => default.to_owned(),
        };
        let takes = takes(key.form);
        let _ = writeln!(
            rows,
            "| `{}` | {takes} | `{}` | {default} | {} |",
            key.name, key.example, key.about
        );
    }
    rows
}

/// What a key takes, with a link to the table of a body.
fn takes(form: Form) -> String {
    let expected = form.expected();
    match form {
        Form::Body(table) | Form::Items(table) => linked(&expected, table),
        Form::List(Form::Body(table)) | Form::Map(Form::Body(table)) => linked(&expected, table),
        _ => expected,
    }
}

fn linked(expected: &str, table: &Table) -> String {
    format!("{expected} ([{}](#{}))", table.of, table.of.replace(' ', "-"))
}

fn section(table: &Table) -> String {
    let mut section = format!("\n## {}\n\n{}", table.of, table.about);
    if let Some(short) = table.short {
        let _ = write!(section, " A value alone stands for `{short}`.");
    }
    if let Some(also) = table.also {
        let link = also.of.replace(' ', "-");
        let _ = write!(section, " Has the keys of a [{}](#{link}) as well.", also.of);
    }
    let _ = write!(section, "\n\n{}", rows(table));
    section
}

fn reference() -> String {
    let mut text = String::from(HEAD);
    for table in TABLES {
        text.push_str(&section(table));
    }
    for (_, table) in STEP_TABLES {
        text.push_str(&section(table));
    }
    text
}

#[test]
fn the_reference_has_every_key_as_the_tables_have_it() {
    let expected = reference();
    if std::env::var_os("KNOCKON_UPDATE").is_some() {
        std::fs::write(KEYS, &expected).unwrap();
    }
    let found = std::fs::read_to_string(KEYS).unwrap_or_default();
    assert_eq!(found, expected, "run with KNOCKON_UPDATE=1");
}
