//! How weaknesses speak of the parts of a system, of times and of counts.

use std::fmt::Write as _;
use std::time::Duration;

use knockon_core::{Channel, OperationId, QueueId, ServiceId, System};

use crate::uses::Target;

/// `orders`.
pub(crate) fn service(system: &System, id: ServiceId) -> String {
    format!("`{}`", system.service(id).name)
}

/// `orders / create`.
pub(crate) fn operation(system: &System, id: OperationId) -> String {
    member(system, id.service, &system.operation(id).name)
}

/// `rabbit / jobs`.
pub(crate) fn queue(system: &System, id: QueueId) -> String {
    member(system, id.service, &system.queue(id).name)
}

/// What a step asks for, as the model writes it.
pub(crate) fn target(system: &System, target: Target) -> String {
    let name = match target {
        Target::Callee(callee) => match callee.operation {
            Some(id) => &system.operation(id).name,
            None => return service(system, callee.service),
        },
        Target::Query(id) => &system.service(id.service).database.queries[id.index()].name,
        Target::Entry(id) => &system.service(id.service).cache.entries[id.index()].name,
        Target::Channel(Channel::Queue(id)) => &system.queue(id).name,
        Target::Channel(Channel::Topic(id)) => {
            &system.service(id.service).broker.topics[id.index()].name
        }
    };
    member(system, target.service(), name)
}

fn member(system: &System, id: ServiceId, name: &str) -> String {
    format!("`{} / {name}`", system.service(id).name)
}

/// A time as the model writes it, in the largest unit in which it stays short: `250us`, `12.3s`,
/// `90s`, `2h`.
pub(crate) fn time(time: Duration) -> String {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    const UNITS: [(u128, &str); 5] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "min"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
    ];
    if time > YEAR {
        return "more than a year".to_owned();
    }
    let nanos = time.as_nanos();
    let whole = |size: u128| nanos >= size && nanos.is_multiple_of(size);
    if nanos == 0 {
        return "0s".to_owned();
    }
    if let Some((size, unit)) = UNITS[..3].iter().find(|(size, _)| whole(*size)) {
        return format!("{}{unit}", nanos / size);
    }
    let (size, unit) = UNITS[3..].iter().find(|(size, _)| nanos >= *size).unwrap_or(&(1_000, "us"));
    let (whole, rest) = (nanos / size, nanos % size * 1_000 / size);
    let decimals = format!("{rest:03}");
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { format!("{whole}{unit}") } else { format!("{whole}.{decimals}{unit}") }
}

/// A count with its thousands set apart: `12,000`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 replica`, `3 replicas`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

/// `a, b and c`; of many the first few and how many more.
pub(crate) fn list(names: &[String], last: &str) -> String {
    const SHOWN: usize = 5;
    if let [first @ .., end] = names
        && names.len() <= SHOWN
    {
        let mut text = first.join(", ");
        if !text.is_empty() {
            let _ = write!(text, " {last} ");
        }
        return text + end;
    }
    let shown = names.iter().take(SHOWN - 1).cloned().collect::<Vec<_>>().join(", ");
    format!("{shown} {last} {} more", count((names.len().saturating_sub(SHOWN - 1)) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_in_the_model() {
        let check = |nanos: u64, expected: &str| {
            assert_eq!(time(Duration::from_nanos(nanos)), expected);
        };
        check(0, "0s");
        check(500, "0.5us");
        check(250_000, "250us");
        check(4_500_000, "4.5ms");
        check(12_300_000_000, "12.3s");
        check(90_000_000_000, "90s");
        check(120_000_000_000, "2min");
        check(7_200_000_000_000, "2h");
        check(172_800_000_000_000, "2d");
        assert_eq!(time(Duration::MAX), "more than a year");
    }

    #[test]
    fn long_lists_are_cut() {
        let check = |length: usize, expected: &str| {
            let names: Vec<String> = (0..length).map(|it| it.to_string()).collect();
            assert_eq!(list(&names, "and"), expected);
        };
        check(1, "0");
        check(3, "0, 1 and 2");
        check(5, "0, 1, 2, 3 and 4");
        check(1_004, "0, 1, 2, 3 and 1,000 more");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        let check = |number, expected: &str| assert_eq!(count(number), expected);
        check(0, "0");
        check(999, "999");
        check(12_000, "12,000");
        check(1_234_567, "1,234,567");
    }
}
