//! Quantities with their units: how often, how much money.

use std::fmt;

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
