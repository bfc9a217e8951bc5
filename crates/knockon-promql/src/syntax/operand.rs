//! What operators stand between: numbers, selectors, calls, and what may follow them.

use std::cmp::Reverse;

use super::ast::{
    Aggregate, AggregateOp, At, BinaryOp, Call, Expr, Grouping, Kind, Selector, Subquery, When,
};
use super::function::{FUNCTIONS, Function};
use super::lexer::TokenKind;
use super::parser::{Parsed, Parser, error, utf8};
use crate::labels::METRIC_NAME;
use crate::matcher::{MatchOp, Matcher};

impl Parser<'_> {
    pub(super) fn operand(&mut self) -> Parsed<Expr> {
        let mut expr = self.primary()?;
        loop {
            let start = expr.span.start;
            if self.is_sign("[") {
                expr.kind = self.range(expr.clone())?;
            } else if self.is_keyword("offset") {
                self.offset(&mut expr)?;
            } else if self.is_sign("@") {
                self.at(&mut expr)?;
            } else if self.is_keyword("anchored") || self.is_keyword("smoothed") {
                let word = self.next();
                return error(word.span, "unsupported: the modifiers `anchored` and `smoothed`");
            } else {
                return Ok(expr);
            }
            expr.span = start..self.end();
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.next();
        let start = token.span.start;
        let kind = match token.kind {
            TokenKind::Number(value) => Kind::Number(value),
            TokenKind::Duration(ms) => Kind::Number(ms as f64 / 1000.0),
            TokenKind::Text(text) => Kind::Text(text),
            TokenKind::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect_sign(")", "in a parenthesised expression")?;
                Kind::Paren(Box::new(inner))
            }
            TokenKind::Sign("{") => self.selector(None, start)?,
            TokenKind::Word(word) => self.word(word, start)?,
            kind => {
                let message = format!("unexpected {}", kind.named(self.text_of(&token.span)));
                return error(token.span, message);
            }
        };
        Ok(Expr { span: start..self.end(), kind })
    }

    /// A metric, a call or an aggregation: what follows tells.
    fn word(&mut self, word: String, start: usize) -> Parsed<Kind> {
        let is_grouped = self.is_keyword("by") || self.is_keyword("without");
        if let Some(op) = AggregateOp::of(&word).filter(|_| self.is_sign("(") || is_grouped) {
            return self.aggregate(op, start);
        }
        let reserved = ["bool", "on", "ignoring", "group_left", "group_right"];
        if reserved.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
            return error(
                start..start + word.len(),
                format!("unexpected <{}>", word.to_lowercase()),
            );
        }
        if self.is_sign("(") {
            if let Some(op) = BinaryOp::of(&word) {
                return error(start..start + word.len(), format!("unexpected <op:{}>", op.text()));
            }
            return self.call(&word, start);
        }
        if self.take_sign("{") {
            return self.selector(Some(word), start);
        }
        Ok(Kind::Selector(Selector {
            is_named: true,
            matchers: vec![Matcher::metric(word)],
            when: When::default(),
        }))
    }

    fn call(&mut self, name: &str, start: usize) -> Parsed<Kind> {
        let span = start..start + name.len();
        let Some(function) = Function::of(name) else {
            return error(span, unknown(name));
        };
        let args = self.arguments("in a function call")?;
        Ok(Kind::Call(Call { function, args }))
    }

    fn arguments(&mut self, place: &str) -> Parsed<Vec<Expr>> {
        self.expect_sign("(", place)?;
        let mut args = Vec::new();
        while !self.take_sign(")") {
            args.push(self.expression(0)?);
            if !self.take_sign(",") && !self.is_sign(")") {
                let mut error = self.unexpected(place);
                error.message.push_str(", expected \",\" or \")\"");
                return Err(error);
            }
        }
        Ok(args)
    }

    fn aggregate(&mut self, op: AggregateOp, start: usize) -> Parsed<Kind> {
        let before = self.grouping()?;
        let mut args = self.arguments("in an aggregation")?;
        let grouping = match before {
            Some(grouping) => grouping,
            None => self.grouping()?.unwrap_or_default(),
        };
        let span = start..self.end();
        let expected = 1 + usize::from(op.param().is_some());
        if args.is_empty() {
            return error(span, "no arguments for aggregate expression provided");
        }
        if args.len() != expected {
            let message = format!(
                "wrong number of arguments for aggregate expression provided, expected {expected}, got {}",
                args.len()
            );
            return error(span, message);
        }
        // The vector comes last.
        let Some(expr) = args.pop() else {
            return error(span, "no arguments for aggregate expression provided");
        };
        Ok(Kind::Aggregate(Box::new(Aggregate { op, param: args.pop(), expr, grouping })))
    }

    fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let without = self.is_keyword("without");
        if !without && !self.is_keyword("by") {
            return Ok(None);
        }
        self.next();
        Ok(Some(Grouping { without, labels: self.label_list()? }))
    }

    /// What stands between braces; the opening one is read.
    fn selector(&mut self, mut metric: Option<String>, start: usize) -> Parsed<Kind> {
        const PLACE: &str = "in label matching";
        let mut matchers = Vec::new();
        // Behind a name no other condition on it may stand, not even a pattern.
        let is_named = metric.is_some();
        while !self.take_sign("}") {
            let token = self.next();
            let name = match token.kind {
                TokenKind::Word(word) if !word.contains(':') => word,
                TokenKind::Text(bytes) => {
                    let text = utf8(bytes, token.span.clone())?;
                    if !self.is_match_op() {
                        name_once(&mut metric, text, token.span)?;
                        self.comma_or_brace(PLACE)?;
                        continue;
                    }
                    text
                }
                kind => {
                    let named = kind.named(self.text_of(&token.span));
                    return error(
                        token.span,
                        format!("unexpected {named} {PLACE}, expected identifier or \"}}\""),
                    );
                }
            };
            matchers.push(self.matcher(name, token.span.start, PLACE)?);
            self.comma_or_brace(PLACE)?;
        }
        let span = start..self.end();
        if let Some(name) = &metric {
            let sets_name =
                |it: &&Matcher| it.name == METRIC_NAME && (is_named || it.op == MatchOp::Equal);
            let twice = matchers.iter().find(sets_name);
            if let Some(matcher) = twice {
                return error(
                    span,
                    format!("metric name must not be set twice: {name:?} or {:?}", matcher.value),
                );
            }
        }
        let is_named = metric.is_some();
        matchers.extend(metric.map(Matcher::metric));
        Ok(Kind::Selector(Selector { is_named, matchers, when: When::default() }))
    }

    fn is_match_op(&self) -> bool {
        ["=", "!=", "=~", "!~"].iter().any(|sign| self.is_sign(sign))
    }

    fn comma_or_brace(&mut self, place: &str) -> Parsed<()> {
        if self.take_sign(",") || self.is_sign("}") {
            return Ok(());
        }
        let mut error = self.unexpected(place);
        error.message.push_str(", expected \",\" or \"}\"");
        Err(error)
    }

    fn matcher(&mut self, name: String, start: usize, place: &str) -> Parsed<Matcher> {
        let op = match self.peek() {
            TokenKind::Sign("=") => MatchOp::Equal,
            TokenKind::Sign("!=") => MatchOp::NotEqual,
            TokenKind::Sign("=~") => MatchOp::Matches,
            TokenKind::Sign("!~") => MatchOp::NotMatches,
            _ => {
                let mut error = self.unexpected(place);
                error.message.push_str(", expected label matching operator");
                return Err(error);
            }
        };
        self.next();
        let token = self.next();
        let TokenKind::Text(bytes) = token.kind else {
            let named = token.kind.named(self.text_of(&token.span));
            return error(token.span, format!("unexpected {named} {place}, expected string"));
        };
        let value = utf8(bytes, token.span.clone())?;
        Matcher::new(name, op, value).or_else(|problem| {
            error(
                start..token.span.end,
                format!("the pattern is not a regular expression: {problem}"),
            )
        })
    }

    /// `[5m]` behind a selector, `[5m:1m]` behind anything.
    fn range(&mut self, expr: Expr) -> Parsed<Kind> {
        const PLACE: &str = "in a range";
        let start = self.next().span.start;
        let range_ms = self.positive_duration(PLACE)?;
        if self.take_sign(":") {
            let has_step = !self.is_sign("]");
            let step_ms =
                if has_step { Some(self.positive_duration("in a subquery")?) } else { None };
            self.expect_sign("]", "in a subquery")?;
            let subquery = Subquery { expr, range_ms, step_ms, when: When::default() };
            return Ok(Kind::Subquery(Box::new(subquery)));
        }
        self.expect_sign("]", PLACE)?;
        let span = expr.span.start..self.end();
        match expr.kind {
            Kind::Selector(selector) if selector.when.offset_ms != 0 => {
                error(start..span.end, "no offset modifiers allowed before range")
            }
            Kind::Selector(selector) if selector.when.at.is_some() => {
                error(start..span.end, "no @ modifiers allowed before range")
            }
            Kind::Selector(selector) => Ok(Kind::Matrix { selector, range_ms }),
            _ => error(span, "ranges only allowed for vector selectors"),
        }
    }

    fn positive_duration(&mut self, place: &str) -> Parsed<i64> {
        let span = self.span();
        let ms = self.duration(place)?;
        if ms <= 0 {
            return error(span, "duration must be greater than 0");
        }
        Ok(ms)
    }

    /// A length of time, or seconds as a plain number.
    fn duration(&mut self, place: &str) -> Parsed<i64> {
        let span = self.span();
        let is_plain = matches!(self.peek(), TokenKind::Number(_) | TokenKind::Duration(_))
            || ((self.is_sign("-") || self.is_sign("+"))
                && matches!(self.peek_second(), TokenKind::Number(_) | TokenKind::Duration(_)));
        if !is_plain {
            if self.is_sign("(") || matches!(self.peek(), TokenKind::Word(_)) {
                return error(span, "unsupported: duration expressions");
            }
            let mut error = self.unexpected(place);
            error.message.push_str(", expected number or duration");
            return Err(error);
        }
        let seconds = self.signed_number(place)?;
        let ms = seconds * 1000.0;
        if !ms.is_finite() || ms.abs() > i64::MAX as f64 / 4.0 {
            return error(span, "duration out of range");
        }
        if ["+", "-", "*", "/", "%", "^"].iter().any(|sign| self.is_sign(sign)) && place != OFFSET {
            return error(span.start..self.span().end, "unsupported: duration expressions");
        }
        #[expect(clippy::cast_possible_truncation, reason = "its range was checked")]
        Ok(ms.round() as i64)
    }

    fn offset(&mut self, expr: &mut Expr) -> Parsed<()> {
        let span = self.next().span;
        let offset_ms = self.duration(OFFSET)?;
        let Some(when) = when(expr) else {
            let message = "offset modifier must be preceded by an instant vector selector or range vector \
                           selector or a subquery";
            return error(span, message);
        };
        if when.offset_ms != 0 {
            return error(span, "offset may not be set multiple times");
        }
        when.offset_ms = offset_ms;
        Ok(())
    }

    fn at(&mut self, expr: &mut Expr) -> Parsed<()> {
        let start = self.next().span.start;
        let at = if self.is_keyword("start") || self.is_keyword("end") {
            let at = if self.is_keyword("start") { At::Start } else { At::End };
            self.next();
            self.expect_sign("(", "in an @ modifier")?;
            self.expect_sign(")", "in an @ modifier")?;
            at
        } else {
            let seconds = self.signed_number("in @").map_err(|mut error| {
                error.message.push_str(", expected timestamp");
                error
            })?;
            let ms = seconds * 1000.0;
            if !ms.is_finite() || ms.abs() >= i64::MAX as f64 / 4.0 {
                return error(
                    start..self.end(),
                    format!("timestamp out of bounds for @ modifier: {seconds}"),
                );
            }
            #[expect(clippy::cast_possible_truncation, reason = "its range was checked")]
            At::Moment(ms.round() as i64)
        };
        let Some(when) = when(expr) else {
            let message = "@ modifier must be preceded by an instant vector selector or range vector \
                           selector or a subquery";
            return error(start..self.end(), message);
        };
        if when.at.is_some() {
            return error(start..self.end(), "@ <timestamp> may not be set multiple times");
        }
        when.at = Some(at);
        Ok(())
    }
}

