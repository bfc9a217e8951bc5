//! Variables in compose files: `$NAME`, `${NAME}`, `${NAME:-default}` and the others, also inside of
//! each other (<https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>).

use super::env_file::Variables;
use crate::limits::MAX_VALUE_BYTES;

/// Deeper nesting than anybody writes.
const MAX_DEPTH: usize = 16;

/// A text with its variables put in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Interpolated {
    pub(super) text: String,
    /// Variables without value and default.
    pub(super) unset: Vec<String>,
    /// Variables that must be set and are not, with what the file says about it.
    pub(super) required: Vec<(String, String)>,
    /// Whether a `$` begins nothing that can be read.
    pub(super) is_malformed: bool,
}

/// Puts the variables into a text.
pub(super) fn interpolate(text: &str, variables: &Variables) -> Interpolated {
    let mut result = Interpolated::default();
    result.text = fill(text, variables, 0, &mut result);
    result
}

fn fill(text: &str, variables: &Variables, depth: usize, result: &mut Interpolated) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            filled.push('$');
            rest = tail;
        } else if let Some(tail) = after.strip_prefix('{') {
            let Some((inside, tail)) = braced(tail).filter(|_| depth < MAX_DEPTH) else {
                result.is_malformed = true;
                filled.push('$');
                rest = after;
                continue;
            };
            filled.push_str(&substitute(inside, variables, depth, result));
            rest = tail;
        } else {
            let name = name_at(after);
            if name.is_empty() {
                // A lone `$`, as in a regular expression: compose refuses it, readers understand it.
                filled.push('$');
            } else {
                filled.push_str(&value(name, variables, result));
            }
            rest = &after[name.len()..];
        }
        // Values are put in without being looked at again, so that this grows only by the file.
        if filled.len() > MAX_VALUE_BYTES * 16 {
            result.is_malformed = true;
            return filled;
        }
    }
    filled.push_str(rest);
    filled
}

/// What is before the brace that closes, and what is after it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => return Some((&text[..at], &text[at + 1..])),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The name that a text begins with.
fn name_at(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    if starts { &text[..end] } else { "" }
}

fn substitute(
    inside: &str,
    variables: &Variables,
    depth: usize,
    result: &mut Interpolated,
) -> String {
    let name = name_at(inside);
    let rest = &inside[name.len()..];
    let set = variables.get(name);
    if name.is_empty() {
        result.is_malformed = true;
        return String::new();
    }
    if rest.is_empty() {
        return value(name, variables, result);
    }
    // With a colon an empty value counts as none.
    let (counts, rest) = match rest.strip_prefix(':') {
        Some(rest) => (set.filter(|value| !value.is_empty()), rest),
        None => (set, rest),
    };
    let word = rest.get(1..).unwrap_or_default();
    match rest.chars().next() {
        Some('-') => match counts {
            Some(value) => value.clone(),
            None => fill(word, variables, depth + 1, result),
        },
        Some('+') => match counts {
            Some(_) => fill(word, variables, depth + 1, result),
            None => String::new(),
        },
        Some('?') => {
            if let Some(value) = counts {
                return value.clone();
            }
            let message = fill(word, variables, depth + 1, result);
            result.required.push((name.to_owned(), message));
            String::new()
        }
        _ => {
            result.is_malformed = true;
            String::new()
        }
    }
}

fn value(name: &str, variables: &Variables, result: &mut Interpolated) -> String {
    if let Some(value) = variables.get(name) {
        return value.clone();
    }
    result.unset.push(name.to_owned());
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let variables = [("A", "a"), ("EMPTY", ""), ("B_1", "b")];
        let variables = variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let found = interpolate(text, &variables);
        let unset = found.unset.iter().map(|name| format!(" unset:{name}"));
        let required = found.required.iter().map(|(name, why)| format!(" required:{name}:{why}"));
        let malformed = found.is_malformed.then(|| " malformed".to_owned());
        let rest: String = unset.chain(required).chain(malformed).collect();
        let said = found.text + &rest;
        assert_eq!(said, expected, "{text}");
    }

    /// The cases of the specification.
    #[test]
    fn variables_are_put_in() {
        check("$A-${A}-$B_1", "a-a-b");
        check("$$A", "$A");
        check("${NONE}", " unset:NONE");
        check("${A:-x}${EMPTY:-x}${NONE:-x}", "axx");
        check("${A-x}${EMPTY-x}${NONE-x}", "ax");
        check("${A:+x}${EMPTY:+x}${NONE:+x}", "x");
        check("${A+x}${EMPTY+x}${NONE+x}", "xx");
        check("${NONE:?say so}", " required:NONE:say so");
        check("${EMPTY?say so}", "");
        check("${NONE:-${ALSO_NONE:-${A}}/x}", "a/x");
        check("${NONE:-}", "");
    }

    #[test]
    fn what_is_no_variable_is_told() {
        check("${", "${ malformed");
        check("${A", "${A malformed");
        check("${}", " malformed");
        check("${A!x}", " malformed");
        check("^a$", "^a$");
        check("cost: $5", "cost: $5");
        check(&"${A:-".repeat(40), &format!("{} malformed", "${A:-".repeat(40)));
    }
}
