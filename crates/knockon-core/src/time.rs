//! Points in time and lengths of time, in whole milliseconds as Prometheus counts them.

use std::fmt;
use std::ops::{Add, Sub};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, the resolution of a Prometheus sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Milliseconds since the Unix epoch; negative before it.
    pub unix_ms: i64,
}

impl Timestamp {
    /// The earliest and the latest point that RFC 3339 can write (years 0000 to 9999).
    ///
    /// Readers refuse anything outside, which also keeps every difference of two timestamps far
    /// from overflow.
    pub const RANGE_UNIX_MS: std::ops::RangeInclusive<i64> =
        -62_167_219_200_000..=253_402_300_799_999;

    /// A timestamp from milliseconds since the Unix epoch.
    pub const fn from_unix_ms(unix_ms: i64) -> Self {
        Self { unix_ms }
    }

    /// A timestamp from seconds since the Unix epoch, rounded to the millisecond.
    ///
    /// `None` when the value is not finite or lies outside [`Timestamp::RANGE_UNIX_MS`].
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
    pub fn from_unix_seconds(seconds: f64) -> Option<Self> {
        let ms = (seconds * 1000.0).round();
        let range = Self::RANGE_UNIX_MS;
        (ms.is_finite() && ms >= *range.start() as f64 && ms <= *range.end() as f64)
            .then(|| Self::from_unix_ms(ms as i64))
    }
}

impl Add<DurationMs> for Timestamp {
    type Output = Self;

    fn add(self, rhs: DurationMs) -> Self {
        Self::from_unix_ms(self.unix_ms.saturating_add(rhs.ms))
    }
}

impl Sub<DurationMs> for Timestamp {
    type Output = Self;

    fn sub(self, rhs: DurationMs) -> Self {
        Self::from_unix_ms(self.unix_ms.saturating_sub(rhs.ms))
    }
}

impl Sub for Timestamp {
    type Output = DurationMs;

    fn sub(self, rhs: Self) -> DurationMs {
        DurationMs { ms: self.unix_ms.saturating_sub(rhs.unix_ms) }
    }
}

/// A length of time in milliseconds; negative when it points into the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DurationMs {
    /// The length in milliseconds.
    pub ms: i64,
}

impl DurationMs {
    /// A length of `seconds` seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self { ms: seconds * 1000 }
    }

    /// A length of `minutes` minutes.
    pub const fn from_minutes(minutes: i64) -> Self {
        Self::from_seconds(minutes * 60)
    }
}

/// Prometheus' notation, largest unit first, zero units left out: `1h30m`, `45s`, `250ms`, `0s`.
impl fmt::Display for DurationMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 5] =
            [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
        if self.ms == 0 {
            return f.write_str("0s");
        }
        if self.ms < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.ms.unsigned_abs();
        for (size, unit) in UNITS {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_prints_as_prometheus_writes_it() {
        let check = |ms, expected: &str| assert_eq!(DurationMs { ms }.to_string(), expected);
        check(0, "0s");
        check(250, "250ms");
        check(45_000, "45s");
        check(5_400_000, "1h30m");
        check(90_061_001, "1d1h1m1s1ms");
        check(-60_000, "-1m");
        check(i64::MIN, "-106751991167d7h12m55s808ms");
    }

    #[test]
    fn seconds_outside_the_calendar_are_refused() {
        let check = |s: f64, expected: Option<i64>| {
            assert_eq!(Timestamp::from_unix_seconds(s).map(|t| t.unix_ms), expected, "{s}");
        };
        check(1_681_857_605.0, Some(1_681_857_605_000));
        check(0.0004, Some(0));
        check(f64::NAN, None);
        check(f64::INFINITY, None);
        check(1e15, None);
        check(-1e15, None);
    }
}