/// What is said of a function that there is not.
fn unknown(name: &str) -> String {
    match name {
        "integral" | "start_timestamp" => format!("unsupported: the function {name:?}"),
        "holt_winters" => {
            "unknown function with name \"holt_winters\"; it is now called \"double_exponential_smoothing\"".to_owned()
        }
        _ => {
            let names = FUNCTIONS.iter().map(|function| function.name);
            // Of two that are as near, the one that begins alike.
            let alike = |other: &str| name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
            let nearness = |other: &&str| (strsim::damerau_levenshtein(name, other), Reverse(alike(other)));
            let nearest = names.min_by_key(nearness);
            let near = nearest.filter(|other| nearness(other).0 <= name.len() / 3);
            let meant = near.map_or_else(String::new, |other| format!("; did you mean {other:?}?"));
            format!("unknown function with name {name:?}{meant}")
        }
    }
}

const OFFSET: &str = "in offset";

/// What says of which moment something is asked.
fn when(expr: &mut Expr) -> Option<&mut When> {
    match &mut expr.kind {
        Kind::Selector(selector) | Kind::Matrix { selector, .. } => Some(&mut selector.when),
        Kind::Subquery(subquery) => Some(&mut subquery.when),
        _ => None,
    }
}

/// The metric's name as a text in braces, unless it has one.
fn name_once(
    metric: &mut Option<String>,
    name: String,
    span: std::ops::Range<usize>,
) -> Parsed<()> {
    if let Some(first) = metric {
        return error(span, format!("metric name must not be set twice: {first:?} or {name:?}"));
    }
    *metric = Some(name);
    Ok(())
}
