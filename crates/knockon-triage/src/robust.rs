//! Order statistics: what "usual" is, and how far from it counts as far.

/// Where a quantile lies among values in ascending order, by linear interpolation (Hyndman and Fan's
/// type 7, the default of R and `NumPy`).
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The place of the value below it.
    below: usize,
    /// How far it is from there to the next, 0 to 1.
    fraction: f64,
}

impl Place {
    fn of(position: f64, last: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= it")]
        let below = (position.floor() as usize).min(last);
        Self { below, fraction: position - below as f64 }
    }

    /// The same place in a slice that begins at the value below another place.
    fn after(self, other: Self) -> Self {
        Self { below: self.below - other.below, ..self }
    }

    /// The quantile. Puts the values into another order: finding one place takes a few passes,
    /// sorting all of them many. The slice must reach beyond the value below unless that is the last.
    fn select(self, values: &mut [f64]) -> f64 {
        let (_, value, above) = values.select_nth_unstable_by(self.below, f64::total_cmp);
        let value = *value;
        if self.fraction <= 0.0 {
            return value;
        }
        let next = above.iter().copied().min_by(f64::total_cmp).unwrap_or(value);
        value + (next - value) * self.fraction
    }
}

/// The `p`-quantile; `None` for no values. Puts them into another order.
pub(crate) fn quantile(values: &mut [f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    Some(Place::of(p * last as f64, last).select(values))
}

/// The median; `None` for no values.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    quantile(&mut values.into_iter().collect::<Vec<_>>(), 0.5)
}

/// The mean; `None` for no values.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// What a metric usually is, and by how much it usually strays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Usual {
    /// The median.
    pub(crate) level: f64,
    /// One unit of straying, comparable to a standard deviation.
    pub(crate) spread: f64,
}

impl Usual {
    /// The usual of the values of a healthy time; `None` for no values.
    ///
    /// The spread is the largest of three estimates that agree on normal data and err on different
    /// sides elsewhere: the median absolute deviation × 1.4826, the interquartile range / 1.349, and
    /// the 5th to 95th percentile range / 3.29. The first two call a metric constant that moves in
    /// fewer than half (a quarter) of its samples; the third does not.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut values = values.to_vec();
        // Each selection leaves smaller values before its place and larger ones behind, so that the
        // outer quantiles need only look in the outer parts.
        let last = values.len().checked_sub(1)?;
        let place = |p: f64| Place::of(p * last as f64, last);
        let (q05, q25, q50, q75, q95) =
            (place(0.05), place(0.25), place(0.5), place(0.75), place(0.95));
        let level = q50.select(&mut values);
        let lower = q25.select(&mut values[..=q50.below]);
        let lowest = q05.select(&mut values[..=q25.below]);
        let upper = q75.after(q50).select(&mut values[q50.below..]);
        let highest = q95.after(q75).select(&mut values[q75.below..]);
        let (middle, most) = ((upper - lower) / 1.349, (highest - lowest) / 3.29);
        for value in &mut values {
            *value = (*value - level).abs();
        }
        let deviation = quantile(&mut values, 0.5)? * 1.4826;
        let spread = deviation.max(middle).max(most);
        Some(Self { level, spread })
    }

    /// How many spreads `value` is from the usual level, signed.
    ///
    /// The spread has a floor: 2 % of the larger of the two levels, and `floor` in the metric's own
    /// unit. A metric that is all but constant would otherwise outshine everything at its first
    /// tremor, which is how published methods come to blame a disk counter. It also bounds the
    /// result to 50 where both levels have one sign.
    pub(crate) fn z(&self, value: f64, floor: f64) -> f64 {
        let spread = self.spread.max(0.02 * self.level.abs().max(value.abs())).max(floor);
        if spread > 0.0 { (value - self.level) / spread } else { 0.0 }
    }
}

/// A soft threshold on the size of a deviation: 0 at none, ½ at `half` spreads, near 1 far beyond.
pub(crate) fn strength(z: f64, half: f64) -> f64 {
    let square = z * z;
    square / (square + half * half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_numpy() {
        // numpy.quantile([1, 2, 3, 4], q)
        let check =
            |p, expected| assert_eq!(quantile(&mut [4.0, 2.0, 1.0, 3.0], p), Some(expected));
        check(0.0, 1.0);
        check(0.25, 1.75);
        check(0.5, 2.5);
        check(0.95, 3.849_999_999_999_999_6);
        check(1.0, 4.0);
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(quantile(&mut [7.0], 0.9), Some(7.0));
    }

    #[test]
    fn the_spread_is_that_of_a_full_sort() {
        // A walk without order or symmetry, at every small length.
        for length in 1..60 {
            let values: Vec<f64> = (0..length).map(|i| f64::from(i * i * 7919 % 104_729)).collect();
            let usual = Usual::of(&values).unwrap();
            let at = |p| quantile(&mut values.clone(), p).unwrap();
            let mad = median(values.iter().map(|v| (v - at(0.5)).abs())).unwrap();
            let spread =
                (mad * 1.4826).max((at(0.75) - at(0.25)) / 1.349).max((at(0.95) - at(0.05)) / 3.29);
            assert_eq!((usual.level, usual.spread), (at(0.5), spread), "{length} values");
        }
    }

    #[test]
    fn the_spread_of_a_normal_sample_is_near_its_standard_deviation() {
        // Standard normal quantiles at (i + ½) / 1000, scaled to deviation 3 around 10, by the
        // logistic approximation's inverse; good to 2 % in the middle 98 %.
        let values: Vec<f64> = (0..1000)
            .map(|i| (f64::from(i) + 0.5) / 1000.0)
            .map(|p| 10.0 + 3.0 * (p / (1.0 - p)).ln() / 1.702)
            .collect();
        let usual = Usual::of(&values).unwrap();
        assert!((usual.level - 10.0).abs() < 1e-9);
        assert!((usual.spread - 3.0).abs() < 0.25, "{}", usual.spread);
    }

    #[test]
    fn a_constant_metric_cannot_outshine_everything() {
        let constant = Usual::of(&[5.0; 100]).unwrap();
        assert!((constant.z(5.1, 0.0) - 0.980_392).abs() < 1e-5);
        assert!((constant.z(5_000_000.0, 0.0) - 50.0).abs() < 0.01);
        let zero = Usual::of(&[0.0; 100]).unwrap();
        assert!((zero.z(3.0, 0.0) - 50.0).abs() < 1e-9);
        assert!((zero.z(0.001, 0.001) - 1.0).abs() < 1e-9);
        assert!(zero.z(0.0, 0.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_metric_that_rarely_moves_has_a_spread() {
        let mut values = vec![0.0; 90];
        values.extend([10.0; 10]);
        assert!(Usual::of(&values).unwrap().spread > 3.0);
    }
}
