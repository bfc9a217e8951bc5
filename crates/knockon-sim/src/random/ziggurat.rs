//! The ziggurat method (Marsaglia, Tsang 2000, "The ziggurat method for generating random
//! variables", <https://doi.org/10.18637/jss.v005.i08>) with 256 layers of equal area.
//!
//! Of the bits of a draw, the lowest 8 choose the layer, the ninth the sign, and the upper 52 the
//! place in the layer, so that none is used twice (as Doornik 2005, "An improved ziggurat method to
//! generate normal random samples", asks).

use super::elementary::{exp, ln};
use super::unit;

/// How many layers there are.
const LAYERS: usize = 256;

/// Where the tail of the exponential distribution begins, and the area of a layer, as published.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
const EXPONENTIAL_AREA: f64 = 0.003_949_659_822_581_557;

/// The same of the normal distribution.
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;
const NORMAL_AREA: f64 = 0.004_928_673_233_974_655;

/// The layers, the widest (that with the tail) first.
struct Layers {
    /// Right edge of each layer; that of the first is that of a rectangle of the same area.
    x: [f64; LAYERS + 1],
    /// Height of the density at each edge.
    y: [f64; LAYERS + 1],
}

static EXPONENTIAL: Layers = exponential_layers();
static NORMAL: Layers = normal_layers();

const fn exponential_layers() -> Layers {
    let mut layers = Layers { x: [0.0; LAYERS + 1], y: [1.0; LAYERS + 1] };
    layers.x[0] = EXPONENTIAL_AREA / exp(-EXPONENTIAL_TAIL);
    layers.x[1] = EXPONENTIAL_TAIL;
    layers.y[0] = exp(-layers.x[0]);
    layers.y[1] = exp(-EXPONENTIAL_TAIL);
    let mut at = 2;
    while at < LAYERS {
        layers.y[at] = layers.y[at - 1] + EXPONENTIAL_AREA / layers.x[at - 1];
        layers.x[at] = -ln(layers.y[at]);
        at += 1;
    }
    layers
}

const fn normal_layers() -> Layers {
    let mut layers = Layers { x: [0.0; LAYERS + 1], y: [1.0; LAYERS + 1] };
    layers.x[0] = NORMAL_AREA / normal_density(NORMAL_TAIL);
    layers.x[1] = NORMAL_TAIL;
    layers.y[0] = normal_density(layers.x[0]);
    layers.y[1] = normal_density(NORMAL_TAIL);
    let mut at = 2;
    while at < LAYERS {
        layers.y[at] = layers.y[at - 1] + NORMAL_AREA / layers.x[at - 1];
        layers.x[at] = root(-2.0 * ln(layers.y[at]));
        at += 1;
    }
    layers
}

/// The density of the normal distribution without its constant.
#[inline]
const fn normal_density(x: f64) -> f64 {
    exp(-0.5 * x * x)
}

/// The square root by Newton's method, for the tables: that of the standard library is not for
/// constants.
const fn root(x: f64) -> f64 {
    let mut root = 1.0;
    let mut round = 0;
    while round < 40 {
        root = 0.5 * (root + x / root);
        round += 1;
    }
    root
}

/// A number in [0, 1) of the upper 52 bits.
#[inline]
const fn upper(bits: u64) -> f64 {
    f64::from_bits(bits >> 12 | 1023 << 52) - 1.0
}

/// The layer that the lowest 8 bits choose.
#[inline]
const fn layer(bits: u64) -> usize {
    (bits & 0xff) as usize
}

#[inline]
pub(super) fn exponential(mut draw: impl FnMut() -> u64) -> f64 {
    let bits = draw();
    let at = layer(bits);
    let x = upper(bits) * EXPONENTIAL.x[at];
    if x < EXPONENTIAL.x[at + 1] { x } else { exponential_edge(at, x, draw) }
}

/// What is to be done in about one of 90 draws: beside the part of the layer that lies wholly below
/// the density.
#[cold]
#[inline(never)]
fn exponential_edge(mut at: usize, mut x: f64, mut draw: impl FnMut() -> u64) -> f64 {
    // The tail of an exponential distribution is the distribution again, further to the right.
    let mut offset = 0.0;
    loop {
        if x < EXPONENTIAL.x[at + 1] {
            return offset + x;
        }
        if at == 0 {
            offset += EXPONENTIAL_TAIL;
        } else if below_density(&EXPONENTIAL, at, draw(), exp(-x)) {
            return offset + x;
        }
        let bits = draw();
        at = layer(bits);
        x = upper(bits) * EXPONENTIAL.x[at];
    }
}

