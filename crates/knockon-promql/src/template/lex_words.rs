//! The tokens of an action that have letters in them: texts, names, numbers.

use super::TemplateError;
use super::lexer::{KEYWORDS, Kind, Lexer, is_space, is_word};

impl Lexer<'_> {
    pub(super) fn quoted(
        &mut self,
        from: usize,
        quote: char,
        kind: Kind,
        unterminated: &str,
    ) -> Result<(), TemplateError> {
        loop {
            let letter = self.next_of_line(from, unterminated)?;
            if letter == '\\' {
                self.next_of_line(from, unterminated)?;
            } else if letter == quote {
                self.push(kind, from);
                return Ok(());
            }
        }
    }

    fn next_of_line(&mut self, from: usize, unterminated: &str) -> Result<char, TemplateError> {
        match self.peek() {
            Some(letter) if letter != '\n' => {
                self.at += letter.len_utf8();
                Ok(letter)
            }
            _ => self.wrong(from, unterminated),
        }
    }

    pub(super) fn raw(&mut self, from: usize) -> Result<(), TemplateError> {
        let Some(end) = self.rest().find('`') else {
            return self.wrong(from, "unterminated raw quoted string");
        };
        self.at += end + 1;
        self.push(Kind::RawString, from);
        Ok(())
    }

    /// A field or a variable, of which the first letter was read.
    pub(super) fn named(
        &mut self,
        from: usize,
        kind: Kind,
        bare: Kind,
    ) -> Result<(), TemplateError> {
        let is_bare = !self.peek().is_some_and(is_word);
        self.skip_word();
        self.check_end(from)?;
        self.push(if is_bare { bare } else { kind }, from);
        Ok(())
    }

    fn skip_word(&mut self) {
        let rest = self.rest();
        self.at += rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
    }

    /// After a name something has to follow that ends it.
    fn check_end(&mut self, from: usize) -> Result<(), TemplateError> {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(' | '}') => Ok(()),
            Some(letter) if is_space(letter) => Ok(()),
            Some(letter) => self.wrong(from, format!("bad character {}", unicode(letter))),
        }
    }

    pub(super) fn word(&mut self, from: usize) -> Result<(), TemplateError> {
        self.skip_word();
        self.check_end(from)?;
        let word = &self.text[from..self.at];
        self.push(
            match word {
                "true" | "false" => Kind::Bool,
                _ if KEYWORDS.contains(&word) => Kind::Keyword,
                _ => Kind::Name,
            },
            from,
        );
        Ok(())
    }

    pub(super) fn number(&mut self, from: usize) -> Result<(), TemplateError> {
        self.at = from;
        self.skip(1, |letter| matches!(letter, '+' | '-'));
        let radix = match self.rest().get(..2) {
            Some("0x" | "0X") => 16,
            Some("0o" | "0O") => 8,
            Some("0b" | "0B") => 2,
            _ => 10,
        };
        self.at += if radix == 10 { 0 } else { 2 };
        let is_digit = |letter: char| letter == '_' || letter.is_digit(radix);
        self.skip(usize::MAX, is_digit);
        if self.skip(1, |letter| letter == '.') {
            self.skip(usize::MAX, is_digit);
        }
        if radix == 10 && self.skip(1, |letter| matches!(letter, 'e' | 'E')) {
            self.skip(1, |letter| matches!(letter, '+' | '-'));
            self.skip(usize::MAX, is_digit);
        }
        if self.skip(1, is_word) {
            let written = crate::go::quoted(&self.text[from..self.at]);
            return self.wrong(from, format!("bad number syntax: {written}"));
        }
        self.push(Kind::Number, from);
        Ok(())
    }

    /// Goes on over at most so many letters of a kind; whether there was one.
    fn skip(&mut self, most: usize, is_wanted: impl Fn(char) -> bool) -> bool {
        let letters = self.rest().chars().take(most).take_while(|letter| is_wanted(*letter));
        let length: usize = letters.map(char::len_utf8).sum();
        self.at += length;
        length > 0
    }
}

/// A letter as Go's `%#U` writes it.
pub(super) fn unicode(letter: char) -> String {
    let code = format!("U+{:04X}", u32::from(letter));
    let is_shown = !letter.is_control() && !letter.is_whitespace();
    if is_shown { format!("{code} '{letter}'") } else { code }
}
