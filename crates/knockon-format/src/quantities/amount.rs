//! Parts of a machine and plain numbers: `300m`, `512Mi`, `99.5%`, `3`.

use knockon_core::{Bytes, Cpu, Share, Spread};

use super::{Bad, Wrong, number, split_unit};
use crate::keys::{Form, Key};
use crate::wording::quoted;

const CPU_HELP: &str = "write cores such as `2` or `0.5`, or thousandths such as `300m`";
const MEMORY_HELP: &str = "write a number and one of `Ki`, `Mi`, `Gi`, as in `512Mi`";
const SHARE_HELP: &str = "write a number and `%`, as in `99.5%`";

/// Units of memory as Kubernetes writes them.
const MEMORY: [(&str, u64); 9] = [
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
    ("B", 1),
];

/// More of anything than a system has.
const MAX: f64 = 1e15;

/// Processor time such as `300m` or `0.5`.
pub fn cpu(text: &str) -> Result<Cpu, Bad> {
    let (digits, unit) = split_unit(text);
    if digits.is_empty() || !matches!(unit, "" | "m") {
        return Err(Bad::new(format!("{} is not an amount of CPU", quoted(text)), CPU_HELP));
    }
    let value = number(digits).map_err(|wrong| Bad::new(wrong.message(digits), CPU_HELP))?;
    let millicores = if unit == "m" { value } else { value * 1000.0 };
    if millicores <= 0.0 {
        return Err(Bad::new(format!("{} is no CPU at all", quoted(text)), CPU_HELP));
    }
    match whole(millicores.round()) {
        Some(millicores) if millicores > 0 => Ok(Cpu { millicores }),
        _ => Err(Bad::new(Wrong::Huge.message(text), CPU_HELP)),
    }
}

/// Processor time as it is written.
pub fn show_cpu(cpu: Cpu) -> String {
    match cpu.millicores {
        whole if whole.is_multiple_of(1000) => (whole / 1000).to_string(),
        part => format!("{part}m"),
    }
}

/// An amount of memory such as `512Mi`.
pub fn bytes(text: &str) -> Result<Bytes, Bad> {
    let (digits, unit) = split_unit(text);
    if digits.is_empty() {
        return Err(Bad::new(format!("{} is not an amount of memory", quoted(text)), MEMORY_HELP));
    }
    let value = number(digits).map_err(|wrong| Bad::new(wrong.message(digits), MEMORY_HELP))?;
    let Some((_, factor)) = MEMORY.iter().find(|(word, _)| *word == unit) else {
        let message = if unit.is_empty() {
            format!("{} has no unit", quoted(text))
        } else {
            format!("{} is not a unit of memory", quoted(unit))
        };
        let help = match unit.trim().to_lowercase().chars().next() {
            Some(c @ ('k' | 'm' | 'g' | 't')) => {
                format!("write `{digits}{}i`", c.to_ascii_uppercase())
            }
            _ if unit.is_empty() => format!("write `{digits}Mi`, or `Ki`, `Gi`"),
            _ => MEMORY_HELP.into(),
        };
        return Err(Bad::new(message, help));
    };
    let count = whole((value * (*factor as f64)).round());
    count.map(|count| Bytes { count }).ok_or(Bad::new(Wrong::Huge.message(text), MEMORY_HELP))
}

/// An amount of memory as it is written.
pub fn show_bytes(bytes: Bytes) -> String {
    let fits = MEMORY.iter().find(|(_, factor)| bytes.count.is_multiple_of(*factor));
    let (word, factor) = fits.filter(|_| bytes.count > 0).unwrap_or(&("B", 1));
    format!("{}{word}", bytes.count / factor)
}

/// A part of a whole such as `99.5%`.
pub fn share(text: &str) -> Result<Share, Bad> {
    let Some(digits) = text.strip_suffix('%') else {
        let help = match number(text) {
            Ok(part) if part <= 1.0 => format!("write `{}%`", show_number(part * 100.0)),
            Ok(_) => format!("write `{text}%`"),
            Err(_) => SHARE_HELP.into(),
        };
        return Err(Bad::new(format!("{} is not a share in percent", quoted(text)), help));
    };
    let percent = number(digits).map_err(|wrong| Bad::new(wrong.message(digits), SHARE_HELP))?;
    Ok(Share { percent })
}

