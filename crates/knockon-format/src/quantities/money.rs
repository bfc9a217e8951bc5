//! Money: `42.00 USD`, `15000 USD/h`.

use knockon_core::{Currency, Money, MoneyRate};

use super::{Bad, number, show_number};
use crate::wording::quoted;

const MONEY_HELP: &str = "write an amount and an ISO 4217 currency code, as in `42.00 USD`";

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

/// What a stretch of time costs, such as `15000 USD/h`.
pub(crate) fn money_rate(text: &str) -> Result<MoneyRate, Bad> {
    const HELP: &str =
        "write an amount, its currency, `/` and `h`, `min` or `d`, as in `15000 USD/h`";
    let Some((amount, unit)) = text.split_once('/') else {
        let message = format!("{} does not say per what", quoted(text));
        return Err(Bad::new(message, HELP));
    };
    if amount.ends_with(char::is_whitespace) || unit.starts_with(char::is_whitespace) {
        let message = format!("{} has white space around its `/`", quoted(text));
        return Err(Bad::new(message, format!("write `{}/{}`", amount.trim(), unit.trim())));
    }
    let per_hour = match unit {
        "h" => 1.0,
        "min" => 60.0,
        "d" => 1.0 / 24.0,
        other => {
            let message = format!("{} is not a unit of time for money", quoted(other));
            return Err(Bad::new(message, HELP));
        }
    };
    let money = money(amount)?;
    Ok(MoneyRate { per_hour: Money { amount: money.amount * per_hour, ..money } })
}

/// The amount as it is written: cents if there are any.
pub(crate) fn show_money(money: Money) -> String {
    let cents = money.amount * 100.0;
    if money.amount.fract() != 0.0 && (cents.round() / 100.0).to_bits() == money.amount.to_bits() {
        return format!("{:.2} {}", money.amount, money.currency);
    }
    format!("{} {}", show_number(money.amount), money.currency)
}

/// What a stretch of time costs, as it is written.
pub(crate) fn show_money_rate(rate: MoneyRate) -> String {
    format!("{}/h", show_money(rate.per_hour))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_cost_of_time_is_read_per_hour() {
        let check = |text: &str, expected: Option<&str>| {
            let found = money_rate(text).ok().map(show_money_rate);
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        check("15000 USD/h", Some("15000 USD/h"));
        check("250.50 EUR/min", Some("15030 EUR/h"));
        check("24 EUR/d", Some("1 EUR/h"));
        check("15000 USD", None);
        check("15000/h", None);
        check("1 USD/week", None);
        check("1 USD / h", None);
        check("1USD/h", None);
    }
}
