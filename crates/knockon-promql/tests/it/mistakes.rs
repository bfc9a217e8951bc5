//! What is said of a query that is wrong, and where.

use knockon_promql::{Labels, Query, Settings, Store};

/// A query, the part of it that is wrong, and what is said.
fn check(text: &str, part: &str, message: &str) {
    let error = match Query::parse(text) {
        Err(error) => error,
        Ok(query) => {
            let mut store = Store::new();
            for code in ["1", "2"] {
                for name in ["a", "b"] {
                    let labels = Labels::of([("__name__", name), ("code", code), ("job", "x")]);
                    let id = store.open(&labels);
                    store.append(id, 0, 1.0).unwrap();
                }
            }
            query.at(&store, 0, Settings::default()).unwrap_err()
        }
    };
    assert_eq!((&text[error.span.clone()], error.message.as_str()), (part, message), "{text}");
}

#[test]
fn what_is_no_expression_is_told_with_its_place() {
    check("", "", "no expression found in input");
    check("# only a comment", "# only a comment", "no expression found in input");
    check("a b", "b", "unexpected identifier \"b\" after the expression");
    check("a + ", "", "unexpected end of input");
    check("(a", "(", "unclosed left parenthesis");
    check("sum(a[5m", "[", "unclosed left bracket");
    check("a{", "{", "unexpected end of input inside braces");
    check("a)", ")", "unexpected \")\" after the expression");
    check("atan2(a, b)", "atan2", "unexpected <op:atan2>");
    check("\"\\q\"", "\\q", "unknown escape sequence U+0071 'q'");
    check("a offset 99999999999y", "99999999999y", "duration out of range");
    check("a @ b", "b", "unexpected identifier \"b\" in @, expected timestamp");
    check("a ? b", "?", "unexpected character: \"?\"");
    check("a ! b", "!", "unexpected character: \"!\"");
    check("\"abc", "\"abc", "unterminated quoted string");
    check("1 + 1e400", "1e400", "number out of range: \"1e400\"");
    check("1x", "1x", "bad number or duration syntax: \"1x\"");
    check("a{job=x}", "x", "unexpected identifier \"x\" in label matching, expected string");
    check("a{job~\"x\"}", "~", "unexpected character: \"~\"");
    check(
        "a{job \"x\"}",
        "\"x\"",
        "unexpected string \"x\" in label matching, expected label matching operator",
    );
    check(
        "a{job=\"x\" b=\"y\"}",
        "b",
        "unexpected identifier \"b\" in label matching, expected \",\" or \"}\"",
    );
    check("a{job=~\"(\"}", "job=~\"(\"", "the pattern is not a regular expression: unclosed group");
    check(
        "a{__name__=\"b\"}",
        "a{__name__=\"b\"}",
        "metric name must not be set twice: \"a\" or \"b\"",
    );
    check(
        "a{__name__=~\"b\"}",
        "a{__name__=~\"b\"}",
        "metric name must not be set twice: \"a\" or \"b\"",
    );
    check(
        "{job=~\".*\"}",
        "{job=~\".*\"}",
        "vector selector must contain at least one non-empty matcher",
    );
    check(
        "sum by job (a)",
        "job",
        "unexpected identifier \"job\" in grouping opts, expected \"(\"",
    );
    check("sum by (1) (a)", "1", "unexpected number \"1\" in grouping opts, expected label");
    check("on", "on", "unexpected <on>");
    check("BOOL", "BOOL", "unexpected <bool>");
    check(
        "sum by (a:b) (c)",
        "a:b",
        "unexpected identifier \"a:b\" in grouping opts, expected label",
    );
}

#[test]
fn ranges_and_moments_stand_behind_selectors() {
    check("a[5m", "[", "unclosed left bracket");
    check("a[0s]", "0s", "duration must be greater than 0");
    check("a[-5m]", "-", "duration must be greater than 0");
    check("(a)[5m]", "(a)[5m]", "ranges only allowed for vector selectors");
    check("a offset 1m [5m]", "[5m]", "no offset modifiers allowed before range");
    check("a @ 1 [5m]", "[5m]", "no @ modifiers allowed before range");
    check("a offset 1m offset 2m", "offset", "offset may not be set multiple times");
    check("a offset 1e300", "1e300", "duration out of range");
    check("a @ 1 @ 2", "@ 2", "@ <timestamp> may not be set multiple times");
    check("a @ inf", "@ inf", "timestamp out of bounds for @ modifier: inf");
    check(
        "1 offset 5m",
        "offset",
        "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
    );
    check(
        "a[5m:1m][5m:1m]",
        "a[5m:1m][5m:1m]",
        "subquery is only allowed on instant vector, got range vector instead",
    );
}

