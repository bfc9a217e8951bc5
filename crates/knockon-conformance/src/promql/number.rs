//! Numbers as Go reads them.

/// A number that may be an integer of any base (`0x1f`, `0b1`, `017`) or a float (`1e-3`, `+Inf`).
pub(super) fn number(text: &str) -> Option<f64> {
    integer(text).or_else(|| float(text))
}

/// Go's `strconv.ParseInt` with base 0: the base is in the prefix, and `_` may stand between digits.
fn integer(text: &str) -> Option<f64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_str() {
        _ if lower.starts_with("0x") => (16, &lower[2..]),
        _ if lower.starts_with("0o") => (8, &lower[2..]),
        _ if lower.starts_with("0b") => (2, &lower[2..]),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    let digits = without_underscores(digits)?;
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    i64::from_str_radix(&digits, radix).ok().map(|value| sign * value as f64)
}

/// `_` between digits is left out; anywhere else it makes the text no number.
fn without_underscores(digits: &str) -> Option<String> {
    let is_misplaced = digits.ends_with('_') || digits.contains("__");
    (!is_misplaced).then(|| digits.replace('_', ""))
}

/// Go's `strconv.ParseFloat` for decimal numbers.
pub(super) fn float(text: &str) -> Option<f64> {
    let has_digits_or_word = text.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if !has_digits_or_word || text.contains('_') {
        return None;
    }
    let is_signed_nan = text.starts_with(['+', '-']) && text[1..].eq_ignore_ascii_case("nan");
    let value: f64 = text.parse().ok()?;
    // A number too large for a float is an error in Go, infinity here.
    let is_too_large = value.is_infinite() && text.bytes().any(|byte| byte.is_ascii_digit());
    (!is_signed_nan && !is_too_large).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let check =
            |text: &str, expected: Option<f64>| assert_eq!(number(text), expected, "{text}");
        check("1", Some(1.0));
        check("-0.5", Some(-0.5));
        check("1e-3", Some(0.001));
        check(".5", Some(0.5));
        check("5.", Some(5.0));
        check("017", Some(15.0));
        check("0x1F", Some(31.0));
        check("0b11", Some(3.0));
        check("1_000", Some(1000.0));
        check("+Inf", Some(f64::INFINITY));
        check("-inf", Some(f64::NEG_INFINITY));
        check("9223372036854775808", Some(9_223_372_036_854_775_808.0));
        check("1__0", None);
        check("1_", None);
        check("--1", None);
        check("", None);
        check("-", None);
        check(".", None);
        check("e", None);
        check("1e400", None);
        check("-NaN", None);
        assert!(number("NaN").is_some_and(f64::is_nan));
    }
}
