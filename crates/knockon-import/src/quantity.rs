//! Quantities as Kubernetes, compose files and Prometheus write them.

use std::time::Duration;

use knockon_core::{Bytes, Cpu};

/// Kubernetes' quantity: `100m`, `1.5`, `2Gi`, `1e3` (`k8s.io/apimachinery/pkg/api/resource`).
pub(crate) fn kubernetes(text: &str) -> Option<f64> {
    const SUFFIXES: [(&str, f64); 15] = [
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let with_suffix = SUFFIXES.iter().find_map(|(suffix, factor)| {
        let digits = text.strip_suffix(suffix)?;
        Some(decimal(digits)? * factor)
    });
    with_suffix.or_else(|| decimal(text)).filter(|it| it.is_finite() && *it >= 0.0)
}

/// Digits, a point and an exponent, but none of the words that Rust reads as numbers.
fn decimal(text: &str) -> Option<f64> {
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '+')
        && text.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    is_number.then(|| text.parse().ok()).flatten()
}

/// Cores, as Kubernetes and compose files write them.
pub(crate) fn cpu(text: &str) -> Option<Cpu> {
    let millicores = whole((kubernetes(text)? * 1000.0).ceil())?;
    Some(Cpu { millicores })
}

/// Memory as Kubernetes writes it.
pub(crate) fn memory(text: &str) -> Option<Bytes> {
    Some(Bytes { count: whole(kubernetes(text)?.ceil())? })
}

/// Memory as compose files write it: `300M`, `1gb`, in powers of 1024.
pub(crate) fn compose_memory(text: &str) -> Option<Bytes> {
    let text = text.trim().to_ascii_lowercase();
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim_end_matches("ib").trim_end_matches('b') {
        "" => 1.0,
        "k" => 1024.0,
        "m" => 1_048_576.0,
        "g" => 1_073_741_824.0,
        "t" => 1_099_511_627_776.0,
        _ => return None,
    };
    Some(Bytes { count: whole((decimal(number.trim())? * factor).ceil())? })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
fn whole(value: f64) -> Option<u64> {
    (0.0..=9.0e18).contains(&value).then_some(value as u64)
}

/// `1m30s`, `500ms`, `1.5h` as Go writes durations, and so compose files.
pub(crate) fn go_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 7] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
    ];
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = decimal(&rest[..end])?;
        let after = &rest[end..];
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (_, factor) = UNITS.iter().find(|(unit, _)| *unit == &after[..unit_end])?;
        seconds += number * factor;
        rest = &after[unit_end..];
    }
    (!text.trim().is_empty() && seconds < 1e9).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubernetes_quantities() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(cpu(text).map(|cpu| cpu.millicores), expected, "{text}");
        };
        check("100m", Some(100));
        check("0.5", Some(500));
        check("2", Some(2000));
        check("1e1", Some(10_000));
        for wrong in ["", "m", "-1", "inf", "nan", "1 m", "1x", "1e999"] {
            check(wrong, None);
        }
        assert_eq!(memory("500Mi").map(|it| it.count), Some(524_288_000));
        assert_eq!(memory("1G").map(|it| it.count), Some(1_000_000_000));
    }

    #[test]
    fn compose_quantities() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(compose_memory(text).map(|it| it.count), expected, "{text}");
        };
        check("300M", Some(314_572_800));
        check("1gb", Some(1_073_741_824));
        check("1.5k", Some(1536));
        check("64", Some(64));
        check("lots", None);
        check("", None);
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(go_duration(text).map(|it| it.as_secs()), expected, "{text}");
        };
        check("1m30s", Some(90));
        check("500ms", Some(0));
        check("1h", Some(3600));
        check("5", None);
        check("", None);
        check("5x", None);
        check("é", None);
    }
}
