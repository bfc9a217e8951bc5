//! Tokens to a tree, with the rules and the words of Go's `text/template/parse`.

use std::collections::BTreeMap;

use super::TemplateError;
use super::lexer::{Kind, Token, tokens};
use super::refuse::{text_of, unexpected, wrong};
use super::tree::{Branch, Call, List, Node};

/// How deep parentheses and blocks may lie in one another.
const DEPTH_MAX: usize = 100;

/// What a text says: what is written, and the templates that it defines by name.
#[derive(Debug, Clone)]
pub(super) struct Parsed {
    pub(super) main: List,
    pub(super) defined: BTreeMap<String, List>,
}

pub(super) fn parse(text: &str) -> Result<Parsed, TemplateError> {
    let (tokens, wrong) = tokens(text);
    let mut parser = Parser {
        tokens,
        next: 0,
        wrong,
        length: text.len(),
        variables: vec!["$".to_owned()],
        defined: BTreeMap::new(),
        ranges: 0,
        depth: 0,
    };
    let main = parser.top()?;
    Ok(Parsed { main, defined: parser.defined })
}

pub(super) struct Parser<'t> {
    tokens: Vec<Token<'t>>,
    pub(super) next: usize,
    /// What is wrong after the last token.
    wrong: Option<TemplateError>,
    length: usize,
    pub(super) variables: Vec<String>,
    defined: BTreeMap<String, List>,
    /// How many loops there are around.
    ranges: usize,
    depth: usize,
}

/// What ended a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    End,
    Else,
    /// `else if` or `else with`, with this keyword still to be read.
    ElseAnd,
}

pub(super) type Parse<T> = Result<T, TemplateError>;

