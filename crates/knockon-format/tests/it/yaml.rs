//! What can be wrong before the language begins: bytes, limits, YAML.

use std::fmt::Write as _;

use knockon_format::limits;

use crate::{THREE, check, check_below, read, said};

#[test]
fn a_small_file_is_read() {
    check(THREE, "");
    check(THREE.replace('\n', "\r\n"), "");
    check(format!("\u{feff}{THREE}"), "");
    check(format!("--- # the shop\n{THREE}...\n"), "");
}

#[test]
fn places_do_not_depend_on_line_ends_or_a_byte_order_mark() {
    let expected = "
s.yaml:3:8: error[K0113]: unknown key `x`
  help: a service has `kind`, `team`, `co_owners`, `tier`, `role`, `summary`, `aliases`, `job`, `runbook`, `repository`, `version`, `engine`, `runs`, `probes`, `autoscaler`, `pools` and 16 more: docs/reference/keys.md";
    let source = "system: a\nservices:\n  é: { x: 1 }\n";
    check(source, expected);
    check(source.replace('\n', "\r\n"), expected);
    check(source.replace('\n', "\r"), expected);
    check(format!("\u{feff}{source}"), expected);
}

#[test]
fn an_empty_file() {
    let expected = "
s.yaml:1:1: error[K0106]: the file is empty
  help: begin with `system: name`, then `services:` and a line for each";
    for source in ["", "\n\n", "# only a comment\n", "---\n", "~\n", "\u{feff}"] {
        check(source, expected);
    }
}

#[test]
fn bytes_that_are_no_text() {
    check(
        b"system: a\nsummary: \"caf\xe9\"\n",
        "
s.yaml:2:14: error[K0102]: the byte 0xE9 is not UTF-8
  help: save the file as UTF-8",
    );
    check(
        b"\xff\xfes\0y\0",
        "
s.yaml:1:1: error[K0102]: the byte 0xFF is not UTF-8
  help: the file looks like UTF-16; save it as UTF-8",
    );
    check(
        "system: a\0b\n",
        "
s.yaml:1:10: error[K0104]: the control character U+0000
  help: remove it, or write it as an escape inside double quotes",
    );
}

#[test]
fn a_second_document() {
    check(
        format!("{THREE}---\n{THREE}"),
        "
s.yaml:6:1: error[K0105]: a second document
  help: write one system per file",
    );
}

#[test]
fn a_syntax_error_does_not_hide_the_mistakes_before_it() {
    check(
        "system: a\nservices:\n  b: { tier: 7, calls: [later] }\n  c:\n    kind: databse\n   team: x\n  later: {}\n",
        "
s.yaml:3:14: error[K0115]: `7` is not a tier
  help: write `1`, `2`, `3`, `4` or `infra`
s.yaml:6:4: error[K0104]: this line is indented unlike the keys around it
  help: give all keys of a mapping the same indentation",
    );
}

#[test]
fn syntax_errors_in_plain_words() {
    check(
        "system: a\nservices:\n\tb: {}\n",
        "
s.yaml:3:2: error[K0104]: a tab where YAML wants spaces
  help: indent with spaces, two for each level",
    );
    check(
        "system: a: b\n",
        "
s.yaml:1:10: error[K0104]: a `:` where no key can be
  help: put the text in double quotes if the colon is part of it, or check the indentation",
    );
    check(
        "system: @a\n",
        "
s.yaml:1:9: error[K0104]: text cannot start with `@`
  help: put the text in double quotes",
    );
    check(
        "system: a\nservices:\n  b: { calls: [c, d }\n",
        "
s.yaml:3:15: error[K0104]: `[` is closed by `}`
  help: close it with `]`, or put the text in double quotes",
    );
    check(
        "system: a\nservices: { b: [c, d\n",
        "
s.yaml:2:16: error[K0104]: `[` is never closed
  help: close it with `]`, or put the text in double quotes",
    );
    check(
        "system: a]\nservices: ]\n",
        "
s.yaml:2:11: error[K0104]: a closing bracket that closes nothing
  help: remove it, or put the text in double quotes",
    );
    check(
        "system: 'a' b\n",
        "
s.yaml:1:13: error[K0104]: text after a closing quote
  help: quote the whole text; inside double quotes write a quote as `\\\"`",
    );
    check(
        "system: \"a\nservices: {}\n",
        "
s.yaml:2:1: error[K0104]: a quote is not closed before this
  help: close the quote on the line where it starts",
    );
    check(
        "system: a\nservices\njourneys: {}\n",
        "
s.yaml:2:1: error[K0104]: a key without a `:`
  help: add `:` and a space after the key",
    );
    check(
        "system: - a\n",
        "
s.yaml:1:9: error[K0104]: a list item where no list can start
  help: start the list on its own line, or write it as `[a, b]`",
    );
}

