//! Values that are no numbers but say something.

/// The value that says that a series ended: a certain NaN of Prometheus
/// (<https://github.com/prometheus/prometheus/blob/main/model/value/value.go>).
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// The value that stands where a series has a native histogram, which is not kept: a query that meets
/// it answers with an error instead of leaving it out in silence.
pub const NATIVE_HISTOGRAM: f64 = f64::from_bits(0x7ff0_0000_0000_0a11);

/// Whether a value says that its series ended.
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}

/// Whether a value stands for a native histogram.
pub fn is_native_histogram(value: f64) -> bool {
    value.to_bits() == NATIVE_HISTOGRAM.to_bits()
}

/// A number as Prometheus writes it where it never has an exponent: `+Inf`, `NaN`, `0.1`, `1000000`.
pub fn text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    // Go's format 'f' with as few digits as tell the number.
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_values_are_told_from_others() {
        assert!(STALE.is_nan() && NATIVE_HISTOGRAM.is_nan());
        assert!(is_stale(STALE) && !is_stale(f64::NAN) && !is_stale(NATIVE_HISTOGRAM));
        assert!(is_native_histogram(NATIVE_HISTOGRAM) && !is_native_histogram(f64::NAN));
    }

    #[test]
    fn numbers_are_written_as_prometheus_writes_them() {
        let check = |value: f64, expected: &str| assert_eq!(text(value), expected);
        check(0.1, "0.1");
        check(100.0, "100");
        check(-0.0, "-0");
        check(1e21, "1000000000000000000000");
        check(f64::INFINITY, "+Inf");
        check(f64::NEG_INFINITY, "-Inf");
        check(f64::NAN, "NaN");
    }
}
