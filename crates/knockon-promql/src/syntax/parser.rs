//! From words to a tree: operators by how tightly they bind.

use std::ops::Range;

use super::ast::{Binary, BinaryOp, Expr, Group, Kind, Matching};
use super::check;
use super::lexer::{Token, TokenKind, lex};
use crate::query::QueryError;

/// How deep an expression may be nested, and how many operators may stand in a row. Far beyond what a
/// person writes; an expression deeper than that would exhaust the stack.
const DEPTH_MAX: usize = 200;

/// Reads an expression and checks its types.
pub(crate) fn parse(text: &str) -> Result<Expr, QueryError> {
    let tokens = lex(text)?;
    let mut parser = Parser { text, tokens, at: 0, depth: 0 };
    if *parser.peek() == TokenKind::End {
        return Err(QueryError {
            span: 0..text.len(),
            message: "no expression found in input".into(),
        });
    }
    let expr = parser.expression(0)?;
    if *parser.peek() != TokenKind::End {
        return Err(parser.unexpected("after the expression"));
    }
    check::check(&expr)?;
    Ok(expr)
}

pub(super) type Parsed<T> = Result<T, QueryError>;

pub(super) struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

pub(super) fn error<T>(span: Range<usize>, message: impl Into<String>) -> Parsed<T> {
    Err(QueryError { span, message: message.into() })
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    pub(super) fn peek_second(&self) -> &TokenKind {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)].kind
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.tokens[self.at].span.clone()
    }

    pub(super) fn text_of(&self, span: &Range<usize>) -> &str {
        &self.text[span.clone()]
    }

    /// Where the word before ends.
    pub(super) fn end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |before| self.tokens[before].span.end)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), TokenKind::Sign(found) if *found == sign)
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        if is {
            self.next();
        }
        is
    }

    pub(super) fn expect_sign(&mut self, sign: &str, place: &str) -> Parsed<()> {
        if self.take_sign(sign) {
            return Ok(());
        }
        let mut error = self.unexpected(place);
        error.message = format!("{}, expected \"{sign}\"", error.message);
        Err(error)
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self.peek(), TokenKind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let is = self.is_keyword(keyword);
        if is {
            self.next();
        }
        is
    }

    pub(super) fn unexpected(&self, place: &str) -> QueryError {
        let span = self.span();
        let message = format!("unexpected {} {place}", self.peek().named(&self.text[span.clone()]));
        QueryError { span, message }
    }

    pub(super) fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH_MAX {
            return error(self.span(), "the expression is nested too deeply");
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// An expression of operators that bind at least so tightly.
    pub(super) fn expression(&mut self, strength_min: u8) -> Parsed<Expr> {
        self.deeper(|parser| {
            let mut lhs = parser.unary()?;
            let mut in_a_row = 0;
            while let Some(op) = parser.operator().filter(|op| op.strength() >= strength_min) {
                in_a_row += 1;
                if in_a_row > DEPTH_MAX {
                    return error(
                        parser.span(),
                        "too many operators in a row; put parts in parentheses",
                    );
                }
                parser.next();
                let (is_bool, matching) = parser.modifiers(op)?;
                let above = if op == BinaryOp::Pow { op.strength() } else { op.strength() + 1 };
                let rhs = parser.expression(above)?;
                let span = lhs.span.start..rhs.span.end;
                let binary = Binary { op, lhs, rhs, is_bool, matching };
                lhs = Expr { span, kind: Kind::Binary(Box::new(binary)) };
            }
            Ok(lhs)
        })
    }

    fn operator(&self) -> Option<BinaryOp> {
        match self.peek() {
            TokenKind::Sign(sign) => BinaryOp::of(sign),
            TokenKind::Word(word) => BinaryOp::of(word),
            _ => None,
        }
    }

    /// A sign binds less tightly than `^`: `-2 ^ 2` is −4.
    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.span().start;
        let is_negative = self.is_sign("-");
        if !is_negative && !self.is_sign("+") {
            return self.operand();
        }
        self.next();
        let operand = self.expression(BinaryOp::Pow.strength())?;
        check::signed(&operand)?;
        let span = start..operand.span.end;
        let kind = match operand.kind {
            kind if !is_negative => kind,
            Kind::Number(value) => Kind::Number(-value),
            kind => Kind::Negative(Box::new(Expr { span: operand.span, kind })),
        };
        Ok(Expr { span, kind })
    }

    /// What stands between an operator and its right side.
    fn modifiers(&mut self, op: BinaryOp) -> Parsed<(bool, Matching)> {
        let bool_span = self.span();
        let is_bool = self.take_keyword("bool");
        if is_bool && !op.is_comparison() {
            return error(bool_span, "bool modifier can only be used on comparison operators");
        }
        let mut matching = Matching::default();
        let is_on = self.is_keyword("on");
        if (is_on || self.is_keyword("ignoring")) && self.peek_second_is("(") {
            self.next();
            matching.on = is_on;
            matching.labels = self.label_list()?;
            self.grouping_of(op, &mut matching)?;
        }
        self.fill(op, &mut matching)?;
        Ok((is_bool, matching))
    }

    pub(super) fn peek_second_is(&self, sign: &str) -> bool {
        matches!(self.peek_second(), TokenKind::Sign(found) if *found == sign)
    }

    fn grouping_of(&mut self, op: BinaryOp, matching: &mut Matching) -> Parsed<()> {
        let is_left = self.is_keyword("group_left");
        if !is_left && !self.is_keyword("group_right") {
            return Ok(());
        }
        let span = self.next().span;
        if op.is_set() {
            return error(span, format!("no grouping allowed for \"{}\" operation", op.text()));
        }
        matching.group = if is_left { Group::Left } else { Group::Right };
        if self.is_sign("(") {
            let start = self.span().start;
            matching.include = self.label_list()?;
            let both = matching.include.iter().find(|label| matching.labels.contains(label));
            if let Some(label) = both.filter(|_| matching.on) {
                let message =
                    format!("label \"{label}\" must not occur in ON and GROUP clause at once");
                return error(start..self.end(), message);
            }
        }
        Ok(())
    }

    /// What stands for series that are missing: `fill (0)`, `fill_left (0) fill_right (1)`.
    fn fill(&mut self, op: BinaryOp, matching: &mut Matching) -> Parsed<()> {
        for (keyword, left, right) in [
            ("fill", true, true),
            ("fill_left", true, false),
            ("fill_right", false, true),
            ("fill_left", true, false),
        ] {
            if !self.is_keyword(keyword) || !self.peek_second_is("(") {
                continue;
            }
            let span = self.next().span;
            if op.is_set() {
                return error(span, "filling in missing series not allowed for set operators");
            }
            self.expect_sign("(", "in a fill modifier")?;
            let value = self.signed_number("in a fill modifier")?;
            self.expect_sign(")", "in a fill modifier")?;
            if left {
                matching.fill_left = Some(value);
            }
            if right {
                matching.fill_right = Some(value);
            }
        }
        Ok(())
    }

    /// A number, or a length of time in seconds, perhaps with a sign.
    pub(super) fn signed_number(&mut self, place: &str) -> Parsed<f64> {
        let is_negative = self.is_sign("-");
        if is_negative || self.is_sign("+") {
            self.next();
        }
        let value = match *self.peek() {
            TokenKind::Number(value) => value,
            TokenKind::Duration(ms) => ms as f64 / 1000.0,
            _ => return Err(self.unexpected(place)),
        };
        self.next();
        Ok(if is_negative { -value } else { value })
    }

    /// Labels in parentheses, by name.
    pub(super) fn label_list(&mut self) -> Parsed<Vec<String>> {
        const PLACE: &str = "in grouping opts";
        self.expect_sign("(", PLACE)?;
        let mut labels = Vec::new();
        while !self.take_sign(")") {
            let token = self.next();
            match token.kind {
                TokenKind::Word(word) if !word.contains(':') => labels.push(word),
                TokenKind::Text(bytes) => labels.push(utf8(bytes, token.span)?),
                _ => {
                    let text = &self.text[token.span.clone()];
                    let message =
                        format!("unexpected {} {PLACE}, expected label", token.kind.named(text));
                    return error(token.span, message);
                }
            }
            if !self.take_sign(",") && !self.is_sign(")") {
                let mut error = self.unexpected(PLACE);
                error.message.push_str(", expected \",\" or \")\"");
                return Err(error);
            }
        }
        Ok(labels)
    }
}

/// A text that has to be one.
pub(super) fn utf8(bytes: Vec<u8>, span: Range<usize>) -> Parsed<String> {
    String::from_utf8(bytes).or_else(|_| error(span, "the string is not valid UTF-8"))
}
