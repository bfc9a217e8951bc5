//! Quantities with their units: how often, how much money, how much of a machine.

use std::fmt;
use std::time::Duration;

/// How often something happens, on average.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate {
    /// Events per hour; finite and not negative.
    pub per_hour: f64,
}

/// An ISO 4217 currency code, three upper-case letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code, if it has the form of one (`USD`, `EUR`); whether it is in use is not checked.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An amount of money: an estimate for judging impact, not a ledger entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Money {
    /// The amount in the currency's main unit; finite and not negative.
    pub amount: f64,
    /// What it is counted in.
    pub currency: Currency,
}

/// What a stretch of time costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoneyRate {
    /// What an hour costs.
    pub per_hour: Money,
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Share {
    /// In percent; finite, not negative, and 100 at most where it is a part of something.
    pub percent: f64,
}

impl Share {
    /// The whole.
    pub const ALL: Self = Self { percent: 100.0 };

    /// The same as a number from 0 to 1.
    pub fn fraction(self) -> f64 {
        self.percent / 100.0
    }
}

/// Processor time per time, as Kubernetes counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu {
    /// Thousandths of a core.
    pub millicores: u64,
}

/// An amount of memory or of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes {
    /// How many.
    pub count: u64,
}

/// From a shortest to a longest time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationRange {
    /// The shortest.
    pub least: Duration,
    /// The longest; the same when it is known exactly.
    pub most: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_capitals() {
        let check =
            |code: &str, ok: bool| assert_eq!(Currency::parse(code).is_some(), ok, "{code}");
        check("USD", true);
        check("usd", false);
        check("US", false);
        check("EURO", false);
        check("€UR", false);
    }
}
