//! Numbers and texts as Go's `fmt` and `strconv` write them
//! (<https://pkg.go.dev/fmt>, <https://pkg.go.dev/strconv#FormatFloat>).

use std::fmt::Write;

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `%e`: `1.5e+06`.
    Exponent,
    /// `%f`: `1500000`.
    Plain,
    /// `%g`: an exponent where the number is less than 1e-4, or has more digits than are wanted.
    General,
}

/// A number with `%v`: as few digits as tell it, with an exponent below 1e-4 and from 1e6 on.
pub(crate) fn float(value: f64) -> String {
    formatted(value, Form::General, None)
}

/// A number in a form, with so many digits (after the point; in `General` all of them) or as few as
/// tell it.
pub(crate) fn formatted(value: f64, form: Form, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    match form {
        Form::Plain => match precision {
            Some(precision) => format!("{value:.precision$}"),
            None => format!("{value}"),
        },
        Form::Exponent => {
            let (digits, exponent) = split(value, precision);
            with_exponent(value, &digits, exponent)
        }
        Form::General => general(value, precision),
    }
}

fn general(value: f64, precision: Option<usize>) -> String {
    let wanted = precision.map(|precision| precision.max(1));
    let (digits, exponent) = split(value, wanted.map(|wanted| wanted - 1));
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // With as few digits as tell the number, six decide.
    let limit = wanted.map_or(6, |wanted| i32::try_from(wanted).unwrap_or(i32::MAX));
    if exponent < -4 || exponent >= limit {
        return with_exponent(value, digits, exponent);
    }
    let decimals = usize::try_from(count - 1 - exponent).unwrap_or(0);
    format!("{value:.decimals$}")
}

/// The digits of a number and its exponent; so many digits after the first one, or as few as tell it.
fn split(value: f64, after: Option<usize>) -> (String, i32) {
    let text = match after {
        Some(after) => format!("{:.after$e}", value.abs()),
        None => format!("{:e}", value.abs()),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn with_exponent(value: f64, digits: &str, exponent: i32) -> String {
    let mut text = String::new();
    if value.is_sign_negative() {
        text.push('-');
    }
    let (first, rest) = digits.split_at(1);
    text.push_str(first);
    if !rest.is_empty() {
        text.push('.');
        text.push_str(rest);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    // Writing to a string cannot fail.
    let _ = write!(text, "e{sign}{:02}", exponent.unsigned_abs());
    text
}

/// A text with `%q`: in double quotes, with what is not shown escaped.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        push_escaped(&mut quoted, letter, '"');
    }
    quoted.push('"');
    quoted
}

/// A letter as it stands between quotes.
pub(crate) fn push_escaped(out: &mut String, letter: char, quote: char) {
    let simple = match letter {
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        '\\' => "\\\\",
        _ => "",
    };
    if !simple.is_empty() {
        out.push_str(simple);
    } else if letter == quote {
        out.push('\\');
        out.push(letter);
    } else if letter == ' ' || !(letter.is_control() || letter.is_whitespace()) {
        out.push(letter);
    } else {
        let code = u32::from(letter);
        let _ = match code {
            0..=0x7f => write!(out, "\\x{code:02x}"),
            0x80..=0xffff => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
    }
}

/// As Go's `url.QueryEscape`.
pub(crate) fn query_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            _ => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

/// What an escape in a literal stands for, in bytes; answers how long it is after its backslash, or
/// nothing if Go has no such escape (<https://go.dev/ref/spec#String_literals>).
pub(crate) fn push_unescaped(bytes: &mut Vec<u8>, rest: &str, quote: u8) -> Option<usize> {
    let number = |digits: &str, radix: u32| {
        // `from_str_radix` takes a sign.
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_plain.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
    };
    let first = *rest.as_bytes().first()?;
    let plain = match first {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0b,
        b'\\' => b'\\',
        _ if first == quote => quote,
        b'x' | b'0'..=b'7' => {
            let (digits, radix) =
                if first == b'x' { (rest.get(1..3)?, 16) } else { (rest.get(..3)?, 8) };
            bytes.push(u8::try_from(number(digits, radix)?).ok()?);
            return Some(3);
        }
        b'u' | b'U' => {
            let length = if first == b'u' { 4 } else { 8 };
            let letter = char::from_u32(number(rest.get(1..=length)?, 16)?)?;
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(1 + length);
        }
        _ => return None,
    };
    bytes.push(plain);
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        let check = |value: f64, expected: &str| assert_eq!(float(value), expected);
        check(0.0, "0");
        check(-0.0, "-0");
        check(1.5, "1.5");
        check(100_000.0, "100000");
        check(123_456_789.0, "1.23456789e+08");
        check(1e21, "1e+21");
        check(0.0001, "0.0001");
        check(0.000_012_5, "1.25e-05");
        check(f64::NAN, "NaN");
        check(f64::NEG_INFINITY, "-Inf");
    }
}
