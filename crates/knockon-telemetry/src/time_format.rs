//! Points in time as people and tools write them.
//!
//! Evidence comes from many tools, and each counts time its own way. The magnitude of a number tells
//! its unit: as seconds, anything past 10¹¹ lies after the year 5138, so it counts something finer.

use jiff::civil::DateTime;
use knockon_core::Timestamp;

/// A time, and whether its offset had to be assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ParsedTime {
    pub(crate) time: Timestamp,
    /// No offset was written; it was read as UTC.
    pub(crate) naive: bool,
}

/// Reads a point in time: RFC 3339 with any offset, the same without an offset (read as UTC), a date
/// alone (its midnight in UTC), or a Unix time in seconds, or by its magnitude in milliseconds
/// (above 10¹¹), microseconds (above 10¹⁴) or nanoseconds (above 10¹⁷).
///
/// `None` when it is none of these or lies outside [`Timestamp::RANGE_UNIX_MS`].
///
/// ```
/// # use knockon_telemetry::parse_time;
/// let ms = |text| parse_time(text).map(|time| time.unix_ms);
/// assert_eq!(ms("2026-01-01T12:00:00.5+02:00"), Some(1_767_261_600_500));
/// assert_eq!(ms("2026-01-01 10:00:00"), Some(1_767_261_600_000));
/// assert_eq!(ms("1767261600"), ms("1767261600000"));
/// assert_eq!(ms("yesterday"), None);
/// ```
pub fn parse_time(text: &str) -> Option<Timestamp> {
    parse(text).map(|parsed| parsed.time)
}

/// Writes a point in time as RFC 3339 in UTC, with milliseconds only when there are any.
///
/// ```
/// # use knockon_core::Timestamp;
/// # use knockon_telemetry::format_time;
/// assert_eq!(format_time(Timestamp::from_unix_ms(1_767_261_600_000)), "2026-01-01T10:00:00Z");
/// assert_eq!(format_time(Timestamp::from_unix_ms(1_767_261_600_050)), "2026-01-01T10:00:00.050Z");
/// ```
pub fn format_time(time: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(time.unix_ms) {
        Ok(moment) if time.unix_ms % 1000 == 0 => moment.to_string(),
        Ok(moment) => format!("{moment:.3}"),
        // Beyond the calendar nothing is more readable than the number itself.
        Err(_) => format!("{} ms", time.unix_ms),
    }
}

pub(crate) fn parse(text: &str) -> Option<ParsedTime> {
    let text = text.trim();
    let exact = |time| ParsedTime { time, naive: false };
    if let Some(number) = parse_number(text) {
        return from_number(number).map(exact);
    }
    let (text, is_utc) = match text.strip_suffix("UTC") {
        Some(rest) => (rest.trim_end(), true),
        None => (text, false),
    };
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return in_range(moment).map(exact);
    }
    let civil: DateTime = text.parse().ok()?;
    let moment = jiff::tz::Offset::UTC.to_timestamp(civil).ok()?;
    Some(ParsedTime { time: in_range(moment)?, naive: !is_utc })
}

/// The time that a Unix time in seconds, milliseconds, microseconds or nanoseconds means.
pub(crate) fn from_number(number: f64) -> Option<Timestamp> {
    let per_second = match number.abs() {
        n if n > 1e17 => 1e9,
        n if n > 1e14 => 1e6,
        n if n > 1e11 => 1e3,
        _ => 1.0,
    };
    Timestamp::from_unix_seconds(number / per_second)
}

/// A plain decimal number; the words that the float parser also takes (`inf`, `nan`) are no times.
fn parse_number(text: &str) -> Option<f64> {
    let first = text.bytes().next()?;
    let is_number = first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.');
    is_number.then(|| text.parse().ok())?.filter(|n: &f64| n.is_finite())
}

fn in_range(moment: jiff::Timestamp) -> Option<Timestamp> {
    // Rounded down, as a clock of milliseconds shows it.
    let unix_ms = i64::try_from(moment.as_nanosecond().div_euclid(1_000_000)).ok()?;
    Timestamp::RANGE_UNIX_MS.contains(&unix_ms).then(|| Timestamp::from_unix_ms(unix_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_767_268_800_000;

    #[test]
    fn times_are_read_as_tools_write_them() {
        let check = |text: &str, expected: Option<(i64, bool)>| {
            let found = parse(text).map(|p| (p.time.unix_ms, p.naive));
            assert_eq!(found, expected, "{text}");
        };
        check("2026-01-01T12:00:00Z", Some((NOON, false)));
        check("2026-01-01t12:00:00z", Some((NOON, false)));
        check("2026-01-01T14:00:00+02:00", Some((NOON, false)));
        check("2026-01-01 12:00:00+00:00", Some((NOON, false)));
        check("2026-01-01T12:00:00.123456789Z", Some((NOON + 123, false)));
        check("2026-01-01 12:00:00 UTC", Some((NOON, false)));
        check("2026-01-01T12:00:00", Some((NOON, true)));
        check("2026-01-01 12:00:00.25", Some((NOON + 250, true)));
        check("2026-01-01", Some((NOON - 43_200_000, true)));
        check("1767268800", Some((NOON, false)));
        check("1767268800.25", Some((NOON + 250, false)));
        check("1767268800000", Some((NOON, false)));
        check("1767268800000000", Some((NOON, false)));
        check("1767268800000000000", Some((NOON, false)));
        check("1.7672688e+09", Some((NOON, false)));
        check(" 1767268800 ", Some((NOON, false)));
        check("0", Some((0, false)));
        check("0001-01-01T00:00:00Z", Some((-62_135_596_800_000, false)));
        for wrong in [
            "",
            "-",
            "UTC",
            "noon",
            "12:00",
            "inf",
            "NaN",
            "1e300",
            "2026-13-01",
            "2026-02-30T00:00:00Z",
        ] {
            check(wrong, None);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(unix_ms in Timestamp::RANGE_UNIX_MS) {
            let time = Timestamp::from_unix_ms(unix_ms);
            prop_assert_eq!(parse_time(&format_time(time)), Some(time));
        }

        #[test]
        fn any_text_is_survived(text: String) {
            parse_time(&text);
        }
    }

    #[test]
    fn any_number_of_milliseconds_can_be_written() {
        assert_eq!(format_time(Timestamp::from_unix_ms(i64::MAX)), "9223372036854775807 ms");
        assert_eq!(format_time(Timestamp::from_unix_ms(-1)), "1969-12-31T23:59:59.999Z");
    }
}
