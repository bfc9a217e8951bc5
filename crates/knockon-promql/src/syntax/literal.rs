//! Numbers, lengths of time and texts, as they are written.

use super::lexer::TokenKind;
use crate::go::push_unescaped;
use crate::query::QueryError;

/// Units of time, the largest first, in milliseconds.
pub(super) const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

fn wrong<T>(length: usize, message: impl Into<String>) -> Result<T, QueryError> {
    Err(QueryError { span: 0..length, message: message.into() })
}

/// `inf` and `nan`, however they are written.
pub(super) fn named_number(word: &str) -> Option<f64> {
    if word.eq_ignore_ascii_case("inf") {
        return Some(f64::INFINITY);
    }
    word.eq_ignore_ascii_case("nan").then_some(f64::NAN)
}

/// A number or a length of time at the beginning of a text, and how long it is.
pub(super) fn number(rest: &str) -> Result<(usize, TokenKind), QueryError> {
    let bytes = rest.as_bytes();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let mut length = 0;
    while let Some(byte) = bytes.get(length) {
        let signs_exponent = matches!(byte, b'+' | b'-')
            && matches!(bytes[length - 1], b'e' | b'E')
            && !rest.starts_with("0x")
            && !rest.starts_with("0X")
            && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        if !is_part(byte) && !signs_exponent {
            break;
        }
        length += 1;
    }
    let text = &rest[..length];
    let plain = text.replace('_', "");
    let hex = plain.strip_prefix("0x").or_else(|| plain.strip_prefix("0X"));
    if let Some(hex) = hex {
        // A whole number of any length; digits beyond what a float can tell are rounded.
        let digits: Option<Vec<u32>> = hex.chars().map(|digit| digit.to_digit(16)).collect();
        return match digits.filter(|digits| !digits.is_empty()) {
            Some(digits) => {
                let value =
                    digits.iter().fold(0.0, |value, digit| value * 16.0 + f64::from(*digit));
                Ok((length, TokenKind::Number(value)))
            }
            None => wrong(length, format!("bad number or duration syntax: {text:?}")),
        };
    }
    let is_number =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if plain.bytes().all(is_number)
        && let Ok(value) = plain.parse::<f64>()
    {
        if value.is_infinite() {
            return wrong(length, format!("number out of range: {text:?}"));
        }
        return Ok((length, TokenKind::Number(value)));
    }
    match duration(text) {
        Ok(ms) => Ok((length, TokenKind::Duration(ms))),
        Err(NoDuration::TooLong) => wrong(length, "duration out of range"),
        Err(NoDuration::Syntax) => {
            wrong(length, format!("bad number or duration syntax: {text:?}"))
        }
    }
}

/// Why a text is no length of time.
enum NoDuration {
    Syntax,
    TooLong,
}

/// A length of time as Prometheus writes it, such as `1h30m`, in milliseconds; nothing if it is none.
///
/// ```
/// use knockon_promql::duration_ms;
/// assert_eq!(duration_ms("1h30m"), Some(5_400_000));
/// assert_eq!(duration_ms("30m1h"), None);
/// ```
pub fn duration_ms(text: &str) -> Option<i64> {
    duration(text).ok()
}

fn duration(text: &str) -> Result<i64, NoDuration> {
    if text == "0" {
        return Ok(0);
    }
    if text.is_empty() {
        return Err(NoDuration::Syntax);
    }
    let mut rest = text;
    let mut total = Some(0_i64);
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = &rest[digits..];
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        // Each unit once, the largest first.
        let unit = units.find(|(unit, _)| *unit == &after[..letters]);
        let Some((_, size)) = unit.filter(|_| digits > 0) else { return Err(NoDuration::Syntax) };
        let count = rest[..digits].parse::<i64>().ok();
        let length = count.and_then(|count| count.checked_mul(*size));
        total = total.zip(length).and_then(|(total, length)| total.checked_add(length));
        rest = &after[letters..];
    }
    total.ok_or(NoDuration::TooLong)
}

/// A text in quotes at the beginning, and how long it is with them. Escapes are those of Go; there are
/// none between back quotes.
pub(super) fn text(rest: &str) -> Result<(usize, Vec<u8>), QueryError> {
    let quote = rest.as_bytes()[0];
    let mut bytes = Vec::new();
    let mut at = 1;
    while let Some(letter) = rest[at..].chars().next() {
        let length = letter.len_utf8();
        if letter == char::from(quote) {
            return Ok((at + 1, bytes));
        }
        if quote == b'`' || (letter != '\\' && letter != '\n') {
            bytes.extend(rest[at..at + length].bytes());
            at += length;
            continue;
        }
        if letter == '\n' {
            break;
        }
        let Some(length) = push_unescaped(&mut bytes, &rest[at + 1..], quote) else {
            return Err(QueryError {
                span: at..(at + 2).min(rest.len()),
                message: unknown_escape(&rest[at + 1..]),
            })
            .map_err(|error| on_letter(rest, error));
        };
        at += 1 + length;
    }
    wrong(at, if quote == b'`' { "unterminated raw string" } else { "unterminated quoted string" })
}

fn unknown_escape(rest: &str) -> String {
    rest.chars().next().map_or_else(
        || "unterminated quoted string".to_owned(),
        |letter| format!("unknown escape sequence U+{:04X} {letter:?}", u32::from(letter)),
    )
}

/// A place must not end within a letter.
fn on_letter(text: &str, mut error: QueryError) -> QueryError {
    while !text.is_char_boundary(error.span.end) {
        error.span.end += 1;
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lengths_of_time_are_told_apart() {
        let check = |text: &str, expected: Option<TokenKind>| {
            assert_eq!(number(text).ok().map(|(_, kind)| kind), expected, "{text}");
        };
        check("1", Some(TokenKind::Number(1.0)));
        check("1.5e-3 x", Some(TokenKind::Number(0.0015)));
        check(".5", Some(TokenKind::Number(0.5)));
        check("1_000", Some(TokenKind::Number(1000.0)));
        check("0x1F", Some(TokenKind::Number(31.0)));
        check("1e-x", None);
        check("5m", Some(TokenKind::Duration(300_000)));
        check("1w", Some(TokenKind::Duration(604_800_000)));
        check("1y", Some(TokenKind::Duration(31_536_000_000)));
        check("0x1e+5", Some(TokenKind::Number(30.0)));
        check("1h30m]", Some(TokenKind::Duration(5_400_000)));
        check("1d12h5ms", Some(TokenKind::Duration(129_600_005)));
        check("0x", None);
        check("1x", None);
        check("1m1h", None);
        check("5.5m", None);
    }

    #[test]
    fn texts_are_read_with_their_escapes() {
        let check = |written: &str, expected: Option<(usize, &[u8])>| {
            let found = text(written).ok();
            assert_eq!(found.as_ref().map(|(at, it)| (*at, it.as_slice())), expected, "{written}");
        };
        check(r#""a\n\"b" c"#, Some((8, b"a\n\"b")));
        check(r"'\'' x", Some((4, b"'")));
        check(r"`a\n` x", Some((5, br"a\n")));
        check(r#""\x41\101\u00e9""#, Some((16, "AAé".as_bytes())));
        check(r#""\xc5""#, Some((6, &[0xc5])));
        check(r#""\q""#, None);
        check(r#""\é""#, None);
        check("\"a\nb\"", None);
        check("\"a", None);
    }
}
