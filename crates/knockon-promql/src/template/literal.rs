//! Numbers and texts as Go writes them (<https://go.dev/ref/spec#String_literals>).

use super::tree::Number;
use crate::go::push_unescaped;

/// The text of a literal in double quotes; `None` if Go would refuse it.
pub(super) fn unquoted(written: &str) -> Option<String> {
    escaped(written.strip_prefix('"')?.strip_suffix('"')?, b'"')
}

/// What the escapes in a literal stand for. What is then no UTF-8 is shown as such.
fn escaped(inside: &str, quote: u8) -> Option<String> {
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((plain, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(plain.as_bytes());
        let length = push_unescaped(&mut bytes, escape, quote)?;
        rest = &escape[length..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A character constant, which is the number of its letter.
pub(super) fn character(written: &str) -> Option<Number> {
    let text = escaped(written.strip_prefix('\'')?.strip_suffix('\'')?, b'\'')?;
    let mut letters = text.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return None };
    let code = u32::from(letter);
    Some(Number {
        written: written.to_owned(),
        int: Some(i64::from(code)),
        float: f64::from(code),
        is_float: false,
    })
}

/// A number; an error as Go words it if it is none.
pub(super) fn number(written: &str) -> Result<Number, String> {
    let plain = written.replace('_', "");
    let int = integer(&plain);
    let is_decimal = plain.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let float = if is_decimal { plain.parse::<f64>().ok() } else { None };
    let is_float = int.is_none() && plain.contains(['.', 'e', 'E']);
    match (int, float) {
        (Some(int), _) => Ok(Number {
            written: written.to_owned(),
            int: Some(int),
            float: int as f64,
            is_float: false,
        }),
        (None, Some(float)) if is_float && float.is_finite() => {
            Ok(Number { written: written.to_owned(), int: whole(float), float, is_float })
        }
        (None, Some(float)) if float.is_finite() => Err(format!("integer overflow: {written:?}")),
        _ => Err(format!("bad number syntax: {written:?}")),
    }
}

/// A float without a fraction as an integer.
#[expect(clippy::cast_possible_truncation, reason = "it is checked to be in range")]
fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 9.0e18).then_some(value as i64)
}

/// An integer with the prefixes of Go: `0x`, `0o`, `0b`, and `0` for octal.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, rest) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some(_) if lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, &*lower),
    };
    if rest.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{rest}"), radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_go() {
        let check = |written: &str, expected: Option<&str>| {
            assert_eq!(unquoted(written).as_deref(), expected, "{written}");
        };
        check(r#""a\tb\"""#, Some("a\tb\""));
        check(r#""\x41\101\u00e9\U0001F600""#, Some("AAé😀"));
        check(r#""\xc3\xa9""#, Some("é"));
        check(r#""\'""#, None);
        check(r#""\8""#, None);
        check(r#""\x4""#, None);
        check(r#""\400""#, None);
        check(r#""\xé""#, None);
    }

    #[test]
    fn numbers_are_those_of_go() {
        let check = |written: &str, int: Option<i64>, is_float: bool| {
            let number = number(written).unwrap();
            assert_eq!((number.int, number.is_float), (int, is_float), "{written}");
        };
        check("10", Some(10), false);
        check("-1", Some(-1), false);
        check("010", Some(8), false);
        check("0x1F", Some(31), false);
        check("1_000", Some(1000), false);
        check("1e3", Some(1000), true);
        check("0.5", None, true);
        check(".5", None, true);
        for wrong in ["1x", "+", "0x", "1e999", "99999999999999999999", "1i", "--1", "0x-1"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
        assert_eq!(character("'a'").unwrap().int, Some(97));
    }
}
