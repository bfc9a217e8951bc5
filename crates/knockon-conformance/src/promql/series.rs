//! A series with its values in expanding notation: `up{job="a"} 1 2+3x2 _ stale {{count:3}}`.
//!
//! | Written | Means |
//! |---|---|
//! | `1`, `-Inf`, `NaN` | a value |
//! | `_` | none |
//! | `stale` | that the series ended |
//! | `1x3` | `1` and three more |
//! | `1+2x3` | `1 3 5 7` |
//! | `_x3` | none three times |
//! | `{{…}}` | a native histogram |

use knockon_promql::{Labels, METRIC_NAME, special};

use super::number::number;
use super::quoted::quoted;

/// The most values of a line.
const VALUES_MAX: usize = 1_000_000;

/// What stands for one moment.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    /// A value, among them that the series ended.
    Value(f64),
    /// Nothing.
    Gap,
    /// A native histogram; what is in it is not kept.
    NativeHistogram,
}

/// Reads a line: the labels, and a value for each step.
pub(super) fn series(line: &str) -> Result<(Labels, Vec<Item>), String> {
    let (labels, rest) = labels(line)?;
    Ok((labels, items(rest)?))
}

/// The metric and its labels, and what comes after them.
fn labels(text: &str) -> Result<(Labels, &str), String> {
    let (name, mut rest) = word(text, |it| is_word(it) || it == ':');
    if name.starts_with(|it: char| it.is_ascii_digit()) {
        return Err(format!("`{name}` is no name of a metric"));
    }
    let mut pairs = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = label_set(inside, &mut pairs)?;
    } else if name.is_empty() {
        return Err(format!("`{text}` is no series"));
    }
    if !name.is_empty() {
        pairs.push((METRIC_NAME.to_owned(), name.to_owned()));
    }
    Ok((Labels::of(pairs), rest))
}

/// What stands in braces up to the closing one; what comes after that.
fn label_set<'a>(text: &'a str, pairs: &mut Vec<(String, String)>) -> Result<&'a str, String> {
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix('}') {
            return Ok(after);
        }
        let (name, is_quoted, after) = label_name(rest)?;
        rest = after.trim_start();
        if let Some(after) = rest.strip_prefix('=') {
            let (value, after) = quoted(after.trim_start())?;
            pairs.push((name, value));
            rest = after.trim_start();
        } else if is_quoted {
            pairs.push((METRIC_NAME.to_owned(), name));
        } else {
            return Err(format!("`=` is missing after the label `{name}`"));
        }
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.starts_with('}') => {}
            None => return Err("`,` or `}` is missing after a label".to_owned()),
        }
    }
}

/// The name of a label, whether it is in quotes, and what comes after it.
fn label_name(text: &str) -> Result<(String, bool, &str), String> {
    if text.starts_with(['"', '\'', '`']) {
        let (name, rest) = quoted(text)?;
        return Ok((name, true, rest));
    }
    let (name, rest) = word(text, is_word);
    if name.is_empty() || name.starts_with(|it: char| it.is_ascii_digit()) {
        return Err("a label or `}` is missing".to_owned());
    }
    Ok((name.to_owned(), false, rest))
}

fn items(text: &str) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        if trimmed.is_empty() {
            return Ok(items);
        }
        if trimmed.len() == rest.len() {
            return Err(format!("a space is missing before `{rest}`"));
        }
        rest = item(trimmed, &mut items)?;
        if items.len() > VALUES_MAX {
            return Err(format!("more than {VALUES_MAX} values"));
        }
    }
}

/// Adds what one item stands for; what comes after it.
fn item<'a>(text: &'a str, items: &mut Vec<Item>) -> Result<&'a str, String> {
    if let Some(rest) = text.strip_prefix('_') {
        let (times, rest) = repetition(rest)?;
        items.extend(std::iter::repeat_n(Item::Gap, times.unwrap_or(1)));
        return Ok(rest);
    }
    if let Some(mut rest) = histogram(text)? {
        let step = rest.strip_prefix(['+', '-']).map(histogram).transpose()?;
        let has_step = step.is_some();
        if let Some(step) = step {
            rest = step.ok_or("a histogram can only change by a histogram")?;
        }
        let (times, rest) = repetition(rest)?;
        if has_step && times.is_none() {
            return Err("a step without `x` and how often".to_owned());
        }
        items.extend(std::iter::repeat_n(Item::NativeHistogram, times.unwrap_or(0) + 1));
        return Ok(rest);
    }
    let (first, rest) = value(text)?;
    let (step, rest) = if rest.starts_with(['+', '-']) {
        value(rest).map(|(it, rest)| (Some(it), rest))?
    } else {
        (None, rest)
    };
    let (times, rest) = repetition(rest)?;
    if step.is_some() && times.is_none() {
        return Err("a step without `x` and how often".to_owned());
    }
    let mut value = first;
    for _ in 0..=times.unwrap_or(0) {
        items.push(Item::Value(value));
        // Added up as Prometheus does, with the same loss.
        if let Some(step) = step {
            value += step;
        }
    }
    Ok(rest)
}

/// What comes after a histogram in double braces, if there is one.
fn histogram(text: &str) -> Result<Option<&str>, String> {
    let Some(inside) = text.strip_prefix("{{") else { return Ok(None) };
    let end = inside.find("}}").ok_or("the histogram does not end: `}}` is missing")?;
    Ok(Some(&inside[end + 2..]))
}

