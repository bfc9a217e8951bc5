//! Texts in quotes as Go and PromQL write them: `"a\n"`, `'a'`, `` `a\n` `` without escapes.

/// A text in quotes at the beginning, with what comes after it. An escape may name any byte; what is
/// then not UTF-8 is replaced.
pub(super) fn quoted(text: &str) -> Result<(String, &str), String> {
    let Some(quote) = text.chars().next().filter(|it| ['"', '\'', '`'].contains(it)) else {
        return Err("a text in quotes is missing".to_owned());
    };
    let mut rest = &text[1..];
    let mut bytes = Vec::new();
    loop {
        let Some(letter) = rest.chars().next() else {
            return Err("the text in quotes does not end".to_owned());
        };
        rest = &rest[letter.len_utf8()..];
        match letter {
            _ if letter == quote => break,
            '\\' if quote != '`' => rest = escape(rest, quote, &mut bytes)?,
            _ => bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Ok((String::from_utf8_lossy(&bytes).into_owned(), rest))
}

/// Adds what an escape stands for; what comes after it.
fn escape<'a>(text: &'a str, quote: char, bytes: &mut Vec<u8>) -> Result<&'a str, String> {
    let wrong = || "an escape in quotes is wrong".to_owned();
    let letter = text.chars().next().ok_or_else(wrong)?;
    let after = &text[letter.len_utf8()..];
    let plain = match letter {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' => b'\\',
        '"' | '\'' if letter == quote => letter as u8,
        '0'..='7' => {
            let value = digits(text, 3, 8).ok_or_else(wrong)?;
            bytes.push(u8::try_from(value).map_err(|_| wrong())?);
            return Ok(&text[3..]);
        }
        'x' => {
            let value = digits(after, 2, 16).ok_or_else(wrong)?;
            bytes.push(u8::try_from(value).map_err(|_| wrong())?);
            return Ok(&after[2..]);
        }
        'u' | 'U' => {
            let count = if letter == 'u' { 4 } else { 8 };
            let value = digits(after, count, 16).and_then(char::from_u32).ok_or_else(wrong)?;
            bytes.extend(value.encode_utf8(&mut [0; 4]).bytes());
            return Ok(&after[count..]);
        }
        _ => return Err(wrong()),
    };
    bytes.push(plain);
    Ok(after)
}

fn digits(text: &str, count: usize, radix: u32) -> Option<u32> {
    let digits = text.get(..count).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_read_as_go_reads_them() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let read = quoted(text).ok();
            assert_eq!(
                read.as_ref().map(|(text, rest)| (text.as_str(), *rest)),
                expected,
                "{text}"
            );
        };
        check(r#""a" b"#, Some(("a", " b")));
        check(r"'a\'\\'", Some((r"a'\", "")));
        check(r"`a\n`,", Some((r"a\n", ",")));
        check(r#""\n\t\x41\101\u00e9\U0001F600""#, Some(("\n\tAAé😀", "")));
        check(r#""a\xc5z""#, Some(("a\u{fffd}z", "")));
        check(r#""\'""#, None);
        check(r#""\xg1""#, None);
        check(r#""\400""#, None);
        check(r#""\ud800""#, None);
        check(r#""a"#, None);
        check("a", None);
        check("", None);
    }
}
