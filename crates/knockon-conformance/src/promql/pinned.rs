//! A query with everything that it selects pinned to one moment: `rate(a[5m])` is
//! `rate(a[5m] @ 60.000)`, whenever it is asked.
//!
//! `test.go` does this on the tree of the query; here it is done on its text, so that no parser is
//! trusted that is to be tested. What is not understood is not pinned.

use super::quoted::quoted;

/// Functions whose result varies with the moment of the question even if their arguments do not.
const UNSAFE: &[&str] = &[
    "days_in_month",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "hour",
    "minute",
    "month",
    "year",
    "predict_linear",
    "time",
    "timestamp",
    "start",
    "end",
    "range",
    "step",
];

/// Pins a query to a moment. Nothing, if its result varies all the same or it is not understood.
pub(super) fn pinned(query: &str, time_ms: i64) -> Option<String> {
    let mut scan = Scan {
        rest: query,
        length: query.len(),
        marks: Vec::new(),
        open: Vec::new(),
        call: None,
        last: 0,
    };
    while let Some(letter) = scan.skip_space().chars().next() {
        scan.step(letter)?;
    }
    let moment = format!(" @ {}.{:03}", time_ms / 1_000, time_ms % 1_000);
    let mut text = query.to_owned();
    for mark in scan.marks.iter().rev() {
        match mark {
            Mark::Pin(place) => text.insert_str(*place, &moment),
            Mark::Unsafe => return None,
        }
    }
    Some(text)
}

/// What was found on the way.
#[derive(Clone, Copy)]
enum Mark {
    /// Here a moment is to be written.
    Pin(usize),
    /// A function whose result varies.
    Unsafe,
}

struct Scan<'a> {
    /// What is not yet read.
    rest: &'a str,
    length: usize,
    marks: Vec<Mark>,
    /// For each parenthesis that is open, how many marks there were before what it belongs to.
    open: Vec<usize>,
    /// The same for a function or an aggregation whose parenthesis is to come.
    call: Option<usize>,
    /// The same for what was read last: a subquery of it drops the marks since then.
    last: usize,
}

impl<'a> Scan<'a> {
    fn skip_space(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        self.rest
    }

    fn step(&mut self, letter: char) -> Option<()> {
        match letter {
            '#' => self.rest = "",
            '"' | '\'' | '`' => {
                self.last = self.marks.len();
                self.rest = quoted(self.rest).ok()?.1;
            }
            '0'..='9' | '.' => {
                self.last = self.marks.len();
                self.skip_number();
            }
            '(' => {
                self.open.push(self.call.take().unwrap_or(self.marks.len()));
                self.rest = &self.rest[1..];
            }
            ')' => {
                self.last = self.open.pop()?;
                self.rest = &self.rest[1..];
            }
            '[' => {
                self.marks.truncate(self.last);
                self.skip_through(']')?;
                self.pin()?;
            }
            '{' => self.selector()?,
            '@' => return None,
            _ if letter.is_ascii_alphabetic() || letter == '_' || letter == ':' => self.word()?,
            _ => self.rest = &self.rest[letter.len_utf8()..],
        }
        Some(())
    }

    fn word(&mut self) -> Option<()> {
        let word = self.take_word().to_ascii_lowercase();
        match word.as_str() {
            "and" | "or" | "unless" | "atan2" | "bool" => {}
            "by" | "without" | "on" | "ignoring" | "group_left" | "group_right" => {
                if self.skip_space().starts_with('(') {
                    self.skip_through(')')?;
                }
            }
            "inf" | "nan" => self.last = self.marks.len(),
            "offset" | "anchored" | "smoothed" => return None,
            _ if self.is_call() => {
                self.call = Some(self.marks.len());
                if UNSAFE.contains(&word.as_str()) {
                    self.marks.push(Mark::Unsafe);
                }
            }
            _ => self.selector()?,
        }
        Some(())
    }

    /// Whether the word just read is a function or an aggregation.
    fn is_call(&self) -> bool {
        let rest = self.rest.trim_start();
        let next = rest.split(|it: char| !it.is_ascii_alphanumeric()).next().unwrap_or_default();
        rest.starts_with('(')
            || next.eq_ignore_ascii_case("by")
            || next.eq_ignore_ascii_case("without")
    }

    /// What comes after the name of a metric, or all of a selector without one.
    fn selector(&mut self) -> Option<()> {
        if self.rest.trim_start().starts_with('{') {
            self.skip_through('}')?;
        }
        let after = self.rest.trim_start();
        if after.starts_with('[') && !after.split(']').next()?.contains(':') {
            self.skip_through(']')?;
        }
        self.pin()
    }

