//! Against published vectors, exact distributions, and each other.

use super::*;

const N: u64 = 1_000_000;

/// 2⁶⁴ and more keys away from those of other tests.
fn keys() -> impl Iterator<Item = u64> {
    let first = hash(&[2024, 11]);
    (0..N).map(move |n| first.wrapping_add(n))
}

#[test]
fn splitmix64_as_published() {
    // <https://prng.di.unimi.it/splitmix64.c> with the seed 0.
    let expected = [
        0xe220_a839_7b1d_cdaf,
        0x6e78_9e6a_a1b9_65f4,
        0x06c4_5d18_8009_454f,
        0xf88b_b8a8_724c_81ec,
        0x1b39_896a_51a8_749b,
    ];
    assert_eq!([0, 1, 2, 3, 4].map(mix), expected);
}

#[test]
fn xoshiro256_plus_plus_as_published() {
    // <https://prng.di.unimi.it/xoshiro256plusplus.c> with the state 1, 2, 3, 4; the same vector is
    // in the tests of the crate rand_xoshiro.
    let mut stream = Stream::of_state([1, 2, 3, 4]);
    let expected: [u64; 10] = [
        41_943_041,
        58_720_359,
        3_588_806_011_781_223,
        3_591_011_842_654_386,
        9_228_616_714_210_784_205,
        9_973_669_472_204_895_162,
        14_011_001_112_246_962_877,
        12_406_186_145_184_390_807,
        15_849_039_046_786_891_736,
        10_450_023_813_501_588_000,
    ];
    assert_eq!(expected.map(|_| stream.next_u64()), expected);
}

#[test]
fn seeds_streams_and_orders_differ() {
    let parts: [&[u64]; 8] =
        [&[], &[0], &[0, 0], &[1], &[1, 0], &[0, 1], &[1, 2, 3, 4], &[1, 2, 4, 3]];
    let mut hashes: Vec<u64> = parts.iter().map(|parts| hash(parts)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), parts.len());
    assert_ne!(Stream::new(1, 2, 3, 4), Stream::new(1, 2, 4, 3));
}

/// Holds a sample to a distribution: mean and variance to five standard errors, the largest
/// distance of the distribution functions (Kolmogorov and Smirnov, at 0.1 %), and the counts of
/// 1,000 intervals of the same probability (χ², to five standard deviations), which sees a fault in
/// a single layer of a ziggurat.
fn check(name: &str, mut sample: Vec<f64>, moments: (f64, f64, f64), cdf: impl Fn(f64) -> f64) {
    let n = sample.len() as f64;
    let (mean, variance, kurtosis) = moments;
    let found_mean = sample.iter().sum::<f64>() / n;
    assert!((found_mean - mean).abs() < 5.0 * (variance / n).sqrt(), "{name}: mean {found_mean}");
    let found_variance = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let error = variance * ((kurtosis - 1.0) / n).sqrt();
    assert!((found_variance - variance).abs() < 5.0 * error, "{name}: variance {found_variance}");

    sample.sort_unstable_by(f64::total_cmp);
    let (mut distance, mut counts) = (0.0_f64, [0_u32; 1_000]);
    for (rank, &x) in sample.iter().enumerate() {
        let p = cdf(x);
        distance = distance.max(p - rank as f64 / n).max((rank + 1) as f64 / n - p);
        counts[usize::try_from(whole_ns(p * 1e3)).expect("small").min(999)] += 1;
    }
    assert!(distance * n.sqrt() < 1.949, "{name}: distance {distance}");
    let expected = n / 1e3;
    let chi: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    assert!((chi - 999.0).abs() < 5.0 * (2.0 * 999.0_f64).sqrt(), "{name}: χ² {chi} of 999");
}

