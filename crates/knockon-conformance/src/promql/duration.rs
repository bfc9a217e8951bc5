//! Durations as Prometheus writes them: `1h30m`, `10s53ms`, `0`.

/// The units, the longest first, as they must come; in milliseconds.
const UNITS: &[(&str, i64)] = &[
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a duration, in milliseconds.
pub(super) fn duration_ms(text: &str) -> Result<i64, String> {
    if text == "0" {
        return Ok(0);
    }
    let wrong = || format!("`{text}` is not a duration, as in `1h30m`");
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total_ms = 0_i64;
    while !rest.is_empty() {
        let digits_end = rest.find(|it: char| !it.is_ascii_digit()).ok_or_else(wrong)?;
        let (digits, after) = rest.split_at(digits_end);
        let unit_end = after.find(|it: char| it.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let (_, unit_ms) = units.find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        let count: i64 = digits.parse().map_err(|_| wrong())?;
        let part_ms = count.checked_mul(*unit_ms).ok_or_else(wrong)?;
        total_ms = total_ms.checked_add(part_ms).ok_or_else(wrong)?;
        rest = after;
    }
    // Prometheus keeps nanoseconds in 64 bits.
    if text.is_empty() || total_ms > i64::MAX / 1_000_000 {
        return Err(wrong());
    }
    Ok(total_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_reads_them() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(duration_ms(text).ok(), expected, "{text}");
        };
        check("0", Some(0));
        check("5m", Some(300_000));
        check("1h30m", Some(5_400_000));
        check("10s53ms", Some(10_053));
        check("1y2w3d", Some((365 + 14 + 3) * 86_400_000));
        check("", None);
        check("10", None);
        check("m", None);
        check("1m1h", None);
        check("1m1m", None);
        check("-1m", None);
        check("1.5m", None);
        check("300y", None);
        check("99999999999999999999s", None);
    }
}
