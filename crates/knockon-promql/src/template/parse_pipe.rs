//! Tokens to pipelines: what stands in an action besides its keyword.

use super::functions;
use super::lexer::{Kind, Token};
use super::literal;
use super::parser::{Parse, Parser};
use super::refuse::{text_of, unexpected, wrong};
use super::tree::{Command, Pipe, What, Word};

impl Parser<'_> {
    pub(super) fn pipe(&mut self, context: &str, end: Kind) -> Parse<Pipe> {
        let at = self.peek_visible()?.at;
        let mut pipe =
            Pipe { at, variables: Vec::new(), is_assignment: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.peek_visible()?;
            match token.kind {
                kind if kind == end => {
                    self.next += 1;
                    check(&pipe, context, token)?;
                    return Ok(pipe);
                }
                Kind::Bool
                | Kind::Char
                | Kind::Dot
                | Kind::Field
                | Kind::Name
                | Kind::Number
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::OpenParen => pipe.commands.push(self.command()?),
                Kind::Keyword if token.text == "nil" => pipe.commands.push(self.command()?),
                _ => return unexpected(token, context),
            }
        }
    }

    /// `$x :=`, `$x =` or, in a range, `$i, $x :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parse<()> {
        loop {
            let variable = self.peek_visible()?;
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            let before = self.next;
            self.next += 1;
            // What is wrong after a variable is told when that is read.
            let Ok(sign) = self.peek_visible() else {
                self.next = before;
                return Ok(());
            };
            match sign.kind {
                Kind::Declare | Kind::Assign => {
                    self.next += 1;
                    pipe.is_assignment = sign.kind == Kind::Assign;
                    self.declare(variable, pipe);
                    return Ok(());
                }
                Kind::Comma => {
                    self.next += 1;
                    self.declare(variable, pipe);
                    if context != "range" || pipe.variables.len() > 1 {
                        let message = format!("too many declarations in {context}");
                        return wrong(sign.at, sign.at + 1, message);
                    }
                    if self.peek_visible()?.kind != Kind::Variable {
                        let message = "range can only initialize variables";
                        return wrong(sign.at, sign.at + 1, message);
                    }
                }
                _ => {
                    self.next = before;
                    return Ok(());
                }
            }
        }
    }

    fn declare(&mut self, variable: Token<'_>, pipe: &mut Pipe) {
        pipe.variables.push(variable.text.to_owned());
        self.variables.push(variable.text.to_owned());
    }

    fn command(&mut self) -> Parse<Command> {
        let at = self.peek_visible()?.at;
        let mut words = Vec::new();
        loop {
            self.skip_space()?;
            if let Some(word) = self.operand()? {
                words.push(word);
            }
            let token = self.peek()?;
            match token.kind {
                Kind::Space => self.next += 1,
                Kind::Close | Kind::CloseParen => break,
                Kind::Pipe => {
                    self.next += 1;
                    break;
                }
                _ => return unexpected(token, "operand"),
            }
        }
        if words.is_empty() {
            return wrong(at, at, "empty command");
        }
        Ok(Command { at, words })
    }

    fn operand(&mut self) -> Parse<Option<Word>> {
        let Some(word) = self.term()? else { return Ok(None) };
        let at = self.peek()?.at;
        let mut names = Vec::new();
        while self.peek()?.kind == Kind::Field {
            names.push(self.take()?.text[1..].to_owned());
        }
        if names.is_empty() {
            return Ok(Some(word));
        }
        let what = match word.what {
            What::Field(mut all) => {
                all.append(&mut names);
                What::Field(all)
            }
            What::Variable(name, mut all) => {
                all.append(&mut names);
                What::Variable(name, all)
            }
            What::Function(_) | What::Pipe(_) => What::Chain(Box::new(word), names),
            _ => {
                return wrong(
                    at,
                    at + 1,
                    format!("unexpected . after term {:?}", word.to_string()),
                );
            }
        };
        Ok(Some(Word { at, what }))
    }

    fn term(&mut self) -> Parse<Option<Word>> {
        let token = self.peek_visible()?;
        let Token { at, text, .. } = token;
        let end = at + text.len();
        let what = match token.kind {
            Kind::Dot => What::Dot,
            Kind::Keyword if text == "nil" => What::Nil,
            Kind::Bool => What::Bool(text == "true"),
            Kind::Field => What::Field(vec![text[1..].to_owned()]),
            Kind::Name if functions::is_known(text) => What::Function(text.to_owned()),
            Kind::Name => return wrong(at, end, format!("function {text:?} not defined")),
            Kind::Variable if self.variables.iter().any(|known| known == text) => {
                What::Variable(text.to_owned(), Vec::new())
            }
            Kind::Variable => return wrong(at, end, format!("undefined variable {text:?}")),
            Kind::Number => match literal::number(text) {
                Ok(number) => What::Number(number),
                Err(message) => return wrong(at, end, message),
            },
            Kind::Char => match literal::character(text) {
                Some(number) => What::Number(number),
                None => return wrong(at, end, format!("malformed character constant: {text}")),
            },
            Kind::String | Kind::RawString => {
                What::String { written: text.to_owned(), text: text_of(token)? }
            }
            Kind::OpenParen => {
                self.next += 1;
                let pipe =
                    self.deeper(at, |it| it.pipe("parenthesized pipeline", Kind::CloseParen))?;
                return Ok(Some(Word { at: pipe.at, what: What::Pipe(pipe) }));
            }
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(Word { at, what }))
    }
}

/// A pipeline has a command, and values only at its beginning.
fn check(pipe: &Pipe, context: &str, end: Token<'_>) -> Parse<()> {
    if pipe.commands.is_empty() {
        return wrong(end.at, end.at + end.text.len(), format!("missing value for {context}"));
    }
    let values = pipe.commands.iter().enumerate().skip(1).find(|(_, command)| {
        command.words.first().is_some_and(|word| {
            matches!(
                word.what,
                What::Bool(_) | What::Dot | What::Nil | What::Number(_) | What::String { .. }
            )
        })
    });
    match values {
        Some((index, command)) => {
            let message = format!("non executable command in pipeline stage {}", index + 1);
            wrong(command.at, command.at, message)
        }
        None => Ok(()),
    }
}