    /// Marks the place after what can be pinned, unless its modifiers do so.
    fn pin(&mut self) -> Option<()> {
        self.last = self.marks.len();
        self.marks.push(Mark::Pin(self.length - self.rest.len()));
        loop {
            let rest = self.rest.trim_start();
            if let Some(moment) = rest.strip_prefix('@') {
                self.marks.truncate(self.last);
                self.rest = moment;
                self.modifier()?;
            } else if rest.get(..6).is_some_and(|it| it.eq_ignore_ascii_case("offset")) {
                self.rest = &rest[6..];
                self.modifier()?;
            } else {
                return Some(());
            }
        }
    }

    /// A number, a duration, `start()` or `end()`.
    fn modifier(&mut self) -> Option<()> {
        let rest = self.skip_space();
        if let Some(rest) = rest.strip_prefix("start()").or_else(|| rest.strip_prefix("end()")) {
            self.rest = rest;
            return Some(());
        }
        self.rest = rest.strip_prefix(['+', '-']).unwrap_or(rest).trim_start();
        let is_number = self.rest.starts_with(|it: char| it.is_ascii_digit() || it == '.');
        is_number.then(|| self.skip_number())
    }

    fn take_word(&mut self) -> &'a str {
        let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == ':';
        let end = self.rest.find(|it| !is_word(it)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn skip_number(&mut self) {
        let is_hexadecimal = self.rest.get(..2).is_some_and(|it| it.eq_ignore_ascii_case("0x"));
        let mut before = ' ';
        let end = self.rest.find(|it: char| {
            let is_sign = ['+', '-'].contains(&it) && ['e', 'E'].contains(&before);
            before = it;
            let is_part = it.is_ascii_alphanumeric() || it == '.' || it == '_';
            !is_part && (is_hexadecimal || !is_sign)
        });
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
    }

    /// Goes on after the next closing bracket that is not in quotes.
    fn skip_through(&mut self, closing: char) -> Option<()> {
        loop {
            let letter = self.rest.chars().next()?;
            if ['"', '\'', '`'].contains(&letter) {
                self.rest = quoted(self.rest).ok()?.1;
                continue;
            }
            self.rest = &self.rest[letter.len_utf8()..];
            if letter == closing {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_selected_is_pinned() {
        let check = |query: &str, expected: &str| {
            assert_eq!(pinned(query, 60_000).as_deref(), Some(expected), "{query}");
        };
        check("a", "a @ 60.000");
        check("a:b{c=\"}\"} + {d='(['}", "a:b{c=\"}\"} @ 60.000 + {d='(['} @ 60.000");
        check("rate(a[5m] offset 1m)", "rate(a[5m] @ 60.000 offset 1m)");
        check("a @ 10", "a @ 10");
        check("a offset -1m @ start() + b", "a offset -1m @ start() + b @ 60.000");
        check(
            "sum by (a, b) (c) / ignoring(d) group_left (e) f",
            "sum by (a, b) (c @ 60.000) / ignoring(d) group_left (e) f @ 60.000",
        );
        check("sum(c) by (a) > bool 1e-3", "sum(c @ 60.000) by (a) > bool 1e-3");
        check("1 and Inf", "1 and Inf");
        check("\"a\"", "\"a\"");
        check("a[5m:1m]", "a[5m:1m] @ 60.000");
        check("a offset 1m [5m:]", "a offset 1m [5m:] @ 60.000");
        check(
            "max_over_time(rate(a[1m])[5m:1m] offset 2m)",
            "max_over_time(rate(a[1m])[5m:1m] @ 60.000 offset 2m)",
        );
        check("f((g(a)[1m:] + b)[2m:])", "f((g(a)[1m:] + b)[2m:] @ 60.000)");
        check("f((a + b)[2m:] @ 5)", "f((a + b)[2m:] @ 5)");
        check("sum(a) by (c)[5m:]", "sum(a) by (c)[5m:] @ 60.000");
        check("f(timestamp(a)[5m:])", "f(timestamp(a)[5m:] @ 60.000)");
        check("a # b", "a @ 60.000 # b");
    }

    #[test]
    fn what_varies_or_is_not_understood_is_not_pinned() {
        for query in [
            "time()",
            "a + timestamp(b)",
            "hour(a)",
            "a[5m] anchored",
            "f(a offset step())",
            "a{",
            ")",
        ] {
            assert_eq!(pinned(query, 0), None, "{query}");
        }
    }
}