/// A value with its sign, and what comes after it.
fn value(text: &str) -> Result<(f64, &str), String> {
    let wrong = || format!("`{text}` is no value");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if unsigned.starts_with(|it: char| it.is_ascii_alphabetic()) {
        let (word, rest) = word(unsigned, is_word);
        let value = match word.to_ascii_lowercase().as_str() {
            "inf" => sign * f64::INFINITY,
            "nan" => f64::NAN,
            _ if word == "stale" && unsigned.len() == text.len() => special::STALE,
            _ => return Err(wrong()),
        };
        return Ok((value, rest));
    }
    let mut before = ' ';
    let (digits, rest) = word(unsigned, |it| {
        let is_exponent_sign = ['+', '-'].contains(&it) && ['e', 'E'].contains(&before);
        before = it;
        it.is_ascii_digit() || ['.', '_', 'e', 'E'].contains(&it) || is_exponent_sign
    });
    let starts_right = digits.starts_with(|it: char| it.is_ascii_digit() || it == '.');
    let value = number(digits).filter(|_| starts_right).ok_or_else(wrong)?;
    Ok((sign * value, rest))
}

/// How often more, as in `x10`, if it is said; and what comes after it.
fn repetition(text: &str) -> Result<(Option<usize>, &str), String> {
    let Some(rest) = text.strip_prefix('x') else { return Ok((None, text)) };
    let (digits, rest) = word(rest, |it| it.is_ascii_digit());
    let times = digits.parse().map_err(|_| "`x` without how often".to_owned())?;
    if times > VALUES_MAX {
        return Err(format!("more than {VALUES_MAX} values"));
    }
    Ok((Some(times), rest))
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The letters that belong together at the beginning, and the rest.
fn word(text: &str, mut belongs: impl FnMut(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|it| !belongs(it)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(items: &[Item]) -> String {
        let shown = items.iter().map(|item| match item {
            Item::Value(value) if special::is_stale(*value) => "stale".to_owned(),
            Item::Value(value) => special::text(*value),
            Item::Gap => "_".to_owned(),
            Item::NativeHistogram => "{{}}".to_owned(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn values_are_expanded_as_prometheus_expands_them() {
        let check = |written: &str, expected: &str| {
            let (_, items) = series(&format!("a {written}")).unwrap();
            assert_eq!(shown(&items), expected, "{written}");
        };
        check("", "");
        check("1 2\t-3  ", "1 2 -3");
        check("1+1x4", "1 2 3 4 5");
        check("1-2x3", "1 -1 -3 -5");
        check("-1-1x1 7", "-1 -2 7");
        check("1x3", "1 1 1 1");
        check("0x2", "0 0 0");
        check("1x0", "1");
        check("0+0x2", "0 0 0");
        check("_ _x3 1", "_ _ _ _ 1");
        check("_x0 1", "1");
        check("stale", "stale");
        check("NaN nan Inf +Inf -Inf inf", "NaN NaN +Inf +Inf -Inf +Inf");
        check("1e3 1e-1 1E+2x1 .5 5.", "1000 0.1 100 100 0.5 5");
        check("0.5+0.25x2", "0.5 0.75 1");
        check("010 1_000", "8 1000");
        check("{{schema:1 sum:-0.3 count:3 buckets:[1 2]}}", "{{}}");
        check("{{}} 1 {{ }}x2", "{{}} 1 {{}} {{}} {{}}");
        check("{{sum:1}}+{{sum:2}}x2 {{sum:1}}-{{}}x1", "{{}} {{}} {{}} {{}} {{}}");
    }

    #[test]
    fn metrics_and_labels_are_read() {
        let check = |written: &str, expected: &str| {
            let (labels, _) = series(&format!("{written} 1")).unwrap();
            assert_eq!(labels.to_string(), expected, "{written}");
        };
        check("up", "up");
        check("a:b_c1", "a:b_c1");
        check("{}", "{}");
        check(r#"up{job="a", b = 'c' ,}"#, r#"up{b="c", job="a"}"#);
        check(r#"{"a.b", c="d"}"#, r#"{"a.b", c="d"}"#);
        check(r#"{c="d", "a b"}"#, r#"{"a b", c="d"}"#);
        check(r#"{"é x"="1"}"#, r#"{"é x"="1"}"#);
        check(r#"{__name__="up", path="C:\\x \"y\""}"#, r#"up{path="C:\\x \"y\""}"#);
        check("{a=`}`}", r#"{a="}"}"#);
        check("sum{by=\"1\"}", r#"sum{by="1"}"#);
    }

    #[test]
    fn what_is_wrong_with_a_series_is_said() {
        let check = |line: &str, expected: &str| {
            assert_eq!(series(line).unwrap_err(), expected, "{line}");
        };
        check("", "`` is no series");
        check("?", "`?` is no series");
        check("1a 2", "`1a` is no name of a metric");
        check("a{b}", "`=` is missing after the label `b`");
        check("a{b=c}", "a text in quotes is missing");
        check("a{b=\"c", "the text in quotes does not end");
        check("a{b=\"c\" d=\"e\"}", "`,` or `}` is missing after a label");
        check("a{", "a label or `}` is missing");
        check("a {b=\"c\"} 1", "`{b=\"c\"} 1` is no value");
        check("a{}1", "a space is missing before `1`");
        check("a 1+1", "a step without `x` and how often");
        check("a 1x", "`x` without how often");
        check("a 1x2x3", "a space is missing before `x3`");
        check("a 1x99999999", "more than 1000000 values");
        check("a x", "`x` is no value");
        check("a +stale", "`+stale` is no value");
        // `x` belongs to the word, there too.
        check("a Infx1", "`Infx1` is no value");
        check("a 1e", "`1e` is no value");
        check("a {{}", "the histogram does not end: `}}` is missing");
        check("a {{}}+1x2", "a histogram can only change by a histogram");
        check("a {{}}+{{}}", "a step without `x` and how often");
    }
}
