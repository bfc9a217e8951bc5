//! How often something happens: `1200/h`.

use knockon_core::Rate;

use super::{Bad, Wrong, number, show_number};
use crate::wording::quoted;

/// Units of a rate: how it is written, what people also write, how often one is per hour.
const UNITS: [(&str, &[&str], f64); 4] = [
    ("s", &["sec", "second", "seconds"], 3600.0),
    ("min", &["m", "mins", "minute", "minutes"], 60.0),
    ("h", &["hr", "hour", "hours"], 1.0),
    ("d", &["day", "days"], 1.0 / 24.0),
];

const RATE_HELP: &str = "write a number, `/` and one of `s`, `min`, `h` or `d`, as in `1200/h`";

/// A rate such as `1200/h` or `0.5/min`.
pub fn rate(text: &str) -> Result<Rate, Bad> {
    let help = || match rate_meant(text) {
        Some(meant) => format!("write `{meant}`"),
        None => RATE_HELP.into(),
    };
    let Some((count, unit)) = text.split_once('/') else {
        return Err(match number(text) {
            Ok(_) => Bad::new(
                format!("{} does not say per what", quoted(text)),
                format!("write `{text}/h`, or `/s`, `/min` or `/d`"),
            ),
            Err(_) => Bad::new(format!("{} is not a rate", quoted(text)), help()),
        });
    };
    let events = number(count).map_err(|wrong| Bad::new(wrong.message(count), help()))?;
    let Some((_, _, per_hour)) = UNITS.iter().find(|(word, ..)| *word == unit) else {
        return Err(Bad::new(format!("{} is not a unit of a rate", quoted(unit)), help()));
    };
    let per_hour = events * per_hour;
    if per_hour.is_finite() {
        Ok(Rate { per_hour })
    } else {
        Err(Bad::new(Wrong::Huge.message(count), RATE_HELP))
    }
}

/// The right form of a rate that is written another way: `1200 per hour`, `5 / m`.
fn rate_meant(text: &str) -> Option<String> {
    let text = text.to_lowercase().replace(" per ", "/");
    let (count, unit) = text.split_once('/')?;
    let (count, unit) = (count.trim(), unit.trim());
    number(count).ok()?;
    let is_meant = |(word, also, _): &&(&str, &[&str], f64)| *word == unit || also.contains(&unit);
    let (word, ..) = UNITS.iter().find(is_meant)?;
    Some(format!("{count}/{word}"))
}

/// The rate as it is written: in the unit that leaves no fraction and not too many digits.
pub(crate) fn show_rate(rate: Rate) -> String {
    let written = |(unit, _, per): &(&str, &[&str], f64)| {
        let count = rate.per_hour / per;
        // Only what reads back to the same rate will do.
        let is_same = count.fract() == 0.0 && (count * per).to_bits() == rate.per_hour.to_bits();
        is_same.then(|| (count, format!("{}/{unit}", show_number(count))))
    };
    let [seconds, minutes, hours, days] = &UNITS;
    let short = [hours, minutes].into_iter().filter_map(written).find(|(count, _)| *count < 1000.0);
    let any = || [seconds, minutes, hours, days].into_iter().find_map(written);
    let short = short.or_else(any).map(|(_, text)| text);
    short.unwrap_or_else(|| format!("{}/h", show_number(rate.per_hour)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_or_refused_with_the_right_form() {
        let check = |text: &str, expected: Result<f64, (&str, &str)>| {
            let found = rate(text).map(|rate| rate.per_hour);
            let expected = expected.map_err(|(message, help)| Bad::new(message.into(), help));
            assert_eq!(found, expected, "{text}");
        };
        check("1200/h", Ok(1200.0));
        check("0.5/s", Ok(1800.0));
        check("2/min", Ok(120.0));
        check("48/d", Ok(2.0));
        check("0/h", Ok(0.0));
        check(
            "1200",
            Err(("`1200` does not say per what", "write `1200/h`, or `/s`, `/min` or `/d`")),
        );
        check("many", Err(("`many` is not a rate", RATE_HELP)));
        check("1200 per hour", Err(("`1200 per hour` is not a rate", "write `1200/h`")));
        check("-5/h", Err(("`-5` is negative", RATE_HELP)));
        check("1,200/h", Err(("`1,200` is not a number", RATE_HELP)));
        check("1e3/h", Err(("`1e3` is not a number", RATE_HELP)));
        check("inf/h", Err(("`inf` is not a number", RATE_HELP)));
        check("/h", Err(("`` is not a number", RATE_HELP)));
        check("5/m", Err(("`m` is not a unit of a rate", "write `5/min`")));
        check("5/Hour", Err(("`Hour` is not a unit of a rate", "write `5/h`")));
        check("5/week", Err(("`week` is not a unit of a rate", RATE_HELP)));
        check("5 / h", Err(("`5 ` is not a number", "write `5/h`")));
        let huge = format!("{}/s", "9".repeat(400));
        assert!(rate(&huge).is_err_and(|bad| bad.message.ends_with("is too large")));
    }

    #[test]
    fn a_rate_is_written_so_that_it_reads_back() {
        for text in ["1200/h", "5/s", "0.5/h", "10/min", "0/h", "100000/h", "90/h"] {
            let read = rate(text).unwrap();
            assert_eq!(rate(&show_rate(read)), Ok(read), "{text}");
        }
        assert_eq!(show_rate(Rate { per_hour: 720_000.0 }), "200/s");
    }
}