/// The normal distribution function (Marsaglia 2004, "Evaluating the normal distribution",
/// <https://doi.org/10.18637/jss.v011.i04>).
fn normal_cdf(x: f64) -> f64 {
    let x = x.clamp(-8.0, 8.0);
    let (mut sum, mut term, mut n) = (x, x, 1.0);
    while term.abs() > 1e-18 {
        n += 2.0;
        term *= x * x / n;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[test]
fn samples_have_their_distributions() {
    check("unit", keys().map(mix).map(unit).collect(), (0.5, 1.0 / 12.0, 1.8), |x| x);
    let exponential_cdf = |x: f64| 1.0 - (-x).exp();
    check("exponential", keys().map(exponential).collect(), (1.0, 1.0, 9.0), exponential_cdf);
    check("normal", keys().map(normal).collect(), (0.0, 1.0, 3.0), normal_cdf);
    let mut stream = Stream::new(1, 0, 0, 0);
    let mut many =
        |draw: fn(&mut Stream) -> f64| (0..N).map(|_| draw(&mut stream)).collect::<Vec<f64>>();
    check("stream of units", many(Stream::unit), (0.5, 1.0 / 12.0, 1.8), |x| x);
    check("stream", many(Stream::exponential), (1.0, 1.0, 9.0), exponential_cdf);
    check("normal stream", many(Stream::normal), (0.0, 1.0, 3.0), normal_cdf);
}

#[test]
fn log_normal_has_the_mean_and_variation_asked_for() {
    let (mean, cv) = (250.0, 0.5);
    let of = LogNormal::with_mean_and_cv(mean, cv);
    // Kurtosis by the textbook's formula, w = 1 + cv².
    let w: f64 = 1.0 + cv * cv;
    let kurtosis = w.powi(4) + 2.0 * w.powi(3) + 3.0 * w.powi(2) - 3.0;
    let sample = keys().map(|key| log_normal(key, of)).collect();
    let cdf = |x: f64| normal_cdf((x.ln() - of.mu) / of.sigma);
    check("log-normal", sample, (mean, mean * mean * cv * cv, kurtosis), cdf);
}

#[test]
fn a_log_normal_without_variation_is_its_mean() {
    let of = LogNormal::with_mean_and_cv(250.0, 0.0);
    for key in 0..100 {
        assert!((log_normal(key, of) - 250.0).abs() < 1e-12 * 250.0);
    }
}

#[test]
fn tails_are_as_heavy_as_they_should_be() {
    /// Counts draws beyond each bound: to five standard deviations of what is expected.
    fn check(name: &str, draw: fn(u64) -> f64, beyond: &[(f64, f64)]) {
        const MANY: u64 = 8 * N;
        for &(bound, probability) in beyond {
            let count = (0..MANY).filter(|&key| draw(key) > bound).count() as f64;
            let expected = MANY as f64 * probability;
            let distance = (count - expected) / expected.sqrt();
            assert!(distance.abs() < 5.0, "{name} beyond {bound}: {count} for {expected}");
        }
    }
    let tail = |x: f64| (x, (-x).exp());
    check("exponential", exponential, &[tail(7.697_117), tail(9.0), tail(11.0), tail(13.0)]);
    // 1 − Φ(x) from tables, at the beginning of the tail, 4, 4.5 and 5.
    let normal_tails =
        [(3.654_153, 1.290_16e-4), (4.0, 3.167_12e-5), (4.5, 3.397_67e-6), (5.0, 2.866_52e-7)];
    check("normal", normal, &normal_tails);
    check("minus normal", |key| -normal(key), &normal_tails);
}

#[test]
fn neighbouring_keys_have_nothing_to_do_with_each_other() {
    fn correlation(draw: fn(u64) -> f64, other: impl Fn(u64) -> u64) -> f64 {
        let pairs: Vec<(f64, f64)> = keys().map(|key| (draw(key), draw(other(key)))).collect();
        let n = N as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
        let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
        let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for (x, y) in &pairs {
            ab += (x - a) * (y - b);
            aa += (x - a) * (x - a);
            bb += (y - b) * (y - b);
        }
        ab / (aa * bb).sqrt()
    }
    let uniform: fn(u64) -> f64 = |key| unit(mix(key));
    for (name, draw) in [("unit", uniform), ("exponential", exponential), ("normal", normal)] {
        for step in [1, 2, 3, 1 << 20, 1 << 32, 1 << 63, GOLDEN, NEXT_DRAW] {
            let found = correlation(draw, |key| key.wrapping_add(step));
            assert!(found.abs() < 5e-3, "{name} {step} keys apart: {found}");
        }
    }
}

#[test]
fn keys_share_no_draws_with_their_neighbours() {
    let draws = |key| {
        let mut draws = Draws { key };
        [draws.next(), draws.next(), draws.next()]
    };
    let mut all: Vec<u64> = (0..10_000).flat_map(draws).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 30_000);
}

#[test]
fn every_bit_of_a_key_changes_half_of_the_bits() {
    for bit in 0..64 {
        let mut changed = [0_u32; 64];
        for key in 0..4_096 {
            let difference = mix(key) ^ mix(key ^ 1 << bit);
            for (at, count) in changed.iter_mut().enumerate() {
                *count += u32::from(difference >> at & 1 == 1);
            }
        }
        // 2,048 of 4,096, standard deviation 32.
        assert!(changed.iter().all(|count| count.abs_diff(2_048) < 6 * 32), "{bit}: {changed:?}");
    }
}

#[test]
fn chances_and_choices() {
    for p in [0.0, 0.001, 0.3, 1.0] {
        let count = keys().filter(|&key| bernoulli(key, p)).count() as f64;
        let expected = N as f64 * p;
        assert!((count - expected).abs() <= 5.0 * (expected * (1.0 - p)).sqrt(), "{p}: {count}");
    }
    let mut stream = Stream::new(1, 2, 3, 4);
    assert_eq!((below(1, 0), stream.below(0), below(1, 1)), (0, 0, 0));
    for n in [2, 3, 10, 1_000] {
        let mut counts = vec![0_u32; n];
        for key in keys() {
            for choice in [below(key, n as u64), stream.below(n as u64)] {
                counts[usize::try_from(choice).expect("below n")] += 1;
            }
        }
        let expected = 2.0 * N as f64 / n as f64;
        let chi: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
        let freedom = (n - 1) as f64;
        assert!((chi - freedom).abs() < 5.0 * (2.0 * freedom).sqrt(), "{n}: χ² {chi}");
    }
}

#[test]
fn durations_are_whole_and_not_negative() {
    let cases = [
        (0.0, 0),
        (0.9, 0),
        (1.0, 1),
        (1e9 + 0.5, 1_000_000_000),
        (-5.0, 0),
        (f64::NAN, 0),
        (f64::INFINITY, i64::MAX as u64),
    ];
    for (ns, expected) in cases {
        assert_eq!(whole_ns(ns), expected, "{ns}");
    }
}

/// What must not change from one machine or version to another, since runs are to be repeatable:
/// all bits of a million draws.
#[test]
fn draws_are_the_same_everywhere() {
    let fold = |draw: &dyn Fn(u64) -> f64| {
        keys().fold(0_u64, |fold, key| fold.rotate_left(1) ^ draw(key).to_bits())
    };
    let of = LogNormal::with_mean_and_cv(3.0, 1.5);
    let found = [fold(&exponential), fold(&normal), fold(&|key| log_normal(key, of))];
    assert_eq!(
        found,
        [5_543_937_592_045_462_070, 3_890_326_066_070_341_263, 10_587_225_233_454_113_181]
    );
}
