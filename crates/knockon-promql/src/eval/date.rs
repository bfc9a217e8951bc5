//! Functions of the date of a moment, in UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

/// The function of that name, if it is one of these; it takes seconds since 1970.
pub(super) fn function(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "day_of_month" => |at| of_date(at, |date| f64::from(date.day())),
        "day_of_week" => |at| of_date(at, |date| f64::from(date.weekday().to_sunday_zero_offset())),
        "day_of_year" => |at| of_date(at, |date| f64::from(date.day_of_year())),
        "days_in_month" => |at| of_date(at, |date| f64::from(date.days_in_month())),
        "hour" => |at| date_time(at).map_or(f64::NAN, |it| f64::from(it.hour())),
        "minute" => |at| date_time(at).map_or(f64::NAN, |it| f64::from(it.minute())),
        "month" => |at| of_date(at, |date| f64::from(date.month())),
        "year" => |at| of_date(at, |date| f64::from(date.year())),
        _ => return None,
    })
}

/// Nothing for moments that are beyond all calendars.
fn date_time(at: f64) -> Option<DateTime> {
    if !at.is_finite() || at.abs() > 1e15 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "its range was checked")]
    let timestamp = Timestamp::from_second(at.trunc() as i64).ok()?;
    Some(Offset::UTC.to_datetime(timestamp))
}

fn of_date(at: f64, part: fn(Date) -> f64) -> f64 {
    date_time(at).map_or(f64::NAN, |it| part(it.date()))
}