/// Whether a random height in the layer lies below the density.
#[inline]
fn below_density(layers: &Layers, at: usize, bits: u64, density: f64) -> bool {
    let (low, high) = (layers.y[at], layers.y[at + 1]);
    low + (high - low) * unit(bits) < density
}

#[inline]
pub(super) fn normal(mut draw: impl FnMut() -> u64) -> f64 {
    let bits = draw();
    let at = layer(bits);
    let x = upper(bits) * NORMAL.x[at];
    let size = if x < NORMAL.x[at + 1] { x } else { normal_edge(at, x, draw) };
    // The ninth bit becomes the sign.
    f64::from_bits(size.to_bits() | (bits & 0x100) << 55)
}

#[cold]
#[inline(never)]
fn normal_edge(mut at: usize, mut x: f64, mut draw: impl FnMut() -> u64) -> f64 {
    loop {
        if x < NORMAL.x[at + 1] {
            return x;
        }
        if at == 0 {
            return normal_tail(draw);
        }
        if below_density(&NORMAL, at, draw(), normal_density(x)) {
            return x;
        }
        let bits = draw();
        at = layer(bits);
        x = upper(bits) * NORMAL.x[at];
    }
}

/// A number from the tail (Marsaglia 1964, "Generating a variable from the tail of the normal
/// distribution").
fn normal_tail(mut draw: impl FnMut() -> u64) -> f64 {
    loop {
        // 1 − u is never 0.
        let x = -ln(1.0 - unit(draw())) / NORMAL_TAIL;
        let y = -ln(1.0 - unit(draw()));
        if y + y > x * x {
            return NORMAL_TAIL + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every layer has the same area, the top one ends at the peak, and the base is as large with
    /// the tail: the conditions by which the tables are defined.
    fn check(layers: &Layers, area: f64, tail_area: f64, density: fn(f64) -> f64) {
        let near = |found: f64, expected: f64| {
            assert!((found - expected).abs() < 1e-12 * expected.abs(), "{found} for {expected}");
        };
        near(layers.x[0] * layers.y[1], area);
        assert!((layers.x[1] * layers.y[1] + tail_area - area).abs() < 1e-12);
        for at in 1..LAYERS {
            near(layers.y[at], density(layers.x[at]));
            let height = layers.y[at + 1] - layers.y[at];
            assert!((layers.x[at] * height - area).abs() < 1e-11, "layer {at}");
        }
        assert_eq!((layers.x[LAYERS], layers.y[LAYERS]), (0.0, 1.0));
    }

    #[test]
    fn layers_have_equal_areas() {
        check(&EXPONENTIAL, EXPONENTIAL_AREA, (-EXPONENTIAL_TAIL).exp(), |x| (-x).exp());
        // √(π/2) erfc(r/√2) at r = NORMAL_TAIL.
        check(&NORMAL, NORMAL_AREA, 3.233_957_646_633_217e-4, |x| (-0.5 * x * x).exp());
    }

    #[test]
    fn the_tail_has_its_distribution() {
        const N: u32 = 1_000_000;
        let mut stream = crate::random::Stream::new(1, 0, 0, 0);
        let tail: Vec<f64> = (0..N).map(|_| normal_tail(|| stream.next_u64())).collect();
        // φ(r)/Q(r) and 1 + rm − m² for the mean m, at r = NORMAL_TAIL.
        let (mean, variance) = (3.897_039_072, 0.053_463_042_f64);
        let found = tail.iter().sum::<f64>() / f64::from(N);
        assert!((found - mean).abs() < 5.0 * (variance / f64::from(N)).sqrt(), "mean {found}");
        // Q(4)/Q(r) and Q(4.5)/Q(r).
        for (bound, share) in [(4.0, 0.245_482_591), (4.5, 0.026_335_235_f64)] {
            let found = tail.iter().filter(|&&x| x > bound).count() as f64 / f64::from(N);
            let error = (share * (1.0 - share) / f64::from(N)).sqrt();
            assert!((found - share).abs() < 5.0 * error, "beyond {bound}: {found} for {share}");
        }
    }
}
