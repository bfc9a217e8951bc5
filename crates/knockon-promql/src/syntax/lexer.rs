//! From text to words, each with its place.

use std::ops::Range;

use super::literal;
use crate::query::QueryError;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) span: Range<usize>,
    pub(crate) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    /// A name or a keyword.
    Word(String),
    Number(f64),
    /// A length of time, in milliseconds.
    Duration(i64),
    Text(Vec<u8>),
    /// An operator, a bracket, a comma.
    Sign(&'static str),
    End,
}

/// Operators that cut native histograms.
const TRIM: [&str; 2] = ["</", ">/"];

/// The longest first.
const SIGNS: [&str; 28] = [
    TRIM[0], TRIM[1], "==", "!=", "<=", ">=", "=~", "!~", "{", "}", "(", ")", "[", "]", ",", "=",
    "<", ">", "+", "-", "*", "/", "%", "^", "@", ":", ";", "$",
];

/// The words of a text; the last is its end.
pub(crate) fn lex(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    // What is open, by the place of its token.
    let mut open: Vec<usize> = Vec::new();
    // Inside of brackets a colon stands between range and step, and begins no name.
    let mut brackets = 0_usize;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if first == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (length, kind) = token(rest, brackets > 0).map_err(|error| QueryError {
            span: at + error.span.start..at + error.span.end,
            message: error.message,
        })?;
        match kind {
            TokenKind::Sign("[") => brackets += 1,
            TokenKind::Sign("]") => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        match kind {
            TokenKind::Sign("(" | "[" | "{") => open.push(tokens.len()),
            TokenKind::Sign(")" | "]" | "}") => drop(open.pop()),
            _ => {}
        }
        tokens.push(Token { span: at..at + length, kind });
        at += length;
    }
    if let Some(unclosed) = open.last().map(|place| &tokens[*place]) {
        let message = match unclosed.kind {
            TokenKind::Sign("(") => "unclosed left parenthesis",
            TokenKind::Sign("[") => "unclosed left bracket",
            _ => "unexpected end of input inside braces",
        };
        return Err(QueryError { span: unclosed.span.clone(), message: message.to_owned() });
    }
    tokens.push(Token { span: text.len()..text.len(), kind: TokenKind::End });
    Ok(tokens)
}

fn token(rest: &str, in_brackets: bool) -> Result<(usize, TokenKind), QueryError> {
    let bytes = rest.as_bytes();
    let next_is_digit = bytes.get(1).is_some_and(u8::is_ascii_digit);
    match bytes[0] {
        b'"' | b'\'' | b'`' => {
            let (length, text) = literal::text(rest)?;
            Ok((length, TokenKind::Text(text)))
        }
        b'0'..=b'9' => literal::number(rest),
        b'.' if next_is_digit => literal::number(rest),
        byte if is_word_start(byte) || (byte == b':' && !in_brackets) => {
            let is_part = |byte: &u8| {
                is_word_start(*byte) || byte.is_ascii_digit() || (*byte == b':' && !in_brackets)
            };
            let length = bytes.iter().take_while(|byte| is_part(byte)).count();
            let word = &rest[..length];
            Ok((
                length,
                literal::named_number(word)
                    .map_or_else(|| TokenKind::Word(word.to_owned()), TokenKind::Number),
            ))
        }
        _ => {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
            if let Some(sign) = sign.filter(|sign| TRIM.contains(sign)) {
                let message = format!("unsupported: the operator {sign:?} of native histograms");
                return Err(QueryError { span: 0..sign.len(), message });
            }
            let Some(sign) = sign else {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                let message = format!("unexpected character: {:?}", &rest[..length]);
                return Err(QueryError { span: 0..length, message });
            };
            Ok((sign.len(), TokenKind::Sign(sign)))
        }
    }
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

impl TokenKind {
    /// How a message names it.
    pub(crate) fn named(&self, text: &str) -> String {
        match self {
            Self::End => "end of input".to_owned(),
            Self::Word(_) => format!("identifier \"{text}\""),
            Self::Number(_) => format!("number \"{text}\""),
            Self::Duration(_) => format!("duration \"{text}\""),
            Self::Text(_) => format!("string {text}"),
            Self::Sign(sign) => format!("\"{sign}\""),
        }
    }
}
