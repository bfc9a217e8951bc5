use super::{LogNormal, hash, mix, scale, unit, ziggurat};

/// Random numbers one after the other: xoshiro256++ (Blackman, Vigna 2021, "Scrambled linear
/// pseudorandom number generators"; <https://prng.di.unimi.it/xoshiro256plusplus.c>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    state: [u64; 4],
}

impl Stream {
    /// The stream that a node of the system has for a purpose (arrivals, say) in one replication of
    /// the run with this seed. The state is four outputs of `SplitMix64`, as its authors advise.
    pub const fn new(seed: u64, replication: u64, node: u64, purpose: u64) -> Self {
        let first = hash(&[seed, replication, node, purpose]);
        Self::of_state([
            mix(first),
            mix(first.wrapping_add(1)),
            mix(first.wrapping_add(2)),
            mix(first.wrapping_add(3)),
        ])
    }

    /// The stream that goes on from a state, which must not be all zeros.
    pub const fn of_state(state: [u64; 4]) -> Self {
        Self { state }
    }

    /// The next 64 random bits.
    #[inline]
    pub const fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let next = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        next
    }

    /// The next number in [0, 1).
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        unit(self.next_u64())
    }

    /// The next exponentially distributed number of mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        ziggurat::exponential(|| self.next_u64())
    }

    /// The next normally distributed number of mean 0 and variance 1.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        ziggurat::normal(|| self.next_u64())
    }

    /// The next log-normally distributed number.
    #[inline]
    pub fn log_normal(&mut self, of: LogNormal) -> f64 {
        of.at(self.normal())
    }

    /// True with probability `p`.
    #[inline]
    pub const fn bernoulli(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// A whole number below `n`, 0 if `n` is 0.
    #[inline]
    pub const fn below(&mut self, n: u64) -> u64 {
        scale(self.next_u64(), n)
    }
}
