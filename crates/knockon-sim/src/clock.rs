//! Virtual time: whole nanoseconds since the beginning of a run.

use std::time::Duration;

/// A microsecond, in nanoseconds.
pub const MICROSECOND: u64 = 1_000;
/// A millisecond, in nanoseconds.
pub const MILLISECOND: u64 = 1_000_000;
/// A second, in nanoseconds.
pub const SECOND: u64 = 1_000_000_000;
/// A minute, in nanoseconds.
pub const MINUTE: u64 = 60 * SECOND;
/// An hour, in nanoseconds.
pub const HOUR: u64 = 60 * MINUTE;

/// The latest moment there is: about 292 years, so that sums of two moments do not overflow.
pub const END_OF_TIME: u64 = u64::MAX / 2;

/// A length of time in nanoseconds; lengths of centuries count as for ever.
pub fn nanos(length: Duration) -> u64 {
    u64::try_from(length.as_nanos()).unwrap_or(END_OF_TIME).min(END_OF_TIME)
}

/// A number of nanoseconds that was reckoned in floating point, rounded; never negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
#[inline]
pub(crate) fn rounded(ns: f64) -> u64 {
    ((ns + 0.5) as u64).min(END_OF_TIME)
}

/// Nanoseconds as seconds.
pub fn seconds(ns: u64) -> f64 {
    ns as f64 / 1e9
}
