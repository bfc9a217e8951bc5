//! What operators answer, as Prometheus documents them
//! (<https://prometheus.io/docs/prometheus/latest/querying/operators/>).

use knockon_promql::{Query, Settings, Store, Value};

use crate::load::{answer, load};

const MINUTE: i64 = 60_000;

/// Series that do not change, those of the examples of the document among them, and some that do.
pub(crate) fn store() -> Store {
    let mut store = Store::new();
    for (name, values) in [
        ("v{x=\"1\"}", "1x10"),
        ("v{x=\"2\"}", "2x10"),
        ("v{x=\"3\"}", "3x10"),
        ("w{x=\"2\"}", "20x10"),
        ("w{x=\"3\"}", "30x10"),
        ("w{x=\"4\"}", "40x10"),
        ("l{x=\"2\",y=\"b\"}", "1x10"),
        ("l{x=\"5\",y=\"e\"}", "1x10"),
        ("m{x=\"2\",y=\"old\"}", "7x10"),
        ("n{x=\"1\"}", "NaNx10"),
        // One takes the place of the other.
        ("s{x=\"1\",y=\"1\"}", "1 1 1 stale"),
        ("s{x=\"1\",y=\"2\"}", "_ _ _ 2 2 2"),
        ("r", "0+1x10"),
        ("errors{method=\"get\",code=\"500\"}", "24x10"),
        ("errors{method=\"get\",code=\"404\"}", "30x10"),
        ("errors{method=\"put\",code=\"501\"}", "3x10"),
        ("errors{method=\"post\",code=\"500\"}", "6x10"),
        ("errors{method=\"post\",code=\"404\"}", "21x10"),
        ("requests{method=\"get\"}", "600x10"),
        ("requests{method=\"del\"}", "34x10"),
        ("requests{method=\"post\"}", "120x10"),
    ] {
        load(&mut store, MINUTE, name, values);
    }
    store
}

/// What is answered at the fifth minute, in the order of the lines.
pub(crate) fn check(query: &str, expected: &[&str]) {
    assert_eq!(answer(&store(), query, 5 * MINUTE), expected, "{query}");
}

/// What an expression of numbers answers.
fn check_number(expr: &str, expected: f64) {
    let answer = Query::parse(expr).unwrap().at(&store(), 5 * MINUTE, Settings::default());
    let Value::Scalar { value, .. } = answer.unwrap().value else { panic!("{expr}") };
    #[expect(clippy::float_cmp, reason = "the numbers are told to the last digit")]
    let is_same = value == expected || (value.is_nan() && expected.is_nan());
    assert!(is_same, "{expr}: {value}, not {expected}");
}

