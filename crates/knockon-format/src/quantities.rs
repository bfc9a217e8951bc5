//! Quantities as people write them: `1200/h`, `42.00 USD`.
//!
//! A number without its unit is refused, and so is every second way to write the same thing: the
//! help shows the one way, made from what was written where it can be.

use knockon_core::{Currency, Money, Rate};

use crate::wording::quoted;

/// What is wrong with a quantity, and how a right one looks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Bad {
    fn new(message: String, help: impl Into<String>) -> Self {
        Self { message, help: help.into() }
    }
}

/// Units of a rate: how it is written, what people also write, how often one is per hour.
const UNITS: [(&str, &[&str], f64); 4] = [
    ("s", &["sec", "second", "seconds"], 3600.0),
    ("min", &["m", "mins", "minute", "minutes"], 60.0),
    ("h", &["hr", "hour", "hours"], 1.0),
    ("d", &["day", "days"], 1.0 / 24.0),
];

const RATE_HELP: &str = "write a number, `/` and one of `s`, `min`, `h` or `d`, as in `1200/h`";
const MONEY_HELP: &str = "write an amount and an ISO 4217 currency code, as in `42.00 USD`";

/// A rate such as `1200/h` or `0.5/min`.
pub(crate) fn rate(text: &str) -> Result<Rate, Bad> {
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

/// An amount of money such as `42.00 USD`.
pub(crate) fn money(text: &str) -> Result<Money, Bad> {
    let mut words = text.split_ascii_whitespace();
    let (Some(amount), Some(code), None) = (words.next(), words.next(), words.next()) else {
        let message = format!("{} is not an amount and a currency", quoted(text));
        let help = match number(text) {
            Ok(_) => format!("say in which currency, as in `{text} USD`"),
            Err(_) => MONEY_HELP.into(),
        };
        return Err(Bad::new(message, help));
    };
    if Currency::parse(amount).is_some() && number(code).is_ok() {
        let message = format!("{} has the currency first", quoted(text));
        return Err(Bad::new(message, format!("write `{code} {amount}`")));
    }
    let value = number(amount).map_err(|wrong| Bad::new(wrong.message(amount), MONEY_HELP))?;
    let Some(currency) = Currency::parse(code) else {
        let message = format!("{} is not a currency code", quoted(code));
        let capitals = code.to_ascii_uppercase();
        let help = match Currency::parse(&capitals) {
            Some(currency) => format!("write `{amount} {currency}`"),
            None => MONEY_HELP.into(),
        };
        return Err(Bad::new(message, help));
    };
    Ok(Money { amount: value, currency })
}

/// What keeps a text from being a number.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Form,
    Negative,
    Huge,
}

impl Wrong {
    fn message(&self, text: &str) -> String {
        let text = quoted(text);
        match self {
            Self::Form => format!("{text} is not a number"),
            Self::Negative => format!("{text} is negative"),
            Self::Huge => format!("{text} is too large"),
        }
    }
}

/// A number in digits with at most one point: no signs, exponents or thousands separators.
fn number(text: &str) -> Result<f64, Wrong> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let form = |text: &str| match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    };
    if text.strip_prefix('-').is_some_and(form) {
        return Err(Wrong::Negative);
    }
    if !form(text) {
        return Err(Wrong::Form);
    }
    let value: f64 = text.parse().map_err(|_| Wrong::Form)?;
    if value.is_finite() { Ok(value) } else { Err(Wrong::Huge) }
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
    fn money_is_read_or_refused_with_the_right_form() {
        let check = |text: &str, expected: Result<(f64, &str), (&str, &str)>| {
            let found = money(text);
            let found = found
                .as_ref()
                .map(|money| (money.amount, money.currency.as_str()))
                .map_err(|bad| (bad.message.as_str(), bad.help.as_str()));
            assert_eq!(found, expected, "{text}");
        };
        check("42.00 USD", Ok((42.0, "USD")));
        check("0 EUR", Ok((0.0, "EUR")));
        check(
            "42",
            Err(("`42` is not an amount and a currency", "say in which currency, as in `42 USD`")),
        );
        check("$42", Err(("`$42` is not an amount and a currency", MONEY_HELP)));
        check("42 usd", Err(("`usd` is not a currency code", "write `42 USD`")));
        check("42 dollars", Err(("`dollars` is not a currency code", MONEY_HELP)));
        check("USD 42", Err(("`USD 42` has the currency first", "write `42 USD`")));
        check("-1 USD", Err(("`-1` is negative", MONEY_HELP)));
        check("1,000 USD", Err(("`1,000` is not a number", MONEY_HELP)));
        check("1 USD net", Err(("`1 USD net` is not an amount and a currency", MONEY_HELP)));
    }
}
