//! What is expected of a figure: `3`, `above 95%`, `3 to 5`, `1250 ± 10%`.

use std::fmt;

use knockon_core::Share;
use knockon_format::quantities::{self, Bad};

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Parts of a whole, from 0 to 1; written in percent.
    Share,
    /// Seconds; written as a length of time.
    Seconds,
    /// Money, in whatever the model counts it.
    Money,
    /// Whatever a query answers: a number, a share or a length of time.
    Any,
}

/// What is expected of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    bound: Bound,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    Is(f64),
    Above(f64),
    AtLeast(f64),
    Below(f64),
    AtMost(f64),
    Between(f64, f64),
}

/// Makes a bound of a number.
type Bounds = fn(f64) -> Bound;

/// What is written before a number, and the bound it makes.
const WORDS: [(&str, Bounds); 4] = [
    ("above ", Bound::Above),
    ("at least ", Bound::AtLeast),
    ("below ", Bound::Below),
    ("at most ", Bound::AtMost),
];

const FORMS: &str = "write a number, or one with `above`, `at least`, `below`, `at most`, as in `above 3`; \
                     or `3 to 5`, or `8 ± 1`";

impl Condition {
    /// Reads a condition on a figure that is counted in that unit.
    pub fn parse(text: &str, unit: Unit) -> Result<Self, Bad> {
        let text = text.trim();
        let one = |text: &str| number(text.trim(), unit);
        for (word, bound) in WORDS {
            if let Some(rest) = text.strip_prefix(word) {
                return Ok(Self { bound: bound(one(rest)?), unit });
            }
        }
        let bound = if let Some((least, most)) = text.split_once(" to ") {
            let (least, most) = (one(least)?, one(most)?);
            if least > most {
                let message = format!("`{text}` begins above its end");
                return Err(Bad { message, help: "write the smaller number first".to_owned() });
            }
            Bound::Between(least, most)
        } else if let Some((middle, around)) = text.split_once('±') {
            let (middle, around) = (one(middle)?, around.trim());
            let by = match around.strip_suffix('%').filter(|_| unit != Unit::Share) {
                Some(_) => quantities::share(around)?.fraction() * middle.abs(),
                None => one(around)?,
            };
            Bound::Between(middle - by, middle + by)
        } else {
            Bound::Is(one(text)?)
        };
        Ok(Self { bound, unit })
    }

    /// Whether a figure fulfils it; what is no number fulfils nothing.
    pub fn holds(&self, value: f64) -> bool {
        match self.bound {
            Bound::Is(is) => (value - is).abs() <= 1e-9 * is.abs().max(1.0),
            Bound::Above(bound) => value > bound,
            Bound::AtLeast(bound) => value >= bound,
            Bound::Below(bound) => value < bound,
            Bound::AtMost(bound) => value <= bound,
            Bound::Between(least, most) => (least..=most).contains(&value),
        }
    }

    /// A figure in the words of the condition: in its unit, rounded for people.
    pub fn show(&self, value: f64) -> String {
        show(value, self.unit)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |value| show(value, self.unit);
        match self.bound {
            Bound::Is(value) => write!(f, "{}", show(value)),
            Bound::Above(value) => write!(f, "above {}", show(value)),
            Bound::AtLeast(value) => write!(f, "at least {}", show(value)),
            Bound::Below(value) => write!(f, "below {}", show(value)),
            Bound::AtMost(value) => write!(f, "at most {}", show(value)),
            Bound::Between(least, most) => write!(f, "{} to {}", show(least), show(most)),
        }
    }
}

/// A number with the unit of its figure.
fn number(text: &str, unit: Unit) -> Result<f64, Bad> {
    let plain = || {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1.0, digits),
            None => (1.0, text),
        };
        quantities::factor(digits).map(|value| sign * value)
    };
    let share = || quantities::share(text).map(Share::fraction);
    let time = || quantities::duration(text).map(|time| time.as_secs_f64());
    let read = match unit {
        Unit::Count | Unit::Money => plain(),
        Unit::Share => share(),
        Unit::Seconds => time(),
        Unit::Any => plain().or_else(|_| share()).or_else(|_| time()),
    };
    read.map_err(|bad| match unit {
        Unit::Share | Unit::Seconds => bad,
        Unit::Count | Unit::Money | Unit::Any => {
            let message = format!("`{text}` is no number here");
            Bad { message, help: FORMS.to_owned() }
        }
    })
}

/// A figure for people.
fn show(value: f64, unit: Unit) -> String {
    if !value.is_finite() {
        return "nothing".to_owned();
    }
    match unit {
        Unit::Share => format!("{}%", trimmed(value * 100.0)),
        Unit::Seconds if value.abs() < 1.0 => format!("{}ms", trimmed(value * 1000.0)),
        Unit::Seconds if value.abs() >= 120.0 => format!("{}min", trimmed(value / 60.0)),
        Unit::Seconds => format!("{}s", trimmed(value)),
        Unit::Money if value.abs() >= 100.0 => trimmed(value.round()),
        Unit::Count | Unit::Money | Unit::Any => trimmed(value),
    }
}

/// At most three decimals, and none that say nothing.
fn trimmed(value: f64) -> String {
    let decimals = if value.abs() >= 100.0 {
        1
    } else if value.abs() >= 1.0 {
        2
    } else {
        4
    };
    let text = format!("{value:.decimals$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_and_hold_where_they_say() {
        let check = |text: &str, unit: Unit, shown: &str, holds: &[f64], not: &[f64]| {
            let condition = Condition::parse(text, unit).unwrap_or_else(|bad| panic!("{bad:?}"));
            assert_eq!(condition.to_string(), shown, "{text}");
            for value in holds {
                assert!(condition.holds(*value), "{text}: {value}");
            }
            for value in not {
                assert!(!condition.holds(*value), "{text}: {value}");
            }
        };
        check("3", Unit::Count, "3", &[3.0], &[2.0, 4.0, f64::NAN]);
        check("above 95%", Unit::Share, "above 95%", &[0.951], &[0.95]);
        check("at least 3", Unit::Count, "at least 3", &[3.0], &[2.9]);
        check("below 200ms", Unit::Seconds, "below 200ms", &[0.199], &[0.2, f64::NAN]);
        check("at most 2", Unit::Any, "at most 2", &[2.0, -1.0], &[2.1]);
        check("3 to 5", Unit::Count, "3 to 5", &[3.0, 5.0], &[2.9, 5.1]);
        check("1250 ± 10%", Unit::Money, "1125 to 1375", &[1125.0, 1375.0], &[1124.0]);
        check("8 ± 1", Unit::Count, "7 to 9", &[7.0, 9.0], &[6.9]);
        check("90% ± 5%", Unit::Share, "85% to 95%", &[0.85, 0.95], &[0.84]);
        check("-1.5", Unit::Any, "-1.5", &[-1.5], &[1.5]);
        check("4.5s ± 20%", Unit::Seconds, "3.6s to 5.4s", &[4.0], &[3.5]);
    }

    #[test]
    fn what_is_no_condition_is_told() {
        let check = |text: &str, unit: Unit, message: &str| {
            let bad = Condition::parse(text, unit).map(|it| it.to_string()).unwrap_err();
            assert_eq!(bad.message, message);
        };
        check("many", Unit::Count, "`many` is no number here");
        check("above 3", Unit::Share, "`3` is not a share in percent");
        check("5 to 3", Unit::Count, "`5 to 3` begins above its end");
        check("3", Unit::Seconds, "`3` has no unit");
    }
}
