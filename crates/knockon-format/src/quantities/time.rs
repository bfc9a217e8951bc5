//! Lengths of time: `250us`, `4ms`, `5s`, `15min`, `2h`, `7d`.

use std::time::Duration;

use knockon_core::DurationRange;

use super::{Bad, Wrong, number, split_unit};
use crate::wording::quoted;

/// Units of time: how each is written, what people also write, how many nanoseconds it has.
const UNITS: [(&str, &[&str], u64); 7] = [
    ("ns", &["nanoseconds"], 1),
    ("us", &["µs", "μs", "microseconds"], 1_000),
    ("ms", &["msec", "millis", "milliseconds"], 1_000_000),
    ("s", &["sec", "secs", "second", "seconds"], 1_000_000_000),
    ("min", &["m", "mins", "minute", "minutes"], 60_000_000_000),
    ("h", &["hr", "hrs", "hour", "hours"], 3_600_000_000_000),
    ("d", &["day", "days"], 86_400_000_000_000),
];

const HELP: &str = "write a number and one of `us`, `ms`, `s`, `min`, `h` or `d`, as in `5s`";

/// Longer than any of a system; also keeps sums far from overflow.
const MAX_SECONDS: f64 = 10.0 * 366.0 * 86_400.0;

/// A length of time such as `5s`.
pub fn duration(text: &str) -> Result<Duration, Bad> {
    let (digits, unit) = split_unit(text);
    if digits.is_empty() {
        return Err(Bad::new(format!("{} is not a length of time", quoted(text)), HELP));
    }
    let value = number(digits).map_err(|wrong| Bad::new(wrong.message(digits), HELP))?;
    if unit.is_empty() && value == 0.0 {
        return Ok(Duration::ZERO);
    }
    if unit.is_empty() {
        let message = format!("{} has no unit", quoted(text));
        return Err(Bad::new(message, format!("write `{text}s` for seconds, or `{text}ms`")));
    }
    let Some((.., nanos)) = UNITS.iter().find(|(word, ..)| *word == unit) else {
        let meant = unit.trim().to_lowercase();
        let known = UNITS.iter().find(|(word, also, _)| *word == meant || also.contains(&&*meant));
        let help = known.map_or(HELP.into(), |(word, ..)| format!("write `{digits}{word}`"));
        return Err(Bad::new(format!("{} is not a unit of time", quoted(unit)), help));
    };
    let seconds = value * (*nanos as f64) / 1e9;
    if seconds > MAX_SECONDS {
        return Err(Bad::new(Wrong::Huge.message(text), "nothing here takes more than ten years"));
    }
    Ok(exact(digits, *nanos).unwrap_or_else(|| Duration::from_secs_f64(seconds)))
}

/// The duration reckoned in whole nanoseconds, where it is one.
fn exact(digits: &str, nanos: u64) -> Option<Duration> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut total = whole.parse::<u64>().ok()?.checked_mul(nanos)?;
    let mut place = nanos;
    for digit in fraction.bytes() {
        if !place.is_multiple_of(10) && digit != b'0' {
            return None;
        }
        place /= 10;
        total = total.checked_add(place.checked_mul(u64::from(digit - b'0'))?)?;
    }
    Some(Duration::from_nanos(total))
}

/// From a shortest to a longest time, such as `5min to 30min`; or one time.
pub(crate) fn duration_range(text: &str) -> Result<DurationRange, Bad> {
    let (least, most) = text.split_once(" to ").unwrap_or((text, text));
    let (least, most) = (duration(least.trim())?, duration(most.trim())?);
    if least > most {
        let message = format!("{} runs backwards", quoted(text));
        let (least, most) = (show_duration(least), show_duration(most));
        return Err(Bad::new(message, format!("write `{most} to {least}`")));
    }
    Ok(DurationRange { least, most })
}

/// The duration as it is written: in the largest unit that leaves no fraction.
pub fn show_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".into();
    }
    let fits = UNITS.iter().rev().find(|(.., unit)| nanos.is_multiple_of(u128::from(*unit)));
    let (word, _, unit) = fits.unwrap_or(&UNITS[0]);
    format!("{}{word}", nanos / u128::from(*unit))
}

/// A moment of a run, as a clock shows it that started with the run: `6:40`, `1:02:05`.
pub fn show_moment(since_start: Duration) -> String {
    let seconds = since_start.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let millis = since_start.subsec_millis();
    let part = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    let part = part.trim_end_matches('0');
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}{part}")
    } else {
        format!("{minutes}:{seconds:02}{part}")
    }
}

/// The range as it is written.
pub(crate) fn show_duration_range(range: DurationRange) -> String {
    if range.least == range.most {
        return show_duration(range.least);
    }
    format!("{} to {}", show_duration(range.least), show_duration(range.most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_as_a_clock_does() {
        let check = |millis: u64, shown: &str| {
            assert_eq!(show_moment(Duration::from_millis(millis)), shown);
        };
        check(0, "0:00");
        check(59_000, "0:59");
        check(400_000, "6:40");
        check(3_725_000, "1:02:05");
        check(500, "0:00.5");
        check(61_050, "1:01.05");
    }

    #[test]
    fn durations_are_read_or_refused_with_the_right_form() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = duration(text).map(show_duration);
            let found = found.as_deref().map_err(|bad| bad.help.as_str());
            assert_eq!(found, expected, "{text}");
        };
        check("4ms", Ok("4ms"));
        check("1.5s", Ok("1500ms"));
        check("0.1ms", Ok("100us"));
        check("250us", Ok("250us"));
        check("90s", Ok("90s"));
        check("120s", Ok("2min"));
        check("0", Ok("0s"));
        check("5", Err("write `5s` for seconds, or `5ms`"));
        check("5m", Err("write `5min`"));
        check("5 s", Err("write `5s`"));
        check("10µs", Err("write `10us`"));
        check("-1s", Err(HELP));
        check("soon", Err(HELP));
        check("1h30min", Err(HELP));
        check("99999d", Err("nothing here takes more than ten years"));
    }

    #[test]
    fn a_range_runs_from_the_shorter_to_the_longer() {
        let check = |text: &str, expected: Option<&str>| {
            let found = duration_range(text).ok().map(show_duration_range);
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("5min to 30min", Some("5min to 30min"));
        check("5min", Some("5min"));
        check("30min to 5min", None);
        check("5 to 30min", None);
    }
}