#[test]
fn a_comment_that_swallows_a_bracket() {
    check(
        "system: a\nteams:\n  t: { contact: #shop }\nservices: {}\n",
        "
s.yaml:4:9: error[K0104]: a bracket is not closed, or a comma is missing before this
  see s.yaml:3:6: opened here
  help: check the commas and the closing bracket
  help: a ` #` starts a comment: put text such as \"#channel\" in quotes",
    );
}

#[test]
fn keys_that_are_no_words() {
    check_below(
        "? [x]\n: y\n~: z\n",
        "
s.yaml:6:3: error[K0112]: a key is a word, found a list
  help: write `key: value`, with a space after the colon
s.yaml:8:1: error[K0112]: a key is a word, found nothing
  help: write `key: value`, with a space after the colon",
    );
}

#[test]
fn aliases_and_merge_keys_stand_for_what_they_name() {
    let source = "\
system: shop
teams: { t: {} }
services:
  a: &defaults { kind: cache, team: t, tier: 3 }
  b:
    tier: 1
    <<: *defaults
  c: { <<: [*defaults, { summary: from the list, tier: 4 }] }
  d: *defaults
";
    let system = read(source).system.expect("no mistake");
    let tiers: Vec<_> = system.services().iter().map(|s| s.tier.unwrap().as_str()).collect();
    assert_eq!(tiers, ["3", "1", "3", "3"]);
    assert!(system.services().iter().all(|s| s.kind.as_str() == "cache" && s.team.is_some()));
    assert_eq!(system.services()[2].summary.as_deref(), Some("from the list"));
}

#[test]
fn a_key_that_is_also_merged_is_there_once() {
    check(
        "system: a\nservices:\n  b: { calls: [&d { d: degrades }] }\n  c: { calls: [{ <<: *d, d: optional }] }\n  d:\n",
        "",
    );
}

#[test]
fn a_mistake_behind_an_alias_is_told_once() {
    check(
        "system: a\nservices:\n  b: { aliases: &x [[1]] }\n  c: { aliases: *x }\n  d: { aliases: *x }\n",
        "s.yaml:3:21: error[K0112]: an item of `aliases` is text, found a list",
    );
}

#[test]
fn aliases_merges_and_tags_that_lead_nowhere() {
    check(
        "system: !name a\nservices:\n  b: *nobody\n  c: &c { calls: *c }\n  d: { <<: b }\n  e: { <<: *nobody }\n",
        "
s.yaml:1:9: error[K0107]: the tag `!name` means nothing here
  help: remove it: every key knows the type of its value
s.yaml:3:6: error[K0107]: no anchor `&nobody` before this
  help: write `&name` before a value first, then `*name` where it is wanted again
s.yaml:4:18: error[K0107]: an alias inside of what it stands for
  help: write `&name` before a value first, then `*name` where it is wanted again
s.yaml:5:12: error[K0107]: `<<` merges mappings, found text
  help: write `<<: *name`, where `&name` marks a mapping above
s.yaml:6:12: error[K0107]: no anchor `&nobody` before this
  help: write `&name` before a value first, then `*name` where it is wanted again",
    );
}

#[test]
fn a_yaml_bomb_is_a_diagnostic() {
    let mut source = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(source, "a{level}: &a{level} [{below}]");
    }
    check(
        source,
        "
s.yaml:6:45: error[K0103]: more than 1000000 values, aliases written out
  help: split the system, or use fewer aliases",
    );
}

#[test]
fn nesting_has_a_limit() {
    let expected = "error[K0103]: nested more than 64 levels deep";
    let deep = limits::MAX_DEPTH + 1;
    let mut by_indentation = String::new();
    for level in 0..deep {
        let _ = writeln!(by_indentation, "{}a:", " ".repeat(level));
    }
    let mut by_alias = String::from("a0: &a0 x\n");
    for level in 1..=deep {
        let _ = writeln!(by_alias, "a{level}: &a{level} [*a{}]", level - 1);
    }
    for source in [format!("system: {}", "[".repeat(100_000)), by_indentation, by_alias] {
        let found = said(&read(source));
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn a_file_has_a_largest_size() {
    check(
        vec![b'#'; limits::MAX_FILE_BYTES + 1],
        "
s.yaml:1:1: error[K0103]: the file is larger than 16 MiB
  help: split it: a model of 1,000 services is about 500 kB",
    );
}

#[test]
fn a_line_too_long_to_show_still_has_its_column() {
    let source = format!("system: a\nservices: {{ {} b: {{ tier: 9 }} }}\n", " ".repeat(9000));
    let reading = read(source);
    let place = reading.diagnostics[0].place.clone().unwrap();
    assert_eq!((place.line, place.column, place.text.as_str()), (2, 9025, ""));
}
