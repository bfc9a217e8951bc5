//! Moments and lengths of time, as Go writes them (<https://pkg.go.dev/time#pkg-constants>).

use std::fmt::Write;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A moment in UTC, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time(pub(super) i64);

/// A length of time in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Duration(pub(super) i64);

impl Duration {
    pub(super) fn seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// `1h2m3.5s`.
    pub(super) fn text(self) -> String {
        let total = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let (unit, size) = match total {
            0 => return "0s".to_owned(),
            1..1000 => ("ns", 1),
            1000..1_000_000 => ("µs", 1000),
            1_000_000..1_000_000_000 => ("ms", 1_000_000),
            _ => {
                let minutes = total / 60_000_000_000;
                let hours = match minutes / 60 {
                    0 => String::new(),
                    hours => format!("{hours}h"),
                };
                let minutes = match minutes {
                    0 => String::new(),
                    minutes => format!("{}m", minutes % 60),
                };
                let seconds = decimal(total % 60_000_000_000, 1_000_000_000);
                return format!("{sign}{hours}{minutes}{seconds}s");
            }
        };
        format!("{sign}{}{unit}", decimal(total, size))
    }
}

/// A number of small units in large ones, without zeros at the end.
fn decimal(count: u64, size: u64) -> String {
    let width = size.ilog10() as usize;
    if width == 0 {
        return count.to_string();
    }
    let text = format!("{}.{:0width$}", count / size, count % size);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The parts of a layout, a longer one before a shorter one that begins like it.
const PARTS: [&str; 30] = [
    "2006",
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "002",
    "15",
    "PM",
    "pm",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "Z07:00",
    "Z0700",
    "Z07",
    "_2",
    "1",
    "2",
    "3",
    "4",
    "5",
];

impl Time {
    /// The moment so many seconds after 1970; an error where Prometheus has one.
    #[expect(clippy::cast_possible_truncation, reason = "it is checked to be in range")]
    pub(super) fn of_seconds(seconds: f64) -> Result<Self, String> {
        if !seconds.is_finite() {
            return Err("value is NaN or Inf".to_owned());
        }
        let nanoseconds = seconds * 1e9;
        if nanoseconds > i64::MAX as f64 || nanoseconds < i64::MIN as f64 {
            return Err(format!(
                "{} cannot be represented as a nanoseconds timestamp since it overflows int64",
                crate::go::float(seconds)
            ));
        }
        Ok(Self(nanoseconds as i64 / 1_000_000))
    }

    fn zoned(self) -> Zoned {
        // Every number of nanoseconds in 64 bits is in the years that jiff knows.
        Timestamp::from_millisecond(self.0).unwrap_or_default().to_zoned(TimeZone::UTC)
    }

    /// As Go's `String` of a time.
    pub(super) fn text(self) -> String {
        self.format("2006-01-02 15:04:05.999999999 -0700 MST")
    }

    /// A number that it has, by the name of Go's method.
    pub(super) fn number(self, name: &str) -> Option<i64> {
        let at = self.zoned();
        Some(match name {
            "Unix" => self.0.div_euclid(1000),
            "UnixMilli" => self.0,
            "UnixNano" => self.0.saturating_mul(1_000_000),
            "Year" => i64::from(at.year()),
            "YearDay" => i64::from(at.day_of_year()),
            "Day" => i64::from(at.day()),
            "Hour" => i64::from(at.hour()),
            "Minute" => i64::from(at.minute()),
            "Second" => i64::from(at.second()),
            "Nanosecond" => i64::from(at.subsec_nanosecond()),
            _ => return None,
        })
    }

    /// Written as a layout shows it for the second of January 2006, 15:04:05.
    pub(super) fn format(self, layout: &str) -> String {
        let at = self.zoned();
        let mut text = String::with_capacity(layout.len() + 10);
        let mut rest = layout;
        while let Some(letter) = rest.chars().next() {
            if let Some(taken) = push_fraction(&mut text, rest, at.subsec_nanosecond()) {
                rest = &rest[taken..];
                continue;
            }
            let part = PARTS.iter().find(|part| rest.starts_with(**part));
            match part {
                // "Janet" is no month.
                Some(part) if is_whole(part, &rest[part.len()..]) => {
                    push(&mut text, part, &at);
                    rest = &rest[part.len()..];
                }
                _ => {
                    text.push(letter);
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        text
    }
}

fn is_whole(part: &str, after: &str) -> bool {
    !matches!(part, "Jan" | "Mon") || !after.starts_with(|c: char| c.is_ascii_lowercase())
}

/// `.000` or `,999`: parts of a second, with nines without zeros at the end.
fn push_fraction(text: &mut String, rest: &str, nanosecond: i32) -> Option<usize> {
    let mut letters = rest.chars();
    let point = letters.next().filter(|point| matches!(point, '.' | ','))?;
    let digit = letters.next().filter(|digit| matches!(digit, '0' | '9'))?;
    let count = rest[1..].chars().take_while(|letter| *letter == digit).count();
    let after = rest[1 + count..].chars().next();
    if after.is_some_and(|letter| letter.is_ascii_digit()) || count > 9 {
        return None;
    }
    let digits = format!("{nanosecond:09}");
    let mut shown = &digits[..count];
    if digit == '9' {
        shown = shown.trim_end_matches('0');
    }
    if !shown.is_empty() {
        text.push(point);
        text.push_str(shown);
    }
    Some(1 + count)
}

fn push(text: &mut String, part: &str, at: &Zoned) {
    let hour12 = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    // Writing to a string cannot fail.
    let _ = match part {
        "2006" => write!(text, "{:04}", at.year()),
        "06" => write!(text, "{:02}", at.year().rem_euclid(100)),
        "January" => write!(text, "{}", at.strftime("%B")),
        "Jan" => write!(text, "{}", at.strftime("%b")),
        "01" => write!(text, "{:02}", at.month()),
        "1" => write!(text, "{}", at.month()),
        "Monday" => write!(text, "{}", at.strftime("%A")),
        "Mon" => write!(text, "{}", at.strftime("%a")),
        "02" => write!(text, "{:02}", at.day()),
        "_2" => write!(text, "{:2}", at.day()),
        "2" => write!(text, "{}", at.day()),
        "002" => write!(text, "{:03}", at.day_of_year()),
        "15" => write!(text, "{:02}", at.hour()),
        "03" => write!(text, "{hour12:02}"),
        "3" => write!(text, "{hour12}"),
        "04" => write!(text, "{:02}", at.minute()),
        "4" => write!(text, "{}", at.minute()),
        "05" => write!(text, "{:02}", at.second()),
        "5" => write!(text, "{}", at.second()),
        "PM" => write!(text, "{}", if at.hour() < 12 { "AM" } else { "PM" }),
        "pm" => write!(text, "{}", if at.hour() < 12 { "am" } else { "pm" }),
        "MST" => write!(text, "UTC"),
        "-0700" => write!(text, "+0000"),
        "-07:00" => write!(text, "+00:00"),
        "-07" => write!(text, "+00"),
        "-070000" => write!(text, "+000000"),
        "-07:00:00" => write!(text, "+00:00:00"),
        _ => write!(text, "Z"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_filled_in() {
        // 2015-06-23 13:19:44.128 UTC, a Tuesday.
        let time = Time(1_435_065_584_128);
        let check = |layout: &str, expected: &str| assert_eq!(time.format(layout), expected);
        check("2006-01-02T15:04:05Z07:00", "2015-06-23T13:19:44Z");
        check("Mon Jan _2 15:04:05 2006", "Tue Jun 23 13:19:44 2015");
        check("Monday, 02-Jan-06 15:04:05 MST", "Tuesday, 23-Jun-15 13:19:44 UTC");
        check("3:04PM 3:04pm 03:4:5", "1:19PM 1:19pm 01:19:44");
        check("2006-01-02 15:04:05.000", "2015-06-23 13:19:44.128");
        check("15:04:05.999999 .00", "13:19:44.128 .12");
        check("002 1/2/06 Janet", "174 6/23/15 Janet");
        check("-0700 -07:00 Z0700 é", "+0000 +00:00 Z é");
        assert_eq!(time.text(), "2015-06-23 13:19:44.128 +0000 UTC");
        assert_eq!(Time(0).text(), "1970-01-01 00:00:00 +0000 UTC");
    }

    #[test]
    fn lengths_are_those_of_go() {
        let check = |ns: i64, expected: &str| assert_eq!(Duration(ns).text(), expected);
        check(0, "0s");
        check(1, "1ns");
        check(1100, "1.1µs");
        check(2_200_000, "2.2ms");
        check(3_300_000_000, "3.3s");
        check(245_000_000_000, "4m5s");
        check(3_723_004_000_000, "1h2m3.004s");
        check(-3_600_000_000_000, "-1h0m0s");
    }
}