/// The share, unless it is more than all there is.
pub(crate) fn at_most_all(share: Share, text: &str) -> Result<Share, Bad> {
    if share > Share::ALL {
        return Err(Bad::new(format!("{} is more than all", quoted(text)), "write `100%` at most"));
    }
    Ok(share)
}

/// How much a time varies: `none`, `exponential` or a share of the mean.
pub fn spread(text: &str) -> Result<Spread, Bad> {
    match text {
        "none" => Ok(Spread::None),
        "exponential" => Ok(Spread::Exponential),
        _ => share(text).map(Spread::LogNormal).map_err(|_| {
            let message = format!("{} is not a spread", quoted(text));
            Bad::new(message, "write `none`, `exponential`, or a share of the mean such as `40%`")
        }),
    }
}

/// How much a time varies, as it is written.
pub(crate) fn show_spread(spread: Spread) -> String {
    match spread {
        Spread::None => "none".into(),
        Spread::Exponential => "exponential".into(),
        Spread::LogNormal(share) => show_share(share),
    }
}

/// What is said of a whole number that is too small or too large for its key.
pub(crate) fn out_of_range(text: &str, key: &Key, form: Form) -> Bad {
    let message = format!("{} is {}, found {}", quoted(key.name), form.expected(), quoted(text));
    Bad::new(message, format!("write `{}: {}`", key.name, key.example))
}

/// A part of a whole as it is written.
pub fn show_share(share: Share) -> String {
    format!("{}%", show_number(share.percent))
}

/// A whole number.
pub fn count(text: &str) -> Result<u64, Bad> {
    const HELP: &str = "write a whole number in digits, as in `3`";
    let value = number(text).map_err(|wrong| Bad::new(wrong.message(text), HELP))?;
    if value.fract() != 0.0 {
        return Err(Bad::new(format!("{} is not a whole number", quoted(text)), HELP));
    }
    whole(value).ok_or(Bad::new(Wrong::Huge.message(text), HELP))
}

/// A number of which only the size counts.
pub fn factor(text: &str) -> Result<f64, Bad> {
    const HELP: &str = "write a number, as in `2` or `1.5`";
    number(text).map_err(|wrong| Bad::new(wrong.message(text), HELP))
}

/// A number in digits, without needless ones.
pub fn show_number(value: f64) -> String {
    format!("{value}")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
fn whole(value: f64) -> Option<u64> {
    (0.0..=MAX).contains(&value).then_some(value as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_read_or_refused_with_the_right_form() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(cpu(text).ok().map(show_cpu).as_deref(), expected, "{text}");
        };
        check("300m", Some("300m"));
        check("2", Some("2"));
        check("0.5", Some("500m"));
        check("1000m", Some("1"));
        for bad in ["", "m", "-1", "0", "0.0001", "2 cores", "300M", "1e3"] {
            check(bad, None);
        }
    }

    #[test]
    fn memory_is_read_or_refused_with_the_right_form() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let found = bytes(text).map(show_bytes);
            assert_eq!(found.as_deref().map_err(|bad| bad.help.as_str()), expected, "{text}");
        };
        check("512Mi", Ok("512Mi"));
        check("1024Mi", Ok("1Gi"));
        check("100M", Ok("100M"));
        check("0.5Gi", Ok("512Mi"));
        check("512", Err("write `512Mi`, or `Ki`, `Gi`"));
        check("512MB", Err("write `512Mi`"));
        check("512 Mi", Err("write `512Mi`"));
        check("1m", Err("write `1Mi`"));
        check("much", Err(MEMORY_HELP));
    }

    #[test]
    fn shares_and_counts_are_read_or_refused() {
        let check = |text: &str, expected: Result<f64, &str>| {
            let found = share(text).map(|share| share.percent);
            assert_eq!(found.as_ref().copied().map_err(|b| b.help.as_str()), expected, "{text}");
        };
        check("99.5%", Ok(99.5));
        check("0.25", Err("write `25%`"));
        check("40", Err("write `40%`"));
        check("half", Err(SHARE_HELP));
        assert_eq!(count("3"), Ok(3));
        assert!(count("3.5").is_err() && count("-1").is_err() && count("3e9").is_err());
    }
}
