//! Numbers as people read them.

/// Three significant digits, without an exponent where a person would not write one.
pub fn significant(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e15).contains(&size) {
        format!("{value:.2e}")
    } else if size >= 999.5 {
        grouped(value)
    } else {
        #[expect(clippy::cast_possible_truncation, reason = "between -4 and 2")]
        let decimals = (2 - size.log10().floor() as i32).max(0);
        #[expect(clippy::cast_sign_loss, reason = "not negative")]
        let text = format!("{value:.*}", decimals as usize);
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    }
}

/// A whole number with spaces between thousands: `1 234 567`.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    if value < 0.0 && digits != "0" { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_say_enough() {
        let check = |value: f64, expected: &str| assert_eq!(significant(value), expected);
        check(0.0, "0");
        check(0.112_345, "0.112");
        check(1.0, "1");
        check(1.9, "1.9");
        check(99.95, "100");
        check(173.84, "174");
        check(999.4, "999");
        check(999.6, "1 000");
        check(12_345.6, "12 346");
        check(-4_909.1, "-4 909");
        check(431_562_752.0, "431 562 752");
        check(0.000_012_3, "1.23e-5");
        check(1e300, "1.00e300");
    }
}
