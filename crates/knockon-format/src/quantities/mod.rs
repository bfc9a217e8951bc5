//! Quantities as people write them: `1200/h`, `42.00 USD`, `5s`, `300m`, `512Mi`.
//!
//! A number without its unit is refused, and so is every second way to write the same thing: the
//! help shows the one way, made from what was written where it can be. Beside the reading of each
//! stands its writing, in the shortest form that reads back to the same.

mod amount;
mod money;
mod rate;
mod time;

pub(crate) use amount::{at_most_all, out_of_range, show_spread};
pub use amount::{
    bytes, count, cpu, factor, share, show_bytes, show_cpu, show_number, show_share, spread,
};
pub(crate) use money::{money, money_rate, show_money, show_money_rate};
pub use rate::rate;
pub(crate) use rate::show_rate;
pub use time::{duration, show_duration, show_moment};
pub(crate) use time::{duration_range, show_duration_range};

use crate::wording::quoted;

/// What is wrong with a quantity, and how a right one looks.
#[derive(Debug, PartialEq, Eq)]
pub struct Bad {
    /// What is wrong.
    pub message: String,
    /// How a right one looks.
    pub help: String,
}

impl Bad {
    fn new(message: String, help: impl Into<String>) -> Self {
        Self { message, help: help.into() }
    }
}

/// What keeps a text from being a number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
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

/// Splits a text after its number: `1.5s` into `1.5` and `s`.
fn split_unit(text: &str) -> (&str, &str) {
    let signed = text.strip_prefix('-').map_or(0, |_| 1);
    let end = text[signed..].find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
    text.split_at(end.map_or(text.len(), |end| end + signed))
}
