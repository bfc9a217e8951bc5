//! The language is held to another reader of it, `promql-parser`: what one takes, the other takes.

use knockon_promql::Query;

use crate::queries::QUERIES;

/// Expressions that differ from right ones in one thing, and right ones of unusual form.
const OTHERS: &[&str] = &[
    "1",
    "-1",
    "+1",
    "1 + 2 / (3 * 1)",
    "1_000",
    "0x1f",
    "1e3",
    "Inf",
    "-NaN",
    "\"text\"",
    "'text'",
    "`text`",
    "1 < bool 2 - 1 * 2",
    "1 == 1",
    "1 and 2",
    "a or 1",
    "-\"a\"",
    "a.b",
    "a b",
    "a{",
    "a}",
    "{}",
    "{a=\"\"}",
    "{a!=\"\"}",
    "{a=~\".+\"}",
    "{a=~\".*\"}",
    "{a!~\"x\"}",
    "{a!~\".+\"}",
    "{\"a.b\"}",
    "{\"a.b\", c=\"d\"}",
    "{\"a.b\"=\"c\", d=\"e\"}",
    "a{b=\"c\",}",
    "a{b=\"c\",,}",
    "a{,}",
    "a{b=\"c\" d=\"e\"}",
    "a[5m]",
    "a[5]",
    "a[5m:]",
    "a[5m:1m]",
    "a[:1m]",
    "a[]",
    "a[1m1h]",
    "a[1h1m]",
    "a[5m] offset 5m",
    "a offset 5m[5m]",
    "a[5m] @ 5",
    "a @ 5 offset 5m",
    "a @ start()",
    "a @ foo()",
    "a @ 1e10",
    "rate(a[5m])",
    "rate(a)",
    "rate(a[5m], 1)",
    "rate a[5m]",
    "RATE(a[5m])",
    "SUM(a)",
    "Sum BY (a) (b)",
    "sum(a) by (b, c)",
    "sum by () (a)",
    "sum without (a) (b)",
    "sum by (a) (b) by (c)",
    "sum(a) without (b,)",
    "sum",
    "sum + 1",
    "topk(1, a)",
    "topk(a)",
    "topk by (b) (1, a)",
    "count_values(\"x\", a)",
    "count_values(x, a)",
    "quantile(0.1, a)",
    "a + on (b) c",
    "a + on (b) group_left c",
    "a + on (b) group_left (d) c",
    "a + on (b) group_left (b) c",
    "a + ignoring (b) group_right (d) c",
    "a + group_left c",
    "a and on (b) c",
    "a and on (b) group_left c",
    "a + bool c",
    "a == bool c",
    "a ^ b ^ c",
    "a atan2 b",
    "a ATAN2 b",
    "a AND b",
    "a unless c",
    "a % b",
    "a !~ b",
    "a = b",
    "(a",
    "a)",
    "()",
    "time()",
    "time(a)",
    "vector(1)",
    "vector(a)",
    "scalar(1)",
    "label_replace(a, \"b\", \"c\", \"d\", \"e\")",
    "label_replace(a, b, \"c\", \"d\", \"e\")",
    "label_join(a, \"b\", \",\")",
    "label_join(a, \"b\", \",\", \"c\", \"d\")",
    "label_join(a, \"b\")",
    "absent(a)",
    "absent(a[5m])",
    "histogram_quantile(0.9, a)",
    "histogram_quantile(a, 0.9)",
    "hour()",
    "hour(a)",
    "hour(a, b)",
    "round(a)",
    "round(a, 5)",
    "round(a, 5, 6)",
    "nothing(a)",
    "a # comment",
    "# comment",
    "",
    " ",
    "a\n+\nb",
    "bool",
    "on",
    "offset",
    "start()",
    "by",
    "and",
    "a{by=\"x\", on=\"y\", and=\"z\"}",
    "sum by (by, on) (a)",
    "{__name__=\"a\"}",
    "a{__name__=\"b\"}",
    "5m",
    "5m + 1h30m",
    "a[300]",
    "a offset 300",
    "a offset -300",
    "\"\\x41\"",
    "\"\\q\"",
    "\"a\nb\"",
    "a:b:c",
    ":a",
    "a[5m]:b",
];

/// Where the two differ on purpose: the text, whether we take it, and why.
const DIFFERENT: &[(&str, bool, &str)] =
    &[("1_000", true, "Prometheus 3 has underscores between digits")];

/// Where the two are written otherwise on purpose: the text, how we write it, and why.
const WRITTEN: &[(&str, &str, &str)] = &[
    ("Inf", "+Inf", "as Go writes it, and so Prometheus"),
    ("{\"a.b\", c=\"d\"}", "{\"a.b\",c=\"d\"}", "as Prometheus 3 does"),
    ("{\"a.b\"}", "{\"a.b\"}", "as Prometheus 3 does"),
];

#[test]
fn expressions_are_written_as_by_another_writer() {
    let mut differences = Vec::new();
    for text in QUERIES.iter().chain(OTHERS) {
        let (Ok(ours), Ok(theirs)) = (Query::parse(text), promql_parser::parser::parse(text))
        else {
            continue;
        };
        let (ours, theirs) = (ours.printed(), theirs.to_string());
        let expected = WRITTEN.iter().find(|(it, ..)| it == text).map(|(_, ours, _)| *ours);
        if ours != expected.unwrap_or(&theirs) {
            differences.push(format!("{text:?}\n    ours: {ours}\n  theirs: {theirs}"));
        }
        // What is written reads back to the same.
        let again = Query::parse(&ours).unwrap_or_else(|error| panic!("{ours}: {error}"));
        assert_eq!(again.printed(), ours);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_another_reader_takes_is_taken_and_nothing_else() {
    let mut differences = Vec::new();
    for text in QUERIES.iter().chain(OTHERS) {
        let ours = Query::parse(text);
        let theirs = promql_parser::parser::parse(text);
        let expected = DIFFERENT.iter().find(|(it, ..)| it == text).map(|(_, takes, _)| *takes);
        if ours.is_ok() != expected.unwrap_or(theirs.is_ok()) {
            let (ours, theirs) = (ours.map(|_| "taken"), theirs.map(|it| it.to_string()));
            differences.push(format!("{text:?}\n    ours: {ours:?}\n  theirs: {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
