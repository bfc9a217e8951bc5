//! Templates: what is left of a message when everything that differs from line to line is taken out.
//!
//! The usual way is to cluster lines (Drain: He et al., "Drain: An Online Log Parsing Approach with
//! Fixed Depth Tree", ICWS 2017). There the template of a line depends on the lines before it, so that
//! two files in another order give other templates. A mask looks at one line alone. It leaves apart
//! what only the words of users tell apart, which is why templates have a limit.

/// What stands for anything that differs.
const WILDCARD: &str = "<*>";

/// How long a template gets, in bytes.
const TEMPLATE_BYTES_MAX: usize = 240;

/// Words with digits that say what is spoken of, and not which one.
const WORDS: &[&str] = &["x509", "s3", "http2", "utf8", "base64", "oauth2", "ipv4", "ipv6", "md5"];

/// The template of a message, of which the first line counts and what it was caused by.
pub(crate) fn template(message: &str) -> String {
    let mut masked = String::with_capacity(message.len().min(TEMPLATE_BYTES_MAX));
    let mut rest = message.trim();
    while let Some(first) = rest.chars().next() {
        if masked.len() > TEMPLATE_BYTES_MAX {
            break;
        }
        if let Some(inside) = quoted(rest) {
            push_wildcard(&mut masked);
            rest = &rest[inside + 2..];
            continue;
        }
        let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        if length == 0 {
            push(&mut masked, first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        // A full stop or a dash at the end is punctuation.
        let word = rest[..length].trim_end_matches(['.', '-']);
        let word = if word.is_empty() { &rest[..length] } else { word };
        if varies(word) && !is_status(word, &rest[word.len()..]) {
            push_wildcard(&mut masked);
        } else {
            masked.push_str(word);
        }
        rest = &rest[word.len()..];
    }
    if masked.len() > TEMPLATE_BYTES_MAX {
        let end = (0..=TEMPLATE_BYTES_MAX).rev().find(|at| masked.is_char_boundary(*at));
        masked.truncate(end.unwrap_or(0));
        masked.push('…');
    }
    masked
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// The length of what is quoted at the start of a text, if that is one word or a number: an id or a
/// name. A quoted sentence is part of what is said.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let inside = text[1..].find(quote)?;
    let content = &text[1..=inside];
    (!content.is_empty() && !content.contains(char::is_whitespace)).then_some(inside)
}

/// Numbers, ids, addresses, durations, hashes: a word with a digit in it, or of hexadecimal letters
/// alone that is longer than words of those get.
fn varies(word: &str) -> bool {
    if word.bytes().any(|byte| byte.is_ascii_digit()) {
        return !WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    }
    word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Statuses of HTTP that are errors and in use.
const STATUSES: &[&str] =
    &["400", "401", "403", "404", "408", "409", "413", "422", "429", "500", "502", "503", "504"];

/// A status of HTTP that is an error says what went wrong, unless a unit follows it.
fn is_status(word: &str, after: &str) -> bool {
    let is_error = STATUSES.contains(&word);
    let mut next = after.trim_start().split(|c: char| !c.is_alphanumeric());
    let unit = next.next().unwrap_or_default();
    is_error && !matches!(unit, "ms" | "s" | "us" | "MB" | "KB" | "B" | "bytes" | "seconds")
}

/// Adds a wildcard, one for all that only punctuation parts: `10.0.0.1:80`, `12:00:05`.
fn push_wildcard(masked: &mut String) {
    let before = masked.trim_end_matches([':', '.', '/', '-', '+', ',']);
    if before.ends_with(WILDCARD) {
        masked.truncate(before.len());
    } else {
        masked.push_str(WILDCARD);
    }
}

/// Adds a character; of blanks and line breaks one.
fn push(masked: &mut String, c: char) {
    if !c.is_whitespace() {
        masked.push(c);
    } else if !masked.ends_with(' ') {
        masked.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_differs_from_line_to_line_is_a_wildcard() {
        let check = |message: &str, expected: &str| assert_eq!(template(message), expected);
        check("", "");
        check("order 4711 paid in 35ms", "order <*> paid in <*>");
        check(
            "dial tcp 10.0.0.7:5432: connect: connection refused",
            "dial tcp <*>: connect: connection refused",
        );
        check("user 'ana' not found", "user <*> not found");
        check(
            "msg=\"no space left\" id=550e8400-e29b-41d4-a716-446655440000",
            "msg=\"no space left\" id=<*>",
        );
        check("GET /carts/57a98/items 503 0.012s", "GET /carts/<*>/items 503 <*>");
        check("upstream answered 500 calling carts", "upstream answered 500 calling carts");
        check("took 450 ms", "took <*> ms");
        check("x509: certificate has expired", "x509: certificate has expired");
        check("commit deadbeefcafe done.", "commit <*> done.");
        check("a facade was added", "a facade was added");
        check("at com.shop.Cart.add(Cart.java:31)", "at com.shop.Cart.add(Cart.java:<*>)");
        check("2026-01-01T12:00:00.5Z  up\nagain", "<*> up again");
        check("retry in 1 2 3", "retry in <*> <*> <*>");
    }

    proptest! {
        #[test]
        fn any_text_has_a_template_of_limited_length(text: String) {
            prop_assert!(template(&text).len() <= TEMPLATE_BYTES_MAX + 3);
        }

        #[test]
        fn numbers_make_no_difference(a in 0_u32.., b in 0_u32..) {
            let of = |n: u32| template(&format!("order x{n}y: failed after {n}ms at {n}.{n}"));
            prop_assert_eq!(of(a), of(b));
        }
    }
}
