//! How the parser says what is wrong.

use super::TemplateError;
use super::lexer::{Kind, Token};
use super::literal;
use super::parser::Parse;

/// The text of a token in quotes.
pub(super) fn text_of(token: Token<'_>) -> Parse<String> {
    if token.kind == Kind::RawString {
        return Ok(token.text.trim_matches('`').replace('\r', ""));
    }
    match literal::unquoted(token.text) {
        Some(text) => Ok(text),
        None => wrong(token.at, token.at + token.text.len(), "invalid syntax"),
    }
}

pub(super) fn wrong<T>(from: usize, to: usize, message: impl Into<String>) -> Parse<T> {
    Err(TemplateError { span: from..to, message: message.into() })
}

pub(super) fn unexpected<T>(token: Token<'_>, context: &str) -> Parse<T> {
    let what = match token.kind {
        Kind::End => "EOF".to_owned(),
        Kind::Keyword => format!("<{}>", token.text),
        _ if token.text.chars().count() > 10 => {
            format!("{:?}...", token.text.chars().take(10).collect::<String>())
        }
        _ => format!("{:?}", token.text),
    };
    wrong(token.at, token.at + token.text.len(), format!("unexpected {what} in {context}"))
}
