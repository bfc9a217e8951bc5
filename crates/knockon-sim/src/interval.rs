//! How far a mean of simulated results is to be trusted.
//!
//! A run is one draw of luck, and results within it depend on each other: a slow second makes the next
//! one slow. Intervals are therefore over replications, which do not, or over the means of long
//! batches of one run, which hardly do. Two variants are compared by their differences in replications
//! with the same luck (common random numbers), most of which then cancels out. The methods are the
//! textbook's: Law, "Simulation Modeling and Analysis", chapters 4, 9 and 11.

/// The 0.975 quantiles of Student's t distribution with 1 to 10 degrees of freedom, which leave 5 % on
/// both sides together; from the closed forms of Abramowitz and Stegun, 26.7.3 and 26.7.4.
const T_OF_FEW: [f64; 10] = [
    12.706_204_736_17,
    4.302_652_729_75,
    3.182_446_305_28,
    2.776_445_105_20,
    2.570_581_835_64,
    2.446_911_851_14,
    2.364_624_251_59,
    2.306_004_135_20,
    2.262_157_162_80,
    2.228_138_851_99,
];

/// The 0.975 quantile of the normal distribution, and the factors of 1/ν, 1/ν², … by which that of
/// Student's t distribution with ν degrees of freedom exceeds it: Abramowitz and Stegun, 26.7.5, at
/// that quantile.
const T_OF_MANY: [f64; 5] = [
    1.959_963_984_540_054,
    2.372_271_230_298_563,
    2.822_498_615_739_612,
    2.555_849_679_507_724,
    1.589_534_053_393_824,
];

/// How far from the mean, in standard errors, the limits of a 95 % confidence interval lie: the 0.975
/// quantile of Student's t distribution, to within 3 millionths of itself. Infinite without any degree
/// of freedom.
pub fn t_95(freedom: u64) -> f64 {
    let Some(before) = freedom.checked_sub(1) else { return f64::INFINITY };
    let few = usize::try_from(before).ok().and_then(|before| T_OF_FEW.get(before));
    few.copied().unwrap_or_else(|| {
        let inverse = 1.0 / freedom as f64;
        T_OF_MANY.iter().rev().fold(0.0, |sum, term| term + inverse * sum)
    })
}

/// A mean with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// How far the limits are from it; infinite if there is one value only.
    pub half_width: f64,
    /// Of how many values it is the mean.
    pub n: u64,
}

impl Interval {
    /// The mean of values that do not depend on each other, such as those of replications; `None` of
    /// no values.
    pub fn of(values: &[f64]) -> Option<Self> {
        Self::over(values.len(), || values.iter().copied())
    }

    /// The mean of the differences `after` − `before`, of which each pair has the same luck; `None`
    /// of nothing, or if they are not as many as each other.
    pub fn of_differences(before: &[f64], after: &[f64]) -> Option<Self> {
        if before.len() != after.len() {
            return None;
        }
        Self::over(before.len(), || before.iter().zip(after).map(|(before, after)| after - before))
    }

    /// The mean of a long run's values, in order, by the means of that many batches of equal length;
    /// `None` of fewer values than batches, or of no batches. What does not fill a batch is left out
    /// at the beginning, where it may still be warming up.
    ///
    /// 10 to 30 batches are usual (Schmeiser 1982, "Batch size effects in the analysis of simulation
    /// output"). They must be much longer than what a value has to do with later ones.
    pub fn of_batches(values: &[f64], batches: usize) -> Option<Self> {
        let size = values.len().checked_div(batches).filter(|&size| size > 0)?;
        let mean = |batch: &[f64]| batch.iter().sum::<f64>() / size as f64;
        Self::over(batches, || values.rchunks_exact(size).take(batches).map(mean))
    }

    /// In two passes, which lose no digits where the mean is much larger than the spread.
    fn over<I: Iterator<Item = f64>>(n: usize, values: impl Fn() -> I) -> Option<Self> {
        if n == 0 {
            return None;
        }
        let count = n as f64;
        let mean = values().sum::<f64>() / count;
        let freedom = n as u64 - 1;
        let half_width = if freedom == 0 {
            f64::INFINITY
        } else {
            let squares: f64 = values().map(|value| (value - mean) * (value - mean)).sum();
            t_95(freedom) * (squares / freedom as f64 / count).sqrt()
        };
        Some(Self { mean, half_width, n: n as u64 })
    }

    /// The lower limit.
    pub fn low(self) -> f64 {
        self.mean - self.half_width
    }

    /// The upper limit.
    pub fn high(self) -> f64 {
        self.mean + self.half_width
    }

    /// Whether a value lies within the limits. If 0 does not, a difference is one that luck alone
    /// makes in fewer than 1 of 20 cases.
    pub fn contains(self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half_width
    }