impl<'t> Parser<'t> {
    pub(super) fn peek(&self) -> Parse<Token<'t>> {
        let end = Token { kind: Kind::End, at: self.length, text: "" };
        match self.tokens.get(self.next) {
            Some(token) => Ok(*token),
            None => self.wrong.clone().map_or(Ok(end), Err),
        }
    }

    pub(super) fn take(&mut self) -> Parse<Token<'t>> {
        let token = self.peek()?;
        self.next += 1;
        Ok(token)
    }

    pub(super) fn skip_space(&mut self) -> Parse<()> {
        while self.peek()?.kind == Kind::Space {
            self.next += 1;
        }
        Ok(())
    }

    fn take_visible(&mut self) -> Parse<Token<'t>> {
        self.skip_space()?;
        self.take()
    }

    pub(super) fn peek_visible(&mut self) -> Parse<Token<'t>> {
        self.skip_space()?;
        self.peek()
    }

    fn close(&mut self, context: &str) -> Parse<()> {
        let token = self.take_visible()?;
        if token.kind == Kind::Close { Ok(()) } else { unexpected(token, context) }
    }

    pub(super) fn deeper<T>(
        &mut self,
        at: usize,
        inner: impl FnOnce(&mut Self) -> Parse<T>,
    ) -> Parse<T> {
        if self.depth == DEPTH_MAX {
            return wrong(at, at, "nested too deeply");
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn top(&mut self) -> Parse<List> {
        let mut list = List::new();
        loop {
            let token = self.peek()?;
            if token.kind == Kind::End {
                return Ok(list);
            }
            if let Some(ending) = self.node(&mut list, true)? {
                let word = if ending == Ending::End { "{{end}}" } else { "{{else}}" };
                return wrong(token.at, token.at + 2, format!("unexpected {word}"));
            }
        }
    }

    /// What stands inside a block, until its end or `else`.
    fn list(&mut self) -> Parse<(List, Ending)> {
        let mut list = List::new();
        loop {
            let token = self.peek()?;
            if token.kind == Kind::End {
                return wrong(token.at, token.at, "unexpected EOF");
            }
            if let Some(ending) = self.node(&mut list, false)? {
                return Ok((list, ending));
            }
        }
    }

    /// The next text or action; or what ends the list.
    fn node(&mut self, list: &mut List, is_top: bool) -> Parse<Option<Ending>> {
        let token = self.take_visible()?;
        match token.kind {
            Kind::Text => list.push(Node::Text(token.text.to_owned())),
            Kind::Open => {
                let first = self.peek_visible()?;
                if first.kind != Kind::Keyword || first.text == "nil" {
                    let pipe = self.pipe("command", Kind::Close)?;
                    list.push(Node::Action(pipe));
                    return Ok(None);
                }
                self.next += 1;
                return self.deeper(first.at, |it| it.keyword(first, list, is_top));
            }
            _ => return unexpected(token, "input"),
        }
        Ok(None)
    }

    fn keyword(&mut self, word: Token<'t>, list: &mut List, is_top: bool) -> Parse<Option<Ending>> {
        list.push(match word.text {
            "end" => {
                self.close("end")?;
                return Ok(Some(Ending::End));
            }
            "else" => return self.otherwise().map(Some),
            "if" => Node::If(self.branch("if")?),
            "with" => Node::With(self.branch("with")?),
            "range" => {
                self.ranges += 1;
                let branch = self.branch("range");
                self.ranges -= 1;
                Node::Range(branch?)
            }
            "template" => Node::Template(self.call("template clause")?),
            "block" => {
                let call = self.call("block clause")?;
                self.define(call.name.clone(), word.at)?;
                Node::Template(call)
            }
            "define" if is_top => {
                let name = self.name("define clause")?;
                self.close("define clause")?;
                self.define(name, word.at)?;
                return Ok(None);
            }
            "break" | "continue" => {
                self.close(word.text)?;
                if self.ranges == 0 {
                    let message = format!("{{{{{}}}}} outside {{{{range}}}}", word.text);
                    return wrong(word.at, word.at + word.text.len(), message);
                }
                if word.text == "break" { Node::Break } else { Node::Continue }
            }
            _ => return unexpected(word, "command"),
        });
        Ok(None)
    }

    fn otherwise(&mut self) -> Parse<Ending> {
        let next = self.peek_visible()?;
        if next.kind == Kind::Keyword && matches!(next.text, "if" | "with") {
            return Ok(Ending::ElseAnd);
        }
        self.close("else")?;
        Ok(Ending::Else)
    }

    fn branch(&mut self, kind: &str) -> Parse<Branch> {
        let known = self.variables.len();
        let pipe = self.pipe(kind, Kind::Close)?;
        let (then, ending) = self.list()?;
        let otherwise = match ending {
            Ending::End => List::new(),
            Ending::ElseAnd => self.chained(kind)?,
            Ending::Else => {
                let (otherwise, ending) = self.list()?;
                if ending != Ending::End {
                    let at = self.peek()?.at;
                    return wrong(at, at, "expected end; found {{else}}");
                }
                otherwise
            }
        };
        self.variables.truncate(known);
        Ok(Branch { pipe, then, otherwise })
    }

    /// `else if …` and `else with …` share the end of what they follow.
    fn chained(&mut self, kind: &str) -> Parse<List> {
        let word = self.take_visible()?;
        if word.text != kind {
            return unexpected(word, "else");
        }
        self.deeper(word.at, |it| {
            let branch = it.branch(kind)?;
            Ok(vec![if kind == "if" { Node::If(branch) } else { Node::With(branch) }])
        })
    }

    fn name(&mut self, context: &str) -> Parse<String> {
        let token = self.take_visible()?;
        match token.kind {
            Kind::String | Kind::RawString => text_of(token),
            _ => unexpected(token, context),
        }
    }

    fn call(&mut self, context: &str) -> Parse<Call> {
        let at = self.peek_visible()?.at;
        let name = self.name(context)?;
        if self.peek_visible()?.kind == Kind::Close && context == "template clause" {
            self.next += 1;
            return Ok(Call { at, name, data: None });
        }
        let data = Some(self.pipe(context, Kind::Close)?);
        Ok(Call { at, name, data })
    }

    /// The body of a `define` or a `block`, which sees no variables from around.
    fn define(&mut self, name: String, at: usize) -> Parse<()> {
        let around = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let body = self.list();
        self.variables = around;
        self.ranges = ranges;
        let (list, ending) = body?;
        if ending != Ending::End {
            return wrong(at, at, "unexpected {{else}} in define clause");
        }
        let is_empty = |list: &List| {
            list.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
        };
        match self.defined.get(&name) {
            Some(known) if !is_empty(known) && !is_empty(&list) => {
                wrong(at, at, format!("multiple definition of template {name:?}"))
            }
            Some(known) if !is_empty(known) => Ok(()),
            _ => {
                self.defined.insert(name, list);
                Ok(())
            }
        }
    }
}
