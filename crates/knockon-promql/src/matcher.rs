//! Conditions on labels.

use std::fmt;

use regex::Regex;

use crate::labels::{METRIC_NAME, Quoted, is_plain_name};

/// A condition on the value of one label; a label that is not there has the empty value.
#[derive(Debug, Clone)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// How it is compared.
    pub op: MatchOp,
    /// With what.
    pub value: String,
    regex: Option<Regex>,
}

/// How a label is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchOp {
    /// It is the value.
    Equal,
    /// It is not the value.
    NotEqual,
    /// All of it matches the pattern.
    Matches,
    /// It does not.
    NotMatches,
}

impl MatchOp {
    /// How it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Matches => "=~",
            Self::NotMatches => "!~",
        }
    }
}

impl Matcher {
    /// A condition; an error if its pattern is none.
    pub fn new(
        name: impl Into<String>,
        op: MatchOp,
        value: impl Into<String>,
    ) -> Result<Self, String> {
        let value = value.into();
        let is_pattern = matches!(op, MatchOp::Matches | MatchOp::NotMatches);
        let regex = if is_pattern { Some(anchored(&value)?) } else { None };
        Ok(Self { name: name.into(), op, value, regex })
    }

    /// The condition that a metric has this name.
    pub fn metric(name: impl Into<String>) -> Self {
        Self { name: METRIC_NAME.to_owned(), op: MatchOp::Equal, value: name.into(), regex: None }
    }

    /// Whether a value meets it.
    pub fn is_match(&self, value: &str) -> bool {
        let matches = || self.regex.as_ref().is_some_and(|regex| regex.is_match(value));
        match self.op {
            MatchOp::Equal => self.value == value,
            MatchOp::NotEqual => self.value != value,
            MatchOp::Matches => matches(),
            MatchOp::NotMatches => !matches(),
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain_name(&self.name, false) {
            f.write_str(&self.name)?;
        } else {
            write!(f, "{}", Quoted(&self.name))?;
        }
        write!(f, "{}{}", self.op.as_str(), Quoted(&self.value))
    }
}

/// A pattern that has to match all of a text, where a dot is any letter
/// (<https://prometheus.io/docs/prometheus/latest/querying/basics/#time-series-selectors>).
pub(crate) fn anchored(pattern: &str) -> Result<Regex, String> {
    let compile = |pattern: &str| Regex::new(&format!("^(?s:{pattern})$"));
    // RE2 takes a brace that begins no repetition for itself.
    compile(pattern)
        .or_else(|error| compile(&with_plain_braces(pattern)).map_err(|_| error))
        .map_err(|error| last_line(&error.to_string()))
}

/// The regex crate draws the pattern with a caret; the last line says what is wrong.
fn last_line(error: &str) -> String {
    let line = error.lines().next_back().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Escapes every `{` that begins no repetition such as `{2}`, `{2,}` or `{2,3}`.
fn with_plain_braces(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len() + 2);
    let mut escaped = false;
    for (at, letter) in pattern.char_indices() {
        let begins_none = letter == '{' && !escaped && !is_repetition(&pattern[at + 1..]);
        if begins_none {
            text.push('\\');
        }
        // `\p{Greek}` keeps its brace.
        let is_class = escaped && matches!(letter, 'p' | 'P');
        escaped = (letter == '\\' && !escaped) || is_class;
        text.push(letter);
    }
    text
}

fn is_repetition(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('}') else { return false };
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_the_whole_value_and_braces_may_be_plain() {
        let check = |pattern: &str, value: &str, expected: bool| {
            let matcher = Matcher::new("a", MatchOp::Matches, pattern).unwrap();
            assert_eq!(matcher.is_match(value), expected, "{pattern} {value}");
        };
        check("a|b", "b", true);
        check("a|b", "ab", false);
        check("a.c", "a\nc", true);
        check("", "", true);
        check("a{bbb}c", "a{bbb}c", true);
        check("a{2}", "aa", true);
        check("a{2,}", "aaa", true);
        check(r"\p{Greek}{x", "λ{x", true);
        check(r"\P{Greek}{x", "a{x", true);
        assert!(Matcher::new("a", MatchOp::Matches, "(").unwrap_err().contains("unclosed group"));
    }
}