#[test]
fn parts_are_of_the_right_types() {
    check(
        "incraese(a[5m])",
        "incraese",
        "unknown function with name \"incraese\"; did you mean \"increase\"?",
    );
    check("frobnicate(a)", "frobnicate", "unknown function with name \"frobnicate\"");
    check(
        "rate(a)",
        "a",
        "expected type range vector in call to function \"rate\", got instant vector",
    );
    check("rate()", "rate()", "expected 1 argument(s) in call to \"rate\", got 0");
    check(
        "round(a, 1, 2)",
        "round(a, 1, 2)",
        "expected at most 2 argument(s) in call to \"round\", got 3",
    );
    check(
        "label_join(a)",
        "label_join(a)",
        "expected at least 3 argument(s) in call to \"label_join\", got 1",
    );
    check("sum(1)", "1", "expected type instant vector in aggregation expression, got scalar");
    check("sum()", "sum()", "no arguments for aggregate expression provided");
    check(
        "topk(a)",
        "topk(a)",
        "wrong number of arguments for aggregate expression provided, expected 2, got 1",
    );
    check("topk(\"a\", a)", "\"a\"", "expected type scalar in aggregation parameter, got string");
    check("1 == 2", "1 == 2", "comparisons between scalars must use BOOL modifier");
    check("a and fill (0) b", "fill", "filling in missing series not allowed for set operators");
    check(
        "info(a, {b=\"c\"} offset 5m)",
        "{b=\"c\"} offset 5m",
        "expected label selectors as the second argument to 'info' function",
    );
    check("a + bool b", "bool", "bool modifier can only be used on comparison operators");
    check("1 and a", "1 and a", "set operator \"and\" not allowed in binary scalar expression");
    check(
        "a + on (job) 1",
        "a + on (job) 1",
        "vector matching only allowed between instant vectors",
    );
    check(
        "a + fill (0) 1",
        "a + fill (0) 1",
        "filling in missing series only allowed between instant vectors",
    );
    check("a and on (job) group_left b", "group_left", "no grouping allowed for \"and\" operation");
    check(
        "a + on (job) group_left (job) b",
        "(job)",
        "label \"job\" must not occur in ON and GROUP clause at once",
    );
    check(
        "a[5m] + 1",
        "a[5m]",
        "binary expression must contain only scalar and instant vector types",
    );
    check(
        "-\"a\"",
        "\"a\"",
        "unary expression only allowed on expressions of type scalar or instant vector, got \"string\"",
    );
}

#[test]
fn what_newer_versions_have_is_refused_by_name() {
    check(
        "rate(a[5m] anchored)",
        "anchored",
        "unsupported: the modifiers `anchored` and `smoothed`",
    );
    check("a[5m * 2]", "5m *", "unsupported: duration expressions");
    check("a[step()]", "step", "unsupported: duration expressions");
    check("a </ 5", "</", "unsupported: the operator \"</\" of native histograms");
    check("integral(a[5m])", "integral", "unsupported: the function \"integral\"");
}

#[test]
fn what_cannot_be_answered_is_told_with_its_place() {
    check(
        "1 + (a + on (job) b)",
        "a + on (job) b",
        "found duplicate series for the match group {job=\"x\"} on the right hand-side of the operation: \
         [{__name__=\"b\", code=\"1\", job=\"x\"}, {__name__=\"b\", code=\"2\", job=\"x\"}];many-to-many \
         matching not allowed: matching labels must be unique on one side",
    );
    check(
        "a + on (job) sum by (job) (b)",
        "a + on (job) sum by (job) (b)",
        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)",
    );
    check(
        "sum by (job) (b) * on (job) group_right (code) a{code=\"1\"} + on (job) group_left (code) a",
        "sum by (job) (b) * on (job) group_right (code) a{code=\"1\"} + on (job) group_left (code) a",
        "found duplicate series for the match group {job=\"x\"} on the right hand-side of the operation: \
         [{__name__=\"a\", code=\"1\", job=\"x\"}, {__name__=\"a\", code=\"2\", job=\"x\"}];many-to-many \
         matching not allowed: matching labels must be unique on one side",
    );
    check(
        "label_replace(a, \"code\", \"\", \"\", \"\")",
        "label_replace(a, \"code\", \"\", \"\", \"\")",
        "vector cannot contain metrics with the same labelset",
    );
    check(
        "abs({__name__=~\"a|b\"})",
        "abs({__name__=~\"a|b\"})",
        "vector cannot contain metrics with the same labelset",
    );
    check(
        "label_replace(a, \"x\", \"\", \"\", \"(\")",
        "\"(\"",
        "invalid regular expression in label_replace(): (",
    );
    check("topk(NaN, a)", "NaN", "Parameter value is NaN");
    check("limit_ratio(NaN, a)", "NaN", "Ratio value is NaN");
    check(
        "double_exponential_smoothing(a[5m], 1, 0.5)",
        "1",
        "invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000",
    );
    check(
        "double_exponential_smoothing(a[5m], 0.5, 0)",
        "0",
        "invalid trend factor. Expected: 0 < tf < 1, got: 0.000000",
    );
    check(
        "label_replace(a, \"\", \"\", \"\", \"\")",
        "\"\"",
        "invalid destination label name in label_replace(): ",
    );
    check("topk(1e19, a)", "1e19", "Scalar value 1e+19 overflows int64");
    check(
        "topk(scalar(a{code=\"1\"}) * 9223372036854775808, a)",
        "scalar(a{code=\"1\"}) * 9223372036854775808",
        "Scalar value 9.223372036854776e+18 overflows int64",
    );
    check(
        "a * on (job) group_left (code) sum by (job) (b)",
        "a * on (job) group_left (code) sum by (job) (b)",
        "multiple matches for labels: grouping labels must ensure unique matches",
    );
}

#[test]
fn endless_nesting_is_refused() {
    let nested = |count: usize| format!("{}a{}", "(".repeat(count), ")".repeat(count));
    assert!(Query::parse(&nested(150)).is_ok());
    let error = Query::parse(&nested(100_000)).unwrap_err();
    assert_eq!(error.message, "the expression is nested too deeply");
    let error = Query::parse(&"-".repeat(100_000)).unwrap_err();
    assert_eq!(error.message, "the expression is nested too deeply");
    let error = Query::parse(&vec!["a"; 100_000].join(" + ")).unwrap_err();
    assert_eq!(error.message, "too many operators in a row; put parts in parentheses");
    let query = Query::parse(&vec!["a"; 150].join(" + ")).unwrap();
    assert!(query.at(&Store::new(), 0, Settings::default()).is_ok());
}
