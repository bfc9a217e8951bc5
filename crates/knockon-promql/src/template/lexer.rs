//! A template's text as tokens, as Go's `text/template` splits it
//! (<https://pkg.go.dev/text/template#hdr-Text_and_spaces>).

use super::TemplateError;
use super::lex_words::unicode;

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// Where it begins, in bytes.
    pub(super) at: usize,
    pub(super) text: &'t str,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What is written as it is.
    Text,
    Open,
    Close,
    Space,
    /// `true` or `false`.
    Bool,
    /// `'a'`.
    Char,
    Number,
    /// `"…"` with its quotes.
    String,
    /// `` `…` `` with its quotes.
    RawString,
    /// `.name`.
    Field,
    /// `.`.
    Dot,
    /// `$` or `$name`.
    Variable,
    /// The name of a function.
    Name,
    /// `if`, `end` and so on.
    Keyword,
    Pipe,
    Declare,
    Assign,
    Comma,
    OpenParen,
    CloseParen,
    /// Any other ASCII letter.
    Other,
    End,
}

pub(super) const KEYWORDS: [&str; 11] = [
    "block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with",
];

/// What trimming takes away.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

pub(super) struct Lexer<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    parens: usize,
    tokens: Vec<Token<'t>>,
}

/// The tokens of a template, an [`Kind::End`] at their end; or what is wrong with it. Because the
/// parser may find a mistake that stands before, the tokens until the wrong one are there in any case.
pub(super) fn tokens(text: &str) -> (Vec<Token<'_>>, Option<TemplateError>) {
    let mut lexer = Lexer { text, at: 0, parens: 0, tokens: Vec::new() };
    let wrong = lexer.run().err();
    (lexer.tokens, wrong)
}

pub(super) fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

pub(super) fn is_space(letter: char) -> bool {
    SPACES.contains(&letter)
}

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), TemplateError> {
        let mut is_trimmed = false;
        loop {
            let rest = self.rest();
            let open = rest.find("{{");
            let mut plain = &rest[..open.unwrap_or(rest.len())];
            let mut start = self.at;
            if is_trimmed {
                let trimmed = plain.trim_start_matches(SPACES);
                start += plain.len() - trimmed.len();
                plain = trimmed;
            }
            let Some(open) = open else {
                self.text_token(start, plain);
                self.at = self.text.len();
                self.push(Kind::End, self.at);
                return Ok(());
            };
            self.at += open;
            let trims = has_trim_mark_after(&self.text[self.at + 2..]);
            self.text_token(start, if trims { plain.trim_end_matches(SPACES) } else { plain });
            is_trimmed = self.action(trims)?;
        }
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn text_token(&mut self, at: usize, text: &'t str) {
        if !text.is_empty() {
            self.tokens.push(Token { kind: Kind::Text, at, text });
        }
    }

    pub(super) fn push(&mut self, kind: Kind, from: usize) {
        self.tokens.push(Token { kind, at: from, text: &self.text[from..self.at] });
    }

    pub(super) fn wrong<T>(
        &self,
        from: usize,
        message: impl Into<String>,
    ) -> Result<T, TemplateError> {
        Err(TemplateError { span: from..self.at.max(from), message: message.into() })
    }

    /// From `{{` to `}}`; whether what follows is to be trimmed.
    fn action(&mut self, trims: bool) -> Result<bool, TemplateError> {
        let from = self.at;
        self.at += 2;
        // The mark is `-` and a space; the space is a token of its own.
        let mark = usize::from(trims);
        if self.text[self.at + 2 * mark..].starts_with("/*") {
            self.at += 2 * mark;
            return self.comment(from);
        }
        self.push(Kind::Open, from);
        self.at += mark;
        self.parens = 0;
        loop {
            let (length, trims_after) = right_mark(self.rest());
            if length > 0 {
                if self.parens > 0 {
                    return self.wrong(self.at, "unclosed left paren");
                }
                let from = self.at;
                self.at += length;
                self.push(Kind::Close, from);
                return Ok(trims_after);
            }
            self.inside()?;
        }
    }

    fn comment(&mut self, from: usize) -> Result<bool, TemplateError> {
        self.at += 2;
        let Some(end) = self.rest().find("*/") else {
            return self.wrong(from, "unclosed comment");
        };
        self.at += end + 2;
        let (length, trims_after) = right_mark(self.rest());
        if length == 0 {
            return self.wrong(from, "comment ends before closing delimiter");
        }
        self.at += length;
        Ok(trims_after)
    }

    fn inside(&mut self) -> Result<(), TemplateError> {
        let from = self.at;
        let Some(letter) = self.peek() else { return self.wrong(from, "unclosed action") };
        self.at += letter.len_utf8();
        match letter {
            _ if is_space(letter) => self.space(from),
            '=' => self.push(Kind::Assign, from),
            ':' if self.peek() == Some('=') => {
                self.at += 1;
                self.push(Kind::Declare, from);
            }
            ':' => return self.wrong(from, "expected :="),
            '|' => self.push(Kind::Pipe, from),
            ',' => self.push(Kind::Comma, from),
            '"' => return self.quoted(from, '"', Kind::String, "unterminated quoted string"),
            '\'' => {
                return self.quoted(from, '\'', Kind::Char, "unterminated character constant");
            }
            '`' => return self.raw(from),
            '$' => return self.named(from, Kind::Variable, Kind::Variable),
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => {
                return self.named(from, Kind::Field, Kind::Dot);
            }
            '.' | '+' | '-' | '0'..='9' => return self.number(from),
            '(' => {
                self.parens += 1;
                self.push(Kind::OpenParen, from);
            }
            ')' => {
                // One too many is the parser's to refuse.
                self.parens = self.parens.saturating_sub(1);
                self.push(Kind::CloseParen, from);
            }
            _ if is_word(letter) => return self.word(from),
            '!'..='~' => self.push(Kind::Other, from),
            _ => {
                let message = format!("unrecognized character in action: {}", unicode(letter));
                return self.wrong(from, message);
            }
        }
        Ok(())
    }

    /// Spaces, but not the one of a mark that trims: ` -}}`.
    fn space(&mut self, from: usize) {
        while right_mark(&self.text[self.at - 1..]).0 == 0 && self.peek().is_some_and(is_space) {
            self.at += 1;
        }
        if right_mark(&self.text[self.at - 1..]).0 > 0 {
            self.at -= 1;
        }
        if self.at > from {
            self.push(Kind::Space, from);
        }
    }
}

/// Whether `{{` is followed by a mark that trims what is before: `-` and a space.
fn has_trim_mark_after(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(SPACES))
}

/// How long an end of an action is, here at the beginning, and whether it trims what follows.
fn right_mark(rest: &str) -> (usize, bool) {
    if rest.starts_with("}}") {
        return (2, false);
    }
    let trims = rest.starts_with(SPACES) && rest[1..].starts_with("-}}");
    if trims { (4, true) } else { (0, false) }
}
