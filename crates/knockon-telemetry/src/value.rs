//! One cell of evidence: a number, or one of the many ways to write that there is none.

/// The `NaN` that Prometheus stores where a text says so
/// (<https://github.com/prometheus/prometheus/blob/main/model/value/value.go>).
pub(crate) const NORMAL_NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0001);

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    /// A finite number.
    Number(f64),
    /// `NaN`: a value to Prometheus, a gap to everybody else.
    NotANumber,
    /// No value: empty, `null`, `NA`, `N/A`, `None` or `-`, in any case.
    Gap,
    /// Plus or minus infinity, or too large for a float.
    Infinite(f64),
    /// A native histogram.
    NativeHistogram,
    /// Anything else.
    Wrong,
}

impl Cell {
    /// What a text holds.
    pub(crate) fn parse(text: &str) -> Self {
        match text.parse() {
            Ok(number) => Self::from_number(number),
            Err(_) => Self::parse_unusual(text.trim()),
        }
    }

    /// What a number from a typed source holds.
    pub(crate) fn from_number(number: f64) -> Self {
        if number.is_finite() {
            Self::Number(number)
        } else if number.is_nan() {
            Self::NotANumber
        } else {
            Self::Infinite(number)
        }
    }

    #[cold]
    fn parse_unusual(text: &str) -> Self {
        const GAPS: [&str; 6] = ["", "null", "na", "n/a", "none", "-"];
        if GAPS.iter().any(|gap| gap.eq_ignore_ascii_case(text)) {
            return Self::Gap;
        }
        text.parse().map_or(Self::Wrong, Self::from_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_number_a_gap_infinite_or_wrong() {
        let check =
            |text: &str, expected: Cell| assert_eq!(Cell::parse(text), expected, "{text:?}");
        check("1.5", Cell::Number(1.5));
        check(" -2e3 ", Cell::Number(-2000.0));
        for gap in ["", " ", "null", "NULL", "NA", "n/a", "None", "-"] {
            check(gap, Cell::Gap);
        }
        for nan in ["NaN", "nan", " NaN "] {
            check(nan, Cell::NotANumber);
        }
        for infinite in ["+Inf", "Inf", "inf", "infinity", "1e999"] {
            check(infinite, Cell::Infinite(f64::INFINITY));
        }
        check("-Inf", Cell::Infinite(f64::NEG_INFINITY));
        for wrong in ["abc", "1,5", "12%", "1.2.3", "--", "true", "0x10"] {
            check(wrong, Cell::Wrong);
        }
    }
}