#[test]
fn operators_bind_as_tightly_as_documented() {
    check_number("2 ^ 3 ^ 2", 512.0);
    check_number("2 * 3 % 2", 0.0);
    check_number("2 - 3 - 4", -5.0);
    check_number("8 / 4 / 2", 1.0);
    check_number("-2 ^ 2", -4.0);
    check_number("2 ^ -1", 0.5);
    check_number("-2 * 3", -6.0);
    check_number("2 + 3 * 4 ^ 2", 50.0);
    check_number("6 * 1 atan2 1", 6_f64.atan2(1.0));
    check_number("1 + 1 atan2 1", 1.0 + 1_f64.atan2(1.0));
    check_number("1 + 2 == bool 3", 1.0);
    check_number("3 > bool 2 > bool 1", 0.0);
    check_number("-time() - 1", -301.0);
    check("v or v and w", &[r#"v{x="1"} 1"#, r#"v{x="2"} 2"#, r#"v{x="3"} 3"#]);
    check("v unless v or w{x=\"4\"}", &[r#"w{x="4"} 40"#]);
    check("v unless v unless v", &[]);
    check("v > 1 and v < 3", &[r#"v{x="2"} 2"#]);
    check("v + 1 > 3", &[r#"{x="3"} 4"#]);
}

#[test]
fn numbers_are_reckoned_as_ieee_754_has_it() {
    check_number("1 / 0", f64::INFINITY);
    check_number("-1 / 0", f64::NEG_INFINITY);
    check_number("0 / 0", f64::NAN);
    check_number("1 % 0", f64::NAN);
    // The sign is that of the left side, as in Go's `math.Mod`.
    check_number("-7 % 3", -1.0);
    check_number("7 % -3", 1.0);
    check_number("(-8) ^ 3", -512.0);
    check_number("0 ^ 0", 1.0);
    check_number("1 atan2 0", std::f64::consts::FRAC_PI_2);
    check_number("0 atan2 -1", std::f64::consts::PI);
    check_number("NaN == bool NaN", 0.0);
    check_number("NaN != bool NaN", 1.0);
    check_number("NaN < bool 1", 0.0);
    for (op, [less, same, more]) in [
        ("==", [0.0, 1.0, 0.0]),
        ("!=", [1.0, 0.0, 1.0]),
        ("<", [1.0, 0.0, 0.0]),
        ("<=", [1.0, 1.0, 0.0]),
        (">", [0.0, 0.0, 1.0]),
        (">=", [0.0, 1.0, 1.0]),
    ] {
        check_number(&format!("1 {op} bool 2"), less);
        check_number(&format!("2 {op} bool 2"), same);
        check_number(&format!("3 {op} bool 2"), more);
    }
}

#[test]
fn a_number_meets_every_series() {
    check("v - 1", &[r#"{x="1"} 0"#, r#"{x="2"} 1"#, r#"{x="3"} 2"#]);
    check("1 - v", &[r#"{x="1"} 0"#, r#"{x="2"} -1"#, r#"{x="3"} -2"#]);
    check("2 ^ v", &[r#"{x="1"} 2"#, r#"{x="2"} 4"#, r#"{x="3"} 8"#]);
    check("r + on () 1", &["{} 6"]);
    check("-v", &[r#"{x="1"} -1"#, r#"{x="2"} -2"#, r#"{x="3"} -3"#]);
    // A comparison keeps the series, with its value and its name.
    check("v > 2", &[r#"v{x="3"} 3"#]);
    check("v >= 2", &[r#"v{x="2"} 2"#, r#"v{x="3"} 3"#]);
    check("2 < v", &[r#"v{x="3"} 3"#]);
    check("2 >= v", &[r#"v{x="1"} 1"#, r#"v{x="2"} 2"#]);
    check("v != 2", &[r#"v{x="1"} 1"#, r#"v{x="3"} 3"#]);
    check("n != NaN", &[r#"n{x="1"} NaN"#]);
    check("n == NaN", &[]);
    // With `bool` it is neither kept nor left out, and has no name.
    check("v > bool 2", &[r#"{x="1"} 0"#, r#"{x="2"} 0"#, r#"{x="3"} 1"#]);
    check("2 > bool v", &[r#"{x="1"} 1"#, r#"{x="2"} 0"#, r#"{x="3"} 0"#]);
}

#[test]
fn sets_are_of_series_with_the_same_labels() {
    check("v and w", &[r#"v{x="2"} 2"#, r#"v{x="3"} 3"#]);
    check("v unless w", &[r#"v{x="1"} 1"#]);
    check("v or w", &[r#"v{x="1"} 1"#, r#"v{x="2"} 2"#, r#"v{x="3"} 3"#, r#"w{x="4"} 40"#]);
    check("v and on () w", &[r#"v{x="1"} 1"#, r#"v{x="2"} 2"#, r#"v{x="3"} 3"#]);
    check("v and ignoring (x) w", &[r#"v{x="1"} 1"#, r#"v{x="2"} 2"#, r#"v{x="3"} 3"#]);
    check("v unless ignoring (x) w", &[]);
    check("m and v", &[]);
    check("m and ignoring (y) v", &[r#"m{x="2", y="old"} 7"#]);
    check("m or on (x) l", &[r#"l{x="5", y="e"} 1"#, r#"m{x="2", y="old"} 7"#]);
    check("none or v{x=\"1\"}", &[r#"v{x="1"} 1"#]);
}

#[test]
fn series_match_by_their_labels() {
    check("v + w", &[r#"{x="2"} 22"#, r#"{x="3"} 33"#]);
    check("w - v", &[r#"{x="2"} 18"#, r#"{x="3"} 27"#]);
    check("w > v", &[r#"w{x="2"} 20"#, r#"w{x="3"} 30"#]);
    check("v > w", &[]);
    check("w > bool v", &[r#"{x="2"} 1"#, r#"{x="3"} 1"#]);
    check("v > bool w", &[r#"{x="2"} 0"#, r#"{x="3"} 0"#]);
    check("abs(w) > v", &[r#"{x="2"} 20"#, r#"{x="3"} 30"#]);
    check("m * ignoring (y) w", &[r#"{x="2"} 140"#]);
    check("m * on (x) w", &[r#"{x="2"} 140"#]);
    // What a comparison leaves out matches nothing.
    check("v > on () vector(2)", &["{} 3"]);
    // The sides are not even looked at where one is empty.
    check("none + on () w", &[]);
    check("v + on () none", &[]);
    check("sum_over_time((s * on (x) v)[4m:1m])", &[r#"{x="1"} 7"#]);
    check(
        "errors{code=\"500\"} / ignoring (code) requests",
        &[r#"{method="get"} 0.04"#, r#"{method="post"} 0.05"#],
    );
}

#[test]
fn many_series_match_one() {
    check(
        "errors / ignoring (code) group_left requests",
        &[
            r#"{code="404", method="get"} 0.05"#,
            r#"{code="404", method="post"} 0.175"#,
            r#"{code="500", method="get"} 0.04"#,
            r#"{code="500", method="post"} 0.05"#,
        ],
    );
    check(
        "requests - on (method) group_right errors{code=\"500\"}",
        &[r#"{code="500", method="get"} 576"#, r#"{code="500", method="post"} 114"#],
    );
    check("v * on (x) group_left (y) l", &[r#"{x="2", y="b"} 2"#]);
    check("l * on (x) group_right (y) v", &[r#"{x="2", y="b"} 2"#]);
    check("m * on (x) group_left (y) l", &[r#"{x="2", y="b"} 7"#]);
    // A label that the one does not have is taken away.
    check("m * on (x) group_left (y) w", &[r#"{x="2"} 140"#]);
    check("m < on (x) group_left w", &[r#"m{x="2", y="old"} 7"#]);
    check("w > on (x) group_right m", &[r#"m{x="2", y="old"} 20"#]);
    check("w > bool on (x) group_right m", &[r#"{x="2", y="old"} 1"#]);
}

#[test]
fn missing_series_are_filled_in() {
    let all = [r#"{x="1"} 1"#, r#"{x="2"} 22"#, r#"{x="3"} 33"#, r#"{x="4"} 40"#];
    check("v + fill (0) w", &all);
    check("v + on (x) fill_left (0) fill_right (0) w", &all);
    check("v + on (x) fill_right (0) fill_left (0) w", &all);
    check("v - fill_left (100) w", &[r#"{x="2"} -18"#, r#"{x="3"} -27"#, r#"{x="4"} 60"#]);
    check("v - fill_right (100) w", &[r#"{x="1"} -99"#, r#"{x="2"} -18"#, r#"{x="3"} -27"#]);
    check("v - fill_right (-1) none", &[r#"{x="1"} 2"#, r#"{x="2"} 3"#, r#"{x="3"} 4"#]);
    check("none - fill_left (5) v", &[r#"{x="1"} 4"#, r#"{x="2"} 3"#, r#"{x="3"} 2"#]);
    check("v - fill_left (5) none", &[]);
    check(
        "v - on (x) group_left fill_right (100) w",
        &[r#"{x="1"} -99"#, r#"{x="2"} -18"#, r#"{x="3"} -27"#],
    );
    check(
        "w - on (x) group_right fill_left (100) v",
        &[r#"{x="1"} 99"#, r#"{x="2"} 18"#, r#"{x="3"} 27"#],
    );
    check(
        "w - on (x) group_right fill_right (7) v",
        &[r#"{x="2"} 18"#, r#"{x="3"} 27"#, r#"{x="4"} 33"#],
    );
    // What is filled in has the labels that were matched by, and no others.
    check("v + on (x) group_left fill_left (0) l{x=\"5\"}", &[r#"{x="5"} 1"#]);
}
