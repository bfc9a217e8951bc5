//! Values with their units, as words beside a line and as ticks at an axis.

use crate::incident_page::input::Unit;
use crate::number::significant;

/// The larger and smaller forms of a unit: from which size on, how many of it are one, and its sign.
type Forms = &'static [(f64, f64, &'static str)];

const SECONDS: Forms = &[
    (7200.0, 3600.0, " h"),
    (120.0, 60.0, " min"),
    (1.0, 1.0, " s"),
    (1e-3, 1e-3, " ms"),
    (0.0, 1e-6, " µs"),
];
const BYTES: Forms = &[
    (1_099_511_627_776.0, 1_099_511_627_776.0, " TiB"),
    (1_073_741_824.0, 1_073_741_824.0, " GiB"),
    (1_048_576.0, 1_048_576.0, " MiB"),
    (1024.0, 1024.0, " KiB"),
    (0.0, 1.0, " B"),
];
const SHARE: Forms = &[(0.0, 0.01, "%")];
/// Only at an axis: beside a line a number is written out.
const COUNT: Forms = &[(1e10, 1e9, "G"), (1e7, 1e6, "M"), (1e4, 1e3, "k"), (0.0, 1.0, "")];

impl Unit {
    /// A value in words: `250 ms`, `12.5%`, `1 240 USD`.
    pub(super) fn words(&self, value: f64) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        match self {
            Self::Seconds => in_form(value, form(SECONDS, value)),
            Self::Bytes => in_form(value, form(BYTES, value)),
            Self::Share => in_form(value, form(SHARE, value)),
            Self::Count => significant(value),
            Self::PerSecond => significant(value) + "/s",
            Self::Money(word) | Self::Of(word) => format!("{} {word}", significant(value)),
        }
    }

    /// What one of the values at an axis is that reaches so far, and the sign that goes with it.
    pub(super) fn at_axis(&self, reach: f64) -> (f64, String) {
        let forms = match self {
            Self::Seconds => SECONDS,
            Self::Bytes => BYTES,
            Self::Share => SHARE,
            Self::Count | Self::PerSecond | Self::Money(_) | Self::Of(_) => COUNT,
        };
        let (one, sign) = form(forms, reach);
        (one, if *self == Self::PerSecond { format!("{sign}/s") } else { sign.to_owned() })
    }

    /// What the ticks do not say: the currency, the thing that is counted.
    pub(super) fn remark(&self) -> Option<&str> {
        match self {
            Self::Money(word) | Self::Of(word) if !word.is_empty() => Some(word),
            _ => None,
        }
    }
}

fn form(forms: Forms, value: f64) -> (f64, &'static str) {
    let size = value.abs();
    // A zero is not "0 µs".
    let size = if size > 0.0 { size } else { 1.0 };
    let found = forms.iter().find(|(from, ..)| size >= *from).or(forms.last());
    found.map_or((1.0, ""), |(_, one, sign)| (*one, sign))
}

fn in_form(value: f64, (one, sign): (f64, &str)) -> String {
    significant(value / one) + sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_the_form_that_fits() {
        let check = |unit: Unit, value: f64, expected: &str| {
            assert_eq!(unit.words(value), expected);
        };
        check(Unit::Seconds, 0.0, "0 s");
        check(Unit::Seconds, 0.25, "250 ms");
        check(Unit::Seconds, 0.000_25, "250 µs");
        check(Unit::Seconds, 90.0, "90 s");
        check(Unit::Seconds, 150.0, "2.5 min");
        check(Unit::Share, 0.125, "12.5%");
        check(Unit::Bytes, 1536.0, "1.5 KiB");
        check(Unit::Count, 12_345.0, "12 345");
        check(Unit::PerSecond, 3.25, "3.25/s");
        check(Unit::Money("USD".into()), -1240.0, "-1 240 USD");
        check(Unit::Of("orders".into()), 3.0, "3 orders");
        check(Unit::Count, f64::NAN, "–");
    }
}