    /// The half width as a share of the mean, by which to tell whether more replications are needed;
    /// infinite where the mean is 0.
    pub fn relative_half_width(self) -> f64 {
        if self.mean == 0.0 { f64::INFINITY } else { (self.half_width / self.mean).abs() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal;

    #[track_caller]
    fn near(found: f64, expected: f64, within: f64) {
        assert!((found - expected).abs() <= within, "{found} for {expected}");
    }

    #[test]
    fn quantiles_as_published() {
        // NIST/SEMATECH e-Handbook, section 1.3.6.7.2, column 0.975, to three digits.
        let published = [
            (1, 12.706),
            (2, 4.303),
            (3, 3.182),
            (4, 2.776),
            (5, 2.571),
            (6, 2.447),
            (7, 2.365),
            (8, 2.306),
            (9, 2.262),
            (10, 2.228),
            (11, 2.201),
            (12, 2.179),
            (13, 2.160),
            (14, 2.145),
            (15, 2.131),
            (16, 2.120),
            (19, 2.093),
            (24, 2.064),
            (29, 2.045),
            (30, 2.042),
            (40, 2.021),
            (60, 2.000),
            (99, 1.984),
            (100, 1.984),
        ];
        for (freedom, expected) in published {
            near(t_95(freedom), expected, 0.000_5);
        }
        near(t_95(u64::MAX), 1.959_964, 1e-6);
        assert!(t_95(0).is_infinite());
        assert!((1..200).all(|freedom| t_95(freedom) > t_95(freedom + 1)));
    }

    #[test]
    fn limits_of_the_handbook_of_nist() {
        // Section 1.3.5.2, data set ZARR13: 195 values of mean 9.261460 and standard deviation
        // 0.022789 have the limits 9.258242 and 9.264679. Values of these moments: 97 below, one in
        // the middle, 97 above.
        let values: Vec<f64> =
            (-97..=97_i32).map(|n| 9.261_460 + 0.022_789 * f64::from(n.signum())).collect();
        let interval = Interval::of(&values).expect("there are values");
        near(interval.low(), 9.258_242, 1e-6);
        near(interval.high(), 9.264_679, 1e-6);
    }

    /// Hours of sleep gained with two drugs (Student 1908, "The probable error of a mean"; the data
    /// set `sleep` of R).
    const SLEEP: [[f64; 10]; 2] = [
        [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
        [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    ];

    #[test]
    fn differences_as_those_of_r() {
        // `t.test(extra ~ group, data = sleep, paired = TRUE)`: −1.58, −2.4598858 to −0.7001142.
        let [first, second] = SLEEP;
        let interval = Interval::of_differences(&second, &first).expect("there are pairs");
        near(interval.mean, -1.58, 1e-12);
        near(interval.low(), -2.459_885_8, 1e-7);
        near(interval.high(), -0.700_114_2, 1e-7);
        assert!(!interval.contains(0.0));
        near(interval.relative_half_width(), 0.879_885_8 / 1.58, 1e-6);
        assert_eq!(Interval::of_differences(&first, &second[1..]), None);
    }

    /// In how many of 4,000 samples the interval contains the mean, 0: 3,800 are to be expected, with
    /// a standard deviation of 14.
    fn covered(interval: impl Fn(u64) -> Option<Interval>) -> u64 {
        (0..4_000).filter(|&sample| interval(sample).is_some_and(|it| it.contains(0.0))).count()
            as u64
    }

    #[test]
    fn nineteen_of_twenty_intervals_contain_the_mean() {
        for n in [2, 5, 20] {
            let sample = |at: u64| (0..n).map(|k| normal(at * 100 + k)).collect::<Vec<f64>>();
            let count = covered(|at| Interval::of(&sample(at)));
            assert!(count.abs_diff(3_800) < 5 * 14, "{count} of 4,000 at n = {n}");
        }
    }

    #[test]
    fn batches_see_that_values_depend_on_each_other() {
        // Each value is 0.9 of the one before and some luck; warm at the start.
        let run = |at: u64| {
            let mut value = normal(u64::MAX - at) / (1.0 - 0.81_f64).sqrt();
            let step = |k: u64| {
                value = 0.9 * value + normal(at * 4_096 + k);
                value
            };
            (0..4_003).map(step).collect::<Vec<f64>>()
        };
        let count = covered(|at| Interval::of_batches(&run(at), 20));
        assert!(count.abs_diff(3_800) < 100, "{count} of 4,000 by batches");
        let count = covered(|at| Interval::of(&run(at)));
        assert!(count < 2_000, "{count} of 4,000 if values were independent");
    }

    #[test]
    fn batches_leave_out_the_beginning() {
        let values = [100.0, 1.0, 3.0, 5.0, 7.0];
        assert_eq!(Interval::of_batches(&values, 2), Interval::of(&[2.0, 6.0]));
        assert_eq!(Interval::of_batches(&values, 0), None);
        assert_eq!(Interval::of_batches(&values, 6), None);
    }

    #[test]
    fn few_values() {
        assert_eq!(Interval::of(&[]), None);
        let one = Interval { mean: 3.0, half_width: f64::INFINITY, n: 1 };
        assert_eq!(Interval::of(&[3.0]), Some(one));
        assert!(one.contains(1e9));
        assert_eq!(Interval::of(&[3.0; 4]), Some(Interval { mean: 3.0, half_width: 0.0, n: 4 }));
    }
}
