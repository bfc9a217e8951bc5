//! Exponential function and logarithm, the same to the last bit on every machine.
//!
//! The standard library leaves these to the C library, whose results differ between platforms and
//! even between processors. These use nothing but additions, multiplications and divisions, which
//! IEEE 754 fixes; they are within 2⁻⁵¹ (relative) of the exact value, and can be used in constants.
//! Method: table-driven reduction (Tang 1989, 1990, "Table-driven implementation of the exponential
//! function", "… of the logarithm function in IEEE floating-point arithmetic").

use std::f64::consts::{LN_2, SQRT_2};

/// ln 2 in two parts, of which the first has 33 bits: its product with a small integer is exact.
const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & !((1 << 20) - 1));
/// The rest of ln 2 = 0.693147180559945309417232121458176568…
const LN_2_LOW: f64 = (LN_2 - LN_2_HIGH) + 2.319_046_813_846_299_6e-17;

/// Into how many parts a factor of two is cut.
const PARTS: usize = 64;

/// 2^(i/64).
static POWERS: [f64; PARTS] = powers();

const fn powers() -> [f64; PARTS] {
    let mut powers = [1.0; PARTS];
    let mut at = 0;
    while at < PARTS {
        // The Taylor series, to the last term that counts.
        let x = at as f64 / PARTS as f64 * LN_2;
        let (mut sum, mut n) = (1.0, 24);
        while n > 0 {
            sum = 1.0 + x / n as f64 * sum;
            n -= 1;
        }
        powers[at] = sum;
        at += 1;
    }
    powers
}

/// eˣ. Beyond ±708 it gives 0 and infinity, so that it has no denormal results.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "`part` is below 64")]
pub const fn exp(x: f64) -> f64 {
    if x.is_nan() || x.abs() > 708.0 {
        return beyond(x);
    }
    // x = steps · ln 2 / 64 + rest. In a number near 1.5 · 2⁵² the last bit stands for 1, so that
    // adding it rounds to a whole number, which is then found in the bits.
    let rounded = x * (PARTS as f64 / LN_2) + ROUNDING;
    let steps = rounded - ROUNDING;
    let rest = (x - steps * (LN_2_HIGH / PARTS as f64)) - steps * (LN_2_LOW / PARTS as f64);
    let square = rest * rest;
    let tail = rest
        + (square * (0.5 + rest * (1.0 / 6.0))
            + square * square * (1.0 / 24.0 + rest * (1.0 / 120.0)));
    let steps = rounded.to_bits().wrapping_sub(ROUNDING.to_bits());
    let part = steps % PARTS as u64;
    // Whole powers of two go to the exponent: 52 bits up, of which 6 are the parts.
    let scale = f64::from_bits((1023_u64 << 52).wrapping_add(steps.wrapping_sub(part) << 46));
    let power = POWERS[part as usize];
    scale * (power + power * tail)
}

/// 1.5 · 2⁵².
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// eˣ where it is not a normal number, or too near to that.
#[cold]
const fn beyond(x: f64) -> f64 {
    if x.is_nan() {
        x
    } else if x > 0.0 {
        f64::INFINITY
    } else {
        0.0
    }
}

/// ln x. Negative numbers have none; that of 0 is −infinity.
#[inline]
pub const fn ln(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 || x == f64::INFINITY {
        return if x == 0.0 {
            f64::NEG_INFINITY
        } else if x < 0.0 {
            f64::NAN
        } else {
            x
        };
    }
    // Denormal numbers first become normal ones.
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * TWO_TO_54, 54) } else { (x, 0) };
    // x = 2ᵏ · m with m from 1/√2 to √2.
    let bits = x.to_bits();
    let (exponent, mantissa) =
        ((bits >> 52).cast_signed() - 1023, f64::from_bits((bits & MANTISSA) | (1023 << 52)));
    let (exponent, mantissa) =
        if mantissa > SQRT_2 { (exponent + 1, mantissa / 2.0) } else { (exponent, mantissa) };
    // ln m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …) with s = (m − 1)/(m + 1), |s| < 0.172.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let (mut series, mut n) = (0.0, 23);
    while n > 1 {
        series = square * (1.0 / n as f64 + series);
        n -= 2;
    }
    let k = (exponent - shift) as f64;
    k * LN_2_HIGH + (2.0 * s + (2.0 * s * series + k * LN_2_LOW))
}

const MANTISSA: u64 = (1 << 52) - 1;
const TWO_TO_54: f64 = 18_014_398_509_481_984.0;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two units in the last place: of the C library, and of these functions.
    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= expected.abs() * 2.0_f64.powi(-51)
    }

    proptest! {
        #[test]
        fn as_the_c_library(x in -700.0..700.0_f64, small in -1.0..1.0_f64) {
            for x in [x, small, small * 1e-5] {
                prop_assert!(near(exp(x), x.exp()), "exp({x}) = {} for {}", exp(x), x.exp());
            }
            for x in [x.exp(), 1.0 + small * 0.99, 1.0 + small * 1e-5, f64::MIN_POSITIVE * small.abs()] {
                prop_assert!(near(ln(x), x.ln()), "ln({x}) = {} for {}", ln(x), x.ln());
            }
        }
    }

    #[test]
    fn known_values() {
        // 1/e, e¹⁰, ln 3.
        let known = [
            (exp(-1.0), 0.367_879_441_171_442_32),
            (exp(10.0), 22_026.465_794_806_717),
            (ln(3.0), 1.098_612_288_668_109_7),
        ];
        for (found, expected) in known {
            assert!(near(found, expected), "{found} for {expected}");
        }
    }

    #[test]
    fn ends() {
        assert_eq!((exp(0.0), ln(1.0)), (1.0, 0.0));
        assert_eq!((exp(709.0), exp(-709.0)), (f64::INFINITY, 0.0));
        assert_eq!((exp(f64::INFINITY), exp(f64::NEG_INFINITY)), (f64::INFINITY, 0.0));
        assert_eq!((ln(0.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(exp(f64::NAN).is_nan() && ln(f64::NAN).is_nan() && ln(-1.0).is_nan());
    }
}
