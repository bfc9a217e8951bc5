//! Randomness that depends on what it is for, and on nothing else.
//!
//! Most draws are a function of a key: [`exponential`]`(key)` is the same whenever and in whatever
//! order it is asked for. If the key says whose draw it is (the stream of a purpose, the number of
//! the request), two variants of a system meet the same demand and the same luck, and a comparison
//! of them is one of like with like (common random numbers; Salmon et al. 2011, "Parallel random
//! numbers: as easy as 1, 2, 3"). Where draws have a natural order, a [`Stream`] is cheaper.
//!
//! Nothing here calls the C library's mathematics, which differs by platform in the last bit: see
//! [`elementary`].

pub mod elementary;
mod stream;
#[cfg(test)]
mod tests;
mod ziggurat;

pub use stream::Stream;

/// 2⁶⁴ divided by the golden ratio, odd: the step of `SplitMix64`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// From one draw of a key to the next: a long way, so that the second draw of a key is not the first
/// of one near it. 2⁶⁴ divided by the square of the plastic ratio, odd.
const NEXT_DRAW: u64 = 0x91e1_0da5_c79e_7b1d;

/// 64 bits that look random for every 64 bits given, a different value for each.
///
/// It is output number `x` (from 0) of `SplitMix64` seeded with 0 (Steele, Lea, Flood 2014, "Fast
/// splittable pseudorandom number generators"; <https://prng.di.unimi.it/splitmix64.c>), so that
/// consecutive keys, the most common ones, are what that generator is tested for.
#[inline]
pub const fn mix(x: u64) -> u64 {
    let x = x.wrapping_mul(GOLDEN).wrapping_add(GOLDEN);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// One number for a sequence of numbers, such as a seed, a replication, a node and a purpose.
pub const fn hash(parts: &[u64]) -> u64 {
    let mut hash = mix(parts.len() as u64);
    let mut at = 0;
    while at < parts.len() {
        hash = mix(hash ^ parts[at]);
        at += 1;
    }
    hash
}

/// The draws of one key.
struct Draws {
    key: u64,
}

impl Draws {
    #[inline]
    fn next(&mut self) -> u64 {
        let draw = mix(self.key);
        self.key = self.key.wrapping_add(NEXT_DRAW);
        draw
    }
}

/// A number in [0, 1) of random bits: the upper 53, as all multiples of 2⁻⁵³.
#[inline]
pub const fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// An exponentially distributed number of mean 1, by the ziggurat method (Marsaglia, Tsang 2000,
/// <https://doi.org/10.18637/jss.v005.i08>).
#[inline]
pub fn exponential(key: u64) -> f64 {
    let mut draws = Draws { key };
    ziggurat::exponential(|| draws.next())
}

/// A normally distributed number of mean 0 and variance 1, by the same method.
#[inline]
pub fn normal(key: u64) -> f64 {
    let mut draws = Draws { key };
    ziggurat::normal(|| draws.next())
}

/// A log-normally distributed number.
#[inline]
pub fn log_normal(key: u64, of: LogNormal) -> f64 {
    of.at(normal(key))
}

/// True with probability `p`, for `p` from 0 (never) to 1 (always).
#[inline]
pub const fn bernoulli(key: u64, p: f64) -> bool {
    unit(mix(key)) < p
}

/// The bound below which a random 64-bit number lies with probability `p`; all of them at 1 and above.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
pub const fn threshold(p: f64) -> u64 {
    (p * 18_446_744_073_709_551_616.0) as u64
}

/// A whole number below `n`, 0 if `n` is 0; each as likely as the other to within `n`/2⁶⁴ (Lemire
/// 2019, "Fast random integer generation in an interval", without its rejection step).
#[inline]
pub const fn below(key: u64, n: u64) -> u64 {
    scale(mix(key), n)
}

#[inline]
const fn scale(bits: u64, n: u64) -> u64 {
    ((bits as u128 * n as u128) >> 64) as u64
}

/// A duration in whole nanoseconds, rounded down; 0 for what is negative or not a number, and at
/// most 2⁶³ − 1 (292 years).
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "that is its purpose")]
pub const fn whole_ns(ns: f64) -> u64 {
    // By way of `i64`, for which there is an instruction.
    let ns = ns as i64;
    if ns > 0 { ns as u64 } else { 0 }
}

/// What a log-normal distribution is drawn from, worked out once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    /// The mean of the logarithm.
    pub mu: f64,
    /// The standard deviation of the logarithm.
    pub sigma: f64,
}

impl LogNormal {
    /// The distribution that has this mean (above 0) and this coefficient of variation, that is
    /// standard deviation ÷ mean: σ² = ln(1 + cv²), μ = ln(mean) − σ²/2.
    pub fn with_mean_and_cv(mean: f64, cv: f64) -> Self {
        let variance = elementary::ln(1.0 + cv * cv);
        Self { mu: elementary::ln(mean) - variance / 2.0, sigma: variance.sqrt() }
    }

    /// The value that lies as many standard deviations from the median as `normal` says.
    #[inline]
    pub fn at(self, normal: f64) -> f64 {
        elementary::exp(self.mu + self.sigma * normal)
    }
}
